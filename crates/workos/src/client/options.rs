//! What can be set for one call: [`RequestOptions`] and [`RequestStrategy`].

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How one call is retried, instead of the client's default.
///
/// Every variant keeps the rules that protect the server: the shared retry budget, `Retry-After`,
/// and the total timeout.
#[doc(alias("retry", "retries", "backoff"))]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestStrategy {
    /// Sends the call once, whatever [`max_retries`](crate::ClientBuilder::max_retries) is.
    Once,
    /// Like a GET, with this `Idempotency-Key`: up to the client's `max_retries`, with backoff and
    /// jitter.
    ///
    /// WorkOS documents that it recognizes the key for `POST /audit_logs/events`; check the
    /// documentation of any other endpoint before you rely on it.
    Idempotent(String),
    /// Up to `max_attempts` attempts, without waits in between. For calls that may safely arrive
    /// twice: it repeats POST too.
    Retry {
        /// The largest number of attempts, the first one included. Zero counts as one.
        max_attempts: u32,
    },
    /// Up to `max_attempts` attempts, with waits that double each time (200 ms, 400 ms and so on, up
    /// to 5 seconds). For calls that may safely arrive twice: it repeats POST too.
    ExponentialBackoff {
        /// The largest number of attempts, the first one included. Zero counts as one.
        max_attempts: u32,
        /// Shortens each wait to a random part of it, at least half, so that clients that failed
        /// together do not retry together.
        jitter: bool,
    },
}

/// Settings for a single call, given to a `*_with_options` method.
///
/// The same settings are methods of [`Call`](crate::Call), for when one is enough:
///
/// ```
/// use std::time::Duration;
/// use workos::{Client, RequestOptions};
///
/// # fn run(client: Client) {
/// let organizations = client.organizations();
/// let options = RequestOptions::new().timeout(Duration::from_secs(2));
/// let call = organizations.get_organization_with_options("org_1", Some(&options));
/// // is the same as
/// let call = organizations.get_organization("org_1").timeout(Duration::from_secs(2));
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RequestOptions {
    pub(crate) idempotency_key: Option<String>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) strategy: Option<RequestStrategy>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) total_timeout: Option<Duration>,
    /// The error of the first invalid header; reported when the call is sent.
    pub(crate) invalid: Option<String>,
}

impl RequestOptions {
    /// No settings: the client's own apply.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends `Idempotency-Key: key`, and with it allows the call to be repeated when it fails. An
    /// empty key makes the call fail with [`Error::Builder`](crate::Error::Builder).
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Sends one more header, or replaces one that the client sends by itself.
    ///
    /// The call fails with [`Error::Builder`](crate::Error::Builder) when the header is the
    /// transport's own (such as `Host`, `Content-Length` and `Connection`), and when `Authorization`
    /// or `Idempotency-Key` is empty. [`Call::header`](crate::Call::header) takes text.
    ///
    /// ```
    /// use http::HeaderName;
    /// use workos::RequestOptions;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let options = RequestOptions::new().header(HeaderName::from_static("x-trace"), "1".parse()?);
    /// # Ok(()) }
    /// ```
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.try_header(name, value)
    }

    /// [`header`](Self::header) with a name and value that may turn out not to be valid.
    pub(crate) fn try_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), _) if is_set_by_transport(&name) => {
                self.refuse(format!("header {name}: the transport sets it"));
            }
            (Ok(name), Ok(value)) if must_not_be_blank(&name) && is_blank(&value) => {
                self.refuse(format!("header {name}: must not be empty"));
            }
            (Ok(name), Ok(mut value)) => {
                // It may be a secret.
                value.set_sensitive(true);
                self.headers.push((name, value));
            }
            (Ok(name), Err(_)) => self.refuse(format!("the value of header {name} is not valid")),
            (Err(_), _) => self.refuse("a header name is not valid".to_owned()),
        }
        self
    }

    /// How often this call is sent, instead of the client's default.
    pub fn strategy(mut self, strategy: RequestStrategy) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// The time one attempt may take, instead of the client's
    /// [`timeout`](crate::ClientBuilder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time the call may take with all attempts and the waits between them, instead of the
    /// client's [`total_timeout`](crate::ClientBuilder::total_timeout).
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    /// The key to send: the strategy's, when it has one.
    pub(crate) fn effective_idempotency_key(&self) -> Option<&str> {
        match &self.strategy {
            Some(RequestStrategy::Idempotent(key)) => Some(key),
            _ => self.idempotency_key.as_deref(),
        }
    }

    pub(crate) fn has_header(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(set, _)| set == name)
    }

    fn refuse(&mut self, reason: String) {
        self.invalid.get_or_insert(reason);
    }
}

/// Headers that frame the message or route it. A value other than the transport's would truncate
/// the body or reach another server.
fn is_set_by_transport(name: &HeaderName) -> bool {
    const NAMES: [HeaderName; 11] = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::EXPECT,
        header::HOST,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        HeaderName::from_static("keep-alive"),
    ];
    NAMES.contains(name) || name.as_str() == "proxy-connection"
}

/// Headers that do nothing when they are blank.
fn must_not_be_blank(name: &HeaderName) -> bool {
    *name == IDEMPOTENCY_KEY || *name == header::AUTHORIZATION
}

fn is_blank(value: &HeaderValue) -> bool {
    value.as_bytes().iter().all(u8::is_ascii_whitespace)
}

impl fmt::Debug for RequestOptions {
    /// Headers are shown by name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RequestOptions")
            .field("idempotency_key", &self.idempotency_key)
            .field("headers", &names)
            .field("strategy", &self.strategy)
            .field("timeout", &self.timeout)
            .field("total_timeout", &self.total_timeout)
            .finish_non_exhaustive()
    }
}
