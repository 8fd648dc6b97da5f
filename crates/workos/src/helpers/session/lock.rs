//! Refreshing a session once per fleet: a lock and a memory that several processes share.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::{SHARED_FOR, SessionData, seal_session, unseal_session, unverified_claims};
use crate::helpers::seal::SealKeys;
use crate::transport::BoxFuture;
use crate::{Client, SecretString};

/// How long a refresh waits for one step of a [`RefreshLock`], unless
/// [`Session::refresh_lock_timeout`](super::Session::refresh_lock_timeout) says otherwise.
pub const REFRESH_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Held while a session is refreshed; dropping it lets the next process in.
pub type RefreshGuard = Box<dyn Any + Send>;

/// A lock and a memory that several processes share, in Redis or a database, so that together they
/// exchange a refresh token once.
///
/// `key` identifies a refresh token without revealing it: the SHA-256 of the token, in hexadecimal.
///
/// A failure here ends no session. What cannot be locked, recalled or remembered is best skipped,
/// as is a step that takes longer than [`REFRESH_LOCK_TIMEOUT`]: the refresh then goes on without.
pub trait RefreshLock: Send + Sync {
    /// Waits until no other process exchanges this token.
    fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard>;

    /// What [`remember`](Self::remember) was given for this key, while it lasts.
    fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>>;

    /// Keeps the session that replaces the token's, which is sealed, for this long.
    fn remember(&self, key: &str, sealed: SecretString, lifetime: Duration) -> BoxFuture<()>;
}

/// A [`RefreshLock`] as a refresh uses it: every wait is bounded, and what is recalled is believed
/// only of the same user and session.
#[derive(Clone)]
pub(super) struct SharedLock {
    pub(super) lock: Arc<dyn RefreshLock>,
    pub(super) timeout: Duration,
    pub(super) keys: SealKeys,
    pub(super) client: Client,
    pub(super) owner: Owner,
}

impl SharedLock {
    /// `None` when it took too long: one more request is better than a user who waits.
    pub(super) async fn acquire(&self, key: &str) -> Option<RefreshGuard> {
        self.bounded(self.lock.acquire(key)).await
    }

    pub(super) async fn recall(&self, key: &str) -> Option<SessionData> {
        let sealed = self.bounded(self.lock.recall(key)).await??;
        let data = unseal_session(sealed.expose(), &self.keys, self.client.now()).ok()?;
        (self.owner.owns(&data) && !data.refresh_token.is_empty()).then_some(data)
    }

    /// Keeps the session, and the lock until that is done.
    pub(super) async fn remember(
        self,
        key: String,
        session: Arc<SessionData>,
        guard: Option<RefreshGuard>,
    ) {
        if let Ok(sealed) = seal_session(&session, &self.keys) {
            self.bounded(self.lock.remember(&key, sealed, SHARED_FOR)).await;
        }
        drop(guard);
    }

    async fn bounded<T>(&self, step: BoxFuture<T>) -> Option<T> {
        let timer = self.client.settings().runtime.sleep(self.timeout);
        match select(step, timer).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

/// The user and the session that a cookie belongs to, where it names them.
#[derive(Clone)]
pub(super) struct Owner {
    user_id: Option<String>,
    session_id: Option<String>,
}

impl Owner {
    pub(super) fn of(session: &SessionData) -> Self {
        let claims = unverified_claims(session);
        let user_id = session.user.as_ref().map(|user| user.id.clone());
        Self { user_id: user_id.or(claims.sub), session_id: claims.sid }
    }

    /// Whether all that is known of the owner is true of this session, too.
    fn owns(&self, session: &SessionData) -> bool {
        let other = Self::of(session);
        let same = |known: &Option<String>, other| known.is_none() || *known == other;
        same(&self.user_id, other.user_id) && same(&self.session_id, other.session_id)
    }
}
