//! [`Checkpoint`]: where a consumer keeps its place.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::EventCursor;
use crate::Timestamp;
use crate::events::RawEvent;
use crate::transport::BoxFuture;

/// Why a checkpoint or a handler failed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Where a [`Consumer`](super::Consumer) keeps its place, and the events that it could not handle.
///
/// `workos-stores` has checkpoints in SQLite and Postgres; [`LocalCheckpoint`](super::LocalCheckpoint)
/// is for one process. To write one of your own, keep one row for each stream, and change it only
/// where it still says what is `expected`: two workers may believe to be the only one.
///
/// All waits should be bounded. The consumer waits out an error and calls again, except for a
/// [`BrokenTransaction`], which is the handler's fault.
pub trait Checkpoint: Send + Sync + 'static {
    /// A transaction of the database, which handlers get a clone of. Dropping all clones rolls it
    /// back.
    type Transaction: Clone + Send + Sync + 'static;

    /// The place of this stream; `None` when it has none yet.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn load(
        &self,
        stream: &str,
    ) -> impl Future<Output = Result<Option<EventCursor>, BoxError>> + Send;

    /// Begins a transaction. Of several streams with one checkpoint, one may wait for the other's
    /// transaction here.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn begin(&self) -> impl Future<Output = Result<Self::Transaction, BoxError>> + Send;

    /// Moves a stream to its next place within the transaction, if it is at the expected one.
    /// Returns whether it was.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn advance(
        &self,
        transaction: &Self::Transaction,
        stream: &str,
        expected: Option<&EventCursor>,
        next: &EventCursor,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Stores a dead letter within the transaction. One with the same event is replaced.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn bury(
        &self,
        transaction: &Self::Transaction,
        stream: &str,
        letter: &DeadLetter,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Removes the dead letter of this event within the transaction. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn unbury(
        &self,
        transaction: &Self::Transaction,
        stream: &str,
        event_id: &str,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// The dead letters of a stream, in the order in which they were stored.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    fn dead_letters(
        &self,
        stream: &str,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, BoxError>> + Send;

    /// Commits a transaction.
    ///
    /// # Errors
    ///
    /// When the database does not answer: nobody knows then whether it was committed.
    /// [`BrokenTransaction`] when the handler has kept a clone of it.
    fn commit(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The lease that goes with this database, so that of many workers one reads a stream. `None`
    /// if only one process can have the database.
    fn lease(&self) -> Option<Arc<dyn Lease>> {
        None
    }
}

/// A transaction that its handler has broken, such as by keeping a clone of it, or by going on after
/// a statement that failed. It counts as a failure of the handler, not as an outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenTransaction(String);

impl BrokenTransaction {
    /// One that is broken for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// One of which the handler has kept a clone.
    pub fn kept() -> Self {
        Self::new("the handler has kept a clone of its transaction")
    }
}

impl fmt::Display for BrokenTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for BrokenTransaction {}

/// Lets one of many workers read a stream. A worker that dies loses it when it ends.
///
/// It saves work. That no event counts twice is up to [`Checkpoint::advance`].
pub trait Lease: Send + Sync + 'static {
    /// Takes the lease of a stream for this owner, or extends it. Returns whether the owner has it.
    /// The wait should be bounded, well below the lifetime.
    fn claim(
        &self,
        stream: &str,
        owner: &str,
        lifetime: Duration,
    ) -> BoxFuture<Result<bool, BoxError>>;

    /// Gives the lease back, if this owner has it.
    fn release(&self, stream: &str, owner: &str) -> BoxFuture<Result<(), BoxError>>;
}

/// An event that could not be handled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The event.
    pub event: RawEvent,
    /// What the handler said the last time.
    pub error: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub buried_at: Timestamp,
}

impl DeadLetter {
    /// A dead letter, for a [`Checkpoint`] of your own.
    pub fn new(event: RawEvent, error: String, attempts: u32, buried_at: Timestamp) -> Self {
        Self { event, error, attempts, buried_at }
    }
}
