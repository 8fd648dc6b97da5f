//! [`World`]: the state of one emulator.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use workos::{SecretString, Timestamp};

use crate::access::{Access, bearer};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::outbox::{Email, EmailKind, Outbox};
use crate::requests::Requests;
use crate::store::Store;

/// The state behind all routes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) api_key: SecretString,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) ids: Ids,
    pub(crate) outbox: Outbox,
    pub(crate) requests: Requests,
    store: Mutex<Store>,
}

impl World {
    pub(crate) fn new(api_key: SecretString, access: Access, seed: u64) -> Self {
        Self {
            access,
            api_key,
            clock: Clock::default(),
            faults: Faults::default(),
            ids: Ids::new(seed),
            outbox: Outbox::default(),
            requests: Requests::default(),
            store: Mutex::default(),
        }
    }

    /// Locks the state. Handlers must not wait while they hold the lock.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new ID with this prefix.
    pub(crate) fn id(&self, prefix: &str) -> String {
        self.ids.id(prefix, self.clock.now())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn send(&self, to: &str, kind: EmailKind, code: Option<String>, object_id: &str) {
        let (to, object_id) = (to.to_owned(), object_id.to_owned());
        self.outbox.send(Email { to, kind, code, object_id, sent_at: self.now() });
    }

    /// Resets everything except the keys, the clock and the position in the seed.
    pub(crate) fn reset(&self) {
        *self.store() = Store::default();
        self.faults.clear();
        self.outbox.clear();
        self.requests.clear();
    }

    /// Checks the API key of a request.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), Failure> {
        if bearer(headers).as_ref() == Some(&self.api_key) {
            Ok(())
        } else {
            Err(Failure::unauthorized())
        }
    }
}

/// The world, as an extractor for handlers.
#[derive(Debug, Clone)]
pub(crate) struct Shared(pub(crate) Arc<World>);

impl std::ops::Deref for Shared {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Shared {
    type Rejection = Failure;

    /// Every request carries its world, so that all emulators of a process share one router.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let shared = parts.extensions.get::<Self>().cloned();
        shared.ok_or_else(|| Failure::not_implemented(&parts.method, parts.uri.path()))
    }
}
