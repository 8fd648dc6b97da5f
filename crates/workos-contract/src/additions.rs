//! `additions.json`: what the API has beyond the OpenAPI document. For tools that maintain the
//! facts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The files of `facts/` by their names, as JSON.
pub type Files = BTreeMap<String, Map<String, Value>>;

/// The name of the file with the additions.
pub const FILE: &str = "additions.json";
const SECTIONS: [&str; 2] = ["operations", "types"];

/// Something that is missing from the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Addition {
    what: String,
    /// The facts, in sections as in the other files.
    facts: Map<String, Value>,
}

/// Reads the additions from the content of their file. Each must name its source.
///
/// # Errors
///
/// Describes what is missing.
pub fn read(content: &Map<String, Value>) -> Result<Vec<Addition>, String> {
    let list = content.get("additions").and_then(Value::as_array);
    list.ok_or("`additions` is not a list")?.iter().map(addition).collect()
}

fn addition(value: &Value) -> Result<Addition, String> {
    let what = value.get("what").and_then(Value::as_str).ok_or("an addition without `what`")?;
    let sources = value.get("source").and_then(Value::as_array);
    if sources.is_none_or(Vec::is_empty) {
        return Err(format!("{what}: no `source`"));
    }
    let section = |name: &str| Some((name.to_owned(), value.get(name)?.clone()));
    Ok(Addition {
        what: what.to_owned(),
        facts: SECTIONS.into_iter().filter_map(section).collect(),
    })
}

impl Addition {
    /// A short description.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The files with this addition: merged where the name exists already, or else in a separate
    /// file.
    pub fn merged(&self, mut files: Files) -> Files {
        for (section, name, facts) in self.entries() {
            let has = |file: &&mut Map<String, Value>| {
                file.get(section).is_some_and(|section| section.get(name).is_some())
            };
            let home = match files.values_mut().find(has) {
                Some(file) => file,
                None => files.entry(FILE.to_owned()).or_default(),
            };
            let section = home.entry(section).or_insert_with(|| Map::new().into());
            if let Some(section) = section.as_object_mut() {
                merge(section.entry(name).or_insert(Value::Null), facts);
            }
        }
        files
    }

    /// Whether the files already contain all of it.
    pub fn is_in(&self, files: &Files) -> bool {
        self.merged(files.clone()) == *files
    }

    /// What it adds: section, name and facts.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.facts.iter().flat_map(|(section, named)| {
            let named = named.as_object().into_iter().flatten();
            named.map(move |(name, facts)| (section.as_str(), name.as_str(), facts))
        })
    }
}

/// Merges facts: fields join fields, and codes join codes. A field that may be left out takes the
/// place of one that is required.
pub(crate) fn merge(into: &mut Value, addition: &Value) {
    match (into, addition) {
        (Value::Object(into), Value::Object(addition)) => {
            for (key, value) in addition {
                if let Some(name) = key.strip_suffix('?') {
                    into.remove(name);
                }
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        // The type of a list's items.
        (Value::Array(into), Value::Array(addition))
            if matches!((&into[..], &addition[..]), ([Value::Object(_)], [Value::Object(_)])) =>
        {
            for (into, addition) in into.iter_mut().zip(addition) {
                merge(into, addition);
            }
        }
        (Value::Array(into), Value::Array(addition)) => {
            into.extend(
                addition.iter().filter(|item| !into.contains(item)).cloned().collect::<Vec<_>>(),
            );
        }
        (into, addition) => *into = addition.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { unreachable!("{value}") };
        object
    }

    fn files(operations: Value) -> Files {
        Files::from([("a.json".to_owned(), object(json!({"operations": operations})))])
    }

    fn only(addition: Value) -> Result<Addition, String> {
        read(&object(json!({"additions": [addition]}))).map(|mut list| list.remove(0))
    }

    #[test]
    fn an_addition_is_merged_and_then_recognized() {
        let addition = only(json!({
            "what": "a state", "source": ["a page"],
            "operations": {
                "GET /a": {"query": {"state?": "string"}, "errors": {"400": ["new"], "429": []}},
                "GET /b": {"200": "B"},
            },
        }))
        .unwrap();
        let before = files(json!({
            "GET /a": {"query": {"limit?": "integer"}, "200": "A", "errors": {"400": ["old"]}},
        }));
        let after = addition.merged(before.clone());
        let expected = json!({
            "query": {"limit?": "integer", "state?": "string"}, "200": "A",
            "errors": {"400": ["old", "new"], "429": []},
        });
        assert_eq!(after["a.json"]["operations"]["GET /a"], expected);
        assert_eq!(after[FILE]["operations"], json!({"GET /b": {"200": "B"}}));
        assert!(!addition.is_in(&before));
        assert!(addition.is_in(&after));
    }

    #[test]
    fn an_addition_without_a_source_is_refused() {
        for sources in [json!(null), json!([]), json!("a page")] {
            let refused = only(json!({"what": "a state", "source": sources, "types": {}}));
            assert_eq!(refused, Err("a state: no `source`".to_owned()));
        }
    }
}
