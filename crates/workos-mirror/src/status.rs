//! How the mirror is doing.

use std::collections::BTreeMap;
use std::time::Duration;

use workos::Timestamp;
use workos::helpers::events::{BoxError, Checkpoint, EventCursor};

use crate::core::{Core, STREAM};
use crate::database::{Database, Transaction};
use crate::error::Error;
use crate::lists::SOURCES;
use crate::tables::{Kind, TABLES};

/// How far a list of WorkOS has been copied.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The list. Some tables have more than one.
    pub list: &'static str,
    /// The table that it is copied to.
    pub table: &'static str,
    /// How many pages were copied so far.
    pub pages: u64,
    /// How many objects they had.
    pub rows: u64,
    /// Whether that was all.
    pub is_finished: bool,
}

/// What is called after every page.
pub(crate) type Watch<'a> = &'a (dyn Fn(&Progress) + Send + Sync);

/// How the mirror is doing, from [`Mirror::status`](crate::Mirror::status).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// How many rows each table has.
    pub rows: BTreeMap<&'static str, u64>,
    /// The backfill, list by list.
    pub backfill: Vec<Progress>,
    /// The place in the log of events: of the last one whose changes are in the tables. `None`
    /// before the backfill.
    pub place: Option<EventCursor>,
    /// How far behind WorkOS the tables are: zero when everything that there was has been read.
    /// `None` while this process does not follow the events.
    pub lag: Option<Duration>,
    /// How many objects WorkOS still has to be asked for, because an event did not have all of
    /// them.
    pub lookups: u64,
    /// How many events could not be written. Reconciling mends what they would have changed.
    pub dead_letters: u64,
    /// What fails at the moment in this process. It goes on by itself when that works again.
    pub failure: Option<String>,
    /// Since when it has been failing.
    pub failing_since: Option<Timestamp>,
}

impl<D: Database> Core<D> {
    pub(crate) async fn status(&self) -> Result<Status, Error> {
        let transaction = self.store.begin().await?;
        let mut rows = BTreeMap::new();
        for table in TABLES {
            rows.insert(table.name, self.count(&transaction, table.name).await?);
        }
        let mut backfill = Vec::new();
        for source in &SOURCES {
            backfill.push(self.list_state(&transaction, source).await?.progress(source));
        }
        let lookups = self.count(&transaction, "workos_mirror_lookups").await?;
        drop(transaction);
        let events = self.events().status();
        let own = self.failure();
        let (reason, since) = own.map(|failure| (failure.reason, failure.since)).unzip();
        Ok(Status {
            rows,
            backfill,
            place: self.store.database.checkpoint().load(STREAM).await?,
            lag: events.lag,
            lookups,
            dead_letters: self.dead_letters().await?.len() as u64,
            failure: events.failure.or(reason),
            failing_since: events.failing_since.or(since),
        })
    }

    async fn count(&self, transaction: &Transaction<D>, table: &str) -> Result<u64, BoxError> {
        let sql = format!("SELECT CAST(count(*) AS text) FROM {table}");
        let rows = self.store.rows(transaction, &sql, &[]).await?;
        let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
        Ok(count.unwrap_or_default())
    }

    /// The rows of a table, or otherwise the changes, as text without what is NULL.
    pub(crate) async fn render(&self, table: &str) -> Result<Vec<String>, Error> {
        const CHANGES: [&str; 4] = ["table_name", "row_id", "operation", "event_id"];
        let (from, columns): (_, Vec<_>) = match TABLES.iter().find(|known| known.name == table) {
            Some(table) => {
                let columns = table.columns.iter().map(|column| (column.name, column.kind));
                let columns = [("id", Kind::Text)].into_iter().chain(columns);
                let clock = (table.clock.column(), Kind::Time);
                (format!("{} ORDER BY id", table.name), columns.chain([clock]).collect())
            }
            None => {
                let columns = CHANGES.map(|column| (column, Kind::Text));
                ("changes ORDER BY seq".to_owned(), columns.into())
            }
        };
        let shown = columns.iter().map(|(column, kind)| D::DIALECT.shown(column, *kind));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {shown} FROM {from}");
        let rows = self.store.read(&sql, &[]).await?.into_iter().map(|cells| {
            let cells = columns.iter().zip(cells);
            let cells = cells.filter_map(|((name, _), cell)| Some(format!("{name}={}", cell?)));
            cells.collect::<Vec<_>>().join(" ")
        });
        Ok(rows.collect())
    }
}
