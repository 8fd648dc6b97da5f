//! [`Table`]: a collection without its row type, for code that treats all alike: files and
//! the dashboard.
//!
//! What writes and reads rows is compiled for each type of rows, so it is there only with the feature
//! that needs it.

use std::fmt;
#[cfg(feature = "pages")]
use std::ops::Bound;

#[cfg(feature = "pages")]
use serde_json::Value;

use super::backend::Written;
#[cfg(feature = "pages")]
use super::collection::Collection;
use super::collection::{Entity, Place, Slot};
use super::{Store, store};

/// At most this many IDs and rows between two places, newest first.
#[cfg(feature = "pages")]
type Newest = fn(&Store, Bound<Place>, Bound<Place>, usize) -> Vec<(String, Value)>;

/// A collection by its name. Its rows are JSON.
pub(crate) struct Table {
    /// As in `organization_memberships`.
    pub(crate) name: &'static str,
    /// What one row is called, as in `Organization membership`.
    pub(crate) title: &'static str,
    /// What its IDs start with.
    pub(crate) prefix: &'static str,
    pub(crate) len: fn(&Store) -> usize,
    /// The row with an ID.
    #[cfg(feature = "pages")]
    pub(crate) get: fn(&Store, &str) -> Option<Value>,
    /// The place of the row with an ID.
    #[cfg(feature = "pages")]
    pub(crate) place: fn(&Store, &str) -> Option<Place>,
    /// IDs and rows between two places, newest first.
    #[cfg(feature = "pages")]
    pub(crate) newest: Newest,
    #[cfg(feature = "data")]
    file: FileAccess,
}

/// How rows are written to a file, and read from it.
#[cfg(feature = "data")]
struct FileAccess {
    slots: fn(&Store) -> Vec<Slot>,
    read: fn(&Store, Slot) -> Option<Written>,
    fill: fn(&mut Store, Slot, Place, &[u8]) -> serde_json::Result<()>,
}

impl Table {
    pub(super) const fn of<T: Entity>(name: &'static str) -> Self {
        Self {
            name,
            title: T::NAME,
            prefix: T::PREFIX,
            len: |store| T::collection(store).len(),
            #[cfg(feature = "pages")]
            get: |store, id| shown(&**T::collection(store).get(id)?),
            #[cfg(feature = "pages")]
            place: |store, id| T::collection(store).place(id),
            #[cfg(feature = "pages")]
            newest: |store, from, to, limit| newest(T::collection(store), from, to, limit),
            #[cfg(feature = "data")]
            file: FileAccess {
                slots: |store| T::collection(store).slots().collect(),
                read: |store, slot| {
                    let (place, row) = T::collection(store).in_slot(slot)?;
                    Some((place, serde_json::to_vec(&**row).ok()?))
                },
                fill: |store, slot, place, json| {
                    let row = serde_json::from_slice(json)?;
                    T::collection_mut(store).fill(slot, place, row);
                    Ok(())
                },
            },
        }
    }

    /// The slots that have rows.
    #[cfg(feature = "data")]
    pub(super) fn slots(&self, store: &Store) -> Vec<Slot> {
        (self.file.slots)(store)
    }

    /// The row in a slot, as it is written.
    #[cfg(feature = "data")]
    pub(super) fn read(&self, store: &Store, slot: Slot) -> Option<Written> {
        (self.file.read)(store, slot)
    }

    /// Puts a row where it was when it was written.
    #[cfg(feature = "data")]
    pub(super) fn fill(
        &self,
        store: &mut Store,
        slot: Slot,
        place: Place,
        json: &[u8],
    ) -> serde_json::Result<()> {
        (self.file.fill)(store, slot, place, json)
    }
}

/// Without files, nothing is written or read.
#[cfg(not(feature = "data"))]
impl Table {
    pub(super) fn slots(&self, _store: &Store) -> Vec<Slot> {
        Vec::new()
    }

    pub(super) fn read(&self, _store: &Store, _slot: Slot) -> Option<Written> {
        None
    }

    pub(super) fn fill(
        &self,
        _store: &mut Store,
        _slot: Slot,
        _place: Place,
        _json: &[u8],
    ) -> serde_json::Result<()> {
        Ok(())
    }
}

/// What the IDs of objects of this type start with, as in `org` for `organization`.
pub(crate) fn prefix_of(object: &str) -> Option<&'static str> {
    let is_meant = |table: &&Table| table.title.to_lowercase().replace(' ', "_") == object;
    store::tables().find(is_meant).map(|table| table.prefix)
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.name)
    }
}

#[cfg(feature = "pages")]
fn newest<T: Entity>(
    rows: &Collection<T>,
    from: Bound<Place>,
    to: Bound<Place>,
    limit: usize,
) -> Vec<(String, Value)> {
    let rows = rows.range(None, from, to).rev().take(limit);
    rows.filter_map(|row| Some((row.id().to_owned(), shown(&**row)?))).collect()
}

#[cfg(feature = "pages")]
fn shown<T: Entity>(row: &T) -> Option<Value> {
    serde_json::to_value(row).ok()
}
