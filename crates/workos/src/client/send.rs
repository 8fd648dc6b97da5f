//! Sending a request until it gets a response: attempts, timeouts, waits.
//!
//! Only decoding depends on the type of the result; the rest is compiled once.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::client::observer::Observation;
use crate::client::request::Request;
use crate::client::retry::{Failure, RetryPlan, random};
use crate::client::{Client, Settings, trace};
use crate::error::retry_after::is_transient_status;
use crate::error::{ApiError, DecodeError, NetworkError};
use crate::operation::Operation;
use crate::transport::{BoxFuture, HttpResponse, TransportError};
use crate::{Error, json};

/// A 2xx response, and what an error in decoding it reports.
pub(crate) struct Received {
    pub(crate) response: HttpResponse,
    pub(crate) attempts: u32,
    operation: &'static Operation,
    observation: Observation,
}

impl Received {
    /// Reads the body as `T`, which ends the call.
    ///
    /// An empty body reads as `null`: `()` and `Option` accept it. `()` accepts any body.
    pub(crate) fn decode<T: DeserializeOwned + 'static>(mut self) -> Result<T, Error> {
        let decoded = self.read();
        if decoded.is_err() {
            self.observation.undecodable();
        }
        decoded
    }

    fn read<T: DeserializeOwned + 'static>(&self) -> Result<T, Error> {
        if is_unit::<T>() {
            return serde_json::from_str("null").map_err(|_| self.undecodable(None));
        }
        let body = &self.response.body;
        // Checking all of it once is cheaper than string by string while parsing.
        let sent = std::str::from_utf8(body).map_err(|_| self.undecodable(None))?;
        let text = if sent.is_empty() { "null" } else { sent };
        json::from_str(text).map_err(|error| self.undecodable(Some(&error)))
    }

    #[cold]
    fn undecodable(&self, error: Option<&serde_json::Error>) -> Error {
        let HttpResponse { status, headers, body } = &self.response;
        let answer = (status.as_u16(), self.attempts);
        Error::Decode(Box::new(DecodeError::new(self.operation, answer, headers, body, error)))
    }
}

/// Whether an operation has no result, whatever the body.
pub(crate) fn is_unit<T: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<()>()
}

/// Starts a call. The future does nothing until it is polled.
pub(crate) fn start(client: Client, request: Box<Request>) -> BoxFuture<Result<Received, Error>> {
    let span = trace::CallSpan::new(&client, &request);
    span.clone().instrument(send(client, request, span))
}

async fn send(
    client: Client,
    request: Box<Request>,
    span: trace::CallSpan,
) -> Result<Received, Error> {
    let settings = client.settings();
    let options = &request.options;
    let attempt_timeout = options.timeout.unwrap_or(settings.timeout);
    let deadline = Deadline::new(options.total_timeout.or(settings.total_timeout), &client);
    let mut observation = Observation::of(&client, request.operation);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let http_request = request.to_http(&client)?;
        observation.begin_attempt();
        let outcome = Attempt {
            sending: settings.transport.execute(http_request),
            timer: None,
            timeout: deadline.limit(attempt_timeout),
            settings,
        }
        .await;
        span.attempt(attempts, &outcome);

        let (failure, error) = match outcome {
            Ok(response) if response.status.is_success() => {
                settings.budget.refill();
                observation.succeeded(&response);
                let operation = request.operation;
                return Ok(Received { response, attempts, operation, observation });
            }
            Ok(response) => refused(&client, &request, response, attempts),
            Err(transport) => {
                let failure = Failure::Transport(transport.kind);
                let operation = request.operation;
                let error = NetworkError { transport, operation, attempts };
                (failure, Error::Network(Box::new(error)))
            }
        };
        let (retries, longest) = (settings.max_retries, settings.max_retry_delay);
        let wait = RetryPlan::new(&request.method, options, retries, longest)
            .replayable(request.replayable)
            .wait(attempts, failure, random)
            .filter(|wait| deadline.allows(*wait) && settings.budget.take());
        observation.failed(&error, wait);
        let Some(wait) = wait else {
            span.failed(&error);
            return Err(error);
        };
        if !wait.is_zero() {
            settings.runtime.sleep(wait).await;
        }
    }
}

/// A response with a status other than 2xx.
fn refused(
    client: &Client,
    request: &Request,
    response: HttpResponse,
    attempts: u32,
) -> (Failure, Error) {
    let secrets = [client.api_key(), request.bearer()];
    let now = || client.now();
    let error = ApiError::boxed(request.operation, response, attempts, now, secrets);
    let failure = Failure::Status { status: error.status, retry_after: error.retry_after };
    // The server is up and works: its refusal is not a reason to hold back the retries of other calls.
    if !is_transient_status(error.status) {
        client.settings().budget.refill();
    }
    (failure, Error::Api(error))
}

/// One attempt, bounded in time and size.
///
/// Not an `async fn`, whose state would hold the large request a second time.
struct Attempt<'a, F> {
    /// What [`HttpTransport::execute`](crate::transport::HttpTransport::execute) returned, which
    /// is `Send` except on `wasm32`.
    sending: F,
    /// Started only if the response is not there at once.
    timer: Option<BoxFuture<()>>,
    timeout: Duration,
    settings: &'a Settings,
}

impl<F> Future for Attempt<'_, F>
where
    F: Future<Output = Result<HttpResponse, TransportError>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Settings { runtime, max_response_bytes, .. } = this.settings;
        match Pin::new(&mut this.sending).poll(cx) {
            // The bundled transports stop reading at the limit; others may not enforce it.
            Poll::Ready(Ok(mut response)) if response.body.len() > *max_response_bytes => {
                if response.status.is_success() {
                    return Poll::Ready(Err(TransportError::too_large(*max_response_bytes)));
                }
                // An error response keeps its status and request ID, however long its body is.
                response.body.truncate(*max_response_bytes);
                Poll::Ready(Ok(response))
            }
            Poll::Ready(outcome) => Poll::Ready(outcome),
            Poll::Pending => {
                let timer = this.timer.get_or_insert_with(|| runtime.sleep(this.timeout));
                timer.as_mut().poll(cx).map(|()| {
                    let text = format!("no complete response after {:?}", this.timeout);
                    Err(TransportError::timeout(text))
                })
            }
        }
    }
}

/// When a call's total timeout ends, if it has one.
struct Deadline<'a> {
    /// On the clock of [`Runtime::elapsed`].
    at: Option<Duration>,
    client: &'a Client,
}

impl<'a> Deadline<'a> {
    fn new(total: Option<Duration>, client: &'a Client) -> Self {
        let at = total.map(|total| client.settings().runtime.elapsed().saturating_add(total));
        Self { at, client }
    }

    fn left(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_sub(self.client.settings().runtime.elapsed()))
    }

    /// The shorter of an attempt's own timeout and the time that is left.
    fn limit(&self, timeout: Duration) -> Duration {
        self.left().map_or(timeout, |left| left.min(timeout))
    }

    /// Whether there is time for another attempt after `wait`.
    fn allows(&self, wait: Duration) -> bool {
        self.left().is_none_or(|left| wait < left)
    }
}
