//! The accounts at identity providers, from which a page lets people choose, or make a new one.

use workos::{Profile, User};

use super::forms::address;
use crate::fields::full_name;
use crate::hosted::Parameters;
use crate::pages::Account;
use crate::products::sso::{self, NewProfile};
use crate::products::users;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Store};

/// The account at the identity provider of a connection: one of those that are known, or a new one.
pub(super) fn chosen_profile(
    change: &mut Change<'_>,
    connection_id: &str,
    fields: &Parameters,
) -> Answer<Profile> {
    if let Some(id) = fields.get("account") {
        let mut known = change.profiles.by("connection", connection_id);
        let found = known.find(|profile| profile.id == id);
        return found
            .map(|profile| Profile::clone(profile))
            .ok_or_else(|| Refusal::not_found(Profile::NAME, id));
    }
    let email = address(fields)?;
    let known = change.profiles.by("connection", connection_id).find(|one| one.email == email);
    if let Some(profile) = known {
        return Ok(Profile::clone(profile));
    }
    let (first_name, last_name) = (fields.text("first_name"), fields.text("last_name"));
    let new = NewProfile { email, first_name, last_name, ..NewProfile::default() };
    sso::add_profile(change, connection_id, new)
}

/// The user of an account at an OAuth provider: one of those that are known, or a new one.
pub(super) fn chosen_user(
    change: &mut Change<'_>,
    provider: &str,
    fields: &Parameters,
) -> Answer<User> {
    if let Some(id) = fields.get("account") {
        let is_known = provider_accounts(change, provider).iter().any(|account| account.id == id);
        let found = change.users.get(id).filter(|_| is_known);
        return found
            .map(|user| User::clone(user))
            .ok_or_else(|| Refusal::not_found(User::NAME, id));
    }
    let address = address(fields)?;
    let id = users::with_email(change, &address)?.id.clone();
    users::add_name(change, &id, fields.text("first_name"), fields.text("last_name"))?;
    change.copy(&id)
}

/// The users who have an account at an OAuth provider.
pub(super) fn provider_accounts(store: &Store, provider: &str) -> Vec<Account> {
    let provider = users::identity_provider(provider);
    let of_provider = store.identities.iter().filter(|row| row.identity.provider == provider);
    let users = of_provider.filter_map(|row| store.users.get(&row.user_id));
    users
        .map(|user| Account {
            id: user.id.clone(),
            email: user.email.clone(),
            name: full_name(user.first_name.as_deref(), user.last_name.as_deref()),
        })
        .collect()
}

pub(super) fn profile_accounts(store: &Store, connection_id: &str) -> Vec<Account> {
    let profiles = store.profiles.by("connection", connection_id);
    profiles
        .map(|profile| Account {
            id: profile.id.clone(),
            email: profile.email.clone(),
            name: full_name(profile.first_name.as_deref(), profile.last_name.as_deref()),
        })
        .collect()
}
