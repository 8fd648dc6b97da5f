//! Agents: your own, made from blueprints, and third-party ones that register themselves.

pub(crate) mod blueprints;
pub(crate) mod registrations;
