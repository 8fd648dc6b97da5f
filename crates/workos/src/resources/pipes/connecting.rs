//! Connecting accounts: with OAuth consent, an API key or client credentials.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ConnectedAccount, PipesApi, PipesOwnership};
use crate::{Nullable, SecretString};

operations! {
    PipesApi, pipes;

    /// Creates an OAuth authorization URL where a user grants access to their account at a
    /// provider. The provider then returns the user to `return_to`.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`].
    #[doc(alias = "OAuth")]
    POST "/data-integrations/{slug}/authorize" @ "pipes/connected-account"
        => authorize_data_integration(slug, body: AuthorizeDataIntegration) -> UrlResponse;

    /// Completes a connection started with a PKCE code challenge, after the user returns.
    POST "/data-integrations/finish" @ "pipes/connected-account/finish-connection"
        => finish_connection(body: FinishConnection)
        -> DataIntegrationFinishConnectionResponse;

    /// Connects another account with an API key. The body requires the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key the call can be retried.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/api-key" @ "pipes/connected-account/create-api-key-connection"
        => create_data_integration_api_key(slug, body: CreateDataIntegrationApiKey)
        -> ConnectedAccount;

    /// Connects an account with an API key, or replaces the key of the connected account.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with an API key.
    PUT "/data-integrations/{slug}/api-key" @ "pipes/connected-account"
        => update_data_integration_api_key(slug, body: UpdateDataIntegrationApiKey)
        -> ConnectedAccount;

    /// Connects another account with client credentials. The body requires the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key the call can be retried.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/client-credentials" @ "pipes/connected-account"
        => create_data_integration_client_credential(
            slug, body: CreateDataIntegrationClientCredential
        ) -> ConnectedAccount;

    /// Connects an account with client credentials, or replaces those of the connected account.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with client credentials.
    PUT "/data-integrations/{slug}/client-credentials" @ "pipes/connected-account"
        => update_data_integration_client_credentials(
            slug, body: UpdateDataIntegrationClientCredentials
        ) -> ConnectedAccount;
}

open_enum! {
    /// What to do if an account is already connected. By default the call affects the account with
    /// the role `compatibility`.
    pub enum ConnectionIntent {
        /// Connect another account. WorkOS does not offer this yet: until then it connects a first
        /// account, and fails with 404 `multiple_connections_unavailable` if there already is one.
        Add = "add",
        /// Reauthorize the account with the given ID.
        Reauthorize = "reauthorize",
    }
}

inputs! {
    /// An OAuth authorization to start.
    AuthorizeDataIntegration {
        /// The owner's ID or, for organization-owned accounts, that of the authorizing member.
        user_id: String,
        /// The organization that owns the account, or that it is scoped to. Required for
        /// organization-owned accounts.
        organization_id: Option<String>,
        /// Who will own the account; by default the user.
        connection_owner: Option<PipesOwnership>,
        /// The URL to return the user to.
        return_to: Option<String>,
        /// Additional settings of the provider, such as a subdomain, by the names it declares.
        config: Option<BTreeMap<String, String>>,
        /// PKCE: the code challenge. With it, only
        /// [`finish_connection`](PipesApi::finish_connection) saves the connection.
        code_challenge: Option<String>,
        /// PKCE: the challenge method, always `S256`.
        code_challenge_method: Option<String>,
        /// What to do if an account is already connected.
        connection_intent: Option<ConnectionIntent>,
        /// The ID of the account to reauthorize.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
    }
}

/// The code from the callback, and the PKCE verifier the connection was started with.
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
pub struct FinishConnection {
    /// The code from the callback. Required.
    pub connect_code: SecretString,
    /// PKCE: the verifier that belongs to the code challenge. Required.
    pub code_verifier: SecretString,
    /// The state returned with the authorization URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

debug_hiding! { FinishConnection { connect_code, code_verifier }, state }

impl FinishConnection {
    /// The required fields only.
    pub fn new(
        connect_code: impl Into<SecretString>,
        code_verifier: impl Into<SecretString>,
    ) -> Self {
        let (connect_code, code_verifier) = (connect_code.into(), code_verifier.into());
        Self { connect_code, code_verifier, state: None }
    }
}

inputs! {
    /// An account to connect with an API key.
    UpdateDataIntegrationApiKey {
        /// The owner's ID or, for organization-owned accounts, that of the connecting member.
        user_id: String,
        /// The API key.
        secret: SecretString,
        /// The organization that owns the account, or that it is scoped to. Required for
        /// organization-owned accounts.
        organization_id: Option<String>,
        /// Who owns the account; by default the user.
        connection_owner: Option<PipesOwnership>,
        /// What to do if an account is already connected. Required for another account.
        connection_intent: Option<ConnectionIntent>,
        /// The ID of the account to reauthorize.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// The provider's identifier of the account, if you know it; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// Another account to connect with an API key.
pub type CreateDataIntegrationApiKey = UpdateDataIntegrationApiKey;

impl UpdateDataIntegrationApiKey {
    /// Another account of this user, with this key.
    pub fn add(user_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { connection_intent: Some(ConnectionIntent::Add), ..Self::new(user_id, secret) }
    }
}

inputs! {
    /// An account to connect with client credentials.
    UpdateDataIntegrationClientCredentials {
        /// The owner's ID or, for organization-owned accounts, that of the connecting member.
        user_id: String,
        /// The client ID.
        client_id: String,
        /// The client secret.
        client_secret: SecretString,
        /// The organization that owns the account, or that it is scoped to. Required for
        /// organization-owned accounts.
        organization_id: Option<String>,
        /// Who owns the account; by default the user.
        connection_owner: Option<PipesOwnership>,
        /// Additional settings of the provider, by the names it declares.
        config: Option<BTreeMap<String, String>>,
        /// What to do if an account is already connected. Required for another account.
        connection_intent: Option<ConnectionIntent>,
        /// The ID of the account to reauthorize.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// The provider's identifier of the account, if you know it; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// Another account to connect with client credentials.
pub type CreateDataIntegrationClientCredential = UpdateDataIntegrationClientCredentials;

impl UpdateDataIntegrationClientCredentials {
    /// Another account of this user, with these credentials.
    pub fn add(
        user_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        let connection_intent = Some(ConnectionIntent::Add);
        Self { connection_intent, ..Self::new(user_id, client_id, client_secret) }
    }
}

objects! {
    /// A URL to send the user to.
    UrlResponse {
        /// The URL.
        url: String,
        /// The state to pass to [`finish_connection`](PipesApi::finish_connection).
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// `finish_required` if [`finish_connection`](PipesApi::finish_connection) must follow.
        #[serde(skip_serializing_if = "Option::is_none")]
        completion: Option<String>,
    }
}

/// The authorization URL to send the user to.
pub type DataIntegrationAuthorizeUrlResponse = UrlResponse;

objects! {
    /// The account that was connected.
    DataIntegrationFinishConnectionResponse {
        /// The account.
        connected_account: ConnectedAccount,
    }
}
