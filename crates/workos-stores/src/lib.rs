//! Refreshing a session once across processes: refresh locks in Redis, Postgres and SQLite for the
//! [`workos`] SDK.
//!
//! A refresh token works once. Within a process the SDK shares each refresh by itself. An
//! application that runs as several processes, on one machine or on many, needs a lock and a memory
//! that all of them can reach: otherwise two processes exchange the same token, and the later one
//! relies on WorkOS forgiving that. A [`RefreshLock`] is both, and this crate has three:
//!
//! | Type | Feature | Driver | For |
//! |---|---|---|---|
//! | [`RedisRefreshLock`] | `redis` | [`redis`](https://docs.rs/redis) | Redis and Valkey |
//! | [`PostgresRefreshLock`] | `postgres` | [`tokio-postgres`](https://docs.rs/tokio-postgres) | Postgres |
//! | [`SqliteRefreshLock`] | `sqlite` | [`rusqlite`](https://docs.rs/rusqlite) | several processes on one machine |
//!
//! No feature is on by default. Create one lock when the application starts, and give it to every
//! session:
//!
//! ```no_run
//! # #[cfg(feature = "redis")]
//! # async fn run(client: workos::Client, keys: workos::helpers::seal::SealKeys, cookie: String) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use workos_stores::RedisRefreshLock;
//!
//! let lock = Arc::new(RedisRefreshLock::connect("redis://127.0.0.1/").await?);
//!
//! let session = client.session(cookie, &keys).refresh_lock(lock.clone());
//! let refreshed = session.refresh(Default::default()).await?;
//! # Ok(()) }
//! ```
//!
//! The pages of [`PostgresRefreshLock`] and [`SqliteRefreshLock`] have examples, too.
//!
//! # What you can rely on
//!
//! Nobody is signed out because a database has failed. A refresh then works as if it had no lock,
//! and processes that exchange the same token meanwhile rely on the grace period of WorkOS.
//!
//! | Situation | What happens |
//! |---|---|
//! | The database is slow | A command takes up to [`COMMAND_TIMEOUT`], or the `timeout` you set. Then the refresh continues without. |
//! | The database is away | The first refresh finds out. For 2 seconds the others do without it and do not wait. Then one command tries again; while it fails, the pause doubles, up to 30 seconds. |
//! | The database is back, or was restarted | The next command opens a new connection. A connection that was only closed while idle is replaced without a pause. |
//! | A process ends or is killed while it holds a lock | The lock is a lease: it ends by itself after [`LEASE`]. Once the new session is stored, nobody waits for that. |
//! | An exchange takes longer than [`LEASE`] | Another process may exchange the same token. |
//! | Clocks differ | Redis and Postgres measure all times themselves. The processes of one SQLite file have the clock of their machine; a jump of it ends leases early or late. |
//!
//! With the feature `tracing`, every failure is a warning.
//!
//! What is stored are hashes of refresh tokens and the sealed sessions that replace them, for the
//! [10 seconds](workos::helpers::session::SHARED_FOR) that the SDK asks for. The database needs the
//! protection of a cookie store: whoever reads a sealed session can use it as a cookie.
//!
//! A lock works on the tokio runtime that it was created in, which has to keep running. The sessions
//! may run anywhere.
//!
//! [`RefreshLock`]: workos::helpers::session::RefreshLock
#![cfg_attr(
    not(all(feature = "redis", feature = "postgres", feature = "sqlite")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod circuit;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod leases;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub use crate::leases::{COMMAND_TIMEOUT, LEASE, StoreError};
#[cfg(feature = "postgres")]
pub use crate::postgres::PostgresRefreshLock;
#[cfg(feature = "redis")]
pub use crate::redis::RedisRefreshLock;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::SqliteRefreshLock;
