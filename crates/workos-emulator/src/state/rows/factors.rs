//! Second factors, and the challenges that wait for their codes.

use serde::{Deserialize, Serialize};
use workos::{AuthenticationChallenge, AuthenticationFactor, SecretString, Timestamp};

/// A factor, as all but the enrollment show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFactor {
    pub(crate) id: String,
    pub(crate) factor: AuthenticationFactor,
    /// The Base32 secret of an authenticator app.
    pub(crate) secret: Option<SecretString>,
    /// The step of the last code of an authenticator app that was accepted.
    pub(crate) used_step: Option<u64>,
}

/// A challenge of a factor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredChallenge {
    pub(crate) id: String,
    pub(crate) challenge: AuthenticationChallenge,
    /// The code; `None` for an authenticator app, which knows it.
    pub(crate) code: Option<SecretString>,
    pub(crate) wrong_codes: u32,
    pub(crate) is_verified: bool,
}

/// A code that was sent to the phone of a user whose sign-in Radar challenged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SmsVerification {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) pending_authentication_token: SecretString,
    pub(crate) code: SecretString,
    pub(crate) expires_at: Timestamp,
}

/// A challenge of Radar that was met, under its ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MetChallenge {
    pub(crate) id: String,
}

/// Asks a user for a code by text message at the next sign-in, under the user's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SmsDemand {
    pub(crate) id: String,
}
