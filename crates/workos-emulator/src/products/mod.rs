//! What the products do, whoever asks for it: an operation, a fixture, seed data or a control route.
//!
//! These are functions on a [`Change`](crate::state::Change) or the
//! [`Store`](crate::state::Store). They know nothing of requests, and import nothing of `api`.

pub(crate) mod admin_portal;
pub(crate) mod agents;
pub(crate) mod audit_logs;
pub(crate) mod directory_sync;
pub(crate) mod domains;
pub(crate) mod feature_flags;
pub(crate) mod pipes;
pub(crate) mod radar;
pub(crate) mod sso;
pub(crate) mod vault;
pub(crate) mod webhooks;
