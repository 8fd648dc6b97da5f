//! A refresh lock in Redis or Valkey.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, cmd};
use workos::transport::BoxFuture;

use crate::leases::{Connection, Leases, StoreError, refresh_lock};

/// Comes before every key, unless you set another [`prefix`](RedisRefreshLock::prefix).
pub const PREFIX: &str = "workos:refresh:";

const CLAIM: &str = "\
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0";
const REMOVE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

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
        Self::connect_with(Client::open(url).map_err(error)?).await
    }

    /// Connects with a client of your own, such as one of `Client::build_with_tls`.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(client: Client) -> Result<Self, StoreError> {
        let connect = move || {
            let client = client.clone();
            Box::pin(async move { Redis::connect(&client).await }) as BoxFuture<_>
        };
        let mut leases = Leases::connect(Box::new(connect)).await?;
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

struct Redis(MultiplexedConnection);

impl Redis {
    async fn connect(client: &Client) -> Result<Self, StoreError> {
        // Our own limits cover connecting and commands together.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await;
        connection.map(Self).map_err(error)
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        command.query_async(&mut self.0.clone()).await.map_err(error)
    }
}

impl Connection for Redis {
    async fn claim(&self, key: &str, value: &str, lifetime: Duration) -> Result<bool, StoreError> {
        let lifetime = milliseconds(lifetime);
        self.run(cmd("EVAL").arg(CLAIM).arg(1).arg(key).arg(value).arg(lifetime)).await
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.run(cmd("GET").arg(key)).await
    }

    async fn set(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), StoreError> {
        self.run(cmd("SET").arg(key).arg(value).arg("PX").arg(milliseconds(lifetime))).await
    }

    async fn remove(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.run(cmd("EVAL").arg(REMOVE).arg(1).arg(key).arg(value)).await
    }
}

/// Redis rejects zero.
fn milliseconds(lifetime: Duration) -> u64 {
    u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn error(error: RedisError) -> StoreError {
    StoreError::new(format!("Redis: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn errors_do_not_contain_the_password() {
        for url in ["redis://:hunter2@127.0.0.1:1/", "redis://:hunter2", "http://:hunter2@host"] {
            let error = RedisRefreshLock::connect(url).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
