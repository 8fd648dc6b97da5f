//! Connecting accounts: with a user's consent, an API key or client credentials.

use std::sync::Arc;

use http::StatusCode;
use workos::helpers::pkce::{generate_code_challenge, state_matches};
use workos::pipes::*;

use crate::products::pipes::Owner;
use crate::products::pipes::accounts::{Connection, check_method, check_room, connect};
use crate::products::pipes::connecting::{
    check_app, check_config, check_offer, complete, known, start,
};
use crate::reply::{Answer, Refusal};
use crate::state::{Account, Change, ConnectionAttempt};

routes! {
    pipes;
    authorize_data_integration(slug, body)                       => write authorize;
    finish_connection(body)                                      => write finish;
    create_data_integration_api_key(slug, body)         => write api_key;
    update_data_integration_api_key(slug, body)                  => write api_key;
    create_data_integration_client_credential(slug, body) => write client_credentials;
    update_data_integration_client_credentials(slug, body)       => write client_credentials;
}

fn authorize(
    change: &mut Change<'_>,
    slug: &str,
    mut input: AuthorizeDataIntegration,
) -> Answer<UrlResponse> {
    let organization_id = input.organization_id.as_deref();
    let ownership = input.connection_owner.as_ref();
    let owner = Owner::acting(change, slug, &input.user_id, organization_id, ownership)?;
    check_offer(change, &owner, &ConnectedAccountAuthMethod::OAuth)?;
    check_app(change, &owner)?;
    check_config(change, &owner, input.config.get_or_insert_default())?;
    let (intent, account_id) = (&input.connection_intent, &input.connected_account_id);
    if let (_, Some(known)) = intended(change, &owner, intent, account_id)? {
        // This operation documents no 422.
        check_method(&known, &ConnectedAccountAuthMethod::OAuth)
            .map_err(|refusal| Refusal { status: StatusCode::BAD_REQUEST, ..refusal })?;
    }
    let attempt = start(change, &owner, input)?;
    let mut response = UrlResponse::default();
    response.url =
        format!("{}/data-integrations/{}/authorize-redirect", change.origin(), attempt.id);
    response.state = Some(attempt.state.clone());
    response.completion = attempt.code_challenge.as_ref().map(|_| "finish_required".to_owned());
    Ok(response)
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

fn api_key(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegrationApiKey,
) -> Answer<ConnectedAccount> {
    let organization_id = input.organization_id.as_deref();
    let ownership = input.connection_owner.as_ref();
    let owner = Owner::acting(change, slug, &input.user_id, organization_id, ownership)?;
    check_offer(change, &owner, &ConnectedAccountAuthMethod::ApiKey)?;
    let (intent, account_id) = (&input.connection_intent, &input.connected_account_id);
    let (is_add, known) = intended(change, &owner, intent, account_id)?;
    let mut connection = Connection::with_api_key(input.secret, &input.user_id);
    connection.display_name = input.account_display_name;
    connection.identifier = input.account_identifier;
    connection.is_add = is_add;
    connect(change, &owner, known, connection)
}

fn client_credentials(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateDataIntegrationClientCredentials,
) -> Answer<ConnectedAccount> {
    let organization_id = input.organization_id.as_deref();
    let ownership = input.connection_owner.as_ref();
    let owner = Owner::acting(change, slug, &input.user_id, organization_id, ownership)?;
    check_offer(change, &owner, &ConnectedAccountAuthMethod::ClientCredentials)?;
    let (intent, account_id) = (&input.connection_intent, &input.connected_account_id);
    let (is_add, known) = intended(change, &owner, intent, account_id)?;
    let config = input.config.or_else(|| Some(known.as_ref()?.account.config.clone()));
    let config = config.unwrap_or_default();
    check_config(change, &owner, &config)?;
    let mut connection =
        Connection::with_client(input.client_id, &input.client_secret, &input.user_id);
    connection.config = Some(config);
    connection.scopes = owner.scopes(change);
    connection.display_name = input.account_display_name;
    connection.identifier = input.account_identifier;
    connection.is_add = is_add;
    connect(change, &owner, known, connection)
}

/// Whether the intent is to add an account, and otherwise the account to connect again, if any.
fn intended(
    change: &Change<'_>,
    owner: &Owner,
    intent: &Option<ConnectionIntent>,
    account_id: &Option<String>,
) -> Answer<(bool, Option<Arc<Account>>)> {
    let refuse = |message: &str| Err(Refusal::bad_request("invalid_connection_intent", message));
    match (intent, account_id) {
        (Some(ConnectionIntent::Add), None) => check_room(change, owner)?,
        (Some(ConnectionIntent::Add), Some(_)) => {
            return refuse("A new account cannot have a connected_account_id.");
        }
        (Some(_), None) => {
            return refuse("connected_account_id is required to connect an account again.");
        }
        _ => {}
    }
    let is_add = *intent == Some(ConnectionIntent::Add);
    Ok((is_add, known(change, owner, is_add, account_id.as_ref())?))
}
