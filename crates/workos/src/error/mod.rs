//! [`Error`]: everything that can go wrong, and what the server reported.

mod api;
mod body;
mod decode;
pub(crate) mod locate;
pub(crate) mod retry_after;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

pub use self::api::{ApiError, FieldError};
pub use self::decode::DecodeError;
#[cfg_attr(not(feature = "helpers"), allow(unused_imports))]
pub(crate) use self::decode::{Misfit, explain, within};

use self::locate::printable;
use crate::operation::Operation;
use crate::timestamp::ParseTimestampError;
use crate::transport::{TransportError, TransportErrorKind};

/// The error type of this crate.
///
/// Most code uses the predicates rather than matching:
///
/// ```
/// # async fn run(client: workos::Client) {
/// match client.organizations().get_organization("org_missing").await {
///     Ok(organization) => println!("{}", organization.name),
///     Err(error) if error.is_not_found() => println!("no such organization"),
///     Err(error) => eprintln!("{error} (request id {:?})", error.request_id()),
/// }
/// # }
/// ```
///
/// Neither `Display` nor `Debug` shows secrets, response bodies or the values of a request, so an
/// error may be logged as it is. Any release may add variants.
#[doc(alias("failure", "exception"))]
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server answered with a status other than 2xx.
    Api(Box<ApiError>),
    /// No complete response arrived: connection, TLS, timeout or reset.
    Network(Box<NetworkError>),
    /// A response arrived whose body is not what the operation returns.
    Decode(Box<DecodeError>),
    /// The client or the call is misconfigured, and nothing was sent. The message says what to
    /// change.
    Builder(String),
    /// The request of a webhook or an action failed verification, or is malformed.
    Webhook(String),
    /// A session cookie could not be opened, or holds no session.
    Session(String),
    /// An access token failed verification.
    Jwt(String),
    /// Data could not be encrypted for Vault, or decrypted.
    VaultCrypto(String),
    /// The system's random number generator failed.
    Crypto(String),
}

/// A coarse classification of [`Error`], for metrics and `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server answered with a status other than 2xx; see [`Error::status`].
    Api,
    /// No connection could be made.
    Connect,
    /// No response in time.
    Timeout,
    /// The connection failed otherwise: TLS, a reset, an oversized response.
    Network,
    /// The response could not be decoded.
    Decode,
    /// The client or the call is misconfigured.
    Builder,
    /// The request of a webhook or an action failed verification, or is malformed.
    Webhook,
    /// A session cookie could not be opened, or holds no session.
    Session,
    /// An access token failed verification.
    Jwt,
    /// Data could not be encrypted for Vault, or decrypted.
    VaultCrypto,
    /// The system's random number generator failed.
    Crypto,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Api(_) => ErrorKind::Api,
            Self::Decode(_) => ErrorKind::Decode,
            Self::Builder(_) => ErrorKind::Builder,
            Self::Webhook(_) => ErrorKind::Webhook,
            Self::Session(_) => ErrorKind::Session,
            Self::Jwt(_) => ErrorKind::Jwt,
            Self::VaultCrypto(_) => ErrorKind::VaultCrypto,
            Self::Crypto(_) => ErrorKind::Crypto,
            Self::Network(error) => match error.kind {
                TransportErrorKind::Connect => ErrorKind::Connect,
                TransportErrorKind::Timeout => ErrorKind::Timeout,
                _ => ErrorKind::Network,
            },
        }
    }

    /// The server's error response, if there was one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The HTTP status of the response, including one that could not be decoded.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Decode(error) if error.status != 0 => Some(error.status),
            _ => None,
        }
    }

    /// The server's code for the failure, such as `entity_not_found` or `invalid_grant`.
    pub fn code(&self) -> Option<&str> {
        self.api()?.code.as_deref()
    }

    /// The request ID, by which WorkOS finds the request in its logs. Quote it when you ask for
    /// help.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id.as_deref(),
            Self::Decode(error) => error.request_id.as_deref(),
            _ => None,
        }
    }

    /// The wait before the next attempt that the server asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// How many times the request was sent before this error was returned; zero if it was not sent.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Api(error) => error.attempts,
            Self::Network(error) => error.attempts,
            Self::Decode(error) => error.attempts,
            _ => 0,
        }
    }

    /// 400: the server understood the request and refused it.
    pub fn is_bad_request(&self) -> bool {
        self.has_status(400)
    }

    /// 401: the API key is missing, wrong, expired, or of another environment.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(401)
    }

    /// 403: the API key, or the user, may not do this.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(403)
    }

    /// 404: there is no such object in the key's environment.
    pub fn is_not_found(&self) -> bool {
        self.has_status(404)
    }

    /// 409: the object exists already, or is in a state that does not allow this.
    pub fn is_conflict(&self) -> bool {
        self.has_status(409)
    }

    /// 422: a field of the request is invalid; [`ApiError::errors`] says which.
    pub fn is_validation(&self) -> bool {
        self.has_status(422)
    }

    /// 429: too many requests; [`retry_after`](Self::retry_after) says how long to wait.
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(429)
    }

    /// 5xx: the server failed.
    pub fn is_server_error(&self) -> bool {
        self.api().is_some_and(|error| (500..600).contains(&error.status))
    }

    /// No response in time, in one attempt or in total.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// No connection could be made; the server has not seen the request.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }

    /// The failure may be temporary, so that the same call may succeed later: no connection or a
    /// lost one, a timeout, or one of the statuses listed at
    /// [`ClientBuilder::max_retries`](crate::ClientBuilder::max_retries).
    ///
    /// The client has already repeated the call where that is safe.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api(error) => retry_after::is_transient_status(error.status),
            Self::Network(error) => error.transport.is_transient(),
            _ => false,
        }
    }

    fn has_status(&self, status: u16) -> bool {
        self.api().is_some_and(|error| error.status == status)
    }

    pub(crate) fn builder(message: impl Into<String>) -> Self {
        Self::Builder(message.into())
    }
}

/// [`Error::Network`] without an operation, for a transport that the application creates or uses
/// itself. A failure to create one is of the kind [`Other`](TransportErrorKind::Other), so it does
/// not look like an outage: it is neither [transient](Error::is_transient) nor a timeout.
impl From<TransportError> for Error {
    fn from(transport: TransportError) -> Self {
        let operation = &Operation::NONE;
        Self::Network(Box::new(NetworkError { transport, operation, attempts: 0 }))
    }
}

/// [`Error::Decode`] without an operation, for JSON that the application reads or writes itself.
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Decode(Box::new(error.into()))
    }
}

impl From<ParseTimestampError> for Error {
    fn from(error: ParseTimestampError) -> Self {
        Self::Builder(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Network(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Builder(message) => write!(f, "invalid request: {message}"),
            Self::Webhook(message)
            | Self::Session(message)
            | Self::Jwt(message)
            | Self::VaultCrypto(message)
            | Self::Crypto(message) => f.write_str(message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            // The transport's own text is part of `Display`; its cause comes next.
            Self::Network(error) => error.transport.source(),
            _ => None,
        }
    }
}

/// A request that got no complete response.
#[derive(Debug)]
#[non_exhaustive]
pub struct NetworkError {
    /// What the transport reported for the last attempt. Its fields are also reached directly, as
    /// in `error.kind`.
    pub transport: TransportError,
    /// The SDK method; it prints as `organizations.get_organization`. Its fields are empty when the
    /// transport was not used by a call.
    pub operation: &'static Operation,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl std::ops::Deref for NetworkError {
    type Target = TransportError;

    fn deref(&self) -> &TransportError {
        &self.transport
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.transport.to_string();
        let advice = match self.transport.kind {
            TransportErrorKind::Connect => "check the network and base_url",
            // rustls's name for an authority that is not among the roots.
            TransportErrorKind::Tls if said.contains("UnknownIssuer") => {
                "if its certificate authority is your own, add it with transport::Tls"
            }
            TransportErrorKind::Tls => "check the system time, base_url and any proxy in between",
            _ => "",
        };
        if !self.operation.is_none() {
            write!(f, "{}: ", self.operation)?;
        }
        f.write_str(&sentences([&said, advice]))?;
        write_trailer(f, None, self.attempts)
    }
}

fn write_trailer(
    f: &mut fmt::Formatter<'_>,
    request_id: Option<&str>,
    attempts: u32,
) -> fmt::Result {
    if attempts > 1 {
        write!(f, " (after {attempts} attempts)")?;
    }
    request_id.map_or(Ok(()), |id| write!(f, " [request id {}]", shortened(id)))
}

/// Joins texts into one, whatever punctuation they end with: some come from outside.
pub(crate) fn sentences<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        // A semicolon replaces these; other marks carry meaning and stay.
        all.truncate(all.trim_end_matches(['.', ':', ';', ',', ' ']).len());
        if !all.is_empty() {
            all.push_str(if all.ends_with(['?', '!', '…']) { " " } else { "; " });
        }
        all.push_str(text);
    }
    all
}

const SHOWN_CHARS: usize = 300;

/// Text from outside, on one line and cut to a readable length.
pub(crate) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().map(printable).take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_are_joined_by_one_mark() {
        for (texts, joined) in [
            (&["a", "b"][..], "a; b"),
            (
                &["Validation failed.", "name is required.", "look"],
                "Validation failed; name is required; look",
            ),
            (&["Is it invalid?", "check"], "Is it invalid? check"),
            (&["Stop!", "check"], "Stop! check"),
            (&["cut off…", "check"], "cut off… check"),
            (&["Wait...", "check"], "Wait; check"),
            (&["Try:", " check "], "Try; check"),
            (&["What?.", "check"], "What? check"),
            (&["", "a.", " "], "a."),
            (&[".", "a"], "a"),
            (&[], ""),
        ] {
            assert_eq!(sentences(texts.iter().copied()), joined, "{texts:?}");
        }
    }

    #[test]
    fn advice_follows_what_a_transport_said_however_that_ends() {
        let shown = |said: &str| {
            let transport = TransportError::connect(said.to_owned());
            NetworkError { transport, operation: &Operation::CUSTOM, attempts: 2 }.to_string()
        };
        let advice = "check the network and base_url (after 2 attempts)";
        let start = format!("{}: could not connect: refused", Operation::CUSTOM);
        assert_eq!(shown("refused"), format!("{start}; {advice}"));
        assert_eq!(shown("refused."), format!("{start}; {advice}"));
        assert_eq!(shown("refused?"), format!("{start}? {advice}"));
    }

    /// Marks that must not meet, as they did where texts of others were joined.
    pub(super) const DOUBLE: [&str; 9] = [".;", "?;", "!;", "…;", ":;", ",;", "; ;", ";;", ".."];

    pub(super) fn ending() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", ".", "?", "!", ":", "…", ";", ",", ". ", "?.", " ;", "..."])
    }

    proptest! {
        #[test]
        fn no_two_marks_meet_between_sentences(
            texts in prop::collection::vec(("[a-z]{1,5}( [a-z]{1,5})?", ending()), 0..5),
        ) {
            let texts: Vec<_> = texts.iter().map(|(text, end)| format!("{text}{end}")).collect();
            let all = sentences(texts.iter().map(String::as_str).chain(["end"]));
            prop_assert!(!DOUBLE.iter().any(|double| all.contains(double)), "{all}");
            prop_assert_eq!(all.split(' ').next_back(), Some("end"));
        }
    }
}
