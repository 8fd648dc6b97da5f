//! What a request gets that is not served.

use std::fmt;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::pages;

/// How long clients wait by default when WorkOS could not be asked.
const RETRY_SECONDS: u64 = 5;

/// Why a request is not served: the rejection of all extractors and guards.
///
/// Browsers are redirected to the sign-in, or get a page; other clients get JSON with a `code` and a
/// `message`. To respond in your own way, let a handler take a `Result<User, Rejection>`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// Where to sign in, with the page to return to. `None` without [`routes`](crate::AuthKit::routes).
    pub login: Option<String>,
    /// Whether a browser shows the response to a person.
    pub is_for_browser: bool,
}

impl fmt::Debug for Rejection {
    /// Without the page, whose query may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nobody is signed in: 303 to the sign-in for browsers, 401 `unauthenticated` for others.
    SignedOut,
    /// The last sign-in was too long ago: as [`SignedOut`](Self::SignedOut), with the code
    /// `insufficient_user_authentication` (RFC 9470).
    SignInAgain {
        /// How long ago it may have been.
        max_age: Duration,
    },
    /// Who is signed in may not do this: 403 with this code.
    Forbidden {
        /// Such as `permission_required`.
        code: &'static str,
        /// What is missing.
        message: String,
    },
    /// Nobody knows, because WorkOS could not be asked: 503 with `Retry-After`. The session stays.
    Unavailable {
        /// For `Retry-After`.
        retry_after: Duration,
    },
    /// The application is not set up as it has to be: 500. The text is for its developers.
    Misconfigured(String),
}

impl Reason {
    pub(crate) fn unavailable(retry_after: Option<Duration>) -> Self {
        let retry_after = retry_after.unwrap_or(Duration::from_secs(RETRY_SECONDS));
        Self::Unavailable { retry_after }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut | Self::SignInAgain { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Misconfigured(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Code and message for clients.
    fn words(&self) -> (&str, &str) {
        match self {
            Self::SignedOut => ("unauthenticated", "Sign in first."),
            Self::SignInAgain { .. } => {
                ("insufficient_user_authentication", "Sign in again to do this.")
            }
            Self::Forbidden { code, message } => (code, message),
            Self::Unavailable { .. } => {
                ("unavailable", "The sign-in could not be checked just now.")
            }
            Self::Misconfigured(message) => ("misconfigured", message),
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut | Self::SignInAgain { .. } => "Sign in first",
            Self::Forbidden { .. } => "You cannot open this page",
            Self::Unavailable { .. } => "Try again soon",
            Self::Misconfigured(_) => "This application is not set up",
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::SignedOut => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Self::SignInAgain { max_age } => {
                let challenge = format!(
                    "Bearer error=\"insufficient_user_authentication\", max_age={}",
                    max_age.as_secs()
                );
                Some((WWW_AUTHENTICATE, HeaderValue::try_from(challenge).ok()?))
            }
            Self::Unavailable { retry_after } => {
                // Rounded up, so that nobody comes too early.
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Some((RETRY_AFTER, HeaderValue::from(seconds)))
            }
            _ => None,
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let Self { reason, login, is_for_browser } = &self;
        let asks_for_sign_in = matches!(reason, Reason::SignedOut | Reason::SignInAgain { .. });
        if *is_for_browser
            && asks_for_sign_in
            && let Some(location) = login.as_ref().and_then(|url| HeaderValue::try_from(url).ok())
        {
            return (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response();
        }
        let (code, message) = reason.words();
        let mut response = if *is_for_browser {
            pages::message(reason.status(), reason.title(), message, None)
        } else {
            let body = json!({"code": code, "message": message});
            (reason.status(), axum::Json(body)).into_response()
        };
        if let Some((name, value)) = reason.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Whether a browser loads this as a page, so that a person sees the response.
pub(crate) fn is_for_browser(headers: &HeaderMap) -> bool {
    let is = |name: &str, expected: &str| {
        headers.get(name).is_none_or(|value| value.as_bytes() == expected.as_bytes())
    };
    let is_script = headers.contains_key("x-requested-with") || headers.contains_key("hx-request");
    is("sec-fetch-mode", "navigate") && !is_script && accepts_html(headers)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let mut types = values.flat_map(|value| value.split(','));
    types.any(|accepted| {
        let name = accepted.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("text/html")
    })
}
