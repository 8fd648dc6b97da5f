//! Files that anyone may download who has their URL: no API key goes with them, as they are not
//! part of the API. They are not logged, and no faults are for them.

use http::Method;
use http::request::Parts;

use crate::environment::Environment;
use crate::products::audit_logs::export::{EXPORTS, download};
use crate::reply::{Answer, Response};

/// Answers a request for a file; `None` if this is none.
pub(super) fn serve(environment: &Environment, head: &Parts) -> Option<Answer<Response>> {
    let path = head.uri.path().strip_prefix(EXPORTS)?;
    let is_read = matches!(head.method, Method::GET | Method::HEAD);
    is_read.then(|| environment.read(|view| download(view, path)))
}
