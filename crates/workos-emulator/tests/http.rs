//! The emulator as any program sees it: bytes over a socket, and JSON as it is on the wire.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workos_emulator::{Emulator, Fault};

const KEY: &str = "authorization: Bearer sk_test_default\r\n";
const ORGANIZATIONS: &str = "/organizations";
const USERS: &str = "/user_management/users";
const HOOKS: &str = "/_emulate/hooks";
const OUTBOX: &str = "/_emulate/outbox";
const RESET: &str = "/_emulate/reset";
const NOON: &str = "2026-03-01T12:00:00.000Z";
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// What came back over the wire.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let mut lines = std::str::from_utf8(&bytes[..end]).unwrap().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| -> (HeaderName, HeaderValue) {
            let (name, value) = line.split_once(':').unwrap();
            (name.parse().unwrap(), value.trim().parse().unwrap())
        };
        Self { status, headers: lines.map(header).collect(), body: bytes[end + 4..].to_vec() }
    }

    /// The body, or its text where it is no JSON.
    fn json(&self) -> Value {
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| text())
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

fn address(emulator: &Emulator) -> String {
    emulator.base_url().strip_prefix("http://").unwrap().to_owned()
}

/// A request after which the server ends the connection. Each header ends with a line break.
fn request(method: &str, path: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let size = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-length: {size}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Everything that comes until the server ends the connection.
async fn exchange(address: String, request: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn send(emulator: &Emulator, request: Vec<u8>) -> Answer {
    Answer::parse(&exchange(address(emulator), request).await.unwrap())
}

/// Makes a call with the right key; gives the status and the body. Null is no body.
async fn call(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = send(emulator, request(method, path, KEY, body)).await;
    (answer.status, answer.json())
}

async fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    call(emulator, "GET", path, Value::Null).await
}

async fn post(emulator: &Emulator, path: &str, body: Value) -> (u16, Value) {
    call(emulator, "POST", path, body).await
}

async fn create(emulator: &Emulator, path: &str, body: Value) -> Value {
    let (status, object) = post(emulator, path, body).await;
    assert_eq!(status, 201, "{object}");
    object
}

/// One object at this path.
fn at(path: &str, object: &Value) -> String {
    format!("{path}/{}", text(&object["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn empty_list() -> Value {
    json!({"object": "list", "data": [], "list_metadata": {"before": null, "after": null}})
}

/// The plain error.
fn error(code: &str, message: &str) -> Value {
    json!({"code": code, "message": message})
}

fn not_found(what: &str, id: &str) -> Value {
    let message = format!("{what} not found: '{id}'.");
    json!({"code": "entity_not_found", "message": message, "entity_id": id})
}

/// An error with the reason inside.
fn error_with(code: &str, message: &str, reason: Value) -> Value {
    json!({"code": code, "message": message, "errors": [reason]})
}

/// The error about fields: name, code and the rest of the message.
fn invalid(fields: &[(&str, &str, &str)]) -> Value {
    let mut errors = Vec::new();
    for (field, code, rest) in fields {
        let message = format!("{field} {rest}");
        errors.push(json!({"field": field, "code": code, "message": message}));
    }
    let message = "Validation failed.";
    json!({"code": "invalid_request_parameters", "message": message, "errors": errors})
}

/// An emulator whose clock stands at [`NOON`].
async fn at_noon() -> Emulator {
    let emulator = Emulator::start().await.unwrap();
    emulator.clock().freeze(NOON.parse().unwrap());
    emulator
}

/// Gives the runtime turns until this holds.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert!(condition(), "what was waited for did not come about");
}

#[tokio::test]
async fn a_request_without_the_right_key_is_unauthorized() {
    let emulator = Emulator::start().await.unwrap();
    let message = "Could not authorize the request. Maybe your API key is invalid?";
    let refused = error("unauthorized", message);
    for headers in [
        "",
        "authorization: Bearer\r\n",
        "authorization: Bearer sk_test_other\r\n",
        "authorization: Basic sk_test_default\r\n",
        "authorization: sk_test_default\r\n",
    ] {
        for path in ["/organizations", "/organizations/org_missing", "/nothing/of/the/kind"] {
            let answer = send(&emulator, request("GET", path, headers, "")).await;
            assert_eq!((answer.status, answer.json()), (401, refused.clone()), "{headers}{path}");
        }
    }
}

#[tokio::test]
async fn the_right_key_is_the_one_the_emulator_was_given() {
    let emulator = Emulator::builder().api_key("sk_test_mine").start().await.unwrap();
    let mine = "authorization: Bearer sk_test_mine\r\n";
    for (headers, status) in [(KEY, 401), (mine, 200)] {
        let answer = send(&emulator, request("GET", ORGANIZATIONS, headers, "")).await;
        assert_eq!(answer.status, status, "{headers}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(503).on(Method::PUT, "*"));
    let (mut statuses, mut ids) = (Vec::new(), BTreeSet::new());
    for request in [
        request("GET", ORGANIZATIONS, KEY, ""),
        request("POST", ORGANIZATIONS, KEY, r#"{"name":"Acme"}"#),
        request("POST", ORGANIZATIONS, KEY, "{}"),
        request("POST", ORGANIZATIONS, KEY, "{"),
        request("GET", "/organizations/org_missing", KEY, ""),
        request("GET", ORGANIZATIONS, "", ""),
        request("GET", "/nothing", KEY, ""),
        request("PUT", "/organizations/org_missing", KEY, ""),
        request("GET", "/health", "", ""),
        request("POST", RESET, "", ""),
    ] {
        let answer = send(&emulator, request).await;
        statuses.push(answer.status);
        ids.insert(answer.header("x-request-id").to_owned());
    }
    assert_eq!(statuses, [200, 201, 422, 400, 404, 401, 501, 503, 200, 204]);
    assert!(ids.len() == statuses.len() && ids.iter().all(|id| id.starts_with("req_")), "{ids:?}");
}

#[tokio::test]
async fn a_request_id_of_the_client_comes_back() {
    let emulator = Emulator::start().await.unwrap();
    let headers = format!("{KEY}x-request-id: mine\r\n");
    let answer = send(&emulator, request("GET", ORGANIZATIONS, &headers, "")).await;
    assert_eq!(answer.header("x-request-id"), "mine");
}

#[tokio::test]
async fn every_answer_with_a_body_says_that_it_is_json() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(500).on(Method::PUT, "*"));
    for request in [
        request("GET", ORGANIZATIONS, KEY, ""),
        request("GET", ORGANIZATIONS, "", ""),
        request("POST", ORGANIZATIONS, KEY, "{"),
        request("PUT", "/organizations/org_missing", KEY, ""),
        request("GET", "/nothing", KEY, ""),
        request("GET", "/health", "", ""),
    ] {
        let answer = send(&emulator, request).await;
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    }
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let contact = format!("{}/it_contacts/it_contact_0", at(ORGANIZATIONS, &acme));
    for (method, path, body, what, id) in [
        ("GET", "/organizations/org_0", Value::Null, "Organization", "org_0"),
        ("PUT", "/organizations/org_0", json!({"name": "Acme"}), "Organization", "org_0"),
        ("DELETE", "/organizations/org_0", Value::Null, "Organization", "org_0"),
        ("GET", "/organizations/external_id/a%2Fb%20c", Value::Null, "Organization", "a/b c"),
        ("GET", "/organizations/org_0/it_contacts", Value::Null, "Organization", "org_0"),
        ("DELETE", contact.as_str(), Value::Null, "IT contact", "it_contact_0"),
        ("GET", "/user_management/users/user_0", Value::Null, "User", "user_0"),
        ("PUT", "/user_management/users/user_0", json!({"name": "Ada"}), "User", "user_0"),
        ("DELETE", "/user_management/users/user_0", Value::Null, "User", "user_0"),
        ("GET", "/user_management/users/external_id/7", Value::Null, "User", "7"),
        ("GET", "/user_management/users/user_0/sessions", Value::Null, "User", "user_0"),
        ("GET", "/user_management/email_verification/e0", Value::Null, "Email verification", "e0"),
    ] {
        let answer = call(&emulator, method, path, body).await;
        assert_eq!(answer, (404, not_found(what, id)), "{method} {path}");
    }
}

#[tokio::test]
async fn a_deleted_object_is_gone() {
    let emulator = Emulator::start().await.unwrap();
    for (path, body, status, what) in [
        (ORGANIZATIONS, json!({"name": "Acme"}), 202, "Organization"),
        (USERS, json!({"email": "ada@example.com"}), 200, "User"),
    ] {
        let object = create(&emulator, path, body).await;
        let one = at(path, &object);
        assert_eq!(get(&emulator, &one).await, (200, object.clone()));

        let deleted = send(&emulator, request("DELETE", &one, KEY, "")).await;
        assert_eq!((deleted.status, deleted.body), (status, Vec::new()));
        let gone = not_found(what, text(&object["id"]));
        assert_eq!(get(&emulator, &one).await, (404, gone));
        assert_eq!(get(&emulator, path).await, (200, empty_list()));
    }
}

#[tokio::test]
async fn every_field_of_the_wrong_type_or_form_is_named() {
    const WANTED: &str = "is required and must not be empty.";
    const STRING: &str = "must be a string.";
    const FLAG: &str = "must be true or false.";
    const ASCII: &str = "must be 1 to 128 ASCII characters.";
    let emulator = Emulator::start().await.unwrap();
    for (path, body, fields) in [
        (ORGANIZATIONS, Value::Null, vec![("name", "required", WANTED)]),
        (ORGANIZATIONS, json!({"name": " "}), vec![("name", "required", WANTED)]),
        (
            ORGANIZATIONS,
            json!({
                "name": 7,
                "domain_data": [
                    {"domain": "acme.com", "state": "pending"},
                    {"domain": "nodot", "state": "maybe"},
                ],
                "domains": "acme.com",
                "allow_profiles_outside_organization": "yes",
                "external_id": "ü",
            }),
            vec![
                ("name", "invalid_type", STRING),
                ("domain_data[1].domain", "invalid", "must be a domain such as acme.com."),
                ("domain_data[1].state", "invalid", "must be pending or verified."),
                ("domains", "invalid_type", "must be a list."),
                ("allow_profiles_outside_organization", "invalid_type", FLAG),
                ("external_id", "invalid", ASCII),
            ],
        ),
        (USERS, json!({}), vec![("email", "required", WANTED)]),
        (
            USERS,
            json!({"email": "nobody", "first_name": 1, "email_verified": "yes", "external_id": ""}),
            vec![
                ("email", "invalid", "must be an email address."),
                ("first_name", "invalid_type", STRING),
                ("email_verified", "invalid_type", FLAG),
                ("external_id", "invalid", ASCII),
            ],
        ),
    ] {
        assert_eq!(post(&emulator, path, body).await, (422, invalid(&fields)));
    }
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert_eq!(get(&emulator, USERS).await, (200, empty_list()));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (body, message) in [
        ("{", "The request body is not valid JSON."),
        ("name=Acme", "The request body is not valid JSON."),
        ("[]", "The request body must be a JSON object."),
        ("null", "The request body must be a JSON object."),
    ] {
        for path in [ORGANIZATIONS, USERS] {
            let answer = send(&emulator, request("POST", path, KEY, body)).await;
            let refused = error("invalid_request_body", message);
            assert_eq!((answer.status, answer.json()), (400, refused), "{path} {body}");
        }
    }
}

#[tokio::test]
async fn a_body_of_sixteen_mebibytes_is_read() {
    let emulator = Emulator::start().await.unwrap();
    let mut body = br#"{"name":"Acme"}"#.to_vec();
    body.resize(MAX_REQUEST_BYTES, b' ');
    let answer = send(&emulator, request("POST", ORGANIZATIONS, KEY, body)).await;
    assert_eq!((answer.status, &answer.json()["name"]), (201, &json!("Acme")));
}

#[tokio::test]
async fn a_larger_body_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let body = vec![b' '; MAX_REQUEST_BYTES + 1];
    let answer = send(&emulator, request("POST", ORGANIZATIONS, KEY, body)).await;
    let message = "The request body is too large.";
    assert_eq!((answer.status, answer.json()), (413, error("invalid_request_body", message)));
}

#[tokio::test]
async fn what_the_emulator_does_not_serve_is_no_missing_object() {
    let emulator = Emulator::start().await.unwrap();
    for (method, path) in [
        ("GET", "/connections"),
        ("POST", "/user_management/authenticate"),
        ("PATCH", "/organizations/org_0"),
        ("DELETE", "/organizations"),
        ("GET", "/_emulate/nothing"),
        ("GET", "/_emulate/reset"),
    ] {
        let message = format!("workos-emulator does not serve {method} {path}");
        let expected = (501, error("emulator_not_implemented", &message));
        assert_eq!(call(&emulator, method, path, Value::Null).await, expected);
    }
}

#[tokio::test]
async fn what_the_api_refuses_has_the_apis_error() {
    let emulator = Emulator::start().await.unwrap();
    let taken = json!({"name": "Acme", "external_id": "acme"});
    create(&emulator, ORGANIZATIONS, taken.clone()).await;
    create(&emulator, USERS, json!({"email": "ada@example.com", "external_id": "ada"})).await;
    let user = |more: Value| {
        let mut user = json!({"email": "bob@example.com"});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    let strings = "Metadata is invalid: values are strings of up to 600 characters.";
    for (path, body, expected) in [
        (
            ORGANIZATIONS,
            taken,
            error("external_id_already_used", "Another organization has this external_id."),
        ),
        (
            ORGANIZATIONS,
            json!({"name": "Globex", "metadata": {"tier": 1}}),
            error("invalid_metadata", strings),
        ),
        (
            USERS,
            json!({"email": "ADA@example.com"}),
            error_with(
                "user_creation_error",
                "Could not create user.",
                error("email_not_available", "The email is not available."),
            ),
        ),
        (
            USERS,
            user(json!({"password": "too short"})),
            error_with(
                "password_strength_error",
                "Password does not meet strength requirements.",
                error("password_too_short", "Password must be at least 10 characters long."),
            ),
        ),
        (
            USERS,
            user(json!({"password": "long enough", "password_hash": "x"})),
            error("password_and_password_hash_provided", "Give either password or password_hash."),
        ),
        (USERS, user(json!({"metadata": {"tier": 1}})), error("invalid_metadata", strings)),
        (
            USERS,
            user(json!({"external_id": "ada"})),
            error_with(
                "user_creation_error",
                "Could not create user.",
                error("external_id_already_used", "Another user has this external_id."),
            ),
        ),
    ] {
        assert_eq!(post(&emulator, path, body).await, (400, expected));
    }
}

#[tokio::test]
async fn changing_a_user_has_errors_of_its_own() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, USERS, json!({"email": "ada@example.com", "external_id": "ada"})).await;
    let bob = create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    let path = at(USERS, &bob);
    let required = "must be a string.";
    for (body, status, expected) in [
        (json!({"email": "bob"}), 400, error("invalid_email", "email must be an email address.")),
        (
            json!({"external_id": "ada"}),
            400,
            error("external_id_already_used", "Another user has this external_id."),
        ),
        (json!({"email": null}), 422, invalid(&[("email", "invalid_type", required)])),
        (json!({"password": null}), 422, invalid(&[("password", "invalid_type", required)])),
        (
            json!({"password_hash": "x", "password_hash_type": "ssha256",
                "password_salt_position": "middle"}),
            422,
            invalid(&[("password_salt_position", "invalid", "must be prefix or suffix.")]),
        ),
    ] {
        assert_eq!(call(&emulator, "PUT", &path, body).await, (status, expected));
    }
    assert_eq!(get(&emulator, &path).await, (200, bob));
}

#[tokio::test]
async fn metadata_has_at_most_fifty_keys_however_they_are_added() {
    let emulator = Emulator::start().await.unwrap();
    let keys = |range: std::ops::Range<u32>| -> Value {
        range.map(|n| (format!("k{n}"), Value::from("v"))).collect()
    };
    let new = json!({"name": "Acme", "metadata": keys(0..50)});
    let acme = create(&emulator, ORGANIZATIONS, new).await;
    let path = at(ORGANIZATIONS, &acme);
    let refused = call(&emulator, "PUT", &path, json!({"metadata": keys(50..51)})).await;
    let message = "Metadata is invalid: there may be at most 50 keys.";
    assert_eq!(refused, (400, error("invalid_metadata", message)));
    assert_eq!(get(&emulator, &path).await, (200, acme));
}

#[tokio::test]
async fn a_domain_is_one_whatever_its_case_and_however_often_it_is_named() {
    let emulator = Emulator::start().await.unwrap();
    let domains = json!(["acme.com", "ACME.com"]);
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme", "domains": domains})).await;
    assert_eq!(acme["domains"].as_array().unwrap().len(), 1);
    let (_, found) = get(&emulator, "/organizations?domains=Acme.COM").await;
    assert_eq!(found["data"], json!([acme]));
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(
        get(&emulator, "/organizations/%FF").await,
        (400, error("invalid_request_path", "The path is not UTF-8."))
    );
}

#[tokio::test]
async fn an_address_that_another_user_has_is_not_available() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let bob = create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    let bob = at(USERS, &bob);
    let refused = error("email_not_available", "The email address is not available.");

    let change = json!({"email": "ada@example.com"});
    assert_eq!(call(&emulator, "PUT", &bob, change).await, (400, refused.clone()));
    let path = format!("{bob}/email_change/send");
    let change = json!({"new_email": "ada@example.com"});
    assert_eq!(post(&emulator, &path, change).await, (409, refused));
}

#[tokio::test]
async fn what_contradicts_the_state_is_a_conflict() {
    let emulator = Emulator::start().await.unwrap();
    let owner = json!({"name": "Acme", "domains": ["acme.com"]});
    create(&emulator, ORGANIZATIONS, owner).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let change = format!("{}/email_change", at(USERS, &ada));
    for (path, body, code, message) in [
        (
            ORGANIZATIONS.to_owned(),
            json!({"name": "Globex", "domain_data": [{"domain": "ACME.com", "state": "verified"}]}),
            "domain_already_used",
            "The domain acme.com belongs to another organization.",
        ),
        (
            format!("{change}/send"),
            json!({"new_email": "ada@example.com"}),
            "email_change_not_needed",
            "The user has this address already.",
        ),
        (
            format!("{change}/confirm"),
            json!({"code": "000000"}),
            "no_pending_email_change",
            "No change of address was begun.",
        ),
    ] {
        assert_eq!(post(&emulator, &path, body).await, (409, error(code, message)));
    }
}

#[tokio::test]
async fn an_it_contact_is_neither_added_nor_invited_twice() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let contacts = format!("{}/it_contacts", at(ORGANIZATIONS, &acme));
    let new = json!({"email": "it@acme.com"});
    let contact = create(&emulator, &contacts, new.clone()).await;
    let (status, again) = post(&emulator, &contacts, new).await;
    assert_eq!((status, &again["code"]), (409, &json!("it_contact_already_exists")));

    let invite = format!("{}/invite", at(&contacts, &contact));
    let intents = json!({"intents": ["sso"]});
    let invited = send(&emulator, request("POST", &invite, KEY, intents.to_string())).await;
    assert_eq!((invited.status, invited.body), (204, Vec::new()));
    let (status, again) = post(&emulator, &invite, intents).await;
    assert_eq!((status, &again["code"]), (409, &json!("it_contact_invitation_already_active")));
}

#[tokio::test]
async fn an_organization_has_the_keys_of_the_api() {
    let emulator = at_noon().await;
    let plain = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let expected = json!({
        "object": "organization",
        "id": plain["id"],
        "name": "Acme",
        "domains": [],
        "metadata": {},
        "external_id": null,
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!(plain, expected);
    assert!(text(&plain["id"]).starts_with("org_") && text(&plain["id"]).len() == 30, "{plain}");

    let rich = json!({
        "stripe_customer_id": "cus_1",
        "allow_profiles_outside_organization": false,
        "metadata": {"tier": "gold"},
        "external_id": "acme",
        "domain_data": [
            {"domain": "Acme.com", "state": "verified"},
            {"domain": "acme.org", "state": "pending"},
        ],
    });
    let (status, rich) = call(&emulator, "PUT", &at(ORGANIZATIONS, &plain), rich).await;
    let (verified, pending) = (&rich["domains"][0], &rich["domains"][1]);
    let domain = |domain: &Value, name: &str, state: &str, strategy: &str| {
        json!({
            "object": "organization_domain",
            "id": domain["id"],
            "organization_id": plain["id"],
            "domain": name,
            "state": state,
            "verification_strategy": strategy,
            "created_at": NOON,
            "updated_at": NOON,
        })
    };
    let mut waiting = domain(pending, "acme.org", "pending", "dns");
    waiting["verification_prefix"] = json!(text(&pending["verification_prefix"]));
    waiting["verification_token"] = json!(text(&pending["verification_token"]));
    let expected = json!({
        "object": "organization",
        "id": plain["id"],
        "name": "Acme",
        "domains": [domain(verified, "acme.com", "verified", "manual"), waiting],
        "metadata": {"tier": "gold"},
        "external_id": "acme",
        "stripe_customer_id": "cus_1",
        "created_at": NOON,
        "updated_at": NOON,
        "allow_profiles_outside_organization": false,
    });
    assert_eq!((status, &rich), (200, &expected));
}

#[tokio::test]
async fn a_user_has_the_keys_of_the_api() {
    let emulator = at_noon().await;
    let plain = create(&emulator, USERS, json!({"email": " Ada@Example.com "})).await;
    let expected = json!({
        "object": "user",
        "id": plain["id"],
        "first_name": null,
        "last_name": null,
        "profile_picture_url": null,
        "email": "ada@example.com",
        "email_verified": false,
        "external_id": null,
        "metadata": {},
        "last_sign_in_at": null,
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!(plain, expected);
    assert!(text(&plain["id"]).starts_with("user_") && text(&plain["id"]).len() == 31, "{plain}");

    let rich = json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "name": "Ada Lovelace",
        "email_verified": true,
        "external_id": "ada",
        "metadata": {"tier": "gold"},
        "locale": "de",
        "password": "correct horse battery staple",
    });
    let (status, rich) = call(&emulator, "PUT", &at(USERS, &plain), rich).await;
    let expected = json!({
        "object": "user",
        "id": plain["id"],
        "first_name": "Ada",
        "last_name": "Lovelace",
        "name": "Ada Lovelace",
        "profile_picture_url": null,
        "email": "ada@example.com",
        "email_verified": true,
        "external_id": "ada",
        "metadata": {"tier": "gold"},
        "last_sign_in_at": null,
        "locale": "de",
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!((status, rich), (200, expected));
}

#[tokio::test]
async fn a_list_has_the_keys_of_the_api() {
    let emulator = Emulator::start().await.unwrap();
    for path in [ORGANIZATIONS, USERS] {
        assert_eq!(get(&emulator, path).await, (200, empty_list()));
    }
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let mut one = empty_list();
    one["data"] = json!([acme]);
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, one));
    let contacts = format!("{}/it_contacts", at(ORGANIZATIONS, &acme));
    assert_eq!(get(&emulator, &contacts).await, (200, empty_list()));
}

/// Organizations, made one after the other.
async fn make(emulator: &Emulator, count: usize) -> Vec<Value> {
    let mut made = Vec::new();
    for n in 0..count {
        made.push(create(emulator, ORGANIZATIONS, json!({"name": n.to_string()})).await);
    }
    made
}

#[tokio::test]
async fn cursors_lead_both_ways_in_every_order() {
    let emulator = Emulator::start().await.unwrap();
    let made = make(&emulator, 5).await;
    let id = |n: usize| text(&made[n]["id"]);
    // The query, the page, and what its cursors name.
    for (query, data, before, after) in [
        ("limit=2".to_owned(), vec![4, 3], None, Some(3)),
        (format!("limit=2&after={}", id(3)), vec![2, 1], Some(2), Some(1)),
        (format!("limit=2&after={}", id(1)), vec![0], Some(0), None),
        (format!("limit=2&before={}", id(1)), vec![3, 2], Some(3), Some(2)),
        (format!("limit=2&before={}", id(2)), vec![4, 3], None, Some(3)),
        ("limit=2&order=desc".to_owned(), vec![4, 3], None, Some(3)),
        ("limit=2&order=asc".to_owned(), vec![0, 1], None, Some(1)),
        (format!("limit=2&order=asc&after={}", id(1)), vec![2, 3], Some(2), Some(3)),
        (format!("limit=2&order=asc&before={}", id(3)), vec![1, 2], Some(1), Some(2)),
        ("limit=2&order=normal".to_owned(), vec![4, 3], Some(3), None),
        (format!("limit=2&order=normal&before={}", id(3)), vec![2, 1], Some(1), Some(2)),
        (format!("limit=2&order=normal&after={}", id(1)), vec![3, 2], Some(2), Some(3)),
        (format!("after={}&before={}", id(4), id(1)), vec![3, 2], Some(3), Some(2)),
        ("limit=100".to_owned(), vec![4, 3, 2, 1, 0], None, None),
    ] {
        let expected = json!({
            "object": "list",
            "data": data.into_iter().map(|n: usize| &made[n]).collect::<Vec<_>>(),
            "list_metadata": {"before": before.map(id), "after": after.map(id)},
        });
        let answer = get(&emulator, &format!("{ORGANIZATIONS}?{query}")).await;
        assert_eq!(answer, (200, expected), "{query}");
    }
}

#[tokio::test]
async fn a_page_has_ten_items_unless_another_limit_is_asked_for() {
    let emulator = Emulator::start().await.unwrap();
    make(&emulator, 12).await;
    for (query, count) in [("", 10), ("?limit=1", 1), ("?limit=100", 12)] {
        let (status, list) = get(&emulator, &format!("{ORGANIZATIONS}{query}")).await;
        assert_eq!((status, list["data"].as_array().unwrap().len()), (200, count), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_outlives_its_item() {
    let emulator = Emulator::start().await.unwrap();
    let made = make(&emulator, 3).await;
    call(&emulator, "DELETE", &at(ORGANIZATIONS, &made[1]), Value::Null).await;
    let path = format!("{ORGANIZATIONS}?after={}", text(&made[1]["id"]));
    let (status, list) = get(&emulator, &path).await;
    assert_eq!((status, &list["data"]), (200, &json!([made[0]])));
}

#[tokio::test]
async fn wrong_parameters_of_a_list_are_named() {
    let emulator = Emulator::start().await.unwrap();
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let ada = text(&ada["id"]);
    let limit = || ("limit", "must be a number from 1 to 100.".to_owned());
    let unknown = |name, id: &str| (name, format!("names nothing in this list: '{id}'."));
    for (query, wrong) in [
        ("limit=0".to_owned(), vec![limit()]),
        ("limit=101".to_owned(), vec![limit()]),
        ("limit=-1".to_owned(), vec![limit()]),
        ("limit=abc".to_owned(), vec![limit()]),
        ("order=up".to_owned(), vec![("order", "must be asc, desc or normal.".to_owned())]),
        ("after=org_0".to_owned(), vec![unknown("after", "org_0")]),
        (format!("before={ada}"), vec![unknown("before", ada)]),
        (
            "limit=0&before=org_0&after=org_1".to_owned(),
            vec![limit(), unknown("before", "org_0"), unknown("after", "org_1")],
        ),
    ] {
        let fields: Vec<_> = wrong.iter().map(|(field, why)| (*field, "invalid", &**why)).collect();
        let answer = get(&emulator, &format!("{ORGANIZATIONS}?{query}")).await;
        assert_eq!(answer, (422, invalid(&fields)), "{query}");
    }
}

#[tokio::test]
async fn health_needs_no_key_and_is_not_recorded() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(503));
    let answer = send(&emulator, request("GET", "/health", "", "")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})));
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let emulator = Emulator::start().await.unwrap();
    get(&emulator, "/organizations/external_id/a%2Fb?limit=1&x=%20").await;
    post(&emulator, USERS, json!({})).await;
    send(&emulator, request("GET", "/nothing", "", "")).await;
    send(&emulator, request("GET", OUTBOX, "", "")).await;
    let recorded = emulator.requests().latest();
    let recorded: Vec<_> = recorded
        .iter()
        .map(|one| (one.method.as_str(), one.path.as_str(), one.query.as_str(), &one.body[..]))
        .collect();
    let expected: [(_, _, _, &[u8]); 3] = [
        ("GET", "/organizations/external_id/a%2Fb", "limit=1&x=%20", b""),
        ("POST", USERS, "", b"{}"),
        ("GET", "/nothing", "", b""),
    ];
    assert_eq!(recorded, expected);
}

#[tokio::test]
async fn the_outbox_has_the_code_that_verifies_an_address() {
    let emulator = at_noon().await;
    let outbox = || send(&emulator, request("GET", OUTBOX, "", ""));
    assert_eq!(outbox().await.json(), json!([]));

    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let path = format!("{}/email_verification", at(USERS, &ada));
    let sent = post(&emulator, &format!("{path}/send"), Value::Null).await;
    assert_eq!(sent, (200, json!({"user": ada})));
    let emails = outbox().await.json();
    let (id, code) = (text(&emails[0]["object_id"]), text(&emails[0]["code"]));
    let expected = json!([{
        "to": "ada@example.com",
        "kind": "email_verification",
        "code": code,
        "object_id": id,
        "sent_at": NOON,
    }]);
    assert_eq!(emails, expected);

    let expected = json!({
        "object": "email_verification",
        "id": id,
        "user_id": ada["id"],
        "email": "ada@example.com",
        "expires_at": "2026-03-01T12:10:00.000Z",
        "created_at": NOON,
        "updated_at": NOON,
        "code": code,
    });
    let found = get(&emulator, &format!("/user_management/email_verification/{id}")).await;
    assert_eq!(found, (200, expected));

    let mut verified = ada.clone();
    verified["email_verified"] = json!(true);
    let confirmed = post(&emulator, &format!("{path}/confirm"), json!({"code": code})).await;
    assert_eq!(confirmed, (200, json!({"user": verified})));
}

#[tokio::test]
async fn a_reset_forgets_everything() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let path = format!("{}/email_verification/send", at(USERS, &ada));
    post(&emulator, &path, Value::Null).await;
    emulator.faults().add(Fault::status(503));

    let answer = send(&emulator, request("POST", RESET, "", "")).await;
    assert_eq!((answer.status, answer.body), (204, Vec::new()));
    assert_eq!(emulator.requests().count(), 0);
    for (path, empty) in [
        (ORGANIZATIONS, empty_list()),
        (USERS, empty_list()),
        (OUTBOX, json!([])),
        (HOOKS, json!([])),
    ] {
        assert_eq!(get(&emulator, path).await, (200, empty), "{path}");
    }
}

#[tokio::test]
async fn a_hook_plays_until_it_is_used_up_or_removed() {
    let emulator = Emulator::start().await.unwrap();
    let hook = json!({
        "method": "GET",
        "path": "/organizations",
        "status": 429,
        "headers": {"retry-after": "7"},
        "body": {"message": "Slow down."},
        "count": 1,
    });
    let add = request("POST", HOOKS, "", hook.to_string());
    let added = send(&emulator, add.clone()).await;
    let mut expected = hook.clone();
    expected["id"] = added.json()["id"].clone();
    expected["chance"] = json!(1.0);
    expected["latency_ms"] = json!(0);
    assert_eq!((added.status, added.json()), (201, expected.clone()));
    assert_eq!(get(&emulator, HOOKS).await, (200, json!([expected])));

    assert_eq!(get(&emulator, USERS).await, (200, empty_list()));
    let answer = send(&emulator, request("GET", ORGANIZATIONS, KEY, "")).await;
    assert_eq!((answer.status, answer.json()), (429, json!({"message": "Slow down."})));
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert_eq!(get(&emulator, HOOKS).await, (200, json!([])));

    let id = send(&emulator, add).await.json()["id"].clone();
    let path = format!("{HOOKS}/{}", text(&id));
    let removed = send(&emulator, request("DELETE", &path, "", "")).await;
    assert_eq!((removed.status, removed.body), (204, Vec::new()));
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    let again = call(&emulator, "DELETE", &path, Value::Null).await;
    assert_eq!(again, (404, not_found("Hook", text(&id))));
}

#[tokio::test]
async fn a_hook_that_makes_no_sense_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (more, reason) in [
        (json!({}), "one of status, fault and latency_ms is required"),
        (json!({"status": 600}), "status must be 200 to 599"),
        (json!({"fault": "explode"}), "fault must be reset, cut_body or stall"),
        (json!({"fault": "reset", "status": 500}), "give either fault or status"),
        (json!({"status": 500, "count": 0}), "count must be at least 1"),
        (json!({"status": 500, "method": "G T"}), "method must be an HTTP method or *"),
        (json!({"fault": "reset", "body": {}}), "headers and body go with status"),
        (json!({"status": 500, "chance": 1.5}), "chance must be 0 to 1"),
        (
            json!({"status": 500, "headers": {"retry after": "1"}}),
            "headers: \"retry after\" and its value cannot be a header",
        ),
    ] {
        let mut hook = json!({"method": "*", "path": "*"});
        hook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = (400, error("invalid_hook", reason));
        assert_eq!(post(&emulator, HOOKS, hook).await, refused);
    }
    let misspelt = json!({"method": "*", "path": "*", "stauts": 500});
    let (status, body) = post(&emulator, HOOKS, misspelt).await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_hook")));
    assert!(text(&body["message"]).starts_with("unknown field `stauts`"), "{body}");
    assert_eq!(get(&emulator, HOOKS).await, (200, json!([])));
}

#[tokio::test]
async fn a_fault_answers_with_its_status_and_headers() {
    let emulator = Emulator::start().await.unwrap();
    let fault = Fault::status(503).header("retry-after", "7").on(Method::POST, "/organizations");
    emulator.faults().add(fault.times(1));
    let new = r#"{"name":"Acme"}"#;
    let answer = send(&emulator, request("POST", ORGANIZATIONS, KEY, new)).await;
    let expected = error("service_unavailable", "Service Unavailable");
    assert_eq!((answer.status, answer.json()), (503, expected));
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert_eq!(post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await.0, 201);
}

#[tokio::test]
async fn a_reset_connection_ends_without_an_answer_and_nothing_is_done() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::reset().times(1));
    let new = request("POST", ORGANIZATIONS, KEY, r#"{"name":"Acme"}"#);
    let answer = exchange(address(&emulator), new).await;
    assert_eq!(answer.unwrap_or_default(), b"");
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
}

#[tokio::test]
async fn a_cut_body_ends_half_way_and_the_work_is_done() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::cut_body().times(1));
    let cut = request("POST", ORGANIZATIONS, KEY, r#"{"name":"Acme"}"#);
    let cut = send(&emulator, cut).await;

    let (_, list) = get(&emulator, ORGANIZATIONS).await;
    let whole = request("GET", &at(ORGANIZATIONS, &list["data"][0]), KEY, "");
    let whole = send(&emulator, whole).await.body;
    assert_eq!((cut.status, cut.header("content-length")), (201, &*whole.len().to_string()));
    assert_eq!(cut.body, whole[..whole.len() / 2]);
}

#[tokio::test]
async fn a_stalled_request_holds_up_no_other() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::stall().path(ORGANIZATIONS).times(1));
    let stalled = request("GET", ORGANIZATIONS, KEY, "");
    let stalled = tokio::spawn(exchange(address(&emulator), stalled));
    until(|| emulator.requests().count() == 1).await;
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert!(!stalled.is_finished());
    stalled.abort();
}

#[tokio::test]
async fn two_emulators_share_nothing() {
    let one = at_noon().await;
    let other = Emulator::start().await.unwrap();
    assert_ne!(one.base_url(), other.base_url());

    let acme = create(&one, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let ada = create(&one, USERS, json!({"email": "ada@example.com"})).await;
    let verification = format!("{}/email_verification/send", at(USERS, &ada));
    post(&one, &verification, Value::Null).await;
    one.faults().add(Fault::status(503).path("/nothing"));
    assert_eq!(other.requests().count(), 0);

    for (path, empty) in [
        (ORGANIZATIONS, empty_list()),
        (USERS, empty_list()),
        (OUTBOX, json!([])),
        (HOOKS, json!([])),
    ] {
        assert_eq!(get(&other, path).await, (200, empty), "{path}");
    }
    let missing = not_found("Organization", text(&acme["id"]));
    assert_eq!(get(&other, &at(ORGANIZATIONS, &acme)).await, (404, missing));
    assert_ne!(create(&other, ORGANIZATIONS, json!({"name": "Acme"})).await["created_at"], NOON);

    other.reset();
    drop(other);
    assert_eq!(get(&one, &at(ORGANIZATIONS, &acme)).await, (200, acme));
}

/// Whether nobody listens there any more. The runtime may need some turns to end a server.
async fn is_free(address: &str) -> bool {
    for _ in 0..10_000 {
        match TcpStream::connect(address).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return true,
            _ => tokio::task::yield_now().await,
        }
    }
    false
}

#[tokio::test]
async fn a_dropped_emulator_frees_its_port() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let address: SocketAddr = address(&emulator).parse().unwrap();
    let second = Emulator::builder().address(address).start().await;
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);

    drop(emulator);
    assert!(is_free(&address.to_string()).await);
    let second = Emulator::builder().address(address).start().await.unwrap();
    assert_eq!(second.base_url(), format!("http://{address}"));
    assert_eq!(get(&second, ORGANIZATIONS).await, (200, empty_list()));
}

#[tokio::test]
async fn a_dropped_emulator_ends_its_connections() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::stall());
    let stalled = request("GET", ORGANIZATIONS, KEY, "");
    let stalled = tokio::spawn(exchange(address(&emulator), stalled));
    until(|| emulator.requests().count() == 1).await;
    drop(emulator);
    assert_eq!(stalled.await.unwrap().unwrap_or_default(), b"");
}

/// What an emulator with this seed draws in a run that is always the same.
async fn drawn(seed: u64) -> Vec<String> {
    let emulator = Emulator::builder().seed(seed).start().await.unwrap();
    emulator.clock().freeze(NOON.parse().unwrap());
    let acme = json!({"name": "Acme", "domain_data": [{"domain": "acme.com", "state": "pending"}]});
    let acme = create(&emulator, ORGANIZATIONS, acme).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@acme.com"})).await;
    post(&emulator, &format!("{}/email_verification/send", at(USERS, &ada)), Value::Null).await;
    let outbox = send(&emulator, request("GET", OUTBOX, "", "")).await;
    let request_id = outbox.header("x-request-id").to_owned();
    let (outbox, domain) = (outbox.json(), &acme["domains"][0]);
    let drawn = [
        &acme["id"],
        &domain["id"],
        &domain["verification_prefix"],
        &domain["verification_token"],
        &ada["id"],
        &outbox[0]["object_id"],
        &outbox[0]["code"],
    ];
    drawn.into_iter().map(|value| text(value).to_owned()).chain([request_id]).collect()
}

#[tokio::test]
async fn ids_and_codes_come_from_the_seed() {
    let (one, same, other) = (drawn(1).await, drawn(1).await, drawn(2).await);
    assert_eq!(one, same);
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{one:?} {other:?}");
}

/// Ids and names of all organizations, page after page.
async fn walk(emulator: &Emulator) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut path = format!("{ORGANIZATIONS}?limit=100");
    loop {
        let (status, list) = get(emulator, &path).await;
        assert_eq!(status, 200, "{list}");
        all.extend(list["data"].as_array().unwrap().iter().map(id_and_name));
        let Some(after) = list["list_metadata"]["after"].as_str() else { return all };
        path = format!("{ORGANIZATIONS}?limit=100&after={after}");
    }
}

fn id_and_name(organization: &Value) -> (String, String) {
    (text(&organization["id"]).to_owned(), text(&organization["name"]).to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_concurrent_creates_succeed_and_are_listed() {
    let emulator = Emulator::start().await.unwrap();
    let creations = (0..1_000).map(|n| {
        let emulator = &emulator;
        async move {
            let name = format!("Organization {n}");
            id_and_name(&create(emulator, ORGANIZATIONS, json!({"name": name})).await)
        }
    });
    // Not all at once: two sockets each would be more than many systems let a process have.
    let created: BTreeSet<_> = stream::iter(creations).buffer_unordered(100).collect().await;
    let listed = walk(&emulator).await;
    assert_eq!((created.len(), listed.len()), (1_000, 1_000));
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), created);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_emulators_live_side_by_side() {
    let mut emulators = Vec::new();
    for _ in 0..200 {
        emulators.push(Emulator::start().await.unwrap());
    }
    let lives = emulators.iter().enumerate().map(|(n, emulator)| async move {
        let name = format!("Organization {n}");
        let created = create(emulator, ORGANIZATIONS, json!({"name": name})).await;
        (vec![id_and_name(&created)], walk(emulator).await)
    });
    let lives: Vec<_> = stream::iter(lives).buffer_unordered(20).collect().await;
    assert_eq!(lives.len(), 200);
    for (created, listed) in lives {
        assert_eq!(listed, created);
    }
}
