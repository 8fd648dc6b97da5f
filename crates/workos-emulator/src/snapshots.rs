//! [`Snapshot`]: a state to go back to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use workos::Timestamp;

use crate::state::State;

/// The state of an emulator at one time, to [go back to](crate::Emulator::restore): objects, events,
/// messages, webhooks, and the position in the seed of IDs. Copies share it.
#[derive(Clone)]
pub struct Snapshot {
    taken_at: Timestamp,
    state: Arc<State>,
}

impl Snapshot {
    pub(crate) fn new(state: State, taken_at: Timestamp) -> Self {
        Self { taken_at, state: Arc::new(state) }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// When it was taken, on the emulator's clock.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.state.rows()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken_at, .. } = self;
        f.debug_struct("Snapshot").field("taken_at", taken_at).finish_non_exhaustive()
    }
}

/// Snapshots by name.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Snapshot>>);

impl Snapshots {
    /// How many there may be.
    pub(crate) const KEPT: usize = 100;
    /// How long a name may be.
    pub(crate) const NAME_BYTES: usize = 200;

    pub(crate) fn all(&self) -> BTreeMap<String, Snapshot> {
        self.lock().clone()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Snapshot> {
        self.lock().get(name).cloned()
    }

    /// Keeps a snapshot, instead of another with this name; `false` if there are too many.
    pub(crate) fn keep(&self, name: &str, snapshot: Snapshot) -> bool {
        let mut snapshots = self.lock();
        if snapshots.len() >= Self::KEPT && !snapshots.contains_key(name) {
            return false;
        }
        snapshots.insert(name.to_owned(), snapshot);
        true
    }

    /// Removes a snapshot; `false` if there is none with this name.
    pub(crate) fn remove(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
