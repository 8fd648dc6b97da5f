//! Client-side helpers: sessions in cookies, access tokens, webhooks, actions, the flows of AuthKit
//! and SSO, machine-to-machine tokens, encryption for Vault, feature flags.
//!
//! Helpers that make requests are methods of [`Client`](crate::Client), whose clones share their
//! caches, such as keys. The others are separate types:
//!
//! ```
//! use workos::helpers::seal::SealKeys;
//! use workos::helpers::webhooks::WebhookVerifier;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once, when the application starts.
//! let client = workos::Client::builder().api_key("sk_test_1").client_id("client_01").build();
//! let keys = SealKeys::new("a cookie password of 32 characters")?;
//! let webhooks = WebhookVerifier::try_new("the secret of the endpoint")?;
//!
//! // For each request with a cookie, and for each webhook.
//! let session = client.session("the value of the cookie", &keys);
//! assert!(session.data().is_err(), "that is not a sealed session");
//! assert!(webhooks.construct_event("the header WorkOS-Signature", "the body").is_err());
//! # Ok(()) }
//! ```
//!
//! Each has an example that runs step by step, without an account or a network:
//! `cargo run --example` with `sessions`, `access_tokens`, `webhooks`, `actions`, `authkit`, `sso`,
//! `public_client`, `vault` or `feature_flags`.

pub mod actions;
pub mod authkit;
pub mod client_credentials;
pub mod cookies;
mod errors;
pub mod events;
pub mod flags;
pub mod pkce;
pub mod public_client;
pub mod seal;
pub mod session;
pub mod sign_in;
mod single_flight;
pub mod sso;
pub mod tokens;
pub mod vault;
pub mod webhooks;

/// What the helpers of a client remember between calls. Clones of the client share it.
pub(crate) struct HelperState {
    pub(crate) keys: tokens::KeyCache,
    pub(crate) tokens: tokens::TokenCache,
    pub(crate) exchanges: session::Exchanges,
}

/// The state of this client's helpers.
pub(crate) fn state(client: &crate::Client) -> &HelperState {
    let settings = client.settings();
    settings.slot.get_or_init(|| HelperState {
        keys: Default::default(),
        tokens: tokens::TokenCache::new(settings.tokens.cache_size),
        exchanges: Default::default(),
    })
}
