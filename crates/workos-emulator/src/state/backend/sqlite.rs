//! [`SqliteFile`]: an environment in a file of SQLite.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use super::{Backend, Stored, Write};
use crate::state::collection::{Place, Slot};

/// What marks a file as ours, for `file` and for us.
const APPLICATION_ID: i32 = 0x574f_5345; // "WOSE"
/// The layout of the file.
const FORMAT: i32 = 1;
/// The slots of one table: more rows than fit into memory.
const SLOT_BITS: u32 = 40;
/// How long to wait for a process that is just closing the file.
const BUSY: Duration = Duration::from_secs(2);

/// `WAL` lets a commit append to one file. `synchronous=OFF` hands the bytes to the kernel and does not
/// wait for the disk: they survive `kill -9`. `EXCLUSIVE` keeps other processes away, and the lock that
/// each commit would take.
const SETTINGS: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = MEMORY;
";

const LAYOUT: &str = "
    CREATE TABLE tables (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE rows (key INTEGER PRIMARY KEY, place BLOB NOT NULL, row TEXT NOT NULL);
";

/// An environment in a file.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    /// Only one thread uses it at a time; the lock says so to the compiler.
    connection: Mutex<Connection>,
    /// The numbers of tables that have rows or had some.
    tables: HashMap<String, i64>,
}

impl SqliteFile {
    /// Opens the file, or creates it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let failed = |error| open_failed(path, &error);
        let connection = Connection::open_with_flags(path, OpenFlags::default()).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        check(path, &connection)?;
        connection.execute_batch(SETTINGS).map_err(failed)?;
        if version(&connection).map_err(failed)? == 0 {
            let layout = format!(
                "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {LAYOUT} \
                 PRAGMA user_version = {FORMAT}; COMMIT;"
            );
            connection.execute_batch(&layout).map_err(failed)?;
        }
        let tables = tables(&connection).map_err(failed)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), tables })
    }
}

/// Refuses a file that is not ours, or of a later version.
fn check(path: &Path, connection: &Connection) -> io::Result<()> {
    let failed = |error| open_failed(path, &error);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))
        .map_err(failed)?;
    let id: i32 =
        connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(failed)?;
    let version = version(connection).map_err(failed)?;
    let problem = match (tables, id, version) {
        (0, 0, 0) | (_, APPLICATION_ID, 0..=FORMAT) => return Ok(()),
        (_, APPLICATION_ID, _) => {
            "was written by a later version of workos-emulator. Use that one."
        }
        _ => "is not a file of workos-emulator. Name a file that does not exist yet.",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} {problem}", path.display())))
}

fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn tables(connection: &Connection) -> rusqlite::Result<HashMap<String, i64>> {
    let mut statement = connection.prepare("SELECT name, number FROM tables")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn open_failed(path: &Path, error: &rusqlite::Error) -> io::Error {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let message = format!("{path} is in use by another process");
            io::Error::new(io::ErrorKind::ResourceBusy, message)
        }
        Some(ErrorCode::NotADatabase) => {
            let message = format!("{path} is not a file of workos-emulator");
            io::Error::new(io::ErrorKind::InvalidInput, message)
        }
        _ => io::Error::other(format!("cannot open {path}: {error}")),
    }
}

impl Backend for SqliteFile {
    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        self.transaction(&mut writes.iter().cloned(), false)
    }

    fn replace(&mut self, writes: &mut dyn Iterator<Item = Write>) -> io::Result<()> {
        self.transaction(writes, true)
    }

    fn load(&mut self, each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()> {
        let failed = |error: rusqlite::Error| {
            io::Error::other(format!("cannot read {}: {error}", self.path.display()))
        };
        let names: HashMap<i64, &str> =
            self.tables.iter().map(|(name, number)| (*number, name.as_str())).collect();
        let connection = lock(&self.connection);
        let mut statement =
            connection.prepare("SELECT key, place, row FROM rows ORDER BY key").map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let key: i64 = row.get(0).map_err(failed)?;
            let place: [u8; 16] = row.get(1).map_err(failed)?;
            let json = row.get_ref(2).map_err(failed)?;
            let json = json.as_bytes().map_err(|error| failed(error.into()))?;
            let table = names.get(&(key >> SLOT_BITS)).copied().unwrap_or_default();
            let slot = Slot::try_from(key & ((1 << SLOT_BITS) - 1)).unwrap_or_default();
            each(Stored { table, slot, place: Place::from_be_bytes(place), json })?;
        }
        Ok(())
    }
}

impl SqliteFile {
    fn transaction(
        &mut self,
        writes: &mut dyn Iterator<Item = Write>,
        is_everything: bool,
    ) -> io::Result<()> {
        let failed = |error: rusqlite::Error| {
            io::Error::other(format!("cannot write {}: {error}", self.path.display()))
        };
        let mut connection = lock(&self.connection);
        let transaction = connection.transaction().map_err(failed)?;
        let mut tables = None;
        {
            let mut put = transaction
                .prepare_cached("INSERT OR REPLACE INTO rows (key, place, row) VALUES (?1, ?2, ?3)")
                .map_err(failed)?;
            if is_everything {
                transaction.execute("DELETE FROM rows", []).map_err(failed)?;
            }
            for Write { key, row } in writes {
                let known = tables.as_ref().unwrap_or(&self.tables).get(key.table).copied();
                let number = match known {
                    Some(number) => number,
                    None => {
                        let name = key.table;
                        let number = add_table(&transaction, name).map_err(failed)?;
                        tables
                            .get_or_insert_with(|| self.tables.clone())
                            .insert(name.to_owned(), number);
                        number
                    }
                };
                let key = number << SLOT_BITS | key.slot as i64;
                match row {
                    Some((place, json)) => {
                        let json = std::str::from_utf8(&json).map_err(io::Error::other)?;
                        put.execute(params![key, place.to_be_bytes(), json]).map_err(failed)?;
                    }
                    None => {
                        let mut delete = transaction
                            .prepare_cached("DELETE FROM rows WHERE key = ?1")
                            .map_err(failed)?;
                        delete.execute([key]).map_err(failed)?;
                    }
                }
            }
        }
        transaction.commit().map_err(failed)?;
        // A table that was added counts only now: its transaction might have failed.
        if let Some(tables) = tables {
            self.tables = tables;
        }
        Ok(())
    }
}

/// The number of a table that has had no rows so far.
fn add_table(transaction: &rusqlite::Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
    let known = transaction
        .query_row("SELECT number FROM tables WHERE name = ?1", [name], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => {
            transaction.execute("INSERT INTO tables (name) VALUES (?1)", [name])?;
            Ok(transaction.last_insert_rowid())
        }
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
