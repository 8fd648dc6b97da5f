//! What is done on this side of the wire: sessions in cookies, tokens, webhooks, actions, the flows
//! of AuthKit and SSO, tokens for machines, the vault's encryption, feature flags.

pub mod actions;
pub mod authkit;
pub mod client_credentials;
pub mod flags;
mod flight;
pub mod pkce;
pub mod public_client;
pub mod seal;
pub mod session;
pub mod sso;
pub mod tokens;
pub mod vault;
pub mod webhooks;

/// What the helpers of a client remember between calls. Clones of the client share it.
#[derive(Default)]
pub(crate) struct HelperState {
    pub(crate) keys: tokens::KeyCache,
    pub(crate) refreshes: session::Refreshes,
}
