//! Magic Auth codes and password resets.

use std::time::Duration;

use serde_json::{Value, json};
use workos::user_management::*;
use workos::{EventData, ObjectType};

use super::invitations;
use super::users::{
    CODE_LIFETIME, check_locale, check_strength, is_over, store_password, with_email,
};
use crate::fields::email;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, MagicCode, SentReset, View};

/// The lifetime of a link to choose a new password.
const RESET_LIFETIME: Duration = Duration::from_secs(60 * 60);
const TOKEN_CHARS: usize = 25;

routes! {
    user_management;
    create_magic_auth(body)      => write create_magic_auth;
    get_magic_auth(id)           => read magic_auth;
    reset_password(body)         => write reset_password;
    confirm_password_reset(body) => write confirm_reset;
    get_password_reset(id)       => read password_reset;
}

/// Creates the user, too, if there is none with this address.
fn create_magic_auth(change: &mut Change<'_>, input: CreateMagicAuth) -> Answer<MagicAuth> {
    check_locale(input.locale.as_ref())?;
    let email = email(&input.email);
    if let Some(token) = &input.invitation_token {
        let invitation = invitations::pending(change, token);
        if invitation.is_none_or(|invitation| invitation.email != email) {
            let description = "The invitation is not pending, or is for another address.";
            return Err(Refusal::oauth("invitation_invalid", description));
        }
    }
    let user = with_email(change, &email)?;
    let code = change.code();
    let mut magic_auth = MagicAuth::default();
    magic_auth.object = ObjectType::MagicAuth;
    magic_auth.id = change.id(MagicCode::PREFIX);
    magic_auth.user_id.clone_from(&user.id);
    magic_auth.email = email;
    magic_auth.expires_at = change.now() + CODE_LIFETIME;
    magic_auth.created_at = change.now();
    magic_auth.updated_at = change.now();
    change.tell(EventData::MagicAuthCreated(magic_auth.clone()));
    change.mail(&magic_auth.email, EmailKind::MagicAuth, Some(code.clone()), &magic_auth.id);
    magic_auth.code = Some(code.into());
    change.insert(MagicCode {
        id: magic_auth.id.clone(),
        magic_auth: magic_auth.clone(),
        invitation_token: input.invitation_token,
        is_used: false,
    })?;
    magic_auth.radar_auth_attempt_id = input.radar_auth_attempt_id;
    Ok(magic_auth)
}

fn magic_auth<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a MagicAuth> {
    view.one::<MagicCode>(id).map(|row| &row.magic_auth)
}

fn reset_password(change: &mut Change<'_>, input: ResetPassword) -> Answer<PasswordReset> {
    check_locale(input.locale.as_ref())?;
    let user = change.one_by::<User>("email", &email(&input.email))?.clone();
    let token = change.token(TOKEN_CHARS);
    let link = format!("{}/reset-password?token={token}", change.origin());
    let mut reset = PasswordReset::default();
    reset.object = ObjectType::PasswordReset;
    reset.id = change.id(SentReset::PREFIX);
    reset.user_id.clone_from(&user.id);
    reset.email.clone_from(&user.email);
    reset.expires_at = change.now() + RESET_LIFETIME;
    reset.created_at = change.now();
    change.tell(EventData::PasswordResetCreated(reset.clone()));
    reset.password_reset_token = Some(token.as_str().into());
    reset.password_reset_url = Some(link.as_str().into());
    change.mail_link(&user.email, EmailKind::PasswordReset, &link, Some(token), &reset.id);
    change.insert(SentReset { id: reset.id.clone(), reset: reset.clone(), is_used: false })?;
    Ok(reset)
}

fn password_reset<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a PasswordReset> {
    view.one::<SentReset>(id).map(|row| &row.reset)
}

fn confirm_reset(
    change: &mut Change<'_>,
    input: ConfirmPasswordReset,
) -> Answer<ResetPasswordResponse> {
    let sent = change.password_resets.find("token", input.token.expose());
    let Some(sent) = sent.map(|sent| SentReset::clone(sent)) else {
        let message = "Password reset not found: no reset has this token.";
        return Err(Refusal::new(http::StatusCode::NOT_FOUND, "entity_not_found", message));
    };
    if sent.is_used {
        let message = "The token was used before.";
        return Err(reset_error(
            json!([{"code": "password_reset_token_used", "message": message}]),
        ));
    }
    if is_over(change, sent.reset.expires_at) {
        let message = "The token has expired.";
        let expired = json!([{"code": "password_reset_token_expired", "message": message}]);
        return Err(reset_error(expired));
    }
    check_strength(input.new_password.expose())
        .map_err(|weak| reset_error(weak.body.get("errors").cloned().unwrap_or_default()))?;
    let mut user: User = change.copy(&sent.reset.user_id)?;
    // The token came to this address.
    if user.email == sent.reset.email && !user.email_verified {
        user.email_verified = true;
        user = User::clone(&*change.update(user)?);
    }
    store_password(change, &user.id, Some(input.new_password))?;
    let mut payload = sent.reset.clone();
    (payload.password_reset_token, payload.password_reset_url) = (None, None);
    change.tell(EventData::PasswordResetSucceeded(payload));
    change.put(SentReset { is_used: true, ..sent })?;
    let mut response = ResetPasswordResponse::default();
    response.user = user;
    Ok(response)
}

fn reset_error(errors: Value) -> Refusal {
    Refusal::bad_request("password_reset_error", "Could not reset the password.")
        .with("errors", errors)
}
