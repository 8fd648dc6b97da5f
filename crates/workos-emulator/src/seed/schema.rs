//! Checks seed data against their JSON Schema, which has all keys and says what they are for.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::error::SeedProblem;
use crate::words::nearest;

/// The schema of seed data (JSON Schema, draft 2020-12).
pub(super) const TEXT: &str = include_str!("../../seed.schema.json");

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or(Value::Bool(true)));

/// The prefix of the user's own keys, for anchors and for other programs.
const OWN_PREFIX: &str = "x-";

/// All that is wrong with the data. Removes what has no meaning here: empty values, and the
/// user's own keys.
pub(super) fn check(data: &mut Value) -> Vec<SeedProblem> {
    let mut problems = Vec::new();
    if let Some(fields) = data.as_object_mut() {
        fields.retain(|key, _| !key.starts_with(OWN_PREFIX));
    }
    check_value(data, &SCHEMA, "", &mut problems);
    if let Some(fields) = data.as_object_mut() {
        fields.remove("$schema");
    }
    problems
}

/// All that is wrong with a part of seed data, by the name of its definition.
pub(super) fn check_part(name: &str, part: &mut Value) -> Vec<SeedProblem> {
    let mut problems = Vec::new();
    let definition = SCHEMA.get("$defs").and_then(|definitions| definitions.get(name));
    check_value(part, definition.unwrap_or(&Value::Bool(true)), "", &mut problems);
    problems
}

fn check_value(value: &mut Value, schema: &Value, place: &str, problems: &mut Vec<SeedProblem>) {
    let Some(schema) = fitting(value, resolve(schema)) else {
        let kinds = alternatives(resolve(schema)).into_iter().map(expected);
        let kinds: Vec<_> = kinds.collect();
        let message = format!("Expected {}, not {}.", kinds.join(" or "), kind(value));
        return problems.push(SeedProblem::new(place, message));
    };
    if let Some(message) = outside(value, schema) {
        return problems.push(SeedProblem::new(place, message));
    }
    match value {
        Value::Object(fields) => check_fields(fields, schema, place, problems),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (index, item) in items.iter_mut().enumerate() {
                    check_value(item, schema, &format!("{place}[{index}]"), problems);
                }
            }
        }
        _ => {}
    }
}

fn check_fields(
    fields: &mut Map<String, Value>,
    schema: &Value,
    place: &str,
    problems: &mut Vec<SeedProblem>,
) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    if let Some(known) = properties {
        let allows_null = |schema| fitting(&Value::Null, schema).is_some();
        fields.retain(|key, value| !value.is_null() || known.get(key).is_some_and(allows_null));
    }
    let mut meant = Vec::new();
    for (key, value) in fields.iter_mut() {
        let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match (properties.and_then(|known| known.get(key)), others) {
            (Some(schema), _) => check_value(value, schema, &inner, problems),
            (None, Some(Value::Bool(false))) => {
                let known = properties.into_iter().flat_map(Map::keys);
                let nearest = nearest(key, known.map(String::as_str));
                meant.extend(nearest);
                let message = format!("Unknown key of {}.{}", title(schema), question(nearest));
                problems.push(SeedProblem::new(inner, message));
            }
            (None, Some(schema)) => check_value(value, schema, &inner, problems),
            (None, None) => {}
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    // A key with a typing error is not missing.
    let is_missing = |key: &&str| !fields.contains_key(*key) && !meant.contains(key);
    for key in required.filter_map(Value::as_str).filter(is_missing) {
        let inner = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
        problems.push(SeedProblem::new(inner, "Required."));
    }
}

/// The schema that a reference leads to.
fn resolve(schema: &Value) -> &Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|text| SCHEMA.pointer(text.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// The schemas that a value may follow.
fn alternatives(schema: &Value) -> Vec<&Value> {
    match schema.get("anyOf").and_then(Value::as_array) {
        Some(schemas) => schemas.iter().map(resolve).collect(),
        None => vec![schema],
    }
}

/// The alternative for values of this kind.
fn fitting<'a>(value: &Value, schema: &'a Value) -> Option<&'a Value> {
    let fits = |schema: &Value| match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => true,
    };
    alternatives(schema).into_iter().find(|schema| fits(schema))
}

/// What is wrong with a value of the right kind, if it is none of the allowed ones.
fn outside(value: &Value, schema: &Value) -> Option<String> {
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let names: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
        let meant = question(nearest(value.as_str().unwrap_or_default(), names.iter().copied()));
        return Some(match meant.as_str() {
            _ if names.len() <= 8 => format!("Expected {}.{meant}", one_of(&names)),
            "" => "Not one of the allowed values: see the schema.".to_owned(),
            meant => format!("Not one of the allowed values.{meant}"),
        });
    }
    let limit = |name| schema.get(name).and_then(Value::as_f64);
    let number = value.as_f64()?;
    if let Some(minimum) = limit("minimum").filter(|minimum| number < *minimum) {
        return Some(format!("Expected at least {minimum}."));
    }
    let maximum = limit("maximum").filter(|maximum| number > *maximum)?;
    Some(format!("Expected at most {maximum}."))
}

/// The names in quotes, as in `"a", "b", or "c"`.
fn one_of(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, last] => format!("{first} or {last}"),
        [others @ .., last] => format!("{}, or {last}", others.join(", ")),
    }
}

fn question(meant: Option<&str>) -> String {
    meant.map(|word| format!(" Did you mean `{word}`?")).unwrap_or_default()
}

/// What an object is called, with an article.
fn title(schema: &Value) -> String {
    let title = schema.get("title").and_then(Value::as_str).unwrap_or("this object");
    match title.chars().next() {
        Some('`') => title.to_owned(),
        _ if title == "seed data" || title == "targets" => title.to_owned(),
        Some('a' | 'e' | 'i' | 'o' | 'A') => format!("an {title}"),
        _ => format!("a {title}"),
    }
}

/// What a schema is for, with an article.
fn expected(schema: &Value) -> &'static str {
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => "an object",
        Some("array") => "a list",
        Some("string") => "a string",
        Some("boolean") => "true or false",
        Some("integer") => "a whole number",
        Some("null") => "null",
        _ => "a number",
    }
}

/// What a value is, with an article. The value itself may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
