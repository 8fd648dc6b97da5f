//! The crate from outside, as an application uses it: one binary, a module for each subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod actions;
mod authkit;
mod client_credentials;
mod common;
mod decoding;
mod events;
mod feature_flags;
mod guides;
mod inputs;
mod language;
mod migration;
mod observer;
mod organizations;
mod paging;
mod product_readme;
mod question_mark;
#[cfg(feature = "recording")]
mod recording;
mod resources;
mod retries;
mod seal;
mod secrets;
mod session;
mod session_chain;
mod session_cookies;
mod session_expiry;
mod session_outcome;
mod shapes;
mod sign_in;
mod token_cache;
mod tokens;
mod transport;
mod users;
mod vault_encryption;
mod webhooks;
mod wire;
