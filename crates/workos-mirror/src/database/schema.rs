//! What the mirror creates, and how it changes from version to version.

use workos::helpers::events::{BoxError, Checkpoint};

use super::{Database, Dialect, Transaction};
use crate::error::Error;
use crate::tables::{Kind, TABLES, Table};

/// The version of the schema that this crate knows. Whoever raises it adds the way from the version
/// before to [`STEPS`]: a new database gets the latest schema at once.
const VERSION: usize = 1;
/// The ways from version 1 to 2, from 2 to 3, and so on.
const STEPS: [fn(Dialect) -> String; VERSION - 1] = [];

/// Brings a database to the version that this crate knows.
pub(crate) async fn migrate<D: Database>(database: &D) -> Result<(), Error> {
    let checkpoint = database.checkpoint();
    let transaction = checkpoint.begin().await?;
    // Looks first: even `IF NOT EXISTS` takes a role that may create tables.
    if let Ok(Some(VERSION)) = version(database, &transaction).await {
        return Ok(());
    }
    drop(transaction);
    loop {
        let transaction = checkpoint.begin().await?;
        database.script(&transaction, VERSIONS).await?;
        let (next, script) = match version(database, &transaction).await? {
            None => (VERSION, create(D::DIALECT)),
            Some(VERSION) => return Ok(()),
            Some(found) => match STEPS.get(found.wrapping_sub(1)) {
                Some(step) => (found + 1, step(D::DIALECT)),
                None => return Err(Error::NewerSchema { found, known: VERSION }),
            },
        };
        database.script(&transaction, &script).await?;
        let enter = format!("INSERT INTO workos_mirror_schema (version) VALUES ({next})");
        database.script(&transaction, &enter).await?;
        checkpoint.commit(transaction).await?;
    }
}

/// The version of the tables; `None` if there are none.
async fn version<D: Database>(
    database: &D,
    transaction: &Transaction<D>,
) -> Result<Option<usize>, BoxError> {
    let newest = "SELECT CAST(max(version) AS text) FROM workos_mirror_schema";
    let rows = database.query(transaction, &D::DIALECT.sql(newest), &[]).await?;
    Ok(rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok()))
}

const VERSIONS: &str = "\
CREATE TABLE IF NOT EXISTS workos_mirror_schema (version integer PRIMARY KEY)";

fn create(dialect: Dialect) -> String {
    let tables: String = TABLES.iter().map(|table| create_table(dialect, table)).collect();
    let (time, json) = (dialect.type_of(Kind::Time), dialect.type_of(Kind::Json));
    let seq = match dialect {
        Dialect::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        Dialect::Postgres => "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    };
    format!(
        "{tables}
CREATE TABLE changes (
    seq {seq},
    table_name text NOT NULL,
    row_id text NOT NULL,
    operation text NOT NULL,
    changed_at {time} NOT NULL,
    event_id text,
    raw {json}
);
CREATE TABLE workos_tombstones (
    table_name text NOT NULL,
    id text NOT NULL,
    deleted_at {time} NOT NULL,
    PRIMARY KEY (table_name, id)
);
CREATE TABLE workos_mirror_backfill (
    list text PRIMARY KEY,
    parent text,
    cursor text,
    pages bigint NOT NULL,
    listed bigint NOT NULL,
    is_finished integer NOT NULL
);
CREATE TABLE workos_mirror_lookups (
    table_name text NOT NULL,
    id text NOT NULL,
    path text NOT NULL,
    parent text,
    event_id text NOT NULL,
    PRIMARY KEY (table_name, id)
);"
    )
}

fn create_table(dialect: Dialect, table: &Table) -> String {
    let (name, clock) = (table.name, table.clock.column());
    let columns = table.columns.iter().map(|column| (column.name, column.kind));
    let columns: String = columns
        .chain([(clock, Kind::Time)])
        .map(|(column, kind)| format!("    {column} {},\n", dialect.type_of(kind)))
        .collect();
    let indexes: String = table
        .columns
        .iter()
        .filter(|column| column.parent.is_some())
        .map(|column| {
            let column = column.name;
            format!("CREATE INDEX {name}_{column} ON {name} ({column});\n")
        })
        .collect();
    let raw = dialect.type_of(Kind::Json);
    format!(
        "CREATE TABLE {name} (\n    id text PRIMARY KEY,\n{columns}    raw {raw} NOT NULL\n);\n{indexes}"
    )
}
