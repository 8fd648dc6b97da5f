//! Sessions kept in a cookie: reading, refreshing and ending them.
//!
//! ```
//! use workos::helpers::seal::SealKeys;
//!
//! # async fn run(client: workos::Client, cookie: String) -> Result<(), workos::Error> {
//! let keys = SealKeys::new("a cookie password of 32 characters")?;
//! let session = client.session(cookie, &keys);
//! match session.refresh(Default::default()).await {
//!     Ok(refreshed) => println!("Set-Cookie: wos-session={}", refreshed.sealed.expose()),
//!     Err(error) if error.session_is_over() => println!("back to the sign-in page"),
//!     // Do not sign the user out because of an outage: keep the cookie.
//!     Err(error) => println!("{error}, try again in {:?}", error.retry_after()),
//! }
//! # Ok(()) }
//! ```
//!
//! # When a session is over
//!
//! A user is signed out only when nothing can restore the session, and never because something else
//! failed. [`Authentication::session_is_over`] and [`RefreshError::session_is_over`] follow one
//! rule:
//!
//! | Situation | Over? | `authenticate` | `refresh` |
//! |---|---|---|---|
//! | no cookie | yes | [`NoSession`](Authentication::NoSession) | [`NoSession`](RefreshError::NoSession) |
//! | a cookie that cannot be opened | yes | [`InvalidSession`](Authentication::InvalidSession) | [`InvalidSession`](RefreshError::InvalidSession) |
//! | an access token to refresh, and no refresh token | yes | [`NoRefreshToken`](Authentication::NoRefreshToken) | [`NoRefreshToken`](RefreshError::NoRefreshToken) |
//! | WorkOS has ended the session (`invalid_grant`) | yes | | [`Revoked`](RefreshError::Revoked) |
//! | the session's own organization requires SSO or enrolling a second factor | yes | | [`StepRequired`](RefreshError::StepRequired), `Revoked` |
//! | any other step, or one for an organization to switch to | no | | [`StepRequired`](RefreshError::StepRequired) |
//! | an access token that has expired | no, refresh it | [`Expired`](Authentication::Expired) | new tokens |
//! | an access token that is rejected: an unknown key, not valid yet, malformed, … | no, refresh it | [`InvalidToken`](Authentication::InvalidToken) | new tokens |
//! | an access token that does not match its cookie | no, refresh it | [`AnotherUser`](Authentication::AnotherUser), [`AnotherImpersonator`](Authentication::AnotherImpersonator) | new tokens |
//! | keys that cannot be fetched | no, respond with 503 | [`Unavailable`](Authentication::Unavailable) | not needed |
//! | an outage, a timeout, a limit, a wrong API key, a rejected organization to switch to | no, respond with 503 | | [`Failed`](RefreshError::Failed) |
//! | an unsuitable cookie password | no, respond with 500 | [`Configuration`](Authentication::Configuration) | [`Configuration`](RefreshError::Configuration) |

mod authenticate;
mod data;
mod exchange;
mod lock;
mod outcome;
mod refresh;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

pub use self::authenticate::{AuthenticatedSession, Authentication};
pub use self::data::{SessionData, seal_session, seal_session_from_auth_response, unseal_session};
pub(crate) use self::exchange::Exchanges;
pub use self::lock::{REFRESH_LOCK_TIMEOUT, RefreshGuard, RefreshLock};
pub use self::outcome::{SessionOutcome, SignedOut};
pub use self::refresh::{RefreshError, RefreshedSession, SHARED_FOR, SessionRefreshOptions};
use super::seal::{SealError, SealKeys};
use super::tokens::TokenVerifier;
use crate::encoding::base64url_decode;
use crate::user_management::GetLogoutUrlParams;
use crate::{Client, Error, RequestOptions, SecretString};

impl Client {
    /// The session in a cookie. Nothing is checked yet: the methods of the session report an empty
    /// or broken cookie.
    pub fn session(&self, sealed: impl Into<SecretString>, keys: &SealKeys) -> Session {
        Session {
            client: self.clone(),
            sealed: sealed.into(),
            keys: keys.clone(),
            lock: None,
            lock_timeout: REFRESH_LOCK_TIMEOUT,
            verifier: None,
            options: None,
        }
    }
}

/// A session in a cookie, from [`Client::session`].
#[derive(Clone)]
pub struct Session {
    client: Client,
    sealed: SecretString,
    keys: SealKeys,
    lock: Option<Arc<dyn RefreshLock>>,
    lock_timeout: Duration,
    verifier: Option<TokenVerifier>,
    options: Option<RequestOptions>,
}

impl Session {
    /// Shares refreshes with other processes. Within a process they are always shared.
    pub fn refresh_lock(mut self, lock: Arc<dyn RefreshLock>) -> Self {
        self.lock = Some(lock);
        self
    }

    /// How long a refresh waits for each step of the [lock](Self::refresh_lock): acquiring,
    /// recalling and remembering. After that it continues without. 5 seconds by default.
    pub fn refresh_lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// Verifies access tokens with these rules, such as an issuer, instead of those of
    /// [`Client::token_verifier`].
    pub fn verifier(mut self, verifier: TokenVerifier) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// Options for the request of a refresh, such as a timeout. For a shared refresh, those of the
    /// session that started it apply.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// The contents of the cookie. The access token is not verified.
    ///
    /// # Errors
    ///
    /// As [`unseal`](super::seal::unseal).
    #[inline]
    pub fn data(&self) -> Result<SessionData, SealError> {
        unseal_session(self.sealed.expose(), &self.keys, self.client.now())
    }

    /// The URL to redirect the browser to, to end the session at WorkOS. Delete the cookie as well.
    ///
    /// It needs no keys and works for expired sessions: the cookie is authentic, and so is the
    /// session ID in it.
    ///
    /// # Errors
    ///
    /// [`Error::Session`] when the cookie cannot be opened, and [`Error::Builder`] when its token
    /// has no session ID: then delete the cookie. [`Error::Builder`] also when the password is not
    /// suitable.
    #[inline]
    pub fn logout_url(&self, return_to: Option<&str>) -> Result<String, Error> {
        let session_id = unverified_claims(&self.data()?).sid.ok_or_else(|| {
            Error::builder("the access token of the session has no session ID (sid)")
        })?;
        let mut params = GetLogoutUrlParams::new(session_id);
        params.return_to = return_to.map(str::to_owned);
        self.client.user_management().get_logout_url(params)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The claims of a token that need no signature, since they come from a sealed cookie.
#[derive(Default, Deserialize)]
struct Claims {
    sub: Option<String>,
    sid: Option<String>,
    org_id: Option<String>,
}

#[inline]
fn unverified_claims(data: &SessionData) -> Claims {
    let payload = data.access_token.expose().split('.').nth(1).and_then(base64url_decode);
    let claims = payload.and_then(|json| crate::json::from_str(str::from_utf8(&json).ok()?).ok());
    claims.unwrap_or_default()
}
