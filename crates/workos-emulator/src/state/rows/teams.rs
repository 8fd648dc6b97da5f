//! Teams that a platform creates.

use workos::Team;

/// A team and its administrator.
#[derive(Debug, Clone)]
pub(crate) struct StoredTeam {
    pub(crate) id: String,
    pub(crate) admin_email: String,
    pub(crate) team: Team,
}
