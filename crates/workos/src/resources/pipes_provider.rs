//! Pipes, per organization: which providers it may use, with which scopes and which OAuth app.
//!
//! ```no_run
//! use workos::pipes_provider::ConfigureDataIntegration;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let providers = client.pipes_provider();
//!
//! let body = ConfigureDataIntegration {
//!     enabled: Some(true),
//!     scopes: Some(vec!["repo".to_owned()].into()),
//!     ..Default::default()
//! };
//! providers.update_organization_data_integration_configuration("org_01", "github", body).await?;
//!
//! for provider in providers.list_organization_data_integration_configurations("org_01").await? {
//!     println!("{}: {}", provider.name, provider.enabled);
//! }
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use crate::{DataIntegrationCredentialType, List, Nullable, ObjectType, SecretString};

api! {
    /// What an organization may connect to. See [`pipes_provider`](crate::pipes_provider).
    PipesProviderApi, pipes_provider;
}

#[doc(hidden)]
pub use crate::compat::pipes_provider::*;

operations! {
    PipesProviderApi, pipes_provider;

    /// Lists all providers that an organization could use, with its settings for them.
    GET "/organizations/{organization_id}/data_integration_configurations"
        => list_organization_data_integration_configurations(organization_id)
        -> List<DataIntegrationConfigurationResponse>;

    /// Changes what an organization may use of a provider. The body needs at least one field; what
    /// is left out keeps its value.
    ///
    /// # Errors
    ///
    /// 404 when there is no such organization or provider; 422 when the provider does not have one
    /// of the scopes.
    PUT "/organizations/{organization_id}/data_integration_configurations/{slug}"
        => update_organization_data_integration_configuration(
            organization_id, slug, body: ConfigureDataIntegration
        ) -> DataIntegrationConfigurationResponse;
}

inputs! {
    /// What to change about a provider for an organization.
    ConfigureDataIntegration {
        /// Whether the organization may use it.
        enabled: Option<bool>,
        /// The OAuth scopes to ask for; null goes back to the provider's.
        scopes: Option<Nullable<Vec<String>>>,
        /// The client id of the organization's own app, where the integration asks for one. Only
        /// together with the secret.
        client_id: Option<String>,
        /// The client secret of the organization's own app.
        client_secret: Option<SecretString>,
        /// What the provider has to know besides, by the names that it declares. Only where the
        /// organization supplies the app.
        config: Option<BTreeMap<String, String>>,
    }
}

objects! {
    /// A provider as an organization may use it.
    DataIntegrationConfigurationResponse {
        /// Always `data_integration_configuration`.
        object: ObjectType,
        /// `data_integration_…`
        id: String,
        /// The organization.
        organization_id: String,
        /// The provider, such as `github`.
        slug: String,
        /// The name shown to users.
        name: String,
        /// Whether the organization may use it.
        enabled: bool,
        /// The OAuth scopes to ask for: the organization's, or else the provider's.
        scopes: Option<Vec<String>>,
        /// What the provider has to know besides.
        config: BTreeMap<String, String>,
        /// When it was created, in RFC 3339.
        created_at: String,
        /// When it was last changed, in RFC 3339.
        updated_at: String,
        /// The OAuth app.
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials: Option<DataIntegrationCredentials>,
    }

    /// The OAuth app that an organization's accounts are connected with.
    DataIntegrationCredentials {
        /// Whose app it is.
        credentials_type: DataIntegrationCredentialType,
        /// Whether the organization has supplied one.
        has_credentials: bool,
        /// The client id of the organization's app.
        client_id: Option<String>,
        /// The end of its client secret.
        client_secret_last_four: Option<String>,
        /// What to enter as redirect URI at the provider.
        redirect_uri: String,
    }
}
