//! What the locks have in common: leases, and doing without a database that does not answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use workos::SecretString;
use workos::helpers::session::RefreshGuard;
use workos::transport::BoxFuture;

use crate::StoreError;
use crate::circuit::Circuit;
use crate::link::{COMMAND_TIMEOUT, Connect, Link};

/// How long a lock is held at most. A process that was killed with one blocks nobody for longer.
pub const LEASE: Duration = Duration::from_secs(10);
/// How long to wait for a lock: long enough for one that a killed process has left.
const PATIENCE: Duration = Duration::from_secs(15);
const SHORTEST_POLL: Duration = Duration::from_millis(10);
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// A connection to a database, as leases need it: keys with values that expire.
///
/// A future may be dropped while the database executes its command.
pub(crate) trait Connection: Send + Sync + 'static {
    /// Sets the value, unless the key has another one. Returns whether the key has the value now.
    fn claim(
        &self,
        key: &str,
        value: &str,
        lifetime: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn get(&self, key: &str) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    fn set(
        &self,
        key: &str,
        value: &str,
        lifetime: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the key if it still has this value.
    fn remove(&self, key: &str, value: &str)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A [`RefreshLock`](workos::helpers::session::RefreshLock) on any database.
pub(crate) struct Leases<C> {
    shared: Arc<Shared<C>>,
    pub(crate) timeout: Duration,
    /// Comes before every key.
    pub(crate) prefix: Arc<str>,
}

struct Shared<C> {
    link: Link<C>,
    circuit: Circuit,
}

impl<C> Clone for Leases<C> {
    fn clone(&self) -> Self {
        let (shared, prefix) = (self.shared.clone(), self.prefix.clone());
        Self { shared, timeout: self.timeout, prefix }
    }
}

impl<C: Connection> Leases<C> {
    pub(crate) async fn connect(connect: Connect<C>) -> Result<Self, StoreError> {
        let shared = Shared { link: Link::open(connect).await?, circuit: Circuit::default() };
        let (shared, prefix) = (Arc::new(shared), Default::default());
        Ok(Self { shared, timeout: COMMAND_TIMEOUT, prefix })
    }

    fn runtime(&self) -> &Handle {
        &self.shared.link.runtime
    }

    pub(crate) fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard> {
        let claim = Claim {
            leases: self.clone(),
            key: format!("{}lock:{key}", self.prefix),
            session_key: self.session_key(key),
            owner: format!("{:032x}", fastrand::u128(..)),
        };
        let (waiting, guard) = oneshot::channel();
        self.runtime().spawn(claim.acquire(waiting));
        // Without an answer there is nothing to hold.
        Box::pin(async move { Box::new(guard.await.ok()) as RefreshGuard })
    }

    pub(crate) fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>> {
        let (leases, key) = (self.clone(), self.session_key(key));
        let step = self.runtime().spawn(async move { leases.get(&key).await });
        Box::pin(async move { step.await.ok()?.map(SecretString::from) })
    }

    pub(crate) fn remember(
        &self,
        key: &str,
        sealed: SecretString,
        lifetime: Duration,
    ) -> BoxFuture<()> {
        let (leases, key) = (self.clone(), self.session_key(key));
        let step = self.runtime().spawn(async move {
            let (key, sealed) = (key.as_str(), sealed.expose());
            leases
                .attempt(|connection| async move { connection.set(key, sealed, lifetime).await })
                .await;
        });
        Box::pin(async move {
            // A step that panicked has remembered nothing.
            let _ = step.await;
        })
    }

    fn session_key(&self, key: &str) -> String {
        format!("{}session:{key}", self.prefix)
    }

    async fn get(&self, key: &str) -> Option<String> {
        self.attempt(|connection| async move { connection.get(key).await }).await?
    }

    /// Runs a command, unless the database is away. `None` when it failed.
    async fn attempt<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        command: impl Fn(Arc<C>) -> F,
    ) -> Option<T> {
        if self.shared.circuit.admits() { self.run(command).await } else { None }
    }

    async fn run<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        command: impl Fn(Arc<C>) -> F,
    ) -> Option<T> {
        match self.shared.link.run(self.timeout, command).await {
            Ok(value) => {
                self.shared.circuit.succeeded();
                Some(value)
            }
            Err(_error) => {
                self.shared.circuit.failed();
                #[cfg(feature = "tracing")]
                tracing::warn!(error = %_error, "a refresh lock does without its database");
                None
            }
        }
    }
}

/// What is to be held, as what.
struct Claim<C> {
    leases: Leases<C>,
    key: String,
    session_key: String,
    /// Tells this lease from a later one of the same key.
    owner: String,
}

impl<C: Connection> Claim<C> {
    /// Polls until the lock is free, for as long as anybody waits.
    async fn acquire(self, waiting: oneshot::Sender<Lease<C>>) {
        let deadline = Instant::now() + PATIENCE;
        let mut backoff = Backoff::default();
        let (key, owner) = (self.key.as_str(), self.owner.as_str());
        let claim = |connection: Arc<C>| async move { connection.claim(key, owner, LEASE).await };
        while !waiting.is_closed()
            && Instant::now() < deadline
            && self.leases.shared.circuit.admits()
        {
            match self.leases.run(claim).await {
                // If nobody waits any longer, the lease comes back and is dropped.
                Some(true) => return drop(waiting.send(Lease(Some(self)))),
                // The exchange is done, so there is nothing to wait for, even if its process ended
                // without a release.
                Some(false) if self.leases.get(&self.session_key).await.is_some() => return,
                Some(false) => sleep(backoff.next()).await,
                None => {
                    drop(waiting);
                    // A command without an answer may have been executed.
                    return self.release().await;
                }
            }
        }
    }

    async fn release(self) {
        let (key, owner) = (self.key.as_str(), self.owner.as_str());
        self.leases.run(|connection| async move { connection.remove(key, owner).await }).await;
    }
}

/// A lock that is held. Dropping it releases it.
struct Lease<C: Connection>(Option<Claim<C>>);

impl<C: Connection> Drop for Lease<C> {
    fn drop(&mut self) {
        if let Some(claim) = self.0.take() {
            claim.leases.runtime().clone().spawn(claim.release());
        }
    }
}

/// The pauses between polls. They are random, so that waiting processes spread.
struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(SHORTEST_POLL)
    }
}

impl Backoff {
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST_POLL);
        pause.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// [`Leases`] as the lock of one database.
macro_rules! refresh_lock {
    ($lock:ident) => {
        impl $lock {
            /// Sets how long a command takes at most, instead of
            /// [`COMMAND_TIMEOUT`](crate::COMMAND_TIMEOUT).
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.0.timeout = timeout;
                self
            }
        }

        impl workos::helpers::session::RefreshLock for $lock {
            fn acquire(
                &self,
                key: &str,
            ) -> workos::transport::BoxFuture<workos::helpers::session::RefreshGuard> {
                self.0.acquire(key)
            }

            fn recall(
                &self,
                key: &str,
            ) -> workos::transport::BoxFuture<Option<workos::SecretString>> {
                self.0.recall(key)
            }

            fn remember(
                &self,
                key: &str,
                sealed: workos::SecretString,
                lifetime: std::time::Duration,
            ) -> workos::transport::BoxFuture<()> {
                self.0.remember(key, sealed, lifetime)
            }
        }

        impl std::fmt::Debug for $lock {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($lock))
                    .field("prefix", &self.0.prefix)
                    .field("timeout", &self.0.timeout)
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use refresh_lock;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::future::pending;
    use std::sync::Mutex;

    use tokio::time::{advance, timeout};

    use super::*;
    use crate::link::too_slow;

    /// How a database behaves.
    #[derive(Default, Clone, Copy, PartialEq)]
    enum Mood {
        #[default]
        Well,
        Refusing,
        Silent,
        /// Executes the next command, and loses the connection before it answers.
        Losing,
    }

    /// A server in memory.
    #[derive(Default)]
    struct Server {
        mood: Mutex<Mood>,
        rows: Mutex<HashMap<String, (String, Instant)>>,
        commands: Mutex<usize>,
        connections: Mutex<usize>,
    }

    impl Server {
        fn is(&self, mood: Mood) {
            *self.mood.lock().unwrap() = mood;
        }

        fn commands(&self) -> usize {
            *self.commands.lock().unwrap()
        }

        async fn leases(self: &Arc<Self>) -> Leases<Fake> {
            let server = self.clone();
            let connect = move || {
                let server = server.clone();
                Box::pin(async move {
                    *server.connections.lock().unwrap() += 1;
                    server.answer().await.map(|()| Fake(server))
                }) as BoxFuture<_>
            };
            Leases::connect(Box::new(connect)).await.unwrap()
        }

        async fn answer(&self) -> Result<(), StoreError> {
            let mood = *self.mood.lock().unwrap();
            match mood {
                Mood::Well => Ok(()),
                Mood::Refusing => Err(StoreError::new("refused")),
                Mood::Losing => {
                    self.is(Mood::Well);
                    Err(StoreError::new("lost"))
                }
                Mood::Silent => pending().await,
            }
        }

        async fn execute<T>(&self, work: impl FnOnce() -> T) -> Result<T, StoreError> {
            *self.commands.lock().unwrap() += 1;
            let value = matches!(*self.mood.lock().unwrap(), Mood::Well | Mood::Losing).then(work);
            self.answer().await?;
            value.ok_or_else(too_slow)
        }

        fn value(&self, key: &str) -> Option<String> {
            let rows = self.rows.lock().unwrap();
            let row = rows.get(key).filter(|(_, until)| *until > Instant::now());
            row.map(|(value, _)| value.clone())
        }

        fn set(&self, key: &str, value: &str, lifetime: Duration) {
            let row = (value.to_owned(), Instant::now() + lifetime);
            self.rows.lock().unwrap().insert(key.to_owned(), row);
        }
    }

    struct Fake(Arc<Server>);

    impl Connection for Fake {
        async fn claim(
            &self,
            key: &str,
            value: &str,
            lifetime: Duration,
        ) -> Result<bool, StoreError> {
            let claim = || {
                let is_free = self.0.value(key).is_none_or(|held| held == value);
                if is_free {
                    self.0.set(key, value, lifetime);
                }
                is_free
            };
            self.0.execute(claim).await
        }

        async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
            self.0.execute(|| self.0.value(key)).await
        }

        async fn set(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), StoreError> {
            self.0.execute(|| self.0.set(key, value, lifetime)).await
        }

        async fn remove(&self, key: &str, value: &str) -> Result<(), StoreError> {
            let remove = || {
                if self.0.value(key).as_deref() == Some(value) {
                    self.0.rows.lock().unwrap().remove(key);
                }
            };
            self.0.execute(remove).await
        }
    }

    fn holds(guard: &RefreshGuard) -> bool {
        guard.downcast_ref::<Option<Lease<Fake>>>().unwrap().is_some()
    }

    /// Lets tasks in the background finish, such as a release.
    async fn settle() {
        sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_is_held_by_one_until_it_is_dropped() {
        let server = Arc::new(Server::default());
        let (one, two) = (server.leases().await, server.leases().await);
        let guard = one.acquire("key").await;
        assert!(holds(&guard));
        assert!(timeout(LEASE / 2, two.acquire("key")).await.is_err());
        assert!(holds(&two.acquire("another key").await));
        drop(guard);
        settle().await;
        assert!(holds(&two.acquire("key").await));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_of_a_killed_process_ends_with_its_lease() {
        let server = Arc::new(Server::default());
        std::mem::forget(server.leases().await.acquire("key").await);
        let start = Instant::now();
        assert!(holds(&server.leases().await.acquire("key").await));
        let waited = start.elapsed();
        assert!(waited >= LEASE && waited <= LEASE + LONGEST_POLL, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_remembered_session_ends_the_wait() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        std::mem::forget(leases.acquire("key").await);
        let waiting = tokio::spawn(server.leases().await.acquire("key"));
        settle().await;
        assert!(!waiting.is_finished());
        leases.remember("key", "sealed".into(), LEASE).await;
        assert!(!holds(&timeout(LONGEST_POLL, waiting).await.unwrap().unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_release_leaves_the_next_lease_alone() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        let late = leases.acquire("key").await;
        advance(LEASE).await;
        let next = leases.acquire("key").await;
        drop(late);
        settle().await;
        assert!(holds(&next));
        assert!(server.value("lock:key").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_leaves_no_lock() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        let guard = leases.acquire("key").await;
        assert!(timeout(LONGEST_POLL, leases.acquire("key")).await.is_err());
        drop(guard);
        sleep(LONGEST_POLL).await;
        assert_eq!(server.value("lock:key"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_recalled_until_it_expires() {
        let server = Arc::new(Server::default());
        let (one, two) = (server.leases().await, server.leases().await);
        one.remember("key", "sealed".into(), LEASE).await;
        assert_eq!(two.recall("key").await, Some("sealed".into()));
        assert_eq!(two.recall("another key").await, None);
        advance(LEASE).await;
        assert_eq!(two.recall("key").await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_database_costs_one_timeout() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        server.is(Mood::Silent);
        let start = Instant::now();
        assert!(!holds(&leases.acquire("key").await));
        assert_eq!(start.elapsed(), COMMAND_TIMEOUT);
        assert_eq!(leases.recall("key").await, None);
        leases.remember("key", "sealed".into(), LEASE).await;
        assert!(!holds(&leases.acquire("key").await));
        assert_eq!(start.elapsed(), COMMAND_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_is_away_is_left_alone_and_used_again_when_it_is_back() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        server.is(Mood::Refusing);
        let start = Instant::now();
        assert_eq!(leases.recall("key").await, None);
        let commands = server.commands();
        for _ in 0..100 {
            assert!(!holds(&leases.acquire("key").await));
        }
        assert_eq!((server.commands(), start.elapsed()), (commands, Duration::ZERO));
        server.is(Mood::Well);
        advance(Duration::from_secs(2)).await;
        assert!(holds(&leases.acquire("key").await));
        assert_eq!(*server.connections.lock().unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_connection_is_replaced_without_a_pause() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        server.is(Mood::Losing);
        // The lock was taken before the connection was lost, and is ours.
        assert!(holds(&leases.acquire("key").await));
        assert_eq!(*server.connections.lock().unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn one_command_connects_for_all() {
        let server = Arc::new(Server::default());
        let leases = server.leases().await;
        *leases.shared.link.current() = None;
        let steps: Vec<_> = (0..100).map(|_| leases.recall("key")).collect();
        for step in steps {
            step.await;
        }
        assert_eq!(*server.connections.lock().unwrap(), 2);
    }

    #[test]
    fn steps_need_no_runtime_of_their_own_and_survive_its_end() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
        let server = Arc::new(Server::default());
        let leases = runtime.block_on(server.leases());
        let guard = futures_executor::block_on(leases.acquire("key"));
        assert!(holds(&guard));
        drop(runtime);
        assert!(!holds(&futures_executor::block_on(leases.acquire("another key"))));
        assert_eq!(futures_executor::block_on(leases.recall("key")), None);
        drop(guard);
    }

    #[test]
    fn a_lock_takes_a_runtime_to_be_created() {
        let server = Arc::new(Server::default());
        let connect = move || {
            let server = server.clone();
            Box::pin(async move { Ok(Fake(server)) }) as BoxFuture<_>
        };
        assert!(futures_executor::block_on(Leases::connect(Box::new(connect))).is_err());
    }

    #[test]
    fn polls_slow_down_and_are_spread() {
        let mut backoff = Backoff::default();
        for longest in [10, 20, 40, 80, 100, 100] {
            let longest = Duration::from_millis(longest);
            let pause = backoff.next();
            assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
        }
    }
}
