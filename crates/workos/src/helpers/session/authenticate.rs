//! Who a session belongs to, and whether it is still good.

use std::sync::Arc;

use crate::helpers::seal::SealError;
use crate::helpers::tokens::{AccessToken, TokenError, TokenVerifier};
use crate::user_management::{Impersonator, User};

use super::{Session, SessionData};

/// What a session cookie says about its request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authentication {
    /// The session is good.
    Authenticated(Box<AuthenticatedSession>),
    /// The access token has expired and everything else is right:
    /// [refresh](Session::refresh) the session.
    Expired(Box<AuthenticatedSession>),
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession(SealError),
    /// The access token has expired or is refused, and the cookie holds no refresh token.
    NoRefreshToken,
    /// The access token in the cookie is refused. The seal vouches for the cookie, so a
    /// [refresh](Session::refresh) replaces the token: it may be signed with a key that is no longer
    /// published.
    InvalidToken(TokenError),
    /// The access token is another user's than the cookie. Refresh the session.
    AnotherUser,
    /// The cookie says that somebody acts as the user, and the access token does not say the same.
    /// Refresh the session.
    AnotherImpersonator,
    /// The keys could not be had, so nothing is known. Keep the cookie and answer with 503.
    Unavailable(TokenError),
    /// The cookie's passwords are at fault. Keep the cookie.
    Configuration(SealError),
}

/// A session whose access token was verified.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuthenticatedSession {
    /// Session, organization, roles, permissions and whatever else the access token says.
    pub claims: Arc<AccessToken>,
    /// The user as of the sign-in or the last refresh, where the cookie has one.
    pub user: Option<User>,
    /// Who acts as the user, where the cookie says so; `claims.act` says it, too.
    pub impersonator: Option<Impersonator>,
}

impl Authentication {
    /// The session, if it is good.
    pub fn session(&self) -> Option<&AuthenticatedSession> {
        if let Self::Authenticated(session) = self { Some(session) } else { None }
    }

    /// `true` when a [refresh](Session::refresh) helps: the access token has expired or is refused.
    pub fn needs_refresh(&self) -> bool {
        matches!(
            self,
            Self::Expired(_)
                | Self::InvalidToken(_)
                | Self::AnotherUser
                | Self::AnotherImpersonator
        )
    }

    /// The user has to sign in: delete the cookie. That is so only where a refresh cannot help. The
    /// [table](crate::helpers::session#when-a-session-is-over) has all cases.
    pub fn session_is_over(&self) -> bool {
        matches!(self, Self::NoSession | Self::InvalidSession(_) | Self::NoRefreshToken)
    }

    /// The reason in the words of the other SDKs, for logs; `None` for a good session.
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
    /// Opens the cookie and verifies its access token. It asks WorkOS for nothing but the keys, and
    /// those seldom.
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

    /// The same for a session that WorkOS has sent just now.
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

/// Whether cookie and token go together.
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
