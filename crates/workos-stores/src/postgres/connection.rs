//! [`Postgres`]: a connection to a server.

use std::error::Error;
use std::iter;

use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Row, Socket};
use workos::transport::BoxFuture;

use crate::StoreError;
use crate::link::{COMMAND_TIMEOUT, Connect, within};

/// `IF NOT EXISTS` fails when two processes create the table at once, so they do it one by one.
const CREATE_ALONE: &str = "SELECT pg_advisory_xact_lock(5638211946072291841);";

/// What a new connection looks for.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    /// Selects whether they are there.
    pub(super) are_there: &'static str,
    pub(super) schema: &'static str,
}

/// What goes into a statement that is not prepared: it takes one round trip, on any connection.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

pub(super) fn text<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::TEXT)
}

pub(super) struct Postgres {
    pub(super) client: Client,
    /// What reads and writes the socket.
    driver: JoinHandle<()>,
    cancel: Box<dyn Fn() -> BoxFuture<Result<(), StoreError>> + Send + Sync>,
}

impl Drop for Postgres {
    /// The driver would wait for answers first, and a connection is often given up for their lack.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

pub(super) fn parse(config: &str) -> Result<Config, StoreError> {
    // The driver's text may quote a part of the password that was mistaken for an option.
    config.parse().map_err(|_| StoreError::new("Postgres: invalid connection string"))
}

/// Opens connections to databases that have these tables.
pub(super) fn connector<T>(config: Config, tls: T, tables: Tables) -> Connect<Postgres>
where
    T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    Box::new(move || {
        let (config, tls) = (config.clone(), tls.clone());
        Box::pin(async move { Postgres::connect(&config, tls, tables).await })
    })
}

impl Postgres {
    async fn connect<T>(config: &Config, tls: T, tables: Tables) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (client, driver) = config.connect(tls.clone()).await.map_err(error)?;
        let driver = tokio::spawn(async move {
            // Every command reports the failure, too.
            let _ = driver.await;
        });
        let token = client.cancel_token();
        let cancel = Box::new(move || {
            let (token, tls) = (token.clone(), tls.clone());
            Box::pin(async move { token.cancel_query(tls).await.map_err(error) }) as BoxFuture<_>
        });
        let postgres = Self { client, driver, cancel };
        postgres.create(tables).await.map_err(error)?;
        Ok(postgres)
    }

    /// Looks first: even `IF NOT EXISTS` takes a role that may create tables.
    async fn create(&self, tables: Tables) -> Result<(), tokio_postgres::Error> {
        let row = self.client.query_typed_one(tables.are_there, &[]).await?;
        if row.try_get(0)? {
            return Ok(());
        }
        self.client.batch_execute(&format!("{CREATE_ALONE}{}", tables.schema)).await
    }

    pub(super) async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.client.query_typed(sql, parameters).await.map_err(error)
    }

    /// Executes a statement, and counts the rows that it changed.
    pub(super) async fn execute(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, StoreError> {
        self.client.execute_typed(sql, parameters).await.map_err(error)
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(error)
    }

    /// Ends what the server is doing for this connection. By itself it would go on, and keep its
    /// locks, until it has something to answer.
    pub(super) async fn cancel(&self) {
        // If the server does not answer, there is nothing else to do.
        let _ = within(COMMAND_TIMEOUT, (self.cancel)()).await;
    }
}

/// Without the details of the server, which may quote a row.
pub(super) fn error(error: tokio_postgres::Error) -> StoreError {
    // It goes on in a transaction that has failed or ended, or has broken a deferred constraint.
    let code = error.code().map(SqlState::code).unwrap_or_default();
    let is_broken = code.starts_with("25") || code.starts_with("23");
    let text = match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => {
            let causes = iter::successors(Some(&error as &dyn Error), |&error| error.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    };
    let text = format!("Postgres: {text}");
    if is_broken { StoreError::broken(text) } else { StoreError::new(text) }
}

#[cfg(test)]
mod tests {
    use crate::{PostgresCheckpoint, PostgresRefreshLock};

    #[tokio::test]
    async fn errors_do_not_contain_the_password() {
        for url in [
            "postgres://app:hunter2@127.0.0.1:1/app",
            "postgres://app:a?hunter2=b@127.0.0.1:1/app",
            "host=127.0.0.1 port=1 user=app password=a hunter2=b",
        ] {
            for error in [
                PostgresRefreshLock::connect(url).await.map(drop).unwrap_err(),
                PostgresCheckpoint::connect(url).await.map(drop).unwrap_err(),
            ] {
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }
}
