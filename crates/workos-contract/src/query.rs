//! Queries: from pairs of text to values of the documented types, and back.

use serde_json::{Map, Number, Value};

use crate::shape::{Field, Kind, Shape, is_boolean};

/// The values of the fields that the pairs have.
pub(crate) fn read(fields: &[Field], pairs: &[(&str, &str)]) -> Map<String, Value> {
    let read = |field: &Field| Some((field.name.clone(), field_value(field, pairs)?));
    fields.iter().filter_map(read).collect()
}

fn field_value(field: &Field, pairs: &[(&str, &str)]) -> Option<Value> {
    let shape = field.shape.resolved();
    match &shape.kind {
        Kind::List(item) => list(item, &field.name, pairs),
        Kind::Map(value) => map(value, &field.name, pairs),
        _ => {
            let mut values = pairs.iter().filter(|(name, _)| *name == field.name);
            values.next_back().map(|(_, text)| scalar(shape, text))
        }
    }
}

fn list(item: &Shape, name: &str, pairs: &[(&str, &str)]) -> Option<Value> {
    let item = item.resolved();
    let mut items = Vec::new();
    for (key, text) in pairs {
        if *key == name {
            let texts = text.split(',').filter(|text| !text.is_empty());
            items.extend(texts.map(|text| scalar(item, text)));
        } else if key.strip_suffix("[]") == Some(name) {
            items.push(scalar(item, text));
        }
    }
    (!items.is_empty()).then(|| items.into())
}

fn map(value: &Shape, name: &str, pairs: &[(&str, &str)]) -> Option<Value> {
    let value = value.resolved();
    let entry = |(pair, text): &(&str, &str)| {
        let key = pair.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
        Some((key.to_owned(), scalar(value, text)))
    };
    let entries: Map<_, _> = pairs.iter().filter_map(entry).collect();
    (!entries.is_empty()).then(|| entries.into())
}

/// A text that is not a value of the type stays text, for the check to find.
fn scalar(shape: &Shape, text: &str) -> Value {
    let value = match &shape.kind {
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Number => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        Kind::OneOf(values) if is_boolean(values) => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

/// The pairs of a query with these values, not encoded: lists joined with commas, maps in brackets.
/// Null is left out.
///
/// ```
/// let query = serde_json::json!({"limit": 5, "domains": ["a.com", "b.com"], "labels": {"x": "y"}});
/// let pairs = workos_contract::query_pairs(&query);
/// let expected = [("domains", "a.com,b.com"), ("labels[x]", "y"), ("limit", "5")];
/// assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
/// ```
pub fn query_pairs(query: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut pairs = Vec::new();
    for (name, value) in query.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                pairs.push((name.clone(), items.iter().map(text).collect::<Vec<_>>().join(",")));
            }
            Value::Object(entries) => {
                let pair = |(key, value)| (format!("{name}[{key}]"), text(value));
                pairs.extend(entries.iter().map(pair));
            }
            value => pairs.push((name.clone(), text(value))),
        }
    }
    pairs.sort();
    pairs
}
