//! A refresh lock in an SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{OpenFlags, OptionalExtension, params};
use tokio::sync::Mutex;
use workos::transport::BoxFuture;

use super::{after, blocking, now};
use crate::StoreError;
use crate::leases::{Connection, Leases, refresh_lock};
use crate::link::COMMAND_TIMEOUT;

/// What [`open`](SqliteRefreshLock::open) creates: for those who run migrations themselves.
pub const SCHEMA: &str = "\
CREATE TABLE IF NOT EXISTS workos_refresh_locks (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at INTEGER NOT NULL -- milliseconds since 1970
);
CREATE INDEX IF NOT EXISTS workos_refresh_locks_expires_at ON workos_refresh_locks (expires_at);
";

const CLAIM: &str = "\
INSERT INTO workos_refresh_locks AS held (key, value, expires_at) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE held.expires_at <= ?4 OR held.value = excluded.value";
const GET: &str = "SELECT value FROM workos_refresh_locks WHERE key = ?1 AND expires_at > ?2";
const SET: &str = "\
INSERT INTO workos_refresh_locks (key, value, expires_at) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
const REMOVE: &str = "DELETE FROM workos_refresh_locks WHERE key = ?1 AND value = ?2";
/// A few at a time.
const REMOVE_EXPIRED: &str = "\
DELETE FROM workos_refresh_locks WHERE key IN (
    SELECT key FROM workos_refresh_locks WHERE expires_at <= ?1 ORDER BY expires_at LIMIT 100
)";

/// A refresh lock in an SQLite file, for several processes on one machine.
///
/// ```no_run
/// # async fn run() -> Result<(), workos_stores::StoreError> {
/// use workos_stores::SqliteRefreshLock;
///
/// let lock = SqliteRefreshLock::open("/var/lib/app/refresh.sqlite").await?;
/// # Ok(()) }
/// ```
///
/// Give it a file of its own, on a local disk: the file gets a write-ahead log, which does not work
/// over a network. Commands run on tokio's threads for blocking work, one at a time.
#[derive(Clone)]
pub struct SqliteRefreshLock(Leases<Sqlite>);

impl SqliteRefreshLock {
    /// Opens the file; creates it and the table if they are not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or written, or is not of SQLite, and outside of a tokio
    /// runtime.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path: Arc<Path> = path.as_ref().into();
        let connect = move || {
            let path = path.clone();
            Box::pin(blocking(move || Sqlite::open(&path))) as BoxFuture<_>
        };
        Ok(Self(Leases::connect(Box::new(connect)).await?))
    }
}

refresh_lock!(SqliteRefreshLock);

/// Commands wait for each other here rather than on threads.
struct Sqlite(Arc<Mutex<rusqlite::Connection>>);

impl Sqlite {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        // A power failure may cost the last leases.
        let file = super::open(path, OpenFlags::default(), COMMAND_TIMEOUT)?;
        file.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    async fn run<T: Send + 'static>(
        &self,
        command: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.0.clone().lock_owned().await;
        blocking(move || command(&file)).await
    }
}

impl Connection for Sqlite {
    async fn claim(&self, key: &str, value: &str, lifetime: Duration) -> Result<bool, StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.run(move |file| {
            let now = now();
            let changed =
                file.prepare(CLAIM)?.execute(params![key, value, after(now, lifetime), now])?;
            Ok(changed == 1)
        })
        .await
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = key.to_owned();
        self.run(move |file| file.query_row(GET, params![key, now()], |row| row.get(0)).optional())
            .await
    }

    async fn set(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.run(move |file| {
            let now = now();
            file.execute(SET, params![key, value, after(now, lifetime)])?;
            file.execute(REMOVE_EXPIRED, params![now])?;
            Ok(())
        })
        .await
    }

    async fn remove(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.run(move |file| file.execute(REMOVE, params![key, value]).map(drop)).await
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tokio::time::timeout;
    use workos::helpers::session::RefreshLock;

    use super::*;
    use crate::LEASE;

    /// Two processes with one file.
    async fn two() -> (SqliteRefreshLock, SqliteRefreshLock, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refresh.sqlite");
        let open = || SqliteRefreshLock::open(&path);
        (open().await.unwrap(), open().await.unwrap(), folder)
    }

    fn sql(folder: &TempDir) -> rusqlite::Connection {
        rusqlite::Connection::open(folder.path().join("refresh.sqlite")).unwrap()
    }

    fn keys(folder: &TempDir) -> Vec<String> {
        let file = sql(folder);
        let mut keys = file.prepare("SELECT key FROM workos_refresh_locks ORDER BY key").unwrap();
        keys.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    const MOMENT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn two_instances_exclude_each_other() {
        let (one, two, folder) = two().await;
        let guard = one.acquire("key").await;
        assert_eq!(keys(&folder), ["lock:key"]);
        assert!(timeout(MOMENT, two.acquire("key")).await.is_err());
        drop(guard);
        let guard = timeout(COMMAND_TIMEOUT, two.acquire("key")).await.unwrap();
        assert!(timeout(MOMENT, one.acquire("key")).await.is_err());
        drop(guard);
    }

    #[tokio::test]
    async fn a_lease_that_has_expired_is_taken_over() {
        let (one, two, folder) = two().await;
        std::mem::forget(one.acquire("key").await);
        assert!(timeout(MOMENT, two.acquire("key")).await.is_err());
        sql(&folder).execute("UPDATE workos_refresh_locks SET expires_at = 0", []).unwrap();
        let _guard = timeout(COMMAND_TIMEOUT, two.acquire("key")).await.unwrap();
        assert!(timeout(MOMENT, one.acquire("key")).await.is_err());
    }

    #[tokio::test]
    async fn what_one_remembers_the_other_recalls_until_it_expires() {
        let (one, two, folder) = two().await;
        one.remember("key", "sealed".into(), LEASE).await;
        one.remember("key", "sealed again".into(), LEASE).await;
        assert_eq!(two.recall("key").await, Some("sealed again".into()));
        sql(&folder).execute("UPDATE workos_refresh_locks SET expires_at = 0", []).unwrap();
        assert_eq!(two.recall("key").await, None);
        // A write removes what has expired.
        two.remember("another key", "sealed".into(), LEASE).await;
        assert_eq!(keys(&folder), ["session:another key"]);
    }

    #[tokio::test]
    async fn a_file_that_another_process_locks_costs_one_timeout() {
        let (one, _, folder) = two().await;
        let one = one.timeout(MOMENT);
        let busy = sql(&folder);
        busy.execute_batch("BEGIN EXCLUSIVE").unwrap();
        timeout(COMMAND_TIMEOUT / 2, one.acquire("key")).await.unwrap();
        timeout(MOMENT, one.remember("key", "sealed".into(), LEASE)).await.unwrap();
        busy.execute_batch("COMMIT").unwrap();
        assert_eq!(one.recall("key").await, None);
    }

    #[tokio::test]
    async fn what_is_no_database_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = SqliteRefreshLock::open(folder.path()).await.unwrap_err();
        assert!(error.to_string().starts_with("SQLite: "), "{error}");
    }
}
