//! [`Writer`]: the one connection of a process that writes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::lease::LeaseChange;
use crate::StoreError;

/// Room for the statements of handlers besides our own.
const CACHED_STATEMENTS: usize = 64;

/// A file, and the place of its writer.
pub(super) struct SharedFile {
    pub(super) path: PathBuf,
    /// How long to wait for somebody else who writes.
    patience: Duration,
    /// `None` while it is taken, and after it has failed.
    idle: Arc<tokio::sync::Mutex<Option<Lockable>>>,
    /// What the open transaction takes along; `None` while there is none.
    riding: Mutex<Option<Vec<LeaseChange>>>,
}

/// Whoever has locked it may lock it again: handlers call functions that ask for it, too.
type Lockable = Arc<ReentrantMutex<Connection>>;
pub(super) type Locked<'a> = ReentrantMutexGuard<'a, Connection>;

fn open(path: &Path, flags: OpenFlags, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = super::open(path, flags, patience)?;
    file.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(file)
}

impl SharedFile {
    pub(super) fn open(
        path: PathBuf,
        schema: &str,
        patience: Duration,
    ) -> rusqlite::Result<Arc<Self>> {
        let file = open(&path, OpenFlags::SQLITE_OPEN_CREATE, patience)?;
        file.execute_batch(schema)?;
        let idle = Arc::new(tokio::sync::Mutex::new(Some(Arc::new(ReentrantMutex::new(file)))));
        Ok(Arc::new(Self { path, patience, idle, riding: Mutex::default() }))
    }

    /// Another connection. A file that is gone is not created anew: the place of a stream would be
    /// lost without a word.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        open(&self.path, OpenFlags::empty(), self.patience)
    }

    /// Waits until nobody else of this process writes.
    pub(super) async fn turn(self: Arc<Self>) -> Result<Turn, StoreError> {
        Handle::try_current().map_err(|error| StoreError::new(error.to_string()))?;
        let home = timeout(self.patience, self.idle.clone().lock_owned()).await;
        let home = home
            .map_err(|_| StoreError::new("SQLite: another transaction of this process is open"))?;
        Ok(Turn { home, file: self })
    }

    pub(super) fn riding(&self) -> MutexGuard<'_, Option<Vec<LeaseChange>>> {
        self.riding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write.
pub(super) struct Turn {
    home: OwnedMutexGuard<Option<Lockable>>,
    file: Arc<SharedFile>,
}

impl Turn {
    pub(super) fn writer(mut self) -> rusqlite::Result<Writer> {
        let connection = match self.home.take() {
            Some(connection) => connection,
            None => Arc::new(ReentrantMutex::new(self.file.connect()?)),
        };
        Ok(Writer { connection, turn: self, has_failed: AtomicBool::new(false) })
    }
}

/// The connection that writes. Dropping it rolls back.
pub(super) struct Writer {
    connection: Lockable,
    turn: Turn,
    has_failed: AtomicBool,
}

impl Writer {
    /// Takes the file for this transaction: nobody else can write any more.
    pub(super) fn begin(self) -> rusqlite::Result<Self> {
        self.run(|file| execute(file, "BEGIN IMMEDIATE"))?;
        *self.turn.file.riding() = Some(Vec::new());
        Ok(self)
    }

    pub(super) fn commit(self) -> rusqlite::Result<()> {
        let riding = self.turn.file.riding().take().unwrap_or_default();
        self.run(|file| {
            for change in riding {
                change.apply(file)?;
            }
            execute(file, "COMMIT")
        })
    }

    /// Does something of our own.
    pub(super) fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let result = work(&self.lock());
        if result.as_ref().is_err_and(|error| !is_busy(error)) {
            self.has_failed.store(true, Relaxed);
        }
        result
    }

    pub(super) fn lock(&self) -> Locked<'_> {
        self.connection.lock()
    }

    /// The connection within its transaction, for statements that must not take effect by
    /// themselves. SQLite rolls back by itself when, for instance, the disk is full, whatever a
    /// handler makes of that error.
    pub(super) fn open(&self) -> Result<Locked<'_>, StoreError> {
        let connection = self.lock();
        if connection.is_autocommit() {
            return Err(StoreError::broken("SQLite: the transaction has ended before its commit"));
        }
        Ok(connection)
    }
}

impl Drop for Writer {
    /// The connection goes home, unless it has failed: closing it rolls back, too.
    fn drop(&mut self) {
        *self.turn.file.riding() = None;
        let is_idle = |file: &Connection| file.is_autocommit() || execute(file, "ROLLBACK").is_ok();
        if !self.has_failed.load(Relaxed) && is_idle(&self.lock()) {
            *self.turn.home = Some(self.connection.clone());
        }
    }
}

fn execute(file: &Connection, sql: &str) -> rusqlite::Result<()> {
    file.prepare_cached(sql)?.execute([]).map(drop)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
