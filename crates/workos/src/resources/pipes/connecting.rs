//! Connecting an account: by a user's consent, with an API key, or with client credentials.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ConnectedAccount, PipesApi, PipesOwnership};
use crate::{Nullable, SecretString};

operations! {
    PipesApi, pipes;

    /// Makes a URL at which a user gives their consent to an OAuth provider. Afterwards they come
    /// back to `return_to`.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`].
    POST "/data-integrations/{slug}/authorize"
        => authorize_data_integration(slug, body: AuthorizeDataIntegrationParams) -> UrlResponse;

    /// Saves a connection that was begun with a code challenge, once the user is back.
    POST "/data-integrations/finish"
        => finish_connection(body: FinishConnectionParams)
        -> DataIntegrationFinishConnectionResponse;

    /// Connects one more account with an API key, for which the body needs the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key it can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/api-key"
        => create_data_integration_api_key(slug, body: CreateDataIntegrationApiKeyParams)
        -> ConnectedAccount;

    /// Connects an account with an API key, or gives a new key to the one that is connected.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with an API key.
    PUT "/data-integrations/{slug}/api-key"
        => update_data_integration_api_key(slug, body: UpdateDataIntegrationApiKeyParams)
        -> ConnectedAccount;

    /// Connects one more account with client credentials, for which the body needs the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key it can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/client-credentials"
        => create_data_integration_client_credential(
            slug, body: CreateDataIntegrationClientCredentialParams
        ) -> ConnectedAccount;

    /// Connects an account with client credentials, or gives new ones to the one that is connected.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with client credentials.
    PUT "/data-integrations/{slug}/client-credentials"
        => update_data_integration_client_credentials(
            slug, body: UpdateDataIntegrationClientCredentialsParams
        ) -> ConnectedAccount;
}

bodies! {
    PipesApi;
    AuthorizeDataIntegrationParams(DataIntegrationsGetDataIntegrationAuthorizeUrlRequest)
        for authorize_data_integration;
    FinishConnectionParams(DataIntegrationsFinishConnectionRequest) for finish_connection;
    CreateDataIntegrationApiKeyParams(DataIntegrationsCreateApiKeyConnectionRequest)
        for create_data_integration_api_key;
    UpdateDataIntegrationApiKeyParams(DataIntegrationsUpsertApiKeyRequest)
        for update_data_integration_api_key;
    CreateDataIntegrationClientCredentialParams(
        DataIntegrationsCreateClientCredentialsConnectionRequest
    ) for create_data_integration_client_credential;
    UpdateDataIntegrationClientCredentialsParams(DataIntegrationsUpsertClientCredentialsRequest)
        for update_data_integration_client_credentials;
}

constructors! {
    DataIntegrationsGetDataIntegrationAuthorizeUrlRequest(user_id: String);
}

open_enum! {
    /// What to do where an account may be connected already. Without an intent it is the one with
    /// the role `compatibility` that is meant.
    pub enum ConnectionIntent {
        /// Connect one more. WorkOS does not offer this yet: as long as that is so, it connects a
        /// first account, and fails with 404 `multiple_connections_unavailable` where there is one.
        Add = "add",
        /// Connect the one with the given id again.
        Reauthorize = "reauthorize",
    }
}

/// Who is to connect an account.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct DataIntegrationsGetDataIntegrationAuthorizeUrlRequest {
    /// The owner or, where an organization owns it, the member who gives the consent. Required.
    pub user_id: String,
    /// The organization it belongs or is limited to. Required where an organization owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Who will own it; the user, if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_owner: Option<PipesOwnership>,
    /// Where to send the user afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_to: Option<String>,
    /// What the provider has to know besides, such as a subdomain, by the names that it declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<BTreeMap<String, String>>,
    /// The hash of a verifier of yours (PKCE). With it the connection is only saved by
    /// [`finish_connection`](PipesApi::finish_connection).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// How the hash was made; `S256` is the only way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    /// What to do where an account is connected already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_intent: Option<ConnectionIntent>,
    /// The account to connect again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The name shown to users; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_display_name: Nullable<String>,
}

/// What came back with the user, and what the connection was begun with.
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct DataIntegrationsFinishConnectionRequest {
    /// The code that came back. Required.
    pub connect_code: SecretString,
    /// What the code challenge is the hash of. Required.
    pub code_verifier: SecretString,
    /// The state that was answered along with the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

debug_hiding! { DataIntegrationsFinishConnectionRequest { connect_code, code_verifier }, state }

impl DataIntegrationsFinishConnectionRequest {
    /// This code and this verifier.
    pub fn new(
        connect_code: impl Into<SecretString>,
        code_verifier: impl Into<SecretString>,
    ) -> Self {
        let (connect_code, code_verifier) = (connect_code.into(), code_verifier.into());
        Self { connect_code, code_verifier, state: None }
    }
}

/// An account with an API key.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct DataIntegrationsUpsertApiKeyRequest {
    /// The owner or, where an organization owns it, the member who connects it. Required.
    pub user_id: String,
    /// The API key. Required.
    pub secret: SecretString,
    /// The organization it belongs or is limited to. Required where an organization owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Who owns it; the user, if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_owner: Option<PipesOwnership>,
    /// What to do where an account is connected already. Required for one more account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_intent: Option<ConnectionIntent>,
    /// The account to connect again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The name shown to users; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_display_name: Nullable<String>,
    /// Which account at the provider it is, as far as you know; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_identifier: Nullable<String>,
}

/// One more account with an API key.
pub type DataIntegrationsCreateApiKeyConnectionRequest = DataIntegrationsUpsertApiKeyRequest;

impl DataIntegrationsUpsertApiKeyRequest {
    /// The account of this user with this key.
    pub fn new(user_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { user_id: user_id.into(), secret: secret.into(), ..Self::default() }
    }

    /// One more account of this user with this key.
    pub fn add(user_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { connection_intent: Some(ConnectionIntent::Add), ..Self::new(user_id, secret) }
    }
}

/// An account with client credentials.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct DataIntegrationsUpsertClientCredentialsRequest {
    /// The owner or, where an organization owns it, the member who connects it. Required.
    pub user_id: String,
    /// The client id. Required.
    pub client_id: String,
    /// The client secret. Required.
    pub client_secret: SecretString,
    /// The organization it belongs or is limited to. Required where an organization owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Who owns it; the user, if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_owner: Option<PipesOwnership>,
    /// What the provider has to know besides, by the names that it declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<BTreeMap<String, String>>,
    /// What to do where an account is connected already. Required for one more account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_intent: Option<ConnectionIntent>,
    /// The account to connect again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The name shown to users; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_display_name: Nullable<String>,
    /// Which account at the provider it is, as far as you know; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_identifier: Nullable<String>,
}

/// One more account with client credentials.
pub type DataIntegrationsCreateClientCredentialsConnectionRequest =
    DataIntegrationsUpsertClientCredentialsRequest;

impl DataIntegrationsUpsertClientCredentialsRequest {
    /// The account of this user with these credentials.
    pub fn new(
        user_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        let (user_id, client_id) = (user_id.into(), client_id.into());
        Self { user_id, client_id, client_secret: client_secret.into(), ..Self::default() }
    }

    /// One more account of this user with these credentials.
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
    /// Where to send a user.
    UrlResponse {
        /// The URL.
        url: String,
        /// What [`finish_connection`](PipesApi::finish_connection) takes as state.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// `finish_required` where [`finish_connection`](PipesApi::finish_connection) has to follow.
        #[serde(skip_serializing_if = "Option::is_none")]
        completion: Option<String>,
    }
}

/// Where to send a user for their consent.
pub type DataIntegrationAuthorizeUrlResponse = UrlResponse;

objects! {
    /// The account that was connected.
    DataIntegrationFinishConnectionResponse {
        /// The account.
        connected_account: ConnectedAccount,
    }
}
