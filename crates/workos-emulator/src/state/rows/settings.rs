//! Settings of the environment.

use serde::{Deserialize, Serialize};
use workos::user_management::JWTTemplate;

/// The JWT template, the only row of its kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredTemplate {
    pub(crate) id: String,
    pub(crate) template: JWTTemplate,
}
