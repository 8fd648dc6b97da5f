//! [`Runtime`]: the clocks, timers and tasks that a client uses.

use std::future::Future;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use std::task::{Context, Poll};
use std::time::Duration;
#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant;

use crate::Timestamp;

/// A future on the heap. `Send`, except on `wasm32`, where nothing else runs beside it.
#[cfg(not(target_arch = "wasm32"))]
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// A future on the heap. `Send`, except on `wasm32`, where nothing else runs beside it.
#[cfg(target_arch = "wasm32")]
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// `Send`, except on `wasm32`: what goes into a [`BoxFuture`].
#[cfg(not(target_arch = "wasm32"))]
pub(crate) trait MaybeSend: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send> MaybeSend for T {}
/// `Send`, except on `wasm32`: what goes into a [`BoxFuture`].
#[cfg(target_arch = "wasm32")]
pub(crate) trait MaybeSend {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSend for T {}

/// `Sync`, except on `wasm32`: what holds [`BoxFuture`]s and is shared.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) trait MaybeSync: Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Sync> MaybeSync for T {}
/// `Sync`, except on `wasm32`: what holds [`BoxFuture`]s and is shared.
#[cfg(target_arch = "wasm32")]
pub(crate) trait MaybeSync {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSync for T {}

/// Clocks, a timer and, if there is one, a scheduler.
///
/// Timeouts, the waits between attempts, `Retry-After` dates and the prefetching of pages use it,
/// so a transport for another executor, a browser or a test with a virtual clock controls all of
/// them.
pub trait Runtime: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// A monotonic clock: the time since an arbitrary but fixed instant.
    fn elapsed(&self) -> Duration;

    /// Completes after `duration`. Dropping the future cancels the timer.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;

    /// Runs `task` in the background, or returns it if that is not possible. It is then polled by
    /// the code that waits for it, and makes progress only meanwhile.
    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        Some(task)
    }
}

/// A runtime as transports and clients hold it.
pub type SharedRuntime = Arc<dyn Runtime>;

/// The [`Runtime`] for every executor: a helper thread keeps the timers.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, Copy)]
pub struct ThreadRuntime {
    origin: Instant,
}

#[cfg(not(target_arch = "wasm32"))]
impl ThreadRuntime {
    /// A runtime whose [`elapsed`](Runtime::elapsed) counts from now.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Default for ThreadRuntime {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Runtime for ThreadRuntime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(futures_timer::Delay::new(duration))
    }
}

/// The [`Runtime`] of the bundled transports: tokio's timer and scheduler.
///
/// Without a tokio runtime that has time enabled, as that of `#[tokio::main]`, or after it was shut
/// down, timers run on the helper thread of [`ThreadRuntime`].
#[cfg(any(feature = "reqwest", feature = "hyper"))]
#[derive(Debug, Clone, Copy)]
pub struct TokioRuntime {
    origin: tokio::time::Instant,
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl TokioRuntime {
    /// A runtime whose [`elapsed`](Runtime::elapsed) counts from now.
    pub fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl Default for TokioRuntime {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl Runtime for TokioRuntime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(Sleep::new(duration))
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        match tokio::runtime::Handle::try_current() {
            Ok(handle) => {
                handle.spawn(task);
                None
            }
            Err(_) => Some(task),
        }
    }
}

/// A timer of tokio as long as its runtime exists.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
enum Sleep {
    Tokio(Pin<Box<tokio::time::Sleep>>),
    Thread(futures_timer::Delay),
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl Sleep {
    /// tokio has no way to ask whether a runtime has timers; it panics.
    fn new(duration: Duration) -> Self {
        let tokios = || catch_unwind(|| Box::pin(tokio::time::sleep(duration)));
        match tokio::runtime::Handle::try_current().ok().and_then(|_| tokios().ok()) {
            Some(sleep) => Self::Tokio(sleep),
            None => Self::Thread(futures_timer::Delay::new(duration)),
        }
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Tokio(sleep) = &mut *self {
            let deadline = sleep.deadline();
            // It panics when its runtime has ended.
            match catch_unwind(AssertUnwindSafe(|| sleep.as_mut().poll(cx))) {
                Ok(polled) => return polled,
                Err(_) => {
                    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
                    *self = Self::Thread(futures_timer::Delay::new(left));
                }
            }
        }
        match &mut *self {
            Self::Thread(delay) => Pin::new(delay).poll(cx),
            Self::Tokio(_) => Poll::Pending,
        }
    }
}
