//! The differences between two versions of the contract, by owner.

use std::collections::{BTreeMap, BTreeSet};

use super::breaking::{is_breaking, is_breaking_rename};
use super::facts::{
    Aspect, Direction, Facts, Owner, Place, Section, Version, is_inside, kind_text,
};
use super::inline::unfold;
use super::renames;

/// What happened to a fact or to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Kind {
    Removed,
    Renamed,
    Changed,
    Added,
    /// Exists only in the additions.
    Ours,
}

/// A fact that exists before, after, or in both with different values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// The path before, if it was renamed.
    pub(super) was: Option<String>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) breaking: bool,
}

/// An operation, a type or an event, and its differences.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) section: Section,
    /// The resource.
    pub(super) group: String,
    pub(super) name: String,
    /// The name before, if it was renamed.
    pub(super) was: Option<String>,
    pub(super) breaking: bool,
    /// For what is added or removed as a whole: its fields.
    pub(super) changes: Vec<Change>,
}

/// The differences of `after` from `before`, which is `documented` with the additions.
pub(super) fn entries(documented: &Version, before: &Version, after: &Version) -> Vec<Entry> {
    let (mut documented, mut before) = (documented.clone(), before.clone());
    let renames = renames::apply(&mut [&mut documented, &mut before], after);
    let directions = Directions::new([&before, after]);
    unfold(&mut documented, after);
    let only_written_out = unfold(&mut before, after);
    let mut after = after.clone();
    unfold(&mut after, &before);
    let owners: BTreeSet<_> = before.owners.keys().chain(after.owners.keys()).collect();
    let mut entries = Vec::new();
    for owner in owners {
        let [documented_facts, before_facts, after_facts] =
            [&documented, &before, &after].map(|version| version.facts(owner));
        let entry = |kind, changes: Vec<Change>| Entry {
            kind,
            section: owner.0,
            group: after.group(owner).or(before.group(owner)).unwrap_or_default().to_owned(),
            name: owner.1.clone(),
            was: renames.get(owner).cloned(),
            breaking: (kind == Kind::Removed && !only_written_out.contains(owner))
                || renames.get(owner).is_some_and(|was| is_breaking_rename(owner, was))
                || changes.iter().any(|change| change.breaking),
            changes,
        };
        match (before_facts, after_facts) {
            (Some(before), Some(after)) => {
                let documented = documented_facts.unwrap_or_default();
                let changes = changes(&documented, &before, &after, |place| {
                    directions.of(owner, &place.path)
                });
                let is_ours = |change: &Change| change.kind == Kind::Ours;
                let (ours, others): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_ours);
                if renames.contains_key(owner) {
                    entries.push(entry(Kind::Renamed, others));
                } else if !others.is_empty() {
                    entries.push(entry(Kind::Changed, others));
                }
                if !ours.is_empty() {
                    entries.push(Entry { was: None, breaking: false, ..entry(Kind::Ours, ours) });
                }
            }
            (Some(before), None) => {
                let kind = if documented_facts.is_none() { Kind::Ours } else { Kind::Removed };
                let fields = changes(&before, &before, &Facts::new(), |_| Vec::new());
                // Those of an addition are in its file.
                let fields = if kind == Kind::Ours { Vec::new() } else { fields };
                entries.push(entry(kind, fields));
            }
            (None, Some(after)) => {
                let none = Facts::new();
                entries.push(entry(Kind::Added, changes(&none, &none, &after, |_| Vec::new())));
            }
            (None, None) => {}
        }
    }
    let order = |entry: &Entry| {
        (entry.group.clone(), entry.kind, entry.section, !entry.breaking, entry.name.clone())
    };
    entries.sort_by_key(order);
    entries
}

/// Only what is both added and documented.
pub(super) fn only_added(entries: Vec<Entry>) -> Vec<Entry> {
    let added = |mut entry: Entry| {
        entry.changes.retain(|change| change.kind == Kind::Added);
        match entry.kind {
            Kind::Added => Some(entry),
            Kind::Changed | Kind::Renamed if !entry.changes.is_empty() => Some(Entry {
                kind: Kind::Changed,
                was: None,
                breaking: entry.changes.iter().any(|change| change.breaking),
                ..entry
            }),
            _ => None,
        }
    };
    entries.into_iter().filter_map(added).collect()
}

/// Whether types are used in requests and in responses, in either version.
struct Directions {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
}

impl Directions {
    fn new(versions: [&Version; 2]) -> Self {
        let mut directions = Self { requests: BTreeSet::new(), responses: BTreeSet::new() };
        for version in versions {
            let (requests, responses) = version.reached();
            directions.requests.extend(requests.into_iter().map(str::to_owned));
            directions.responses.extend(responses.into_iter().map(str::to_owned));
        }
        directions
    }

    fn of(&self, owner: &Owner, path: &str) -> Vec<Direction> {
        match owner.0 {
            Section::Operation => Direction::of(path).into_iter().collect(),
            Section::Event => vec![Direction::Response],
            Section::Type => {
                let requests = self.requests.contains(&owner.1).then_some(Direction::Request);
                let responses = self.responses.contains(&owner.1).then_some(Direction::Response);
                requests.into_iter().chain(responses).collect()
            }
        }
    }
}

/// The differences of one owner, without those that others explain.
fn changes(
    documented: &Facts,
    before: &Facts,
    after: &Facts,
    directions: impl Fn(&Place) -> Vec<Direction>,
) -> Vec<Change> {
    let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changes: Vec<_> = places
        .into_iter()
        .filter(|place| before.get(place) != after.get(place))
        .map(|place| {
            let facts = [before, after].map(|facts| facts.get(place).map(String::as_str));
            let breaks = |direction| is_breaking(direction, place, facts[0], facts[1]);
            let is_ours = documented.get(place) == after.get(place);
            Change {
                kind: match facts {
                    _ if is_ours => Kind::Ours,
                    [None, _] => Kind::Added,
                    [_, None] => Kind::Removed,
                    _ => Kind::Changed,
                },
                breaking: !is_ours && directions(place).into_iter().any(breaks),
                place: place.clone(),
                was: None,
                before: facts[0].map(str::to_owned),
                after: facts[1].map(str::to_owned),
            }
        })
        .collect();
    if before.is_empty() || after.is_empty() {
        changes
            .retain(|change| !change.place.path.is_empty() || change.place.aspect != Aspect::Kind);
    }
    let mut changes = without_explained(changes);
    for change in changes.iter_mut().filter(|change| change.place.aspect == Aspect::Kind) {
        change.before = change.before.take().and_then(|_| field_text(before, &change.place.path));
        change.after = change.after.take().and_then(|_| field_text(after, &change.place.path));
        if change.kind == Kind::Changed {
            let kinds = [before, after].map(|facts| kind_text(facts, &change.place.path));
            [change.before, change.after] = kinds;
        }
    }
    with_renames(changes, before, after)
}

/// The type of a field, and whether it is optional.
fn field_text(facts: &Facts, path: &str) -> Option<String> {
    let kind = kind_text(facts, path)?;
    let presence = facts.get(&Place { path: path.to_owned(), aspect: Aspect::Presence });
    Some(presence.map_or_else(|| kind.clone(), |presence| format!("{presence} {kind}")))
}

/// Where a type is added, removed or replaced, the other facts of that place and inside it are
/// implied and not listed. They may be why it breaks something.
fn without_explained(changes: Vec<Change>) -> Vec<Change> {
    let kinds = changes.iter().filter(|change| change.place.aspect == Aspect::Kind);
    let kinds: BTreeMap<String, Kind> =
        kinds.map(|change| (change.place.path.clone(), change.kind)).collect();
    let is_explained = |change: &Change| {
        let Place { path, aspect } = &change.place;
        let kind = kinds.get(path);
        let here = match aspect {
            Aspect::Kind | Aspect::Error(_) => false,
            Aspect::Presence | Aspect::Limit(_) => kind.is_some_and(|kind| *kind != Kind::Changed),
            Aspect::Value(_) => kind.is_some(),
        };
        here || kinds.keys().any(|outer| is_inside(path, outer))
    };
    let (explained, mut changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_explained);
    for change in changes.iter_mut().filter(|change| change.place.aspect == Aspect::Kind) {
        let is_here = |other: &&Change| other.place.path == change.place.path;
        let mut here = explained.iter().filter(is_here);
        change.breaking |= change.kind != Kind::Changed
            && here.any(|other| other.breaking && other.place.aspect == Aspect::Presence);
    }
    changes
}

/// A removed field and an added sibling with the same facts are one renamed field, if no others
/// match.
fn with_renames(changes: Vec<Change>, before: &Facts, after: &Facts) -> Vec<Change> {
    // The facts of a field, by the place of its parent.
    let key = |change: &Change, facts: &Facts| {
        let path = &change.place.path;
        let parent = path.rfind('.').and_then(|dot| path.get(..dot)).unwrap_or_default();
        let said = facts.iter().filter_map(|(place, fact)| {
            let rest = place.path.strip_prefix(path.as_str())?;
            let is_here = rest.is_empty() || is_inside(&place.path, path);
            is_here.then(|| (rest.to_owned(), place.aspect.clone(), fact.clone()))
        });
        (parent.to_owned(), said.collect::<Vec<_>>())
    };
    let mut pairs: BTreeMap<_, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        let place = Place { path: change.place.path.clone(), aspect: Aspect::Presence };
        match change.kind {
            _ if change.place.aspect != Aspect::Kind => {}
            Kind::Removed if after.is_empty() || !before.contains_key(&place) => {}
            Kind::Added if before.is_empty() || !after.contains_key(&place) => {}
            Kind::Removed => pairs.entry(key(change, before)).or_default().0.push(index),
            Kind::Added => pairs.entry(key(change, after)).or_default().1.push(index),
            _ => {}
        }
    }
    let only = |(gone, come): &(Vec<usize>, Vec<usize>)| match (gone.as_slice(), come.as_slice()) {
        ([gone], [come]) => Some((*come, *gone)),
        _ => None,
    };
    let pairs: BTreeMap<usize, usize> = pairs.values().filter_map(only).collect();
    let renamed = |(index, change): (usize, &Change)| match pairs.get(&index) {
        _ if pairs.values().any(|gone| *gone == index) => None,
        Some(gone) => changes.get(*gone).map(|gone| Change {
            kind: Kind::Renamed,
            was: Some(gone.place.path.clone()),
            before: gone.before.clone(),
            breaking: gone.breaking || change.breaking,
            ..change.clone()
        }),
        None => Some(change.clone()),
    };
    changes.iter().enumerate().filter_map(renamed).collect()
}
