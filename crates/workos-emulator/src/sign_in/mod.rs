//! Signing in, and the tokens that come of it.

pub(crate) mod template;
