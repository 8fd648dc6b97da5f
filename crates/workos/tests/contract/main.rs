//! The crate against `contract/`, which states facts about the API and is not generated from this
//! crate, so it does not repeat the crate's mistakes. `xtask/src/contract/mod.rs` explains its
//! notation.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod events;
mod notation;
mod operations;
mod printing;
