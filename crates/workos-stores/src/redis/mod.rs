//! Redis and Valkey: a refresh lock, and a lease of event streams.

mod connection;
mod lease;
mod lock;

pub use self::lease::{EVENTS_PREFIX, RedisLease};
pub use self::lock::{PREFIX, RedisRefreshLock};
