//! [`Backend`]: where an environment outlives its process.
//!
//! The state is in memory; a backend mirrors it. It is written before a request is answered, and
//! read once, at the start.

#[cfg(feature = "data")]
pub(crate) mod sqlite;
#[cfg(feature = "data")]
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;

use super::collection::{Place, Slot};

/// Where a row is in a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The name of its table.
    pub(crate) table: &'static str,
    pub(crate) slot: Slot,
}

/// The place and the JSON of a row.
pub(crate) type Written = (Place, Vec<u8>);

/// What is now where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Write {
    pub(crate) key: Key,
    /// The row in JSON; `None` if it was removed.
    pub(crate) row: Option<Written>,
}

/// A row as it is read.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) table: &'a str,
    pub(crate) slot: Slot,
    pub(crate) place: Place,
    pub(crate) json: &'a [u8],
}

/// A closed backend. It refuses changes, since it can no longer store them.
#[derive(Debug)]
pub(crate) struct Closed;

impl Closed {
    fn refuse<T>() -> io::Result<T> {
        Err(io::Error::other("the emulator was stopped"))
    }
}

impl Backend for Closed {
    fn commit(&mut self, _writes: &[Write]) -> io::Result<()> {
        Self::refuse()
    }

    fn replace(&mut self, _writes: &mut dyn Iterator<Item = Write>) -> io::Result<()> {
        Self::refuse()
    }

    fn load(&mut self, _each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()> {
        Self::refuse()
    }
}

/// Where an environment outlives its process.
pub(crate) trait Backend: fmt::Debug + Send + Sync {
    /// Stores all of this, or nothing. What it returns from survives the end of the process.
    fn commit(&mut self, writes: &[Write]) -> io::Result<()>;

    /// Stores this and nothing else.
    fn replace(&mut self, writes: &mut dyn Iterator<Item = Write>) -> io::Result<()>;

    /// Passes all rows on, those of a table in the order of their slots.
    fn load(&mut self, each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()>;
}
