//! [`Collection`]: the rows of one type, in order of creation, by ID, and by what else they are
//! looked up.

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map, btree_set};
use std::ops::Bound;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use workos::{EventData, Timestamp};

use super::ids::place_of;
use super::table::Table;
use super::{Change, Store};
use crate::reply::Answer;

#[cfg(test)]
mod tests;

/// A type of rows. `collections!` implements it.
pub(crate) trait Entity:
    Clone + Send + Sync + Serialize + DeserializeOwned + 'static
{
    /// As in `Organization not found`.
    const NAME: &'static str;
    /// As in `org_01…`.
    const PREFIX: &'static str;
    /// What else rows are looked up by.
    const INDEXES: &'static [Index<Self>];

    /// The collection, whatever its rows are.
    fn table() -> &'static Table;

    fn id(&self) -> &str;

    /// Notes the time of a change.
    fn touch(&mut self, _now: Timestamp) {}

    /// The events of a creation, an update or a deletion.
    fn events(&self, _happened: Happened) -> Vec<EventData> {
        Vec::new()
    }

    fn collection(store: &Store) -> &Collection<Self>;
    fn collection_mut(store: &mut Store) -> &mut Collection<Self>;

    /// Removes the rows that go when this one goes.
    fn cascade(_change: &mut Change<'_>, _id: &str) {}

    /// Forgets rows that are of no use any more.
    fn forget_ended(_change: &mut Change<'_>) {}

    /// Keeps other rows in step after what happened to this one.
    fn follow(_change: &mut Change<'_>, _row: &Self, _happened: Happened) -> Answer<()> {
        Ok(())
    }
}

/// A type of rows that has the ID and the times of an object of the API.
pub(crate) trait Object: Entity + Default {
    /// Sets the type, the ID, and when it was created and updated.
    fn begin(&mut self, id: String, now: Timestamp);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    Created,
    Updated,
    Deleted,
}

/// Calls a function with each key of a row.
type Keys<T> = fn(&T, &mut dyn FnMut(&str));

/// Keys by which rows are looked up.
pub(crate) struct Index<T> {
    pub(crate) name: &'static str,
    pub(crate) keys: Keys<T>,
    /// If no two rows may have the same key: what is refused otherwise.
    pub(crate) unique: Option<Taken>,
}

/// The refusal of a key that another row has. `{key}` in the message is replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

/// Where a row stands in the order of creation: the ULID of its ID, as a number.
pub(crate) type Place = u128;

/// Where a row is kept, as long as it is there.
pub(crate) type Slot = usize;
/// IDs of later times, after the year 6000, do not decide on places, so that there always is another
/// one.
const LAST_PLACE: Place = Place::MAX >> 1;

/// The rows of one type. Rows are shared, so a copy of the collection copies pointers.
#[derive(Debug, Clone)]
pub(crate) struct Collection<T> {
    rows: Shelf<T>,
    /// The places of IDs that do not contain them, such as those from a seed file.
    named: HashMap<Box<str>, Place>,
    /// The latest place that a row ever had.
    latest: Place,
    /// In the order of [`Entity::INDEXES`].
    keys: Vec<HashMap<Box<str>, Places>>,
}

/// Rows by place. The tree has no rows in it: the compiler would write a tree for each type.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<T> {
    order: BTreeMap<Place, Slot>,
    slots: Vec<Option<Arc<T>>>,
    /// The empty slots.
    free: Vec<Slot>,
}

impl<T> Shelf<T> {
    fn get(&self, place: &Place) -> Option<&Arc<T>> {
        self.slot(*self.order.get(place)?)
    }

    fn slot(&self, slot: Slot) -> Option<&Arc<T>> {
        self.slots.get(slot)?.as_ref()
    }

    fn insert(&mut self, place: Place, row: Arc<T>) -> Slot {
        let known = self.order.get(&place).copied().or_else(|| self.free.pop());
        let slot = known.unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(known) => *known = Some(row),
            None => self.slots.push(Some(row)),
        }
        self.order.insert(place, slot);
        slot
    }

    fn remove(&mut self, place: &Place) -> Option<(Slot, Arc<T>)> {
        let slot = self.order.remove(place)?;
        self.free.push(slot);
        Some((slot, self.slots.get_mut(slot)?.take()?))
    }

    /// Puts rows where they were in a file, which is in the order of its slots.
    fn fill(&mut self, slot: Slot, place: Place, row: Arc<T>) {
        while self.slots.len() < slot {
            self.free.push(self.slots.len());
            self.slots.push(None);
        }
        self.slots.push(Some(row));
        self.order.insert(place, slot);
    }
}

/// The rows with one key. Most keys have only one.
#[derive(Debug, Clone)]
enum Places {
    One(Place),
    Several(BTreeSet<Place>),
}

/// What a collection had under an ID before a change.
#[derive(Debug)]
pub(super) struct Before<T> {
    id: Box<str>,
    row: Option<(Place, Arc<T>)>,
    /// Whether the ID had a place that it does not contain.
    is_named: bool,
    /// Where the row was or is.
    pub(super) slot: Slot,
}

impl<T> Before<T> {
    pub(super) fn was_there(&self) -> bool {
        self.row.is_some()
    }
}

/// Some rows of a collection, oldest first.
#[derive(Debug)]
pub(crate) enum Rows<'a, T> {
    All(&'a Shelf<T>, btree_map::Range<'a, Place, Slot>),
    One(Option<&'a Arc<T>>),
    Several(&'a Shelf<T>, btree_set::Range<'a, Place>),
}

impl<'a, T> Iterator for Rows<'a, T> {
    type Item = &'a Arc<T>;

    fn next(&mut self) -> Option<&'a Arc<T>> {
        match self {
            Self::All(rows, order) => rows.slot(*order.next()?.1),
            Self::One(row) => row.take(),
            Self::Several(rows, places) => places.find_map(|place| rows.get(place)),
        }
    }
}

impl<T> DoubleEndedIterator for Rows<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::All(rows, order) => rows.slot(*order.next_back()?.1),
            Self::One(row) => row.take(),
            Self::Several(rows, places) => places.rev().find_map(|place| rows.get(place)),
        }
    }
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        let rows = Shelf { order: BTreeMap::new(), slots: Vec::new(), free: Vec::new() };
        Self { rows, named: HashMap::new(), latest: 0, keys: Vec::new() }
    }
}

impl<T: Entity> Collection<T> {
    pub(crate) fn len(&self) -> usize {
        self.rows.order.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.rows.get(&self.place(id)?)
    }

    /// All rows, oldest first.
    pub(crate) fn iter(&self) -> Rows<'_, T> {
        self.range(None, Bound::Unbounded, Bound::Unbounded)
    }

    /// The rows with this key, oldest first.
    pub(crate) fn by<'a>(&'a self, index: &str, key: &str) -> Rows<'a, T> {
        self.range(Some((index, key)), Bound::Unbounded, Bound::Unbounded)
    }

    /// The row with this key in a unique index, or the oldest one in another index.
    pub(crate) fn find(&self, index: &str, key: &str) -> Option<&Arc<T>> {
        self.by(index, key).next()
    }

    /// Whether the row with this ID has this key.
    pub(crate) fn has_key(&self, index: &str, key: &str, id: &str) -> bool {
        let place = self.place(id);
        let places = self.places(index, key);
        place.zip(places).is_some_and(|(place, places)| places.contains(place))
    }

    /// The rows between two places, of those with a key or of all, oldest first.
    pub(crate) fn range<'a>(
        &'a self,
        key: Option<(&str, &str)>,
        from: Bound<Place>,
        to: Bound<Place>,
    ) -> Rows<'a, T> {
        let rows = &self.rows;
        if is_empty(from, to) {
            return Rows::One(None);
        }
        match key {
            None => Rows::All(rows, rows.order.range((from, to))),
            Some((index, key)) => match self.places(index, key) {
                None => Rows::One(None),
                Some(Places::One(place)) => {
                    let is_inside = std::ops::RangeBounds::contains(&(from, to), place);
                    Rows::One(rows.get(place).filter(|_| is_inside))
                }
                Some(Places::Several(places)) => Rows::Several(rows, places.range((from, to))),
            },
        }
    }

    /// The place of a row.
    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        let is_there = |place: &Place| self.rows.get(place).is_some_and(|row| row.id() == id);
        place_of(id).filter(is_there).or_else(|| self.named.get(id).copied())
    }

    /// The row in a slot, with its place.
    pub(super) fn in_slot(&self, slot: Slot) -> Option<(Place, &Arc<T>)> {
        let row = self.rows.slot(slot)?;
        Some((self.place(row.id())?, row))
    }

    /// The slots that have rows.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        (0..self.rows.slots.len()).filter(|slot| self.rows.slot(*slot).is_some())
    }

    /// Puts a row where it was when it was written to a file. Slots are filled in their order.
    pub(super) fn fill(&mut self, slot: Slot, place: Place, row: T) {
        if place_of(row.id()) != Some(place) {
            self.named.insert(row.id().into(), place);
        }
        self.latest = self.latest.max(place);
        self.note_keys(place, &row);
        self.rows.fill(slot, place, Arc::new(row));
    }

    /// The place that a cursor names, also when its row is gone.
    pub(crate) fn cursor(&self, id: &str) -> Option<Place> {
        let is_ours = id.strip_prefix(T::PREFIX).is_some_and(|rest| rest.starts_with('_'));
        self.place(id).or_else(|| place_of(id).filter(|_| is_ours))
    }

    /// The refusal of a row with a key that another one has.
    pub(super) fn conflict(&self, row: &T) -> Option<(Taken, String)> {
        let own = self.place(row.id());
        let unique = T::INDEXES.iter().filter_map(|index| Some((index, index.unique?)));
        for (index, taken) in unique {
            let mut conflict = None;
            (index.keys)(row, &mut |key| {
                let is_other = |place: &Place| Some(*place) != own;
                let others = self.places(index.name, key);
                if others.is_some_and(|others| others.iter().any(|place| is_other(&place))) {
                    conflict.get_or_insert_with(|| (taken, key.to_owned()));
                }
            });
            if conflict.is_some() {
                return conflict;
            }
        }
        None
    }

    /// Stores a row in the place of the one with its ID, or else after all others: in the place of its
    /// ID or, if that is not after them, in `spare`.
    pub(super) fn put(&mut self, row: Arc<T>, spare: Place) -> Before<T> {
        let id: Box<str> = row.id().into();
        let (old, named) = (self.pull(&id), self.named.get(&id).copied());
        let own = old.as_ref().map(|(_, place, _)| *place).or(named);
        // The IDs of a seed file may be older than what is there, or of a time to come.
        let next = self.latest + 1;
        let is_last = |place: &Place| (next..LAST_PLACE).contains(place);
        let place = own.or_else(|| place_of(&id).filter(is_last)).unwrap_or(spare.max(next));
        if place_of(&id) != Some(place) {
            self.named.insert(id.clone(), place);
        }
        self.latest = self.latest.max(place);
        let slot = self.place_at(place, row);
        Before { id, row: old.map(|(_, place, row)| (place, row)), is_named: named.is_some(), slot }
    }

    /// Takes a row out. It keeps its place, should it come back.
    pub(super) fn take(&mut self, id: &str) -> Option<(Arc<T>, Before<T>)> {
        let (slot, place, row) = self.pull(id)?;
        let is_named = self.named.contains_key(id);
        let before = Before { id: id.into(), row: Some((place, row.clone())), is_named, slot };
        Some((row, before))
    }

    /// Undoes a change, if all later ones are undone.
    pub(super) fn restore(&mut self, before: Before<T>) {
        self.pull(&before.id);
        if !before.is_named {
            self.named.remove(&before.id);
        }
        if let Some((place, row)) = before.row {
            self.place_at(place, row);
        }
    }

    fn place_at(&mut self, place: Place, row: Arc<T>) -> Slot {
        self.note_keys(place, &row);
        self.rows.insert(place, row)
    }

    fn note_keys(&mut self, place: Place, row: &T) {
        self.keys.resize_with(T::INDEXES.len(), HashMap::new);
        for (index, map) in T::INDEXES.iter().zip(&mut self.keys) {
            (index.keys)(row, &mut |key| match map.get_mut(key) {
                Some(places) => places.insert(place),
                None => drop(map.insert(key.into(), Places::One(place))),
            });
        }
    }

    fn pull(&mut self, id: &str) -> Option<(Slot, Place, Arc<T>)> {
        let place = self.place(id)?;
        let (slot, row) = self.rows.remove(&place)?;
        for (index, map) in T::INDEXES.iter().zip(&mut self.keys) {
            (index.keys)(&row, &mut |key| {
                if map.get_mut(key).is_some_and(|places| places.remove(place)) {
                    map.remove(key);
                }
            });
        }
        Some((slot, place, row))
    }

    fn places(&self, index: &str, key: &str) -> Option<&Places> {
        let number = T::INDEXES.iter().position(|one| one.name == index);
        debug_assert!(number.is_some(), "{} has no index {index}", T::NAME);
        self.keys.get(number?)?.get(key)
    }
}

impl Places {
    fn contains(&self, place: Place) -> bool {
        match self {
            Self::One(one) => *one == place,
            Self::Several(places) => places.contains(&place),
        }
    }

    fn iter(&self) -> Box<dyn Iterator<Item = Place> + '_> {
        match self {
            Self::One(place) => Box::new(std::iter::once(*place)),
            Self::Several(places) => Box::new(places.iter().copied()),
        }
    }

    fn insert(&mut self, place: Place) {
        match self {
            Self::One(one) if *one == place => {}
            Self::One(one) => *self = Self::Several(BTreeSet::from([*one, place])),
            Self::Several(places) => drop(places.insert(place)),
        }
    }

    /// Removes a place; whether none is left.
    fn remove(&mut self, place: Place) -> bool {
        match self {
            Self::One(one) => *one == place,
            Self::Several(places) => {
                places.remove(&place);
                places.is_empty()
            }
        }
    }
}

/// Whether no place lies between these; the maps panic on some of such ranges.
fn is_empty(from: Bound<Place>, to: Bound<Place>) -> bool {
    match (from, to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (
            Bound::Included(from) | Bound::Excluded(from),
            Bound::Included(to) | Bound::Excluded(to),
        ) => from >= to,
    }
}
