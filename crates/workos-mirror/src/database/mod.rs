//! [`Database`]: what the mirror needs of a database, whichever it is.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod schema;
mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use std::future::Future;

use workos::helpers::events::{BoxError, Checkpoint};

pub(crate) use self::schema::migrate;
pub(crate) use self::sql::{Dialect, Sql, TableSql};
use crate::tables::Cell;

/// A transaction of a database.
pub(crate) type Transaction<D> = <<D as Database>::Checkpoint as Checkpoint>::Transaction;
/// The parameters of a statement. Each is text; statements cast.
pub(crate) type Params<'a> = &'a [Option<&'a str>];

/// A database with the tables, and with the place of the consumer.
///
/// Of all that write to it, one at a time does: others wait from their first statement until its
/// transaction ends.
pub(crate) trait Database: Send + Sync + 'static {
    type Checkpoint: Checkpoint + Clone;
    const DIALECT: Dialect;

    fn checkpoint(&self) -> &Self::Checkpoint;

    /// The rows of a query, as text.
    fn query(
        &self,
        transaction: &Transaction<Self>,
        sql: &Sql,
        params: Params<'_>,
    ) -> impl Future<Output = Result<Vec<Vec<Cell>>, BoxError>> + Send;

    /// Executes statements in order. Each takes as many of the parameters as it names.
    fn execute(
        &self,
        transaction: &Transaction<Self>,
        statements: &[&Sql],
        params: Params<'_>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Executes a script, while nobody else does.
    fn script(
        &self,
        transaction: &Transaction<Self>,
        script: &str,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;
}
