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
        => authorize_data_integration(slug, body: AuthorizeDataIntegration) -> UrlResponse;

    /// Saves a connection that was begun with a code challenge, once the user is back.
    POST "/data-integrations/finish"
        => finish_connection(body: FinishConnection)
        -> DataIntegrationFinishConnectionResponse;

    /// Connects one more account with an API key, for which the body needs the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key it can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/api-key"
        => create_data_integration_api_key(slug, body: CreateDataIntegrationApiKey)
        -> ConnectedAccount;

    /// Connects an account with an API key, or gives a new key to the one that is connected.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with an API key.
    PUT "/data-integrations/{slug}/api-key"
        => update_data_integration_api_key(slug, body: UpdateDataIntegrationApiKey)
        -> ConnectedAccount;

    /// Connects one more account with client credentials, for which the body needs the intent
    /// [`Add`](ConnectionIntent::Add). With an idempotency key it can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409.
    POST "/data-integrations/{slug}/client-credentials"
        => create_data_integration_client_credential(
            slug, body: CreateDataIntegrationClientCredential
        ) -> ConnectedAccount;

    /// Connects an account with client credentials, or gives new ones to the one that is connected.
    ///
    /// # Errors
    ///
    /// 422 `auth_method_mismatch` when the account is not connected with client credentials.
    PUT "/data-integrations/{slug}/client-credentials"
        => update_data_integration_client_credentials(
            slug, body: UpdateDataIntegrationClientCredentials
        ) -> ConnectedAccount;
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

inputs! {
    /// Who is to connect an account.
    AuthorizeDataIntegration {
        /// The owner or, where an organization owns it, the member who gives the consent.
        user_id: String,
        /// The organization it belongs or is limited to. Required where an organization owns it.
        organization_id: Option<String>,
        /// Who will own it; the user, if left out.
        connection_owner: Option<PipesOwnership>,
        /// Where to send the user afterwards.
        return_to: Option<String>,
        /// What the provider has to know besides, such as a subdomain, by the names that it declares.
        config: Option<BTreeMap<String, String>>,
        /// The hash of a verifier of yours (PKCE). With it the connection is only saved by
        /// [`finish_connection`](PipesApi::finish_connection).
        code_challenge: Option<String>,
        /// How the hash was made; `S256` is the only way.
        code_challenge_method: Option<String>,
        /// What to do where an account is connected already.
        connection_intent: Option<ConnectionIntent>,
        /// The account to connect again.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
    }
}

/// What came back with the user, and what the connection was begun with.
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct FinishConnection {
    /// The code that came back. Required.
    pub connect_code: SecretString,
    /// What the code challenge is the hash of. Required.
    pub code_verifier: SecretString,
    /// The state that was answered along with the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

debug_hiding! { FinishConnection { connect_code, code_verifier }, state }

impl FinishConnection {
    /// This code and this verifier.
    pub fn new(
        connect_code: impl Into<SecretString>,
        code_verifier: impl Into<SecretString>,
    ) -> Self {
        let (connect_code, code_verifier) = (connect_code.into(), code_verifier.into());
        Self { connect_code, code_verifier, state: None }
    }
}

inputs! {
    /// An account with an API key.
    UpdateDataIntegrationApiKey {
        /// The owner or, where an organization owns it, the member who connects it.
        user_id: String,
        /// The API key.
        secret: SecretString,
        /// The organization it belongs or is limited to. Required where an organization owns it.
        organization_id: Option<String>,
        /// Who owns it; the user, if left out.
        connection_owner: Option<PipesOwnership>,
        /// What to do where an account is connected already. Required for one more account.
        connection_intent: Option<ConnectionIntent>,
        /// The account to connect again.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// Which account at the provider it is, as far as you know; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// One more account with an API key.
pub type CreateDataIntegrationApiKey = UpdateDataIntegrationApiKey;

impl UpdateDataIntegrationApiKey {
    /// One more account of this user with this key.
    pub fn add(user_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { connection_intent: Some(ConnectionIntent::Add), ..Self::new(user_id, secret) }
    }
}

inputs! {
    /// An account with client credentials.
    UpdateDataIntegrationClientCredentials {
        /// The owner or, where an organization owns it, the member who connects it.
        user_id: String,
        /// The client id.
        client_id: String,
        /// The client secret.
        client_secret: SecretString,
        /// The organization it belongs or is limited to. Required where an organization owns it.
        organization_id: Option<String>,
        /// Who owns it; the user, if left out.
        connection_owner: Option<PipesOwnership>,
        /// What the provider has to know besides, by the names that it declares.
        config: Option<BTreeMap<String, String>>,
        /// What to do where an account is connected already. Required for one more account.
        connection_intent: Option<ConnectionIntent>,
        /// The account to connect again.
        connected_account_id: Option<String>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// Which account at the provider it is, as far as you know; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// One more account with client credentials.
pub type CreateDataIntegrationClientCredential = UpdateDataIntegrationClientCredentials;

impl UpdateDataIntegrationClientCredentials {
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
