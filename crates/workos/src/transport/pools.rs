//! A connection pool for each tokio runtime.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Handle, Id};

use super::TransportError;

/// More runtimes than this rarely exist at once, so the oldest pool belongs to one that has ended.
const MOST_POOLS: usize = 256;

/// HTTP clients, and with them connection pools, one for each tokio runtime that sends requests.
///
/// A connection is driven by a task of the runtime that opened it. A request that another runtime
/// sends on it stalls while the first runtime is not driven, and fails when that ends. The server
/// may have read it by then, so it could not be retried.
pub(super) struct Pools<C> {
    make: Box<dyn Fn() -> Result<C, TransportError> + Send + Sync>,
    /// The clients of the runtimes, the most recently used last. The first one is made before its
    /// runtime is known.
    clients: Mutex<Vec<(Option<Id>, C)>>,
}

impl<C: Clone> Pools<C> {
    /// Pools of the clients that `make` makes. Fails when the first cannot be made.
    pub(super) fn new(
        make: impl Fn() -> Result<C, TransportError> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, TransportError> {
        let first = (None, make()?);
        Ok(Arc::new(Self { make: Box::new(make), clients: Mutex::new(vec![first]) }))
    }

    /// The client of the runtime that this is called on.
    pub(super) fn current(&self) -> Result<C, TransportError> {
        let id = Some(Handle::try_current().map_err(TransportError::other)?.id());
        if let Some(client) = self.find(id) {
            return Ok(client);
        }
        let client = (self.make)()?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_POOLS {
            clients.remove(0);
        }
        clients.push((id, client.clone()));
        Ok(client)
    }

    fn find(&self, id: Option<Id>) -> Option<C> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let at = clients.iter().position(|(owner, _)| owner.is_none() || *owner == id)?;
        clients.get_mut(at..)?.rotate_left(1);
        let (owner, client) = clients.last_mut()?;
        *owner = id;
        Some(client.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn numbered() -> Arc<Pools<usize>> {
        let made = AtomicUsize::new(0);
        Pools::new(move || Ok(made.fetch_add(1, Ordering::Relaxed))).unwrap()
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    fn on(runtime: &Runtime, pools: &Pools<usize>) -> usize {
        runtime.block_on(async { pools.current().unwrap() })
    }

    #[test]
    fn each_runtime_has_a_pool_of_its_own_and_keeps_it() {
        let (pools, runtimes) = (numbered(), [runtime(), runtime(), runtime()]);
        let seen: Vec<_> =
            [0, 1, 0, 2, 2, 1, 0].iter().map(|&at| on(&runtimes[at], &pools)).collect();
        assert_eq!(seen, [0, 1, 0, 2, 2, 1, 0]);
    }

    #[test]
    fn of_too_many_pools_the_one_that_was_used_least_recently_goes() {
        let (pools, busy) = (numbered(), runtime());
        for _ in 0..2 * MOST_POOLS {
            assert_eq!(on(&busy, &pools), 0);
            on(&runtime(), &pools);
            assert!(pools.clients.lock().unwrap().len() <= MOST_POOLS);
        }
    }

    #[test]
    fn without_a_runtime_there_is_no_pool() {
        assert!(numbered().current().is_err());
    }
}
