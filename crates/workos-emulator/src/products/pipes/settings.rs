//! What organizations have set for a provider, and what follows from it for their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use workos::pipes_provider::{DataIntegrationConfigurationResponse, DataIntegrationCredentials};
use workos::{DataIntegrationCredentialType, ObjectType, PipesOwnership};

use super::providers::provider;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Integration, IntegrationSettings, Store};

/// The settings of an organization at a provider, if any.
pub(super) fn settings<'a>(
    store: &'a Store,
    organization_id: Option<&str>,
    slug: &str,
) -> Option<&'a Arc<IntegrationSettings>> {
    let place = IntegrationSettings::place(organization_id?, slug);
    store.data_integration_settings.find("place", &place)
}

/// A copy of the settings of an organization at a provider, to change and then store. If there are
/// none, they are new.
pub(crate) fn settings_to_change(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
) -> IntegrationSettings {
    match settings(change, Some(organization_id), slug) {
        Some(settings) => IntegrationSettings::clone(settings),
        None => IntegrationSettings {
            id: change.id(IntegrationSettings::PREFIX),
            organization_id: organization_id.to_owned(),
            slug: slug.to_owned(),
            enabled: None,
            scopes: None,
            client_id: None,
            client_secret_last_four: None,
            config: BTreeMap::new(),
            created_at: change.now(),
            updated_at: change.now(),
        },
    }
}

/// Whether accounts can be connected. An organization may have decided for itself.
pub(crate) fn is_enabled(store: &Store, row: &Integration, organization_id: Option<&str>) -> bool {
    let settings = settings(store, organization_id, &row.integration.slug);
    settings.and_then(|settings| settings.enabled).unwrap_or(row.integration.enabled)
}

/// The scopes to request: the organization's, the integration's or the provider's.
pub(super) fn scopes(
    store: &Store,
    row: &Integration,
    organization_id: Option<&str>,
) -> Option<Vec<String>> {
    let settings = settings(store, organization_id, &row.integration.slug);
    let own = settings.and_then(|settings| settings.scopes.clone());
    own.or_else(|| allowed_scopes(store, row))
}

/// The scopes that an organization may choose from.
pub(crate) fn allowed_scopes(store: &Store, row: &Integration) -> Option<Vec<String>> {
    let defaults = || provider(store, &row.integration.slug).ok().map(|provider| provider.scopes);
    let scopes = row.integration.scopes.clone().or_else(defaults);
    scopes.filter(|scopes| !scopes.is_empty())
}

/// The additional settings of the integration, and those of the organization.
pub(super) fn config(
    store: &Store,
    row: &Integration,
    organization_id: Option<&str>,
) -> BTreeMap<String, String> {
    let settings = settings(store, organization_id, &row.integration.slug);
    let mut config = row.integration.config.clone();
    config.extend(settings.into_iter().flat_map(|settings| settings.config.clone()));
    config
}

/// Whether each organization supplies its own OAuth app.
pub(crate) fn has_own_app(row: &Integration) -> bool {
    let credentials = row.integration.credentials.as_ref();
    credentials.is_some_and(|own| own.type_ == DataIntegrationCredentialType::Organization)
}

/// The integration that an organization configures: the one for users, if there are two.
pub(crate) fn configurable<'a>(store: &'a Store, slug: &str) -> Answer<&'a Arc<Integration>> {
    let at =
        |ownership| store.data_integrations.find("place", &Integration::place(slug, &ownership));
    let found = at(PipesOwnership::User).or_else(|| at(PipesOwnership::Organization));
    found.ok_or_else(|| Refusal::not_found("Data integration", slug))
}

/// An integration as an organization has configured it.
pub(crate) fn configuration(
    store: &Store,
    row: &Integration,
    organization_id: &str,
) -> DataIntegrationConfigurationResponse {
    let integration = &row.integration;
    let settings = settings(store, Some(organization_id), &integration.slug);
    let name = provider(store, &integration.slug).map(|provider| provider.name);
    let mut shown = DataIntegrationConfigurationResponse::default();
    shown.object = ObjectType::DataIntegrationConfiguration;
    shown.id.clone_from(&row.id);
    shown.organization_id = organization_id.to_owned();
    shown.slug.clone_from(&integration.slug);
    shown.name = name.unwrap_or_else(|_| integration.slug.clone());
    shown.enabled = is_enabled(store, row, Some(organization_id));
    shown.scopes = scopes(store, row, Some(organization_id));
    shown.config = config(store, row, Some(organization_id));
    let created_at = settings.map_or(integration.created_at, |settings| settings.created_at);
    let updated_at = settings.map_or(integration.updated_at, |settings| settings.updated_at);
    shown.created_at = created_at.to_string();
    shown.updated_at = updated_at.to_string();
    if has_own_app(row) {
        let mut own = DataIntegrationCredentials::default();
        own.credentials_type = DataIntegrationCredentialType::Organization;
        own.client_id = settings.and_then(|settings| settings.client_id.clone());
        own.client_secret_last_four =
            settings.and_then(|settings| settings.client_secret_last_four.clone());
        own.has_credentials = own.client_id.is_some();
        own.redirect_uri.clone_from(&integration.redirect_uri);
        shown.credentials = Some(own);
    }
    shown
}
