//! [`ApiError`]: what the server said, in whichever of its shapes.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use memchr::memchr;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::decode::{NOT_UTF8, explain};
use super::{DecodeError, Error, request_id, shortened, write_trailer};
use crate::client::Operation;
use crate::client::retry::parse_retry_after;
use crate::object::Field;
use crate::transport::{BodySize, HttpResponse, ShownHeaders};
use crate::{SecretString, Timestamp};

/// An answer with a status other than 2xx.
///
/// The API has several shapes of error bodies; they are read into one. `Debug` leaves out what may
/// hold secrets: [`raw_body`](Self::raw_body), the pending tokens, cookies and where a redirect
/// leads.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The machine-readable reason: `code`, or `error` where the body has the OAuth shape.
    pub code: Option<String>,
    /// The text for people: `message`, or `error_description`, or the beginning of a body that is
    /// not JSON (broken JSON is not shown). Several messages are joined with `; `.
    pub message: String,
    /// What is wrong with which field, on a 422.
    pub errors: Vec<FieldError>,
    /// The id under which WorkOS finds the request in its own logs.
    pub request_id: Option<String>,
    /// How long the server asked to wait: the `Retry-After` header, in either of its forms.
    pub retry_after: Option<Duration>,
    /// Set when sign-in needs one more step (verifying an email, a second factor, choosing an
    /// organization): the token that step is made with.
    pub pending_authentication_token: Option<SecretString>,
    /// Set when sign-in has to be completed with an email address: the token for that step.
    pub email_completion_token: Option<SecretString>,
    /// All response headers.
    pub headers: HeaderMap,
    /// The body as received. It may hold secrets; [`json`](Self::json) reads further fields of it.
    pub raw_body: Bytes,
    /// How many times the request was sent.
    pub attempts: u32,
    /// The SDK method; it prints as `organizations.get_organization`.
    pub operation: &'static Operation,
}

/// One entry of a 422's `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FieldError {
    /// The field of the request, where the server names one.
    pub field: Option<String>,
    /// The machine-readable reason, such as `required`.
    pub code: Option<String>,
    /// The text for people.
    pub message: Option<String>,
}

impl ApiError {
    /// In a box from the start: it is large, and on its way into [`Error::Api`].
    ///
    /// A server or a proxy may quote the request: what it says of these `secrets` is not repeated.
    pub(crate) fn boxed<'a>(
        operation: &'static Operation,
        response: HttpResponse,
        attempts: u32,
        now: impl FnOnce() -> Timestamp,
        secrets: impl IntoIterator<Item = &'a SecretString>,
    ) -> Box<Self> {
        let HttpResponse { status, headers, body } = response;
        let quoted: Vec<_> = secrets.into_iter().filter(|secret| quotes(&body, secret)).collect();
        let known = if quoted.is_empty() {
            KnownFields::read(&body)
        } else {
            KnownFields::read(without(&body, &quoted).as_bytes())
        };
        let redirected = status.is_redirection().then(|| redirect_message(&headers));
        Box::new(Self {
            status: status.as_u16(),
            code: known.code,
            message: redirected.or(known.message).unwrap_or_default(),
            errors: known.errors,
            request_id: request_id(&headers),
            retry_after: parse_retry_after(&headers, now),
            pending_authentication_token: known.pending_authentication_token,
            email_completion_token: known.email_completion_token,
            headers,
            raw_body: body,
            attempts,
            operation,
        })
    }

    /// Reads the body into a type of your own, for what this struct has no field for.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], when the body does not fit the type.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        let text = std::str::from_utf8(&self.raw_body).map_err(|_| self.undecodable(NOT_UTF8))?;
        serde_json::from_str(text).map_err(|error| {
            let (message, location) = explain(&error, text);
            let mut failure = self.undecodable(&message);
            if let Error::Decode(decode) = &mut failure {
                decode.path = location.path;
                decode.snippet = location.snippet;
            }
            failure
        })
    }

    /// What a person can do about it, where the server's own text seldom says it.
    fn advice(&self) -> Option<&'static str> {
        match self.status {
            401 if self.code.as_deref() == Some("invalid_client") => {
                Some("check the client id and its secret")
            }
            401 => Some("check that the API key is complete and belongs to this environment"),
            403 => Some("check what this API key is allowed to do"),
            429 => Some("slow down, or raise max_retries to wait longer"),
            _ => None,
        }
    }

    fn undecodable(&self, message: &str) -> Error {
        Error::Decode(Box::new(DecodeError {
            path: String::new(),
            message: message.to_owned(),
            snippet: String::new(),
            operation: self.operation,
            status: self.status,
            request_id: self.request_id.clone(),
            attempts: self.attempts,
        }))
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("errors", &self.errors)
            .field("request_id", &self.request_id)
            .field("retry_after", &self.retry_after)
            .field("operation", &self.operation.to_string())
            .field("attempts", &self.attempts)
            .field("headers", &ShownHeaders(&self.headers))
            .field("raw_body", &BodySize::of(&self.raw_body))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.operation, self.status)?;
        if let Some(code) = &self.code {
            write!(f, " ({})", shortened(code))?;
        }
        if !self.message.is_empty() && self.code.as_ref() != Some(&self.message) {
            write!(f, ": {}", shortened(&self.message))?;
        }
        for error in self.errors.iter().take(5) {
            write!(f, "; {error}")?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        write_trailer(f, self.request_id.as_deref(), self.attempts)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.field, &self.message, &self.code].map(Option::as_deref);
        let mut parts = parts.into_iter().flatten();
        f.write_str(&shortened(parts.next().unwrap_or("invalid")))?;
        parts.next().map_or(Ok(()), |part| write!(f, ": {}", shortened(part)))
    }
}

/// Whether a body holds this secret.
fn quotes(body: &[u8], secret: &SecretString) -> bool {
    let Some((first, others)) = secret.expose().as_bytes().split_first() else { return false };
    let mut rest = body;
    while let Some(tail) = memchr(*first, rest).and_then(|at| rest.get(at + 1..)) {
        if tail.starts_with(others) {
            return true;
        }
        rest = tail;
    }
    false
}

#[cold]
fn without(body: &[u8], secrets: &[&SecretString]) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    secrets.iter().fold(text, |text, secret| text.replace(secret.expose(), "<redacted>"))
}

fn redirect_message(headers: &HeaderMap) -> String {
    let target = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = target.map_or_else(|| "nowhere".to_owned(), crate::transport::redacted_url);
    format!(
        "the server redirects to {target}; redirects are not followed, so set base_url to the \
         address that answers"
    )
}

/// A message longer than this is a body that happens to have that field.
const KEPT_BYTES: usize = 4096;
/// More than these are the same error over and over, and would keep the body a second time.
const KEPT_ERRORS: usize = 100;

/// What the shapes of error bodies have in common.
#[derive(Default)]
struct KnownFields {
    code: Option<String>,
    message: Option<String>,
    errors: Vec<FieldError>,
    pending_authentication_token: Option<SecretString>,
    email_completion_token: Option<SecretString>,
}

private_objects! {
    /// The fields of a body that are looked at.
    BodyFields {
        code: Lenient,
        error: Lenient,
        message: Lenient,
        error_description: Lenient,
        errors: Option<Value>,
        pending_authentication_token: Lenient,
        email_completion_token: Lenient,
    }
}

/// A text, or nothing where there is something else: a field of an unexpected type must not hide
/// the others.
#[derive(Default)]
struct Lenient(Option<String>);

impl Field for Lenient {
    const IS_OPTIONAL: bool = true;
}

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self(text(value)))
    }
}

impl KnownFields {
    fn read(body: &[u8]) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        match serde_json::from_str(text) {
            Ok(fields) => Self::from_body(fields),
            Err(_) => Self { message: unread(body), ..Self::default() },
        }
    }

    fn from_body(fields: BodyFields) -> Self {
        let error = fields.error.0.map(kept);
        let errors = fields.errors.map(field_errors).unwrap_or_default();
        let listed = || {
            let all: Vec<_> = errors.iter().map(FieldError::to_string).collect();
            (!all.is_empty()).then(|| kept(all.join("; ")))
        };
        let message = fields.message.0.or(fields.error_description.0).map(kept);
        Self {
            message: message.or_else(|| error.clone()).or_else(listed),
            code: fields.code.0.map(kept).or(error),
            pending_authentication_token: fields.pending_authentication_token.0.map(Into::into),
            email_completion_token: fields.email_completion_token.0.map(Into::into),
            errors,
        }
    }
}

/// The beginning of a body that is not JSON. What began as JSON may hold tokens.
fn unread(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['{', '[']) {
        return Some(format!("{} bytes of broken JSON", body.len()));
    }
    (!text.is_empty()).then(|| shortened(text))
}

/// A string, or a list of strings joined to one.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
            Some(items?.join("; "))
        }
        _ => None,
    }
}

/// As much of a text as is worth keeping.
fn kept(mut text: String) -> String {
    if text.len() > KEPT_BYTES {
        let fits = |end: &usize| text.is_char_boundary(*end);
        text.truncate((0..=KEPT_BYTES).rev().find(fits).unwrap_or(0));
    }
    text
}

/// `errors` comes as a list of objects or of strings; what is neither is passed over. JSON Schema's
/// own errors call the field `instancePath`.
fn field_errors(value: Value) -> Vec<FieldError> {
    let Value::Array(items) = value else { return Vec::new() };
    let read = |item| match item {
        Value::Object(mut fields) => {
            let mut take = |name| fields.remove(name).and_then(text).map(kept);
            Some(FieldError {
                field: take("field").or_else(|| take("instancePath")),
                code: take("code"),
                message: take("message"),
            })
        }
        other => {
            let message = text(other).map(kept)?;
            Some(FieldError { message: Some(message), ..Default::default() })
        }
    };
    items.into_iter().filter_map(read).take(KEPT_ERRORS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use http::{HeaderName, StatusCode};

    use super::super::{ErrorKind, SHOWN_CHARS};
    use super::*;

    static OPERATION: Operation =
        Operation::new("organizations", "get_organization", "GET", "/organizations/{id}");

    fn api_error(
        status: u16,
        headers: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> ApiError {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        let response = HttpResponse { status, headers, body: body.into() };
        let key = SecretString::from("sk_live_1");
        *ApiError::boxed(&OPERATION, response, 1, || Timestamp::UNIX_EPOCH, [&key])
    }

    fn fields(body: Value) -> (Option<String>, String, Vec<FieldError>) {
        let error = api_error(400, &[], body.to_string());
        (error.code, error.message, error.errors)
    }

    #[test]
    fn every_shape_of_error_body_is_read() {
        let some = |text: &str| Some(text.to_owned());
        let field = |field, code, message| FieldError { field, code, message };
        for (body, expected) in [
            (json!({"message": "No"}), (None, "No".into(), vec![])),
            (json!({"code": "c", "message": "No"}), (some("c"), "No".into(), vec![])),
            (
                json!({"error": "invalid_grant", "error_description": "Expired"}),
                (some("invalid_grant"), "Expired".into(), vec![]),
            ),
            (
                json!({"error": "Unauthorized"}),
                (some("Unauthorized"), "Unauthorized".into(), vec![]),
            ),
            (json!({"message": ["a", "b"]}), (None, "a; b".into(), vec![])),
            (
                json!({"code": "c", "message": "No", "errors": [
                    {"field": "name", "code": "required"}, "odd", {"instancePath": "/a"}, 7,
                ]}),
                (
                    some("c"),
                    "No".into(),
                    vec![
                        field(some("name"), some("required"), None),
                        field(None, None, some("odd")),
                        field(some("/a"), None, None),
                    ],
                ),
            ),
            (
                json!({"errors": ["a", "b"], "message": null, "code": 12}),
                (
                    None,
                    "a; b".into(),
                    vec![field(None, None, some("a")), field(None, None, some("b"))],
                ),
            ),
            (json!({}), (None, String::new(), vec![])),
        ] {
            assert_eq!(fields(body.clone()), expected, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_quoted_in_part() {
        let error = api_error(502, &[], format!("<html>{}", "x".repeat(1_000_000)));
        assert_eq!(error.message.chars().count(), SHOWN_CHARS + 1);
        assert!(error.to_string().len() < 1_000);
        assert_eq!(error.raw_body.len(), 1_000_006);
    }

    #[test]
    fn a_key_that_a_proxy_quotes_is_not_repeated() {
        for body in [
            "Bad request: Authorization: Bearer sk_live_1".to_owned(),
            format!("{}sk_live_1", "s".repeat(SHOWN_CHARS - 3)),
            json!({"message": "bad key sk_live_1", "code": "sk_live_1"}).to_string(),
            json!({"error": "sk_live_1", "errors": ["sk_live_1", {"field": "sk_live_1"}]})
                .to_string(),
        ] {
            let error = api_error(400, &[], body.clone());
            assert_eq!(error.raw_body, body);
            let fields = format!("{:?} {} {:?}", error.code, error.message, error.errors);
            let error = Error::Api(Box::new(error));
            let shown = format!("{error} {error:?} {fields}");
            assert!(!shown.contains("sk_l"), "{shown}");
        }
    }

    #[test]
    fn a_body_that_is_broken_json_is_not_quoted_since_it_may_hold_a_token() {
        let cut = br#"{"pending_authentication_token":"pat_secret","code":"mfa"#;
        let not_utf8 = b"{\"pending_authentication_token\":\"pat_secret\",\"message\":\"\xff\"}";
        let listed = br#" [{"pending_authentication_token":"pat_secret"}"#;
        let marked = [b"\xef\xbb\xbf", &cut[..]].concat();
        for body in [&cut[..], not_utf8, listed, &marked] {
            let error = api_error(403, &[], body.to_vec());
            assert_eq!(error.message, format!("{} bytes of broken JSON", body.len()));
            let error = Error::Api(Box::new(error));
            assert!(!format!("{error:?} {error}").contains("pat_secret"), "{error:?}");
        }
    }

    #[test]
    fn of_a_field_that_comes_twice_the_last_one_counts() {
        let error = api_error(
            403,
            &[],
            r#"{"code":"a","code":"b","pending_authentication_token":"pat_secret","message":"No"}"#,
        );
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("b"), "No"));
        assert_eq!(error.pending_authentication_token.unwrap().expose(), "pat_secret");
    }

    #[test]
    fn a_huge_message_is_cut() {
        let error = api_error(500, &[], json!({"message": "ü".repeat(1_000_000)}).to_string());
        assert_eq!(error.message.len(), KEPT_BYTES);
        assert!(error.to_string().len() < 1_000);
    }

    #[test]
    fn a_body_is_kept_once_and_shown_in_part_whatever_it_is_made_of() {
        let long = "x".repeat(1_000_000);
        let many: Vec<_> = (0..100_000).map(|n| n.to_string()).collect();
        let field = &long[..5_000];
        let objects = vec![json!({"field": field, "code": field, "message": "m"}); 1_000];
        for body in [
            long.clone(),
            json!({"message": long, "code": long, "error": long}).to_string(),
            json!({"error_description": [long, long]}).to_string(),
            json!({"errors": many}).to_string(),
            json!({"errors": objects}).to_string(),
        ] {
            let body = Bytes::from(body);
            let error = api_error(500, &[], body.clone());
            assert_eq!(error.raw_body.as_ptr(), body.as_ptr(), "it was copied");
            let part = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            let fields = error.errors.iter();
            let fields = fields.map(|e| part(&e.field) + part(&e.code) + part(&e.message));
            assert!(error.message.len() <= KEPT_BYTES && part(&error.code) <= KEPT_BYTES);
            assert!(error.errors.len() <= KEPT_ERRORS && fields.max() <= Some(3 * KEPT_BYTES));
            assert!(error.to_string().len() < 5_000, "{}", error.to_string().len());
        }
    }

    #[test]
    fn display_tells_operation_status_code_message_fields_advice_and_request_id() {
        let mut error = api_error(
            401,
            &[("x-request-id", "req_1")],
            r#"{"code":"unauthorized","message":"No key","errors":[{"field":"a","code":"b"}]}"#,
        );
        error.attempts = 2;
        assert_eq!(
            error.to_string(),
            "organizations.get_organization answered 401 (unauthorized): No key; a: b; check that \
             the API key is complete and belongs to this environment (after 2 attempts) \
             [request id req_1]"
        );
    }

    #[test]
    fn tokens_of_a_pending_sign_in_can_be_read_and_are_not_printed() {
        let body = json!({
            "code": "mfa_challenge", "message": "More needed",
            "pending_authentication_token": "pat_secret", "email_completion_token": "ect_secret",
            "authentication_challenge": {"id": "auth_challenge_1"},
        });
        let error = api_error(403, &[], body.to_string());
        assert_eq!(error.pending_authentication_token.as_ref().unwrap().expose(), "pat_secret");
        assert_eq!(error.email_completion_token.as_ref().unwrap().expose(), "ect_secret");
        assert_eq!(
            error.json::<Value>().unwrap()["authentication_challenge"]["id"],
            "auth_challenge_1"
        );
        let error = Error::Api(Box::new(error));
        assert!(!format!("{error:?} {error:#?} {error}").contains("_secret"));
    }

    #[test]
    fn a_redirect_names_its_target_without_its_query() {
        let error = api_error(307, &[("location", "https://evil.example/x?code=1")], "");
        assert!(error.message.contains("https://evil.example/x?code=<redacted>"), "{error}");
    }

    #[test]
    fn predicates_follow_the_status() {
        let of = |status| Error::Api(Box::new(api_error(status, &[], "")));
        assert!(of(400).is_bad_request());
        assert!(of(401).is_unauthorized());
        assert!(of(403).is_forbidden());
        assert!(of(404).is_not_found());
        assert!(of(409).is_conflict());
        assert!(of(422).is_validation());
        assert!(of(429).is_rate_limited() && of(429).is_transient());
        assert!(of(503).is_server_error() && of(503).is_transient());
        assert!(!of(404).is_transient() && !of(404).is_server_error());
        assert_eq!(of(404).kind(), ErrorKind::Api);
    }

    proptest! {
        #[test]
        fn any_body_becomes_an_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let error = Error::Api(Box::new(api_error(500, &[], body)));
            let _ = format!("{error} {error:?}");
        }

        #[test]
        fn no_token_shows_whatever_comes_after_it(
            rest in "\\PC{0,20}|(,\"(code|errors|pending_authentication_token)\":(1|\"a\"|\\[\\])){0,3}\\}?",
        ) {
            let body = format!(r#"{{"pending_authentication_token":"pat_secret"{rest}"#);
            let error = Error::Api(Box::new(api_error(403, &[], body)));
            prop_assert!(!format!("{error} {error:?}").contains("pat_secret"), "{error:?}");
        }

        #[test]
        fn any_error_json_keeps_code_and_message(
            code in "[a-z_]{1,12}", message in "\\PC{1,30}", noise in "\\PC{0,20}",
        ) {
            let body = json!({"code": code, "message": message, "errors": noise, "x": [noise]});
            prop_assert_eq!(fields(body), (Some(code), message, vec![]));
        }
    }
}
