//! Users and what belongs to their sign-in.

pub(crate) mod users;
