//! The credentials of connected accounts. An access token is refreshed when it has expired.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use workos::pipes::*;
use workos::{ObjectType, SecretString};

use super::connected_accounts::{check_method, save};
use super::data_integrations::{scopes, settings};
use super::{Owner, Selection};
use crate::reply::{Answer, Refusal};
use crate::state::{Account, AccountCredential, Change, Store};

const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

routes! {
    pipes;
    create_data_integration_credential(slug, body) => write credentials;
    get_access_token(slug, body)                   => write access_token;
}

fn credentials(
    change: &mut Change<'_>,
    slug: &str,
    input: CreateDataIntegrationCredential,
) -> Answer<DataIntegrationCredentialsResponse> {
    let (owner, account) = find(change, slug, input)?;
    let (account, value) = match usable(change, account)? {
        Ok(usable) => usable,
        Err(reason) => return Ok(DataIntegrationCredentialsResponse::Inactive(reason)),
    };
    let mut credential = DataIntegrationVendedCredential::default();
    credential.object = ObjectType::Credential;
    credential.auth_method = account.account.auth_method.clone().unwrap_or_default();
    credential.value = value;
    credential.config = config(change, &owner, &account);
    if credential.auth_method != ConnectedAccountAuthMethod::ApiKey {
        let mut token = VendedTokenDetails::default();
        token.expires_at = account.credential.expires_at.map(|at| at.to_string());
        token.scopes.clone_from(&account.account.scopes);
        token.missing_scopes = missing_scopes(change, &owner, &account);
        token.metadata.clone_from(&account.credential.metadata);
        credential.token = Some(token);
    }
    Ok(DataIntegrationCredentialsResponse::Active(credential))
}

fn access_token(
    change: &mut Change<'_>,
    slug: &str,
    input: GetDataIntegrationAccessToken,
) -> Answer<DataIntegrationAccessTokenResponse> {
    let (owner, account) = find(change, slug, input)?;
    if let Some(account) = &account {
        check_method(account, &ConnectedAccountAuthMethod::OAuth)?;
    }
    let (account, value) = match usable(change, account)? {
        Ok(usable) => usable,
        Err(reason) => return Ok(DataIntegrationAccessTokenResponse::Inactive(reason)),
    };
    let mut token = DataIntegrationAccessToken::default();
    token.object = ObjectType::AccessToken;
    token.access_token = value;
    token.expires_at = account.credential.expires_at.map(|at| at.to_string());
    token.scopes.clone_from(&account.account.scopes);
    token.missing_scopes = missing_scopes(change, &owner, &account);
    Ok(DataIntegrationAccessTokenResponse::Active(token))
}

/// The account that a request asks to use.
fn find(
    change: &Change<'_>,
    slug: &str,
    input: CreateDataIntegrationCredential,
) -> Answer<(Owner, Option<Arc<Account>>)> {
    let organization_id = input.organization_id.as_deref();
    let ownership = input.connection_owner.as_ref();
    let owner = Owner::named(change, slug, &input.user_id, organization_id, ownership)?;
    // These operations document no 403.
    owner
        .check_member(change, &input.user_id)
        .map_err(|_| Refusal::not_found("Organization membership", &input.user_id))?;
    let selection = Selection {
        organization_id: None,
        connected_account_id: input.connected_account_id,
        supports_multiple_connections: input.supports_multiple_connections,
    };
    let account = owner.select(change, &selection)?;
    Ok((owner, account))
}

type Usable = Result<(Arc<Account>, SecretString), ConnectedAccountError>;

/// An account with what it authenticates with at this time, or why it cannot be used.
fn usable(change: &mut Change<'_>, account: Option<Arc<Account>>) -> Answer<Usable> {
    let Some(account) = account else { return Ok(Err(ConnectedAccountError::NotInstalled)) };
    let reauthorize = Ok(Err(ConnectedAccountError::NeedsReauthorization));
    if account.account.state != ConnectedAccountState::Connected {
        return reauthorize;
    }
    let AccountCredential { value, refresh_token, expires_at, .. } = &account.credential;
    let is_over = expires_at.is_some_and(|at| change.now() >= at);
    if let Some(value) = value.clone().filter(|_| !is_over) {
        return Ok(Ok((account, value)));
    }
    let is_client =
        account.account.auth_method == Some(ConnectedAccountAuthMethod::ClientCredentials);
    let mut row = Account::clone(&account);
    if !is_client && refresh_token.is_none() {
        row.account.state = ConnectedAccountState::NeedsReauthorization;
        save(change, row, Some(&account))?;
        return reauthorize;
    }
    let metadata = std::mem::take(&mut row.credential.metadata);
    row.credential = AccountCredential { metadata, ..tokens(change, !is_client) };
    let value = row.credential.value.clone().unwrap_or_default();
    Ok(Ok((change.put(row)?, value)))
}

/// New tokens, as a provider issues them.
pub(super) fn tokens(change: &mut Change<'_>, with_refresh: bool) -> AccountCredential {
    let mut secret = |prefix: &str| SecretString::from(format!("{prefix}_{}", change.token(36)));
    AccountCredential {
        value: Some(secret("access")),
        refresh_token: with_refresh.then(|| secret("refresh")),
        expires_at: Some(change.now() + TOKEN_LIFETIME),
        metadata: BTreeMap::new(),
    }
}

/// The scopes that are requested but not granted.
fn missing_scopes(store: &Store, owner: &Owner, account: &Account) -> Vec<String> {
    let requested = scopes(store, &owner.integration, owner.organization_id.as_deref());
    let is_granted = |scope: &String| account.account.scopes.contains(scope);
    requested.unwrap_or_default().into_iter().filter(|scope| !is_granted(scope)).collect()
}

/// The settings of the integration, of the organization, and of the account.
fn config(store: &Store, owner: &Owner, account: &Account) -> BTreeMap<String, String> {
    let integration = &owner.integration.integration;
    let settings = settings(store, owner.organization_id.as_deref(), &integration.slug);
    let mut config = integration.config.clone();
    config.extend(settings.into_iter().flat_map(|settings| settings.config.clone()));
    config.extend(account.account.config.clone());
    config
}
