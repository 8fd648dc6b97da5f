//! [`DecodeError`]: where in a body decoding stopped, and why.

use std::fmt;

use http::{HeaderMap, header};

use super::locate::locate;
use super::{request_id, sentences, shortened, write_trailer};
use crate::json::without_mark;
use crate::operation::Operation;

/// A response whose body is not what the operation returns.
///
/// It says where in the body decoding stopped and what was expected there, and repeats no value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DecodeError {
    /// Keys and indices from the root of the body to the value that does not fit, such as
    /// `data[3].created_at`; empty at the root. When a field is missing, this is the object that
    /// lacks it, such as `data[3]`, and [`message`](Self::message) names the field.
    pub path: String,
    /// What was found and what was expected, without the value, or ``missing field `created_at` ``.
    pub message: String,
    /// The JSON before that place, with every string value replaced by `"…"`. Empty if the body is
    /// not JSON, and if the place is inside the payload of an event.
    pub snippet: String,
    /// The SDK method; it prints as `organizations.get_organization`. Its fields are empty for JSON
    /// that did not come from a call.
    pub operation: &'static Operation,
    /// The HTTP status of the response; 0 for JSON that did not come from a call.
    pub status: u16,
    /// The request ID, by which WorkOS finds the request in its logs.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl DecodeError {
    /// `error` is what the parser said about the body; `None` when the body is not UTF-8.
    #[cold]
    pub(crate) fn new(
        operation: &'static Operation,
        (status, attempts): (u16, u32),
        headers: &HeaderMap,
        body: &[u8],
        error: Option<&serde_json::Error>,
    ) -> Self {
        let Misfit { path, message, snippet } = misfit(headers, body, error);
        let request_id = request_id(headers);
        Self { path, message, snippet, operation, status, request_id, attempts }
    }
}

impl From<serde_json::Error> for DecodeError {
    /// An error in JSON that the application reads or writes itself: the values are left out, and
    /// operation and status are empty.
    #[cold]
    fn from(error: serde_json::Error) -> Self {
        let Misfit { path, mut message, snippet } = explain(&error, "");
        if error.line() > 0 {
            message += &format!(" at line {} column {}", error.line(), error.column());
        }
        let (operation, status, attempts) = (&Operation::NONE, 0, 0);
        Self { path, message, snippet, operation, status, request_id: None, attempts }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operation.is_none() {
            f.write_str("invalid JSON")?;
        } else {
            write!(
                f,
                "{} answered {} with a body that cannot be decoded",
                self.operation, self.status
            )?;
        }
        if !self.path.is_empty() {
            write!(f, " at {}", shortened(&self.path))?;
        }
        let near = (!self.snippet.is_empty()).then(|| format!("near {}", self.snippet));
        write!(f, ": {}", sentences([&*self.message].into_iter().chain(near.as_deref())))?;
        write_trailer(f, self.request_id.as_deref(), self.attempts)
    }
}

/// What does not fit in a JSON text, and where. It repeats no value.
#[derive(Debug, PartialEq)]
pub(crate) struct Misfit {
    pub(crate) path: String,
    pub(crate) message: String,
    snippet: String,
}

impl Misfit {
    fn of_all(message: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into(), snippet: String::new() }
    }

    /// The name of the field that the object at the path lacks.
    #[cfg_attr(not(feature = "helpers"), allow(dead_code))]
    pub(crate) fn missing_field(&self) -> Option<&str> {
        self.message.strip_prefix("missing field `")?.strip_suffix('`')
    }
}

fn misfit(headers: &HeaderMap, body: &[u8], error: Option<&serde_json::Error>) -> Misfit {
    let (Ok(text), Some(error)) = (std::str::from_utf8(body), error) else {
        let message = compressed(headers, body);
        return Misfit::of_all(message.unwrap_or_else(|| "the body is not UTF-8".to_owned()));
    };
    let text = without_mark(text);
    if text.trim_start().starts_with(['{', '[']) {
        return explain(error, text);
    }
    if text.is_empty() {
        return Misfit::of_all("expected a JSON body, got an empty one");
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = shortened(kind.unwrap_or("no content type"));
    Misfit::of_all(format!("expected a JSON body, got {} bytes ({kind})", body.len()))
}

/// The message for a body that is not UTF-8 because it is compressed: its header names the coding,
/// or the first bytes are those of gzip.
pub(super) fn compressed(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if std::str::from_utf8(body).is_ok() {
        return None;
    }
    let named = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let named = named.map(str::trim).filter(|name| !matches!(*name, "" | "identity"));
    let coding = named.or_else(|| body.starts_with(b"\x1f\x8b").then_some("gzip"))?;
    Some(format!(
        "the body is compressed with {}, which was not asked for; check the proxy in between",
        shortened(coding)
    ))
}

/// What the parser said about `text`, which has no byte order mark.
pub(crate) fn explain(error: &serde_json::Error, text: &str) -> Misfit {
    let location = locate(text, error);
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(message, _)| message);
    match said.strip_prefix(WITHIN).and_then(|said| said.rsplit_once(": ")) {
        Some((path, message)) => Misfit {
            path: join(&location.path, path),
            message: shortened(message),
            snippet: String::new(),
        },
        None => Misfit {
            path: location.path,
            message: redacted_message(said),
            snippet: location.snippet,
        },
    }
}

const WITHIN: &str = "within ";

/// The text of an error in a part of a document that is parsed by itself, as the payloads of events
/// are: the parser of the whole knows only where the part ends. [`explain`] puts the paths together.
#[cfg_attr(not(feature = "events"), allow(dead_code))]
pub(crate) fn within(field: &str, error: &serde_json::Error, part: &str) -> String {
    let Misfit { path, message, .. } = explain(error, part);
    format!("{WITHIN}{}: {message}", join(field, &path))
}

fn join(path: &str, inner: &str) -> String {
    let dot = if path.is_empty() || inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{path}{dot}{inner}")
}

/// serde names the offending value (`invalid type: string "hunter2", expected u8`), which may be a
/// secret. The kind of the value and what was expected are kept.
fn redacted_message(text: &str) -> String {
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
        let message = |error: serde_json::Error| explain(&error, "").message;
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
