//! What the examples share: a stand-in for WorkOS, and time that passes at once.
//!
//! The emulator does not serve sign-ins and key sets yet. An example that needs them simulates them:
//! it gives [`StandIn`] a function from requests to responses. So do the examples of events, flags
//! and data keys, which the emulator serves: their function decides what happens and when.
//! Everything on the client's side of the wire is real. To use another server, change the line with
//! `.transport(StandIn::new(..))`: to `.transport(emulator.transport())` for an emulator, or remove
//! it for WorkOS. What the example makes up, such as the code of a sign-in, then comes from the
//! server.
//!
//! It also shows how to write a transport: [`HttpTransport`] has one method that matters.

#![allow(dead_code)] // no example needs all of it
#![allow(clippy::print_stdout)] // shows the requests to WorkOS

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TransportError,
};
use workos::{DEFAULT_BASE_URL, Timestamp};

/// Maps a request, such as `GET /events?limit=2`, and its body to a status and a response body.
type Answer = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

/// Sends requests to a function.
pub(crate) struct StandIn {
    answer: Box<Answer>,
}

impl StandIn {
    pub(crate) fn new(
        answer: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { answer: Box::new(answer) })
    }
}

#[async_trait::async_trait]
impl HttpTransport for StandIn {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let body = match &req.body {
            Some(json) => serde_json::from_slice(json).map_err(TransportError::other)?,
            None => Value::Null,
        };
        let path = req.url.strip_prefix(DEFAULT_BASE_URL).unwrap_or(&req.url);
        let request = format!("{} {path}", req.method);
        sleep(Duration::from_millis(50)).await; // the round trip
        let (status, answer) = (self.answer)(&request, &body);
        println!("   -> {}: {status}", request.split('?').next().unwrap_or_default());
        Ok(HttpResponse {
            status: http::StatusCode::from_u16(status).map_err(TransportError::other)?,
            headers: http::HeaderMap::new(),
            body: answer.to_string().into(),
        })
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(Clock { start: Instant::now() })
    }
}

/// A clock that starts on 1 March 2026 at 11:59, when the tokens below were issued. The examples
/// start with tokio's time paused: a wait ends as soon as there is nothing else to do.
struct Clock {
    start: Instant,
}

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_772_366_340_000) + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        tokio::spawn(task);
        None
    }
}

/// The response to a request that the example did not expect.
pub(crate) fn not_played(request: &str) -> (u16, Value) {
    (501, json!({ "message": format!("this example does not simulate {request}") }))
}

/// A string field of a JSON object; empty if it is missing.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The user of the access tokens.
pub(crate) fn ada() -> Value {
    json!({
        "object": "user", "id": "user_01BD77JRA3KPKMYDZA9WSKF4J0", "email": "ada@example.com",
        "email_verified": true, "first_name": "Ada", "last_name": "Byron",
        "created_at": "2026-01-02T03:04:05.678Z", "updated_at": "2026-01-02T03:04:05.678Z",
    })
}

/// The response to a sign-in or a refresh.
pub(crate) fn session(access_token: &str, refresh_token: &str) -> (u16, Value) {
    let session = json!({
        "user": ada(), "organization_id": "org_01RGZ3S7BJGFA8YX5AZYN6Q029",
        "access_token": access_token, "refresh_token": refresh_token,
    });
    (200, session)
}

/// A key set as WorkOS publishes it.
pub(crate) fn jwks() -> Value {
    vector("jwt/good").pointer("/inputs/jwks").cloned().unwrap_or_default()
}

/// An access token of this name among the tests' vectors, most of them signed with a key of
/// [`jwks`]. The private key is not here, so no token can be signed.
pub(crate) fn access_token(name: &str) -> String {
    let token = vector(name).pointer("/output/access_token").cloned().unwrap_or_default();
    token.as_str().unwrap_or_default().to_owned()
}

fn vector(name: &str) -> Value {
    let file = include_str!("../../tests/vectors/jwts.json");
    let file: Value = serde_json::from_str(file).unwrap_or_default();
    let mut vectors = file.get("vectors").and_then(Value::as_array).into_iter().flatten();
    vectors.find(|vector| text(vector, "id") == name).cloned().unwrap_or_default()
}
