//! `authenticate_or_refresh`: what a request gets with each session, in whole. Time is virtual.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Clock, Say, Scripted, answer, answer_with, fail, vectors};
use serde_json::{Value, json};
use workos::helpers::seal::{Layout, SealKeys, seal};
use workos::helpers::session::{RefreshError, Session, SessionOutcome, SignedOut};
use workos::transport::TransportError;
use workos::{Client, Error, SecretString};

const NOW: i64 = 1_772_366_400;

fn keys() -> SealKeys {
    SealKeys::new("a password of 32 characters, yes").unwrap()
}

fn vector(id: &str) -> Value {
    let all = vectors(include_str!("../vectors/jwts.json"));
    all.into_iter().find(|vector| vector["id"] == id).unwrap()
}

/// The cookie of a vector's token, with this in place of a field.
fn sealed_with(id: &str, field: &str, value: Value) -> SecretString {
    let vector = vector(id);
    let mut data = vector["inputs"]["cookie"].clone();
    data["access_token"] = vector["output"]["access_token"].clone();
    data["refresh_token"] = "refresh_1".into();
    data[field] = value;
    seal(&data, &keys()).unwrap()
}

fn sealed(id: &str) -> SecretString {
    sealed_with(id, "x", Value::Null)
}

/// A server with the keys of the vectors, whose answer to a refresh is this.
fn server(refresh: impl Fn() -> Say + Send + Sync + 'static) -> Arc<Scripted> {
    let jwks = vector("jwt/good")["inputs"]["jwks"].to_string();
    Scripted::new(move |request, _| match request.url.contains("/sso/jwks/") {
        true => answer(200, jwks.clone()),
        false => refresh(),
    })
}

fn new_tokens() -> Say {
    let vector = vector("jwt/good");
    let body = json!({
        "user": vector["inputs"]["cookie"]["user"], "organization_id": null,
        "access_token": vector["output"]["access_token"], "refresh_token": "refresh_2",
    });
    answer(200, body.to_string())
}

fn refused(status: u16, code: &str) -> Say {
    let body = json!({"code": code, "message": "No.", "error": code, "email": "a@example.com",
        "pending_authentication_token": "pending_1", "connection_ids": ["conn_1"]});
    answer(status, body.to_string())
}

fn client_at(server: &Arc<Scripted>, seconds: i64) -> Client {
    server.builder().client_id("client_1").runtime(Clock::at(seconds)).build()
}

fn session(server: &Arc<Scripted>, sealed: SecretString) -> Session {
    client_at(server, NOW).session(sealed, &keys())
}

/// An outcome in words: whether it is a new session, or why it is none, with `Retry-After`.
fn brief(outcome: &SessionOutcome) -> String {
    match outcome {
        SessionOutcome::SignedIn { session, refreshed: None, .. } => {
            format!("signed in as {}", session.user.as_ref().unwrap().email)
        }
        SessionOutcome::SignedIn { session, refreshed: Some(refreshed), .. } => {
            assert_eq!(refreshed.session(), Some(&**session));
            format!("refreshed: {}", refreshed.data.refresh_token.expose())
        }
        SessionOutcome::SignedOut(why) => format!("signed out: {why:?}"),
        SessionOutcome::StepRequired(error) => {
            format!("step: {}", error.error().and_then(Error::code).unwrap())
        }
        SessionOutcome::Unavailable { retry_after, error, .. } => {
            let kind = match error {
                RefreshError::Failed(error) if error.is_timeout() => "timeout",
                RefreshError::Failed(error) if matches!(**error, Error::Builder(_)) => "builder",
                RefreshError::Failed(_) => "failed",
                RefreshError::Configuration(_) => "configuration",
                _ => "another",
            };
            format!("unavailable: {kind} {retry_after:?}")
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_session_has_its_outcome() {
    const FINE: &str = "signed in as zoe@example.com";
    const NEW: &str = "refreshed: refresh_2";
    const EXPIRED: &str = "jwt/expired-long-ago";
    let stranger = json!({
        "object": "user", "id": "user_stranger", "email": "x@example.com", "email_verified": true,
        "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
    });
    let impersonator = json!({"email": "x@example.com", "reason": null});
    let without = |id| sealed_with(id, "refresh_token", "".into());
    type Case = (SecretString, fn() -> Say, &'static str, usize);
    let cases: Vec<Case> = vec![
        (sealed("jwt/good"), new_tokens, FINE, 0),
        (without("jwt/good"), new_tokens, FINE, 0),
        (SecretString::default(), new_tokens, "signed out: NoSession", 0),
        ("nonsense".into(), new_tokens, "signed out: InvalidSession", 0),
        (without(EXPIRED), new_tokens, "signed out: NoRefreshToken", 0),
        (without("jwt/wrong-key-own-kid"), new_tokens, "signed out: NoRefreshToken", 0),
        (sealed(EXPIRED), new_tokens, NEW, 1),
        (sealed("jwt/exp-equals-now"), new_tokens, NEW, 1),
        (sealed("jwt/wrong-key-own-kid"), new_tokens, NEW, 1),
        (sealed("jwt/signature-tampered"), new_tokens, NEW, 1),
        (sealed("jwt/alg-none"), new_tokens, NEW, 1),
        (sealed("jwt/not-a-token"), new_tokens, NEW, 1),
        (sealed("jwt/sub-other-user"), new_tokens, NEW, 1),
        (sealed_with("jwt/good", "user", stranger.clone()), new_tokens, NEW, 1),
        (sealed_with("jwt/good", "impersonator", impersonator), new_tokens, NEW, 1),
        (sealed(EXPIRED), || refused(400, "invalid_grant"), "signed out: Revoked", 1),
        (sealed(EXPIRED), || refused(403, "sso_required"), "signed out: Revoked", 1),
        (sealed(EXPIRED), || refused(403, "mfa_enrollment"), "signed out: Revoked", 1),
        (
            sealed(EXPIRED),
            || refused(403, "email_verification_required"),
            "step: email_verification_required",
            1,
        ),
        (sealed(EXPIRED), || answer(503, ""), "unavailable: failed None", 1),
        (
            sealed(EXPIRED),
            || answer_with(503, &[("retry-after", "7")], ""),
            "unavailable: failed Some(7s)",
            1,
        ),
        (
            sealed(EXPIRED),
            || answer_with(429, &[("retry-after", "90")], ""),
            "unavailable: failed Some(90s)",
            1,
        ),
        (sealed(EXPIRED), || answer(401, "{}"), "unavailable: failed None", 1),
        (sealed(EXPIRED), || fail(TransportError::reset), "unavailable: failed None", 2),
        (sealed(EXPIRED), || answer(200, "{}"), "unavailable: failed None", 1),
        (sealed(EXPIRED), || Say::Never, "unavailable: timeout None", 2),
    ];
    for (sealed, refresh, expected, refreshes) in cases {
        let server = server(refresh);
        let outcome = session(&server, sealed).authenticate_or_refresh().await;
        assert_eq!(brief(&outcome), expected);
        let is_signed_in = matches!(outcome, SessionOutcome::SignedIn { .. });
        assert_eq!(outcome.session().is_some(), is_signed_in);
        let sent = server.requests();
        let exchanges = sent.iter().filter(|request| request.url.ends_with("/authenticate"));
        assert_eq!(exchanges.count(), refreshes, "{expected}");
        let shown = format!("{outcome:?}");
        assert!(!shown.contains("refresh_1") && !shown.contains("eyJ"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_keys_or_a_suitable_password_nothing_is_known() {
    let server = Scripted::new(|_, _| answer_with(503, &[("retry-after", "9")], ""));
    let outcome = session(&server, sealed("jwt/good")).authenticate_or_refresh().await;
    assert_eq!(brief(&outcome), "unavailable: failed Some(9s)");

    let weak = SealKeys::with_layout(Layout::RubyV6, "ü".repeat(16)).unwrap();
    let client = client_at(&server, NOW);
    let outcome = client.session(sealed("jwt/good"), &weak).authenticate_or_refresh().await;
    assert_eq!(brief(&outcome), "unavailable: configuration None");
}

#[tokio::test(start_paused = true)]
async fn a_verifier_that_rejects_what_workos_issues_is_a_mistake_of_the_application() {
    let server = server(new_tokens);
    let client = client_at(&server, NOW);
    let verifier = client.token_verifier().issuer("https://elsewhere.example.com");
    for id in ["jwt/good", "jwt/expired-long-ago"] {
        let session = client.session(sealed(id), &keys()).verifier(verifier.clone());
        let outcome = session.authenticate_or_refresh().await;
        assert_eq!(brief(&outcome), "unavailable: builder None", "{id}");
    }
}

/// The token of the vector was issued a minute ago and expires in a second.
const SHORT: (&str, i64) = ("jwt/exp-in-1s", NOW + 1);
/// This one lives for decades.
const LONG: (&str, i64) = ("jwt/good", 4_102_444_800);

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_a_minute_before_its_end_and_a_short_one_half_a_minute() {
    for ((id, exp), left, is_refreshed) in [
        (LONG, 61, false),
        (LONG, 60, true),
        (LONG, 1, true),
        (SHORT, 31, false),
        (SHORT, 30, true),
        (SHORT, 1, true),
    ] {
        // The new token has to be valid at that time, too.
        let server = server(|| refused(400, "invalid_grant"));
        let client = client_at(&server, exp - left);
        let outcome = client.session(sealed(id), &keys()).authenticate_or_refresh().await;
        let expected =
            if is_refreshed { "signed out: Revoked" } else { "signed in as zoe@example.com" };
        assert_eq!(brief(&outcome), expected, "{id} {left}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_early_refresh_harms_no_request() {
    const OLD: &str = "signed in as zoe@example.com";
    type Case = (fn() -> Say, &'static str, u64);
    let cases: Vec<Case> = vec![
        (new_tokens, "refreshed: refresh_2", 0),
        (|| new_tokens().later(Duration::from_millis(999)), "refreshed: refresh_2", 999),
        (|| new_tokens().later(Duration::from_millis(1001)), OLD, 1000),
        (|| Say::Never, OLD, 1000),
        (|| answer(503, ""), OLD, 0),
        (|| answer(401, "{}"), OLD, 0),
        (|| fail(TransportError::connect), OLD, 1000),
        (|| refused(403, "email_verification_required"), OLD, 0),
        (|| refused(400, "invalid_grant"), "signed out: Revoked", 0),
        (|| refused(403, "sso_required"), "signed out: Revoked", 0),
    ];
    for (refresh, expected, millis) in cases {
        let server = server(refresh);
        let session = session(&server, sealed(SHORT.0));
        let start = tokio::time::Instant::now();
        let outcome = session.authenticate_or_refresh().await;
        let waited = start.elapsed();
        assert_eq!(brief(&outcome), expected);
        assert!(waited <= Duration::from_millis(millis), "{expected} after {waited:?}");
    }
    let server = server(new_tokens);
    let without = sealed_with(SHORT.0, "refresh_token", "".into());
    let outcome = session(&server, without).authenticate_or_refresh().await;
    assert_eq!(brief(&outcome), OLD);
}

#[tokio::test(start_paused = true)]
async fn what_an_early_refresh_brings_too_late_a_later_request_gets() {
    let server = server(|| new_tokens().later(Duration::from_secs(3)));
    let session = session(&server, sealed(SHORT.0));
    let first = session.authenticate_or_refresh().await;
    assert_eq!(brief(&first), "signed in as zoe@example.com");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let second = session.authenticate_or_refresh().await;
    assert_eq!(brief(&second), "refreshed: refresh_2");
    let sent = server.requests();
    let exchanges = sent.iter().filter(|request| request.url.ends_with("/authenticate"));
    assert_eq!(exchanges.count(), 1);
}

/// What a framework matches on can be compared.
#[test]
fn reasons_to_be_signed_out_are_distinct() {
    let all = [
        SignedOut::NoSession,
        SignedOut::InvalidSession,
        SignedOut::NoRefreshToken,
        SignedOut::Revoked,
    ];
    for (at, one) in all.iter().enumerate() {
        assert_eq!(all.iter().position(|other| other == one), Some(at));
    }
}
