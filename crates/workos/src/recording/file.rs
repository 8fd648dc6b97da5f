//! What a recording consists of, and the file it is kept in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::redact::{REDACTED, Redaction};
use crate::encoding::{base64_decode, base64_encode};
use crate::error::explain;
use crate::json;
use crate::transport::{HttpRequest, HttpResponse, TransportError};

/// The first line of a file.
pub(super) const HEAD: &str = "{\"format\":\"workos-recording\",\"version\":1}\n";
const VERSION: u64 = 1;

/// The headers of requests that a recording keeps.
pub const REQUEST_HEADERS: [&str; 2] = ["content-type", "idempotency-key"];
/// The headers of responses that a recording keeps.
pub const RESPONSE_HEADERS: [&str; 7] = [
    "content-type",
    "location",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// serde_json reads 127 levels, of which a line takes two.
const DEEPEST_BODY: usize = 120;

/// Recorded exchanges, in the order in which the responses came.
///
/// ```
/// use workos::recording::Recording;
///
/// let text = r#"{"format":"workos-recording","version":1}
/// {"request":{"method":"DELETE","path":"/organizations/org_1"},"response":{"status":204}}
/// "#;
/// let recording = Recording::from_slice(text.as_bytes())?;
/// assert_eq!(recording.exchanges[0].response.status, 204);
/// assert_eq!(Recording::from_slice(recording.to_json_lines().as_bytes())?, recording);
/// # Ok::<(), workos::recording::RecordingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Recording {
    /// The exchanges. A test may change them before it replays them.
    pub exchanges: Vec<Exchange>,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not a recording; see [`from_slice`](Self::from_slice).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|error| RecordingError::io(path, error))?;
        Self::from_slice(&text).map_err(|error| RecordingError { path: Some(path.into()), ..error })
    }

    /// Reads the content of a file. In the lines of exchanges, `query`, `headers` and `body` may be
    /// left out.
    ///
    /// An incomplete last line is ignored: a process that is killed may leave one in a file that it
    /// records.
    ///
    /// # Errors
    ///
    /// Names the line that is wrong, and what is wrong with it. A file of a later version is
    /// refused.
    pub fn from_slice(text: &[u8]) -> Result<Self, RecordingError> {
        let mut lines = (1..).zip(text.split(|byte| *byte == b'\n')).peekable();
        let mut recording = Self::default();
        while let Some((number, line)) = lines.next() {
            let exchange = match number {
                1 => read_head(line).map(|()| None),
                _ => read_line(line, lines.peek().is_none()),
            };
            let exchange = exchange.map_err(|problem| RecordingError::line(number, problem))?;
            recording.exchanges.extend(exchange);
        }
        Ok(recording)
    }

    /// The content of a file with these exchanges, as they are: nothing is redacted.
    pub fn to_json_lines(&self) -> String {
        let lines = self.exchanges.iter().map(Exchange::to_line);
        std::iter::once(HEAD.to_owned()).chain(lines).collect()
    }
}

fn read_head(line: &[u8]) -> Result<(), String> {
    let head: Value = serde_json::from_slice(line).unwrap_or_default();
    let is_recording = head.get("format").is_some_and(|format| format == "workos-recording");
    match head.get("version").and_then(Value::as_u64).filter(|_| is_recording) {
        Some(VERSION) => Ok(()),
        Some(version) if version > VERSION => Err(format!(
            "the recording has version {version}, and this version of the crate reads {VERSION}; \
             update the crate, or record again"
        )),
        _ => Err(format!("a recording begins with {}", HEAD.trim_end())),
    }
}

fn read_line(line: &[u8], is_last: bool) -> Result<Option<Exchange>, String> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let exchange: Exchange = match serde_json::from_slice(line) {
        Ok(exchange) => exchange,
        Err(error) if error.is_eof() && is_last => return Ok(None),
        Err(error) => {
            let problem = explain(&error, &String::from_utf8_lossy(line));
            let parts = [problem.path, problem.message];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return Err(parts.join(": "));
        }
    };
    exchange.response.to_http()?;
    Ok(Some(exchange))
}

/// A request and its response.
///
/// `Debug` shows no secrets, even if the recording has some.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub request: RecordedRequest,
    /// The response.
    pub response: RecordedResponse,
}

impl Exchange {
    pub(super) fn to_line(&self) -> String {
        to_json(self) + "\n"
    }
}

/// A request as it is recorded and compared.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method, such as `GET`.
    pub method: String,
    /// The path, percent-encoded as sent, with the path of the base URL.
    pub path: String,
    /// The pairs of the query, decoded.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// `content-type` and `idempotency-key`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: RecordedBody,
}

impl RecordedRequest {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, TransportError> {
        let url: http::Uri = request.url.parse().map_err(TransportError::other)?;
        Ok(Self {
            method: request.method.to_string(),
            path: url.path().to_owned(),
            query: pairs(url.query().unwrap_or_default()),
            headers: kept(&request.headers, &REQUEST_HEADERS),
            body: request.body.as_ref().map_or(RecordedBody::Empty, RecordedBody::of),
        })
    }

    /// What requests are compared by: two of them are alike if this is equal.
    pub(super) fn compared(&self) -> Value {
        let is_form = |header: &String| header.starts_with("application/x-www-form-urlencoded");
        let body = match &self.body {
            RecordedBody::Text(text) if self.headers.get("content-type").is_some_and(is_form) => {
                grouped(pairs(text))
            }
            body => json!(body),
        };
        json!({
            "method": self.method,
            "path": self.path,
            "query": grouped(self.query.clone()),
            "body": body,
        })
    }

    /// All text in which there may be a secret.
    pub(super) fn texts(&mut self) -> Vec<&mut String> {
        let mut texts = vec![&mut self.path];
        texts.extend(self.query.iter_mut().map(|(_, value)| value));
        texts.extend(self.headers.values_mut());
        self.body.texts(&mut texts);
        texts
    }
}

/// The decoded pairs of a query or a form.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(name), form_decoded(value))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

pub(super) fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The value of each name; a sorted list if it has several.
fn grouped(mut pairs: Vec<(String, String)>) -> Value {
    pairs.sort();
    let mut groups = Map::new();
    for (name, value) in pairs {
        match groups.entry(name).or_insert(Value::Null) {
            Value::Array(values) => values.push(value.into()),
            empty @ Value::Null => *empty = value.into(),
            first => *first = json!([first.take(), value]),
        }
    }
    groups.into()
}

/// A response as it is recorded and played.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The status code.
    pub status: u16,
    /// The headers that tests depend on.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: RecordedBody,
}

impl RecordedResponse {
    pub(super) fn of(response: &HttpResponse) -> Self {
        Self {
            status: response.status.as_u16(),
            headers: kept(&response.headers, &RESPONSE_HEADERS),
            body: RecordedBody::of(&response.body),
        }
    }

    /// The error names the field that is wrong.
    pub(super) fn to_http(&self) -> Result<HttpResponse, String> {
        let status = StatusCode::from_u16(self.status)
            .map_err(|_| "response.status: expected a number from 100 to 999".to_owned())?;
        let header = |(name, value): (&String, &String)| {
            let header = (HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
            Some(header)
        };
        let headers: Option<HeaderMap> = self.headers.iter().map(header).collect();
        let headers = headers.ok_or("response.headers: expected names and values of headers")?;
        Ok(HttpResponse { status, headers, body: self.body.to_bytes() })
    }

    /// All text in which there may be a secret.
    pub(super) fn texts(&mut self) -> Vec<&mut String> {
        let mut texts: Vec<_> = self.headers.values_mut().collect();
        self.body.texts(&mut texts);
        texts
    }
}

/// These headers, each with its value, or with its values joined by commas.
fn kept(headers: &HeaderMap, names: &[&str]) -> BTreeMap<String, String> {
    let names = names.iter().filter(|name| headers.contains_key(**name));
    let header = |name: &&str| {
        let values = headers.get_all(*name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        ((*name).to_owned(), values.collect::<Vec<_>>().join(", "))
    };
    names.map(header).collect()
}

/// A body as it is recorded.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
#[non_exhaustive]
pub enum RecordedBody {
    /// There is none.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// Other text, such as the form of a token request.
    Text(String),
    /// What is not text.
    Bytes(Bytes),
}

impl RecordedBody {
    pub(super) fn of(bytes: &Bytes) -> Self {
        let text = std::str::from_utf8(bytes).ok();
        match text.and_then(|text| json::from_str::<Value>(text).ok()) {
            Some(value) if is_deeper(&value, DEEPEST_BODY) => Self::Text(REDACTED.to_owned()),
            Some(value) if !is_ambiguous(&value) => Self::Json(value),
            // Nothing finds the secrets in broken JSON.
            None if may_be_json(bytes) => Self::Text(REDACTED.to_owned()),
            _ => match text {
                Some("") => Self::Empty,
                Some(text) => Self::Text(text.to_owned()),
                None => Self::Bytes(bytes.clone()),
            },
        }
    }

    /// The body as it is played.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Json(value) => value.to_string().into(),
            Self::Text(text) => text.clone().into(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }

    pub(super) fn texts<'a>(&'a mut self, texts: &mut Vec<&'a mut String>) {
        match self {
            Self::Json(value) => texts_of(value, texts),
            Self::Text(text) => texts.push(text),
            Self::Empty | Self::Bytes(_) => {}
        }
    }
}

/// All strings in a value, but for the names of fields.
pub(super) fn texts_of<'a>(value: &'a mut Value, texts: &mut Vec<&'a mut String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts_of(item, texts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| texts_of(field, texts)),
        _ => {}
    }
}

/// Whether JSON would be read back as another kind of body. It is recorded as text.
fn is_ambiguous(value: &Value) -> bool {
    let is_base64 = |fields: &Map<_, _>| fields.keys().eq(["base64"]);
    value.is_null() || value.is_string() || value.as_object().is_some_and(is_base64)
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let is_deep = |value| levels == 0 || is_deeper(value, levels - 1);
    match value {
        Value::Array(items) => items.iter().any(is_deep),
        Value::Object(fields) => fields.values().any(is_deep),
        _ => false,
    }
}

fn may_be_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

impl From<RecordedBody> for Value {
    fn from(body: RecordedBody) -> Self {
        match body {
            RecordedBody::Empty => Self::Null,
            RecordedBody::Json(value) if is_ambiguous(&value) => value.to_string().into(),
            RecordedBody::Json(value) => value,
            RecordedBody::Text(text) => text.into(),
            RecordedBody::Bytes(bytes) => json!({"base64": base64_encode(&bytes)}),
        }
    }
}

impl TryFrom<Value> for RecordedBody {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Ok(match value {
            Value::Null => Self::Empty,
            Value::String(text) => Self::Text(text),
            value if is_ambiguous(&value) => {
                let bytes = value.get("base64").and_then(Value::as_str).and_then(base64_decode);
                Self::Bytes(bytes.ok_or("body.base64: expected a string of base64")?.into())
            }
            value => Self::Json(value),
        })
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.clone();
        Redaction::new().recorded_request(&mut shown);
        write!(f, "RecordedRequest({})", to_json(&shown))
    }
}

impl fmt::Debug for RecordedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.clone();
        Redaction::new().recorded_response(&mut shown);
        write!(f, "RecordedResponse({})", to_json(&shown))
    }
}

impl fmt::Debug for RecordedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.clone();
        Redaction::new().recorded_body(&mut shown);
        write!(f, "RecordedBody({})", to_json(&shown))
    }
}

/// Cannot fail: the names of fields are strings, and no type refuses to be written.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A recording that cannot be read or written, or was not played to its end.
pub struct RecordingError {
    path: Option<PathBuf>,
    line: Option<usize>,
    problem: String,
    source: Option<io::Error>,
}

impl RecordingError {
    pub(super) fn new(problem: String) -> Self {
        Self { path: None, line: None, problem, source: None }
    }

    pub(super) fn io(path: &Path, error: io::Error) -> Self {
        let problem = error.to_string();
        Self { path: Some(path.into()), source: Some(error), ..Self::new(problem) }
    }

    fn line(line: usize, problem: String) -> Self {
        Self { line: Some(line), ..Self::new(problem) }
    }

    /// The line of the file that is wrong, from 1.
    pub fn line_number(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.problem)
    }
}

/// The same text as `Display`, which may have several lines: tests unwrap this error.
impl fmt::Debug for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
