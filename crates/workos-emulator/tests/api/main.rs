//! The operations of every resource, through the SDK. Each answer and each event is checked against
//! the contract.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod abuse;
mod agents;
mod api_keys;
mod audit_logs;
mod authorization;
mod connect;
mod connections;
mod coverage;
mod directory_scripts;
mod directory_sync;
mod events;
mod export;
mod feature_flags;
mod groups;
mod idempotency;
mod invitations;
mod links;
mod login_tokens;
mod multi_factor_auth;
mod pipes;
mod platform_teams;
mod radar;
mod receiver;
mod saml_certificates;
mod seed;
mod settings;
mod sign_in;
mod steering;
mod trial;
mod vault;
mod waitlists;
mod webhooks;
