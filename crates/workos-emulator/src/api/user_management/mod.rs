//! Users and what belongs to their sign-in.

pub(crate) mod authentication;
pub(crate) mod authorized_applications;
pub(crate) mod invitations;
pub(crate) mod login_tokens;
pub(crate) mod radar_challenges;
pub(crate) mod settings;
pub(crate) mod user_api_keys;
pub(crate) mod users;
pub(crate) mod waitlists;
