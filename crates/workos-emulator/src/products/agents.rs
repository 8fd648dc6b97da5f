//! Agents: your own, made from blueprints, and third-party ones that register themselves.

pub(crate) mod blueprints;
pub(crate) mod claims;
pub(crate) mod credentials;
pub(crate) mod instances;
pub(crate) mod registrations;

use std::time::Duration;

use workos::Timestamp;

use crate::state::Change;

/// The time when this many seconds have passed.
fn after(change: &Change<'_>, seconds: u64) -> Timestamp {
    change.now() + Duration::from_secs(seconds)
}
