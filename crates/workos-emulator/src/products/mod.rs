//! What the products do, whoever asks for it: an operation, a fixture, seed data or a control route.
//!
//! These are functions on a [`Change`](crate::state::Change) or the
//! [`Store`](crate::state::Store). They know nothing of requests, and import nothing of `api`.

pub(crate) mod directory_sync;
