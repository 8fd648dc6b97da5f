//! The crate as an application uses it, in one process with the emulator.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod actions;
mod bearer;
mod browser;
mod cookies;
mod guards;
mod outcomes;
mod resource_server;
mod security;
mod sign_in;
mod storm;
mod webhooks;
