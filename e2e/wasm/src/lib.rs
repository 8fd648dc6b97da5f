//! The helpers on `wasm32-unknown-unknown`, against the vectors that the other SDKs made. `run.mjs`
//! calls each function under node; each returns how many vectors are not judged as they should be,
//! and traps if none is judged.
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

/// How many vectors of a file are judged wrongly. `judge` returns `None` for those that are about
/// something else.
fn failures(file: &str, judge: impl Fn(&Value) -> Option<bool>) -> u32 {
    let file: Value = serde_json::from_str(file).unwrap();
    let verdicts: Vec<_> = file["vectors"].as_array().unwrap().iter().filter_map(judge).collect();
    assert!(!verdicts.is_empty());
    verdicts.iter().filter(|is_right| !**is_right).count() as u32
}

#[unsafe(no_mangle)]
pub extern "C" fn webhooks() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/webhooks.json"), |vector| {
        let inputs = &vector["inputs"];
        let (header, body) = (inputs["header"].as_str()?, inputs["body"].as_str()?);
        let secret = inputs["secret"].as_str()?;
        let now = inputs["now_ms"].as_i64()?;
        let verifier = WebhookVerifier::new(secret)
            .with_clock(move || Timestamp::from_millis(now))
            .with_tolerance(Duration::from_secs(inputs["tolerance_s"].as_u64().unwrap_or(180)));
        let expect = &vector["expect"];
        (expect["level"] == "must").then(|| {
            verifier.verify_header(header, body).is_ok() == (expect["verdict"] == "accept")
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn sealed_sessions() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/sealed_sessions.json"), |vector| {
        let inputs = &vector["inputs"];
        let keys = SealKeys::new(inputs["password"].as_str()?).ok()?;
        let cookie = vector["output"]["sealed"].as_str()?;
        let now = Timestamp::from_millis(inputs["now_ms"].as_i64()?);
        Some(unseal::<Value>(cookie, &keys, now).is_ok() == (vector["expect"]["unseal"] == "ok"))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn access_tokens() -> u32 {
    failures(include_str!("../../../crates/workos/tests/vectors/jwts.json"), |vector| {
        let inputs = &vector["inputs"];
        let (now, token) = (inputs["now_s"].as_i64()?, vector["output"]["access_token"].as_str()?);
        let is_valid = vector["expect"]["authenticated"] == true;
        // What only some SDKs reject is for sessions to judge.
        if !is_valid && vector["expect"]["level"] != "must" {
            return None;
        }
        let keys =
            Keys { document: inputs["jwks"].to_string(), now: Timestamp::from_millis(now * 1000) };
        let client = Client::builder()
            .api_key("sk_test_1")
            .client_id("client_1")
            .transport(Arc::new(keys))
            .build();
        let mut verifier = client.token_verifier();
        if let Some(issuer) = inputs["issuer"].as_str() {
            verifier = verifier.issuer(issuer);
        }
        Some(block_on(verifier.verify(token)).is_ok() == is_valid)
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
