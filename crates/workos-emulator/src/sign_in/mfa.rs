//! Second factors: enrolling and challenging them, and checking their codes.

use workos::multi_factor_auth::*;
use workos::{ObjectType, SecretString, User};

use super::codes::{CODE_LIFETIME, MAX_WRONG_CODES, is_over};
use super::{qr, totp};
use crate::fields::check_phone_number;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, StoredChallenge, StoredFactor};

const SECRET_BYTES: usize = 20;
/// The name that authenticator apps show by default.
const TEAM: &str = "WorkOS Emulator";
const SMS_TEMPLATE: &str = "Your verification code is {{code}}.";

/// Enrolls a factor of any type, for a user or without one.
pub(crate) fn enroll(
    change: &mut Change<'_>,
    input: EnrollAuthenticationFactor,
) -> Answer<AuthenticationFactor> {
    input.user_id.as_deref().map(|id| change.one::<User>(id)).transpose()?;
    let mut factor = new_factor(change, input.user_id);
    match input.factor {
        NewAuthenticationFactor::Sms { phone_number } => {
            check_phone_number(&phone_number)?;
            factor.type_ = AuthenticationFactorType::Sms;
            factor.sms.get_or_insert_default().phone_number = phone_number;
            store(change, factor, None)
        }
        NewAuthenticationFactor::Totp { totp_issuer, totp_user } => {
            enroll_app(change, factor, totp_issuer, totp_user, None)
        }
        _ => {
            factor.type_ = AuthenticationFactorType::GenericOtp;
            store(change, factor, None)
        }
    }
}

/// Enrolls an authenticator app of a user, and challenges it.
pub(crate) fn enroll_for_user(
    change: &mut Change<'_>,
    user_id: &str,
    input: EnrollUserAuthenticationFactor,
) -> Answer<UserAuthenticationFactorEnrollResponse> {
    let email = change.one::<User>(user_id)?.email.clone();
    let factor = new_factor(change, Some(user_id.to_owned()));
    let issuer = input.totp_issuer.unwrap_or_else(|| TEAM.to_owned());
    let user = input.totp_user.unwrap_or(email);
    let factor = enroll_app(change, factor, issuer, user, input.totp_secret)?;
    let mut response = UserAuthenticationFactorEnrollResponse::default();
    response.authentication_challenge = challenge(change, &factor.id, Default::default())?;
    response.authentication_factor = factor;
    Ok(response)
}

/// A new factor without a type; not stored yet.
fn new_factor(change: &mut Change<'_>, user_id: Option<String>) -> AuthenticationFactor {
    let mut factor = AuthenticationFactor::default();
    factor.object = ObjectType::AuthenticationFactor;
    factor.id = change.id(StoredFactor::PREFIX);
    factor.user_id = user_id;
    factor.created_at = change.now();
    factor.updated_at = change.now();
    factor
}

/// Enrolls an authenticator app. Only what this returns has the secret.
fn enroll_app(
    change: &mut Change<'_>,
    mut factor: AuthenticationFactor,
    issuer: String,
    user: String,
    secret: Option<SecretString>,
) -> Answer<AuthenticationFactor> {
    let bytes = match secret {
        Some(given) => totp::from_base32(given.expose()).ok_or_else(|| {
            let invalid = Invalid::new("totp_secret", "invalid", "must be a secret in Base32.");
            Refusal::invalid(&[invalid])
        })?,
        None => change.bytes::<SECRET_BYTES>().to_vec(),
    };
    let secret = SecretString::from(totp::to_base32(&bytes));
    let uri = totp::uri(&issuer, &user, secret.expose());
    let qr_code = qr::data_url(&uri).ok_or_else(|| {
        let message = "is too long for a QR code.";
        Refusal::invalid(&[Invalid::new("totp_issuer", "invalid", message)])
    })?;
    factor.type_ = AuthenticationFactorType::Totp;
    let app = factor.totp.get_or_insert_default();
    (app.issuer, app.user) = (issuer, user);
    let mut factor = store(change, factor, Some(secret.clone()))?;
    let app = factor.totp.get_or_insert_default();
    (app.secret, app.uri, app.qr_code) = (Some(secret), Some(uri.into()), Some(qr_code.into()));
    Ok(factor)
}

fn store(
    change: &mut Change<'_>,
    factor: AuthenticationFactor,
    secret: Option<SecretString>,
) -> Answer<AuthenticationFactor> {
    let row = StoredFactor { id: factor.id.clone(), factor, secret, used_step: None };
    change.insert(row).map(|row| row.factor.clone())
}

/// Challenges a factor. Sends a code by SMS, or returns the one that the application delivers; an
/// authenticator app has its own.
pub(crate) fn challenge(
    change: &mut Change<'_>,
    factor_id: &str,
    input: ChallengeAuthenticationFactor,
) -> Answer<AuthenticationChallenge> {
    let factor = change.one::<StoredFactor>(factor_id)?.factor.clone();
    let mut challenge = AuthenticationChallenge::default();
    challenge.object = ObjectType::AuthenticationChallenge;
    challenge.id = change.id(StoredChallenge::PREFIX);
    challenge.authentication_factor_id = factor.id;
    challenge.created_at = change.now();
    challenge.updated_at = change.now();
    let mut code = None;
    if change.drop_in {
        challenge.expires_at = Some(change.now() + CODE_LIFETIME);
    }
    if factor.type_ != AuthenticationFactorType::Totp {
        let phone = factor.sms.as_ref().map_or("", |phone| phone.phone_number.as_str());
        let drawn = change.code_for(phone);
        challenge.expires_at = Some(change.now() + CODE_LIFETIME);
        if let Some(phone) = factor.sms {
            let template = input.sms_template.as_deref().unwrap_or(SMS_TEMPLATE);
            let text = template.replace("{{code}}", &drawn);
            change.text(&phone.phone_number, text, &drawn, &challenge.id);
        } else {
            challenge.code = Some(drawn.clone().into());
        }
        code = Some(drawn.into());
    }
    let id = challenge.id.clone();
    let row = StoredChallenge { id, challenge, code, wrong_codes: 0, is_verified: false };
    change.insert(row).map(|row| row.challenge.clone())
}

/// Checks the code of a challenge, which ends with the right one. Counts the wrong ones.
pub(crate) fn verify(
    change: &mut Change<'_>,
    id: &str,
    input: VerifyChallenge,
) -> Answer<AuthenticationChallengeVerifyResponse> {
    let mut row: StoredChallenge = change.copy(id)?;
    check_open(change, &row)?;
    let valid = use_code(change, &row, &input.code)?;
    if valid {
        row.is_verified = true;
        row.challenge.updated_at = change.now();
    } else {
        row.wrong_codes += 1;
    }
    let mut response = AuthenticationChallengeVerifyResponse::default();
    response.challenge = change.put(row)?.challenge.clone();
    response.valid = valid;
    Ok(response)
}

/// Whether a challenge still waits for its code.
fn check_open(change: &Change<'_>, row: &StoredChallenge) -> Answer<()> {
    let refuse = |code, end| {
        let message = format!("The authentication challenge '{}' has {end}.", row.id);
        Err(Refusal::unprocessable(code, message))
    };
    if row.is_verified {
        return refuse("authentication_challenge_previously_verified", "already been verified");
    }
    if row.challenge.expires_at.is_some_and(|expires_at| is_over(change, expires_at)) {
        return refuse("authentication_challenge_expired", "expired");
    }
    if row.wrong_codes >= MAX_WRONG_CODES {
        let message = "Too many wrong codes; challenge the factor again.";
        return Err(Refusal::bad_request("one_time_code_too_many_attempts", message));
    }
    Ok(())
}

/// Whether this is the code. One of an authenticator app is used up with it, for all challenges.
fn use_code(change: &mut Change<'_>, row: &StoredChallenge, given: &SecretString) -> Answer<bool> {
    if let Some(code) = &row.code {
        return Ok(code == given);
    }
    let mut factor: StoredFactor = change.copy(&row.challenge.authentication_factor_id)?;
    let secret = factor.secret.as_ref().and_then(|secret| totp::from_base32(secret.expose()));
    let step =
        secret.and_then(|secret| totp::find_step(&secret, given, change.now(), factor.used_step));
    if step.is_some() {
        factor.used_step = step;
        change.put(factor)?;
    }
    Ok(step.is_some())
}
