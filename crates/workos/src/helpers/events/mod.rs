//! Events that are never missed: a stream of them without an end, and a consumer that remembers its
//! place.
//!
//! [`EventsApi::follow`](crate::events::EventsApi::follow) is a stream of the events as they happen.
//! Behind [`checkpoint`](EventStream::checkpoint) it becomes a [`Consumer`], which stores the place
//! with the effects of each page.
//!
//! | What goes wrong | What happens |
//! |---|---|
//! | WorkOS does not answer, or limits the rate | the reader waits and asks again |
//! | the newest events are withheld for some seconds | they come with a later page |
//! | WorkOS does not know the cursor any more | the reader finds its place again by time, and says so |
//! | an event comes twice | the second one is dropped |
//! | a handler fails | it is called again; after some attempts the event is a dead letter |
//! | the process is killed | the page that was under way is handled by the next run |
//! | two workers run | one has the lease; without it the place still moves by compare-and-set, so that one of them commits |
//! | the database is away | the consumer waits |
//!
//! A webhook tells a consumer to look: pass it on to [`EventsHandle::wake`]. Its event comes with
//! the log, in order.

mod cursor;
mod feed;
mod handle;
mod stream;

#[cfg(not(target_arch = "wasm32"))]
mod checkpoint;
#[cfg(not(target_arch = "wasm32"))]
mod consumer;
#[cfg(not(target_arch = "wasm32"))]
mod delivery;
#[cfg(not(target_arch = "wasm32"))]
mod leadership;
#[cfg(not(target_arch = "wasm32"))]
mod local;
#[cfg(not(target_arch = "wasm32"))]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
pub use self::checkpoint::{BoxError, BrokenTransaction, Checkpoint, DeadLetter, Lease};
#[cfg(not(target_arch = "wasm32"))]
pub use self::consumer::{Consumer, ReplayError};
pub use self::cursor::EventCursor;
pub use self::handle::{EventsHandle, EventsStatus};
#[cfg(not(target_arch = "wasm32"))]
pub use self::local::{LocalCheckpoint, LocalTransaction};
pub use self::stream::{EventStream, FollowedEvent};
