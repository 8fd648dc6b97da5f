//! Pipes providers of an organization: which ones are enabled, their OAuth scopes and credentials.
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
    /// The Pipes providers of an organization. See [`pipes_provider`](crate::pipes_provider).
    PipesProviderApi, pipes_provider;
}

#[doc(hidden)]
pub use crate::compat::pipes_provider::*;

operations! {
    PipesProviderApi, pipes_provider;

    /// Lists an organization's available providers and their configuration. Not paginated.
    GET "/organizations/{organization_id}/data_integration_configurations" @ "pipes/provider"
        => list_organization_data_integration_configurations(organization_id)
        -> List<DataIntegrationConfigurationResponse>;

    /// Configures a provider for an organization. Requires at least one field; others keep their
    /// values.
    ///
    /// # Errors
    ///
    /// 404 when the organization or provider does not exist; 422 when the provider does not support
    /// one of the scopes.
    PUT "/organizations/{organization_id}/data_integration_configurations/{slug}"
        @ "pipes/provider/configure" => update_organization_data_integration_configuration(
            organization_id, slug, body: ConfigureDataIntegration
        ) -> DataIntegrationConfigurationResponse;
}

inputs! {
    /// Updates to an organization's configuration of a provider.
    ConfigureDataIntegration {
        /// Whether the provider is enabled for the organization.
        enabled: Option<bool>,
        /// The OAuth scopes to request; null restores the provider's scopes.
        scopes: Option<Nullable<Vec<String>>>,
        /// The client ID of the organization's own OAuth app, if the integration uses organization
        /// credentials. Requires the secret.
        client_id: Option<String>,
        /// The client secret of the organization's own OAuth app.
        client_secret: Option<SecretString>,
        /// Additional settings of the provider, by the names it declares. Only with organization
        /// credentials.
        config: Option<BTreeMap<String, String>>,
    }
}

objects! {
    /// An organization's configuration of a provider.
    DataIntegrationConfigurationResponse {
        /// Always `data_integration_configuration`.
        object: ObjectType,
        /// The ID, `data_integration_…`.
        id: String,
        /// The organization's ID.
        organization_id: String,
        /// The slug of the provider, such as `github`.
        slug: String,
        /// The name shown to users.
        name: String,
        /// Whether the provider is enabled for the organization.
        enabled: bool,
        /// The OAuth scopes to request: the organization's or, by default, the provider's.
        scopes: Option<Vec<String>>,
        /// Additional settings of the provider.
        config: BTreeMap<String, String>,
        /// When it was created, in RFC 3339.
        created_at: String,
        /// When it was last updated, in RFC 3339.
        updated_at: String,
        /// The OAuth credentials.
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials: Option<DataIntegrationCredentials>,
    }

    /// The OAuth credentials that an organization's accounts are connected with.
    DataIntegrationCredentials {
        /// Whose OAuth app it is.
        credentials_type: DataIntegrationCredentialType,
        /// Whether the organization has supplied its credentials.
        has_credentials: bool,
        /// The client ID of the organization's OAuth app.
        client_id: Option<String>,
        /// The last four characters of the client secret.
        client_secret_last_four: Option<String>,
        /// The redirect URI to register with the provider.
        redirect_uri: String,
    }
}
