//! The crate without any of its features: a custom transport, and no tokio.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_executor::block_on;
use workos::transport::{HttpRequest, HttpResponse, HttpTransport, TransportError};
use workos::{Client, ClientBuilder};

const ORGANIZATION: &str = r#"{"object":"organization","id":"org_1","name":"Acme",
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#;

/// Refuses the first two connections, then sends the same response to everything.
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

#[cfg(all(feature = "helpers", not(any(feature = "reqwest", feature = "hyper"))))]
#[test]
fn a_public_client_without_a_transport_fails_with_advice_and_does_not_panic() {
    use workos::helpers::authkit::AuthKitPkceCodeExchangeParams;
    use workos::helpers::public_client::PublicClient;

    let error = PublicClient::builder("client_1").try_build().unwrap_err();
    assert!(error.to_string().contains("feature `reqwest`"), "{error}");
    let exchange = AuthKitPkceCodeExchangeParams::new("code", "verifier");
    let failed = block_on(PublicClient::new("client_1").authkit_code_exchange(exchange));
    assert_eq!(failed.unwrap_err().to_string(), error.to_string());
    // A custom transport is accepted.
    let transport = Arc::new(Flaky::default());
    PublicClient::builder("client_1").transport(transport).try_build().unwrap();
}

#[cfg(feature = "helpers")]
#[test]
fn tokens_are_checked_and_sessions_refreshed_under_any_executor() {
    use workos::helpers::seal::SealKeys;
    use workos::helpers::session::{SessionData, seal_session};

    let vectors = include_str!("vectors/jwts.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let good = vectors.pointer("/vectors/0").unwrap();
    let text = |path: &str| good.pointer(path).unwrap().to_string();
    let token = text("/output/access_token").replace('"', "");

    let client = flaky(text("/inputs/jwks")).client_id("client_1").build();
    let claims = block_on(client.verify_access_token(&token)).unwrap();
    assert!(claims.sub.starts_with("user_"), "{}", claims.sub);

    let user = text("/inputs/cookie/user");
    let body = format!(r#"{{"user":{user},"access_token":"{token}","refresh_token":"refresh_2"}}"#);
    let client = flaky(body).client_id("client_1").build();
    let keys = SealKeys::new("a password of 32 characters, yes").unwrap();
    let cookie = seal_session(&SessionData::new(token, "refresh_1"), &keys).unwrap();
    let refreshed = block_on(client.session(cookie, &keys).refresh(Default::default())).unwrap();
    assert_eq!(refreshed.data.refresh_token.expose(), "refresh_2");
}
