//! [`Failure`]: the error responses of the API.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

/// What a handler returns.
pub(crate) type Reply = Result<Response, Failure>;

/// An error response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// One entry of `errors`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Invalid {
    pub(crate) field: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    /// The plain shape, `{code, message}`.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, body: json!({"code": code, "message": message.into()}) }
    }

    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// `what` is the name of the type, as in `Organization`.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let message = format!("{what} not found: '{id}'.");
        let mut failure = Self::new(StatusCode::NOT_FOUND, "entity_not_found", message);
        failure.set("entity_id", id);
        failure
    }

    pub(crate) fn unauthorized() -> Self {
        let message = "Could not authorize the request. Maybe your API key is invalid?";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 422 with an error for each invalid field.
    pub(crate) fn invalid(errors: &[Invalid]) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut failure = Self::new(status, "invalid_request_parameters", "Validation failed.");
        failure.set("errors", json!(errors));
        failure
    }

    /// The response for routes this emulator does not serve. WorkOS never returns 501, so it cannot
    /// be mistaken for a missing object.
    pub(crate) fn not_implemented(method: &http::Method, path: &str) -> Self {
        let message = format!("workos-emulator does not serve {method} {path}");
        Self::new(StatusCode::NOT_IMPLEMENTED, "emulator_not_implemented", message)
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        if let Some(object) = self.body.as_object_mut() {
            object.insert(key.to_owned(), value.into());
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        json_response(self.status, &self.body)
    }
}

/// A response with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(json) => {
            let kind = HeaderValue::from_static("application/json; charset=utf-8");
            (status, [(header::CONTENT_TYPE, kind)], json).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// 200 with this body.
pub(crate) fn ok(body: &impl Serialize) -> Reply {
    Ok(json_response(StatusCode::OK, body))
}

/// 201 with this body.
pub(crate) fn created(body: &impl Serialize) -> Reply {
    Ok(json_response(StatusCode::CREATED, body))
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    Ok(status.into_response())
}
