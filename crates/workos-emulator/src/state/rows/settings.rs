//! Settings of the environment.

use workos::user_management::JWTTemplate;

/// The JWT template, the only row of its kind.
#[derive(Debug, Clone)]
pub(crate) struct StoredTemplate {
    pub(crate) id: String,
    pub(crate) template: JWTTemplate,
}
