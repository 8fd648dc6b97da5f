//! Finds what was renamed.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Aspect, Direction, Facts, Owner, Place, Section, Version, anonymous};

/// The old names of operations and types, by the new ones.
pub(super) type Renames = BTreeMap<Owner, String>;

/// Applies renames to the older versions, so that only the other differences remain. The last of
/// these versions is the one compared with `after`.
pub(super) fn apply(versions_before: &mut [&mut Version], after: &Version) -> Renames {
    let mut renames = Renames::new();
    // A rename reveals more: a type used in it, an operation that returns it.
    loop {
        let Some(before) = versions_before.last() else { return renames };
        let mut found = types(before, after);
        if found.is_empty() {
            found = operations(before, after);
        }
        if found.is_empty() {
            return renames;
        }
        for (old, new) in found {
            versions_before.iter_mut().for_each(|version| version.rename(&old, &new));
            renames.insert((old.0, new), old.1);
        }
    }
}

/// The owners of one version that the other lacks.
fn only_in<'a>(version: &'a Version, other: &Version, section: Section) -> Vec<(&'a str, Facts)> {
    let owners = version.owners.keys().filter(|owner| owner.0 == section);
    let missing = owners.filter(|owner| !other.owners.contains_key(owner));
    missing.filter_map(|owner| Some((owner.1.as_str(), version.facts(owner)?))).collect()
}

/// The pairs in which neither has another partner.
fn unambiguous(section: Section, pairs: &BTreeSet<(&str, &str)>) -> Vec<(Owner, String)> {
    let is_only = |(old, new): &&(&str, &str)| {
        pairs.iter().filter(|pair| pair.0 == *old || pair.1 == *new).count() == 1
    };
    let named = |(old, new): &(&str, &str)| ((section, (*old).to_owned()), (*new).to_owned());
    pairs.iter().filter(is_only).map(named).collect()
}

/// A type used where another was, and one with the same facts.
fn types(before: &Version, after: &Version) -> Vec<(Owner, String)> {
    let gone: BTreeMap<_, _> = only_in(before, after, Section::Type).into_iter().collect();
    let come: BTreeMap<_, _> = only_in(after, before, Section::Type).into_iter().collect();
    if gone.is_empty() || come.is_empty() {
        return Vec::new();
    }
    let mut pairs = BTreeSet::new();
    for owner in before.owners.keys() {
        let (Some(old), Some(new)) = (before.facts(owner), after.facts(owner)) else { continue };
        let (old, new) = (mentions(&old, &gone), mentions(&new, &come));
        for (slot, (old, old_facts)) in &old {
            let here = new.iter().filter(|(other, _)| other == slot);
            for (_, (new, _)) in here.filter(|(_, (_, facts))| are_alike(old_facts, facts)) {
                pairs.insert((*old, *new));
            }
        }
    }
    let is_paired = |name: &str| pairs.iter().any(|pair| pair.0 == name || pair.1 == name);
    let mut same = BTreeSet::new();
    for (old, old_facts) in gone.iter().filter(|(old, facts)| facts.len() > 1 && !is_paired(old)) {
        let equal = come.iter().filter(|(new, facts)| *facts == old_facts && !is_paired(new));
        same.extend(equal.map(|(new, _)| (*old, *new)));
    }
    pairs.extend(same);
    unambiguous(Section::Type, &pairs)
}

type Named<'a> = (&'a str, &'a Facts);

/// Where each of the types is used. The variants of a union share one place.
fn mentions<'a>(facts: &Facts, types: &'a BTreeMap<&'a str, Facts>) -> Vec<(String, Named<'a>)> {
    let kinds = facts.iter().filter(|(place, _)| place.aspect == Aspect::Kind);
    let mention = |(place, kind): (&Place, &String)| {
        let (name, facts) = types.get_key_value(kind.as_str())?;
        let variant = place.path.strip_suffix(')').and_then(|path| path.rsplit_once('('));
        let slot = variant.map_or(place.path.as_str(), |(union, _)| union);
        Some((slot.to_owned(), (*name, facts)))
    };
    kinds.filter_map(mention).collect()
}

/// An operation with other names for its placeholders, and one with the same responses and nearly
/// the same request.
fn operations(before: &Version, after: &Version) -> Vec<(Owner, String)> {
    let gone = only_in(before, after, Section::Operation);
    let come = only_in(after, before, Section::Operation);
    let pairs = |is_same: fn(Named<'_>, Named<'_>) -> bool| {
        let mut pairs = BTreeSet::new();
        for (old, old_facts) in &gone {
            let same = come.iter().filter(|(new, facts)| is_same((old, old_facts), (new, facts)));
            pairs.extend(same.map(|(new, _)| (*old, *new)));
        }
        unambiguous(Section::Operation, &pairs)
    };
    let same_path = pairs(|old, new| anonymous(old.0) == anonymous(new.0));
    if same_path.is_empty() { pairs(is_same_operation) } else { same_path }
}

fn is_same_operation(old: Named<'_>, new: Named<'_>) -> bool {
    part(old.1, Direction::Response) == part(new.1, Direction::Response)
        && are_alike(&part(old.1, Direction::Request), &part(new.1, Direction::Request))
        && are_related(old.0, new.0)
}

/// The facts of one direction, without limits, which do not identify operations.
fn part(facts: &Facts, direction: Direction) -> Facts {
    let is_in = |place: &Place| {
        Direction::of(&place.path) == Some(direction) && !matches!(place.aspect, Aspect::Limit(_))
    };
    facts.iter().filter(|(place, _)| is_in(place)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Whether one operation may be the other at all: the same path with another writing method, or the
/// same method with paths that are at least half equal. Many operations return the same type, or
/// nothing, so their types alone say little.
fn are_related(old: &str, new: &str) -> bool {
    let (old, new) = (anonymous(old), anonymous(new));
    let [(old_method, old_path), (new_method, new_path)] =
        [&old, &new].map(|name| name.split_once(' ').unwrap_or_default());
    if old_method != new_method {
        let writes = |method| !["GET", "DELETE"].contains(&method);
        return old_path == new_path && writes(old_method) && writes(new_method);
    }
    let [old, new] = [old_path, new_path].map(|path| {
        let parts = path.split('/').filter(|part| !part.is_empty() && *part != "{}");
        parts.collect::<BTreeSet<_>>()
    });
    2 * old.intersection(&new).count() >= old.len().max(new.len())
}

/// Whether at least half of the facts of the larger one are in both.
fn are_alike(one: &Facts, other: &Facts) -> bool {
    let common = one.iter().filter(|(place, fact)| other.get(place) == Some(fact)).count();
    2 * common >= one.len().max(other.len())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::version;
    use super::*;

    /// The renames from one contract to another, as `old -> new`.
    fn renames(before: Value, after: Value) -> Vec<String> {
        let renames = apply(&mut [&mut version(before)], &version(after));
        renames.into_iter().map(|((_, new), old)| format!("{old} -> {new}")).collect()
    }

    #[test]
    fn a_type_in_the_place_of_another_is_a_rename_and_so_are_its_parts() {
        let before = json!({
            "operations": {"GET /a": {"200": "UserDto"}},
            "types": {
                "UserDto": {
                    "id": "string", "name": "string", "part": {"any of": ["PartDto", "null"]},
                },
                "PartDto": {"slug": "string", "old?": "string"},
            },
        });
        let after = json!({
            "operations": {"GET /a": {"200": "User"}},
            "types": {
                "User": {
                    "id": "string", "name": "string", "part": {"any of": ["Part", "null"]},
                },
                "Part": {"slug": "string", "new?": "string"},
            },
        });
        assert_eq!(renames(before, after), ["PartDto -> Part", "UserDto -> User"]);
    }

    #[test]
    fn a_type_with_other_facts_is_not_a_rename() {
        let contract = |name: &str, kind: Value| json!({"operations": {"GET /a": {"200": name}}, "types": {name: kind}});
        let before = contract("A", json!({"id": "string", "x": "string", "y": "string"}));
        let after = contract("B", json!({"slug": "string", "z": "integer"}));
        assert_eq!(renames(before, after), [""; 0]);
    }

    #[test]
    fn the_same_type_under_another_name_is_a_rename_unless_there_are_two() {
        let same = json!({"id": "string"});
        let before = || json!({"types": {"A": same.clone()}});
        assert_eq!(renames(before(), json!({"types": {"B": same.clone()}})), ["A -> B"]);
        let two = || json!({"types": {"B": same.clone(), "C": same.clone()}});
        assert_eq!(renames(before(), two()), [""; 0]);
        assert_eq!(renames(two(), before()), [""; 0]);
    }

    #[test]
    fn an_operation_is_renamed_by_its_placeholders_its_path_or_its_method() {
        let body = json!({"name": "string", "note?": "string"});
        let more = json!({"name": "string", "note?": "string", "more?": "string"});
        let before = json!({"operations": {
            "GET /a/{aId}": {"200": {"id": "string"}},
            "GET /directories/{id}/users": {"200": ["string"], "query": {"limit?": "integer"}},
            "PUT /b/{id}": {"200": {"id": "string"}, "body": body},
        }});
        let after = json!({"operations": {
            "GET /a/{a_id}": {"200": {"id": "integer"}},
            "GET /directories/{id}/members": {"200": ["string"], "query": {"limit?": "integer"}},
            "PATCH /b/{id}": {"200": {"id": "string"}, "body": more},
        }});
        assert_eq!(
            renames(before, after),
            [
                "GET /a/{aId} -> GET /a/{a_id}",
                "GET /directories/{id}/users -> GET /directories/{id}/members",
                "PUT /b/{id} -> PATCH /b/{id}",
            ]
        );
    }

    #[test]
    fn operations_that_only_look_alike_are_not_renames() {
        let none = |operation: &str| json!({"operations": {operation: {"204": null}}});
        for (old, new) in [
            ("DELETE /a/{id}", "DELETE /b/{id}"),
            ("GET /a/{id}", "DELETE /a/{id}"),
            ("POST /a/{id}/stop", "POST /b/{id}/send"),
        ] {
            assert_eq!(renames(none(old), none(new)), [""; 0], "{old} {new}");
        }
        let two =
            json!({"operations": {"POST /a/halt": {"204": null}, "POST /a/end": {"204": null}}});
        assert_eq!(renames(none("POST /a/stop"), two), [""; 0]);
    }
}
