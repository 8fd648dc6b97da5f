//! What webhooks and actions have in common: a signed body, read as it arrives.

use std::error::Error;
use std::fmt;
use std::iter;
use std::time::Duration;

use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use workos::helpers::webhooks::{SignatureHeader, WebhookError};

const SIGNATURE: &str = "workos-signature";
/// Bodies are buffered before anybody knows who sent them. Those of WorkOS have a few kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the body of a webhook or an action could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyRejection {
    /// It is larger than 1 MiB, or than axum's
    /// [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit): 413 `body_too_large`.
    TooLarge,
    /// It did not arrive within 10 seconds: 408 `body_timeout`.
    TooSlow,
    /// The connection broke: 400 `body_incomplete`.
    Incomplete,
}

impl fmt::Display for BodyRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::TooSlow => "the body took too long to arrive",
            Self::Incomplete => "the body did not arrive completely",
        })
    }
}

impl Error for BodyRejection {}

impl IntoResponse for BodyRejection {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Incomplete => (StatusCode::BAD_REQUEST, "body_incomplete"),
        };
        refusal(status, code, &self)
    }
}

/// A response that says what is wrong.
pub(crate) fn refusal(
    status: StatusCode,
    code: &str,
    message: &(impl fmt::Display + ?Sized),
) -> Response {
    let body = json!({"code": code, "message": message.to_string()});
    (status, axum::Json(body)).into_response()
}

/// The response to a request whose signature is not right. Without a secret of our own, the mistake
/// is ours.
pub(crate) fn unverified(error: &WebhookError) -> Response {
    match error {
        WebhookError::EmptySecret => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", error)
        }
        WebhookError::InvalidPayload { .. } => {
            refusal(StatusCode::BAD_REQUEST, "invalid_payload", error)
        }
        _ => refusal(StatusCode::BAD_REQUEST, "invalid_signature", error),
    }
}

/// The header `WorkOS-Signature`. Only its form is checked, so that the body of a request without
/// one need not be read.
pub(crate) fn signature(headers: &HeaderMap) -> Result<String, WebhookError> {
    let mut values = headers.get_all(SIGNATURE).into_iter();
    let value = values.next().ok_or(WebhookError::NotSigned)?;
    let value = value.to_str().map_err(|_| WebhookError::InvalidHeader)?;
    if values.next().is_some() {
        return Err(WebhookError::InvalidHeader);
    }
    SignatureHeader::parse(value)?;
    Ok(value.to_owned())
}

/// The body, byte for byte.
pub(crate) async fn body(request: Request) -> Result<Bytes, BodyRejection> {
    let body = Limited::new(request.into_limited_body(), MAX_BODY_BYTES);
    let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, body.collect()).await else {
        return Err(BodyRejection::TooSlow);
    };
    match read {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_too_large(&*error) => Err(BodyRejection::TooLarge),
        Err(_) => Err(BodyRejection::Incomplete),
    }
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source())
        .any(|error| error.is::<LengthLimitError>())
}
