//! What belongs to a user.

use serde::{Deserialize, Serialize};
use workos::{EmailVerification, SecretString, Timestamp, UserIdentity};

use crate::passwords::PasswordHash;

/// What a user signs in with, under the user's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredPassword {
    pub(crate) id: String,
    pub(crate) hash: PasswordHash,
}

/// An email change that waits for its code, under the user's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingEmailChange {
    pub(crate) id: String,
    pub(crate) new_email: String,
    pub(crate) code: SecretString,
    pub(crate) expires_at: Timestamp,
    pub(crate) wrong_codes: u32,
    pub(crate) is_used: bool,
}

/// A code that was sent to verify an email address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Verification {
    pub(crate) id: String,
    pub(crate) verification: EmailVerification,
    pub(crate) is_used: bool,
    pub(crate) wrong_codes: u32,
}

/// An account of a user at an identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) identity: UserIdentity,
}

/// What only a sign-in shows of a user, an organization or an application, under its ID.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SignInFacts {
    pub(crate) id: String,
    /// Who signs in as the user, and why.
    pub(crate) impersonator: Option<(String, Option<String>)>,
    /// The entitlements of the organization.
    pub(crate) entitlements: Vec<String>,
    /// The audience of the application's tokens.
    pub(crate) audience: Option<String>,
}
