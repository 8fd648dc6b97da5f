//! [`News`]: wakes watchers when something changes.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
#[cfg(feature = "pages")]
use tokio::sync::futures::Notified;

/// Counts changes, and wakes the tasks that wait for the next one.
#[derive(Debug, Default)]
pub(crate) struct News {
    count: AtomicU64,
    told: Notify,
}

impl News {
    /// Something has happened, or is about to.
    pub(crate) fn tell(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.told.notify_waiters();
    }

    /// Something begins now and ends when this is dropped.
    pub(crate) fn span(&self) -> Span<'_> {
        self.tell();
        Span(self)
    }

    /// How often something has happened.
    #[cfg(feature = "pages")]
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Waits for the next change. Enable it before reading the count, or a change may be missed.
    #[cfg(feature = "pages")]
    pub(crate) fn next(&self) -> Notified<'_> {
        self.told.notified()
    }
}

/// Something in progress. Dropping it counts as a change.
#[derive(Debug)]
pub(crate) struct Span<'a>(&'a News);

impl Drop for Span<'_> {
    fn drop(&mut self) {
        self.0.tell();
    }
}
