//! Several workers.

use super::*;

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
