//! Webhooks, verified.

use std::error::Error;
use std::fmt;

use axum::extract::{FromRef, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use workos::Event;
use workos::helpers::webhooks::{WebhookError, WebhookVerifier};

use crate::signed::{self, BodyRejection};

/// The event of a webhook, once its signature is verified: an extractor. It takes the
/// [`WebhookVerifier`] from the router's state.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use workos::EventData;
/// use workos::helpers::webhooks::{WebhookError, WebhookVerifier};
/// use workos_axum::Webhook;
///
/// async fn receive(Webhook(event): Webhook) -> StatusCode {
///     match event.data {
///         EventData::UserCreated(user) => println!("welcome, {}", user.email),
///         other => println!("{:?}", other.name()),
///     }
///     StatusCode::NO_CONTENT
/// }
///
/// # fn app(secret: String) -> Result<Router, WebhookError> {
/// let verifier = WebhookVerifier::try_new(secret)?;
/// let app = Router::new().route("/webhooks", post(receive)).with_state(verifier);
/// # Ok(app) }
/// ```
///
/// A state of your own implements `FromRef<AppState> for WebhookVerifier`.
///
/// Return a status from 200 to 299 as soon as you have stored the event, and work on it afterwards:
/// WorkOS waits for 5 seconds. It sends the webhook again after any other status, up to 12 times
/// within 3 days. So an event may come twice, or after a later one: remember its `id`, and compare
/// `created_at`. Return 500 if you could not store it.
///
/// The body may have 1 MiB, or less by axum's
/// [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit), and 10 seconds to arrive. Its timestamp may
/// be as old as the verifier's [tolerance](WebhookVerifier::with_tolerance).
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook(pub Event);

impl<S> FromRequest<S> for Webhook
where
    S: Send + Sync,
    WebhookVerifier: FromRef<S>,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let signature = signed::signature(request.headers())?;
        let body = signed::body(request).await?;
        let event = WebhookVerifier::from_ref(state).construct_event(&signature, &body)?;
        Ok(Self(event))
    }
}

/// Why a request is not a webhook of WorkOS. The response is JSON with a `code` and a `message`,
/// which quotes neither body nor signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// The body could not be read.
    Body(BodyRejection),
    /// The signature is missing, wrong, or too old: 400 `invalid_signature`. Or the body is no event:
    /// 400 `invalid_payload`. Or the verifier has no secret: 500 `misconfigured`.
    Invalid(WebhookError),
}

impl From<BodyRejection> for WebhookRejection {
    fn from(rejection: BodyRejection) -> Self {
        Self::Body(rejection)
    }
}

impl From<WebhookError> for WebhookRejection {
    fn from(error: WebhookError) -> Self {
        Self::Invalid(error)
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        match self {
            Self::Body(rejection) => rejection.into_response(),
            Self::Invalid(error) => signed::unverified(&error),
        }
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(rejection) => rejection.fmt(f),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl Error for WebhookRejection {}
