//! What is emailed to sign in with or to choose a password.

use serde::{Deserialize, Serialize};
use workos::user_management::{MagicAuth, PasswordReset};

/// A Magic Auth code that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MagicCode {
    pub(crate) id: String,
    pub(crate) magic_auth: MagicAuth,
    /// The token of the invitation that is accepted by signing in with the code.
    pub(crate) invitation_token: Option<workos::SecretString>,
    pub(crate) is_used: bool,
    pub(crate) wrong_codes: u32,
}

/// A password reset that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SentReset {
    pub(crate) id: String,
    pub(crate) reset: PasswordReset,
    pub(crate) is_used: bool,
}
