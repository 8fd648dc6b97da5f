//! Resource servers: how clients find out, who gets in, and what the others are told.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::{HeaderMap, Method, StatusCode};
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use workos::transport::HttpRequest;
use workos::{Client, SecretString};
use workos_axum::resource_server::{AccessToken, ResourceServer};
use workos_emulator::{Emulator, Fault, SeedData, TokenFlaw};

use crate::browser::{Answer, answer_of};

const NOTES: &str = "https://api.example.com/notes";
const METADATA: &str = "/.well-known/oauth-protected-resource";
/// The origin of an emulator without a socket.
const DOMAIN: &str = "http://localhost";

async fn emulator() -> Emulator {
    let robot = |client_id: &str, audience: &str| {
        json!({"name": client_id, "organization": "org_acme", "client_id": client_id,
            "client_secret": "robot-secret", "scopes": ["notes:read", "notes:write"],
            "audience": audience})
    };
    let data = json!({
        "users": [{"id": "user_ada", "email": "ada@example.com"}],
        "organizations": [{"id": "org_acme", "name": "Acme", "memberships": [{"email": "ada@example.com"}]}],
        "connectApplications": [
            robot("client_robot", NOTES),
            robot("client_other", "https://api.example.com/other"),
            robot("client_host", "https://api.example.com/"),
        ],
    });
    let data = SeedData::from_value(data).unwrap();
    Emulator::builder().without_socket().seed(7).data(data).start().await.unwrap()
}

fn server(client: Client) -> ResourceServer {
    let server = ResourceServer::new(client, DOMAIN, NOTES).unwrap();
    server.name("Notes").scopes(["notes:read", "notes:write"])
}

fn app(server: &ResourceServer) -> Router {
    let list = async |token: AccessToken| format!("the notes of {}", token.sub);
    let write = async |AccessToken(claims): AccessToken| format!("written by {}", claims.sub);
    Router::new()
        .route("/notes", post(write).route_layer(server.require_scope("notes:write")))
        .route("/notes", get(list))
        .layer(server.layer())
        .merge(server.routes())
}

async fn token(emulator: &Emulator, client_id: &str, scope: &str) -> SecretString {
    let client = emulator.client();
    let credentials = client.client_credentials(DOMAIN, client_id, "robot-secret").scope(scope);
    credentials.token().await.unwrap().access_token.clone()
}

fn request(method: Method, path: &str, authorization: &[&str]) -> Request<axum::body::Body> {
    let mut request = Request::new(axum::body::Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for value in authorization {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append("authorization", value);
    }
    request
}

async fn call(app: &Router, method: Method, token: &SecretString) -> Answer {
    let bearer = format!("Bearer {}", token.expose());
    answer_of(app, request(method, "/notes", &[&bearer])).await
}

/// Status, code and challenge.
fn refusal(answer: &Answer) -> (StatusCode, String, Option<&str>) {
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    (answer.status, code, answer.header("www-authenticate"))
}

fn invalid_token(description: &str) -> String {
    format!(
        "Bearer error=\"invalid_token\", \
         resource_metadata=\"https://api.example.com{METADATA}/notes\", \
         error_description=\"{description}\""
    )
}

/// The value of a parameter of a challenge.
fn parameter<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let challenge = answer.header("www-authenticate").unwrap();
    let (_, rest) = challenge.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap()
}

/// Calls WorkOS as a client that has no SDK.
async fn at_workos(emulator: &Emulator, method: Method, url: &str, form: &str) -> Value {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    let body = (!form.is_empty()).then(|| form.to_owned().into());
    let request = HttpRequest { method, url: url.to_owned(), headers, body };
    let response = emulator.transport().execute(request).await.unwrap();
    serde_json::from_slice(&response.body).unwrap()
}

#[tokio::test]
async fn a_client_that_knows_only_the_url_finds_its_way_in() {
    let emulator = emulator().await;
    let app = app(&server(emulator.client()));

    // It calls without a token, and is told where the metadata are.
    let refused = answer_of(&app, request(Method::POST, "/notes", &[])).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let metadata = parameter(&refused, "resource_metadata");
    assert_eq!(metadata, "https://api.example.com/.well-known/oauth-protected-resource/notes");

    // They name the authorization server, and what it may ask for.
    let path = metadata.strip_prefix("https://api.example.com").unwrap();
    let metadata = answer_of(&app, request(Method::GET, path, &[])).await.json();
    assert_eq!(metadata["resource"], NOTES);
    let authorization_server = metadata["authorization_servers"][0].as_str().unwrap();

    // That has metadata of its own.
    let url = format!("{authorization_server}/.well-known/oauth-authorization-server");
    let metadata = at_workos(&emulator, Method::GET, &url, "").await;
    assert_eq!(metadata["issuer"], authorization_server);
    let endpoint = metadata["token_endpoint"].as_str().unwrap();
    let token = async |scope: &str| {
        let form = format!(
            "grant_type=client_credentials&client_id=client_robot&client_secret=robot-secret\
             &scope={scope}"
        );
        let granted = at_workos(&emulator, Method::POST, endpoint, &form).await;
        SecretString::from(granted["access_token"].as_str().unwrap())
    };

    // A token for reading is not enough to write. The response names the scope that is missing.
    let reads = token("notes:read").await;
    assert_eq!(call(&app, Method::GET, &reads).await.body, "the notes of client_robot");
    let refused = call(&app, Method::POST, &reads).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let scope = parameter(&refused, "scope");
    let writes = token(scope).await;
    assert_eq!(call(&app, Method::POST, &writes).await.body, "written by client_robot");
}

#[tokio::test]
async fn metadata_are_public_on_every_site() {
    let emulator = emulator().await;
    let server = server(emulator.client());
    let everything = json!({
        "resource": NOTES,
        "authorization_servers": [DOMAIN],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["notes:read", "notes:write"],
        "resource_name": "Notes",
    });
    // Also where the layer covers the routes.
    let covered = Router::new().merge(server.routes()).layer(server.layer());
    for app in [app(&server), covered] {
        for path in [METADATA.to_owned(), format!("{METADATA}/notes")] {
            let served = answer_of(&app, request(Method::GET, &path, &[])).await;
            assert_eq!((served.status, served.json()), (StatusCode::OK, everything.clone()));
            assert_eq!(served.header("content-type"), Some("application/json"));
            assert_eq!(served.header("access-control-allow-origin"), Some("*"));

            let preflight = answer_of(&app, request(Method::OPTIONS, &path, &[])).await;
            assert_eq!(preflight.status, StatusCode::NO_CONTENT);
            assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
            assert_eq!(preflight.header("access-control-allow-methods"), Some("GET"));
            assert_eq!(preflight.header("access-control-allow-headers"), Some("*"));
        }
    }
}

#[tokio::test]
async fn the_layer_lets_nothing_pass_but_the_metadata() {
    let emulator = emulator().await;
    let server = server(emulator.client());
    for path in [format!("{METADATA}/other"), format!("{METADATA}s"), format!("{METADATA}/notes/1")]
    {
        let app = Router::new().route(&path, get(async || "secret")).layer(server.layer());
        let refused = answer_of(&app, request(Method::GET, &path, &[])).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_server_of_a_whole_host_has_one_path_of_metadata_and_no_slash_of_its_own() {
    let emulator = emulator().await;
    let token = token(&emulator, "client_host", "notes:read").await;
    for url in ["https://api.example.com", "https://api.example.com/"] {
        let server = ResourceServer::new(emulator.client(), DOMAIN, url).unwrap();
        let app = app(&server);
        let refused = answer_of(&app, request(Method::GET, "/notes", &[])).await;
        let challenge = format!("Bearer resource_metadata=\"https://api.example.com{METADATA}\"");
        assert_eq!(
            refusal(&refused),
            (StatusCode::UNAUTHORIZED, "unauthenticated".into(), Some(challenge.as_str()))
        );
        let metadata = answer_of(&app, request(Method::GET, METADATA, &[])).await.json();
        let expected = json!({"resource": url, "authorization_servers": [DOMAIN],
            "bearer_methods_supported": ["header"]});
        assert_eq!(metadata, expected);
        // Its audience has the slash.
        assert_eq!(call(&app, Method::GET, &token).await.body, "the notes of client_host");
    }
}

#[tokio::test]
async fn without_a_bearer_token_the_challenge_names_no_error() {
    let emulator = emulator().await;
    let app = app(&server(emulator.client()));
    let challenge = format!("Bearer resource_metadata=\"https://api.example.com{METADATA}/notes\"");
    for authorization in [&[][..], &["Basic dXNlcjpwdw=="], &["garbage"], &[""]] {
        let refused = answer_of(&app, request(Method::GET, "/notes", authorization)).await;
        assert_eq!(
            refusal(&refused),
            (StatusCode::UNAUTHORIZED, "unauthenticated".into(), Some(challenge.as_str())),
            "{authorization:?}"
        );
    }
}

#[tokio::test]
async fn the_scheme_may_be_in_lower_case() {
    let emulator = emulator().await;
    let app = app(&server(emulator.client()));
    let token = token(&emulator, "client_robot", "notes:read").await;
    let authorization = format!("bearer {}", token.expose());
    let served = answer_of(&app, request(Method::GET, "/notes", &[&authorization])).await;
    assert_eq!((served.status, &*served.body), (StatusCode::OK, "the notes of client_robot"));
}

#[tokio::test]
async fn a_token_that_is_not_valid_here_is_refused_and_not_repeated() {
    let emulator = emulator().await;
    let (client, fixtures) = (emulator.client(), emulator.fixtures());
    let app = app(&server(client.clone()));
    let good = token(&emulator, "client_robot", "notes:read").await;
    assert_eq!(call(&app, Method::GET, &good).await.status, StatusCode::OK);

    let expired = fixtures.with_flaw(&good, TokenFlaw::Expired).unwrap();
    let forged = fixtures.with_flaw(&good, TokenFlaw::UnknownKey).unwrap();
    let other = token(&emulator, "client_other", "notes:read").await;
    let user = fixtures.access_token("user_ada").unwrap();
    let huge = "a.".repeat(32 * 1024);
    let huge_claims = format!("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.{}.c2ln", "e30".repeat(21_845));
    let malformed = "the header Authorization is not Bearer and one token";
    let audience = "the access token has another audience";
    let parts = "the access token is malformed: expected three parts separated by dots";
    let unknown_key = "the access token is signed with an unknown key";
    for (token, description) in [
        (other.expose(), audience),
        (user.expose(), audience),
        (expired.expose(), "the access token expired "),
        (forged.expose(), unknown_key),
        ("garbage", parts),
        ("", malformed),
        ("two words", malformed),
        ("a,b", malformed),
        (&huge, parts),
        (&huge_claims, unknown_key),
    ] {
        let authorization = format!("Bearer {token}");
        let refused = answer_of(&app, request(Method::GET, "/notes", &[&authorization])).await;
        let (status, code, challenge) = refusal(&refused);
        assert_eq!((status, &*code), (StatusCode::UNAUTHORIZED, "invalid_token"));
        let said = parameter(&refused, "error_description");
        assert!(said.starts_with(description), "{said}");
        assert_eq!(challenge, Some(&*invalid_token(said)));
        assert_eq!(refused.json()["message"], said);
        let everything = format!("{refused:?}");
        assert!(token.is_empty() || token == "garbage" || !everything.contains(token));
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let emulator = emulator().await;
    // The same keys, at another domain.
    let server = ResourceServer::new(emulator.client(), "http://127.0.0.1", NOTES).unwrap();
    let token = token(&emulator, "client_robot", "notes:read").await;
    let refused = call(&app(&server), Method::GET, &token).await;
    let challenge = invalid_token("the access token has another issuer");
    assert_eq!(
        refusal(&refused),
        (StatusCode::UNAUTHORIZED, "invalid_token".into(), Some(challenge.as_str()))
    );
}

#[tokio::test]
async fn several_credentials_are_refused_even_if_one_is_good() {
    let emulator = emulator().await;
    let app = app(&server(emulator.client()));
    let good = format!("Bearer {}", token(&emulator, "client_robot", "notes:read").await.expose());
    let challenge = format!(
        "Bearer error=\"invalid_request\", \
         resource_metadata=\"https://api.example.com{METADATA}/notes\", \
         error_description=\"there are several headers Authorization\""
    );
    for second in [&*good, "Basic dXNlcjpwdw=="] {
        let refused = answer_of(&app, request(Method::GET, "/notes", &[&good, second])).await;
        assert_eq!(
            refusal(&refused),
            (StatusCode::BAD_REQUEST, "invalid_request".into(), Some(challenge.as_str()))
        );
    }
}

#[tokio::test]
async fn without_the_scope_the_response_names_it() {
    let emulator = emulator().await;
    let server = server(emulator.client());
    let (reads, writes) = (
        token(&emulator, "client_robot", "notes:read").await,
        token(&emulator, "client_robot", "notes:write").await,
    );
    let challenge = format!(
        "Bearer error=\"insufficient_scope\", scope=\"notes:write\", \
         resource_metadata=\"https://api.example.com{METADATA}/notes\", \
         error_description=\"this takes the scope notes:write\""
    );
    // It needs no other layer.
    let alone = post(async |token: AccessToken| format!("written by {}", token.sub));
    let alone = Router::new().route("/notes", alone.layer(server.require_scope("notes:write")));
    for app in [app(&server), alone] {
        let refused = call(&app, Method::POST, &reads).await;
        assert_eq!(
            refusal(&refused),
            (StatusCode::FORBIDDEN, "insufficient_scope".into(), Some(challenge.as_str()))
        );
        let served = call(&app, Method::POST, &writes).await;
        assert_eq!((served.status, &*served.body), (StatusCode::OK, "written by client_robot"));
        let unknown = answer_of(&app, request(Method::POST, "/notes", &[])).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_scope_is_what_the_user_lets_the_client_do_and_a_permission_is_none() {
    let data = json!({
        "permissions": [{"slug": "notes:write", "name": "Write notes"}],
        "roles": [{"slug": "admin", "name": "Admin", "permissions": ["notes:write"]}],
        "users": [{"id": "user_ada", "email": "ada@example.com"}],
        "organizations": [{"id": "org_acme", "name": "Acme",
            "memberships": [{"email": "ada@example.com", "role": "admin"}]}],
        "jwtTemplate": {"content": format!("{{\"aud\": \"{NOTES}\"}}")},
    });
    let data = SeedData::from_value(data).unwrap();
    let emulator = Emulator::builder().without_socket().data(data).start().await.unwrap();
    let app = app(&server(emulator.client()));
    let ada = emulator.fixtures().access_token("user_ada").unwrap();
    assert_eq!(call(&app, Method::GET, &ada).await.body, "the notes of user_ada");
    assert_eq!(call(&app, Method::POST, &ada).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn while_the_keys_cannot_be_fetched_the_client_keeps_its_token_and_comes_again() {
    let emulator = emulator().await;
    let client = Client::builder().transport(emulator.transport()).max_retries(0).build();
    let app = app(&server(client));
    let token = token(&emulator, "client_robot", "notes:read").await;
    for fault in [Fault::status(503), Fault::status(404), Fault::reset()] {
        emulator.faults().add(fault.on(Method::GET, "/oauth2/jwks"));
        let refused = call(&app, Method::GET, &token).await;
        assert_eq!(
            refusal(&refused),
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable".into(), None)
        );
        assert_eq!(refused.header("retry-after"), Some("5"));
        emulator.faults().clear();
    }
    assert_eq!(call(&app, Method::GET, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_the_url_or_the_domain_is_named() {
    let emulator = emulator().await;
    let problem = |domain: &str, url: &str| {
        let server = ResourceServer::new(emulator.client(), domain, url);
        server.map(drop).unwrap_err().to_string()
    };
    for url in [
        "",
        "api.example.com/notes",
        "/notes",
        "ftp://api.example.com",
        "https://user:pw@api.example.com",
        "https://api.example.com/notes?x=1",
        "https://api.example.com/notes#x",
        "https://api.example.com/{id}",
        "https://api.example.com/:id",
        "https://api.example.com/*",
    ] {
        let problem = problem("acme.authkit.app", url);
        assert!(problem.contains("resource_url "), "{url}: {problem}");
        assert!(!problem.contains("pw"), "{problem}");
    }
    for domain in ["", "a b", "http://acme.authkit.app"] {
        let problem = problem(domain, NOTES);
        assert!(problem.contains("authkit_domain: "), "{domain}: {problem}");
    }
}

#[tokio::test]
async fn every_accepted_url_has_routes() {
    let emulator = emulator().await;
    for url in [
        "http://localhost:3000/mcp",
        "https://api.example.com/notes/",
        "https://api.example.com/a//b",
        "https://api.example.com/a%20b;c=1,\"d\"",
    ] {
        let server = ResourceServer::new(emulator.client(), "acme.authkit.app", url).unwrap();
        let app = Router::new().merge(server.routes());
        let path = url.splitn(4, '/').nth(3).unwrap();
        let path = format!("{METADATA}/{path}");
        let served = answer_of(&app, request(Method::GET, &path, &[])).await;
        assert_eq!((served.status, &served.json()["resource"]), (StatusCode::OK, &json!(url)));
    }
}

#[tokio::test]
async fn an_extractor_without_the_layer_says_so() {
    let app = Router::new().route("/notes", get(async |token: AccessToken| token.sub.clone()));
    let refused = answer_of(&app, request(Method::GET, "/notes", &["Bearer a.b.c"])).await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
    let message = "the resource server's layer is missing: add `.layer(server.layer())` after the \
                   routes";
    assert_eq!(refused.json(), json!({"code": "misconfigured", "message": message}));
}

#[tokio::test]
async fn handlers_share_the_claims_with_the_cache() {
    let emulator = emulator().await;
    let server = server(emulator.client());
    let seen: Arc<std::sync::Mutex<Vec<AccessToken>>> = Arc::default();
    let keep = seen.clone();
    let app = Router::new()
        .route("/notes", get(async move |token: AccessToken| keep.lock().unwrap().push(token)));
    let app = app.layer(server.layer());
    let token = token(&emulator, "client_robot", "notes:read").await;
    for _ in 0..2 {
        assert_eq!(call(&app, Method::GET, &token).await.status, StatusCode::OK);
    }
    let seen = seen.lock().unwrap();
    assert!(Arc::ptr_eq(&seen[0].0, &seen[1].0));
}
