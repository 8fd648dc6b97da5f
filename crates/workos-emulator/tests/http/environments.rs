//! Snapshots, forks and further environments, rate limits and seeds, over HTTP and in Rust.

use std::time::Duration;

use serde_json::{Value, json};
use workos_emulator::{Emulator, RateLimit};

use super::{
    KEY, ORGANIZATIONS, USERS, at_noon, call, create, error, get, not_found, post, request, send,
    text,
};

const SNAPSHOTS: &str = "/_emulate/snapshots";
const ENVIRONMENTS: &str = "/_emulate/environments";
const RATE_LIMIT: &str = "/_emulate/rate-limit";

async fn names(emulator: &Emulator) -> Vec<String> {
    let (_, page) = get(emulator, ORGANIZATIONS).await;
    let name = |row: &Value| text(&row["name"]).to_owned();
    page["data"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn a_snapshot_is_restored_as_often_as_one_likes() {
    let emulator = at_noon().await;
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let (status, taken) = post(&emulator, SNAPSHOTS, json!({"name": "one"})).await;
    assert_eq!((status, &taken["taken_at"]), (201, &json!("2026-03-01T12:00:00.000Z")));
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(create(&emulator, ORGANIZATIONS, json!({"name": "Beta"})).await["id"].clone());
        assert_eq!(names(&emulator).await, ["Beta", "Acme"]);
        let restored = post(&emulator, "/_emulate/snapshots/one/restore", Value::Null).await;
        assert_eq!(restored.0, 204);
        assert_eq!(names(&emulator).await, ["Acme"]);
    }
    // The position in the seed is part of it.
    assert!(ids.iter().all(|id| id == &ids[0]), "{ids:?}");
    assert_eq!(get(&emulator, SNAPSHOTS).await, (200, json!([taken])));
    assert_eq!(call(&emulator, "DELETE", "/_emulate/snapshots/one", Value::Null).await.0, 204);
    let missing = (404, not_found("Snapshot", "one"));
    assert_eq!(post(&emulator, "/_emulate/snapshots/one/restore", Value::Null).await, missing);
}

#[tokio::test]
async fn snapshots_have_names_and_there_are_not_too_many() {
    let emulator = Emulator::start().await.unwrap();
    let wrong = (400, error("invalid_snapshot", "name: must have 1 to 200 bytes"));
    for name in [String::new(), "x".repeat(201)] {
        assert_eq!(post(&emulator, SNAPSHOTS, json!({"name": name})).await, wrong);
    }
    for number in 0..100 {
        assert_eq!(post(&emulator, SNAPSHOTS, json!({"name": number.to_string()})).await.0, 201);
    }
    let full = error("too_many_snapshots", "There are 100 snapshots already. Remove one.");
    assert_eq!(post(&emulator, SNAPSHOTS, json!({"name": "one more"})).await, (409, full));
    assert_eq!(post(&emulator, SNAPSHOTS, json!({"name": "7"})).await.0, 201);
}

#[tokio::test]
async fn a_fork_goes_its_own_way() {
    let emulator = at_noon().await;
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let fork = emulator.fork().await.unwrap();
    assert_eq!(fork.clock().now(), emulator.clock().now());
    create(&fork, ORGANIZATIONS, json!({"name": "Fork"})).await;
    create(&emulator, ORGANIZATIONS, json!({"name": "Original"})).await;
    assert_eq!(names(&fork).await, ["Fork", "Acme"]);
    assert_eq!(names(&emulator).await, ["Original", "Acme"]);
}

#[tokio::test]
async fn a_fork_has_the_faults_and_the_rate_limit() {
    let emulator = at_noon().await;
    let hook = json!({"method": "POST", "path": ORGANIZATIONS, "status": 503});
    post(&emulator, "/_emulate/hooks", hook).await;
    emulator.set_rate_limit(Some(RateLimit::new(2, Duration::from_secs(60))));
    let fork = emulator.fork().await.unwrap();
    assert_eq!(post(&fork, ORGANIZATIONS, json!({"name": "Acme"})).await.0, 503);
    assert_eq!(get(&fork, ORGANIZATIONS).await.0, 200);
    assert_eq!(get(&fork, ORGANIZATIONS).await.0, 429);
}

#[tokio::test]
async fn environments_start_and_stop_at_ports_of_their_own() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let fork = json!({"name": "fork", "fork": true});
    let seeded = json!({
        "name": "seeded", "api_key": "sk_test_mine", "seed": {"users": [{"email": "ada@acme.test"}]},
    });
    let (status, fork) = post(&emulator, ENVIRONMENTS, fork).await;
    assert_eq!(status, 201, "{fork}");
    let (status, seeded) = post(&emulator, ENVIRONMENTS, seeded).await;
    assert_eq!((status, &seeded["apiKey"]), (201, &json!("sk_test_mine")), "{seeded}");
    assert_eq!(get(&emulator, ENVIRONMENTS).await, (200, json!([fork, seeded])));
    let ask = async |other: &Value, path: &str| {
        let address = text(&other["url"]).strip_prefix("http://").unwrap().to_owned();
        let key = format!("authorization: Bearer {}\r\n", text(&other["apiKey"]));
        let sent = request("GET", path, &key, "");
        let response = super::exchange(address, sent).await?;
        Ok::<_, std::io::Error>(super::Response::parse(&response).json())
    };
    assert_eq!(ask(&fork, ORGANIZATIONS).await.unwrap()["data"][0]["name"], "Acme");
    assert_eq!(ask(&seeded, USERS).await.unwrap()["data"][0]["email"], "ada@acme.test");
    let taken = error("environment_exists", "There is an environment 'fork' already.");
    assert_eq!(post(&emulator, ENVIRONMENTS, json!({"name": "fork"})).await, (409, taken));
    assert_eq!(call(&emulator, "DELETE", "/_emulate/environments/fork", Value::Null).await.0, 204);
    assert_eq!(get(&emulator, ENVIRONMENTS).await, (200, json!([seeded])));
    drop(emulator);
    tokio::task::yield_now().await;
    assert!(ask(&seeded, USERS).await.is_err(), "it ends with the one that started it");
}

#[tokio::test]
async fn environments_that_cannot_start_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (new, message) in [
        (json!({"name": ""}), "name: must not be empty"),
        (json!({"name": "a", "api_key": "secret"}), "api_key: must begin with sk_"),
        (
            json!({"name": "a", "fork": true, "seed": {}}),
            "seed: goes without fork, which has the data of this one",
        ),
    ] {
        let refused = (400, error("invalid_environment", message));
        assert_eq!(post(&emulator, ENVIRONMENTS, new).await, refused);
    }
    let seed = json!({"name": "a", "seed": {"users": [{}]}});
    assert_eq!(post(&emulator, ENVIRONMENTS, seed).await.0, 422);
    assert_eq!(get(&emulator, ENVIRONMENTS).await, (200, json!([])));
}

#[tokio::test]
async fn a_rate_limit_counts_for_each_key_and_follows_the_clock() {
    let emulator = at_noon().await;
    assert_eq!(get(&emulator, RATE_LIMIT).await, (200, Value::Null));
    let limit = json!({"requests": 2, "window_seconds": 60});
    assert_eq!(post(&emulator, RATE_LIMIT, limit.clone()).await, (200, limit.clone()));
    let list = async |key: &str| send(&emulator, request("GET", ORGANIZATIONS, key, "")).await;
    for (status, left) in [(200, "1"), (200, "0"), (429, "0")] {
        let response = list(KEY).await;
        let headers = ["limit", "remaining", "reset"]
            .map(|name| response.header(&format!("x-ratelimit-{name}")).to_owned());
        assert_eq!(
            (response.status, headers.each_ref().map(String::as_str)),
            (status, ["2", left, "1772366460"],)
        );
    }
    emulator.clock().advance(Duration::from_millis(59_500));
    let refused = list(KEY).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    assert_eq!(refused.json(), error("rate_limit_exceeded", "Too Many Requests"));
    // Another caller, who is refused for another reason.
    assert_eq!(list("authorization: Bearer sk_test_other\r\n").await.status, 401);
    emulator.clock().advance(Duration::from_millis(500));
    assert_eq!(list(KEY).await.status, 200);
    assert_eq!(call(&emulator, "DELETE", RATE_LIMIT, Value::Null).await.0, 204);
    assert!(!list(KEY).await.headers.contains_key("x-ratelimit-limit"));
    for (wrong, message) in [
        (json!({"requests": 0, "window_seconds": 1}), "requests: must be at least 1"),
        (json!({"requests": 1, "window_seconds": 0}), "window_seconds: must be at least 1"),
    ] {
        let refused = (400, error("invalid_rate_limit", message));
        assert_eq!(post(&emulator, RATE_LIMIT, wrong).await, refused);
    }
    emulator.set_rate_limit(Some(RateLimit::new(5, Duration::from_secs(1))));
    assert_eq!(
        get(&emulator, RATE_LIMIT).await,
        (200, json!({"requests": 5, "window_seconds": 1}))
    );
}

#[tokio::test]
async fn the_same_seed_draws_the_same_codes() {
    let emulator = at_noon().await;
    let draw = async |number: u32| {
        let seed = post(&emulator, "/_emulate/random-seed", json!({"seed": 7})).await;
        assert_eq!(seed.0, 204);
        let email = json!({"email": format!("user{number}@acme.test")});
        post(&emulator, "/user_management/magic_auth", email).await.1["code"].clone()
    };
    assert_eq!(draw(1).await, draw(2).await);
}
