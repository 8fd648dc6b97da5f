//! What an emulator keeps in a file.

#![cfg(feature = "data")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod files;
#[cfg(all(feature = "cli", unix))]
mod kills;
mod restarts;
