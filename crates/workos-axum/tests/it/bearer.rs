//! Credentials in `Authorization`: tokens of users and machines, and API keys.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, Request, StatusCode};
use serde_json::json;
use workos::api_keys::CreateOrganizationApiKey;
use workos::organizations::CreateOrganization;
use workos_axum::{AuthKit, Caller, Claims, Permission, Require, Role, Session, User};
use workos_emulator::{Emulator, Fault, NewSignIn, TokenFlaw};

use crate::browser::{Answer, Browser, answer_of, auth, emulator, session};

const KEYS: &str = "/api_keys/validations";

/// An application that says who calls, in each way to ask.
fn app(auth: &AuthKit) -> Router {
    let who = async |caller: Caller| match caller {
        Caller::Session(session) => format!("session {}", session.claims.sub),
        Caller::Token(claims) => format!("token {}", claims.sub),
        Caller::ApiKey(key) => format!("key {}", key.name),
        _ => "another".to_owned(),
    };
    Router::new()
        .route("/caller", get(who))
        .route("/user", get(async |user: User| user.id.clone()))
        .route("/optional", get(async |user: Option<User>| format!("{:?}", user.map(|it| it.0.id))))
        .route("/session", get(async |session: Session| session.claims.sub.clone()))
        .route("/claims", get(async |_: Claims<serde_json::Value>| "claims"))
        .route("/read", get(async || "read").require(Permission("notes:read")))
        .route("/write", get(async || "written").require(Permission("notes:write")))
        .route("/admin", get(async || "admin").require(Role("admin")))
        .merge(auth.routes())
        .layer(auth.layer())
}

async fn ask(app: &Router, path: &str, credential: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::builder().uri(path).header("authorization", credential);
    if let Some(sealed) = cookie {
        request = request.header("cookie", format!("wos-session={sealed}"));
    }
    answer_of(app, request.body(Body::empty()).unwrap()).await
}

/// The beginning of a credential, for messages of tests.
fn kind(credential: &str) -> &str {
    &credential[..credential.len().min(60)]
}

/// The status, and the body or the code.
fn brief(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code().unwrap_or_else(|| answer.body.clone()))
}

/// Credentials of all kinds, as the header has them.
struct Credentials {
    user: String,
    machine: String,
    key: String,
    invalid: Vec<String>,
}

fn credentials(emulator: &Emulator) -> Credentials {
    let fixtures = emulator.fixtures();
    let new = |flaw| NewSignIn {
        user_id: "user_ada".into(),
        organization_id: Some("org_beta".into()),
        flaw,
    };
    let user = |flaw| fixtures.sign_in(new(flaw)).unwrap().access_token;
    let bearer = |text: &str| format!("Bearer {text}");
    let machine = fixtures.machine_token("client_robot").unwrap();
    let flaws = [TokenFlaw::Expired, TokenFlaw::UnknownKey];
    let mut invalid: Vec<_> = flaws.map(|flaw| bearer(user(Some(flaw)).expose())).into();
    invalid.push(bearer(fixtures.with_flaw(&machine, TokenFlaw::Expired).unwrap().expose()));
    invalid.extend(["a.b.c", "..", "sk_unknown", "e30.e30.", "x"].map(bearer));
    Credentials {
        user: bearer(user(None).expose()),
        machine: bearer(machine.expose()),
        key: bearer("sk_key_of_acme"),
        invalid,
    }
}

const UNKNOWN: (u16, &str) = (401, "unauthenticated");
const REFUSED: (u16, &str) = (403, "permission_required");

#[tokio::test]
async fn a_credential_counts_only_where_its_kind_is_accepted() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let (user, machine, key) =
        ((200, "token user_ada"), (200, "token client_robot"), (200, "key Key"));
    let auth = auth(&emulator);
    for (auth, expected) in [
        (auth.clone(), [UNKNOWN, UNKNOWN, UNKNOWN]),
        (auth.clone().accept_tokens(), [user, machine, UNKNOWN]),
        (auth.clone().accept_api_keys(), [UNKNOWN, UNKNOWN, key]),
        (auth.clone().accept_tokens().accept_api_keys(), [user, machine, key]),
    ] {
        let app = app(&auth);
        for (credential, expected) in [&of.user, &of.machine, &of.key].into_iter().zip(expected) {
            let answer = ask(&app, "/caller", credential, None).await;
            assert_eq!(brief(&answer), (expected.0, expected.1.to_owned()), "{}", kind(credential));
        }
        for invalid in &of.invalid {
            let answer = ask(&app, "/caller", invalid, None).await;
            assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()), "{}", kind(invalid));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", kind(invalid));
        }
    }
}

#[tokio::test]
async fn each_caller_is_what_it_is() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let app = app(&auth(&emulator).accept_tokens().accept_api_keys());
    let no_role = (403, "role_required");
    for (path, user, machine, key) in [
        ("/user", (200, "user_ada"), UNKNOWN, UNKNOWN),
        ("/optional", (200, r#"Some("user_ada")"#), (200, "None"), (200, "None")),
        ("/session", UNKNOWN, UNKNOWN, UNKNOWN),
        ("/claims", (200, "claims"), (200, "claims"), UNKNOWN),
        ("/read", (200, "read"), (200, "read"), (200, "read")),
        ("/write", REFUSED, REFUSED, REFUSED),
        ("/admin", no_role, no_role, no_role),
    ] {
        for (credential, expected) in [(&of.user, user), (&of.machine, machine), (&of.key, key)] {
            let answer = ask(&app, path, credential, None).await;
            assert_eq!(
                brief(&answer),
                (expected.0, expected.1.to_owned()),
                "{path} {}",
                kind(credential)
            );
            let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
            assert_eq!(vary, ["Cookie", "Authorization"], "{path}");
            assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{path}");
        }
    }
}

/// The cookie is of an admin who may write; the credentials may only read.
#[tokio::test]
async fn a_request_with_a_credential_is_made_by_its_holder_alone() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let app = app(&auth(&emulator).accept_tokens().accept_api_keys());
    let expired = session(&emulator, Some(TokenFlaw::Expired));
    let valid = session(&emulator, None);
    emulator.requests().clear();
    for cookie in [&*valid, &*expired, "garbage"] {
        for (path, user, machine, key) in [
            ("/caller", (200, "token user_ada"), (200, "token client_robot"), (200, "key Key")),
            ("/write", REFUSED, REFUSED, REFUSED),
            ("/session", UNKNOWN, UNKNOWN, UNKNOWN),
        ] {
            for (credential, expected) in [(&of.user, user), (&of.machine, machine), (&of.key, key)]
            {
                let answer = ask(&app, path, credential, Some(cookie)).await;
                let expected = (expected.0, expected.1.to_owned());
                assert_eq!(brief(&answer), expected, "{path} {}", kind(credential));
                assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "{path} {}", kind(credential));
            }
        }
        for invalid in &of.invalid {
            let answer = ask(&app, "/caller", invalid, Some(cookie)).await;
            assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()), "{}", kind(invalid));
            assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "{}", kind(invalid));
        }
    }
    let refreshed = crate::browser::exchanges(&emulator);
    assert!(refreshed.is_empty(), "{refreshed:?}");
}

/// A credential that cannot be one does not fall back to the cookie either.
#[tokio::test]
async fn a_malformed_credential_is_not_made_up_for_by_a_cookie() {
    let emulator = emulator().await;
    let app = app(&auth(&emulator).accept_tokens().accept_api_keys());
    let cookie = session(&emulator, None);
    for malformed in
        ["Bearer a b", "Bearer ", "Bearer", "bearer \"x\"", "Bearer sk_,", "BEARER \u{e4}"]
    {
        let answer = ask(&app, "/caller", malformed, Some(&cookie)).await;
        assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()), "{malformed}");
    }
    let both = Request::builder()
        .uri("/caller")
        .header("authorization", "Basic dXNlcjpwdw==")
        .header("authorization", "Bearer sk_unknown")
        .header("cookie", format!("wos-session={cookie}"));
    let answer = answer_of(&app, both.body(Body::empty()).unwrap()).await;
    assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()), "the second of two");
}

#[tokio::test]
async fn other_schemes_and_applications_without_credentials_leave_it_to_the_cookie() {
    let emulator = emulator().await;
    let cookie = session(&emulator, None);
    let auth = auth(&emulator);
    let with = app(&auth.clone().accept_tokens().accept_api_keys());
    for scheme in ["Basic dXNlcjpwdw==", "Digest x", "Bearerx y", ""] {
        let answer = ask(&with, "/caller", scheme, Some(&cookie)).await;
        assert_eq!(brief(&answer), (200, "session user_ada".to_owned()), "{scheme}");
    }
    let without = app(&auth);
    for credential in ["Bearer sk_key_of_acme", "Bearer a.b.c"] {
        let answer = ask(&without, "/caller", credential, Some(&cookie)).await;
        assert_eq!(brief(&answer), (200, "session user_ada".to_owned()), "{}", kind(credential));
        assert_eq!(answer.header("vary"), Some("Cookie"));
    }
}

#[tokio::test]
async fn an_api_key_ends_when_it_is_revoked() {
    let emulator = emulator().await;
    let app = app(&auth(&emulator).accept_api_keys());
    let client = emulator.client();
    let organization = CreateOrganization::new("Keys");
    let organization = client.organizations().create_organization(organization).await.unwrap();
    let new = CreateOrganizationApiKey::new("Own");
    let key = client.api_keys().create_organization_api_key(&organization.id, new).await.unwrap();
    let credential = format!("Bearer {}", key.value.unwrap().expose());
    let answer = ask(&app, "/caller", &credential, None).await;
    assert_eq!(brief(&answer), (200, "key Own".to_owned()));
    client.api_keys().delete_api_key(&key.id).await.unwrap();
    let answer = ask(&app, "/caller", &credential, None).await;
    assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()));
}

/// Long enough for everything that does not wait for time to pass.
async fn a_while() {
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_outage_is_503_for_every_credential() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let auth = || auth(&emulator).accept_tokens().accept_api_keys();
    let sealed = session(&emulator, None);
    let cases = [
        (KEYS, 503, None, &of.key, "/caller", "5"),
        (KEYS, 429, Some("31"), &of.key, "/caller", "31"),
        (KEYS, 401, None, &of.key, "/caller", "5"),
        ("/sso/jwks/*", 503, None, &of.user, "/caller", "5"),
        ("/sso/jwks/*", 503, None, &of.machine, "/read", "5"),
        ("/user_management/users/user_ada", 503, None, &of.user, "/user", "5"),
        ("/user_management/users/user_ada", 429, Some("31"), &of.user, "/user", "31"),
    ];
    for (path, status, retry_after, credential, page, expected) in cases {
        emulator.faults().clear();
        let fault = Fault::status(status).path(path);
        let fault = match retry_after {
            Some(seconds) => fault.header("retry-after", seconds),
            None => fault,
        };
        emulator.faults().add(fault);
        // Of its own, without keys.
        let app = app(&auth());
        let answer = tokio::select! {
            answer = ask(&app, page, credential, Some(&sealed)) => answer,
            () = a_while() => panic!("{path} {status}: the request waits for longer than 10 s"),
        };
        assert_eq!(brief(&answer), (503, "unavailable".to_owned()), "{path} {status}");
        assert_eq!(answer.header("retry-after"), Some(expected), "{path} {status}");
        assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "{path} {status}");
    }
    emulator.faults().clear();
    emulator.faults().add(Fault::reset().path(KEYS));
    let answer = ask(&app(&auth()), "/caller", &of.key, None).await;
    assert_eq!(brief(&answer), (503, "unavailable".to_owned()));
}

#[tokio::test]
async fn the_user_of_a_token_who_is_gone_is_nobody() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let app = app(&auth(&emulator).accept_tokens());
    emulator.client().user_management().delete_user("user_ada").await.unwrap();
    let answer = ask(&app, "/user", &of.user, None).await;
    assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()));
}

#[tokio::test]
async fn a_verifier_of_ones_own_judges_tokens_and_sessions() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let auth = auth(&emulator).accept_tokens();
    let verifier = auth.client().token_verifier().audience("https://api.example.com");
    let app = app(&auth.verifier(verifier));
    let answer = ask(&app, "/caller", &of.user, None).await;
    assert_eq!(brief(&answer), (401, "unauthenticated".to_owned()));
    // WorkOS issues no token that this verifier accepts: the application has to be mended.
    let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
    let answer = browser.fetch("/caller").await;
    assert_eq!(brief(&answer), (500, "misconfigured".to_owned()));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_verifier_for_users_or_for_machines_accepts_no_others() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let auth = auth(&emulator).accept_tokens();
    let verifier = || auth.client().token_verifier();
    let (user, machine) = ((200, "token user_ada"), (200, "token client_robot"));
    for (verifier, expected) in [
        (verifier(), [user, machine]),
        (verifier().for_users(), [user, UNKNOWN]),
        (verifier().for_machines(), [UNKNOWN, machine]),
    ] {
        let app = app(&auth.clone().verifier(verifier));
        for (credential, expected) in [&of.user, &of.machine].into_iter().zip(expected) {
            let answer = ask(&app, "/caller", credential, None).await;
            let expected = (expected.0, expected.1.to_owned());
            assert_eq!(brief(&answer), expected, "{}", kind(credential));
        }
    }
}

/// The routes of the sign-in are for browsers: a credential does not change whose session it is.
#[tokio::test]
async fn the_routes_of_the_sign_in_go_by_the_cookie() {
    let emulator = emulator().await;
    let of = credentials(&emulator);
    let app = app(&auth(&emulator).accept_tokens().accept_api_keys().token_route());
    let sealed = session(&emulator, None);
    for credential in [&of.user, &of.machine, &of.key] {
        let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
        let headers = [("sec-fetch-site", "same-origin"), ("authorization", credential.as_str())];
        let answer = browser.send(Method::GET, "/token", &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} has no session", kind(credential));
        let answer = browser.send(Method::POST, "/logout", &headers).await;
        let expected = json!(answer.json()["logout_url"].as_str().unwrap());
        assert_eq!((answer.status, &answer.json()["logout_url"]), (StatusCode::OK, &expected));
        assert!(browser.cookies.is_empty());
    }
}
