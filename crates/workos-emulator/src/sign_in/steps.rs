//! The steps of a sign-in. Each request brings it as far as it gets: to a session, or to what the
//! user has to do next, with a token that continues it.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use workos::{AuthenticationFactorType, RadarChallenge, SecretString, User};

use super::sessions::{self, Tokens, check_member};
use super::{codes, grants, mfa};
use crate::fields::fingerprint;
use crate::products::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, EmailCompletion, Method, PendingSignIn, SignIn, Store, StoredFactor};

/// How long a sign-in waits for its next step.
const STEP_LIFETIME: Duration = Duration::from_secs(10 * 60);
const TOKEN_CHARS: usize = 32;

/// Goes on with a sign-in: starts the session, or refuses with the next step.
pub(crate) fn proceed(change: &mut Change<'_>, sign_in: SignIn) -> Answer<Tokens> {
    let sign_in = advance(change, sign_in)?;
    sessions::start(change, sign_in)
}

/// Brings a sign-in to the point where its session can start, or refuses with the next step.
pub(crate) fn advance(change: &mut Change<'_>, sign_in: SignIn) -> Answer<SignIn> {
    let user: User = change.copy(&sign_in.user_id)?;
    if let Some(challenge) = challenge_of_radar(change, &sign_in) {
        let fields = [("radar_challenge_id", json!(challenge)), ("user", json!(user))];
        let message = "Radar challenged the sign-in. Enter the code that was sent by email.";
        return wait(change, sign_in, "radar_challenge", message, fields);
    }
    if !sign_in.is_trusted && change.sms_demands.get(&user.id).is_some() {
        let message = "Radar challenged the sign-in. Enter a code that is sent to a phone.";
        return wait(
            change,
            sign_in,
            "radar_sms_sign_in_challenge",
            message,
            [("user", json!(user))],
        );
    }
    if !user.email_verified && !sign_in.proves_address {
        let verification = codes::send_verification(change, &user)?;
        let fields =
            [("email", json!(user.email)), ("email_verification_id", json!(verification.id))];
        let message = "Email ownership must be verified before authentication.";
        return wait(change, sign_in, "email_verification_required", message, fields);
    }
    if !sign_in.has_second_factor && takes_second_factor(&sign_in.method) {
        let factors = apps(change, &user.id);
        if let Some(first) = factors.first() {
            let challenge = mfa::challenge(change, &first.id, Default::default())?;
            let factors = factors.iter().map(|row| json!({"id": row.id, "type": "totp"}));
            let fields = [
                ("authentication_challenge", json!(challenge)),
                ("authentication_factors", factors.collect()),
                ("user", json!(user)),
            ];
            let message = "The user must complete an MFA challenge to finish authenticating.";
            return wait(change, sign_in, "mfa_challenge", message, fields);
        }
    }
    in_organization(change, sign_in, &user)
}

/// The last step: the organization that the session is for.
fn in_organization(change: &mut Change<'_>, mut sign_in: SignIn, user: &User) -> Answer<SignIn> {
    if grants::settles_organization(change, &sign_in) {
        grants::accept_at_end(change, &mut sign_in)?;
    }
    if let Some(id) = &sign_in.organization_id {
        check_member(change, &user.id, id)?;
        return Ok(sign_in);
    }
    let organizations = organizations(change, &user.id);
    match organizations.as_slice() {
        [] => {}
        [(id, _)] => sign_in.organization_id = Some(id.clone()),
        several => {
            let several = several.iter().map(|(id, name)| json!({"id": id, "name": name}));
            let fields = [("organizations", several.collect()), ("user", json!(user))];
            let message = "The user must choose an organization to finish their authentication.";
            return wait(change, sign_in, "organization_selection_required", message, fields);
        }
    }
    Ok(sign_in)
}

/// Keeps the sign-in for its next step, and refuses with what that is.
fn wait<const N: usize>(
    change: &mut Change<'_>,
    sign_in: SignIn,
    code: &str,
    message: &str,
    fields: [(&str, Value); N],
) -> Answer<SignIn> {
    let token = keep_waiting(change, sign_in)?;
    change.keep()?;
    let refusal = Refusal::new(StatusCode::FORBIDDEN, code, message)
        .with("pending_authentication_token", token.expose());
    Err(fields.into_iter().fold(refusal, |refusal, (name, value)| refusal.with(name, value)))
}

/// Keeps a sign-in, and returns the token that continues it.
pub(crate) fn keep_waiting(change: &mut Change<'_>, sign_in: SignIn) -> Answer<SecretString> {
    let token = SecretString::from(change.token(TOKEN_CHARS));
    let (id, expires_at) = (change.id(PendingSignIn::PREFIX), change.now() + STEP_LIFETIME);
    change.put(PendingSignIn { id, token: fingerprint(&token), sign_in, expires_at })?;
    Ok(token)
}

/// Keeps a sign-in without an address, and refuses with the token to tell it with.
pub(crate) fn await_email(change: &mut Change<'_>, sign_in: SignIn) -> Answer<Tokens> {
    let token = SecretString::from(change.token(TOKEN_CHARS));
    let (id, expires_at) = (change.id(EmailCompletion::PREFIX), change.now() + STEP_LIFETIME);
    change.put(EmailCompletion { id, token: fingerprint(&token), sign_in, expires_at })?;
    change.keep()?;
    let message = "The provider did not supply an email address. Ask the user for it.";
    let refusal = Refusal::new(StatusCode::FORBIDDEN, "email_completion_required", message);
    Err(refusal.with("email_completion_token", token.expose()))
}

/// The sign-in that this token continues.
pub(crate) fn pending(change: &Change<'_>, token: &SecretString) -> Answer<PendingSignIn> {
    let found = change.pending_sign_ins.find("token", &fingerprint(token));
    let found = found.filter(|row| change.now() < row.expires_at);
    found.map(|row| PendingSignIn::clone(row)).ok_or_else(|| {
        let message = "The pending authentication token is invalid or has expired.";
        Refusal::bad_request("invalid_pending_authentication_token", message)
    })
}

/// Takes up a sign-in whose step was done. Its token does not work again.
pub(crate) fn resume(change: &mut Change<'_>, pending: PendingSignIn) -> Answer<SignIn> {
    change.remove::<PendingSignIn>(&pending.id)?;
    Ok(pending.sign_in)
}

/// The organizations that a user can sign in to: IDs and names.
pub(crate) fn organizations(store: &Store, user_id: &str) -> Vec<(String, String)> {
    let organizations = memberships::active_organizations(store, user_id);
    organizations.map(|one| (one.id.clone(), one.name.clone())).collect()
}

/// The authenticator apps of a user.
pub(crate) fn apps(store: &Store, user_id: &str) -> Vec<Arc<StoredFactor>> {
    let factors = store.auth_factors.by("user", user_id);
    factors.filter(|row| row.factor.type_ == AuthenticationFactorType::Totp).cloned().collect()
}

/// The challenge that Radar has for this sign-in.
fn challenge_of_radar(change: &Change<'_>, sign_in: &SignIn) -> Option<String> {
    let challenges = change.radar_challenges.by("user", &sign_in.user_id).rev();
    let mut open = challenges.filter(|one: &&Arc<RadarChallenge>| {
        change.now() < one.expires_at && change.met_challenges.get(&one.id).is_none()
    });
    open.next().filter(|_| !sign_in.is_trusted).map(|challenge| challenge.id.clone())
}

/// Whether a second factor is asked for. Identity providers ask for their own.
fn takes_second_factor(method: &Method) -> bool {
    matches!(method, Method::Password | Method::MagicAuth)
}
