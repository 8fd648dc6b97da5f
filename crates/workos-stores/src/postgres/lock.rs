//! A refresh lock in Postgres.

use std::time::Duration;

use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{Config, NoTls, Socket};

use super::connection::{Postgres, Tables, connector, error, parse, text};
use crate::StoreError;
use crate::leases::{Connection, Leases, refresh_lock};

/// What [`connect`](PostgresRefreshLock::connect) creates if the table is not there: for those who
/// run migrations themselves, as a role that may create tables. The role of the application then
/// needs `SELECT`, `INSERT`, `UPDATE` and `DELETE` on it.
///
/// The table is not logged, since nothing in it matters for longer than seconds.
pub const SCHEMA: &str = "\
CREATE UNLOGGED TABLE IF NOT EXISTS workos_refresh_locks (
    key text PRIMARY KEY,
    value text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS workos_refresh_locks_expires_at ON workos_refresh_locks (expires_at);
";

const TABLES: Tables =
    Tables { are_there: "SELECT to_regclass('workos_refresh_locks') IS NOT NULL", schema: SCHEMA };
const CLAIM: &str = "\
INSERT INTO workos_refresh_locks AS held (key, value, expires_at)
VALUES ($1, $2, now() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE held.expires_at <= now() OR held.value = excluded.value";
const GET: &str = "SELECT value FROM workos_refresh_locks WHERE key = $1 AND expires_at > now()";
const SET: &str = "\
INSERT INTO workos_refresh_locks (key, value, expires_at)
VALUES ($1, $2, now() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
const REMOVE: &str = "DELETE FROM workos_refresh_locks WHERE key = $1 AND value = $2";
/// A few at a time, and none that another process is removing or taking over.
const REMOVE_EXPIRED: &str = "\
DELETE FROM workos_refresh_locks WHERE key IN (
    SELECT key FROM workos_refresh_locks WHERE expires_at <= now()
    ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
)";

/// A refresh lock in Postgres.
///
/// ```no_run
/// # async fn run() -> Result<(), workos_stores::StoreError> {
/// use workos_stores::PostgresRefreshLock;
///
/// let lock = PostgresRefreshLock::connect("postgres://app:password@db.internal/app").await?;
/// # Ok(()) }
/// ```
///
/// It takes one connection per process, and statements that a connection pooler such as PgBouncer
/// can pass on. The table `workos_refresh_locks` is created if it is not there; see [`SCHEMA`].
#[derive(Clone)]
pub struct PostgresRefreshLock(Leases<Postgres>);

impl PostgresRefreshLock {
    /// Connects without TLS, by a URL or by `host=… user=…`; creates the table if it is not there.
    ///
    /// # Errors
    ///
    /// When the address is invalid, when the server does not answer or refuses the password, when
    /// the table cannot be created, and outside of a tokio runtime.
    pub async fn connect(config: &str) -> Result<Self, StoreError> {
        Self::connect_with(parse(config)?, NoTls).await
    }

    /// Connects with TLS, by a connector such as that of `tokio-postgres-rustls` or
    /// `postgres-native-tls`. Every new connection uses it.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with<T>(config: Config, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Ok(Self(Leases::connect(connector(config, tls, TABLES)).await?))
    }
}

refresh_lock!(PostgresRefreshLock);

impl Postgres {
    /// Executes a statement with a key, a value and a lifetime.
    async fn write(
        &self,
        sql: &str,
        key: &str,
        value: &str,
        lifetime: Duration,
    ) -> Result<u64, StoreError> {
        let seconds = lifetime.as_secs_f64();
        self.execute(sql, &[text(&key), text(&value), (&seconds, Type::FLOAT8)]).await
    }
}

impl Connection for Postgres {
    async fn claim(&self, key: &str, value: &str, lifetime: Duration) -> Result<bool, StoreError> {
        Ok(self.write(CLAIM, key, value, lifetime).await? == 1)
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let rows = self.query(GET, &[text(&key)]).await?;
        rows.first().map(|row| row.try_get(0).map_err(error)).transpose()
    }

    async fn set(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), StoreError> {
        self.write(SET, key, value, lifetime).await?;
        self.execute(REMOVE_EXPIRED, &[]).await?;
        Ok(())
    }

    async fn remove(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.execute(REMOVE, &[text(&key), text(&value)]).await?;
        Ok(())
    }
}
