//! Data integrations: the OAuth credentials, scopes and settings for connecting accounts at
//! providers.

use std::collections::BTreeMap;

use super::{ConnectedAccountAuthMethod, ConnectedAccountConnectionRole, PipesApi};
use crate::{Nullable, ObjectType, Page, SecretString, Timestamp};

operations! {
    PipesApi, pipes;

    /// Lists the data integrations that use your own credentials or those of your organizations,
    /// newest first by default. A provider can appear twice: for users and for organizations.
    GET "/data-integrations" @ "pipes/data-integration/list"
        => list_data_integrations(query: ListDataIntegrationsParams)
        -> Page<DataIntegration>;

    /// Creates a data integration for a built-in provider or a custom one.
    ///
    /// # Errors
    ///
    /// 409 when an integration with this slug already exists; 422 when a field is invalid.
    POST "/data-integrations" @ "pipes/data-integration/create"
        => create_data_integration(body: CreateDataIntegration) -> DataIntegration;

    /// Fetches the data integration for users.
    GET "/data-integrations/{slug}" @ "pipes/data-integration/get"
        => get_data_integration(slug) -> DataIntegration;

    /// Updates the data integration for users. Omitted fields keep their values.
    PUT "/data-integrations/{slug}" @ "pipes/data-integration/update"
        => update_data_integration(slug, body: UpdateDataIntegration) -> DataIntegration;

    /// Deletes the data integration for users, with all their connected accounts. A custom provider
    /// is deleted with its last integration.
    DELETE "/data-integrations/{slug}" @ "pipes/data-integration/delete"
        => delete_data_integration(slug) -> ();

    /// Fetches the data integration for organizations, which all organizations share.
    GET "/data-integrations/{slug}/organization" @ "pipes/get-organization-data-integration"
        => get_data_integration_organization(slug) -> DataIntegration;

    /// Updates the data integration for organizations. Omitted fields keep their values. It shares
    /// the definition of a custom provider with the integration for users.
    PUT "/data-integrations/{slug}/organization" @ "pipes"
        => update_data_integration_organization(slug, body: UpdateDataIntegration)
        -> DataIntegration;

    /// Deletes the data integration for organizations, with all their connected accounts.
    DELETE "/data-integrations/{slug}/organization" @ "pipes"
        => delete_data_integration_organization(slug) -> ();
}

list_params! {
    PipesApi;
    ListDataIntegrationsParams for list_data_integrations {
        /// Only integrations for users, or only those for organizations.
        ownership: Option<PipesOwnership>,
    }
}

inputs! {
    /// A new data integration.
    CreateDataIntegration {
        /// The slug of a built-in provider, such as `github`, or a new slug together with a
        /// [`custom_provider`](Self::custom_provider).
        provider: String,
        /// Whether users or organizations own the accounts; by default users. Cannot be changed.
        ownership: Option<PipesOwnership>,
        /// A description of what the integration is for.
        description: Option<String>,
        /// Whether accounts can be connected; false by default.
        enabled: Option<bool>,
        /// The OAuth scopes to request; by default the provider's default scopes.
        scopes: Option<Vec<String>>,
        /// How accounts authenticate; by default OAuth.
        auth_methods: Option<Vec<ConnectedAccountAuthMethod>>,
        /// Additional settings of the provider, by the names it declares.
        config: Option<BTreeMap<String, String>>,
        /// OAuth: whose app accounts are connected with. Required for OAuth.
        credentials: Option<DataIntegrationCredentialsInput>,
        /// API keys: a first account to connect.
        api_key: Option<ApiKeyInstallation>,
        /// The definition of a custom provider.
        custom_provider: Option<CustomProviderDefinition>,
    }

    /// Updates to a data integration.
    UpdateDataIntegration {
        /// A description of what the integration is for; null removes it.
        description: Option<Nullable<String>>,
        /// Whether accounts can be connected.
        enabled: Option<bool>,
        /// The OAuth scopes to request; null restores the provider's default scopes.
        scopes: Option<Nullable<Vec<String>>>,
        /// OAuth: the app that replaces the current one.
        credentials: Option<DataIntegrationCredentialsInput>,
        /// API keys: an account to add, or one whose key to replace. Excludes
        /// [`credentials`](Self::credentials).
        api_key: Option<ApiKeyInstallation>,
        /// Updates to the definition of a custom provider.
        custom_provider: Option<UpdateCustomProviderDefinition>,
    }

    /// Whose OAuth app accounts are connected with.
    DataIntegrationCredentialsInput {
        /// Whose app it is: yours, or each organization's.
        type_ as "type": DataIntegrationCredentialType,
        /// The app's client ID. Required for your own app.
        client_id: Option<String>,
        /// The app's client secret. Required for your own app.
        client_secret: Option<SecretString>,
    }
}

impl DataIntegrationCredentialsInput {
    /// Your own app.
    pub fn custom(client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        Self {
            type_: DataIntegrationCredentialType::Custom,
            client_id: Some(client_id.into()),
            client_secret: Some(client_secret.into()),
        }
    }

    /// Each organization supplies its own app; see [`pipes_provider`](crate::pipes_provider).
    pub fn organization() -> Self {
        Self { type_: DataIntegrationCredentialType::Organization, ..Self::default() }
    }
}

inputs! {
    /// An account to connect with an API key.
    ApiKeyInstallation {
        /// The API key, at least 5 characters.
        secret: SecretString,
        /// The ID of the user the account belongs to.
        user_id: String,
        /// The organization that the account is scoped to.
        organization_id: Option<String>,
    }

    /// The definition of a custom provider.
    CustomProviderDefinition {
        /// The name shown to users. Required for a new provider.
        name: Option<String>,
        /// The authorization endpoint. Required for OAuth.
        authorization_url: Option<String>,
        /// The token endpoint. Required for OAuth.
        token_url: Option<String>,
        /// The endpoint that refreshes tokens, if not the token endpoint.
        refresh_token_url: Option<Nullable<String>>,
        /// Whether to use PKCE; by default true for a new provider.
        pkce_enabled: Option<bool>,
        /// The separator between scopes; by default a space.
        request_scope_separator: Option<String>,
        /// Whether an account requires at least one scope; false by default.
        scopes_required: Option<bool>,
        /// Whether the app requires a client secret; true by default.
        client_secret_required: Option<bool>,
        /// Additional query parameters of the authorization URL.
        additional_authorization_parameters: Option<BTreeMap<String, String>>,
        /// The content type of token requests, such as `application/x-www-form-urlencoded`.
        token_body_content_type: Option<String>,
        /// How token requests send the client ID and secret.
        authenticate_via: Option<CustomProviderDefinitionAuthenticateVia>,
    }
}

/// Updates to the definition of a custom provider.
pub type UpdateCustomProviderDefinition = CustomProviderDefinition;

objects! {
    /// A data integration: how accounts at a provider are connected.
    DataIntegration {
        /// Always `data_integration`.
        object: ObjectType,
        /// The ID, `data_integration_…`.
        id: String,
        /// The slug of the provider, such as `github`.
        slug: String,
        /// The kind of provider, such as `github`.
        integration_type: String,
        /// Whether users or organizations own the accounts.
        #[serde(skip_serializing_if = "Option::is_none")]
        ownership: Option<PipesOwnership>,
        /// A description of what the integration is for.
        description: Option<String>,
        /// Whether accounts can be connected.
        enabled: bool,
        /// The state of the setup.
        state: DataIntegrationState,
        /// The OAuth scopes to request; `None` means the provider's default scopes.
        scopes: Option<Vec<String>>,
        /// The redirect URI to register with the provider.
        redirect_uri: String,
        /// How accounts authenticate.
        auth_methods: Vec<ConnectedAccountAuthMethod>,
        /// OAuth: whose app accounts are connected with.
        credentials: Option<DataIntegrationCredential>,
        /// The account created from the API key in the request; only in the response to it.
        installation: Option<DataIntegrationInstallation>,
        /// Additional settings of the provider.
        config: BTreeMap<String, String>,
        /// The definition of a custom provider.
        custom_provider: Option<DataIntegrationCustomProvider>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Who owns connected accounts.
    pub enum PipesOwnership {
        /// A single user.
        User = "user",
        /// An organization; all its members use the same account.
        Organization = "organization",
    }
}

open_enum! {
    /// The state of the setup of a [`DataIntegration`].
    pub enum DataIntegrationState {
        Valid = "valid",
        Invalid = "invalid",
        Requested = "requested",
    }
}

objects! {
    /// The OAuth app of a [`DataIntegration`].
    DataIntegrationCredential {
        /// Whose app it is.
        type_ as "type": DataIntegrationCredentialType,
        /// The client ID of your app.
        client_id: Option<String>,
        /// The client secret, redacted to its last characters.
        redacted_client_secret: Option<String>,
    }
}

open_enum! {
    /// Whose OAuth app accounts are connected with.
    pub enum DataIntegrationCredentialType {
        /// Shared credentials, provided by WorkOS.
        Shared = "shared",
        /// Your own app.
        Custom = "custom",
        /// Each organization supplies its own app.
        Organization = "organization",
    }
}

objects! {
    /// An account created from an API key in a request for a [`DataIntegration`].
    DataIntegrationInstallation {
        /// `data_installation_…`, the ID of the connected account.
        id: String,
        /// Whether clients that support only one account per provider use this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_role: Option<ConnectedAccountConnectionRole>,
        /// The provider's identifier of the account, if known.
        account_identifier: Option<String>,
        /// The name shown to users, which need not be unique.
        account_display_name: Option<String>,
        /// The user who owns the account.
        user_id: Option<String>,
        /// The organization that owns the account, or that it is scoped to.
        organization_id: Option<String>,
        /// The last four characters of its API key.
        api_key_last_4: Option<String>,
    }

    /// The definition of a custom provider.
    DataIntegrationCustomProvider {
        /// The name shown to users.
        name: String,
        /// OAuth: the authorization endpoint.
        authorization_url: Option<String>,
        /// OAuth: the token endpoint.
        token_url: Option<String>,
        /// The endpoint that refreshes tokens, if not the token endpoint.
        refresh_token_url: Option<String>,
        /// Whether PKCE is used.
        pkce_enabled: bool,
        /// The separator between scopes.
        request_scope_separator: String,
        /// Whether an account requires at least one scope.
        scopes_required: bool,
        /// Whether the app requires a client secret.
        client_secret_required: bool,
        /// Additional query parameters of the authorization URL.
        additional_authorization_parameters: BTreeMap<String, String>,
        /// The content type of token requests.
        token_body_content_type: String,
        /// How token requests send the client ID and secret.
        authenticate_via: CustomProviderDefinitionAuthenticateVia,
    }
}

open_enum! {
    /// How token requests send the client ID and secret.
    pub enum CustomProviderDefinitionAuthenticateVia {
        RequestBody = "request_body",
        BasicAuthHeader = "basic_auth_header",
    }
}
