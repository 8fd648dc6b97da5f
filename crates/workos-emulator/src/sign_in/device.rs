//! The sign-in of devices without a browser (RFC 8628).

use std::time::Duration;

use workos::user_management::DeviceAuthorizationResponse;
use workos::{SecretString, Timestamp, User};

use super::codes::is_over;
use super::sessions::invalid_grant;
use crate::fields::fingerprint;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Decision, DeviceAuthorization, Method, SignIn, Store};

const LIFETIME: Duration = Duration::from_secs(15 * 60);
const INTERVAL_SECONDS: u64 = 5;
/// By how much longer a device has to wait after a poll that came too early.
const SLOWER_BY_SECONDS: u64 = 5;
const DEVICE_CODE_CHARS: usize = 43;
/// Letters that are not mistaken for others, and form no words.
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Starts the sign-in of a device.
pub(crate) fn authorize(
    change: &mut Change<'_>,
    client_id: &str,
) -> Answer<DeviceAuthorizationResponse> {
    let device_code = SecretString::from(change.token(DEVICE_CODE_CHARS));
    let user_code = user_code(change);
    let row = DeviceAuthorization {
        id: change.id(DeviceAuthorization::PREFIX),
        device_code: fingerprint(&device_code),
        user_code: user_code.clone(),
        client_id: client_id.to_owned(),
        expires_at: change.now() + LIFETIME,
        interval_seconds: INTERVAL_SECONDS,
        polled_at: None,
        decision: Decision::Open,
    };
    change.put(row)?;
    let uri = format!("{}/device", change.origin());
    let mut response = DeviceAuthorizationResponse::default();
    response.device_code = device_code;
    response.verification_uri_complete = Some(format!("{uri}?user_code={user_code}").into());
    response.verification_uri = uri;
    response.user_code = user_code.into();
    response.expires_in = LIFETIME.as_secs_f64();
    response.interval = Some(INTERVAL_SECONDS as f64);
    Ok(response)
}

/// Eight letters in two groups.
fn user_code(change: &mut Change<'_>) -> String {
    let bytes: [u8; 8] = change.bytes();
    let letter = |byte: u8| {
        let letter = USER_CODE_LETTERS.get(usize::from(byte) % USER_CODE_LETTERS.len());
        char::from(letter.copied().unwrap_or(b'B'))
    };
    let letters: Vec<_> = bytes.into_iter().map(letter).collect();
    let (first, second) = letters.split_at(4);
    first.iter().chain(&['-']).chain(second).collect()
}

/// The device that waits with this code, however it was typed.
pub(crate) fn waiting(
    store: &Store,
    now: Timestamp,
    user_code: &str,
) -> Answer<DeviceAuthorization> {
    let mut letters: Vec<_> = user_code
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if letters.len() == 8 {
        letters.insert(4, '-');
    }
    let code: String = letters.into_iter().collect();
    let found = store.device_authorizations.find("user_code", &code);
    let found = found.filter(|row| now < row.expires_at && matches!(row.decision, Decision::Open));
    found.map(|row| DeviceAuthorization::clone(row)).ok_or_else(|| {
        let message = "The code is wrong, has expired, or was used before.";
        Refusal::bad_request("invalid_user_code", message)
    })
}

/// Lets a device in as this user, without further steps.
pub(crate) fn approve(change: &mut Change<'_>, user_code: &str, user_id: &str) -> Answer<()> {
    change.one::<User>(user_id)?;
    let client_id = waiting(change, change.now(), user_code)?.client_id;
    let sign_in = SignIn::new(user_id, &client_id, Method::Password).complete();
    decide(change, user_code, Decision::Approved(Box::new(sign_in)))
}

/// Decides about the device that waits with this code.
pub(crate) fn decide(change: &mut Change<'_>, user_code: &str, decision: Decision) -> Answer<()> {
    let row = waiting(change, change.now(), user_code)?;
    change.put(DeviceAuthorization { decision, ..row }).map(drop)
}

/// What a poll brings: the sign-in that the user allowed.
pub(crate) fn poll(
    change: &mut Change<'_>,
    client_id: &str,
    device_code: &SecretString,
) -> Answer<SignIn> {
    let found = change.device_authorizations.find("device_code", &fingerprint(device_code));
    let Some(row) = found.filter(|row| row.client_id == client_id || change.drop_in).cloned()
    else {
        return Err(invalid_grant("The device code is not valid."));
    };
    let mut row = DeviceAuthorization::clone(&row);
    if is_over(change, row.expires_at) {
        return Err(Refusal::oauth("expired_token", "The device code has expired."));
    }
    match row.decision.clone() {
        Decision::Approved(sign_in) => {
            row.decision = Decision::Used;
            change.put(row)?;
            Ok(*sign_in)
        }
        Decision::Denied => Err(Refusal::oauth("access_denied", "The user denied the request.")),
        Decision::Used => Err(invalid_grant("The device code was used before.")),
        Decision::Open => {
            let interval = Duration::from_secs(row.interval_seconds);
            let is_early = row.polled_at.is_some_and(|at| change.now() < at + interval);
            row.polled_at = Some(change.now());
            if is_early {
                row.interval_seconds += SLOWER_BY_SECONDS;
            }
            let wait = row.interval_seconds;
            change.put(row)?;
            change.keep()?;
            Err(if is_early {
                Refusal::oauth("slow_down", &format!("Wait {wait} seconds between polls."))
            } else {
                Refusal::oauth("authorization_pending", "The user has not decided yet.")
            })
        }
    }
}
