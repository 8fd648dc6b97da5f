//! Who a session belongs to, and whether it is still good.

use std::sync::Arc;

use crate::helpers::seal::SealError;
use crate::helpers::tokens::{AccessToken, TokenError};
use crate::user_management::{Impersonator, User};

use super::{Session, SessionData};

/// What a session cookie says about its request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authentication {
    /// The session is good.
    Authenticated(Box<AuthenticatedSession>),
    /// The access token's time is over and everything else is right:
    /// [refresh](Session::refresh) the session.
    Expired(Box<AuthenticatedSession>),
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession(SealError),
    /// The access token in the cookie is refused.
    InvalidToken(TokenError),
    /// The access token is another user's than the cookie.
    AnotherUser,
    /// The cookie says that somebody acts as the user, and the access token does not say the same.
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

    /// `true` when a refresh is what helps.
    pub fn needs_refresh(&self) -> bool {
        matches!(self, Self::Expired(_))
    }

    /// The user has to sign in: delete the cookie. `false` for a good or expired session, and
    /// while nothing is known about it.
    pub fn session_is_over(&self) -> bool {
        match self {
            Self::NoSession
            | Self::InvalidSession(_)
            | Self::InvalidToken(_)
            | Self::AnotherUser
            | Self::AnotherImpersonator => true,
            Self::Authenticated(_)
            | Self::Expired(_)
            | Self::Unavailable(_)
            | Self::Configuration(_) => false,
        }
    }

    /// The reason in the words of the other SDKs, for logs; `None` for a good session.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Authenticated(_) => None,
            Self::Expired(_) => Some("session_expired"),
            Self::NoSession => Some("no_session_cookie_provided"),
            Self::InvalidSession(_) => Some("invalid_session_cookie"),
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
        let verifier = self.verifier.clone().unwrap_or_else(|| self.client.token_verifier());
        match verifier.check(data.access_token.expose()).await {
            Ok(claims) => judge(data, claims, Authentication::Authenticated),
            Err(TokenError::Expired { claims }) => judge(data, claims, Authentication::Expired),
            Err(error @ TokenError::Keys(_)) => Authentication::Unavailable(error),
            Err(error) => Authentication::InvalidToken(error),
        }
    }
}

/// Whether cookie and token go together.
fn judge(
    data: SessionData,
    claims: Arc<AccessToken>,
    outcome: fn(Box<AuthenticatedSession>) -> Authentication,
) -> Authentication {
    let SessionData { user, impersonator, .. } = data;
    if user.as_ref().is_some_and(|user| user.id != claims.sub) {
        return Authentication::AnotherUser;
    }
    if impersonator.as_ref().is_some_and(|one| claims.actor() != Some(one.email.as_str())) {
        return Authentication::AnotherImpersonator;
    }
    outcome(Box::new(AuthenticatedSession { claims, user, impersonator }))
}
