//! The way from a request to its response.

pub(crate) mod access;
mod body;
pub(crate) mod canned;
mod check;
mod downloads;
pub(crate) mod faults;
pub(crate) mod hook;
pub(crate) mod idempotency;
pub(crate) mod in_memory;
pub(crate) mod journal;
pub(crate) mod pass_through;
pub(crate) mod pattern;
mod play;
pub(crate) mod rate_limit;
pub(crate) mod router;
pub(crate) mod socket;
pub(crate) mod timer;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use workos_contract::Operation;

use self::access::InProcess;
use self::body::Unread;
use self::journal::RecordedRequest;
use self::pass_through::Passed;
use self::pattern::Sent;
use self::play::{Body, Hangup};
use self::router::Found;
use crate::api::route::Caller;
use crate::call::Call;
use crate::compat;
use crate::control;
#[cfg(feature = "pages")]
use crate::dashboard;
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
    let is_in_process = head.extensions.get::<InProcess>().is_some();
    #[cfg(feature = "pages")]
    if dashboard::is_page(head.uri.path()) {
        let page = dashboard::answer(&environment, &head, &body, is_in_process).await;
        return Ok(identified(page));
    }
    if control::is_control(head.uri.path()) {
        let is_open = head.uri.path() == control::HEALTH || is_in_process;
        let checked = if is_open { Ok(()) } else { environment.access.check(&head.headers) };
        let answered = match checked {
            Ok(()) => control::serve(&environment, &head, &body).await,
            Err(refusal) => Err(refusal),
        };
        return Ok(identified(answered.unwrap_or_else(Into::into)));
    }
    if let Some(downloaded) = downloads::serve(&environment, &head) {
        return Ok(identified(downloaded.unwrap_or_else(Into::into)));
    }
    if environment.drop_in
        && let Some(allowed) = compat::preflight(&head)
    {
        return Ok(identified(allowed));
    }
    answer_api(&environment, head, body, request_id).await
}

/// Answers a request to the API, and logs it.
async fn answer_api(
    environment: &Environment,
    mut head: Parts,
    body: Bytes,
    request_id: HeaderValue,
) -> Result<http::Response<Body>, Hangup> {
    let original = if environment.drop_in { compat::rename(&mut head) } else { None };
    let asked = original.as_ref().unwrap_or(&head);
    let _span = environment.news.span();
    let found = router::find(&head.method, head.uri.path());
    let operation = found.as_ref().map(|(endpoint, _)| endpoint.name.as_str());
    let entry = environment.requests.begin(RecordedRequest::new(
        String::from_utf8_lossy(request_id.as_bytes()).into_owned(),
        environment.clock.now(),
        asked,
        &body,
        operation,
    ));
    let call = Call::new(environment);
    // Only keys that are accepted count: anybody can make up others.
    let key = bearer(&head.headers).filter(|key| environment.accepts(key));
    let rated = environment.rate_limits.count(key.as_ref(), environment.clock.now());
    let logged = |mut response: Response, fault: Option<String>| {
        if environment.drop_in {
            response = compat::shared(response);
        }
        if let Some(rated) = rated {
            rated.note(&mut response);
        }
        environment.requests.end(entry, &response, call.take_effects(), fault);
        play::sent(response, request_id)
    };
    let hosted = hosted::find(&head.method, head.uri.path());
    let is_public = hosted.is_some()
        || environment.drop_in && compat::is_public(&head.method, head.uri.path())
        || found.as_ref().is_some_and(|(endpoint, _)| endpoint.route.caller == Caller::Anybody);
    if !is_public && key.is_none() {
        // The same answer for every path, so that it does not reveal what exists.
        return Ok(logged(Refusal::unauthorized().into(), None));
    }
    if let Some(refusal) = rated.and_then(|rated| rated.refusal()) {
        return Ok(logged(refusal, None));
    }
    let sent = Sent::of(asked, &body, operation);
    let fault = environment.faults.pick(&sent, environment.clock.now(), || environment.chance());
    let serve = async {
        let passed = Passed::find(environment, found.as_ref()).filter(|_| hosted.is_none());
        if let Some(passed) = passed {
            return passed.answer(environment, &head, &body).await;
        }
        let serve = || {
            if environment.drop_in {
                compat::serve(&call, &head, &body, &|completed, body| {
                    let found = match completed.method == head.method {
                        true => found.clone(),
                        false => router::find(&completed.method, completed.uri.path()),
                    };
                    serve(&call, hosted, found, completed, body)
                })
            } else {
                serve(&call, hosted, found, &head, &body).unwrap_or_else(Into::into)
            }
        };
        environment.answers.once(&head, || environment.clock.now(), serve)
    };
    match fault {
        None => Ok(logged(serve.await, None)),
        Some((id, fault)) => fault.play(serve, |response| logged(response, Some(id))).await,
    }
}

/// Serves what browsers open, or an operation.
fn serve(
    call: &Call<'_>,
    hosted: Option<hosted::Serve>,
    found: Option<Found>,
    head: &Parts,
    body: &Bytes,
) -> Answer<Response> {
    match hosted {
        Some(serve) => serve(call, head, body),
        None => serve_operation(call, found, head, body),
    }
}

/// The answer to a body that was not read to its end, after which the connection closes.
fn last_answer(status: StatusCode, message: &str) -> Response {
    let mut response = Response::from(Refusal::new(status, "invalid_request_body", message));
    response.headers.push((header::CONNECTION, HeaderValue::from_static("close")));
    response
}

fn serve_operation(
    call: &Call<'_>,
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
    let mut response = (route.serve)(call, input).map_err(refused)?;
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
