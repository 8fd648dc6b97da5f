//! Events against the schema of their action, and metadata against a JSON Schema.

use serde::Serialize;
use serde_json::{Map, Value, json};
use workos::audit_logs::AuditLogSchema;

use crate::reply::{Answer, Invalid, Refusal};

/// What a schema may say of metadata, whose values are text, numbers and booleans.
const KEYWORDS: [&str; 24] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxLength",
    "maxProperties",
    "maximum",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "properties",
    "propertyNames",
    "required",
    "type",
    // Of lists, which metadata cannot have.
    "items",
    "maxItems",
    "minItems",
    "uniqueItems",
];
/// What says nothing of the values.
const ANNOTATIONS: [&str; 10] = [
    "$comment",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];
/// What JSON Schema has and this emulator does not check.
const UNCHECKED: [&str; 16] = [
    "$anchor",
    "$defs",
    "$ref",
    "contains",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "format",
    "if",
    "pattern",
    "patternProperties",
    "prefixItems",
    "then",
    "unevaluatedProperties",
];
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What is wrong at a place of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Violation {
    #[serde(rename = "instancePath")]
    path: String,
    keyword: String,
    message: String,
}

impl Violation {
    pub(super) fn new(path: impl Into<String>, keyword: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), keyword: keyword.to_owned(), message: message.into() }
    }
}

/// How an event differs from a schema. All target types of the schema must be among its targets,
/// and no others.
pub(super) fn violations(schema: &AuditLogSchema, event: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Some(actor) = &schema.actor {
        let value = metadata(event.get("actor"));
        validate(&json!(actor.metadata), &value, "/actor/metadata", &mut found);
    }
    let types: Vec<_> = schema.targets.iter().map(|target| target.type_.as_str()).collect();
    let given = event.get("targets").and_then(Value::as_array);
    let given: Vec<_> = given.into_iter().flatten().collect();
    let type_of =
        |target: &Value| target.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    for missing in types.iter().filter(|type_| given.iter().all(|one| type_of(one) != **type_)) {
        let message = format!("must contain at least 1 target of type '{missing}'");
        found.push(Violation::new("/targets", "contains", message));
    }
    for (index, target) in given.into_iter().enumerate() {
        let own = type_of(target);
        match schema.targets.iter().find(|target| target.type_ == own) {
            None => {
                let message = format!("must be equal to one of the allowed values: {types:?}");
                found.push(Violation::new(format!("/targets/{index}/type"), "enum", message));
            }
            Some(expected) => {
                if let Some(expected) = &expected.metadata {
                    let path = format!("/targets/{index}/metadata");
                    validate(&json!(expected), &metadata(Some(target)), &path, &mut found);
                }
            }
        }
    }
    if let Some(expected) = &schema.metadata {
        validate(&json!(expected), &metadata(Some(event)), "/metadata", &mut found);
    }
    found
}

/// The metadata of an event, an actor or a target; none is an empty object.
fn metadata(holder: Option<&Value>) -> Value {
    let metadata = holder.and_then(|holder| holder.get("metadata"));
    metadata.cloned().unwrap_or_else(|| Value::Object(Map::new()))
}

/// Checks that this is a schema whose every keyword is understood. Otherwise events would pass here
/// that WorkOS refuses.
pub(super) fn check(place: &str, schema: &Value) -> Answer<()> {
    let invalid =
        |message: String| Err(Refusal::invalid(&[Invalid::new(place, "invalid", message)]));
    let Some(schema) = schema.as_object() else {
        return if schema.is_boolean() { Ok(()) } else { invalid("must be a schema.".into()) };
    };
    for (keyword, value) in schema {
        if UNCHECKED.contains(&keyword.as_str()) {
            let message = format!("workos-emulator does not check `{keyword}` in {place}");
            let status = http::StatusCode::NOT_IMPLEMENTED;
            return Err(Refusal::new(status, "emulator_not_implemented", message));
        }
        if !KEYWORDS.contains(&keyword.as_str()) && !ANNOTATIONS.contains(&keyword.as_str()) {
            return invalid(format!("has the unknown keyword '{keyword}'."));
        }
        if !is_well_formed(keyword, value) {
            return invalid(format!("has the invalid value {value} of '{keyword}'."));
        }
        let place = format!("{place}.{keyword}");
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    check(&format!("{place}.{name}"), schema)?;
                }
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    check(&format!("{place}[{index}]"), schema)?;
                }
            }
            ("additionalProperties" | "propertyNames" | "not" | "items", schema) => {
                check(&place, schema)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_well_formed(keyword: &str, value: &Value) -> bool {
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    match keyword {
        "type" => is_type(value) || value.as_array().is_some_and(|types| types.iter().all(is_type)),
        "properties" => value.is_object(),
        "required" => value.as_array().is_some_and(|names| names.iter().all(Value::is_string)),
        "enum" => value.is_array(),
        "allOf" | "anyOf" | "oneOf" => value.as_array().is_some_and(|all| !all.is_empty()),
        "maximum" | "minimum" | "exclusiveMaximum" | "exclusiveMinimum" => value.is_number(),
        "multipleOf" => value.as_f64().is_some_and(|number| number > 0.0),
        "maxLength" | "minLength" | "maxProperties" | "minProperties" | "maxItems" | "minItems" => {
            value.is_u64()
        }
        "uniqueItems" => value.is_boolean(),
        _ => true,
    }
}

/// How a value differs from a schema, with paths and messages like those of ajv, which WorkOS uses.
fn validate(schema: &Value, value: &Value, path: &str, found: &mut Vec<Violation>) {
    let Some(schema) = schema.as_object() else {
        if schema == &Value::Bool(false) {
            found.push(Violation::new(path, "false schema", "boolean schema is false"));
        }
        return;
    };
    for (keyword, expected) in schema {
        let keyword = keyword.as_str();
        let mut report =
            |keyword: &str, message: String| found.push(Violation::new(path, keyword, message));
        match (keyword, expected, value) {
            ("type", expected, value) => {
                let types =
                    expected.as_array().map_or(std::slice::from_ref(expected), Vec::as_slice);
                let names: Vec<_> = types.iter().filter_map(Value::as_str).collect();
                if !names.iter().any(|name| has_type(value, name)) {
                    report("type", format!("must be {}", names.join(",")));
                }
            }
            ("enum", Value::Array(values), value) if !values.iter().any(|one| same(one, value)) => {
                report("enum", "must be equal to one of the allowed values".into());
            }
            ("const", expected, value) if !same(expected, value) => {
                report("const", "must be equal to constant".into());
            }
            ("not", schema, value) if is_valid(schema, value) => {
                report("not", "must NOT be valid".into());
            }
            ("allOf", Value::Array(schemas), value) => {
                schemas.iter().for_each(|schema| validate(schema, value, path, found));
            }
            ("anyOf", Value::Array(schemas), value) if count_valid(schemas, value) == 0 => {
                report("anyOf", "must match a schema in anyOf".into());
            }
            ("oneOf", Value::Array(schemas), value) if count_valid(schemas, value) != 1 => {
                report("oneOf", "must match exactly one schema in oneOf".into());
            }
            (_, expected, Value::Object(entries)) => {
                validate_object(keyword, expected, schema, entries, path, found);
            }
            (_, expected, Value::String(text)) => {
                let count = text.chars().count();
                limit(keyword, "Length", "characters", count, expected, report);
            }
            (_, expected, Value::Number(_)) => number(keyword, expected, value, report),
            _ => {}
        }
    }
}

fn validate_object(
    keyword: &str,
    expected: &Value,
    schema: &Map<String, Value>,
    entries: &Map<String, Value>,
    path: &str,
    found: &mut Vec<Violation>,
) {
    let below = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    let property = |key: &str| schema.get("properties").and_then(|all| all.get(key));
    match (keyword, expected) {
        ("properties", Value::Object(properties)) => {
            for (key, schema) in properties {
                if let Some(value) = entries.get(key) {
                    validate(schema, value, &below(key), found);
                }
            }
        }
        ("required", Value::Array(names)) => {
            for name in names.iter().filter_map(Value::as_str) {
                if !entries.contains_key(name) {
                    let message = format!("must have required property '{name}'");
                    found.push(Violation::new(path, "required", message));
                }
            }
        }
        ("additionalProperties", expected) => {
            for (key, value) in entries.iter().filter(|(key, _)| property(key).is_none()) {
                if expected == &Value::Bool(false) {
                    let message = format!("must NOT have the additional property '{key}'");
                    found.push(Violation::new(path, "additionalProperties", message));
                } else {
                    validate(expected, value, &below(key), found);
                }
            }
        }
        ("propertyNames", expected) => {
            for key in entries.keys().filter(|key| !is_valid(expected, &json!(key))) {
                let message = format!("property name '{key}' is invalid");
                found.push(Violation::new(path, "propertyNames", message));
            }
        }
        _ => {
            let report =
                |keyword: &str, message| found.push(Violation::new(path, keyword, message));
            limit(keyword, "Properties", "properties", entries.len(), expected, report);
        }
    }
}

/// `maxLength` and `minLength` of text, `maxProperties` and `minProperties` of objects.
fn limit(
    keyword: &str,
    of: &str,
    unit: &str,
    count: usize,
    expected: &Value,
    mut report: impl FnMut(&str, String),
) {
    let Some(limit) = expected.as_u64().and_then(|number| usize::try_from(number).ok()) else {
        return;
    };
    let (is_within, words) = match keyword.strip_suffix(of) {
        Some("max") => (count <= limit, "more"),
        Some("min") => (count >= limit, "fewer"),
        _ => return,
    };
    if !is_within {
        report(keyword, format!("must NOT have {words} than {limit} {unit}"));
    }
}

fn number(keyword: &str, expected: &Value, value: &Value, mut report: impl FnMut(&str, String)) {
    let (Some(limit), Some(number)) = (expected.as_f64(), value.as_f64()) else { return };
    let (is_within, words) = match keyword {
        "maximum" => (number <= limit, "<="),
        "minimum" => (number >= limit, ">="),
        "exclusiveMaximum" => (number < limit, "<"),
        "exclusiveMinimum" => (number > limit, ">"),
        "multipleOf" => ((number / limit).fract() == 0.0, "multiple of"),
        _ => return,
    };
    if !is_within {
        report(keyword, format!("must be {words} {expected}"));
    }
}

fn count_valid(schemas: &[Value], value: &Value) -> usize {
    schemas.iter().filter(|schema| is_valid(schema, value)).count()
}

fn is_valid(schema: &Value, value: &Value) -> bool {
    let mut found = Vec::new();
    validate(schema, value, "", &mut found);
    found.is_empty()
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// Equality in which 1 and 1.0 are the same number.
fn same(one: &Value, other: &Value) -> bool {
    // Large integers must not be compared as fractions, which round them.
    let is_fraction = one.is_f64() || other.is_f64();
    one == other || is_fraction && one.is_number() && one.as_f64() == other.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong, as `path keyword`.
    fn found(schema: &Value, value: &Value) -> Vec<String> {
        assert_eq!(check("metadata", schema), Ok(()));
        let mut found = Vec::new();
        validate(schema, value, "", &mut found);
        found.iter().map(|one| format!("{} {}", one.path, one.keyword)).collect()
    }

    #[test]
    fn each_keyword_finds_what_it_is_for() {
        for (schema, valid, invalid, wrong) in [
            (json!({"type": "object"}), json!({}), json!("a"), " type"),
            (json!({"type": ["string", "integer"]}), json!(3.0), json!(3.5), " type"),
            (json!({"type": "boolean"}), json!(true), json!("true"), " type"),
            (json!({"type": "number"}), json!(1), json!(null), " type"),
            (json!({"enum": [1, "a"]}), json!(1.0), json!("1"), " enum"),
            (json!({"const": "a"}), json!("a"), json!("b"), " const"),
            (json!({"maxLength": 2}), json!("äö"), json!("abc"), " maxLength"),
            (json!({"minLength": 2}), json!("äö"), json!("a"), " minLength"),
            (json!({"maximum": 2}), json!(2), json!(2.5), " maximum"),
            (json!({"minimum": 2}), json!(2), json!(1), " minimum"),
            (json!({"exclusiveMaximum": 2}), json!(1), json!(2), " exclusiveMaximum"),
            (json!({"exclusiveMinimum": 2}), json!(3), json!(2), " exclusiveMinimum"),
            (json!({"multipleOf": 3}), json!(6), json!(7), " multipleOf"),
            (json!({"not": {"type": "string"}}), json!(1), json!("a"), " not"),
            (
                json!({"allOf": [{"type": "string"}, {"minLength": 1}]}),
                json!("a"),
                json!(""),
                " minLength",
            ),
            (json!({"anyOf": [{"type": "string"}, {"minimum": 1}]}), json!(1), json!(0), " anyOf"),
            (json!({"oneOf": [{"minimum": 1}, {"maximum": 5}]}), json!(7), json!(3), " oneOf"),
            (
                json!({"properties": {"a/b": {"type": "string"}}}),
                json!({"c": 1}),
                json!({"a/b": 1}),
                "/a~1b type",
            ),
            (json!({"required": ["a"]}), json!({"a": 1}), json!({}), " required"),
            (
                json!({"properties": {"a": true}, "additionalProperties": false}),
                json!({"a": 1}),
                json!({"b": 1}),
                " additionalProperties",
            ),
            (
                json!({"additionalProperties": {"type": "string"}}),
                json!({"a": "1"}),
                json!({"a": 1}),
                "/a type",
            ),
            (json!({"properties": {"a": false}}), json!({}), json!({"a": 1}), "/a false schema"),
            (
                json!({"propertyNames": {"maxLength": 1}}),
                json!({"a": 1}),
                json!({"ab": 1}),
                " propertyNames",
            ),
            (
                json!({"maxProperties": 1}),
                json!({"a": 1}),
                json!({"a": 1, "b": 2}),
                " maxProperties",
            ),
            (json!({"minProperties": 1}), json!({"a": 1}), json!({}), " minProperties"),
        ] {
            assert_eq!(found(&schema, &valid), [""; 0], "{schema} {valid}");
            assert_eq!(found(&schema, &invalid), [wrong], "{schema} {invalid}");
        }
    }

    #[test]
    fn schemas_that_would_not_be_checked_are_refused() {
        for (schema, status) in [
            (json!({"properties": {"a": {"pattern": "^a"}}}), 501),
            (json!({"allOf": [{"$ref": "#/x"}]}), 501),
            (json!({"invoice": {"type": "string"}}), 422),
            (json!({"type": "text"}), 422),
            (json!({"properties": {"a": "string"}}), 422),
            (json!({"required": "a"}), 422),
            (json!({"maxLength": -1}), 422),
            (json!({"anyOf": []}), 422),
        ] {
            let refusal = check("metadata", &schema).unwrap_err();
            assert_eq!(refusal.status.as_u16(), status, "{schema} {}", refusal.body);
        }
        let annotated = json!({"$schema": "https://json-schema.org/draft-07/schema", "title": "A"});
        assert_eq!(check("metadata", &annotated), Ok(()));
    }
}
