//! The helpers on `wasm32-unknown-unknown`, against the vectors that the other SDKs made. `run.mjs`
//! calls each function under node; each returns how many vectors are not judged as they should be.
//!
//! Nothing here needs random numbers, which take the bindings of `wasm-bindgen`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_executor::block_on;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use workos::helpers::seal::{SealKeys, unseal};
use workos::helpers::webhooks::WebhookVerifier;
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TransportError,
};
use workos::{Client, Timestamp};

/// The vectors of a file, and how many of them `is_right` does not like.
fn failures(file: &str, is_right: impl Fn(&Value) -> bool) -> u32 {
    let file: Value = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(!vectors.is_empty());
    vectors.iter().filter(|vector| !is_right(vector)).count() as u32
}

#[unsafe(no_mangle)]
pub extern "C" fn webhooks() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/webhooks.json"), |vector| {
        let inputs = &vector["inputs"];
        let (Some(header), Some(body), Some(secret)) =
            (inputs["header"].as_str(), inputs["body"].as_str(), inputs["secret"].as_str())
        else {
            return true;
        };
        let now = inputs["now_ms"].as_i64().unwrap_or(1_772_366_400_000);
        let verifier = WebhookVerifier::new(secret)
            .with_clock(move || Timestamp::from_millis(now))
            .with_tolerance(Duration::from_secs(inputs["tolerance_s"].as_u64().unwrap_or(180)));
        let expect = &vector["expect"];
        expect["level"] != "must"
            || verifier.verify_header(header, body).is_ok() == (expect["verdict"] == "accept")
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn sealed_sessions() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/sealed_sessions.json"), |vector| {
        let password = vector["inputs"]["password"].as_str();
        let (Some(password), Some(cookie)) = (password, vector["output"]["sealed"].as_str()) else {
            return true;
        };
        let Ok(keys) = SealKeys::new(password) else { return true };
        let now = Timestamp::from_millis(1_772_366_400_000);
        vector["expect"]["unseal"] != "ok" || unseal::<Value>(cookie, &keys, now).is_ok()
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn access_tokens() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/jwts.json"), |vector| {
        let inputs = &vector["inputs"];
        let (Some(now), Some(token)) =
            (inputs["now_s"].as_i64(), vector["output"]["access_token"].as_str())
        else {
            return true;
        };
        if vector["expect"]["authenticated"] != true {
            return true;
        }
        let keys = Keys { document: inputs["jwks"].to_string(), now: Timestamp::from_millis(now * 1000) };
        let client = Client::builder()
            .api_key("sk_test_1")
            .client_id("client_1")
            .transport(Arc::new(keys))
            .build();
        let mut verifier = client.token_verifier();
        if let Some(issuer) = inputs["issuer"].as_str() {
            verifier = verifier.issuer(issuer);
        }
        block_on(verifier.verify(token)).is_ok()
    })
}

/// Answers every request with a key set.
struct Keys {
    document: String,
    now: Timestamp,
}

#[async_trait::async_trait(?Send)]
impl HttpTransport for Keys {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        let body = Bytes::from(self.document.clone());
        Ok(HttpResponse { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(Frozen(self.now))
    }
}

/// A clock that stands still.
struct Frozen(Timestamp);

impl Runtime for Frozen {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::pending())
    }
}
