//! Work that is done once, and shared by all callers that ask for it in the meantime.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::Error;
use crate::error::NetworkError;
use crate::operation::Operation;
use crate::transport::{BoxFuture, Runtime, TransportError};

/// The shared work panicked: an application's transport, lock or runtime did, or this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

impl Panicked {
    /// The error for all waiters.
    pub(super) fn during(self, operation: &'static Operation) -> Error {
        let transport = TransportError::other("the request panicked; see the message of the panic");
        Error::Network(Box::new(NetworkError { transport, operation, attempts: 1 }))
    }
}

type Work<T> = BoxFuture<Result<T, Panicked>>;

/// The work in progress, if any; kept behind a lock.
///
/// The reference is weak, since the work usually owns the struct that contains this.
pub(super) struct InFlight<T>(Option<WeakShared<Work<T>>>);

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone + 'static> InFlight<T> {
    /// Joins the work in progress, or starts this.
    pub(super) fn join(&mut self, work: impl FnOnce() -> BoxFuture<T>) -> Flight<T> {
        if let Some(work) = self.work() {
            return Flight { work, is_new: false };
        }
        let flight = Flight::new(work());
        self.0 = flight.work.downgrade();
        flight
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.work().is_some()
    }

    fn work(&self) -> Option<Shared<Work<T>>> {
        // Finished work stays in memory until all waiters have seen it.
        self.0.as_ref()?.upgrade().filter(|work| work.peek().is_none())
    }
}

/// A share in work in progress.
#[must_use = "work that nobody waits for is not done"]
pub(super) struct Flight<T> {
    work: Shared<Work<T>>,
    is_new: bool,
}

impl<T: Clone + 'static> Flight<T> {
    pub(super) fn new(work: BoxFuture<T>) -> Self {
        // After a panic, `Shared` would leave its waiters hanging. Nothing is seen half done: the
        // work keeps its state behind locks that it holds for single statements.
        let work = AssertUnwindSafe(work).catch_unwind().map(|done| done.map_err(|_| Panicked));
        Self { work: (Box::pin(work) as Work<T>).shared(), is_new: true }
    }

    /// Another share in the same work.
    pub(super) fn share(&self) -> Self {
        Self { work: self.work.clone(), is_new: false }
    }

    pub(super) fn has_landed(&self) -> bool {
        self.work.peek().is_some()
    }

    /// Nothing polls the work: this is the only share.
    pub(super) fn is_abandoned(&self) -> bool {
        self.work.strong_count() == Some(1)
    }
}

impl<T: Clone + Send + Sync + 'static> Flight<T> {
    /// Advances the work as far as possible without waiting, then hands it to the runtime as a
    /// task. If the runtime has no tasks, unfinished work is returned, to be kept and advanced
    /// later.
    pub(super) fn depart(self, runtime: &dyn Runtime) -> Option<Self> {
        if self.work.clone().now_or_never().is_some() {
            return None;
        }
        let task = runtime.spawn(Box::pin(self.work.clone().map(drop)));
        task.map(|_| self)
    }

    /// Waits for the work to finish. Do not call it while holding the lock: the work may take it.
    ///
    /// The work continues as a task of the runtime when its waiters are cancelled, and is polled by
    /// its waiters when that runtime shuts down. If the runtime has no tasks, the waiters poll it
    /// from the start, and it is dropped with the last of them.
    pub(super) async fn land(self, runtime: &dyn Runtime) -> Result<T, Panicked> {
        if self.is_new {
            drop(runtime.spawn(Box::pin(self.work.clone().map(drop))));
        }
        self.work.await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::task::Poll;

    use super::*;

    #[test]
    fn work_is_shared_until_it_ends_or_nobody_waits_for_it() {
        let mut in_flight = InFlight::default();
        let first = in_flight.join(|| Box::pin(ready(1)));
        let second = in_flight.join(|| Box::pin(ready(2)));
        assert_eq!(first.work.now_or_never(), Some(Ok(1)));
        assert!(!in_flight.is_under_way());
        let third = in_flight.join(|| Box::pin(ready(3)));
        assert_eq!(second.work.now_or_never(), Some(Ok(1)));
        assert_eq!(third.work.now_or_never(), Some(Ok(3)));

        let abandoned = in_flight.join(|| Box::pin(pending()));
        assert!(in_flight.is_under_way());
        drop(abandoned);
        assert!(!in_flight.is_under_way());
    }

    #[test]
    fn work_is_abandoned_when_it_has_one_share_left() {
        let flight = Flight::new(Box::pin(pending::<()>()));
        let share = flight.share();
        assert!(!flight.is_abandoned());
        drop(share);
        assert!(flight.is_abandoned());
    }

    #[test]
    fn all_waiters_get_a_panic_and_the_next_caller_starts_again() {
        let mut in_flight = InFlight::default();
        let mut polls = 0;
        let work = poll_fn(move |_| {
            polls += 1;
            if polls == 1 { Poll::Pending } else { panic!("an application's transport") }
        });
        let first = in_flight.join(|| Box::pin(work));
        let waiting = in_flight.join(|| Box::pin(ready(2))).work;
        assert_eq!(waiting.clone().now_or_never(), None);
        assert_eq!(first.work.now_or_never(), Some(Err(Panicked)));
        assert_eq!(waiting.now_or_never(), Some(Err(Panicked)));
        let next = in_flight.join(|| Box::pin(ready(3)));
        assert_eq!(next.work.now_or_never(), Some(Ok(3)));
    }
}
