//! [`Call`]: a request that is sent when it is awaited.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::request::{Auth, Request};
use crate::client::send::{self, Received};
use crate::client::{Client, RequestOptions, RequestStrategy};
use crate::transport::{BoxFuture, HttpRequest, ShownHeaders};
use crate::{Error, SecretString};

/// A call to the API that has not been sent yet.
///
/// `.await` sends it. Until then it can be adjusted, and it can be stored, spawned, joined or raced
/// like any other future: it owns everything it needs.
///
/// ```
/// use std::time::Duration;
/// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
/// let organization = client
///     .organizations()
///     .get_organization("org_01EHZNVPK3SFK441A1RGBFSHRT")
///     .timeout(Duration::from_secs(5))
///     .await?;
/// # Ok(()) }
/// ```
///
/// Dropping it, before or while it runs, cancels the request. Settings made after the first poll
/// have no effect.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    sending: Sending,
    output: PhantomData<fn() -> T>,
}

/// All of a [`Call`] that does not depend on its result, so that it is compiled once.
struct Sending {
    client: Client,
    state: State,
}

enum State {
    Described(Result<Box<Request>, Error>),
    Running(BoxFuture<Result<Received, Error>>),
    Finished,
}

impl<T> Call<T> {
    pub(crate) fn new(client: Client, request: Result<Box<Request>, Error>) -> Self {
        let sending = Sending { client, state: State::Described(request) };
        Self { sending, output: PhantomData }
    }

    /// The same call, with its result read as another type.
    #[cfg(feature = "helpers")]
    pub(crate) fn returning<U>(self) -> Call<U> {
        Call { sending: self.sending, output: PhantomData }
    }

    /// Sends `Idempotency-Key: key`, and with it allows the call to be repeated when it fails. An
    /// empty key makes the call fail with [`Error::Builder`].
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.set_option(|options| options.idempotency_key(key))
    }

    /// Sends one more header, or replaces one that the client sends by itself.
    ///
    /// The call fails with [`Error::Builder`] when the name or value is not valid, and as described
    /// for [`RequestOptions::header`].
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.set_option(|options| options.try_header(name, value))
    }

    /// The time one attempt may take, instead of the client's.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set_option(|options| options.timeout(timeout))
    }

    /// The time the call may take with all attempts and waits, instead of the client's.
    #[doc(alias("deadline"))]
    pub fn total_timeout(self, timeout: Duration) -> Self {
        self.set_option(|options| options.total_timeout(timeout))
    }

    /// How the call is retried, instead of the client's default.
    pub fn strategy(self, strategy: RequestStrategy) -> Self {
        self.set_option(|options| options.strategy(strategy))
    }

    /// Replaces all settings made so far; `None` keeps them.
    pub fn options(self, options: Option<&RequestOptions>) -> Self {
        match options {
            Some(options) => self.set_option(|_| options.clone()),
            None => self,
        }
    }

    /// Authenticates with this token instead of the client's API key.
    pub fn bearer(mut self, token: impl Into<SecretString>) -> Self {
        if let Some(request) = self.sending.request_mut() {
            request.auth(Auth::Bearer(token.into()));
        }
        self
    }

    /// Sends no `Authorization` header, for public endpoints.
    pub fn unauthenticated(mut self) -> Self {
        if let Some(request) = self.sending.request_mut() {
            request.auth(Auth::None);
        }
        self
    }

    /// Sets the query, for a call made with [`Client::request`]: a struct, a map or a list of
    /// pairs. `None` is left out, and lists are joined with commas.
    pub fn query<Q: Serialize + ?Sized>(self, params: &Q) -> Self {
        self.try_map_request(|request| request.query(params))
    }

    /// Sets the JSON body, for a call made with [`Client::request`].
    pub fn json<B: Serialize + ?Sized>(self, body: &B) -> Self {
        self.try_map_request(|request| request.body(body))
    }

    /// The request that would be sent, without sending it: for tests, and to sign or record
    /// requests.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] if the call would fail before anything is sent.
    #[doc(alias("dry_run"))]
    pub fn request(&self) -> Result<HttpRequest, Error> {
        self.sending.request()
    }

    /// The client, and the request or the error in describing it: what paging starts from.
    pub(crate) fn into_parts(self) -> (Client, Result<Box<Request>, Error>) {
        let Sending { client, state } = self.sending;
        let request = match state {
            State::Described(request) => request,
            State::Running(_) | State::Finished => Err(sent_already()),
        };
        (client, request)
    }

    fn set_option(mut self, set: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        if let Some(request) = self.sending.request_mut() {
            request.options = set(std::mem::take(&mut request.options));
        }
        self
    }

    fn try_map_request(
        mut self,
        map: impl FnOnce(Box<Request>) -> Result<Box<Request>, Error>,
    ) -> Self {
        if let State::Described(request) = self.sending.state {
            self.sending.state = State::Described(request.and_then(map));
        }
        self
    }
}

impl Sending {
    fn request(&self) -> Result<HttpRequest, Error> {
        match &self.state {
            State::Described(request) => match request {
                Ok(request) => request.to_http(&self.client),
                Err(Error::Builder(message)) => Err(Error::builder(message.as_str())),
                Err(error) => Err(Error::builder(error.to_string())),
            },
            State::Running(_) | State::Finished => Err(sent_already()),
        }
    }

    fn request_mut(&mut self) -> Option<&mut Request> {
        match &mut self.state {
            State::Described(request) => request.as_deref_mut().ok(),
            State::Running(_) | State::Finished => None,
        }
    }

    /// Sends the request on the first poll, then waits for the complete response.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Error>> {
        loop {
            match std::mem::replace(&mut self.state, State::Finished) {
                State::Described(request) => match request {
                    Ok(request) => {
                        self.state = State::Running(send::start(self.client.clone(), request));
                    }
                    Err(error) => return Poll::Ready(Err(error)),
                },
                State::Running(mut sending) => {
                    let polled = sending.as_mut().poll(cx);
                    if polled.is_pending() {
                        self.state = State::Running(sending);
                    }
                    return polled;
                }
                State::Finished => {
                    return Poll::Ready(Err(Error::builder("the call has already finished")));
                }
            }
        }
    }
}

fn sent_already() -> Error {
    Error::builder("the call has already been sent")
}

impl<T: DeserializeOwned + 'static> Call<T> {
    /// Returns the status, headers and request ID along with the value.
    ///
    /// ```
    /// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
    /// let response = client.organizations().get_organization("org_1").with_response().await?;
    /// println!("{} {:?}", response.data.name, response.request_id());
    /// # Ok(()) }
    /// ```
    #[doc(alias("headers", "raw_response", "status"))]
    pub fn with_response(self) -> CallWithResponse<T> {
        CallWithResponse(self)
    }
}

impl<T: DeserializeOwned + 'static> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let received = ready!(self.sending.poll(cx))?;
        Poll::Ready(received.decode())
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sending.fmt(f)
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut call = f.debug_struct("Call");
        match &self.state {
            State::Described(request) => match request {
                Ok(request) => call
                    .field("operation", &request.operation.to_string())
                    .field("options", &request.options),
                Err(error) => call.field("error", error),
            },
            State::Running(_) => call.field("state", &"running"),
            State::Finished => call.field("state", &"finished"),
        };
        call.finish_non_exhaustive()
    }
}

/// A [`Call`] that results in a [`Response`].
#[must_use = "a call does nothing until it is awaited"]
#[derive(Debug)]
pub struct CallWithResponse<T>(Call<T>);

impl<T: DeserializeOwned + 'static> Future for CallWithResponse<T> {
    type Output = Result<Response<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let received = ready!(self.0.sending.poll(cx))?;
        let (status, headers) = (received.response.status, received.response.headers.clone());
        let attempts = received.attempts;
        let data = received.decode()?;
        Poll::Ready(Ok(Response { data, status, headers, attempts }))
    }
}

/// The result of an operation, with the status and headers of its response.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Response<T> {
    /// The result of the operation.
    pub data: T,
    /// The HTTP status, always 2xx.
    pub status: StatusCode,
    /// All response headers.
    pub headers: HeaderMap,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("data", &self.data)
            .field("status", &self.status)
            .field("headers", &ShownHeaders(&self.headers))
            .field("attempts", &self.attempts)
            .finish()
    }
}

impl<T> Response<T> {
    /// The request ID, by which WorkOS finds the request in its logs.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    /// The rate limit, if the response states it.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::of(&self.headers)
    }
}

/// The `X-RateLimit-*` headers of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the current window.
    pub limit: u64,
    /// Requests left in it.
    pub remaining: u64,
    /// When the next window begins, as the server sent it: Unix seconds, or seconds from now.
    pub reset: Option<u64>,
}

impl RateLimit {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self {
            limit: number("x-ratelimit-limit")?,
            remaining: number("x-ratelimit-remaining")?,
            reset: number("x-ratelimit-reset"),
        })
    }
}
