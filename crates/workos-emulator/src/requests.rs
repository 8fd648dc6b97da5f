//! [`Requests`]: what was asked of the emulator.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Method;

/// The log of requests to the API, for assertions. Requests to `/health` and `/_emulate` are not in
/// it.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    count: usize,
    latest: VecDeque<RecordedRequest>,
}

/// One request, as it arrived.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded as it was sent.
    pub path: String,
    /// The query, as it was sent; empty when there was none.
    pub query: String,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Requests {
    /// How many of the latest requests are kept.
    pub const KEPT: usize = 1000;

    /// How many requests there were in all.
    pub fn count(&self) -> usize {
        self.log().count
    }

    /// The latest [`KEPT`](Self::KEPT) requests, oldest first.
    pub fn latest(&self) -> Vec<RecordedRequest> {
        self.log().latest.iter().cloned().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.log() = Log::default();
    }

    pub(crate) fn record(&self, request: RecordedRequest) {
        let mut log = self.log();
        log.count += 1;
        if log.latest.len() == Self::KEPT {
            log.latest.pop_front();
        }
        log.latest.push_back(request);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
