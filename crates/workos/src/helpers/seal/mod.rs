//! Sealing: values encrypted and authenticated with a password, for cookies.
//!
//! [`unseal`] opens what any of the WorkOS SDKs has sealed, and detects the layout; [`seal`] writes
//! the layout of the [`SealKeys`], by default that of Node and AuthKit. So an application can share
//! its cookies with one in another language, or replace it.
//!
//! ```
//! use workos::Timestamp;
//! use workos::helpers::seal::{SealKeys, seal, unseal};
//!
//! // The new password seals; the old one still opens what it sealed.
//! let keys = SealKeys::new("a new password of 32 characters!")?
//!     .or("the password that was in use before")?;
//! let cookie = seal(&["some", "value"], &keys)?;
//! let value: Vec<String> = unseal(cookie.expose(), &keys, Timestamp::now())?;
//! assert_eq!(value, ["some", "value"]);
//! # Ok::<(), workos::helpers::seal::SealError>(())
//! ```

mod cookie;
mod fernet;
mod gcm;
mod iron;
mod keys;
mod secretbox;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(super) use self::cookie::MAX_CHUNKS;
pub use self::cookie::{COOKIE_LIMIT, join_cookie, split_cookie};
pub use self::keys::{Layout, SealKeys};
use crate::crypto::SecretBytes;
use crate::{SecretString, Timestamp, json};

/// Seals a value, as JSON, with the first password. The seal does not expire.
///
/// # Errors
///
/// [`SealError::Payload`] when the value cannot be JSON; [`SealError::Configuration`] when the
/// system's random number generator fails.
pub fn seal<T: Serialize + ?Sized>(value: &T, keys: &SealKeys) -> Result<SecretString, SealError> {
    write(value, keys, None)
}

/// Seals a value that [`unseal`] rejects after `expires`, with a tolerance of one minute.
///
/// # Errors
///
/// As [`seal`]; and [`SealError::Configuration`] when the layout is not [`Layout::Iron`], the only
/// one that can expire.
pub fn seal_until<T: Serialize + ?Sized>(
    value: &T,
    keys: &SealKeys,
    expires: Timestamp,
) -> Result<SecretString, SealError> {
    write(value, keys, Some(expires))
}

/// Opens what [`seal`] or another SDK has sealed, with any of the passwords.
///
/// `now` decides whether a seal has expired, with a tolerance of one minute; most never expire.
///
/// # Errors
///
/// [`SealError::Invalid`] for text that is not a seal, was changed, or was sealed with another
/// password; [`SealError::Expired`]; [`SealError::Payload`] when it does not contain a `T`;
/// [`SealError::Configuration`] when none of the passwords fits its layout.
pub fn unseal<T: DeserializeOwned>(
    sealed: &str,
    keys: &SealKeys,
    now: Timestamp,
) -> Result<T, SealError> {
    let json = open(sealed, keys, now)?;
    let json = std::str::from_utf8(&json).map_err(|_| SealError::Payload)?;
    let is_legacy = iron::has_legacy_version(sealed);
    let value = json::read(json, |json| {
        let data = if is_legacy { persistent(json) } else { None };
        serde_json::from_str(data.unwrap_or(json))
    });
    value.map_err(|_| SealError::Payload)
}

/// The wrapper of the data in version 1. The seal does not cover the version, so anyone can change
/// it: an object that has other members as well is data itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Legacy<'a> {
    #[serde(borrow)]
    persistent: &'a RawValue,
}

fn persistent(json: &str) -> Option<&str> {
    // serde also reads a list as a struct.
    let object = Some(json).filter(|json| json.trim_ascii_start().starts_with('{'))?;
    let data: Legacy<'_> = serde_json::from_str(object).ok()?;
    Some(data.persistent.get())
}

/// As much as fits into a cookie: a buffer that grows leaves its contents behind, unwiped.
const JSON_CAPACITY: usize = 4096;

fn write<T: Serialize + ?Sized>(
    value: &T,
    keys: &SealKeys,
    expires: Option<Timestamp>,
) -> Result<SecretString, SealError> {
    if expires.is_some() && keys.layout() != Layout::Iron {
        return Err(SealError::configuration("only seals of Layout::Iron can expire"));
    }
    let mut json = Vec::with_capacity(JSON_CAPACITY);
    let written = serde_json::to_writer(&mut json, value);
    let json = SecretBytes::new(json);
    written.map_err(|_| SealError::Payload)?;
    let password = keys.first();
    let sealed = match keys.layout() {
        Layout::Iron => iron::seal(&json, password, expires),
        Layout::Fernet => fernet::seal(&json, password),
        Layout::AesGcm => gcm::seal(&json, password),
        Layout::RubyV7 => gcm::seal_v7(&json, password),
        Layout::RubyV6 => gcm::seal_v6(&json, password),
        Layout::Secretbox => secretbox::seal(&json, password),
    };
    sealed.map(SecretString::from)
}

/// Opens one layout with one password: `Ok(None)` if password and seal do not match.
type Open<'a> = &'a dyn Fn(&str) -> Result<Option<SecretBytes>, SealError>;

fn open(sealed: &str, keys: &SealKeys, now: Timestamp) -> Result<SecretBytes, SealError> {
    if sealed.starts_with("Fe26.") {
        let seal = iron::Seal::parse(sealed).ok_or(SealError::Invalid)?;
        return first_that_opens(keys, &[Layout::Iron], &|password| seal.open(password, now));
    }
    if sealed.starts_with("gAAAAA") {
        let token = fernet::parse(sealed).ok_or(SealError::Invalid)?;
        return first_that_opens(keys, &[Layout::Fernet], &|key| Ok(fernet::open(&token, key)));
    }
    let bytes = crate::encoding::base64_decode(sealed).ok_or(SealError::Invalid)?;
    // Only the tag distinguishes these.
    let layouts = [Layout::AesGcm, Layout::RubyV7, Layout::RubyV6, Layout::Secretbox];
    first_that_opens(keys, &layouts, &|password| {
        let opened = gcm::open(&bytes, password)
            .or_else(|| gcm::open_v7(&bytes, password))
            .or_else(|| gcm::open_v6(&bytes, password));
        Ok(opened.or_else(|| secretbox::open(&bytes, password)))
    })
}

/// Tries the passwords that fit one of the layouts.
fn first_that_opens(
    keys: &SealKeys,
    layouts: &[Layout],
    open: Open<'_>,
) -> Result<SecretBytes, SealError> {
    let mut unfit = None;
    let mut tried = false;
    for password in keys.all() {
        if !layouts.iter().any(|layout| layout.opens_with(password)) {
            unfit = layouts.first();
            continue;
        }
        tried = true;
        if let Some(opened) = open(password)? {
            return Ok(opened);
        }
    }
    match unfit {
        Some(layout) if !tried => Err(layout.misfit()),
        _ => Err(SealError::Invalid),
    }
}

/// Why a value could not be sealed or opened. It shows neither passwords nor contents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The passwords are not suitable; the text says what to change.
    Configuration(String),
    /// Not a seal, one that was changed, or one made with another password.
    Invalid,
    /// Authentic, but expired.
    Expired,
    /// Authentic, but not the expected content. When sealing: the value cannot be JSON.
    Payload,
    /// Some chunks of a cookie are missing or do not belong together.
    Chunks,
}

impl SealError {
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration(message.into())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(message) => f.write_str(message),
            Self::Invalid => f.write_str("the seal is broken or was made with another password"),
            Self::Expired => f.write_str("the seal has expired"),
            Self::Payload => f.write_str("the sealed value is not what was expected"),
            Self::Chunks => {
                f.write_str("chunks of the cookie are missing or do not belong together")
            }
        }
    }
}

impl std::error::Error for SealError {}

/// Random bytes, or the reason why there are none.
fn random<const N: usize>() -> Result<[u8; N], SealError> {
    crate::crypto::random().map_err(|error| SealError::configuration(error.to_string()))
}
