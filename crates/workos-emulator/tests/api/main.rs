//! The operations of every resource, through the SDK. Each answer and each event is checked against
//! the contract.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod api_keys;
mod authorization;
mod coverage;
mod groups;
mod invitations;
mod login_tokens;
mod settings;
mod links;
mod multi_factor_auth;
mod platform_teams;
mod radar;
mod trial;
mod waitlists;
