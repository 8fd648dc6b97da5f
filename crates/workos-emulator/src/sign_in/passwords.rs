//! Passwords: their strength, storing them, and choosing a new one by email.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use workos::user_management::*;
use workos::{EventData, ObjectType, SecretString};

use super::codes::is_over;
use crate::fields::hex;
use crate::passwords::{ImportError, PasswordHash};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, SentReset, Store, StoredPassword};

/// The lifetime of a link to choose a new password.
const RESET_LIFETIME: Duration = Duration::from_secs(60 * 60);
const TOKEN_CHARS: usize = 25;
const MIN_PASSWORD_CHARS: usize = 10;

/// Refuses a password that is too weak.
pub(crate) fn check_strength(store: &Store, password: &str) -> Answer<()> {
    if password.chars().count() >= MIN_PASSWORD_CHARS || store.drop_in {
        return Ok(());
    }
    let message = format!("Password must be at least {MIN_PASSWORD_CHARS} characters long.");
    let refusal = Refusal::bad_request(
        "password_strength_error",
        "Password does not meet strength requirements.",
    );
    Err(refusal.with("errors", json!([{"code": "password_too_short", "message": message}])))
}

/// What a user gets to sign in with.
pub(crate) enum NewPassword {
    Plaintext(SecretString),
    /// From another system, as [`import`] read it.
    Hash(PasswordHash),
}

impl From<SecretString> for NewPassword {
    fn from(password: SecretString) -> Self {
        Self::Plaintext(password)
    }
}

/// Reads the hash of a password from another system.
pub(crate) fn import(
    kind: &CreateUserPasswordHashType,
    hash: &str,
    salt_position: Option<&CreateUserPasswordSaltPosition>,
) -> Answer<NewPassword> {
    let refuse = |message: String| Refusal::bad_request("invalid_password_hash", message);
    // WorkOS may well accept it: 501, so that nobody looks for the mistake in the hash.
    let cannot = |message: String| {
        Refusal::new(StatusCode::NOT_IMPLEMENTED, "emulator_not_implemented", message)
    };
    let name = kind.as_str();
    let hash = PasswordHash::import(kind, hash, salt_position).map_err(|error| match error {
        ImportError::Malformed { expected } => {
            refuse(format!("password_hash is not a {name} hash. Expected: {expected}."))
        }
        ImportError::SaltPosition => {
            refuse("password_salt_position goes with ssha256 only.".to_owned())
        }
        ImportError::TooCostly { limit } => {
            cannot(format!("workos-emulator verifies {name} hashes up to {limit}."))
        }
        #[cfg(not(feature = "password-hashes"))]
        ImportError::NotBuilt => cannot(format!(
            "{name} hashes need workos-emulator's feature password-hashes, which is off."
        )),
    })?;
    Ok(NewPassword::Hash(hash))
}

/// Stores the password of a user, if there is one.
pub(crate) fn store(
    change: &mut Change<'_>,
    user_id: &str,
    password: Option<impl Into<NewPassword>>,
) -> Answer<()> {
    if let Some(password) = password {
        let hash = match password.into() {
            NewPassword::Plaintext(password) => {
                PasswordHash::new(password.expose(), change.bytes())
            }
            NewPassword::Hash(hash) => hash,
        };
        change.put(StoredPassword { id: user_id.to_owned(), hash })?;
    }
    Ok(())
}

/// Sends a user a link to choose a new password.
pub(crate) fn send_reset(change: &mut Change<'_>, user: &User) -> Answer<PasswordReset> {
    let (token, link) = new_link(change);
    let mut reset = PasswordReset::default();
    reset.object = ObjectType::PasswordReset;
    reset.id = change.id(SentReset::PREFIX);
    reset.user_id.clone_from(&user.id);
    reset.email.clone_from(&user.email);
    reset.expires_at = change.now() + RESET_LIFETIME;
    reset.created_at = change.now();
    let without_secrets = reset.clone();
    reset.password_reset_token = Some(token.as_str().into());
    reset.password_reset_url = Some(link.as_str().into());
    let told = if change.drop_in { reset.clone() } else { without_secrets };
    change.tell(EventData::PasswordResetCreated(told));
    change.mail_link(&user.email, EmailKind::PasswordReset, &link, Some(token), &reset.id);
    change.insert(SentReset { id: reset.id.clone(), reset: reset.clone(), is_used: false })?;
    Ok(reset)
}

/// A new token and the link that ends in it, in the form of the official emulator if this stands in
/// for it.
fn new_link(change: &mut Change<'_>) -> (String, String) {
    let (token, path) = match change.drop_in {
        true => (hex(&change.bytes::<16>()), "/user_management/password_reset/confirm"),
        false => (change.token(TOKEN_CHARS), "/reset-password"),
    };
    let link = format!("{}{path}?token={token}", change.origin());
    (token, link)
}

/// The password reset with this token, which can still be used.
pub(crate) fn find_reset(change: &Change<'_>, token: &SecretString) -> Answer<SentReset> {
    let sent = change.password_resets.find("token", token.expose());
    let Some(sent) = sent.map(|sent| SentReset::clone(sent)) else {
        let message = "Password reset not found: no reset has this token.";
        if change.drop_in {
            return Err(Refusal::bad_request("invalid_token", message));
        }
        return Err(Refusal::new(StatusCode::NOT_FOUND, "entity_not_found", message));
    };
    let refuse =
        |code: &str, message: &str| Err(reset_error(json!([{"code": code, "message": message}])));
    if sent.is_used {
        return refuse("password_reset_token_used", "The token was used before.");
    }
    if is_over(change, sent.reset.expires_at) {
        return refuse("password_reset_token_expired", "The token has expired.");
    }
    Ok(sent)
}

/// Sets the new password of the user who got this token, and returns the user.
pub(crate) fn reset(
    change: &mut Change<'_>,
    token: &SecretString,
    new_password: SecretString,
) -> Answer<User> {
    let sent = find_reset(change, token)?;
    check_strength(change, new_password.expose())
        .map_err(|weak| reset_error(weak.body.get("errors").cloned().unwrap_or_default()))?;
    let mut user: User = change.copy(&sent.reset.user_id)?;
    // The token came to this address.
    if user.email == sent.reset.email && !user.email_verified {
        user.email_verified = true;
        user = User::clone(&*change.update(user)?);
    }
    store(change, &user.id, Some(new_password))?;
    let mut payload = sent.reset.clone();
    (payload.password_reset_token, payload.password_reset_url) = (None, None);
    change.tell(EventData::PasswordResetSucceeded(payload));
    change.put(SentReset { is_used: true, ..sent })?;
    Ok(user)
}

fn reset_error(errors: Value) -> Refusal {
    Refusal::bad_request("password_reset_error", "Could not reset the password.")
        .with("errors", errors)
}
