//! What attackers try: each of these tests fails without the check that it is for.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get};
use form_urlencoded::byte_serialize;
use http::{HeaderValue, Method, Request, StatusCode};
use workos::helpers::pkce::verifier_cookie_name;
use workos::helpers::seal::unseal;
use workos::helpers::sign_in::SignInRequest;
use workos::{RequestOptions, Timestamp};
use workos_axum::{Auth, AuthKit, Caller, Permission, Reason, Require, Session, User};
use workos_emulator::{Emulator, NewSignIn, TokenFlaw};

use crate::browser::{
    Answer, Browser, CALLBACK, Clock, DELETED, answer_of, auth, auth_at, emulator, keys, opened,
    path_of, session, session_in,
};

fn app(auth: &AuthKit) -> Router {
    let home = async |user: Option<User>| user.map(|user| user.email.clone()).unwrap_or_default();
    let organization = async |session: Session| session.claims.org_id.clone().unwrap_or_default();
    Router::new()
        .route("/", get(home))
        .route("/organization", get(organization))
        .fallback(any(async |_: User| ""))
        .merge(auth.routes())
        .layer(auth.layer())
}

/// An application, and a browser that nobody is signed in with.
macro_rules! stage {
    ($emulator:ident, $app:ident, $browser:ident) => {
        let $emulator = emulator().await;
        let $app = app(&auth(&$emulator));
        #[allow(unused_mut)]
        let mut $browser = Browser::new(&$app, &$emulator);
    };
}

mod redirects;
mod secrets;
mod sign_ins;

const LOGIN: &str = "/login?organization_id=org_acme";

/// Begins a sign-in, and returns the callback that WorkOS sends the browser to.
async fn begin(browser: &mut Browser<'_>, login: &str) -> String {
    let begun = browser.get(login).await;
    browser.at_workos(begun.location()).await
}

fn parameter(path: &str, name: &str) -> String {
    let query = path.split_once('?').unwrap().1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).unwrap().1.into_owned()
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// How many codes and refresh tokens were exchanged.
fn exchanged(emulator: &Emulator) -> usize {
    let requests = emulator.requests().latest();
    requests.iter().filter(|request| request.path == "/user_management/authenticate").count()
}

async fn home(browser: &mut Browser<'_>) -> String {
    browser.get("/").await.body
}

fn assert_says_sign_in_again(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert!(answer.body.contains("<h1>Sign in again</h1>"), "{answer:?}");
    assert!(answer.cookies_unsealed().iter().all(|cookie| cookie.ends_with(DELETED)), "{answer:?}");
}

const MARKUP: &str = "<script>alert('1')</script>&\"";

#[tokio::test]
async fn other_sites_cannot_sign_out_or_switch() {
    let emulator = emulator().await;
    let auth = auth(&emulator).token_route();
    let app = app(&auth);
    let sealed = session(&emulator, None);
    for (headers, is_served) in [
        (&[("sec-fetch-site", "same-origin")][..], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("origin", "http://localhost:3000")], true),
        (&[("origin", "HTTP://LOCALHOST:3000")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "http://localhost:3000")], false),
        (&[("sec-fetch-site", "Same-Origin")], false),
        (&[("sec-fetch-site", "same-origin, cross-site")], false),
        (&[("sec-fetch-site", ""), ("origin", "http://localhost:3000")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil.test")], false),
        (&[("origin", "https://localhost:3000")], false),
        (&[("origin", "http://localhost")], false),
        (&[("origin", "http://localhost:30000")], false),
        (&[("origin", "http://localhost:3000.evil.test")], false),
        (&[("origin", "http://localhost:3000@evil.test")], false),
        (&[("origin", "http://localhost:3000/")], false),
        (&[("origin", "http://evil.test/http://localhost:3000")], false),
        (&[("origin", "http://localhost:3000 http://evil.test")], false),
        (&[("referer", "http://localhost:3000/")], false),
        (&[("host", "localhost:3000")], false),
        (&[], false),
    ] {
        let requests = [(Method::POST, "/logout"), (Method::POST, "/switch/org_beta")];
        for (method, path) in requests.into_iter().chain([(Method::GET, "/token")]) {
            emulator.requests().clear();
            let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
            let answer = browser.send(method, path, headers).await;
            let expected = match (is_served, path) {
                (false, _) => 403,
                (true, "/switch/org_beta") => 204,
                _ => 200,
            };
            assert_eq!(answer.status.as_u16(), expected, "{path} {headers:?} {answer:?}");
            if !is_served {
                assert_eq!(answer.code().as_deref(), Some("cross_site_request"));
                assert_eq!(browser.cookies["wos-session"], sealed);
                assert_eq!(exchanged(&emulator), 0, "{path} {headers:?}");
                assert!(!answer.body.contains("ey"), "{answer:?}");
            }
        }
    }
    let mut browser = Browser::with_session(&app, &emulator, sealed);
    for path in ["/logout", "/switch/org_beta"] {
        assert_eq!(browser.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn the_usual_port_is_no_part_of_an_origin() {
    let emulator = emulator().await;
    for (redirect_uri, origin) in [
        ("https://app.example.com:443/callback", "https://app.example.com"),
        ("HTTP://App.example.com:80/callback", "http://app.example.com"),
        ("https://app.example.com:80/callback", "https://app.example.com:80"),
    ] {
        let auth = AuthKit::new(emulator.client(), keys()).redirect_uri(redirect_uri).unwrap();
        let mut browser = Browser::new(&app(&auth), &emulator);
        let answer = browser.send(Method::POST, "/logout", &[("origin", origin)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{redirect_uri}");
    }
}

#[tokio::test]
async fn nothing_that_is_sent_becomes_a_header() {
    stage!(emulator, app, _browser);
    let splitting = ["%0d%0aX-Evil:%201", "%0aX-Evil:1", "%00", "%ff%fe", "%E2%80%A8", "%80"];
    for evil in splitting {
        for path in [
            format!("/login?return_to=/{evil}"),
            format!("/login?login_hint={evil}"),
            format!("/login?organization_id=org{evil}"),
            format!("/login?invitation_token={evil}"),
            format!("/login?max_age={evil}"),
            format!("/signup?return_to=/{evil}&login_hint={evil}"),
            format!("/callback?code={evil}&state={evil}"),
            format!("/callback?error={evil}&error_description={evil}&state={evil}"),
            format!("/page{evil}?{evil}={evil}"),
        ] {
            let mut browser = Browser::new(&app, &emulator);
            let answer = browser.get(&path).await;
            assert!(answer.status.as_u16() < 500, "{path} {answer:?}");
            assert_eq!(answer.header("x-evil"), None, "{path}");
            if let Some(location) = answer.header("location") {
                assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{path} {location}");
            }
        }
        for path in [
            format!("/switch/org{evil}"),
            format!("/switch/org_acme?return_to=/{evil}"),
            format!("/logout?return_to={evil}"),
        ] {
            let sealed = session(&emulator, None);
            let answer = Browser::with_session(&app, &emulator, sealed).post(&path).await;
            assert!(answer.status.as_u16() < 500, "{path} {answer:?}");
            assert_eq!(answer.header("x-evil"), None, "{path}");
        }
    }
    for twice in ["return_to=/a&return_to=//evil.test", "max_age=1&max_age=2", "max_age=x"] {
        let answer = Browser::new(&app, &emulator).get(&format!("/login?{twice}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{twice}");
        let answer = Browser::new(&app, &emulator).fetch(&format!("/login?{twice}")).await;
        assert_eq!(answer.code().as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn whatever_cookies_come_the_answer_is_one_to_go_on_with() {
    stage!(emulator, app, _browser);
    let session = session(&emulator, None);
    let large = "a".repeat(64 * 1024);
    let many: Vec<_> = (0..200).map(|one| format!("wos-session.{one}=a")).collect();
    let pending: Vec<_> = (0..200).map(|one| format!("wos-auth-verifier-{one:08x}=a")).collect();
    let bytes: Vec<u8> = (0x20..=0xff).filter(|byte| *byte != 0x7f).collect();
    for cookies in [
        format!("wos-session={large}").into_bytes(),
        format!("wos-session=Fe26.2*1*{large}").into_bytes(),
        format!("wos-session.0=32.{large}").into_bytes(),
        "wos-session.0=999999999999999999999.a".as_bytes().to_vec(),
        "wos-session.0=-1.a".as_bytes().to_vec(),
        format!("{large}={large}").into_bytes(),
        many.join("; ").into_bytes(),
        pending.join("; ").into_bytes(),
        ";".repeat(64 * 1024).into_bytes(),
        b"=".to_vec(),
        b"wos-session".to_vec(),
        b"wos-session=\"".to_vec(),
        b"wos-session=%".to_vec(),
        b"wos-session=%ff%fe".to_vec(),
        "wos-session.\u{e4}=\u{e4}; wos-session=\u{2028}".as_bytes().to_vec(),
        [b"wos-session=", bytes.as_slice()].concat(),
        bytes,
    ] {
        for path in ["/", "/organization", LOGIN, "/callback?code=a&state=b"] {
            let request = Request::builder().uri(path).header("accept", "text/html");
            let request = request.header("cookie", HeaderValue::from_bytes(&cookies).unwrap());
            let answer = answer_of(&app, request.body(Body::empty()).unwrap()).await;
            assert!(answer.status.as_u16() < 500, "{path} {answer:?}");
            let is_sign_in = path == "/callback?code=a&state=b";
            assert_eq!(answer.status == StatusCode::BAD_REQUEST, is_sign_in, "{path}");
        }
    }
    // Two headers, of which one is not text: the other counts.
    let request =
        Request::builder().uri("/").header("cookie", HeaderValue::from_bytes(b"\xff").unwrap());
    let request = request.header("cookie", format!("a=b; wos-session={session}; c=d"));
    let answer = answer_of(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, "ada@example.com");
}

#[tokio::test]
async fn a_step_that_a_switch_requires_adds_no_parameter_and_keeps_the_session() {
    stage!(emulator, app, _browser);
    let sealed = session(&emulator, None);
    let body = serde_json::json!({"code": "sso_required", "message": "Another step.",
        "email": "ada@example.com", "pending_authentication_token": "pending_1",
        "connection_ids": ["conn_1"]});
    emulator.answers().always(Method::POST, "/user_management/authenticate", 403, body);
    let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
    let switch = "/switch/org_beta%26prompt=none?return_to=/a%26max_age=0";
    let location = "/login?organization_id=org_beta%26prompt%3Dnone&return_to=%2Fa%26max_age%3D0";
    assert_eq!(browser.post(switch).await.location(), location);
    let headers = [("sec-fetch-site", "same-origin")];
    let answer = browser.send(Method::POST, switch, &headers).await;
    let refusal = (answer.status, answer.code());
    assert_eq!(refusal, (StatusCode::FORBIDDEN, Some("step_required".to_owned())));
    assert_eq!(answer.json()["login_url"], location);
    assert!(!answer.body.contains("pending_1"), "{answer:?}");
    assert_eq!(browser.cookies["wos-session"], sealed);
}

#[tokio::test]
async fn an_outage_keeps_the_session_that_is_switched_and_its_end_deletes_it() {
    stage!(emulator, app, _browser);
    let sealed = session(&emulator, None);
    for (status, body, stays) in [
        (503, serde_json::json!({}), true),
        (403, serde_json::json!({"message": "no"}), true),
        (400, serde_json::json!({"error": "invalid_grant"}), false),
    ] {
        emulator.faults().clear();
        let fault = workos_emulator::Fault::status(status).body(body);
        emulator.faults().add(fault.path("/user_management/authenticate"));
        let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
        browser.post("/switch/org_beta").await;
        assert_eq!(browser.cookies.contains_key("wos-session"), stays, "{status}");
    }
}
