//! Authenticating a session: who it belongs to, and whether it is still valid.

use std::sync::Arc;

use crate::helpers::seal::SealError;
use crate::helpers::tokens::{AccessToken, TokenError, TokenVerifier};
use crate::user_management::{Impersonator, User};

use super::{Session, SessionData};

/// The outcome of [`Session::authenticate`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authentication {
    /// The session is valid.
    Authenticated(Box<AuthenticatedSession>),
    /// The access token has expired; everything else is valid. [Refresh](Session::refresh) the
    /// session.
    Expired(Box<AuthenticatedSession>),
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession(SealError),
    /// The access token has expired or was rejected, and the cookie contains no refresh token.
    NoRefreshToken,
    /// The access token in the cookie was rejected. The cookie is authentic, so
    /// [refresh](Session::refresh) the session: the token may be signed with a key that is no
    /// longer published.
    InvalidToken(TokenError),
    /// The access token belongs to another user than the cookie. Refresh the session.
    AnotherUser,
    /// The cookie names an impersonator, and the access token does not name the same one. Refresh
    /// the session.
    AnotherImpersonator,
    /// The keys could not be fetched, so the token could not be verified. Keep the cookie and
    /// respond with 503.
    Unavailable(TokenError),
    /// The cookie password is not suitable. Keep the cookie.
    Configuration(SealError),
}

/// A session whose access token was verified.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuthenticatedSession {
    /// The claims of the access token: session, organization, roles, permissions and more.
    pub claims: Arc<AccessToken>,
    /// The user as of the sign-in or the last refresh, if the cookie has one.
    pub user: Option<User>,
    /// Who impersonates the user, if the cookie says so; see also `claims.act`.
    pub impersonator: Option<Impersonator>,
}

impl Authentication {
    /// The session, if it is valid.
    pub fn session(&self) -> Option<&AuthenticatedSession> {
        if let Self::Authenticated(session) = self { Some(session) } else { None }
    }

    /// `true` when a [refresh](Session::refresh) helps: the access token has expired or was
    /// rejected.
    pub fn needs_refresh(&self) -> bool {
        matches!(
            self,
            Self::Expired(_)
                | Self::InvalidToken(_)
                | Self::AnotherUser
                | Self::AnotherImpersonator
        )
    }

    /// `true` when the user has to sign in again, since a refresh cannot help: delete the cookie.
    /// The [table](crate::helpers::session#when-a-session-is-over) has all cases.
    pub fn session_is_over(&self) -> bool {
        matches!(self, Self::NoSession | Self::InvalidSession(_) | Self::NoRefreshToken)
    }

    /// The reason in the words of the other SDKs, for logs; `None` for a valid session.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Authenticated(_) => None,
            Self::Expired(_) => Some("session_expired"),
            Self::NoSession => Some("no_session_cookie_provided"),
            Self::InvalidSession(_) => Some("invalid_session_cookie"),
            Self::NoRefreshToken => Some("no_refresh_token"),
            Self::InvalidToken(_) | Self::AnotherUser | Self::AnotherImpersonator => {
                Some("invalid_jwt")
            }
            Self::Unavailable(_) => Some("keys_unavailable"),
            Self::Configuration(_) => Some("configuration"),
        }
    }
}

impl Session {
    /// Opens the cookie and verifies its access token. The only request it makes is for the keys,
    /// which are cached.
    ///
    /// ```
    /// use workos::helpers::session::{Authentication, Session};
    ///
    /// # async fn run(session: Session) {
    /// match session.authenticate().await {
    ///     Authentication::Authenticated(session) => println!("{:?}", session.claims.permissions),
    ///     other if other.needs_refresh() => println!("refresh it"),
    ///     other if other.session_is_over() => println!("back to the sign-in page"),
    ///     other => println!("503, keep the cookie: {:?}", other.reason()),
    /// }
    /// # }
    /// ```
    pub async fn authenticate(&self) -> Authentication {
        if self.sealed.is_empty() {
            return Authentication::NoSession;
        }
        let data = match self.data() {
            Ok(data) => data,
            Err(error @ SealError::Configuration(_)) => {
                return Authentication::Configuration(error);
            }
            Err(error) => return Authentication::InvalidSession(error),
        };
        let verdict = self.token_verifier().check(data.access_token.expose()).await;
        judge(data, verdict)
    }

    /// The same for a session that was just received from WorkOS.
    #[inline]
    pub(super) fn authenticate_received(&self, data: SessionData) -> Authentication {
        let verdict = self.token_verifier().check_received(data.access_token.expose());
        judge(data, verdict)
    }

    fn token_verifier(&self) -> TokenVerifier {
        self.verifier.clone().unwrap_or_else(|| self.client.token_verifier()).for_users()
    }
}

/// What the verdict on the access token means for the session.
#[inline]
fn judge(data: SessionData, verdict: Result<Arc<AccessToken>, TokenError>) -> Authentication {
    let can_refresh = !data.refresh_token.is_empty();
    let outcome = match verdict {
        Ok(claims) => match_cookie(data, claims, Authentication::Authenticated),
        Err(TokenError::Expired { claims }) => match_cookie(data, claims, Authentication::Expired),
        Err(error @ TokenError::Keys(_)) => Authentication::Unavailable(error),
        Err(error) => Authentication::InvalidToken(error),
    };
    if outcome.needs_refresh() && !can_refresh { Authentication::NoRefreshToken } else { outcome }
}

/// Whether cookie and token belong together.
fn match_cookie(
    data: SessionData,
    claims: Arc<AccessToken>,
    outcome: fn(Box<AuthenticatedSession>) -> Authentication,
) -> Authentication {
    let SessionData { user, impersonator, .. } = data;
    if user.as_ref().is_some_and(|user| user.id != claims.sub) {
        return Authentication::AnotherUser;
    }
    if impersonator.as_ref().is_some_and(|one| !claims.is_impersonated_by(&one.email)) {
        return Authentication::AnotherImpersonator;
    }
    outcome(Box::new(AuthenticatedSession { claims, user, impersonator }))
}
