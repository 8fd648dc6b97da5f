//! Magic Auth codes and password resets.

use workos::user_management::*;

use super::users::check_locale;
use crate::fields::{email, stored_email};
use crate::products::users::with_email;
use crate::reply::{Answer, Refusal};
use crate::sign_in::{codes, invitations, passwords};
use crate::state::{Change, MagicCode, SentReset, View};

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
    let stored = stored_email(change, &input.email);
    let user = with_email(change, &stored)?;
    let mut magic_auth = codes::send_magic_auth(change, &user, input.invitation_token)?;
    magic_auth.radar_auth_attempt_id = input.radar_auth_attempt_id;
    Ok(magic_auth)
}

fn magic_auth<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a MagicAuth> {
    view.one::<MagicCode>(id).map(|row| &row.magic_auth)
}

fn reset_password(change: &mut Change<'_>, input: ResetPassword) -> Answer<PasswordReset> {
    check_locale(input.locale.as_ref())?;
    let user = change.one_by::<User>("email", &email(&input.email))?.clone();
    passwords::send_reset(change, &user)
}

fn password_reset<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a PasswordReset> {
    view.one::<SentReset>(id).map(|row| &row.reset)
}

fn confirm_reset(
    change: &mut Change<'_>,
    input: ConfirmPasswordReset,
) -> Answer<ResetPasswordResponse> {
    let mut response = ResetPasswordResponse::default();
    response.user = passwords::reset(change, &input.token, input.new_password)?;
    Ok(response)
}
