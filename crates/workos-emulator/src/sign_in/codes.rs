//! Codes that are emailed: to sign in with Magic Auth, and to verify an address.

use std::sync::Arc;
use std::time::Duration;

use workos::user_management::*;
use workos::{EventData, ObjectType, SecretString, Timestamp};

use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, MagicCode, Verification};

/// The lifetime of a code that is sent.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The number of wrong codes after which a new one must be sent.
pub(crate) const MAX_WRONG_CODES: u32 = 5;

/// Why a one-time code does not continue a sign-in: code and message of the error.
pub(crate) type Problem = (&'static str, &'static str);
/// It is not the code that was sent.
pub(crate) const WRONG: Problem = ("invalid_one_time_code", "The code is not correct.");

/// A code that was sent, and its use so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneTimeCode<'a> {
    pub(crate) code: Option<&'a SecretString>,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_used: bool,
    pub(crate) wrong_codes: u32,
}

impl OneTimeCode<'_> {
    /// Whether this is the code, and it can be used now.
    pub(crate) fn check(&self, given: &SecretString, now: Timestamp) -> Result<(), Problem> {
        if self.wrong_codes >= MAX_WRONG_CODES {
            Err(("one_time_code_too_many_attempts", "Too many wrong codes; send a new one."))
        } else if self.code != Some(given) {
            Err(WRONG)
        } else if self.is_used {
            Err(("one_time_code_previously_used", "The code was used before."))
        } else if now >= self.expires_at {
            Err(("one_time_code_expired", "The code has expired."))
        } else {
            Ok(())
        }
    }
}

/// A code that nobody has tried yet, as far as is known.
pub(crate) fn unused(code: &SecretString, expires_at: Timestamp) -> OneTimeCode<'_> {
    OneTimeCode { code: Some(code), expires_at, is_used: false, wrong_codes: 0 }
}

impl MagicCode {
    pub(crate) fn one_time_code(&self) -> OneTimeCode<'_> {
        OneTimeCode {
            code: self.magic_auth.code.as_ref(),
            expires_at: self.magic_auth.expires_at,
            is_used: self.is_used,
            wrong_codes: self.wrong_codes,
        }
    }
}

impl Verification {
    pub(crate) fn one_time_code(&self) -> OneTimeCode<'_> {
        OneTimeCode {
            code: self.verification.code.as_ref(),
            expires_at: self.verification.expires_at,
            is_used: self.is_used,
            wrong_codes: self.wrong_codes,
        }
    }
}

/// Whether a code, or whatever else has an end, has expired.
pub(crate) fn is_over(change: &Change<'_>, expires_at: Timestamp) -> bool {
    change.now() >= expires_at
}

/// Sends a Magic Auth code. Signing in with it also accepts the invitation.
pub(crate) fn send_magic_auth(
    change: &mut Change<'_>,
    user: &User,
    invitation_token: Option<SecretString>,
) -> Answer<MagicAuth> {
    let code = change.code_for(&user.email);
    let mut magic_auth = MagicAuth::default();
    magic_auth.object = ObjectType::MagicAuth;
    magic_auth.id = change.id(MagicCode::PREFIX);
    magic_auth.user_id.clone_from(&user.id);
    magic_auth.email.clone_from(&user.email);
    magic_auth.expires_at = change.now() + CODE_LIFETIME;
    magic_auth.created_at = change.now();
    magic_auth.updated_at = change.now();
    let mut told = magic_auth.clone();
    told.code = Some(code.as_str().into()).filter(|_| change.drop_in);
    change.tell(EventData::MagicAuthCreated(told));
    change.mail(&magic_auth.email, EmailKind::MagicAuth, Some(code.clone()), &magic_auth.id);
    magic_auth.code = Some(code.into());
    change.insert(MagicCode {
        id: magic_auth.id.clone(),
        magic_auth: magic_auth.clone(),
        invitation_token,
        is_used: false,
        wrong_codes: 0,
    })?;
    Ok(magic_auth)
}

/// Sends a code that verifies the email address of a user.
pub(crate) fn send_verification(change: &mut Change<'_>, user: &User) -> Answer<EmailVerification> {
    if user.email_verified && !change.drop_in {
        let message = "The email address is verified already.";
        return Err(Refusal::bad_request("email_already_verified", message));
    }
    let code = change.code_for(&user.email);
    let mut verification = EmailVerification::default();
    verification.object = ObjectType::EmailVerification;
    verification.id = change.id(Verification::PREFIX);
    verification.user_id.clone_from(&user.id);
    verification.email.clone_from(&user.email);
    verification.expires_at = change.now() + CODE_LIFETIME;
    verification.created_at = change.now();
    verification.updated_at = change.now();
    let mut told = verification.clone();
    told.code = Some(code.as_str().into()).filter(|_| change.drop_in);
    change.tell(EventData::EmailVerificationCreated(told));
    change.mail(&user.email, EmailKind::EmailVerification, Some(code.clone()), &verification.id);
    verification.code = Some(code.into());
    let (id, is_used, wrong_codes) = (verification.id.clone(), false, 0);
    change.insert(Verification { id, verification: verification.clone(), is_used, wrong_codes })?;
    Ok(verification)
}

/// Marks the user's address as verified.
pub(crate) fn verify_address(change: &mut Change<'_>, user_id: &str) -> Answer<()> {
    let mut user: User = change.copy(user_id)?;
    if !user.email_verified {
        user.email_verified = true;
        change.update(user)?;
    }
    Ok(())
}

/// Verifies the email address of a user with the last code that was sent there.
pub(crate) fn verify_email(
    change: &mut Change<'_>,
    user_id: &str,
    code: &SecretString,
) -> Answer<User> {
    let mut user: User = change.copy(user_id)?;
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    if user.email_verified {
        return refuse("email_previously_verified", "The email address is verified already.");
    }
    let mut sent = change.email_verifications.by("user", user_id).rev();
    let latest = sent.find(|sent| sent.verification.email == user.email);
    let has_code = |sent: &&Arc<Verification>| sent.verification.code.as_ref() == Some(code);
    let Some(sent) = latest.filter(has_code).map(|sent| Verification::clone(sent)) else {
        return refuse("email_verification_code_incorrect", "The code is not correct.");
    };
    if sent.is_used {
        let message = "The code was used before.";
        return refuse("email_verification_code_previously_used", message);
    }
    if is_over(change, sent.verification.expires_at) {
        return refuse("email_verification_code_expired", "The code has expired.");
    }
    change.put(Verification { is_used: true, ..sent })?;
    user.email_verified = true;
    change.update(user).map(|user| User::clone(&user))
}
