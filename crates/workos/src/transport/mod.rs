//! How requests reach the server: the [`HttpTransport`] trait and the bundled implementations.
//!
//! With the default features a [`Client`](crate::Client) brings its own transport, and you can
//! ignore this module. It is for applications that share one connection pool, run without tokio,
//! compile to WebAssembly, or inspect every request in a test:
//!
//! ```
//! use workos::transport::{HttpRequest, HttpResponse, HttpTransport, TransportError};
//!
//! struct Canned;
//!
//! #[async_trait::async_trait]
//! impl HttpTransport for Canned {
//!     async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
//!         assert_eq!(request.url, "https://api.workos.com/organizations/org_1");
//!         Ok(HttpResponse {
//!             status: http::StatusCode::NOT_FOUND,
//!             headers: http::HeaderMap::new(),
//!             body: bytes::Bytes::from_static(br#"{"message":"Organization not found"}"#),
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let client = workos::Client::builder()
//!     .api_key("sk_test_1")
//!     .transport(std::sync::Arc::new(Canned))
//!     .build();
//! let error = client.organizations().get_organization("org_1").await.unwrap_err();
//! assert!(error.is_not_found());
//! # }
//! ```

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod body;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod failure;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod pools;
#[cfg(feature = "reqwest")]
mod reqwest;
mod runtime;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod tls;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod tokio_guard;

/// The macro that [`HttpTransport`] is declared with, so that implementations need no dependency on
/// `async-trait`.
pub use async_trait::async_trait;

#[cfg(feature = "hyper")]
pub use self::hyper::{HyperTransport, HyperTransportBuilder};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
#[cfg(not(target_arch = "wasm32"))]
pub use self::runtime::ThreadRuntime;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub use self::runtime::TokioRuntime;
pub use self::runtime::{BoxFuture, Runtime, SharedRuntime};
pub(crate) use self::runtime::{MaybeSend, MaybeSync};
#[cfg(all(feature = "rustls-tls", any(feature = "reqwest", feature = "hyper")))]
pub use self::tls::Tls;

/// The largest response body that is accepted by default, in bytes. No real one comes near it.
pub(crate) const DEFAULT_MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// Sends one request and returns the whole response.
///
/// The client does retries, timeouts, credentials and decoding. An implementation sends the request
/// once; it does not follow redirects, since the headers carry the API key; and it limits how much
/// of a response it reads, as the bundled transports do with
/// [`max_response_bytes`](crate::ClientBuilder::max_response_bytes).
///
/// Every response with a status code is `Ok`, including 404 and 500. A [`TransportError`] says that
/// there was none, and its [kind](TransportErrorKind) decides whether the client retries.
///
/// The returned future is dropped when the attempt times out or the call is cancelled; that must
/// cancel the request. On `wasm32` the future need not be `Send`: use `#[async_trait(?Send)]`
/// there.
#[doc(alias("http_client", "interceptor", "middleware"))]
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait HttpTransport: Send + Sync {
    /// Sends `req` and reads the response.
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError>;

    /// The clock and timer that go with this transport.
    ///
    /// The default, [`ThreadRuntime`], works under every executor. Return [`TokioRuntime`] if the
    /// transport runs on tokio, or a runtime of your own where there are no threads.
    #[cfg(not(target_arch = "wasm32"))]
    fn runtime(&self) -> SharedRuntime {
        Arc::new(ThreadRuntime::new())
    }

    /// The clock and timer that go with this transport. There is no default for `wasm32`: return
    /// the host's (in a browser, `Date.now`, `performance.now` and `setTimeout`).
    #[cfg(target_arch = "wasm32")]
    fn runtime(&self) -> SharedRuntime;
}

/// A transport as the client holds it.
pub type SharedTransport = Arc<dyn HttpTransport>;

/// A request, ready to be sent.
///
/// `Debug` shows no credentials: secret header values, query values, path segments other than plain
/// words and WorkOS IDs, and the body are left out, so a transport may log it.
#[derive(Clone)]
pub struct HttpRequest {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL with its query.
    pub url: String,
    /// All headers, including `Authorization` and `User-Agent`. The transport adds `Host` and
    /// `Content-Length`.
    pub headers: HeaderMap,
    /// The body, if there is one: JSON, or the form of an OAuth token request.
    pub body: Option<Bytes>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &redacted_url(&self.url))
            .field("headers", &self.headers)
            .field("body", &self.body.as_ref().map(BodySize::of))
            .finish()
    }
}

/// A response, read to its end.
///
/// `Debug` leaves the content of the body out.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: StatusCode,
    /// The headers as received.
    pub headers: HeaderMap,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &ShownHeaders(&self.headers))
            .field("body", &BodySize::of(&self.body))
            .finish()
    }
}

/// The headers of a response, without those that may hold a secret: cookies, and the codes in the
/// address of a redirect.
pub(crate) struct ShownHeaders<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for ShownHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut headers = self.0.clone();
        for (name, value) in &mut headers {
            if *name == header::SET_COOKIE || *name == header::LOCATION {
                value.set_sensitive(true);
            }
        }
        headers.fmt(f)
    }
}

/// Stands for a body where its content must not be shown.
pub(crate) struct BodySize(usize);

impl BodySize {
    pub(crate) fn of(body: &Bytes) -> Self {
        Self(body.len())
    }
}

impl fmt::Debug for BodySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0)
    }
}

/// A URL for logs: the query keeps its names, the path only what cannot be a secret.
pub(crate) fn redacted_url(url: &str) -> String {
    // Tokens travel in fragments, too.
    let url = url.split('#').next().unwrap_or_default();
    let (target, query) = url.split_once('?').map_or((url, None), |(t, q)| (t, Some(q)));
    let (origin, path) = match target.find("://").map(|at| at + 3) {
        Some(host) => {
            let end = target.get(host..).and_then(|rest| rest.find('/')).map(|at| host + at);
            target.split_at(end.unwrap_or(target.len()))
        }
        None => ("", target),
    };
    let mut shown = origin.rsplit_once('@').map_or(origin, |(_, host)| host).to_owned();
    for segment in path.split('/').skip(1) {
        shown.push('/');
        shown.push_str(if is_plain_segment(segment) { segment } else { "<redacted>" });
    }
    for (index, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        shown.push_str(pair.split('=').next().unwrap_or_default());
        shown.push_str("=<redacted>");
    }
    shown
}

/// A word of the API's own paths (`user_management`, `v1`) or an id (`org_01H…`); anything else may
/// be a token or a name of a person.
fn is_plain_segment(segment: &str) -> bool {
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b"_-".contains(&b));
    let is_ulid = |text: &str| text.len() == 26 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_id = segment.rsplit_once('_').is_some_and(|(word, id)| is_word(word) && is_ulid(id));
    is_word(segment) || segment == "v1" || is_id
}

/// The parts of a request. A POST, PUT or PATCH without a body states its length of zero: some
/// gateways refuse it otherwise (411).
#[cfg(any(feature = "reqwest", feature = "hyper"))]
fn framed(req: HttpRequest) -> (Method, HeaderMap, Option<Bytes>) {
    let HttpRequest { method, mut headers, body, .. } = req;
    if body.is_none() && matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        headers.insert(header::CONTENT_LENGTH, http::HeaderValue::from_static("0"));
    }
    (method, headers, body)
}

/// Whether hyper gave up on a request before it wrote any of it: the request was waiting for a
/// connection (`is_canceled`), or its connection was already closed (`is_closed`).
///
/// "Dispatch task is gone" is another matter: the connection had accepted the request, and the
/// server may have read it. [`Pools`](pools::Pools) prevent it.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
fn was_not_sent(error: &(dyn StdError + 'static)) -> bool {
    failure::causes(error)
        .filter_map(|error| error.downcast_ref::<::hyper::Error>())
        .any(|error| error.is_canceled() || error.is_closed())
}

/// The largest part of an error response's body that is read, in bytes.
pub(crate) const MAX_ERROR_BYTES: usize = 1024 * 1024;

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

/// What prevented a complete response.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made, so the server has not seen the request. Retried for every
    /// method.
    Connect,
    /// The TLS handshake failed: a wrong certificate or protocol. Not retried.
    Tls,
    /// No response in time. The server may have processed the request, so only [safe
    /// ones](crate::ClientBuilder::max_retries) are retried.
    Timeout,
    /// The connection ended before the response was complete. The server may have processed the
    /// request, so only [safe ones](crate::ClientBuilder::max_retries) are retried.
    Reset,
    /// The response is larger than the limit. Not retried.
    TooLarge,
    /// Anything else. Not retried.
    Other,
}

impl TransportErrorKind {
    /// Whether a later attempt may succeed: [`Connect`](Self::Connect), [`Timeout`](Self::Timeout)
    /// and [`Reset`](Self::Reset).
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Connect | Self::Timeout | Self::Reset)
    }
}

/// A request that got no complete response.
#[derive(Debug)]
pub struct TransportError {
    /// The kind of failure, which decides about retries.
    pub kind: TransportErrorKind,
    /// The error of the underlying library. It must not hold the request's headers or body.
    pub source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// An error of this kind with its cause.
    pub fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, source: source.into() }
    }

    /// A [`TransportErrorKind::Connect`] error.
    pub fn connect(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(TransportErrorKind::Connect, source)
    }

    /// A [`TransportErrorKind::Timeout`] error.
    pub fn timeout(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(TransportErrorKind::Timeout, source)
    }

    /// A [`TransportErrorKind::Reset`] error.
    pub fn reset(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(TransportErrorKind::Reset, source)
    }

    /// A [`TransportErrorKind::Other`] error.
    pub fn other(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(TransportErrorKind::Other, source)
    }

    /// A [`TransportErrorKind::TooLarge`] error for a response of more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let advice = "raise the limit with ClientBuilder::max_response_bytes if that is expected";
        Self::new(
            TransportErrorKind::TooLarge,
            format!("the response is larger than {limit} bytes; {advice}"),
        )
    }

    /// Whether a later attempt may succeed; see [`TransportErrorKind::is_transient`].
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// The official crate's name for [`is_transient`](Self::is_transient).
    #[doc(hidden)]
    pub fn is_retryable(&self) -> bool {
        self.is_transient()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Tls => "TLS handshake failed",
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Reset => "connection ended before the response was complete",
            TransportErrorKind::TooLarge => "response too large",
            TransportErrorKind::Other => "transport failed",
        };
        #[cfg(any(feature = "reqwest", feature = "hyper"))]
        if let Some(failure) = self.source.downcast_ref::<failure::Failure>() {
            let joint = if self.kind == TransportErrorKind::Connect { "to" } else { "with" };
            return write!(f, "{what} {joint} {}: {failure}", failure.peer());
        }
        write!(f, "{what}: {}", self.source)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn debug_of_a_request_shows_no_secret() {
        let mut key = http::HeaderValue::from_static("Bearer sk_live_1");
        key.set_sensitive(true);
        let request = HttpRequest {
            method: Method::POST,
            url: "https://user:pw@api.workos.com/user_management/invitations/by_token/Z1uX3Rbw?email=a%40b.c"
                .into(),
            headers: HeaderMap::from_iter([(http::header::AUTHORIZATION, key)]),
            body: Some(Bytes::from_static(b"{\"password\":\"hunter2\"}")),
        };
        assert_eq!(
            format!("{request:?}"),
            "HttpRequest { method: POST, \
             url: \"api.workos.com/user_management/invitations/by_token/<redacted>?email=<redacted>\", \
             headers: {\"authorization\": Sensitive}, body: Some(<22 bytes>) }"
        );
    }

    proptest! {
        #[test]
        fn a_query_value_user_or_fragment_never_shows(
            host in "(https?://|//)?[a-z.]{0,9}", path in "(/[a-z_]{0,5}){0,3}", name in "[a-z]{0,4}",
        ) {
            let mut urls = vec![
                format!("https://{name}:S3CRET@{path}"),
                format!("https://{name}:S3@CRET@{path}"),
            ];
            for secret in ["S3CRET", "S3/CRET", "S3?CRET", "S3@CRET"] {
                urls.push(format!("{host}{path}?{name}={secret}"));
                urls.push(format!("{host}{path}?a={secret}&b=1#{name}"));
                urls.push(format!("{host}{path}#{name}={secret}"));
            }
            for url in urls {
                let shown = redacted_url(&url);
                prop_assert!(!shown.contains("CRET"), "{url} {shown}");
            }
        }

        #[test]
        fn no_url_makes_it_panic(url in "\\PC{0,30}|[a-z:/?#@&=%]{0,30}") {
            redacted_url(&url);
        }
    }

    #[test]
    fn redaction_keeps_words_and_ids() {
        for (url, shown) in [
            ("https://api.workos.com", "https://api.workos.com"),
            (
                "https://api.workos.com/organizations/org_01EHZNVPK3SFK441A1RGBFSHRT?limit=1&x",
                "https://api.workos.com/organizations/org_01EHZNVPK3SFK441A1RGBFSHRT?limit=<redacted>&x=<redacted>",
            ),
            (
                "http://[::1]:80/vault/v1/kv/name/My%20key",
                "http://[::1]:80/vault/v1/kv/name/<redacted>",
            ),
            ("/organizations/external_id/42", "/organizations/external_id/<redacted>"),
        ] {
            assert_eq!(redacted_url(url), shown);
        }
    }
}
