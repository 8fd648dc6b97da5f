//! Who can use the developer's key.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::super::{request_for, until};
use super::*;

const AUTHENTICATE: &str = "/user_management/authenticate";

#[tokio::test]
async fn a_sender_without_a_key_of_the_emulator_is_refused() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["*"])).await;
    for headers in ["", "authorization: Bearer sk_live_other\r\n"] {
        let response = send(&emulator, request("GET", ORGANIZATIONS, headers, "")).await;
        assert_eq!(code(&response), (401, json!("unauthorized")), "{headers}");
    }
    assert_eq!(real.requests().count(), 0);
}

/// What WorkOS gets of a sign-in: `Authorization`, client ID and secret.
async fn signed_in(headers: &str, body: &str) -> (Option<String>, Value, Value) {
    let real = Scripted::new(|| answer(200, &[], "{}"));
    let pass_through = PassThrough::to(real.clone(), REAL_KEY).client_id(REAL_CLIENT);
    let emulator = passing(pass_through.operations(["*"])).await;
    send(&emulator, request("POST", AUTHENTICATE, headers, body)).await;
    let sent = real.seen().pop().unwrap();
    let key = sent.headers.get("authorization").map(|key| key.to_str().unwrap().to_owned());
    let body: Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
    (key, body["client_id"].clone(), body["client_secret"].clone())
}

#[tokio::test]
async fn each_credential_of_the_emulator_becomes_that_of_the_developer_and_no_other() {
    let real_key = Some(format!("Bearer {REAL_KEY}"));
    for (headers, body, expected) in [
        (
            "",
            json!({"client_id": "client_emulator", "client_secret": "sk_test_default"}),
            (None, json!(REAL_CLIENT), json!(REAL_KEY)),
        ),
        (KEY, json!({"client_id": "client_1"}), (real_key, json!("client_1"), json!(null))),
        // A public client stays one.
        ("", json!({"client_id": "client_emulator"}), (None, json!(REAL_CLIENT), json!(null))),
        (
            "authorization: Bearer token_1\r\n",
            json!({"client_id": 1, "client_secret": "sk_other"}),
            (Some("Bearer token_1".to_owned()), json!(1), json!("sk_other")),
        ),
    ] {
        assert_eq!(signed_in(headers, &body.to_string()).await, expected, "{headers}{body}");
    }
}

#[tokio::test]
async fn credentials_in_forms_and_paths_are_exchanged_as_well() {
    let real = Scripted::new(|| answer(200, &[], "{}"));
    let pass_through = PassThrough::to(real.clone(), REAL_KEY).client_id(REAL_CLIENT);
    let emulator = passing(pass_through.operations(["*"])).await;
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let body = "client_id=client_emulator&client_secret=sk_test_default&code=a%20b";
    send(&emulator, request("POST", "/sso/token", form, body)).await;
    send(&emulator, request("GET", "/sso/jwks/client_emulator", "", "")).await;
    send(&emulator, request("GET", "/sso/jwks/client_1", "", "")).await;
    let seen = real.seen();
    let body = format!("client_id={REAL_CLIENT}&client_secret={REAL_KEY}&code=a+b");
    assert_eq!(seen[0].body.as_deref(), Some(body.as_bytes()));
    let url =
        |seen: &HttpRequest| seen.url.strip_prefix("https://api.workos.com").unwrap().to_owned();
    assert_eq!(url(&seen[1]), format!("/sso/jwks/{REAL_CLIENT}"));
    assert_eq!(url(&seen[2]), "/sso/jwks/client_1");
}

#[tokio::test]
async fn a_key_in_another_body_is_not_exchanged() {
    let real = Scripted::new(|| answer(200, &[], "{}"));
    let emulator = passing(PassThrough::to(real.clone(), REAL_KEY).operations(["*"])).await;
    let body = r#"{"client_id":"client_emulator","client_secret":"sk_test_default"}"#;
    let path = "/data-integrations/github/client-credentials";
    send(&emulator, request("PUT", path, KEY, body)).await;
    assert_eq!(real.seen()[0].body.as_deref(), Some(body.as_bytes()));
}

#[tokio::test]
async fn web_pages_of_other_hosts_cannot_use_the_key_that_everybody_knows() {
    let real = real().await;
    let own_key = "authorization: Bearer sk_test_own\r\n";
    for (host, origin, is_passed) in [
        ("localhost", "", true),
        ("127.0.0.1:4100", "origin: http://localhost:3000\r\n", true),
        ("localhost", "origin: https://evil.example\r\n", false),
        ("localhost", "origin: null\r\n", false),
        ("rebound.example", "", false),
        ("rebound.example", "origin: http://rebound.example\r\n", false),
    ] {
        let emulator = passing(to(&real).operations(["*"])).await;
        let get =
            |key: &str| request_for(host, "GET", ORGANIZATIONS, &format!("{key}{origin}"), "");
        let refused = (403, json!("emulator_pass_through_forbidden"));
        let response = send(&emulator, get(KEY)).await;
        assert_eq!(response.status == 200, is_passed, "{host} {origin}");
        assert!(is_passed || code(&response) == refused);
        let body = r#"{"client_secret":"sk_test_default"}"#;
        let signs_in = request_for(host, "POST", AUTHENTICATE, origin, body);
        assert_eq!(code(&send(&emulator, signs_in).await) != refused, is_passed);

        let own = Emulator::builder().api_key("sk_test_own");
        let own = own.pass_through(to(&real).operations(["*"])).start().await.unwrap();
        assert_eq!(send(&own, get(own_key)).await.status, 200, "{host} {origin}");
    }
}

#[tokio::test]
async fn other_machines_need_a_key_that_not_everybody_knows() {
    let real = real().await;
    let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("earlier.jsonl");
    std::fs::write(&path, "an earlier recording").unwrap();
    let builder = || {
        let pass_through = to(&real).operations(["*"]).record_to(&path);
        Emulator::builder().address(anywhere).pass_through(pass_through)
    };
    let data = workos_emulator::SeedData::from_json(
        r#"{"apiKeys": {"sk_own": {}, "sk_test_default": {}}}"#,
    );
    for exposed in [builder(), builder().data(data.unwrap())] {
        assert_eq!(
            refusal(exposed).await,
            "pass-through: other machines can reach this address, and could use your WorkOS API key \
             with sk_test_default, which everybody knows. Set another API key for the emulator \
             (--api-key), or listen on localhost."
        );
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "an earlier recording");
    builder().api_key("sk_test_own").start().await.unwrap();
    // A replay needs no key.
    let replay = PassThrough::replay(Default::default());
    Emulator::builder().address(anywhere).pass_through(replay).start().await.unwrap();
}

/// Counts the requests that are under way.
#[derive(Default)]
struct Stalled {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

struct UnderWay<'a>(&'a Stalled);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl HttpTransport for Stalled {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        let _under_way = UnderWay(self);
        self.begun.fetch_add(1, Ordering::SeqCst);
        pending().await
    }
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_with_it() {
    let real = Arc::new(Stalled::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.jsonl");
    let pass_through = PassThrough::to(real.clone(), REAL_KEY).operations(["*"]).record_to(&path);
    let emulator = passing(pass_through).await;
    let mut client = TcpStream::connect(address(&emulator)).await.unwrap();
    client.write_all(&request("GET", ORGANIZATIONS, KEY, "")).await.unwrap();
    until(|| real.begun.load(Ordering::SeqCst) == 1).await;
    assert_eq!(real.ended.load(Ordering::SeqCst), 0);
    drop(client);
    until(|| real.ended.load(Ordering::SeqCst) == 1).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
}
