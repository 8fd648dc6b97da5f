//! A refresh lock in Postgres.

use std::error::Error;
use std::iter;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls, Socket};
use workos::transport::BoxFuture;

use crate::leases::{Connection, Leases, StoreError, refresh_lock};

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

const IS_THERE: &str = "SELECT to_regclass('workos_refresh_locks') IS NOT NULL";
/// `IF NOT EXISTS` fails when two processes create the table at once, so they do it one by one.
const CREATE_ALONE: &str = "SELECT pg_advisory_xact_lock(5638211946072291841);";
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
        // The driver's text may quote a part of the password that was mistaken for an option.
        let config =
            config.parse().map_err(|_| StoreError::new("Postgres: invalid connection string"))?;
        Self::connect_with(config, NoTls).await
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
        let connect = move || {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move { Postgres::connect(&config, tls).await }) as BoxFuture<_>
        };
        Ok(Self(Leases::connect(Box::new(connect)).await?))
    }
}

refresh_lock!(PostgresRefreshLock);

struct Postgres {
    client: Client,
    /// What reads and writes the socket.
    driver: JoinHandle<()>,
}

impl Drop for Postgres {
    /// The driver would wait for answers first, and a connection is often given up for their lack.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Postgres {
    async fn connect<T>(config: &Config, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket, Stream: Send + 'static>,
    {
        let (client, driver) = config.connect(tls).await.map_err(error)?;
        let driver = tokio::spawn(async move {
            // Every command reports the failure, too.
            let _ = driver.await;
        });
        let postgres = Self { client, driver };
        postgres.create_table().await.map_err(error)?;
        Ok(postgres)
    }

    /// Looks first: even `IF NOT EXISTS` takes a role that may create tables.
    async fn create_table(&self) -> Result<(), tokio_postgres::Error> {
        let is_there: bool = self.client.query_typed_one(IS_THERE, &[]).await?.try_get(0)?;
        if is_there {
            return Ok(());
        }
        self.client.batch_execute(&format!("{CREATE_ALONE}{SCHEMA}")).await
    }

    /// Executes a statement with a key, a value and a lifetime, and counts the rows that it
    /// changed.
    async fn write(
        &self,
        statement: &str,
        key: &str,
        value: &str,
        lifetime: Duration,
    ) -> Result<u64, StoreError> {
        let seconds = lifetime.as_secs_f64();
        let parameters =
            [(&key as _, Type::TEXT), (&value as _, Type::TEXT), (&seconds as _, Type::FLOAT8)];
        self.client.execute_typed(statement, &parameters).await.map_err(error)
    }
}

impl Connection for Postgres {
    async fn claim(&self, key: &str, value: &str, lifetime: Duration) -> Result<bool, StoreError> {
        Ok(self.write(CLAIM, key, value, lifetime).await? == 1)
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = self.client.query_typed_opt(GET, &[(&key, Type::TEXT)]).await.map_err(error)?;
        row.map(|row| row.try_get(0).map_err(error)).transpose()
    }

    async fn set(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), StoreError> {
        self.write(SET, key, value, lifetime).await?;
        self.client.execute_typed(REMOVE_EXPIRED, &[]).await.map_err(error)?;
        Ok(())
    }

    async fn remove(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let parameters = [(&key as _, Type::TEXT), (&value as _, Type::TEXT)];
        self.client.execute_typed(REMOVE, &parameters).await.map_err(error)?;
        Ok(())
    }
}

/// Without the details of the server, which may quote a row.
fn error(error: tokio_postgres::Error) -> StoreError {
    let text = match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => {
            let causes = iter::successors(Some(&error as &dyn Error), |&error| error.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    };
    StoreError::new(format!("Postgres: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn errors_do_not_contain_the_password() {
        for url in [
            "postgres://app:hunter2@127.0.0.1:1/app",
            "postgres://app:a?hunter2=b@127.0.0.1:1/app",
            "host=127.0.0.1 port=1 user=app password=a hunter2=b",
        ] {
            let error = PostgresRefreshLock::connect(url).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
