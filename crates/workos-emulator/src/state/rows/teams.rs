//! Teams that a platform creates.

use serde::{Deserialize, Serialize};
use workos::Team;

/// A team and its administrator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredTeam {
    pub(crate) id: String,
    pub(crate) admin_email: String,
    pub(crate) team: Team,
}
