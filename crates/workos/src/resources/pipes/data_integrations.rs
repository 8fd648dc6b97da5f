//! Data integrations: how accounts at a provider are connected.

use std::collections::BTreeMap;

use super::{ConnectedAccountAuthMethod, ConnectedAccountConnectionRole, PipesApi};
use crate::{Nullable, ObjectType, Page, SecretString, Timestamp};

operations! {
    PipesApi, pipes;

    /// Lists the integrations that use credentials of your own or of your organizations, newest
    /// first unless told otherwise. A provider can be there twice: for users and for organizations.
    GET "/data-integrations" => list_data_integrations(query: ListDataIntegrationsParams)
        -> Page<DataIntegration>;

    /// Sets up a provider, be it one that WorkOS knows or one that you define.
    ///
    /// # Errors
    ///
    /// 409 when there is an integration of this slug already; 422 when a field is invalid.
    POST "/data-integrations"
        => create_data_integration(body: CreateDataIntegration) -> DataIntegration;

    /// Fetches the integration that users connect to.
    GET "/data-integrations/{slug}" => get_data_integration(slug) -> DataIntegration;

    /// Changes the integration that users connect to. Fields that are left out keep their value.
    PUT "/data-integrations/{slug}"
        => update_data_integration(slug, body: UpdateDataIntegration) -> DataIntegration;

    /// Deletes the integration that users connect to, with all their accounts. A custom provider
    /// goes with the last integration that has it.
    DELETE "/data-integrations/{slug}" => delete_data_integration(slug) -> ();

    /// Fetches the integration that organizations connect to; which organization does not matter.
    GET "/data-integrations/{slug}/organization"
        => get_data_integration_organization(slug) -> DataIntegration;

    /// Changes the integration that organizations connect to. Fields that are left out keep their
    /// value. The definition of a custom provider is shared with the integration for users.
    PUT "/data-integrations/{slug}/organization"
        => update_data_integration_organization(slug, body: UpdateDataIntegration)
        -> DataIntegration;

    /// Deletes the integration that organizations connect to, with all their accounts.
    DELETE "/data-integrations/{slug}/organization"
        => delete_data_integration_organization(slug) -> ();
}

list_params! {
    PipesApi;
    ListDataIntegrationsParams for list_data_integrations {
        /// Only those that users, or organizations, connect to.
        ownership: Option<PipesOwnership>,
    }
}

inputs! {
    /// A new integration.
    CreateDataIntegration {
        /// The slug of a provider that WorkOS knows, such as `github`, or a new one of your own, which
        /// needs a [`custom_provider`](Self::custom_provider).
        provider: String,
        /// Whether users or organizations connect to it; users, if left out. Cannot be changed.
        ownership: Option<PipesOwnership>,
        /// What it is for, in your words.
        description: Option<String>,
        /// Whether it can be connected to; it cannot, if left out.
        enabled: Option<bool>,
        /// The OAuth scopes to ask for; the provider's usual ones, if left out.
        scopes: Option<Vec<String>>,
        /// How accounts authenticate; by OAuth, if left out.
        auth_methods: Option<Vec<ConnectedAccountAuthMethod>>,
        /// What the provider has to know besides, by the names that it declares.
        config: Option<BTreeMap<String, String>>,
        /// OAuth, required there: whose app accounts are connected with.
        credentials: Option<DataIntegrationCredentialsInput>,
        /// API keys: a first account.
        api_key: Option<ApiKeyInstallation>,
        /// The definition of a provider of your own.
        custom_provider: Option<CustomProviderDefinition>,
    }

    /// What to change about an integration.
    UpdateDataIntegration {
        /// What it is for, in your words; null removes it.
        description: Option<Nullable<String>>,
        /// Whether it can be connected to.
        enabled: Option<bool>,
        /// The OAuth scopes to ask for; null goes back to the provider's usual ones.
        scopes: Option<Nullable<Vec<String>>>,
        /// OAuth: the app that takes the place of the present one.
        credentials: Option<DataIntegrationCredentialsInput>,
        /// API keys: an account to add, or to give a new key to. Not together with
        /// [`credentials`](Self::credentials).
        api_key: Option<ApiKeyInstallation>,
        /// What to change about the definition of a provider of your own.
        custom_provider: Option<UpdateCustomProviderDefinition>,
    }

    /// Whose OAuth app accounts are connected with.
    DataIntegrationCredentialsInput {
        /// Whose app it is: your own, or each organization's.
        type_ as "type": DataIntegrationCredentialType,
        /// The app's client id. Required for an app of your own.
        client_id: Option<String>,
        /// The app's client secret. Required for an app of your own.
        client_secret: Option<SecretString>,
    }
}

impl DataIntegrationCredentialsInput {
    /// An app of your own.
    pub fn custom(client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        Self {
            type_: DataIntegrationCredentialType::Custom,
            client_id: Some(client_id.into()),
            client_secret: Some(client_secret.into()),
        }
    }

    /// Each organization supplies its own; see [`pipes_provider`](crate::pipes_provider).
    pub fn organization() -> Self {
        Self { type_: DataIntegrationCredentialType::Organization, ..Self::default() }
    }
}

inputs! {
    /// An API key for an account to connect.
    ApiKeyInstallation {
        /// The key, at least 5 characters.
        secret: SecretString,
        /// The user it is for.
        user_id: String,
        /// The organization that the account is limited to.
        organization_id: Option<String>,
    }

    /// How to talk to a provider that WorkOS does not know.
    CustomProviderDefinition {
        /// The name shown to users. Required for a new provider.
        name: Option<String>,
        /// Where users give their consent. Required for OAuth.
        authorization_url: Option<String>,
        /// Where codes are exchanged for tokens. Required for OAuth.
        token_url: Option<String>,
        /// Where tokens are refreshed, if not at the token endpoint.
        refresh_token_url: Option<Nullable<String>>,
        /// Whether to use PKCE; a new provider does, if left out.
        pkce_enabled: Option<bool>,
        /// What stands between scopes; a space, if left out.
        request_scope_separator: Option<String>,
        /// Whether an account needs at least one scope; it does not, if left out.
        scopes_required: Option<bool>,
        /// Whether the app needs a client secret; it does, if left out.
        client_secret_required: Option<bool>,
        /// What else goes into the query of the authorization URL.
        additional_authorization_parameters: Option<BTreeMap<String, String>>,
        /// The content type of token requests, such as `application/x-www-form-urlencoded`.
        token_body_content_type: Option<String>,
        /// Where the client id and secret go in token requests.
        authenticate_via: Option<CustomProviderDefinitionAuthenticateVia>,
    }
}

/// What to change about the definition of a provider.
pub type UpdateCustomProviderDefinition = CustomProviderDefinition;

objects! {
    /// How accounts at a provider are connected.
    DataIntegration {
        /// Always `data_integration`.
        object: ObjectType,
        /// `data_integration_…`
        id: String,
        /// The provider, such as `github`.
        slug: String,
        /// The kind of provider, such as `github`.
        integration_type: String,
        /// Whether users or organizations connect to it.
        #[serde(skip_serializing_if = "Option::is_none")]
        ownership: Option<PipesOwnership>,
        /// What it is for, in your words.
        description: Option<String>,
        /// Whether it can be connected to.
        enabled: bool,
        /// How its set-up stands.
        state: DataIntegrationState,
        /// The OAuth scopes to ask for; `None` stands for the provider's usual ones.
        scopes: Option<Vec<String>>,
        /// What to enter as redirect URI at the provider.
        redirect_uri: String,
        /// How accounts authenticate.
        auth_methods: Vec<ConnectedAccountAuthMethod>,
        /// OAuth: whose app accounts are connected with.
        credentials: Option<DataIntegrationCredential>,
        /// The account made of the API key that came along; only in the answer to that request.
        installation: Option<DataIntegrationInstallation>,
        /// What the provider has to know besides.
        config: BTreeMap<String, String>,
        /// The definition, where the provider is one of your own.
        custom_provider: Option<DataIntegrationCustomProvider>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
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
    /// How the set-up of a [`DataIntegration`] stands.
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
        /// The client id of your own app.
        client_id: Option<String>,
        /// The end of its client secret.
        redacted_client_secret: Option<String>,
    }
}

open_enum! {
    /// Whose OAuth app accounts are connected with.
    pub enum DataIntegrationCredentialType {
        /// One of WorkOS.
        Shared = "shared",
        /// One of your own.
        Custom = "custom",
        /// One that each organization supplies.
        Organization = "organization",
    }
}

objects! {
    /// An account made of an API key that came along with a [`DataIntegration`].
    DataIntegrationInstallation {
        /// `data_installation_…`, the id of the connected account.
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
        /// The end of its API key.
        api_key_last_4: Option<String>,
    }

    /// How WorkOS talks to a provider of your own.
    DataIntegrationCustomProvider {
        /// The name shown to users.
        name: String,
        /// OAuth: where users give their consent.
        authorization_url: Option<String>,
        /// OAuth: where codes are exchanged for tokens.
        token_url: Option<String>,
        /// Where tokens are refreshed, if not at the token endpoint.
        refresh_token_url: Option<String>,
        /// Whether PKCE is used.
        pkce_enabled: bool,
        /// What stands between scopes.
        request_scope_separator: String,
        /// Whether an account needs at least one scope.
        scopes_required: bool,
        /// Whether the app needs a client secret.
        client_secret_required: bool,
        /// What else goes into the query of the authorization URL.
        additional_authorization_parameters: BTreeMap<String, String>,
        /// The content type of token requests.
        token_body_content_type: String,
        /// Where the client id and secret go in token requests.
        authenticate_via: CustomProviderDefinitionAuthenticateVia,
    }
}

open_enum! {
    /// Where the client id and secret go in token requests.
    pub enum CustomProviderDefinitionAuthenticateVia {
        RequestBody = "request_body",
        BasicAuthHeader = "basic_auth_header",
    }
}
