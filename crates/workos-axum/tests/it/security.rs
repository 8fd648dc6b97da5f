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

/// Where browsers would leave the application for.
const ELSEWHERE: [&str; 52] = [
    "//evil.test",
    "///evil.test",
    "////evil.test/%2f..",
    "/\\evil.test",
    "\\/evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "/a\\..\\..\\\\evil.test",
    "//evil.test/..;/",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "/\r\n//evil.test",
    "\t//evil.test",
    "\u{0}//evil.test",
    "/\u{0}/evil.test",
    "/\u{b}/evil.test",
    "/\u{7f}/evil.test",
    "/\u{85}/evil.test",
    " //evil.test",
    " /a",
    "https://evil.test",
    "http://evil.test",
    "HTTPS://EVIL.TEST",
    "https:evil.test",
    "https:/evil.test",
    "https:\\\\evil.test",
    "https:///evil.test",
    "ht\ntps://evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://evil.test/x",
    "file:///etc/passwd",
    "ftp://evil.test",
    "mailto:a@evil.test",
    "about:blank",
    "//localhost:3000@evil.test",
    "//user:pass@evil.test",
    "http://localhost:3000@evil.test/",
    "http://localhost:3000.evil.test/",
    "localhost:3000",
    "evil.test",
    ".evil.test",
    "@evil.test",
    "%2f%2fevil.test",
    "?next=//evil.test",
    "#//evil.test",
    "//[::1]/",
    "",
];

/// What stays, and how the browser is sent there.
const HERE: [(&str, &str); 9] = [
    ("/", "/"),
    ("/notes?page=2&sort=a%20b#top", "/notes?page=2&sort=a%20b#top"),
    ("/a b/\u{e4}\"<x>", "/a%20b/%C3%A4%22%3Cx%3E"),
    ("/%2F/evil.test", "/%2F/evil.test"),
    ("/%0d%0aSet-Cookie:x=1", "/%0d%0aSet-Cookie:x=1"),
    ("/a//b", "/a//b"),
    ("/@evil.test", "/@evil.test"),
    ("/.evil.test", "/.evil.test"),
    ("/\u{2028}/evil.test", "/%E2%80%A8/evil.test"),
];

#[tokio::test]
async fn no_return_to_leads_out_of_a_sign_in() {
    stage!(emulator, app, _browser);
    let elsewhere = ELSEWHERE.map(|path| (path, "/"));
    for (path, expected) in elsewhere.into_iter().chain(HERE) {
        let mut browser = Browser::new(&app, &emulator);
        let answer = browser.sign_in(&format!("{LOGIN}&return_to={}", encoded(path))).await;
        let redirect = (answer.status, answer.location());
        assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{path:?}");
    }
}

#[tokio::test]
async fn no_return_to_and_no_referrer_leads_out_of_a_switch() {
    stage!(emulator, app, _browser);
    let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
    let elsewhere = ELSEWHERE.map(|path| (path, "/"));
    for (path, expected) in elsewhere.into_iter().chain(HERE) {
        let switch = format!("/switch/org_acme?return_to={}", encoded(path));
        let answer = browser.post(&switch).await;
        let redirect = (answer.status, answer.location());
        assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{path:?}");

        let on_the_page = format!("http://localhost:3000{path}");
        for (referrer, expected) in [(path, "/"), (&*on_the_page, expected)] {
            // Others cannot be sent.
            let Ok(_) = HeaderValue::try_from(referrer) else { continue };
            if !referrer.is_ascii() {
                continue;
            }
            let headers =
                [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", referrer)];
            let answer = browser.send(Method::POST, "/switch/org_acme", &headers).await;
            let redirect = (answer.status, answer.location());
            assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{referrer:?}");
        }
    }
}

#[tokio::test]
async fn no_path_of_the_application_leads_out_of_it() {
    stage!(emulator, app, browser);
    for (path, expected) in [
        ("//evil.test/", "/login"),
        ("///evil.test/", "/login"),
        ("/\\evil.test/", "/login"),
        ("/a//evil.test", "/login?return_to=%2Fa%2F%2Fevil.test"),
        ("/a?next=https://evil.test", "/login?return_to=%2Fa%3Fnext%3Dhttps%3A%2F%2Fevil.test"),
        ("/a?b&max_age=0", "/login?return_to=%2Fa%3Fb%26max_age%3D0"),
    ] {
        let Ok(_) = path.parse::<http::Uri>() else { continue };
        assert_eq!(browser.get(path).await.location(), expected, "{path}");
    }
}

#[tokio::test]
async fn nobody_returns_to_a_route_of_the_sign_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).prefix("/auth").unwrap();
    let app = Router::new().merge(auth.routes()).layer(auth.layer());
    for path in [
        "/auth/login",
        "/auth/login?return_to=/auth/login",
        "/auth/signup#a",
        "/auth/logout",
        "/auth/token?a=b",
        "/callback?code=a&state=b",
    ] {
        let mut browser = Browser::new(&app, &emulator);
        let login = format!("/auth{LOGIN}&return_to={}", encoded(path));
        assert_eq!(browser.sign_in(&login).await.location(), "/", "{path}");
    }
}

#[tokio::test]
async fn a_code_of_an_attacker_signs_nobody_in() {
    stage!(emulator, app, attacker);
    let callback = begin(&mut attacker, "/login?login_hint=bob%40example.com").await;
    for has_begun in [false, true] {
        for has_session in [false, true] {
            let mut victim = Browser::new(&app, &emulator);
            if has_session {
                victim.cookies.insert("wos-session".into(), session(&emulator, None));
            }
            if has_begun {
                begin(&mut victim, LOGIN).await;
            }
            let before = victim.cookies.clone();
            assert_says_sign_in_again(&victim.get(&callback).await);
            assert_eq!(victim.cookies, before);
            let is = if has_session { "ada@example.com" } else { "" };
            assert_eq!(home(&mut victim).await, is);
        }
    }
    assert_eq!(exchanged(&emulator), 0);
    // The browser that began it completes it.
    assert_eq!(attacker.get(&callback).await.status, StatusCode::SEE_OTHER);
    assert_eq!(home(&mut attacker).await, "bob@example.com");
}

#[tokio::test]
async fn a_code_of_an_attacker_with_the_state_of_the_victim_signs_nobody_in() {
    stage!(emulator, app, attacker);
    let foreign = begin(&mut attacker, "/login?login_hint=bob%40example.com").await;
    let mut victim = Browser::new(&app, &emulator);
    let own = begin(&mut victim, LOGIN).await;
    // Should the state leak, PKCE still tells the codes apart.
    let (code, state) = (parameter(&foreign, "code"), parameter(&own, "state"));
    let answer = victim.get(&format!("/callback?code={code}&state={state}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(home(&mut victim).await, "");
}

#[tokio::test]
async fn a_callback_works_once() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let cookies = browser.cookies.clone();
    assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
    let signed_in = browser.cookies.clone();
    assert_says_sign_in_again(&browser.get(&callback).await);
    assert_eq!((browser.cookies.clone(), exchanged(&emulator)), (signed_in.clone(), 1));
    // Not even with the cookie of the sign-in, in an attacker's hands.
    browser.cookies = cookies;
    let again = browser.get(&callback).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{again:?}");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_callback_without_the_cookie_of_its_own_sign_in_is_refused() {
    stage!(emulator, app, browser);
    let first = begin(&mut browser, LOGIN).await;
    let second = begin(&mut browser, LOGIN).await;
    let [first_name, second_name] =
        [&first, &second].map(|path| verifier_cookie_name(&parameter(path, "state")));
    let both = browser.cookies.clone();
    let one = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
    let genuine = both[&first_name].as_str();
    let short = &genuine[..genuine.len() - 10];
    let sealed_session = session(&emulator, None);
    for (what, cookies) in [
        ("none", Default::default()),
        ("the other one's", one(&second_name, &both[&second_name])),
        ("the other one's under this name", one(&first_name, &both[&second_name])),
        ("one that was cut", one(&first_name, short)),
        ("garbage", one(&first_name, "garbage")),
        ("nothing", one(&first_name, "")),
        ("a session", one(&first_name, &sealed_session)),
        ("under the session's name", one("wos-session", genuine)),
    ] {
        browser.cookies = cookies;
        let answer = browser.get(&first).await;
        assert_says_sign_in_again(&answer);
        assert_eq!(home(&mut browser).await, "", "{what}");
    }
    assert_eq!(exchanged(&emulator), 0);
    browser.cookies = both;
    assert_eq!(browser.get(&first).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_cookie_of_a_sign_in_is_no_session() {
    stage!(emulator, app, browser);
    begin(&mut browser, LOGIN).await;
    let sealed = browser.cookies.values().next().unwrap().clone();
    let mut browser = Browser::with_session(&app, &emulator, sealed);
    let answer = browser.get("/").await;
    assert_eq!(answer.body, "");
    assert_eq!(answer.set_cookies(), [format!("wos-session=; {DELETED}")]);
}

#[tokio::test]
async fn a_changed_state_is_refused() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let (code, state) = (parameter(&callback, "code"), parameter(&callback, "state"));
    let name = verifier_cookie_name(&state);
    let sealed = browser.cookies[&name].clone();
    let mut changed: Vec<String> = (0..state.len())
        .map(|at| {
            let other = if &state[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &state[..at], &state[at + 1..])
        })
        .collect();
    changed.extend([format!("{state}A"), state[1..].to_owned(), state.to_lowercase()]);
    changed.extend([format!("{state}%00"), format!("%20{state}"), "x".repeat(10_000)]);
    for state in changed {
        let decoded = parameter(&format!("/?state={state}"), "state");
        // With the sealed cookie under the name that this state asks for.
        browser.cookies.insert(verifier_cookie_name(&decoded), sealed.clone());
        let answer = browser.get(&format!("/callback?code={code}&state={state}")).await;
        assert_says_sign_in_again(&answer);
        assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "another sign-in's cookie stays");
        browser.cookies.retain(|own, _| *own == name);
    }
    assert_eq!(exchanged(&emulator), 0);
    let both = format!("/callback?code={code}&state={state}&state=another");
    assert_eq!(browser.get(&both).await.status, StatusCode::SEE_OTHER, "the first counts");
}

#[tokio::test]
async fn a_sign_in_ends_after_ten_minutes() {
    for (after, is_in_time) in [(0, true), (599, true), (600, false), (86_400, false)] {
        let (emulator, clock) = (emulator().await, Clock::new());
        let app = app(&auth_at(&emulator, &clock));
        let mut browser = Browser::new(&app, &emulator);
        let callback = begin(&mut browser, &format!("{LOGIN}&return_to=/notes")).await;
        clock.advance(Duration::from_millis(
            after * 1000 - after.min(1) * 500 * u64::from(is_in_time),
        ));
        let answer = browser.get(&callback).await;
        if is_in_time {
            assert_eq!(answer.location(), "/notes", "{after}");
        } else {
            assert_says_sign_in_again(&answer);
            assert!(answer.body.contains("/login?return_to=%2Fnotes"), "{answer:?}");
            assert_eq!(exchanged(&emulator), 0);
        }
        let expected = if is_in_time { vec!["wos-session"] } else { vec![] };
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), expected, "{after}");
    }
}

#[tokio::test]
async fn the_sixth_sign_in_ends_the_oldest_and_no_other() {
    let (emulator, clock) = (emulator().await, Clock::new());
    let app = app(&auth_at(&emulator, &clock));
    let mut browser = Browser::new(&app, &emulator);
    // What cannot be opened goes first.
    browser.cookies.insert("wos-auth-verifier-garbage".into(), "garbage".into());
    let mut callbacks = Vec::new();
    for number in 0..6 {
        clock.advance(Duration::from_secs(1));
        callbacks.push(begin(&mut browser, &format!("{LOGIN}&return_to=/{number}")).await);
        let garbage_is_gone = number >= 4;
        assert_eq!(browser.cookies.contains_key("wos-auth-verifier-garbage"), !garbage_is_gone);
        assert_eq!(browser.cookies.len(), (number + 2).min(5));
    }
    assert_says_sign_in_again(&browser.get(&callbacks[0]).await);
    for (number, callback) in callbacks.iter().enumerate().skip(1) {
        assert_eq!(browser.get(callback).await.location(), format!("/{number}"));
    }
}

#[tokio::test]
async fn five_tabs_complete_in_any_order() {
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 4, 0, 2, 1]] {
        stage!(emulator, app, browser);
        let mut callbacks = Vec::new();
        for number in 0..5 {
            callbacks.push(begin(&mut browser, &format!("{LOGIN}&return_to=/{number}")).await);
        }
        for number in order {
            let answer = browser.get(&callbacks[number]).await;
            assert_eq!(answer.location(), format!("/{number}"), "{order:?}");
        }
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"]);
        assert_eq!(home(&mut browser).await, "ada@example.com");
    }
}

const MARKUP: &str = "<script>alert('1')</script>&\"";

#[tokio::test]
async fn a_refusal_is_told_in_plain_text_to_who_began_the_sign_in_and_to_nobody_else() {
    stage!(emulator, app, browser);
    let state = parameter(&begin(&mut browser, LOGIN).await, "state");
    let error = format!("error=access_denied&error_description={}", encoded(MARKUP));

    let forged = browser.get(&format!("/callback?{error}&state=forged")).await;
    assert_says_sign_in_again(&forged);
    assert!(!forged.body.contains("script"), "{forged:?}");
    assert_eq!(browser.cookies.len(), 1);

    let without = browser.get(&format!("/callback?{error}")).await;
    assert_eq!((without.status, without.location()), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(without.body, "");

    let genuine = browser.get(&format!("/callback?{error}&state={state}&code=code_1")).await;
    assert_eq!(genuine.status, StatusCode::FORBIDDEN);
    let text = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;";
    assert!(genuine.body.contains(text) && !genuine.body.contains("<script"), "{genuine:?}");
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    assert_eq!(genuine.header("content-security-policy"), Some(policy));
    assert!(browser.cookies.is_empty(), "the sign-in has ended");
    assert_eq!(exchanged(&emulator), 0);
}

#[tokio::test]
async fn a_callback_that_nobody_began_begins_a_sign_in_and_never_a_session() {
    stage!(emulator, app, browser);
    let code = parameter(&begin(&mut browser, LOGIN).await, "code");
    let mut victim = Browser::new(&app, &emulator);
    for query in [
        "".into(),
        "?".into(),
        format!("?code={code}"),
        format!("?code={code}&state="),
        "?state".into(),
    ] {
        let answer = victim.get(&format!("/callback{query}")).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/login"),
            "{query}"
        );
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
    assert_eq!(exchanged(&emulator), 0);
}

#[tokio::test]
async fn a_planted_session_is_replaced_at_the_sign_in() {
    stage!(emulator, app, browser);
    let new = NewSignIn { user_id: "user_bob".into(), ..Default::default() };
    let bob = emulator.fixtures().sign_in(new).unwrap();
    let bob = workos::helpers::session::seal_session_from_auth_response(bob, &keys()).unwrap();
    for planted in ["wos-session", "wos-session.0", "wos-session.31"] {
        browser.cookies.clear();
        browser.cookies.insert(planted.into(), bob.expose().to_owned());
        let signed_in = browser.sign_in(LOGIN).await;
        assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{signed_in:?}");
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"], "{planted}");
        assert_eq!(home(&mut browser).await, "ada@example.com", "{planted}");
        let own = opened(&browser.cookies["wos-session"]);
        assert_ne!(own.refresh_token, opened(bob.expose()).refresh_token);
    }
}

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
async fn a_sign_in_that_a_hook_refuses_signs_nobody_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).on_sign_in(async |signed_in| {
        assert_eq!(signed_in.response.user.id, "user_ada");
        Err(axum::response::IntoResponse::into_response((StatusCode::FORBIDDEN, "not you")))
    });
    let app = app(&auth);
    let mut browser = Browser::new(&app, &emulator);
    let refused = browser.sign_in(LOGIN).await;
    assert_eq!((refused.status, refused.body.as_str()), (StatusCode::FORBIDDEN, "not you"));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    // Who was signed in stays so.
    let sealed = session(&emulator, None);
    let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
    browser.sign_in(LOGIN).await;
    assert_eq!(browser.cookies.into_iter().collect::<Vec<_>>(), [("wos-session".into(), sealed)]);
}

#[tokio::test]
async fn the_token_is_handed_out_only_when_asked_for() {
    let emulator = emulator().await;
    let headers = [("sec-fetch-site", "same-origin")];
    let without = Router::new().merge(auth(&emulator).routes());
    let sealed = session(&emulator, None);
    let mut browser = Browser::with_session(&without, &emulator, sealed.clone());
    let answer = browser.send(Method::GET, "/token", &headers).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let with = Router::new().merge(auth(&emulator).token_route().routes());
    let mut browser = Browser::with_session(&with, &emulator, sealed.clone());
    let answer = browser.send(Method::GET, "/token", &headers).await;
    let token = opened(&sealed).access_token;
    assert_eq!(answer.json()["access_token"], token.expose());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.body.contains(opened(&sealed).refresh_token.expose()));

    let expired = session(&emulator, Some(TokenFlaw::Expired));
    let mut browser = Browser::with_session(&with, &emulator, expired);
    let answer = browser.send(Method::GET, "/token", &headers).await;
    let token = opened(&browser.cookies["wos-session"]).access_token;
    assert_eq!(answer.json()["access_token"], token.expose());
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn a_sign_in_ends_no_cookie_of_the_application() {
    stage!(emulator, app, browser);
    browser.cookies.insert("wos-session".into(), session(&emulator, None));
    for name in ["a", "b", "c", "d", "wos-auth", "wos-auth-verifier"] {
        browser.cookies.insert(name.into(), "kept".into());
    }
    let begun = browser.get(LOGIN).await;
    assert_eq!(begun.set_cookies().len(), 1, "{begun:?}");
    assert_eq!(home(&mut browser).await, "ada@example.com");
}

#[tokio::test]
async fn no_return_to_leads_out_of_a_sign_out_but_by_workos() {
    stage!(emulator, app, browser);
    begin(&mut browser, LOGIN).await;
    let of_sign_in = browser.cookies.values().next().unwrap().clone();
    let logout = "/logout?return_to=https%3A%2F%2Fevil.test";
    for planted in ["", "garbage", &of_sign_in] {
        let mut browser = Browser::with_session(&app, &emulator, planted.into());
        assert_eq!(browser.post(logout).await.location(), "/", "{planted}");
    }
    assert_eq!(Browser::new(&app, &emulator).post(logout).await.location(), "/");
    // WorkOS knows where an application may send people.
    let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
    let location = browser.post(logout).await.location().to_owned();
    let of_workos = "http://localhost/user_management/sessions/logout?";
    assert!(location.starts_with(of_workos), "{location}");
    assert_eq!(parameter(&location, "return_to"), "https://evil.test");
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
async fn no_cache_keeps_what_a_sign_in_answers() {
    stage!(emulator, app, browser);
    for path in [LOGIN, "/signup", "/callback?code=a", "/callback?code=a&state=b"] {
        assert_eq!(browser.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn a_session_that_no_browser_keeps_is_an_error() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let body = serde_json::json!({"user": {"object": "user", "id": "user_ada",
            "email": "ada@example.com", "email_verified": true, "first_name": null,
            "last_name": null, "profile_picture_url": null, "external_id": null,
            "last_sign_in_at": null, "metadata": {},
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"},
        "access_token": "a".repeat(200_000), "refresh_token": "r"});
    emulator.answers().always(Method::POST, "/user_management/authenticate", 200, body);
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    assert!(browser.cookies.is_empty(), "the sign-in has ended");
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

#[tokio::test]
async fn a_hook_that_answers_a_failure_ends_the_sign_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).on_failure(|_| Some(StatusCode::IM_A_TEAPOT));
    let app = app(&auth);
    let mut browser = Browser::new(&app, &emulator);
    let state = parameter(&begin(&mut browser, LOGIN).await, "state");
    let answer = browser.get(&format!("/callback?error=access_denied&state={state}")).await;
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
}

#[tokio::test]
async fn a_step_that_a_sign_in_requires_shows_no_token() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let body = serde_json::json!({"code": "mfa_enrollment", "message": "Another step.",
        "pending_authentication_token": "pending_1",
        "user": {"id": "user_ada", "email": "ada@example.com"}});
    emulator.answers().always(Method::POST, "/user_management/authenticate", 403, body);
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert!(answer.body.contains("<h1>Another step is required</h1>"), "{answer:?}");
    assert!(!answer.body.contains("pending_1"), "{answer:?}");
    assert!(browser.cookies.is_empty());
}

/// All that must not show.
fn secrets_of(sealed: &str) -> Vec<String> {
    let data = opened(sealed);
    vec![
        data.access_token.expose().to_owned(),
        data.refresh_token.expose().to_owned(),
        sealed.to_owned(),
        "a cookie password of 32 characters".to_owned(),
        "sk_test_default".to_owned(),
    ]
}

fn assert_hides(what: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn no_secret_shows_in_debug_output() {
    let emulator = emulator().await;
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let (tell_sign_in, tell_refresh, tell_failure) = (told.clone(), told.clone(), told);
    let auth = auth(&emulator)
        .on_sign_in(move |signed_in| {
            tell_sign_in.send(format!("{signed_in:?} {signed_in:#?}")).unwrap();
            std::future::ready(Ok(()))
        })
        .on_refresh(move |refreshed| tell_refresh.send(format!("{refreshed:?}")).unwrap())
        .on_failure(move |failed| -> Option<StatusCode> {
            tell_failure.send(format!("{failed:?} {failed}")).unwrap();
            None
        });
    let shown = async |auth: Auth, session: Session, user: User, caller: Caller| {
        let rejection = auth.rejection(Reason::SignedOut);
        format!("{auth:?} {:?} {session:?} {user:?} {caller:?} {rejection:?}", auth.kit())
    };
    let app = Router::new().route("/", get(shown)).merge(auth.routes()).layer(auth.layer());

    let mut browser = Browser::new(&app, &emulator);
    let begun = browser.get(LOGIN).await;
    let sealed_sign_in = browser.cookies.values().next().unwrap().clone();
    let pending: serde_json::Value = unseal(&sealed_sign_in, &keys(), Timestamp::now()).unwrap();
    let verifier = pending["codeVerifier"].as_str().unwrap().to_owned();
    let state = pending["state"].as_str().unwrap().to_owned();
    assert!(!begun.location().contains(&verifier) && begun.location().contains(&state));
    let callback = browser.at_workos(begun.location()).await;
    let code = parameter(&callback, "code");
    let completed = browser.get(&callback).await;
    let shown = browser.get("/").await.body;
    browser.get(&callback).await;

    let mut secrets = secrets_of(&browser.cookies["wos-session"]);
    secrets.extend([verifier, state, code]);
    secrets.push(sealed_sign_in);
    assert_hides("Debug of extractors", &shown, &secrets);
    let layer = auth.layer();
    assert_hides("Debug of AuthKit", &format!("{auth:?} {auth:#?} {layer:?}"), &secrets);
    assert_hides("the location of the callback", completed.location(), &secrets);
    assert_hides("the callback", &completed.body, &secrets);

    let mut expired =
        Browser::with_session(&app, &emulator, session(&emulator, Some(TokenFlaw::Expired)));
    let before = expired.cookies["wos-session"].clone();
    let shown = expired.get("/").await.body;
    secrets.extend(secrets_of(&before));
    secrets.extend(secrets_of(&expired.cookies["wos-session"]));
    assert_hides("Debug of a refreshed session", &shown, &secrets);

    let mut count = 0;
    while let Ok(text) = hears.try_recv() {
        assert_hides("what a hook gets", &text, &secrets);
        count += 1;
    }
    assert_eq!(count, 3, "a sign-in, a failure and a refresh");

    let sign_in = auth.client().sign_in(CALLBACK, &keys()).options(RequestOptions::new());
    let request = SignInRequest { custom_state: Some("own state".into()), ..Default::default() };
    let request = SignInRequest {
        authorization: workos::helpers::authkit::AuthKitAuthorizationUrlParams {
            invitation_token: Some("invitation_1".into()),
            state: Some("a state".into()),
            ..Default::default()
        },
        ..request
    };
    let text = format!("{request:?}");
    let own = ["invitation_1", "a state"].map(str::to_owned);
    assert_hides("Debug of a request for a sign-in", &text, &own);
    let begun = sign_in.begin(request, &Default::default()).unwrap();
    let state = parameter(&path_of(&begun.url), "state");
    let sealed = begun.cookies[0].to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    secrets.extend([state, sealed, "invitation_1".to_owned()]);
    assert_hides("Debug of a sign-in", &format!("{sign_in:?} {begun:?}"), &secrets);
    let callback = workos::helpers::sign_in::SignInCallback::from("code=code_1&state=state_1");
    let own = ["code_1", "state_1"].map(str::to_owned);
    assert_hides("Debug of a callback", &format!("{callback:?}"), &own);
}

/// An application may have secrets of its own in the query of a page, such as a reset token.
#[tokio::test]
async fn the_query_of_a_page_does_not_show_in_the_debug_output_of_its_rejection() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let show = async |user: Result<User, workos_axum::Rejection>| format!("{user:?}");
    let app = Router::new().route("/reset", get(show)).layer(auth.layer());
    let shown = Browser::new(&app, &emulator).get("/reset?token=reset_1").await.body;
    assert_hides("Debug of a rejection", &shown, &["reset_1".to_owned()]);
}

#[tokio::test]
async fn no_secret_shows_in_an_error() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let app = Router::new()
        .route("/", get(async |_: User| ""))
        .route("/guarded", get(async || "").require(Permission("nobody:has")))
        .merge(auth.routes())
        .layer(auth.layer());
    let sealed = session_in(&emulator, "org_beta", Some(TokenFlaw::Expired));
    for status in [400, 401, 403, 404, 422, 429, 500, 503] {
        emulator.faults().clear();
        let body =
            serde_json::json!({"message": "secret words of the server", "code": "secret_code"});
        let fault = workos_emulator::Fault::status(status).body(body);
        emulator.faults().add(fault.path("/user_management/*"));
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/guarded"),
            (Method::POST, "/switch/org_acme"),
            (Method::POST, "/logout"),
        ] {
            for accept in ["text/html", "application/json"] {
                let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
                let headers = [("accept", accept), ("sec-fetch-site", "same-origin")];
                let answer = browser.send(method.clone(), path, &headers).await;
                let text = format!("{} {:?}", answer.body, answer.headers);
                let mut secrets = secrets_of(&sealed);
                secrets.push("secret".into());
                assert_hides(path, &text, &secrets);
            }
        }
        let mut browser = Browser::new(&app, &emulator);
        emulator.faults().clear();
        let callback = begin(&mut browser, LOGIN).await;
        let body =
            serde_json::json!({"message": "secret words of the server", "code": "secret_code"});
        let fault = workos_emulator::Fault::status(status).body(body);
        emulator.faults().add(fault.path("/user_management/authenticate"));
        let before = browser.cookies.clone();
        let answer = browser.get(&callback).await;
        let state = parameter(&callback, "state");
        assert_hides("the callback", &answer.body, &[state, "secret".into()]);
        // Who may try again keeps what that takes.
        let is_transient = matches!(status, 429 | 500 | 503);
        assert_eq!(answer.status == StatusCode::SERVICE_UNAVAILABLE, is_transient, "{answer:?}");
        assert_eq!(browser.cookies == before, is_transient, "{status}");
        if is_transient {
            emulator.faults().clear();
            assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
        }
    }
}
