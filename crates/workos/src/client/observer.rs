//! [`Observer`]: what the calls of a client did, for metrics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::{Client, RateLimit};
use crate::error::request_id;
use crate::operation::Operation;
use crate::transport::{HttpResponse, TransportErrorKind};
use crate::{Error, ErrorKind};

/// Sees every attempt and every call of a client. Set with
/// [`ClientBuilder::observer`](crate::ClientBuilder::observer).
///
/// The methods run inside the call: they should be quick, such as adding to a counter, and must not
/// block. A panic in one of them is caught, so that it cannot fail a call; the panic hook still
/// reports it. (In a program built with `panic = "abort"` it ends the program, as any panic does.)
///
/// Events hold no secrets, bodies or values of a request, so they may be logged.
///
/// A call of which nothing was sent, such as one with an empty ID, has no events. The requests of
/// the [`helpers`](crate::helpers) are calls too: a refresh, a key set, a token for a machine. So is
/// each page of [`Pages`](crate::Pages) and [`Items`](crate::Items). A request that is not one of the
/// API's operations, such as that of a key set, is named `client.request`.
///
/// Counts calls and retries, and adds up the latency, for each operation:
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
///
/// use workos::{CallEvent, Observer};
/// use workos_emulator::{Emulator, Fault};
///
/// #[derive(Default)]
/// struct Metrics(Mutex<BTreeMap<String, Operation>>);
///
/// #[derive(Default)]
/// struct Operation {
///     calls: u32,
///     retries: u32,
///     latency: Duration,
/// }
///
/// impl Observer for Metrics {
///     fn on_call(&self, call: &CallEvent<'_>) {
///         let mut operations = self.0.lock().unwrap();
///         let operation = operations.entry(call.operation.to_string()).or_default();
///         operation.calls += 1;
///         operation.retries += call.retries();
///         operation.latency += call.latency;
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), workos::Error> {
/// let emulator = Emulator::builder().without_socket().start().await.unwrap();
/// emulator.faults().add(Fault::status(503).times(1));
///
/// let metrics = Arc::new(Metrics::default());
/// let client = workos::Client::builder()
///     .api_key(emulator.api_key())
///     .transport(emulator.transport())
///     .observer(metrics.clone())
///     .build();
/// client.organizations().list_organizations(Default::default()).await?;
///
/// let operations = metrics.0.lock().unwrap();
/// let listing = &operations["organizations.list_organizations"];
/// assert_eq!((listing.calls, listing.retries), (1, 1));
/// assert!(listing.latency >= Duration::from_millis(100), "the wait before the retry counts");
/// # Ok(()) }
/// ```
pub trait Observer: Send + Sync {
    /// An attempt has got a response, or has failed without one.
    ///
    /// An attempt that was cancelled with its call has no event of its own, but counts in
    /// [`CallEvent::attempts`].
    fn on_attempt(&self, attempt: &AttemptEvent<'_>) {
        let _ = attempt;
    }

    /// A call has ended: it has returned its result, or it was dropped while it ran.
    fn on_call(&self, call: &CallEvent<'_>) {
        let _ = call;
    }

    /// A [`Consumer`](crate::helpers::events::Consumer) has committed a page of events.
    #[cfg(feature = "helpers")]
    fn on_consumed(&self, consumed: &ConsumedEvents<'_>) {
        let _ = consumed;
    }
}

/// An observer as the client holds it.
pub type SharedObserver = Arc<dyn Observer>;

/// One attempt of a call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AttemptEvent<'a> {
    /// The operation; it prints as `organizations.get_organization`.
    pub operation: &'static Operation,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The time from sending the request to the end of the response, or to the failure, by the
    /// clock of [`Runtime::elapsed`](crate::transport::Runtime::elapsed).
    pub latency: Duration,
    /// The status of the response, or the kind of failure where there was no complete one.
    pub outcome: Result<StatusCode, TransportErrorKind>,
    /// The wait before the next attempt; `None` when this was the last one.
    pub retry_in: Option<Duration>,
    /// The rate limit, where the response states it.
    pub rate_limit: Option<RateLimit>,
    /// The request ID, by which WorkOS finds the request in its logs.
    pub request_id: Option<&'a str>,
}

/// A call that has ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// The operation; it prints as `organizations.get_organization`.
    pub operation: &'static Operation,
    /// How it ended.
    pub outcome: CallOutcome,
    /// How many times the request was sent, at least 1.
    pub attempts: u32,
    /// The time from the first attempt to the result, with the waits between attempts.
    pub latency: Duration,
    /// The status of the last attempt, where it got a response.
    pub status: Option<StatusCode>,
    /// The request ID of the last attempt, where it got a response.
    pub request_id: Option<&'a str>,
}

impl CallEvent<'_> {
    /// How many times the request was sent again.
    pub fn retries(&self) -> u32 {
        self.attempts.saturating_sub(1)
    }
}

/// Events that a [`Consumer`](crate::helpers::events::Consumer) has committed.
#[cfg(feature = "helpers")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConsumedEvents<'a> {
    /// The name of the stream.
    pub stream: &'a str,
    /// How many events.
    pub events: usize,
    /// How many of them have become dead letters.
    pub dead_letters: usize,
    /// How far behind WorkOS the consumer is now.
    pub lag: Duration,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It returned what the operation returns.
    Success,
    /// It returned an error of this kind.
    Failure(ErrorKind),
    /// It was dropped before it had a result: by a timeout or a `select!` of the application, with
    /// the stream that fetched a page, or by a panic.
    Cancelled,
}

/// Reports one call to the client's observer, if it has one. Costs a branch otherwise.
///
/// The event of the call is sent when this is dropped, which happens to every call, however it
/// ends. Until a result is known, the call counts as cancelled.
pub(super) struct Observation(Option<Box<Observed>>);

struct Observed {
    client: Client,
    observer: SharedObserver,
    operation: &'static Operation,
    began: Duration,
    attempt_began: Duration,
    attempts: u32,
    outcome: CallOutcome,
    status: Option<StatusCode>,
    request_id: Option<String>,
}

impl Observation {
    pub(super) fn of(client: &Client, operation: &'static Operation) -> Self {
        let observed = client.settings().observer.as_ref().map(|observer| {
            Box::new(Observed {
                client: client.clone(),
                observer: observer.clone(),
                operation,
                began: Duration::ZERO,
                attempt_began: Duration::ZERO,
                attempts: 0,
                outcome: CallOutcome::Cancelled,
                status: None,
                request_id: None,
            })
        });
        Self(observed)
    }

    /// An attempt begins.
    pub(super) fn begin_attempt(&mut self) {
        if let Some(observed) = &mut self.0 {
            observed.begin();
        }
    }

    /// The attempt got a 2xx response, which ends the call.
    pub(super) fn succeeded(&mut self, response: &HttpResponse) {
        if let Some(observed) = &mut self.0 {
            observed.outcome = CallOutcome::Success;
            observed.end(Ok(response.status), Some(&response.headers), None);
        }
    }

    /// The attempt failed, and with it the call unless there is a next one.
    pub(super) fn failed(&mut self, error: &Error, retry_in: Option<Duration>) {
        let Some(observed) = &mut self.0 else { return };
        if retry_in.is_none() {
            observed.outcome = CallOutcome::Failure(error.kind());
        }
        match error {
            Error::Api(error) => {
                let status = StatusCode::from_u16(error.status).unwrap_or_default();
                observed.end(Ok(status), Some(&error.headers), retry_in);
            }
            Error::Network(error) => observed.end(Err(error.kind), None, retry_in),
            _ => {}
        }
    }

    /// The response that ended the call could not be decoded.
    pub(super) fn undecodable(&mut self) {
        if let Some(observed) = &mut self.0 {
            observed.outcome = CallOutcome::Failure(ErrorKind::Decode);
        }
    }
}

impl Observed {
    fn elapsed(&self) -> Duration {
        self.client.settings().runtime.elapsed()
    }

    fn begin(&mut self) {
        self.attempts += 1;
        self.attempt_began = self.elapsed();
        if self.attempts == 1 {
            self.began = self.attempt_began;
        }
        (self.status, self.request_id) = (None, None);
    }

    fn end(
        &mut self,
        outcome: Result<StatusCode, TransportErrorKind>,
        headers: Option<&HeaderMap>,
        retry_in: Option<Duration>,
    ) {
        self.status = outcome.ok();
        self.request_id = headers.and_then(request_id);
        self.report(|observer| {
            observer.on_attempt(&AttemptEvent {
                operation: self.operation,
                attempt: self.attempts,
                latency: self.elapsed().saturating_sub(self.attempt_began),
                outcome,
                retry_in,
                rate_limit: headers.and_then(RateLimit::of),
                request_id: self.request_id.as_deref(),
            });
        });
    }

    /// What is wrong with an observer must not become the call's problem.
    fn report(&self, event: impl FnOnce(&dyn Observer)) {
        let _ = catch_unwind(AssertUnwindSafe(|| event(&*self.observer)));
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        if self.attempts == 0 {
            return;
        }
        self.report(|observer| {
            observer.on_call(&CallEvent {
                operation: self.operation,
                outcome: self.outcome,
                attempts: self.attempts,
                latency: self.elapsed().saturating_sub(self.began),
                status: self.status,
                request_id: self.request_id.as_deref(),
            });
        });
    }
}
