//! The credentials of connected accounts. An access token is refreshed when it has expired.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use workos::SecretString;
use workos::pipes::*;

use super::accounts::save;
use super::{Owner, settings};
use crate::reply::Answer;
use crate::state::{Account, AccountCredential, Change, Store};

const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// An account with what it authenticates with at this time, or why it cannot be used.
pub(crate) type Usable = Result<(Arc<Account>, SecretString), ConnectedAccountError>;

/// Makes an account ready for use: its access token is refreshed if it has expired.
pub(crate) fn usable(change: &mut Change<'_>, account: Option<Arc<Account>>) -> Answer<Usable> {
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
pub(crate) fn missing_scopes(store: &Store, owner: &Owner, account: &Account) -> Vec<String> {
    let is_granted = |scope: &String| account.account.scopes.contains(scope);
    let requested = owner.scopes(store).unwrap_or_default();
    requested.into_iter().filter(|scope| !is_granted(scope)).collect()
}

/// The settings of the integration, of the organization, and of the account.
pub(crate) fn config(store: &Store, owner: &Owner, account: &Account) -> BTreeMap<String, String> {
    let organization_id = owner.organization_id.as_deref();
    let mut config = settings::config(store, &owner.integration, organization_id);
    config.extend(account.account.config.clone());
    config
}
