//! AuthKit actions: WorkOS asks whether a user may sign in or sign up, and expects a signed
//! response.
//!
//! The request is signed like a [webhook](crate::helpers::webhooks), and may be at most 30 seconds
//! old. The response is JSON, signed with the same secret:
//!
//! ```
//! use workos::helpers::actions::{
//!     ActionContext, ActionError, ActionType, ActionVerdict, ActionsHelper,
//! };
//!
//! fn respond(signature: &str, body: &[u8], secret: &str) -> Result<String, ActionError> {
//!     let actions = ActionsHelper::new();
//!     let (kind, email) = match actions.construct_action(body, signature, secret)? {
//!         ActionContext::Authentication(context) => {
//!             (ActionType::Authentication, context.user.email)
//!         }
//!         ActionContext::UserRegistration(context) => {
//!             (ActionType::UserRegistration, context.user_data.email)
//!         }
//!         _ => return Ok(String::new()),
//!     };
//!     let response = if email.ends_with("@example.com") {
//!         actions.sign_response(kind, ActionVerdict::Allow, "", secret)?
//!     } else {
//!         actions.sign_response(kind, ActionVerdict::Deny, "Not from here", secret)?
//!     };
//!     Ok(response.to_json())
//! }
//! # assert!(respond("", b"{}", "secret").is_err());
//! ```

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::webhooks::{self, Clock, WebhookError};
use crate::encoding::hex_encode;
use crate::user_management::{AuthenticateResponseAuthenticationMethod, Invitation, User};
use crate::{Organization, OrganizationMembership, Timestamp};

/// How old a request may be, and how far in the future, by default. Change it with
/// [`with_tolerance`](ActionsHelper::with_tolerance).
pub const DEFAULT_ACTION_TOLERANCE: Duration = Duration::from_secs(30);

/// Verifies the requests of actions and signs the responses. Line breaks at the end of a secret, as
/// in a file, are ignored.
#[derive(Clone)]
pub struct ActionsHelper {
    tolerance: Duration,
    clock: Clock,
}

impl ActionsHelper {
    /// A helper with a tolerance of 30 seconds and the system clock.
    pub fn new() -> Self {
        Self { tolerance: DEFAULT_ACTION_TOLERANCE, clock: webhooks::system_clock() }
    }

    /// How far the timestamp of a request may differ from the current time, in either direction.
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Replaces the system clock, for tests and for WebAssembly, which has none. The clock returns
    /// a [`Timestamp`] or a [`SystemTime`](std::time::SystemTime).
    pub fn with_clock<T: Into<Timestamp>>(
        mut self,
        read: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        self.clock = webhooks::clock(read);
        self
    }

    /// Verifies the timestamp and the signature of a request.
    ///
    /// # Errors
    ///
    /// [`ActionError::Signature`], also when the secret is empty.
    pub fn verify_header(
        &self,
        payload: impl AsRef<[u8]>,
        sig_header: &str,
        secret: impl AsRef<str>,
    ) -> Result<(), ActionError> {
        let key = webhooks::signing_key(secret.as_ref())?;
        webhooks::verify(&[key], self.tolerance, (self.clock)(), sig_header, payload.as_ref())?;
        Ok(())
    }

    /// Verifies the timestamp and the signature of a request, then parses its context.
    ///
    /// # Errors
    ///
    /// [`ActionError::Signature`], and [`ActionError::InvalidContext`].
    pub fn construct_action(
        &self,
        payload: impl AsRef<[u8]>,
        sig_header: &str,
        secret: impl AsRef<str>,
    ) -> Result<ActionContext, ActionError> {
        self.verify_header(payload.as_ref(), sig_header, secret)?;
        ActionContext::parse(payload)
    }

    /// Signs the response to a request. `error_message` is shown to the user, only when denying;
    /// empty means none.
    ///
    /// # Errors
    ///
    /// [`ActionError::Signature`] when the secret is empty.
    pub fn sign_response(
        &self,
        action: ActionType,
        verdict: ActionVerdict,
        error_message: &str,
        secret: impl AsRef<str>,
    ) -> Result<ActionSignedResponse, ActionError> {
        let key = webhooks::signing_key(secret.as_ref())?;
        let timestamp = (self.clock)().as_millis();
        let explained = verdict == ActionVerdict::Deny && !error_message.is_empty();
        let error_message = explained.then(|| error_message.to_owned());
        let payload = ActionResponsePayload { timestamp, verdict, error_message };
        let code =
            key.sign(&[timestamp.to_string().as_bytes(), b".", to_json(&payload).as_bytes()]);
        Ok(ActionSignedResponse {
            object: action.response_object().to_owned(),
            payload,
            signature: hex_encode(&code),
        })
    }
}

impl Default for ActionsHelper {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ActionsHelper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionsHelper").field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}

/// Strings, numbers and structs of them can always be serialized.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The context of an action: what WorkOS asks about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ActionContext {
    /// A user signs in.
    Authentication(Box<AuthenticationActionContext>),
    /// A user signs up.
    UserRegistration(Box<UserRegistrationActionContext>),
    /// An action that this version of the crate does not know, as it was sent.
    Unknown(Value),
}

impl ActionContext {
    /// Parses the body of a request without verifying its signature.
    ///
    /// ```
    /// use workos::helpers::actions::ActionContext;
    ///
    /// let context = ActionContext::parse(r#"{
    ///     "object": "user_registration_action_context",
    ///     "id": "actctx_1",
    ///     "user_data": {"object": "user_data", "email": "ada@example.com", "first_name": null}
    /// }"#)?;
    /// let ActionContext::UserRegistration(context) = context else { unreachable!() };
    /// assert_eq!(context.user_data.first_name, None);
    /// # Ok::<(), workos::helpers::actions::ActionError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ActionError::InvalidContext`].
    pub fn parse(payload: impl AsRef<[u8]>) -> Result<Self, ActionError> {
        #[derive(Deserialize)]
        struct Kind {
            object: String,
        }

        let payload = payload.as_ref();
        let read = |payload| {
            let Kind { object } = webhooks::read_json(payload)?;
            Ok(match object.as_str() {
                "authentication_action_context" => {
                    Self::Authentication(webhooks::read_json(payload)?)
                }
                "user_registration_action_context" => {
                    Self::UserRegistration(webhooks::read_json(payload)?)
                }
                _ => Self::Unknown(webhooks::read_json(payload)?),
            })
        };
        read(payload).map_err(|place| ActionError::InvalidContext { place })
    }

    /// The user who signs in.
    pub fn user(&self) -> Option<&User> {
        if let Self::Authentication(context) = self { Some(&context.user) } else { None }
    }

    /// The data of the user who signs up.
    pub fn user_data(&self) -> Option<&ActionUserData> {
        if let Self::UserRegistration(context) = self { Some(&context.user_data) } else { None }
    }
}

/// The context of a sign-in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthenticationActionContext {
    /// Always `authentication_action_context`.
    pub object: String,
    /// The ID of this request.
    pub id: String,
    /// The user who signs in.
    pub user: User,
    /// The organization that the user signs in to.
    pub organization: Option<Organization>,
    /// The user's membership in it.
    pub organization_membership: Option<OrganizationMembership>,
    /// How the user signs in.
    pub authentication_method: Option<AuthenticateResponseAuthenticationMethod>,
    /// The IP address of the user.
    pub ip_address: Option<String>,
    /// The `User-Agent` of the user's browser.
    pub user_agent: Option<String>,
    /// A fingerprint of the user's device.
    pub device_fingerprint: Option<String>,
    /// Who issued the user's identity, if it is not WorkOS.
    pub issuer: Option<String>,
}

/// The context of a sign-up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserRegistrationActionContext {
    /// Always `user_registration_action_context`.
    pub object: String,
    /// The ID of this request.
    pub id: String,
    /// The data of the user so far.
    pub user_data: ActionUserData,
    /// The invitation that the user accepts.
    pub invitation: Option<Invitation>,
    /// How the user signs up.
    pub authentication_method: Option<AuthenticateResponseAuthenticationMethod>,
    /// The IP address of the user.
    pub ip_address: Option<String>,
    /// The `User-Agent` of the user's browser.
    pub user_agent: Option<String>,
    /// A fingerprint of the user's device.
    pub device_fingerprint: Option<String>,
    /// Who issued the user's identity, if it is not WorkOS.
    pub issuer: Option<String>,
}

/// A user who does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActionUserData {
    /// Always `user_data`.
    #[serde(default)]
    pub object: String,
    /// The email address.
    pub email: String,
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
}

/// Which action a response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionType {
    /// A user signs in.
    Authentication,
    /// A user signs up.
    UserRegistration,
}

impl ActionType {
    fn response_object(self) -> &'static str {
        match self {
            Self::Authentication => "authentication_action_response",
            Self::UserRegistration => "user_registration_action_response",
        }
    }
}

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ActionVerdict {
    /// The user may continue.
    Allow,
    /// The user may not continue.
    Deny,
}

/// A response, ready to be sent as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActionSignedResponse {
    /// The kind of response.
    pub object: String,
    /// The decision.
    pub payload: ActionResponsePayload,
    /// The HMAC-SHA256 of the payload, in hexadecimal digits.
    pub signature: String,
}

impl ActionSignedResponse {
    /// The body of the response. Send it as `application/json`.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

/// The signed part of a response. Its fields are signed in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActionResponsePayload {
    /// When it was signed, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// The decision.
    pub verdict: ActionVerdict,
    /// The message that is shown to the user when denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// Why a request was rejected or a response could not be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionError {
    /// The request failed verification, or the secret is empty.
    Signature(WebhookError),
    /// The request was verified, but its body is not a valid action context.
    InvalidContext {
        /// The field, such as `user.email` or `user.email, which is missing`, or line and column
        /// where the body is not JSON, or the byte where it is not UTF-8.
        place: String,
    },
}

impl From<WebhookError> for ActionError {
    fn from(error: WebhookError) -> Self {
        Self::Signature(error)
    }
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::InvalidContext { place } => {
                write!(f, "the body is not a valid action context, at {place}")
            }
        }
    }
}

impl std::error::Error for ActionError {}
