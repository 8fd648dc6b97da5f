//! [`Alarms`]: jobs that are due at a time, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use workos::Timestamp;

/// Jobs that are due at a time. Each has a lane: those of one lane are done one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Alarms<J> {
    lanes: BTreeMap<String, Lane<J>>,
    /// How many were ever set.
    count: u64,
}

type Lane<J> = BTreeMap<Slot, J>;

/// Which of the jobs of a lane that are due comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pick {
    /// The one that has been due for the longest time.
    First,
    /// The one that became due last.
    Last,
    /// The one that this seed chooses.
    Drawn(u64),
}

/// When a job is due, and its place among those that are due at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) due: Timestamp,
    number: u64,
}

impl Slot {
    /// The last of those that are due at this time.
    fn last(due: Timestamp) -> Self {
        Self { due, number: u64::MAX }
    }

    /// A number that follows from the seed.
    fn draw(self, seed: u64) -> u64 {
        fastrand::Rng::with_seed(seed ^ self.number).u64(..)
    }
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
        self.first_lane(is_free)?.first_key_value().map(|(slot, job)| (slot.due, job))
    }

    /// The same, where another job than the first of its lane may come first once it is due.
    pub(crate) fn next(
        &self,
        now: Timestamp,
        pick: Pick,
        is_free: impl Fn(&str) -> bool,
    ) -> Option<(Timestamp, &J)> {
        let lane = self.first_lane(is_free)?;
        let mut due = lane.range(..=Slot::last(now));
        let picked = match pick {
            Pick::First => due.next(),
            Pick::Last => due.next_back(),
            Pick::Drawn(seed) => due.min_by_key(|(slot, _)| slot.draw(seed)),
        };
        picked.or_else(|| lane.first_key_value()).map(|(slot, job)| (slot.due, job))
    }

    /// The lane with the first job, of those that are free.
    fn first_lane(&self, is_free: impl Fn(&str) -> bool) -> Option<&Lane<J>> {
        let free = self.lanes.iter().filter(|(lane, _)| is_free(lane));
        let firsts = free.filter_map(|(_, jobs)| Some((jobs.first_key_value()?.0, jobs)));
        firsts.min_by_key(|(slot, _)| **slot).map(|(_, jobs)| jobs)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lanes.values().map(BTreeMap::len).sum()
    }
}
