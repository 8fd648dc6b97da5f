//! The SQL for a table, made from its description, in both dialects.

use crate::tables::{Clock, Column, Kind, TABLES, Table};

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(not(all(feature = "sqlite", feature = "postgres")), allow(dead_code))]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A statement, with the number of its parameters.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) params: usize,
}

impl Dialect {
    /// A statement with the parameters `?1`, `?2`, …
    pub(crate) fn sql(self, text: &str) -> Sql {
        let numbers = text.split('?').skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.get(..end).and_then(|number| number.parse().ok()).unwrap_or(0)
        });
        let params = numbers.max().unwrap_or(0);
        let text = match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => text.replace('?', "$"),
        };
        Sql { text, params }
    }

    pub(super) fn type_of(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Sqlite, Kind::Bool) => "INTEGER",
            (Self::Sqlite, _) => "TEXT",
            (Self::Postgres, Kind::Text) => "text",
            (Self::Postgres, Kind::Bool) => "boolean",
            (Self::Postgres, Kind::Time) => "timestamptz",
            (Self::Postgres, Kind::Json) => "jsonb",
        }
    }

    /// A parameter of this kind. In SQLite the columns convert it.
    pub(crate) fn param(self, number: usize, kind: Kind) -> String {
        match self {
            Self::Postgres if kind != Kind::Text => format!("?{number}::{}", self.type_of(kind)),
            _ => format!("?{number}"),
        }
    }

    /// A column as the text of a [`Cell`](crate::tables::Cell).
    pub(crate) fn shown(self, column: &str, kind: Kind) -> String {
        match (self, kind) {
            (Self::Sqlite, _) | (_, Kind::Text) => column.to_owned(),
            (Self::Postgres, Kind::Bool) => format!("{column}::int::text"),
            (Self::Postgres, Kind::Json) => format!("{column}::text"),
            (Self::Postgres, Kind::Time) => {
                format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
        }
    }
}

/// The statements for a table.
#[derive(Debug)]
pub(crate) struct TableSql {
    /// What putting a row would come to, as a [`Verdict`](crate::apply::Verdict).
    pub(crate) judge: Sql,
    /// Inserts or replaces a row.
    pub(crate) put: Sql,
    /// Removes the tombstone of a row.
    pub(crate) revive: Sql,
    /// Notes that a row was inserted.
    pub(crate) inserted: Sql,
    /// Notes that a row was updated.
    pub(crate) updated: Sql,
    /// Judges a row and does all that this asks for. Only Postgres can.
    pub(crate) at_once: Option<Sql>,
    /// Deletes a row with what belongs to it, and leaves a tombstone: ID, time, event.
    pub(crate) remove: Vec<Sql>,
}

/// The parameters that stand for a row and for what we know it from. The columns follow.
const ID: &str = "?1";
const CLOCK: usize = 2;
const RAW: usize = 3;
const AT: usize = 4;
const EVENT_ID: &str = "?5";
const COLUMNS: usize = 6;

impl TableSql {
    pub(crate) fn new(dialect: Dialect, table: &Table) -> Self {
        let sql = |text: String| dialect.sql(&text);
        let has_whole = dialect == Dialect::Postgres;
        Self {
            judge: sql(judge(dialect, table)),
            put: sql(put(dialect, table, "WHERE TRUE")),
            revive: sql(format!("{} WHERE {}", REVIVE, tombstone(table.name, ID))),
            inserted: sql(note(dialect, table, "'insert'", "")),
            updated: sql(note(dialect, table, "'update'", "")),
            at_once: has_whole.then(|| sql(at_once(dialect, table))),
            remove: remove(dialect, table).into_iter().map(sql).collect(),
        }
    }
}

const REVIVE: &str = "DELETE FROM workos_tombstones";

fn tombstone(table: &str, id: &str) -> String {
    format!("table_name = '{table}' AND id = {id}")
}

/// The columns with their parameters.
fn columns(dialect: Dialect, table: &Table) -> impl Iterator<Item = (&'static Column, String)> {
    let numbered = table.columns.iter().zip(COLUMNS..);
    numbered.map(move |(column, number)| (column, dialect.param(number, column.kind)))
}

fn judge(dialect: Dialect, table: &Table) -> String {
    let (name, clock) = (table.name, table.clock.column());
    let new_clock = dialect.param(CLOCK, Kind::Time);
    let new_raw = dialect.param(RAW, Kind::Json);
    let same = |column: &str, param: &str| format!("old.{column} IS NOT DISTINCT FROM {param}");
    let is_in_time = same(clock, &new_clock);
    let mut are_same: Vec<_> =
        columns(dialect, table).map(|(column, param)| same(column.name, &param)).collect();
    if table.clock == Clock::UpdatedAt {
        are_same.push(is_in_time.clone());
    }
    let are_same = are_same.join(" AND ");
    let parents = columns(dialect, table).filter_map(|(column, param)| {
        let tombstone = tombstone(column.parent?, &param);
        Some(format!(" OR EXISTS (SELECT 1 FROM workos_tombstones WHERE {tombstone})"))
    });
    let lost_a_parent: String = parents.collect();
    // A time that is not known is before all others.
    format!(
        "SELECT CASE
            WHEN old.id IS NULL THEN CASE
                WHEN dead.id IS NOT NULL AND coalesce(dead.deleted_at >= {new_clock}, TRUE)
                    {lost_a_parent} THEN 'gone'
                WHEN dead.id IS NOT NULL THEN 'revived'
                ELSE 'new' END
            WHEN coalesce(old.{clock} > {new_clock},
                {new_clock} IS NULL AND old.{clock} IS NOT NULL) THEN 'older'
            WHEN NOT ({are_same}) THEN 'changed'
            WHEN old.raw = {new_raw} AND {is_in_time} THEN 'same'
            ELSE 'touched' END AS verdict
        FROM (SELECT 1) AS one
        LEFT JOIN {name} AS old ON old.id = {ID}
        LEFT JOIN workos_tombstones AS dead ON dead.table_name = '{name}' AND dead.id = {ID}"
    )
}

fn put(dialect: Dialect, table: &Table, condition: &str) -> String {
    let clock = (table.clock.column(), dialect.param(CLOCK, Kind::Time));
    let raw = ("raw", dialect.param(RAW, Kind::Json));
    let columns = columns(dialect, table).map(|(column, param)| (column.name, param));
    let (names, params): (Vec<_>, Vec<_>) = [clock, raw].into_iter().chain(columns).unzip();
    let updates: Vec<_> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO {} (id, {}) SELECT {ID}, {} {condition} ON CONFLICT (id) DO UPDATE SET {}",
        table.name,
        names.join(", "),
        params.join(", "),
        updates.join(", ")
    )
}

fn note(dialect: Dialect, table: &Table, operation: &str, condition: &str) -> String {
    let (at, raw) = (dialect.param(AT, Kind::Time), dialect.param(RAW, Kind::Json));
    format!(
        "INSERT INTO changes (table_name, row_id, operation, changed_at, event_id, raw)
        SELECT '{}', {ID}, {operation}, {at}, {EVENT_ID}, {raw} {condition}",
        table.name
    )
}

fn at_once(dialect: Dialect, table: &Table) -> String {
    let operation = "CASE verdict WHEN 'changed' THEN 'update' ELSE 'insert' END";
    format!(
        "WITH judged AS MATERIALIZED ({}), revived AS ({REVIVE} USING judged WHERE {} AND \
            verdict = 'revived'), noted AS ({}), put AS ({}) SELECT verdict FROM judged",
        judge(dialect, table),
        tombstone(table.name, ID),
        note(
            dialect,
            table,
            operation,
            "FROM judged WHERE verdict IN ('new', 'revived', 'changed')"
        ),
        put(
            dialect,
            table,
            "FROM judged WHERE verdict IN ('new', 'revived', 'changed', 'touched')"
        ),
    )
}

fn remove(dialect: Dialect, table: &Table) -> Vec<String> {
    let (name, clock) = (table.name, table.clock.column());
    let at = dialect.param(2, Kind::Time);
    let is_older = format!("coalesce({clock} <= {at}, TRUE)");
    // A row that is newer than its deletion stays, with all that belongs to it.
    let is_gone = format!("NOT EXISTS (SELECT 1 FROM {name} WHERE id = {ID})");
    let itself = [(name, "id", is_older)];
    let children = TABLES.iter().flat_map(|child| {
        let of_table = child.columns.iter().filter(|column| column.parent == Some(name));
        of_table.map(|column| (child.name, column.name, is_gone.clone()))
    });
    let mut statements = Vec::new();
    for (table, column, condition) in itself.into_iter().chain(children) {
        let rows = format!("FROM {table} WHERE {column} = {ID} AND {condition}");
        statements.push(format!(
            "INSERT INTO changes (table_name, row_id, operation, changed_at, event_id) \
             SELECT '{table}', id, 'delete', {at}, ?3 {rows} ORDER BY id"
        ));
        statements.push(format!("DELETE {rows}"));
    }
    statements.push(format!(
        "INSERT INTO workos_tombstones (table_name, id, deleted_at) \
         SELECT '{name}', {ID}, {at} WHERE {is_gone} \
         ON CONFLICT (table_name, id) DO UPDATE SET deleted_at = excluded.deleted_at \
         WHERE excluded.deleted_at > workos_tombstones.deleted_at"
    ));
    statements
}
