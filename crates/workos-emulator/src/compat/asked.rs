//! [`Asked`]: a request whose fields can be read and completed.

use bytes::Bytes;
use http::header;
use http::request::Parts;
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use crate::fields::{form, is_form};
use crate::hosted::Parameters;

/// A request with the fields of its body, JSON or a form.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) head: Parts,
    sent: Bytes,
    /// The fields; `None` if the body is something else.
    fields: Option<Map<String, Value>>,
    is_changed: bool,
}

impl Asked {
    pub(super) fn read(head: &Parts, body: &Bytes) -> Self {
        let fields = if body.is_empty() {
            Some(Map::new())
        } else if is_form(&head.headers) {
            Some(form(body))
        } else {
            serde_json::from_slice(body).ok()
        };
        Self { head: head.clone(), sent: body.clone(), fields, is_changed: false }
    }

    /// The body to send on: as it came, or JSON if fields were set.
    pub(super) fn bytes(&self) -> Bytes {
        match (&self.fields, self.is_changed) {
            (Some(fields), true) => serde_json::to_vec(fields).unwrap_or_default().into(),
            _ => self.sent.clone(),
        }
    }

    pub(super) fn path(&self) -> Vec<&str> {
        self.head.uri.path().split('/').skip(1).collect()
    }

    pub(super) fn is(&self, method: &Method) -> bool {
        self.head.method == *method
    }

    /// Whether a WorkOS SDK sent it. An SDK needs what the API requires, also where the official
    /// emulator has nothing.
    pub(super) fn is_by_sdk(&self) -> bool {
        let agent = self.head.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        agent.to_ascii_lowercase().starts_with("workos")
    }

    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.as_ref()?.get(name)
    }

    /// A field that is a text and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// Texts of a list.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let list = self.field(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Sets a field, after which the body is JSON.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(fields) = &mut self.fields {
            fields.insert(name.to_owned(), value.into());
            self.is_changed = true;
            let json = HeaderValue::from_static("application/json");
            self.head.headers.insert(header::CONTENT_TYPE, json);
        }
    }

    /// Sets a field that is not there.
    pub(super) fn set_default(&mut self, name: &str, value: impl Into<Value>) {
        if !self.has(name) {
            self.set(name, value);
        }
    }

    /// Renames a field, unless there is one with the new name.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.field(from).cloned()
            && !self.has(to)
        {
            self.remove(from);
            self.set(to, value);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if self.fields.as_mut().is_some_and(|fields| fields.remove(name).is_some()) {
            self.is_changed = true;
        }
    }

    /// Removes the fields that are null.
    pub(super) fn remove_nulls(&mut self) {
        if let Some(fields) = &mut self.fields {
            let count = fields.len();
            fields.retain(|_, value| !value.is_null());
            self.is_changed |= fields.len() != count;
        }
    }

    /// A parameter of the query that is not empty.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.head.uri.query().unwrap_or_default();
        Parameters::read(query.as_bytes()).get(name).map(str::to_owned)
    }

    /// Adds a parameter to the query.
    pub(super) fn add_query(&mut self, name: &str, value: &str) {
        let uri = &self.head.uri;
        let query = uri.query().filter(|query| !query.is_empty());
        let mut added = form_urlencoded::Serializer::new(String::new());
        added.append_pair(name, value);
        let query = query.into_iter().chain([&*added.finish()]).collect::<Vec<_>>().join("&");
        if let Ok(uri) = format!("{}?{query}", uri.path()).parse() {
            self.head.uri = uri;
        }
    }
}
