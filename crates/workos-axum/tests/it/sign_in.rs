//! Signing in and out, and switching the organization.

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use workos_axum::{Permission, Require, Session, User};

use crate::browser::{Browser, auth, emulator};

pub(crate) fn app(emulator: &workos_emulator::Emulator) -> Router {
    let auth = auth(emulator);
    let home = async |user: Option<User>| match user {
        Some(user) => format!("hello, {}", user.email),
        None => "hello".to_owned(),
    };
    let organization = async |session: Session| session.claims.org_id.clone().unwrap_or_default();
    Router::new()
        .route("/", get(home))
        .route("/organization", get(organization))
        .route("/notes", get(async || "notes").require(Permission("notes:read")))
        .route("/secrets", get(async || "secrets").require(Permission("secrets:read")))
        .merge(auth.routes())
        .layer(auth.layer())
}

#[tokio::test]
async fn somebody_signs_in_and_returns_to_the_page_that_asked_for_it() {
    let emulator = emulator().await;
    let app = app(&emulator);
    let mut browser = Browser::new(&app, &emulator);
    assert_eq!(browser.get("/").await.body, "hello");

    let asked = browser.get("/notes?page=2").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(asked.location(), "/login?return_to=%2Fnotes%3Fpage%3D2");
    let location = asked.location().to_owned();
    let signed_in = browser.sign_in(&format!("{location}&organization_id=org_acme")).await;
    assert_eq!((signed_in.status, signed_in.location()), (StatusCode::SEE_OTHER, "/notes?page=2"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"]);

    assert_eq!(browser.get("/").await.body, "hello, ada@example.com");
    assert_eq!(browser.get("/notes").await.body, "notes");
    let refused = browser.get("/secrets").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let switched = browser.post("/switch/org_beta?return_to=/organization").await;
    assert_eq!((switched.status, switched.location()), (StatusCode::SEE_OTHER, "/organization"));
    assert_eq!(browser.get("/organization").await.body, "org_beta");

    let signed_out = browser.post("/logout").await;
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
    assert!(signed_out.location().contains("/user_management/sessions/logout"), "{signed_out:?}");
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.get("/").await.body, "hello");
}
