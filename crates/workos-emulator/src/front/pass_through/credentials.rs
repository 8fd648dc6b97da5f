//! What clients identify themselves with, in the requests that they make without an API key.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::HeaderMap;
use serde_json::{Map, Value};
use workos::recording::{RecordedBody, RecordedRequest};

use super::super::router;
use crate::api::route::Caller;
use crate::fields::is_form;
use crate::state::DEFAULT_CLIENT_ID;

pub(super) const CLIENT_ID: &str = "client_id";
pub(super) const CLIENT_SECRET: &str = "client_secret";

/// What a field or parameter of this name becomes instead of this value; `None` if it stays.
type Exchange<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// A field of a body, JSON or a form.
pub(super) fn field(headers: &HeaderMap, body: &Bytes, name: &str) -> Option<String> {
    if is_form(headers) {
        let mut pairs = form_urlencoded::parse(body);
        return pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    }
    let fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
    Some(fields.get(name)?.as_str()?.to_owned())
}

/// A body with other credentials. One that needs none keeps its bytes.
pub(super) fn exchanged(headers: &HeaderMap, body: &Bytes, exchange: Exchange<'_>) -> Bytes {
    if is_form(headers) {
        return match String::from_utf8(body.to_vec()) {
            Ok(form) => in_form(&form, exchange).map_or_else(|| body.clone(), Bytes::from),
            Err(_) => body.clone(),
        };
    }
    let Ok(mut fields) = serde_json::from_slice(body) else { return body.clone() };
    if in_fields(&mut fields, exchange) {
        Value::Object(fields).to_string().into()
    } else {
        body.clone()
    }
}

/// Takes the client ID out of a recorded sign-in, so that it does not matter for a replay.
pub(super) fn anonymize(request: &mut RecordedRequest) {
    let Ok(method) = request.method.parse() else { return };
    let Some((endpoint, _)) = router::find(&method, &request.path) else { return };
    if endpoint.route.caller != Caller::Anybody {
        return;
    }
    let exchange = |name: &str, _: &str| (name == CLIENT_ID).then(|| DEFAULT_CLIENT_ID.to_owned());
    match &mut request.body {
        RecordedBody::Json(Value::Object(fields)) => {
            in_fields(fields, &exchange);
        }
        RecordedBody::Text(form) => *form = in_form(form, &exchange).unwrap_or_default(),
        _ => {}
    }
    let segments = endpoint.operation.path.split('/').zip(request.path.split('/'));
    let own = |(name, own)| if name == "{client_id}" { DEFAULT_CLIENT_ID } else { own };
    request.path = segments.map(own).collect::<Vec<_>>().join("/");
}

/// Whether any was exchanged.
fn in_fields(fields: &mut Map<String, Value>, exchange: Exchange<'_>) -> bool {
    let mut is_changed = false;
    for name in [CLIENT_ID, CLIENT_SECRET] {
        let Some(Value::String(value)) = fields.get_mut(name) else { continue };
        if let Some(other) = exchange(name, value) {
            *value = other;
            is_changed = true;
        }
    }
    is_changed
}

/// The form, if any was exchanged.
fn in_form(form: &str, exchange: Exchange<'_>) -> Option<String> {
    let (mut written, mut is_changed) = (Serializer::new(String::new()), false);
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        let other = exchange(&name, &value);
        is_changed |= other.is_some();
        written.append_pair(&name, other.as_deref().unwrap_or(&value));
    }
    is_changed.then(|| written.finish())
}
