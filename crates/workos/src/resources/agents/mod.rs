//! Agents: programs that act for your users, or in their own name.
//!
//! [`blueprints`] is about agents of your own. A blueprint says what a kind of agent may do, who may
//! use it and for how long. Minting a token from it makes an instance (this agent, in this
//! organization, for this user or for nobody) and a session, which lasts until it expires or is
//! revoked.
//!
//! [`registrations`] is about agents from outside that have signed up with your application by
//! themselves, and that a user may claim.

pub mod blueprints;
pub mod registrations;

pub use self::blueprints::*;
pub use self::registrations::*;

api! {
    /// Programs that act for your users, or in their own name. See [`agents`](crate::agents).
    AgentsApi, agents;
}

#[doc(hidden)]
pub use crate::compat::agents::*;
