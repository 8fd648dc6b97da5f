//! Programs as they are written for the official crate 3.5.0, with the edits that
//! `docs/migrating-from-official.md` lists and no others. Each edit is marked with `// edit:` and what
//! stood there, or `new line`.

// The streams of this crate need no trait for `try_next` and `try_collect`.
#![allow(unused_imports)]

mod client;
mod helpers;
mod resources;
mod sessions;

use serde_json::Value;
use workos::{Call, Client};

const TIME: &str = "2026-01-15T12:00:00.000Z";

/// A client whose calls are described and not made.
fn offline() -> Client {
    Client::builder().api_key("sk_test_1").client_id("client_1").build()
}

/// What a call would send.
fn sent<T>(call: &Call<T>, expected: &str, body: Value) {
    let request = call.request().unwrap();
    let url = request.url.strip_prefix("https://api.workos.com").unwrap();
    assert_eq!(format!("{} {url}", request.method), expected);
    let sent = request.body.map(|body| serde_json::from_slice(&body).unwrap());
    assert_eq!(sent.unwrap_or(Value::Null), body);
}

struct Canned;

#[async_trait::async_trait]
impl workos::transport::HttpTransport for Canned {
    async fn execute(
        &self,
        req: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, workos::transport::TransportError> {
        use workos::transport::{HttpResponse, TransportError};
        if req.method != http::Method::GET {
            return Err(TransportError::other("read only"));
        }
        if req.url.ends_with("/org_timeout") {
            return Err(TransportError::timeout("too slow"));
        }
        assert_eq!(req.headers["authorization"], "Bearer sk_test_1");
        assert!(req.body.is_none());
        Ok(HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::from_static(
                br#"{"object":"organization","id":"org_1","name":"Acme","domains":[],"metadata":{},
                    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#,
            ),
        })
    }
}
