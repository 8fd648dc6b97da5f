//! How a consumer hands over a page: in transactions, or side by side.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use super::worker::{Backoff, Handled, PageInHand};
use super::{BoxError, BrokenTransaction, Checkpoint, Consumer, DeadLetter, EventCursor};
use crate::client::ConsumedEvents;
use crate::events::{Event, RawEvent};

/// How a transaction ended.
enum Ended {
    Committed,
    /// Another worker has moved the stream. Nothing was committed.
    Moved,
    /// The handler of the event at this position has failed. Nothing was committed.
    Failed(usize, BoxError),
    /// One of several handlers has broken the transaction. Nothing was committed.
    Broken,
}

/// How long a transaction stays open while further events join it: it may hold up others.
const LONGEST_TRANSACTION: Duration = Duration::from_secs(1);

impl<C: Checkpoint> Consumer<C> {
    /// Handles a page with its effects in one transaction, or in several if that takes long. While a
    /// handler fails, the events before its own go first, and then its own alone.
    pub(super) async fn in_transactions<F>(
        &self,
        page: &mut PageInHand,
        handler: &mut impl FnMut(Arc<RawEvent>, C::Transaction) -> F,
    ) -> Handled
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let (mut attempts, mut backoff) = (0, Backoff::default());
        let (mut size, mut largest) = (page.rest().len(), usize::MAX);
        while let Some(first) = page.rest().first().cloned() {
            let ended = match self.transact(page, size, handler).await {
                Ok(Ended::Failed(0, error)) if attempts + 1 >= self.max_attempts => {
                    let letter = self.letter(&first, error, attempts + 1);
                    self.settle(page, 1, &[letter]).await
                }
                ended => ended,
            };
            match ended {
                Ok(Ended::Committed) => {
                    (attempts, backoff) = (0, Backoff::default());
                    size = page.rest().len().min(largest);
                }
                Ok(Ended::Failed(0, error)) => {
                    self.source.handle.fails(format_args!("the handler failed: {error}"));
                    (attempts, size) = (attempts + 1, 1);
                    if !self.pause(&mut backoff).await {
                        return Handled::NotKnown;
                    }
                }
                Ok(Ended::Failed(at, _)) => size = at,
                // Which one it was shows when each has a transaction of its own.
                Ok(Ended::Broken) => (size, largest) = (1, 1),
                Ok(Ended::Moved) => return Handled::NotKnown,
                // It may have been committed all the same.
                Err(error) => {
                    self.checkpoint_fails(&error);
                    return Handled::NotKnown;
                }
            }
        }
        Handled::Completely
    }

    /// Handles the first events of a page in one transaction, up to this many.
    async fn transact<F>(
        &self,
        page: &mut PageInHand,
        size: usize,
        handler: &mut impl FnMut(Arc<RawEvent>, C::Transaction) -> F,
    ) -> Result<Ended, BoxError>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let transaction = self.checkpoint.begin().await?;
        let (begun, mut count) = (self.runtime().elapsed(), 0);
        for event in page.rest().iter().take(size) {
            let handled = handler(event.clone(), transaction.clone());
            if let Err(error) = self.bounded(handled).await {
                return Ok(Ended::Failed(count, error));
            }
            count += 1;
            if self.runtime().elapsed() > begun + LONGEST_TRANSACTION {
                break;
            }
        }
        match self.commit(page, count, &[], transaction).await {
            Err(error) if error.is::<BrokenTransaction>() && count == 1 => {
                Ok(Ended::Failed(0, error))
            }
            Err(error) if error.is::<BrokenTransaction>() => Ok(Ended::Broken),
            ended => ended,
        }
    }

    /// Moves behind the first events of a page, some of which have become dead letters.
    async fn settle(
        &self,
        page: &mut PageInHand,
        size: usize,
        letters: &[DeadLetter],
    ) -> Result<Ended, BoxError> {
        let transaction = self.checkpoint.begin().await?;
        for letter in letters {
            self.checkpoint.bury(&transaction, &self.name, letter).await?;
        }
        self.commit(page, size, letters, transaction).await
    }

    async fn commit(
        &self,
        page: &mut PageInHand,
        size: usize,
        letters: &[DeadLetter],
        transaction: C::Transaction,
    ) -> Result<Ended, BoxError> {
        let Some(last) = page.rest().iter().take(size).next_back() else {
            return Ok(Ended::Committed);
        };
        let next = EventCursor::after_event(last);
        let expected = Some(&page.place);
        if !self.checkpoint.advance(&transaction, &self.name, expected, &next).await? {
            return Ok(Ended::Moved);
        }
        self.checkpoint.commit(transaction).await?;
        self.committed(page, size, letters, next);
        Ok(Ended::Committed)
    }

    fn committed(
        &self,
        page: &mut PageInHand,
        size: usize,
        letters: &[DeadLetter],
        place: EventCursor,
    ) {
        page.advance(size, place);
        let handle = &self.source.handle;
        let events = size as u64;
        handle.update(|status| status.dead_letters += letters.len() as u64);
        handle.reached(&page.place, events, page.more || !page.rest().is_empty());
        if let Some(observer) = &self.source.client.settings().observer {
            observer.on_consumed(&ConsumedEvents {
                stream: &self.name,
                events: size,
                dead_letters: letters.len(),
                lag: handle.status().lag.unwrap_or_default(),
            });
        }
    }

    fn letter(&self, event: &RawEvent, error: BoxError, attempts: u32) -> DeadLetter {
        let now = self.source.client.now();
        DeadLetter::new(event.clone(), error.to_string(), attempts, now)
    }

    /// Handles a page with its organizations side by side, and then moves behind it.
    pub(super) async fn side_by_side<F>(
        &self,
        page: &mut PageInHand,
        lanes: usize,
        handler: &impl Fn(Event) -> F,
    ) -> Handled
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let mut by_organization = BTreeMap::<_, Vec<_>>::new();
        for event in page.rest() {
            by_organization.entry(event.organization_id()).or_default().push(event.clone());
        }
        let lanes = stream::iter(by_organization.into_values())
            .map(|events| self.lane(events, handler))
            .buffer_unordered(lanes.max(1));
        let letters = lanes.collect::<Vec<Option<Vec<_>>>>().await;
        let Some(letters) = letters.into_iter().collect::<Option<Vec<_>>>() else {
            return Handled::NotKnown;
        };
        self.settle_surely(page, &letters.concat()).await
    }

    /// Handles the events of one organization, one by one. `None` when the consumer was stopped.
    async fn lane<F>(
        &self,
        events: Vec<Arc<RawEvent>>,
        handler: &impl Fn(Event) -> F,
    ) -> Option<Vec<DeadLetter>>
    where
        F: Future<Output = Result<(), BoxError>>,
    {
        let mut letters = Vec::new();
        for event in events {
            let (mut attempts, mut backoff) = (0, Backoff::default());
            loop {
                let handled = event.read().map(handler);
                let handled = self.bounded(async { handled?.await });
                let Err(error) = handled.await else { break };
                attempts += 1;
                if attempts >= self.max_attempts {
                    letters.push(self.letter(&event, error, attempts));
                    break;
                }
                self.source.handle.fails(format_args!("the handler failed: {error}"));
                if !self.pause(&mut backoff).await {
                    return None;
                }
            }
        }
        Some(letters)
    }

    /// Moves behind a page whose effects are elsewhere: reading it again would repeat them.
    async fn settle_surely(&self, page: &mut PageInHand, letters: &[DeadLetter]) -> Handled {
        let (size, mut backoff) = (page.rest().len(), Backoff::default());
        let Some(last) = page.rest().last() else { return Handled::Completely };
        let next = EventCursor::after_event(last);
        loop {
            match self.settle(page, size, letters).await {
                Ok(Ended::Committed) => return Handled::Completely,
                Ok(_) => return Handled::NotKnown,
                Err(error) => self.checkpoint_fails(&error),
            }
            self.pause(&mut backoff).await;
            // It may have been committed all the same.
            match self.checkpoint.load(&self.name).await {
                Ok(Some(place)) if place == next => {
                    self.committed(page, size, letters, next);
                    return Handled::Completely;
                }
                Ok(Some(place)) if place != page.place => return Handled::NotKnown,
                _ if self.source.handle.is_stopped() => return Handled::NotKnown,
                _ => {}
            }
        }
    }
}
