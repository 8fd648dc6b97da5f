//! Authenticating a session and refreshing it where that is due: one outcome for a middleware.

use std::time::Duration;

use futures_util::future::{Either, select};

use super::{
    AuthenticatedSession, Authentication, RefreshError, RefreshedSession, Session,
    SessionRefreshOptions,
};
use crate::Error;
use crate::helpers::tokens::AccessToken;

/// How long before its expiry a token is refreshed; half of that for the short ones.
const EARLY: Duration = Duration::from_secs(60);
/// The tokens that are short.
const SHORT_LIVED: Duration = Duration::from_secs(5 * 60);
/// How long a request waits for a refresh that it could do without.
const EARLY_WAIT: Duration = Duration::from_secs(1);

/// What a request with this session gets, from [`Session::authenticate_or_refresh`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SessionOutcome {
    /// The user is signed in: serve the request.
    #[non_exhaustive]
    SignedIn {
        /// The user and the claims.
        session: Box<AuthenticatedSession>,
        /// The session that replaces the one in the cookie: set the cookie, whatever the response.
        refreshed: Option<Box<RefreshedSession>>,
    },
    /// Nobody is signed in: delete the cookie if there is one, and ask for a sign-in.
    SignedOut(SignedOut),
    /// The organization requires a step before the session continues, such as a second factor.
    /// Keep the cookie, and ask for a sign-in.
    StepRequired(RefreshError),
    /// Nobody knows, because something else failed. Keep the cookie, and respond with 503.
    #[non_exhaustive]
    Unavailable {
        /// How long the client should wait, for a `Retry-After` header.
        retry_after: Option<Duration>,
        /// What failed, for logs.
        error: RefreshError,
    },
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedOut {
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession,
    /// The access token is not valid any more, and there is no refresh token.
    NoRefreshToken,
    /// WorkOS has ended the session, or requires a new sign-in.
    Revoked,
}

impl SessionOutcome {
    /// The session, if the user is signed in.
    pub fn session(&self) -> Option<&AuthenticatedSession> {
        if let Self::SignedIn { session, .. } = self { Some(session) } else { None }
    }

    fn signed_in(session: Box<AuthenticatedSession>) -> Self {
        Self::SignedIn { session, refreshed: None }
    }
}

impl Session {
    /// Authenticates the session, and refreshes it when its access token has expired, was rejected
    /// or is about to expire.
    ///
    /// "About to" means within a minute, or within half a minute for tokens that live no longer than
    /// five. Such a refresh may fail or take long: the request is then served with the token as it
    /// is, after a second at the latest, and a later one gets the new session.
    ///
    /// ```
    /// use workos::helpers::session::{Session, SessionOutcome};
    ///
    /// # async fn run(session: Session) {
    /// match session.authenticate_or_refresh().await {
    ///     SessionOutcome::SignedIn { session, refreshed, .. } => {
    ///         println!("hello, {}; a new cookie: {}", session.claims.sub, refreshed.is_some());
    ///     }
    ///     SessionOutcome::SignedOut(why) => println!("to the sign-in page: {why:?}"),
    ///     SessionOutcome::StepRequired(_) => println!("to the sign-in page, keep the cookie"),
    ///     SessionOutcome::Unavailable { retry_after, .. } => println!("503, {retry_after:?}"),
    ///     other => println!("503: {other:?}"),
    /// }
    /// # }
    /// ```
    pub async fn authenticate_or_refresh(&self) -> SessionOutcome {
        match self.authenticate().await {
            Authentication::Authenticated(session) if self.expires_soon(&session.claims) => {
                self.refresh_early(session).await
            }
            Authentication::Authenticated(session) => SessionOutcome::signed_in(session),
            Authentication::NoSession => SessionOutcome::SignedOut(SignedOut::NoSession),
            Authentication::InvalidSession(_) => {
                SessionOutcome::SignedOut(SignedOut::InvalidSession)
            }
            Authentication::NoRefreshToken => SessionOutcome::SignedOut(SignedOut::NoRefreshToken),
            Authentication::Unavailable(error) => unavailable(RefreshError::of(error.into())),
            Authentication::Configuration(error) => unavailable(RefreshError::Configuration(error)),
            Authentication::Expired(_)
            | Authentication::InvalidToken(_)
            | Authentication::AnotherUser
            | Authentication::AnotherImpersonator => {
                outcome_of(self.refresh(SessionRefreshOptions::default()).await)
            }
        }
    }

    fn expires_soon(&self, claims: &AccessToken) -> bool {
        let issued = claims.iat.or(claims.nbf);
        let is_short = issued.is_some_and(|issued| claims.exp <= issued + SHORT_LIVED);
        let early = if is_short { EARLY / 2 } else { EARLY };
        claims.exp <= self.client.now() + early
    }

    /// Refreshes a session that is still valid. Only when WorkOS has ended it, it is over.
    async fn refresh_early(&self, session: Box<AuthenticatedSession>) -> SessionOutcome {
        if self.data().is_ok_and(|data| data.refresh_token.is_empty()) {
            return SessionOutcome::signed_in(session);
        }
        // An exchange that takes longer goes on: a later request gets what it brings.
        let refresh = Box::pin(self.refresh(SessionRefreshOptions::default()));
        let timer = self.client.settings().runtime.sleep(EARLY_WAIT);
        let refreshed = match select(refresh, timer).await {
            Either::Left((refreshed, _)) => outcome_of(refreshed),
            Either::Right(_) => return SessionOutcome::signed_in(session),
        };
        match refreshed {
            SessionOutcome::SignedIn { .. } | SessionOutcome::SignedOut(_) => refreshed,
            _ => SessionOutcome::signed_in(session),
        }
    }
}

fn outcome_of(refreshed: Result<RefreshedSession, RefreshError>) -> SessionOutcome {
    match refreshed {
        Ok(refreshed) => match refreshed.session().cloned() {
            Some(session) => SessionOutcome::SignedIn {
                session: Box::new(session),
                refreshed: Some(Box::new(refreshed)),
            },
            // The verifier's rules reject what WorkOS has just issued, as with a wrong issuer.
            None => {
                let reason = refreshed.authentication.reason().unwrap_or_default();
                let problem = format!("the verifier rejects the new access token: {reason}");
                unavailable(RefreshError::of(Error::builder(problem)))
            }
        },
        Err(RefreshError::NoSession) => SessionOutcome::SignedOut(SignedOut::NoSession),
        Err(RefreshError::InvalidSession(_)) => {
            SessionOutcome::SignedOut(SignedOut::InvalidSession)
        }
        Err(RefreshError::NoRefreshToken) => SessionOutcome::SignedOut(SignedOut::NoRefreshToken),
        Err(error) if error.session_is_over() => SessionOutcome::SignedOut(SignedOut::Revoked),
        Err(error @ RefreshError::StepRequired { .. }) => SessionOutcome::StepRequired(error),
        Err(error) => unavailable(error),
    }
}

fn unavailable(error: RefreshError) -> SessionOutcome {
    SessionOutcome::Unavailable { retry_after: error.retry_after(), error }
}
