//! AuthKit actions, verified and responded to.

use std::error::Error;
use std::fmt;

use axum::extract::{FromRef, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use workos::SecretString;
use workos::helpers::actions::{
    ActionContext, ActionError, ActionType, ActionVerdict, ActionsHelper,
};

use crate::signed::{self, BodyRejection};

/// Verifies actions with the secret of their endpoint, and signs the responses. Make one per endpoint,
/// and keep it in the router's state.
#[derive(Clone)]
pub struct ActionVerifier {
    helper: ActionsHelper,
    secret: SecretString,
}

impl ActionVerifier {
    /// A verifier with the endpoint's secret, from the dashboard. With an empty one, as from a variable
    /// that is not set, every request is refused with 500.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self { helper: ActionsHelper::new(), secret: secret.into() }
    }

    /// Replaces the helper, for a tolerance or a clock of your own.
    pub fn with_helper(self, helper: ActionsHelper) -> Self {
        Self { helper, ..self }
    }
}

impl fmt::Debug for ActionVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionVerifier").field("helper", &self.helper).finish_non_exhaustive()
    }
}

/// An action, once its signature is verified: an extractor. AuthKit asks whether somebody may sign in
/// or sign up, and waits for [`allow`](Self::allow) or [`deny`](Self::deny).
///
/// It takes the [`ActionVerifier`] from the router's state:
///
/// ```
/// use axum::{Router, response::Response, routing::post};
/// use workos_axum::{Action, ActionVerifier};
///
/// async fn decide(action: Action) -> Response {
///     match action.context.user_data() {
///         Some(new) if !new.email.ends_with("@example.com") => action.deny("For employees only."),
///         _ => action.allow(),
///     }
/// }
///
/// # fn app(secret: String) -> Router {
/// Router::new().route("/actions", post(decide)).with_state(ActionVerifier::new(secret))
/// # }
/// ```
///
/// If it gets no signed response in time, AuthKit does what the dashboard says for that case.
///
/// The body may have 1 MiB, or less by axum's
/// [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit), and 10 seconds to arrive. Its timestamp may be
/// 30 seconds old, or as old as the helper's [tolerance](ActionsHelper::with_tolerance).
#[derive(Debug, Clone)]
pub struct Action {
    /// What WorkOS asks about. Never [`ActionContext::Unknown`].
    pub context: ActionContext,
    kind: ActionType,
    verifier: ActionVerifier,
}

impl Action {
    /// The response that lets the user go on.
    pub fn allow(&self) -> Response {
        self.respond(ActionVerdict::Allow, "")
    }

    /// The response that stops the user, who sees the message. An empty one leaves the words to
    /// AuthKit.
    pub fn deny(&self, message: impl AsRef<str>) -> Response {
        self.respond(ActionVerdict::Deny, message.as_ref())
    }

    fn respond(&self, verdict: ActionVerdict, message: &str) -> Response {
        let ActionVerifier { helper, secret } = &self.verifier;
        match helper.sign_response(self.kind, verdict, message, secret.expose()) {
            Ok(signed) => ([(CONTENT_TYPE, "application/json")], signed.to_json()).into_response(),
            Err(error) => ActionRejection::Invalid(error).into_response(),
        }
    }
}

impl<S> FromRequest<S> for Action
where
    S: Send + Sync,
    ActionVerifier: FromRef<S>,
{
    type Rejection = ActionRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, ActionRejection> {
        let signature = signed::signature(request.headers()).map_err(ActionError::from)?;
        let body = signed::body(request).await?;
        let verifier = ActionVerifier::from_ref(state);
        let secret = verifier.secret.expose();
        let context = verifier.helper.construct_action(&body, &signature, secret)?;
        let kind = match &context {
            ActionContext::Authentication(_) => ActionType::Authentication,
            ActionContext::UserRegistration(_) => ActionType::UserRegistration,
            _ => return Err(ActionRejection::Unknown),
        };
        Ok(Self { context, kind, verifier })
    }
}

/// Why a request is not an action that can be responded to. The response is JSON with a `code` and a
/// `message`, which quotes neither body nor signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionRejection {
    /// The body could not be read.
    Body(BodyRejection),
    /// The signature is missing, wrong, or too old: 400 `invalid_signature`. Or the body is no context
    /// of an action: 400 `invalid_payload`. Or the verifier has no secret: 500 `misconfigured`.
    Invalid(ActionError),
    /// WorkOS asks about something that this version of the crate does not know: 501
    /// `unknown_action`.
    Unknown,
}

impl From<BodyRejection> for ActionRejection {
    fn from(rejection: BodyRejection) -> Self {
        Self::Body(rejection)
    }
}

impl From<ActionError> for ActionRejection {
    fn from(error: ActionError) -> Self {
        Self::Invalid(error)
    }
}

impl IntoResponse for ActionRejection {
    fn into_response(self) -> Response {
        match &self {
            Self::Body(rejection) => rejection.into_response(),
            Self::Invalid(ActionError::Signature(error)) => signed::unverified(error),
            Self::Invalid(_) => signed::refusal(StatusCode::BAD_REQUEST, "invalid_payload", &self),
            Self::Unknown => signed::refusal(StatusCode::NOT_IMPLEMENTED, "unknown_action", &self),
        }
    }
}

impl fmt::Display for ActionRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(rejection) => rejection.fmt(f),
            Self::Invalid(error) => error.fmt(f),
            Self::Unknown => f.write_str("this application does not know this kind of action"),
        }
    }
}

impl Error for ActionRejection {}
