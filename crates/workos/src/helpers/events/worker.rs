//! [`Worker`]: one run of a consumer.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::feed::{Feed, FeedPage};
use super::leadership::{CLAIM_EVERY, Leadership};
use super::{BoxError, Checkpoint, Consumer, EventCursor, EventsHandle};
use crate::Error;
use crate::events::RawEvent;
use crate::transport::SharedRuntime;

/// Finds the place of a stream, and reads its pages while this worker is the one that does.
pub(super) struct Worker<'a, C> {
    consumer: &'a Consumer<C>,
    leadership: Leadership,
    /// The reader, once the place of the stream is known.
    feed: Option<(Box<Feed>, EventCursor)>,
    /// The waits before the place is read again. `None` while pages are committed.
    backoff: Option<Backoff>,
}

/// A page, and how far it is handled.
pub(super) struct PageInHand {
    events: Vec<Arc<RawEvent>>,
    done: usize,
    /// Whether WorkOS has events behind it.
    pub(super) more: bool,
    /// The place of the stream in the database.
    pub(super) place: EventCursor,
}

/// How the work on a page ended.
pub(super) enum Handled {
    /// All of it is committed.
    Completely,
    /// The place has to be read again: another worker has moved it, or the database failed.
    NotKnown,
}

impl PageInHand {
    fn new(page: FeedPage, place: EventCursor) -> Self {
        let events = page.events.into_iter().map(Arc::new).collect();
        Self { events, done: 0, more: page.more, place }
    }

    /// The events that are left.
    pub(super) fn rest(&self) -> &[Arc<RawEvent>] {
        self.events.get(self.done..).unwrap_or_default()
    }

    /// The first `count` of those that are left are committed.
    pub(super) fn advance(&mut self, count: usize, place: EventCursor) {
        self.done += count;
        self.place = place;
    }
}

impl<'a, C: Checkpoint> Worker<'a, C> {
    pub(super) fn new(consumer: &'a Consumer<C>) -> Self {
        let leadership = Leadership::new(
            consumer.lease.clone(),
            &consumer.name,
            consumer.runtime(),
            &consumer.source.handle,
        );
        Self { consumer, leadership, feed: None, backoff: None }
    }

    fn handle(&self) -> &'a EventsHandle {
        &self.consumer.source.handle
    }

    /// The next page for this worker; `None` when the consumer was stopped.
    pub(super) async fn next_page(&mut self) -> Result<Option<PageInHand>, Error> {
        if self.feed.is_none()
            && let Some(backoff) = &mut self.backoff
        {
            self.consumer.pause(backoff).await;
        }
        while !self.handle().is_stopped() {
            if !self.leadership.holds().await {
                self.feed = None;
                self.handle().wait(CLAIM_EVERY).await;
                continue;
            }
            let Some((feed, place)) = &mut self.feed else {
                let Some(place) = self.consumer.place().await else { return Ok(None) };
                let feed = Feed::new(self.consumer.source.clone(), place.clone());
                self.feed = Some((Box::new(feed), place));
                continue;
            };
            let read = match select(pin!(feed.next_page()), pin!(self.leadership.lost())).await {
                Either::Left((page, _)) => Some(page?),
                Either::Right(_) => None,
            };
            match read {
                Some(page) => {
                    let place = place.clone();
                    return Ok(page.map(|page| PageInHand::new(page, place)));
                }
                None => self.feed = None,
            }
        }
        Ok(None)
    }

    /// Does this while the worker has the stream. Another worker that has it begins with what was
    /// not committed.
    pub(super) async fn while_leading(
        &mut self,
        work: impl Future<Output = Handled> + Unpin,
    ) -> Handled {
        match select(work, pin!(self.leadership.lost())).await {
            Either::Left((handled, _)) => handled,
            Either::Right(_) => Handled::NotKnown,
        }
    }

    pub(super) fn finish(&mut self, page: PageInHand, handled: Handled) {
        match (handled, &mut self.feed) {
            (Handled::Completely, Some((_, place))) => {
                *place = page.place;
                self.backoff = None;
            }
            _ => {
                self.feed = None;
                self.backoff.get_or_insert_default();
            }
        }
    }

    pub(super) async fn end(self) {
        self.leadership.release().await;
    }
}

/// The waits between attempts: doubled each time.
pub(super) struct Backoff {
    wait: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { wait: Duration::from_millis(500) }
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Backoff {
    /// Waits, whatever wakes the reader. `false` when it was stopped.
    pub(super) async fn pause(&mut self, handle: &EventsHandle, runtime: &SharedRuntime) -> bool {
        let until = runtime.elapsed() + self.wait;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        loop {
            let left = until.saturating_sub(runtime.elapsed());
            if left.is_zero() || handle.is_stopped() {
                return !handle.is_stopped();
            }
            handle.wait(left).await;
        }
    }
}

impl<C: Checkpoint> Consumer<C> {
    pub(super) fn runtime(&self) -> &SharedRuntime {
        &self.source.client.settings().runtime
    }

    /// Waits before something is tried again. `false` when the consumer was stopped.
    pub(super) async fn pause(&self, backoff: &mut Backoff) -> bool {
        backoff.pause(&self.source.handle, self.runtime()).await
    }

    pub(super) fn checkpoint_fails(&self, error: &BoxError) {
        self.source.handle.fails(format_args!("the checkpoint failed: {error}"));
    }

    /// Where the stream is. One that has no place yet gets one. `None` when the consumer was
    /// stopped.
    async fn place(&self) -> Option<EventCursor> {
        let mut backoff = Backoff::default();
        loop {
            match self.try_place().await {
                Ok(place) => {
                    self.source.handle.update(|status| status.cursor = Some(place.clone()));
                    return Some(place);
                }
                Err(error) => self.checkpoint_fails(&error),
            }
            if !self.pause(&mut backoff).await {
                return None;
            }
        }
    }

    async fn try_place(&self) -> Result<EventCursor, BoxError> {
        if let Some(place) = self.checkpoint.load(&self.name).await? {
            return Ok(place);
        }
        // Stored at once: events that happen before the first page are not to be missed.
        let start = self.source.start();
        let transaction = self.checkpoint.begin().await?;
        if !self.checkpoint.advance(&transaction, &self.name, None, &start).await? {
            return Err("another worker has begun the stream".into());
        }
        self.checkpoint.commit(transaction).await?;
        Ok(start)
    }
}
