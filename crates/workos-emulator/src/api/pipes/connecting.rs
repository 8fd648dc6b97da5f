//! Connecting accounts: with a user's consent, an API key or client credentials.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use workos::helpers::pkce::{generate_code_challenge, state_matches};
use workos::pipes::*;
use workos::{EventData, Nullable, ObjectType, PipesConnectionFailed, SecretString};

use super::connected_accounts::{Connection, check_method, check_room, connect, last_four};
use super::credentials::tokens;
use super::data_integrations::{is_enabled, scopes, settings};
use super::providers::{provider, wrong_account_setting};
use super::{Owner, Selection};
use crate::reply::{Answer, Refusal};
use crate::state::{Account, AccountCredential, Change, ConnectionAttempt, Grant, Integration};

/// How long a user has to consent, and then the application to finish.
const ATTEMPT_LIFETIME: Duration = Duration::from_secs(10 * 60);

routes! {
    pipes;
    authorize_data_integration(slug, body)                       => write authorize;
    finish_connection(body)                                      => write finish;
    create_data_integration_api_key(slug, body)         => write api_key;
    update_data_integration_api_key(slug, body)                  => write api_key;
    create_data_integration_client_credential(slug, body) => write client_credentials;
    update_data_integration_client_credentials(slug, body)       => write client_credentials;
}

/// What a user does at the provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConsent {
    /// Whether the user denies access.
    pub is_denied: bool,
    /// The scopes that the user grants; by default those that are requested.
    pub scopes: Option<Vec<String>>,
    /// The provider's identifier of the account.
    pub account_identifier: Option<String>,
}

fn authorize(
    change: &mut Change<'_>,
    slug: &str,
    input: AuthorizeDataIntegration,
) -> Answer<UrlResponse> {
    let owner = Owner::named(
        change,
        slug,
        &input.user_id,
        input.organization_id.as_deref(),
        input.connection_owner.as_ref(),
    )?;
    owner.check_member(change, &input.user_id)?;
    check_offer(change, &owner, &ConnectedAccountAuthMethod::OAuth)?;
    check_app(change, &owner)?;
    let config = input.config.unwrap_or_default();
    check_config(change, &owner, &config)?;
    let is_add = input.connection_intent == Some(ConnectionIntent::Add);
    let account_id = input.connected_account_id;
    check_intent(change, &owner, input.connection_intent.as_ref(), account_id.as_ref())?;
    if let Some(known) = known(change, &owner, is_add, account_id.as_ref())? {
        // This operation documents no 422.
        check_method(&known, &ConnectedAccountAuthMethod::OAuth)
            .map_err(|refusal| Refusal { status: StatusCode::BAD_REQUEST, ..refusal })?;
    }
    let attempt = ConnectionAttempt {
        id: change.token(24),
        state: change.token(32),
        integration_id: owner.integration.id.clone(),
        user_id: input.user_id,
        organization_id: input.organization_id,
        return_to: input.return_to,
        config,
        code_challenge: input.code_challenge,
        is_add,
        account_id,
        display_name: input.account_display_name,
        expires_at: change.now() + ATTEMPT_LIFETIME,
        granted: None,
    };
    let mut response = UrlResponse::default();
    response.url =
        format!("{}/data-integrations/{}/authorize-redirect", change.origin(), attempt.id);
    response.state = Some(attempt.state.clone());
    response.completion = attempt.code_challenge.as_ref().map(|_| "finish_required".to_owned());
    change.put(attempt)?;
    Ok(response)
}

/// Does what a user does at the provider, and returns where the browser goes then. `token` is the
/// one in the URL of the authorization.
pub(crate) fn consent(
    change: &mut Change<'_>,
    token: &str,
    consent: DataConsent,
) -> Answer<Option<String>> {
    let mut attempt: ConnectionAttempt = change.copy(token)?;
    if change.now() >= attempt.expires_at || attempt.granted.is_some() {
        let message = "The authorization has expired, or was used before.";
        return Err(Refusal::bad_request("authorization_expired", message));
    }
    let integration = change.one::<Integration>(&attempt.integration_id)?.clone();
    let organization_id = attempt.organization_id.clone();
    let owner = Owner::of(&integration, &attempt.user_id, organization_id.as_deref());
    let state = attempt.code_challenge.as_ref().map(|_| attempt.state.clone());
    let return_to = attempt.return_to.clone();
    let back = |answer: &[(&str, &str)]| {
        let state = state.iter().map(|state| ("state", state.as_str()));
        let answer: Vec<_> = answer.iter().copied().chain(state).collect();
        return_to.as_deref().map(|url| with_query(url, &answer))
    };
    if consent.is_denied {
        change.remove::<ConnectionAttempt>(token)?;
        tell_of_failure(change, &owner, attempt.is_add, consent.account_identifier);
        let description = "The user denied access.";
        return Ok(back(&[("error", "access_denied"), ("error_description", description)]));
    }
    let requested = || scopes(change, &integration, organization_id.as_deref());
    let granted = consent.scopes.or_else(requested).unwrap_or_default();
    let code = change.token(32);
    attempt.granted = Some(Grant {
        code: SecretString::from(code.clone()),
        scopes: granted,
        account_identifier: consent.account_identifier,
    });
    attempt.expires_at = change.now() + ATTEMPT_LIFETIME;
    if attempt.code_challenge.is_none() {
        complete(change, attempt)?;
        return Ok(return_to);
    }
    change.put(attempt)?;
    Ok(back(&[("connect_code", &code)]))
}

fn finish(
    change: &mut Change<'_>,
    input: FinishConnection,
) -> Answer<DataIntegrationFinishConnectionResponse> {
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    let found = change.connection_attempts.find("code", input.connect_code.expose()).cloned();
    let Some(attempt) = found else {
        return refuse("invalid_connect_code", "The connect code is unknown or was used before.");
    };
    if change.now() >= attempt.expires_at {
        return refuse("connect_code_expired", "The connect code has expired.");
    }
    if input.state.is_some_and(|state| !state_matches(&attempt.state, state)) {
        return refuse("invalid_state", "The state belongs to another authorization.");
    }
    let challenge = generate_code_challenge(&input.code_verifier);
    if attempt.code_challenge.as_ref() != Some(&challenge) {
        return refuse("invalid_code_verifier", "The verifier does not fit the code challenge.");
    }
    let mut response = DataIntegrationFinishConnectionResponse::default();
    response.connected_account = complete(change, ConnectionAttempt::clone(&attempt))?;
    Ok(response)
}

/// Connects the account that a user has granted access to.
fn complete(change: &mut Change<'_>, attempt: ConnectionAttempt) -> Answer<ConnectedAccount> {
    if change.connection_attempts.get(&attempt.id).is_some() {
        change.remove::<ConnectionAttempt>(&attempt.id)?;
    }
    let integration = change.one::<Integration>(&attempt.integration_id)?.clone();
    let owner = Owner::of(&integration, &attempt.user_id, attempt.organization_id.as_deref());
    owner.check_member(change, &attempt.user_id)?;
    let known = known(change, &owner, attempt.is_add, attempt.account_id.as_ref())?;
    let credential = tokens(change, true);
    let mut connection =
        Connection::new(ConnectedAccountAuthMethod::OAuth, credential, &attempt.user_id);
    connection.display_name = attempt.display_name;
    connection.is_add = attempt.is_add;
    connection.config = Some(attempt.config);
    if let Some(granted) = attempt.granted {
        connection.scopes = Some(granted.scopes);
        connection.identifier = granted.account_identifier.map(Nullable::Value);
    }
    connect(change, &owner, known, connection)
}

fn tell_of_failure(
    change: &mut Change<'_>,
    owner: &Owner,
    is_add: bool,
    account_identifier: Option<String>,
) {
    let mut failed = PipesConnectionFailed::default();
    failed.object = ObjectType::ConnectionFailed;
    failed.data_integration_id.clone_from(&owner.integration.id);
    failed.provider_slug.clone_from(&owner.integration.integration.slug);
    failed.user_id.clone_from(&owner.user_id);
    failed.organization_id.clone_from(&owner.organization_id);
    failed.account_identifier = account_identifier;
    failed.error_code = "access_denied".to_owned();
    failed.error_reason = Some("The user denied access.".to_owned());
    failed.provider_error = Some("access_denied".to_owned());
    failed.created_at = change.now();
    if is_add {
        change.tell(EventData::PipesAccountConnectionAddFailed(failed));
    } else {
        change.tell(EventData::PipesConnectedAccountConnectionFailed(failed.clone()));
        change.tell(EventData::PipesAccountConnectionConnectionFailed(failed));
    }
}

/// A URL with more in its query.
fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, rest)| (url, Some(rest)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let separator = if url.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{url}{separator}{query}{fragment}")
}

fn api_key(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegrationApiKey,
) -> Answer<ConnectedAccount> {
    let ownership = input.connection_owner.as_ref();
    let owner = &owner(change, slug, &input.user_id, input.organization_id.as_deref(), ownership)?;
    let (intent, account_id) = (input.connection_intent, input.connected_account_id);
    check_offer(change, owner, &ConnectedAccountAuthMethod::ApiKey)?;
    check_intent(change, owner, intent.as_ref(), account_id.as_ref())?;
    let mut connection = Connection::with_api_key(input.secret, &input.user_id);
    connection.display_name = input.account_display_name;
    connection.identifier = input.account_identifier;
    connection.is_add = intent == Some(ConnectionIntent::Add);
    let known = known(change, owner, connection.is_add, account_id.as_ref())?;
    connect(change, owner, known, connection)
}

fn client_credentials(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegrationClientCredentials,
) -> Answer<ConnectedAccount> {
    let ownership = input.connection_owner.as_ref();
    let owner = &owner(change, slug, &input.user_id, input.organization_id.as_deref(), ownership)?;
    let (intent, account_id) = (input.connection_intent, input.connected_account_id);
    let method = ConnectedAccountAuthMethod::ClientCredentials;
    check_offer(change, owner, &method)?;
    check_intent(change, owner, intent.as_ref(), account_id.as_ref())?;
    let is_add = intent == Some(ConnectionIntent::Add);
    let known = known(change, owner, is_add, account_id.as_ref())?;
    let config = input.config.or_else(|| Some(known.as_ref()?.account.config.clone()));
    let config = config.unwrap_or_default();
    check_config(change, owner, &config)?;
    // The first token is taken when it is asked for.
    let mut connection = Connection::new(method, AccountCredential::default(), &input.user_id);
    connection.client_id = Some(input.client_id);
    connection.client_secret_last_4 = Some(last_four(&input.client_secret));
    connection.config = Some(config);
    connection.scopes = scopes(change, &owner.integration, owner.organization_id.as_deref());
    connection.display_name = input.account_display_name;
    connection.identifier = input.account_identifier;
    connection.is_add = is_add;
    connect(change, owner, known, connection)
}

/// The owner that a body names, for which the user may act.
fn owner(
    change: &Change<'_>,
    slug: &str,
    user_id: &str,
    organization_id: Option<&str>,
    ownership: Option<&PipesOwnership>,
) -> Answer<Owner> {
    let owner = Owner::named(change, slug, user_id, organization_id, ownership)?;
    owner.check_member(change, user_id)?;
    Ok(owner)
}

/// The account to connect again, if any.
fn known(
    change: &Change<'_>,
    owner: &Owner,
    is_add: bool,
    account_id: Option<&String>,
) -> Answer<Option<Arc<Account>>> {
    if is_add {
        return Ok(None);
    }
    let selection = Selection { connected_account_id: account_id.cloned(), ..Selection::default() };
    owner.select(change, &selection)
}

/// Refuses what does not go together with an intent.
fn check_intent(
    change: &Change<'_>,
    owner: &Owner,
    intent: Option<&ConnectionIntent>,
    account_id: Option<&String>,
) -> Answer<()> {
    match (intent, account_id) {
        (Some(ConnectionIntent::Add), None) => check_room(change, owner),
        (Some(ConnectionIntent::Add), Some(_)) => {
            let message = "A new account cannot have a connected_account_id.";
            Err(Refusal::bad_request("invalid_connection_intent", message))
        }
        (Some(_), None) => {
            let message = "connected_account_id is required to connect an account again.";
            Err(Refusal::bad_request("invalid_connection_intent", message))
        }
        _ => Ok(()),
    }
}

/// Refuses a way to connect accounts that an integration does not offer.
fn check_offer(
    change: &Change<'_>,
    owner: &Owner,
    method: &ConnectedAccountAuthMethod,
) -> Answer<()> {
    let integration = &owner.integration;
    if !is_enabled(change, integration, owner.organization_id.as_deref()) {
        let message = "The data integration is not enabled.";
        return Err(Refusal::bad_request("data_integration_disabled", message));
    }
    if integration.integration.auth_methods.contains(method) {
        return Ok(());
    }
    let message = format!("The data integration does not support {}.", method.as_str());
    Err(Refusal::bad_request("auth_method_not_supported", message))
}

/// Refuses an organization that has yet to supply its OAuth app.
fn check_app(change: &Change<'_>, owner: &Owner) -> Answer<()> {
    let integration = &owner.integration.integration;
    let credentials = integration.credentials.as_ref();
    if credentials.map(|own| &own.type_) != Some(&DataIntegrationCredentialType::Organization) {
        return Ok(());
    }
    let settings = settings(change, owner.organization_id.as_deref(), &integration.slug);
    if settings.is_some_and(|settings| settings.client_id.is_some()) {
        return Ok(());
    }
    let message = "The organization has not supplied the credentials of its OAuth app.";
    Err(Refusal::bad_request("organization_credentials_missing", message))
}

fn check_config(
    change: &Change<'_>,
    owner: &Owner,
    config: &BTreeMap<String, String>,
) -> Answer<()> {
    let provider = provider(change, &owner.integration.integration.slug)?;
    match wrong_account_setting(&provider, &owner.integration, config) {
        Some(wrong) => Err(Refusal::bad_request("invalid_config", wrong)),
        None => Ok(()),
    }
}
