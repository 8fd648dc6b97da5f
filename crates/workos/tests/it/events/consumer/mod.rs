//! `client.events().follow(…).checkpoint(…)`.

mod failures;
mod files;
mod handlers;
mod lanes;
mod leases;

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
    lease: Option<Arc<dyn Lease>>,
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
        self.lease.clone()
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
