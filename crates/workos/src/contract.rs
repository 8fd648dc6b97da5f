//! The operations of this crate as data, for contract tests and tools.
//!
//! Not covered by semantic versioning.

use std::cell::RefCell;
use std::fmt::Debug;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::nothing_is_read;
use crate::transport::HttpRequest;
use crate::{Client, Error, resources};

pub use crate::client::Operation;

/// One operation, with what a test needs to exercise it without knowing its types.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// What the operation is called and where it goes.
    pub operation: Operation,
    /// Builds the request from plain data, through the operation's own method.
    pub build: fn(&Client, &Input) -> Result<HttpRequest, Error>,
    /// Decodes a response body into the operation's type and encodes that again.
    pub recode: fn(&str) -> Result<Value, String>,
}

/// The arguments of an operation as plain data.
#[derive(Debug, Clone, Default)]
pub struct Input<'a> {
    /// The path parameters, in the order of the path.
    pub path: Vec<&'a str>,
    /// The query parameters, as one object.
    pub query: Value,
    /// The body.
    pub body: Value,
}

/// Every operation that the enabled features bring.
pub fn operations() -> impl Iterator<Item = &'static Entry> {
    resources::OPERATIONS.iter().flat_map(|topic| topic.iter())
}

/// The operation that answers a request with this method and path, if there is one.
pub fn find(method: &Method, path: &str) -> Option<&'static Entry> {
    let fits = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        let same = |(part, value): (&&str, &&str)| part == value || part.starts_with('{');
        template.len() == path.len() && template.iter().zip(&path).all(same)
    };
    let literal = |entry: &&Entry| entry.operation.path.matches('{').count();
    operations()
        .filter(|entry| entry.operation.method == method.as_str() && fits(entry.operation.path))
        .min_by_key(literal)
}

thread_local! {
    static UNKNOWN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The values that open enums did not know since this was last asked on this thread.
pub fn unknown_values() -> Vec<String> {
    UNKNOWN.take()
}

pub(crate) fn note_unknown(name: &str, value: &str) {
    UNKNOWN.with_borrow_mut(|values| values.push(format!("{name} {value}")));
}

thread_local! {
    static SHOWN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What `Debug` shows of all parameters and answers that `work` reads on this thread.
pub fn shown(work: impl FnOnce()) -> String {
    SHOWN.set(Some(String::new()));
    work();
    SHOWN.take().unwrap_or_default()
}

fn note_shown(value: &impl Debug) {
    SHOWN.with_borrow_mut(|shown| {
        if let Some(shown) = shown {
            shown.push_str(&format!("{value:?}\n"));
        }
    });
}

pub(crate) fn params<T: DeserializeOwned + Debug>(value: &Value) -> Result<T, Error> {
    let value = if value.is_null() { Value::Object(Default::default()) } else { value.clone() };
    let params = serde_json::from_value(value)
        .map_err(|error| Error::builder(format!("parameters: {error}")))?;
    note_shown(&params);
    Ok(params)
}

pub(crate) fn path_value<'a>(
    values: &mut impl Iterator<Item = &'a str>,
    name: &str,
) -> Result<&'a str, Error> {
    values.next().ok_or_else(|| Error::builder(format!("{name}: no value given")))
}

pub(crate) fn all_used<'a>(values: &mut impl Iterator<Item = &'a str>) -> Result<(), Error> {
    match values.next() {
        Some(value) => Err(Error::builder(format!("{value}: one path value too many"))),
        None => Ok(()),
    }
}

pub(crate) fn recode<T: DeserializeOwned + Serialize + Debug + 'static>(
    body: &str,
) -> Result<Value, String> {
    let body = if body.is_empty() || nothing_is_read::<T>() { "null" } else { body };
    let decoded: T = serde_json::from_str(body).map_err(|error| error.to_string())?;
    note_shown(&decoded);
    serde_json::to_value(&decoded).map_err(|error| error.to_string())
}
