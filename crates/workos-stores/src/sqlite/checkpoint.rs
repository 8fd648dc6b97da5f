//! A checkpoint of events in an SQLite file.

use std::fmt;
use std::ops::Deref;
use std::path::{self, Path};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use workos::helpers::events::{
    BoxError, BrokenTransaction, Checkpoint, DeadLetter, EventCursor, Lease,
};
use workos::transport::BoxFuture;

use super::lease::{Held, LeaseChange};
use super::writer::{SharedFile, Writer};
use super::{after, blocking, error, now};
use crate::StoreError;
use crate::rows::{CursorRow, LetterRow};

/// What [`open`](SqliteCheckpoint::open) creates: for those who run migrations themselves.
pub const EVENTS_SCHEMA: &str = "\
CREATE TABLE IF NOT EXISTS workos_event_cursors (
    stream TEXT PRIMARY KEY,
    event_id TEXT,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workos_dead_letters (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event TEXT NOT NULL, -- JSON
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    buried_at TEXT NOT NULL,
    UNIQUE (stream, event_id)
);
CREATE TABLE IF NOT EXISTS workos_event_leases (
    stream TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    owned_until INTEGER NOT NULL -- milliseconds since 1970
) WITHOUT ROWID;
";

const LOAD: &str = "SELECT event_id, created_at FROM workos_event_cursors WHERE stream = ?1";
const ENTER: &str = "\
INSERT INTO workos_event_cursors (stream, event_id, created_at) VALUES (?1, ?2, ?3)
ON CONFLICT (stream) DO NOTHING";
const ADVANCE: &str = "\
UPDATE workos_event_cursors SET event_id = ?2, created_at = ?3
WHERE stream = ?1 AND event_id IS ?4 AND created_at = ?5";
/// One that is replaced goes to the end.
const BURY: &str = "\
INSERT OR REPLACE INTO workos_dead_letters
    (stream, event_id, event, error, attempts, buried_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const UNBURY: &str = "DELETE FROM workos_dead_letters WHERE stream = ?1 AND event_id = ?2";
const DEAD_LETTERS: &str = "\
SELECT event, error, attempts, buried_at FROM workos_dead_letters
WHERE stream = ?1 ORDER BY position";
/// How long to wait for somebody else who writes to the file: shorter than a lease.
const PATIENCE: Duration = Duration::from_secs(3);

/// The place of a consumer in an SQLite file, together with the effects of its handlers.
///
/// ```
/// use workos::EventName;
/// use workos_stores::SqliteCheckpoint;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = workos_emulator::Emulator::start().await?;
/// # let (client, start) = (emulator.client(), workos::Timestamp::now());
/// # client.organizations()
/// #     .create_organization(workos::CreateOrganization::new("Acme")).await?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("app.sqlite");
/// # let sql = "CREATE TABLE audit (event_id TEXT PRIMARY KEY, event TEXT NOT NULL)";
/// # workos_stores::sqlite::rusqlite::Connection::open(&path)?.execute_batch(sql)?;
/// let consumer = client
///     .events()
///     .follow([EventName::OrganizationCreated, EventName::OrganizationDeleted])
/// #   .since(start)
///     .checkpoint(SqliteCheckpoint::open(path)?);
/// # let handle = consumer.handle();
/// # tokio::spawn(async move {
/// #     while handle.status().events == 0 {
/// #         tokio::time::sleep(std::time::Duration::from_millis(5)).await;
/// #     }
/// #     handle.stop();
/// # });
/// consumer
///     .run(|event, transaction| async move {
///         let sql = "INSERT INTO audit (event_id, event) VALUES (?1, ?2)";
///         transaction.connection().execute(sql, (&event.id, event.event.as_str()))?;
///         Ok(())
///     })
///     .await?;
/// # Ok(()) }
/// ```
///
/// Give it the file that has the tables of your application: what a handler writes by its
/// [`SqliteTransaction`] is committed with the place, or not at all. The file has to be on a local
/// disk: it gets a write-ahead log, which does not work over a network.
///
/// A commit does not wait for the disk. A power failure may cost the last pages, the effects of
/// each together with its place, and they are handled again.
///
/// SQLite has one writer at a time. From the first event of a page to its commit that is the
/// consumer: keep handlers short, and let the rest of the application wait for some seconds with
/// `busy_timeout`. Clones share the connection, and so does a second stream: one waits while the
/// other has its transaction.
///
/// It works on a tokio runtime with timers.
#[derive(Clone)]
pub struct SqliteCheckpoint {
    file: Arc<SharedFile>,
}

impl SqliteCheckpoint {
    /// Opens the file; creates it and the tables if they are not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or written, or is not of SQLite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::with_patience(path.as_ref(), PATIENCE)
    }

    fn with_patience(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        if path == Path::new(":memory:") {
            return Err(StoreError::new("SQLite: a checkpoint takes a file"));
        }
        let path = path::absolute(path)
            .map_err(|error| StoreError::new(format!("SQLite: {}: {error}", path.display())))?;
        Ok(Self { file: SharedFile::open(path, EVENTS_SCHEMA, patience).map_err(error)? })
    }

    /// Reads what is committed, whatever transaction is open.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.file.clone();
        blocking(move || read(&file.connect()?)).await
    }
}

/// A transaction of a [`SqliteCheckpoint`], as handlers get it.
///
/// The transaction belongs to the consumer: leave `BEGIN` and `COMMIT` to it. A `SAVEPOINT` is
/// fine. Write to the file through this connection only: another one would find the file busy.
#[derive(Clone)]
pub struct SqliteTransaction {
    writer: Arc<Writer>,
}

impl SqliteTransaction {
    /// The connection with the open transaction.
    ///
    /// Use it and let it go: nothing else of the transaction works while another thread has it, so
    /// it must not be held across an `.await`. One thread may ask for it again and again.
    ///
    /// ```
    /// # use workos_stores::sqlite::{SqliteTransaction, rusqlite};
    /// fn remember(transaction: &SqliteTransaction, event: &str) -> rusqlite::Result<()> {
    ///     let connection = transaction.connection();
    ///     let mut sql = connection.prepare_cached("INSERT INTO audit (event_id) VALUES (?1)")?;
    ///     sql.execute([event])?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Statements run on the thread of the handler, and never find the file busy: the transaction
    /// has it already.
    pub fn connection(&self) -> impl Deref<Target = Connection> + '_ {
        self.writer.lock()
    }

    fn execute(&self, sql: &str, params: impl Params) -> Result<usize, BoxError> {
        let file = self.writer.open().map_err(StoreError::boxed)?;
        let executed = file.prepare_cached(sql).and_then(|mut sql| sql.execute(params));
        Ok(executed.map_err(error)?)
    }
}

impl Checkpoint for SqliteCheckpoint {
    type Transaction = SqliteTransaction;

    async fn load(&self, stream: &str) -> Result<Option<EventCursor>, BoxError> {
        let stream = stream.to_owned();
        let row = self.read(move |file| {
            let row =
                |row: &Row<'_>| Ok(CursorRow { event_id: row.get(0)?, created_at: row.get(1)? });
            file.query_row(LOAD, [stream], row).optional()
        });
        Ok(row.await?.map(EventCursor::try_from).transpose()?)
    }

    async fn begin(&self) -> Result<SqliteTransaction, BoxError> {
        let turn = self.file.clone().turn().await?;
        let writer = blocking(move || turn.writer()?.begin()).await?;
        Ok(SqliteTransaction { writer: Arc::new(writer) })
    }

    async fn advance(
        &self,
        transaction: &SqliteTransaction,
        stream: &str,
        expected: Option<&EventCursor>,
        next: &EventCursor,
    ) -> Result<bool, BoxError> {
        let (id, time) = (&next.event_id, next.created_at.to_string());
        let changed = match expected {
            None => transaction.execute(ENTER, params![stream, id, time])?,
            Some(EventCursor { event_id, created_at, .. }) => {
                let expected_time = created_at.to_string();
                transaction.execute(ADVANCE, params![stream, id, time, event_id, expected_time])?
            }
        };
        Ok(changed == 1)
    }

    async fn bury(
        &self,
        transaction: &SqliteTransaction,
        stream: &str,
        letter: &DeadLetter,
    ) -> Result<(), BoxError> {
        let LetterRow { event, error, attempts, buried_at } = letter.try_into()?;
        let params = params![stream, letter.event.id, event, error, attempts, buried_at];
        transaction.execute(BURY, params)?;
        Ok(())
    }

    async fn unbury(
        &self,
        transaction: &SqliteTransaction,
        stream: &str,
        event_id: &str,
    ) -> Result<bool, BoxError> {
        Ok(transaction.execute(UNBURY, [stream, event_id])? == 1)
    }

    async fn dead_letters(&self, stream: &str) -> Result<Vec<DeadLetter>, BoxError> {
        let stream = stream.to_owned();
        let rows = self.read(move |file| {
            let mut sql = file.prepare(DEAD_LETTERS)?;
            let rows = sql.query_map([stream], |row| {
                let (event, error) = (row.get(0)?, row.get(1)?);
                Ok(LetterRow { event, error, attempts: row.get(2)?, buried_at: row.get(3)? })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let letters = rows.await?.into_iter().map(DeadLetter::try_from);
        Ok(letters.collect::<Result<_, _>>()?)
    }

    /// Rolls back if somebody has kept a clone, once that is gone.
    async fn commit(&self, transaction: SqliteTransaction) -> Result<(), BoxError> {
        drop(transaction.writer.open().map_err(StoreError::boxed)?);
        let writer = Arc::into_inner(transaction.writer).ok_or_else(BrokenTransaction::kept)?;
        // One commit of many waits for the disk, to move the write-ahead log into the file.
        Ok(blocking(move || writer.commit()).await?)
    }

    /// The processes that have this file share the stream.
    fn lease(&self) -> Option<Arc<dyn Lease>> {
        Some(Arc::new(self.clone()))
    }
}

impl SqliteCheckpoint {
    async fn change(self, change: LeaseChange) -> Result<bool, BoxError> {
        if let Some(changed) = self.change_without_writing(change.clone()).await? {
            return Ok(changed);
        }
        match self.file.clone().turn().await {
            Ok(turn) => Ok(blocking(move || turn.writer()?.run(|file| change.apply(file))).await?),
            // A transaction has begun meanwhile.
            Err(error) => Ok(self.change_without_writing(change).await?.ok_or(error)?),
        }
    }

    /// What comes of a change that needs no writing: another worker has the lease, or the open
    /// transaction of this process takes the change along.
    ///
    /// While that transaction is open, nobody else can write to the file. Whoever has the lease
    /// keeps it, even beyond its time.
    async fn change_without_writing(
        &self,
        change: LeaseChange,
    ) -> Result<Option<bool>, StoreError> {
        let shared = self.file.clone();
        self.read(move |file| {
            // Locked first: the transaction must not end meanwhile.
            let mut riding = shared.riding();
            Ok(match (change.held(file)?, &mut *riding) {
                (Held::Theirs, _) => Some(false),
                (Held::Mine, Some(riding)) => {
                    riding.push(change);
                    Some(true)
                }
                _ => None,
            })
        })
        .await
    }
}

impl Lease for SqliteCheckpoint {
    /// While this process has a transaction open, it extends the lease with its commit: until then,
    /// nobody else can take it.
    fn claim(
        &self,
        stream: &str,
        owner: &str,
        lifetime: Duration,
    ) -> BoxFuture<Result<bool, BoxError>> {
        let (stream, owner) = (stream.to_owned(), owner.to_owned());
        let until = Some(after(now(), lifetime));
        Box::pin(self.clone().change(LeaseChange { stream, owner, until }))
    }

    fn release(&self, stream: &str, owner: &str) -> BoxFuture<Result<(), BoxError>> {
        let (stream, owner) = (stream.to_owned(), owner.to_owned());
        let change = self.clone().change(LeaseChange { stream, owner, until: None });
        Box::pin(async move { change.await.map(drop) })
    }
}

impl fmt::Debug for SqliteCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCheckpoint").field("path", &self.file.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for SqliteTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTransaction").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
