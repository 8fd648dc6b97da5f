//! Sign-ins that are under way, and what sessions have that the API does not show.

use serde::{Deserialize, Serialize};
use workos::user_management::{AuthenticateResponseAuthenticationMethod, Impersonator};
use workos::{OAuthTokens, SecretString, Timestamp};

use super::AuthorizationRequest;

/// How somebody signs in.
pub(crate) type Method = AuthenticateResponseAuthenticationMethod;

/// Who signs in to what, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) user_id: String,
    pub(crate) client_id: String,
    pub(crate) method: Method,
    /// The organization that is asked for or was chosen.
    pub(crate) organization_id: Option<String>,
    pub(crate) impersonator: Option<Impersonator>,
    pub(crate) oauth_tokens: Option<OAuthTokens>,
    pub(crate) ip_address: Option<String>,
    pub(crate) user_agent: Option<String>,
    /// Whether it shows that the email address is the user's.
    pub(crate) proves_address: bool,
    /// Whether Radar has nothing against it, or its challenge was met.
    pub(crate) is_trusted: bool,
    /// Whether a second factor was used.
    pub(crate) has_second_factor: bool,
    /// The invitation that is accepted when nothing else is left to do.
    #[serde(default)]
    pub(crate) invitation_token: Option<SecretString>,
}

impl SignIn {
    /// A sign-in of which nothing else is known yet. Every method but a password shows that the
    /// address is the user's.
    pub(crate) fn new(user_id: &str, client_id: &str, method: Method) -> Self {
        Self {
            user_id: user_id.to_owned(),
            client_id: client_id.to_owned(),
            proves_address: method != Method::Password,
            method,
            organization_id: None,
            impersonator: None,
            oauth_tokens: None,
            ip_address: None,
            user_agent: None,
            is_trusted: false,
            has_second_factor: false,
            invitation_token: None,
        }
    }

    /// The same, with every step done.
    pub(crate) fn complete(self) -> Self {
        Self { proves_address: true, is_trusted: true, has_second_factor: true, ..self }
    }
}

/// A sign-in that waits for its next step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    pub(crate) id: String,
    /// The fingerprint of the pending authentication token.
    pub(crate) token: String,
    pub(crate) sign_in: SignIn,
    pub(crate) expires_at: Timestamp,
}

/// What a redirect brings to the application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) id: String,
    /// The fingerprint of the code.
    pub(crate) code: String,
    pub(crate) client_id: String,
    /// Where the browser was sent with it.
    #[serde(default)]
    pub(crate) redirect_uri: String,
    /// The challenge of PKCE, if there was one.
    pub(crate) code_challenge: Option<String>,
    pub(crate) opens: Opens,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_used: bool,
}

/// A sign-in that waits for the user's email address. It has no user yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EmailCompletion {
    pub(crate) id: String,
    /// The fingerprint of the token that continues it.
    pub(crate) token: String,
    pub(crate) sign_in: SignIn,
    pub(crate) expires_at: Timestamp,
}

/// What an authorization code is exchanged for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Opens {
    /// A session. `session_id` is that of the first exchange: it ends if there is a second one.
    Session { sign_in: Box<SignIn>, session_id: Option<String> },
    /// A session, once the user has told the address that the provider did not.
    Nameless(Box<SignIn>),
    /// An SSO profile.
    Profile { id: String, oauth_tokens: Option<OAuthTokens> },
}

/// What a session has that the API does not show, under the session's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionFacts {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) method: Method,
}

/// A refresh token that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) id: String,
    /// The fingerprint of the token.
    pub(crate) token: String,
    pub(crate) session_id: String,
    pub(crate) exchanged: Option<Exchanged>,
}

/// When a refresh token was exchanged, and for which.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exchanged {
    pub(crate) at: Timestamp,
    pub(crate) successor: SecretString,
}

/// A device that waits for its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeviceAuthorization {
    pub(crate) id: String,
    /// The fingerprint of the device code.
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) expires_at: Timestamp,
    /// The seconds between polls; longer after one that came too early.
    pub(crate) interval_seconds: u64,
    pub(crate) polled_at: Option<Timestamp>,
    pub(crate) decision: Decision,
}

/// What a user says to a device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Decision {
    Open,
    Approved(Box<SignIn>),
    Denied,
    Used,
}

/// An access token for an SSO profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProfileToken {
    pub(crate) id: String,
    /// The fingerprint of the token.
    pub(crate) token: String,
    pub(crate) profile_id: String,
    pub(crate) expires_at: Timestamp,
}

/// A URL that signs a profile out of its identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogoutToken {
    pub(crate) id: String,
    /// The fingerprint of the token.
    pub(crate) token: String,
    pub(crate) profile_id: String,
    pub(crate) expires_at: Timestamp,
}

/// How often the signing keys were rotated. There is one row at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyRotation {
    pub(crate) id: String,
    pub(crate) rotations: usize,
}

impl AuthorizationCode {
    pub(in crate::state) fn profile_id(&self) -> Option<&str> {
        match &self.opens {
            Opens::Profile { id, .. } => Some(id),
            Opens::Session { .. } | Opens::Nameless(_) => None,
        }
    }

    pub(in crate::state) fn user_id(&self) -> Option<&str> {
        match &self.opens {
            Opens::Profile { .. } | Opens::Nameless(_) => None,
            Opens::Session { sign_in, .. } => Some(&sign_in.user_id),
        }
    }
}

impl DeviceAuthorization {
    pub(in crate::state) fn user_id(&self) -> Option<&str> {
        match &self.decision {
            Decision::Approved(sign_in) => Some(&sign_in.user_id),
            Decision::Open | Decision::Denied | Decision::Used => None,
        }
    }
}

/// A refresh token of an agent. It works once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentRefreshToken {
    pub(crate) id: String,
    /// The fingerprint of the token.
    pub(crate) token: String,
    pub(crate) session_id: String,
}

/// What the session of an agent has that the API does not show, under the session's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentTokenFacts {
    pub(crate) id: String,
    /// The session of the user for whom the agent acts.
    pub(crate) user_session_id: Option<String>,
}

/// A sign-in that an application completes for AuthKit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ExternalLogin {
    pub(crate) id: String,
    /// What the client asked for.
    pub(crate) request: AuthorizationRequest,
    /// Who signed in at the application.
    pub(crate) user_id: Option<String>,
    pub(crate) expires_at: Timestamp,
}
