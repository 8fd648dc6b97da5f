//! Guards: what a route requires of who calls it.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::{Method, StatusCode};
use serde_json::json;
use workos::Timestamp;
use workos_axum::{
    AuthKit, Caller, Entitlement, Flag, InOrganization, NotImpersonated, Organization, Permission,
    Reason, RecentSignIn, Require, Requirement, Role, Session, SignedIn, User,
};
use workos_emulator::{Emulator, TokenFlaw};

use crate::browser::{Answer, Browser, auth, emulator, session, session_in};

const HOUR: Duration = Duration::from_secs(3600);

/// An application whose only page requires this, by its route and by its router.
fn apps(auth: &AuthKit, requirement: impl Requirement) -> [Router; 2] {
    let page = || get(async || "served");
    let by_route = Router::new().route("/page", page().require(requirement.clone()));
    let by_router = Router::new().route("/page", page()).require(requirement);
    [by_route, by_router].map(|router| router.merge(auth.routes()).layer(auth.layer()))
}

/// What Ada gets in Acme, as an answer or as the code of a refusal.
async fn asks(
    emulator: &Emulator,
    auth: &AuthKit,
    sealed: &str,
    requirement: impl Requirement,
) -> Result<(), (u16, String)> {
    let mut answers = Vec::new();
    for app in apps(auth, requirement) {
        let mut browser = Browser::with_session(&app, emulator, sealed.to_owned());
        let answer = browser.fetch("/page").await;
        assert_eq!(answer.body == "served", answer.status == StatusCode::OK, "{answer:?}");
        let refused = || (answer.status.as_u16(), answer.code().unwrap());
        answers.push(answer.code().map_or(Ok(()), |_| Err(refused())));
    }
    assert_eq!(answers[0], answers[1], "by the route and by the router");
    answers.remove(0)
}

fn forbidden(code: &str) -> Result<(), (u16, String)> {
    Err((403, code.to_owned()))
}

#[tokio::test]
async fn each_requirement_lets_pass_who_fulfils_it_and_nobody_else() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let acme = session(&emulator, None);
    let beta = session_in(&emulator, "org_beta", None);
    macro_rules! check {
        ($($requirement:expr, $session:expr => $expected:expr;)+) => { $(
            let answer = asks(&emulator, &auth, $session, $requirement).await;
            assert_eq!(answer, $expected, "{}", stringify!($requirement));
        )+ };
    }
    fn nobody(_: &Caller) -> Result<(), Reason> {
        Err(Reason::Forbidden { code: "nobody", message: "Nobody.".to_owned() })
    }
    fn ada(caller: &Caller) -> Result<(), Reason> {
        if caller.user_id() == Some("user_ada") { Ok(()) } else { nobody(caller) }
    }
    let may = |caller: &Caller| if caller.may("notes:write") { Ok(()) } else { nobody(caller) };
    let no = "permission_required";
    check! {
        SignedIn, &acme => Ok(());
        SignedIn, "garbage" => Err((401, "unauthenticated".to_owned()));
        Permission("notes:write"), &acme => Ok(());
        Permission("notes:write"), &beta => forbidden(no);
        Permission("notes"), &acme => forbidden(no);
        Permission("notes:read notes:write"), &acme => forbidden(no);
        Permission(""), &acme => forbidden(no);
        Permission("NOTES:READ"), &acme => forbidden(no);
        Permission("notes:read"), "garbage" => Err((401, "unauthenticated".to_owned()));
        Role("admin"), &acme => Ok(());
        Role("admin"), &beta => forbidden("role_required");
        Role("member"), &beta => Ok(());
        Role(""), &beta => forbidden("role_required");
        Entitlement("audit-logs"), &acme => Ok(());
        Entitlement("audit-logs"), &beta => forbidden("entitlement_required");
        Flag("dark-mode"), &acme => Ok(());
        Flag("light-mode"), &acme => forbidden("feature_disabled");
        Organization("org_acme"), &acme => Ok(());
        Organization("org_acme"), &beta => forbidden("organization_required");
        InOrganization, &beta => Ok(());
        NotImpersonated, &acme => Ok(());
        RecentSignIn(HOUR), &acme => Ok(());
        RecentSignIn(Duration::MAX), &acme => Ok(());
        RecentSignIn(Duration::ZERO), &acme => Err((401, "insufficient_user_authentication".to_owned()));
        nobody, &acme => forbidden("nobody");
        ada, &acme => Ok(());
        may, &acme => Ok(());
        may, &beta => forbidden("nobody");
    }
}

#[tokio::test]
async fn a_user_without_an_organization_has_none_of_it() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let [app, _] = apps(&auth, InOrganization);
    let users = emulator.client();
    let create = workos::user_management::CreateUser::new("dora@example.com");
    let dora = users.user_management().create_user(create).await.unwrap();
    let sealed = emulator.fixtures().sealed_session(&dora.id, &crate::browser::keys()).unwrap();
    let mut browser = Browser::with_session(&app, &emulator, sealed.into_inner());
    let refused = browser.fetch("/page").await;
    let body = json!({"code": "organization_required", "message": "Choose an organization first."});
    assert_eq!((refused.status, refused.json()), (StatusCode::FORBIDDEN, body));
}

#[tokio::test]
async fn several_requirements_are_all_checked() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let page = || get(async || "served");
    let app = Router::new()
        .route("/both", page().require(Role("admin")).require(Permission("notes:read")))
        .route("/neither", page().require(Role("owner")).require(Permission("none")))
        .route("/role", page().require(Role("owner")).require(Permission("notes:read")))
        .route("/permission", page().require(Role("admin")).require(Permission("none")))
        .require(Organization("org_acme"))
        .require(SignedIn)
        .layer(auth.layer());
    let acme = session(&emulator, None);
    let beta = session_in(&emulator, "org_beta", None);
    for (sealed, path, code) in [
        (&acme, "/both", None),
        (&acme, "/neither", Some("permission_required")),
        (&acme, "/role", Some("role_required")),
        (&acme, "/permission", Some("permission_required")),
        (&beta, "/both", Some("organization_required")),
        (&beta, "/neither", Some("organization_required")),
    ] {
        let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
        assert_eq!(browser.fetch(path).await.code().as_deref(), code, "{path}");
    }
}

#[tokio::test]
async fn an_impersonator_is_refused_where_only_the_user_may() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let who = async |session: Session| session.impersonator().unwrap_or("nobody").to_owned();
    let app = Router::new()
        .route("/who", get(who))
        .route("/guarded", get(async || "served").require(NotImpersonated))
        .merge(auth.routes())
        .layer(auth.layer());
    for (login_hint, impersonator, status) in
        [("cleo", "support@workos.test", StatusCode::FORBIDDEN), ("ada", "nobody", StatusCode::OK)]
    {
        let mut browser = Browser::new(&app, &emulator);
        let login =
            format!("/login?organization_id=org_acme&login_hint={login_hint}%40example.com");
        browser.sign_in(&login).await;
        assert_eq!(browser.get("/who").await.body, impersonator);
        let answer = browser.fetch("/guarded").await;
        assert_eq!(answer.status, status, "{answer:?}");
        let code = (status == StatusCode::FORBIDDEN).then_some("impersonated");
        assert_eq!(answer.code().as_deref(), code);
    }
}

#[tokio::test]
async fn a_flag_that_the_token_lacks_is_asked_of_the_client_of_flags() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let flag = |default_value: bool, users: serde_json::Value| {
        json!({"slug": "f", "enabled": true, "default_value": default_value,
            "targets": {"users": users, "organizations": []}})
    };
    let flags = json!({
        "for-all": flag(true, json!([])),
        "for-none": flag(false, json!([])),
        "for-ada": flag(false, json!([{"id": "user_ada", "enabled": true}])),
    });
    let flags = auth.client().feature_flags_runtime().bootstrap(&flags).unwrap().start();
    let with = auth.clone().flags(flags);
    let sealed = session(&emulator, None);
    let off = || forbidden("feature_disabled");
    for (slug, with_client, without) in [
        ("for-all", Ok(()), off()),
        ("for-none", off(), off()),
        ("for-ada", Ok(()), off()),
        ("unknown", off(), off()),
        ("dark-mode", Ok(()), Ok(())),
    ] {
        assert_eq!(asks(&emulator, &with, &sealed, Flag(slug)).await, with_client, "{slug}");
        assert_eq!(asks(&emulator, &auth, &sealed, Flag(slug)).await, without, "{slug}");
    }
}

/// The session of Ada, who signed in two hours ago.
fn signed_in_long_ago(emulator: &Emulator) -> String {
    let ago = Timestamp::now().as_millis() - 2 * 3_600_000;
    emulator.clock().freeze(Timestamp::from_millis(ago));
    let sealed = session(emulator, None);
    emulator.clock().follow();
    sealed
}

#[tokio::test]
async fn who_signed_in_long_ago_signs_in_again_and_returns() {
    let emulator = emulator().await;
    let [app, _] = apps(&auth(&emulator), RecentSignIn(HOUR));
    let mut browser = Browser::with_session(&app, &emulator, signed_in_long_ago(&emulator));
    let refused = browser.get("/page?a=b").await;
    let login = "/login?return_to=%2Fpage%3Fa%3Db&max_age=3600";
    assert_eq!((refused.status, refused.location()), (StatusCode::SEE_OTHER, login));
    assert_eq!(refused.set_cookies().len(), 1, "the refreshed session is kept");

    let script = browser.fetch("/page").await;
    let challenge = r#"Bearer error="insufficient_user_authentication", max_age=3600"#;
    assert_eq!(script.status, StatusCode::UNAUTHORIZED);
    assert_eq!(script.header("www-authenticate"), Some(challenge));
    assert_eq!(script.code().as_deref(), Some("insufficient_user_authentication"));

    let begun = browser.get(&format!("{login}&organization_id=org_acme")).await;
    assert!(begun.location().contains("max_age=3600"), "{begun:?}");
    let callback = browser.at_workos(begun.location()).await;
    let completed = browser.get(&callback).await;
    assert_eq!(completed.location(), "/page?a=b");
    assert_eq!(browser.get(completed.location()).await.body, "served");
}

#[tokio::test]
async fn a_refresh_is_no_recent_sign_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let sealed = signed_in_long_ago(&emulator);
    for _ in 0..2 {
        let answer = asks(&emulator, &auth, &sealed, RecentSignIn(HOUR)).await;
        assert_eq!(answer, Err((401, "insufficient_user_authentication".to_owned())));
    }
    assert_eq!(asks(&emulator, &auth, &sealed, RecentSignIn(3 * HOUR)).await, Ok(()));
}

#[tokio::test]
async fn without_the_layer_guards_and_extractors_say_what_is_missing() {
    let emulator = emulator().await;
    let app = Router::new()
        .route("/guarded", get(async || "served").require(SignedIn))
        .route("/user", get(async |_: User| "served"))
        .route("/optional", get(async |_: Option<User>| "served"));
    let message = "AuthKit's layer is missing: add `.layer(auth.layer())` after the routes";
    for path in ["/guarded", "/user", "/optional"] {
        let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
        let answer = browser.fetch(path).await;
        let expected = json!({"code": "misconfigured", "message": message});
        assert_eq!((answer.status.as_u16(), answer.json()), (500, expected), "{path}");
        let page = browser.get(path).await;
        assert_eq!(page.status.as_u16(), 500, "{path}");
        assert!(page.body.contains("AuthKit&#39;s layer is missing"), "{page:?}");
    }
}

/// A layer covers what was added before it, as in axum; so do guards of a router.
#[tokio::test]
async fn a_guard_covers_all_methods_and_nested_routes_and_what_was_added_before() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let page = |text: &'static str| get(async move || text);
    let nested = Router::new().route("/deep", page("deep"));
    let app = Router::new()
        .route("/page", page("page").post(async || "posted"))
        .nest("/nested", nested)
        .require(Permission("nobody:has"))
        .route("/open", page("open"))
        .route("/one", post(async || "posted").require(SignedIn).get(async || "open"))
        .layer(auth.layer());
    let sealed = session(&emulator, None);
    for (method, path, status) in [
        (Method::GET, "/page", 403),
        (Method::HEAD, "/page", 403),
        (Method::POST, "/page", 403),
        (Method::GET, "/nested/deep", 403),
        (Method::GET, "/open", 200),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/one", 200),
    ] {
        let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
        let answer = browser.send(method.clone(), path, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
    }
    let answer = Browser::new(&app, &emulator).send(Method::POST, "/one", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_guard_refuses_before_the_body_is_read_and_the_handler_runs() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let never = async |_: String| -> &'static str { panic!("it ran") };
    let app =
        Router::new().route("/", post(never).require(Permission("nobody:has"))).layer(auth.layer());
    let mut browser =
        Browser::with_session(&app, &emulator, session(&emulator, Some(TokenFlaw::Expired)));
    let answer: Answer = browser.send(Method::POST, "/", &[]).await;
    let body =
        json!({"code": "permission_required", "message": "This takes the permission nobody:has."});
    assert_eq!((answer.status, answer.json()), (StatusCode::FORBIDDEN, body));
    let page = browser.post("/").await;
    assert!(page.body.contains("This takes the permission nobody:has."), "{page:?}");
    assert_eq!(page.header("location"), None, "who is signed in is not sent to sign in");
}
