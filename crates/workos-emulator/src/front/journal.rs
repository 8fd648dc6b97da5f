//! [`Requests`]: the log of requests.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Method;
use http::request::Parts;

/// The log of requests to the API, for assertions. It omits requests to `/health` and `/_emulate`.
///
/// It keeps the latest [`KEPT`](Self::KEPT) requests, or fewer if those exceed
/// [`KEPT_BYTES`](Self::KEPT_BYTES).
#[derive(Debug, Default)]
pub struct Requests(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    count: usize,
    /// The total size of the kept requests.
    bytes: usize,
    latest: VecDeque<RecordedRequest>,
}

/// A request, as received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded as sent.
    pub path: String,
    /// The query, as sent; empty if there was none.
    pub query: String,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl RecordedRequest {
    pub(super) fn new(head: &Parts, body: &Bytes) -> Self {
        Self {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.clone(),
            body: body.clone(),
        }
    }

    fn size(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
        self.path.len() + self.query.len() + headers + self.body.len()
    }
}

impl Requests {
    /// The maximum number of requests to keep.
    pub const KEPT: usize = 1000;
    /// The maximum size of the kept requests, in bytes: 32 MiB of paths, queries, headers and
    /// bodies. The largest request that the emulator accepts has a body of half that size.
    pub const KEPT_BYTES: usize = 32 * 1024 * 1024;

    /// The total number of requests.
    pub fn count(&self) -> usize {
        self.log().count
    }

    /// The latest requests, oldest first.
    pub fn latest(&self) -> Vec<RecordedRequest> {
        self.log().latest.iter().cloned().collect()
    }

    /// Clears the log.
    pub fn clear(&self) {
        *self.log() = Log::default();
    }

    pub(crate) fn record(&self, request: RecordedRequest) {
        let mut log = self.log();
        log.count += 1;
        log.bytes += request.size();
        while log.latest.len() == Self::KEPT || log.bytes > Self::KEPT_BYTES {
            let Some(oldest) = log.latest.pop_front() else { break };
            log.bytes -= oldest.size();
        }
        log.latest.push_back(request);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static ZEROS: [u8; Requests::KEPT_BYTES] = [0; Requests::KEPT_BYTES];

    fn request(number: usize, size: usize) -> RecordedRequest {
        let path = number.to_string();
        let body = Bytes::from_static(&ZEROS).slice(..size - path.len());
        let (query, headers) = (String::new(), http::HeaderMap::new());
        RecordedRequest { method: Method::POST, path, query, headers, body }
    }

    #[test]
    fn the_latest_thousand_are_kept() {
        let requests = Requests::default();
        (0..1500).for_each(|number| requests.record(request(number, 100)));
        let paths: Vec<_> = requests.latest().into_iter().map(|one| one.path).collect();
        let expected: Vec<_> = (500..1500).map(|number| number.to_string()).collect();
        assert_eq!((requests.count(), paths), (1500, expected));
    }

    #[test]
    fn everything_that_a_sender_decides_counts() {
        let mut one = request(7, 100);
        one.query = "a=b".to_owned();
        one.headers.insert("x-a", http::HeaderValue::from_static("1234"));
        assert_eq!(one.size(), 100 + 3 + 7);
    }

    proptest! {
        /// The latest requests that fit, however large the earlier ones were.
        #[test]
        fn what_is_kept_are_the_latest_that_fit(
            sizes in prop::collection::vec(
                prop_oneof![1_usize << 10..1 << 20, 1 << 22..Requests::KEPT_BYTES], 1..60,
            ),
            cleared in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let requests = Requests::default();
            let cleared = cleared.map_or(0, |at| at.index(sizes.len()));
            for (number, size) in sizes.iter().enumerate() {
                if number == cleared {
                    requests.clear();
                }
                requests.record(request(number, *size));
            }
            let mut room = Requests::KEPT_BYTES;
            let mut first = sizes.len();
            while first > cleared && sizes[first - 1] <= room {
                first -= 1;
                room -= sizes[first];
            }
            let kept: Vec<_> = requests.latest().into_iter().map(|one| one.path).collect();
            let expected: Vec<_> = (first..sizes.len()).map(|number| number.to_string()).collect();
            prop_assert_eq!(kept, expected);
            prop_assert_eq!(requests.count(), sizes.len() - cleared);
        }
    }
}
