//! Links that sign in, or open the Admin Portal.

use serde::{Deserialize, Serialize};
use workos::passwordless::CreatePasswordlessSession;
use workos::{GenerateLink, PasswordlessSession, SecretString, Timestamp};

/// A Magic Link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(dead_code)] // the page behind the link reads the request
pub(crate) struct MagicLink {
    pub(crate) id: String,
    pub(crate) session: PasswordlessSession,
    pub(crate) request: CreatePasswordlessSession,
}

/// A link to the Admin Portal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PortalLink {
    pub(crate) id: String,
    pub(crate) link: SecretString,
    pub(crate) request: GenerateLink,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_used: bool,
}
