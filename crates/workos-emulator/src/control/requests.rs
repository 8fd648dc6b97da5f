//! The log of requests: [`Requests`](crate::Requests). Secrets are redacted.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};
use workos::recording::{REDACTED, redact};

use super::{Input, Route, delete, done, get, ok, post};
use crate::fields::{form, is_form};
use crate::front::journal::{RecordedRequest, Times};
use crate::front::pattern::RequestPattern;
use crate::reply::{Answer, Refusal, Response};

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/requests", list),
    delete("/_emulate/requests", clear),
    post("/_emulate/requests/expect", expect),
    get("/_emulate/requests/{number}", show),
    get("/_emulate/coverage", coverage),
];

/// The default of `limit`.
const DEFAULT_LIMIT: usize = 100;

/// Newest first, and without bodies.
fn list(input: &Input<'_>) -> Answer<Response> {
    let query = input.query(&["operation", "method", "path", "status", "before", "limit"])?;
    let text = |name| query.text(name).map(str::to_owned);
    let pattern = RequestPattern {
        operation: text("operation"),
        method: text("method"),
        path: text("path"),
        ..RequestPattern::new()
    };
    pattern.check().map_err(|reason| Refusal::bad_request("invalid_query", reason))?;
    let (status, before) = (query.read::<u16>("status")?, query.read::<usize>("before")?);
    let limit = query.read("limit")?.unwrap_or(DEFAULT_LIMIT);
    let mut requests = input.environment.requests.matching(&pattern);
    requests.retain(|request| {
        let answered = request.response.as_ref().map(|response| response.status);
        (status.is_none() || answered == status)
            && before.is_none_or(|before| request.number < before)
    });
    let newest = requests.iter().rev().take(limit);
    ok(&newest.map(summary).collect::<Vec<_>>())
}

fn clear(input: &Input<'_>) -> Answer<Response> {
    input.environment.requests.clear();
    done()
}

/// What is expected of the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    #[serde(rename = "match", default)]
    pattern: RequestPattern,
    times: ExpectedTimes,
}

/// A number, or a range.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "expected a number, or at_least and at_most")]
enum ExpectedTimes {
    Exactly(usize),
    Within {
        #[serde(default)]
        at_least: usize,
        at_most: Option<usize>,
    },
}

impl From<ExpectedTimes> for Times {
    fn from(times: ExpectedTimes) -> Self {
        match times {
            ExpectedTimes::Exactly(count) => count.into(),
            ExpectedTimes::Within { at_least, at_most: None } => Self::within(at_least..),
            ExpectedTimes::Within { at_least, at_most: Some(most) } => {
                Self::within(at_least..=most)
            }
        }
    }
}

fn expect(input: &Input<'_>) -> Answer<Response> {
    let Expectation { pattern, times } = input.body("invalid_expectation")?;
    pattern.check().map_err(|reason| Refusal::bad_request("invalid_expectation", reason))?;
    let found = input.environment.requests.expect(&pattern, times);
    let unexpected = |error: crate::Unexpected| {
        Refusal::new(StatusCode::EXPECTATION_FAILED, "unexpected_requests", error.to_string())
    };
    ok(&found.map_err(unexpected)?.iter().map(summary).collect::<Vec<_>>())
}

fn show(input: &Input<'_>) -> Answer<Response> {
    let found = input.environment.requests.get(input.id());
    let request = found.ok_or_else(|| Refusal::not_found("Request", input.id()))?;
    ok(&whole(&request))
}

fn coverage(input: &Input<'_>) -> Answer<Response> {
    let operations: Vec<_> = (input.environment.requests.coverage().into_iter())
        .map(|one| json!({"operation": one.operation, "statuses": one.statuses}))
        .collect();
    let is_called = |one: &&Value| one["statuses"].as_object().is_some_and(|all| !all.is_empty());
    let called = operations.iter().filter(is_called).count();
    ok(&json!({"called": called, "of": operations.len(), "operations": operations}))
}

/// A request without bodies.
pub(crate) fn summary(request: &RecordedRequest) -> Value {
    without_token(request, outline(request))
}

/// A request with its headers and bodies.
pub(crate) fn whole(request: &RecordedRequest) -> Value {
    let part =
        |own: &HeaderMap, bytes: &Bytes| json!({"headers": headers(own), "body": body(own, bytes)});
    let response = request.response.as_ref().map(|one| part(&one.headers, &one.body));
    let mut shown = outline(request);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("request".to_owned(), part(&request.headers, &request.body));
        shown.insert("response".to_owned(), response.unwrap_or_default());
    }
    without_token(request, shown)
}

/// A request without bodies, and with the token that its path may end in.
fn outline(request: &RecordedRequest) -> Value {
    let changes = request.changes.iter().map(|change| {
        json!({"collection": change.collection, "id": change.id, "happened": change.happened})
    });
    let events = request.events.iter().map(|(id, name)| json!({"id": id, "event": name}));
    json!({
        "number": request.number,
        "id": request.id,
        "at": request.at,
        "method": request.method.as_str(),
        "path": request.path,
        "query": redacted(Value::Object(form(request.query.as_bytes()))),
        "operation": request.operation,
        "status": request.response.as_ref().map(|response| response.status),
        "fault": request.fault,
        "changes": changes.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
        "webhooks": request.webhooks,
        "messages": request.messages,
    })
}

/// Without the token at the end of the path, if it has one. It is a secret.
fn without_token(request: &RecordedRequest, mut shown: Value) -> Value {
    let token = request.path.rsplit_once("/by_token/").map(|(_, token)| token);
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let decoded = percent_decode_str(token).decode_utf8_lossy();
        for secret in [token, &decoded] {
            remove(secret, &mut shown);
        }
    }
    shown
}

/// Redacts a text wherever it occurs: an error message may repeat it.
fn remove(secret: &str, value: &mut Value) {
    match value {
        Value::String(text) if text.contains(secret) => *text = text.replace(secret, REDACTED),
        Value::Array(items) => items.iter_mut().for_each(|item| remove(secret, item)),
        Value::Object(fields) => fields.values_mut().for_each(|field| remove(secret, field)),
        _ => {}
    }
}

/// Names and values. Those that authenticate are redacted.
fn headers(headers: &HeaderMap) -> Value {
    const SECRET: [header::HeaderName; 3] =
        [header::AUTHORIZATION, header::COOKIE, header::SET_COOKIE];
    let shown = headers.iter().map(|(name, value)| {
        let value = if SECRET.contains(name) {
            REDACTED.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.as_str().to_owned(), value.into())
    });
    redacted(Value::Object(shown.collect()))
}

/// JSON, the fields of a form, or else how large it is.
fn body(headers: &HeaderMap, body: &Bytes) -> Value {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if body.is_empty() {
        Value::Null
    } else if is_form(headers) {
        redacted(Value::Object(form(body)))
    } else if let Ok(json) = serde_json::from_slice(body) {
        redacted(json)
    } else {
        json!(format!("{} bytes of {}", body.len(), kind.unwrap_or("unknown type")))
    }
}

fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}
