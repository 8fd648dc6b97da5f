//! The mirror in an SQLite file.

use std::future::{Future, ready};
use std::path::Path;

use workos::helpers::events::BoxError;
use workos_stores::sqlite::rusqlite::types::ValueRef;
use workos_stores::sqlite::rusqlite::{self, params_from_iter};
use workos_stores::{SqliteCheckpoint, SqliteTransaction, StoreError};

use super::{Database, Dialect, Params, Sql};
use crate::tables::Cell;

/// A transaction has the file for itself from its beginning.
#[derive(Debug)]
pub(crate) struct Sqlite {
    checkpoint: SqliteCheckpoint,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { checkpoint: SqliteCheckpoint::open(path)? })
    }
}

impl Database for Sqlite {
    type Checkpoint = SqliteCheckpoint;
    const DIALECT: Dialect = Dialect::Sqlite;

    fn checkpoint(&self) -> &SqliteCheckpoint {
        &self.checkpoint
    }

    fn query(
        &self,
        transaction: &SqliteTransaction,
        sql: &Sql,
        params: Params<'_>,
    ) -> impl Future<Output = Result<Vec<Vec<Cell>>, BoxError>> + Send {
        ready(query(transaction, sql, params).map_err(BoxError::from))
    }

    fn execute(
        &self,
        transaction: &SqliteTransaction,
        statements: &[&Sql],
        params: Params<'_>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let connection = transaction.connection();
        let mut statements = statements.iter();
        let executed = statements.try_for_each(|sql| {
            let params = params_from_iter(params.iter().take(sql.params));
            connection.prepare_cached(&sql.text)?.execute(params).map(drop)
        });
        ready(executed.map_err(BoxError::from))
    }

    fn script(
        &self,
        transaction: &SqliteTransaction,
        script: &str,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        ready(transaction.connection().execute_batch(script).map_err(BoxError::from))
    }
}

fn query(
    transaction: &SqliteTransaction,
    sql: &Sql,
    params: Params<'_>,
) -> rusqlite::Result<Vec<Vec<Cell>>> {
    let connection = transaction.connection();
    let mut statement = connection.prepare_cached(&sql.text)?;
    let columns = statement.column_count();
    let rows = statement.query_map(params_from_iter(params.iter().take(sql.params)), |row| {
        (0..columns).map(|column| row.get_ref(column).map(cell)).collect()
    })?;
    rows.collect()
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}
