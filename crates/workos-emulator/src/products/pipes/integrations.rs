//! Data integrations: how accounts at a provider are connected.

use workos::ObjectType;
use workos::pipes::*;

use super::integration;
use super::providers::provider;
use crate::reply::Answer;
use crate::state::collection::Entity;
use crate::state::{Change, Integration, IntegrationSettings, Provider, Store};

/// A new data integration; not stored yet.
pub(crate) fn new_integration(
    change: &mut Change<'_>,
    provider: &Provider,
    ownership: PipesOwnership,
) -> Integration {
    let mut integration = DataIntegration::default();
    integration.object = ObjectType::DataIntegration;
    integration.id = change.id(Integration::PREFIX);
    integration.slug.clone_from(&provider.slug);
    integration.integration_type.clone_from(&provider.slug);
    integration.ownership = Some(ownership);
    integration.state = DataIntegrationState::Valid;
    let key = change.id("dik");
    integration.redirect_uri =
        format!("{}/data-integrations/{}/{key}/callback", change.origin(), provider.slug);
    integration.created_at = change.now();
    integration.updated_at = change.now();
    Integration { id: integration.id.clone(), integration, is_shared: false }
}

/// Adds an enabled data integration with the credentials that WorkOS provides, as the dashboard can.
pub(crate) fn add_shared_integration(
    change: &mut Change<'_>,
    slug: &str,
    ownership: PipesOwnership,
) -> Answer<DataIntegration> {
    let provider = provider(change, slug)?;
    let mut row = new_integration(change, &provider, ownership);
    row.is_shared = true;
    row.integration.enabled = true;
    row.integration.auth_methods = vec![ConnectedAccountAuthMethod::OAuth];
    change.insert(row).map(|row| row.integration.clone())
}

/// Removes an integration; with the last one at a provider, also what organizations have set for
/// that, and a custom provider itself.
pub(crate) fn remove_integration(
    change: &mut Change<'_>,
    slug: &str,
    ownership: &PipesOwnership,
) -> Answer<()> {
    let id = integration(change, slug, ownership)?.id.clone();
    change.remove::<Integration>(&id)?;
    if change.data_integrations.find("slug", slug).is_some() {
        return Ok(());
    }
    let settings: Vec<_> =
        change.data_integration_settings.by("slug", slug).map(|row| row.id.clone()).collect();
    for id in settings {
        change.remove::<IntegrationSettings>(&id)?;
    }
    let provider = change.data_providers.find("slug", slug).cloned();
    if let Some(provider) = provider.filter(|provider| provider.custom.is_some()) {
        change.remove::<Provider>(&provider.id)?;
    }
    Ok(())
}

/// An integration with the definition of its custom provider.
pub(crate) fn detailed(store: &Store, row: &Integration) -> DataIntegration {
    let mut integration = row.integration.clone();
    let provider = store.data_providers.find("slug", &integration.slug);
    integration.custom_provider = provider.and_then(|provider| provider.custom.clone());
    integration
}
