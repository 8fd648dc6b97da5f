//! Actions: what is accepted, and that WorkOS can trust the responses.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::routing::post;
use futures_util::stream;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use workos::Timestamp;
use workos::helpers::actions::ActionsHelper;
use workos::helpers::webhooks::compute_webhook_signature;
use workos_axum::{Action, ActionVerifier};

use crate::browser::answer_of;
use crate::webhooks::{MIB, NOW, refusal, refused, send, signed};

const SECRET: &str = "action-secret";

fn verifier(secret: &str, now: i64) -> ActionVerifier {
    let helper = ActionsHelper::new().with_clock(move || Timestamp::from_millis(now));
    ActionVerifier::new(secret).with_helper(helper)
}

fn app(verifier: ActionVerifier) -> Router {
    let decide = async |action: Action| -> Response {
        let context = &action.context;
        let address = context.user().map(|user| &user.email);
        let address = address.or(context.user_data().map(|data| &data.email));
        if address.is_some_and(|address| address.ends_with("@example.com")) {
            action.allow()
        } else {
            action.deny("For employees only.")
        }
    };
    Router::new().route("/", post(decide)).with_state(verifier)
}

fn sign_up(email: &str) -> Value {
    json!({
        "object": "user_registration_action_context",
        "id": "actctx_1",
        "user_data": {"object": "user_data", "email": email},
    })
}

fn sign_in(email: &str) -> Value {
    json!({
        "object": "authentication_action_context",
        "id": "actctx_2",
        "user": {
            "object": "user",
            "id": "user_1",
            "email": email,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
        },
    })
}

/// What WorkOS gets: the response, whose signature it checks.
async fn decision(context: &Value) -> Value {
    let app = app(verifier(SECRET, NOW));
    let answer = answer_of(&app, signed(SECRET, context.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let mut decision = answer.json();
    let signature = decision.as_object_mut().unwrap().remove("signature").unwrap();
    // The payload is signed as it is sent.
    let (_, payload) = answer.body.split_once("\"payload\":").unwrap();
    let payload = &payload[..=payload.find('}').unwrap()];
    assert_eq!(signature, compute_webhook_signature(SECRET, NOW.to_string(), payload));
    decision
}

#[tokio::test]
async fn workos_gets_a_signed_decision() {
    let payload = |verdict| json!({"timestamp": NOW, "verdict": verdict});
    let denied =
        json!({"timestamp": NOW, "verdict": "Deny", "error_message": "For employees only."});
    for (context, object) in [
        (sign_in as fn(&str) -> Value, "authentication_action_response"),
        (sign_up, "user_registration_action_response"),
    ] {
        assert_eq!(
            decision(&context("ada@example.com")).await,
            json!({"object": object, "payload": payload("Allow")})
        );
        assert_eq!(
            decision(&context("eve@evil.example")).await,
            json!({"object": object, "payload": denied})
        );
    }
}

#[tokio::test]
async fn an_empty_message_is_left_out() {
    let app = Router::new().route("/", post(async |action: Action| action.deny("")));
    let app = app.with_state(verifier(SECRET, NOW));
    let (_, body) = send(&app, signed(SECRET, sign_up("ada@example.com").to_string())).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["payload"], json!({"timestamp": NOW, "verdict": "Deny"}));
}

#[tokio::test]
async fn an_action_is_accepted_for_half_a_minute() {
    let body = sign_up("ada@example.com").to_string();
    let accepted = send(&app(verifier(SECRET, NOW + 30_000)), signed(SECRET, body.clone())).await;
    assert_eq!(accepted.0, StatusCode::OK);
    assert_eq!(
        refusal(&app(verifier(SECRET, NOW + 30_001)), signed(SECRET, body)).await,
        refused(
            StatusCode::BAD_REQUEST,
            "invalid_signature",
            "the timestamp in the header WorkOS-Signature is too far from the current time",
        )
    );
}

#[tokio::test]
async fn what_is_not_an_action_of_workos_is_refused() {
    let app = app(verifier(SECRET, NOW));
    let body = sign_up("ada@example.com").to_string();
    let unsigned = Request::post("/").body(Body::from(body.clone())).unwrap();
    assert_eq!(
        refusal(&app, unsigned).await,
        refused(
            StatusCode::BAD_REQUEST,
            "invalid_signature",
            "the request is not signed: the header WorkOS-Signature is empty",
        )
    );
    assert_eq!(
        refusal(&app, signed("another-secret", body)).await,
        refused(
            StatusCode::BAD_REQUEST,
            "invalid_signature",
            "no signature matches: check the secret, and that the body is the one received, byte \
             for byte",
        )
    );
    let incomplete = json!({"object": "user_registration_action_context", "id": "private"});
    assert_eq!(
        refusal(&app, signed(SECRET, incomplete.to_string())).await,
        refused(
            StatusCode::BAD_REQUEST,
            "invalid_payload",
            "the body is not a valid action context, at user_data, which is missing",
        )
    );
    let unknown = json!({"object": "moon_rise_action_context", "id": "actctx_3"});
    assert_eq!(
        refusal(&app, signed(SECRET, unknown.to_string())).await,
        refused(
            StatusCode::NOT_IMPLEMENTED,
            "unknown_action",
            "this application does not know this kind of action",
        )
    );
}

#[tokio::test]
async fn without_a_secret_of_our_own_the_mistake_is_ours() {
    let request = signed("", sign_up("ada@example.com").to_string());
    assert_eq!(
        refusal(&app(verifier("", NOW)), request).await,
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "misconfigured",
            "the secret is empty; is the variable set?"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn bodies_have_the_limits_of_webhooks() {
    let app = app(verifier(SECRET, NOW));
    let mut context = sign_up("ada@example.com");
    context["padding"] = "".into();
    let least = context.to_string().len();
    for (bytes, status) in [(MIB, StatusCode::OK), (MIB + 1, StatusCode::PAYLOAD_TOO_LARGE)] {
        context["padding"] = "x".repeat(bytes - least).into();
        assert_eq!(send(&app, signed(SECRET, context.to_string())).await.0, status);
    }
    let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let start = tokio::time::Instant::now();
    let (status, _) = send(&app, signed(SECRET, "{").map(|_| never)).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert!(start.elapsed() <= Duration::from_millis(10_010), "{:?}", start.elapsed());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", ActionVerifier::new(SECRET));
    assert_eq!(shown, "ActionVerifier { helper: ActionsHelper { tolerance: 30s, .. }, .. }");
}
