//! Three processes of an application whose users all come back at once with an expired cookie.

#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e_stores::{COOKIE_PASSWORD, Database, Job, Kind, Mode, Process, REFRESHES, Refreshed, Task};
use serde_json::{Value, json};
use tokio::time::sleep;
use workos::SecretString;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{REFRESH_LOCK_TIMEOUT, seal_session_from_auth_response};
use workos::user_management::AuthenticateWithRefreshTokenParams;
use workos_emulator::{Emulator, Fault, NewSignIn, SeedData, TokenFlaw};

const PATH: &str = "/user_management/authenticate";
const PROCESSES: usize = 3;
/// How long an exchange takes: time to meet one that is under way, and to lose the database.
const LATENCY: Duration = Duration::from_millis(300);

/// An emulator with a user in two organizations.
async fn emulator(grace: Duration) -> Emulator {
    let member = json!([{"email": "ada@example.com"}]);
    let data = json!({
        "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true}],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "memberships": member},
            {"id": "org_beta", "name": "Beta", "memberships": member},
        ],
    });
    let data = SeedData::from_value(data).unwrap();
    let emulator = Emulator::builder().refresh_grace(grace).data(data).start().await.unwrap();
    emulator.faults().add(Fault::latency(LATENCY).on(http::Method::POST, PATH));
    emulator
}

/// The cookie of a session in the first organization, with an access token that has expired.
fn expired_cookie(emulator: &Emulator) -> SecretString {
    let new = NewSignIn {
        user_id: "user_ada".into(),
        organization_id: Some("org_acme".into()),
        flaw: Some(TokenFlaw::Expired),
    };
    let signed_in = emulator.fixtures().sign_in(new).unwrap();
    seal_session_from_auth_response(signed_in, &SealKeys::new(COOKIE_PASSWORD).unwrap()).unwrap()
}

/// Starts the processes, lets them refresh at once, and lets the database fail as soon as the first
/// exchange is under way.
async fn storm(emulator: &Emulator, database: &Database, failure: Option<Mode>) -> Vec<Refreshed> {
    let cookie = expired_cookie(emulator);
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        let task = Task::Storm {
            base_url: emulator.base_url().to_owned(),
            api_key: emulator.api_key().into(),
            client_id: emulator.client_id().to_owned(),
            cookie: cookie.clone(),
            lock_timeout: failure.map_or(REFRESH_LOCK_TIMEOUT, |_| Duration::from_secs(1)),
        };
        let job = Job { kind: database.kind, address: database.address.clone(), task };
        let mut process = Process::start(env!("CARGO_BIN_EXE_e2e-stores"), &job).await;
        assert_eq!(process.line().await, "ready");
        processes.push(process);
    }
    for process in &mut processes {
        process.tell("go").await;
    }
    if let Some(failure) = failure {
        while sent(emulator).is_empty() {
            sleep(LATENCY / 50).await;
        }
        database.set(failure);
    }
    let mut refreshed = Vec::new();
    for process in &mut processes {
        for _ in 0..REFRESHES {
            refreshed.push(serde_json::from_str(&process.line().await).unwrap());
        }
    }
    refreshed
}

/// The refresh tokens that were sent to the emulator.
fn sent(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().latest().into_iter().filter(|sent| sent.path == PATH);
    let token = |body: Value| body["refresh_token"].as_str().unwrap().to_owned();
    requests.map(|sent| token(serde_json::from_slice(&sent.body).unwrap())).collect()
}

/// Nobody is signed out, and nobody waits for long.
fn check(emulator: &Emulator, database: &Database, refreshed: &[Refreshed]) {
    for refreshed in refreshed {
        refreshed.outcome.as_ref().unwrap();
        let organization_id = refreshed.organization_id.as_deref().unwrap();
        let possible =
            if refreshed.switches { &["org_beta"][..] } else { &["org_acme", "org_beta"] };
        assert!(possible.contains(&organization_id), "{organization_id}");
    }
    let slowest = refreshed.iter().map(|one| one.slowest).max().unwrap();
    let sent = sent(emulator);
    let tokens = sent.iter().collect::<BTreeSet<_>>().len();
    println!("{:?}: {} exchanges of {tokens} tokens, {slowest} ms", database.kind, sent.len());
    assert!(slowest < 5_000, "{slowest} ms");
}

/// The sessions continue.
async fn refresh(emulator: &Emulator, refreshed: impl Iterator<Item = &Refreshed>) -> usize {
    let newest = refreshed.map(|one| one.outcome.as_ref().unwrap().expose());
    let newest: BTreeSet<_> = newest.collect();
    for token in &newest {
        let params = AuthenticateWithRefreshTokenParams::new(*token);
        let client = emulator.client();
        client.user_management().authenticate_with_refresh_token(params).await.unwrap();
    }
    newest.len()
}

/// Without a grace period a second exchange would sign everybody out.
async fn each_token_is_exchanged_once(kind: Kind) {
    let (emulator, database) = (emulator(Duration::ZERO).await, Database::start(kind).await);
    let refreshed = storm(&emulator, &database, None).await;
    check(&emulator, &database, &refreshed);
    let sent = sent(&emulator);
    // One for the refresh, and one for the switch, unless a switch came first.
    assert!((1..=2).contains(&sent.len()), "{sent:?}");
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len());
    // The switch came last, and left one session.
    assert_eq!(refresh(&emulator, refreshed.iter().filter(|one| one.switches)).await, 1);
}

/// Processes without a lock may exchange a token at the same time, within the grace period.
async fn nobody_is_signed_out(kind: Kind, failure: Mode) {
    let grace = Duration::from_secs(10);
    let (emulator, database) = (emulator(grace).await, Database::start(kind).await);
    let refreshed = storm(&emulator, &database, Some(failure)).await;
    check(&emulator, &database, &refreshed);
    refresh(&emulator, refreshed.iter()).await;
}

#[tokio::test]
async fn redis_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Redis).await;
}

#[tokio::test]
async fn postgres_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Postgres).await;
}

#[tokio::test]
async fn sqlite_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Sqlite).await;
}

#[tokio::test]
async fn losing_redis_signs_nobody_out() {
    nobody_is_signed_out(Kind::Redis, Mode::Away).await;
}

#[tokio::test]
async fn losing_postgres_signs_nobody_out() {
    nobody_is_signed_out(Kind::Postgres, Mode::Away).await;
}

#[tokio::test]
async fn a_silent_redis_signs_nobody_out() {
    nobody_is_signed_out(Kind::Redis, Mode::Silent).await;
}

#[tokio::test]
async fn a_silent_postgres_signs_nobody_out() {
    nobody_is_signed_out(Kind::Postgres, Mode::Silent).await;
}
