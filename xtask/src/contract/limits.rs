//! `limits.json`: the constraints on values in an OpenAPI document, beyond their types.
//!
//! ```json
//! "GET /organizations": {"query.limit": {"default": 10, "maximum": 100, "minimum": 1}},
//! "OrganizationDto": {"domains": {"deprecated": true}}
//! ```
//!
//! Places are those of the notation: `body.name`, `roles[]` for the items of a list, `metadata.*`
//! for the values of a map and `metadata.(key)` for its keys. Where the variants of a union
//! disagree, the value is `{"any of": […]}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::import::{json_schema, list, variants};

/// What a type's notation does not contain.
const KEYWORDS: [&str; 16] = [
    "default",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The limits of an operation, a type or an event: by place and keyword.
#[derive(Default)]
pub(super) struct Limits(BTreeMap<String, BTreeMap<&'static str, Value>>);

impl Limits {
    pub(super) fn of_operation(document: &Value, parameters: &[&Value], operation: &Value) -> Self {
        let mut limits = Self::default();
        limits.note(operation, "");
        for parameter in parameters {
            let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let part = if text("in") == "header" { "headers" } else { text("in") };
            let place = format!("{part}.{}", text("name"));
            limits.note(parameter, &place);
            limits.read(document, parameter.get("schema").unwrap_or(&Value::Null), &place);
        }
        if let Some(schema) = operation.get("requestBody").and_then(json_schema) {
            limits.read(document, schema, "body");
        }
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            if let Some(schema) = json_schema(response)
                && status.starts_with(['2', '3'])
            {
                limits.read(document, schema, status);
            }
        }
        limits
    }

    pub(super) fn of_schema(document: &Value, schema: &Value) -> Self {
        let mut limits = Self::default();
        limits.read(document, schema, "");
        limits
    }

    /// Records the limits of a schema and of its parts, up to the next named type.
    fn read(&mut self, document: &Value, schema: &Value, place: &str) {
        self.note(schema, place);
        if schema.get("$ref").is_some() {
            return;
        }
        let inside =
            |name: &str| if place.is_empty() { name.into() } else { format!("{place}.{name}") };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            self.read(document, property, &inside(name));
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let values = schema.get("additionalProperties").filter(|values| values.is_object());
        for values in patterns.into_iter().flat_map(Map::values).chain(values) {
            self.read(document, values, &inside("*"));
        }
        if let Some(keys) = schema.get("propertyNames") {
            self.read(document, keys, &inside("(key)"));
        }
        if let Some(items) = schema.get("items") {
            self.read(document, items, &format!("{place}[]"));
        }
        // The notation has no name for the parts of an object, nor for variants with fields next to
        // the union: their fields become the object's.
        let has_fields = schema.get("properties").is_some() || schema.get("allOf").is_some();
        let parts = list(schema, "allOf").map(|part| (part, true));
        for (part, is_merged) in parts.chain(variants(schema).map(|shape| (shape, has_fields))) {
            self.read(document, if is_merged { resolved(document, part) } else { part }, place);
        }
    }

    fn note(&mut self, schema: &Value, place: &str) {
        for keyword in KEYWORDS {
            let Some(value) = schema.get(keyword).filter(|value| says_something(keyword, value))
            else {
                continue;
            };
            let facts = self.0.entry(place.to_owned()).or_default();
            let known = facts.entry(keyword).or_insert_with(|| value.clone());
            if known == value {
                continue;
            }
            match known.get_mut("any of").and_then(Value::as_array_mut) {
                Some(several) if several.contains(value) => {}
                Some(several) => several.push(value.clone()),
                None => *known = json!({"any of": [known.take(), value]}),
            }
        }
    }

    /// Keeps those whose places are `kept`.
    pub(super) fn retain(&mut self, kept: impl Fn(&str) -> bool) {
        self.0.retain(|place, _| kept(place));
    }

    /// The limits as in the file; `None` if there are none.
    pub(super) fn into_json(self) -> Option<Value> {
        (!self.0.is_empty()).then(|| json!(self.0))
    }
}

/// The notation has the date-time format; false means the same as absent.
fn says_something(keyword: &str, value: &Value) -> bool {
    match keyword {
        "format" => value != "date-time",
        "deprecated" | "uniqueItems" => value == true,
        _ => true,
    }
}

pub(super) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str);
    let target = name.and_then(|name| document.pointer(name.strip_prefix('#')?));
    target.unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_an_operation_have_their_places() {
        let operation = json!({
            "deprecated": true,
            "requestBody": {"content": {"application/json": {"schema": {
                "properties": {
                    "name": {"type": "string", "maxLength": 10, "uniqueItems": false},
                    "tags": {"type": "array", "maxItems": 3, "items": {"pattern": "^a"}},
                    "at": {"type": "string", "format": "date-time"},
                },
            }}}},
            "responses": {
                "200": {"content": {"application/json": {"schema": {
                    "type": "object",
                    "maxProperties": 50,
                    "propertyNames": {"maxLength": 40},
                    "additionalProperties": {"maxLength": 600},
                }}}},
                "400": {"content": {"application/json": {"schema": {"maxLength": 1}}}},
            },
        });
        let parameters = [
            &json!({"in": "query", "name": "limit", "schema": {"default": 10, "maximum": 100}}),
            &json!({"in": "header", "name": "x-old", "deprecated": true, "schema": {}}),
        ];
        assert_eq!(
            Limits::of_operation(&json!({}), &parameters, &operation).into_json(),
            Some(json!({
                "": {"deprecated": true},
                "200": {"maxProperties": 50},
                "200.(key)": {"maxLength": 40},
                "200.*": {"maxLength": 600},
                "body.name": {"maxLength": 10},
                "body.tags": {"maxItems": 3},
                "body.tags[]": {"pattern": "^a"},
                "headers.x-old": {"deprecated": true},
                "query.limit": {"default": 10, "maximum": 100},
            }))
        );
    }

    #[test]
    fn the_limits_of_a_type_are_its_own_and_those_of_its_parts() {
        let document = json!({"components": {"schemas": {
            "Part": {"properties": {"slug": {"minLength": 1}}},
            "Other": {"properties": {"other": {"minLength": 2}}},
        }}});
        let schema = json!({"allOf": [
            {"$ref": "#/components/schemas/Part"},
            {"properties": {
                "other": {"$ref": "#/components/schemas/Other", "deprecated": true},
                "either": {"oneOf": [{"minLength": 1}, {"minLength": 2}, {"minLength": 1}, {"minLength": 2}]},
            }},
        ]});
        assert_eq!(
            Limits::of_schema(&document, &schema).into_json(),
            Some(json!({
                "either": {"minLength": {"any of": [1, 2]}},
                "other": {"deprecated": true},
                "slug": {"minLength": 1},
            }))
        );
        assert_eq!(Limits::of_schema(&document, &json!({"type": "string"})).into_json(), None);
    }
}
