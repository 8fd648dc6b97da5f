//! Sign-ins that Connect leaves to the application: Standalone Connect. AuthKit sends the browser to
//! the application's own login page, which tells who signed in.

use std::time::Duration;

use workos::User;
use workos::connect::{CompleteOAuth2, ExternalAuthCompleteResponse};
use workos_contract::is_email;

use super::authorize::{self, Authorization};
use super::codes::is_over;
use crate::fields::{email, stored_email};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, ExternalLogin, Method};

const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Where the browser goes back to AuthKit.
pub(crate) const CONTINUE: &str = "/authkit/oauth2/continue/";

/// Begins a sign-in that the application completes. Returns its `external_auth_id`.
pub(crate) fn begin(change: &mut Change<'_>, request: Authorization) -> Answer<String> {
    let (id, expires_at) = (change.id(ExternalLogin::PREFIX), change.now() + LIFETIME);
    let row = ExternalLogin { id, request, user_id: None, expires_at };
    change.put(row).map(|row| row.id.clone())
}

/// Completes a sign-in with the user who signed in at the application, and creates or updates them.
pub(crate) fn complete(
    change: &mut Change<'_>,
    input: CompleteOAuth2,
) -> Answer<ExternalAuthCompleteResponse> {
    let mut row: ExternalLogin = change.copy(&input.external_auth_id)?;
    if is_over(change, row.expires_at) {
        return Err(Refusal::not_found(ExternalLogin::NAME, &row.id));
    }
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    if row.user_id.is_some() {
        let message = "The sign-in was completed before.";
        return refuse("external_auth_session_already_completed", message);
    }
    if input.user_consent_options.is_some_and(|options| !options.is_empty()) {
        let application = change.connect_applications.find("client_id", &row.request.client_id);
        let is_third_party = application.is_some_and(|one| one.is_first_party == Some(false));
        if !is_third_party {
            let message = "Only third-party applications ask for consent.";
            return refuse("user_consent_options_not_supported", message);
        }
    }
    let address = email(&input.user.email);
    if !is_email(&address) {
        return refuse("invalid_email", "email must be an email address.");
    }
    let by_id = change.users.find("external_id", &input.user.id).cloned();
    let by_email = change.users.find("email", &address).cloned();
    let mut user = match (by_id, by_email) {
        (Some(known), Some(other)) if change.drop_in && known.id != other.id => {
            let message = "The email address belongs to another user.";
            return refuse("email_not_available", message);
        }
        (Some(known), _) if change.drop_in => {
            let mut user = User::clone(&known);
            user.email = stored_email(change, &input.user.email);
            user
        }
        (Some(known), _) if known.email != address => {
            let message = "The email address of a user cannot be changed here.";
            return refuse("email_change_not_allowed", message);
        }
        (None, Some(other)) if other.external_id.is_some() => {
            let message = "The email address belongs to another user.";
            return refuse("email_not_available", message);
        }
        (Some(known), _) | (None, Some(known)) => User::clone(&known),
        (None, None) => {
            let mut user: User = change.make();
            user.email = address;
            user
        }
    };
    user.external_id = Some(input.user.id);
    user.email_verified = true;
    user.first_name = input.user.first_name.or(user.first_name);
    user.last_name = input.user.last_name.or(user.last_name);
    user.name = input.user.name.or(user.name);
    if let Some(metadata) = input.user.metadata {
        user.metadata = metadata;
    }
    let is_known = change.users.get(&user.id).is_some();
    let user = if is_known { change.update(user)? } else { change.insert(user)? };
    row.user_id = Some(user.id.clone());
    let row = change.put(row)?;
    let mut response = ExternalAuthCompleteResponse::default();
    response.redirect_uri = format!("{}{CONTINUE}{}", change.origin(), row.id);
    Ok(response)
}

/// Sends the browser on to the client that began all this, with a code.
pub(crate) fn go_on(change: &mut Change<'_>, id: &str) -> Answer<String> {
    let row: ExternalLogin = change.copy(id)?;
    let not_found = || Refusal::not_found(ExternalLogin::NAME, id);
    let user_id = row.user_id.clone().ok_or_else(not_found)?;
    change.remove::<ExternalLogin>(id)?;
    let mut sign_in = row.request.sign_in(&user_id, Method::ExternalAuth);
    sign_in.has_second_factor = true;
    authorize::grant(change, &row.request, sign_in)
}
