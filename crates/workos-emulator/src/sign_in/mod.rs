//! What signing in takes, without HTTP.

pub(crate) mod qr;
pub(crate) mod template;
pub(crate) mod totp;
