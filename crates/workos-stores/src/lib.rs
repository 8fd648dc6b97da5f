//! What several processes of an application share, for the [`workos`] SDK: locks that refresh a
//! session once, and checkpoints that handle every event once.
//!
//! | Type | Feature | Driver | For |
//! |---|---|---|---|
//! | [`RedisRefreshLock`], [`RedisLease`] | `redis` | [`redis`](https://docs.rs/redis) | Redis and Valkey |
//! | [`PostgresRefreshLock`], [`PostgresCheckpoint`] | `postgres` | [`tokio-postgres`](https://docs.rs/tokio-postgres) | Postgres |
//! | [`SqliteRefreshLock`], [`SqliteCheckpoint`] | `sqlite` | [`rusqlite`](https://docs.rs/rusqlite) | processes on one machine |
//!
//! No feature is on by default.
//!
//! # Refresh locks
//!
//! A refresh token works once. Within a process the SDK shares each refresh by itself. An
//! application that runs as several processes, on one machine or on many, needs a lock and a memory
//! that all of them can reach: otherwise two processes exchange the same token, and the later one
//! relies on WorkOS forgiving that. A [`RefreshLock`] is both. Create one when the application
//! starts, and give it to every session:
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
//! # Checkpoints of events
//!
//! A [`Consumer`] handles the events of WorkOS in order, and keeps its place in a [`Checkpoint`].
//! With one of these, the place is in the database of your application, in the same transaction as
//! what the handlers write: each event has its effect once, whatever fails.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn run(client: workos::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use workos::EventName;
//! use workos_stores::PostgresCheckpoint;
//!
//! client
//!     .events()
//!     .follow([EventName::UserDeleted])
//!     .checkpoint(PostgresCheckpoint::connect("postgres://app:password@db.internal/app").await?)
//!     .run(|event, transaction| async move {
//!         let sql = "INSERT INTO departures (event_id, at) VALUES ($1, $2)";
//!         transaction.execute(sql, &[&event.id, &event.created_at.to_string()]).await?;
//!         Ok(())
//!     })
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! Nothing is hidden here: a database that fails is an error, which the consumer waits out.
//!
//! | Situation | What happens |
//! |---|---|
//! | A handler fails, or the process is killed | The transaction is rolled back. The next run has the event again. |
//! | Several workers run | One has the lease of the stream. Another one takes over when it ends, within seconds. |
//! | Two workers believe to be the one | The place moves from where it is expected, or not at all: one of them commits. |
//! | The database is away or silent | Every command ends: after [`COMMAND_TIMEOUT`] what reads or claims, after some seconds what begins or commits. |
//! | The connection is lost in the middle of a transaction | Nothing of it is there. The next one has a new connection. |
//! | It is lost during a commit | All of it is there or nothing. The consumer reads its place again. |
//! | A handler has ignored that its statement failed | The commit fails, instead of losing the effects. |
//! | The power of a machine with SQLite fails | The last pages may be lost, each with its effects, and are handled again. |
//!
//! The tables are `workos_event_cursors`, a row for each stream, `workos_dead_letters`, the events
//! that could not be handled, and `workos_event_leases`. A dead letter has the whole event, with the
//! personal data in it.
//!
//! # Runtimes
//!
//! What connects to Redis or Postgres works on the tokio runtime that it was created in, which has
//! to keep running. Its users may run anywhere. [`SqliteCheckpoint`] runs on the tokio runtime of
//! its consumer.
//!
//! [`Checkpoint`]: workos::helpers::events::Checkpoint
//! [`Consumer`]: workos::helpers::events::Consumer
//! [`RefreshLock`]: workos::helpers::session::RefreshLock
#![cfg_attr(
    not(all(feature = "redis", feature = "postgres", feature = "sqlite")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod circuit;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod error;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod leases;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod link;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod step;

#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub use crate::error::StoreError;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub use crate::leases::LEASE;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub use crate::link::COMMAND_TIMEOUT;
#[cfg(feature = "postgres")]
pub use crate::postgres::{PostgresCheckpoint, PostgresRefreshLock, PostgresTransaction};
#[cfg(feature = "redis")]
pub use crate::redis::{RedisLease, RedisRefreshLock};
#[cfg(feature = "sqlite")]
pub use crate::sqlite::{SqliteCheckpoint, SqliteRefreshLock, SqliteTransaction};
