//! Agents: AI agents and other programs that act on behalf of your users, or autonomously.
//!
//! [`blueprints`] covers your own agents. A blueprint defines the permissions of a type of agent,
//! who may invoke it and how long its sessions last. Minting a token from it creates an instance
//! (the agent in one organization, for one user or autonomous) and a session, which lasts until it
//! expires or is revoked.
//!
//! [`registrations`] covers third-party agents that registered with your application themselves,
//! and that a user can claim.

pub mod blueprints;
pub mod registrations;

pub use self::blueprints::*;
pub use self::registrations::*;

api! {
    /// Agents that act on behalf of your users, or autonomously. See [`agents`](crate::agents).
    #[doc(alias("ai_agent", "MCP", "agent_auth"))]
    AgentsApi, agents;
}

#[doc(hidden)]
pub use crate::compat::agents::*;
