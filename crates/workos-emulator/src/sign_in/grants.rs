//! The grants of `POST /user_management/authenticate`: what is exchanged for a session.
//!
//! What people type ends in a [`SignIn`], with which the API and the hosted pages go on.

use std::time::Duration;

use serde_json::json;
use workos::helpers::pkce::generate_code_challenge;
use workos::multi_factor_auth::VerifyChallenge;
use workos::user_management::*;
use workos::{
    AuthenticationEventStatus, AuthenticationEventType, AuthenticationFailed,
    AuthenticationSucceeded, EventData, SecretString,
};
use workos_contract::is_email;

use super::sessions::{self, Tokens, check_member, invalid_grant};
use super::{authorize, codes, device, invitations, mfa, steps};
use crate::fields::{email, fingerprint};
use crate::passwords::PasswordHash;
use crate::products::users;
use crate::reply::{Answer, Refusal};
use crate::state::{
    AuthorizationCode, Change, EmailCompletion, MagicCode, MetChallenge, Method, Opens,
    PendingSignIn, SignIn, SmsDemand, Store, StoredFactor, Verification,
};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) client_id: String,
    /// Whether the API key came along. A public client has none.
    pub(crate) is_confidential: bool,
    pub(crate) ip_address: Option<String>,
    pub(crate) user_agent: Option<String>,
}

impl Caller {
    pub(crate) fn sign_in(&self, user_id: &str, method: Method) -> SignIn {
        SignIn {
            user_id: user_id.to_owned(),
            client_id: self.client_id.clone(),
            method: method.clone(),
            organization_id: None,
            impersonator: None,
            oauth_tokens: None,
            ip_address: self.ip_address.clone(),
            user_agent: self.user_agent.clone(),
            proves_address: method != Method::Password,
            is_trusted: false,
            has_second_factor: false,
        }
    }
}

/// Exchanges the code of a redirect.
pub(crate) fn code(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithCodeParams,
) -> Answer<Tokens> {
    let mut row = redeem(change, caller, &input.code, input.code_verifier.as_ref())?;
    let sign_in = match row.opens.clone() {
        Opens::Session { sign_in, .. } => sign_in,
        Opens::Nameless(sign_in) => {
            row.is_used = true;
            change.put(row)?;
            return steps::await_email(change, *sign_in);
        }
        Opens::Profile { .. } => {
            return Err(invalid_grant("The code is for a profile: exchange it at /sso/token."));
        }
    };
    let sign_in = SignIn {
        ip_address: caller.ip_address.clone().or(sign_in.ip_address),
        user_agent: caller.user_agent.clone().or(sign_in.user_agent),
        ..*sign_in
    };
    accept_invitation(change, &sign_in.user_id, input.invitation_token.as_ref())?;
    // A step that has to follow uses up the code as well.
    row.is_used = true;
    let row = change.put(row)?;
    let tokens = steps::proceed(change, sign_in.clone())?;
    let session_id = tokens.access_token.claims.get("sid").and_then(|sid| sid.as_str());
    let session_id = session_id.map(str::to_owned);
    let opens = Opens::Session { sign_in: Box::new(sign_in), session_id };
    change.put(AuthorizationCode { opens, ..AuthorizationCode::clone(&row) })?;
    Ok(tokens)
}

/// The row of a code that can be exchanged. One that was exchanged before was perhaps stolen, so
/// that its session ends (RFC 6749, section 4.1.2).
pub(crate) fn redeem(
    change: &mut Change<'_>,
    caller: &Caller,
    code: &SecretString,
    verifier: Option<&SecretString>,
) -> Answer<AuthorizationCode> {
    let invalid = || invalid_grant("The code is invalid, has expired or was used before.");
    let row = change.authorization_codes.find("code", &fingerprint(code)).cloned();
    let row = row.ok_or_else(invalid)?;
    if row.is_used {
        if let Opens::Session { session_id: Some(id), .. } = &row.opens
            && change.sessions.get(id).is_some()
        {
            sessions::end(change, id)?;
            change.keep();
        }
        return Err(invalid());
    }
    if row.client_id != caller.client_id || change.now() >= row.expires_at {
        return Err(invalid());
    }
    match (&row.code_challenge, verifier) {
        (None, None) if caller.is_confidential => {}
        (None, None) => {
            let message = "A client without a secret must use PKCE.";
            return Err(Refusal::oauth("invalid_client", message));
        }
        (None, Some(_)) => {
            let message = "The authorization had no code challenge.";
            return Err(invalid_grant(message));
        }
        (Some(_), None) => return Err(invalid_grant("code_verifier is required.")),
        (Some(challenge), Some(verifier)) if *challenge == generate_code_challenge(verifier) => {}
        (Some(_), Some(_)) => {
            return Err(invalid_grant("code_verifier does not fit the code challenge."));
        }
    }
    Ok(AuthorizationCode::clone(&row))
}

/// The password of the user with this address, to check outside of the state.
pub(crate) fn password_hash(store: &Store, address: &str) -> Option<PasswordHash> {
    let user = store.users.find("email", &email(address))?;
    store.passwords.get(&user.id).map(|row| row.hash.clone())
}

/// Signs in with a password, which was checked already.
pub(crate) fn password(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithPasswordParams,
    is_correct: bool,
) -> Answer<SignIn> {
    let email = email(&input.email);
    let user = change.users.find("email", &email).cloned();
    let Some(user) = user.filter(|_| is_correct) else {
        let message = "Invalid credentials.";
        let kind = AuthenticationEventType::Password;
        return fail(change, caller, kind, Some(&email), "invalid_credentials", message);
    };
    succeed(change, caller, AuthenticationEventType::Password, &user);
    accept_invitation(change, &user.id, input.invitation_token.as_ref())?;
    Ok(caller.sign_in(&user.id, Method::Password))
}

/// Signs in with a Magic Auth code, which proves the address.
pub(crate) fn magic_auth(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithMagicAuthParams,
) -> Answer<SignIn> {
    let email = email(&input.email);
    let kind = AuthenticationEventType::MagicAuth;
    let user = change.users.find("email", &email).cloned();
    let sent = user.as_ref().and_then(|user| change.magic_codes.by("user", &user.id).next_back());
    let (Some(user), Some(sent)) = (user.clone(), sent.cloned()) else {
        let (code, message) = codes::WRONG;
        return fail(change, caller, kind, Some(&email), code, message);
    };
    let is_right = sent.magic_auth.code.as_ref() == Some(&input.code);
    let checked = codes::check(
        is_right,
        sent.is_used,
        sent.wrong_codes,
        change.now() >= sent.magic_auth.expires_at,
    );
    if let Err((code, message)) = checked {
        let wrong_codes = sent.wrong_codes + u32::from(!is_right);
        change.put(MagicCode { wrong_codes, ..MagicCode::clone(&sent) })?;
        return fail(change, caller, kind, Some(&email), code, message);
    }
    change.put(MagicCode { is_used: true, ..MagicCode::clone(&sent) })?;
    codes::verify_address(change, &user.id)?;
    succeed(change, caller, kind, &user);
    let invitation = input.invitation_token.as_ref().or(sent.invitation_token.as_ref());
    accept_invitation(change, &user.id, invitation)?;
    Ok(caller.sign_in(&user.id, Method::MagicAuth))
}

/// Goes on with the code that verifies an address.
pub(crate) fn email_verification(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithEmailVerificationParams,
) -> Answer<SignIn> {
    let pending = steps::pending(change, &input.pending_authentication_token)?;
    let user = change.one::<User>(&pending.sign_in.user_id)?.clone();
    let kind = AuthenticationEventType::EmailVerification;
    let sent = change.email_verifications.by("user", &user.id).next_back().cloned();
    let Some(sent) = sent.filter(|sent| sent.verification.email == user.email) else {
        let (code, message) = codes::WRONG;
        return fail(change, caller, kind, Some(&user.email), code, message);
    };
    let is_right = sent.verification.code.as_ref() == Some(&input.code);
    let is_over = change.now() >= sent.verification.expires_at;
    if let Err((code, message)) = codes::check(is_right, sent.is_used, sent.wrong_codes, is_over) {
        let wrong_codes = sent.wrong_codes + u32::from(!is_right);
        change.put(Verification { wrong_codes, ..Verification::clone(&sent) })?;
        return fail(change, caller, kind, Some(&user.email), code, message);
    }
    change.put(Verification { is_used: true, ..Verification::clone(&sent) })?;
    codes::verify_address(change, &user.id)?;
    succeed(change, caller, kind, &user);
    steps::resume(change, pending)
}

/// Goes on with the code of an authenticator app.
pub(crate) fn totp(
    change: &mut Change<'_>,
    caller: &Caller,
    input: AuthenticateWithTotpParams,
) -> Answer<SignIn> {
    let mut pending = steps::pending(change, &input.pending_authentication_token)?;
    let user = change.one::<User>(&pending.sign_in.user_id)?.clone();
    let challenge = change.auth_challenges.get(&input.authentication_challenge_id);
    let factor_id = challenge.map(|row| row.challenge.authentication_factor_id.clone());
    let factor = factor_id.and_then(|id| change.auth_factors.get(&id));
    if !factor.is_some_and(|row: &std::sync::Arc<StoredFactor>| {
        row.factor.user_id.as_ref() == Some(&user.id)
    }) {
        let message = "The challenge belongs to another user.";
        return Err(Refusal::bad_request("invalid_request", message));
    }
    let verify = VerifyChallenge { code: input.code };
    let kind = AuthenticationEventType::Mfa;
    match mfa::verify(change, &input.authentication_challenge_id, verify) {
        Ok(verified) if verified.valid => {}
        Ok(_) => {
            let (code, message) = codes::WRONG;
            return fail(change, caller, kind, Some(&user.email), code, message);
        }
        Err(refusal) => {
            let code = match refusal.code() {
                "authentication_challenge_expired" => "one_time_code_expired",
                "authentication_challenge_previously_verified" => "one_time_code_previously_used",
                _ => "one_time_code_too_many_attempts",
            };
            let message = refusal.to_string();
            return fail(change, caller, kind, Some(&user.email), code, &message);
        }
    }
    succeed(change, caller, kind, &user);
    pending.sign_in.has_second_factor = true;
    steps::resume(change, pending)
}

/// Goes on in the organization that the user chose.
pub(crate) fn organization_selection(
    change: &mut Change<'_>,
    input: &AuthenticateWithOrganizationSelectionParams,
) -> Answer<SignIn> {
    let mut pending = steps::pending(change, &input.pending_authentication_token)?;
    check_member(change, &pending.sign_in.user_id, &input.organization_id)?;
    pending.sign_in.organization_id = Some(input.organization_id.clone());
    steps::resume(change, pending)
}

/// Goes on with the code that Radar sent by email.
pub(crate) fn radar_email(
    change: &mut Change<'_>,
    input: &AuthenticateWithRadarEmailChallengeParams,
) -> Answer<SignIn> {
    let pending = steps::pending(change, &input.pending_authentication_token)?;
    let challenge = change.radar_challenges.get(&input.radar_challenge_id).cloned();
    let own = challenge.filter(|one| one.user_id == pending.sign_in.user_id);
    let is_right = own.as_ref().is_some_and(|one| one.code == input.code);
    let is_over = own.as_ref().is_some_and(|one| change.now() >= one.expires_at);
    codes::check(is_right, false, 0, is_over).map_err(refuse_code)?;
    change.put(MetChallenge { id: input.radar_challenge_id.clone() })?;
    trusted(change, pending)
}

/// Goes on with the code that was sent to a phone.
pub(crate) fn radar_sms(
    change: &mut Change<'_>,
    input: &AuthenticateWithRadarSmsChallengeParams,
) -> Answer<SignIn> {
    let pending = steps::pending(change, &input.pending_authentication_token)?;
    let Some(id) = &input.verification_id else {
        let message = "verification_id is required.";
        return Err(Refusal::bad_request("verification_id_required", message));
    };
    if input.phone_number.is_none() {
        let message = "phone_number is required.";
        return Err(Refusal::bad_request("phone_number_required", message));
    }
    let sent = change.sms_verifications.get(id).cloned();
    let own = sent.filter(|sent| {
        sent.user_id == pending.sign_in.user_id
            && sent.pending_authentication_token == input.pending_authentication_token
    });
    let is_right = own.as_ref().is_some_and(|sent| sent.code == input.code);
    let is_over = own.as_ref().is_some_and(|sent| change.now() >= sent.expires_at);
    codes::check(is_right, false, 0, is_over).map_err(refuse_code)?;
    if change.sms_demands.get(&pending.sign_in.user_id).is_some() {
        change.remove::<SmsDemand>(&pending.sign_in.user_id)?;
    }
    trusted(change, pending)
}

fn trusted(change: &mut Change<'_>, mut pending: PendingSignIn) -> Answer<SignIn> {
    pending.sign_in.is_trusted = true;
    steps::resume(change, pending)
}

fn refuse_code((code, message): (&'static str, &'static str)) -> Refusal {
    Refusal::bad_request(code, message)
}

/// Goes on with the address that a provider did not supply. It has to be verified.
pub(crate) fn email_completion(
    change: &mut Change<'_>,
    input: &AuthenticateWithEmailCompletionParams,
) -> Answer<Tokens> {
    let token = fingerprint(&input.email_completion_token);
    let found = change.email_completions.find("token", &token);
    let Some(row) = found.filter(|row| change.now() < row.expires_at).cloned() else {
        let message = "The email completion token is invalid or has expired.";
        return Err(Refusal::bad_request("invalid_pending_authentication_token", message));
    };
    change.remove::<EmailCompletion>(&row.id)?;
    let address = email(&input.email);
    if !is_email(&address) {
        let message = "email must be an email address.";
        return Err(Refusal::bad_request("invalid_request", message));
    }
    let user = users::with_email(change, &address)?;
    authorize::link(change, &user.id, row.sign_in.method.as_str())?;
    steps::proceed(change, SignIn { user_id: user.id.clone(), ..row.sign_in.clone() })
}

/// Polls for the tokens of a device.
pub(crate) fn device_code(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithDeviceCodeParams,
) -> Answer<Tokens> {
    let sign_in = device::poll(change, &caller.client_id, &input.device_code)?;
    steps::proceed(change, sign_in)
}

/// Refreshes a session.
pub(crate) fn refresh_token(
    change: &mut Change<'_>,
    input: &AuthenticateWithRefreshTokenParams,
    grace: Duration,
) -> Answer<Tokens> {
    let organization_id = input.organization_id.as_deref();
    sessions::refresh(change, &input.refresh_token, organization_id, grace)
}

/// Accepts the invitation that comes along with a sign-in.
pub(crate) fn accept_invitation(
    change: &mut Change<'_>,
    user_id: &str,
    token: Option<&SecretString>,
) -> Answer<()> {
    let Some(token) = token else { return Ok(()) };
    let user = change.one::<User>(user_id)?.clone();
    let Some(invitation) = invitations::pending(change, token).cloned() else {
        let message = "The invitation is not pending.";
        return Err(Refusal::oauth("invitation_invalid", message));
    };
    if invitation.email != user.email {
        let message = "The invitation is for another email address.";
        return Err(Refusal::oauth("invitation_cannot_be_used_for_email", message));
    }
    invitations::admit(change, invitation, user_id).map(drop)
}

/// Refuses, with the event of the failure.
fn fail<T>(
    change: &mut Change<'_>,
    caller: &Caller,
    kind: AuthenticationEventType,
    email: Option<&str>,
    code: &str,
    message: &str,
) -> Answer<T> {
    let user = email.and_then(|email| change.users.find("email", email));
    let mut failed = AuthenticationFailed::default();
    failed.type_ = kind.clone();
    failed.status = AuthenticationEventStatus::Failed;
    failed.error.code = code.to_owned();
    failed.error.message = message.to_owned();
    failed.user_id = user.map(|user| user.id.clone());
    failed.email = email.map(str::to_owned);
    failed.ip_address.clone_from(&caller.ip_address);
    failed.user_agent.clone_from(&caller.user_agent);
    change.tell(match kind {
        AuthenticationEventType::Password => EventData::AuthenticationPasswordFailed(failed),
        AuthenticationEventType::MagicAuth => EventData::AuthenticationMagicAuthFailed(failed),
        AuthenticationEventType::Mfa => EventData::AuthenticationMfaFailed(failed),
        _ => EventData::AuthenticationEmailVerificationFailed(failed),
    });
    change.keep();
    Err(Refusal::bad_request(code, message).with("email", json!(email)))
}

/// Tells that a factor was right.
pub(crate) fn succeed(
    change: &mut Change<'_>,
    caller: &Caller,
    kind: AuthenticationEventType,
    user: &User,
) {
    let mut succeeded = AuthenticationSucceeded::default();
    succeeded.type_ = kind.clone();
    succeeded.status = AuthenticationEventStatus::Succeeded;
    succeeded.user_id = Some(user.id.clone());
    succeeded.email.clone_from(&user.email);
    succeeded.ip_address.clone_from(&caller.ip_address);
    succeeded.user_agent.clone_from(&caller.user_agent);
    change.tell(match kind {
        AuthenticationEventType::Password => EventData::AuthenticationPasswordSucceeded(succeeded),
        AuthenticationEventType::MagicAuth => {
            EventData::AuthenticationMagicAuthSucceeded(succeeded)
        }
        AuthenticationEventType::Mfa => EventData::AuthenticationMfaSucceeded(succeeded),
        _ => EventData::AuthenticationEmailVerificationSucceeded(succeeded),
    });
}
