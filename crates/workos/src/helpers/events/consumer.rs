//! [`Consumer`]: events that are never missed, each handled once.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::feed::Source;
use super::worker::Worker;
use super::{BoxError, Checkpoint, DeadLetter, EventStream, EventsHandle, Lease};
use crate::Error;
use crate::events::{Event, RawEvent};

/// Handles every event once, in order, and remembers its place. From [`EventStream::checkpoint`].
///
/// Events are handled page by page. The effects of a page and its place are one transaction of the
/// checkpoint's database, or several if the handlers take longer than a second: after a crash, both
/// are there or neither is. Effects elsewhere may happen again.
///
/// A handler that fails is called again, after 0.5, 1, 2, … seconds. After
/// [`max_attempts`](Self::max_attempts) its event becomes a [dead letter](Self::dead_letters), and
/// the next one has its turn. A failing database and an outage of WorkOS are waited out.
///
/// Of several workers with one database and one [name](Self::name), one handles the events; another
/// one takes over within seconds when it stops.
#[must_use = "a consumer does nothing until it runs"]
pub struct Consumer<C> {
    pub(super) source: Source,
    pub(super) checkpoint: C,
    pub(super) name: String,
    pub(super) lease: Option<Arc<dyn Lease>>,
    pub(super) max_attempts: u32,
    handler_timeout: Duration,
}

impl EventStream {
    /// Handles the events with a durable place: see [`Consumer`].
    ///
    /// The first run starts now, or [where you say](Self::since); later ones start where the last
    /// one has stopped.
    pub fn checkpoint<C: Checkpoint>(self, checkpoint: C) -> Consumer<C> {
        Consumer {
            lease: checkpoint.lease(),
            checkpoint,
            name: "workos".to_owned(),
            max_attempts: 5,
            handler_timeout: Duration::from_secs(60),
            source: self.source,
        }
    }
}

impl<C: Checkpoint> Consumer<C> {
    /// Names the stream, instead of `workos`: each name has a place of its own in the database.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives up on an event after this many attempts, at least 1, instead of 5.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How long a handler may take for one event, instead of 60 seconds. One that takes longer has
    /// failed.
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.handler_timeout = timeout;
        self
    }

    /// Shares the stream with other workers by this lease, instead of the checkpoint's own.
    pub fn lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = Some(lease);
        self
    }

    /// What wakes, stops and watches this consumer.
    pub fn handle(&self) -> EventsHandle {
        self.source.handle.clone()
    }

    /// Runs until it is [stopped](EventsHandle::stop). The handler gets the transaction of the page
    /// with every event; it must not keep it, and has to fail when one of its statements does.
    ///
    /// ```
    /// use workos::EventName;
    /// use workos::helpers::events::LocalCheckpoint;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = workos_emulator::Emulator::start().await?;
    /// # let client = emulator.client();
    /// # let start = workos::Timestamp::now();
    /// # client.organizations()
    /// #     .create_organization(workos::CreateOrganization::new("Acme")).await?;
    /// let consumer = client
    ///     .events()
    ///     .follow([EventName::OrganizationCreated])
    ///     .since(start)
    ///     .checkpoint(LocalCheckpoint::in_memory());
    /// let handle = consumer.handle();
    /// consumer
    ///     .run(|event, _transaction| {
    ///         let handle = handle.clone();
    ///         async move {
    ///             println!("{} at {}", event.event, event.created_at);
    ///             handle.stop();
    ///             Ok(())
    ///         }
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When WorkOS refuses the request, for instance because the API key is not valid. Everything
    /// else is waited out.
    pub async fn run<F>(
        &self,
        mut handler: impl FnMut(Event, C::Transaction) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        self.run_raw(move |event, transaction| {
            let handled = event.read().map(|event| handler(event, transaction));
            async move { handled?.await }
        })
        .await
    }

    /// As [`run`](Self::run), with the payloads as WorkOS sent them.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_raw<F>(
        &self,
        mut handler: impl FnMut(Arc<RawEvent>, C::Transaction) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let mut worker = Worker::new(self);
        while let Some(mut page) = worker.next_page().await? {
            let work = Box::pin(self.in_transactions(&mut page, &mut handler));
            let handled = worker.while_leading(work).await;
            worker.finish(page, handled);
        }
        worker.end().await;
        Ok(())
    }

    /// As [`run`](Self::run), for effects elsewhere: up to this many organizations side by side,
    /// the events of each one in order. The place moves after each page, so that after a crash the
    /// events of a page may be handled again.
    ///
    /// Events without an organization, such as those of users, are one lane.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_in_lanes<F>(
        &self,
        lanes: usize,
        handler: impl Fn(Event) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let mut worker = Worker::new(self);
        while let Some(mut page) = worker.next_page().await? {
            let work = Box::pin(self.side_by_side(&mut page, lanes, &handler));
            let handled = worker.while_leading(work).await;
            worker.finish(page, handled);
        }
        worker.end().await;
        Ok(())
    }

    /// The events that could not be handled, in the order in which they were given up.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Checkpoint`] when the database does not answer.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, ReplayError> {
        self.checkpoint.dead_letters(&self.name).await.map_err(ReplayError::Checkpoint)
    }

    /// Handles a dead letter, and removes it in the same transaction. Returns `false` if it is not
    /// there any more.
    ///
    /// Later events of its organization have long been handled: compare `updated_at` before you
    /// overwrite something.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Handler`] when the handler fails again, and the letter stays.
    pub async fn replay<F>(
        &self,
        letter: &DeadLetter,
        handler: impl FnOnce(Event, C::Transaction) -> F,
    ) -> Result<bool, ReplayError>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let failed = ReplayError::Checkpoint;
        let transaction = self.checkpoint.begin().await.map_err(failed)?;
        // First of all, so that two replays of one letter wait for each other.
        let unburied = self.checkpoint.unbury(&transaction, &self.name, &letter.event.id);
        if !unburied.await.map_err(failed)? {
            return Ok(false);
        }
        let event = letter.event.read().map_err(|error| ReplayError::Handler(error.into()))?;
        let handled = self.bounded(handler(event, transaction.clone())).await;
        handled.map_err(ReplayError::Handler)?;
        self.checkpoint.commit(transaction).await.map_err(failed)?;
        Ok(true)
    }

    /// Runs a handler within its time, and catches its panics.
    pub(super) async fn bounded(
        &self,
        handled: impl Future<Output = Result<(), BoxError>>,
    ) -> Result<(), BoxError> {
        let handled = pin!(AssertUnwindSafe(handled).catch_unwind());
        // A handler that need not wait needs no timer.
        let runtime = &self.source.client.settings().runtime;
        let timer = pin!(async { runtime.sleep(self.handler_timeout).await });
        match select(handled, timer).await {
            Either::Left((Ok(result), _)) => result,
            Either::Left((Err(_), _)) => Err("the handler panicked".into()),
            Either::Right(_) => Err("the handler took too long".into()),
        }
    }
}

impl<C> fmt::Debug for Consumer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("name", &self.name)
            .field("events", &self.source.events)
            .field("status", &self.source.handle.status())
            .finish_non_exhaustive()
    }
}

/// Why the dead letters could not be read, or one of them not be handled.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// The database does not answer.
    Checkpoint(BoxError),
    /// The handler has failed again.
    Handler(BoxError),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint(error) => write!(f, "the checkpoint failed: {error}"),
            Self::Handler(error) => write!(f, "the handler failed: {error}"),
        }
    }
}

impl StdError for ReplayError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let (Self::Checkpoint(error) | Self::Handler(error)) = self;
        Some(&**error)
    }
}
