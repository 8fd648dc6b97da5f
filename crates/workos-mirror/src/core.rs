//! [`Core`]: the mirror on one kind of database.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use http::Method;
use serde_json::Value;
use tokio::sync::{Notify, watch};
use workos::events::RawEvent;
use workos::helpers::events::{BoxError, Checkpoint, Consumer, DeadLetter, EventsHandle};
use workos::transport::SharedRuntime;
use workos::{Client, Timestamp};

use crate::apply::{Origin, Store};
use crate::database::{Database, Transaction, migrate};
use crate::error::Error;
use crate::events::{self, Step, steps};
use crate::status::Watch;
use crate::tables::{Parent, Table, sortable};

/// The name of the place among the streams of events of the database.
pub(crate) const STREAM: &str = "workos-mirror";
/// The name of the lease of the process that fills the tables.
const FILLING: &str = "workos-mirror-filling";
const LEASE: Duration = Duration::from_secs(6);
const CLAIM_EVERY: Duration = Duration::from_secs(2);
/// The pauses while something fails: doubled each time.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Core<D: Database> {
    pub(crate) client: Client,
    pub(crate) runtime: SharedRuntime,
    pub(crate) store: Store<D>,
    pub(crate) consumer: Consumer<D::Checkpoint>,
    pub(crate) stop: Stop,
    /// Tells that there is something to look up.
    pub(crate) looks: Notify,
    failure: Mutex<Option<Failure>>,
    /// Of leases.
    owner: String,
}

/// What is failing, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
}

/// Whether the mirror was told to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn wait(&self) {
        // The sender is here, so that this only ends with the stop.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

impl<D: Database> Core<D> {
    pub(crate) async fn open(client: Client, database: D) -> Result<Self, Error> {
        migrate(&database).await?;
        let checkpoint = database.checkpoint().clone();
        let consumer = client.events().follow(events::names()).checkpoint(checkpoint).name(STREAM);
        Ok(Self {
            runtime: client.transport().runtime(),
            client,
            store: Store::new(database),
            consumer,
            stop: Stop(Arc::new(watch::Sender::new(false))),
            looks: Notify::new(),
            failure: Mutex::default(),
            owner: format!("{}-{:016x}", process::id(), RandomState::new().hash_one(0)),
        })
    }

    pub(crate) fn events(&self) -> EventsHandle {
        self.consumer.handle()
    }

    fn failing(&self) -> MutexGuard<'_, Option<Failure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failing().clone()
    }

    /// Follows WorkOS until it is stopped.
    pub(crate) async fn run(&self, watch: Watch<'_>) -> Result<(), Error> {
        let prepared = select(Box::pin(self.prepare(watch)), Box::pin(self.stop.wait())).await;
        match prepared {
            Either::Left((prepared, _)) => prepared?,
            Either::Right(_) => return Ok(()),
        }
        let handled = self
            .consumer
            .run_raw(|event, transaction| async move { self.handle(&event, &transaction).await });
        match select(Box::pin(handled), Box::pin(self.keep_looking_up())).await {
            Either::Left((handled, _)) => Ok(handled?),
            Either::Right((looked_up, _)) => looked_up,
        }
    }

    /// Lets the tables become what they were at the place from which events follow.
    async fn prepare(&self, watch: Watch<'_>) -> Result<(), Error> {
        self.persist(|| self.backfill(watch)).await?;
        self.persist(|| self.catch_up()).await
    }

    /// Does something while no other process with this database does: one fills the tables, and
    /// the others find them filled.
    pub(crate) async fn alone(
        &self,
        work: impl Future<Output = Result<(), Error>> + Unpin,
    ) -> Result<(), Error> {
        let Some(lease) = self.store.database.checkpoint().lease() else { return work.await };
        let claim = || lease.claim(FILLING, &self.owner, LEASE);
        while !claim().await? {
            self.runtime.sleep(CLAIM_EVERY).await;
        }
        let lost = async {
            loop {
                self.runtime.sleep(CLAIM_EVERY).await;
                // If the database fails, the work fails, too.
                if matches!(claim().await, Ok(false)) {
                    return;
                }
            }
        };
        let done = match select(work, pin!(lost)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => {
                Err(BoxError::from("another process has begun to fill the tables").into())
            }
        };
        // It ends by itself otherwise.
        let _ = lease.release(FILLING, &self.owner).await;
        done
    }

    /// Does something again and again, until it no longer fails for a reason that may pass.
    pub(crate) async fn persist<F>(&self, work: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let mut pause = SHORTEST_PAUSE;
        loop {
            match work().await {
                Err(error) if error.may_pass() => self.fails(&error),
                done => {
                    *self.failing() = None;
                    return done;
                }
            }
            self.runtime.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn fails(&self, error: &Error) {
        let (reason, now) = (error.to_string(), self.runtime.now());
        let mut failing = self.failing();
        let since = failing.as_ref().map_or(now, |failure| failure.since);
        *failing = Some(Failure { reason, since });
    }

    /// Writes what an event says.
    pub(crate) async fn handle(
        &self,
        event: &RawEvent,
        transaction: &Transaction<D>,
    ) -> Result<(), BoxError> {
        let at = sortable(event.created_at);
        let origin = Origin { at: &at, event_id: Some(&event.id) };
        for (table, step) in steps(event)? {
            match step {
                Step::Put(row) => {
                    self.store.put(transaction, table, &row, origin).await?;
                }
                Step::Remove { id, at } => {
                    self.store
                        .remove(transaction, table, &id, Origin { at: &at, ..origin })
                        .await?;
                }
                Step::Look(lookup) => {
                    self.note(transaction, table, &lookup, &event.id).await?;
                    self.looks.notify_one();
                }
            }
        }
        Ok(())
    }

    /// An object from WorkOS; `None` if it is not there.
    pub(crate) async fn ask(&self, path: &str) -> Result<Option<Value>, Error> {
        match self.client.request(Method::GET, path).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Up to a hundred rows after this ID, or from it on.
    pub(crate) async fn parents(
        &self,
        table: &Table,
        id: &str,
        is_first: bool,
    ) -> Result<Vec<Parent>, Error> {
        let has_directory = table.columns.iter().any(|column| column.name == "directory_id");
        let directory = if has_directory { "directory_id" } else { "NULL" };
        let begins = if is_first { ">=" } else { ">" };
        let sql = format!(
            "SELECT id, {directory} FROM {} WHERE id {begins} ?1 ORDER BY id LIMIT 100",
            table.name
        );
        let rows = self.store.read(&sql, &[Some(id)]).await?;
        let parents = rows.into_iter().filter_map(|row| {
            let mut cells = row.into_iter();
            Some(Parent { id: cells.next()??, directory_id: cells.next()? })
        });
        Ok(parents.collect())
    }

    pub(crate) async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        let checkpoint = self.store.database.checkpoint();
        Ok(checkpoint.dead_letters(STREAM).await?)
    }
}
