//! Users, and their accounts at identity providers.

use std::sync::Arc;

use serde_json::{Value, json};
use workos::user_management::*;
use workos::{Locale, UserIdentity, UserIdentityProvider};

use crate::fields::{email, merge_metadata, set, set_nullable, stored_email};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Identity, Store};

/// Creates a user, without the password.
pub(crate) fn create(change: &mut Change<'_>, input: CreateUser) -> Answer<Arc<User>> {
    let address = stored_email(change, &input.email);
    if change.users.find("email", &email(&input.email)).is_some() {
        return Err(creation_error("email_not_available", "The email is not available."));
    }
    let mut user: User = change.make();
    user.email = address;
    user.email_verified = input.email_verified.unwrap_or_default();
    user.first_name = input.first_name;
    user.last_name = input.last_name;
    user.name = input.name;
    user.external_id = input.external_id;
    user.metadata = input.metadata.unwrap_or_default();
    change.insert(user).map_err(|refusal| {
        let text =
            |field: &str| refusal.body.get(field).and_then(Value::as_str).unwrap_or_default();
        creation_error(text("code"), text("message"))
    })
}

fn creation_error(code: &str, message: &str) -> Refusal {
    Refusal::bad_request("user_creation_error", "Could not create user.")
        .with("errors", json!([{"code": code, "message": message}]))
}

/// The user with this address, created if there is none.
pub(crate) fn with_email(change: &mut Change<'_>, email: &str) -> Answer<Arc<User>> {
    if let Some(user) = change.users.find("email", &crate::fields::email(email)) {
        return Ok(user.clone());
    }
    let mut user: User = change.make();
    user.email = email.to_owned();
    change.insert(user)
}

/// Names a user who has no name yet.
pub(crate) fn add_name(
    change: &mut Change<'_>,
    id: &str,
    first_name: Option<String>,
    last_name: Option<String>,
) -> Answer<()> {
    let mut user: User = change.copy(id)?;
    let is_nameless = user.first_name.is_none() && user.last_name.is_none();
    if is_nameless && (first_name.is_some() || last_name.is_some()) {
        (user.first_name, user.last_name) = (first_name, last_name);
        change.update(user)?;
    }
    Ok(())
}

/// Changes a user, except for the password. A new address is not verified.
pub(crate) fn update(change: &mut Change<'_>, id: &str, input: UpdateUser) -> Answer<Arc<User>> {
    let mut user: User = change.copy(id)?;
    if let Some(email) = input.email.as_deref().map(|text| stored_email(change, text))
        && email != user.email
    {
        user.email = email;
        user.email_verified = false;
    }
    let locale = input.locale.as_ref().and_then(|locale| locale.as_value());
    if locale.is_some_and(|locale| !is_known_locale(locale)) {
        return Err(Refusal::bad_request("invalid_locale", "The locale is not supported."));
    }
    set_nullable(&mut user.locale, input.locale);
    for (field, value) in [
        (&mut user.first_name, input.first_name),
        (&mut user.last_name, input.last_name),
        (&mut user.name, input.name),
    ] {
        if value.is_some() {
            *field = value;
        }
    }
    set(&mut user.email_verified, input.email_verified);
    set_nullable(&mut user.external_id, input.external_id);
    merge_metadata(&mut user.metadata, input.metadata)?;
    change.update(user)
}

/// Whether emails and pages exist in this language.
pub(crate) fn is_known_locale(locale: &str) -> bool {
    Locale::KNOWN.iter().any(|known| known.as_str() == locale)
}

/// A provider as identities name it. They spell GitHub in another way than everything else.
pub(crate) fn identity_provider(name: &str) -> UserIdentityProvider {
    match name {
        "GitHubOAuth" => UserIdentityProvider::GithubOAuth,
        other => UserIdentityProvider::from(other),
    }
}

/// The provider of an identity as everything else names it.
pub(crate) fn provider_name(provider: &UserIdentityProvider) -> &str {
    match provider {
        UserIdentityProvider::GithubOAuth => "GitHubOAuth",
        other => other.as_str(),
    }
}

/// The user's account at a provider.
pub(crate) fn identity<'a>(
    store: &'a Store,
    user_id: &str,
    provider: &UserIdentityProvider,
) -> Option<&'a UserIdentity> {
    let mut own = store.identities.by("user", user_id).map(|row| &row.identity);
    own.find(|identity| identity.provider == *provider)
}

/// Links an account at an OAuth provider to a user; with a new ID there, unless one is given.
pub(crate) fn add_identity(
    change: &mut Change<'_>,
    user_id: &str,
    provider: UserIdentityProvider,
    idp_id: Option<String>,
) -> Answer<UserIdentity> {
    let mut identity = UserIdentity::default();
    identity.idp_id = idp_id.unwrap_or_else(|| change.token(21));
    identity.type_ = "OAuth".into();
    identity.provider = provider;
    let (id, user_id) = (change.id(Identity::PREFIX), user_id.to_owned());
    change.insert(Identity { id, user_id, identity }).map(|row| row.identity.clone())
}
