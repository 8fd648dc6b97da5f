//! What a request gets, for each state that a session can be in, and each way to ask for it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Method, StatusCode};
use serde_json::json;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::seal_session;
use workos::user_management::RevokeSession;
use workos_axum::{Permission, Require, User};
use workos_emulator::{Emulator, Fault, TokenFlaw};

use crate::browser::{
    ATTRIBUTES, Answer, Browser, Clock, DELETED, auth_at, client, emulator, exchanges, opened,
    session,
};

const REFRESH: &str = "/user_management/authenticate";

/// The ways to ask who is signed in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asks {
    Page,
    Fetch,
    Optional,
    Guard,
}

/// What all of them agree on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Is {
    SignedIn,
    SignedOut,
    Unavailable { retry_after: &'static str },
}

/// What becomes of the cookie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cookie {
    Stays,
    Replaced,
    Deleted(&'static [&'static str]),
}

const WHOLE: Cookie = Cookie::Deleted(&["wos-session"]);

struct World {
    emulator: Emulator,
    clock: Arc<Clock>,
    app: Router,
}

impl World {
    async fn new() -> Self {
        let (emulator, clock) = (emulator().await, Clock::new());
        let auth = auth_at(&emulator, &clock);
        let app = Router::new()
            .route("/user", get(async |user: User| user.email.clone()))
            .route("/guarded", get(async || "guarded").require(Permission("notes:read")))
            .route("/", get(async |user: Option<User>| format!("{}", user.is_some())))
            .merge(auth.routes())
            .layer(auth.layer());
        Self { emulator, clock, app }
    }

    fn browser(&self, cookies: &[(&str, String)]) -> Browser<'_> {
        let mut browser = Browser::new(&self.app, &self.emulator);
        let cookies = cookies.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        browser.cookies.extend(cookies);
        browser
    }

    fn with(&self, flaw: Option<TokenFlaw>) -> Browser<'_> {
        self.browser(&[("wos-session", session(&self.emulator, flaw))])
    }

    fn fail(&self, fault: Fault) {
        self.emulator.faults().add(fault.on(Method::POST, REFRESH));
    }

    /// The answer to every refresh.
    fn refuse(&self, code: &str) {
        let body = json!({"code": code, "message": "Another step.", "email": "ada@example.com",
            "pending_authentication_token": "pending_1", "connection_ids": ["conn_1"]});
        self.emulator.answers().always(Method::POST, REFRESH, 403, body);
    }

    /// Ends the sessions of Ada.
    async fn revoke(&self) {
        let client = client(&self.emulator, &self.clock);
        let users = client.user_management();
        for session in users.list_sessions("user_ada", Default::default()).await.unwrap().data {
            users.revoke_session(RevokeSession::new(session.id)).await.unwrap();
        }
    }

    /// As much later as makes the token of a session one of 25 seconds.
    fn until_it_is_about_to_expire(&self) {
        let most = Duration::from_secs(275);
        self.clock.advance(most);
        self.emulator.clock().advance(most);
    }

    async fn ask(&self, browser: &mut Browser<'_>, asks: Asks) -> Answer {
        match asks {
            Asks::Page => browser.get("/user").await,
            Asks::Fetch => browser.fetch("/user").await,
            Asks::Optional => browser.get("/").await,
            Asks::Guard => browser.get("/guarded").await,
        }
    }
}

/// The rest of a response, in whole.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    location: Option<String>,
    code: Option<String>,
    retry_after: Option<String>,
    challenge: Option<String>,
    set_cookie: Vec<String>,
    cache_control: Option<String>,
    vary: Vec<String>,
}

fn seen(answer: &Answer) -> Seen {
    let header = |name| answer.header(name).map(str::to_owned);
    let vary = answer.headers.get_all("vary").into_iter();
    Seen {
        status: answer.status.as_u16(),
        location: header("location"),
        code: answer.code(),
        retry_after: header("retry-after"),
        challenge: header("www-authenticate"),
        set_cookie: answer.cookies_unsealed(),
        cache_control: header("cache-control"),
        vary: vary.map(|value| value.to_str().unwrap().to_owned()).collect(),
    }
}

fn expected(is: Is, cookie: Cookie, asks: Asks) -> Seen {
    let login = match asks {
        Asks::Page => Some("/login?return_to=%2Fuser"),
        Asks::Guard => Some("/login?return_to=%2Fguarded"),
        _ => None,
    };
    let (status, location, code) = match (is, asks) {
        (Is::SignedIn, _) | (Is::SignedOut, Asks::Optional) => (StatusCode::OK, None, None),
        (Is::SignedOut, Asks::Fetch) => (StatusCode::UNAUTHORIZED, None, Some("unauthenticated")),
        (Is::SignedOut, _) => (StatusCode::SEE_OTHER, login, None),
        (Is::Unavailable { .. }, Asks::Fetch) => {
            (StatusCode::SERVICE_UNAVAILABLE, None, Some("unavailable"))
        }
        (Is::Unavailable { .. }, _) => (StatusCode::SERVICE_UNAVAILABLE, None, None),
    };
    let is_refused_script = is == Is::SignedOut && asks == Asks::Fetch;
    let is_page_of_error = matches!(is, Is::Unavailable { .. }) && asks != Asks::Fetch;
    let cache_control = if cookie != Cookie::Stays || is == Is::SignedIn {
        Some("private, no-store")
    } else {
        is_page_of_error.then_some("no-store")
    };
    Seen {
        status: status.as_u16(),
        location: location.map(str::to_owned),
        code: code.map(str::to_owned),
        retry_after: match is {
            Is::Unavailable { retry_after } => Some(retry_after.to_owned()),
            _ => None,
        },
        challenge: is_refused_script.then(|| "Bearer".to_owned()),
        set_cookie: match cookie {
            Cookie::Stays => Vec::new(),
            Cookie::Replaced => vec![format!("wos-session=…; {ATTRIBUTES}")],
            Cookie::Deleted(names) => {
                names.iter().map(|name| format!("{name}=; {DELETED}")).collect()
            }
        },
        cache_control: cache_control.map(str::to_owned),
        vary: vec!["Cookie".to_owned()],
    }
}

const ALL: [Asks; 4] = [Asks::Page, Asks::Fetch, Asks::Optional, Asks::Guard];

/// Asks in each way, each time in a world of its own. What is in the cookie then works.
macro_rules! outcomes {
    ($($(#[$attribute:meta])* $name:ident: $is:expr, $cookie:expr, |$world:ident| $browser:expr;)+) => { $(
        $(#[$attribute])*
        #[tokio::test]
        async fn $name() {
            for asks in ALL {
                let world = World::new().await;
                let mut browser = {
                    let $world = &world;
                    $browser
                };
                let before = browser.cookies.get("wos-session").cloned();
                let answer = world.ask(&mut browser, asks).await;
                assert_eq!(seen(&answer), expected($is, $cookie, asks), "{asks:?} {answer:?}");
                match $cookie {
                    Cookie::Stays => assert_eq!(browser.cookies.get("wos-session"), before.as_ref()),
                    Cookie::Replaced => {
                        world.emulator.faults().clear();
                        assert_ne!(browser.cookies.get("wos-session"), before.as_ref());
                        let again = world.ask(&mut browser, asks).await;
                        assert_eq!((again.status, again.set_cookies().len()), (StatusCode::OK, 0));
                        assert_eq!(exchanges(&world.emulator).into_values().collect::<Vec<_>>(), [1]);
                    }
                    Cookie::Deleted(_) => assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys()),
                }
            }
        }
    )+ };
}

outcomes! {
    without_a_cookie_nobody_is_signed_in: Is::SignedOut, Cookie::Stays, |world| world.browser(&[]);

    a_valid_session_is_served: Is::SignedIn, Cookie::Stays, |world| world.with(None);

    an_expired_session_is_refreshed: Is::SignedIn, Cookie::Replaced,
        |world| world.with(Some(TokenFlaw::Expired));

    a_token_that_no_key_verifies_is_refreshed: Is::SignedIn, Cookie::Replaced,
        |world| world.with(Some(TokenFlaw::UnknownKey));

    an_expired_session_that_was_revoked_is_over: Is::SignedOut, WHOLE, |world| {
        let browser = world.with(Some(TokenFlaw::Expired));
        world.revoke().await;
        browser
    };

    an_outage_keeps_an_expired_session: Is::Unavailable { retry_after: "5" }, Cookie::Stays, |world| {
        world.fail(Fault::status(503));
        world.with(Some(TokenFlaw::Expired))
    };

    an_outage_says_when_to_come_back: Is::Unavailable { retry_after: "31" }, Cookie::Stays, |world| {
        world.fail(Fault::status(503).header("retry-after", "31"));
        world.with(Some(TokenFlaw::Expired))
    };

    a_limit_keeps_an_expired_session: Is::Unavailable { retry_after: "7" }, Cookie::Stays, |world| {
        world.fail(Fault::status(429).header("retry-after", "7"));
        // The SDK waits and asks again, within ten seconds in all.
        world.clock.advance_on_wait(Duration::from_secs(7));
        world.with(Some(TokenFlaw::Expired))
    };

    a_lost_connection_keeps_an_expired_session: Is::Unavailable { retry_after: "5" }, Cookie::Stays,
        |world| {
            world.fail(Fault::reset());
            world.with(Some(TokenFlaw::Expired))
        };

    a_wrong_api_key_keeps_an_expired_session: Is::Unavailable { retry_after: "5" }, Cookie::Stays,
        |world| {
            world.fail(Fault::status(401));
            world.with(Some(TokenFlaw::Expired))
        };

    garbage_is_deleted: Is::SignedOut, WHOLE, |world| world.browser(&[("wos-session", "garbage".into())]);

    a_cookie_of_another_password_is_deleted: Is::SignedOut, WHOLE, |world| {
        let data = opened(&session(&world.emulator, None));
        let other = SealKeys::new("another password of 32 characters").unwrap();
        let sealed = seal_session(&data, &other).unwrap();
        world.browser(&[("wos-session", sealed.into_inner())])
    };

    torn_chunks_are_deleted: Is::SignedOut,
        Cookie::Deleted(&["wos-session.0", "wos-session.2", "wos-session"]),
        |world| world.browser(&[("wos-session.0", "3.Fe26".into()), ("wos-session.2", "b".into())]);

    keys_that_cannot_be_fetched_keep_a_valid_session: Is::Unavailable { retry_after: "5" }, Cookie::Stays,
        |world| {
            world.emulator.faults().add(Fault::status(503).path("/sso/jwks/*"));
            world.with(None)
        };

    a_session_that_is_about_to_expire_is_refreshed: Is::SignedIn, Cookie::Replaced, |world| {
        let browser = world.with(None);
        world.until_it_is_about_to_expire();
        browser
    };

    an_outage_does_not_harm_a_session_that_is_about_to_expire: Is::SignedIn, Cookie::Stays, |world| {
        let browser = world.with(None);
        world.until_it_is_about_to_expire();
        world.fail(Fault::status(503));
        browser
    };

    a_session_that_is_about_to_expire_waits_a_second_for_its_successor: Is::SignedIn, Cookie::Stays,
        |world| {
            let browser = world.with(None);
            world.until_it_is_about_to_expire();
            world.fail(Fault::stall());
            world.clock.advance_on_wait(Duration::from_secs(1));
            browser
        };

    a_session_that_is_about_to_expire_and_was_revoked_is_over: Is::SignedOut, WHOLE, |world| {
        let browser = world.with(None);
        world.until_it_is_about_to_expire();
        world.revoke().await;
        browser
    };

    sso_that_the_own_organization_requires_ends_the_session: Is::SignedOut, WHOLE, |world| {
        world.refuse("sso_required");
        world.with(Some(TokenFlaw::Expired))
    };

    a_second_factor_to_enroll_ends_the_session: Is::SignedOut, WHOLE, |world| {
        world.refuse("mfa_enrollment");
        world.with(Some(TokenFlaw::Expired))
    };

    another_step_asks_for_a_sign_in_and_keeps_the_cookie: Is::SignedOut, Cookie::Stays, |world| {
        world.refuse("email_verification_required");
        world.with(Some(TokenFlaw::Expired))
    };

    an_impersonated_user_is_served: Is::SignedIn, Cookie::Stays, |world| {
        let mut browser = world.browser(&[]);
        let login = "/login?organization_id=org_acme&login_hint=cleo%40example.com";
        assert_eq!(browser.sign_in(login).await.status, StatusCode::SEE_OTHER);
        browser
    };
}

#[tokio::test]
async fn a_browser_gets_a_page_in_words_without_markup_of_others_and_without_a_secret() {
    let world = World::new().await;
    world.fail(Fault::status(503));
    let mut browser = world.with(Some(TokenFlaw::Expired));
    let page = browser.get("/user").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    assert_eq!(page.header("content-security-policy"), Some(policy));
    assert!(page.body.contains("<h1>Try again soon</h1>"), "{page:?}");
    let data = opened(&browser.cookies["wos-session"]);
    assert!(!page.body.contains(data.refresh_token.expose()), "{page:?}");
}

#[tokio::test]
async fn who_is_asked_nothing_costs_nothing_and_gets_no_headers() {
    let world = World::new().await;
    let app = Router::new().route("/open", get(async || "open"));
    let app = app.layer(auth_at(&world.emulator, &world.clock).layer());
    let mut browser = Browser::with_session(
        &app,
        &world.emulator,
        session(&world.emulator, Some(TokenFlaw::Expired)),
    );
    let answer = browser.get("/open").await;
    assert_eq!((seen(&answer), answer.body.as_str()), (seen(&Answer::of(200)), "open"));
    assert_eq!(world.emulator.requests().count(), 0);
}

/// Which clients get a page and which get JSON.
#[tokio::test]
async fn pages_are_for_browsers_that_show_them() {
    let world = World::new().await;
    for (headers, is_redirected) in [
        (&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")][..], true),
        (&[("accept", "application/xhtml+xml, TEXT/HTML;q=0.9")], true),
        (&[("accept", "text/html"), ("sec-fetch-mode", "navigate")], true),
        (&[("accept", "text/html"), ("sec-fetch-mode", "cors")], false),
        (&[("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")], false),
        (&[("accept", "text/html"), ("hx-request", "true")], false),
        (&[("accept", "*/*")], false),
        (&[("accept", "application/json")], false),
        (&[("accept", "text/htmlx")], false),
        (&[], false),
    ] {
        let answer = world.browser(&[]).send(Method::GET, "/user", headers).await;
        let expected = if is_redirected { 303 } else { 401 };
        assert_eq!(answer.status.as_u16(), expected, "{headers:?}");
    }
}

/// A form returns to the page that it is on; a page of nowhere to the start.
#[tokio::test]
async fn a_form_that_nobody_may_send_returns_to_its_page() {
    let world = World::new().await;
    let app = Router::new()
        .route("/notes", axum::routing::post(async |_: User| "posted"))
        .layer(auth_at(&world.emulator, &world.clock).layer());
    for (referer, location) in [
        (Some("http://localhost:3000/notes/new?a=b"), "/login?return_to=%2Fnotes%2Fnew%3Fa%3Db"),
        (Some("http://localhost:3000/"), "/login?return_to=%2F"),
        (Some("http://localhost:3000.evil.test/notes"), "/login"),
        (Some("http://localhost:3000@evil.test/notes"), "/login"),
        (Some("http://localhost:3000//evil.test"), "/login"),
        (Some("http://localhost:3000/\\evil.test"), "/login"),
        (Some("https://evil.test/"), "/login"),
        (Some("https://evil.test/http://localhost:3000/notes"), "/login"),
        (Some("/notes"), "/login"),
        (None, "/login"),
    ] {
        let mut headers = vec![("accept", "text/html")];
        headers.extend(referer.map(|referer| ("referer", referer)));
        let mut browser = Browser::new(&app, &world.emulator);
        let answer = browser.send(Method::POST, "/notes", &headers).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, location), "{referer:?}");
    }
}
