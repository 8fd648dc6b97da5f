//! [`Redis`]: a connection to a server.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, cmd};

use crate::StoreError;
use crate::leases::Connection;
use crate::link::Connect;

const CLAIM: &str = "\
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1";
const REMOVE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

pub(super) fn client(url: &str) -> Result<Client, StoreError> {
    Client::open(url).map_err(error)
}

/// Opens connections.
pub(super) fn connector(client: Client) -> Connect<Redis> {
    Box::new(move || {
        let client = client.clone();
        Box::pin(async move { Redis::connect(&client).await })
    })
}

pub(super) struct Redis(MultiplexedConnection);

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
    use crate::{RedisLease, RedisRefreshLock};

    #[tokio::test]
    async fn errors_do_not_contain_the_password() {
        for url in ["redis://:hunter2@127.0.0.1:1/", "redis://:hunter2", "http://:hunter2@host"] {
            for error in [
                RedisRefreshLock::connect(url).await.map(drop).unwrap_err(),
                RedisLease::connect(url).await.map(drop).unwrap_err(),
            ] {
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }
}
