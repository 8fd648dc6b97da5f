//! Signing in, without HTTP: functions on a [`Change`](crate::state::Change).

pub(crate) mod codes;
pub(crate) mod consent;
pub(crate) mod email_change;
pub(crate) mod invitations;
pub(crate) mod mfa;
pub(crate) mod passwords;
mod qr;
pub(crate) mod radar_challenges;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod template;
pub(crate) mod totp;
