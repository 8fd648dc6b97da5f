//! SQLite: a refresh lock, and a checkpoint of events.

mod checkpoint;
mod lease;
mod lock;
mod writer;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[doc(no_inline)]
pub use ::rusqlite;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Handle;

pub use self::checkpoint::{EVENTS_SCHEMA, SqliteCheckpoint, SqliteTransaction};
pub use self::lock::{SCHEMA, SqliteRefreshLock};
use crate::StoreError;

/// Opens a file for several processes.
fn open(path: &Path, flags: OpenFlags, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let file = Connection::open_with_flags(path, flags)?;
    file.busy_timeout(busy_timeout)?;
    // Fails when another process is about to do the same, and then applies here, too.
    let _ = file.pragma_update(None, "journal_mode", "WAL");
    // Commits do not wait for the disk. A power failure may cost the last of them, each as a whole,
    // and does not damage the file.
    file.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(file)
}

/// Works on a thread that may wait for a disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let runtime = Handle::try_current().map_err(|error| StoreError::new(error.to_string()))?;
    let result = runtime.spawn_blocking(work).await;
    result.map_err(|error| StoreError::new(format!("SQLite: {error}")))?.map_err(error)
}

fn error(error: rusqlite::Error) -> StoreError {
    StoreError::new(format!("SQLite: {error}"))
}

/// The time of the system in milliseconds.
fn now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    after(0, since_1970)
}

fn after(now: i64, lifetime: Duration) -> i64 {
    now.saturating_add(i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX))
}
