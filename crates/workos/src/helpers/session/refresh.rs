//! Refreshing a session, without signing users out because of an outage.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::exchange::Exchange;
use super::lock::{Owner, SharedLock};
use super::{AuthenticatedSession, Authentication, Session, SessionData, seal_session};
use crate::helpers::seal::SealError;
use crate::user_management::AuthenticationStep;
use crate::{Error, SecretString};

/// How long a refresh is shared with requests that still carry the old cookie.
pub const SHARED_FOR: Duration = Duration::from_secs(10);

/// How to refresh a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionRefreshOptions {
    /// The organization to switch to. Without one, or with an empty ID, the organization does not
    /// change.
    pub organization_id: Option<String>,
}

/// A session with new tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshedSession {
    /// The new value of the cookie.
    pub sealed: SecretString,
    /// The contents of the cookie.
    pub data: SessionData,
    /// What [`Session::authenticate`] returns for the new session, so that this request can be
    /// served.
    ///
    /// The access token comes directly from WorkOS, so its signature is not checked and no keys are
    /// needed (OpenID Connect Core, section 3.1.3.7, rule 6). The rules of the
    /// [verifier](Session::verifier) apply.
    pub authentication: Authentication,
}

impl RefreshedSession {
    /// The new session with its claims, unless the verifier's rules reject it.
    pub fn session(&self) -> Option<&AuthenticatedSession> {
        self.authentication.session()
    }
}

/// Why a session was not refreshed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RefreshError {
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession(SealError),
    /// The cookie contains no refresh token.
    NoRefreshToken,
    /// WorkOS has ended the session or does not know its refresh token (`invalid_grant`), or it
    /// requires a new sign-in.
    Revoked(Arc<Error>),
    /// The organization requires another authentication step.
    #[non_exhaustive]
    StepRequired {
        /// What the user has to do.
        step: Box<AuthenticationStep>,
        /// The server's response.
        error: Arc<Error>,
        /// Whether the refresh was to switch to the organization. The session stays as it is then.
        on_switch: bool,
    },
    /// Anything else: an outage, a rate limit, a wrong API key. The session continues; keep its
    /// cookie.
    Failed(Arc<Error>),
    /// The cookie password is not suitable.
    Configuration(SealError),
}

impl RefreshError {
    /// `true` when the user has to sign in again: delete the cookie. Otherwise keep it. The
    /// [table](crate::helpers::session#when-a-session-is-over) has all cases.
    pub fn session_is_over(&self) -> bool {
        match self {
            Self::NoSession | Self::InvalidSession(_) | Self::NoRefreshToken | Self::Revoked(_) => {
                true
            }
            Self::StepRequired { error, on_switch, .. } => !on_switch && asks_for_sign_in(error),
            Self::Failed(_) | Self::Configuration(_) => false,
        }
    }

    /// Whether the failure may be temporary; see [`Error::is_transient`].
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Failed(error) if error.is_transient())
    }

    /// The former name of [`is_transient`](Self::is_transient).
    #[doc(hidden)]
    pub fn is_retryable(&self) -> bool {
        self.is_transient()
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.error()?.retry_after()
    }

    /// The error of the request, if one was made.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Revoked(error) | Self::StepRequired { error, .. } | Self::Failed(error) => {
                Some(error)
            }
            _ => None,
        }
    }

    /// What an error means independent of who asked: it may be shared by requests for several
    /// organizations.
    #[inline]
    pub(super) fn of(error: Error) -> Self {
        let step = error.authentication_step();
        let invalid_grant = error.code() == Some("invalid_grant");
        let error = Arc::new(error);
        match step {
            // Whatever the status: the service responds with 400, earlier versions with 401.
            _ if invalid_grant => Self::Revoked(error),
            Some(step) => Self::StepRequired { step: Box::new(step), error, on_switch: true },
            None => Self::Failed(error),
        }
    }

    /// What it means when no organization was given: the session's own one requires the step.
    #[inline]
    fn without_switch(self) -> Self {
        match self {
            Self::StepRequired { step, error, .. } => {
                Self::StepRequired { step, error, on_switch: false }
            }
            // There is nothing to continue the step with.
            Self::Failed(error) if asks_for_sign_in(&error) => Self::Revoked(error),
            error => error,
        }
    }
}

/// Steps that require a new sign-in.
#[inline]
fn asks_for_sign_in(error: &Error) -> bool {
    matches!(error.code(), Some("sso_required" | "mfa_enrollment"))
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSession => f.write_str("there is no session cookie"),
            Self::InvalidSession(error) => write!(f, "the session cookie is invalid: {error}"),
            Self::NoRefreshToken => f.write_str("the session has no refresh token"),
            Self::Revoked(error) => write!(f, "the session is over: {error}"),
            Self::StepRequired { error, .. } => {
                write!(f, "another authentication step is required: {error}")
            }
            Self::Failed(error) => write!(f, "the session could not be refreshed: {error}"),
            Self::Configuration(error) => write!(f, "the cookie password is not suitable: {error}"),
        }
    }
}

impl std::error::Error for RefreshError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidSession(error) | Self::Configuration(error) => Some(error),
            _ => self.error().map(|error| error as _),
        }
    }
}

impl Session {
    /// Fetches new tokens for the session, and seals the cookie to set.
    ///
    /// A refresh token is exchanged once, however many requests refresh or switch the organization
    /// at once. All of them get the newest session, also those that carry an older cookie within
    /// [`SHARED_FOR`]; a switch continues from it. Cancelling a request does not interrupt the
    /// exchange.
    ///
    /// ```
    /// use workos::helpers::session::{Session, SessionRefreshOptions};
    ///
    /// # async fn run(session: Session) {
    /// let options = SessionRefreshOptions { organization_id: Some("org_01".into()) };
    /// match session.refresh(options).await {
    ///     Ok(refreshed) => println!("{:?}", refreshed.session().map(|it| &it.claims.permissions)),
    ///     Err(error) if error.session_is_over() => println!("delete the cookie"),
    ///     Err(error) => println!("keep the cookie: {error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RefreshError::session_is_over`] says whether to delete the cookie.
    pub async fn refresh(
        &self,
        options: SessionRefreshOptions,
    ) -> Result<RefreshedSession, RefreshError> {
        let cookie = self.open()?;
        let organization = options.organization_id.filter(|id| !id.is_empty());
        let exchange = Exchange {
            client: self.client.clone(),
            options: self.options.clone(),
            lock: self.shared_lock(&cookie),
        };
        let data = exchange
            .newest(cookie, organization.as_deref())
            .await
            .map_err(|error| if organization.is_some() { error } else { error.without_switch() })?;
        let sealed = seal_session(&data, &self.keys).map_err(RefreshError::Configuration)?;
        let data = (*data).clone();
        let authentication = self.authenticate_received(data.clone());
        Ok(RefreshedSession { sealed, data, authentication })
    }

    #[inline]
    fn open(&self) -> Result<SessionData, RefreshError> {
        if self.sealed.is_empty() {
            return Err(RefreshError::NoSession);
        }
        let session = self.data().map_err(|error| match error {
            SealError::Configuration(_) => RefreshError::Configuration(error),
            error => RefreshError::InvalidSession(error),
        })?;
        if session.refresh_token.is_empty() {
            return Err(RefreshError::NoRefreshToken);
        }
        Ok(session)
    }

    fn shared_lock(&self, cookie: &SessionData) -> Option<SharedLock> {
        self.lock.clone().map(|lock| SharedLock {
            lock,
            timeout: self.lock_timeout,
            keys: self.keys.clone(),
            client: self.client.clone(),
            owner: Owner::of(cookie),
        })
    }
}
