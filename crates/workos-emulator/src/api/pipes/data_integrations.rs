//! Data integrations: how accounts at a provider are connected.

use std::sync::Arc;

use workos::Page;
use workos::pipes::*;

use crate::fields::{set, set_nullable};
use crate::products::pipes::accounts::{Connection, connect};
use crate::products::pipes::integrations::{detailed, new_integration, remove_integration};
use crate::products::pipes::providers::{
    add_custom_provider, built_in, check_slug, define, provider, wrong_setting,
};
use crate::products::pipes::{Owner, Selection, integration, last_four};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, Integration, Provider, View, shown};

routes! {
    pipes;
    list_data_integrations(query)                    => read list;
    create_data_integration(body)                    => write create;
    get_data_integration(slug)                       => read get;
    update_data_integration(slug, body)              => write update;
    delete_data_integration(slug)                    => write delete;
    get_data_integration_organization(slug)          => read get_for_organizations;
    update_data_integration_organization(slug, body) => write update_for_organizations;
    delete_data_integration_organization(slug)       => write delete_for_organizations;
}

fn list(view: &View<'_>, query: ListDataIntegrationsParams) -> Answer<Page<DataIntegration>> {
    let ownership = query.ownership.as_ref();
    let page = view.data_integrations.page(&query, |row| {
        !row.is_shared && ownership.is_none_or(|ownership| row.ownership() == *ownership)
    })?;
    Ok(shown(page, |row| detailed(view, row)))
}

fn get(view: &View<'_>, slug: &str) -> Answer<DataIntegration> {
    integration(view, slug, &PipesOwnership::User).map(|row| detailed(view, row))
}

fn get_for_organizations(view: &View<'_>, slug: &str) -> Answer<DataIntegration> {
    integration(view, slug, &PipesOwnership::Organization).map(|row| detailed(view, row))
}

fn create(change: &mut Change<'_>, input: CreateDataIntegration) -> Answer<DataIntegration> {
    let methods = input.auth_methods.filter(|methods| !methods.is_empty());
    let methods = methods.unwrap_or_else(|| vec![ConnectedAccountAuthMethod::OAuth]);
    let is_oauth = methods.contains(&ConnectedAccountAuthMethod::OAuth);
    let provider = match input.custom_provider {
        None => provider(change, &input.provider)?,
        Some(definition) => {
            check_definition(&input.provider, &definition, is_oauth)?;
            add_custom_provider(change, &input.provider, definition)?
        }
    };
    let is_offered = |method: &_| provider.auth_methods.contains(method);
    if !provider.auth_methods.is_empty() && !methods.iter().all(is_offered) {
        return invalid("auth_methods", "must be methods that the provider supports.");
    }
    let ownership = input.ownership.unwrap_or(PipesOwnership::User);
    let mut row = new_integration(change, &provider, ownership);
    row.integration.description = input.description;
    row.integration.enabled = input.enabled.unwrap_or_default();
    row.integration.scopes = input.scopes;
    row.integration.auth_methods = methods;
    row.integration.config = input.config.unwrap_or_default();
    if let Some(wrong) = wrong_setting(&provider, &row.integration.config) {
        return Err(Refusal::unprocessable("invalid_config", wrong));
    }
    match input.credentials {
        Some(given) => set_credentials(&mut row, &provider, given)?,
        None if is_oauth => return invalid("credentials", "is required for OAuth."),
        None => {}
    }
    let row = change.insert(row)?;
    answer(change, &row, input.api_key)
}

/// Refuses a custom provider whose slug is not allowed, or that has no endpoint.
fn check_definition(
    slug: &str,
    definition: &CustomProviderDefinition,
    is_oauth: bool,
) -> Answer<()> {
    check_slug(slug)?;
    if built_in(slug).is_some() {
        return invalid("provider", "must not be the slug of a built-in provider.");
    }
    let CustomProviderDefinition { authorization_url, token_url, .. } = definition;
    let missing = match (authorization_url, token_url) {
        _ if !is_oauth => return Ok(()),
        (None, _) => "authorization_url",
        (_, None) => "token_url",
        _ => return Ok(()),
    };
    invalid(&format!("custom_provider.{missing}"), "is required for OAuth.")
}

fn set_credentials(
    row: &mut Integration,
    provider: &Provider,
    input: DataIntegrationCredentialsInput,
) -> Answer<()> {
    if !row.integration.auth_methods.contains(&ConnectedAccountAuthMethod::OAuth) {
        return invalid("credentials", "are for OAuth only.");
    }
    let mut credentials = DataIntegrationCredential::default();
    if input.type_ == DataIntegrationCredentialType::Custom {
        if input.client_id.is_none() {
            return invalid("credentials.client_id", "is required for your own app.");
        }
        let needs_secret =
            provider.custom.as_ref().is_none_or(|custom| custom.client_secret_required);
        if input.client_secret.is_none() && needs_secret {
            return invalid("credentials.client_secret", "is required for your own app.");
        }
        credentials.client_id = input.client_id;
        credentials.redacted_client_secret = input.client_secret.as_ref().map(last_four);
    } else if input.client_id.is_some() || input.client_secret.is_some() {
        return invalid("credentials", "are supplied by each organization.");
    }
    credentials.type_ = input.type_;
    row.integration.credentials = Some(credentials);
    row.is_shared = false;
    Ok(())
}

fn update(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegration,
) -> Answer<DataIntegration> {
    update_owned(change, slug, &PipesOwnership::User, input)
}

fn update_for_organizations(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegration,
) -> Answer<DataIntegration> {
    update_owned(change, slug, &PipesOwnership::Organization, input)
}

fn update_owned(
    change: &mut Change<'_>,
    slug: &str,
    ownership: &PipesOwnership,
    input: UpdateDataIntegration,
) -> Answer<DataIntegration> {
    let mut row = Integration::clone(integration(change, slug, ownership)?);
    if input.credentials.is_some() && input.api_key.is_some() {
        return invalid("api_key", "excludes credentials.");
    }
    let mut provider = provider(change, slug)?;
    if let Some(definition) = input.custom_provider {
        let Some(custom) = &mut provider.custom else {
            return invalid("custom_provider", "is for custom providers only.");
        };
        define(custom, definition);
        provider.name.clone_from(&custom.name);
        change.put(provider.clone())?;
    }
    set_nullable(&mut row.integration.description, input.description);
    set(&mut row.integration.enabled, input.enabled);
    set_nullable(&mut row.integration.scopes, input.scopes);
    if let Some(credentials) = input.credentials {
        set_credentials(&mut row, &provider, credentials)?;
    }
    row.integration.updated_at = change.now();
    let row = change.put(row)?;
    answer(change, &row, input.api_key)
}

/// Connects the account of an API key, if a request has one, and answers.
fn answer(
    change: &mut Change<'_>,
    row: &Arc<Integration>,
    key: Option<ApiKeyInstallation>,
) -> Answer<DataIntegration> {
    let mut integration = detailed(change, row);
    if let Some(ApiKeyInstallation { secret, user_id, organization_id }) = key {
        if !integration.auth_methods.contains(&ConnectedAccountAuthMethod::ApiKey) {
            return invalid("api_key", "is for integrations with API keys only.");
        }
        let ownership = row.ownership();
        let organization_id = organization_id.as_deref();
        let owner =
            Owner::acting(change, &integration.slug, &user_id, organization_id, Some(&ownership))?;
        let known = owner.select(change, &Selection::default())?;
        let connection = Connection::with_api_key(secret, &user_id);
        let account = connect(change, &owner, known, connection)?;
        let mut installation = DataIntegrationInstallation::default();
        installation.id = account.id;
        installation.connection_role = account.connection_role;
        installation.account_identifier = account.account_identifier;
        installation.account_display_name = account.account_display_name;
        installation.user_id = account.user_id;
        installation.organization_id = account.organization_id;
        installation.api_key_last_4 = account.api_key_last_4;
        integration.installation = Some(installation);
    }
    Ok(integration)
}

fn delete(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    remove_integration(change, slug, &PipesOwnership::User)
}

fn delete_for_organizations(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    remove_integration(change, slug, &PipesOwnership::Organization)
}

fn invalid<T>(field: &str, message: &str) -> Answer<T> {
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}
