//! The providers: those that WorkOS has built in, custom ones, and those of `Fixtures`.

use std::collections::BTreeMap;

use serde::Deserialize;
use workos::ConnectedAccountAuthMethod;
use workos::pipes::{
    CustomProviderDefinition, CustomProviderDefinitionAuthenticateVia,
    DataIntegrationCustomProvider,
};

use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Integration, Provider, ProviderSetting, Store};

/// A provider that is not built in, nor custom.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDataProvider {
    /// The slug, such as `billing`.
    pub slug: String,
    /// The name shown to users; by default the slug.
    pub name: String,
    /// The scopes to request unless a data integration says otherwise.
    pub scopes: Vec<String>,
    /// How accounts authenticate; in any way if empty.
    pub auth_methods: Vec<ConnectedAccountAuthMethod>,
    /// The names of the settings that a data integration can have.
    pub settings: Vec<String>,
    /// The names of the settings that each account needs, unless its data integration has them.
    pub account_settings: Vec<String>,
}

/// The slug, the name and the default scopes of what is built in.
const BUILT_IN: &[(&str, &str, &[&str])] = &[
    ("airtable", "Airtable", &["data.records:read", "schema.bases:read"]),
    ("asana", "Asana", &["default"]),
    ("atlassian", "Atlassian", &["read:jira-work", "read:jira-user", "offline_access"]),
    ("attio", "Attio", &["record_permission:read"]),
    ("box", "Box", &["root_readonly"]),
    ("calendly", "Calendly", &["default"]),
    ("confluence", "Confluence", &["read:confluence-content.all", "offline_access"]),
    ("discord", "Discord", &["identify", "email"]),
    ("dropbox", "Dropbox", &["account_info.read", "files.metadata.read"]),
    ("figma", "Figma", &["current_user:read", "file_content:read"]),
    ("front", "Front", &["shared:*"]),
    ("github", "GitHub", &["repo", "user:email"]),
    ("gitlab", "GitLab", &["read_user", "read_api"]),
    ("gmail", "Gmail", &["https://www.googleapis.com/auth/gmail.readonly"]),
    ("google-calendar", "Google Calendar", &["https://www.googleapis.com/auth/calendar.readonly"]),
    ("google-drive", "Google Drive", &["https://www.googleapis.com/auth/drive.readonly"]),
    ("hubspot", "HubSpot", &["oauth", "crm.objects.contacts.read"]),
    ("intercom", "Intercom", &[]),
    ("jira", "Jira", &["read:jira-work", "offline_access"]),
    ("linear", "Linear", &["read"]),
    ("microsoft-outlook", "Microsoft Outlook", &["Mail.Read", "offline_access"]),
    ("microsoft-teams", "Microsoft Teams", &["Chat.Read", "offline_access"]),
    ("notion", "Notion", &[]),
    ("salesforce", "Salesforce", &["api", "refresh_token"]),
    ("sentry", "Sentry", &["org:read", "project:read"]),
    ("shopify", "Shopify", &["read_orders"]),
    ("slack", "Slack", &["channels:read", "chat:write", "users:read"]),
    ("snowflake", "Snowflake", &["refresh_token"]),
    ("stripe", "Stripe", &["read_only"]),
    ("zendesk", "Zendesk", &["read"]),
    ("zoom", "Zoom", &["user:read:user", "meeting:read:meeting"]),
];

/// The provider, the name, whether each account has a value of its own and whether it needs one.
const SETTINGS: &[(&str, &str, bool, bool)] = &[
    ("salesforce", "instance_url", true, false),
    ("salesforce", "mydomain", true, false),
    ("shopify", "shop", true, true),
    ("snowflake", "account_identifier", false, false),
    ("zendesk", "subdomain", true, true),
];

/// The provider with this slug, or 404.
pub(crate) fn provider(store: &Store, slug: &str) -> Answer<Provider> {
    if let Some(provider) = store.data_providers.find("slug", slug) {
        return Ok(Provider::clone(provider));
    }
    built_in(slug).ok_or_else(|| Refusal::not_found(Provider::NAME, slug))
}

/// The provider with this slug if WorkOS has it built in.
pub(crate) fn built_in(slug: &str) -> Option<Provider> {
    let (slug, name, scopes) = BUILT_IN.iter().find(|(known, ..)| *known == slug)?;
    let settings = SETTINGS.iter().filter(|(of, ..)| of == slug);
    Some(Provider {
        slug: (*slug).to_owned(),
        name: (*name).to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        settings: settings
            .map(|(_, name, is_of_account, is_required)| ProviderSetting {
                name: (*name).to_owned(),
                is_of_account: *is_of_account,
                is_required: *is_required,
            })
            .collect(),
        ..Provider::default()
    })
}

/// Adds a provider.
pub(crate) fn add_provider(change: &mut Change<'_>, new: NewDataProvider) -> Answer<()> {
    check_slug(&new.slug)?;
    if built_in(&new.slug).is_some() {
        let message = format!("The provider '{}' is built in.", new.slug);
        return Err(Refusal::conflict("data_provider_already_exists", message));
    }
    let setting = |is_of_account| {
        move |name| ProviderSetting { name, is_of_account, is_required: is_of_account }
    };
    let of_integration = new.settings.into_iter().map(setting(false));
    let provider = Provider {
        id: change.id(Provider::PREFIX),
        name: if new.name.is_empty() { new.slug.clone() } else { new.name },
        slug: new.slug,
        scopes: new.scopes,
        auth_methods: new.auth_methods,
        settings: of_integration
            .chain(new.account_settings.into_iter().map(setting(true)))
            .collect(),
        custom: None,
    };
    change.insert(provider).map(drop)
}

/// Adds a custom provider.
pub(crate) fn add_custom_provider(
    change: &mut Change<'_>,
    slug: &str,
    definition: CustomProviderDefinition,
) -> Answer<Provider> {
    let mut custom = DataIntegrationCustomProvider::default();
    custom.pkce_enabled = true;
    custom.request_scope_separator = " ".to_owned();
    custom.client_secret_required = true;
    custom.token_body_content_type = "application/x-www-form-urlencoded".to_owned();
    custom.authenticate_via = CustomProviderDefinitionAuthenticateVia::RequestBody;
    define(&mut custom, definition);
    let id = change.id(Provider::PREFIX);
    let (slug, name) = (slug.to_owned(), custom.name.clone());
    let custom = Some(custom);
    let provider = change.insert(Provider { id, slug, name, custom, ..Provider::default() })?;
    Ok(Provider::clone(&provider))
}

/// Changes the definition of a custom provider; the fields that are left out stay.
pub(crate) fn define(custom: &mut DataIntegrationCustomProvider, input: CustomProviderDefinition) {
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

/// Refuses what cannot be the slug of a provider.
pub(crate) fn check_slug(slug: &str) -> Answer<()> {
    let is_fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !slug.is_empty() && slug.bytes().all(is_fine) {
        return Ok(());
    }
    let message = "A slug has lowercase letters, digits and hyphens only.";
    Err(Refusal::unprocessable("invalid_provider", message))
}

/// What is wrong with settings of an integration or an organization.
pub(crate) fn wrong_setting(
    provider: &Provider,
    config: &BTreeMap<String, String>,
) -> Option<String> {
    let is_declared = |name: &String| provider.settings.iter().any(|own| own.name == *name);
    let name = config.keys().find(|name| !is_declared(name))?;
    Some(format!("The provider '{}' has no setting '{name}'.", provider.slug))
}

/// What is wrong with the settings of an account, or 404 if there is no such provider.
pub(super) fn wrong_account_setting(
    store: &Store,
    integration: &Integration,
    config: &BTreeMap<String, String>,
) -> Answer<Option<String>> {
    let Provider { slug, settings, .. } = provider(store, &integration.integration.slug)?;
    let own = || settings.iter().filter(|setting| setting.is_of_account);
    if let Some(name) = config.keys().find(|name| own().all(|setting| setting.name != **name)) {
        let wrong = format!("Accounts of the provider '{slug}' have no setting '{name}'.");
        return Ok(Some(wrong));
    }
    let has =
        |name: &str| config.contains_key(name) || integration.integration.config.contains_key(name);
    let missing = own().find(|setting| setting.is_required && !has(&setting.name));
    Ok(missing.map(|missing| {
        format!("Accounts of the provider '{slug}' need the setting '{}'.", missing.name)
    }))
}
