//! Webhooks: verifying their signatures and parsing their events.
//!
//! WorkOS signs every webhook with the endpoint's secret. The header `WorkOS-Signature` contains a
//! timestamp and a signature, `t=1772366400000, v1=5257a8…`; the signature is the HMAC-SHA256 of
//! the timestamp, a dot and the body, byte for byte as it arrived. So pass on the body before
//! anything parses it:
//!
//! ```
//! use workos::helpers::webhooks::{WebhookError, WebhookVerifier};
//! use workos::{Event, EventData};
//!
//! fn receive(signature: &str, body: &[u8], secret: &str) -> Result<Event, WebhookError> {
//!     let verifier = WebhookVerifier::new(secret);
//!     let event = verifier.construct_event(signature, body)?;
//!     if let EventData::UserCreated(user) = &event.data {
//!         println!("welcome, {}", user.email);
//!     }
//!     Ok(event)
//! }
//!
//! let unsigned = receive("", b"{}", "whsec_1");
//! assert_eq!(unsigned, Err(WebhookError::NotSigned));
//! ```

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, iter};

use memchr::memchr;
use serde::de::DeserializeOwned;

use crate::crypto::HmacKey;
use crate::encoding::{hex_decode, hex_encode};
use crate::error::{Misfit, explain, shortened};
use crate::secret::line;
use crate::{Error, Event, SecretString, Timestamp, json};

/// How old a webhook may be, and how far in the future, by default. Change it with
/// [`with_tolerance`](WebhookVerifier::with_tolerance).
pub const DEFAULT_WEBHOOK_TOLERANCE: Duration = Duration::from_secs(180);

pub(super) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub(super) fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

pub(super) fn clock<T: Into<Timestamp>>(read: impl Fn() -> T + Send + Sync + 'static) -> Clock {
    Arc::new(move || read().into())
}

/// Verifies that webhooks come from WorkOS, and that they were neither changed nor replayed.
///
/// Create one and keep it; it can be shared between threads.
#[derive(Clone)]
pub struct WebhookVerifier {
    /// `None` once a secret was empty: then nothing is accepted.
    keys: Option<Vec<HmacKey>>,
    tolerance: Duration,
    clock: Clock,
}

impl WebhookVerifier {
    /// A verifier with the endpoint's secret, from the dashboard. Line breaks at its end, as in a
    /// file, are ignored.
    ///
    /// With an empty secret, as from a variable that is not set, nothing is accepted: every check
    /// fails with [`WebhookError::EmptySecret`]. [`try_new`](Self::try_new) fails at once.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        let (tolerance, clock) = (DEFAULT_WEBHOOK_TOLERANCE, system_clock());
        Self { keys: Some(Vec::new()), tolerance, clock }.with_secret(secret)
    }

    /// As [`new`](Self::new), for the start of a program.
    ///
    /// ```
    /// use workos::helpers::webhooks::{WebhookError, WebhookVerifier};
    ///
    /// assert_eq!(WebhookVerifier::try_new("").unwrap_err(), WebhookError::EmptySecret);
    /// ```
    ///
    /// # Errors
    ///
    /// [`WebhookError::EmptySecret`].
    pub fn try_new(secret: impl Into<SecretString>) -> Result<Self, WebhookError> {
        Self::new(secret).checked()
    }

    /// Also accepts what this secret signed: the previous or the next one, while an endpoint's
    /// secret is being replaced. If it is empty, nothing is accepted, as in
    /// [`new`](Self::new).
    ///
    /// ```
    /// # use workos::helpers::webhooks::WebhookVerifier;
    /// let verifier = WebhookVerifier::new("whsec_new").with_secret("whsec_old");
    /// ```
    pub fn with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        let key = signing_key(secret.into().expose()).ok();
        self.keys = self.keys.zip(key).map(|(mut keys, key)| {
            keys.push(key);
            keys
        });
        self
    }

    /// As [`with_secret`](Self::with_secret), for the start of a program.
    ///
    /// # Errors
    ///
    /// [`WebhookError::EmptySecret`].
    pub fn try_with_secret(self, secret: impl Into<SecretString>) -> Result<Self, WebhookError> {
        self.with_secret(secret).checked()
    }

    fn checked(self) -> Result<Self, WebhookError> {
        self.keys()?;
        Ok(self)
    }

    fn keys(&self) -> Result<&[HmacKey], WebhookError> {
        self.keys.as_deref().ok_or(WebhookError::EmptySecret)
    }

    /// How far the timestamp of a webhook may differ from the current time, in either direction;
    /// 180 seconds by default. Anyone who captures a webhook can replay it for that long.
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Replaces the system clock, for tests and for WebAssembly, which has none. The clock returns
    /// a [`Timestamp`] or a [`SystemTime`](std::time::SystemTime).
    pub fn with_clock<T: Into<Timestamp>>(
        mut self,
        read: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        self.clock = clock(read);
        self
    }

    /// Verifies the timestamp and the signature, and returns the body without copying it.
    ///
    /// ```
    /// # use workos::Timestamp;
    /// # use workos::helpers::webhooks::{WebhookError, WebhookVerifier, compute_webhook_signature};
    /// # fn main() -> Result<(), WebhookError> {
    /// let signature = compute_webhook_signature("whsec_1", "1772366400000", "{}");
    /// let header = format!("t=1772366400000, v1={signature}");
    ///
    /// let verifier = WebhookVerifier::new("whsec_1")
    ///     .with_clock(|| Timestamp::from_millis(1_772_366_400_500));
    /// assert_eq!(verifier.verify_payload(&header, "{}")?, "{}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`WebhookError`] except [`InvalidPayload`](WebhookError::InvalidPayload).
    pub fn verify_payload<B: AsRef<[u8]>>(
        &self,
        sig_header: &str,
        body: B,
    ) -> Result<B, WebhookError> {
        self.verify_header(sig_header, body.as_ref())?;
        Ok(body)
    }

    /// Verifies the timestamp and the signature.
    ///
    /// # Errors
    ///
    /// As [`verify_payload`](Self::verify_payload).
    pub fn verify_header(
        &self,
        sig_header: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<(), WebhookError> {
        verify(self.keys()?, self.tolerance, (self.clock)(), sig_header, body.as_ref())
    }

    /// Verifies the timestamp and the signature, then parses the event.
    ///
    /// # Errors
    ///
    /// As [`verify_payload`](Self::verify_payload), and [`WebhookError::InvalidPayload`].
    pub fn construct_event(
        &self,
        sig_header: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<Event, WebhookError> {
        self.verify_header(sig_header, body.as_ref())?;
        parse_event(body)
    }
}

impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookVerifier")
            .field("secrets", &self.keys.as_ref().map_or(0, Vec::len))
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// Parses the event in a webhook's body without verifying it: for bodies that were verified before,
/// such as those from a queue.
///
/// # Errors
///
/// [`WebhookError::InvalidPayload`].
pub fn parse_event(body: impl AsRef<[u8]>) -> Result<Event, WebhookError> {
    read_json(body.as_ref()).map_err(|place| WebhookError::InvalidPayload { place })
}

/// The signature of a body: the `v1` that goes with `t=<timestamp>` in the header. For tests, which
/// have to sign what they send. Line breaks at the end of the secret are ignored.
///
/// ```
/// use workos::helpers::webhooks::compute_webhook_signature;
///
/// let signature = compute_webhook_signature("whsec_1", "1772366400000", r#"{"id":"event_1"}"#);
/// assert_eq!(signature.len(), 64);
/// ```
pub fn compute_webhook_signature(
    secret: impl AsRef<str>,
    timestamp: impl AsRef<str>,
    body: impl AsRef<[u8]>,
) -> String {
    let key = HmacKey::new(line(secret.as_ref()).as_bytes());
    hex_encode(&key.sign(&[timestamp.as_ref().as_bytes(), b".", body.as_ref()]))
}

/// A parsed `WorkOS-Signature` header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureHeader<'a> {
    /// The text of `t`: milliseconds since the Unix epoch, if it is a number.
    pub timestamp: &'a str,
    signature: &'a str,
    /// Separate, so that the usual single signature needs no allocation.
    others: Vec<&'a str>,
}

impl<'a> SignatureHeader<'a> {
    /// Parses a `WorkOS-Signature` header. Only its form is checked.
    ///
    /// The components may be in any order, with any white space around them. Components other than
    /// `t` and `v1` are ignored: they belong to a future scheme.
    ///
    /// ```
    /// use workos::helpers::webhooks::SignatureHeader;
    ///
    /// let header = SignatureHeader::parse("t=1772366400000, v1=5257a8, v1=9f86d0")?;
    /// assert_eq!(header.timestamp, "1772366400000");
    /// assert!(header.signatures().eq(["5257a8", "9f86d0"]));
    /// # Ok::<(), workos::helpers::webhooks::WebhookError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WebhookError::NotSigned`] when the header is empty; [`WebhookError::InvalidHeader`] when a
    /// component is not `name=value`, when there is not exactly one `t`, when there is no `v1`, and
    /// when one of them is empty.
    pub fn parse(header: &'a str) -> Result<Self, WebhookError> {
        let no_pair = || match header.trim() {
            "" => WebhookError::NotSigned,
            _ => WebhookError::InvalidHeader,
        };
        let (mut timestamp, mut signature, mut others) = (None, None, Vec::new());
        for component in components(header) {
            // A set of characters is searched byte by byte. Names are too short for the search by
            // words that a single character gets.
            let (name, value) = component.split_once(['=']).ok_or_else(no_pair)?;
            let value = trim(value);
            match trim(name).as_bytes() {
                b"t" | b"v1" if value.is_empty() => return Err(WebhookError::InvalidHeader),
                b"t" if timestamp.is_some() => return Err(WebhookError::InvalidHeader),
                b"t" => timestamp = Some(value),
                b"v1" if signature.is_some() => others.push(value),
                b"v1" => signature = Some(value),
                _ => {}
            }
        }
        match (timestamp, signature) {
            (Some(timestamp), Some(signature)) => Ok(Self { timestamp, signature, others }),
            _ => Err(WebhookError::InvalidHeader),
        }
    }

    /// Every `v1`, at least one. There are several while WorkOS signs with two secrets; one of them
    /// has to be right.
    pub fn signatures(&self) -> impl Iterator<Item = &'a str> {
        iter::once(self.signature).chain(self.others.iter().copied())
    }
}

/// The timestamp and the last signature of a `WorkOS-Signature` header, as the official crate
/// returns them. [`SignatureHeader::parse`] copies nothing and has every signature.
///
/// ```
/// use workos::helpers::webhooks::parse_webhook_signature_header;
///
/// let (timestamp, signature) = parse_webhook_signature_header("t=1772366400000, v1=5257a8")?;
/// assert_eq!((&*timestamp, &*signature), ("1772366400000", "5257a8"));
/// # Ok::<(), workos::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Webhook`] as [`SignatureHeader::parse`].
pub fn parse_webhook_signature_header(header: &str) -> Result<(String, String), Error> {
    let SignatureHeader { timestamp, signature, others } = SignatureHeader::parse(header)?;
    let signature = others.last().copied().unwrap_or(signature);
    Ok((timestamp.to_owned(), signature.to_owned()))
}

/// The text between the commas, as by [`str::split`] but faster.
fn components(header: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(header);
    iter::from_fn(move || {
        let text = rest.take()?;
        let comma = memchr(b',', text.as_bytes());
        let Some((component, others)) = comma.and_then(|at| text.split_at_checked(at)) else {
            return Some(text);
        };
        rest = others.strip_prefix(',');
        Some(component)
    })
}

/// As [`str::trim`], but faster if there is at most the one space that WorkOS puts after a comma.
fn trim(text: &str) -> &str {
    let text = text.strip_prefix(' ').unwrap_or(text);
    let may_be_space = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_graphic());
    let bytes = text.as_bytes();
    if may_be_space(bytes.first()) || may_be_space(bytes.last()) { text.trim() } else { text }
}

pub(super) fn signing_key(secret: &str) -> Result<HmacKey, WebhookError> {
    match line(secret) {
        "" => Err(WebhookError::EmptySecret),
        secret => Ok(HmacKey::new(secret.as_bytes())),
    }
}

/// What webhooks and actions have in common.
pub(super) fn verify(
    keys: &[HmacKey],
    tolerance: Duration,
    now: Timestamp,
    header: &str,
    body: &[u8],
) -> Result<(), WebhookError> {
    let header = SignatureHeader::parse(header)?;
    let signed_at = parse_millis(header.timestamp).ok_or(WebhookError::InvalidTimestamp)?;
    let now = u64::try_from(now.as_millis()).unwrap_or(0);
    if u128::from(now.abs_diff(signed_at)) > tolerance.as_millis() {
        return Err(WebhookError::OutsideTolerance);
    }
    // One HMAC per secret, however many signatures an attacker puts into the header.
    let signed = keys.iter().any(|key| {
        let expected = key.sign(&[header.timestamp.as_bytes(), b".", body]);
        let mut codes = header.signatures().filter_map(hex_decode::<32>);
        codes.any(|code| crate::crypto::equal(&expected, &code))
    });
    if signed { Ok(()) } else { Err(WebhookError::NoValidSignature) }
}

/// Digits only; `u64::from_str` would accept a sign.
fn parse_millis(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// Parses JSON; the error is the place that does not fit. serde_json's own message would quote
/// values.
pub(super) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // `from_slice` would not validate the bytes of ignored members.
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("byte {}, which is not UTF-8", error.valid_up_to() + 1))?;
    json::from_str(text).map_err(|error| {
        let misfit = error.is_data().then(|| explain(&error, json::without_mark(text)));
        misfit.and_then(|misfit| place(&misfit)).unwrap_or_else(|| {
            let (line, column) = (error.line(), error.column());
            format!("line {line}, column {column}")
        })
    })
}

/// The field that is missing or does not fit; `None` for the whole body.
fn place(misfit: &Misfit) -> Option<String> {
    let path = shortened(&misfit.path);
    match misfit.missing_field().map(shortened) {
        Some(field) if path.is_empty() => Some(format!("{field}, which is missing")),
        Some(field) => Some(format!("{path}.{field}, which is missing")),
        None => (!path.is_empty()).then_some(path),
    }
}

/// Why a webhook failed verification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The header is empty.
    NotSigned,
    /// The header is not of the form `t=…, v1=…`.
    InvalidHeader,
    /// The timestamp in the header is not a number of milliseconds.
    InvalidTimestamp,
    /// The timestamp is too far in the past or in the future: a replayed request, or a wrong clock.
    OutsideTolerance,
    /// No signature matches: another secret, or a body that is not the signed one.
    NoValidSignature,
    /// The secret is empty, as from a variable that is not set, or contains only line breaks.
    EmptySecret,
    /// The request was verified, but its body is not a valid event.
    InvalidPayload {
        /// The field, such as `created_at` or `event, which is missing`, or line and column where
        /// the body is not JSON, or the byte where it is not UTF-8.
        place: String,
    },
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSigned => "the request is not signed: the header WorkOS-Signature is empty",
            Self::InvalidHeader => "the header WorkOS-Signature is not of the form `t=…, v1=…`",
            Self::InvalidTimestamp => {
                "the timestamp in the header WorkOS-Signature is not a number"
            }
            Self::OutsideTolerance => {
                "the timestamp in the header WorkOS-Signature is too far from the current time"
            }
            Self::NoValidSignature => {
                "no signature matches: check the secret, and that the body is the one received, \
                 byte for byte"
            }
            Self::EmptySecret => "the secret is empty; is the variable set?",
            Self::InvalidPayload { place } => {
                return write!(f, "the signed body is not a valid event, at {place}");
            }
        })
    }
}

impl std::error::Error for WebhookError {}
