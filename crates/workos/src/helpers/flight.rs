//! Work that is done once, for everybody who asks for it while it lasts.

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::transport::{BoxFuture, Runtime};

/// The work that is under way, if there is some; kept under a lock by those who may need it.
///
/// The reference is weak, since the work usually owns what this is kept in.
pub(super) struct InFlight<T>(Option<WeakShared<BoxFuture<T>>>);

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> InFlight<T> {
    /// A share in the work that is under way, or in this, which begins.
    pub(super) fn join(&mut self, work: impl FnOnce() -> BoxFuture<T>) -> Flight<T> {
        if let Some(work) = self.work() {
            return Flight { work, is_new: false };
        }
        let work = work().shared();
        self.0 = work.downgrade();
        Flight { work, is_new: true }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.work().is_some()
    }

    fn work(&self) -> Option<Shared<BoxFuture<T>>> {
        // One that has ended is held on to until all who waited have taken note.
        self.0.as_ref()?.upgrade().filter(|work| work.peek().is_none())
    }
}

/// A share in work that is under way.
#[must_use = "work that nobody waits for is not done"]
pub(super) struct Flight<T> {
    work: Shared<BoxFuture<T>>,
    is_new: bool,
}

impl<T: Clone + Send + Sync + 'static> Flight<T> {
    /// Waits for the end of the work. Not to be called under the lock: the work may take it.
    ///
    /// The work goes on when those who wait are cancelled, as a task of the runtime. Where nothing
    /// runs tasks, those who wait drive it, and it is given up with the last of them.
    pub(super) async fn land(self, runtime: &dyn Runtime) -> T {
        if self.is_new {
            drop(runtime.spawn(Box::pin(self.work.clone().map(drop))));
        }
        self.work.await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn work_is_shared_until_it_ends_or_nobody_waits_for_it() {
        let mut in_flight = InFlight::default();
        let first = in_flight.join(|| Box::pin(ready(1)));
        let second = in_flight.join(|| Box::pin(ready(2)));
        assert_eq!(first.work.now_or_never(), Some(1));
        assert!(!in_flight.is_under_way());
        let third = in_flight.join(|| Box::pin(ready(3)));
        assert_eq!(second.work.now_or_never(), Some(1));
        assert_eq!(third.work.now_or_never(), Some(3));

        let abandoned = in_flight.join(|| Box::pin(pending()));
        assert!(in_flight.is_under_way());
        drop(abandoned);
        assert!(!in_flight.is_under_way());
    }
}
