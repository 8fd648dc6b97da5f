//! Cursor pagination, as in the API.

use std::borrow::Cow;
use std::ops::Bound;

use workos::{ListMetadata, Page};

use crate::failure::{Failure, Invalid};
use crate::store::{Entity, Table};

/// The parameters of a query string.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A list, in the forms that SDKs send: `name=a,b`, `name[]=a&name[]=b`, `name=a&name=b`.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let named = |key: &str| key == name || key.strip_suffix("[]") == Some(name);
        let values = self.0.iter().filter(|(key, _)| named(key));
        values.flat_map(|(_, value)| value.split(',')).filter(|item| !item.is_empty()).collect()
    }
}

/// The requested part of a list.
#[derive(Debug, PartialEq)]
struct Window {
    /// Only entities after this place, in order of creation.
    from: Bound<u64>,
    /// Only entities before this place, in order of creation.
    to: Bound<u64>,
    limit: usize,
    order: Order,
    /// Whether the page is at the newer end of the range.
    newest: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Ascending,
    Descending,
    /// Descending, with the meaning of the cursors swapped.
    Normal,
}

/// A page of the entities that pass the filter `keep`, converted by `show`.
pub(crate) fn page<'a, T: Entity, U>(
    table: &'a Table<T>,
    query: &Query,
    keep: impl Fn(&T) -> bool,
    show: impl Fn(&'a T) -> U,
) -> Result<Page<U>, Failure> {
    let window = Window::read(query, |id| table.place(id))?;
    let kept = || table.range((window.from, window.to)).filter(|entity| keep(entity));
    let mut rows: Vec<&T> = if window.newest {
        kept().rev().take(window.limit).collect()
    } else {
        kept().take(window.limit).collect()
    };
    if window.newest {
        rows.reverse();
    }
    // From here on `rows` is oldest first; what lies beyond it on either side decides the cursors.
    let place = |row: Option<&&T>| row.and_then(|row| table.place(row.id()));
    let beyond = |range: (Bound<u64>, Bound<u64>)| table.range(range).any(&keep);
    let id = |row: Option<&&T>| row.map(|row| row.id().to_owned());
    let oldest = place(rows.first()).filter(|p| beyond((Bound::Unbounded, Bound::Excluded(*p))));
    let newest = place(rows.last()).filter(|p| beyond((Bound::Excluded(*p), Bound::Unbounded)));
    let to_older = oldest.and_then(|_| id(rows.first()));
    let to_newer = newest.and_then(|_| id(rows.last()));
    let metadata = match window.order {
        Order::Ascending | Order::Normal => ListMetadata::new(to_older, to_newer),
        Order::Descending => ListMetadata::new(to_newer, to_older),
    };
    if window.order != Order::Ascending {
        rows.reverse();
    }
    Ok(Page::new(rows.into_iter().map(show).collect(), metadata))
}

impl Window {
    fn read(query: &Query, place: impl Fn(&str) -> Option<u64>) -> Result<Self, Failure> {
        let mut invalid = Vec::new();
        let mut refuse = |field: &str, message: Cow<'_, str>| {
            let message = format!("{field} {message}");
            invalid.push(Invalid { field: field.to_owned(), code: "invalid", message });
        };
        let limit = match query.get("limit").map(str::parse) {
            None => 10,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(_) => {
                refuse("limit", "must be a number from 1 to 100.".into());
                0
            }
        };
        let order = match query.get("order") {
            None | Some("desc") => Order::Descending,
            Some("asc") => Order::Ascending,
            Some("normal") => Order::Normal,
            Some(_) => {
                refuse("order", "must be asc, desc or normal.".into());
                Order::Descending
            }
        };
        let mut cursor = |name: &str| {
            let id = query.get(name)?;
            let found = place(id);
            if found.is_none() {
                refuse(name, format!("names nothing in this list: '{id}'.").into());
            }
            found
        };
        let (before, after) = (cursor("before"), cursor("after"));
        if !invalid.is_empty() {
            return Err(Failure::invalid(&invalid));
        }
        // In a descending list, what comes after the cursor was created before it.
        let (older_than, newer_than) =
            if order == Order::Descending { (after, before) } else { (before, after) };
        let bound = |place: Option<u64>| place.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut from, mut to) = (bound(newer_than), bound(older_than));
        if let (Bound::Excluded(low), Bound::Excluded(high)) = (from, to)
            && low >= high
        {
            // Nothing lies between the two, and the map panics on such a range.
            (from, to) = (Bound::Included(low), Bound::Excluded(low));
        }
        let newest = match (newer_than, older_than) {
            (None, Some(_)) => true,
            (Some(_), None) => false,
            _ => order != Order::Ascending,
        };
        Ok(Self { from, to, limit, order, newest })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Row(String);

    impl Entity for Row {
        fn id(&self) -> &str {
            &self.0
        }
    }

    /// Rows `0` to `count - 1`, oldest first.
    fn table(count: usize) -> Table<Row> {
        let mut table = Table::default();
        (0..count).for_each(|n| table.insert(Row(n.to_string())));
        table
    }

    /// The IDs of a page, and its cursors.
    fn list(table: &Table<Row>, query: &str) -> (String, Option<String>, Option<String>) {
        let page = page(table, &Query::read(Some(query)), |_| true, |row| row.0.as_str()).unwrap();
        (page.data.join(" "), page.list_metadata.before, page.list_metadata.after)
    }

    fn expected(ids: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
        let cursor = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (ids.to_owned(), cursor(before), cursor(after))
    }

    #[test]
    fn each_order_walks_both_ways() {
        let table = table(5);
        for (query, page) in [
            ("limit=2", expected("4 3", "", "3")),
            ("limit=2&after=3", expected("2 1", "2", "1")),
            ("limit=2&after=1", expected("0", "0", "")),
            ("limit=2&before=1", expected("3 2", "3", "2")),
            ("limit=2&before=3", expected("4", "", "4")),
            ("limit=2&order=asc", expected("0 1", "", "1")),
            ("limit=2&order=asc&after=1", expected("2 3", "2", "3")),
            ("limit=2&order=asc&before=3", expected("1 2", "1", "2")),
            ("limit=2&order=normal", expected("4 3", "3", "")),
            ("limit=2&order=normal&before=3", expected("2 1", "1", "2")),
            ("limit=2&order=normal&after=1", expected("3 2", "2", "3")),
            ("limit=2&after=4&before=1", expected("3 2", "3", "2")),
            ("limit=2&after=1&before=4", expected("", "", "")),
            ("limit=100", expected("4 3 2 1 0", "", "")),
        ] {
            assert_eq!(list(&table, query), page, "{query}");
        }
    }

    #[test]
    fn a_cursor_still_works_when_its_item_is_gone() {
        let mut table = table(4);
        table.remove("2");
        assert_eq!(list(&table, "limit=2&after=2"), expected("1 0", "1", ""));
    }

    #[test]
    fn wrong_parameters_are_named() {
        let query = Query::read(Some("limit=101&order=up&after=x&before=y"));
        let failure = page(&table(1), &query, |_| true, |row| row.0.clone()).unwrap_err();
        let fields: Vec<_> =
            failure.body["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
        assert_eq!(fields, ["limit", "order", "before", "after"]);
        for limit in ["0", "-1", "1.5", "ten"] {
            let query = Query::read(Some(&format!("limit={limit}")));
            assert!(page(&table(1), &query, |_| true, |row| row.0.clone()).is_err(), "{limit}");
        }
    }

    #[test]
    fn lists_are_read_in_every_form() {
        for query in ["e=a,b", "e=a%2Cb", "e%5B%5D=a&e[]=b", "e=a&e=b"] {
            assert_eq!(Query::read(Some(query)).list("e"), ["a", "b"], "{query}");
        }
    }

    proptest! {
        #[test]
        fn a_walk_meets_every_item_once(
            count in 0usize..40, limit in 1usize..12, order in "asc|desc|normal",
            evens in any::<bool>(),
        ) {
            let table = table(count);
            let keep = |row: &Row| !evens || row.0.parse::<usize>().unwrap().is_multiple_of(2);
            let forward = if order == "normal" { "before" } else { "after" };
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let query = format!("limit={limit}&order={order}{cursor}");
                let page = page(&table, &Query::read(Some(&query)), keep, |row| row.0.clone()).unwrap();
                seen.extend(page.data);
                let metadata = page.list_metadata;
                let next = if order == "normal" { metadata.before } else { metadata.after };
                let Some(next) = next else { break };
                cursor = format!("&{forward}={next}");
            }
            let mut all: Vec<_> = (0..count).filter(|n| !evens || n.is_multiple_of(2)).collect();
            if order != "asc" { all.reverse(); }
            prop_assert_eq!(seen, all.iter().map(usize::to_string).collect::<Vec<_>>());
        }
    }
}
