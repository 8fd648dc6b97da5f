//! What is a secret in a request or a response, and how it is taken out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use http::header;
use serde_json::Value;

use super::file::{RecordedBody, RecordedRequest, RecordedResponse, form_decoded, texts_of};
use crate::transport::{HttpRequest, HttpResponse, TransportError};

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// The fields of the API that hold secrets, but for those that [`SUFFIXES`] covers.
const NAMES: [&str; 26] = [
    "accept_invitation_url",
    "authkit_authorization_code",
    "authorization",
    "client_assertion",
    "code",
    "code_verifier",
    "connect_code",
    "cookie",
    "credential",
    "data_key",
    "device_code",
    "encrypted_keys",
    "key",
    "keys",
    "link",
    "link_authorization_code",
    "logout_url",
    "password_hash",
    "password_reset_url",
    "qr_code",
    "sealed",
    "sealed_session",
    "set_cookie",
    "user_code",
    "value",
    "verification_uri_complete",
];

/// `access_token`, `client_secret`, `new_password` and the like, without hyphens and underscores.
const SUFFIXES: [&str; 5] = ["token", "secret", "password", "apikey", "privatekey"];

/// Parents whose `value` is not a secret: addresses of a directory user, options of a consent.
const PLAIN_VALUES: [&str; 2] = ["emails", "choices"];

/// The shortest secret that is also looked for where no name says that it is one.
const SHORTEST_ECHO: usize = 6;

/// The longest header of a JWT that is recognized, so that every text is read in linear time.
const LONGEST_JWT_HEADER: usize = 1024;

/// Redacts the secrets in a JSON document.
///
/// These are replaced with [`REDACTED`]:
///
/// - text in fields whose names the API uses for secrets, such as `password`, `client_secret`,
///   `access_token`, `code` or an object's `value`; error codes and the like stay;
/// - API keys (`sk_…`), JWTs, sealed sessions, bearer tokens, TOTP URIs, and the secrets in URLs
///   (`?token=…`), wherever they stand in a text;
/// - all repetitions of such a secret in the same document, if it has at least six characters.
///
/// Redacting twice changes nothing. Objects, numbers, `true`, `false` and empty text stay.
///
/// ```
/// use serde_json::json;
/// use workos::recording::redact;
///
/// let mut body = json!({"email": "ada@example.com", "password": "hunter2", "metadata": {"note": "sk_live_1234"}});
/// redact(&mut body);
/// assert_eq!(
///     body,
///     json!({"email": "ada@example.com", "password": "[redacted]", "metadata": {"note": "[redacted]"}}),
/// );
/// ```
pub fn redact(value: &mut Value) {
    let redaction = Redaction::new();
    let mut secrets = Secrets::of(&redaction);
    secrets.json("", value);
    let mut texts = Vec::new();
    texts_of(value, &mut texts);
    secrets.texts(texts);
}

/// What is taken out of a recording: what [`redact`] takes out of bodies, the same in paths,
/// queries and headers, and what you add.
///
/// The `Authorization` header is never recorded, nor are cookies. What a request has as a secret is
/// also redacted in its response.
///
/// A replay redacts each request in the same way before it compares it. So requests match that
/// differ in their secrets only.
///
/// ```
/// use workos::recording::{Redaction, RecordedBody};
///
/// let redaction = Redaction::new()
///     .field("email")
///     .edit_requests(|request| request.query.retain(|(name, _)| name != "range_start"))
///     .edit_responses(|response| {
///         if let RecordedBody::Json(body) = &mut response.body
///             && let Some(fields) = body.as_object_mut()
///         {
///             fields.remove("raw_attributes");
///         }
///     });
/// ```
#[derive(Clone, Default)]
pub struct Redaction {
    fields: Vec<String>,
    edit_requests: Vec<Edit<RecordedRequest>>,
    edit_responses: Vec<Edit<RecordedResponse>>,
}

type Edit<T> = Arc<dyn Fn(&mut T) + Send + Sync>;

impl Redaction {
    /// The default rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also redacts what is in the fields, query parameters and form fields of this name: all text
    /// and numbers, however deep. Case, hyphens and underscores do not count.
    pub fn field(mut self, name: impl AsRef<str>) -> Self {
        self.fields.push(plain(name.as_ref()));
        self
    }

    /// Changes each request after it was redacted: when it is recorded, and when it is compared.
    /// Recorded requests are edited again when they are loaded, so the edit must be idempotent.
    pub fn edit_requests(
        mut self,
        edit: impl Fn(&mut RecordedRequest) + Send + Sync + 'static,
    ) -> Self {
        self.edit_requests.push(Arc::new(edit));
        self
    }

    /// Changes each response after it was redacted, when it is recorded.
    pub fn edit_responses(
        mut self,
        edit: impl Fn(&mut RecordedResponse) + Send + Sync + 'static,
    ) -> Self {
        self.edit_responses.push(Arc::new(edit));
        self
    }

    /// A request as it is recorded and compared, and its secrets.
    pub(super) fn request(
        &self,
        sent: &HttpRequest,
    ) -> Result<(RecordedRequest, Secrets<'_>), TransportError> {
        let mut request = RecordedRequest::of(sent)?;
        let mut secrets = Secrets::of(self);
        for value in sent.headers.get_all(header::AUTHORIZATION) {
            let value = String::from_utf8_lossy(value.as_bytes());
            value.split(' ').skip(1).for_each(|secret| secrets.add(secret));
        }
        secrets.request(&mut request);
        Ok((request, secrets))
    }

    /// A response as it is recorded, without the secrets of its request.
    pub(super) fn response(
        &self,
        received: &HttpResponse,
        mut secrets: Secrets<'_>,
    ) -> RecordedResponse {
        let mut response = RecordedResponse::of(received);
        secrets.response(&mut response);
        response
    }

    pub(super) fn recorded_request(&self, request: &mut RecordedRequest) {
        Secrets::of(self).request(request);
    }

    pub(super) fn recorded_response(&self, response: &mut RecordedResponse) {
        Secrets::of(self).response(response);
    }

    pub(super) fn recorded_body(&self, body: &mut RecordedBody) {
        let mut secrets = Secrets::of(self);
        secrets.body(body);
        let mut texts = Vec::new();
        body.texts(&mut texts);
        secrets.texts(texts);
    }

    fn is_secret_name(&self, name: &str) -> bool {
        let plain = plain(name);
        let is_same = |known: &&str| known.chars().filter(|c| *c != '_').eq(plain.chars());
        // `redacted_client_secret` has only the end of one.
        let is_known = !plain.starts_with("redacted")
            && (NAMES.iter().any(is_same) || SUFFIXES.iter().any(|end| plain.ends_with(end)));
        is_known || self.fields.contains(&plain)
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// A name in lower case, letters and digits only: `accessToken` and `access_token` are the same.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The secrets that were found in an exchange so far.
pub(super) struct Secrets<'a> {
    redaction: &'a Redaction,
    /// Those that are long enough to be looked for elsewhere, by their first bytes.
    found: BTreeMap<[u8; SHORTEST_ECHO], BTreeSet<String>>,
}

impl<'a> Secrets<'a> {
    fn of(redaction: &'a Redaction) -> Self {
        Self { redaction, found: BTreeMap::new() }
    }

    fn request(&mut self, request: &mut RecordedRequest) {
        // The one path of the API that has a secret.
        let invitation = "/user_management/invitations/by_token/";
        if let Some((before, token)) = request.path.split_once(invitation) {
            let (before, mut token) = (format!("{before}{invitation}"), token.to_owned());
            self.hide(&mut token);
            request.path = before + &token;
        }
        for (name, value) in &mut request.query {
            if self.redaction.is_secret_name(name) {
                self.hide(value);
            }
        }
        self.body(&mut request.body);
        self.texts(request.texts());
        self.redaction.edit_requests.iter().for_each(|edit| edit(request));
    }

    fn response(&mut self, response: &mut RecordedResponse) {
        self.body(&mut response.body);
        self.texts(response.texts());
        self.redaction.edit_responses.iter().for_each(|edit| edit(response));
    }

    fn body(&mut self, body: &mut RecordedBody) {
        if let RecordedBody::Json(value) = body {
            self.json("", value);
        }
    }

    /// `parent` is the name of the field that the value, or the list it is in, stands in.
    fn json(&mut self, parent: &str, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let is_error = ["error", "errors"].contains(&parent)
                    || ["message", "error"].iter().any(|name| fields.contains_key(*name));
                for (name, field) in fields {
                    if self.redaction.fields.contains(&plain(name)) {
                        self.hide_all(field);
                    } else if self.is_secret(parent, name, field, is_error) {
                        self.hide_text(name, field);
                    } else {
                        self.json(name, field);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(parent, item)),
            _ => {}
        }
    }

    fn is_secret(&self, parent: &str, name: &str, field: &Value, is_error: bool) -> bool {
        let is = |test: fn(&str) -> bool| field.as_str().is_some_and(test);
        match name {
            "code" if is_error => !is(is_word),
            "value" => !PLAIN_VALUES.contains(&parent) && !is(is_certificate),
            name => self.redaction.is_secret_name(name),
        }
    }

    /// Hides a secret. It may be a list, and an object of this name has fields of its own.
    fn hide_text(&mut self, name: &str, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_text(name, item)),
            other => self.json(name, other),
        }
    }

    fn hide_all(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Number(_) => *value = REDACTED.into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_all(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.hide_all(field)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn hide(&mut self, text: &mut String) {
        if !text.is_empty() {
            self.add(text);
            REDACTED.clone_into(text);
        }
    }

    fn add(&mut self, secret: &str) {
        if let Some(start) = secret.as_bytes().first_chunk()
            && !REDACTED.contains(secret)
        {
            self.found.entry(*start).or_default().insert(secret.to_owned());
        }
    }

    /// Hides the secrets that can be recognized in a text, and then all that were found.
    fn texts(&mut self, mut texts: Vec<&mut String>) {
        for text in &mut texts {
            **text = self.without_recognized(text);
        }
        for text in texts {
            *text = self.without_echoes(text);
        }
    }

    fn without_recognized(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (before, _) = text.split_at(text.len() - rest.len());
            let kept = first.len_utf8();
            let (kept, end) = self.secret_at(before, rest).unwrap_or((kept, kept));
            let ((begin, after), (plain, _)) = (rest.split_at(end), rest.split_at(kept));
            shown.push_str(plain);
            if let Some(secret) = begin.get(kept..).filter(|secret| !secret.is_empty()) {
                shown.push_str(REDACTED);
                self.add(secret);
                self.add(&form_decoded(secret));
            }
            rest = after;
        }
        shown
    }

    /// If a secret begins here: how much of `rest` stands before it, and where it ends.
    fn secret_at(&self, before: &str, rest: &str) -> Option<(usize, usize)> {
        match rest.as_bytes().first()? {
            b'=' if self.redaction.is_secret_name(name_at_end(before)) => {
                let value = rest.get(1..)?;
                let end = value.find(|c: char| c.is_whitespace() || "&\"<>".contains(c));
                Some((1, 1 + end.unwrap_or(value.len())))
            }
            b's' if is_boundary(before) => secret_of(rest, "sk_", 5, is_base64url),
            b'F' => secret_of(rest, "Fe26.2*", 1, |c| is_base64url(c) || "*~.".contains(c)),
            b'o' => secret_of(rest, "otpauth:", 1, |c| !c.is_whitespace()),
            b'e' => Some((0, jwt(rest)?)),
            b'B' | b'b' => {
                let (scheme, token) = rest.split_at_checked("Bearer ".len())?;
                let length = run(token, |c| is_base64url(c) || "~+/=.".contains(c));
                let is_token =
                    length >= 16 || token.get(..length)?.contains(|c: char| c.is_ascii_digit());
                (scheme.eq_ignore_ascii_case("bearer ") && is_token)
                    .then_some((scheme.len(), scheme.len() + length))
            }
            _ => None,
        }
    }

    /// A text without the secrets that were found elsewhere, where they are not part of a word.
    fn without_echoes(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        let mut is_in_word = false;
        while let Some(first) = rest.chars().next() {
            let echo = if is_in_word { None } else { self.echo_at(rest) };
            match echo {
                Some(_) => shown.push_str(REDACTED),
                None => shown.push(first),
            }
            is_in_word = echo.is_none() && first.is_alphanumeric();
            (_, rest) = rest.split_at(echo.unwrap_or(first.len_utf8()));
        }
        shown
    }

    /// The length of the longest secret that a text begins with.
    fn echo_at(&self, text: &str) -> Option<usize> {
        let known = self.found.get(text.as_bytes().first_chunk()?)?;
        let is_here = |secret: &&String| {
            let after = text.strip_prefix(secret.as_str());
            after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        };
        known.iter().filter(is_here).map(String::len).max()
    }
}

/// An error code, such as `entity_not_found`.
fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}

fn is_certificate(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN CERTIFICATE-----")
}

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The name that a text ends with, as that of a parameter in a URL.
fn name_at_end(text: &str) -> &str {
    text.rsplit(|c| !is_base64url(c)).next().unwrap_or_default()
}

/// Whether a new word begins after this text. An escape such as `%3D` is not part of a word.
fn is_boundary(before: &str) -> bool {
    let is_escape = |end: &str| end.starts_with('%');
    !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        || before.len().checked_sub(3).and_then(|at| before.get(at..)).is_some_and(is_escape)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// A secret with this prefix and at least as many characters after it.
fn secret_of(
    text: &str,
    prefix: &str,
    least: usize,
    belongs: impl Fn(char) -> bool,
) -> Option<(usize, usize)> {
    let length = run(text.strip_prefix(prefix)?, belongs);
    (length >= least).then_some((0, prefix.len() + length))
}

/// The length of the JWT that a text begins with; its header is an object, and so begins with `eyJ`.
fn jwt(text: &str) -> Option<usize> {
    let start = text.starts_with("eyJ").then(|| text.chars().take(LONGEST_JWT_HEADER))?;
    let header = start.take_while(|c| is_base64url(*c)).count();
    let rest = text.get(header..)?.strip_prefix('.').filter(|_| header >= 8)?;
    let payload = run(rest, is_base64url);
    let signature = run(rest.get(payload..)?.strip_prefix('.')?, |c| is_base64url(c) || c == '.');
    Some(header + ".".len() + payload + ".".len() + signature)
}
