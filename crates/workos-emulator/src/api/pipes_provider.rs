//! What organizations have set for the providers of Pipes.

use std::sync::Arc;

use workos::pipes_provider::*;
use workos::{DataIntegrationCredentialType, ObjectType, Organization, PipesOwnership};

use super::pipes::Listed;
use super::pipes::connected_accounts::last_four;
use super::pipes::data_integrations::{allowed_scopes, is_enabled, scopes, settings};
use super::pipes::providers::{provider, wrong_setting};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Integration, IntegrationSettings, Store, View};

routes! {
    pipes_provider;
    list_organization_data_integration_configurations(organization_id) => read list;
    update_organization_data_integration_configuration(organization_id, slug, body)
        => write configure;
}

fn list(
    view: &View<'_>,
    organization_id: &str,
) -> Answer<Listed<DataIntegrationConfigurationResponse>> {
    view.one::<Organization>(organization_id)?;
    let of_slug = |slug: &str| find(view, slug).map(|row| row.id.clone()).ok();
    let available = view
        .data_integrations
        .iter()
        .filter(|row| of_slug(&row.integration.slug).as_ref() == Some(&row.id));
    Ok(Listed { data: available.map(|row| configuration(view, row, organization_id)).collect() })
}

fn configure(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: ConfigureDataIntegration,
) -> Answer<DataIntegrationConfigurationResponse> {
    change.one::<Organization>(organization_id)?;
    let row = find(change, slug)?.clone();
    let mut settings = match settings(change, Some(organization_id), slug) {
        Some(settings) => IntegrationSettings::clone(settings),
        None => new(change, organization_id, slug),
    };
    check(change, &row, &input)?;
    if input.enabled.is_some() {
        settings.enabled = input.enabled;
    }
    set_nullable(&mut settings.scopes, input.scopes);
    if input.client_id.is_some() {
        settings.client_id = input.client_id;
        settings.client_secret_last_four = input.client_secret.as_ref().map(last_four);
    }
    set(&mut settings.config, input.config);
    settings.updated_at = change.now();
    change.put(settings)?;
    Ok(configuration(change, &row, organization_id))
}

fn new(change: &mut Change<'_>, organization_id: &str, slug: &str) -> IntegrationSettings {
    IntegrationSettings {
        id: change.id(IntegrationSettings::PREFIX),
        organization_id: organization_id.to_owned(),
        slug: slug.to_owned(),
        enabled: None,
        scopes: None,
        client_id: None,
        client_secret_last_four: None,
        config: Default::default(),
        created_at: change.now(),
        updated_at: change.now(),
    }
}

fn check(change: &Change<'_>, row: &Integration, input: &ConfigureDataIntegration) -> Answer<()> {
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    let ConfigureDataIntegration { enabled, scopes, client_id, client_secret, config } = input;
    if client_id.is_some() != client_secret.is_some() {
        return refuse("invalid_credentials", "client_id and client_secret go together.");
    }
    if enabled.is_none() && scopes.is_none() && client_id.is_none() && config.is_none() {
        return refuse("empty_configuration", "At least one field is required.");
    }
    if (client_id.is_some() || config.is_some()) && !has_own_app(row) {
        let message = "The data integration does not use credentials of organizations.";
        return refuse("organization_credentials_not_supported", message);
    }
    let provider = provider(change, &row.integration.slug)?;
    if let Some(wrong) = config.as_ref().and_then(|config| wrong_setting(&provider, config)) {
        return refuse("invalid_config", &wrong);
    }
    let allowed = allowed_scopes(change, row).unwrap_or_default();
    let chosen = scopes.as_ref().and_then(|scopes| scopes.as_value()).into_iter().flatten();
    if let Some(scope) = { chosen }.find(|scope| !allowed.contains(scope)) {
        let message = format!("The provider has no scope '{scope}'.");
        return Err(Refusal::unprocessable("invalid_scopes", message));
    }
    Ok(())
}

/// The integration that an organization configures: the one for users, if there are two.
fn find<'a>(store: &'a Store, slug: &str) -> Answer<&'a Arc<Integration>> {
    let at =
        |ownership| store.data_integrations.find("place", &Integration::place(slug, &ownership));
    let found = at(PipesOwnership::User).or_else(|| at(PipesOwnership::Organization));
    found.ok_or_else(|| Refusal::not_found("Data integration", slug))
}

/// Whether each organization supplies its own OAuth app.
fn has_own_app(row: &Integration) -> bool {
    let credentials = row.integration.credentials.as_ref();
    credentials.is_some_and(|own| own.type_ == DataIntegrationCredentialType::Organization)
}

fn configuration(
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
    shown.config.clone_from(&integration.config);
    shown.config.extend(settings.into_iter().flat_map(|settings| settings.config.clone()));
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
