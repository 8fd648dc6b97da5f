//! Requests of applications to sign somebody in, and the pages that sign-ins are at.

// Only the pages create these rows.
#![cfg_attr(not(feature = "pages"), allow(dead_code))]

use serde::{Deserialize, Serialize};
use workos::{SecretString, Timestamp};

use super::SignIn;

/// A request of an application to sign somebody in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) code_challenge: Option<String>,
    /// `authkit`, or an OAuth provider.
    pub(crate) provider: Option<String>,
    pub(crate) connection_id: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) domain_hint: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) invitation_token: Option<SecretString>,
}

/// A sign-in on pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InteractiveSignIn {
    pub(crate) id: String,
    /// The fingerprint of the token in the cookie and the forms.
    pub(crate) token: String,
    pub(crate) request: AuthorizationRequest,
    pub(crate) goal: Goal,
    pub(crate) question: Question,
    pub(crate) expires_at: Timestamp,
}

/// What a sign-in on pages ends in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Goal {
    /// A code for a session.
    Session,
    /// A code for an SSO profile.
    Profile,
    /// A page that says that all is done: no application is known to go back to.
    Message,
    /// A decision about the device with this user code.
    Device { user_code: String },
}

/// What the next page asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Question {
    Email,
    SignUp,
    Password {
        email: String,
    },
    MagicCode {
        email: String,
    },
    /// An account at the identity provider of a connection.
    Account {
        connection_id: String,
    },
    /// An account at an OAuth provider.
    ProviderAccount {
        provider: String,
    },
    /// Nothing: a link to choose a new password was sent.
    ResetSent {
        email: String,
    },
    /// The new password of the user who got this link.
    NewPassword {
        reset_token: SecretString,
    },
    EmailVerification {
        pending: SecretString,
        email: String,
    },
    SecondFactor {
        pending: SecretString,
        challenge_id: String,
    },
    Organization {
        pending: SecretString,
        /// IDs and names.
        organizations: Vec<(String, String)>,
    },
    /// The code that Radar sent by email.
    RadarCode {
        pending: SecretString,
        challenge_id: String,
    },
    /// The phone number for a code of Radar.
    RadarPhone {
        pending: SecretString,
        user_id: String,
    },
    /// The code that Radar sent there.
    RadarText {
        pending: SecretString,
        phone_number: String,
        verification_id: String,
    },
    /// The code that a device shows.
    UserCode,
    /// Whether the device may sign in.
    Approval {
        sign_in: Box<SignIn>,
    },
}

impl InteractiveSignIn {
    pub(in crate::state) fn user_id(&self) -> Option<&str> {
        match &self.question {
            Question::Approval { sign_in } => Some(&sign_in.user_id),
            Question::RadarPhone { user_id, .. } => Some(user_id),
            _ => None,
        }
    }
}
