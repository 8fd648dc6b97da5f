//! What the official emulator keeps and the API does not have.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object of a route that is not part of the API, or fields of an object that are not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extra {
    /// The ID of the object.
    pub(crate) id: String,
    /// What it is, such as `pipe_connection`.
    pub(crate) kind: String,
    pub(crate) body: Value,
}
