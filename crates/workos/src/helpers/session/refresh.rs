//! Refreshing a session once, however many requests ask for it, and without signing anybody out
//! because of an outage.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Session, SessionData, seal_session, unseal_session, unverified_claims};
use crate::client::Operation;
use crate::crypto::sha256;
use crate::encoding::hex_encode;
use crate::helpers::flight::{Flight, InFlight};
use crate::helpers::seal::{SealError, SealKeys};
use crate::transport::BoxFuture;
use crate::user_management::{AuthenticateWithRefreshTokenParams, AuthenticationStep};
use crate::{Client, Error, RequestOptions, SecretString};
use zeroize::Zeroizing;

/// For how long the answer to a refresh is given again to those who come with the old cookie.
pub const SHARED_FOR: Duration = Duration::from_secs(10);

/// How to refresh a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionRefreshOptions {
    /// The organization that the session is for from now on; otherwise it stays with its own.
    pub organization_id: Option<String>,
}

/// A session with new tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshedSession {
    /// The new value of the cookie.
    pub sealed: SecretString,
    /// What it holds.
    pub data: SessionData,
}

/// Why a session has no new tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RefreshError {
    /// There is no cookie.
    NoSession,
    /// The cookie cannot be opened.
    InvalidSession(SealError),
    /// The cookie holds no refresh token.
    NoRefreshToken,
    /// WorkOS has ended the session, or used the token up (`invalid_grant`).
    Revoked(Arc<Error>),
    /// The organization asks for more than the session was started with.
    #[non_exhaustive]
    StepRequired {
        /// What the user has to do.
        step: Box<AuthenticationStep>,
        /// The server's answer.
        error: Arc<Error>,
    },
    /// Anything else: an outage, a limit, a wrong API key. The session goes on; keep its cookie.
    Failed(Arc<Error>),
    /// The cookie's passwords are at fault.
    Configuration(SealError),
}

impl RefreshError {
    /// The user has to sign in again: delete the cookie. In every other case keep it.
    pub fn session_is_over(&self) -> bool {
        match self {
            Self::NoSession | Self::InvalidSession(_) | Self::NoRefreshToken | Self::Revoked(_) => {
                true
            }
            Self::StepRequired { error, .. } | Self::Failed(error) => {
                matches!(error.code(), Some("sso_required" | "mfa_enrollment"))
            }
            Self::Configuration(_) => false,
        }
    }

    /// The same may work in a moment.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed(error) if error.is_transient())
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.error()?.retry_after()
    }

    /// What the call failed with, where one was made.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Revoked(error) | Self::StepRequired { error, .. } | Self::Failed(error) => {
                Some(error)
            }
            _ => None,
        }
    }

    #[inline]
    fn of(error: Error) -> Self {
        let step = error.authentication_step();
        let invalid_grant = error.code() == Some("invalid_grant");
        let error = Arc::new(error);
        match step {
            // Whatever the status: the service answers 400, older ones 401.
            _ if invalid_grant => Self::Revoked(error),
            Some(step) => Self::StepRequired { step: Box::new(step), error },
            None => Self::Failed(error),
        }
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSession => f.write_str("there is no session cookie"),
            Self::InvalidSession(error) => write!(f, "the session cookie is invalid: {error}"),
            Self::NoRefreshToken => f.write_str("the session has no refresh token"),
            Self::Revoked(error) => write!(f, "the session is over: {error}"),
            Self::StepRequired { error, .. } => write!(f, "the user has to do more: {error}"),
            Self::Failed(error) => write!(f, "the session could not be refreshed: {error}"),
            Self::Configuration(error) => write!(f, "the cookie password is wrong: {error}"),
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

/// Held while a session is refreshed; dropping it lets the next process in.
pub type RefreshGuard = Box<dyn Any + Send>;

/// A lock and a memory that several processes share, in Redis or a database, so that they do not
/// refresh one session at the same time.
///
/// `key` stands for the refresh token and the organization and gives nothing away. What cannot be
/// locked, remembered or recalled because of a failure is best left out: the refresh is then made.
pub trait RefreshLock: Send + Sync {
    /// Waits until no other process refreshes this session.
    fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard>;

    /// What [`remember`](Self::remember) was given for this key, while it lasts.
    fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>>;

    /// Keeps the new session, which is sealed, for this long.
    fn remember(&self, key: &str, sealed: SecretString, lifetime: Duration) -> BoxFuture<()>;
}

impl Session {
    /// New tokens for the session, and the cookie to set.
    ///
    /// However many requests ask for it at a time, WorkOS is asked once and all get the answer;
    /// also those that come with the old cookie within [`SHARED_FOR`]. A request that goes away
    /// meanwhile takes nothing with it.
    ///
    /// # Errors
    ///
    /// [`RefreshError::session_is_over`] tells whether to delete the cookie.
    pub async fn refresh(
        &self,
        options: SessionRefreshOptions,
    ) -> Result<RefreshedSession, RefreshError> {
        let session = self.open()?;
        let organization_id = options
            .organization_id
            .or_else(|| unverified_claims(&session).org_id)
            .or(session.organization_id)
            .filter(|id| !id.is_empty());
        let key = key_of(&session.refresh_token, organization_id.as_deref());
        let mut params = AuthenticateWithRefreshTokenParams::new(session.refresh_token);
        params.organization_id = organization_id;
        let work = Work {
            client: self.client.clone(),
            params,
            options: self.options.clone(),
            key,
            shared: self.lock.clone().map(|lock| (lock, self.keys.clone())),
        };
        let data = Refreshes::get(work).await?;
        let sealed = seal_session(&data, &self.keys).map_err(RefreshError::Configuration)?;
        Ok(RefreshedSession { sealed, data: (*data).clone() })
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
}

/// Names a refresh without giving the token away.
type Key = [u8; 32];

fn key_of(refresh_token: &SecretString, organization_id: Option<&str>) -> Key {
    let token = refresh_token.expose();
    let text = Zeroizing::new(format!("{}:{token}{organization_id:?}", token.len()));
    sha256(text.as_bytes())
}

type Answer = Result<Arc<SessionData>, RefreshError>;

/// The refreshes of a client that are under way or were made lately.
#[derive(Default)]
pub(crate) struct Refreshes {
    entries: Mutex<HashMap<Key, Entry>>,
}

enum Entry {
    UnderWay(InFlight<Answer>),
    /// And when, by the runtime's clock.
    Done(Answer, Duration),
}

impl Refreshes {
    async fn get(work: Work) -> Answer {
        let client = work.client.clone();
        match Self::join_or_start(work) {
            Ok(answer) => answer,
            // It goes on when the request that started it is cancelled: by then the old token may
            // be used up.
            Err(flight) => {
                let landed = flight.land(&*client.settings().runtime).await;
                landed.unwrap_or_else(|panicked| {
                    Err(RefreshError::Failed(Arc::new(panicked.during(&Operation::CUSTOM))))
                })
            }
        }
    }

    /// The answer, if there is one already, or a share in the work that will yield it.
    #[inline]
    fn join_or_start(work: Work) -> Result<Answer, Flight<Answer>> {
        let (client, key) = (work.client.clone(), work.key);
        let settings = client.settings();
        let now = settings.runtime.elapsed();
        let mut entries = settings.helpers.refreshes.entries();
        entries.retain(|_, entry| match entry {
            Entry::UnderWay(flight) => flight.is_under_way(),
            Entry::Done(_, at) => now.saturating_sub(*at) < SHARED_FOR,
        });
        match entries.entry(key).or_insert_with(|| Entry::UnderWay(InFlight::default())) {
            Entry::Done(answer, _) => Ok(answer.clone()),
            Entry::UnderWay(flight) => Err(flight.join(|| Box::pin(work.run()))),
        }
    }

    /// Keeps what stays true for a while, and forgets the rest, so that the next one may try.
    fn finish(&self, key: Key, answer: &Answer, now: Duration) {
        let mut entries = self.entries();
        match answer {
            Ok(_) | Err(RefreshError::Revoked(_)) => {
                entries.insert(key, Entry::Done(answer.clone(), now));
            }
            Err(_) => {
                entries.remove(&key);
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One refresh.
struct Work {
    client: Client,
    params: AuthenticateWithRefreshTokenParams,
    options: Option<RequestOptions>,
    key: Key,
    shared: Option<(Arc<dyn RefreshLock>, SealKeys)>,
}

impl Work {
    async fn run(self) -> Answer {
        let (client, key) = (self.client.clone(), self.key);
        let answer = match self.shared.clone() {
            None => self.ask().await,
            Some((lock, keys)) => self.ask_under(&*lock, &keys).await,
        };
        let settings = client.settings();
        settings.helpers.refreshes.finish(key, &answer, settings.runtime.elapsed());
        answer
    }

    async fn ask(self) -> Answer {
        let call = self.client.user_management().authenticate_with_refresh_token(self.params);
        let response = call.options(self.options.as_ref()).await.map_err(RefreshError::of)?;
        Ok(Arc::new(response.into()))
    }

    async fn ask_under(self, lock: &dyn RefreshLock, keys: &SealKeys) -> Answer {
        let key = hex_encode(&self.key);
        let now = self.client.now();
        let _guard = lock.acquire(&key).await;
        let recalled = lock.recall(&key).await;
        if let Some(data) =
            recalled.and_then(|sealed| unseal_session(sealed.expose(), keys, now).ok())
        {
            return Ok(Arc::new(data));
        }
        let data = self.ask().await?;
        if let Ok(sealed) = seal_session(&data, keys) {
            lock.remember(&key, sealed, SHARED_FOR).await;
        }
        Ok(data)
    }
}
