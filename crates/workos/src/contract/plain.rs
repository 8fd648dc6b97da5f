//! Requests from plain data and back, for tests that know no types.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;
use crate::client::is_unit;
use crate::model::watch::note_shown;

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
    let body = if body.is_empty() || is_unit::<T>() { "null" } else { body };
    let decoded: T = serde_json::from_str(body).map_err(|error| error.to_string())?;
    note_shown(&decoded);
    serde_json::to_value(&decoded).map_err(|error| error.to_string())
}
