//! The cookies of a session: their attributes, their chunks, and when they are set.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use http::StatusCode;
use tokio::sync::Notify;
use workos::SecretString;
use workos::helpers::cookies::{RequestCookies, SameSite, SessionCookies};
use workos::organization_membership::{
    ListOrganizationMembershipsParams, OrganizationMembershipRole, UpdateOrganizationMembership,
};
use workos_axum::{Auth, AuthKit, Permission, Require, Session, SignedIn, User};
use workos_emulator::{Emulator, TokenFlaw};

use crate::browser::{
    ATTRIBUTES, Browser, CALLBACK, Clock, DELETED, auth, client, emulator, exchanges, keys, opened,
    session, session_in,
};

fn app(auth: &AuthKit) -> Router {
    let email = async |user: User| user.email.clone();
    let organization = async |session: Session| session.claims.org_id.clone().unwrap();
    Router::new()
        .route("/", get(email))
        .route("/organization", get(organization))
        .merge(auth.routes())
        .layer(auth.layer())
}

/// An expired session in a browser.
fn expired<'a>(app: &Router, emulator: &'a Emulator) -> Browser<'a> {
    Browser::with_session(app, emulator, session(emulator, Some(TokenFlaw::Expired)))
}

#[tokio::test]
async fn a_session_and_its_sign_in_have_the_attributes_that_are_set() {
    type Configure = fn(SessionCookies) -> SessionCookies;
    const PLAIN: Configure = |cookies| cookies;
    const HOST: Configure = |cookies| cookies.name("__Host-session").unwrap();
    const ALL: Configure = |cookies| {
        let cookies = cookies.name("sid").unwrap().domain("example.com").unwrap();
        cookies.max_age(Duration::from_secs(3600)).same_site(SameSite::None)
    };
    const STRICT: Configure = |cookies| cookies.same_site(SameSite::Strict).secure(true);
    const ONE: &str = "Path=/; Max-Age=600; HttpOnly";
    let app_url = "https://app.example.com/callback";
    for (redirect_uri, configure, name, of_session, of_sign_in) in [
        (
            CALLBACK,
            PLAIN,
            "wos-session",
            "Max-Age=34560000; HttpOnly; SameSite=Lax",
            "; SameSite=Lax",
        ),
        (
            app_url,
            PLAIN,
            "wos-session",
            "Max-Age=34560000; HttpOnly; SameSite=Lax; Secure",
            "; SameSite=Lax; Secure",
        ),
        (
            app_url,
            HOST,
            "__Host-session",
            "Max-Age=34560000; HttpOnly; SameSite=Lax; Secure",
            "; SameSite=Lax; Secure",
        ),
        (
            app_url,
            ALL,
            "sid",
            "Max-Age=3600; HttpOnly; SameSite=None; Secure; Domain=example.com",
            "; SameSite=None; Secure; Domain=example.com",
        ),
        // The browser returns from another site, so that a strict cookie would be missing.
        (
            CALLBACK,
            STRICT,
            "wos-session",
            "Max-Age=34560000; HttpOnly; SameSite=Strict; Secure",
            "; SameSite=Lax; Secure",
        ),
    ] {
        let emulator = emulator().await;
        let auth = AuthKit::new(client(&emulator, &Clock::new()), keys())
            .redirect_uri(redirect_uri)
            .unwrap()
            .cookies(configure(SessionCookies::new(redirect_uri)));
        let app = app(&auth);
        let mut browser = Browser::new(&app, &emulator);

        let begun = browser.get("/login?organization_id=org_acme").await;
        let verifier = browser.cookies.keys().next().unwrap().clone();
        assert!(verifier.starts_with("wos-auth-verifier-"), "{verifier}");
        assert_eq!(begun.cookies_unsealed(), [format!("{verifier}=…; {ONE}{of_sign_in}")]);

        let callback = browser.at_workos(begun.location()).await;
        let completed = browser.get(&callback).await;
        let gone = format!("{verifier}=; Path=/; Max-Age=0; HttpOnly{of_sign_in}");
        let set = format!("{name}=…; Path=/; {of_session}");
        assert_eq!(completed.cookies_unsealed(), [gone, set], "{redirect_uri}");
        let sensitive = completed.headers.get_all("set-cookie").iter().all(|it| it.is_sensitive());
        assert!(sensitive, "{completed:?}");
        assert_eq!(browser.get("/").await.body, "ada@example.com");

        let origin = redirect_uri.strip_suffix("/callback").unwrap();
        let headers = [("origin", origin), ("accept", "text/html")];
        let signed_out = browser.send(http::Method::POST, "/logout", &headers).await;
        let (_, attributes) = of_session.split_once("; ").unwrap();
        let gone = format!("{name}=; Path=/; Max-Age=0; {attributes}");
        assert_eq!(signed_out.cookies_unsealed(), [gone]);
    }
}

#[tokio::test]
async fn a_large_session_comes_in_chunks_that_go_when_it_shrinks_or_ends() {
    let emulator = emulator().await;
    let app = app(&auth(&emulator));
    let mut browser = Browser::new(&app, &emulator);
    let signed_in = browser.sign_in("/login?organization_id=org_large").await;
    let chunks: Vec<_> = browser.cookies.keys().cloned().collect();
    assert!(chunks.len() > 1, "{chunks:?}");
    let expected: Vec<_> = (0..chunks.len()).map(|at| format!("wos-session.{at}")).collect();
    assert_eq!(chunks, expected);
    let set: Vec<_> = chunks.iter().map(|name| format!("{name}=…; {ATTRIBUTES}")).collect();
    assert_eq!(signed_in.cookies_unsealed()[1..], set);
    assert!(signed_in.set_cookies().iter().all(|cookie| cookie.len() <= 4096));
    assert_eq!(browser.get("/organization").await.body, "org_large");

    let switched = browser.post("/switch/org_acme").await;
    let gone = chunks.iter().map(|name| format!("{name}=; {DELETED}"));
    let set = [format!("wos-session=…; {ATTRIBUTES}")];
    let expected: Vec<_> = set.into_iter().chain(gone.clone()).collect();
    assert_eq!(switched.cookies_unsealed(), expected);
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"]);
    assert_eq!(browser.get("/organization").await.body, "org_acme");

    let switched = browser.post("/switch/org_large").await;
    let set = chunks.iter().map(|name| format!("{name}=…; {ATTRIBUTES}"));
    let expected: Vec<_> = set.chain([format!("wos-session=; {DELETED}")]).collect();
    assert_eq!(switched.cookies_unsealed(), expected);
    assert_eq!(browser.get("/organization").await.body, "org_large");

    let signed_out = browser.post("/logout").await;
    let expected: Vec<_> = gone.chain([format!("wos-session=; {DELETED}")]).collect();
    assert_eq!(signed_out.cookies_unsealed(), expected);
    assert!(browser.cookies.is_empty());
}

/// The cookies of a session, as a browser has them.
fn in_chunks(sealed: String) -> Vec<(String, String)> {
    let none = RequestCookies::default();
    let set = SessionCookies::new(CALLBACK).set(&SecretString::from(sealed), &none).unwrap();
    let pair = |value: &http::HeaderValue| {
        let pair = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (pair.0.to_owned(), pair.1.to_owned())
    };
    set.iter().map(pair).collect()
}

#[tokio::test]
async fn a_refresh_that_shrinks_a_session_deletes_its_chunks() {
    let emulator = emulator().await;
    let app = app(&auth(&emulator));
    let mut browser = Browser::new(&app, &emulator);
    let large = session_in(&emulator, "org_large", Some(TokenFlaw::Expired));
    browser.cookies.extend(in_chunks(large));
    let chunks: Vec<_> = browser.cookies.keys().cloned().collect();
    assert!(chunks.len() > 1);

    let client = emulator.client();
    let memberships = client.organization_membership();
    let params = ListOrganizationMembershipsParams {
        user_id: Some("user_ada".into()),
        organization_id: Some("org_large".into()),
        ..Default::default()
    };
    let listed = memberships.list_organization_memberships(params).await.unwrap();
    let role = Some(OrganizationMembershipRole::single("member"));
    let update = UpdateOrganizationMembership { role };
    memberships.update_organization_membership(&listed.data[0].id, update).await.unwrap();

    let refreshed = browser.get("/organization").await;
    assert_eq!(refreshed.body, "org_large");
    let gone = chunks.iter().map(|name| format!("{name}=; {DELETED}"));
    let expected: Vec<_> =
        [format!("wos-session=…; {ATTRIBUTES}")].into_iter().chain(gone).collect();
    assert_eq!(refreshed.cookies_unsealed(), expected);
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"]);
    assert_eq!(browser.get("/organization").await.set_cookies(), Vec::<&str>::new());
}

#[tokio::test]
async fn what_a_handler_sets_counts() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let own =
        async |_: User| [("set-cookie", "wos-session=own; Path=/"), ("cache-control", "public")];
    let another =
        async |_: User| [("set-cookie", "wos-sessions=1; Path=/"), ("cache-control", "public")];
    let public = async |user: Option<User>| {
        let is_known = user.is_some();
        ([("cache-control", "max-age=60")], format!("{is_known}"))
    };
    let cleared = async |_: User, auth: Auth| auth.clear_session();
    let cleared_first = async |auth: Auth, _: User| auth.clear_session();
    let set = async |_: User, auth: Auth| auth.set_session("Fe26.2**own".into());
    let app = Router::new()
        .route("/own", get(own))
        .route("/another", get(another))
        .route("/public", get(public))
        .route("/cleared", get(cleared))
        .route("/cleared-first", get(cleared_first))
        .route("/set", get(set))
        .layer(auth.layer());
    let refreshed = format!("wos-session=…; {ATTRIBUTES}");
    let gone = format!("wos-session=; {DELETED}");
    let no_store = "private, no-store";
    for (path, flaw, cookies, cache_control) in [
        ("/own", Some(TokenFlaw::Expired), vec!["wos-session=…; Path=/"], no_store),
        ("/own", None, vec!["wos-session=…; Path=/"], no_store),
        (
            "/another",
            Some(TokenFlaw::Expired),
            vec!["wos-sessions=…; Path=/", &*refreshed],
            no_store,
        ),
        ("/another", None, vec!["wos-sessions=…; Path=/"], "public"),
        ("/public", Some(TokenFlaw::Expired), vec![&*refreshed], no_store),
        ("/public", None, vec![], "max-age=60"),
        ("/cleared", Some(TokenFlaw::Expired), vec![&*gone], no_store),
        ("/cleared-first", Some(TokenFlaw::Expired), vec![&*gone], no_store),
        ("/cleared", None, vec![&*gone], no_store),
        ("/set", Some(TokenFlaw::Expired), vec![&*refreshed], no_store),
        ("/set", None, vec![&*refreshed], no_store),
    ] {
        let mut browser = Browser::with_session(&app, &emulator, session(&emulator, flaw));
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {answer:?}");
        assert_eq!(answer.cookies_unsealed(), cookies, "{path} {flaw:?}");
        assert_eq!(answer.header("cache-control"), Some(cache_control), "{path} {flaw:?}");
        if path == "/set" {
            assert_eq!(browser.cookies["wos-session"], "Fe26.2**own");
        }
    }
}

/// Gives up on a handler that says so.
async fn give_up(State(now): State<Arc<Notify>>, request: Request, next: Next) -> Response {
    tokio::select! {
        response = next.run(request) => response,
        () = now.notified() => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}

#[tokio::test]
async fn a_refreshed_session_is_set_whatever_becomes_of_the_request() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let too_late = Arc::new(Notify::new());
    let stalls = {
        let too_late = too_late.clone();
        async move |_: User| {
            too_late.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let panics = async |user: User| -> String { panic!("{} asked for this", user.id) };
    let streams = async |_: User| {
        let parts = ["a", "b", "c"].map(Ok::<_, std::io::Error>);
        Body::from_stream(stream::iter(parts))
    };
    let app = Router::new()
        .route("/fails", get(async |_: User| StatusCode::INTERNAL_SERVER_ERROR))
        .route("/panics", get(panics))
        .route("/streams", get(streams))
        .route("/refuses", get(async || "").require(Permission("nobody:has")))
        .route("/redirects", get(async |_: User| axum::response::Redirect::to("/")))
        .route("/rejects", get(async |_: User, _: axum::Json<u8>| ""))
        .route("/stalls", get(stalls).layer(from_fn_with_state(too_late, give_up)))
        .layer(auth.layer());
    for (path, status, body) in [
        ("/fails", 500, ""),
        ("/panics", 500, ""),
        ("/streams", 200, "abc"),
        ("/redirects", 303, ""),
        ("/stalls", 504, ""),
    ] {
        let mut browser = expired(&app, &emulator);
        let answer = browser.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{path}");
        assert_eq!(answer.cookies_unsealed(), [format!("wos-session=…; {ATTRIBUTES}")], "{path}");
        assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{path}");
        assert_eq!(browser.get("/streams").await.set_cookies(), Vec::<&str>::new(), "{path}");
    }
    for (path, status) in [("/refuses", 403), ("/rejects", 415)] {
        let mut browser = expired(&app, &emulator);
        let answer = browser.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.cookies_unsealed(), [format!("wos-session=…; {ATTRIBUTES}")], "{path}");
    }
}

#[tokio::test]
async fn two_layers_work_as_one() {
    let emulator = emulator().await;
    let refreshes = Arc::new(AtomicUsize::new(0));
    let count = refreshes.clone();
    let auth = auth(&emulator).on_refresh(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let inner = Router::new()
        .route("/user", get(async |user: User| user.email.clone()))
        .layer(auth.layer())
        .layer(auth.layer());
    let app = Router::new().nest("/inner", inner).require(SignedIn).layer(auth.layer());
    let mut browser = expired(&app, &emulator);
    let answer = browser.get("/inner/user").await;
    assert_eq!(answer.body, "ada@example.com");
    assert_eq!(answer.cookies_unsealed(), [format!("wos-session=…; {ATTRIBUTES}")]);
    assert_eq!(answer.headers.get_all("vary").iter().collect::<Vec<_>>(), ["Cookie"]);
    assert_eq!(exchanges(&emulator).into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(refreshes.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn extractors_and_guards_of_one_request_refresh_once_and_see_the_same() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let both = async |user: User, session: Session, auth: Auth| {
        let caller = auth.required_caller().await.unwrap();
        format!("{} {} {:?}", user.id, session.claims.sub, caller.user_id())
    };
    let app = Router::new()
        .route("/", get(both).require(Permission("notes:read")))
        .require(SignedIn)
        .layer(auth.layer());
    let mut browser = expired(&app, &emulator);
    let answer = browser.get("/").await;
    assert_eq!(answer.body, r#"user_ada user_ada Some("user_ada")"#);
    assert_eq!(exchanges(&emulator).into_values().collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_refresh_is_told_once_and_has_what_the_cookie_has() {
    let emulator = emulator().await;
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let auth = auth(&emulator).on_refresh(move |refreshed| {
        told.send(refreshed.sealed.expose().to_owned()).unwrap();
    });
    let app = app(&auth);
    let mut browser = expired(&app, &emulator);
    browser.get("/").await;
    browser.get("/").await;
    assert_eq!(hears.try_recv().as_ref(), Ok(&browser.cookies["wos-session"]));
    assert!(hears.try_recv().is_err());
    assert_eq!(opened(&browser.cookies["wos-session"]).user.unwrap().id, "user_ada");
}
