//! Two workers in random interleavings, against a model of what a file may say.

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Reads the place.
    Load,
    Begin,
    /// Handles the event after the place that the worker believes in.
    Handle,
    Commit,
    /// The process ends, or its handler fails.
    Crash,
    Claim,
    Release,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        2 => Just(Step::Load),
        3 => Just(Step::Begin),
        3 => Just(Step::Handle),
        3 => Just(Step::Commit),
        1 => Just(Step::Crash),
        2 => Just(Step::Claim),
        1 => Just(Step::Release),
    ];
    prop::collection::vec((0..2_usize, step), 1..40)
}

/// What a worker believes, and has open.
#[derive(Default)]
struct Worker {
    place: u64,
    transaction: Option<Open>,
}

struct Open {
    transaction: SqliteTransaction,
    /// The places that were reached within it.
    place: u64,
    effects: Vec<String>,
    /// The lease after its commit; `None` where it stays as it is.
    lease: Option<Option<usize>>,
}

/// What everybody can see.
#[derive(Default)]
struct Seen {
    place: u64,
    effects: Vec<String>,
    lease: Option<usize>,
}

#[test]
fn two_workers_never_commit_from_the_same_place() {
    let both = Two::new(Duration::ZERO);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (runs, config) = (AtomicU64::new(0), ProptestConfig::with_cases(2_000));
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..config });
    let result = runner.run(&steps(), |steps| {
        let stream = runs.fetch_add(1, Ordering::Relaxed).to_string();
        runtime.block_on(interleave(&both, &stream, steps));
        Ok(())
    });
    result.unwrap();
}

async fn interleave(both: &Two, stream: &str, steps: Vec<(usize, Step)>) {
    both.sql().execute("DELETE FROM effects", []).unwrap();
    let checkpoints = [&both.one, &both.two];
    let (mut workers, mut seen) = ([Worker::default(), Worker::default()], Seen::default());
    for (number, step) in steps {
        let checkpoint = checkpoints[number];
        let another_writes = workers[1 - number].transaction.is_some();
        let worker = &mut workers[number];
        match step {
            Step::Load => {
                worker.place = number_of(checkpoint.load(stream).await.unwrap());
                assert_eq!(worker.place, seen.place);
            }
            Step::Begin => {
                let begun = checkpoint.begin().await;
                assert_eq!(begun.is_ok(), worker.transaction.is_none() && !another_writes);
                if let Ok(transaction) = begun {
                    let (place, effects) = (worker.place, Vec::new());
                    worker.transaction = Some(Open { transaction, place, effects, lease: None });
                }
            }
            Step::Handle => {
                let Some(open) = &mut worker.transaction else { continue };
                let (from, to) = (open.place, open.place + 1);
                let done = format!("{number}: from {from} to {to}");
                effect(&open.transaction, &done);
                let (expected, next) = ((from > 0).then(|| place(from)), place(to));
                let advanced =
                    checkpoint.advance(&open.transaction, stream, expected.as_ref(), &next);
                let advanced = advanced.await.unwrap();
                let is_there = from == seen.place + open.effects.len() as u64;
                assert_eq!(advanced, is_there);
                if advanced {
                    open.place = to;
                    open.effects.push(done);
                } else {
                    worker.transaction = None;
                }
            }
            Step::Commit => {
                let Some(open) = worker.transaction.take() else { continue };
                checkpoint.commit(open.transaction).await.unwrap();
                worker.place = open.place;
                seen.place += open.effects.len() as u64;
                seen.effects.extend(open.effects);
                seen.lease = open.lease.unwrap_or(seen.lease);
            }
            Step::Crash => *worker = Worker::default(),
            Step::Claim | Step::Release => {
                let claims = matches!(step, Step::Claim);
                let after = claims.then_some(number);
                let owner = number.to_string();
                let result = if claims {
                    checkpoint.claim(stream, &owner, LIFETIME).await.ok()
                } else {
                    checkpoint.release(stream, &owner).await.ok().map(|()| true)
                };
                let is_mine = seen.lease == Some(number);
                match (&mut worker.transaction, seen.lease) {
                    (_, Some(other)) if other != number => {
                        assert_eq!(result, Some(!claims));
                    }
                    (Some(open), _) if is_mine => {
                        assert_eq!(result, Some(true));
                        open.lease = Some(after);
                    }
                    (own, _) => {
                        let can_write = own.is_none() && !another_writes;
                        assert_eq!(result, can_write.then_some(true));
                        if can_write {
                            seen.lease = after;
                        }
                    }
                }
            }
        }
    }
    drop(workers);
    assert_eq!(number_of(both.one.load(stream).await.unwrap()), seen.place);
    assert_eq!(both.effects(), seen.effects);
}

fn number_of(place: Option<EventCursor>) -> u64 {
    let id = place.and_then(|place| place.event_id);
    id.map_or(0, |id| id.trim_start_matches("event_").parse().unwrap())
}
