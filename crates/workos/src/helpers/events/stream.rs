//! [`EventStream`]: the events of an environment, as they happen.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};

use super::feed::{Feed, FeedPage, PAGE_SIZE, SHORTEST_WAIT, Source};
use super::{EventCursor, EventsHandle};
use crate::events::{Event, EventName, EventsApi, RawEvent};
use crate::transport::BoxFuture;
use crate::{Client, Error, Timestamp};

impl EventsApi {
    /// Follows the events of these types as they happen: a stream without an end, in ascending
    /// order. It starts now, or [where you say](EventStream::resume).
    ///
    /// ```
    /// use workos::EventName;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
    /// # let emulator = workos_emulator::Emulator::start().await.unwrap();
    /// # let client = emulator.client();
    /// # let start = workos::Timestamp::now();
    /// let mut events = client.events().follow([EventName::OrganizationCreated]).since(start);
    /// # client.organizations()
    /// #     .create_organization(workos::CreateOrganization::new("Acme")).await?;
    /// while let Some(followed) = events.try_next().await? {
    ///     println!("{} at {}", followed.event.event, followed.event.created_at);
    ///     // Store `followed.cursor`: the next run resumes after it.
    /// #   break;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// While there is nothing new it asks again after 1 second, then after 2, up to 30; a
    /// [`wake`](EventsHandle::wake) makes it ask at once. Outages and rate limits are waited out.
    /// `GET /events`.
    #[doc(alias("subscribe", "poll", "tail"))]
    pub fn follow(&self, events: impl IntoIterator<Item = EventName>) -> EventStream {
        EventStream::new(self.client(), events.into_iter().collect())
    }
}

/// The events of an environment, as they happen. From [`EventsApi::follow`].
///
/// The stream yields an error when WorkOS refuses the request, for instance because the API key is
/// not valid. Polled again, it asks again. Dropping it loses nothing: resume after the last cursor.
#[must_use = "streams do nothing unless polled"]
pub struct EventStream {
    pub(super) source: Source,
    reading: Option<Reading>,
    queue: VecDeque<RawEvent>,
    /// Of the page in the queue.
    more: bool,
    recovered: Option<EventCursor>,
}

/// The feed, or the work on its next page.
enum Reading {
    Idle(Box<Feed>),
    Page(BoxFuture<Read>),
}

/// A feed that has read a page, has failed, or was stopped.
struct Read {
    feed: Box<Feed>,
    page: Result<Option<FeedPage>, Error>,
}

/// An event, and where to resume after it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FollowedEvent {
    /// The event.
    pub event: Event,
    /// The place behind it, for [`EventStream::resume`].
    pub cursor: EventCursor,
    /// The cursor that WorkOS did not know any more, if this is the first event after such a
    /// cursor. The stream went on from its time: nothing is missing unless that is longer ago than
    /// WorkOS keeps events, which is at least 30 days.
    pub recovered_from: Option<EventCursor>,
}

impl EventStream {
    fn new(client: &Client, events: Vec<EventName>) -> Self {
        Self {
            source: Source::new(client, events),
            reading: None,
            queue: VecDeque::new(),
            more: false,
            recovered: None,
        }
    }

    /// Starts behind this place, which an earlier run has stored.
    pub fn resume(mut self, cursor: EventCursor) -> Self {
        self.source.start = Some(cursor);
        self
    }

    /// Starts with the events since this time. WorkOS keeps events for at least 30 days.
    pub fn since(self, time: Timestamp) -> Self {
        self.resume(EventCursor::since(time))
    }

    /// Only events of this organization. Events of users belong to none.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.source.organization_id = Some(id.into());
        self
    }

    /// Asks for this many events at a time, 1 to 100, instead of 100.
    pub fn page_size(mut self, events: u8) -> Self {
        self.source.page_size = events.clamp(1, PAGE_SIZE);
        self
    }

    /// Asks at least this often, instead of every 30 seconds; never more often than every second.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.source.longest_wait = wait.max(SHORTEST_WAIT);
        self
    }

    /// What wakes, stops and watches this stream.
    pub fn handle(&self) -> EventsHandle {
        self.source.handle.clone()
    }

    /// The next event; `None` once the stream was [stopped](EventsHandle::stop).
    #[allow(clippy::should_implement_trait)] // a stream's method, not an iterator's
    pub fn next(&mut self) -> impl Future<Output = Option<Result<FollowedEvent, Error>>> + Unpin {
        StreamExt::next(self)
    }

    /// The next event, to be used with `?`; `None` once the stream was
    /// [stopped](EventsHandle::stop).
    pub fn try_next(
        &mut self,
    ) -> impl Future<Output = Result<Option<FollowedEvent>, Error>> + Unpin {
        TryStreamExt::try_next(self)
    }

    fn take_event(&mut self, event: &RawEvent) -> Result<FollowedEvent, Error> {
        let cursor = EventCursor::after_event(event);
        self.source.handle.reached(&cursor, 1, self.more || !self.queue.is_empty());
        Ok(FollowedEvent { event: event.read()?, cursor, recovered_from: self.recovered.take() })
    }
}

impl Stream for EventStream {
    type Item = Result<FollowedEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.source.handle.is_stopped() {
                return Poll::Ready(None);
            }
            if let Some(event) = this.queue.pop_front() {
                return Poll::Ready(Some(this.take_event(&event)));
            }
            let mut page = match this.reading.take() {
                Some(Reading::Page(page)) => page,
                Some(Reading::Idle(feed)) => read(feed),
                None => {
                    let source = this.source.clone();
                    let start = source.start();
                    read(Box::new(Feed::new(source, start)))
                }
            };
            let Poll::Ready(read) = page.poll_unpin(cx) else {
                this.reading = Some(Reading::Page(page));
                return Poll::Pending;
            };
            this.reading = Some(Reading::Idle(read.feed));
            match read.page {
                Ok(Some(page)) => {
                    this.queue = page.events.into();
                    this.more = page.more;
                    this.recovered = page.recovered.or(this.recovered.take());
                }
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

fn read(mut feed: Box<Feed>) -> BoxFuture<Read> {
    Box::pin(async move {
        let page = feed.next_page().await;
        Read { feed, page }
    })
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("events", &self.source.events)
            .field("organization_id", &self.source.organization_id)
            .field("status", &self.source.handle.status())
            .finish_non_exhaustive()
    }
}
