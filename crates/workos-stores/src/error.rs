//! [`StoreError`]: what went wrong with a database.

use std::fmt;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use workos::helpers::events::{BoxError, BrokenTransaction};

/// Why a database could not be used.
///
/// The text never contains a password.
#[derive(Debug, Clone)]
pub struct StoreError {
    reason: String,
    /// Whether a handler is to blame: it has broken the transaction.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    is_broken: bool,
}

impl StoreError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            #[cfg(any(feature = "postgres", feature = "sqlite"))]
            is_broken: false,
        }
    }

    /// A transaction that its handler has broken.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self { is_broken: true, ..Self::new(reason) }
    }

    /// As a consumer tells them apart.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn boxed(self) -> BoxError {
        if self.is_broken { BrokenTransaction::new(self.reason).into() } else { self.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StoreError {}
