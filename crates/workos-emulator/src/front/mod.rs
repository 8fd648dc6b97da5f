//! The way from a request to its response.

pub(crate) mod access;
mod body;
pub(crate) mod canned;
mod check;
mod downloads;
pub(crate) mod faults;
pub(crate) mod idempotency;
pub(crate) mod in_memory;
pub(crate) mod journal;
pub(crate) mod pass_through;
mod play;
pub(crate) mod router;
pub(crate) mod socket;
mod timer;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use workos_contract::Operation;

use self::access::InProcess;
use self::body::Unread;
use self::journal::RecordedRequest;
use self::pass_through::Passed;
use self::play::{Body, Hangup};
use self::router::Found;
use crate::api::route::Caller;
use crate::control;
use crate::environment::Environment;
use crate::fields::bearer;
use crate::hosted;
use crate::reply::{Answer, Refusal, Response};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers one request, with or without a socket.
pub(crate) async fn answer<B>(
    environment: Arc<Environment>,
    request: Request<B>,
) -> Result<http::Response<Body>, Hangup>
where
    B: http_body::Body<Data = Bytes>,
{
    let (head, body) = request.into_parts();
    let request_id = head.headers.get(REQUEST_ID).cloned().unwrap_or_else(|| {
        HeaderValue::try_from(environment.request_id()).unwrap_or(HeaderValue::from_static("req_0"))
    });
    let identified = |response: Response| play::sent(response, request_id.clone());
    let body = match body::read(body).await {
        Ok(body) => body,
        // Nobody waits for a response.
        Err(Unread::Broken) => return Err(Hangup),
        Err(Unread::TooLarge) => {
            let message = "The request body is too large.";
            return Ok(identified(last_answer(StatusCode::PAYLOAD_TOO_LARGE, message)));
        }
        Err(Unread::TooSlow) => {
            let message = "The request body did not arrive in time.";
            return Ok(identified(last_answer(StatusCode::REQUEST_TIMEOUT, message)));
        }
    };
    if control::is_control(head.uri.path()) {
        let is_open =
            head.uri.path() == control::HEALTH || head.extensions.get::<InProcess>().is_some();
        let checked = if is_open { Ok(()) } else { environment.access.check(&head.headers) };
        let answered = checked.and_then(|()| control::serve(&environment, &head, &body));
        return Ok(identified(answered.unwrap_or_else(Into::into)));
    }
    if let Some(downloaded) = downloads::serve(&environment, &head) {
        return Ok(identified(downloaded.unwrap_or_else(Into::into)));
    }
    environment.requests.record(RecordedRequest::new(&head, &body));
    let found = router::find(&head.method, head.uri.path());
    let hosted = hosted::find(&head.method, head.uri.path());
    let is_public = hosted.is_some()
        || found.as_ref().is_some_and(|(endpoint, _)| endpoint.route.caller == Caller::Anybody);
    if !is_public && let Err(refusal) = allowed(&environment, &head) {
        return Ok(identified(refusal.into()));
    }
    let fault = environment.faults.pick(&head.method, head.uri.path(), || environment.chance());
    let serve = async {
        let passed = Passed::find(&environment, found.as_ref()).filter(|_| hosted.is_none());
        if let Some(passed) = passed {
            return passed.answer(&environment, &head, &body).await;
        }
        let serve = || match hosted {
            Some(serve) => serve(&environment, &head, &body),
            None => serve(&environment, found, &head, &body),
        };
        let serve = || serve().unwrap_or_else(Into::into);
        environment.answers.once(&head, || environment.clock.now(), serve)
    };
    match fault {
        None => Ok(identified(serve.await)),
        Some(fault) => fault.play(serve, identified).await,
    }
}

/// The answer to a body that was not read to its end, after which the connection closes.
fn last_answer(status: StatusCode, message: &str) -> Response {
    let mut response = Response::from(Refusal::new(status, "invalid_request_body", message));
    response.headers.push((header::CONNECTION, HeaderValue::from_static("close")));
    response
}

/// Whether the sender has a key of this environment. Nothing tells those without one what exists.
fn allowed(environment: &Environment, head: &Parts) -> Answer<()> {
    let key = bearer(&head.headers).ok_or_else(Refusal::unauthorized)?;
    if environment.accepts(&key) { Ok(()) } else { Err(Refusal::unauthorized()) }
}

fn serve(
    environment: &Environment,
    found: Option<Found>,
    head: &Parts,
    body: &Bytes,
) -> Answer<Response> {
    let not_served = || Refusal::not_implemented(&head.method, head.uri.path());
    let (endpoint, path) = found.ok_or_else(not_served)?;
    let route = endpoint.route;
    let contract = endpoint.contract().ok_or_else(not_served)?;
    let path =
        path.ok_or_else(|| Refusal::bad_request("invalid_request_path", "The path is not UTF-8."))?;
    let refused = |mut refusal: Refusal| {
        if refusal.status == StatusCode::UNPROCESSABLE_ENTITY && !contract.documents_error(422) {
            refusal.status = StatusCode::BAD_REQUEST;
        }
        if route.accessor == "vault" { refusal.in_words() } else { refusal }
    };
    let input = check::read(contract, path, head, body).map_err(refused)?;
    let mut response = (route.serve)(environment, input).map_err(refused)?;
    if response.status.is_none() {
        response.status = documented_status(contract, response.body.is_empty());
    }
    Ok(response)
}

/// The status of a success with or without a body. Where several are documented without one, the
/// last is the most specific.
fn documented_status(contract: &Operation, is_empty: bool) -> Option<StatusCode> {
    let mut fitting = contract
        .successes()
        .filter(|(_, shape)| shape.is_none() == is_empty)
        .map(|(status, _)| status);
    let status = if is_empty { fitting.last() } else { fitting.next() };
    StatusCode::from_u16(status?).ok()
}
