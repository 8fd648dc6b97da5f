//! [`Live`]: a state that changes, and where it is stored.

use std::collections::HashMap;
use std::io;

use serde::{Deserialize, Serialize};
use workos::Timestamp;

use super::backend::{Backend, Closed, Key, Stored, Write};
use super::clock::ClockState;
use super::ids::Position;
use super::table::Table;
use super::{At, Change, Effects, Ids, State, store};
use crate::reply::{Answer, Refusal};

/// A state that changes, and where it is stored, if anywhere.
#[derive(Debug)]
pub(crate) struct Live {
    state: State,
    backend: Option<Box<dyn Backend>>,
}

/// What was in a backend.
#[derive(Debug)]
pub(crate) enum Opened {
    Known(Box<Live>, ClockState),
    New(Box<dyn Backend>),
}

/// What a file has besides rows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) ids: Position,
    pub(super) clock: ClockState,
}

impl Head {
    const KEY: Key = Key { table: "head", slot: 0 };

    pub(super) fn write(&self) -> Write {
        Write { key: Self::KEY, row: serde_json::to_vec(self).ok().map(|json| (0, json)) }
    }
}

impl Live {
    /// A state that ends with the process.
    pub(crate) fn new(state: State) -> Self {
        Self { state, backend: None }
    }

    /// The state that a backend has, with its clock; the backend itself, if it has none yet.
    ///
    /// # Errors
    ///
    /// When the backend fails, or has something else than this program can read.
    pub(crate) fn open(mut backend: Box<dyn Backend>, drop_in: bool) -> io::Result<Opened> {
        Ok(match read(&mut *backend)? {
            Some((mut state, clock)) => {
                if drop_in {
                    state.become_drop_in();
                }
                Opened::Known(Box::new(Self { state, backend: Some(backend) }), clock)
            }
            None => Opened::New(backend),
        })
    }

    /// Stores the state in a backend from now on.
    pub(crate) fn keep_in(
        &mut self,
        mut backend: Box<dyn Backend>,
        clock: ClockState,
    ) -> io::Result<()> {
        backend.replace(&mut self.state.all_writes(clock))?;
        self.backend = Some(backend);
        Ok(())
    }

    /// Closes the backend, if there is one. No change is possible from then on.
    pub(crate) fn close(&mut self) {
        if let Some(backend) = &mut self.backend {
            *backend = Box::new(Closed);
        }
    }

    /// Makes a new state accept what the official emulator accepts.
    pub(crate) fn become_drop_in(&mut self) {
        self.state.become_drop_in();
        self.state = self.state.emptied();
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Does this, or nothing if it is refused. Returns what it did besides the answer, too.
    pub(crate) fn change<T>(
        &mut self,
        at: At<'_>,
        work: impl FnOnce(&mut Change<'_>) -> Answer<T>,
    ) -> (Answer<T>, Effects) {
        self.state.change(at, self.backend.as_mut(), work)
    }

    /// Does work outside of a request. What cannot be stored now is stored with the next
    /// change.
    pub(crate) fn work<T>(
        &mut self,
        clock: ClockState,
        work: impl FnOnce(&mut State, Timestamp) -> T,
    ) -> T {
        let done = work(&mut self.state, clock.now());
        if self.state.has_unstored() {
            let _ = self.store(clock);
        }
        done
    }

    /// Stores what is not stored yet.
    pub(crate) fn store(&mut self, clock: ClockState) -> Answer<()> {
        if let Some(backend) = &mut self.backend {
            let writes: Vec<_> = self.state.other_writes(clock).collect();
            backend.commit(&writes).map_err(|error| Refusal::not_stored(&error))?;
        }
        self.state.note_stored();
        Ok(())
    }

    /// Draws from another seed from now on.
    pub(crate) fn reseed(&mut self, seed: u64, clock: ClockState) -> Answer<()> {
        let before = self.state.ids.clone();
        self.state.ids.reseed(seed);
        self.store(clock).inspect_err(|_| self.state.ids = before)
    }

    /// Puts another state in the place of this one.
    pub(crate) fn replace(&mut self, state: State, clock: ClockState) -> Answer<()> {
        if let Some(backend) = &mut self.backend {
            let stored = backend.replace(&mut state.all_writes(clock));
            stored.map_err(|error| Refusal::not_stored(&error))?;
        }
        self.state = state;
        self.state.note_stored();
        Ok(())
    }
}

/// What a backend has; `None` if it is new.
fn read(backend: &mut dyn Backend) -> io::Result<Option<(State, ClockState)>> {
    let tables: HashMap<&str, &Table> = store::tables().map(|table| (table.name, table)).collect();
    let mut state = State::empty(Ids::new(0));
    let mut head: Option<Head> = None;
    backend.load(&mut |row: Stored<'_>| {
        let read = if let Some(table) = tables.get(row.table) {
            table.fill(&mut state.store, row.slot, row.place, row.json).map(|()| true)
        } else if row.table == Head::KEY.table {
            serde_json::from_slice(row.json).map(|read| head = Some(read)).map(|()| true)
        } else {
            match state.deliveries.fill(&row) {
                Ok(false) => state.mail.fill(&row),
                read => read,
            }
        };
        match read {
            Ok(true) => Ok(()),
            Ok(false) => Err(unreadable(&row, "this program has no such table")),
            Err(error) => Err(unreadable(&row, &error.to_string())),
        }
    })?;
    let Some(head) = head else { return Ok(None) };
    let ids = Ids::at(&head.ids);
    state.ids = ids.ok_or_else(|| io::Error::other("the position in the seed is unreadable"))?;
    state.deliveries.filled();
    Ok(Some((state, head.clock)))
}

fn unreadable(row: &Stored<'_>, reason: &str) -> io::Error {
    let message = format!(
        "row {} of {} cannot be read: {reason}. Another version of workos-emulator wrote it: export \
         the data with that version, and start with an empty file and the export as seed file",
        row.slot, row.table
    );
    io::Error::new(io::ErrorKind::InvalidData, message)
}
