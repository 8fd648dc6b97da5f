//! The refresh locks and checkpoints of `workos-stores` against real databases, which fail on
//! request.
//!
//! `REDIS_URL` and `DATABASE_URL` name servers that require a password. SQLite needs none.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod process;
mod proxy;

use std::env;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use workos::SecretString;
use workos::helpers::session::RefreshLock;
use workos_stores::{PostgresRefreshLock, RedisRefreshLock, SqliteRefreshLock, StoreError};

pub use crate::process::Process;
pub use crate::proxy::Mode;
use crate::proxy::Proxy;

/// The databases that have a lock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Kind {
    Redis,
    Postgres,
    Sqlite,
}

/// Runs tests on a new database of each kind: modules with their [`Kind`], then the tests, which take
/// a [`Database`].
#[macro_export]
macro_rules! on_every_database {
    ($($module:ident $kind:ident,)* => $tests:tt) => {
        $(mod $module {
            $crate::on_every_database!($kind $tests);
        })*
    };
    ($kind:ident ($($test:ident,)*)) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            super::$test($crate::Database::start($crate::Kind::$kind).await).await;
        })*
    };
}

impl Kind {
    /// A lock as a process of an application has it.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn lock(self, address: &str) -> Result<Arc<dyn RefreshLock>, StoreError> {
        Ok(match self {
            Self::Redis => Arc::new(RedisRefreshLock::connect(address).await?),
            Self::Postgres => Arc::new(PostgresRefreshLock::connect(address).await?),
            Self::Sqlite => Arc::new(SqliteRefreshLock::open(address).await?),
        })
    }

    /// The address of the server, from the environment.
    ///
    /// # Panics
    ///
    /// When the variable is missing: a test without its database must not pass.
    pub fn server(self) -> String {
        let name = if self == Self::Redis { "REDIS_URL" } else { "DATABASE_URL" };
        env::var(name).unwrap_or_else(|_| panic!("{name} has to name a server of {self:?}"))
    }
}

/// A database of one test.
#[derive(Debug)]
pub struct Database {
    /// Which one.
    pub kind: Kind,
    /// What leads to it.
    pub address: String,
    access: Access,
}

#[derive(Debug)]
enum Access {
    Network(Proxy),
    File {
        /// Keeps everybody else from writing, while the database is to fail.
        holder: Mutex<Option<rusqlite::Connection>>,
        _folder: TempDir,
    },
}

impl Database {
    /// The server behind a proxy, or a new file.
    pub async fn start(kind: Kind) -> Self {
        if kind == Kind::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let address = folder.path().join("refresh.sqlite").to_str().unwrap().to_owned();
            let access = Access::File { holder: Mutex::default(), _folder: folder };
            return Self { kind, address, access };
        }
        let (before, server, after) = take_apart(&kind.server());
        let proxy = Proxy::start(server).await;
        let address = format!("{before}127.0.0.1:{}{after}", proxy.port());
        Self { kind, address, access: Access::Network(proxy) }
    }

    /// A lock of its own, as another process has it.
    pub async fn lock(&self) -> Arc<dyn RefreshLock> {
        self.kind.lock(&self.address).await.unwrap()
    }

    /// An address with a schema of its own in Postgres, and a client of it that never fails.
    pub async fn schema(&self) -> (String, Client) {
        let name = format!("test_{:032x}", fastrand::u128(..));
        let options = format!("?options=-csearch_path%3D{name}");
        let server = format!("{}{options}", self.kind.server());
        let (client, connection) = tokio_postgres::connect(&server, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE SCHEMA {name}")).await.unwrap();
        (format!("{}{options}", self.address), client)
    }

    /// Makes the database fail, or work again. A file is held by somebody else in both modes of
    /// failure.
    pub fn set(&self, mode: Mode) {
        match &self.access {
            Access::Network(proxy) => proxy.set(mode),
            Access::File { holder, .. } => {
                let fails = mode != Mode::Works;
                *holder.lock().unwrap() = fails.then(|| {
                    let file = rusqlite::Connection::open(&self.address).unwrap();
                    file.execute_batch("BEGIN EXCLUSIVE").unwrap();
                    file
                });
            }
        }
    }
}

/// `scheme://user:password@`, `host:port` and the rest of a URL.
fn take_apart(url: &str) -> (String, String, String) {
    let start = url.rfind('@').or_else(|| url.find("//").map(|at| at + 1)).expect("a URL") + 1;
    let (before, rest) = url.split_at(start);
    let (server, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (before.to_owned(), server.to_owned(), after.to_owned())
}

/// A URL with this password.
pub fn with_password(url: &str, password: &str) -> String {
    let (before, server, after) = take_apart(url);
    let (scheme, account) = before.split_once("//").expect("a URL");
    let user = account.split([':', '@']).next().unwrap_or_default();
    format!("{scheme}//{user}:{password}@{server}{after}")
}

/// What another process is told on its standard input, in one line.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// Which database has the lock.
    pub kind: Kind,
    /// What leads to it.
    pub address: String,
    /// What to do with it.
    pub task: Task,
}

/// What another process does.
#[derive(Debug, Serialize, Deserialize)]
pub enum Task {
    /// Acquires the lock of this key, says `ready`, and holds it.
    Hold(String),
    /// Serves an application with `workos-axum`, and says its address. `GET /organization` responds
    /// with the organization of the session.
    Serve {
        /// The emulator.
        base_url: String,
        /// Its API key.
        api_key: SecretString,
        /// Its client ID.
        client_id: String,
    },
}

/// How cookies are sealed.
pub const COOKIE_PASSWORD: &str = "a cookie password of 32 characters";
