//! What a recording consists of, and the file it is kept in.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Value, json};

use super::redact::{REDACTED, Redaction};
use crate::encoding::{base64_decode, base64_encode};
use crate::json;
use crate::transport::{HttpRequest, HttpResponse, TransportError};

/// The first line of a file.
pub(super) const HEAD: &str = "{\"format\":\"workos-recording\",\"version\":1}\n";
const VERSION: u64 = 1;

const REQUEST_HEADERS: [&str; 2] = ["content-type", "idempotency-key"];
const RESPONSE_HEADERS: [&str; 7] = [
    "content-type",
    "location",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// serde_json reads 128 levels, of which a line takes two.
const DEEPEST_BODY: usize = 120;

/// Recorded exchanges, in the order in which the responses came.
///
/// ```
/// use workos::transport::recording::Recording;
///
/// let text = r#"{"format":"workos-recording","version":1}
/// {"request":{"method":"DELETE","path":"/organizations/org_1"},"response":{"status":204}}
/// "#;
/// let recording = Recording::from_slice(text.as_bytes())?;
/// assert_eq!(recording.exchanges[0].response.status, 204);
/// assert_eq!(Recording::from_slice(recording.to_json_lines().as_bytes())?, recording);
/// # Ok::<(), workos::transport::recording::RecordingError>(())
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

    /// Reads the content of a file. In the lines of exchanges, what is `null` or empty may be left
    /// out.
    ///
    /// A last line that breaks off is ignored: it is what a process leaves that is killed while it
    /// records.
    ///
    /// # Errors
    ///
    /// Names the line that is wrong, and what is wrong with it. A file of a later version is
    /// refused.
    pub fn from_slice(text: &[u8]) -> Result<Self, RecordingError> {
        let mut lines = (1..).zip(text.split(|byte| *byte == b'\n')).peekable();
        if let Some((number, line)) = lines.next() {
            read_head(line).map_err(|problem| RecordingError::line(number, problem))?;
        }
        let mut recording = Self::default();
        while let Some((number, line)) = lines.next() {
            let is_last = lines.peek().is_none();
            let exchange = read_line(line, is_last);
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
    match (head.get("format").and_then(Value::as_str), head.get("version").and_then(Value::as_u64))
    {
        (Some("workos-recording"), Some(VERSION)) => Ok(()),
        (Some("workos-recording"), Some(version)) if version > VERSION => Err(format!(
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
    match serde_json::from_slice(line) {
        Ok(line) => Exchange::read(&line).map(Some),
        Err(error) if error.is_eof() && is_last => Ok(None),
        // The text of the error might quote the line.
        Err(error) => Err(format!("no valid JSON at column {}", error.column())),
    }
}

/// A request and its response.
///
/// `Debug` shows it without secrets, also where a recording has some.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The request.
    pub request: RecordedRequest,
    /// The response.
    pub response: RecordedResponse,
}

impl Exchange {
    fn read(line: &Value) -> Result<Self, String> {
        let object = |name: &str| {
            let value = line.get(name).filter(|value| value.is_object());
            value.ok_or_else(|| format!("{name} must be an object"))
        };
        Ok(Self {
            request: RecordedRequest::read(object("request")?)?,
            response: RecordedResponse::read(object("response")?)?,
        })
    }

    pub(super) fn to_line(&self) -> String {
        format!(
            "{{\"request\":{},\"response\":{}}}\n",
            to_json(&self.request),
            to_json(&self.response)
        )
    }
}

/// A request as it is recorded and compared.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded as sent, with the path of the base URL.
    pub path: String,
    /// The pairs of the query, decoded.
    pub query: Vec<(String, String)>,
    /// `content-type` and `idempotency-key`.
    pub headers: HeaderMap,
    /// The body.
    pub body: RecordedBody,
}

impl RecordedRequest {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, TransportError> {
        let url: http::Uri = request.url.parse().map_err(TransportError::other)?;
        Ok(Self {
            method: request.method.clone(),
            path: url.path().to_owned(),
            query: pairs(url.query().unwrap_or_default()),
            headers: kept(&request.headers, &REQUEST_HEADERS),
            body: request.body.as_ref().map_or(RecordedBody::Empty, RecordedBody::of),
        })
    }

    fn read(request: &Value) -> Result<Self, String> {
        let text = |name: &str| {
            let text = request.get(name).and_then(Value::as_str);
            text.ok_or_else(|| format!("request.{name} must be a string"))
        };
        let method = text("method")?.parse();
        Ok(Self {
            method: method.map_err(|_| "request.method must be an HTTP method".to_owned())?,
            path: text("path")?.to_owned(),
            query: read_query(request.get("query").unwrap_or(&Value::Null))?,
            headers: read_headers("request", request)?,
            body: RecordedBody::read("request", request)?,
        })
    }

    /// What requests are compared by: two of them are alike if this is equal.
    pub(super) fn compared(&self) -> Value {
        let content_type = self.headers.get(http::header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        let body = match &self.body {
            RecordedBody::Text(text) if content_type.is_some_and(is_form) => grouped(pairs(text)),
            body => json!(body),
        };
        json!({
            "method": self.method.as_str(),
            "path": self.path,
            "query": grouped(self.query.clone()),
            "body": body,
        })
    }
}

fn is_form(content_type: &[u8]) -> bool {
    content_type.starts_with(b"application/x-www-form-urlencoded")
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

/// The values of each name, in an order of their own.
fn grouped(mut pairs: Vec<(String, String)>) -> Value {
    pairs.sort();
    let mut groups = serde_json::Map::new();
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
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The status code.
    pub status: StatusCode,
    /// The headers that tests depend on.
    pub headers: HeaderMap,
    /// The body.
    pub body: RecordedBody,
}

impl RecordedResponse {
    pub(super) fn of(response: &HttpResponse) -> Self {
        Self {
            status: response.status,
            headers: kept(&response.headers, &RESPONSE_HEADERS),
            body: RecordedBody::of(&response.body),
        }
    }

    pub(super) fn to_http(&self) -> HttpResponse {
        HttpResponse {
            status: self.status,
            headers: self.headers.clone(),
            body: self.body.to_bytes(),
        }
    }

    fn read(response: &Value) -> Result<Self, String> {
        let status = response.get("status").and_then(Value::as_u64);
        let status = status.and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        Ok(Self {
            status: status.ok_or("response.status must be a number from 100 to 999")?,
            headers: read_headers("response", response)?,
            body: RecordedBody::read("response", response)?,
        })
    }
}

/// A body as it is recorded.
#[derive(Clone, PartialEq, Default)]
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
            _ if bytes.is_empty() => Self::Empty,
            Some(value) if is_deeper(&value, DEEPEST_BODY) => Self::Text(REDACTED.to_owned()),
            Some(value) if !is_ambiguous(&value) => Self::Json(value),
            // Broken JSON has secrets in places where nobody finds them.
            None if may_be_json(bytes) => Self::Text(REDACTED.to_owned()),
            _ => {
                text.map_or_else(|| Self::Bytes(bytes.clone()), |text| Self::Text(text.to_owned()))
            }
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

    fn read(side: &str, message: &Value) -> Result<Self, String> {
        Ok(match message.get("body").unwrap_or(&Value::Null) {
            Value::Null => Self::Empty,
            Value::String(text) => Self::Text(text.clone()),
            value if is_ambiguous(value) => {
                let bytes = value.get("base64").and_then(Value::as_str).and_then(base64_decode);
                let bytes = bytes.ok_or_else(|| format!("{side}.body.base64 must be base64"))?;
                Self::Bytes(bytes.into())
            }
            value => Self::Json(value.clone()),
        })
    }
}

/// Whether JSON would be read as one of the other bodies. It is recorded as text.
fn is_ambiguous(value: &Value) -> bool {
    let is_base64 = |fields: &serde_json::Map<_, _>| fields.keys().eq(["base64"]);
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

fn kept(headers: &HeaderMap, names: &[&'static str]) -> HeaderMap {
    let names = names.iter().filter(|name| headers.contains_key(**name));
    let header = |name: &&'static str| {
        let value = HeaderValue::try_from(joined(headers, name)).ok()?;
        Some((HeaderName::from_static(name), value))
    };
    names.filter_map(header).collect()
}

/// The value of a header, with commas if it is there several times.
fn joined(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(", ")
}

fn read_headers(side: &str, message: &Value) -> Result<HeaderMap, String> {
    let problem = || format!("{side}.headers must be an object of headers and their values");
    let fields = match message.get("headers") {
        None | Some(Value::Null) => return Ok(HeaderMap::new()),
        Some(headers) => headers.as_object().ok_or_else(problem)?,
    };
    let header = |(name, value): (&String, &Value)| {
        let value = HeaderValue::from_str(value.as_str()?).ok()?;
        Some((HeaderName::try_from(name).ok()?, value))
    };
    fields.iter().map(|field| header(field).ok_or_else(problem)).collect()
}

fn read_query(query: &Value) -> Result<Vec<(String, String)>, String> {
    let problem = || "request.query must be a list of pairs of strings".to_owned();
    let pair = |pair: &Value| match pair.as_array()?.as_slice() {
        [name, value] => Some((name.as_str()?.to_owned(), value.as_str()?.to_owned())),
        _ => None,
    };
    match query {
        Value::Null => Ok(Vec::new()),
        Value::Array(pairs) => pairs.iter().map(|one| pair(one).ok_or_else(problem)).collect(),
        _ => Err(problem()),
    }
}

/// Cannot fail: the keys are strings, and nothing refuses to be written.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Serialize for RecordedRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedRequest", 5)?;
        fields.serialize_field("method", self.method.as_str())?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("query", &self.query)?;
        fields.serialize_field("headers", &Headers(&self.headers))?;
        fields.serialize_field("body", &self.body)?;
        fields.end()
    }
}

impl Serialize for RecordedResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedResponse", 3)?;
        fields.serialize_field("status", &self.status.as_u16())?;
        fields.serialize_field("headers", &Headers(&self.headers))?;
        fields.serialize_field("body", &self.body)?;
        fields.end()
    }
}

impl Serialize for RecordedBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_unit(),
            Self::Json(value) if is_ambiguous(value) => {
                serializer.serialize_str(&value.to_string())
            }
            Self::Json(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => json!({"base64": base64_encode(bytes)}).serialize(serializer),
        }
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.0.keys().map(HeaderName::as_str);
        serializer.collect_map(names.map(|name| (name, joined(self.0, name))))
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
        Self { path: Some(path.into()), source: Some(error), ..Self::new(String::new()) }
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
        match &self.source {
            Some(error) => write!(f, "{error}"),
            None => f.write_str(&self.problem),
        }
    }
}

/// The same text as `Display`, which has several lines: tests unwrap this error.
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
