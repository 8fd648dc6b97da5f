//! What a row of `operations!` becomes for tests, and what it is made with.

use crate::operation::Operation;

/// One operation, with what a test needs to exercise it without knowing its types.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// What the operation is called and where it goes.
    pub operation: Operation,
    /// Builds the request from plain data, through the operation's own method.
    #[cfg(feature = "contract")]
    pub build: fn(
        &crate::Client,
        &super::Input<'_>,
    ) -> Result<crate::transport::HttpRequest, crate::Error>,
    /// Decodes a response body into the operation's type and encodes that again.
    #[cfg(feature = "contract")]
    pub recode: fn(&str) -> Result<serde_json::Value, String>,
}
