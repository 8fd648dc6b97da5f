//! From a method call to an [`HttpRequest`], without sending anything.

use std::cell::Cell;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use crate::client::{Call, Client, RequestOptions};
use crate::query::{self, RESERVED};
use crate::transport::HttpRequest;
use crate::{Error, SecretString};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// One operation of the API, as declared in a row of `operations!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Operation {
    /// The method of [`Client`] that leads to it, such as `organizations`.
    pub accessor: &'static str,
    /// The method that performs it, such as `get_organization`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its placeholders, such as `/organizations/{id}`.
    pub path: &'static str,
}

impl Operation {
    /// Stands for a request made with [`Client::request`].
    pub(crate) const CUSTOM: Self = Self::new("client", "request", "", "");

    pub(crate) const fn new(
        accessor: &'static str,
        name: &'static str,
        method: &'static str,
        path: &'static str,
    ) -> Self {
        Self { accessor, name, method, path }
    }
}

impl fmt::Display for Operation {
    /// The name for messages, such as `organizations.get_organization`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.accessor, self.name)
    }
}

/// With what a request identifies itself.
#[derive(Clone)]
pub(crate) enum Auth {
    /// The client's API key.
    ApiKey,
    /// Nothing: the endpoint is public, or the body carries the credentials.
    None,
    /// Another token than the API key, such as the access token of an SSO profile.
    Bearer(SecretString),
}

/// A request that can be sent any number of times. It is large, and moved about in a box.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    /// The absolute URL without its query.
    url: String,
    pub(crate) query: String,
    body: Option<Bytes>,
    /// Whether the body is a form instead of JSON.
    is_form: bool,
    auth: Auth,
    pub(crate) options: RequestOptions,
    /// Whether the operation takes cursors.
    pub(crate) pageable: bool,
    /// Whether the server recognizes the request when it comes twice in quick succession.
    pub(crate) replayable: bool,
}

impl Request {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        method: Method,
        path: fmt::Arguments<'_>,
    ) -> Box<Self> {
        let base = client.base_url();
        // Long enough for nearly all paths with their ids.
        let mut url = String::with_capacity(base.len() + 96);
        url.push_str(base);
        // Writing to a `String` cannot fail.
        let _ = fmt::Write::write_fmt(&mut url, path);
        Box::new(Self {
            operation,
            method,
            url,
            query: String::new(),
            body: None,
            is_form: false,
            auth: Auth::ApiKey,
            options: RequestOptions::default(),
            pageable: false,
            replayable: false,
        })
    }

    pub(crate) fn query<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        params: &T,
    ) -> Result<Box<Self>, Error> {
        self.query =
            query::encode(params).map_err(|error| Error::builder(format!("query: {error}")))?;
        Ok(self)
    }

    pub(crate) fn body<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        body: &T,
    ) -> Result<Box<Self>, Error> {
        // Large enough for most bodies, so that the buffer does not grow step by step.
        let mut json = Vec::with_capacity(512);
        serde_json::to_writer(&mut json, body)
            .map_err(|error| Error::builder(format!("body: {error}")))?;
        self.body = Some(json.into());
        Ok(self)
    }

    /// A body of `application/x-www-form-urlencoded`, which is encoded like a query.
    #[cfg(feature = "helpers")]
    pub(crate) fn form<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        form: &T,
    ) -> Result<Box<Self>, Error> {
        let form = query::encode(form).map_err(|error| Error::builder(format!("form: {error}")))?;
        self.body = Some(form.into());
        self.is_form = true;
        Ok(self)
    }

    pub(crate) fn pageable(mut self: Box<Self>) -> Box<Self> {
        self.pageable = true;
        self
    }

    #[cfg(feature = "user_management")]
    pub(crate) fn replayable(mut self: Box<Self>, replayable: bool) -> Box<Self> {
        self.replayable = replayable;
        self
    }

    pub(crate) fn auth(&mut self, auth: Auth) {
        self.auth = auth;
    }

    /// The token that takes the API key's place, where one does.
    pub(crate) fn bearer(&self) -> Option<&SecretString> {
        if let Auth::Bearer(token) = &self.auth { Some(token) } else { None }
    }

    /// What goes to the transport.
    pub(crate) fn to_http(&self, client: &Client) -> Result<HttpRequest, Error> {
        let mut url = String::with_capacity(self.url.len() + self.query.len() + 1);
        url.push_str(&self.url);
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        let headers = self.headers(client)?;
        Ok(HttpRequest { method: self.method.clone(), url, headers, body: self.body.clone() })
    }

    fn headers(&self, client: &Client) -> Result<HeaderMap, Error> {
        let invalid = client.settings().invalid.as_ref().or(self.options.invalid.as_ref());
        if let Some(reason) = invalid {
            return Err(Error::builder(reason.as_str()));
        }
        let common = &client.settings().headers;
        let mut headers =
            if self.body.is_some() { &common.with_body } else { &common.plain }.clone();
        if self.is_form {
            headers.insert(header::CONTENT_TYPE, FORM);
        }
        match &self.auth {
            Auth::ApiKey => {}
            Auth::None => drop(headers.remove(header::AUTHORIZATION)),
            Auth::Bearer(token) => {
                not_blank("bearer", token.expose())?;
                let value = bearer(token.expose()).map_err(|_| {
                    Error::builder("bearer: only visible ASCII characters can be sent")
                })?;
                headers.insert(header::AUTHORIZATION, value);
            }
        }
        if let Some(key) = self.options.effective_idempotency_key() {
            not_blank("idempotency_key", key)?;
            let key = HeaderValue::from_str(key).map_err(|_| {
                Error::builder("idempotency_key: only visible ASCII characters can be sent")
            })?;
            headers.insert(IDEMPOTENCY_KEY, key);
        }
        for (name, value) in &self.options.headers {
            headers.insert(name.clone(), value.clone());
        }
        let has_key = client.api_key().is_some() || self.options.has_header(&header::AUTHORIZATION);
        if matches!(self.auth, Auth::ApiKey) && !has_key {
            return Err(Error::builder(
                "there is no API key; set it with ClientBuilder::api_key or in the environment \
                 variable WORKOS_API_KEY",
            ));
        }
        Ok(headers)
    }
}

/// A request in the making, or the first thing that is wrong with it. The rows of `operations!`
/// are made of it: without closures and question marks, which the compiler has to look at again for
/// each of them.
pub(crate) struct Draft(Result<Box<Request>, Error>);

impl Draft {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        method: Method,
        path: fmt::Arguments<'_>,
        segments: Segments,
    ) -> Self {
        match segments.0.into_inner() {
            None => Self(Ok(Request::new(client, operation, method, path))),
            Some(error) => Self(Err(error)),
        }
    }

    pub(crate) fn query<T: Serialize + ?Sized>(self, params: &T) -> Self {
        Self(self.0.and_then(|request| request.query(params)))
    }

    pub(crate) fn body<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.and_then(|request| request.body(body)))
    }

    pub(crate) fn pageable(self) -> Self {
        Self(self.0.map(Request::pageable))
    }

    pub(crate) fn call<T>(self, client: &Client) -> Call<T> {
        Call::new(client.clone(), self.0)
    }
}

/// The path parameters of a [`Draft`]; keeps what is wrong with the first that cannot be one.
#[derive(Default)]
pub(crate) struct Segments(Cell<Option<Error>>);

impl Segments {
    pub(crate) fn encode<'a>(&self, name: &str, value: &'a str) -> Segment<'a> {
        segment(name, value).unwrap_or_else(|error| {
            let first = self.0.take().unwrap_or(error);
            self.0.set(Some(first));
            Segment::Plain("")
        })
    }
}

/// The URL of an endpoint that a browser is sent to; nothing is requested.
pub(crate) fn url<T: Serialize>(client: &Client, path: &str, query: &T) -> Result<String, Error> {
    if let Some(reason) = &client.settings().invalid {
        return Err(Error::builder(reason.as_str()));
    }
    let query = query::encode(query).map_err(|error| Error::builder(format!("query: {error}")))?;
    Ok(format!("{}{path}?{query}", client.base_url()))
}

/// The application that a sign-in is for: the given one, or the client's own.
pub(crate) fn authorization_client_id<'a>(
    client: &'a Client,
    given: Option<&'a str>,
) -> Result<&'a str, Error> {
    match given {
        Some(id) => not_empty("client_id", id.trim()),
        None => client.required_client_id(),
    }
}

/// The [`url`] that begins an authorization code flow (RFC 6749, section 4.1.1).
pub(crate) fn authorization_url<T: Serialize>(
    client: &Client,
    path: &str,
    client_id: &str,
    params: &T,
) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Query<'a, T> {
        response_type: &'static str,
        client_id: &'a str,
        #[serde(flatten)]
        params: &'a T,
    }

    url(client, path, &Query { response_type: "code", client_id, params })
}

/// The value of a parameter that has to be there.
pub(crate) fn not_empty<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::builder(format!("{name}: must not be empty")));
    }
    Ok(value)
}

/// Refuses a header value that is empty or only white space.
fn not_blank(name: &str, value: &str) -> Result<(), Error> {
    not_empty(name, value.trim()).map(drop)
}

/// What every request of a client sends, ready to be copied: adding a header to a copy costs more
/// than all the copying.
pub(crate) struct CommonHeaders {
    pub(crate) plain: HeaderMap,
    /// With the type of the body.
    pub(crate) with_body: HeaderMap,
}

impl CommonHeaders {
    /// `authorization` is missing where there is no key.
    pub(crate) fn new(user_agent: HeaderValue, authorization: Option<HeaderValue>) -> Self {
        let mut plain = HeaderMap::new();
        plain.insert(header::USER_AGENT, user_agent);
        plain.insert(header::ACCEPT, JSON);
        // Compressed bodies are not read, so a proxy in between should not compress them either.
        plain.insert(header::ACCEPT_ENCODING, IDENTITY);
        if let Some(authorization) = authorization {
            plain.insert(header::AUTHORIZATION, authorization);
        }
        let mut with_body = plain.clone();
        with_body.insert(header::CONTENT_TYPE, JSON);
        Self { plain, with_body }
    }

    #[cfg(feature = "helpers")]
    pub(crate) fn without_authorization(&self) -> Self {
        let (mut plain, mut with_body) = (self.plain.clone(), self.with_body.clone());
        plain.remove(header::AUTHORIZATION);
        with_body.remove(header::AUTHORIZATION);
        Self { plain, with_body }
    }
}

/// An `Authorization` value that `Debug` does not show.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A path parameter, percent-encoded, so that it stays one segment whatever it holds.
///
/// # Errors
///
/// Empty values and `.` and `..` (also encoded, as `%2e`), which would address something else.
pub(crate) fn segment<'a>(name: &str, value: &'a str) -> Result<Segment<'a>, Error> {
    let value = not_empty(name, value)?;
    // Ids, which nearly all parameters are, have nothing to encode.
    // Looking at all of them is faster than stopping at the first other one.
    if value.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        return Ok(Segment::Plain(value));
    }
    if is_dot_segment(value) {
        return Err(Error::builder(format!("{name}: must not be `.` or `..`")));
    }
    Ok(Segment::Encoded(value))
}

/// The bytes that ids are made of. A table is looked up faster than ranges are compared.
#[expect(clippy::indexing_slicing, reason = "it happens at compile time")]
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = (byte as u8).is_ascii_alphanumeric() || byte == b'_' as usize;
        byte += 1;
    }
    plain
};

fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)) == Some(&true)
}

/// Displays a path parameter as it goes into the path.
#[derive(Debug)]
pub(crate) enum Segment<'a> {
    Plain(&'a str),
    Encoded(&'a str),
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => f.write_str(value),
            Self::Encoded(value) => utf8_percent_encode(value, RESERVED).fmt(f),
        }
    }
}

fn is_dot_segment(value: &str) -> bool {
    // All that a dot, encoded any number of times, is made of.
    value.bytes().all(|byte| b".%25eE".contains(&byte))
        && decodings(value).any(|text| text == "." || text == "..")
}

/// A text, and what it becomes when it is decoded as often as a careless proxy might.
fn decodings(text: &str) -> impl Iterator<Item = String> {
    let decoded = |text: &String| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    std::iter::successors(Some(text.to_owned()), decoded).take(4)
}

/// Checks the path of [`Client::request`], which is sent as it is.
pub(crate) fn check_custom_path(path: &str) -> Result<(), Error> {
    let refuse = |reason| Err(Error::builder(format!("path: {reason}")));
    if !path.starts_with('/') {
        return refuse("expected a path that starts with `/`, such as /organizations");
    }
    if path.contains(['?', '#']) {
        return refuse("the query goes to Call::query, and a fragment is never sent");
    }
    if path.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return refuse("percent-encode everything that is not visible ASCII (see path_segment)");
    }
    if path.contains('\\') {
        return refuse("a backslash is read as a slash by some servers; percent-encode it");
    }
    // Some servers ignore what follows a semicolon.
    let name = |segment: &str| segment.split(';').next().is_some_and(is_dot_segment);
    if path.split('/').any(name) {
        return refuse("segments `.` and `..` are not allowed");
    }
    Ok(())
}

/// Percent-encodes one segment of a path for [`Client::request`].
///
/// ```
/// assert_eq!(workos::path_segment("a/b c"), "a%2Fb%20c");
/// ```
pub fn path_segment(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_that_would_change_the_path_is_refused_by_name() {
        for value in ["", ".", "..", "%2e", "%2E%2e", ".%2e", "%252e", "%252e%252E"] {
            let error = segment("slug", value).unwrap_err().to_string();
            assert!(error.contains("slug: must not be"), "{value}: {error}");
        }
        for value in ["...", ".x", "a..b", "%2e%2e%2e", " ", "../a", r"..\a"] {
            assert!(segment("slug", value).is_ok(), "{value}");
        }
    }

    #[test]
    fn a_custom_path_stays_on_the_server() {
        for path in [
            "",
            "organizations",
            "https://evil.example",
            "/a?b",
            "/a#b",
            "/a b",
            "/a/../b",
            "/%2e%2E/b",
            "/ü",
            r"/organizations/..\..\admin",
            r"/a\b",
            "/a/..;/admin",
            "/a/%2e%2e;x=1/admin",
        ] {
            assert!(check_custom_path(path).is_err(), "{path}");
        }
        for path in ["/", "/organizations", "/vault/v1/kv/name/a%2Fb", "/a/..%2F..%5Cb", "/a;.."] {
            assert!(check_custom_path(path).is_ok(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_value_is_one_segment_and_comes_back(value in "\\PC{1,40}") {
            if let Ok(encoded) = segment("id", &value) {
                let encoded = encoded.to_string();
                prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
                prop_assert_eq!(percent_decode_str(&encoded).decode_utf8().unwrap(), value);
            }
        }
    }
}
