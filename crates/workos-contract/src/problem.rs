//! [`Problem`]: what is wrong with a value.

use std::fmt;

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The field, such as `domain_data[1].state`; empty for the whole value.
    pub place: String,
    /// `required`, `invalid_type`, `invalid`, or `undocumented` for a field of an answer that no
    /// client knows.
    pub code: &'static str,
    /// A sentence that starts after the place, such as `must be a string.`
    pub message: String,
}

impl Problem {
    pub(crate) fn new(place: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { place: place.to_owned(), code, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{} {}", self.place, self.message)
        }
    }
}
