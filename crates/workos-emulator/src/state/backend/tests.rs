//! A backend is the mirror of a state, whatever fails.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::prelude::*;

use super::*;
use crate::state::clock::ClockState;
use crate::state::steps::{AT, Step, contents, steps};
use crate::state::{Live, Opened, State};

/// A file in memory, which refuses commits while it is full.
#[derive(Debug, Clone, Default)]
struct Memory {
    rows: Arc<Mutex<BTreeMap<Key, Written>>>,
    is_full: Arc<Mutex<bool>>,
}

impl Memory {
    fn fill_up(&self, is_full: bool) {
        *self.is_full.lock().unwrap_or_else(PoisonError::into_inner) = is_full;
    }

    fn write(&self, writes: &mut dyn Iterator<Item = Write>, is_all: bool) -> io::Result<()> {
        if *self.is_full.lock().unwrap() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut rows = self.rows.lock().unwrap();
        if is_all {
            rows.clear();
        }
        for Write { key, row } in writes {
            match row {
                Some(row) => drop(rows.insert(key, row)),
                None => drop(rows.remove(&key)),
            }
        }
        Ok(())
    }
}

impl Backend for Memory {
    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        self.write(&mut writes.iter().cloned(), false)
    }

    fn replace(&mut self, writes: &mut dyn Iterator<Item = Write>) -> io::Result<()> {
        self.write(writes, true)
    }

    fn load(&mut self, each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()> {
        for (key, (place, json)) in &*self.rows.lock().unwrap() {
            each(Stored { table: key.table, slot: key.slot, place: *place, json })?;
        }
        Ok(())
    }
}

/// A state in this file.
fn opened(file: Box<dyn Backend>) -> Live {
    match Live::open(file, false).unwrap() {
        Opened::Known(live, _) => *live,
        Opened::New(file) => {
            let mut live = Live::new(State::new(7));
            live.keep_in(file, ClockState::SYSTEM).unwrap();
            live
        }
    }
}

/// All that a file has of a state: the places of rows with names of their own are forgotten with them.
fn stored(live: &Live) -> Vec<(&'static str, Vec<String>)> {
    let mut contents = contents(live.state());
    contents.iter_mut().for_each(|(_, rows)| rows.retain(|row| !row.contains(" is at ")));
    contents
}

fn take(live: &mut Live, step: &Step) -> bool {
    live.change(AT, |change| step.take(change)).0.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_read_is_what_was_there(steps in steps(1..40)) {
        let file = Memory::default();
        let mut live = opened(Box::new(file.clone()));
        for step in steps {
            take(&mut live, &step);
        }
        // A step that was refused may have drawn IDs.
        live.store(ClockState::SYSTEM).unwrap();
        let again = opened(Box::new(file));
        prop_assert_eq!(stored(&again), stored(&live));
        prop_assert_eq!(again.state().ids.position(), live.state().ids.position());
        // Every row is where it was, so that the next change is written there as well.
        for table in crate::state::store::tables() {
            let slots = |live: &Live| table.slots(&live.state().store);
            prop_assert_eq!(slots(&again), slots(&live));
        }
    }

    #[test]
    fn a_change_that_cannot_be_stored_did_not_happen(
        steps in prop::collection::vec((steps(1..4), any::<bool>()), 1..20),
    ) {
        let file = Memory::default();
        let mut live = opened(Box::new(file.clone()));
        for (steps, is_full) in steps {
            file.fill_up(is_full);
            let known = contents(live.state());
            for step in &steps {
                let is_done = take(&mut live, step);
                prop_assert!(!(is_done && is_full) || contents(live.state()) == known);
            }
            if is_full {
                prop_assert_eq!(contents(live.state()), known);
            }
            prop_assert_eq!(stored(&opened(Box::new(file.clone()))), stored(&live));
        }
    }

    #[test]
    fn a_state_takes_the_place_of_another_in_the_file_too(
        before in steps(0..20), other in steps(0..20),
    ) {
        let file = Memory::default();
        let mut live = opened(Box::new(file.clone()));
        for step in &before {
            take(&mut live, step);
        }
        let mut next = live.state().emptied();
        for step in &other {
            drop(next.change(AT, None, |change| step.take(change)));
        }
        let known = contents(&next);
        file.fill_up(true);
        let here = contents(live.state());
        prop_assert!(live.replace(next.clone(), ClockState::SYSTEM).is_err());
        prop_assert_eq!(contents(live.state()), here);
        file.fill_up(false);
        live.replace(next, ClockState::SYSTEM).unwrap();
        prop_assert_eq!(contents(live.state()), known);
        prop_assert_eq!(stored(&opened(Box::new(file))), stored(&live));
    }
}
