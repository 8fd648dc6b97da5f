//! A refresh lock in Redis or Valkey.

use redis::Client;

use super::connection::{Redis, client, connector};
use crate::StoreError;
use crate::leases::{Leases, refresh_lock};

/// Comes before every key, unless you set another [`prefix`](RedisRefreshLock::prefix).
pub const PREFIX: &str = "workos:refresh:";

/// A refresh lock in Redis or Valkey.
///
/// ```no_run
/// # async fn run() -> Result<(), workos_stores::StoreError> {
/// use workos_stores::RedisRefreshLock;
///
/// let lock = RedisRefreshLock::connect("redis://:password@redis.internal:6379/0").await?;
/// # Ok(()) }
/// ```
///
/// For `rediss://`, turn on a TLS feature of the crate `redis`, such as `tokio-rustls-comp`. For a
/// certificate of your own, use [`connect_with`](Self::connect_with).
///
/// Every key expires by itself. Each command concerns one key, so a server that spreads keys over a
/// cluster works, too, behind one address. An account needs the commands `EVAL`, `GET`, `SET` and
/// `DEL`.
#[derive(Clone)]
pub struct RedisRefreshLock(Leases<Redis>);

impl RedisRefreshLock {
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
        let mut leases = Leases::connect(connector(client)).await?;
        leases.prefix = PREFIX.into();
        Ok(Self(leases))
    }

    /// Sets what comes before every key, instead of [`PREFIX`]: for several applications or
    /// environments in one database.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.0.prefix = prefix.into();
        self
    }
}

refresh_lock!(RedisRefreshLock);
