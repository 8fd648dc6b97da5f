//! Standing in for the official emulator, `@workos/emulate`: what it accepts and the API does not,
//! and how it answers where the API answers otherwise.
//!
//! It wraps the handlers of the API: paths and verbs are renamed first ([`aliases`]),
//! then a request is completed ([`requests`]) and goes to the API, or to a route of its own
//! ([`routes`]), and the answer is adapted ([`answers`]). Rules of the API that do not apply are
//! off where they are checked, by [`Store::drop_in`](crate::state::Store).

mod agents;
mod aliases;
mod answers;
mod asked;
mod requests;
mod routes;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

pub(crate) use self::aliases::rename;
use self::asked::Asked;
pub(crate) use self::routes::connect::{login_url, set_login_url};
pub(crate) use self::routes::is_public;
pub(crate) use self::routes::pipes::add as add_pipe_connection;
use crate::call::Call;
use crate::reply::{Answer, Response};

/// What the API answers to a request.
type Api<'a> = &'a dyn Fn(&Parts, &Bytes) -> Answer<Response>;

/// Answers a request as the official emulator does, with the help of the API.
pub(crate) fn serve(environment: &Call<'_>, head: &Parts, body: &Bytes, api: Api<'_>) -> Response {
    let mut asked = Asked::read(head, body);
    let answered = requests::complete(environment, &mut asked).and_then(|()| {
        match routes::serve(environment, &asked) {
            Some(answered) => answered,
            None => api(&asked.head, &asked.bytes()),
        }
    });
    answers::dress(environment, &asked, answered.unwrap_or_else(Into::into))
}

/// The answer to a preflight request of a browser: the API may be called from any page.
pub(crate) fn preflight(head: &Parts) -> Option<Response> {
    let is_preflight = head.method == Method::OPTIONS
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    is_preflight.then(|| {
        let mut response = Response::empty(StatusCode::NO_CONTENT);
        let methods = HeaderValue::from_static("GET,HEAD,PUT,POST,DELETE,PATCH");
        response.headers.push((header::ACCESS_CONTROL_ALLOW_METHODS, methods));
        let wanted = head.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let wanted = wanted.map(|names| (header::ACCESS_CONTROL_ALLOW_HEADERS, names));
        response.headers.extend(wanted);
        shared(response)
    })
}

/// An answer that any page may read.
pub(crate) fn shared(mut response: Response) -> Response {
    let anybody: (HeaderName, _) =
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers.push(anybody);
    response
}
