//! Sends responses, and plays the faults that replace or damage them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::Full;

use super::faults::{Action, Fault};
use super::{REQUEST_ID, timer};
use crate::reply::Response;

/// Ends the connection without a response.
#[derive(Debug)]
pub(crate) struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the emulator was told to end this connection")
    }
}

impl std::error::Error for Hangup {}

/// A response as it is sent.
pub(super) fn sent(response: Response, request_id: HeaderValue) -> http::Response<Body> {
    let mut sent = http::Response::new(Body::Whole(Full::new(response.body)));
    *sent.status_mut() = response.status.unwrap_or(StatusCode::OK);
    sent.headers_mut().extend(response.headers);
    // What was passed through has one already.
    sent.headers_mut().entry(REQUEST_ID).or_insert(request_id);
    sent
}

impl Fault {
    /// Plays this fault in place of a response. `serve` makes the usual response when it is polled,
    /// `send` sends one.
    pub(super) async fn play(
        self,
        serve: impl Future<Output = Response>,
        send: impl FnOnce(Response) -> http::Response<Body>,
    ) -> Result<http::Response<Body>, Hangup> {
        if !self.latency.is_zero() {
            timer::sleep(self.latency).await;
        }
        match self.action {
            Action::Proceed => Ok(send(serve.await)),
            Action::Reset => Err(Hangup),
            Action::Stall => std::future::pending().await,
            Action::CutBody => {
                let response = serve.await;
                let body = CutBody::new(&response.body);
                Ok(send(response).map(|_| Body::Cut(body)))
            }
            Action::Answer { status, headers, body } => {
                let mut response = Response::json(status, &body);
                for (name, value) in headers {
                    let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
                    if let (Ok(name), Ok(value)) = parsed {
                        response.headers.push((name, value));
                    }
                }
                Ok(send(response))
            }
        }
    }
}

/// The body of a response.
#[derive(Debug)]
pub(crate) enum Body {
    Whole(Full<Bytes>),
    Cut(CutBody),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Hangup;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Hangup>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Cut(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Cut(body) => body.size_hint(),
        }
    }
}

/// Half of a body, then an error. It announces the full size, as a real server would.
#[derive(Debug)]
pub(crate) struct CutBody {
    left: Option<Bytes>,
    /// Whether the server had time to send its buffer, which it drops on an error.
    paused: bool,
    size: u64,
}

impl CutBody {
    fn new(whole: &Bytes) -> Self {
        let half = whole.slice(..whole.len() / 2);
        Self { left: Some(half), paused: false, size: whole.len() as u64 }
    }
}

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = Hangup;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Hangup>>> {
        if let Some(half) = self.left.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !std::mem::replace(&mut self.paused, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Hangup)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size)
    }
}
