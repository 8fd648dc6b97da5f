//! Data integrations: how accounts at a provider are connected.

use std::sync::Arc;

use workos::pipes::*;
use workos::{Nullable, ObjectType, Page};

use super::connected_accounts::{Connection, connect, last_four};
use super::providers::{built_in, check_slug, provider, wrong_setting};
use super::{Owner, Selection, integration};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Integration, IntegrationSettings, Provider, Store, View, shown};

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

/// An integration with the definition of its custom provider.
fn detailed(store: &Store, row: &Integration) -> DataIntegration {
    let mut integration = row.integration.clone();
    let provider = store.data_providers.find("slug", &integration.slug);
    integration.custom_provider = provider.and_then(|provider| provider.custom.clone());
    integration
}

fn create(change: &mut Change<'_>, input: CreateDataIntegration) -> Answer<DataIntegration> {
    let methods = input.auth_methods.filter(|methods| !methods.is_empty());
    let methods = methods.unwrap_or_else(|| vec![ConnectedAccountAuthMethod::OAuth]);
    let is_oauth = methods.contains(&ConnectedAccountAuthMethod::OAuth);
    let provider = match input.custom_provider {
        None => provider(change, &input.provider)?,
        Some(definition) => add_custom(change, &input.provider, definition, is_oauth)?,
    };
    let is_offered = |method: &_| provider.auth_methods.contains(method);
    if !provider.auth_methods.is_empty() && !methods.iter().all(is_offered) {
        return invalid("auth_methods", "must be methods that the provider supports.");
    }
    let ownership = input.ownership.unwrap_or(PipesOwnership::User);
    let mut row = new(change, &provider, ownership);
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

/// A new data integration; not stored yet.
pub(super) fn new(
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

/// Adds a custom provider.
fn add_custom(
    change: &mut Change<'_>,
    slug: &str,
    input: CustomProviderDefinition,
    is_oauth: bool,
) -> Answer<Provider> {
    check_slug(slug)?;
    if built_in(slug).is_some() {
        return invalid("provider", "must not be the slug of a built-in provider.");
    }
    if is_oauth {
        for (name, url) in
            [("authorization_url", &input.authorization_url), ("token_url", &input.token_url)]
        {
            if url.is_none() {
                return invalid(&format!("custom_provider.{name}"), "is required for OAuth.");
            }
        }
    }
    let mut custom = DataIntegrationCustomProvider::default();
    custom.pkce_enabled = true;
    custom.request_scope_separator = " ".to_owned();
    custom.client_secret_required = true;
    custom.token_body_content_type = "application/x-www-form-urlencoded".to_owned();
    custom.authenticate_via = CustomProviderDefinitionAuthenticateVia::RequestBody;
    define(&mut custom, input);
    let id = change.id(Provider::PREFIX);
    let (slug, name) = (slug.to_owned(), custom.name.clone());
    let custom = Some(custom);
    let provider = change.insert(Provider { id, slug, name, custom, ..Provider::default() })?;
    Ok(Provider::clone(&provider))
}

fn define(custom: &mut DataIntegrationCustomProvider, input: CustomProviderDefinition) {
    set(&mut custom.name, input.name);
    custom.authorization_url = input.authorization_url.or(custom.authorization_url.take());
    custom.token_url = input.token_url.or(custom.token_url.take());
    set_nullable(&mut custom.refresh_token_url, input.refresh_token_url);
    set(&mut custom.pkce_enabled, input.pkce_enabled);
    set(&mut custom.request_scope_separator, input.request_scope_separator);
    set(&mut custom.scopes_required, input.scopes_required);
    set(&mut custom.client_secret_required, input.client_secret_required);
    set(&mut custom.additional_authorization_parameters, input.additional_authorization_parameters);
    set(&mut custom.token_body_content_type, input.token_body_content_type);
    set(&mut custom.authenticate_via, input.authenticate_via);
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
            Owner::named(change, &integration.slug, &user_id, organization_id, Some(&ownership))?;
        owner.check_member(change, &user_id)?;
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
    delete_owned(change, slug, &PipesOwnership::User)
}

fn delete_for_organizations(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    delete_owned(change, slug, &PipesOwnership::Organization)
}

/// Deletes an integration; with the last one at a provider, what is left of that.
fn delete_owned(change: &mut Change<'_>, slug: &str, ownership: &PipesOwnership) -> Answer<()> {
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

/// The settings of an organization at a provider, if any.
pub(in crate::api) fn settings<'a>(
    store: &'a Store,
    organization_id: Option<&str>,
    slug: &str,
) -> Option<&'a Arc<IntegrationSettings>> {
    let place = IntegrationSettings::place(organization_id?, slug);
    store.data_integration_settings.find("place", &place)
}

/// Whether accounts can be connected. An organization may have decided for itself.
pub(in crate::api) fn is_enabled(
    store: &Store,
    row: &Integration,
    organization_id: Option<&str>,
) -> bool {
    let settings = settings(store, organization_id, &row.integration.slug);
    settings.and_then(|settings| settings.enabled).unwrap_or(row.integration.enabled)
}

/// The scopes to request: the organization's, the integration's or the provider's.
pub(in crate::api) fn scopes(
    store: &Store,
    row: &Integration,
    organization_id: Option<&str>,
) -> Option<Vec<String>> {
    let settings = settings(store, organization_id, &row.integration.slug);
    let own = settings.and_then(|settings| settings.scopes.clone());
    own.or_else(|| allowed_scopes(store, row))
}

/// The scopes that an organization may choose from.
pub(in crate::api) fn allowed_scopes(store: &Store, row: &Integration) -> Option<Vec<String>> {
    let defaults = || provider(store, &row.integration.slug).ok().map(|provider| provider.scopes);
    let scopes = row.integration.scopes.clone().or_else(defaults);
    scopes.filter(|scopes| !scopes.is_empty())
}

fn invalid<T>(field: &str, message: &str) -> Answer<T> {
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}

/// A name or an identifier that a request may set or remove.
pub(super) type Name = Option<Nullable<String>>;
