//! The request log: its contents, assertions on it, and the redaction of secrets.

use http::Method;
use serde_json::{Value, json};
use workos_emulator::{Emulator, Fault, RequestPattern};

use super::{ORGANIZATIONS, USERS, at_noon, call, create, error, get, post, text};

const REQUESTS: &str = "/_emulate/requests";
const EXPECT: &str = "/_emulate/requests/expect";

async fn log(emulator: &Emulator) -> Vec<Value> {
    let (status, requests) = get(emulator, REQUESTS).await;
    assert_eq!(status, 200);
    requests.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_request_is_logged_with_all_that_it_has_caused() {
    let emulator = at_noon().await;
    let hook = json!({"endpoint_url": "http://127.0.0.1:1", "events": ["user.created"]});
    create(&emulator, "/webhook_endpoints", hook).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@acme.test"})).await;
    let latest = &log(&emulator).await[0];
    let delivery = &emulator.webhooks().deliveries()[0];
    assert_eq!(
        *latest,
        json!({
            "number": 2,
            "id": latest["id"],
            "at": "2026-03-01T12:00:00.000Z",
            "method": "POST",
            "path": USERS,
            "query": {},
            "operation": "user_management.create_user",
            "status": 201,
            "fault": null,
            "changes": [{"collection": "users", "id": ada["id"], "happened": "created"}],
            "events": [{"id": delivery.event_id, "event": "user.created"}],
            "webhooks": [delivery.id],
            "messages": [],
        })
    );
}

#[tokio::test]
async fn a_request_is_shown_with_its_bodies() {
    let emulator = at_noon().await;
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let (status, shown) = get(&emulator, "/_emulate/requests/1").await;
    assert_eq!((status, &shown["request"]["body"]), (200, &json!({"name": "Acme"})));
    assert_eq!(shown["response"]["body"], acme);
    assert_eq!(shown["request"]["headers"]["host"], "localhost");
    // The response has its ID.
    assert_eq!(get(&emulator, &format!("{REQUESTS}/{}", text(&shown["id"]))).await, (200, shown));
    let (status, _) = get(&emulator, "/_emulate/requests/2").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_refused_request_has_changed_nothing() {
    let emulator = Emulator::start().await.unwrap();
    post(&emulator, USERS, json!({"email": "ada@acme.test"})).await;
    assert_eq!(post(&emulator, USERS, json!({"email": "ada@acme.test"})).await.0, 400);
    let latest = &log(&emulator).await[0];
    assert_eq!((&latest["status"], &latest["changes"]), (&json!(400), &json!([])));
    assert_eq!(latest["events"], json!([]));
}

#[tokio::test]
async fn a_fault_is_named_and_a_request_without_response_has_no_status() {
    let emulator = Emulator::start().await.unwrap();
    let id = emulator.faults().add(Fault::status(503).times(1));
    get(&emulator, ORGANIZATIONS).await;
    emulator.faults().add(Fault::reset().times(1));
    let client = emulator.client();
    let broken = client.organizations().get_organization("org_1").await;
    assert!(broken.is_err());
    let log = log(&emulator).await;
    let last = log.last().unwrap();
    assert_eq!((&last["status"], &last["fault"]), (&json!(503), &json!(id)));
    let reset = log.iter().find(|one| one["status"].is_null()).unwrap();
    assert_eq!(reset["path"], "/organizations/org_1");
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let emulator = Emulator::start().await.unwrap();
    for name in ["A", "B", "C"] {
        create(&emulator, ORGANIZATIONS, json!({"name": name})).await;
        get(&emulator, ORGANIZATIONS).await;
    }
    let numbers = async |query: &str| {
        let (status, requests) = get(&emulator, &format!("{REQUESTS}?{query}")).await;
        assert_eq!(status, 200, "{requests}");
        let number = |one: &Value| one["number"].as_u64().unwrap();
        requests.as_array().unwrap().iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(numbers("operation=organizations.create_organization").await, [5, 3, 1]);
    assert_eq!(numbers("status=200&before=6").await, [4, 2]);
    assert_eq!(numbers("limit=2").await, [6, 5]);
    assert_eq!(numbers("method=DELETE").await, [0; 0]);
    for (query, message) in [
        ("limit=many", "limit: invalid digit found in string"),
        (
            "page=2",
            "page: is not a parameter. Known: operation, method, path, status, before, limit.",
        ),
        (
            "operation=create_organization",
            "operation: there is no create_organization; did you mean \
             organizations.create_organization?",
        ),
    ] {
        let refused = (400, error("invalid_query", message));
        assert_eq!(get(&emulator, &format!("{REQUESTS}?{query}")).await, refused);
    }
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let emulator = Emulator::start().await.unwrap();
    let user = json!({"email": "ada@acme.test", "password": "correct horse battery", "email_verified": true});
    let ada = create(&emulator, USERS, user).await;
    let (_, magic) =
        post(&emulator, "/user_management/magic_auth", json!({"email": "ada@acme.test"})).await;
    let sign_in = json!({
        "client_id": "client_emulator",
        "client_secret": "sk_test_default",
        "grant_type": "password",
        "email": "ada@acme.test",
        "password": "correct horse battery",
    });
    let (_, session) = post(&emulator, "/user_management/authenticate", sign_in).await;
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let path = format!("/organizations/{}/api_keys", text(&acme["id"]));
    let key = create(&emulator, &path, json!({"name": "Key"})).await;
    let invitation = json!({"email": "grace@acme.test"});
    let invitation = create(&emulator, "/user_management/invitations", invitation).await;
    let by_token = format!("/user_management/invitations/by_token/{}", text(&invitation["token"]));
    get(&emulator, &by_token).await;
    // A refusal repeats what was sent.
    get(&emulator, "/user_management/invitations/by_token/of%5Fsomebody_else").await;
    let secrets = [
        "correct horse battery",
        "sk_test_default",
        text(&magic["code"]),
        text(&session["access_token"]),
        text(&session["refresh_token"]),
        text(&key["value"]),
        text(&invitation["token"]),
        "of_somebody_else",
    ];
    for number in 1..=emulator.requests().count() {
        let (_, shown) = get(&emulator, &format!("{REQUESTS}/{number}")).await;
        let shown = shown.to_string();
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
    // What is no secret is there.
    let (_, shown) = get(&emulator, "/_emulate/requests/1").await;
    assert_eq!(shown["response"]["body"]["id"], ada["id"]);
}

#[tokio::test]
async fn what_is_expected_of_the_log_is_asserted() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme", "metadata": {"tier": "gold"}})).await;
    let gold = json!({"body": {"metadata": {"tier": "gold"}}, "path": ORGANIZATIONS});
    for times in [json!(1), json!({"at_least": 1}), json!({"at_most": 1})] {
        let expected = json!({"match": gold, "times": times});
        let (status, found) = post(&emulator, EXPECT, expected).await;
        assert_eq!((status, found.as_array().unwrap().len()), (200, 1));
    }
    let silver = json!({"body": {"metadata": {"tier": "silver"}}, "path": ORGANIZATIONS});
    let message = "expected 1 of these requests, found 0\n\
                   POST /organizations: body.metadata.tier: expected \"silver\", found \"gold\"";
    let missed = (417, error("unexpected_requests", message));
    assert_eq!(post(&emulator, EXPECT, json!({"match": silver, "times": 1})).await, missed);
    for wrong in [json!({}), json!({"times": -1}), json!({"times": 1, "match": {"pth": "/"}})] {
        let (status, refused) = post(&emulator, EXPECT, wrong).await;
        assert_eq!((status, &refused["code"]), (400, &json!("invalid_expectation")), "{refused}");
    }
}

#[tokio::test]
async fn the_same_is_asserted_in_rust() {
    let emulator = Emulator::start().await.unwrap();
    get(&emulator, "/organizations?limit=5").await;
    let list = RequestPattern::new().method(Method::GET).query("limit", "5");
    let found = emulator.requests().expect(&list, 1).unwrap();
    assert_eq!(found[0].operation, Some("organizations.list_organizations"));
    assert_eq!(found[0].response.as_ref().unwrap().status, 200);
    emulator.requests().expect(&list, 1..).unwrap();
    let error = emulator.requests().expect(&list, 2..=3).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 to 3 of these requests, found 1");
    let misspelt = RequestPattern::new().operation("organisations.list");
    assert!(emulator.requests().expect(&misspelt, 0).is_err());
}

#[tokio::test]
async fn coverage_counts_every_operation_by_status() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    get(&emulator, "/organizations/org_missing").await;
    get(&emulator, "/organizations/org_missing").await;
    let (_, coverage) = get(&emulator, "/_emulate/coverage").await;
    let operations = coverage["operations"].as_array().unwrap();
    assert_eq!(
        (coverage["called"].as_u64(), operations.len()),
        (Some(2), workos::contract::operations().count())
    );
    let of = |name: &str| {
        operations.iter().find(|one| one["operation"] == name).unwrap()["statuses"].clone()
    };
    assert_eq!(of("organizations.create_organization"), json!({"201": 1}));
    assert_eq!(of("organizations.get_organization"), json!({"404": 2}));
    assert_eq!(of("organizations.delete_organization"), json!({}));
    let (status, _) = call(&emulator, "DELETE", REQUESTS, Value::Null).await;
    assert_eq!(status, 204);
    let (_, coverage) = get(&emulator, "/_emulate/coverage").await;
    assert_eq!(coverage["called"], 0);
}

#[tokio::test]
async fn a_fault_is_for_requests_with_an_operation_header_or_body() {
    let emulator = Emulator::start().await.unwrap();
    let fault = |pattern: Value| json!({"method": "*", "path": "*", "status": 503, "count": 1, "match": pattern});
    for pattern in [
        json!({"operation": "organizations.create_organization"}),
        json!({"headers": {"content-length": "15"}}),
        json!({"body": {"name": "Acme"}}),
    ] {
        let (status, hook) = post(&emulator, super::HOOKS, fault(pattern.clone())).await;
        assert_eq!((status, &hook["match"]), (201, &pattern));
        assert_eq!(get(&emulator, ORGANIZATIONS).await.0, 200);
        assert_eq!(post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await.0, 503);
        assert_eq!(post(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await.0, 201);
    }
    let message = "Error hook validation failed: operation: there is no organizations.make; they \
                   are named as in organizations.create_organization";
    let refused = (400, error("invalid_hook", message));
    let unknown = fault(json!({"operation": "organizations.make"}));
    assert_eq!(post(&emulator, super::HOOKS, unknown).await, refused);
}
