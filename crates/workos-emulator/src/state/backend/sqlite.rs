//! [`SqliteFile`]: an environment in a file of SQLite.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params};

use super::{Backend, Stored, Write};
use crate::state::collection::{Place, Slot};

/// What marks a file as ours, for `file` and for us.
const APPLICATION_ID: i32 = 0x574f_5345; // "WOSE"
/// The layout of the file: a table for each collection that has had rows.
const FORMAT: i32 = 1;
/// How many slots a collection can have. Slots are used again, so this many rows were there at once.
const MAX_SLOTS: Slot = 1 << 28;
/// How long to wait for a process that is just closing the file.
const BUSY: Duration = Duration::from_secs(2);
/// How many prepared statements are kept: two for each table, and some.
const STATEMENTS: usize = 256;

/// `EXCLUSIVE` keeps other processes away, and spares each commit its locks. It comes first: the file
/// would be shared otherwise as soon as it is read.
const LOCK: &str = "PRAGMA locking_mode = EXCLUSIVE;";
/// `WAL` lets a commit append to one file. `synchronous = OFF` hands the bytes to the kernel and does
/// not wait for the disk: they survive `kill -9`.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = MEMORY;
";

/// An environment in a file.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    /// Only one thread uses it at a time; the lock says so to the compiler.
    connection: Mutex<Connection>,
    /// The tables that the file has. A collection gets one with its first row, so that its rows are
    /// appended to its own tree, which touches fewer pages than inserting between other rows.
    tables: HashSet<String>,
}

impl SqliteFile {
    /// Opens the file, or creates it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let failed = |error| open_failed(path, &error);
        let connection = Connection::open_with_flags(path, OpenFlags::default()).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.execute_batch(LOCK).map_err(failed)?;
        let tables = tables(&connection).map_err(failed)?;
        let marks = marks(&connection).map_err(failed)?;
        check(marks, tables.is_empty()).map_err(|problem| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{} {problem}", path.display()))
        })?;
        connection.execute_batch(SETTINGS).map_err(failed)?;
        if marks != (APPLICATION_ID, FORMAT) {
            let mark = format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
            );
            connection.execute_batch(&mark).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), tables })
    }

    /// Writes all of this, or nothing.
    fn transaction(
        &mut self,
        write: impl FnOnce(&Connection, &mut Tables<'_>) -> rusqlite::Result<()>,
    ) -> io::Result<()> {
        let Self { path, connection, tables } = self;
        let connection = connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut now = Tables { known: tables, added: HashSet::new() };
        let run = |statement| connection.prepare_cached(statement)?.execute([]);
        let done = run("BEGIN IMMEDIATE").and_then(|_| {
            let done = write(connection, &mut now).and_then(|()| run("COMMIT").map(drop));
            if done.is_err() {
                // After some errors there is no transaction any more.
                let _ = run("ROLLBACK");
            }
            done
        });
        // A table that was added counts only now: its transaction might have failed.
        let added = now.added;
        done.map(|()| tables.extend(added.into_iter().map(str::to_owned)))
            .map_err(|error| io::Error::other(format!("cannot write {}: {error}", path.display())))
    }
}

/// The tables that there are, and those that this transaction adds.
struct Tables<'a> {
    known: &'a HashSet<String>,
    added: HashSet<&'static str>,
}

impl Tables<'_> {
    /// Makes sure that there is a table. Its name is one of ours.
    fn add(&mut self, connection: &Connection, table: &'static str) -> rusqlite::Result<()> {
        if self.known.contains(table) || !self.added.insert(table) {
            return Ok(());
        }
        connection.execute_batch(&format!(
            "CREATE TABLE \"{table}\" \
             (slot INTEGER PRIMARY KEY, place BLOB NOT NULL, row TEXT NOT NULL)"
        ))
    }

    fn put(&mut self, connection: &Connection, write: &Write) -> rusqlite::Result<()> {
        let table = write.key.table;
        self.add(connection, table)?;
        // Slots are counted from 0, and memory ends before `i64` does.
        let slot = write.key.slot as i64;
        match &write.row {
            Some((place, json)) => {
                let put = format!("INSERT OR REPLACE INTO \"{table}\" VALUES (?1, ?2, ?3)");
                let row = params![slot, place.to_be_bytes(), Text(json)];
                connection.prepare_cached(&put)?.execute(row).map(drop)
            }
            None => {
                let delete = format!("DELETE FROM \"{table}\" WHERE slot = ?1");
                connection.prepare_cached(&delete)?.execute([slot]).map(drop)
            }
        }
    }
}

/// JSON, which is text.
struct Text<'a>(&'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

impl Backend for SqliteFile {
    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        self.transaction(|connection, tables| {
            writes.iter().try_for_each(|write| tables.put(connection, write))
        })
    }

    fn replace(&mut self, writes: &mut dyn Iterator<Item = Write>) -> io::Result<()> {
        self.transaction(|connection, tables| {
            for table in tables.known {
                connection.execute(&format!("DELETE FROM \"{table}\""), [])?;
            }
            for write in writes {
                tables.put(connection, &write)?;
            }
            Ok(())
        })
    }

    fn load(&mut self, each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()> {
        let Self { path, connection, tables } = self;
        let failed = |error: rusqlite::Error| {
            io::Error::other(format!("cannot read {}: {error}", path.display()))
        };
        let connection = connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        for table in &*tables {
            let select = format!("SELECT slot, place, row FROM \"{table}\" ORDER BY slot");
            let mut statement = connection.prepare(&select).map_err(failed)?;
            let mut rows = statement.query([]).map_err(failed)?;
            while let Some(row) = rows.next().map_err(failed)? {
                let slot = slot(row.get(0).map_err(failed)?).map_err(failed)?;
                let place: [u8; 16] = row.get(1).map_err(failed)?;
                let json = row.get_ref(2).map_err(failed)?;
                let json = json.as_bytes().map_err(|error| failed(error.into()))?;
                let place = Place::from_be_bytes(place);
                each(Stored { table, slot, place, json })?;
            }
        }
        Ok(())
    }
}

/// Refuses slots that we never write: memory is taken for all slots before them.
fn slot(stored: i64) -> rusqlite::Result<Slot> {
    let slot = Slot::try_from(stored).ok().filter(|slot| *slot < MAX_SLOTS);
    slot.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, stored))
}

/// Refuses a file that is not ours, or of a later version.
fn check(marks: (i32, i32), is_empty: bool) -> Result<(), &'static str> {
    match marks {
        (0, 0) if is_empty => Ok(()),
        (APPLICATION_ID, 0..=FORMAT) => Ok(()),
        (APPLICATION_ID, _) => {
            Err("was written by a later version of workos-emulator. Use that one.")
        }
        _ => Err("is not a file of workos-emulator. Name a file that does not exist yet."),
    }
}

/// The application ID and the format.
fn marks(connection: &Connection) -> rusqlite::Result<(i32, i32)> {
    let read = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((read("application_id")?, read("user_version")?))
}

fn tables(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
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
