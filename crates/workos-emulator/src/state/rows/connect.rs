//! WorkOS Connect: the secrets of applications, and who has authorized which.

use serde::{Deserialize, Serialize};
use workos::ConnectApplicationSecret;

/// A client secret of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClientSecret {
    pub(crate) id: String,
    pub(crate) application_id: String,
    /// The SHA-256 of the secret, in base64url: what a presented secret is looked up by.
    pub(crate) digest: String,
    /// As the API shows it, without the plaintext.
    pub(crate) secret: ConnectApplicationSecret,
}

/// An application that a user has authorized, possibly in an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) application_id: String,
    pub(crate) user_id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) granted_scopes: Vec<String>,
    /// The resource that tokens are issued for, if one was requested.
    pub(crate) oauth_resource: Option<String>,
}
