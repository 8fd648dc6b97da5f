//! The grants of `POST /user_management/authenticate`: what is exchanged for a session.
//!
//! What people type ends in a [`SignIn`], with which the API and the hosted pages go on.

use std::time::Duration;

use workos::helpers::pkce::generate_code_challenge;
use workos::multi_factor_auth::VerifyChallenge;
use workos::user_management::*;
use workos::{AuthenticationEventType, Profile, SecretString, Timestamp};
use workos_contract::is_email;

use super::codes::OneTimeCode;
use super::sessions::{self, Tokens, check_member, invalid_grant};
use super::{authorize, codes, device, events, invitations, mfa, steps};
use crate::fields::{email, fingerprint};
use crate::passwords::PasswordHash;
use crate::products::users;
use crate::reply::{Answer, Refusal};
use crate::state::{
    AuthorizationCode, Change, EmailCompletion, MagicCode, MetChallenge, Method, Opens,
    PendingSignIn, SignIn, SmsDemand, Store, Verification,
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
            ip_address: self.ip_address.clone(),
            user_agent: self.user_agent.clone(),
            ..SignIn::new(user_id, &self.client_id, method)
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
        // A code for a token of an application.
        Opens::Session { sign_in, .. }
            if change.drop_in && sign_in.method == Method::ExternalAuth =>
        {
            return Err(invalid_grant("The code is for the application: exchange it there."));
        }
        Opens::Session { sign_in, .. } => sign_in,
        Opens::Nameless(sign_in) => {
            row.is_used = true;
            change.put(row)?;
            return steps::await_email(change, *sign_in);
        }
        Opens::Profile { id, .. } if change.drop_in => {
            row.is_used = true;
            change.put(row)?;
            return of_profile(change, caller, &id, input.invitation_token.as_ref());
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
    let sign_in = invited(change, sign_in, input.invitation_token.as_ref())?;
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

/// A session with the code of a profile, which only the official emulator gives.
fn of_profile(
    change: &mut Change<'_>,
    caller: &Caller,
    profile_id: &str,
    invitation: Option<&SecretString>,
) -> Answer<Tokens> {
    let profile = change.one::<Profile>(profile_id)?.clone();
    let request = authorize::Authorization {
        client_id: caller.client_id.clone(),
        ..authorize::Authorization::default()
    };
    let sign_in = authorize::of_profile(change, &request, &profile)?;
    let user_id = sign_in.user_id.clone();
    // A refusal also undoes that the user was made.
    let sign_in = invited(change, sign_in, invitation)?;
    let tokens = steps::proceed(change, sign_in)?;
    let session_id = tokens.access_token.claims.get("sid").and_then(|sid| sid.as_str());
    let session_id = session_id.map(str::to_owned);
    events::sso_succeeded_in(change, &profile, Some(&user_id), session_id);
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
            change.keep()?;
        }
        return Err(invalid());
    }
    let is_of_client = row.client_id == caller.client_id || change.drop_in;
    if !is_of_client || change.now() >= row.expires_at {
        return Err(invalid());
    }
    match (&row.code_challenge, verifier) {
        (None, None) if caller.is_confidential => {}
        (None, None) => {
            let message = "A client without a secret must use PKCE.";
            return Err(Refusal::oauth("invalid_client", message));
        }
        (None, Some(_)) if change.drop_in => {}
        (None, Some(_)) => {
            let message = "The authorization had no code challenge.";
            return Err(invalid_grant(message));
        }
        (Some(_), None) if change.drop_in => {
            return Err(Refusal::oauth("invalid_request", "code_verifier is required."));
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
    let (email, kind) = (email(&input.email), AuthenticationEventType::Password);
    let user = change.users.find("email", &email).cloned();
    let Some(user) = user.filter(|_| is_correct) else {
        let message = match change.drop_in {
            true => format!("Invalid credentials for '{}'.", input.email),
            false => "Invalid credentials.".to_owned(),
        };
        let problem = ("invalid_credentials", message.as_str());
        return events::factor_failed(change, caller, kind, &email, problem);
    };
    // Only the official emulator waits with this for the second factor.
    if !change.drop_in || steps::apps(change, &user.id).is_empty() {
        events::factor_succeeded(change, caller, kind, &user);
    }
    let sign_in = caller.sign_in(&user.id, Method::Password);
    invited(change, sign_in, input.invitation_token.as_ref())
}

/// Signs in with a Magic Auth code, which proves the address.
pub(crate) fn magic_auth(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithMagicAuthParams,
) -> Answer<SignIn> {
    let (email, kind) = (email(&input.email), AuthenticationEventType::MagicAuth);
    let user = change.users.find("email", &email).cloned();
    let sent = user.and_then(|user| {
        let sent = change.magic_codes.by("user", &user.id).next_back()?;
        Some((user, MagicCode::clone(sent)))
    });
    let Some((user, sent)) = sent else {
        return events::factor_failed(change, caller, kind, &email, codes::WRONG);
    };
    if let Err(problem) = sent.one_time_code().check(&input.code, change.now()) {
        let wrong_codes = sent.wrong_codes + u32::from(problem == codes::WRONG);
        change.put(MagicCode { wrong_codes, ..sent })?;
        return events::factor_failed(change, caller, kind, &email, problem);
    }
    codes::verify_address(change, &user.id)?;
    events::factor_succeeded(change, caller, kind, &user);
    let invitation = input.invitation_token.as_ref().or(sent.invitation_token.as_ref());
    let sign_in = invited(change, caller.sign_in(&user.id, Method::MagicAuth), invitation)?;
    change.put(MagicCode { is_used: true, ..sent })?;
    Ok(sign_in)
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
    let sent = change.email_verifications.by("user", &user.id).next_back();
    let sent = sent.filter(|sent| sent.verification.email == user.email);
    let Some(sent) = sent.map(|sent| Verification::clone(sent)) else {
        return events::factor_failed(change, caller, kind, &user.email, codes::WRONG);
    };
    if let Err(problem) = sent.one_time_code().check(&input.code, change.now()) {
        let wrong_codes = sent.wrong_codes + u32::from(problem == codes::WRONG);
        change.put(Verification { wrong_codes, ..sent })?;
        return events::factor_failed(change, caller, kind, &user.email, problem);
    }
    change.put(Verification { is_used: true, ..sent })?;
    codes::verify_address(change, &user.id)?;
    events::factor_succeeded(change, caller, kind, &user);
    steps::resume(change, pending)
}

/// Goes on with the code of an authenticator app.
pub(crate) fn totp(
    change: &mut Change<'_>,
    caller: &Caller,
    input: &AuthenticateWithTotpParams,
) -> Answer<SignIn> {
    let mut pending = steps::pending(change, &input.pending_authentication_token)?;
    let user = change.one::<User>(&pending.sign_in.user_id)?.clone();
    let challenge = change.auth_challenges.get(&input.authentication_challenge_id);
    let factor_id = challenge.map(|row| row.challenge.authentication_factor_id.clone());
    let factor = factor_id.and_then(|id| change.auth_factors.get(&id));
    if factor.and_then(|row| row.factor.user_id.as_ref()) != Some(&user.id) {
        let message = "The challenge belongs to another user.";
        return Err(Refusal::bad_request("invalid_request", message));
    }
    let verify = VerifyChallenge { code: input.code.clone() };
    let kind = AuthenticationEventType::Mfa;
    match mfa::verify(change, &input.authentication_challenge_id, verify) {
        Ok(verified) if verified.valid => {}
        Ok(_) => return events::factor_failed(change, caller, kind, &user.email, codes::WRONG),
        Err(refusal) => {
            let code = match refusal.code() {
                "authentication_challenge_expired" => "one_time_code_expired",
                "authentication_challenge_previously_verified" => "one_time_code_previously_used",
                _ => "one_time_code_too_many_attempts",
            };
            let problem = (code, &*refusal.to_string());
            return events::factor_failed(change, caller, kind, &user.email, problem);
        }
    }
    events::factor_succeeded(change, caller, kind, &user);
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
    let code = own.as_ref().map(|one| codes::unused(&one.code, one.expires_at));
    check_radar_code(code, &input.code, change.now())?;
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
    let code = own.as_ref().map(|sent| codes::unused(&sent.code, sent.expires_at));
    check_radar_code(code, &input.code, change.now())?;
    if change.sms_demands.get(&pending.sign_in.user_id).is_some() {
        change.remove::<SmsDemand>(&pending.sign_in.user_id)?;
    }
    trusted(change, pending)
}

fn trusted(change: &mut Change<'_>, mut pending: PendingSignIn) -> Answer<SignIn> {
    pending.sign_in.is_trusted = true;
    steps::resume(change, pending)
}

/// Refuses a code that Radar did not send, or that has expired. Radar counts no wrong codes.
fn check_radar_code(
    sent: Option<OneTimeCode<'_>>,
    given: &SecretString,
    now: Timestamp,
) -> Answer<()> {
    let checked = sent.map_or(Err(codes::WRONG), |sent| sent.check(given, now));
    checked.map_err(|(code, message)| Refusal::bad_request(code, message))
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
    if change.drop_in && change.users.get(&sign_in.user_id).is_none() {
        return Err(invalid_grant("The device code is not valid."));
    }
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
    let invitation = invitation_for(change, user_id, token)?;
    invitations::admit(change, invitation, user_id).map(drop)
}

/// A sign-in that accepts an invitation: at once, or at its end as at the official emulator.
fn invited(
    change: &mut Change<'_>,
    mut sign_in: SignIn,
    token: Option<&SecretString>,
) -> Answer<SignIn> {
    match token {
        Some(token) if change.drop_in => {
            invitation_for(change, &sign_in.user_id, token)?;
            sign_in.invitation_token = Some(token.clone());
        }
        token => accept_invitation(change, &sign_in.user_id, token)?,
    }
    Ok(sign_in)
}

/// The pending invitation with this token, which has to be for the user.
fn invitation_for(change: &Change<'_>, user_id: &str, token: &SecretString) -> Answer<Invitation> {
    let user = change.one::<User>(user_id)?.clone();
    let Some(invitation) = invitations::pending(change, token).cloned() else {
        let message = "The invitation is not pending.";
        return Err(Refusal::oauth("invitation_invalid", message));
    };
    if email(&invitation.email) != email(&user.email) {
        let message = "The invitation is for another email address.";
        return Err(Refusal::oauth("invitation_cannot_be_used_for_email", message));
    }
    Ok(invitation)
}

/// Accepts the invitation at the end of a sign-in. The session is for the organization of the
/// invitation if it has one.
pub(crate) fn accept_at_end(change: &mut Change<'_>, sign_in: &mut SignIn) -> Answer<()> {
    let Some(token) = &sign_in.invitation_token else { return Ok(()) };
    let invitation = invitation_for(change, &sign_in.user_id, token)?;
    sign_in.invitation_token = None;
    if let Some(id) = &invitation.organization_id {
        sign_in.organization_id = Some(id.clone());
    }
    invitations::admit(change, invitation, &sign_in.user_id).map(drop)
}

/// Whether the invitation of a sign-in says in which organization it is.
pub(crate) fn settles_organization(change: &Change<'_>, sign_in: &SignIn) -> bool {
    let invitation = sign_in.invitation_token.as_ref();
    let invitation = invitation.and_then(|token| invitations::pending(change, token));
    invitation.is_some_and(|invitation| invitation.organization_id.is_some())
}
