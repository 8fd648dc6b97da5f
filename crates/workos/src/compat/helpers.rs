//! Names of helpers that the official crate has at its root.
//!
//! Left out are names that mean something else here: `Actor` and `Flag` are types of the helpers.

pub use crate::helpers::{
    actions::{ActionSignedResponse, ActionType, ActionVerdict},
    authkit::{
        AuthKitAuthorizationUrlParams, AuthKitHelper, AuthKitPkceAuthorizationUrl,
        AuthKitPkceCodeExchangeParams,
    },
    pkce::{generate_code_challenge, generate_code_verifier, generate_pkce_pair},
    seal::{seal, unseal},
    session::{SessionData, SessionRefreshOptions, seal_session, unseal_session},
    sso::{
        SsoAuthorizationUrlParams, SsoHelper, SsoLogoutUrlParams, SsoPkceAuthorizationUrl,
        SsoPkceCodeExchangeParams,
    },
    tokens::{Jwks as JwksHelper, jwks_url},
    vault::{VaultEncryptResult, extract_encrypted_keys, local_decrypt, local_encrypt},
    webhooks::{compute_webhook_signature, parse_webhook_signature_header},
};
