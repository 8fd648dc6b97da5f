//! The crate against `contract/`, which states facts about the API and was not made from this crate,
//! so that a mistake here cannot hide there. `xtask/src/contract/mod.rs` explains its notation.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod events;
mod notation;
mod operations;
mod printing;
