mod model;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use tempfile::TempDir;
use tokio::time::timeout;
use workos::Timestamp;
use workos::events::RawEvent;
use workos::helpers::events::BrokenTransaction;

use super::*;

const STREAM: &str = "stream";
const LIFETIME: Duration = Duration::from_secs(60);

/// Two processes with one file, which has a table for effects.
struct Two {
    one: SqliteCheckpoint,
    two: SqliteCheckpoint,
    folder: TempDir,
}

impl Two {
    fn new(patience: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.sqlite");
        let open = || SqliteCheckpoint::with_patience(&path, patience).unwrap();
        let two = Self { one: open(), two: open(), folder };
        two.sql().execute_batch("CREATE TABLE effects (effect TEXT)").unwrap();
        two
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("events.sqlite")
    }

    /// A process that has nothing to do with events.
    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn effects(&self) -> Vec<String> {
        let file = self.sql();
        let mut effects = file.prepare("SELECT effect FROM effects ORDER BY rowid").unwrap();
        effects.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

fn two() -> Two {
    Two::new(PATIENCE)
}

fn place(number: u64) -> EventCursor {
    let time = Timestamp::from_millis(1_800_000_000_000 + number as i64);
    EventCursor::after(format!("event_{number}"), time)
}

fn effect(transaction: &SqliteTransaction, effect: &str) {
    let sql = "INSERT INTO effects (effect) VALUES (?1)";
    transaction.connection().execute(sql, [effect]).unwrap();
}

/// One page, from begin to commit. Returns whether the stream was where it was expected.
async fn moves(
    checkpoint: &SqliteCheckpoint,
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

async fn load(checkpoint: &SqliteCheckpoint) -> Option<EventCursor> {
    checkpoint.load(STREAM).await.unwrap()
}

async fn claim(checkpoint: &SqliteCheckpoint, owner: &str) -> Result<bool, String> {
    checkpoint.claim(STREAM, owner, LIFETIME).await.map_err(|error| error.to_string())
}

fn letter(id: &str, error: &str, attempts: u32) -> DeadLetter {
    let event = format!(
        r#"{{"object":"event","id":"{id}","event":"user.created","data":{{"odd":1e400}},
        "created_at":"2026-01-15T12:00:00.000Z"}}"#
    );
    let event: RawEvent = serde_json::from_str(&event).unwrap();
    let buried_at = "2026-01-15T12:00:00.123456Z".parse().unwrap();
    DeadLetter::new(event, error.to_owned(), attempts, buried_at)
}

fn as_json(letters: &[DeadLetter]) -> String {
    serde_json::to_string(letters).unwrap()
}

#[tokio::test]
async fn of_two_workers_at_one_place_one_moves_on() {
    let Two { one, two, .. } = &two();
    assert_eq!(load(one).await, None);
    assert!(moves(one, None, &EventCursor::since(Timestamp::UNIX_EPOCH)).await);
    assert!(!moves(two, None, &place(1)).await);
    let start = load(two).await.unwrap();
    assert_eq!(start, EventCursor::since(Timestamp::UNIX_EPOCH));
    assert!(moves(two, Some(&start), &place(1)).await);
    assert!(!moves(one, Some(&start), &place(2)).await);
    // Both parts of a place count.
    let same_id = EventCursor::after("event_1", Timestamp::UNIX_EPOCH);
    let same_time = EventCursor::since(place(1).created_at);
    assert!(!moves(one, Some(&same_id), &place(2)).await);
    assert!(!moves(one, Some(&same_time), &place(2)).await);
    assert!(moves(one, Some(&place(1)), &place(2)).await);
    assert_eq!((load(one).await, load(two).await), (Some(place(2)), Some(place(2))));
}

#[tokio::test]
async fn every_stream_has_its_own_place() {
    let Two { one, .. } = &two();
    assert!(moves(one, None, &place(1)).await);
    let transaction = one.begin().await.unwrap();
    assert!(one.advance(&transaction, "another", None, &place(2)).await.unwrap());
    one.commit(transaction).await.unwrap();
    assert_eq!(load(one).await, Some(place(1)));
    assert_eq!(one.load("another").await.unwrap(), Some(place(2)));
}

#[tokio::test]
async fn effects_and_place_are_there_together_or_not_at_all() {
    let both = two();
    let Two { one, two, .. } = &both;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "dropped");
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    drop(transaction);
    assert_eq!((load(one).await, both.effects()), (None, Vec::new()));

    let transaction = two.begin().await.unwrap();
    effect(&transaction, "committed");
    assert!(two.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    two.commit(transaction).await.unwrap();
    assert_eq!((load(one).await, both.effects()), (Some(place(1)), vec!["committed".to_owned()]));
}

#[tokio::test]
async fn a_clone_that_is_kept_makes_the_commit_fail_and_rolls_back_when_it_goes() {
    let both = two();
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "kept");
    let kept = transaction.clone();
    let error = one.commit(transaction).await.unwrap_err();
    assert_eq!(error.to_string(), "the handler has kept a clone of its transaction");
    assert!(error.is::<BrokenTransaction>());
    drop(kept);
    assert_eq!(both.effects(), [""; 0]);
    assert!(moves(one, None, &place(1)).await);
}

#[tokio::test]
async fn a_begin_that_nobody_waits_for_leaves_nothing_open() {
    let Two { one, two, .. } = &two();
    let transaction = two.begin().await.unwrap();
    assert!(timeout(Duration::from_millis(20), one.begin()).await.is_err());
    drop(transaction);
    assert!(moves(one, None, &place(1)).await);
    assert!(moves(two, Some(&place(1)), &place(2)).await);
}

#[tokio::test]
async fn a_transaction_that_ended_by_itself_commits_nothing() {
    let both = two();
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    effect(&transaction, "lost");
    // As SQLite does when the disk is full.
    transaction.connection().execute_batch("ROLLBACK").unwrap();
    let ended = "SQLite: the transaction has ended before its commit";
    let error = one.advance(&transaction, STREAM, None, &place(1)).await.unwrap_err();
    assert_eq!(error.to_string(), ended);
    assert_eq!(one.commit(transaction).await.unwrap_err().to_string(), ended);
    assert_eq!((load(one).await, both.effects()), (None, Vec::new()));
    assert!(moves(one, None, &place(1)).await);
}

#[tokio::test]
async fn a_handler_may_ask_for_its_connection_twice_and_may_panic() {
    let both = two();
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    let count = || -> i64 {
        let sql = "SELECT count(*) FROM effects";
        transaction.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let sql = "INSERT INTO effects (effect) VALUES (?1)";
    transaction.connection().execute(sql, [count()]).unwrap();
    let panics = catch_unwind(AssertUnwindSafe(|| {
        let _connection = transaction.connection();
        panic!("a handler panics");
    }));
    assert!(panics.is_err());
    drop(transaction);
    assert_eq!(both.effects(), [""; 0]);
    assert!(moves(one, None, &place(1)).await);
}

#[tokio::test]
async fn a_connection_that_has_failed_is_replaced() {
    let both = two();
    let one = &both.one;
    assert!(claim(one, "one").await.unwrap());
    let transaction = one.begin().await.unwrap();
    assert!(claim(one, "one").await.unwrap());
    transaction.connection().execute_batch("CREATE TEMP TABLE mark (x)").unwrap();
    transaction.connection().execute_batch("DROP TABLE workos_event_leases").unwrap();
    let error = one.commit(transaction).await.unwrap_err();
    assert!(error.to_string().contains("no such table: workos_event_leases"), "{error}");
    let transaction = one.begin().await.unwrap();
    assert!(transaction.connection().prepare("SELECT * FROM temp.mark").is_err());
    assert!(transaction.connection().prepare("SELECT * FROM workos_event_leases").is_ok());
}

#[tokio::test]
async fn dead_letters_keep_their_order_and_every_byte() {
    let both = two();
    let Two { one, two, .. } = &both;
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

#[tokio::test]
async fn a_letter_that_was_not_replayed_stays() {
    let Two { one, .. } = &two();
    let transaction = one.begin().await.unwrap();
    one.bury(&transaction, STREAM, &letter("event_1", "no", 1)).await.unwrap();
    one.commit(transaction).await.unwrap();
    let transaction = one.begin().await.unwrap();
    assert!(one.unbury(&transaction, STREAM, "event_1").await.unwrap());
    drop(transaction);
    assert_eq!(one.dead_letters(STREAM).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lease_has_one_owner_until_it_ends() {
    let both = two();
    let Two { one, two, .. } = &both;
    assert_eq!(claim(one, "one").await, Ok(true));
    assert_eq!(claim(one, "one").await, Ok(true));
    assert_eq!(claim(two, "two").await, Ok(false));
    assert!(two.claim("another", "two", LIFETIME).await.unwrap());
    both.sql().execute("UPDATE workos_event_leases SET owned_until = 0", []).unwrap();
    assert_eq!(claim(two, "two").await, Ok(true));
    assert_eq!(claim(one, "one").await, Ok(false));
    one.release(STREAM, "one").await.unwrap();
    assert_eq!(claim(one, "one").await, Ok(false));
    two.release(STREAM, "two").await.unwrap();
    assert_eq!(claim(one, "one").await, Ok(true));
}

/// When the lease of the stream ends.
fn owned_until(file: &Connection) -> i64 {
    let sql = "SELECT owned_until FROM workos_event_leases WHERE stream = ?1";
    file.query_row(sql, [STREAM], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_claim_during_ones_own_transaction_is_committed_with_it() {
    let both = two();
    let (Two { one, two, .. }, file) = (&both, both.sql());
    assert_eq!(claim(one, "one").await, Ok(true));
    file.execute("UPDATE workos_event_leases SET owned_until = 1", []).unwrap();
    let transaction = one.begin().await.unwrap();
    // It has run out, and nobody else can have it.
    assert_eq!(claim(one, "one").await, Ok(true));
    assert_eq!(owned_until(&file), 1);
    one.commit(transaction).await.unwrap();
    assert!(owned_until(&file) > now());
    assert_eq!(claim(two, "two").await, Ok(false));

    // What is rolled back does not count.
    file.execute("UPDATE workos_event_leases SET owned_until = 1", []).unwrap();
    let transaction = one.begin().await.unwrap();
    assert_eq!(claim(one, "one").await, Ok(true));
    drop(transaction);
    assert_eq!(owned_until(&file), 1);
    assert_eq!(claim(two, "two").await, Ok(true));
}

#[tokio::test]
async fn everything_else_works_while_a_transaction_is_open() {
    let Two { one, two, .. } = &two();
    assert!(moves(one, None, &place(1)).await);
    assert_eq!(claim(one, "one").await, Ok(true));
    let transaction = one.begin().await.unwrap();
    assert!(one.advance(&transaction, STREAM, Some(&place(1)), &place(2)).await.unwrap());
    one.bury(&transaction, STREAM, &letter("event_2", "no", 1)).await.unwrap();
    let start = Instant::now();
    for checkpoint in [one, two] {
        assert_eq!(load(checkpoint).await, Some(place(1)));
        assert_eq!(checkpoint.dead_letters(STREAM).await.unwrap().len(), 0);
    }
    assert_eq!(claim(one, "one").await, Ok(true));
    assert_eq!(claim(two, "two").await, Ok(false));
    one.release(STREAM, "one").await.unwrap();
    assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    one.commit(transaction).await.unwrap();
    assert_eq!(load(two).await, Some(place(2)));
    assert_eq!(two.dead_letters(STREAM).await.unwrap().len(), 1);
    // It was released with the commit.
    assert_eq!(claim(two, "two").await, Ok(true));
}

#[tokio::test]
async fn a_second_stream_of_one_process_takes_its_turn() {
    let both = two();
    let one = &both.one;
    let transaction = one.begin().await.unwrap();
    let turn = tokio::spawn({
        let one = one.clone();
        async move {
            assert!(one.claim("another", "one", LIFETIME).await.unwrap());
            let transaction = one.begin().await.unwrap();
            assert!(one.advance(&transaction, "another", None, &place(2)).await.unwrap());
            one.commit(transaction).await.unwrap();
        }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(one.advance(&transaction, STREAM, None, &place(1)).await.unwrap());
    one.commit(transaction).await.unwrap();
    turn.await.unwrap();
    assert_eq!(one.load("another").await.unwrap(), Some(place(2)));
}

#[tokio::test]
async fn waits_for_others_who_write_are_bounded() {
    let both = Two::new(Duration::from_millis(50));
    let (Two { one, two, .. }, busy) = (&both, both.sql());
    let transaction = two.begin().await.unwrap();
    for error in
        [one.begin().await.unwrap_err(), one.claim(STREAM, "one", LIFETIME).await.unwrap_err()]
    {
        assert_eq!(error.to_string(), "SQLite: database is locked");
    }
    let error = two.begin().await.unwrap_err();
    assert_eq!(error.to_string(), "SQLite: another transaction of this process is open");
    drop(transaction);
    busy.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(one.begin().await.is_err());
    busy.execute_batch("COMMIT").unwrap();
    assert!(moves(one, None, &place(1)).await);
}

#[test]
fn what_is_no_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "This is a file of text, and it is long enough. ".repeat(100)).unwrap();
    for path in [folder.path(), &text, &folder.path().join("none/file"), Path::new(":memory:")] {
        let error = SqliteCheckpoint::open(path).unwrap_err();
        assert!(error.to_string().starts_with("SQLite: "), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_begun_anew() {
    let both = two();
    let one = &both.one;
    assert!(moves(one, None, &place(1)).await);
    fs::remove_file(both.path()).unwrap();
    let error = one.load(STREAM).await.unwrap_err();
    assert!(error.to_string().starts_with("SQLite: unable to open database file"), "{error}");
    assert!(!both.path().exists());
}

#[test]
fn nothing_panics_outside_of_a_runtime() {
    let Two { one, .. } = &two();
    let run = futures_executor::block_on::<std::pin::Pin<Box<dyn Future<Output = String>>>>;
    for error in [
        run(Box::pin(async { one.load(STREAM).await.unwrap_err().to_string() })),
        run(Box::pin(async { one.begin().await.unwrap_err().to_string() })),
        run(Box::pin(async { claim(one, "one").await.unwrap_err() })),
    ] {
        assert!(error.contains("no reactor running"), "{error}");
    }
}
