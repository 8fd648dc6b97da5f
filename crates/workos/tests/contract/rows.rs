//! The rows of the crate with their operations of the contract, and arguments for them.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use workos::contract::{self, Entry, Input};
use workos_contract::sample::{EXTRA, TIME};
use workos_contract::{Operation, Sampler, Shape};

/// The operations that carry the client's credentials in their body. They have their own tests.
const WITH_CREDENTIALS: [&str; 3] = [
    "POST /sso/token",
    "POST /user_management/authenticate",
    "POST /user_management/authorize/device",
];

/// The operations of the contract with their rows; authentication has several rows for one
/// operation.
pub(crate) fn rows() -> impl Iterator<Item = (&'static Operation, &'static Entry)> {
    contract::operations().filter_map(|entry| Some((documented(&entry.operation)?, entry)))
}

/// The operation of the contract that a row is.
pub(crate) fn documented(row: &contract::Operation) -> Option<&'static Operation> {
    workos_contract::operation(row.method, row.path)
}

/// The types of the answers of an operation; none is not a body.
pub(crate) fn answers(
    operation: &'static Operation,
) -> impl Iterator<Item = (u16, Option<&'static Shape>)> {
    operation.successes().filter(|(status, _)| *status < 300)
}

pub(crate) fn placeholders(operation: &Operation) -> usize {
    operation.path().matches('{').count()
}

/// The path of an operation with these values in place of its placeholders.
pub(crate) fn filled(operation: &Operation, values: &[&str]) -> String {
    let mut values = values.iter();
    let fill = |part: &str| match part.starts_with('{') {
        true => workos::path_segment(values.next().unwrap()),
        false => part.to_owned(),
    };
    operation.path().split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// Arguments for a row of an operation. Of `path`, it takes as many values as there are
/// placeholders.
pub(crate) fn input<'a>(operation: &Operation, sampler: &Sampler, path: &[&'a str]) -> Input<'a> {
    let (query, body) = operation.sample_request(sampler);
    let path = path[..placeholders(operation).min(path.len())].to_vec();
    Input { path, query, body: without_credentials(operation, body) }
}

/// A sent body without what the crate adds itself.
pub(crate) fn without_credentials(operation: &Operation, mut body: Value) -> Value {
    let fields = body.as_object_mut().filter(|_| WITH_CREDENTIALS.contains(&operation.name()));
    if let Some(fields) = fields {
        fields.retain(|name, _| !["client_id", "client_secret"].contains(&name.as_str()));
    }
    body
}

pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// A value without the unknown fields.
pub(crate) fn known(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove(EXTRA);
            fields.values_mut().for_each(|field| *field = known(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = known(item.take())),
        _ => {}
    }
    value
}

/// Times and whole durations are sampled even where the document only says string or number.
pub(crate) fn realistic(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                *field = match field {
                    Value::String(text) if name.ends_with("_at") && text == "text" => json!(TIME),
                    Value::Number(_) => json!(7),
                    _ => realistic(field.take()),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = realistic(item.take())),
        _ => {}
    }
    value
}
