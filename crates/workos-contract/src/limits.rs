//! [`Limits`]: what the notation of a type does not say.

use serde_json::{Map, Value};

/// The only pattern in the document: text of one or more ASCII characters.
const ASCII: &str = r"^[\x00-\x7F]+$";

/// The constraints on a value beyond its type, from `limits.json`.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The value that stands for a missing one.
    pub default: Option<Value>,
    /// Whether it should no longer be used.
    pub is_deprecated: bool,
    /// `email` or `uri`.
    pub format: Option<String>,
    /// Whether a string consists of one or more ASCII characters.
    pub is_ascii: bool,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// The fewest characters of a string.
    pub min_length: Option<usize>,
    /// The most characters of a string.
    pub max_length: Option<usize>,
    /// The fewest items of a list.
    pub min_items: Option<usize>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The most keys of a map.
    pub max_properties: Option<usize>,
    /// The most characters of each key of a map.
    pub max_key_length: Option<usize>,
}

impl Limits {
    /// Reads the keywords at a place, and those of the keys of a map there.
    pub(crate) fn read(keywords: Option<&Map<String, Value>>, keys: Option<&Value>) -> Self {
        let get = |keyword: &str| keywords.and_then(|keywords| keywords.get(keyword));
        let number = |keyword: &str| get(keyword).and_then(Value::as_f64);
        let count = |keyword: &str| get(keyword).and_then(as_count);
        Self {
            default: get("default").cloned(),
            is_deprecated: get("deprecated") == Some(&Value::Bool(true)),
            format: get("format").and_then(Value::as_str).map(str::to_owned),
            is_ascii: get("pattern").is_some_and(|pattern| pattern == ASCII),
            minimum: number("minimum"),
            maximum: number("maximum"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            max_properties: count("maxProperties"),
            max_key_length: keys.and_then(|keys| keys.get("maxLength")).and_then(as_count),
        }
    }
}

fn as_count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|count| count.try_into().ok())
}
