//! [`read`]: a request against the contract, before a handler sees it.

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value};
use workos_contract::{Operation, Problem};

use crate::api::route::Input;
use crate::fields::{form, is_form};
use crate::reply::{Answer, Invalid, Refusal};

/// Reads a request, or refuses it with all that is wrong with it.
pub(crate) fn read<'a>(
    operation: &Operation,
    path: Vec<String>,
    head: &'a Parts,
    body: &Bytes,
) -> Answer<Input<'a>> {
    let raw_query = head.uri.query().unwrap_or_default();
    let pairs = pairs(raw_query.as_bytes());
    let (query, mut problems) = operation.read_query(&pairs);
    let body = match operation.body() {
        None => Value::Null,
        Some(_) => {
            let body = read_body(head, body)?;
            problems.extend(operation.check_body(&body));
            body
        }
    };
    if problems.is_empty() {
        Ok(Input { path, query, raw_query, body, headers: &head.headers })
    } else {
        Err(refuse(operation, &problems))
    }
}

/// A JSON object, or the fields of a form. No body counts as an empty object.
fn read_body(head: &Parts, body: &Bytes) -> Answer<Value> {
    let malformed = |message| Err(Refusal::bad_request("invalid_request_body", message));
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if is_form(&head.headers) {
        return Ok(Value::Object(form(body)));
    }
    match serde_json::from_slice(body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => malformed("The request body must be a JSON object."),
        Err(_) => malformed("The request body is not valid JSON."),
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(encoded);
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// One answer with all problems. For some fields the operation documents a code, such as
/// `invalid_metadata`; it is used if nothing else is wrong.
fn refuse(operation: &Operation, problems: &[Problem]) -> Refusal {
    let own_code = |problem: &Problem| {
        let field = problem.place.split(['.', '[']).next().unwrap_or_default();
        let is_value = problem.code == "invalid" || problem.place != field;
        let is_of_field = |code: &&String| {
            code.strip_prefix("invalid_").is_some_and(|name| field.starts_with(name))
        };
        operation.error_codes(400).iter().find(is_of_field).filter(|_| is_value)
    };
    let (own, common): (Vec<_>, Vec<_>) = problems
        .iter()
        .map(|problem| (own_code(problem), problem))
        .partition(|(own, _)| own.is_some());
    if let ([], [(Some(code), problem), ..]) = (&*common, &*own) {
        return Refusal::bad_request(code, problem.to_string());
    }
    let errors: Vec<_> = common
        .iter()
        .map(|(_, problem)| Invalid::new(&problem.place, problem.code, &problem.message))
        .collect();
    Refusal::invalid(&errors)
}
