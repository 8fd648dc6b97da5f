//! The path from a request to its response, and the sockets around it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_service::Service;

use crate::access::InProcess;
use crate::failure::{Failure, json_response};
use crate::faults::{Action, Fault};
use crate::requests::RecordedRequest;
use crate::routes;
use crate::world::Shared;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// No request of the API comes near it.
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// Ends the connection without a response.
#[derive(Debug)]
pub(crate) struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the emulator was told to end this connection")
    }
}

impl std::error::Error for Hangup {}

/// Handles one request, with or without a socket.
pub(crate) async fn answer<B>(world: Shared, request: Request<B>) -> Result<Response, Hangup>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut head, body) = request.into_parts();
    let request_id = head.headers.get(REQUEST_ID).cloned().unwrap_or_else(|| {
        HeaderValue::try_from(world.id("req")).unwrap_or(HeaderValue::from_static("req_0"))
    });
    let body = match Limited::new(body, MAX_REQUEST_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = "The request body is too large.";
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            let failure = Failure::new(status, "invalid_request_body", message);
            return Ok(identified(failure.into_response(), request_id));
        }
        // The client is gone; nobody waits for a response.
        Err(_) => return Err(Hangup),
    };
    let path = head.uri.path().to_owned();
    if routes::is_control(&path) {
        let is_open = path == routes::HEALTH || head.extensions.get::<InProcess>().is_some();
        if let (false, Err(failure)) = (is_open, world.access.check(&head.headers)) {
            return Ok(identified(failure.into_response(), request_id));
        }
        head.extensions.insert(world);
        return Ok(identified(route(Request::from_parts(head, body.into())).await, request_id));
    }
    world.requests.record(RecordedRequest {
        method: head.method.clone(),
        path: path.clone(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.clone(),
        body: body.clone(),
    });
    if let Err(failure) = world.authorize(&head.headers) {
        return Ok(identified(failure.into_response(), request_id));
    }
    let fault = world.faults.pick(&head.method, &path, || world.ids.chance());
    head.extensions.insert(world);
    let usual = route(Request::from_parts(head, body.into()));
    let answer = match fault {
        Some(fault) => play(fault, usual).await?,
        None => usual.await,
    };
    Ok(identified(answer, request_id))
}

async fn route(request: Request<Body>) -> Response {
    let routed: Result<Response, Infallible> = routes::router().call(request).await;
    routed.unwrap_or_else(|never| match never {})
}

fn identified(mut response: Response, request_id: HeaderValue) -> Response {
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

async fn play(fault: Fault, usual: impl Future<Output = Response>) -> Result<Response, Hangup> {
    if !fault.latency.is_zero() {
        tokio::time::sleep(fault.latency).await;
    }
    match fault.action {
        Action::Proceed => Ok(usual.await),
        Action::Reset => Err(Hangup),
        Action::Stall => std::future::pending().await,
        Action::CutBody => Ok(cut(usual.await).await),
        Action::Answer { status, headers, body } => {
            let mut response = json_response(status, &body);
            for (name, value) in headers {
                let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
                if let (Ok(name), Ok(value)) = parsed {
                    response.headers_mut().insert(name, value);
                }
            }
            Ok(response)
        }
    }
}

/// The same response, with a body that fails halfway.
async fn cut(response: Response) -> Response {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let size = body.len() as u64;
    Response::from_parts(
        head,
        Body::new(CutBody { left: Some(body.slice(..body.len() / 2)), paused: false, size }),
    )
}

/// Half of a body, then an error. It announces the full size, as a real server would.
struct CutBody {
    left: Option<Bytes>,
    /// Whether the server had time to send its buffer, which it drops on an error.
    paused: bool,
    size: u64,
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

/// Serves connections. Dropping it closes all of them.
pub(crate) async fn serve(world: Shared, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(world.clone(), stream))),
                // Most likely out of file descriptors; others will be closed in a moment.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(world: Shared, stream: tokio::net::TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let service = hyper::service::service_fn(|request| answer(world.clone(), request));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A disconnected client or a requested fault is not a failure of the server.
    let _ = served;
    Ok(())
}

/// The whole response in memory, for transports without sockets.
pub(crate) async fn collect(
    response: Response,
) -> Result<(http::response::Parts, Bytes), axum::Error> {
    let (head, body) = response.into_parts();
    Ok((head, body.collect().await?.to_bytes()))
}

/// A request body that is already in memory.
pub(crate) fn full(body: Option<Bytes>) -> Full<Bytes> {
    Full::new(body.unwrap_or_default())
}
