//! Request validation: reports all invalid fields of a request at once, each by name.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use workos::{Metadata, Nullable};

use crate::failure::{Failure, Invalid};

/// The path parameters, in order.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let malformed = |_| Failure::bad_request("invalid_request_path", "The path is not UTF-8.");
        path.map(|axum::extract::Path(values)| Self(values)).map_err(malformed)
    }
}

/// The fields of a JSON body, and the errors found in them.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Map<String, Value>,
    invalid: Vec<Invalid>,
}

impl Fields {
    /// Reads an object. A missing body counts as an empty object.
    pub(crate) fn read(body: &Bytes) -> Result<Self, Failure> {
        let malformed = |message| Failure::bad_request("invalid_request_body", message);
        let fields = if body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => fields,
                Ok(_) => return Err(malformed("The request body must be a JSON object.")),
                Err(_) => return Err(malformed("The request body is not valid JSON.")),
            }
        };
        Ok(Self { fields, invalid: Vec::new() })
    }

    pub(crate) fn refuse(&mut self, field: &str, code: &'static str, message: &str) {
        let message = format!("{field} {message}");
        self.invalid.push(Invalid { field: field.to_owned(), code, message });
    }

    /// Fails with all errors found.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.invalid.is_empty() { Ok(()) } else { Err(Failure::invalid(&self.invalid)) }
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|value| !value.is_null())
    }

    /// Whether a field is present and not an empty list.
    pub(crate) fn has_items(&self, field: &str) -> bool {
        self.has(field)
            && self.fields.get(field).is_some_and(|value| *value != Value::Array(vec![]))
    }

    pub(crate) fn required_text(&mut self, field: &str) -> String {
        match self.fields.remove(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => text,
            None | Some(Value::Null | Value::String(_)) => {
                self.refuse(field, "required", "is required and must not be empty.");
                String::new()
            }
            Some(_) => {
                self.refuse(field, "invalid_type", "must be a string.");
                String::new()
            }
        }
    }

    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        match self.nullable_text(field) {
            None => None,
            Some(Nullable::Value(text)) => Some(text),
            Some(Nullable::Null) => {
                self.refuse(field, "invalid_type", "must be a string.");
                None
            }
        }
    }

    pub(crate) fn nullable_text(&mut self, field: &str) -> Option<Nullable<String>> {
        match self.fields.remove(field) {
            None => None,
            Some(Value::Null) => Some(Nullable::Null),
            Some(Value::String(text)) => Some(Nullable::Value(text)),
            Some(_) => {
                self.refuse(field, "invalid_type", "must be a string.");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, field: &str) -> Option<bool> {
        match self.fields.remove(field) {
            None => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => {
                self.refuse(field, "invalid_type", "must be true or false.");
                None
            }
        }
    }

    /// Like [`flag`](Self::flag), but null counts as absent.
    pub(crate) fn nullable_flag(&mut self, field: &str) -> Option<bool> {
        if !self.has(field) {
            self.fields.remove(field);
        }
        self.flag(field)
    }

    /// A list. `read` reads an item and takes its name, such as `intents[0]`.
    pub(crate) fn list<T>(
        &mut self,
        field: &str,
        read: impl Fn(&mut Self, &str, Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.fields.remove(field)? {
            Value::Array(items) => Some(
                items
                    .into_iter()
                    .enumerate()
                    .filter_map(|(index, item)| read(self, &format!("{field}[{index}]"), item))
                    .collect(),
            ),
            _ => {
                self.refuse(field, "invalid_type", "must be a list.");
                None
            }
        }
    }

    /// `external_id`: up to 128 ASCII characters, or null.
    pub(crate) fn external_id(&mut self) -> Option<Nullable<String>> {
        let id = self.nullable_text("external_id");
        if id
            .as_ref()
            .and_then(Nullable::as_value)
            .is_some_and(|id| id.is_empty() || id.len() > 128 || !id.is_ascii())
        {
            self.refuse("external_id", "invalid", "must be 1 to 128 ASCII characters.");
        }
        id
    }

    /// An email address, trimmed and in lower case.
    pub(crate) fn required_email(&mut self, field: &str) -> String {
        let email = self.required_text(field).trim().to_lowercase();
        if !email.is_empty() && !is_email(&email) {
            self.refuse(field, "invalid", "must be an email address.");
        }
        email
    }

    /// `metadata`. Exceeded limits have their own error.
    pub(crate) fn metadata(&mut self) -> Result<Option<Nullable<MetadataChange>>, Failure> {
        let entries = match self.fields.remove("metadata") {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(Nullable::Null)),
            Some(Value::Object(entries)) => entries,
            Some(_) => return Err(invalid_metadata("metadata must be an object")),
        };
        let mut metadata = BTreeMap::new();
        for (key, value) in entries {
            if key.chars().count() > 40 {
                return Err(invalid_metadata("keys may have at most 40 characters"));
            }
            let value = match value {
                Value::Null => None,
                Value::String(text) if text.chars().count() <= 600 => Some(text),
                _ => {
                    return Err(invalid_metadata("values are strings of up to 600 characters"));
                }
            };
            metadata.insert(key, value);
        }
        Ok(Some(Nullable::Value(metadata)))
    }
}

/// Changes to metadata: `None` removes the key.
pub(crate) type MetadataChange = BTreeMap<String, Option<String>>;

/// Applies the metadata changes of a request.
pub(crate) fn merge_metadata(
    current: &mut Metadata,
    change: Option<Nullable<MetadataChange>>,
) -> Result<(), Failure> {
    match change {
        None => {}
        Some(Nullable::Null) => current.clear(),
        Some(Nullable::Value(entries)) => {
            for (key, value) in entries {
                match value {
                    Some(value) => current.insert(key, value),
                    None => current.remove(&key),
                };
            }
        }
    }
    if current.len() > 50 {
        return Err(invalid_metadata("there may be at most 50 keys"));
    }
    Ok(())
}

/// Applies the change of a request to a clearable field.
pub(crate) fn set_nullable<T>(current: &mut Option<T>, change: Option<Nullable<T>>) {
    match change {
        None => {}
        Some(Nullable::Null) => *current = None,
        Some(Nullable::Value(value)) => *current = Some(value),
    }
}

fn invalid_metadata(reason: &str) -> Failure {
    Failure::bad_request("invalid_metadata", format!("Metadata is invalid: {reason}."))
}

/// Enough of RFC 5321 to reject what is clearly not an email address.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let no_space = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control());
    !local.is_empty() && !local.contains('@') && no_space(local) && is_domain(domain)
}

/// At least two labels of letters, digits and hyphens.
pub(crate) fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(body: Value) -> Fields {
        Fields::read(&body.to_string().into()).unwrap()
    }

    #[test]
    fn all_wrong_fields_are_reported_at_once() {
        let mut body = fields(json!({"name": 7, "flag": "yes", "external_id": "ü"}));
        body.required_text("name");
        body.required_text("other");
        body.flag("flag");
        body.external_id();
        let failure = body.finish().unwrap_err();
        let named: Vec<_> = failure.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        assert_eq!(
            named,
            [
                ("name", "invalid_type"),
                ("other", "required"),
                ("flag", "invalid_type"),
                ("external_id", "invalid"),
            ]
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_and_none_is_empty() {
        for body in ["[]", "7", "{", "nul"] {
            let failure = Fields::read(&Bytes::from_static(body.as_bytes())).unwrap_err();
            assert_eq!(failure.body["code"], "invalid_request_body");
        }
        assert!(Fields::read(&Bytes::new()).unwrap().finish().is_ok());
    }

    #[test]
    fn metadata_is_merged_and_limited() {
        let mut current = Metadata::from([("a", "1")]);
        let change = |current: &mut _, metadata: Value| {
            let change = fields(json!({"metadata": metadata})).metadata()?;
            merge_metadata(current, change)
        };
        change(&mut current, json!({"b": "2"})).unwrap();
        assert_eq!(current.len(), 2);
        change(&mut current, json!({"a": null})).unwrap();
        assert_eq!(current, [("b", "2")].into());
        change(&mut current, json!(null)).unwrap();
        assert_eq!(current, Metadata::default());
        for bad in [
            json!([]),
            json!({"k".repeat(41): "v"}),
            json!({"k": "v".repeat(601)}),
            json!({"k": 1}),
            (0..51).map(|n| (format!("k{n}"), json!("v"))).collect(),
        ] {
            let failure = change(&mut current, bad).unwrap_err();
            assert_eq!(failure.body["code"], "invalid_metadata");
        }
    }

    #[test]
    fn addresses_and_domains_are_told_from_other_text() {
        for good in ["a@b.co", "a.b+c@sub.example.com", "ü@exämple.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@", "@b.co", "a@b", "a b@c.de", "a@b..co", "a@-b.co", "a@@b.co"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
