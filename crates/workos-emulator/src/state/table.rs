//! [`Table`]: a collection, whatever its rows are, for what treats all collections alike: files, and
//! pages that show any row.

use std::fmt;
use std::ops::Bound;

use serde_json::Value;

use super::backend::Written;
use super::collection::{Collection, Entity, Place, Slot};
use super::{Store, store};

/// IDs and rows between two places, newest first, and so many at most.
type Newest = fn(&Store, Bound<Place>, Bound<Place>, usize) -> Vec<(String, Value)>;

/// A collection by its name. Its rows are JSON.
// Without pages, nothing shows any row.
#[cfg_attr(not(feature = "pages"), allow(dead_code))]
pub(crate) struct Table {
    /// As in `organization_memberships`.
    pub(crate) name: &'static str,
    /// What one row is called, as in `Organization membership`.
    pub(crate) title: &'static str,
    /// What its IDs start with.
    pub(crate) prefix: &'static str,
    pub(crate) len: fn(&Store) -> usize,
    /// The row with an ID.
    pub(crate) get: fn(&Store, &str) -> Option<Value>,
    /// The place of the row with an ID.
    pub(crate) place: fn(&Store, &str) -> Option<Place>,
    /// IDs and rows between two places, newest first.
    pub(crate) newest: Newest,
    pub(super) slots: fn(&Store) -> Vec<Slot>,
    pub(super) read: fn(&Store, Slot) -> Option<Written>,
    pub(super) fill: fn(&mut Store, Slot, Place, &[u8]) -> serde_json::Result<()>,
}

impl Table {
    pub(super) const fn of<T: Entity>(name: &'static str) -> Self {
        Self {
            name,
            title: T::NAME,
            prefix: T::PREFIX,
            len: |store| T::collection(store).len(),
            get: |store, id| shown(&**T::collection(store).get(id)?),
            place: |store, id| T::collection(store).place(id),
            newest: |store, from, to, limit| newest(T::collection(store), from, to, limit),
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
        }
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

fn newest<T: Entity>(
    rows: &Collection<T>,
    from: Bound<Place>,
    to: Bound<Place>,
    limit: usize,
) -> Vec<(String, Value)> {
    let rows = rows.range(None, from, to).rev().take(limit);
    rows.filter_map(|row| Some((row.id().to_owned(), shown(&**row)?))).collect()
}

fn shown<T: Entity>(row: &T) -> Option<Value> {
    serde_json::to_value(row).ok()
}
