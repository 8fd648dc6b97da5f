//! Operations that WorkOS answers, which another emulator plays here, and recordings of it.

mod replays;
mod senders;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;
use workos::organizations::CreateOrganization;
use workos::transport::{
    HttpRequest, HttpResponse, HttpTransport, HyperTransport, TransportError, async_trait,
};
use workos_emulator::{Builder, Emulator, Fault, PassThrough};

use super::{KEY, ORGANIZATIONS, Response, USERS, address, exchange, request};

const REAL_KEY: &str = "sk_live_of_the_developer";
const REAL_CLIENT: &str = "client_of_the_developer";

/// What plays WorkOS.
async fn real() -> Emulator {
    Emulator::builder().api_key(REAL_KEY).start().await.unwrap()
}

/// The way to it, without a socket.
fn to(real: &Emulator) -> PassThrough {
    PassThrough::to(real.transport(), REAL_KEY).client_id(REAL_CLIENT)
}

async fn passing(pass_through: PassThrough) -> Emulator {
    Emulator::builder().pass_through(pass_through).start().await.unwrap()
}

/// Why an emulator does not start.
async fn refusal(builder: Builder) -> String {
    builder.start().await.unwrap_err().to_string()
}

/// Not held to the contract: the answers may be of the emulator alone.
async fn send(emulator: &Emulator, request: Vec<u8>) -> Response {
    Response::parse(&exchange(address(emulator), request).await.unwrap())
}

async fn list(emulator: &Emulator) -> Response {
    send(emulator, request("GET", ORGANIZATIONS, KEY, "")).await
}

fn code(response: &Response) -> (u16, Value) {
    (response.status, response.json()["code"].clone())
}

/// WorkOS as a function, which remembers what it was asked.
struct Scripted<F> {
    script: F,
    seen: Mutex<Vec<HttpRequest>>,
}

impl<F: Fn() -> Result<HttpResponse, TransportError>> Scripted<F> {
    fn new(script: F) -> Arc<Self> {
        Arc::new(Self { script, seen: Mutex::default() })
    }

    fn seen(&self) -> Vec<HttpRequest> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait]
impl<F: Fn() -> Result<HttpResponse, TransportError> + Send + Sync> HttpTransport for Scripted<F> {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.seen.lock().unwrap().push(req);
        (self.script)()
    }
}

fn answer(
    status: u16,
    headers: &[(&'static str, &str)],
    body: &'static str,
) -> Result<HttpResponse, TransportError> {
    let headers = headers.iter().map(|(name, value)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
    });
    let headers: HeaderMap = headers.collect();
    let status = StatusCode::from_u16(status).unwrap();
    Ok(HttpResponse { status, headers, body: Bytes::from_static(body.as_bytes()) })
}

#[tokio::test]
async fn chosen_operations_are_answered_by_workos_and_all_others_locally() {
    let real = real().await;
    let acme = CreateOrganization::new("Acme");
    let acme = real.client().organizations().create_organization(acme).await.unwrap();
    let names = ["organizations.get_organization", "organizations.list_organizations"];
    let emulator = passing(to(&real).operations(names)).await;
    let organizations = emulator.client();
    let organizations = organizations.organizations();
    assert_eq!(organizations.get_organization(&acme.id).await.unwrap(), acme);

    // Creating is not chosen.
    let before = real.requests().count();
    organizations.create_organization(CreateOrganization::new("Local")).await.unwrap();
    assert_eq!(real.requests().count(), before);
    let listed = organizations.list_organizations(Default::default()).await.unwrap();
    assert_eq!(listed.data, [acme]);
}

#[tokio::test]
async fn a_request_is_passed_on_with_the_key_of_the_developer() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["organizations.*"])).await;
    let headers = format!(
        "{KEY}content-type: application/json\r\nidempotency-key: k1\r\ncookie: a=b\r\n\
         x-other: 1\r\nuser-agent: curl\r\n"
    );
    let body = r#"{"name": "Acme"}"#;
    let path = format!("{ORGANIZATIONS}?x=%20y&z");
    let created = send(&emulator, request("POST", &path, &headers, body)).await;
    assert_eq!((created.status, &created.json()["name"]), (201, &json!("Acme")));
    assert_eq!(created.header("x-emulator-answered-by"), "workos");

    let got = real.requests().latest().pop().unwrap();
    assert_eq!((got.method, got.path.as_str()), (Method::POST, ORGANIZATIONS));
    assert_eq!((got.query.as_str(), got.body), ("x=%20y&z", Bytes::from(body)));
    let mut sent: Vec<_> = got.headers.iter().collect();
    sent.sort_by_key(|(name, _)| name.as_str());
    let sent: Vec<_> =
        sent.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("authorization", "Bearer sk_live_of_the_developer"),
        ("content-type", "application/json"),
        ("idempotency-key", "k1"),
        ("user-agent", concat!("workos-emulator/", env!("CARGO_PKG_VERSION"))),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn workos_decides_about_idempotency_keys() {
    let real = Scripted::new(|| answer(201, &[], "{}"));
    let pass_through = PassThrough::to(real.clone(), REAL_KEY).operations(["organizations.*"]);
    let emulator = passing(pass_through).await;
    for count in 1..3 {
        let headers = format!("{KEY}idempotency-key: k1\r\n");
        send(&emulator, request("POST", ORGANIZATIONS, &headers, "{}")).await;
        assert_eq!(real.seen().len(), count);
    }
}

#[tokio::test]
async fn an_answer_is_passed_on_as_it_came_but_for_headers_that_are_not_for_the_client() {
    let html = "<html>Bad Gateway</html>";
    let real = Scripted::new(move || {
        let headers = [
            ("content-type", "text/html"),
            ("retry-after", "7"),
            ("x-request-id", "req_real"),
            ("x-ratelimit-remaining", "3"),
            ("set-cookie", "a=b"),
            ("connection", "keep-alive"),
            ("content-encoding", "identity"),
        ];
        answer(500, &headers, html)
    });
    let emulator = passing(PassThrough::to(real, REAL_KEY).operations(["*"])).await;
    let response = list(&emulator).await;
    assert_eq!((response.status, response.body.as_slice()), (500, html.as_bytes()));
    let mut headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.retain(|(name, _)| *name != "date");
    headers.sort_unstable();
    let expected = [
        ("connection", "close"),
        ("content-length", "24"),
        ("content-type", "text/html"),
        ("retry-after", "7"),
        ("x-emulator-answered-by", "workos"),
        ("x-ratelimit-remaining", "3"),
        ("x-request-id", "req_real"),
    ];
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn what_is_no_json_and_what_has_no_body_is_passed_on() {
    for (status, body) in [(200, "{\"cut"), (200, "plain"), (204, ""), (404, ""), (302, "")] {
        let real = Scripted::new(move || answer(status, &[], body));
        let emulator = passing(PassThrough::to(real, REAL_KEY).operations(["*"])).await;
        let response = list(&emulator).await;
        assert_eq!((response.status, response.body.as_slice()), (status, body.as_bytes()));
    }
}

#[tokio::test]
async fn a_key_that_workos_refuses_is_an_answer() {
    let real = real().await;
    let wrong = PassThrough::to(real.transport(), "sk_live_wrong").operations(["organizations.*"]);
    let emulator = passing(wrong).await;
    let response = list(&emulator).await;
    assert_eq!(code(&response), (401, json!("unauthorized")));
    assert_eq!(response.header("x-emulator-answered-by"), "workos");
}

/// The reason of a 502.
async fn failure(pass_through: PassThrough) -> String {
    let emulator = passing(pass_through.operations(["organizations.*"])).await;
    let response = list(&emulator).await;
    assert_eq!(code(&response), (502, json!("emulator_pass_through_failed")));
    assert!(!response.headers.contains_key("x-emulator-answered-by"));
    let message = response.json()["message"].as_str().unwrap().to_owned();
    let begin = "organizations.list_organizations was passed through, and there is no answer: ";
    message.strip_prefix(begin).unwrap().to_owned()
}

/// Over a socket.
fn over(base_url: &str) -> PassThrough {
    let transport = HyperTransport::new().unwrap().max_response_bytes(1000);
    PassThrough::to(Arc::new(transport), REAL_KEY).base_url(base_url)
}

#[tokio::test]
async fn a_server_that_is_down_is_502_with_the_reason() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let reason = failure(over(&format!("http://{address}"))).await;
    assert!(reason.starts_with(&format!("could not connect to {address}: ")), "{reason}");
}

#[tokio::test]
async fn a_server_that_breaks_off_is_502_with_the_reason() {
    let real = real().await;
    for (fault, begin) in [
        (Fault::reset(), "connection ended before the response was complete"),
        (Fault::cut_body(), "connection ended before the response was complete"),
    ] {
        real.faults().clear();
        real.faults().add(fault);
        let reason = failure(over(real.base_url())).await;
        assert!(reason.starts_with(begin), "{reason}");
    }
}

#[tokio::test]
async fn a_response_without_an_end_is_502_with_the_reason() {
    let real = real().await;
    let huge = json!({"data": "x".repeat(2000)});
    real.faults().add(Fault::status(200).body(huge));
    let reason = failure(over(real.base_url())).await;
    assert!(reason.starts_with("response too large: "), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_is_502_after_30_seconds() {
    let real = real().await;
    real.faults().add(Fault::stall());
    let pass_through = to(&real).operations(["organizations.*"]);
    let emulator = Emulator::builder().without_socket().pass_through(pass_through);
    let emulator = emulator.start().await.unwrap();
    let (start, transport) = (Instant::now(), emulator.transport());
    let response = transport.execute(HttpRequest {
        method: Method::GET,
        url: format!("http://localhost{ORGANIZATIONS}"),
        headers: HeaderMap::from_iter([(
            http::header::AUTHORIZATION,
            http::HeaderValue::from_static("Bearer sk_test_default"),
        )]),
        body: None,
    });
    let response = response.await.unwrap();
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((response.status.as_u16(), start.elapsed()), (502, Duration::from_secs(30)));
    assert!(body["message"].as_str().unwrap().ends_with("no answer: timed out after 30 s"));
}

#[tokio::test]
async fn a_reason_has_no_secret() {
    let real = Scripted::new(|| {
        Err(TransportError::other(format!(
            "GET https://x/?token=abc123&client_secret=def456 with {REAL_KEY}: refused"
        )))
    });
    let reason = failure(PassThrough::to(real, format!(" {REAL_KEY}\n"))).await;
    let expected = "transport failed: GET https://x/?token=[redacted]&client_secret=[redacted] with \
                    [redacted]: refused";
    assert_eq!(reason, expected);
}

#[tokio::test]
async fn faults_come_first() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["organizations.*"])).await;
    emulator.faults().add(Fault::status(503).times(1));
    let refused = list(&emulator).await;
    assert_eq!((refused.status, real.requests().count()), (503, 0));
    emulator.faults().add(Fault::latency(Duration::ZERO).times(1));
    let passed = list(&emulator).await;
    assert_eq!((passed.status, real.requests().count()), (200, 1));
    emulator.faults().add(Fault::cut_body());
    let cut = list(&emulator).await;
    assert!(cut.body.len() < passed.body.len());
}

#[tokio::test]
async fn what_browsers_open_stays_local() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["*"])).await;
    let authorize = "/user_management/authorize?response_type=code&client_id=c&provider=authkit\
                     &redirect_uri=http://localhost/cb";
    for (method, path) in [("GET", authorize), ("POST", "/oauth2/token"), ("GET", "/health")] {
        send(&emulator, request(method, path, KEY, "")).await;
    }
    assert_eq!(real.requests().count(), 0);
}

#[tokio::test]
async fn a_path_that_could_lead_elsewhere_is_not_passed_on() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["*"])).await;
    for path in ["/organizations/..", "/organizations/%2e%2E", "/organizations/%FF"] {
        let response = send(&emulator, request("GET", path, KEY, "")).await;
        assert!(response.status == 404 || response.status == 400, "{path}");
    }
    assert_eq!(real.requests().count(), 0);
}

#[tokio::test]
async fn wrong_settings_are_refused_when_it_starts() {
    let real = real().await;
    let own = |pass_through: PassThrough| Emulator::builder().pass_through(pass_through);
    let to = || PassThrough::to(real.transport(), REAL_KEY).operations(["organizations.*"]);
    for (builder, reason) in [
        (
            own(to().operations(["organizations.list_organisations", "valt.*"])),
            "pass-through: unknown operation `organizations.list_organisations`. Did you mean \
             `organizations.list_organizations`?\n\
             unknown operation `valt.*`. Did you mean `vault.*`?",
        ),
        (
            own(PassThrough::to(real.transport(), REAL_KEY)),
            "pass-through: no operation is chosen: name some, or * for all",
        ),
        (
            own(PassThrough::to(real.transport(), " \n").operations(["*"])),
            "pass-through: the API key is empty",
        ),
        (
            own(PassThrough::to(real.transport(), "sk\u{1}live").operations(["*"])),
            "pass-through: the API key has characters that no header can have",
        ),
        (
            own(to().base_url("http://workos.example")),
            "pass-through: base URL: expected https://, which keeps the API key secret",
        ),
    ] {
        assert_eq!(refusal(builder).await, reason);
    }
    let shown = format!("{:?}", own(to().client_id("client_1")));
    assert!(!shown.contains(REAL_KEY), "{shown}");
}

#[tokio::test]
async fn nothing_is_passed_through_unless_it_is_chosen() {
    let real = real().await;
    let emulator = passing(to(&real).operations(["vault.*"])).await;
    for (method, path) in [("GET", ORGANIZATIONS), ("GET", USERS), ("POST", ORGANIZATIONS)] {
        send(&emulator, request(method, path, KEY, r#"{"name":"Acme"}"#)).await;
    }
    assert_eq!((real.requests().count(), emulator.requests().count()), (0, 3));
}
