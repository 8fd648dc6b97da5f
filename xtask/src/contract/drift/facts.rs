//! A version of the contract, with each fact at its own place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workos_contract::additions::Files;
use workos_contract::{Field, Kind, Shape};

use super::super::import::EVENT_UNION;
use super::super::mentioned;

/// The kinds of named things in the contract, each in a section of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Section {
    Operation,
    Type,
    Event,
}

impl Section {
    pub(super) const ALL: [Self; 3] = [Self::Operation, Self::Type, Self::Event];

    /// The name of the section in the files and in the report.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Operation => "operations",
            Self::Type => "types",
            Self::Event => "events",
        }
    }

    pub(super) fn singular(self) -> &'static str {
        self.plural().trim_end_matches('s')
    }
}

/// An operation, a type or an event.
pub(super) type Owner = (Section, String);

/// Where a fact of an owner applies, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// `body.roles[]`, or empty for the owner itself.
    pub(super) path: String,
    pub(super) aspect: Aspect,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// The type, without its parts.
    Kind,
    /// Whether it may be left out or null.
    Presence,
    /// One of its possible values.
    Value(String),
    /// A keyword of `limits.json`.
    Limit(String),
    /// A status, or a status and a code.
    Error(String),
}

/// What one owner states.
pub(super) type Facts = BTreeMap<Place, String>;

/// A contract by its owners, whichever files they are in.
#[derive(Debug, Clone, Default)]
pub(super) struct Version {
    pub(super) owners: BTreeMap<Owner, Value>,
    /// By the name of the owner.
    pub(super) limits: BTreeMap<String, Limits>,
    /// The resource that an owner belongs to: the name of its file.
    groups: BTreeMap<Owner, String>,
}

/// Keywords and their values by the path.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Limits(pub(super) BTreeMap<String, Value>);

impl Limits {
    /// Adds the limits of what is at a path.
    pub(super) fn add(&mut self, path: &str, limits: Option<&Self>) {
        for (inner, keywords) in limits.into_iter().flat_map(|limits| &limits.0) {
            let separator = if inner.is_empty() || path.is_empty() || inner.starts_with('[') {
                ""
            } else {
                "."
            };
            let known =
                self.0.entry(format!("{path}{separator}{inner}")).or_insert_with(|| json!({}));
            if let (Some(known), Some(keywords)) = (known.as_object_mut(), keywords.as_object()) {
                known.extend(keywords.clone());
            }
        }
    }
}

impl Version {
    pub(super) fn new(files: &Files) -> Self {
        let mut version = Self::default();
        for (file, content) in files {
            let group = file.trim_end_matches(".json");
            let section = |name: &str| content.get(name).and_then(Value::as_object).cloned();
            // The events themselves have all the facts.
            let is_told = |name: &String| name != EVENT_UNION;
            for kind in Section::ALL {
                for (name, facts) in
                    section(kind.plural()).into_iter().flatten().filter(|(name, _)| is_told(name))
                {
                    let owner = (kind, name);
                    version.groups.insert(owner.clone(), group.to_owned());
                    version.owners.insert(owner, facts);
                }
            }
            for (name, places) in section("limits").into_iter().flatten() {
                let places = places.as_object().cloned().unwrap_or_default();
                version.limits.insert(name, Limits(places.into_iter().collect()));
            }
        }
        version
    }

    pub(super) fn group(&self, owner: &Owner) -> Option<&str> {
        self.groups.get(owner).map(String::as_str)
    }

    pub(super) fn has_type(&self, name: &str) -> bool {
        self.get_type(name).is_some()
    }

    pub(super) fn get_type(&self, name: &str) -> Option<&Value> {
        self.owners.get(&(Section::Type, name.to_owned()))
    }

    /// The facts of an owner; `None` if there is no such owner.
    pub(super) fn facts(&self, owner: &Owner) -> Option<Facts> {
        let stated = self.owners.get(owner)?;
        let mut facts = Facts::new();
        if owner.0 == Section::Operation {
            describe_operation(stated, &mut facts);
        } else {
            describe("", stated, &mut facts);
        }
        for (path, limits) in self.limits.get(&owner.1).into_iter().flat_map(|limits| &limits.0) {
            for (keyword, value) in limits.as_object().into_iter().flatten() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                note(&mut facts, path, Aspect::Limit(keyword.clone()), &text);
            }
        }
        Some(facts)
    }

    /// Renames an owner, also wherever a type is mentioned.
    pub(super) fn rename(&mut self, owner: &Owner, name: &str) {
        let renamed = (owner.0, name.to_owned());
        if let Some(facts) = self.owners.remove(owner) {
            self.owners.insert(renamed.clone(), facts);
        }
        if let Some(group) = self.groups.remove(owner) {
            self.groups.insert(renamed, group);
        }
        if let Some(limits) = self.limits.remove(&owner.1) {
            self.limits.insert(name.to_owned(), limits);
        }
        if owner.0 == Section::Type {
            self.owners.values_mut().for_each(|kind| replace(kind, &owner.1, name));
        }
    }

    /// The names of the types that requests refer to, and of those that responses and events refer
    /// to.
    pub(super) fn reached(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let (mut requests, mut responses) = (BTreeSet::new(), BTreeSet::new());
        for ((section, _), facts) in &self.owners {
            match section {
                Section::Event => self.reach(facts, &mut responses),
                Section::Operation => {
                    for (part, kind) in facts.as_object().into_iter().flatten() {
                        let reached = match Direction::of(part) {
                            Some(Direction::Request) => &mut requests,
                            Some(Direction::Response) => &mut responses,
                            None => continue,
                        };
                        self.reach(kind, reached);
                    }
                }
                Section::Type => {}
            }
        }
        (requests, responses)
    }

    fn reach<'a>(&'a self, kind: &Value, reached: &mut BTreeSet<&'a str>) {
        for name in mentioned(kind) {
            if let Some(((_, name), kind)) = self.owners.get_key_value(&(Section::Type, name))
                && reached.insert(name)
            {
                self.reach(kind, reached);
            }
        }
    }
}

/// The direction of a part of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

impl Direction {
    /// The direction of a path of an operation; `None` for other parts, such as its errors.
    pub(super) fn of(path: &str) -> Option<Self> {
        let part = path.split(['.', '[', '(', '?']).next().unwrap_or(path);
        match part {
            "query" | "headers" | "body" => Some(Self::Request),
            _ => part.starts_with(|c: char| c.is_ascii_digit()).then_some(Self::Response),
        }
    }
}

fn replace(kind: &mut Value, from: &str, to: &str) {
    match kind {
        Value::String(name) if name == from => to.clone_into(name),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|kind| replace(kind, from, to)),
        _ => {}
    }
}

fn note(facts: &mut Facts, path: &str, aspect: Aspect, fact: &str) {
    facts.insert(Place { path: path.to_owned(), aspect }, fact.to_owned());
}

fn describe_operation(stated: &Value, facts: &mut Facts) {
    for (part, kind) in stated.as_object().into_iter().flatten() {
        match (part.as_str(), kind) {
            ("errors", errors) => {
                for (status, codes) in errors.as_object().into_iter().flatten() {
                    note(facts, "", Aspect::Error(status.clone()), "");
                    for code in codes.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        note(facts, "", Aspect::Error(format!("{status} {code}")), "");
                    }
                }
            }
            // These are not optional themselves: without parameters there is no query.
            (part @ ("query" | "headers"), kind) => describe_fields(part, &fields(kind), facts),
            ("body" | "body?", kind) => {
                describe_fields("", &fields(&json!({ part: kind })), facts);
            }
            (part, kind) => describe(part, kind, facts),
        }
    }
}

/// Records the facts of a type for each of its places.
fn describe(path: &str, kind: &Value, facts: &mut Facts) {
    match Shape::parse(kind) {
        Ok(shape) => describe_shape(path, &shape, facts),
        // An answer without a body.
        Err(_) => note(facts, path, Aspect::Kind, &kind.to_string()),
    }
}

fn describe_shape(path: &str, shape: &Shape, facts: &mut Facts) {
    match &shape.kind {
        Kind::OneOf(values) => {
            for value in values {
                note(facts, path, Aspect::Value(value.clone()), "");
            }
        }
        Kind::List(item) => describe_shape(&format!("{path}[]"), item, facts),
        Kind::Map(value) => describe_shape(&inside(path, "*"), value, facts),
        Kind::Object(fields) => describe_fields(path, fields, facts),
        Kind::Union(variants) => describe_variants(path, variants, facts),
        _ => {}
    }
    note(facts, path, Aspect::Kind, kind_name(&shape.kind));
}

fn kind_name(kind: &Kind) -> &str {
    match kind {
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Any => "any",
        Kind::DateTime => "date-time",
        Kind::Null => "null",
        Kind::OneOf(_) => "one of",
        Kind::Named(reference) => reference.name(),
        Kind::List(_) => "list",
        Kind::Map(_) => "map",
        Kind::Object(_) => "object",
        Kind::Union(_) => "any of",
    }
}

/// The fields of an object; none of another type.
fn fields(kind: &Value) -> Vec<Field> {
    match Shape::parse(kind) {
        Ok(Shape { kind: Kind::Object(fields), .. }) => fields,
        _ => Vec::new(),
    }
}

fn describe_fields(path: &str, fields: &[Field], facts: &mut Facts) {
    for field in fields {
        let presence = match (field.is_optional, field.is_nullable) {
            (false, false) => "required",
            (true, false) => "optional",
            (false, true) => "nullable",
            (true, true) => "optional nullable",
        };
        let path = inside(path, &field.name);
        note(facts, &path, Aspect::Presence, presence);
        describe_shape(&path, &field.shape, facts);
    }
}

fn describe_variants(path: &str, variants: &[Shape], facts: &mut Facts) {
    let mut known = BTreeSet::new();
    for (index, variant) in variants.iter().enumerate() {
        let mut name = variant_name(variant);
        if name.is_empty() || !known.insert(name.clone()) {
            name = format!("{name}#{index}");
        }
        describe_shape(&format!("{path}({name})"), variant, facts);
    }
}

/// What identifies a variant, also in another version: its type or its constants.
fn variant_name(variant: &Shape) -> String {
    match &variant.kind {
        Kind::OneOf(values) => values.join("|"),
        Kind::List(item) => format!("[{}]", variant_name(item)),
        Kind::Object(fields) => {
            let constant = |field: &Field| match &field.shape.kind {
                Kind::OneOf(values) => match values.as_slice() {
                    [value] => Some(format!("{}={value}", field.name)),
                    _ => None,
                },
                _ => None,
            };
            fields.iter().filter_map(constant).collect::<Vec<_>>().join(",")
        }
        Kind::Map(_) | Kind::Union(_) => String::new(),
        kind => kind_name(kind).to_owned(),
    }
}

/// The name of a field without its markers.
pub(super) fn field_name(field: &str) -> &str {
    field.trim_end_matches(['?', '~'])
}

pub(super) fn inside(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether a path is inside another; everything is inside the owner.
pub(super) fn is_inside(path: &str, outer: &str) -> bool {
    let rest = path.strip_prefix(outer).filter(|rest| !rest.is_empty());
    rest.is_some_and(|rest| outer.is_empty() || rest.starts_with(['.', '[', '(']))
}

/// An operation without the names of its placeholders, which differ between documents.
pub(super) fn anonymous(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    operation.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A type in words, with its parts as far as they fit on a line.
pub(super) fn kind_text(facts: &Facts, path: &str) -> Option<String> {
    let kind = facts.get(&Place { path: path.to_owned(), aspect: Aspect::Kind })?;
    let of = |inner: &str| kind_text(facts, &format!("{path}{inner}")).unwrap_or_default();
    Some(match kind.as_str() {
        "list" => format!("list of {}", of("[]")),
        "map" => format!("map of {}", of(if path.is_empty() { "*" } else { ".*" })),
        "one of" => {
            let places = facts.keys().filter(|place| place.path == path);
            let values = places.filter_map(|place| match &place.aspect {
                Aspect::Value(value) => Some(value.as_str()),
                _ => None,
            });
            format!("one of {}", values.collect::<Vec<_>>().join(", "))
        }
        kind => kind.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::version;
    use super::*;

    fn facts(version: &Version, section: Section, name: &str) -> Vec<String> {
        let facts = version.facts(&(section, name.to_owned())).unwrap();
        let line = |(place, fact)| {
            let Place { path, aspect } = place;
            format!("{path} {aspect:?}: {fact}")
        };
        facts.into_iter().map(line).collect()
    }

    #[test]
    fn every_fact_of_an_operation_has_a_place() {
        let version = version(json!({
            "operations": {"POST /a": {
                "query": {"limit?": "integer"},
                "body?": {"ids": ["string"], "note?~": {"*": "string"}},
                "201": "A",
                "204": null,
                "errors": {"404": ["gone"]},
            }},
            "limits": {"POST /a": {"": {"deprecated": true}, "query.limit": {"default": 10}}},
        }));
        assert_eq!(
            facts(&version, Section::Operation, "POST /a"),
            [
                r#" Limit("deprecated"): true"#,
                r#" Error("404"): "#,
                r#" Error("404 gone"): "#,
                "201 Kind: A",
                "204 Kind: null",
                "body Kind: object",
                "body Presence: optional",
                "body.ids Kind: list",
                "body.ids Presence: required",
                "body.ids[] Kind: string",
                "body.note Kind: map",
                "body.note Presence: optional nullable",
                "body.note.* Kind: string",
                "query.limit Kind: integer",
                "query.limit Presence: optional",
                r#"query.limit Limit("default"): 10"#,
            ]
        );
    }

    #[test]
    fn a_variant_keeps_its_place_when_another_is_added() {
        let version = version(json!({"types": {"A": {"any of": [
            "B", ["B"], "null", "=x|y", {"type": "=one", "id": "string"}, {"id": "string"},
        ]}}}));
        let all = facts(&version, Section::Type, "A");
        let variants = all.iter().filter(|fact| fact.contains(") Kind")).collect::<Vec<_>>();
        assert_eq!(
            variants,
            [
                "(#5) Kind: object",
                "(B) Kind: B",
                "([B]) Kind: list",
                "(null) Kind: null",
                "(type=one) Kind: object",
                "(x|y) Kind: one of",
            ]
        );
    }

    #[test]
    fn a_type_is_renamed_wherever_it_is_mentioned() {
        let mut renamed = version(json!({
            "operations": {"GET /a": {"200": ["Old"]}},
            "types": {"Old": {"other?": "Old", "string": "string"}},
            "limits": {"Old": {"string": {"maxLength": 3}}},
        }));
        renamed.rename(&(Section::Type, "Old".to_owned()), "New");
        let expected = version(json!({
            "operations": {"GET /a": {"200": ["New"]}},
            "types": {"New": {"other?": "New", "string": "string"}},
            "limits": {"New": {"string": {"maxLength": 3}}},
        }));
        assert_eq!(renamed.owners, expected.owners);
        assert_eq!(renamed.limits, expected.limits);
        assert_eq!(renamed.groups, expected.groups);
    }

    #[test]
    fn types_have_the_direction_of_what_mentions_them() {
        let version = version(json!({
            "operations": {"POST /a": {
                "query": {"order?": "Order"}, "body?": "Input", "201": {"data": ["Output"]},
                "errors": {"400": []},
            }},
            "events": {"a.created": {"data": "Payload"}},
            "types": {
                "Order": "=asc|desc", "Input": {"part": "Shared"}, "Output": {"part": "Shared"},
                "Shared": {"id": "string"}, "Payload": {"id": "string"}, "Unused": "string",
            },
        }));
        let (requests, responses) = version.reached();
        assert_eq!(requests, BTreeSet::from(["Input", "Order", "Shared"]));
        assert_eq!(responses, BTreeSet::from(["Output", "Payload", "Shared"]));
    }

    #[test]
    fn a_type_is_described_in_a_few_words() {
        let version = version(json!({"types": {"A": {
            "states": ["=on|off"], "labels": {"*": ["B"]}, "parts": {"id": "string"},
        }}}));
        let facts = version.facts(&(Section::Type, "A".to_owned())).unwrap();
        let described = ["states", "labels", "parts", "none"].map(|path| kind_text(&facts, path));
        let expected = ["list of one of off, on", "map of list of B", "object"].map(str::to_owned);
        let [states, labels, parts] = expected.map(Some);
        assert_eq!(described, [states, labels, parts, None]);
    }
}
