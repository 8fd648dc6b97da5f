//! Connected accounts: what connects, imports and changes them, with their events.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;
use workos::pipes::*;
use workos::{Nullable, ObjectType, SecretString};

use super::integrations::add_shared_integration;
use super::providers::wrong_account_setting;
use super::{Owner, Selection, integration, last_four};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Account, AccountCredential, Change, Store};

/// An account of a user that is connected already.
#[derive(Debug)]
pub(crate) struct NewAccount {
    pub(crate) user_id: String,
    pub(crate) provider: String,
    /// The organization that it is scoped to.
    pub(crate) organization_id: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) state: Option<ConnectedAccountState>,
    /// The provider's ID of the account.
    pub(crate) identifier: Option<String>,
    pub(crate) display_name: Option<String>,
}

/// Connects an account, through a data integration with WorkOS's credentials if there is none.
pub(crate) fn add_account(change: &mut Change<'_>, new: NewAccount) -> Answer<ConnectedAccount> {
    if integration(change, &new.provider, &PipesOwnership::User).is_err() {
        add_shared_integration(change, &new.provider, PipesOwnership::User)?;
    }
    let owner = Owner::user(change, &new.provider, &new.user_id, new.organization_id.as_deref())?;
    let account = CreateConnectedAccount {
        access_token: Some(change.token(40).into()),
        refresh_token: Some(change.token(40).into()),
        scopes: Some(new.scopes),
        state: new.state,
        account_identifier: new.identifier.map(Nullable::Value),
        account_display_name: new.display_name.map(Nullable::Value),
        ..Default::default()
    };
    import_account(change, &owner, &new.user_id, account.into())
}

/// An account to import.
#[derive(Default)]
pub(crate) struct Import {
    pub(crate) account: CreateConnectedAccount,
    pub(crate) config: BTreeMap<String, String>,
    /// Other fields of the provider's token response.
    pub(crate) metadata: BTreeMap<String, Value>,
}

impl From<CreateConnectedAccount> for Import {
    fn from(account: CreateConnectedAccount) -> Self {
        Self { account, ..Self::default() }
    }
}

/// Imports an account with tokens, on behalf of the user with the ID `by`.
pub(crate) fn import_account(
    change: &mut Change<'_>,
    owner: &Owner,
    by: &str,
    Import { account: input, config, metadata }: Import,
) -> Answer<ConnectedAccount> {
    let integration = &owner.integration.integration;
    let is_oauth = integration.auth_methods.contains(&ConnectedAccountAuthMethod::OAuth);
    if integration.state != DataIntegrationState::Valid || !is_oauth {
        let message = "The data integration cannot connect accounts with OAuth tokens.";
        return Err(Refusal::unprocessable("invalid_data_integration", message));
    }
    if !config.is_empty()
        && let Some(wrong) = wrong_account_setting(change, &owner.integration, &config)?
    {
        return Err(Refusal::unprocessable("invalid_config", wrong));
    }
    let is_add = input.connection_intent == Some(ConnectionIntent::Add);
    if is_add {
        check_room(change, owner)?;
    } else if owner.select(change, &Selection::default())?.is_some() {
        let message = "An account is connected already.";
        return Err(Refusal::conflict("connected_account_already_exists", message));
    }
    let credential = AccountCredential {
        value: input.access_token,
        refresh_token: input.refresh_token,
        expires_at: input.expires_at,
        metadata,
    };
    let derived = state_of(change, &credential)?;
    let state = input.state.unwrap_or(derived);
    if !change.drop_in {
        check_usable(&state, &credential)?;
    }
    let mut connection = Connection::new(ConnectedAccountAuthMethod::OAuth, credential, by);
    connection.state = state;
    connection.scopes = Some(input.scopes.unwrap_or_default());
    connection.config = Some(config);
    connection.display_name = input.account_display_name;
    connection.identifier = input.account_identifier;
    connection.is_add = is_add;
    connect(change, owner, None, connection)
}

/// Changes an account, on behalf of the user with the ID `by`. A new access token connects it.
pub(crate) fn update_account(
    change: &mut Change<'_>,
    known: &Arc<Account>,
    by: &str,
    input: UpdateConnectedAccount,
) -> Answer<ConnectedAccount> {
    let mut row = Account::clone(known);
    let (has_token, mut derived) = (input.access_token.is_some(), None);
    if has_token || input.refresh_token.is_some() || input.expires_at.is_some() {
        check_method(&row, &ConnectedAccountAuthMethod::OAuth)?;
        let credential = &mut row.credential;
        if has_token {
            credential.value = input.access_token;
            credential.expires_at = None;
        }
        credential.expires_at = input.expires_at.or(credential.expires_at);
        credential.refresh_token = input.refresh_token.or(credential.refresh_token.take());
        derived = Some(state_of(change, credential)?);
    }
    let account = &mut row.account;
    let derived = derived.filter(|_| change.drop_in);
    if let Some(state) = derived {
        account.state = state;
    } else if has_token {
        account.state = ConnectedAccountState::Connected;
        account.established_by_user_id = Some(by.to_owned());
    }
    set(&mut account.state, input.state);
    set(&mut account.scopes, input.scopes);
    set_nullable(&mut account.account_display_name, input.account_display_name);
    set_nullable(&mut account.account_identifier, input.account_identifier);
    if !change.drop_in {
        check_usable(&row.account.state, &row.credential)?;
    }
    let row = save(change, row, Some(known))?;
    Ok(written(change, &row))
}

/// The state that follows from tokens. A token that expires needs another one that refreshes it.
fn state_of(change: &Change<'_>, credential: &AccountCredential) -> Answer<ConnectedAccountState> {
    let AccountCredential { value, refresh_token, expires_at, .. } = credential;
    if change.drop_in {
        let is_valid = expires_at.is_none_or(|at| change.now() < at) || refresh_token.is_some();
        return Ok(match value {
            Some(_) if is_valid => ConnectedAccountState::Connected,
            _ => ConnectedAccountState::NeedsReauthorization,
        });
    }
    match (value, refresh_token, expires_at) {
        (None, None, None) => Ok(ConnectedAccountState::NeedsReauthorization),
        (Some(_), _, None) | (Some(_), Some(_), Some(_)) => Ok(ConnectedAccountState::Connected),
        _ => {
            let message = "An access token is required, and a refresh token if it expires.";
            Err(Refusal::unprocessable("invalid_token_combination", message))
        }
    }
}

fn check_usable(state: &ConnectedAccountState, credential: &AccountCredential) -> Answer<()> {
    if *state == ConnectedAccountState::Connected && credential.value.is_none() {
        let message = "A connected account has an access token.";
        return Err(Refusal::unprocessable("invalid_token_combination", message));
    }
    Ok(())
}

/// Refuses an account that authenticates in another way.
pub(crate) fn check_method(account: &Account, method: &ConnectedAccountAuthMethod) -> Answer<()> {
    let own = account.account.auth_method.as_ref().unwrap_or(&ConnectedAccountAuthMethod::OAuth);
    if own == method {
        return Ok(());
    }
    let message = format!("This account uses {} authentication.", own.as_str());
    Err(Refusal::unprocessable("auth_method_mismatch", message))
}

/// Refuses another account of an owner who may have only one.
pub(crate) fn check_room(store: &Store, owner: &Owner) -> Answer<()> {
    let may_add = store.several_accounts.iter().next().is_some();
    if may_add || owner.accounts(store).next().is_none() {
        return Ok(());
    }
    let message = "Additional connections are not yet available.";
    Err(Refusal::new(StatusCode::NOT_FOUND, "multiple_connections_unavailable", message))
}

/// What connects an account, or connects it again.
pub(crate) struct Connection {
    method: ConnectedAccountAuthMethod,
    credential: AccountCredential,
    /// The user who connects it.
    by: String,
    state: ConnectedAccountState,
    /// None keeps those of an account.
    pub(crate) scopes: Option<Vec<String>>,
    /// None keeps that of an account.
    pub(crate) config: Option<BTreeMap<String, String>>,
    api_key_last_4: Option<String>,
    client_id: Option<String>,
    client_secret_last_4: Option<String>,
    /// None keeps that of an account.
    pub(crate) display_name: Option<Nullable<String>>,
    /// None keeps that of an account.
    pub(crate) identifier: Option<Nullable<String>>,
    /// Whether it is another account of the owner.
    pub(crate) is_add: bool,
}

impl Connection {
    /// With this credential, by the user with the ID `by`.
    pub(super) fn new(
        method: ConnectedAccountAuthMethod,
        credential: AccountCredential,
        by: &str,
    ) -> Self {
        Self {
            method,
            credential,
            by: by.to_owned(),
            state: ConnectedAccountState::Connected,
            scopes: None,
            config: None,
            api_key_last_4: None,
            client_id: None,
            client_secret_last_4: None,
            display_name: None,
            identifier: None,
            is_add: false,
        }
    }

    /// With an API key.
    pub(crate) fn with_api_key(key: SecretString, by: &str) -> Self {
        let last_4 = last_four(&key);
        let credential = AccountCredential { value: Some(key), ..AccountCredential::default() };
        let connection = Self::new(ConnectedAccountAuthMethod::ApiKey, credential, by);
        Self { api_key_last_4: Some(last_4), ..connection }
    }

    /// With client credentials. The first token is taken when it is asked for.
    pub(crate) fn with_client(client_id: String, secret: &SecretString, by: &str) -> Self {
        let method = ConnectedAccountAuthMethod::ClientCredentials;
        let connection = Self::new(method, AccountCredential::default(), by);
        Self {
            client_id: Some(client_id),
            client_secret_last_4: Some(last_four(secret)),
            ..connection
        }
    }
}

/// Connects an account: a new one, or a known one again.
pub(crate) fn connect(
    change: &mut Change<'_>,
    owner: &Owner,
    known: Option<Arc<Account>>,
    connection: Connection,
) -> Answer<ConnectedAccount> {
    let mut row = match &known {
        Some(known) => {
            check_method(known, &connection.method)?;
            Account::clone(known)
        }
        None => new(change, owner, connection.is_add),
    };
    row.credential = connection.credential;
    let account = &mut row.account;
    account.auth_method = Some(connection.method);
    account.state = connection.state;
    account.established_by_user_id = Some(connection.by);
    set(&mut account.scopes, connection.scopes);
    set(&mut account.config, connection.config);
    account.api_key_last_4 = connection.api_key_last_4;
    account.client_id = connection.client_id;
    account.client_secret_last_4 = connection.client_secret_last_4;
    set_nullable(&mut account.account_display_name, connection.display_name);
    set_nullable(&mut account.account_identifier, connection.identifier);
    let row = save(change, row, known.as_ref())?;
    Ok(written(change, &row))
}

fn new(change: &mut Change<'_>, owner: &Owner, is_add: bool) -> Account {
    // Another account never takes the place of the one that older clients use.
    let role = if is_add && owner.accounts(change).next().is_some() {
        ConnectedAccountConnectionRole::Standard
    } else {
        ConnectedAccountConnectionRole::Compatibility
    };
    let mut account = ConnectedAccount::default();
    account.object = ObjectType::ConnectedAccount;
    account.id = change.id(Account::PREFIX);
    account.connection_role = Some(role);
    account.user_id.clone_from(&owner.user_id);
    account.organization_id.clone_from(&owner.organization_id);
    account.data_integration_id = Some(owner.integration.id.clone());
    account.provider_slug = Some(owner.integration.integration.slug.clone());
    account.created_at = change.now().to_string();
    Account { id: account.id.clone(), account, credential: AccountCredential::default() }
}

/// Stores an account. There is an event when its state changes.
pub(super) fn save(
    change: &mut Change<'_>,
    mut row: Account,
    known: Option<&Arc<Account>>,
) -> Answer<Arc<Account>> {
    row.account.updated_at = change.now().to_string();
    if row.account.state == ConnectedAccountState::Connected {
        row.account.state_reason = None;
    }
    let Some(known) = known else { return change.insert(row) };
    let row = change.put(row)?;
    if known.account.state != row.account.state {
        change.tell_update_of(&*row);
    }
    Ok(row)
}

/// Notes that the member who connected an account has left the organization.
pub(super) fn end_membership(change: &mut Change<'_>, known: &Arc<Account>) -> Answer<Account> {
    let mut row = Account::clone(known);
    row.account.state = ConnectedAccountState::NeedsReauthorization;
    row.account.state_reason = Some(ConnectedAccountStateReason::EstablishingMemberMembershipEnded);
    save(change, row, Some(known)).map(|row| Account::clone(&row))
}

/// An account as the API shows it.
pub(crate) fn visible(row: &Account) -> ConnectedAccount {
    let mut account = row.account.clone();
    (account.data_integration_id, account.provider_slug) = (None, None);
    account
}

/// An account as the API shows it to the caller who changed it.
fn written(store: &Store, row: &Account) -> ConnectedAccount {
    let mut account = visible(row);
    let name = &account.account_display_name;
    let mut own = store.connected_accounts.by("owner", &row.owner());
    let is_same = |other: &Account| other.account.account_display_name == *name;
    if name.is_some() && own.any(|other| other.id != row.id && is_same(other)) {
        let mut warning = ConnectedAccountWarning::default();
        warning.code = "duplicate_account_display_name".to_owned();
        warning.message = "Another account of this owner has the same name.".to_owned();
        account.warnings = Some(vec![warning]);
    }
    account
}
