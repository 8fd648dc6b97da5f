//! The mirror against the emulator, in this process.
//!
//! The database is an SQLite file. With the feature `postgres` and `MIRROR_DATABASE_URL` it is a
//! schema of its own on that server.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod backfill;
mod events;
mod histories;
mod reconcile;
mod running;
mod support;
