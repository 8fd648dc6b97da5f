//! What a call writes to `tracing`. A test of its own process: `tracing` keeps for the whole process
//! whether anyone listens to an event, and a test beside it that calls first, unheard, can make it
//! miss the listener that is being set.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_executor::block_on;
use workos::Client;
use workos::organizations::ListOrganizationsParams;
use workos::transport::{HttpRequest, HttpResponse, HttpTransport, TransportError};
use workos::user_management::{CreateUser, Password};

const ORGANIZATION: &str = r#"{"object":"organization","id":"org_1","name":"Acme",
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#;

/// Is unavailable once, then sends an organization.
#[derive(Default)]
struct Recovering(AtomicBool);

#[async_trait::async_trait]
impl HttpTransport for Recovering {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        let up = self.0.swap(true, Ordering::Relaxed);
        let mut headers = http::HeaderMap::new();
        headers.insert("x-request-id", http::HeaderValue::from_static("req_1"));
        Ok(HttpResponse {
            status: http::StatusCode::from_u16(if up { 200 } else { 503 }).unwrap(),
            headers,
            body: if up { ORGANIZATION } else { "body-secret" }.into(),
        })
    }
}

/// Bytes written to a `tracing` subscriber.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// With the feature, a call is a span with an event per attempt; without it there is none.
#[test]
fn traces_show_what_happened_but_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let client = Client::builder()
        .api_key("sk-secret")
        .transport(Arc::new(Recovering::default()))
        .max_retry_delay(Duration::from_millis(1))
        .build();
    let organizations = client.organizations();
    block_on(organizations.get_organization_by_external_id("path-secret").into_future()).unwrap();
    let search =
        ListOrganizationsParams { search: Some("query-secret".into()), ..Default::default() };
    let _ = block_on(organizations.list_organizations(search).into_future());
    let body = CreateUser {
        password: Some(Password::plaintext("password-secret")),
        ..CreateUser::new("ada@example.com")
    };
    let call = client.user_management().create_user(body).bearer("bearer-secret");
    let _ = block_on(call.into_future());

    let shown = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!shown.contains("secret"), "{shown}");
    if cfg!(feature = "tracing") {
        for expected in [
            "workos.call",
            "http.request.method=\"GET\"",
            "url.template=\"/organizations/external_id/{external_id}\"",
            "server.address=\"api.workos.com\"",
            "http.response.status_code=503",
            "http.response.status_code=200",
            "http.request.resend_count=1",
            "workos.request_id=\"req_1\"",
        ] {
            assert!(shown.contains(expected), "{expected} is missing in\n{shown}");
        }
    } else {
        assert_eq!(shown, "");
    }
}
