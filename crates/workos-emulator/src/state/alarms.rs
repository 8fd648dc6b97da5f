//! [`Alarms`]: jobs that are due at a time, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use workos::Timestamp;

/// Jobs that are due at a time. Each has a lane: those of one lane are done one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Alarms<J> {
    lanes: BTreeMap<String, BTreeMap<Slot, J>>,
    /// How many were ever set.
    count: u64,
}

/// When a job is due, and its place among those that are due at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) due: Timestamp,
    number: u64,
}

impl<J> Default for Alarms<J> {
    fn default() -> Self {
        Self { lanes: BTreeMap::new(), count: 0 }
    }
}

impl<J> Alarms<J> {
    /// Adds a job. Of those that are due at the same time, the one that was added first is first.
    pub(crate) fn set(&mut self, lane: &str, due: Timestamp, job: J) -> Slot {
        let slot = Slot { due, number: self.count };
        self.count += 1;
        match self.lanes.get_mut(lane) {
            Some(jobs) => drop(jobs.insert(slot, job)),
            None => drop(self.lanes.insert(lane.to_owned(), BTreeMap::from([(slot, job)]))),
        }
        slot
    }

    /// Sets a job where it was before.
    pub(crate) fn restore(&mut self, lane: &str, slot: Slot, job: J) {
        self.count = self.count.max(slot.number + 1);
        self.lanes.entry(lane.to_owned()).or_default().insert(slot, job);
    }

    /// Takes a job back, or notes that it is done.
    pub(crate) fn remove(&mut self, lane: &str, slot: Slot) -> Option<J> {
        let jobs = self.lanes.get_mut(lane)?;
        let job = jobs.remove(&slot);
        if jobs.is_empty() {
            self.lanes.remove(lane);
        }
        job
    }

    /// The next job of the lanes that are free, and when it is due.
    pub(crate) fn first(&self, is_free: impl Fn(&str) -> bool) -> Option<(Timestamp, &J)> {
        let free = self.lanes.iter().filter(|(lane, _)| is_free(lane));
        let firsts = free.filter_map(|(_, jobs)| jobs.first_key_value());
        firsts.min_by_key(|(slot, _)| **slot).map(|(slot, job)| (slot.due, job))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lanes.values().map(BTreeMap::len).sum()
    }
}
