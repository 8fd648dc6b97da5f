//! [`LocalCheckpoint`]: the place of a consumer in memory, or in a file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::{BoxError, BrokenTransaction, Checkpoint, DeadLetter, EventCursor};

/// The place of a consumer for one process: in memory, or in a file.
///
/// There is no database, and so no transaction for effects: an event may be handled again after a
/// crash.
#[derive(Debug, Clone)]
pub struct LocalCheckpoint {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    path: Option<PathBuf>,
}

/// What the file has, as JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    cursors: BTreeMap<String, EventCursor>,
    #[serde(default)]
    dead_letters: BTreeMap<String, Vec<DeadLetter>>,
}

/// What a transaction of a [`LocalCheckpoint`] will change.
#[derive(Debug, Clone, Default)]
pub struct LocalTransaction {
    changes: Arc<Mutex<Vec<Change>>>,
}

#[derive(Debug)]
enum Change {
    Advance { stream: String, expected: Option<EventCursor>, next: EventCursor },
    Bury { stream: String, letter: Box<DeadLetter> },
    Unbury { stream: String, event_id: String },
}

impl LocalCheckpoint {
    /// In memory: the place is lost when the process ends.
    pub fn in_memory() -> Self {
        Self::new(State::default(), None)
    }

    /// In a file, which is written anew and renamed with each page: a crash leaves the old file or
    /// the new one. It is for one process at a time.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is not of this kind.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let state = match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                let problem = format!("{} is no file of checkpoints: {error}", path.display());
                io::Error::new(io::ErrorKind::InvalidData, problem)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(error),
        };
        Ok(Self::new(state, Some(path.to_owned())))
    }

    fn new(state: State, path: Option<PathBuf>) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::new(state), path }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalTransaction {
    fn push(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}

impl State {
    fn apply(&mut self, change: Change) -> Result<(), BoxError> {
        match change {
            Change::Advance { stream, expected, next } => {
                if self.cursors.get(&stream) != expected.as_ref() {
                    return Err(format!("the stream {stream:?} is at another place").into());
                }
                self.cursors.insert(stream, next);
            }
            Change::Bury { stream, letter } => {
                let letters = self.dead_letters.entry(stream).or_default();
                letters.retain(|other| other.event.id != letter.event.id);
                letters.push(*letter);
            }
            Change::Unbury { stream, event_id } => {
                if let Some(letters) = self.dead_letters.get_mut(&stream) {
                    letters.retain(|letter| letter.event.id != event_id);
                }
            }
        }
        Ok(())
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        // The name is safe once its folder is. Windows cannot open folders, and needs no such step.
        if let Some(folder) = path.parent().filter(|_| cfg!(unix)) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Checkpoint for LocalCheckpoint {
    type Transaction = LocalTransaction;

    async fn load(&self, stream: &str) -> Result<Option<EventCursor>, BoxError> {
        Ok(self.state().cursors.get(stream).cloned())
    }

    async fn begin(&self) -> Result<LocalTransaction, BoxError> {
        Ok(LocalTransaction::default())
    }

    async fn advance(
        &self,
        transaction: &LocalTransaction,
        stream: &str,
        expected: Option<&EventCursor>,
        next: &EventCursor,
    ) -> Result<bool, BoxError> {
        if self.state().cursors.get(stream) != expected {
            return Ok(false);
        }
        transaction.push(Change::Advance {
            stream: stream.to_owned(),
            expected: expected.cloned(),
            next: next.clone(),
        });
        Ok(true)
    }

    async fn bury(
        &self,
        transaction: &LocalTransaction,
        stream: &str,
        letter: &DeadLetter,
    ) -> Result<(), BoxError> {
        let letter = Box::new(letter.clone());
        transaction.push(Change::Bury { stream: stream.to_owned(), letter });
        Ok(())
    }

    async fn unbury(
        &self,
        transaction: &LocalTransaction,
        stream: &str,
        event_id: &str,
    ) -> Result<bool, BoxError> {
        let is_there = self
            .state()
            .dead_letters
            .get(stream)
            .is_some_and(|letters| letters.iter().any(|letter| letter.event.id == event_id));
        let (stream, event_id) = (stream.to_owned(), event_id.to_owned());
        transaction.push(Change::Unbury { stream, event_id });
        Ok(is_there)
    }

    async fn dead_letters(&self, stream: &str) -> Result<Vec<DeadLetter>, BoxError> {
        Ok(self.state().dead_letters.get(stream).cloned().unwrap_or_default())
    }

    /// All or nothing: a file that cannot be written leaves the state as it was.
    async fn commit(&self, transaction: LocalTransaction) -> Result<(), BoxError> {
        let changes = Arc::into_inner(transaction.changes).ok_or_else(BrokenTransaction::kept)?;
        let mut state = self.state();
        let mut next = state.clone();
        for change in changes.into_inner().unwrap_or_else(PoisonError::into_inner) {
            next.apply(change)?;
        }
        if let Some(path) = &self.shared.path {
            next.write(path)?;
        }
        *state = next;
        Ok(())
    }
}
