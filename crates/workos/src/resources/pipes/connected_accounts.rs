//! Connected accounts: what users and organizations have at providers, and how they connect it.

use std::collections::BTreeMap;

use http::Method;
use serde::Serialize;

use super::{PipesApi, PipesOwnership};
use crate::client::Operation;
use crate::client::request::{Request, segment};
use crate::{Call, Error, List, Nullable, ObjectType, RequestOptions, SecretString, Timestamp};

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

    /// Fetches an organization's account at a provider.
    GET "/organizations/{organization_id}/connected_accounts/{slug}"
        => get_organization_connected_account(
            organization_id, slug, query: GetOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Imports an organization's account whose OAuth tokens you have. With an idempotency key it
    /// can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when there
    /// is one already; 422 when the integration is not valid or the tokens do not go together.
    POST "/organizations/{organization_id}/connected_accounts/{slug}"
        => create_organization_connected_account(
            organization_id, slug, body: CreateOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Disconnects an organization's account and forgets its tokens. The provider is not told.
    DELETE "/organizations/{organization_id}/connected_accounts/{slug}"
        => delete_organization_connected_account(
            organization_id, slug, query: DeleteOrganizationConnectedAccountParams
        ) -> ();

    /// Lists the providers that organizations connect to, with what this one has connected.
    GET "/organizations/{organization_id}/data_providers"
        => list_organization_data_providers(
            organization_id, query: ListOrganizationDataProvidersParams
        ) -> List<DataProvider>;

    /// Fetches a user's account at a provider.
    GET "/user_management/users/{user_id}/connected_accounts/{slug}"
        => get_user_connected_account(user_id, slug, query: GetUserConnectedAccountParams)
        -> ConnectedAccount;

    /// Disconnects a user's account and forgets its tokens. The provider is not told, unless it is
    /// WorkOS itself.
    DELETE "/user_management/users/{user_id}/connected_accounts/{slug}"
        => delete_user_connected_account(user_id, slug, query: DeleteUserConnectedAccountParams)
        -> ();

    /// Lists the providers that users can connect to, with what this one has connected.
    GET "/user_management/users/{user_id}/data_providers"
        => list_user_data_providers(user_id, query: ListUserDataProvidersParams)
        -> List<DataProvider>;
}

/// Rows of `operations!` whose parameters go into the query, but for their field `body`.
macro_rules! operations_with_query {
    ($(
        $(#[$doc:meta])*
        $verb:ident $path:literal
            => $name:ident($($arg:ident),+; $params:ident($body:ty)) -> $ret:ident;
    )*) => {
        $(impl PipesApi {
            $(#[$doc])*
            #[doc = concat!("\n\nEndpoint: `", stringify!($verb), " ", $path, "`")]
            pub fn $name(&self, $($arg: &str,)+ params: impl Into<$params>) -> Call<$ret> {
                const OPERATION: Operation =
                    Operation::new("pipes", stringify!($name), stringify!($verb), $path);
                let params: $params = params.into();
                let describe = || -> Result<Box<Request>, Error> {
                    $(let $arg = segment(stringify!($arg), $arg)?;)+
                    Request::new(&self.client, &OPERATION, Method::$verb, format_args!($path))
                        .query(&params)?
                        .body(&params.body)
                };
                Call::new(self.client.clone(), describe())
            }
        }

        pastey::paste! {
            impl PipesApi {
                #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name),
                    ") with settings for this one call.")]
                pub fn [<$name _with_options>](
                    &self,
                    $($arg: &str,)+
                    params: impl Into<$params>,
                    options: Option<&RequestOptions>,
                ) -> Call<$ret> {
                    self.$name($($arg,)+ params).options(options)
                }
            }
        }

        impl $params {
            /// Parameters with this body.
            pub fn new(body: impl Into<$body>) -> Self {
                Self { body: body.into(), ..Self::default() }
            }
        }

        impl From<$body> for $params {
            fn from(body: $body) -> Self {
                Self::new(body)
            }
        })*

        #[cfg(feature = "contract")]
        pub(crate) const PLAIN_OPERATIONS: &[crate::contract::Entry] =
            &[$(crate::contract::Entry {
                operation: Operation::new(
                    "pipes", stringify!($name), stringify!($verb), $path,
                ),
                build: |client, input| {
                    let path = &mut input.path.iter().copied();
                    $(let $arg = crate::contract::path_value(path, stringify!($arg))?;)+
                    crate::contract::all_used(path)?;
                    let mut params: $params = crate::contract::params(&input.query)?;
                    params.body = crate::contract::params(&input.body)?;
                    client.pipes().$name($($arg,)+ params).request()
                },
                recode: crate::contract::recode::<$ret>,
            }),*];
    };
}

operations_with_query! {
    /// Changes the tokens, scopes, names or state of an organization's account.
    ///
    /// # Errors
    ///
    /// 422 when the tokens do not go together.
    PUT "/organizations/{organization_id}/connected_accounts/{slug}"
        => update_organization_connected_account(
            organization_id, slug;
            UpdateOrganizationConnectedAccountParams(OrganizationConnectedAccount)
        ) -> ConnectedAccount;

    /// Imports a user's account whose OAuth tokens you have. With an idempotency key it can be
    /// repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when there
    /// is one already; 422 when the integration is not valid or the tokens do not go together.
    POST "/user_management/users/{user_id}/connected_accounts/{slug}"
        => create_user_connected_account(
            user_id, slug; CreateUserConnectedAccountParams(CreateConnectedAccount)
        ) -> ConnectedAccount;

    /// Changes the tokens, scopes, names or state of a user's account.
    PUT "/user_management/users/{user_id}/connected_accounts/{slug}"
        => update_user_connected_account(
            user_id, slug; UpdateUserConnectedAccountParams(ConnectedAccountInput)
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
    CreateOrganizationConnectedAccountParams(CreateOrganizationConnectedAccount)
        for create_organization_connected_account;
}

constructors! {
    DataIntegrationsGetDataIntegrationAuthorizeUrlRequest(user_id: String);
    OrganizationConnectedAccount(user_id: String);
}

/// Which account of an organization.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct GetOrganizationConnectedAccountParams {
    /// Whether to look beyond the account with the role `compatibility`.
    pub supports_multiple_connections: Option<bool>,
    /// The very account, where there are several.
    pub connected_account_id: Option<String>,
}

/// Which account of an organization to disconnect.
pub type DeleteOrganizationConnectedAccountParams = GetOrganizationConnectedAccountParams;

/// Which account of a user.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct GetUserConnectedAccountParams {
    /// The organization it is limited to.
    pub organization_id: Option<String>,
    /// Whether to look beyond the account with the role `compatibility`.
    pub supports_multiple_connections: Option<bool>,
    /// The very account, where there are several.
    pub connected_account_id: Option<String>,
}

/// Which account of a user to disconnect.
pub type DeleteUserConnectedAccountParams = GetUserConnectedAccountParams;

/// Which accounts of an organization to tell.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct ListOrganizationDataProvidersParams {
    /// Whether to tell of more than the accounts with the role `compatibility`.
    pub supports_multiple_connections: Option<bool>,
}

/// Which accounts of a user to tell.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct ListUserDataProvidersParams {
    /// The organization they are limited to.
    pub organization_id: Option<String>,
    /// Whether to tell of more than the accounts with the role `compatibility`.
    pub supports_multiple_connections: Option<bool>,
}

/// Which account of an organization to change, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct UpdateOrganizationConnectedAccountParams {
    /// Makes no difference here.
    pub supports_multiple_connections: Option<bool>,
    /// The very account; the one with the role `compatibility`, if left out.
    pub connected_account_id: Option<String>,
    /// [`Reauthorize`](ConnectionIntent::Reauthorize) or nothing, which makes no difference.
    pub connection_intent: Option<ConnectionIntent>,
    /// The JSON body of the request.
    #[serde(skip)]
    pub body: OrganizationConnectedAccount,
}

/// Which account of a user to import.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct CreateUserConnectedAccountParams {
    /// The organization it is limited to.
    pub organization_id: Option<String>,
    /// The JSON body of the request.
    #[serde(skip)]
    pub body: CreateConnectedAccount,
}

/// Which account of a user to change, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct UpdateUserConnectedAccountParams {
    /// The organization it is limited to.
    pub organization_id: Option<String>,
    /// Makes no difference here.
    pub supports_multiple_connections: Option<bool>,
    /// The very account; the one with the role `compatibility`, if left out.
    pub connected_account_id: Option<String>,
    /// [`Reauthorize`](ConnectionIntent::Reauthorize) or nothing, which makes no difference.
    pub connection_intent: Option<ConnectionIntent>,
    /// The JSON body of the request.
    #[serde(skip)]
    pub body: ConnectedAccountInput,
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
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
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

/// A user's account, with OAuth tokens that you have.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct ConnectedAccountInput {
    /// The access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<SecretString>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretString>,
    /// Until when the access token works. Required with one that expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What the tokens may be used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Whether it can be used; if left out, that follows from the tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ConnectedAccountState>,
    /// Only for a new account: [`Add`](ConnectionIntent::Add), to have it beside others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_intent: Option<ConnectionIntent>,
    /// The name shown to users; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_display_name: Nullable<String>,
    /// Which account at the provider it is, as far as you know; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_identifier: Nullable<String>,
}

/// A new account of a user.
pub type CreateConnectedAccount = ConnectedAccountInput;

/// An organization's account, with OAuth tokens that you have.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct OrganizationConnectedAccount {
    /// The member in whose name this is done. Required.
    pub user_id: String,
    /// The access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<SecretString>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretString>,
    /// Until when the access token works. Required with one that expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What the tokens may be used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Whether it can be used; if left out, that follows from the tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ConnectedAccountState>,
    /// Only for a new account: [`Add`](ConnectionIntent::Add), to have it beside others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_intent: Option<ConnectionIntent>,
    /// The name shown to users; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_display_name: Nullable<String>,
    /// Which account at the provider it is, as far as you know; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_identifier: Nullable<String>,
}

/// A new account of an organization.
pub type CreateOrganizationConnectedAccount = OrganizationConnectedAccount;

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

    /// What a user or an organization has at a provider.
    ConnectedAccount {
        /// Always `connected_account`.
        object: ObjectType,
        /// `data_installation_…`
        id: String,
        /// Whether programs that know of one account per provider get this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_role: Option<ConnectedAccountConnectionRole>,
        /// Which account at the provider it is, as far as known.
        account_identifier: Option<String>,
        /// The name shown to users, which need not be unique.
        account_display_name: Option<String>,
        /// The user it belongs to.
        user_id: Option<String>,
        /// The organization it belongs or is limited to.
        organization_id: Option<String>,
        /// What its tokens may be used for.
        scopes: Vec<String>,
        /// How it authenticates; by OAuth, if missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_method: Option<ConnectedAccountAuthMethod>,
        /// The end of its API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_last_4: Option<String>,
        /// Client credentials: the client id.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Client credentials: the end of the client secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_last_4: Option<String>,
        /// What the provider has to know besides.
        #[serde(skip_serializing_if = "Option::is_none")]
        config: Option<BTreeMap<String, String>>,
        /// Whether it can be used.
        state: ConnectedAccountState,
        /// Who connected it, if that is known and they are still there.
        #[serde(skip_serializing_if = "Option::is_none")]
        established_by_user_id: Option<String>,
        /// Why WorkOS changed its state, if it did.
        #[serde(skip_serializing_if = "Option::is_none")]
        state_reason: Option<ConnectedAccountStateReason>,
        /// When it was connected, in RFC 3339.
        created_at: String,
        /// When it was last changed, in RFC 3339.
        updated_at: String,
        /// What is odd about a change that was made all the same. Only in answers to changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        warnings: Option<Vec<ConnectedAccountWarning>>,
        /// Only in events: the integration.
        #[serde(skip_serializing_if = "Option::is_none")]
        data_integration_id: Option<String>,
        /// Only in events: the provider, such as `github`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider_slug: Option<String>,
        /// Deprecated by WorkOS: use [`user_id`](Self::user_id).
        #[serde(skip_serializing_if = "Option::is_none")]
        userland_user_id as "userlandUserId": Option<String>,
        /// Deprecated by WorkOS: use [`organization_id`](Self::organization_id).
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id_2 as "organizationId": Option<String>,
        /// Deprecated by WorkOS: use [`created_at`](Self::created_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at_2 as "createdAt": Option<String>,
        /// Deprecated by WorkOS: use [`updated_at`](Self::updated_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at_2 as "updatedAt": Option<String>,
    }
}

open_enum! {
    /// How accounts authenticate.
    pub enum ConnectedAccountAuthMethod {
        /// With tokens that a user consented to.
        OAuth = "oauth",
        /// With an API key of theirs.
        ApiKey = "api_key",
        /// With tokens for a client id and secret of theirs.
        ClientCredentials = "client_credentials",
    }
}

open_enum! {
    /// Whether programs that know of one account per provider get this one. It says nothing about
    /// which one is older or preferred.
    pub enum ConnectedAccountConnectionRole {
        /// They do.
        Compatibility = "compatibility",
        /// They do not.
        Standard = "standard",
    }
}

open_enum! {
    /// Whether a [`ConnectedAccount`] can be used.
    pub enum ConnectedAccountState {
        /// It can.
        Connected = "connected",
        /// Its owner has to give their consent again, for example because other scopes are needed.
        NeedsReauthorization = "needs_reauthorization",
        /// It was given up.
        Disconnected = "disconnected",
    }
}

open_enum! {
    /// Why WorkOS changed the state of a [`ConnectedAccount`].
    pub enum ConnectedAccountStateReason {
        /// Whoever connected it has left the organization. An admin has to connect it again.
        EstablishingMemberMembershipEnded = "establishing_member_membership_ended",
    }
}

objects! {
    /// What is odd about a change that was made all the same.
    ConnectedAccountWarning {
        /// What it is; `duplicate_account_display_name` is the only one so far.
        code: String,
        /// The same for people.
        message: String,
    }

    /// A provider, with what a user or an organization has connected.
    DataProvider {
        /// Always `data_provider`.
        object: ObjectType,
        /// `data_integration_…`
        id: String,
        /// The name shown to users.
        name: String,
        /// What it is for, in your words.
        description: Option<String>,
        /// The provider, such as `github`.
        slug: String,
        /// The kind of provider, such as `github`.
        integration_type: String,
        /// The kind of credentials, such as `oauth2`.
        credentials_type: String,
        /// The OAuth scopes to ask for.
        scopes: Option<Vec<String>>,
        /// How accounts authenticate; by OAuth, if missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_methods: Option<Vec<ConnectedAccountAuthMethod>>,
        /// Who owns its accounts.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_owner: Option<PipesOwnership>,
        /// `userland_user` or `organization`. Deprecated by WorkOS: use
        /// [`connection_owner`](Self::connection_owner).
        #[serde(skip_serializing_if = "Option::is_none")]
        ownership: Option<String>,
        /// When it was created, in RFC 3339.
        created_at: String,
        /// When it was last changed, in RFC 3339.
        updated_at: String,
        /// The account with the role `compatibility`.
        connected_account: Option<ConnectedAccount>,
        /// All accounts that were asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        connected_accounts: Option<Vec<ConnectedAccount>>,
        /// Deprecated by WorkOS: use [`integration_type`](Self::integration_type).
        #[serde(skip_serializing_if = "Option::is_none")]
        integration_type_2 as "integrationType": Option<String>,
        /// Deprecated by WorkOS: use [`credentials_type`](Self::credentials_type).
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials_type_2 as "credentialsType": Option<String>,
        /// Deprecated by WorkOS: use [`created_at`](Self::created_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at_2 as "createdAt": Option<String>,
        /// Deprecated by WorkOS: use [`updated_at`](Self::updated_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at_2 as "updatedAt": Option<String>,
    }
}
