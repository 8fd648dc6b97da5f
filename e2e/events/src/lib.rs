//! A consumer of events that is killed, with real databases.
//!
//! `DATABASE_URL` names a Postgres server. SQLite needs none.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// What a worker is told on its standard input, in one line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Where effects and the place go.
    pub database: Database,
    /// The emulator.
    pub base_url: String,
    /// Its API key.
    pub api_key: String,
    /// How many events are in a page.
    pub page_size: u8,
    /// At which step the worker kills itself, counted from 0: each command to its database and each
    /// effect is one.
    pub dies_at: Option<usize>,
    /// Whether it shares the stream by the lease of its database; otherwise it believes to be the
    /// only one.
    pub has_lease: bool,
}

/// A database of one test.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// The URL of a server, with a schema of its own as the search path.
    Postgres(String),
}

/// An effect: an event that was handled, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The event.
    pub event_id: String,
    /// The organization that was renamed.
    pub organization_id: String,
    /// Its new name, which is a number.
    pub number: i64,
    /// The process ID of the worker.
    pub worker: i64,
}

const TABLE: &str = "\
CREATE TABLE effects (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL, organization_id TEXT NOT NULL, number BIGINT NOT NULL,
    worker BIGINT NOT NULL
)";
const EFFECTS: &str =
    "SELECT event_id, organization_id, number, worker FROM effects ORDER BY position";

impl Database {
    /// A new file with a table of effects.
    pub fn sqlite() -> (Self, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.sqlite");
        rusqlite::Connection::open(&path).unwrap().execute_batch(TABLE).unwrap();
        (Self::Sqlite(path), folder)
    }

    /// A new schema with a table of effects.
    ///
    /// # Panics
    ///
    /// Without `DATABASE_URL`: a test without its database must not pass.
    pub async fn postgres() -> Self {
        let url = env::var("DATABASE_URL").expect("DATABASE_URL has to name a Postgres server");
        let schema = format!("test_{:016x}", fastrand::u64(..));
        let options = format!("{url}?options=-csearch_path%3D{schema}");
        let database = Self::Postgres(options);
        let client = database.postgres_client().await;
        let table = TABLE.replace("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGSERIAL PRIMARY KEY");
        client.batch_execute(&format!("CREATE SCHEMA {schema}; {table}")).await.unwrap();
        database
    }

    async fn postgres_client(&self) -> tokio_postgres::Client {
        let Self::Postgres(url) = self else { panic!("{self:?} is not Postgres") };
        let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(driver);
        client
    }

    /// The effects so far, in the order in which they were committed.
    pub async fn effects(&self) -> Vec<Effect> {
        match self {
            Self::Sqlite(path) => {
                let file = rusqlite::Connection::open(path).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                let mut effects = file.prepare(EFFECTS).unwrap();
                let effects = effects.query_map([], |row| {
                    Ok(Effect {
                        event_id: row.get(0)?,
                        organization_id: row.get(1)?,
                        number: row.get(2)?,
                        worker: row.get(3)?,
                    })
                });
                effects.unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(_) => {
                let rows = self.postgres_client().await.query(EFFECTS, &[]).await.unwrap();
                let effect = |row: tokio_postgres::Row| Effect {
                    event_id: row.get(0),
                    organization_id: row.get(1),
                    number: row.get(2),
                    worker: row.get(3),
                };
                rows.into_iter().map(effect).collect()
            }
        }
    }
}
