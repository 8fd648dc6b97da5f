//! The crate without any of its features: a transport of one's own, and no tokio.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_executor::block_on;
use futures_util::TryStreamExt;
use workos::transport::{HttpRequest, HttpResponse, HttpTransport, TransportError};
use workos::{Client, ClientBuilder};

const ORGANIZATION: &str = r#"{"object":"organization","id":"org_1","name":"Acme",
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#;

/// Refuses the first two connections, then answers everything in the same way.
#[derive(Default)]
struct Flaky {
    attempts: AtomicUsize,
    body: String,
}

#[async_trait::async_trait]
impl HttpTransport for Flaky {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        if self.attempts.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(TransportError::connect("refused"));
        }
        Ok(HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: self.body.clone().into(),
        })
    }
}

fn flaky(body: impl Into<String>) -> ClientBuilder {
    let transport = Flaky { body: body.into(), ..Default::default() };
    Client::builder()
        .api_key("sk_test_1")
        .transport(Arc::new(transport))
        .max_retry_delay(Duration::from_millis(1))
}

#[test]
fn a_call_with_retries_and_waits_runs_under_any_executor() {
    let call = flaky(ORGANIZATION).build().organizations().get_organization("org_1");
    let response = block_on(call.with_response()).unwrap();
    assert_eq!((response.data.name.as_str(), response.attempts), ("Acme", 3));
}

#[test]
fn a_list_is_walked_under_any_executor() {
    let list = format!(r#"{{"data":[{ORGANIZATION}],"list_metadata":{{"after":"org_1"}}}}"#);
    let client = flaky(list).build();
    let items = client.organizations().list_organizations_auto_paging(Default::default());
    let all: Vec<_> = block_on(items.try_collect()).unwrap();
    assert_eq!(all.len(), 2); // the second page repeats the cursor
}

#[test]
fn an_attempt_times_out_under_any_executor() {
    struct Silent;

    #[async_trait::async_trait]
    impl HttpTransport for Silent {
        async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
            std::future::pending().await
        }
    }

    let client = Client::builder()
        .api_key("sk_test_1")
        .transport(Arc::new(Silent))
        .timeout(Duration::from_millis(1))
        .max_retries(0)
        .build();
    let error = block_on(client.organizations().get_organization("org_1")).unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
#[test]
fn a_client_without_a_transport_fails_with_advice_and_does_not_panic() {
    let builder = || Client::builder().api_key("sk_test_1");
    let error = builder().try_build().unwrap_err();
    assert!(matches!(error, workos::Error::Builder(_)));
    let call = builder().build().organizations().get_organization("org_1");
    assert_eq!(block_on(call).unwrap_err().to_string(), error.to_string());
    assert!(error.to_string().contains("feature `reqwest`"), "{error}");
}
