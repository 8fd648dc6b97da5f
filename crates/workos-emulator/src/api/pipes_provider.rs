//! What organizations have set for the providers of Pipes.

use workos::Organization;
use workos::pipes_provider::*;

use crate::fields::{PlainList, set, set_nullable};
use crate::products::pipes::last_four;
use crate::products::pipes::providers::{provider, wrong_setting};
use crate::products::pipes::settings::{
    allowed_scopes, configurable, configuration, has_own_app, settings_to_change,
};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, Integration, View};

routes! {
    pipes_provider;
    list_organization_data_integration_configurations(organization_id) => read list;
    update_organization_data_integration_configuration(organization_id, slug, body)
        => write configure;
}

fn list(
    view: &View<'_>,
    organization_id: &str,
) -> Answer<PlainList<DataIntegrationConfigurationResponse>> {
    view.one::<Organization>(organization_id)?;
    let of_slug = |slug: &str| configurable(view, slug).map(|row| row.id.clone()).ok();
    let available = view
        .data_integrations
        .iter()
        .filter(|row| of_slug(&row.integration.slug).as_ref() == Some(&row.id));
    Ok(PlainList { data: available.map(|row| configuration(view, row, organization_id)).collect() })
}

fn configure(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: ConfigureDataIntegration,
) -> Answer<DataIntegrationConfigurationResponse> {
    change.one::<Organization>(organization_id)?;
    let row = configurable(change, slug)?.clone();
    let mut settings = settings_to_change(change, organization_id, slug);
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
