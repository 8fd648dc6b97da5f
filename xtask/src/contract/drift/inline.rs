//! A type that is named in one version and inlined in the other means the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::facts::{Owner, Section, Version, field_name, inside};

/// Inlines types of `version` wherever `other` does so and does not have them; returns those types.
pub(super) fn unfold(version: &mut Version, other: &Version) -> BTreeSet<Owner> {
    let types = version.clone();
    let mut unfolded = BTreeSet::new();
    for (owner, kind) in &mut version.owners {
        if let Some(model) = other.owners.get(owner) {
            let mut unfolding = Unfolding { types: &types, other, found: Vec::new() };
            unfolding.unfold(kind, model, "");
            for (path, name) in unfolding.found {
                version
                    .limits
                    .entry(owner.1.clone())
                    .or_default()
                    .add(&path, types.limits.get(&name));
                unfolded.insert((Section::Type, name));
            }
        }
    }
    unfolded
}

struct Unfolding<'a> {
    types: &'a Version,
    other: &'a Version,
    /// The types that are inlined now, and where.
    found: Vec<(String, String)>,
}

impl Unfolding<'_> {
    /// Goes no deeper than the model, so a recursive type is safe.
    fn unfold(&mut self, kind: &mut Value, model: &Value, path: &str) {
        if let Value::String(name) = kind
            && is_written_out(model)
            && !self.other.has_type(name)
            && let Some(written_out) = self.types.get_type(name)
        {
            self.found.push((path.to_owned(), name.clone()));
            *kind = written_out.clone();
        }
        match (kind, model) {
            (Value::Array(kinds), Value::Array(models)) => {
                let path = format!("{path}[]");
                for (kind, model) in kinds.iter_mut().zip(models) {
                    self.unfold(kind, model, &path);
                }
            }
            (Value::Object(fields), Value::Object(models)) => {
                for (field, kind) in fields {
                    let name = field_name(field);
                    match (get(models, name), kind) {
                        (Some(Value::Array(models)), Value::Array(kinds)) if name == "any of" => {
                            for (kind, model) in kinds.iter_mut().zip(models) {
                                self.unfold(kind, model, path);
                            }
                        }
                        (Some(model), kind) => self.unfold(kind, model, &inside(path, name)),
                        (None, _) => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_written_out(kind: &Value) -> bool {
    kind.as_str().map_or_else(|| !kind.is_null(), |text| text.starts_with('='))
}

fn get<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(field, _)| field_name(field) == name).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::tests::version;
    use super::*;

    #[test]
    fn a_type_is_inlined_where_the_other_version_does_so() {
        let mut named = version(json!({
            "operations": {
                "GET /a": {"200": {"data": ["A"]}},
                "GET /b": {"200": "A"},
                "GET /known": {"200": "Known"},
            },
            "types": {"A": {"id": "string", "state?": "State", "next": "A"}, "State": "=on|off",
                      "Known": "string"},
            "limits": {"A": {"id": {"maxLength": 9}}, "State": {"": {"default": "on"}}},
        }));
        let inline = version(json!({
            "operations": {
                "GET /a": {"200": {"data": [{"id": "string", "state": "=on", "next": "any"}]}},
                "GET /b": {"200": "string"},
                "GET /known": {"200": {"id": "string"}},
            },
            "types": {"Known": "string"},
        }));
        let types = unfold(&mut named, &inline);
        let limits = named.limits["GET /a"].clone();
        assert_eq!(
            limits.0,
            BTreeMap::from([
                ("200.data[].id".to_owned(), json!({"maxLength": 9})),
                ("200.data[].state".to_owned(), json!({"default": "on"})),
            ])
        );
        let operation = |name: &str| (Section::Operation, name.to_owned());
        assert_eq!(types, ["A", "State"].map(|name| (Section::Type, name.to_owned())).into());
        assert_eq!(
            ["GET /a", "GET /b", "GET /known"].map(|name| named.owners[&operation(name)].clone()),
            [
                json!({"200": {"data": [{"id": "string", "state?": "=on|off", "next": "A"}]}}),
                json!({"200": "A"}),
                json!({"200": "Known"}),
            ]
        );
    }
}
