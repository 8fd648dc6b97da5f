//! For programs written for the official crate `workos` 3.5.0: its names, where they differ.
//!
//! `docs/migrating-from-official.md` has the rest.

pub mod names;
