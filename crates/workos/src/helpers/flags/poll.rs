//! Polling the flags.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::select;
use http::Method;
use serde_json::Value;

use super::definition::FlagSet;
use super::{FlagsError, FlagsStatus, OnChange, OnError, PayloadVersion, PollingState};
use crate::client::retry::random;
use crate::{Client, Error, RequestStrategy, Timestamp};

const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The longest `Retry-After` to follow; a longer one would be as good as stopping.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

type Outcome = Result<(), FlagsError>;

/// What the poller and the flags client share.
pub(super) struct State {
    inner: RwLock<Inner>,
    on_change: Option<OnChange>,
    on_error: Option<OnError>,
}

#[derive(Default)]
struct Inner {
    flags: Arc<FlagSet>,
    status: FlagsStatus,
    /// Why polling ended.
    end: Option<FlagsError>,
    /// Waiters for the first flags.
    waiting: Vec<oneshot::Sender<Outcome>>,
}

impl Inner {
    #[inline]
    fn notify(&mut self, outcome: &Outcome) {
        for waiting in self.waiting.drain(..) {
            // This fails when the waiter is gone.
            let _ = waiting.send(outcome.clone());
        }
    }
}

impl State {
    #[inline]
    pub(super) fn new(
        bootstrap: Option<FlagSet>,
        on_change: Option<OnChange>,
        on_error: Option<OnError>,
    ) -> Self {
        let mut inner = Inner::default();
        inner.status.ready = bootstrap.is_some();
        inner.flags = Arc::new(bootstrap.unwrap_or_default());
        Self { inner: RwLock::new(inner), on_change, on_error }
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn flags(&self) -> Arc<FlagSet> {
        self.read().flags.clone()
    }

    pub(super) fn status(&self) -> FlagsStatus {
        let inner = self.read();
        FlagsStatus { flags: inner.flags.len(), ..inner.status.clone() }
    }

    /// The outcome to wait for; `None` if there are flags.
    #[inline]
    pub(super) fn outcome(&self) -> Option<oneshot::Receiver<Outcome>> {
        let (sender, receiver) = oneshot::channel();
        let mut inner = self.write();
        if inner.status.ready {
            return None;
        }
        inner.waiting.retain(|waiting| !waiting.is_canceled());
        inner.waiting.push(sender);
        if let Some(end) = inner.end.clone() {
            inner.notify(&Err(end));
        }
        Some(receiver)
    }

    /// Records that polling has ended. The first reason is kept.
    #[inline]
    pub(super) fn end(&self, polling: PollingState, reason: FlagsError) {
        let mut inner = self.write();
        if inner.end.is_none() {
            inner.status.polling = polling;
            inner.end = Some(reason.clone());
            inner.notify(&Err(reason));
        }
    }

    #[inline]
    fn succeeded(&self, flags: FlagSet, now: Timestamp) {
        let flags = Arc::new(flags);
        let mut inner = self.write();
        let old = std::mem::replace(&mut inner.flags, flags.clone());
        let was_ready = std::mem::replace(&mut inner.status.ready, true);
        inner.status.polls += 1;
        inner.status.failures_in_a_row = 0;
        inner.status.updated_at = Some(now);
        inner.status.last_error = None;
        inner.notify(&Ok(()));
        drop(inner);
        if let (true, Some(notify)) = (was_ready, &self.on_change) {
            flags.changes_since(&old).iter().for_each(|change| call(notify, change));
        }
    }

    /// Returns how many polls have failed in a row.
    #[inline]
    fn failed(&self, error: &FlagsError) -> u32 {
        let mut inner = self.write();
        let status = &mut inner.status;
        status.polls += 1;
        status.failed_polls += 1;
        status.failures_in_a_row = status.failures_in_a_row.saturating_add(1);
        status.last_error = Some(error.clone());
        let failures = status.failures_in_a_row;
        drop(inner);
        if let Some(notify) = &self.on_error {
            call(notify, error);
        }
        failures
    }
}

/// A callback that panics must not end the polling.
fn call<T>(notify: impl Fn(&T), value: &T) {
    let _ = catch_unwind(AssertUnwindSafe(|| notify(value)));
}

pub(super) struct Poller {
    pub(super) client: Client,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) version: PayloadVersion,
    pub(super) state: Arc<State>,
}

impl Poller {
    /// Polls until retrying would not help, or until the sender of `closed` is dropped.
    pub(super) async fn run(self, closed: oneshot::Receiver<()>) {
        let state = self.state.clone();
        select(Box::pin(self.poll_until_final()), closed).await;
        state.end(PollingState::Closed, FlagsError::Closed);
    }

    async fn poll_until_final(self) {
        let settings = self.client.settings();
        loop {
            let wait = match self.fetch().await {
                Ok(flags) => {
                    self.state.succeeded(flags, self.client.now());
                    delay(self.interval, 0, None, random())
                }
                Err(error) => {
                    let failures = self.state.failed(&error);
                    if is_final(&error) {
                        return self.state.end(PollingState::Stopped, error);
                    }
                    delay(self.interval, failures, retry_after(&error), random())
                }
            };
            settings.runtime.sleep(wait).await;
        }
    }

    /// One request: the wait before the next poll takes the place of retries.
    async fn fetch(&self) -> Result<FlagSet, FlagsError> {
        let mut call = self
            .client
            .request::<Value>(Method::GET, "/sdk/feature-flags")
            .timeout(self.timeout)
            .strategy(RequestStrategy::Once);
        if self.version == PayloadVersion::V2 {
            call = call.query(&[("payload_version", "2")]);
        }
        let payload = call.await.map_err(|error| FlagsError::Request(Arc::new(error)))?;
        FlagSet::read(&payload)
    }
}

/// Whether the next poll would certainly fail in the same way.
fn is_final(error: &FlagsError) -> bool {
    let FlagsError::Request(error) = error else { return false };
    error.is_unauthorized() || matches!(**error, Error::Builder(_))
}

fn retry_after(error: &FlagsError) -> Option<Duration> {
    let FlagsError::Request(error) = error else { return None };
    error.retry_after().map(|asked| asked.min(LONGEST_RETRY_AFTER))
}

/// How long to wait after `failures` in a row. `random` is a number between 0 and 1, and moves the
/// wait by up to a tenth, so that programs that started together do not poll together.
fn delay(interval: Duration, failures: u32, asked: Option<Duration>, random: f64) -> Duration {
    let backoff = match failures.checked_sub(1) {
        Some(doublings) => Duration::from_secs(1 << doublings.min(6)).min(LONGEST_BACKOFF),
        None => Duration::ZERO,
    };
    // `mul_f64` panics on what no duration can hold; a day is as good as any longer interval.
    let base = interval.max(backoff).min(Duration::from_secs(24 * 60 * 60));
    base.mul_f64(0.9 + random.clamp(0.0, 1.0) / 5.0).max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_interval_or_the_doubled_backoff_give_or_take_a_tenth() {
        let wait = |interval, failures, random| {
            delay(Duration::from_secs(interval), failures, None, random).as_secs_f64()
        };
        let about = |one: f64, other: f64| assert!((one - other).abs() < 1e-6, "{one} {other}");
        about(wait(30, 0, 0.5), 30.0);
        about(wait(30, 0, 0.0), 27.0);
        about(wait(30, 0, 1.0), 33.0);
        for (failures, expected) in [(1, 5.0), (3, 5.0), (4, 8.0), (6, 32.0), (7, 60.0)] {
            about(wait(5, failures, 0.5), expected);
        }
        about(wait(5, u32::MAX, 0.5), 60.0);
        about(wait(300, u32::MAX, 0.5), 300.0);
        about(wait(u64::MAX, 1, 0.5), 86_400.0);
    }

    #[test]
    fn a_server_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() {
        let wait = |asked| delay(Duration::from_secs(30), 1, Some(Duration::from_secs(asked)), 0.5);
        assert_eq!(wait(120).as_secs(), 120);
        assert_eq!(wait(1).as_secs(), 30);
    }
}
