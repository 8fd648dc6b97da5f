//! Changing the email address of a user: a code goes to the new address.

use http::StatusCode;
use workos::user_management::*;
use workos::{ObjectType, SecretString};
use workos_contract::is_email;

use super::codes::{CODE_LIFETIME, MAX_WRONG_CODES, is_over};
use crate::reply::{Answer, Refusal};
use crate::state::messages::EmailKind;
use crate::state::{Change, PendingEmailChange};

/// Sends a code to the new address. It replaces an earlier one.
pub(crate) fn begin(change: &mut Change<'_>, id: &str, new_email: String) -> Answer<EmailChange> {
    if !is_email(&new_email) {
        let message = "new_email must be an email address.";
        return Err(Refusal::unprocessable("invalid_email", message));
    }
    let user: User = change.copy(id)?;
    if user.email == new_email {
        let message = "The user has this address already.";
        return Err(Refusal::conflict("email_change_not_needed", message));
    }
    check_available(change, &new_email)?;
    let code = change.code_for(&new_email);
    let expires_at = change.now() + CODE_LIFETIME;
    change.mail(&new_email, EmailKind::EmailChange, Some(code.clone()), id);
    change.put(PendingEmailChange {
        id: id.to_owned(),
        new_email: new_email.clone(),
        code: code.into(),
        expires_at,
        wrong_codes: 0,
        is_used: false,
    })?;
    let mut answer = EmailChange::default();
    answer.object = ObjectType::EmailChange;
    answer.user = user;
    answer.new_email = new_email;
    answer.expires_at = expires_at;
    answer.created_at = change.now();
    Ok(answer)
}

/// Changes the address of the user who entered this code. Counts the wrong ones.
pub(crate) fn confirm(
    change: &mut Change<'_>,
    id: &str,
    code: &SecretString,
) -> Answer<EmailChangeConfirmation> {
    let mut user: User = change.copy(id)?;
    let mut pending: PendingEmailChange = change
        .copy(id)
        .map_err(|_| Refusal::conflict("no_pending_email_change", "No email change is pending."))?;
    if pending.wrong_codes >= MAX_WRONG_CODES {
        let message = "Too many wrong codes; start the change again.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Err(Refusal::new(status, "email_change_too_many_attempts", message));
    }
    if pending.code != *code {
        pending.wrong_codes += 1;
        change.put(pending)?;
        change.keep()?;
        let message = "The code is not correct.";
        return Err(Refusal::bad_request("email_change_code_incorrect", message));
    }
    if pending.is_used {
        let message = "The code was used before.";
        return Err(Refusal::conflict("email_change_code_previously_used", message));
    }
    if is_over(change, pending.expires_at) {
        return Err(Refusal::bad_request("email_change_code_expired", "The code has expired."));
    }
    check_available(change, &pending.new_email)?;
    user.email.clone_from(&pending.new_email);
    // The code came from the new address.
    user.email_verified = true;
    change.put(PendingEmailChange { is_used: true, ..pending })?;
    let user = change.update(user)?;
    let mut confirmation = EmailChangeConfirmation::default();
    confirmation.object = ObjectType::EmailChangeConfirmation;
    confirmation.user = User::clone(&user);
    Ok(confirmation)
}

fn check_available(change: &Change<'_>, email: &str) -> Answer<()> {
    if change.users.find("email", email).is_some() {
        let message = "The email address is not available.";
        return Err(Refusal::conflict("email_not_available", message));
    }
    Ok(())
}
