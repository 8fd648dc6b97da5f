//! What is done on this side of the wire: sessions in cookies, tokens, webhooks, actions, the flows
//! of AuthKit and SSO, the vault's encryption, feature flags.

pub mod actions;
pub mod authkit;
pub mod flags;
pub mod pkce;
pub mod public_client;
pub mod seal;
pub mod session;
pub mod sso;
pub mod tokens;
pub mod vault;
pub mod webhooks;

/// What the helpers of a client remember between calls. Clones of the client share it.
pub(crate) struct HelperState {
    pub(crate) keys: tokens::KeyCache,
    pub(crate) tokens: tokens::TokenCache,
    pub(crate) refreshes: session::Refreshes,
}

impl HelperState {
    pub(crate) fn new(token_cache_size: Option<usize>) -> Self {
        let size = token_cache_size.unwrap_or(tokens::DEFAULT_TOKEN_CACHE_SIZE);
        Self {
            keys: Default::default(),
            tokens: tokens::TokenCache::new(size),
            refreshes: Default::default(),
        }
    }
}
