//! From an OpenAPI 3.1 document to the files with the facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use workos_contract::additions::Files;

use super::limits::{self, Limits};
use super::mentioned;

pub(super) const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const SHARED: &str = "shared.json";
const EVENTS: &str = "events.json";
const LIMITS: &str = "limits.json";
/// The type whose variants are the events.
pub(super) const EVENT_UNION: &str = "EventSchema";

/// All facts of the document, as files.
pub(super) fn files(document: &Value) -> Result<Files, String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let paths = paths.ok_or("not an OpenAPI document: it has no paths")?;
    let mut importer = Importer { document, types: BTreeMap::new(), limits: Map::new() };

    let mut groups: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let name = format!("{} {path}", method.to_uppercase());
                let facts = importer.operation(&name, item, operation);
                groups.entry(group(operation)).or_default().insert(name, facts);
            }
        }
    }
    let events = importer.events();
    let limits = Value::Object(std::mem::take(&mut importer.limits));
    let mut files = importer.with_types(groups);
    files.entry(EVENTS.to_owned()).or_default().extend(events);
    files.insert(LIMITS.to_owned(), Map::from_iter([("limits".to_owned(), limits)]));
    Ok(files)
}

/// The document's summary of each operation.
pub(super) fn summaries(document: &Value) -> BTreeMap<String, String> {
    let mut summaries = BTreeMap::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let summary = item.get(method).and_then(|operation| operation.get("summary"));
            if let Some(summary) = summary.and_then(Value::as_str) {
                summaries.insert(format!("{} {path}", method.to_uppercase()), summary.to_owned());
            }
        }
    }
    summaries
}

/// The file an operation belongs to: the first part of its tag.
fn group(operation: &Value) -> String {
    let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
    let name = tag.split('.').next().unwrap_or(tag);
    format!("{}.json", name.replace('-', "_"))
}

struct Importer<'a> {
    document: &'a Value,
    /// The named types met so far.
    types: BTreeMap<String, Value>,
    /// The [`limits`] of each of them, of operations and of events.
    limits: Map<String, Value>,
}

impl<'a> Importer<'a> {
    fn operation(&mut self, name: &str, item: &'a Value, operation: &'a Value) -> Value {
        let mut facts = Map::new();
        let parameters = [item, operation].into_iter().filter_map(|of| of.get("parameters"));
        let parameters = parameters.filter_map(Value::as_array).flatten();
        let parameters = parameters.map(|parameter| limits::resolved(self.document, parameter));
        let parameters: Vec<_> = parameters.collect();
        self.note_limits(name, Limits::of_operation(self.document, &parameters, operation));
        for parameter in parameters {
            let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let place = match text("in") {
                "query" => "query",
                "header" => "headers",
                _ => continue,
            };
            let (kind, _) = self.kind(parameter.get("schema").unwrap_or(&Value::Null));
            let is_required = parameter.get("required") == Some(&Value::Bool(true));
            let fields = facts.entry(place).or_insert_with(|| json!({}));
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(field_name(text("name"), is_required, false), kind);
            }
        }
        if let Some(body) = operation.get("requestBody")
            && let Some(schema) = json_schema(body)
        {
            let is_required = body.get("required") == Some(&Value::Bool(true));
            let (kind, _) = self.kind(schema);
            facts.insert(if is_required { "body" } else { "body?" }.to_owned(), kind);
        }
        let mut errors = Map::new();
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            let schema = json_schema(response);
            if status.starts_with(['2', '3']) {
                let kind = schema.map_or(Value::Null, |schema| self.kind(schema).0);
                facts.insert(status.clone(), kind);
            } else {
                let mut codes = BTreeSet::new();
                self.codes(schema.unwrap_or(&Value::Null), &mut codes);
                errors.insert(status.clone(), json!(codes));
            }
        }
        facts.insert("errors".to_owned(), Value::Object(errors));
        Value::Object(facts)
    }

    fn note_limits(&mut self, owner: &str, limits: Limits) {
        if let Some(limits) = limits.into_json() {
            self.limits.insert(owner.to_owned(), limits);
        }
    }

    /// The constants of `code` and `error` in the shapes of an error.
    fn codes(&self, schema: &'a Value, codes: &mut BTreeSet<String>) {
        let schema = self.resolved(schema);
        for variant in variants(schema).chain(list(schema, "allOf")) {
            self.codes(variant, codes);
        }
        for field in ["/properties/code", "/properties/error"] {
            let field = schema.pointer(field).unwrap_or(&Value::Null);
            let constants = field.get("const").into_iter().chain(list(field, "enum"));
            codes.extend(constants.filter_map(Value::as_str).map(str::to_owned));
        }
    }

    fn events(&mut self) -> Map<String, Value> {
        let schemas = self.document.pointer("/components/schemas").and_then(Value::as_object);
        let mut events = Map::new();
        let union = schemas.and_then(|schemas| schemas.get(EVENT_UNION)).unwrap_or(&Value::Null);
        for variant in list(union, "allOf").flat_map(variants).chain(variants(union)) {
            let variant = self.resolved(variant);
            let Some(name) = variant.pointer("/properties/event/const").and_then(Value::as_str)
            else {
                continue;
            };
            let (mut kind, _) = self.kind(variant);
            let is_told = |field: &str| field.starts_with("data") || field.starts_with("context");
            if let Some(fields) = kind.as_object_mut() {
                fields.retain(|field, _| is_told(field));
            }
            let mut limits = Limits::of_schema(self.document, variant);
            limits.retain(is_told);
            self.note_limits(name, limits);
            events.insert(name.to_owned(), kind);
        }
        Map::from_iter([("events".to_owned(), Value::Object(events))])
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        limits::resolved(self.document, schema)
    }

    /// The notation of a schema, and whether it may be null.
    fn kind(&mut self, schema: &'a Value) -> (Value, bool) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return (self.named(reference.rsplit('/').next().unwrap_or(reference)), false);
        }
        if let Some(constant) = schema.get("const") {
            let text = constant.as_str().map_or_else(|| constant.to_string(), str::to_owned);
            return (format!("={text}").into(), false);
        }
        if schema.get("enum").is_some() {
            let values: Vec<_> = list(schema, "enum").filter_map(Value::as_str).collect();
            let nullable = list(schema, "enum").any(Value::is_null) || type_is(schema, "null");
            return (format!("={}", values.join("|")).into(), nullable);
        }
        let nullable = type_is(schema, "null") || variants(schema).any(is_null);
        let kind = if let Some(union) = self.union(schema) {
            union
        } else if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            Value::Object(self.fields(schema))
        } else if let Some(items) = schema.get("items") {
            json!([self.anywhere(items)])
        } else if schema.get("not").is_some() {
            json!({}) // the variant of a union without any of the other variants' fields
        } else if type_is(schema, "object") {
            let values = list_or_one(schema, &["additionalProperties", "patternProperties"]);
            let values = values.map_or_else(|| "any".into(), |values| self.anywhere(values));
            json!({"*": values})
        } else if type_is(schema, "array") {
            json!(["any"])
        } else if schema.get("format").and_then(Value::as_str) == Some("date-time") {
            "date-time".into()
        } else {
            let scalar = ["string", "integer", "number", "boolean"];
            scalar.into_iter().find(|name| type_is(schema, name)).unwrap_or("any").into()
        };
        (kind, nullable)
    }

    /// The notation where there is no field name to mark that null is allowed.
    fn anywhere(&mut self, schema: &'a Value) -> Value {
        match self.kind(schema) {
            (kind, true) => json!({"any of": [kind, "null"]}),
            (kind, false) => kind,
        }
    }

    fn named(&mut self, name: &str) -> Value {
        if !self.types.contains_key(name) {
            // Inserted before its fields are read, because types can be recursive.
            self.types.insert(name.to_owned(), Value::Null);
            let pointer = format!("/components/schemas/{name}");
            let schema = self.document.pointer(&pointer).unwrap_or(&Value::Null);
            let kind = self.anywhere(schema);
            self.types.insert(name.to_owned(), kind);
            self.note_limits(name, Limits::of_schema(self.document, schema));
        }
        name.into()
    }

    /// A union of more than one shape, each with the fields next to the union.
    fn union(&mut self, schema: &'a Value) -> Option<Value> {
        let parts = || list(schema, "allOf").map(|part| self.resolved(part));
        let holder = std::iter::once(schema).chain(parts());
        let holder = holder.into_iter().find(|part| variants(part).any(is_shape))?;
        let shapes: Vec<_> = variants(holder).filter(|shape| is_shape(shape)).collect();
        let mut beside = self.fields(schema);
        let mut kinds: Vec<Value> = Vec::new();
        for shape in shapes {
            let kind = if beside.is_empty() {
                self.kind(shape).0
            } else {
                let mut fields = beside.clone();
                let own = self.fields(self.resolved(shape));
                // A field that a variant requires is not optional.
                fields.retain(|name, _| !own.contains_key(name.trim_end_matches(['?', '~'])));
                fields.extend(own);
                Value::Object(fields)
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        beside.clear();
        Some(if kinds.len() == 1 { kinds.remove(0) } else { json!({"any of": kinds}) })
    }

    /// The fields of an object, also of one composed with `allOf`.
    fn fields(&mut self, schema: &'a Value) -> Map<String, Value> {
        let mut fields = Map::new();
        let required: BTreeSet<_> = list(schema, "required").filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            if property.get("not").is_some() && property.get("type").is_none() {
                continue; // means that the field must be absent
            }
            let (kind, nullable) = self.kind(property);
            // A field that SDKs no longer have may be missing.
            let is_required =
                required.contains(name.as_str()) && property.get("x-absent-from").is_none();
            fields.insert(field_name(name, is_required, nullable), kind);
        }
        for part in list(schema, "allOf") {
            fields.extend(self.fields(self.resolved(part)));
        }
        fields
    }

    /// Adds each type to the file of the only group that uses it, or to the shared ones.
    fn with_types(self, groups: BTreeMap<String, Map<String, Value>>) -> Files {
        let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (group, operations) in &groups {
            let mut reached = BTreeSet::new();
            let parts = operations.values().filter_map(Value::as_object).flatten();
            for (_, kind) in parts.filter(|(part, _)| *part != "errors") {
                self.reach(kind, &mut reached);
            }
            for name in reached {
                users.entry(name).or_default().insert(group);
            }
        }
        let mut files = Files::new();
        for (group, operations) in &groups {
            let operations = Value::Object(operations.clone());
            files.entry(group.clone()).or_default().insert("operations".to_owned(), operations);
        }
        for (name, kind) in &self.types {
            let users = users.get(name.as_str());
            let home = match users.map(|users| users.iter().collect::<Vec<_>>()).as_deref() {
                Some([only]) => only,
                _ => SHARED,
            };
            let file = files.entry(home.to_owned()).or_default();
            let types = file.entry("types").or_insert_with(|| json!({}));
            if let Some(types) = types.as_object_mut() {
                types.insert(name.clone(), kind.clone());
            }
        }
        files
    }

    /// The names of all types that a notation refers to.
    fn reach<'s>(&'s self, kind: &Value, reached: &mut BTreeSet<&'s str>) {
        for name in mentioned(kind) {
            if let Some((name, kind)) = self.types.get_key_value(&name)
                && reached.insert(name)
            {
                self.reach(kind, reached);
            }
        }
    }
}

fn field_name(name: &str, is_required: bool, nullable: bool) -> String {
    let optional = if is_required { "" } else { "?" };
    let nullable = if nullable { "~" } else { "" };
    format!("{name}{optional}{nullable}")
}

pub(super) fn json_schema(holder: &Value) -> Option<&Value> {
    holder.pointer("/content/application~1json/schema")
}

pub(super) fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn variants(schema: &Value) -> impl Iterator<Item = &Value> {
    list(schema, "oneOf").chain(list(schema, "anyOf"))
}

/// Whether a variant describes a value, and not only that it may be null or must be absent.
fn is_shape(schema: &Value) -> bool {
    let says = ["$ref", "properties", "type", "const", "enum", "allOf", "oneOf", "anyOf"];
    !is_null(schema) && says.iter().any(|key| schema.get(key).is_some())
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
        || schema.get("const").is_some_and(Value::is_null)
}

fn type_is(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// The schema of a map's values, if the document has one.
fn list_or_one<'a>(schema: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    let found = keys.iter().find_map(|key| schema.get(key))?;
    match found {
        Value::Bool(_) => None,
        Value::Object(fields) if fields.is_empty() => None,
        Value::Object(fields) if schema.get("patternProperties") == Some(found) => {
            fields.values().next()
        }
        other => Some(other),
    }
}
