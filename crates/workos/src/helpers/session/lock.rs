//! Refreshing a session once across processes, with a shared lock and cache.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::{SHARED_FOR, SessionData, seal_session, unseal_session, unverified_claims};
use crate::helpers::seal::SealKeys;
use crate::transport::BoxFuture;
use crate::{Client, SecretString};

/// How long a refresh waits for each step of a [`RefreshLock`] by default. Change it with
/// [`Session::refresh_lock_timeout`](super::Session::refresh_lock_timeout).
pub const REFRESH_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Held while a session is refreshed; dropping it releases the lock.
pub type RefreshGuard = Box<dyn Any + Send>;

/// A lock and a cache that several processes share, in Redis or a database, so that together they
/// exchange a refresh token once.
///
/// `key` identifies a refresh token without revealing it: the SHA-256 of the token, in hexadecimal.
///
/// A failure here ends no session. If a step fails, return as if there was nothing to lock, recall
/// or remember. A step that takes longer than [`REFRESH_LOCK_TIMEOUT`] is skipped, too.
pub trait RefreshLock: Send + Sync {
    /// Waits until no other process is exchanging this token.
    fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard>;

    /// The session that [`remember`](Self::remember) stored for this key, until it expires.
    fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>>;

    /// Stores the session that replaces the one of this token, sealed, for this long.
    fn remember(&self, key: &str, sealed: SecretString, lifetime: Duration) -> BoxFuture<()>;
}

/// A [`RefreshLock`] as a refresh uses it: every wait is bounded, and a recalled session is
/// accepted only for the same user and session.
#[derive(Clone)]
pub(super) struct SharedLock {
    pub(super) lock: Arc<dyn RefreshLock>,
    pub(super) timeout: Duration,
    pub(super) keys: SealKeys,
    pub(super) client: Client,
    pub(super) owner: Owner,
}

impl SharedLock {
    /// `None` when it took too long: one more request is better than a waiting user.
    pub(super) async fn acquire(&self, key: &str) -> Option<RefreshGuard> {
        self.bounded(self.lock.acquire(key)).await
    }

    pub(super) async fn recall(&self, key: &str) -> Option<SessionData> {
        let sealed = self.bounded(self.lock.recall(key)).await??;
        let data = unseal_session(sealed.expose(), &self.keys, self.client.now()).ok()?;
        (self.owner.owns(&data) && !data.refresh_token.is_empty()).then_some(data)
    }

    /// Stores the session, and holds the lock until that is done.
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

/// The user and the session that a cookie belongs to, if it names them.
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

    /// Whether everything known about the owner is also true of this session.
    fn owns(&self, session: &SessionData) -> bool {
        let other = Self::of(session);
        let same = |known: &Option<String>, other| known.is_none() || *known == other;
        same(&self.user_id, other.user_id) && same(&self.session_id, other.session_id)
    }
}
