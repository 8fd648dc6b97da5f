//! In what two versions of the contract differ.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Files;

/// Everything a contract states, one fact for each place.
type Facts = BTreeMap<Place, String>;

/// Where a fact holds: the kind of thing, what it belongs to, and its own name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    owner: String,
    kind: &'static str,
    name: String,
}

/// A fact that is there before, after, or both and different.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    place: Place,
    before: Option<String>,
    after: Option<String>,
    /// Whether the difference is that an addition has it.
    is_ours: bool,
}

/// What has happened to a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Removed,
    Changed,
    /// Only the additions have it.
    Ours,
}

impl Change {
    pub(super) fn kind(&self) -> Kind {
        match (&self.before, &self.after) {
            _ if self.is_ours => Kind::Ours,
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Changed,
        }
    }
}

pub(super) fn facts(files: &Files) -> Facts {
    let mut facts = Facts::new();
    let section = |name: &'static str| {
        let of_file = move |file: &Map<String, Value>| file.get(name).cloned();
        let all = files.values().filter_map(of_file);
        all.filter_map(|section| match section {
            Value::Object(section) => Some(section),
            _ => None,
        })
        .flatten()
    };
    let mut note = |kind, owner: &str, name: &str, fact: &str| {
        let (owner, name) = (owner.to_owned(), name.to_owned());
        facts.insert(Place { owner, kind, name }, fact.to_owned());
    };
    for (name, event) in section("events") {
        note("event", &name, "", "");
        describe(&name, "", &event, &mut note);
    }
    for (name, kind) in section("types") {
        note("type", &name, "", "");
        describe(&name, "", &kind, &mut note);
    }
    for (name, operation) in section("operations") {
        note("operation", &name, "", "");
        for (part, kind) in operation.as_object().into_iter().flatten() {
            if part == "errors" {
                for (status, codes) in kind.as_object().into_iter().flatten() {
                    note("error", &name, status, "");
                    for code in codes.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        note("error", &name, &format!("{status} {code}"), "");
                    }
                }
            } else {
                describe(&name, part, kind, &mut note);
            }
        }
    }
    facts
}

/// Notes what a type says about each of its places.
fn describe(
    owner: &str,
    place: &str,
    kind: &Value,
    note: &mut impl FnMut(&'static str, &str, &str, &str),
) {
    let inside =
        |name: &str| if place.is_empty() { name.into() } else { format!("{place}.{name}") };
    match kind {
        Value::String(text) => match text.strip_prefix('=') {
            Some(values) => {
                note("field", owner, place, "one of");
                for value in values.split('|') {
                    note("value", owner, &format!("{place} = {value}"), "");
                }
            }
            None => note("field", owner, place, text),
        },
        Value::Array(items) => {
            note("field", owner, place, "list");
            items.iter().for_each(|item| describe(owner, &format!("{place}[]"), item, note));
        }
        Value::Object(fields) => match fields.get("any of").and_then(Value::as_array) {
            Some(variants) => {
                for (index, variant) in variants.iter().enumerate() {
                    describe(owner, &inside(&format!("({index})")), variant, note);
                }
            }
            None => {
                for (field, kind) in fields {
                    let name = field.trim_end_matches(['?', '~']);
                    let marks = field.get(name.len()..).unwrap_or_default();
                    if !marks.is_empty() {
                        let optional = if marks.contains('?') { " optional" } else { "" };
                        let nullable = if marks.contains('~') { " nullable" } else { "" };
                        let presence = format!("{optional}{nullable}");
                        note("presence", owner, &inside(name), presence.trim());
                    }
                    describe(owner, &inside(name), kind, note);
                }
            }
        },
        other => note("field", owner, place, &other.to_string()),
    }
}

/// The kinds of what comes and goes as a whole.
const WHOLES: [&str; 3] = ["event", "operation", "type"];

/// In what `after` differs from `before`, which is what is `documented` and the additions to it. Of
/// an operation, event or type that comes or goes as a whole, only that is told.
pub(super) fn changes(documented: &Facts, before: &Facts, after: &Facts) -> Vec<Change> {
    let whole = |facts: &Facts, owner: &str| {
        WHOLES.into_iter().any(|kind| {
            let place = Place { owner: owner.to_owned(), kind, name: String::new() };
            facts.contains_key(&place)
        })
    };
    let mut places: Vec<_> = before.keys().chain(after.keys()).collect();
    places.sort();
    places.dedup();
    let change = |place: &Place| {
        let (before_fact, after_fact) = (before.get(place), after.get(place));
        let is_part = !WHOLES.contains(&place.kind);
        let explained = is_part && whole(before, &place.owner) != whole(after, &place.owner);
        (before_fact != after_fact && !explained).then(|| Change {
            place: place.clone(),
            before: before_fact.cloned(),
            after: after_fact.cloned(),
            is_ours: documented.get(place) == after_fact,
        })
    };
    places.into_iter().filter_map(change).collect()
}

/// How many changes there are of each kind, and a Markdown table; nothing when there is no change.
pub(super) fn report(changes: &[Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let count = |kind| changes.iter().filter(|change| change.kind() == kind).count();
    let [added, removed, changed, ours] =
        [Kind::Added, Kind::Removed, Kind::Changed, Kind::Ours].map(count);
    let mut report = format!(
        "{added} added, {removed} removed, {changed} changed; {ours} only in additions.json\n\n\
         | change | what | of | which | before | after |\n|---|---|---|---|---|---|\n"
    );
    for change in changes {
        let Change { place: Place { owner, kind, name }, before, after, .. } = change;
        let verb = match change.kind() {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
            Kind::Ours => "ours",
        };
        let [before, after] = [before, after].map(|fact| fact.as_deref().unwrap_or_default());
        report += &format!("| {verb} | {kind} | {owner} | {name} | {before} | {after} |\n");
    }
    report
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contract(operations: Value, types: Value, events: Value) -> Facts {
        let file = json!({"operations": operations, "types": types, "events": events});
        let Value::Object(file) = file else { unreachable!() };
        facts(&Files::from([("a.json".to_owned(), file)]))
    }

    fn told(before: &Facts, after: &Facts) -> Vec<String> {
        let tell = |Change { place, before, after, .. }: Change| {
            let Place { owner, kind, name } = place;
            format!("{kind} {owner} {name}: {before:?} {after:?}")
        };
        changes(before, before, after).into_iter().map(tell).collect()
    }

    #[test]
    fn a_contract_does_not_differ_from_itself() {
        let facts =
            || contract(json!({"GET /a": {"200": "A"}}), json!({"A": {"id": "string"}}), json!({}));
        assert_eq!(told(&facts(), &facts()), [""; 0]);
    }

    #[test]
    fn every_kind_of_change_is_told_once() {
        let before = contract(
            json!({
                "GET /a": {"query": {"limit?": "integer"}, "200": "A", "errors": {"404": ["gone"]}},
                "GET /old": {"200": "A", "errors": {"404": []}},
            }),
            json!({"A": {"id": "string", "state": "=on|off", "note?": "string"}}),
            json!({"a.created": {"data": "A"}}),
        );
        let after = contract(
            json!({
                "GET /a": {"query": {"limit?": "string"}, "200": "A", "errors": {"404": []}},
                "POST /new": {"body": {"x": "string"}, "201": "A"},
            }),
            json!({
                "A": {"id": "string", "state": "=on|idle", "note?~": "string"},
                "B": {"id": "string", "state": "=on|off"},
            }),
            json!({"a.created": {"data": "A"}, "a.deleted": {"data": {"id": "string"}}}),
        );
        assert_eq!(
            told(&before, &after),
            [
                r#"presence A note: Some("optional") Some("optional nullable")"#,
                r#"value A state = idle: None Some("")"#,
                r#"value A state = off: Some("") None"#,
                r#"type B : None Some("")"#,
                r#"error GET /a 404 gone: Some("") None"#,
                r#"field GET /a query.limit: Some("integer") Some("string")"#,
                r#"operation GET /old : Some("") None"#,
                r#"operation POST /new : None Some("")"#,
                r#"event a.deleted : None Some("")"#,
            ]
        );
    }

    #[test]
    fn what_only_the_additions_have_is_ours_and_counted_apart() {
        let documented = contract(json!({"GET /a": {"200": "string"}}), json!({}), json!({}));
        let ours = contract(
            json!({
                "GET /a": {"200": "string", "query": {"state?": "string", "limit?": "string"}},
                "GET /b": {"200": "string"},
                "GET /c": {"200": "string"},
            }),
            json!({}),
            json!({}),
        );
        let newer = contract(
            json!({
                "GET /a": {"200": "string", "query": {"limit?": "integer"}},
                "GET /c": {"200": "string"},
                "GET /d": {"200": "string"},
            }),
            json!({}),
            json!({}),
        );
        assert_eq!(
            report(&changes(&documented, &ours, &newer)),
            "1 added, 0 removed, 1 changed; 3 only in additions.json\n\n\
             | change | what | of | which | before | after |\n|---|---|---|---|---|---|\n\
             | changed | field | GET /a | query.limit | string | integer |\n\
             | ours | field | GET /a | query.state | string |  |\n\
             | ours | presence | GET /a | query.state | optional |  |\n\
             | ours | operation | GET /b |  |  |  |\n\
             | added | operation | GET /d |  |  |  |\n"
        );
        assert_eq!(report(&changes(&documented, &ours, &ours)), "");
    }
}
