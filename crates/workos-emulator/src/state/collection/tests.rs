//! A collection against a plain list that does the same the slow way.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::Deserialize;
use workos::PaginationOrder;
use workos::contract::{ListParams, Window};

use super::*;

impl<T: Debug> Collection<T> {
    /// All that it holds, in words: the rows with their places, and all that finds them. Equal if
    /// nothing can tell two collections apart.
    pub(in crate::state) fn contents(&self) -> Vec<String> {
        let places = self.rows.order.keys();
        let rows = places.map(|place| format!("{place}: {:?}", self.rows.get(place)));
        let named: BTreeMap<_, _> = self.named.iter().collect();
        let named = named.into_iter().map(|(id, place)| format!("{id} is at {place}"));
        let mut keys: Vec<_> = (self.keys.iter().enumerate())
            .flat_map(|(number, map)| map.iter().map(move |(key, places)| (number, key, places)))
            .map(|(number, key, places)| {
                let places: Vec<_> = places.iter().collect();
                format!("index {number} has {key} at {places:?}")
            })
            .collect();
        keys.sort();
        rows.chain(named).chain(keys).collect()
    }
}

/// A row with keys of both sorts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Thing {
    id: String,
    /// No two rows may share one.
    names: Vec<String>,
    tags: Vec<String>,
}

impl Thing {
    fn keys(&self, index: &str) -> &[String] {
        if index == "name" { &self.names } else { &self.tags }
    }
}

impl Entity for Thing {
    const NAME: &'static str = "Thing";
    const PREFIX: &'static str = "thing";
    const INDEXES: &'static [Index<Self>] = &[
        Index {
            name: "name",
            keys: |row, key| row.names.iter().for_each(|name| key(name)),
            unique: Some(Taken { status: 409, code: "taken", message: "{key} is taken" }),
        },
        Index {
            name: "tag",
            keys: |row, key| row.tags.iter().for_each(|tag| key(tag)),
            unique: None,
        },
    ];

    fn table() -> &'static Table {
        unreachable!("things are in no store")
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn collection(_: &Store) -> &Collection<Self> {
        unreachable!("things are in no store")
    }

    fn collection_mut(_: &mut Store) -> &mut Collection<Self> {
        unreachable!("things are in no store")
    }
}

/// IDs with a ULID, some of them the same, and IDs without.
const IDS: [&str; 11] = [
    "thing_00000000000000000000000001",
    "thing_00000000000000000000000002",
    "thing_00000000000000000000000003",
    "thing_00000000000000000000000004",
    "other_00000000000000000000000002",
    "other_00000000000000000000000005",
    "thing_2ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "thing_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "thing_first",
    "thing_second",
    "third",
];
const KEYS: [&str; 4] = ["a", "b", "c", "d"];
const INDEXES: [&str; 2] = ["name", "tag"];
/// The first place for IDs that name none.
const SPARE: Place = 1_000;

/// The rows in order of their places.
#[derive(Debug, Clone, Default)]
struct Model {
    rows: Vec<(Place, Thing)>,
    /// Where rows with such an ID were put because the ID itself names no place after the others.
    remembered: BTreeMap<String, Place>,
    latest: Place,
}

impl Model {
    fn get(&self, id: &str) -> Option<&Thing> {
        self.rows.iter().map(|(_, row)| row).find(|row| row.id == id)
    }

    fn by<'a>(&'a self, index: &'a str, key: &'a str) -> impl Iterator<Item = &'a (Place, Thing)> {
        self.rows.iter().filter(move |(_, row)| row.keys(index).iter().any(|own| own == key))
    }

    fn conflict(&self, row: &Thing) -> Option<String> {
        let is_taken = |name: &&String| {
            self.rows.iter().any(|(_, other)| other.id != row.id && other.names.contains(name))
        };
        row.names.iter().find(is_taken).cloned()
    }

    fn put(&mut self, row: Thing, spare: Place) {
        let known = self.rows.iter().find(|(_, known)| known.id == row.id).map(|(place, _)| *place);
        self.take(&row.id);
        let next = self.latest + 1;
        let own = place_of(&row.id).filter(|place| (next..LAST_PLACE).contains(place));
        let remembered = self.remembered.get(&row.id).copied();
        let place = known.or(remembered).or(own).unwrap_or(spare.max(next));
        if place_of(&row.id) != Some(place) {
            self.remembered.insert(row.id.clone(), place);
        }
        self.latest = self.latest.max(place);
        self.rows.push((place, row));
        self.rows.sort_by_key(|(place, _)| *place);
    }

    fn take(&mut self, id: &str) {
        self.rows.retain(|(_, row)| row.id != id);
    }

    /// The place of a cursor: of a row, or of one that was there or could have been.
    fn cursor(&self, id: &str) -> Option<Place> {
        let row = self.rows.iter().find(|(_, row)| row.id == id).map(|(place, _)| *place);
        let of_id = place_of(id).filter(|_| id.starts_with("thing_"));
        row.or_else(|| self.remembered.get(id).copied()).or(of_id)
    }

    /// The IDs of a page with the cursors before and after it; none if a cursor is unknown.
    fn page(&self, tag: Option<&str>, query: &Query) -> Option<Listed> {
        let is_ascending = query.order == PaginationOrder::Asc;
        let mut list: Vec<_> = match tag {
            Some(tag) => self.by("tag", tag).collect(),
            None => self.rows.iter().collect(),
        };
        let (mut before, mut after) = (query.before.as_deref(), query.after.as_deref());
        if !is_ascending {
            list.reverse();
        }
        if query.order == PaginationOrder::Normal {
            (before, after) = (after, before);
        }
        let cursor = |id: Option<&str>| id.map(|id| self.cursor(id).ok_or(())).transpose().ok();
        let (from, to) = (cursor(after)?, cursor(before)?);
        let follows =
            |one: Place, other: Place| if is_ascending { one > other } else { one < other };
        let is_between = |(place, _): &&&(Place, Thing)| {
            from.is_none_or(|from| follows(*place, from)) && to.is_none_or(|to| follows(to, *place))
        };
        let between: Vec<_> = list.iter().filter(is_between).collect();
        // Next to the cursor.
        let skipped = between.len().saturating_sub(query.limit);
        let skipped = if to.is_some() && from.is_none() { skipped } else { 0 };
        let ids: Vec<_> =
            between.iter().skip(skipped).take(query.limit).map(|row| id(row)).collect();
        let (start, end) = (list.first().map(id), list.last().map(id));
        let mut before = ids.first().filter(|id| Some(*id) != start.as_ref()).cloned();
        let mut after = ids.last().filter(|id| Some(*id) != end.as_ref()).cloned();
        if query.order == PaginationOrder::Normal {
            (before, after) = (after, before);
        }
        Some(Listed { ids, before, after })
    }
}

fn id(row: &&(Place, Thing)) -> String {
    row.1.id.clone()
}

#[derive(Debug, PartialEq)]
struct Listed {
    ids: Vec<String>,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Debug, Clone)]
struct Query {
    order: PaginationOrder,
    limit: usize,
    before: Option<String>,
    after: Option<String>,
}

impl ListParams for Query {
    fn window(&self) -> Window<'_> {
        Window {
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            limit: i64::try_from(self.limit).ok(),
            order: Some(&self.order),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Inserts a row, or updates the one with its ID.
    Put(Thing),
    Remove(String),
    /// Undoes the last step that is not undone yet.
    Undo,
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn thing() -> impl Strategy<Value = Thing> {
    let keys = |most: usize| prop::collection::vec(one_of(&KEYS), 0..=most);
    (one_of(&IDS), keys(2), keys(3)).prop_map(|(id, names, tags)| Thing { id, names, tags })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => thing().prop_map(Step::Put),
        2 => one_of(&IDS).prop_map(Step::Remove),
        2 => Just(Step::Undo),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let orders = [PaginationOrder::Asc, PaginationOrder::Desc, PaginationOrder::Normal];
    let cursor = || prop::option::of(one_of(&IDS));
    (prop::sample::select(orders.to_vec()), 1usize..5, cursor(), cursor())
        .prop_map(|(order, limit, before, after)| Query { order, limit, before, after })
}

/// A collection and its model, and the way back.
#[derive(Debug, Default)]
struct Pair {
    rows: Collection<Thing>,
    model: Model,
    undo: Vec<(Before<Thing>, Vec<String>, Model)>,
    spare: Place,
}

impl Pair {
    fn make(steps: Vec<Step>) -> Self {
        let mut pair = Self { spare: SPARE, ..Self::default() };
        steps.into_iter().for_each(|step| pair.take(step));
        pair
    }

    fn take(&mut self, step: Step) {
        let (contents, model) = (self.rows.contents(), self.model.clone());
        match step {
            Step::Put(row) => {
                let conflict = self.rows.conflict(&row).map(|(_, key)| key);
                assert_eq!(conflict, self.model.conflict(&row), "{row:?}");
                if conflict.is_none() {
                    self.spare += 1;
                    self.model.put(row.clone(), self.spare);
                    let before = self.rows.put(Arc::new(row), self.spare);
                    self.undo.push((before, contents, model));
                }
            }
            Step::Remove(id) => {
                let taken = self.rows.take(&id);
                let row = taken.as_ref().map(|(row, _)| &**row);
                assert_eq!(row, self.model.get(&id), "{id}");
                self.model.take(&id);
                self.undo.extend(taken.map(|(_, before)| (before, contents, model)));
            }
            Step::Undo => {
                let Some((before, contents, model)) = self.undo.pop() else { return };
                self.rows.restore(before);
                assert_eq!(self.rows.contents(), contents);
                // No other row ever gets the place of one that may come back.
                self.model = Model { latest: self.model.latest, ..model };
            }
        }
        self.compare();
    }

    /// Every look-up finds the same.
    fn compare(&self) {
        let (rows, model) = (&self.rows, &self.model);
        let all: Vec<_> = model.rows.iter().map(|(_, row)| row).collect();
        assert_eq!(rows.iter().map(|row| &**row).collect::<Vec<_>>(), all);
        assert_eq!(rows.len(), all.len());
        for id in IDS {
            assert_eq!(rows.get(id).map(|row| &**row), model.get(id), "{id}");
            assert_eq!(rows.cursor(id), model.cursor(id), "{id}");
        }
        for index in INDEXES {
            for key in KEYS {
                let expected: Vec<_> = model.by(index, key).map(|(_, row)| row).collect();
                let found: Vec<_> = rows.by(index, key).map(|row| &**row).collect();
                assert_eq!(found, expected, "{index} {key}");
                let mut backwards: Vec<_> = rows.by(index, key).rev().map(|row| &**row).collect();
                backwards.reverse();
                assert_eq!(backwards, expected, "{index} {key}");
                let first = rows.find(index, key).map(|row| &**row);
                assert_eq!(first, expected.first().copied(), "{index} {key}");
                for id in IDS {
                    let has_key = expected.iter().any(|row| row.id == id);
                    assert_eq!(rows.has_key(index, key, id), has_key, "{index} {key} {id}");
                }
            }
        }
    }

    fn page(&self, tag: Option<&str>, query: &Query) -> Option<Listed> {
        let page = match tag {
            Some(tag) => self.rows.page_by("tag", tag, query, |_| true),
            None => self.rows.page(query, |_| true),
        };
        let page = page.ok()?;
        Some(Listed {
            ids: page.data.iter().map(|row| row.id.clone()).collect(),
            before: page.list_metadata.before,
            after: page.list_metadata.after,
        })
    }
}

proptest! {
    #[test]
    fn it_finds_what_a_list_finds(steps in prop::collection::vec(step(), 0..40)) {
        Pair::make(steps);
    }

    #[test]
    fn it_has_the_pages_that_a_list_has(
        steps in prop::collection::vec(step(), 0..25),
        queries in prop::collection::vec((prop::option::of(one_of(&KEYS)), query()), 1..40),
    ) {
        let pair = Pair::make(steps);
        for (tag, query) in queries {
            let tag = tag.as_deref();
            prop_assert_eq!(pair.page(tag, &query), pair.model.page(tag, &query));
        }
    }

    #[test]
    fn undoing_all_leaves_nothing(steps in prop::collection::vec(step(), 0..25)) {
        let mut pair = Pair::make(steps);
        while !pair.undo.is_empty() {
            pair.take(Step::Undo);
        }
        prop_assert_eq!(pair.rows.contents(), [""; 0]);
    }
}
