//! Cursor pagination, as in the API.

use std::ops::Bound;
use std::sync::Arc;

use workos::contract::{ListParams, Window};
use workos::{ListMetadata, Page, PaginationOrder};

use super::collection::{Collection, Entity, Place};
use crate::reply::{Answer, Invalid, Refusal};

const DEFAULT_LIMIT: usize = 10;

impl<T: Entity> Collection<T> {
    /// A page of the rows that pass the filter.
    pub(crate) fn page(
        &self,
        params: &impl ListParams,
        keep: impl Fn(&T) -> bool,
    ) -> Answer<Page<&T>> {
        page(self, None, params.window(), &keep)
    }

    /// A page of the rows with this key that pass the filter.
    pub(crate) fn page_by(
        &self,
        index: &str,
        key: &str,
        params: &impl ListParams,
        keep: impl Fn(&T) -> bool,
    ) -> Answer<Page<&T>> {
        page(self, Some((index, key)), params.window(), &keep)
    }
}

/// A page with other items in the place of the same.
pub(crate) fn shown<T, U>(page: Page<T>, show: impl FnMut(T) -> U) -> Page<U> {
    Page::new(page.data.into_iter().map(show).collect(), page.list_metadata)
}

/// A list that is not paginated.
pub(crate) fn whole<T>(items: impl IntoIterator<Item = T>) -> Page<T> {
    Page::new(items.into_iter().collect(), ListMetadata::default())
}

fn page<'a, T: Entity>(
    rows: &'a Collection<T>,
    key: Option<(&str, &str)>,
    window: Window<'_>,
    keep: &dyn Fn(&T) -> bool,
) -> Answer<Page<&'a T>> {
    let part = Part::read(window, |id| rows.cursor(id))?;
    let keep = |row: &&'a Arc<T>| keep(row);
    let kept = || rows.range(key, part.from, part.to).filter(keep);
    let mut found: Vec<&T> = if part.is_newer_end {
        kept().rev().take(part.limit).map(|row| &**row).collect()
    } else {
        kept().take(part.limit).map(|row| &**row).collect()
    };
    if part.is_newer_end {
        found.reverse();
    }
    // From here on `found` is oldest first; what lies beyond it on either side decides the cursors.
    let place = |row: Option<&&T>| row.and_then(|row| rows.place(row.id()));
    let beyond = |from, to| rows.range(key, from, to).any(|row| keep(&row));
    let id = |row: Option<&&T>| row.map(|row| row.id().to_owned());
    let older = place(found.first()).filter(|at| beyond(Bound::Unbounded, Bound::Excluded(*at)));
    let newer = place(found.last()).filter(|at| beyond(Bound::Excluded(*at), Bound::Unbounded));
    let to_older = older.and_then(|_| id(found.first()));
    let to_newer = newer.and_then(|_| id(found.last()));
    let metadata = match part.order {
        Order::Ascending | Order::Normal => ListMetadata::new(to_older, to_newer),
        Order::Descending => ListMetadata::new(to_newer, to_older),
    };
    if part.order != Order::Ascending {
        found.reverse();
    }
    Ok(Page::new(found, metadata))
}

/// The part of a list to show.
#[derive(Debug, PartialEq)]
struct Part {
    /// Only rows after this place, in order of creation.
    from: Bound<Place>,
    /// Only rows before this place, in order of creation.
    to: Bound<Place>,
    limit: usize,
    order: Order,
    /// Whether the page is at the newer end of the range.
    is_newer_end: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Ascending,
    Descending,
    /// Descending, with the meaning of the cursors swapped.
    Normal,
}

impl Part {
    fn read(window: Window<'_>, place: impl Fn(&str) -> Option<Place>) -> Answer<Self> {
        let mut invalid = Vec::new();
        let mut cursor = |name: &str, id: Option<&str>| {
            let found = place(id?);
            if found.is_none() {
                let message = format!("names nothing in this list: '{}'.", id.unwrap_or_default());
                invalid.push(Invalid::new(name, "invalid", message));
            }
            found
        };
        let (before, after) = (cursor("before", window.before), cursor("after", window.after));
        if !invalid.is_empty() {
            return Err(Refusal::invalid(&invalid));
        }
        let order = match window.order {
            Some(PaginationOrder::Asc) => Order::Ascending,
            Some(PaginationOrder::Normal) => Order::Normal,
            _ => Order::Descending,
        };
        // In a descending list, what comes after the cursor was created before it.
        let (older_than, newer_than) =
            if order == Order::Descending { (after, before) } else { (before, after) };
        let bound = |place: Option<Place>| place.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(Self {
            from: bound(newer_than),
            to: bound(older_than),
            limit: window.limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(DEFAULT_LIMIT),
            order,
            is_newer_end: match (newer_than, older_than) {
                (None, Some(_)) => true,
                (Some(_), None) => false,
                _ => order != Order::Ascending,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::StoredEvent;
    use crate::state::collection::Entity;

    /// Rows `event_…0` to `event_…<count - 1>`, oldest first.
    fn rows(count: usize) -> Collection<StoredEvent> {
        let mut rows = Collection::default();
        for n in 0..count {
            let mut event = StoredEvent::new(&workos::Event::default());
            event.id = id(n);
            drop(rows.put(Arc::new(event), 0));
        }
        rows
    }

    fn id(n: usize) -> String {
        format!("{}_{n:026}", StoredEvent::PREFIX)
    }

    fn number(id: &str) -> usize {
        id.rsplit('_').next().unwrap().parse().unwrap()
    }

    /// The part of a list: `limit=2 order=asc after=1`.
    struct Params {
        before: Option<String>,
        after: Option<String>,
        limit: Option<i64>,
        order: Option<PaginationOrder>,
    }

    impl Params {
        fn read(text: &str) -> Self {
            let value = |name: &str| {
                let mut pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
                pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
            };
            let cursor = |name: &str| value(name).map(|n| id(n.parse().unwrap()));
            Self {
                before: cursor("before"),
                after: cursor("after"),
                limit: value("limit").map(|n| n.parse().unwrap()),
                order: value("order").map(PaginationOrder::from),
            }
        }
    }

    impl ListParams for Params {
        fn window(&self) -> Window<'_> {
            Window {
                before: self.before.as_deref(),
                after: self.after.as_deref(),
                limit: self.limit,
                order: self.order.as_ref(),
            }
        }
    }

    /// The numbers of a page, and its cursors.
    fn list(rows: &Collection<StoredEvent>, params: &str) -> (String, String, String) {
        let page = rows.page(&Params::read(params), |_| true).unwrap();
        let data: Vec<_> = page.data.iter().map(|row| number(&row.id).to_string()).collect();
        let cursor = |id: Option<String>| id.map_or(String::new(), |id| number(&id).to_string());
        (data.join(" "), cursor(page.list_metadata.before), cursor(page.list_metadata.after))
    }

    #[test]
    fn each_order_walks_both_ways() {
        let rows = rows(5);
        for (params, data, before, after) in [
            ("limit=2", "4 3", "", "3"),
            ("limit=2 after=3", "2 1", "2", "1"),
            ("limit=2 after=1", "0", "0", ""),
            ("limit=2 before=1", "3 2", "3", "2"),
            ("limit=2 before=3", "4", "", "4"),
            ("limit=2 order=asc", "0 1", "", "1"),
            ("limit=2 order=asc after=1", "2 3", "2", "3"),
            ("limit=2 order=asc before=3", "1 2", "1", "2"),
            ("limit=2 order=normal", "4 3", "3", ""),
            ("limit=2 order=normal before=3", "2 1", "1", "2"),
            ("limit=2 order=normal after=1", "3 2", "2", "3"),
            ("limit=2 after=4 before=1", "3 2", "3", "2"),
            ("limit=2 after=1 before=4", "", "", ""),
            ("limit=100", "4 3 2 1 0", "", ""),
        ] {
            let expected = (data.to_owned(), before.to_owned(), after.to_owned());
            assert_eq!(list(&rows, params), expected, "{params}");
        }
    }

    #[test]
    fn a_cursor_still_works_when_its_row_is_gone() {
        let mut rows = rows(4);
        rows.take(&id(2));
        let expected = ("1 0".to_owned(), "1".to_owned(), String::new());
        assert_eq!(list(&rows, "limit=2 after=2"), expected);
    }

    #[test]
    fn cursors_of_other_lists_are_named() {
        let mut params = Params::read("");
        params.before = Some("org_01ARYZ6S410000000000000000".into());
        params.after = Some("event_1".into());
        let refusal = rows(1).page(&params, |_| true).unwrap_err();
        let fields: Vec<_> = refusal.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["field"])
            .collect();
        assert_eq!(fields, ["before", "after"]);
    }

    proptest! {
        #[test]
        fn a_walk_meets_every_row_once(
            count in 0usize..40, limit in 1usize..12, order in "asc|desc|normal",
            evens in any::<bool>(),
        ) {
            let rows = rows(count);
            let is_kept = |n: usize| !evens || n.is_multiple_of(2);
            let forward = if order == "normal" { "before" } else { "after" };
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let params = Params::read(&format!("limit={limit} order={order}{cursor}"));
                let page = rows.page(&params, |row| is_kept(number(&row.id))).unwrap();
                seen.extend(page.data.iter().map(|row| number(&row.id)));
                let metadata = page.list_metadata;
                let next = if order == "normal" { metadata.before } else { metadata.after };
                let Some(next) = next else { break };
                cursor = format!(" {forward}={}", number(&next));
            }
            let mut all: Vec<_> = (0..count).filter(|n| is_kept(*n)).collect();
            if order != "asc" { all.reverse(); }
            prop_assert_eq!(seen, all);
        }
    }
}
