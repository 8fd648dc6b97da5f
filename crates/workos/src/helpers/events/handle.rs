//! [`EventsHandle`]: what the rest of an application does with a reader of events.

use std::fmt::Display;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::EventCursor;
use crate::transport::SharedRuntime;
use crate::{Client, Timestamp};

/// Wakes, stops and watches a reader of events. Clones are handles of the same reader.
#[derive(Clone)]
pub struct EventsHandle {
    shared: Arc<Mutex<Shared>>,
    runtime: SharedRuntime,
}

#[derive(Default)]
struct Shared {
    wakes: bool,
    stops: bool,
    waker: Option<Waker>,
    status: EventsStatus,
    /// When the last page was read that had nothing behind it.
    caught_up: Option<Timestamp>,
}

/// How far a reader of events is, from [`EventsHandle::status`].
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct EventsStatus {
    /// The place of the reader: of the last event that was handed out, or for a
    /// [`Consumer`](super::Consumer) of the last one that was committed.
    pub cursor: Option<EventCursor>,
    /// How many events were handed out, or committed.
    pub events: u64,
    /// How many events were set aside as dead letters.
    pub dead_letters: u64,
    /// Whether this is the worker that reads the stream. Always `true` without a lease.
    pub is_leader: bool,
    /// How far behind WorkOS the reader is: zero when it has read everything that there was.
    /// `None` before the first response.
    pub lag: Option<Duration>,
    /// The last cursor that WorkOS did not know any more. The reader has gone on from its time:
    /// nothing is missing unless that is longer ago than WorkOS keeps events, which is at least 30
    /// days.
    pub recovered_from: Option<EventCursor>,
    /// Why the reader waits at the moment, if something fails. It goes on by itself when that
    /// works again.
    pub failure: Option<String>,
    /// Since when something has been failing.
    pub failing_since: Option<Timestamp>,
}

impl EventsHandle {
    pub(super) fn new(client: &Client) -> Self {
        let status = EventsStatus { is_leader: true, ..EventsStatus::default() };
        let shared = Shared { status, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), runtime: client.settings().runtime.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, set: impl FnOnce(&mut Shared)) {
        let waker = {
            let mut shared = self.lock();
            set(&mut shared);
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Asks WorkOS at once, as when a webhook has just arrived. WorkOS withholds the newest events
    /// for some seconds, so a reader that is woken asks more often for a while.
    ///
    /// Never move a cursor to the event of a webhook: those before it would be lost.
    pub fn wake(&self) {
        self.signal(|shared| shared.wakes = true);
    }

    /// Ends the reader after what it is working on.
    pub fn stop(&self) {
        self.signal(|shared| shared.stops = true);
    }

    /// How far the reader is.
    pub fn status(&self) -> EventsStatus {
        let shared = self.lock();
        let mut status = shared.status.clone();
        let now = self.runtime.now();
        status.lag = match (shared.caught_up, &status.cursor) {
            // What happened since is not known to be more than nothing, unless asking fails.
            (Some(at), _) if status.failing_since.is_some() => Some(now.duration_since(at)),
            (Some(_), _) => Some(Duration::ZERO),
            (None, Some(cursor)) => Some(now.duration_since(cursor.created_at)),
            (None, None) => None,
        };
        status
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stops
    }

    /// Waits for a wake or a stop, for this long at most. Returns whether it was woken.
    pub(super) async fn wait(&self, time: Duration) -> bool {
        let signal = poll_fn(|cx| {
            let mut shared = self.lock();
            if shared.stops {
                return Poll::Ready(false);
            }
            if std::mem::take(&mut shared.wakes) {
                return Poll::Ready(true);
            }
            shared.waker = Some(cx.waker().clone());
            Poll::Pending
        });
        matches!(select(signal, self.runtime.sleep(time)).await, Either::Left((true, _)))
    }

    #[cfg(not(target_arch = "wasm32"))] // consumers only
    pub(super) fn update(&self, update: impl FnOnce(&mut EventsStatus)) {
        update(&mut self.lock().status);
    }

    /// The reader is here; `more` says whether WorkOS has events behind this place.
    pub(super) fn reached(&self, cursor: &EventCursor, events: u64, more: bool) {
        let now = self.runtime.now();
        let mut shared = self.lock();
        shared.caught_up = (!more).then_some(now);
        shared.status.cursor = Some(cursor.clone());
        shared.status.events += events;
        shared.status.failure = None;
        shared.status.failing_since = None;
    }

    pub(super) fn recovered_from(&self, cursor: &EventCursor) {
        self.lock().status.recovered_from = Some(cursor.clone());
    }

    pub(super) fn fails(&self, reason: impl Display) {
        let now = self.runtime.now();
        let status = &mut self.lock().status;
        status.failure = Some(reason.to_string());
        status.failing_since.get_or_insert(now);
    }
}

impl std::fmt::Debug for EventsHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventsHandle").field("status", &self.status()).finish_non_exhaustive()
    }
}
