//! The paths of requests: parameters are encoded, so that none of them can address something else.

use std::cell::Cell;
use std::fmt;

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::Error;
use crate::query::RESERVED;

/// The path parameters of a request; keeps the error of the first invalid one.
#[derive(Default)]
pub(crate) struct Segments(Cell<Option<Error>>);

impl Segments {
    /// The error of the first invalid parameter.
    pub(super) fn problem(self) -> Option<Error> {
        self.0.into_inner()
    }

    pub(crate) fn encode<'a>(&self, name: &str, value: &'a str) -> Segment<'a> {
        segment(name, value).unwrap_or_else(|error| {
            let first = self.0.take().unwrap_or(error);
            self.0.set(Some(first));
            Segment::Plain("")
        })
    }
}

/// A path parameter, percent-encoded, so that it stays one segment whatever it holds.
///
/// # Errors
///
/// Empty values and `.` and `..` (also encoded, as `%2e`), which would address something else.
pub(crate) fn segment<'a>(name: &str, value: &'a str) -> Result<Segment<'a>, Error> {
    let value = not_empty(name, value)?;
    // IDs, which nearly all parameters are, have nothing to encode. Checking all bytes is faster
    // than stopping at the first that needs encoding.
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

/// Displays a path parameter as it is written into the path.
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
    // The characters of a dot that was encoded any number of times.
    value.bytes().all(|byte| b".%25eE".contains(&byte))
        && decodings(value).any(|text| text == "." || text == "..")
}

/// A text, and what repeated decoding by careless proxies makes of it.
fn decodings(text: &str) -> impl Iterator<Item = String> {
    let decoded = |text: &String| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    std::iter::successors(Some(text.to_owned()), decoded).take(4)
}

/// Checks the path of [`Client::request`](crate::Client::request), which is sent as it is.
pub(crate) fn check_custom_path(path: &str) -> Result<(), Error> {
    let refuse = |reason| Err(Error::builder(format!("path: {reason}")));
    if !path.starts_with('/') {
        return refuse("expected a path that starts with `/`, such as /organizations");
    }
    if path.contains(['?', '#']) {
        return refuse("set the query with Call::query; a fragment is never sent");
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

/// Percent-encodes one segment of a path for [`Client::request`](crate::Client::request).
///
/// ```
/// assert_eq!(workos::path_segment("a/b c"), "a%2Fb%20c");
/// ```
pub fn path_segment(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// The value of a required parameter.
pub(crate) fn not_empty<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::builder(format!("{name}: must not be empty")));
    }
    Ok(value)
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
