//! Sealed sessions with the names and signatures of the official crate `workos` 3.5.0.
//!
//! The root of this crate has the official names `SessionData` and `SessionRefreshOptions`, and its
//! own `seal`, `unseal`, `seal_session` and `unseal_session`. A program for the official crate
//! imports these instead, and creates a [`SessionManager`] where it called `client.session(..)`:
//!
//! ```
//! use workos::compat::session::{SessionManager, SessionRefreshOptions};
//!
//! # async fn run(client: workos::Client, cookie: String, password: String) -> Result<(), workos::Error> {
//! let session = SessionManager::new(Some(&client), cookie, password);
//! let state = session.authenticate().await;
//! if state.needs_refresh {
//!     let refreshed = session.refresh(SessionRefreshOptions::default()).await?;
//!     if refreshed.authenticated {
//!         println!("Set-Cookie: wos-session={}", refreshed.sealed_session);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Cookies are written in [`Layout::AesGcm`], as by the official crate. The password is its 64 hex
//! digits, or any other text of at least 32 characters. Sessions of other SDKs are opened as well.
//!
//! These functions do the work of [`helpers::session`](crate::helpers::session), with less detail:
//! an outage can only be distinguished from a lost session by a text, and a password cannot be
//! replaced while cookies live. New programs should use that module.

use serde::{Deserialize, Serialize};

use crate::helpers::seal::{Layout, SealError, SealKeys};
use crate::helpers::session::{
    AuthenticatedSession, Authentication, RefreshError, RefreshedSession, Session,
};
use crate::helpers::{seal as sealing, session as sessions};
use crate::user_management::{Impersonator, User};
use crate::{Client, Error, SecretString, Timestamp};

pub use crate::helpers::session::{SessionData, SessionRefreshOptions};

fn keys(password: &str) -> Result<SealKeys, SealError> {
    SealKeys::with_layout(Layout::AesGcm, password)
}

/// A session in a cookie. See [`Client::session`] and [`Session`].
#[derive(Debug, Clone)]
pub struct SessionManager<'a> {
    client: Option<&'a Client>,
    sealed: SecretString,
    password: SecretString,
}

impl<'a> SessionManager<'a> {
    /// The session in this cookie, sealed with this password. Nothing is checked yet.
    ///
    /// Without a client, access tokens cannot be verified and sessions cannot be refreshed.
    pub fn new(
        client: Option<&'a Client>,
        sealed: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        let (sealed, password) = (sealed.into().into(), password.into().into());
        Self { client, sealed, password }
    }

    #[inline]
    fn session(&self) -> Result<Session, SealError> {
        // One without an ID: whatever needs a request fails before anything is sent.
        let client = self.client.cloned().unwrap_or_else(|| Client::builder().build());
        Ok(client.session(self.sealed.clone(), &keys(self.password.expose())?))
    }

    /// Opens the cookie and verifies its access token. See [`Session::authenticate`], whose result
    /// has a variant for each case.
    pub async fn authenticate(&self) -> SessionState {
        match self.session() {
            Ok(session) => session.authenticate().await.into(),
            Err(error) => Authentication::Configuration(error).into(),
        }
    }

    /// Exchanges the refresh token and seals the new session. See [`Session::refresh`], whose error
    /// distinguishes a session that is over from a failed request.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client or the password is not suitable. Everything else is a
    /// [`reason`](SessionRefreshResult::reason).
    pub async fn refresh(
        &self,
        opts: SessionRefreshOptions,
    ) -> Result<SessionRefreshResult, Error> {
        match self.session()?.refresh(opts).await {
            Ok(refreshed) => Ok(refreshed.into()),
            Err(RefreshError::Configuration(error)) => Err(error.into()),
            Err(RefreshError::Failed(error)) if matches!(*error, Error::Builder(_)) => {
                Err(error.into())
            }
            Err(error) => Ok(SessionRefreshResult {
                authenticated: false,
                sealed_session: String::new(),
                session: None,
                reason: reason(&error).to_owned(),
            }),
        }
    }

    /// A URL that ends the session at WorkOS. See [`Session::logout_url`], which is not `async`.
    ///
    /// # Errors
    ///
    /// [`Error::Session`] when the cookie cannot be opened; [`Error::Builder`] when the password is
    /// not suitable, or the access token names no session.
    pub async fn logout_url(&self, return_to: Option<&str>) -> Result<String, Error> {
        self.session()?.logout_url(return_to)
    }
}

/// What a session cookie says about its request. See [`Authentication`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SessionState {
    /// The access token is valid.
    pub authenticated: bool,
    /// The session ID; empty without a verified token.
    pub session_id: String,
    /// The organization ID; empty if there is none.
    pub organization_id: String,
    /// The role in the organization; empty if there is none.
    pub role: String,
    /// What the user may do.
    pub permissions: Vec<String>,
    /// What the organization has bought.
    pub entitlements: Vec<String>,
    /// The user as of the sign-in or the last refresh.
    pub user: Option<User>,
    /// Who impersonates the user, according to the access token.
    pub impersonator: Option<Impersonator>,
    /// A refresh helps: the access token has expired, or is not accepted although the cookie is
    /// genuine, as after a change of keys. See [`Authentication::needs_refresh`].
    pub needs_refresh: bool,
    /// Why the session is not authenticated, as in [`Authentication::reason`]; empty if it is.
    pub reason: String,
}

impl From<Authentication> for SessionState {
    #[inline]
    fn from(authentication: Authentication) -> Self {
        let state = Self {
            authenticated: authentication.session().is_some(),
            needs_refresh: authentication.needs_refresh(),
            reason: authentication.reason().unwrap_or_default().to_owned(),
            ..Self::default()
        };
        let (Authentication::Authenticated(session) | Authentication::Expired(session)) =
            authentication
        else {
            return state;
        };
        let AuthenticatedSession { claims, user, impersonator } = *session;
        let text = |claim: &Option<String>| claim.clone().unwrap_or_default();
        Self {
            session_id: text(&claims.sid),
            organization_id: text(&claims.org_id),
            role: text(&claims.role),
            permissions: claims.permissions.clone(),
            entitlements: claims.entitlements.clone(),
            user,
            // The token decides: a cookie may lack what its token says.
            impersonator: claims.impersonator.clone().or(impersonator).or_else(|| {
                let email = claims.actor()?.to_owned();
                Some(Impersonator { email, ..Default::default() })
            }),
            ..state
        }
    }
}

/// The outcome of a refresh. See [`RefreshedSession`] and [`RefreshError`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionRefreshResult {
    /// There are new tokens.
    pub authenticated: bool,
    /// The new value of the cookie; empty without new tokens.
    pub sealed_session: String,
    /// What it holds.
    pub session: Option<SessionData>,
    /// Why there are no new tokens; empty if there are. `refresh_failed` is an outage, a rate limit
    /// or the like: keep the cookie.
    pub reason: String,
}

impl From<RefreshedSession> for SessionRefreshResult {
    fn from(refreshed: RefreshedSession) -> Self {
        Self {
            authenticated: true,
            sealed_session: refreshed.sealed.into_inner(),
            session: Some(refreshed.data),
            reason: String::new(),
        }
    }
}

/// The official crate's word for it.
fn reason(error: &RefreshError) -> &'static str {
    match error {
        RefreshError::NoSession => "no_session_cookie_provided",
        RefreshError::InvalidSession(_) => "invalid_session_cookie",
        RefreshError::NoRefreshToken => "no_refresh_token",
        RefreshError::Revoked(_) => "refresh_token_revoked",
        _ => "refresh_failed",
    }
}

/// Opens a cookie and verifies its access token. See [`Client::session`] and
/// [`Session::authenticate`].
pub async fn authenticate_session(client: &Client, sealed: &str, password: &str) -> SessionState {
    SessionManager::new(Some(client), sealed, password).authenticate().await
}

/// Seals a value. See [`helpers::seal::seal`](sealing::seal).
///
/// # Errors
///
/// [`Error::Builder`] when the password is not suitable; [`Error::Session`] when the value cannot
/// be JSON.
pub fn seal<T: Serialize>(data: &T, password: &str) -> Result<String, Error> {
    Ok(sealing::seal(data, &keys(password)?)?.into_inner())
}

/// Opens a sealed value. See [`helpers::seal::unseal`](sealing::unseal).
///
/// # Errors
///
/// [`Error::Builder`] when the password is not suitable; [`Error::Session`] for everything else.
pub fn unseal<T: for<'de> Deserialize<'de>>(sealed: &str, password: &str) -> Result<T, Error> {
    Ok(sealing::unseal(sealed, &keys(password)?, Timestamp::now())?)
}

/// Seals a session for its cookie. See [`helpers::session::seal_session`](sessions::seal_session).
///
/// # Errors
///
/// As [`seal`].
#[inline]
pub fn seal_session(data: &SessionData, password: &str) -> Result<String, Error> {
    Ok(sessions::seal_session(data, &keys(password)?)?.into_inner())
}

/// Opens a session cookie. See [`helpers::session::unseal_session`](sessions::unseal_session).
///
/// # Errors
///
/// As [`unseal`].
#[inline]
pub fn unseal_session(sealed: &str, password: &str) -> Result<SessionData, Error> {
    Ok(sessions::unseal_session(sealed, &keys(password)?, Timestamp::now())?)
}

/// Seals the session that a sign-in returned. See
/// [`helpers::session::seal_session_from_auth_response`], which takes the response.
///
/// [`helpers::session::seal_session_from_auth_response`]: sessions::seal_session_from_auth_response
///
/// # Errors
///
/// As [`seal`].
pub fn seal_session_from_auth_response(
    access_token: impl Into<SecretString>,
    refresh_token: impl Into<SecretString>,
    user: Option<User>,
    impersonator: Option<Impersonator>,
    password: &str,
) -> Result<String, Error> {
    let tokens = SessionData::new(access_token, refresh_token);
    seal_session(&SessionData { user, impersonator, ..tokens }, password)
}
