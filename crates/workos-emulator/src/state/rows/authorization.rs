//! Roles, permissions, resources, and who has which role on what.

use workos::Role;

/// A role of the environment or of one organization.
#[derive(Debug, Clone)]
pub(crate) struct StoredRole {
    pub(crate) id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) role: Role,
}
