//! What a handler answers: [`Reply`], or why it does not: [`Refusal`].

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::state::collection::Taken;

/// The code of a refusal that the data file is to blame for.
const NOT_STORED: &str = "emulator_not_stored";

/// What a handler returns.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// Why something was refused: the error that the API returns, or would return.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl fmt::Display for Refusal {
    /// What is wrong: a line for each field that is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |field| self.body.get(field).and_then(Value::as_str);
        let errors = self.body.get("errors").and_then(Value::as_array);
        let messages = errors.into_iter().flatten().filter_map(|error| error.get("message"));
        let messages: Vec<_> = messages.filter_map(Value::as_str).collect();
        match messages.as_slice() {
            [] => f.write_str(
                text("message").or_else(|| text("error_description")).unwrap_or_default(),
            ),
            messages => f.write_str(&messages.join("\n")),
        }
    }
}

impl std::error::Error for Refusal {}

/// One entry of `errors`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Invalid {
    field: String,
    code: &'static str,
    message: String,
}

impl Invalid {
    /// `message` continues the name of the field, as in `must be a string.`
    pub(crate) fn new(field: &str, code: &'static str, message: impl AsRef<str>) -> Self {
        let message = format!("{field} {}", message.as_ref());
        Self { field: field.to_owned(), code, message }
    }
}

impl Refusal {
    /// What is wrong, for programs, such as `entity_not_found`.
    pub fn code(&self) -> &str {
        let text = |field| self.body.get(field).and_then(Value::as_str);
        text("code").or_else(|| text("error")).unwrap_or_default()
    }

    /// The plain shape, `{code, message}`.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, body: json!({"code": code, "message": message.into()}) }
    }

    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 503: the data file could not be written.
    pub(crate) fn not_stored(error: &std::io::Error) -> Self {
        let message = format!("Nothing was changed, since it cannot be stored: {error}.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, NOT_STORED, message)
    }

    /// Whether this is about the data file, not about what was to be done.
    pub(crate) fn is_not_stored(&self) -> bool {
        self.code() == NOT_STORED
    }

    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 422 about the request as a whole, or about what it refers to.
    pub(crate) fn unprocessable(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 422 with an error for each invalid field.
    pub(crate) fn invalid(errors: &[Invalid]) -> Self {
        Self::unprocessable("invalid_request_parameters", "Validation failed.")
            .with("errors", json!(errors))
    }

    /// `what` is the name of the type, as in `Organization`.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let message = format!("{what} not found: '{id}'.");
        Self::new(StatusCode::NOT_FOUND, "entity_not_found", message).with("entity_id", id)
    }

    /// A key that another row has.
    pub(crate) fn taken(taken: Taken, key: &str) -> Self {
        let status = StatusCode::from_u16(taken.status).unwrap_or(StatusCode::CONFLICT);
        Self::new(status, taken.code, taken.message.replace("{key}", key))
    }

    /// 400 in the shape of OAuth, `{error, error_description}`.
    pub(crate) fn oauth(error: &str, description: &str) -> Self {
        let body = json!({"error": error, "error_description": description});
        Self { status: StatusCode::BAD_REQUEST, body }
    }

    pub(crate) fn unauthorized() -> Self {
        let message = "Could not authorize the request. Maybe your API key is invalid?";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The answer to what this emulator does not serve. WorkOS never returns 501, so it cannot be
    /// mistaken for a missing object.
    pub(crate) fn not_implemented(method: &http::Method, path: &str) -> Self {
        let message = format!("workos-emulator does not serve {method} {path}");
        Self::new(StatusCode::NOT_IMPLEMENTED, "emulator_not_implemented", message)
    }

    /// The same in the shape of the vault's errors, which consist of words only: `{error}`.
    pub(crate) fn in_words(self) -> Self {
        if self.status == StatusCode::NOT_IMPLEMENTED {
            return self;
        }
        let message =
            |error: &Value| error.get("message").and_then(Value::as_str).map(str::to_owned);
        let errors = self.body.get("errors").and_then(Value::as_array).into_iter().flatten();
        let reasons: Vec<_> = errors.filter_map(message).collect();
        let words = if reasons.is_empty() { message(&self.body) } else { Some(reasons.join(" ")) };
        Self { body: json!({"error": words.unwrap_or_default()}), ..self }
    }

    /// The same with another field in the body.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Some(object) = self.body.as_object_mut() {
            object.insert(key.to_owned(), value.into());
        }
        self
    }
}

/// What goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Response {
    /// `None` for the status that the operation documents.
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Response {
    /// A response with a JSON body.
    pub(crate) fn json(status: impl Into<Option<StatusCode>>, body: &impl Serialize) -> Self {
        Self::written(status.into(), serde_json::to_vec(body))
    }

    /// Not generic over what was written: the compiler would write all of it for each type.
    fn written(status: Option<StatusCode>, json: serde_json::Result<Vec<u8>>) -> Self {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        match json {
            Ok(json) => {
                Self { status, headers: vec![(header::CONTENT_TYPE, kind)], body: json.into() }
            }
            Err(error) => {
                let failure = json!({"code": "emulator_error", "message": error.to_string()});
                Self::json(StatusCode::INTERNAL_SERVER_ERROR, &failure)
            }
        }
    }

    /// A response without a body.
    pub(crate) fn empty(status: impl Into<Option<StatusCode>>) -> Self {
        Self { status: status.into(), headers: Vec::new(), body: Bytes::new() }
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &refusal.body)
    }
}

/// What a handler may return: whatever is JSON, `()` for no body, or a whole [`Response`].
pub(crate) trait Reply {
    fn into_response(self) -> Response;
}

impl<T: Serialize> Reply for T {
    fn into_response(self) -> Response {
        let response = Response::json(None, &self);
        if response.body == "null" { Response::empty(response.status) } else { response }
    }
}

impl Reply for Response {
    fn into_response(self) -> Response {
        self
    }
}
