//! A lease of event streams in Redis or Valkey.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::Client;
use workos::helpers::events::{BoxError, Lease};
use workos::transport::BoxFuture;

use super::connection::{Redis, client, connector};
use crate::StoreError;
use crate::leases::Connection;
use crate::link::{COMMAND_TIMEOUT, Link};

/// Comes before every key, unless you set another [`prefix`](RedisLease::prefix).
pub const EVENTS_PREFIX: &str = "workos:events:";

/// Lets one of many workers read a stream of events, by a key in Redis or Valkey.
///
/// A checkpoint in Postgres or SQLite has a lease of its own. Take this one for a checkpoint that
/// has none, or to keep that traffic away from the database:
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # async fn run(client: workos::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use workos::EventName;
/// use workos_stores::{PostgresCheckpoint, RedisLease};
///
/// let lease = RedisLease::connect("redis://:password@redis.internal:6379/0").await?;
/// let consumer = client
///     .events()
///     .follow([EventName::UserCreated])
///     .checkpoint(PostgresCheckpoint::connect("postgres://app:password@db.internal/app").await?)
///     .lease(Arc::new(lease));
/// # Ok(()) }
/// ```
///
/// A claim takes up to [`COMMAND_TIMEOUT`](crate::COMMAND_TIMEOUT), and fails while Redis is away:
/// a worker then keeps the stream for as long as its lease lasts, and nobody takes over.
///
/// It works on the tokio runtime that it was created in, which has to keep running.
#[derive(Clone)]
pub struct RedisLease {
    link: Arc<Link<Redis>>,
    prefix: Arc<str>,
}

impl RedisLease {
    /// Connects to the server of a URL.
    ///
    /// # Errors
    ///
    /// When the URL is invalid, when the server does not answer or refuses the password, and
    /// outside of a tokio runtime.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(client(url)?).await
    }

    /// Connects with a client of your own, such as one of `Client::build_with_tls`.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(client: Client) -> Result<Self, StoreError> {
        let link = Arc::new(Link::open(connector(client)).await?);
        Ok(Self { link, prefix: EVENTS_PREFIX.into() })
    }

    /// Sets what comes before every key, instead of [`EVENTS_PREFIX`]: for several applications or
    /// environments in one database.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn key(&self, stream: &str) -> String {
        format!("{}{stream}", self.prefix)
    }
}

impl Lease for RedisLease {
    fn claim(
        &self,
        stream: &str,
        owner: &str,
        lifetime: Duration,
    ) -> BoxFuture<Result<bool, BoxError>> {
        let (key, owner) = (self.key(stream), owner.to_owned());
        let claimed = self.link.spawn(COMMAND_TIMEOUT, move |redis| {
            let (key, owner) = (key.clone(), owner.clone());
            async move { redis.claim(&key, &owner, lifetime).await }
        });
        Box::pin(async move { Ok(claimed.await?) })
    }

    fn release(&self, stream: &str, owner: &str) -> BoxFuture<Result<(), BoxError>> {
        let (key, owner) = (self.key(stream), owner.to_owned());
        let removed = self.link.spawn(COMMAND_TIMEOUT, move |redis| {
            let (key, owner) = (key.clone(), owner.clone());
            async move { redis.remove(&key, &owner).await }
        });
        Box::pin(async move { Ok(removed.await?) })
    }
}

impl fmt::Debug for RedisLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLease").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
