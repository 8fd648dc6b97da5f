//! [`Feed`]: the pages of the log of events, without an end.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::{EventCursor, EventsHandle};
use crate::events::{EventName, ListEventsParams, RawEvent};
use crate::page::Fetch;
use crate::{Client, Error, Page, PaginationOrder};

/// The largest page that the API has.
pub(super) const PAGE_SIZE: u8 = 100;
/// How long the reader waits when there was nothing new: doubled each time.
pub(super) const SHORTEST_WAIT: Duration = Duration::from_secs(1);
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How many events are remembered, so that they are not handed out again when the place was found
/// again by time, or by a server that repeats itself.
const REMEMBERED: usize = 1_000;

/// Which events, and how they are asked for.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) handle: EventsHandle,
    pub(super) events: Vec<EventName>,
    pub(super) organization_id: Option<String>,
    pub(super) page_size: u8,
    pub(super) longest_wait: Duration,
    /// Where to start; `None` for now.
    pub(super) start: Option<EventCursor>,
}

impl Source {
    pub(super) fn new(client: &Client, events: Vec<EventName>) -> Self {
        Self {
            client: client.clone(),
            handle: EventsHandle::new(client),
            events,
            organization_id: None,
            page_size: PAGE_SIZE,
            longest_wait: LONGEST_WAIT,
            start: None,
        }
    }

    pub(super) fn start(&self) -> EventCursor {
        self.start.clone().unwrap_or_else(|| EventCursor::since(self.client.now()))
    }
}

/// One page of new events. It is never empty.
#[derive(Debug)]
pub(super) struct FeedPage {
    pub(super) events: Vec<RawEvent>,
    /// Whether there are events behind it.
    pub(super) more: bool,
    /// The cursor that WorkOS did not know any more, if the page was found by its time instead.
    pub(super) recovered: Option<EventCursor>,
}

/// Reads page by page, in ascending order. While one page is being worked on, the next one is
/// fetched.
pub(super) struct Feed {
    source: Source,
    place: EventCursor,
    wait: Duration,
    next: Option<Fetch<RawEvent>>,
    recovered: Option<EventCursor>,
    seen: Seen,
}

impl Feed {
    pub(super) fn new(source: Source, place: EventCursor) -> Self {
        // Found again by its time, the place is before its event.
        let mut seen = Seen::default();
        if let Some(id) = &place.event_id {
            seen.is_new(id);
        }
        let (wait, next, recovered) = (SHORTEST_WAIT, None, None);
        Self { source, place, wait, next, recovered, seen }
    }

    /// The next page with new events; `None` when the reader was stopped. Failures that may pass
    /// are waited out. Dropping the future loses nothing.
    pub(super) async fn next_page(&mut self) -> Result<Option<FeedPage>, Error> {
        while !self.source.handle.is_stopped() {
            match self.fetch().await {
                Ok(page) => {
                    let more = page.list_metadata.after.is_some();
                    if let Some(page) = self.turn(page, more)? {
                        self.wait = SHORTEST_WAIT;
                        return Ok(Some(page));
                    }
                    self.source.handle.reached(&self.place, 0, more);
                    self.pause(Duration::ZERO).await;
                }
                Err(error) if may_pass(&error) => {
                    self.source.handle.fails(&error);
                    self.pause(error.retry_after().unwrap_or_default()).await;
                }
                Err(error) if self.may_have_expired(&error) => {
                    // Asked for by time, the same events come, unless that was not the reason.
                    self.recovered = Some(self.place.clone());
                    self.place.event_id = None;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn fetch(&mut self) -> Result<Page<RawEvent>, Error> {
        let next = match self.next.take() {
            Some(next) => next,
            None => self.request(),
        };
        // Kept meanwhile, in case this future is dropped.
        let fetched = self.next.insert(next).await;
        self.next = None;
        fetched
    }

    fn request(&self) -> Fetch<RawEvent> {
        let EventCursor { event_id, created_at } = self.place.clone();
        let range_start = event_id.is_none().then_some(created_at);
        let params = ListEventsParams {
            after: event_id,
            range_start,
            order: Some(PaginationOrder::Asc),
            limit: Some(self.source.page_size.into()),
            organization_id: self.source.organization_id.clone(),
            ..ListEventsParams::new(self.source.events.clone())
        };
        Fetch::start(
            &self.source.client,
            self.source.client.events().list_events(params).returning(),
        )
    }

    /// Moves behind a page. `None` if it has nothing new.
    fn turn(&mut self, page: Page<RawEvent>, more: bool) -> Result<Option<FeedPage>, Error> {
        let Some(last) = page.data.last() else { return Ok(None) };
        if page.data.iter().any(|event| event.id.is_empty()) {
            return Err(Error::builder("events: WorkOS has sent an event without an ID"));
        }
        self.place = EventCursor::after_event(last);
        let mut events = page.data;
        events.retain(|event| self.seen.is_new(&event.id));
        if events.is_empty() {
            return Ok(None);
        }
        if more {
            self.next = Some(self.request());
        }
        let recovered = self.recovered.take();
        if let Some(cursor) = &recovered {
            self.source.handle.recovered_from(cursor);
        }
        Ok(Some(FeedPage { events, more, recovered }))
    }

    fn may_have_expired(&self, error: &Error) -> bool {
        self.place.event_id.is_some() && matches!(error.status(), Some(400 | 404 | 410 | 422))
    }

    /// Waits before WorkOS is asked again, longer each time.
    async fn pause(&mut self, at_least: Duration) {
        if self.source.handle.wait(self.wait.max(at_least)).await {
            self.wait = SHORTEST_WAIT;
        } else {
            self.wait = (self.wait * 2).min(self.source.longest_wait);
        }
    }
}

/// Whether asking again may help. What cannot be read comes from something between us and WorkOS,
/// such as a proxy with a page of its own.
fn may_pass(error: &Error) -> bool {
    error.is_transient() || matches!(error, Error::Decode(_) | Error::Network(_))
}

/// The last events that were handed out.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    fn is_new(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}
