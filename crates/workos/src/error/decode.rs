//! [`DecodeError`]: where in a body decoding stopped, and why.

use std::fmt;

use http::{HeaderMap, StatusCode, header};

use super::{request_id, shortened, write_trailer};
use crate::client::Operation;
use crate::json_path::{Location, locate};

/// A response whose body is not what the operation returns.
///
/// It tells where in the body decoding stopped and what was expected there, and repeats no value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DecodeError {
    /// Keys and indices from the root of the body, such as `data[3].created_at`; empty at the root.
    pub path: String,
    /// What was found and what was expected, without the value.
    pub message: String,
    /// The JSON before that place, with every string value replaced by `"…"`. Empty when the body
    /// is no JSON.
    pub snippet: String,
    /// The SDK method; it prints as `organizations.get_organization`.
    pub operation: &'static Operation,
    /// The HTTP status of the response.
    pub status: u16,
    /// The id under which WorkOS finds the request in its own logs.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl DecodeError {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Self {
        Self {
            path: String::new(),
            message: NOT_UTF8.to_owned(),
            snippet: String::new(),
            operation,
            status: status.as_u16(),
            request_id: request_id(headers),
            attempts: 1,
        }
    }

    /// Adds what the parser said about `text`. `headers` tell what a body that is no JSON claims to
    /// be.
    pub(crate) fn explained(
        mut self,
        error: &serde_json::Error,
        text: &str,
        headers: &HeaderMap,
    ) -> Self {
        if text.trim_start().starts_with(['{', '[']) {
            let (message, location) = explain(error, text);
            self.message = message;
            self.path = location.path;
            self.snippet = location.snippet;
        } else if text.is_empty() {
            self.message = "expected a JSON body, got an empty one".to_owned();
        } else {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let kind = shortened(kind.unwrap_or("no content type"));
            self.message = format!("expected a JSON body, got {} bytes ({kind})", text.len());
        }
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}, which cannot be decoded", self.operation, self.status)?;
        if !self.path.is_empty() {
            write!(f, " at {}", shortened(&self.path))?;
        }
        write!(f, ": {}", self.message)?;
        if !self.snippet.is_empty() {
            write!(f, "; near {}", self.snippet)?;
        }
        write_trailer(f, self.request_id.as_deref(), self.attempts)
    }
}

pub(super) const NOT_UTF8: &str = "the body is not UTF-8";

pub(super) fn explain(error: &serde_json::Error, text: &str) -> (String, Location) {
    (redacted_message(error), locate(text, error.line(), error.column()))
}

/// serde names the offending value (`invalid type: string "hunter2", expected u8`), which may be a
/// secret. What is kept is the value's kind and what was expected.
fn redacted_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let found = ["invalid type: ", "invalid value: "].iter().find_map(|p| text.strip_prefix(p));
    let (Some(found), Some((_, expected))) = (found, text.rsplit_once(", expected ")) else {
        // A field's name, in backquotes, is the only other thing serde repeats.
        return shortened(text);
    };
    let kind = found.split(['"', '`', ',']).next().unwrap_or_default().trim();
    format!("expected {}, found {kind}", shortened(expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn what_serde_says_is_kept_without_the_value() {
        let message = |error: serde_json::Error| redacted_message(&error);
        let number = serde_json::from_str::<u8>(r#""hunter2, expected nothing""#).unwrap_err();
        assert_eq!(message(number), "expected u8, found string");
        let time = serde_json::from_str::<Timestamp>(r#""hunter2""#).unwrap_err();
        assert_eq!(
            message(time),
            "expected an RFC 3339 time such as 2026-01-15T12:00:00.000Z, found string"
        );
        let code = serde_json::from_str::<String>("123456").unwrap_err();
        assert_eq!(message(code), "expected a string, found integer");
    }
}
