//! Signing in, without HTTP: functions on a [`Change`](crate::state::Change).

pub(crate) mod authorize;
pub(crate) mod codes;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod email_change;
pub(crate) mod events;
pub(crate) mod external;
pub(crate) mod grants;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod machines;
pub(crate) mod mfa;
pub(crate) mod passwords;
mod qr;
pub(crate) mod radar_challenges;
pub(crate) mod redirects;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod sso;
pub(crate) mod steps;
pub(crate) mod template;
pub(crate) mod tokens;
pub(crate) mod totp;
