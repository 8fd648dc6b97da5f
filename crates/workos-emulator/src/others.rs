//! [`Others`]: further environments that were started through the control API.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::emulator::Emulator;
use crate::reply::{Answer, Refusal};

/// Further environments by name. They end with the one that has them.
#[derive(Debug, Default)]
pub(crate) struct Others(Mutex<BTreeMap<String, Emulator>>);

impl Others {
    /// How many there may be.
    const MAX: usize = 100;

    /// Reads all of them.
    pub(crate) fn each<T>(&self, read: impl FnOnce(&BTreeMap<String, Emulator>) -> T) -> T {
        read(&self.lock())
    }

    /// Keeps one, unless there is one with this name, or there are too many.
    pub(crate) fn add(&self, name: &str, other: Emulator) -> Answer<()> {
        let mut all = self.lock();
        if all.contains_key(name) {
            let message = format!("There is an environment '{name}' already.");
            return Err(Refusal::conflict("environment_exists", message));
        }
        if all.len() >= Self::MAX {
            let message = format!("There are {} environments already. Stop one.", Self::MAX);
            return Err(Refusal::conflict("too_many_environments", message));
        }
        all.insert(name.to_owned(), other);
        Ok(())
    }

    /// Stops one; `false` if there is none with this name.
    pub(crate) fn remove(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    /// Stops all of them.
    pub(crate) fn stop(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Emulator>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
