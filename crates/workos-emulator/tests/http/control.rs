//! Health, recorded requests, the outbox, resets, hooks and faults.

use http::Method;
use serde_json::{Value, json};
use workos_emulator::{Emulator, Fault};

use super::{
    HOOKS, KEY, NOON, ORGANIZATIONS, OUTBOX, RESET, USERS, address, at, at_noon, call, create,
    empty_list, error, exchange, get, not_found, post, request, send, text, until,
};

#[tokio::test]
async fn health_needs_no_key_and_is_not_recorded() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(503));
    let response = send(&emulator, request("GET", "/health", "", "")).await;
    assert_eq!((response.status, response.json()), (200, json!({"status": "ok"})));
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn requests_are_recorded_as_received() {
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

    let response = send(&emulator, request("POST", RESET, "", "")).await;
    assert_eq!((response.status, response.body), (204, Vec::new()));
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
async fn a_hook_applies_until_it_is_used_up_or_removed() {
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
    let response = send(&emulator, request("GET", ORGANIZATIONS, KEY, "")).await;
    assert_eq!((response.status, response.json()), (429, json!({"message": "Slow down."})));
    assert_eq!(response.header("retry-after"), "7");
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
async fn an_invalid_hook_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (more, reason) in [
        (json!({}), "one of status, fault and latency_ms is required"),
        (
            json!({"status": 600}),
            "status is required and must be a valid HTTP status code: 200 to 599",
        ),
        (json!({"fault": "explode"}), "fault must be reset, cut_body or stall"),
        (json!({"fault": "reset", "status": 500}), "give either fault or status"),
        (json!({"status": 500, "count": 0}), "count must be at least 1"),
        (
            json!({"status": 500, "count": -1}),
            "count must be a non-negative number if provided, below 2^32",
        ),
        (json!({"status": 500, "body": "no"}), "body must be an object if provided, or a list"),
        (
            json!({"status": 500, "method": ""}),
            "method is required and must be a string: an HTTP method, or *",
        ),
        (
            json!({"status": 500, "path": ""}),
            "path is required and must be a string: a path, prefix/*, or *",
        ),
        (
            json!({"status": 500, "rateLimit": "3 per second"}),
            "rateLimit must be an object if provided",
        ),
        (
            json!({"status": 500, "rateLimit": {"maxRequests": 3, "windowMs": 0}}),
            "rateLimit.windowMs must be a positive number",
        ),
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
        let message = format!("Error hook validation failed: {reason}");
        let refused = (400, error("invalid_hook", &message));
        assert_eq!(post(&emulator, HOOKS, hook).await, refused);
    }
    let misspelt = json!({"method": "*", "path": "*", "stauts": 500});
    let (status, body) = post(&emulator, HOOKS, misspelt).await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_hook")));
    assert!(text(&body["message"]).starts_with("stauts: unknown field"), "{body}");
    assert_eq!(get(&emulator, HOOKS).await, (200, json!([])));
}

#[tokio::test]
async fn a_fault_responds_with_its_status_and_headers() {
    let emulator = Emulator::start().await.unwrap();
    let fault = Fault::status(503).header("retry-after", "7").on(Method::POST, "/organizations");
    emulator.faults().add(fault.times(1));
    let new = r#"{"name":"Acme"}"#;
    let response = send(&emulator, request("POST", ORGANIZATIONS, KEY, new)).await;
    let expected = error("service_unavailable", "Service Unavailable");
    assert_eq!((response.status, response.json()), (503, expected));
    assert_eq!(response.header("retry-after"), "7");
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert_eq!(post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await.0, 201);
}

#[tokio::test]
async fn a_reset_connection_ends_without_a_response_and_nothing_is_done() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::reset().times(1));
    let new = request("POST", ORGANIZATIONS, KEY, r#"{"name":"Acme"}"#);
    let response = exchange(address(&emulator), new).await;
    assert_eq!(response.unwrap_or_default(), b"");
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
}

#[tokio::test]
async fn a_cut_body_ends_halfway_and_the_work_is_done() {
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
async fn a_stalled_request_does_not_block_others() {
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
async fn text_messages_are_in_the_outbox_beside_the_emails() {
    let emulator = at_noon().await;
    let factor = json!({"type": "sms", "phone_number": "+15005550006"});
    let factor = create(&emulator, "/auth/factors/enroll", factor).await;
    let path = format!("{}/challenge", at("/auth/factors", &factor));
    let (_, challenge) = post(&emulator, &path, json!({"sms_template": "{{code}}!"})).await;
    let texts = send(&emulator, request("GET", &format!("{OUTBOX}/texts"), "", "")).await.json();
    let code = text(&texts[0]["code"]);
    let expected = json!([{
        "to": "+15005550006",
        "text": format!("{code}!"),
        "code": code,
        "object_id": challenge["id"],
        "sent_at": NOON,
    }]);
    assert_eq!(texts, expected);
    let emails = send(&emulator, request("GET", OUTBOX, "", "")).await;
    assert_eq!(emails.json(), json!([]));
}

#[tokio::test]
async fn the_clock_is_frozen_advanced_and_follows_again() {
    let emulator = Emulator::start().await.unwrap();
    let moved = async |movement: Value| post(&emulator, "/_emulate/clock", movement).await;
    let at = |now: &str, is_frozen: bool| (200, json!({"now": now, "is_frozen": is_frozen}));
    assert_eq!(moved(json!({"freeze": "2026-03-01T12:00:00Z"})).await, at(NOON, true));
    let later = "2026-03-01T12:10:00.000Z";
    assert_eq!(moved(json!({"advance": 600})).await, at(later, true));
    assert_eq!(get(&emulator, "/_emulate/clock").await, at(later, true));
    let (_, organization) = post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    assert_eq!(organization["created_at"], later);
    let (status, clock) = moved(json!({"follow": true})).await;
    assert_eq!((status, &clock["is_frozen"]), (200, &json!(false)));
    assert_ne!(clock["now"], json!(later));
    for wrong in [
        json!({}),
        json!({"freeze": "noon"}),
        json!({"advance": -1}),
        json!({"advance": 1.5}),
        json!({"follow": false}),
        json!({"advance": 1, "follow": true}),
        json!({"rewind": 1}),
        json!([]),
    ] {
        let (status, refused) = moved(wrong.clone()).await;
        assert_eq!((status, &refused["code"]), (400, &json!("invalid_clock")), "{wrong}");
    }
}

#[tokio::test]
async fn a_fault_with_a_limit_refuses_what_is_more() {
    let emulator = super::at_noon().await;
    let hook = json!({
        "method": "post", "path": "/organizations/*", "status": 503,
        "rateLimit": {"maxRequests": 2, "windowMs": 1500},
    });
    let (status, added) = post(&emulator, HOOKS, hook).await;
    let limit = json!({"maxRequests": 2, "windowMs": 1500});
    assert_eq!((status, &added["rateLimit"], &added["method"]), (201, &limit, &json!("POST")));
    let create = async || post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let too_many = json!({
        "code": "rate_limit_exceeded", "message": "Too Many Requests", "retry_after": 2,
    });
    for expected in [503, 503] {
        assert_eq!(create().await.0, expected);
    }
    assert_eq!(create().await, (429, too_many));
    emulator.clock().advance(std::time::Duration::from_millis(1500));
    assert_eq!(create().await.0, 503);
}
