//! What checkpoints and leases promise, on real databases.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use e2e_stores::{Database, Kind, Mode, on_every_database, with_password};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;
use workos::events::ListEventsParams;
use workos::helpers::events::{
    BoxError, BrokenTransaction, Checkpoint, DeadLetter, EventCursor, Lease,
};
use workos::{CreateOrganization, EventName, Timestamp};
use workos_emulator::Emulator;
use workos_stores::{
    COMMAND_TIMEOUT, PostgresCheckpoint, PostgresTransaction, RedisLease, SqliteCheckpoint,
    StoreError,
};

const STREAM: &str = "stream";
const LIFETIME: Duration = Duration::from_secs(60);
/// What a busy machine may take in addition.
const SLACK: Duration = Duration::from_millis(500);
/// How long connecting takes at most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a commit takes at most.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Two workers with one Postgres that can fail, and what is in it.
struct Two {
    one: PostgresCheckpoint,
    two: PostgresCheckpoint,
    database: Database,
    sql: Client,
    address: String,
}

impl Two {
    async fn new() -> Self {
        let database = Database::start(Kind::Postgres).await;
        let (address, sql) = database.schema().await;
        sql.batch_execute("CREATE TABLE effects (effect text PRIMARY KEY)").await.unwrap();
        let one = PostgresCheckpoint::connect(&address).await.unwrap();
        let two = PostgresCheckpoint::connect(&address).await.unwrap();
        Self { one, two, database, sql, address }
    }

    async fn effects(&self) -> Vec<String> {
        let rows = self.sql.query("SELECT effect FROM effects ORDER BY effect", &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn place(number: i64) -> EventCursor {
    EventCursor::after(format!("event_{number}"), Timestamp::from_millis(number))
}

async fn effect(transaction: &PostgresTransaction, effect: &str) {
    transaction.execute("INSERT INTO effects (effect) VALUES ($1)", &[&effect]).await.unwrap();
}

/// One page, from begin to commit. Returns whether the stream was where it was expected.
async fn moves(
    checkpoint: &PostgresCheckpoint,
    expected: Option<&EventCursor>,
    next: &EventCursor,
) -> bool {
    let transaction = checkpoint.begin().await.unwrap();
    let has_moved = checkpoint.advance(&transaction, STREAM, expected, next).await.unwrap();
    if has_moved {
        checkpoint.commit(transaction).await.unwrap();
    }
    has_moved
}

/// What comes of something that waits for a transaction, once that has ended.
async fn outcome(
    waiting: JoinHandle<bool>,
    checkpoint: &PostgresCheckpoint,
    transaction: PostgresTransaction,
    commits: bool,
) -> bool {
    sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    if commits {
        checkpoint.commit(transaction).await.unwrap();
    } else {
        drop(transaction);
    }
    waiting.await.unwrap()
}

async fn load(checkpoint: &PostgresCheckpoint) -> Option<EventCursor> {
    checkpoint.load(STREAM).await.unwrap()
}

fn letter(id: &str, error: &str, attempts: u32) -> DeadLetter {
    let event = json!({
        "object": "event", "id": id, "event": "user.created",
        "data": { "id": "user_1", "first_name": "A\0da" }, "created_at": "2026-01-15T12:00:00.000Z",
    });
    let event = serde_json::from_str(&event.to_string()).unwrap();
    let buried_at = "2026-01-15T12:00:00.123456Z".parse().unwrap();
    DeadLetter::new(event, error.to_owned(), attempts, buried_at)
}

fn as_json(letters: &[DeadLetter]) -> String {
    serde_json::to_string(letters).unwrap()
}

/// The error of something, and how long that took.
async fn fails<T: Debug>(work: impl Future<Output = Result<T, BoxError>>) -> (String, Duration) {
    let start = Instant::now();
    let error = work.await.unwrap_err();
    (error.to_string(), start.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_and_place_are_there_together_or_not_at_all() {
    let both = Two::new().await;
    let Two { one, two, .. } = &both;
    assert_eq!(load(one).await, None);
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "dropped").await;
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    drop(transaction);
    // The same connection, once it is rolled back.
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "committed").await;
    assert_eq!((load(two).await, both.effects().await), (None, Vec::new()));
    let start = EventCursor::since(Timestamp::UNIX_EPOCH);
    assert!(one.advance(&transaction, STREAM, None, &start).await.unwrap());
    one.commit(transaction).await.unwrap();
    assert_eq!(
        (load(two).await, both.effects().await),
        (Some(start.clone()), vec!["committed".to_owned()])
    );

    // Both parts of a place count.
    assert!(moves(two, Some(&start), &place(1)).await);
    let same_id = EventCursor::after("event_1", Timestamp::UNIX_EPOCH);
    let same_time = EventCursor::since(place(1).created_at);
    for wrong in [None, Some(&start), Some(&same_id), Some(&same_time)] {
        assert!(!moves(one, wrong, &place(2)).await, "{wrong:?}");
    }
    assert!(moves(one, Some(&place(1)), &place(2)).await);
    assert_eq!(load(two).await, Some(place(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_at_one_place_one_moves_on() {
    let Two { one, two, .. } = &Two::new().await;
    let mut last = None;
    for number in 0..50 {
        let next = place(number);
        let race = [one.clone(), two.clone()].map(|worker| {
            let (last, next) = (last.clone(), next.clone());
            tokio::spawn(async move { moves(&worker, last.as_ref(), &next).await })
        });
        let [one, two] = race;
        assert_ne!(one.await.unwrap(), two.await.unwrap(), "{number}");
        last = Some(next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_waits_for_another_one_at_the_same_place() {
    let Two { one, two, .. } = &Two::new().await;
    assert!(moves(one, None, &place(1)).await);
    for (commits, number) in [(false, 2), (true, 3)] {
        let last = load(one).await.unwrap();
        let transaction = one.begin().await.unwrap();
        assert!(one.advance(&transaction, STREAM, Some(&last), &place(number)).await.unwrap());
        let waiting = tokio::spawn({
            let two = two.clone();
            async move { moves(&two, Some(&last), &place(number)).await }
        });
        assert_eq!(outcome(waiting, one, transaction, commits).await, !commits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_that_is_kept_makes_the_commit_fail_and_rolls_back_when_it_goes() {
    let both = Two::new().await;
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "kept").await;
    let kept = transaction.clone();
    let error = one.commit(transaction).await.unwrap_err();
    assert_eq!(error.to_string(), "the handler has kept a clone of its transaction");
    assert!(error.is::<BrokenTransaction>());
    drop(kept);
    assert!(moves(one, None, &place(1)).await);
    assert_eq!(both.effects().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_has_failed_or_ended_is_not_committed() {
    let both = Two::new().await;
    let one = &both.one;
    for breaks in ["SELECT 1 / 0", "ROLLBACK"] {
        let transaction = one.begin().await.unwrap();
        effect(&transaction, "lost").await;
        // The handler does not care.
        let _ = transaction.batch_execute(breaks).await;
        let error = one.commit(transaction).await.unwrap_err();
        assert!(error.is::<BrokenTransaction>(), "{error}");
        assert_eq!(both.effects().await, [""; 0], "{breaks}");
    }
    // What is only checked at the end.
    let deferred =
        "CREATE TABLE parts (effect text REFERENCES effects DEFERRABLE INITIALLY DEFERRED)";
    both.sql.batch_execute(deferred).await.unwrap();
    let transaction = one.begin().await.unwrap();
    transaction.batch_execute("INSERT INTO parts VALUES ('of nothing')").await.unwrap();
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    let (error, _) = fails(one.commit(transaction)).await;
    assert!(error.contains("violates foreign key constraint"), "{error}");
    assert_eq!(load(one).await, None);
    assert!(moves(one, None, &place(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_of_a_handler_that_took_too_long_is_cancelled() {
    let both = Two::new().await;
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "too slow").await;
    let statement = transaction.batch_execute("SELECT pg_sleep(600)");
    assert!(timeout(Duration::from_millis(100), statement).await.is_err());
    drop(transaction);
    // It has to give up its locks: the next attempt does the same.
    let start = Instant::now();
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "too slow").await;
    assert!(start.elapsed() <= 2 * COMMAND_TIMEOUT + SLACK, "{:?}", start.elapsed());
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    one.commit(transaction).await.unwrap();
    assert_eq!(both.effects().await, ["too slow"]);
    let running = "SELECT count(*) FROM pg_stat_activity
        WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'";
    let running = both.sql.query_one(running, &[]).await.unwrap();
    assert_eq!(running.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_in_the_middle_of_a_transaction_has_none_of_it() {
    let both = Two::new().await;
    let Two { one, database, .. } = &both;
    assert!(moves(one, None, &place(1)).await);
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "lost").await;
    database.set(Mode::Away);
    let (_, time) = fails(one.advance(&transaction, STREAM, Some(&place(1)), &place(2))).await;
    assert!(time <= SLACK, "{time:?}");
    drop(transaction);
    for (_, time) in [
        fails(one.begin()).await,
        fails(one.load(STREAM)).await,
        fails(one.dead_letters(STREAM)).await,
        fails(one.claim(STREAM, "one", LIFETIME)).await,
    ] {
        assert!(time <= COMMAND_TIMEOUT + SLACK, "{time:?}");
    }
    database.set(Mode::Works);
    assert_eq!((load(one).await, both.effects().await), (Some(place(1)), Vec::new()));
    assert!(moves(one, Some(&place(1)), &place(2)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_to_a_database_that_is_away_fails_as_a_whole() {
    let both = Two::new().await;
    let Two { one, database, .. } = &both;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "lost").await;
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    database.set(Mode::Away);
    let (_, time) = fails(one.commit(transaction)).await;
    assert!(time <= SLACK, "{time:?}");
    database.set(Mode::Works);
    assert_eq!((load(one).await, both.effects().await), (None, Vec::new()));
    assert!(moves(one, None, &place(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wait_for_a_silent_database_is_bounded() {
    let both = Two::new().await;
    let Two { one, two, database, .. } = &both;
    assert!(moves(two, None, &place(1)).await);
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "lost").await;
    assert!(one.advance(&transaction, STREAM, Some(&place(1)), &place(2)).await.unwrap());
    database.set(Mode::Silent);
    let (commit, begin, load_, claim, release) = tokio::join!(
        fails(one.commit(transaction)),
        fails(two.begin()),
        fails(one.load(STREAM)),
        fails(one.claim(STREAM, "one", LIFETIME)),
        fails(one.release(STREAM, "one")),
    );
    for (name, (error, time), limit) in [
        ("commit", commit, COMMIT_TIMEOUT),
        ("begin", begin, CONNECT_TIMEOUT),
        ("load", load_, COMMAND_TIMEOUT),
        ("claim", claim, COMMAND_TIMEOUT),
        ("release", release, COMMAND_TIMEOUT),
    ] {
        assert_eq!(error, "the database did not answer in time", "{name}");
        assert!(time <= limit + SLACK, "{name}: {time:?}");
    }
    database.set(Mode::Works);
    // The connections are new.
    assert!(moves(one, Some(&place(1)), &place(2)).await);
    assert!(moves(two, Some(&place(2)), &place(3)).await);
    assert_eq!((load(one).await, both.effects().await), (Some(place(3)), Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_closed_while_idle_are_replaced_at_once() {
    let Two { one, database, .. } = &Two::new().await;
    assert!(moves(one, None, &place(1)).await);
    database.set(Mode::Away);
    sleep(Duration::from_millis(250)).await;
    database.set(Mode::Works);
    assert!(moves(one, Some(&place(1)), &place(2)).await);
    assert_eq!(load(one).await, Some(place(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_may_run_on_another_runtime() {
    let both = Two::new().await;
    let (postgres, redis) = (both.one.clone(), Database::start(Kind::Redis).await);
    let (lease, stream) = (lease(&redis).await.unwrap(), stream());
    let run = move || {
        // It can neither wait nor connect.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            drop(postgres.begin().await.unwrap());
            assert!(moves(&postgres, None, &place(1)).await);
            assert_eq!(load(&postgres).await, Some(place(1)));
            assert!(postgres.claim(&stream, "one", LIFETIME).await.unwrap());
            assert!(lease.claim(&stream, "one", LIFETIME).await.unwrap());
        });
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_keep_their_order_and_every_byte() {
    let Two { one, two, .. } = &Two::new().await;
    let letters = ["event_b", "event_a", "event_c"].map(|id| letter(id, "no\0 such user", 5));
    let transaction = one.begin().await.unwrap();
    for letter in &letters {
        one.bury(&transaction, STREAM, letter).await.unwrap();
    }
    one.bury(&transaction, "another", &letters[0]).await.unwrap();
    assert_eq!(as_json(&two.dead_letters(STREAM).await.unwrap()), "[]");
    one.commit(transaction).await.unwrap();
    let [b, a, c] =
        ["event_b", "event_a", "event_c"].map(|id| letter(id, "no\u{fffd} such user", 5));
    let stored = two.dead_letters(STREAM).await.unwrap();
    assert_eq!(as_json(&stored), as_json(&[b.clone(), a, c.clone()]));

    // One goes, one is replaced.
    let again = letter("event_b", "still no such user", u32::MAX);
    let transaction = two.begin().await.unwrap();
    assert!(two.unbury(&transaction, STREAM, "event_a").await.unwrap());
    assert!(!two.unbury(&transaction, STREAM, "event_a").await.unwrap());
    two.bury(&transaction, STREAM, &again).await.unwrap();
    two.commit(transaction).await.unwrap();
    assert_eq!(as_json(&one.dead_letters(STREAM).await.unwrap()), as_json(&[c, again]));
    assert_eq!(as_json(&one.dead_letters("another").await.unwrap()), as_json(&[b]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replays_of_one_letter_wait_for_each_other() {
    let Two { one, two, .. } = &Two::new().await;
    let transaction = one.begin().await.unwrap();
    one.bury(&transaction, STREAM, &letter("event_1", "no", 1)).await.unwrap();
    one.commit(transaction).await.unwrap();
    for commits in [false, true] {
        let transaction = one.begin().await.unwrap();
        assert!(one.unbury(&transaction, STREAM, "event_1").await.unwrap());
        let waiting = tokio::spawn({
            let two = two.clone();
            async move {
                let transaction = two.begin().await.unwrap();
                two.unbury(&transaction, STREAM, "event_1").await.unwrap()
            }
        });
        assert_eq!(outcome(waiting, one, transaction, commits).await, !commits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_dies_in_a_transaction_is_noticed_by_the_server() {
    let Two { one, .. } = &Two::new().await;
    let transaction = one.begin().await.unwrap();
    let mut settings = Vec::new();
    for name in ["idle", "interval", "count"] {
        let sql = format!("SHOW tcp_keepalives_{name}");
        settings.push(transaction.query_one(&sql, &[]).await.unwrap().get::<_, String>(0));
    }
    assert_eq!(settings, ["10", "5", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_creates_no_tables_uses_those_of_a_migration() {
    let database = Database::start(Kind::Postgres).await;
    let (address, client) = database.schema().await;
    let row = client.query_one("SELECT current_setting('search_path')", &[]).await.unwrap();
    let (schema, role) = (row.get::<_, String>(0), format!("role_{:032x}", fastrand::u128(..)));
    let sql = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'known'; {}
         GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE
             ON workos_event_cursors, workos_dead_letters, workos_event_leases TO {role}",
        workos_stores::postgres::EVENTS_SCHEMA,
    );
    client.batch_execute(&sql).await.unwrap();
    let address = with_password(&address, "known").replace("//postgres:", &format!("//{role}:"));
    let checkpoint = PostgresCheckpoint::connect(&address).await.unwrap();
    let transaction = checkpoint.begin().await.unwrap();
    assert!(checkpoint.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    checkpoint.bury(&transaction, STREAM, &letter("event_1", "no", 1)).await.unwrap();
    assert!(checkpoint.unbury(&transaction, STREAM, "event_1").await.unwrap());
    checkpoint.commit(transaction).await.unwrap();
    assert!(checkpoint.claim(STREAM, "one", LIFETIME).await.unwrap());
    checkpoint.release(STREAM, "one").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_create_their_tables_once() {
    let (postgres, file) =
        (Database::start(Kind::Postgres).await, Database::start(Kind::Sqlite).await);
    let address = postgres.schema().await.0;
    let starts: Vec<_> = (0..20)
        .map(|_| {
            let (address, file) = (address.clone(), file.address.clone());
            tokio::spawn(async move {
                let opened = tokio::task::spawn_blocking(|| SqliteCheckpoint::open(file));
                opened.await.unwrap().unwrap();
                PostgresCheckpoint::connect(&address).await.unwrap();
            })
        })
        .collect();
    for start in starts {
        start.await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_tell_it() {
    let wrong = |kind: Kind| with_password(&kind.server(), "hunter2");
    for error in [
        PostgresCheckpoint::connect(&wrong(Kind::Postgres)).await.map(drop).unwrap_err(),
        RedisLease::connect(&wrong(Kind::Redis)).await.map(drop).unwrap_err(),
    ] {
        let text = format!("{error} {error:?}");
        assert!(text.to_lowercase().contains("password"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// The lease of a worker in this database.
async fn lease(database: &Database) -> Result<Arc<dyn Lease>, StoreError> {
    let address = &database.address;
    Ok(match database.kind {
        Kind::Redis => Arc::new(RedisLease::connect(address).await?.prefix("test:")),
        Kind::Postgres => Arc::new(PostgresCheckpoint::connect(address).await?),
        Kind::Sqlite => Arc::new(SqliteCheckpoint::open(address)?),
    })
}

async fn leases(database: &Database) -> (Arc<dyn Lease>, Arc<dyn Lease>) {
    (lease(database).await.unwrap(), lease(database).await.unwrap())
}

/// A stream that no other run has.
fn stream() -> String {
    format!("stream {:032x}", fastrand::u128(..))
}

async fn a_lease_has_one_owner_until_it_ends(database: Database) {
    let (one, two) = leases(&database).await;
    let (stream, lifetime) = (&stream(), Duration::from_secs(1));
    let start = Instant::now();
    assert!(one.claim(stream, "one", lifetime).await.unwrap());
    assert!(!two.claim(stream, "two", LIFETIME).await.unwrap());
    assert!(two.claim(&format!("{stream} 2"), "two", LIFETIME).await.unwrap());
    // Each claim extends it.
    while start.elapsed() < 2 * lifetime {
        sleep(lifetime / 4).await;
        assert!(one.claim(stream, "one", lifetime).await.unwrap());
        assert!(!two.claim(stream, "two", LIFETIME).await.unwrap());
    }
    let last = Instant::now();
    while !two.claim(stream, "two", LIFETIME).await.unwrap() {
        assert!(last.elapsed() <= lifetime + SLACK);
        sleep(Duration::from_millis(20)).await;
    }
    assert!(last.elapsed() + SLACK >= lifetime, "{:?}", last.elapsed());
    assert!(!one.claim(stream, "one", LIFETIME).await.unwrap());
    // It is not theirs to give back.
    one.release(stream, "one").await.unwrap();
    assert!(!one.claim(stream, "one", LIFETIME).await.unwrap());
    two.release(stream, "two").await.unwrap();
    assert!(one.claim(stream, "one", LIFETIME).await.unwrap());
}

async fn a_lease_of_a_database_that_fails_is_an_error_in_bounded_time(database: Database) {
    let (one, two) = leases(&database).await;
    let stream = &stream();
    assert!(one.claim(stream, "one", LIFETIME).await.unwrap());
    let limit =
        if database.kind == Kind::Sqlite { Duration::from_secs(3) } else { COMMAND_TIMEOUT };
    for mode in [Mode::Away, Mode::Silent] {
        database.set(mode);
        for (_, time) in [
            fails(one.claim(stream, "one", LIFETIME)).await,
            fails(one.release(stream, "one")).await,
        ] {
            assert!(time <= limit + SLACK, "{mode:?}: {time:?}");
        }
        database.set(Mode::Works);
        // At once: there is no pause after a failure.
        assert!(one.claim(stream, "one", LIFETIME).await.unwrap());
        assert!(!two.claim(stream, "two", LIFETIME).await.unwrap());
    }
}

on_every_database! {
    redis Redis, postgres Postgres, sqlite Sqlite, => (
        a_lease_has_one_owner_until_it_ends,
        a_lease_of_a_database_that_fails_is_an_error_in_bounded_time,
    )
}

/// What a worker does with the events of the emulator: it writes their organizations down.
async fn work(client: workos::Client, address: String, start: Timestamp, stuck_at: Option<&str>) {
    let checkpoint = PostgresCheckpoint::connect(&address).await.unwrap();
    let events = client.events().follow([EventName::OrganizationCreated]).since(start);
    let consumer = events.page_size(4).longest_wait(Duration::from_secs(1)).checkpoint(checkpoint);
    let handled = consumer.run_raw(|event, transaction| async move {
        let data: serde_json::Value = event.payload()?;
        let name = data["name"].as_str().unwrap_or_default();
        transaction.execute("INSERT INTO effects (effect) VALUES ($1)", &[&name]).await?;
        if stuck_at == Some(name) {
            std::future::pending::<()>().await;
        }
        Ok(())
    });
    handled.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_its_effect_once_whatever_fails() {
    let both = Two::new().await;
    let emulator = Emulator::start().await.unwrap();
    let (client, start) = (emulator.client(), Timestamp::now());
    let names: Vec<_> = (0..12).map(|number| format!("Organization {number:02}")).collect();
    let create = async |names: &[String]| {
        for name in names {
            client
                .organizations()
                .create_organization(CreateOrganization::new(name))
                .await
                .unwrap();
        }
    };
    let effects = async |count: usize| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while both.effects().await.len() < count {
            assert!(Instant::now() < deadline, "{:?}", both.effects().await);
            sleep(Duration::from_millis(50)).await;
        }
        both.effects().await
    };
    create(&names[..8]).await;

    // The first worker ends within its second page.
    let stuck_at = Some("Organization 06");
    let first = tokio::spawn(work(emulator.client(), both.address.clone(), start, stuck_at));
    assert_eq!(effects(4).await, names[..4]);
    sleep(SLACK).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(both.effects().await, names[..4]);

    // Another one takes over, and the database goes away.
    let second = tokio::spawn(work(emulator.client(), both.address.clone(), start, None));
    assert_eq!(effects(8).await, names[..8]);
    both.database.set(Mode::Away);
    create(&names[8..]).await;
    sleep(2 * SLACK).await;
    both.database.set(Mode::Works);
    assert_eq!(effects(12).await, names);
    sleep(SLACK).await;
    second.abort();

    // The place is that of the last event.
    let params = ListEventsParams::new(vec![EventName::OrganizationCreated]);
    let events = client.events().list_events(params).await.unwrap().data;
    let last = events.iter().map(|event| (event.created_at, &event.id)).max().unwrap();
    let place = both.one.load("workos").await.unwrap().unwrap();
    assert_eq!(place, EventCursor::after(last.1, last.0));
    assert_eq!(both.one.dead_letters("workos").await.unwrap().len(), 0);
}
