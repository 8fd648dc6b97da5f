//! Long polling: `script.js` waits here until something changes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use tokio::time::Instant;

use crate::environment::Environment;
use crate::front::timer;
use crate::reply::Response;

pub(super) const PATH: &str = "/_emulate/ui/changes";

/// How long a request waits at most.
const MAX_WAIT: Duration = Duration::from_secs(20);
/// How often it checks what is changed without notice: the clock and the faults, from Rust.
const LOOK: Duration = Duration::from_secs(1);

/// A version of everything that pages show. It differs after every change.
pub(super) fn version(environment: &Environment) -> String {
    let count = environment.news.count();
    let mut hasher = DefaultHasher::new();
    format!("{:?} {:?}", environment.clock.get(), environment.faults.all()).hash(&mut hasher);
    let started = environment.started_at.as_millis();
    format!("{started:x}-{count:x}-{:x}", hasher.finish())
}

/// Waits until the version differs from `known`, at most [`MAX_WAIT`], and answers with it.
pub(super) async fn changes(environment: &Environment, known: &str) -> Response {
    let end = Instant::now() + MAX_WAIT;
    let version = loop {
        let mut next = pin!(environment.news.next());
        next.as_mut().enable();
        let version = version(environment);
        if version != known || Instant::now() >= end {
            break version;
        }
        tokio::select! {
            () = next => {}
            () = timer::sleep(LOOK) => {}
        }
    };
    let fixed = HeaderValue::from_static;
    Response {
        status: Some(StatusCode::OK),
        headers: vec![
            (header::CONTENT_TYPE, fixed("text/plain; charset=utf-8")),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        ],
        body: version.into(),
    }
}
