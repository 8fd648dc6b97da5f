//! A worker: it handles events until it is killed.

#![allow(clippy::unwrap_used)]

use std::io::{Write, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use e2e_events::{Database, Effect, Job};
use workos::helpers::events::{BoxError, Checkpoint, DeadLetter, EventCursor, Lease};
use workos::transport::BoxFuture;
use workos::{Client, Event, EventData, EventName, Timestamp};
use workos_stores::{PostgresCheckpoint, SqliteCheckpoint};

const INSERT: &str =
    "INSERT INTO effects (event_id, organization_id, number, worker) VALUES ($1, $2, $3, $4)";

#[tokio::main]
async fn main() {
    let mut line = String::new();
    stdin().read_line(&mut line).unwrap();
    let job: Job = serde_json::from_str(&line).unwrap();
    let death = Death { at: job.dies_at, step: Arc::default() };
    match &job.database {
        Database::Sqlite(path) => {
            let checkpoint = SqliteCheckpoint::open(path).unwrap();
            consume(&job, checkpoint, &death, |effect, transaction| {
                let Effect { event_id, organization_id, number, worker } = effect;
                let values = (event_id, organization_id, number, worker);
                let done = transaction.connection().execute(INSERT, values);
                async { Ok(done.map(drop)?) }
            })
            .await;
        }
        Database::Postgres(url) => {
            let checkpoint = PostgresCheckpoint::connect(url).await.unwrap();
            consume(&job, checkpoint, &death, |effect, transaction| async move {
                let Effect { event_id, organization_id, number, worker } = &effect;
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                    [event_id, organization_id, number, worker];
                transaction.execute(INSERT, &values).await?;
                Ok(())
            })
            .await;
        }
    }
}

async fn consume<C: Checkpoint, F: Future<Output = Result<(), BoxError>>>(
    job: &Job,
    checkpoint: C,
    death: &Death,
    apply: impl Fn(Effect, C::Transaction) -> F,
) {
    let client = Client::builder().base_url(&job.base_url).api_key(job.api_key.as_str()).build();
    let consumer = client
        .events()
        .follow([EventName::OrganizationUpdated])
        .since(Timestamp::UNIX_EPOCH)
        .page_size(job.page_size)
        .longest_wait(Duration::from_secs(1))
        .checkpoint(Mortal { checkpoint, death: death.clone() });
    let consumer = if job.has_lease { consumer } else { consumer.lease(Arc::new(Everybody)) };
    let run = consumer.run(|event, transaction| {
        let applied = apply(effect(&event), transaction);
        async {
            death.may_come();
            applied.await?;
            death.may_come();
            Ok(())
        }
    });
    run.await.unwrap();
}

fn effect(event: &Event) -> Effect {
    let EventData::OrganizationUpdated(organization) = &event.data else {
        unreachable!("there are no others")
    };
    Effect {
        event_id: event.id.clone(),
        organization_id: organization.id.clone(),
        number: organization.name.parse().unwrap(),
        worker: std::process::id().into(),
    }
}

/// Comes at one step, without a chance to clean up.
#[derive(Clone)]
struct Death {
    at: Option<usize>,
    step: Arc<AtomicUsize>,
}

impl Death {
    fn may_come(&self) {
        if Some(self.step.fetch_add(1, Ordering::Relaxed)) == self.at {
            std::process::abort();
        }
    }
}

/// A checkpoint before and after whose commands the process may die.
struct Mortal<C> {
    checkpoint: C,
    death: Death,
}

impl<C> Mortal<C> {
    async fn mortally<T>(&self, command: impl Future<Output = T>) -> T {
        self.death.may_come();
        let done = command.await;
        self.death.may_come();
        done
    }
}

impl<C: Checkpoint> Checkpoint for Mortal<C> {
    type Transaction = C::Transaction;

    async fn load(&self, stream: &str) -> Result<Option<EventCursor>, BoxError> {
        self.mortally(self.checkpoint.load(stream)).await
    }

    async fn begin(&self) -> Result<C::Transaction, BoxError> {
        let begun = self.mortally(self.checkpoint.begin()).await;
        // All connections are there, and there is something to do.
        let mut out = stdout();
        writeln!(out, "ready").unwrap();
        out.flush().unwrap();
        begun
    }

    async fn advance(
        &self,
        transaction: &C::Transaction,
        stream: &str,
        expected: Option<&EventCursor>,
        next: &EventCursor,
    ) -> Result<bool, BoxError> {
        self.mortally(self.checkpoint.advance(transaction, stream, expected, next)).await
    }

    async fn bury(
        &self,
        transaction: &C::Transaction,
        stream: &str,
        letter: &DeadLetter,
    ) -> Result<(), BoxError> {
        self.checkpoint.bury(transaction, stream, letter).await
    }

    async fn unbury(
        &self,
        transaction: &C::Transaction,
        stream: &str,
        event_id: &str,
    ) -> Result<bool, BoxError> {
        self.checkpoint.unbury(transaction, stream, event_id).await
    }

    async fn dead_letters(&self, stream: &str) -> Result<Vec<DeadLetter>, BoxError> {
        self.checkpoint.dead_letters(stream).await
    }

    async fn commit(&self, transaction: C::Transaction) -> Result<(), BoxError> {
        self.mortally(self.checkpoint.commit(transaction)).await
    }

    fn lease(&self) -> Option<Arc<dyn Lease>> {
        self.checkpoint.lease()
    }
}

/// A lease that everybody gets.
struct Everybody;

impl Lease for Everybody {
    fn claim(&self, _: &str, _: &str, _: Duration) -> BoxFuture<Result<bool, BoxError>> {
        Box::pin(async { Ok(true) })
    }

    fn release(&self, _: &str, _: &str) -> BoxFuture<Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}
