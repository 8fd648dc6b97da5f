//! `client.events().follow(…).checkpoint(…)`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use workos::helpers::events::{
    BoxError, BrokenTransaction, Checkpoint, Consumer, DeadLetter, EventCursor, Lease,
    LocalCheckpoint, ReplayError,
};
use workos::transport::BoxFuture;
use workos::{Client, ConsumedEvents, Event, Observer};

use super::{EVENT, Log, id, page, time};
use crate::common::{Scripted, answer};

fn consumer<C: Checkpoint>(client: &Client, checkpoint: C) -> Consumer<C> {
    client.events().follow([EVENT]).since(time(0)).checkpoint(checkpoint)
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(id).collect()
}

/// What a database of a test does with one command.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Works,
    Fails,
    /// A commit that takes effect, and whose answer gets lost.
    IsLost,
}

/// A database: committed effects, one place and dead letters.
#[derive(Clone, Default)]
struct Database {
    state: Arc<Mutex<State>>,
    /// What the next commands do; then all of them work.
    answers: Arc<Mutex<VecDeque<Answer>>>,
    lease: Option<Arc<OneLease>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    place: Option<EventCursor>,
    effects: Vec<String>,
    letters: Vec<DeadLetter>,
}

type Change = Box<dyn FnOnce(&mut State) + Send>;

#[derive(Clone, Default)]
struct Transaction(Arc<Mutex<Vec<Change>>>);

impl Transaction {
    fn push(&self, change: impl FnOnce(&mut State) + Send + 'static) {
        self.0.lock().unwrap().push(Box::new(change));
    }

    fn write(&self, event: &Event) {
        let id = event.id.clone();
        self.push(|state| state.effects.push(id));
    }
}

impl Database {
    fn with(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, ..Self::default() }
    }

    fn state(&self) -> State {
        self.state.lock().unwrap().clone()
    }

    fn answer(&self) -> Answer {
        self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Works)
    }

    fn works(&self) -> Result<(), BoxError> {
        match self.answer() {
            Answer::Works => Ok(()),
            _ => Err("the database is away".into()),
        }
    }
}

impl Checkpoint for Database {
    type Transaction = Transaction;

    async fn load(&self, _: &str) -> Result<Option<EventCursor>, BoxError> {
        self.works()?;
        Ok(self.state().place)
    }

    async fn begin(&self) -> Result<Transaction, BoxError> {
        self.works()?;
        Ok(Transaction::default())
    }

    async fn advance(
        &self,
        transaction: &Transaction,
        _: &str,
        expected: Option<&EventCursor>,
        next: &EventCursor,
    ) -> Result<bool, BoxError> {
        self.works()?;
        let next = next.clone();
        transaction.push(|state| state.place = Some(next));
        Ok(self.state().place.as_ref() == expected)
    }

    async fn bury(
        &self,
        transaction: &Transaction,
        _: &str,
        letter: &DeadLetter,
    ) -> Result<(), BoxError> {
        self.works()?;
        let letter = letter.clone();
        transaction.push(|state| state.letters.push(letter));
        Ok(())
    }

    async fn unbury(
        &self,
        transaction: &Transaction,
        _: &str,
        event_id: &str,
    ) -> Result<bool, BoxError> {
        self.works()?;
        let event_id = event_id.to_owned();
        let is_there = self.state().letters.iter().any(|letter| letter.event.id == event_id);
        transaction.push(move |state| state.letters.retain(|letter| letter.event.id != event_id));
        Ok(is_there)
    }

    async fn dead_letters(&self, _: &str) -> Result<Vec<DeadLetter>, BoxError> {
        self.works()?;
        Ok(self.state().letters)
    }

    async fn commit(&self, transaction: Transaction) -> Result<(), BoxError> {
        let answer = self.answer();
        if answer == Answer::Fails {
            return Err("the database is away".into());
        }
        let changes = Arc::into_inner(transaction.0)
            .ok_or_else(|| BrokenTransaction::new("somebody has kept a clone"))?;
        let mut state = self.state.lock().unwrap();
        changes.into_inner().unwrap().into_iter().for_each(|change| change(&mut state));
        match answer {
            Answer::IsLost => Err("the answer got lost".into()),
            _ => Ok(()),
        }
    }

    fn lease(&self) -> Option<Arc<dyn Lease>> {
        self.lease.clone().map(|lease| lease as Arc<dyn Lease>)
    }
}

/// Runs until the log was read to its end, and for a while longer.
async fn run_for<C: Checkpoint<Transaction = Transaction>>(consumer: &Consumer<C>, time: Duration) {
    let run = consumer.run(|event, transaction| async move {
        transaction.write(&event);
        Ok(())
    });
    assert!(tokio::time::timeout(time, run).await.is_err(), "it runs until it is stopped");
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn effects_and_place_are_there_together_and_the_next_run_goes_on() {
    let (log, database) = (Log::with(250), Database::default());
    let client = log.server().client();
    run_for(&consumer(&client, database.clone()), LONG).await;
    log.grow(3);
    run_for(&consumer(&client, database.clone()), LONG).await;
    let state = database.state();
    assert_eq!(state.effects, ids(0..253));
    assert_eq!(state.place, Some(EventCursor::after(id(252), time(252))));
}

/// Otherwise events that happen before the first page would be missed by a second run.
#[tokio::test(start_paused = true)]
async fn the_first_run_stores_where_it_starts() {
    let (server, database) = (Log::with(0).server(), Database::default());
    run_for(&consumer(&server.client(), database.clone()), Duration::from_secs(1)).await;
    assert_eq!(database.state().place, Some(EventCursor::since(time(0))));
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_a_run_after_the_page_that_is_under_way() {
    let (log, database) = (Log::with(250), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let handle = consumer.handle();
    let run = consumer.run(|event, transaction| {
        let handle = handle.clone();
        async move {
            if event.id == id(120) {
                handle.stop();
            }
            transaction.write(&event);
            Ok(())
        }
    });
    run.await.unwrap();
    assert_eq!(database.state().effects, ids(0..200));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_workos_ends_the_run() {
    let server = Scripted::new(|_, _| answer(401, "{}"));
    let consumer = consumer(&server.client(), Database::default());
    let error = consumer.run(|_, _| async { Ok(()) }).await.unwrap_err();
    assert!(error.is_unauthorized());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_is_called_again_and_then_gives_way() {
    let (log, database) = (Log::with(10), Database::default());
    let client = log.server().client();
    let consumer = consumer(&client, database.clone());
    let handle = consumer.handle();
    let start = tokio::time::Instant::now();
    let calls = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        let is_bad = event.id == id(4);
        if is_bad {
            calls.lock().unwrap().push(start.elapsed().as_millis());
        }
        transaction.write(&event);
        async move { if is_bad { Err("no such table".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());

    let state = database.state();
    let others = [ids(0..4), ids(5..10)].concat();
    assert_eq!(state.effects, others, "the effects of a failed attempt are gone");
    assert_eq!(state.place, Some(EventCursor::after(id(9), time(9))));
    let letters = consumer.dead_letters().await.unwrap();
    let letter = letters.first().unwrap();
    assert_eq!((letters.len(), letter.event.id.as_str()), (1, id(4).as_str()));
    assert_eq!((letter.error.as_str(), letter.attempts), ("no such table", 5));
    // Once with the whole page, and five times alone.
    assert_eq!(*calls.lock().unwrap(), [0, 0, 500, 1500, 3500, 7500]);
    let status = handle.status();
    assert_eq!((status.events, status.dead_letters, status.failure), (10, 1, None));

    let failed = consumer.replay(letter, |_, _| async { Err("still not".into()) }).await;
    assert!(matches!(failed, Err(ReplayError::Handler(error)) if error.to_string() == "still not"));
    let replayed = consumer.replay(letter, |event, transaction| async move {
        transaction.write(&event);
        Ok(())
    });
    assert!(replayed.await.unwrap());
    let state = database.state();
    assert_eq!((state.letters.len(), state.effects), (0, [others, ids(4..5)].concat()));
    assert!(!consumer.replay(letter, |_, _| async { Ok(()) }).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_recovers_loses_nothing() {
    let (log, database) = (Log::with(10), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let calls = AtomicUsize::new(0);
    let run = consumer.run(|event, transaction| {
        let fails = event.id == id(4) && calls.fetch_add(1, Ordering::Relaxed) < 3;
        transaction.write(&event);
        async move { if fails { Err("not now".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    assert_eq!((state.effects, state.letters.len()), (ids(0..10), 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_or_hangs_has_failed() {
    let (log, database) = (Log::with(3), Database::default());
    let consumer = consumer(&log.server().client(), database.clone())
        .max_attempts(1)
        .handler_timeout(Duration::from_secs(7));
    let run = consumer.run(|event, transaction| async move {
        transaction.write(&event);
        match event.id == id(0) {
            true => panic!("on purpose"),
            false if event.id == id(1) => std::future::pending().await,
            false => Ok(()),
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    let errors: Vec<_> = state.letters.iter().map(|letter| letter.error.as_str()).collect();
    assert_eq!(errors, ["the handler panicked", "the handler took too long"]);
    assert_eq!(state.effects, ids(2..3));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_keeps_its_transaction_has_failed() {
    let (log, database) = (Log::with(5), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let kept = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        transaction.write(&event);
        if event.id == id(2) {
            kept.lock().unwrap().push(transaction);
        }
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    assert_eq!(state.effects, [ids(0..2), ids(3..5)].concat());
    let letters: Vec<_> =
        state.letters.iter().map(|letter| (&*letter.event.id, &*letter.error)).collect();
    assert_eq!(letters, [(&*id(2), "somebody has kept a clone")]);
}

/// Others may wait for it.
#[tokio::test(start_paused = true)]
async fn a_transaction_of_slow_handlers_is_committed_before_the_page_ends() {
    let (log, database) = (Log::with(10), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let committed = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        committed.lock().unwrap().push(database.state().effects.len());
        transaction.write(&event);
        async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(())
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(database.state().effects, ids(0..10));
    assert_eq!(committed.into_inner().unwrap(), [0, 0, 0, 3, 3, 3, 6, 6, 6, 9]);
}

#[tokio::test(start_paused = true)]
async fn whoever_moves_the_place_is_followed_from_there() {
    let (log, database) = (Log::with(10), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let other = database.clone();
    let run = consumer.run(|event, transaction| {
        if event.id == id(3) {
            // Another worker has handled the first six.
            let mut state = other.state.lock().unwrap();
            state.place = Some(EventCursor::after(id(5), time(5)));
        }
        transaction.write(&event);
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(database.state().effects, ids(6..10));
}

#[tokio::test(start_paused = true)]
async fn organizations_are_handled_side_by_side_and_each_one_in_order() {
    let log = Log::with(90);
    let consumer = consumer(&log.server().client(), LocalCheckpoint::in_memory());
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let seen = Mutex::new(Vec::new());
    let run = consumer.run_in_lanes(2, |event| {
        let (running, most, seen) = (&running, &most, &seen);
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            seen.lock().unwrap().push(event.id);
            Ok(())
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(most.into_inner(), 2, "three organizations in two lanes");
    let seen = seen.into_inner().unwrap();
    for organization in 0..3 {
        let expected: Vec<_> = (organization..90).step_by(3).map(id).collect();
        let own: Vec<_> = seen.iter().filter(|seen| expected.contains(seen)).cloned().collect();
        assert_eq!(own, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_fails_holds_up_its_own_organization_only() {
    let (log, database) = (Log::with(6), Database::default());
    let consumer = consumer(&log.server().client(), database.clone()).max_attempts(3);
    let seen = Mutex::new(Vec::new());
    let run = consumer.run_in_lanes(8, |event| {
        let is_bad = event.id == id(0);
        seen.lock().unwrap().push(event.id);
        async move { if is_bad { Err("no".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let expected = [0, 1, 4, 2, 5, 0, 0, 3].map(id);
    assert_eq!(seen.into_inner().unwrap(), expected);
    let state = database.state();
    assert_eq!(state.letters.len(), 1);
    assert_eq!(state.place, Some(EventCursor::after(id(5), time(5))));
}

/// Effects elsewhere cannot be rolled back, so a page whose place could not be stored is not
/// handled again as long as the process lives.
#[tokio::test(start_paused = true)]
async fn lanes_do_not_repeat_a_page_because_the_database_was_away() {
    use Answer::{Fails, IsLost, Works};
    // After the place is known: begin, advance, commit.
    for trouble in [&[Fails][..], &[Works, Fails], &[Works, Works, Fails], &[Works, Works, IsLost]]
    {
        let log = Log::with(3);
        let database = Database::with([Works; 4].into_iter().chain(trouble.iter().copied()));
        let consumer = consumer(&log.server().client(), database.clone());
        let seen = Mutex::new(Vec::new());
        let run = consumer.run_in_lanes(1, |event| {
            seen.lock().unwrap().push(event.id);
            async { Ok(()) }
        });
        assert!(tokio::time::timeout(LONG, run).await.is_err());
        assert_eq!(seen.into_inner().unwrap(), ids(0..3), "{trouble:?}");
        let place = Some(EventCursor::after(id(2), time(2)));
        assert_eq!(database.state().place, place, "{trouble:?}");
    }
}

/// A lease in memory, by the time of tokio.
#[derive(Default)]
struct OneLease {
    held: Mutex<Option<(String, tokio::time::Instant)>>,
    is_away: Mutex<bool>,
}

impl Lease for OneLease {
    fn claim(&self, _: &str, owner: &str, lifetime: Duration) -> BoxFuture<Result<bool, BoxError>> {
        let now = tokio::time::Instant::now();
        let mut held = self.held.lock().unwrap();
        if *self.is_away.lock().unwrap() {
            return Box::pin(async { Err("the lease is away".into()) });
        }
        let is_free = held.as_ref().is_none_or(|(other, until)| other == owner || *until <= now);
        if is_free {
            *held = Some((owner.to_owned(), now + lifetime));
        }
        Box::pin(async move { Ok(is_free) })
    }

    fn release(&self, _: &str, owner: &str) -> BoxFuture<Result<(), BoxError>> {
        let mut held = self.held.lock().unwrap();
        if held.as_ref().is_some_and(|(other, _)| other == owner) {
            *held = None;
        }
        Box::pin(async { Ok(()) })
    }
}

fn leased() -> (Database, Arc<OneLease>) {
    let lease = Arc::new(OneLease::default());
    (Database { lease: Some(lease.clone()), ..Database::default() }, lease)
}

/// Runs a consumer in a task, which writes its name with each effect.
fn worker(client: &Client, database: &Database, name: &'static str) -> Worker {
    let consumer = consumer(client, database.clone());
    let handle = consumer.handle();
    let task = tokio::spawn(async move {
        let run = consumer.run(|event, transaction| async move {
            let effect = format!("{name} {}", event.id);
            transaction.push(|state| state.effects.push(effect));
            Ok(())
        });
        run.await.unwrap();
    });
    Worker { handle, task }
}

struct Worker {
    handle: workos::helpers::events::EventsHandle,
    task: tokio::task::JoinHandle<()>,
}

#[tokio::test(start_paused = true)]
async fn of_two_workers_one_reads_and_the_other_takes_over_when_it_dies() {
    let (log, (database, _)) = (Log::with(2), leased());
    let server = log.server();
    let first = worker(&server.client(), &database, "first");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = worker(&server.client(), &database, "second");
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert!(first.handle.status().is_leader && !second.handle.status().is_leader);

    first.task.abort();
    log.grow(1);
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(second.handle.status().is_leader);
    let expected =
        [format!("first {}", id(0)), format!("first {}", id(1)), format!("second {}", id(2))];
    assert_eq!(database.state().effects, expected);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_stopped_hands_over_at_once() {
    let (log, (database, _)) = (Log::with(1), leased());
    let server = log.server();
    let first = worker(&server.client(), &database, "first");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = worker(&server.client(), &database, "second");
    tokio::time::sleep(Duration::from_secs(1)).await;
    first.handle.stop();
    first.task.await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(second.handle.status().is_leader);
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_does_without_its_lease_is_rolled_back() {
    let (log, (database, lease)) = (Log::with(1), leased());
    let consumer = consumer(&log.server().client(), database.clone());
    let run = consumer.run(|event, transaction| {
        transaction.write(&event);
        // Somebody else gets the lease meanwhile.
        let until = tokio::time::Instant::now() + LONG;
        *lease.held.lock().unwrap() = Some(("other".to_owned(), until));
        async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok(())
        }
    });
    assert!(tokio::time::timeout(Duration::from_secs(200), run).await.is_err());
    assert!(database.state().effects.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_database_is_away_is_kept_until_it_ends_and_taken_again_later() {
    let (log, (database, lease)) = (Log::with(1), leased());
    let server = log.server();
    let worker = worker(&server.client(), &database, "first");
    tokio::time::sleep(Duration::from_secs(1)).await;
    *lease.is_away.lock().unwrap() = true;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(worker.handle.status().is_leader);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!worker.handle.status().is_leader);
    *lease.is_away.lock().unwrap() = false;
    log.grow(1);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let effects = [0, 1].map(|number| format!("first {}", id(number)));
    assert_eq!(database.state().effects, effects);
}

#[tokio::test(start_paused = true)]
async fn the_observer_sees_what_was_committed() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(String, usize, usize, Duration)>>);
    impl Observer for Seen {
        fn on_consumed(&self, consumed: &ConsumedEvents<'_>) {
            let ConsumedEvents { stream, events, dead_letters, lag, .. } = *consumed;
            self.0.lock().unwrap().push((stream.to_owned(), events, dead_letters, lag));
        }
    }
    let seen = Arc::new(Seen::default());
    let clock = crate::common::Clock::at(time(150).as_secs());
    let client = Log::with(150).server().builder().runtime(clock).observer(seen.clone()).build();
    let consumer = consumer(&client, Database::default()).name("orders");
    run_for(&consumer, LONG).await;
    let expected = [
        ("orders".to_owned(), 100, 0, Duration::from_secs(51)),
        ("orders".to_owned(), 50, 0, Duration::ZERO),
    ];
    assert_eq!(*seen.0.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_file_keeps_the_place_and_the_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.json");
    let log = Log::with(3);
    let client = log.server().client();
    for expected in [vec![id(0), id(1), id(2)], vec![id(3), id(4)]] {
        let checkpoint = LocalCheckpoint::open(&path).unwrap();
        let consumer = consumer(&client, checkpoint).max_attempts(1);
        let seen = Mutex::new(Vec::new());
        let run = consumer.run(|event, _| {
            let is_bad = event.id == id(1);
            seen.lock().unwrap().push(event.id);
            async move { if is_bad { Err("no".into()) } else { Ok(()) } }
        });
        assert!(tokio::time::timeout(LONG, run).await.is_err());
        let mut seen = seen.into_inner().unwrap();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, expected);
        let letters = consumer.dead_letters().await.unwrap();
        let letters: Vec<_> = letters.into_iter().map(|letter| letter.event.id).collect();
        assert_eq!(letters, [id(1)]);
        log.grow(2);
    }
    let names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["events.json"]);
}

#[test]
fn a_file_of_something_else_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.json");
    for text in ["", "[]", "{\"cursors\": 1}", "\u{0}\u{1}"] {
        std::fs::write(&path, text).unwrap();
        let error = LocalCheckpoint::open(&path).unwrap_err();
        assert!(error.to_string().contains("events.json is no file of checkpoints"), "{error}");
    }
    assert!(LocalCheckpoint::open(folder.path()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_stops_nothing_but_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("events.json");
    let checkpoint = LocalCheckpoint::open(&path).unwrap();
    let consumer = consumer(&Log::with(1).server().client(), checkpoint);
    let handle = consumer.handle();
    let calls = AtomicUsize::new(0);
    let run = consumer.run(|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(Duration::from_secs(5), run).await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    assert!(handle.status().failure.is_some());

    std::fs::create_dir(folder.path().join("gone")).unwrap();
    let run = consumer.run(|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        5 => Just(Answer::Works), 1 => Just(Answer::Fails), 1 => Just(Answer::IsLost),
    ];
    prop::collection::vec(answer, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Crashes are dropped futures: the next worker begins with what was committed.
    #[test]
    fn every_effect_is_there_once_and_in_order_whatever_fails(
        answers in answers(),
        crashes in prop::collection::vec(1..40u64, 0..12),
        bad in prop::collection::btree_set(0..60usize, 0..3),
        handler_failures in prop::collection::vec(any::<bool>(), 0..30),
        page_size in 1..30u8,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (log, database) = (Log::with(60), Database::with(answers));
            let client = log.server().client();
            let failures = Mutex::new(handler_failures.into_iter());
            let lives = crashes.into_iter().map(Duration::from_millis);
            for life in lives.map(|life| life * 100).chain([Duration::from_secs(10_000)]) {
                let events = client.events().follow([EVENT]).since(time(0)).page_size(page_size);
                let consumer = events.checkpoint(database.clone()).max_attempts(50);
                let run = consumer.run(|event, transaction| {
                    let number = id_number(&event.id);
                    let fails = failures.lock().unwrap().next() == Some(true);
                    let is_bad = bad.contains(&number);
                    transaction.write(&event);
                    async move {
                        tokio::time::sleep(Duration::from_millis(7)).await;
                        if fails || is_bad { Err("no".into()) } else { Ok(()) }
                    }
                });
                assert!(tokio::time::timeout(life, run).await.is_err());
            }
            let state = database.state();
            let good: Vec<_> = (0..60).filter(|number| !bad.contains(number)).map(id).collect();
            assert_eq!(state.effects, good);
            let letters: Vec<_> = state.letters.into_iter().map(|letter| letter.event.id).collect();
            assert_eq!(letters, bad.iter().map(|number| id(*number)).collect::<Vec<_>>());
        });
    }

    /// Two workers that both believe to be the only one.
    #[test]
    fn two_workers_without_a_lease_still_apply_every_event_once(
        delays in prop::collection::vec(0..30u64, 1..60), page_size in 1..30u8,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (log, database) = (Log::with(60), Database::default());
            let client = log.server().client();
            let delays = Mutex::new(delays.into_iter().cycle());
            let work = async || {
                let events = client.events().follow([EVENT]).since(time(0)).page_size(page_size);
                let consumer = events.checkpoint(database.clone());
                let run = consumer.run(|event, transaction| {
                    let delay = delays.lock().unwrap().next().unwrap();
                    transaction.write(&event);
                    async move {
                        tokio::time::sleep(Duration::from_millis(delay)).await;
                        Ok(())
                    }
                });
                assert!(tokio::time::timeout(LONG, run).await.is_err());
            };
            tokio::join!(work(), work());
            assert_eq!(database.state().effects, ids(0..60));
        });
    }
}

fn id_number(id: &str) -> usize {
    id.strip_prefix("event_").unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_page_of_events_that_cannot_be_typed_reaches_the_handler() {
    let server = Scripted::new(|_, before| page(if before == 0 { 0..1 } else { 1..1 }, false));
    let consumer = consumer(&server.client(), LocalCheckpoint::in_memory());
    let handle = consumer.handle();
    let seen = Mutex::new(Vec::new());
    let run = consumer.run_raw(|event, _| {
        seen.lock().unwrap().push((event.data.get().to_owned(), event.organization_id()));
        handle.stop();
        async { Ok(()) }
    });
    run.await.unwrap();
    let expected = (r#"{"id":"org_0","number":0}"#.to_owned(), Some("org_0".to_owned()));
    assert_eq!(seen.into_inner().unwrap(), [expected]);
}
