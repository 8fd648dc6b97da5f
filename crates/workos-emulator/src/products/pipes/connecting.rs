//! Connecting accounts: what an integration offers, and authorizations with a user's consent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use workos::pipes::*;
use workos::{EventData, Nullable, ObjectType, PipesConnectionFailed, SecretString};

use super::accounts::{Connection, connect};
use super::credentials::tokens;
use super::providers::wrong_account_setting;
use super::settings::{has_own_app, is_enabled, settings};
use super::{Owner, Selection};
use crate::reply::{Answer, Refusal};
use crate::state::{Account, Change, ConnectionAttempt, Grant, Integration, Store};
use crate::urls::with_query;

/// How long a user has to consent, and then the application to finish.
const ATTEMPT_LIFETIME: Duration = Duration::from_secs(10 * 60);

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

/// Starts an authorization, which waits for the user's consent.
pub(crate) fn start(
    change: &mut Change<'_>,
    owner: &Owner,
    input: AuthorizeDataIntegration,
) -> Answer<Arc<ConnectionAttempt>> {
    let attempt = ConnectionAttempt {
        id: change.token(24),
        state: change.token(32),
        integration_id: owner.integration.id.clone(),
        user_id: input.user_id,
        organization_id: input.organization_id,
        return_to: input.return_to,
        config: input.config.unwrap_or_default(),
        code_challenge: input.code_challenge,
        is_add: input.connection_intent == Some(ConnectionIntent::Add),
        account_id: input.connected_account_id,
        display_name: input.account_display_name,
        expires_at: change.now() + ATTEMPT_LIFETIME,
        granted: None,
    };
    change.put(attempt)
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
    let owner = owner(change, &attempt)?;
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
    let granted = consent.scopes.or_else(|| owner.scopes(change)).unwrap_or_default();
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

/// Connects the account that a user has granted access to.
pub(crate) fn complete(
    change: &mut Change<'_>,
    attempt: ConnectionAttempt,
) -> Answer<ConnectedAccount> {
    if change.connection_attempts.get(&attempt.id).is_some() {
        change.remove::<ConnectionAttempt>(&attempt.id)?;
    }
    let owner = owner(change, &attempt)?;
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

/// Who will own the account that an authorization is for.
fn owner(store: &Store, attempt: &ConnectionAttempt) -> Answer<Owner> {
    let integration = store.one::<Integration>(&attempt.integration_id)?;
    Ok(Owner::of(integration, &attempt.user_id, attempt.organization_id.as_deref()))
}

/// The account to connect again, if any.
pub(crate) fn known(
    store: &Store,
    owner: &Owner,
    is_add: bool,
    account_id: Option<&String>,
) -> Answer<Option<Arc<Account>>> {
    if is_add {
        return Ok(None);
    }
    let selection = Selection { connected_account_id: account_id.cloned(), ..Selection::default() };
    owner.select(store, &selection)
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

/// Refuses a way to connect accounts that an integration does not offer.
pub(crate) fn check_offer(
    store: &Store,
    owner: &Owner,
    method: &ConnectedAccountAuthMethod,
) -> Answer<()> {
    let integration = &owner.integration;
    if !is_enabled(store, integration, owner.organization_id.as_deref()) {
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
pub(crate) fn check_app(store: &Store, owner: &Owner) -> Answer<()> {
    let slug = &owner.integration.integration.slug;
    let settings = settings(store, owner.organization_id.as_deref(), slug);
    let has_app = settings.is_some_and(|settings| settings.client_id.is_some());
    if has_app || !has_own_app(&owner.integration) {
        return Ok(());
    }
    let message = "The organization has not supplied the credentials of its OAuth app.";
    Err(Refusal::bad_request("organization_credentials_missing", message))
}

/// Refuses additional settings that accounts of the provider do not have, or need and lack.
pub(crate) fn check_config(
    store: &Store,
    owner: &Owner,
    config: &BTreeMap<String, String>,
) -> Answer<()> {
    match wrong_account_setting(store, &owner.integration, config)? {
        Some(wrong) => Err(Refusal::bad_request("invalid_config", wrong)),
        None => Ok(()),
    }
}
