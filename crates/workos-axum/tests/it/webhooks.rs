//! Webhooks: what is accepted, and what each refusal says.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::routing::post;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};
use workos::helpers::webhooks::{WebhookVerifier, compute_webhook_signature};
use workos::{EventData, Timestamp};
use workos_axum::Webhook;

use crate::browser::answer_of;

pub(crate) const NOW: i64 = 1_772_366_400_000;
pub(crate) const MIB: usize = 1024 * 1024;
const SECRET: &str = "whsec_1";

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new(SECRET).with_clock(|| Timestamp::from_millis(NOW))
}

fn app(verifier: WebhookVerifier) -> Router {
    let receive = async |Webhook(event): Webhook| match event.data {
        EventData::UserCreated(user) => format!("{} {}", event.id, user.email),
        other => format!("{} {:?}", event.id, other.name()),
    };
    Router::new().route("/", post(receive)).with_state(verifier)
}

/// A known event of this many bytes.
fn event(bytes: usize) -> String {
    let event = |padding: String| {
        json!({
            "object": "event",
            "id": "event_1",
            "event": "user.created",
            "created_at": "2026-03-01T12:00:00.000Z",
            "data": {
                "object": "user",
                "id": "user_ada",
                "email": "ada@example.com",
                "created_at": "2026-03-01T12:00:00.000Z",
                "updated_at": "2026-03-01T12:00:00.000Z",
            },
            "padding": padding,
        })
        .to_string()
    };
    let least = event(String::new()).len();
    event("x".repeat(bytes.saturating_sub(least)))
}

pub(crate) fn header(secret: &str, at: i64, body: impl AsRef<[u8]>) -> String {
    let signature = compute_webhook_signature(secret, at.to_string(), body);
    format!("t={at}, v1={signature}")
}

pub(crate) fn signed(secret: &str, body: impl Into<Bytes>) -> Request<Body> {
    let body = body.into();
    let header = header(secret, NOW, &body);
    Request::post("/").header("WorkOS-Signature", header).body(Body::from(body)).unwrap()
}

/// Status and body of the response.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = answer_of(app, request).await;
    (answer.status, answer.body)
}

/// A response that says what is wrong.
pub(crate) fn refused(status: StatusCode, code: &str, message: &str) -> (StatusCode, Value) {
    (status, json!({"code": code, "message": message}))
}

pub(crate) async fn refusal(app: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let answer = answer_of(app, request).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn the_event_of_a_signed_webhook_is_received() {
    let received = send(&app(verifier()), signed(SECRET, event(0))).await;
    assert_eq!(received, (StatusCode::OK, "event_1 ada@example.com".to_owned()));
}

#[tokio::test]
async fn an_event_that_the_sdk_does_not_know_is_received_so_that_workos_stops_sending_it() {
    let body = json!({"object": "event", "id": "event_2", "event": "moon.risen", "data": {},
        "created_at": "2026-03-01T12:00:00.000Z"});
    let (status, body) = send(&app(verifier()), signed(SECRET, body.to_string())).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.starts_with("event_2 "), "{body}");
}

#[tokio::test]
async fn a_state_of_your_own_has_the_verifier() {
    #[derive(Clone)]
    struct AppState {
        webhooks: WebhookVerifier,
    }

    impl FromRef<AppState> for WebhookVerifier {
        fn from_ref(state: &AppState) -> Self {
            state.webhooks.clone()
        }
    }

    let receive = async |Webhook(event): Webhook| event.id;
    let app = Router::new().route("/", post(receive));
    let app = app.with_state(AppState { webhooks: verifier() });
    assert_eq!(send(&app, signed(SECRET, event(0))).await, (StatusCode::OK, "event_1".into()));
}

#[tokio::test]
async fn a_body_may_have_one_mebibyte_and_no_byte_more() {
    let app = app(verifier());
    let (status, body) = send(&app, signed(SECRET, event(MIB))).await;
    assert_eq!((status, &*body), (StatusCode::OK, "event_1 ada@example.com"));
    let too_large =
        refused(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too large");
    assert_eq!(refusal(&app, signed(SECRET, event(MIB + 1))).await, too_large);
}

#[tokio::test]
async fn a_smaller_limit_of_axum_counts_and_a_larger_one_does_not() {
    let too_large = StatusCode::PAYLOAD_TOO_LARGE;
    for (limit, bytes, status) in [
        (DefaultBodyLimit::max(1000), 1000, StatusCode::OK),
        (DefaultBodyLimit::max(1000), 1001, too_large),
        (DefaultBodyLimit::disable(), MIB, StatusCode::OK),
        (DefaultBodyLimit::disable(), MIB + 1, too_large),
    ] {
        let app = app(verifier()).layer(limit);
        assert_eq!(send(&app, signed(SECRET, event(bytes))).await.0, status, "{bytes}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_body_that_never_ends() {
    let app = app(verifier());
    let begin = Bytes::from_static(b"{");
    let silent = stream::iter([Ok::<_, Infallible>(begin.clone())]).chain(stream::pending());
    let slow = stream::repeat(begin).then(async |chunk| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(chunk)
    });
    for body in [Body::from_stream(silent), Body::from_stream(slow)] {
        let start = tokio::time::Instant::now();
        let request = signed(SECRET, "{").map(|_| body);
        assert_eq!(
            refusal(&app, request).await,
            refused(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                "the body took too long to arrive"
            )
        );
        let waited = start.elapsed();
        assert!(waited.abs_diff(Duration::from_secs(10)) < Duration::from_millis(10), "{waited:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let chunks = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("connection reset"))];
    let request = signed(SECRET, "{").map(|_| Body::from_stream(stream::iter(chunks)));
    assert_eq!(
        refusal(&app(verifier()), request).await,
        refused(StatusCode::BAD_REQUEST, "body_incomplete", "the body did not arrive completely")
    );
}

#[tokio::test]
async fn without_a_signature_the_body_is_not_even_read() {
    let app = app(verifier());
    let not_signed = refused(
        StatusCode::BAD_REQUEST,
        "invalid_signature",
        "the request is not signed: the header WorkOS-Signature is empty",
    );
    let malformed = refused(
        StatusCode::BAD_REQUEST,
        "invalid_signature",
        "the header WorkOS-Signature is not of the form `t=…, v1=…`",
    );
    let never = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let with = |values: &[&[u8]]| {
        let mut request = Request::post("/").body(never()).unwrap();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append("workos-signature", value);
        }
        request
    };
    let right = header(SECRET, NOW, event(0));
    for (request, expected) in [
        (with(&[]), &not_signed),
        (with(&[b""]), &not_signed),
        (with(&[b"sha256=abc"]), &malformed),
        (with(&[b"t=1"]), &malformed),
        (with(&["t=1, v1=\u{fc}".as_bytes()]), &malformed),
        (with(&[right.as_bytes(), right.as_bytes()]), &malformed),
    ] {
        assert_eq!(&refusal(&app, request).await, expected);
    }
}

#[tokio::test]
async fn what_another_secret_signed_or_somebody_changed_is_refused() {
    let app = app(verifier());
    let expected = refused(
        StatusCode::BAD_REQUEST,
        "invalid_signature",
        "no signature matches: check the secret, and that the body is the one received, byte for \
         byte",
    );
    assert_eq!(refusal(&app, signed("whsec_2", event(0))).await, expected);
    let changed = signed(SECRET, event(0)).map(|_| Body::from(event(0) + " "));
    assert_eq!(refusal(&app, changed).await, expected);
    // Nothing is parsed before the signature is right.
    assert_eq!(refusal(&app, signed("whsec_2", "no JSON")).await, expected);
}

#[tokio::test]
async fn a_webhook_is_accepted_within_the_tolerance_and_refused_after_it() {
    let replayed = refused(
        StatusCode::BAD_REQUEST,
        "invalid_signature",
        "the timestamp in the header WorkOS-Signature is too far from the current time",
    );
    for (seconds, later, is_accepted) in
        [(180, 180_000, true), (180, 180_001, false), (7, 7_000, true), (7, 7_001, false)]
    {
        let verifier = WebhookVerifier::new(SECRET)
            .with_tolerance(Duration::from_secs(seconds))
            .with_clock(move || Timestamp::from_millis(NOW + later));
        let app = app(verifier);
        if is_accepted {
            assert_eq!(send(&app, signed(SECRET, event(0))).await.0, StatusCode::OK, "{later}");
        } else {
            assert_eq!(refusal(&app, signed(SECRET, event(0))).await, replayed, "{later}");
        }
    }
}

#[tokio::test]
async fn a_signed_body_that_is_no_event_is_refused_and_not_quoted() {
    let app = app(verifier());
    for (body, place) in [
        (&b"private text"[..], "line 1, column 1"),
        (b"\xff", "byte 1, which is not UTF-8"),
        (br#"{"id":"event_1","data":{"email":"private"}}"#, "event, which is missing"),
    ] {
        let message = format!("the signed body is not a valid event, at {place}");
        assert_eq!(
            refusal(&app, signed(SECRET, body)).await,
            refused(StatusCode::BAD_REQUEST, "invalid_payload", &message)
        );
    }
}

#[tokio::test]
async fn without_a_secret_of_our_own_the_mistake_is_ours() {
    let app = app(WebhookVerifier::new(""));
    assert_eq!(
        refusal(&app, signed("", event(0))).await,
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "misconfigured",
            "the secret is empty; is the variable set?"
        )
    );
}
