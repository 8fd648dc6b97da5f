//! What every lock does, on every database.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use e2e_stores::{Database, Job, Kind, Mode, Process, Task, on_every_database, with_password};
use tokio::time::{sleep, timeout};
use workos::helpers::session::RefreshLock;
use workos_stores::{COMMAND_TIMEOUT, LEASE};

type Lock = Arc<dyn RefreshLock>;

/// What a busy machine may take in addition.
const SLACK: Duration = Duration::from_millis(500);
/// How long a lock takes that does without its database.
const AT_ONCE: Duration = Duration::from_millis(250);
/// How long connecting takes at most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

on_every_database! {
    redis Redis, postgres Postgres, sqlite Sqlite, => (
        fifty_acquirers_exclude_each_other,
        a_lock_of_a_killed_process_ends_with_its_lease,
        a_dropped_guard_releases_the_lock,
        a_session_is_recalled_until_it_expires,
        a_database_can_go_away_and_come_back,
        a_database_can_fall_silent_and_answer_again,
        a_connection_that_was_closed_while_idle_is_replaced_at_once,
    )
}

/// A key that no other run has used.
fn key() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Whether the guard that `lock` gets keeps `other` out.
async fn excludes(lock: &Lock, other: &Lock) -> bool {
    let key = key();
    let _guard = lock.acquire(&key).await;
    timeout(SLACK, other.acquire(&key)).await.is_err()
}

/// Takes all steps of a refresh, and measures them.
async fn refresh(lock: Lock) -> Duration {
    let (key, start) = (key(), Instant::now());
    let _guard = lock.acquire(&key).await;
    lock.recall(&key).await;
    lock.remember(&key, "sealed".into(), LEASE).await;
    start.elapsed()
}

/// The slowest of many refreshes at once.
async fn slowest(lock: &Lock) -> Duration {
    let refreshes: Vec<_> = (0..50).map(|_| tokio::spawn(refresh(lock.clone()))).collect();
    let mut slowest = Duration::ZERO;
    for refresh in refreshes {
        slowest = slowest.max(refresh.await.unwrap());
    }
    slowest
}

async fn fifty_acquirers_exclude_each_other(database: Database) {
    let locks = [database.lock().await, database.lock().await, database.lock().await];
    let (key, inside) = (key(), Arc::new(AtomicUsize::new(0)));
    let acquirers: Vec<_> = (0..50)
        .map(|number| {
            let (key, inside, lock) = (key.clone(), inside.clone(), locks[number % 3].clone());
            tokio::spawn(async move {
                let _guard = lock.acquire(&key).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                sleep(Duration::from_millis(2)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    for acquirer in acquirers {
        acquirer.await.unwrap();
    }
}

async fn a_lock_of_a_killed_process_ends_with_its_lease(database: Database) {
    let (key, one, two) = (key(), database.lock().await, database.lock().await);
    let job = Job {
        kind: database.kind,
        address: database.address.clone(),
        task: Task::Hold(key.clone()),
    };
    let start = Instant::now();
    let mut holder = Process::start(env!("CARGO_BIN_EXE_e2e-stores"), &job).await;
    assert_eq!(holder.line().await, "ready");
    let held = Instant::now();
    holder.kill().await;
    let _guard = one.acquire(&key).await;
    assert!(start.elapsed() >= LEASE && held.elapsed() <= LEASE + SLACK, "{:?}", held.elapsed());
    assert!(timeout(SLACK, two.acquire(&key)).await.is_err());
}

async fn a_dropped_guard_releases_the_lock(database: Database) {
    let (key, one, two) = (key(), database.lock().await, database.lock().await);
    for _ in 0..10 {
        drop(timeout(SLACK, one.acquire(&key)).await.unwrap());
        drop(timeout(SLACK, two.acquire(&key)).await.unwrap());
    }
}

async fn a_session_is_recalled_until_it_expires(database: Database) {
    let (key, one, two) = (key(), database.lock().await, database.lock().await);
    assert_eq!(two.recall(&key).await, None);
    let (start, lifetime) = (Instant::now(), Duration::from_secs(1));
    one.remember(&key, "sealed".into(), lifetime).await;
    assert_eq!(two.recall(&key).await, Some("sealed".into()));
    while two.recall(&key).await.is_some() {
        assert!(start.elapsed() <= lifetime + SLACK);
        sleep(Duration::from_millis(20)).await;
    }
    assert!(start.elapsed() >= lifetime);
}

async fn a_database_can_go_away_and_come_back(database: Database) {
    fails_and_works_again(database, Mode::Away).await;
}

async fn a_database_can_fall_silent_and_answer_again(database: Database) {
    fails_and_works_again(database, Mode::Silent).await;
}

async fn fails_and_works_again(database: Database, failure: Mode) {
    let (one, two) = (database.lock().await, database.lock().await);
    assert!(excludes(&one, &two).await);
    let held = one.acquire(&key()).await;
    database.set(failure);
    let first = slowest(&one).await;
    assert!(first <= COMMAND_TIMEOUT + SLACK, "{first:?}");
    drop(held);
    let next = slowest(&one).await;
    assert!(next <= AT_ONCE, "{next:?}");
    database.set(Mode::Works);
    // The pause may have doubled once, by a release or a slow machine.
    let start = Instant::now();
    while !excludes(&one, &two).await {
        assert!(start.elapsed() <= Duration::from_secs(8));
        sleep(AT_ONCE).await;
    }
}

async fn a_connection_that_was_closed_while_idle_is_replaced_at_once(database: Database) {
    let (one, two) = (database.lock().await, database.lock().await);
    database.set(Mode::Away);
    sleep(AT_ONCE).await;
    database.set(Mode::Works);
    assert!(excludes(&one, &two).await);
}

/// What connecting reports, and within which time.
async fn refusal(kind: Kind, address: &str) -> (String, Duration) {
    let start = Instant::now();
    let error =
        kind.lock(address).await.err().expect("an error; does the server take any password?");
    (format!("{error} {error:?}"), start.elapsed())
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_tell_it() {
    for kind in [Kind::Redis, Kind::Postgres] {
        let (error, time) = refusal(kind, &with_password(&kind.server(), "hunter2")).await;
        assert!(error.to_lowercase().contains("password"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(time <= COMMAND_TIMEOUT + SLACK, "{time:?}");
    }
}

#[tokio::test]
async fn connecting_to_a_server_that_is_away_or_silent_ends() {
    for kind in [Kind::Redis, Kind::Postgres] {
        let database = Database::start(kind).await;
        database.set(Mode::Away);
        let (_, time) = refusal(kind, &database.address).await;
        assert!(time <= SLACK, "{time:?}");
        database.set(Mode::Silent);
        let (_, time) = refusal(kind, &database.address).await;
        assert!(time <= CONNECT_TIMEOUT + SLACK, "{time:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_create_one_table() {
    let postgres = Database::start(Kind::Postgres).await;
    let file = Database::start(Kind::Sqlite).await;
    for (kind, address) in
        [(Kind::Postgres, postgres.schema().await.0), (Kind::Sqlite, file.address.clone())]
    {
        let locks: Vec<_> = (0..20)
            .map(|_| {
                let address = address.clone();
                tokio::spawn(async move { kind.lock(&address).await })
            })
            .collect();
        for lock in locks {
            lock.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_role_that_creates_no_tables_uses_that_of_a_migration() {
    let database = Database::start(Kind::Postgres).await;
    let (address, client) = database.schema().await;
    let role = format!("role_{}", key());
    let sql = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'known'; {}
         GRANT USAGE ON SCHEMA \"$schema\" TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON workos_refresh_locks TO {role}",
        workos_stores::postgres::SCHEMA,
    );
    let row = client.query_one("SELECT current_setting('search_path')", &[]).await.unwrap();
    client.batch_execute(&sql.replace("$schema", row.get(0))).await.unwrap();
    let address = with_password(&address, "known").replace("//postgres:", &format!("//{role}:"));
    let (one, two) = (
        Kind::Postgres.lock(&address).await.unwrap(),
        Kind::Postgres.lock(&address).await.unwrap(),
    );
    assert!(excludes(&one, &two).await);
}

#[tokio::test]
async fn writes_remove_expired_rows_of_postgres() {
    let database = Database::start(Kind::Postgres).await;
    let (address, client) = database.schema().await;
    let lock = Kind::Postgres.lock(&address).await.unwrap();
    let expired = "INSERT INTO workos_refresh_locks
        SELECT number::text, '', now() - interval '1 second' FROM generate_series(1, 150) AS number";
    client.execute(expired, &[]).await.unwrap();
    let mut left = Vec::new();
    for _ in 0..2 {
        lock.remember("key", "sealed".into(), LEASE).await;
        let count = "SELECT count(*) FROM workos_refresh_locks";
        left.push(client.query_one(count, &[]).await.unwrap().get::<_, i64>(0));
    }
    assert_eq!(left, [51, 1]);
}
