//! Several emulators in one process, and what a seed determines.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use workos_emulator::{Emulator, Fault};

use super::{
    HOOKS, KEY, NOON, ORGANIZATIONS, OUTBOX, USERS, address, at, at_noon, create, empty_list,
    exchange, get, not_found, post, request, send, text, until,
};

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

    other.reset().unwrap();
    drop(other);
    assert_eq!(get(&one, &at(ORGANIZATIONS, &acme)).await, (200, acme));
}

/// Whether nobody listens there any more. The runtime may need some turns to stop a server.
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
async fn a_dropped_emulator_closes_its_connections() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::stall());
    let stalled = request("GET", ORGANIZATIONS, KEY, "");
    let stalled = tokio::spawn(exchange(address(&emulator), stalled));
    until(|| emulator.requests().count() == 1).await;
    drop(emulator);
    assert_eq!(stalled.await.unwrap().unwrap_or_default(), b"");
}

/// The IDs and codes that an emulator with this seed generates in a fixed run.
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

/// IDs and names of all organizations, page by page.
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
    // Not all at once: with two sockets each, many systems would run out of file descriptors.
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
