//! [`Store`]: how facts become rows. The same fact twice, or an older one, changes nothing.

use std::collections::HashMap;

use workos::helpers::events::{BoxError, Checkpoint};

use crate::database::{Database, Params, Sql, TableSql, Transaction};
use crate::error::Error;
use crate::tables::{Cell, Row, TABLES, Table};

/// The tables of a database.
#[derive(Debug)]
pub(crate) struct Store<D> {
    pub(crate) database: D,
    tables: HashMap<&'static str, TableSql>,
}

/// What a row is compared with what the table has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// The table does not have it.
    New,
    /// It was deleted, but this is of a later time.
    Revived,
    /// A column has changed.
    Changed,
    /// No column has changed, but the object or its time has.
    Touched,
    Same,
    /// The table knows something newer.
    Older,
    /// It was deleted, or something that it belongs to was.
    Gone,
}

/// Where we know something from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// When that was so.
    pub(crate) at: &'a str,
    /// The event; `None` for a list.
    pub(crate) event_id: Option<&'a str>,
}

impl<D: Database> Store<D> {
    pub(crate) fn new(database: D) -> Self {
        let sql = |table: &&'static Table| (table.name, TableSql::new(D::DIALECT, table));
        Self { database, tables: TABLES.iter().map(sql).collect() }
    }

    fn sql(&self, table: &Table) -> Result<&TableSql, BoxError> {
        self.tables
            .get(table.name)
            .ok_or_else(|| format!("there is no table {}", table.name).into())
    }

    /// What putting this row would come to.
    pub(crate) async fn judge(
        &self,
        transaction: &Transaction<D>,
        table: &Table,
        row: &Row,
    ) -> Result<Verdict, BoxError> {
        let origin = Origin { at: "", event_id: None };
        self.verdict(transaction, &self.sql(table)?.judge, &params(row, origin)).await
    }

    async fn verdict(
        &self,
        transaction: &Transaction<D>,
        sql: &Sql,
        params: Params<'_>,
    ) -> Result<Verdict, BoxError> {
        let rows = self.database.query(transaction, sql, params).await?;
        match rows.first().and_then(|row| row.first()?.as_deref()) {
            Some("new") => Ok(Verdict::New),
            Some("revived") => Ok(Verdict::Revived),
            Some("changed") => Ok(Verdict::Changed),
            Some("touched") => Ok(Verdict::Touched),
            Some("same") => Ok(Verdict::Same),
            Some("older") => Ok(Verdict::Older),
            Some("gone") => Ok(Verdict::Gone),
            other => Err(format!("the database judges {other:?}").into()),
        }
    }

    /// Inserts or updates a row, unless the table knows better.
    pub(crate) async fn put(
        &self,
        transaction: &Transaction<D>,
        table: &Table,
        row: &Row,
        origin: Origin<'_>,
    ) -> Result<Verdict, BoxError> {
        let (sql, params) = (self.sql(table)?, params(row, origin));
        if let Some(at_once) = &sql.at_once {
            return self.verdict(transaction, at_once, &params).await;
        }
        let verdict = self.verdict(transaction, &sql.judge, &params).await?;
        let statements: &[&Sql] = match verdict {
            Verdict::New => &[&sql.put, &sql.inserted],
            Verdict::Revived => &[&sql.revive, &sql.put, &sql.inserted],
            Verdict::Changed => &[&sql.put, &sql.updated],
            Verdict::Touched => &[&sql.put],
            Verdict::Same | Verdict::Older | Verdict::Gone => return Ok(verdict),
        };
        self.database.execute(transaction, statements, &params).await?;
        Ok(verdict)
    }

    /// Deletes a row with what belongs to it, unless the table knows something newer.
    pub(crate) async fn remove(
        &self,
        transaction: &Transaction<D>,
        table: &Table,
        id: &str,
        origin: Origin<'_>,
    ) -> Result<(), BoxError> {
        let params = [Some(id), Some(origin.at), origin.event_id];
        let statements: Vec<_> = self.sql(table)?.remove.iter().collect();
        self.database.execute(transaction, &statements, &params).await
    }

    /// The rows of a query that is not asked often, in a transaction of its own.
    pub(crate) async fn read(
        &self,
        text: &str,
        params: Params<'_>,
    ) -> Result<Vec<Vec<Cell>>, Error> {
        let transaction = self.begin().await?;
        Ok(self.rows(&transaction, text, params).await?)
    }

    /// The rows of a query that is not asked often.
    pub(crate) async fn rows(
        &self,
        transaction: &Transaction<D>,
        text: &str,
        params: Params<'_>,
    ) -> Result<Vec<Vec<Cell>>, BoxError> {
        self.database.query(transaction, &D::DIALECT.sql(text), params).await
    }

    /// Executes a statement that is not executed often.
    pub(crate) async fn write(
        &self,
        transaction: &Transaction<D>,
        text: &str,
        params: Params<'_>,
    ) -> Result<(), BoxError> {
        self.database.execute(transaction, &[&D::DIALECT.sql(text)], params).await
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<D>, Error> {
        Ok(self.database.checkpoint().begin().await?)
    }

    pub(crate) async fn commit(&self, transaction: Transaction<D>) -> Result<(), Error> {
        Ok(self.database.checkpoint().commit(transaction).await?)
    }
}

fn params<'a>(row: &'a Row, origin: Origin<'a>) -> Vec<Option<&'a str>> {
    let (id, raw) = (Some(&*row.id), Some(&*row.raw));
    let known = [id, row.clock.as_deref(), raw, Some(origin.at), origin.event_id];
    known.into_iter().chain(row.cells.iter().map(Option::as_deref)).collect()
}
