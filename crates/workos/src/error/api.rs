//! [`ApiError`]: an error response, in any of the API's shapes.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use memchr::memchr_iter;
use serde::de::DeserializeOwned;

use super::body::{KnownFields, kept};
use super::retry_after::parse_retry_after;
use super::{DecodeError, Error, request_id, sentences, shortened, write_trailer};
use crate::operation::Operation;
use crate::transport::{BodySize, HttpResponse, MAX_ERROR_BYTES, ShownHeaders};
use crate::{SecretString, Timestamp, json};

/// A response with a status other than 2xx.
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
    /// The human-readable message: `message`, or `error_description`, or the beginning of a body
    /// that is not JSON (broken JSON is not shown). Several messages are joined into one.
    pub message: String,
    /// The invalid fields, on a 422.
    pub errors: Vec<FieldError>,
    /// The request ID, by which WorkOS finds the request in its logs.
    pub request_id: Option<String>,
    /// The wait that the server asked for: the `Retry-After` header, in either of its forms, or
    /// else `retry_after` or `retry_after_seconds` in the body.
    pub retry_after: Option<Duration>,
    /// Set when sign-in needs one more step (verifying an email address, a second factor, choosing
    /// an organization): the token for that step.
    pub pending_authentication_token: Option<SecretString>,
    /// Set when sign-in has to be completed with an email address: the token for that step.
    pub email_completion_token: Option<SecretString>,
    /// All response headers.
    pub headers: HeaderMap,
    /// The body as received, up to 1 MiB of it. It may hold secrets; [`json`](Self::json) reads
    /// other fields from it.
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
    /// The field of the request, if the server names one.
    pub field: Option<String>,
    /// The machine-readable reason, such as `required`.
    pub code: Option<String>,
    /// The human-readable message.
    pub message: Option<String>,
}

impl ApiError {
    /// Boxed from the start: it is large, and it goes into [`Error::Api`].
    ///
    /// A server or a proxy may quote the request: these `secrets` are redacted.
    pub(crate) fn boxed(
        operation: &'static Operation,
        response: HttpResponse,
        attempts: u32,
        now: impl FnOnce() -> Timestamp,
        secrets: [Option<&SecretString>; 2],
    ) -> Box<Self> {
        let HttpResponse { status, headers, body } = response;
        let body = first_part(body);
        let known = if secrets.into_iter().flatten().any(|secret| quotes(&body, secret)) {
            KnownFields::read(&headers, without(&body, secrets).as_bytes())
        } else {
            KnownFields::read(&headers, &body)
        };
        let redirected = status.is_redirection().then(|| redirect_message(&headers));
        Box::new(Self {
            status: status.as_u16(),
            code: known.code,
            message: redirected.or(known.message).unwrap_or_default(),
            errors: known.errors,
            request_id: request_id(&headers),
            retry_after: parse_retry_after(&headers, now).or(known.retry_after),
            pending_authentication_token: known.pending_authentication_token,
            email_completion_token: known.email_completion_token,
            headers,
            raw_body: body,
            attempts,
            operation,
        })
    }

    /// Decodes the body into a type of your own, for fields that this struct lacks.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the body does not match the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let text = std::str::from_utf8(&self.raw_body).map_err(|_| self.undecodable(None))?;
        json::from_str(text).map_err(|error| self.undecodable(Some(&error)))
    }

    /// What to do about it, where the server's message seldom says so.
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

    fn undecodable(&self, error: Option<&serde_json::Error>) -> Error {
        let answer = (self.status, self.attempts);
        let (headers, body) = (&self.headers, &self.raw_body);
        Error::Decode(Box::new(DecodeError::new(self.operation, answer, headers, body, error)))
    }
}

/// The part of a body that is kept. That of a longer body is copied, so that the rest can be freed.
fn first_part(body: Bytes) -> Bytes {
    match body.get(..MAX_ERROR_BYTES) {
        Some(first) if body.len() > MAX_ERROR_BYTES => Bytes::copy_from_slice(first),
        _ => body,
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
        let is_new = self.code.as_ref() != Some(&self.message);
        let message = is_new.then(|| shortened(&self.message));
        // A message that was made from the errors already lists them.
        let errors = if self.message == listed(&self.errors) { &[] } else { &*self.errors };
        let errors: Vec<_> = errors.iter().take(5).map(FieldError::to_string).collect();
        let errors = errors.iter().map(String::as_str);
        let said = sentences(message.as_deref().into_iter().chain(errors).chain(self.advice()));
        if !said.is_empty() {
            write!(f, ": {said}")?;
        }
        write_trailer(f, self.request_id.as_deref(), self.attempts)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field.as_deref().filter(|field| !self.message_begins_with(field));
        let parts = [field, self.message.as_deref(), self.code.as_deref()];
        // A message that names the field needs no code beside it.
        let shown = if field.is_none() && self.field.is_some() { 1 } else { 2 };
        let mut parts = parts.into_iter().flatten().take(shown);
        f.write_str(&shortened(parts.next().unwrap_or("invalid")))?;
        parts.next().map_or(Ok(()), |part| write!(f, ": {}", shortened(part)))
    }
}

/// Whether a body holds this secret. The search is for its last character, which is random, while
/// the first ones are common.
fn quotes(body: &[u8], secret: &SecretString) -> bool {
    let Some((last, others)) = secret.expose().as_bytes().split_last() else { return false };
    let Some(ends) = body.get(others.len()..) else { return false };
    memchr_iter(*last, ends).any(|at| body.get(at..at + others.len()) == Some(others))
}

#[cold]
fn without(body: &[u8], secrets: [Option<&SecretString>; 2]) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    // An empty text matches between all characters.
    let secrets = secrets.into_iter().flatten().filter(|secret| !secret.expose().is_empty());
    secrets.fold(text, |text, secret| text.replace(secret.expose(), "<redacted>"))
}

impl FieldError {
    /// Whether the message names the field itself, as in `name is required`, or with quotes.
    fn message_begins_with(&self, field: &str) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        let message = message.trim_start_matches(['"', '\'', '`']);
        let Some((start, rest)) = message.split_at_checked(field.len()) else { return false };
        let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '[');
        start.eq_ignore_ascii_case(field) && !rest.starts_with(is_word)
    }
}

/// The errors as one message.
pub(super) fn listed(errors: &[FieldError]) -> String {
    let all: Vec<_> = errors.iter().map(FieldError::to_string).collect();
    kept(&sentences(all.iter().map(String::as_str)))
}

fn redirect_message(headers: &HeaderMap) -> String {
    let target = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = target.map_or_else(|| "nowhere".to_owned(), crate::transport::redacted_url);
    format!(
        "the server redirects to {target}; redirects are not followed, so set base_url to the \
         final address"
    )
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderName, StatusCode};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::tests::{DOUBLE, ending};
    use super::super::{ErrorKind, SHOWN_CHARS};
    use super::*;

    static OPERATION: Operation =
        Operation::new("organizations", "get_organization", "GET", "/organizations/{id}");

    pub(in crate::error) fn api_error(
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
        *ApiError::boxed(&OPERATION, response, 1, || Timestamp::UNIX_EPOCH, [Some(&key), None])
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
    fn display_joins_what_others_wrote_with_one_mark() {
        let shown = |status, body: &str| {
            let shown = api_error(status, &[], body.to_owned()).to_string();
            shown.strip_prefix("organizations.get_organization answered ").unwrap().to_owned()
        };
        for (status, body, expected) in [
            (
                422,
                r#"{"message":"Validation failed.","errors":[{"field":"name","message":"name is required"}]}"#,
                "422: Validation failed; name is required",
            ),
            (
                422,
                r#"{"message":"Validation failed","errors":[{"field":"name","message":"is required."},"odd"]}"#,
                "422: Validation failed; name: is required; odd",
            ),
            (
                403,
                r#"{"message":"Is the key invalid?"}"#,
                "403: Is the key invalid? check what this API key is allowed to do",
            ),
            (404, r#"{"message":"Not found."}"#, "404: Not found."),
            (422, r#"{"code":"c","errors":[{"field":"a","code":"b"}]}"#, "422 (c): a: b"),
            (422, r#"{"errors":["a.","b"]}"#, "422: a; b"),
            (422, r#"{"message":["a.","b"]}"#, "422: a; b"),
            (
                403,
                r#"{"error":"denied"}"#,
                "403 (denied): check what this API key is allowed to do",
            ),
            (400, "{}", "400"),
        ] {
            assert_eq!(shown(status, body), expected, "{body}");
        }
    }

    #[test]
    fn an_entry_says_its_field_once() {
        let shown = |field: &str, message: &str| {
            let (field, message) = (Some(field.to_owned()), Some(message.to_owned()));
            FieldError { field, message, code: Some("c".into()) }.to_string()
        };
        for message in
            ["name is required", "Name: no", "`name` is empty", "\"name\" is empty", "name"]
        {
            assert_eq!(shown("name", message), message);
        }
        for message in
            ["is required", "names are required", "name_id is empty", "name.first is", "ü"]
        {
            assert_eq!(shown("name", message), format!("name: {message}"));
        }
        let coded = FieldError { field: Some("a".into()), code: Some("b".into()), message: None };
        assert_eq!(coded.to_string(), "a: b");
    }

    #[test]
    fn a_body_over_1_mib_is_cut_and_the_error_keeps_what_the_headers_say() {
        let body = format!(r#"{{"errors":[{}0]}}"#, "0,".repeat(2 << 20));
        let error = api_error(503, &[("x-request-id", "req_1"), ("retry-after", "7")], body);
        assert_eq!((error.status, error.request_id.as_deref()), (503, Some("req_1")));
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        assert_eq!((error.raw_body.len(), error.errors.len()), (1 << 20, 0));
        assert_eq!(error.message, "1048576 bytes of broken JSON");
        let html = api_error(503, &[], format!("<html>{}", "ü".repeat(1 << 20)));
        assert!(html.message.starts_with("<html>üü"), "{}", html.message);
        let longest = format!("{}1", " ".repeat((1 << 20) - 1));
        assert_eq!(api_error(503, &[], longest).json::<u8>().unwrap(), 1);
    }

    #[test]
    fn a_decode_error_of_a_body_tells_the_place() {
        let error = api_error(422, &[("x-request-id", "req_1")], r#"{"a":[{"b":"hunter2"}]}"#);
        let failed = |error: Error| match error {
            Error::Decode(error) => (error.path, error.message, error.request_id),
            other => panic!("{other}"),
        };
        type Shape =
            std::collections::BTreeMap<String, Vec<std::collections::BTreeMap<String, u8>>>;
        let told = failed(error.json::<Shape>().unwrap_err());
        let expected = ("a[0].b".into(), "expected u8, found string".into(), Some("req_1".into()));
        assert_eq!(told, expected);
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
        fn no_two_marks_meet_whatever_the_server_wrote(
            status in prop::sample::select(vec![401u16, 403, 422, 429]),
            message in "[a-z]{1,5}", end in ending(), others in prop::collection::vec(ending(), 0..3),
        ) {
            let errors: Vec<_> = others
                .iter()
                .map(|end| json!({"field": "name", "message": format!("is wrong{end}")}))
                .collect();
            let body = json!({"message": format!("{message}{end}"), "errors": errors});
            let mut shown = api_error(status, &[], body.to_string()).to_string();
            // The last text keeps its own marks.
            if status == 422 {
                shown.truncate(shown.trim_end_matches(['.', ';', ' ', '?']).len());
            }
            prop_assert!(!DOUBLE.iter().any(|double| shown.contains(double)), "{shown}");
        }

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
    }
}
