//! What the products do, no matter what asks for it: an operation, a fixture, seed data or a control route.
//!
//! These are functions on a [`Change`](crate::state::Change), a [`View`](crate::state::View) or the
//! [`Store`](crate::state::Store). They know nothing of requests, and import nothing of `api`.

pub(crate) mod admin_portal;
pub(crate) mod agents;
pub(crate) mod api_keys;
pub(crate) mod audit_logs;
pub(crate) mod authorization;
pub(crate) mod connect;
pub(crate) mod directory_scripts;
pub(crate) mod directory_sync;
pub(crate) mod domains;
pub(crate) mod events;
pub(crate) mod feature_flags;
pub(crate) mod groups;
pub(crate) mod memberships;
pub(crate) mod organizations;
pub(crate) mod pipes;
pub(crate) mod platform_teams;
pub(crate) mod radar;
pub(crate) mod sso;
pub(crate) mod users;
pub(crate) mod vault;
pub(crate) mod waitlists;
pub(crate) mod webhooks;
