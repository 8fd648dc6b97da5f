//! The crate against `workos-contract`, which states facts about the API and is not generated from
//! this crate, so it does not repeat the crate's mistakes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod events;
mod operations;
mod printing;
#[cfg(feature = "recording")]
mod recording;
mod rows;
