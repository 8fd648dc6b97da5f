//! WorkOS in this process, with two organizations; [`Browser`]: who uses an application with it; and
//! [`Clock`]: its time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::watch;
use tower::ServiceExt;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{SessionData, seal_session_from_auth_response, unseal_session};
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, SharedTransport,
    TransportError, async_trait,
};
use workos::{Client, Timestamp};
use workos_axum::AuthKit;
use workos_emulator::{Emulator, NewSignIn, SeedData, TokenFlaw};

pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const CALLBACK: &str = "http://localhost:3000/callback";

pub(crate) fn keys() -> SealKeys {
    SealKeys::new("a cookie password of 32 characters").unwrap()
}

/// The attributes of the cookies of an application at [`ORIGIN`], and those that delete one.
pub(crate) const ATTRIBUTES: &str = "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax";
pub(crate) const DELETED: &str = "Path=/; Max-Age=0; HttpOnly; SameSite=Lax";

/// WorkOS, where Ada is an admin of Acme and a member of Beta. Support signs in as Cleo, an admin of
/// Acme.
pub(crate) async fn emulator() -> Emulator {
    let many: Vec<_> = (0..200).map(|one| format!("reports:{one:03}:read")).collect();
    let mut permissions = vec![
        json!({"slug": "notes:read", "name": "Read notes"}),
        json!({"slug": "notes:write", "name": "Write notes"}),
    ];
    permissions.extend(many.iter().map(|slug| json!({"slug": slug, "name": slug})));
    let data = json!({
        "permissions": permissions,
        "roles": [
            {"slug": "admin", "name": "Admin", "permissions": ["notes:read", "notes:write"]},
            {"slug": "member", "name": "Member", "permissions": ["notes:read"]},
            {"slug": "auditor", "name": "Auditor", "permissions": many},
        ],
        "users": [
            {"id": "user_ada", "email": "ada@example.com", "email_verified": true, "first_name": "Ada"},
            {"id": "user_bob", "email": "bob@example.com", "email_verified": true},
            {"id": "user_cleo", "email": "cleo@example.com", "email_verified": true,
                "impersonator": {"email": "support@workos.test", "reason": "a ticket"}},
        ],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "entitlements": ["audit-logs"], "memberships": [
                {"email": "ada@example.com", "role": "admin"},
                {"email": "cleo@example.com", "role": "admin"},
            ]},
            {"id": "org_beta", "name": "Beta", "memberships": [{"email": "ada@example.com", "role": "member"}]},
            {"id": "org_large", "name": "Large", "memberships": [
                {"email": "ada@example.com", "role": "auditor"},
                {"email": "bob@example.com", "role": "auditor"},
            ]},
        ],
        "connectApplications": [
            {"name": "Robot", "organization": "org_acme", "scopes": ["notes:read"], "client_id": "client_robot"},
        ],
        "apiKeys": [
            {"name": "Key", "organization": "org_acme", "value": "sk_key_of_acme", "permissions": ["notes:read"]},
        ],
        "featureFlags": [{"slug": "dark-mode", "enabled": true, "default_value": true}],
    });
    let data = SeedData::from_value(data).unwrap();
    let builder = Emulator::builder().without_socket().seed(7).data(data);
    builder.allow_redirects_to("*").unwrap().start().await.unwrap()
}

/// The time of a client: it passes when a test says so, except for the short waits between attempts.
pub(crate) struct Clock {
    ahead: watch::Sender<Duration>,
    waits: watch::Sender<Vec<Duration>>,
}

impl Clock {
    pub(crate) fn new() -> Arc<Self> {
        let (ahead, waits) = (watch::Sender::new(Duration::ZERO), watch::Sender::default());
        Arc::new(Self { ahead, waits })
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead += by);
    }

    /// Lets this time pass as soon as somebody waits for it.
    pub(crate) fn advance_on_wait(self: &Arc<Self>, by: Duration) {
        let (clock, mut waits) = (self.clone(), self.waits.subscribe());
        tokio::spawn(async move {
            waits.wait_for(|waits| waits.contains(&by)).await.unwrap();
            clock.advance(by);
        });
    }
}

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.ahead.borrow()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let mut ahead = self.ahead.subscribe();
        let until = self.elapsed() + duration;
        self.waits.send_modify(|waits| waits.push(duration));
        Box::pin(async move {
            if duration >= Duration::from_secs(1) {
                ahead.wait_for(|now| *now >= until).await.unwrap();
            }
        })
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        tokio::spawn(task);
        None
    }
}

/// The transport to an emulator, with the time of a [`Clock`].
struct Timed(SharedTransport, Arc<Clock>);

#[async_trait]
impl HttpTransport for Timed {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.0.execute(request).await
    }

    fn runtime(&self) -> SharedRuntime {
        self.1.clone()
    }
}

/// A client that shares nothing with others.
pub(crate) fn client(emulator: &Emulator, clock: &Arc<Clock>) -> Client {
    Client::builder()
        .api_key(emulator.api_key())
        .client_id(emulator.client_id())
        .base_url("http://localhost")
        .transport(Arc::new(Timed(emulator.transport(), clock.clone())))
        .build()
}

/// AuthKit of an application at [`ORIGIN`].
pub(crate) fn auth(emulator: &Emulator) -> AuthKit {
    auth_at(emulator, &Clock::new())
}

/// The same with a time of its own.
pub(crate) fn auth_at(emulator: &Emulator, clock: &Arc<Clock>) -> AuthKit {
    AuthKit::new(client(emulator, clock), keys()).redirect_uri(CALLBACK).unwrap()
}

/// The exchanges of refresh tokens that an emulator has seen, by the token.
pub(crate) fn exchanges(emulator: &Emulator) -> BTreeMap<String, usize> {
    let mut exchanges = BTreeMap::new();
    for request in emulator.requests().latest() {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if body["grant_type"] == "refresh_token" {
            *exchanges.entry(body["refresh_token"].to_string()).or_default() += 1;
        }
    }
    exchanges
}

/// What a sealed session has.
pub(crate) fn opened(sealed: &str) -> SessionData {
    unseal_session(sealed, &keys(), Timestamp::now()).unwrap()
}

/// The sealed session of Ada in Acme, sound or not.
pub(crate) fn session(emulator: &Emulator, flaw: Option<TokenFlaw>) -> String {
    session_in(emulator, "org_acme", flaw)
}

pub(crate) fn session_in(
    emulator: &Emulator,
    organization_id: &str,
    flaw: Option<TokenFlaw>,
) -> String {
    let new = NewSignIn {
        user_id: "user_ada".into(),
        organization_id: Some(organization_id.into()),
        flaw,
    };
    let signed_in = emulator.fixtures().sign_in(new).unwrap();
    seal_session_from_auth_response(signed_in, &keys()).unwrap().into_inner()
}

/// The path and query of a URL.
pub(crate) fn path_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    rest[rest.find('/').unwrap()..].to_owned()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// An empty one.
    pub(crate) fn of(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        Self { status, headers: HeaderMap::new(), body: String::new() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {self:?}"))
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all("set-cookie").into_iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code of a refusal in JSON.
    pub(crate) fn code(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body["code"].as_str().map(str::to_owned)
    }

    /// The response alone: what each of its `Set-Cookie` has, with `…` for what is sealed.
    pub(crate) fn cookies_unsealed(&self) -> Vec<String> {
        let shown = |cookie: &&str| {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (value, attributes) = rest.split_once("; ").unwrap();
            let value = if value.is_empty() { "" } else { "…" };
            format!("{name}={value}; {attributes}")
        };
        self.set_cookies().iter().map(shown).collect()
    }
}

/// Sends a request to an application.
pub(crate) async fn answer_of(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// A browser with its cookies.
pub(crate) struct Browser<'a> {
    app: Router,
    emulator: &'a Emulator,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &Router, emulator: &'a Emulator) -> Self {
        Self { app: app.clone(), emulator, cookies: BTreeMap::new() }
    }

    /// A browser that has this session's cookie.
    pub(crate) fn with_session(app: &Router, emulator: &'a Emulator, sealed: String) -> Self {
        let cookies = BTreeMap::from([("wos-session".to_owned(), sealed)]);
        Self { cookies, ..Self::new(app, emulator) }
    }

    /// Opens a page of the application.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let headers = [("accept", "text/html"), ("sec-fetch-mode", "navigate")];
        self.send(Method::GET, path, &headers).await
    }

    /// Sends a form of a page of the application.
    pub(crate) async fn post(&mut self, path: &str) -> Answer {
        let headers = [
            ("accept", "text/html"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", "same-origin"),
            ("origin", ORIGIN),
        ];
        self.send(Method::POST, path, &headers).await
    }

    /// A script's request.
    pub(crate) async fn fetch(&mut self, path: &str) -> Answer {
        let headers = [("accept", "application/json"), ("sec-fetch-mode", "cors")];
        self.send(Method::GET, path, &headers).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !pairs.is_empty() {
            request = request.header("cookie", pairs.join("; "));
        }
        let answer = answer_of(&self.app, request.body(Body::empty()).unwrap()).await;
        for cookie in answer.set_cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    /// Opens a URL at WorkOS, which signs the user in without asking, and returns the path of the
    /// application that the browser is sent to.
    pub(crate) async fn at_workos(&self, url: &str) -> String {
        let request = HttpRequest {
            method: Method::GET,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: None,
        };
        let response = self.emulator.transport().execute(request).await.unwrap();
        let location = response.headers.get("location").unwrap_or_else(|| panic!("{response:?}"));
        path_of(location.to_str().unwrap())
    }

    /// Signs in, beginning at this page of the application.
    pub(crate) async fn sign_in(&mut self, login: &str) -> Answer {
        let begun = self.get(login).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{begun:?}");
        let callback = self.at_workos(begun.location()).await;
        self.get(&callback).await
    }
}
