//! The mirror in Postgres.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Statement};
use workos::helpers::events::BoxError;
use workos_stores::postgres::tokio_postgres;
use workos_stores::{PostgresCheckpoint, PostgresTransaction};

use super::{Database, Dialect, Params, Sql};
use crate::tables::Cell;

/// How long a statement may take, with the wait for others who write.
const TIMEOUT: Duration = Duration::from_secs(30);
/// `IF NOT EXISTS` fails when two processes create a table at once.
const CREATE_ALONE: &str = "SELECT pg_advisory_xact_lock(7034519920483361127)";
/// Without this, a page of a list that was read before a deletion could be written beside it, and
/// the numbers of changes could become visible in another order.
const WRITE_ALONE: &str = "LOCK TABLE workos_mirror_schema IN SHARE ROW EXCLUSIVE MODE";

pub(crate) struct Postgres {
    checkpoint: PostgresCheckpoint,
    prepared: Mutex<Prepared>,
}

/// The statements that a connection has prepared.
#[derive(Default)]
struct Prepared {
    connection: usize,
    statements: HashMap<String, Statement>,
}

impl Postgres {
    pub(crate) fn new(checkpoint: PostgresCheckpoint) -> Self {
        Self { checkpoint, prepared: Mutex::default() }
    }

    fn prepared(&self) -> MutexGuard<'_, Prepared> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn statement(
        &self,
        client: &Client,
        sql: &Sql,
    ) -> Result<Statement, tokio_postgres::Error> {
        let connection = ptr::from_ref(client).addr();
        {
            let mut prepared = self.prepared();
            if prepared.connection != connection {
                *prepared = Prepared { connection, ..Prepared::default() };
            }
            if let Some(statement) = prepared.statements.get(&sql.text) {
                return Ok(statement.clone());
            }
        }
        let types = vec![Type::TEXT; sql.params];
        let statement = client.prepare_typed(&sql.text, &types).await?;
        self.prepared().statements.insert(sql.text.clone(), statement.clone());
        Ok(statement)
    }

    /// Bounds the time, and forgets the statements after a failure: the connection may be another
    /// one at the place of one that was lost.
    async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, BoxError> {
        let done = match timeout(TIMEOUT, work).await {
            Ok(done) => done.map_err(|error| without_details(&error)),
            Err(_) => Err("Postgres: the statement took too long".into()),
        };
        if done.is_err() {
            *self.prepared() = Prepared::default();
        }
        done
    }
}

/// Without what the server says about rows.
fn without_details(error: &tokio_postgres::Error) -> BoxError {
    match error.as_db_error() {
        Some(error) => format!("Postgres: {}", error.message()).into(),
        None => format!("Postgres: {error}").into(),
    }
}

/// The parameters that a statement names.
fn first<'a>(params: &'a [Option<&'a str>], sql: &Sql) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().take(sql.params).map(|param| param as _).collect()
}

fn cells(row: &Row) -> Result<Vec<Cell>, tokio_postgres::Error> {
    (0..row.len()).map(|column| row.try_get(column)).collect()
}

impl Database for Postgres {
    type Checkpoint = PostgresCheckpoint;
    const DIALECT: Dialect = Dialect::Postgres;

    fn checkpoint(&self) -> &PostgresCheckpoint {
        &self.checkpoint
    }

    /// In one round trip, once the statement is prepared.
    async fn query(
        &self,
        transaction: &PostgresTransaction,
        sql: &Sql,
        params: Params<'_>,
    ) -> Result<Vec<Vec<Cell>>, BoxError> {
        self.bounded(async {
            let statement = self.statement(transaction, sql).await?;
            let params = first(params, sql);
            let alone = transaction.batch_execute(WRITE_ALONE);
            let (_, rows) = try_join(alone, transaction.query(&statement, &params)).await?;
            rows.iter().map(cells).collect()
        })
        .await
    }

    /// Likewise.
    async fn execute(
        &self,
        transaction: &PostgresTransaction,
        statements: &[&Sql],
        params: Params<'_>,
    ) -> Result<(), BoxError> {
        self.bounded(async {
            let mut prepared = Vec::new();
            for sql in statements {
                prepared.push((self.statement(transaction, sql).await?, first(params, sql)));
            }
            let alone = transaction.batch_execute(WRITE_ALONE);
            // They are sent in this order.
            let executed = prepared.iter().map(|(sql, params)| transaction.execute(sql, params));
            try_join(alone, try_join_all(executed)).await?;
            Ok(())
        })
        .await
    }

    async fn script(
        &self,
        transaction: &PostgresTransaction,
        script: &str,
    ) -> Result<(), BoxError> {
        self.bounded(async {
            transaction.batch_execute(CREATE_ALONE).await?;
            transaction.batch_execute(script).await
        })
        .await
    }
}
