//! Postgres: a refresh lock, and a checkpoint of events.

mod checkpoint;
mod connection;
mod lock;

#[doc(no_inline)]
pub use ::tokio_postgres;

pub use self::checkpoint::{EVENTS_SCHEMA, PostgresCheckpoint, PostgresTransaction};
pub use self::lock::{PostgresRefreshLock, SCHEMA};
