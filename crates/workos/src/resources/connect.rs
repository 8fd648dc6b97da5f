//! Connect: applications that sign in with the users of yours.

use serde::{Deserialize, Serialize};

use crate::page::null_as_default;
use crate::{ObjectType, Timestamp};

/// An application that acts for users or organizations of yours, by OAuth or machine to machine.
///
/// Which of the optional fields are there follows from
/// [`application_type`](Self::application_type).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectApplication {
    /// Always `connect_application`.
    pub object: ObjectType,
    /// `conn_app_…`
    pub id: String,
    /// With what the application introduces itself in OAuth requests, `client_…`.
    pub client_id: String,
    /// What the application is for, in the words of whoever made it.
    pub description: Option<String>,
    /// The name shown to users.
    pub name: String,
    /// What the application may ask for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether users sign in to it, or it signs in by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ConnectApplicationType>,
    /// OAuth: where users may be sent back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<ConnectApplicationRedirectUri>>,
    /// OAuth: whether the application proves itself with PKCE instead of a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses_pkce: Option<bool>,
    /// OAuth: the web origins that may call the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_origins: Option<Vec<String>>,
    /// OAuth: whether the application is your own, so that users need not consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_first_party: Option<bool>,
    /// OAuth, third party: whether it registered itself (RFC 7591).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_dynamically_registered: Option<bool>,
    /// The organization it belongs to, unless it is first-party or registered itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
}

/// A place that users may be sent back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectApplicationRedirectUri {
    /// The exact URI.
    pub uri: String,
    /// Whether it is taken when a request names none.
    #[serde(default)]
    pub default: bool,
}

open_enum! {
    /// How a [`ConnectApplication`] signs in.
    pub enum ConnectApplicationType {
        /// Users sign in to it.
        OAuth = "oauth",
        /// It signs in by itself, with client credentials.
        M2M = "m2m",
    }
}
