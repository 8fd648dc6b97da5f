//! [`Requests`]: the log of requests.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use workos::{EventName, Timestamp};

use super::pattern::{RequestPattern, Sent};
use super::router;
use crate::reply::Response;
use crate::state::Effects;
use crate::state::collection::Happened;

/// The log of requests to the API, for assertions. It omits requests to `/health` and `/_emulate`.
///
/// It keeps the latest [`KEPT`](Self::KEPT) requests, or fewer if those exceed
/// [`KEPT_BYTES`](Self::KEPT_BYTES).
#[derive(Debug, Default)]
pub struct Requests(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    /// How often the log was cleared: a request that began before does not end in it.
    epoch: u64,
    count: usize,
    /// The total size of the kept requests.
    bytes: usize,
    latest: VecDeque<RecordedRequest>,
    /// How often each operation was answered with which status.
    coverage: BTreeMap<&'static str, BTreeMap<u16, u64>>,
}

/// Where a request is in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    epoch: u64,
    number: usize,
}

/// A request as received, with its response and effects.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Its number, counted from 1.
    pub number: usize,
    /// Its ID, which the response has as `x-request-id`.
    pub id: String,
    /// When it arrived, on the emulator's clock.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded as sent.
    pub path: String,
    /// The query, as sent; empty if there was none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The operation, as the SDK names it: `organizations.create_organization`.
    pub operation: Option<&'static str>,
    /// The response; `None` while there is none.
    pub response: Option<RecordedResponse>,
    /// The rows that it has changed.
    pub changes: Vec<RecordedChange>,
    /// The IDs and names of the events that it has caused.
    pub events: Vec<(String, EventName)>,
    /// The IDs of the webhooks that these have caused.
    pub webhooks: Vec<String>,
    /// The recipients of the emails and text messages that it has caused.
    pub messages: Vec<String>,
    /// The ID of the [fault](crate::Faults) that was played.
    pub fault: Option<String>,
}

/// A response, as the emulator has made it. A fault may have damaged it on its way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A row that a request has changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedChange {
    /// The collection, such as `organizations`.
    pub collection: &'static str,
    /// The ID of the row.
    pub id: String,
    /// `created`, `updated` or `deleted`.
    pub happened: &'static str,
}

impl RecordedRequest {
    pub(super) fn new(
        id: String,
        at: Timestamp,
        head: &Parts,
        body: &Bytes,
        operation: Option<&'static str>,
    ) -> Self {
        let (changes, events, webhooks, messages) = Default::default();
        Self {
            number: 0,
            id,
            at,
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.clone(),
            body: body.clone(),
            operation,
            response: None,
            changes,
            events,
            webhooks,
            messages,
            fault: None,
        }
    }

    /// What patterns look at.
    pub(super) fn sent(&self) -> Sent<'_> {
        Sent {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            operation: self.operation,
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn note(&mut self, effects: Effects) {
        let change = |row: crate::state::RowChange| RecordedChange {
            collection: row.table,
            id: row.id,
            happened: match row.happened {
                Happened::Created => "created",
                Happened::Updated => "updated",
                Happened::Deleted => "deleted",
            },
        };
        self.changes = effects.rows.into_iter().map(change).collect();
        self.events = effects.events;
        self.webhooks = effects.deliveries;
        self.messages = effects.messages;
    }

    fn size(&self) -> usize {
        let response = self.response.as_ref();
        let response = response.map_or(0, |one| size(&one.headers) + one.body.len());
        let changes: usize = self.changes.iter().map(|change| change.id.len()).sum();
        let events: usize = self.events.iter().map(|(id, _)| id.len()).sum();
        let sent: usize = self.webhooks.iter().chain(&self.messages).map(String::len).sum();
        let request = self.path.len() + self.query.len() + size(&self.headers) + self.body.len();
        request + response + changes + events + sent
    }
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

impl Requests {
    /// The maximum number of requests to keep.
    pub const KEPT: usize = 1000;
    /// The maximum size of the kept requests and responses, in bytes: 32 MiB of paths, queries,
    /// headers, bodies and IDs. The largest request that the emulator accepts has a body of half
    /// that size.
    pub const KEPT_BYTES: usize = 32 * 1024 * 1024;

    /// The total number of requests.
    pub fn count(&self) -> usize {
        self.log().count
    }

    /// The latest requests, oldest first.
    pub fn latest(&self) -> Vec<RecordedRequest> {
        self.log().latest.iter().cloned().collect()
    }

    /// The latest requests that fit a pattern, oldest first.
    pub fn matching(&self, pattern: &RequestPattern) -> Vec<RecordedRequest> {
        let log = self.log();
        log.latest.iter().filter(|request| pattern.fits(&request.sent())).cloned().collect()
    }

    /// Asserts how many of the latest requests fit a pattern: a number, or a range such as `1..`.
    /// Returns them, oldest first.
    ///
    /// # Errors
    ///
    /// When the number is different, or when no request can fit the pattern. The error names the
    /// closest requests and how they differ.
    pub fn expect(
        &self,
        pattern: &RequestPattern,
        times: impl Into<Times>,
    ) -> Result<Vec<RecordedRequest>, Unexpected> {
        let times = times.into();
        pattern.check().map_err(Unexpected)?;
        let found = self.matching(pattern);
        if times.contains(found.len()) {
            return Ok(found);
        }
        let mut message = format!("expected {times} of these requests, found {}", found.len());
        for (request, differences) in self.closest(pattern) {
            message +=
                &format!("\n{} {}: {}", request.method, request.path, differences.join("; "));
        }
        Err(Unexpected(message))
    }

    /// How often each operation returned each status since the start or the last
    /// [`clear`](Self::clear). Includes operations that were never called.
    pub fn coverage(&self) -> Vec<OperationCoverage> {
        let log = self.log();
        let covered = |operation| OperationCoverage {
            operation,
            statuses: log.coverage.get(operation).cloned().unwrap_or_default(),
        };
        let mut coverage: Vec<_> = router::operations().map(covered).collect();
        coverage.sort_by_key(|one| one.operation);
        coverage
    }

    /// Clears the log and the coverage.
    pub fn clear(&self) {
        let mut log = self.log();
        *log = Log { epoch: log.epoch + 1, ..Log::default() };
    }

    /// The request with this number or ID.
    pub(crate) fn get(&self, number_or_id: &str) -> Option<RecordedRequest> {
        let is_named = |request: &&RecordedRequest| {
            request.id == number_or_id || number_or_id.parse() == Ok(request.number)
        };
        self.log().latest.iter().rev().find(is_named).cloned()
    }

    /// Records a request, and returns where it is.
    pub(crate) fn begin(&self, mut request: RecordedRequest) -> Entry {
        let mut log = self.log();
        log.count += 1;
        request.number = log.count;
        log.bytes += request.size();
        log.make_room(1);
        log.latest.push_back(request);
        Entry { epoch: log.epoch, number: log.count }
    }

    /// Records the response and effects of a request, if it is still in the log.
    pub(crate) fn end(
        &self,
        entry: Entry,
        response: &Response,
        effects: Effects,
        fault: Option<String>,
    ) {
        let status = response.status.map_or(200, |status| status.as_u16());
        let mut log = self.log();
        if log.epoch != entry.epoch {
            return;
        }
        let first = log.latest.front().map_or(0, |oldest| oldest.number);
        let index = entry.number.checked_sub(first);
        let Some(request) = index.and_then(|index| log.latest.get_mut(index)) else { return };
        let before = request.size();
        request.note(effects);
        request.fault = fault;
        let headers = response.headers.iter().cloned().collect();
        let body = response.body.clone();
        request.response = Some(RecordedResponse { status, headers, body });
        let (added, operation) = (request.size() - before, request.operation);
        log.bytes += added;
        log.make_room(0);
        if let Some(operation) = operation {
            *log.coverage.entry(operation).or_default().entry(status).or_default() += 1;
        }
    }

    /// The requests that differ the least from a pattern, with the differences.
    fn closest(&self, pattern: &RequestPattern) -> Vec<(RecordedRequest, Vec<String>)> {
        const SHOWN: usize = 3;
        let log = self.log();
        let differing =
            log.latest.iter().rev().map(|request| (request, pattern.differences(&request.sent())));
        let mut differing: Vec<_> =
            differing.filter(|(_, differences)| !differences.is_empty()).collect();
        differing.sort_by_key(|(_, differences)| differences.len());
        let closest = differing.into_iter().take(SHOWN);
        closest.map(|(request, differences)| (request.clone(), differences)).collect()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Drops the oldest requests until `more` requests fit.
    fn make_room(&mut self, more: usize) {
        while self.latest.len() + more > Requests::KEPT || self.bytes > Requests::KEPT_BYTES {
            let Some(oldest) = self.latest.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

/// How many requests are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    at_least: usize,
    /// `None` for any number.
    at_most: Option<usize>,
}

impl Times {
    /// A number in this range.
    pub fn within(range: impl RangeBounds<usize>) -> Self {
        let at_least = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(from) => from.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let at_most = match range.end_bound() {
            Bound::Included(to) => Some(*to),
            Bound::Excluded(to) => Some(to.saturating_sub(1)),
            Bound::Unbounded => None,
        };
        Self { at_least, at_most }
    }

    fn contains(self, count: usize) -> bool {
        count >= self.at_least && self.at_most.is_none_or(|most| count <= most)
    }
}

impl From<usize> for Times {
    fn from(count: usize) -> Self {
        Self::within(count..=count)
    }
}

impl From<std::ops::RangeFrom<usize>> for Times {
    fn from(range: std::ops::RangeFrom<usize>) -> Self {
        Self::within(range)
    }
}

impl From<std::ops::RangeInclusive<usize>> for Times {
    fn from(range: std::ops::RangeInclusive<usize>) -> Self {
        Self::within(range)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (least, Some(most)) if least == most => write!(f, "{least}"),
            (least, Some(most)) => write!(f, "{least} to {most}"),
            (least, None) => write!(f, "at least {least}"),
        }
    }
}

/// The log does not have the expected requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpected(String);

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unexpected {}

/// How often an operation was called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationCoverage {
    /// The operation, as the SDK names it: `organizations.create_organization`.
    pub operation: &'static str,
    /// How often it was answered with which status. Empty if it was never called.
    pub statuses: BTreeMap<u16, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static ZEROS: [u8; Requests::KEPT_BYTES] = [0; Requests::KEPT_BYTES];

    fn request(number: usize, size: usize) -> RecordedRequest {
        let path = number.to_string();
        let body = Bytes::from_static(&ZEROS).slice(..size - path.len());
        let (head, ()) = http::Request::post(format!("/{path}")).body(()).unwrap().into_parts();
        let mut request =
            RecordedRequest::new(String::new(), Timestamp::UNIX_EPOCH, &head, &body, None);
        request.path = path;
        request
    }

    #[test]
    fn the_latest_thousand_are_kept() {
        let requests = Requests::default();
        for number in 0..1500 {
            requests.begin(request(number, 100));
        }
        let paths: Vec<_> = requests.latest().into_iter().map(|one| one.path).collect();
        let expected: Vec<_> = (500..1500).map(|number| number.to_string()).collect();
        assert_eq!((requests.count(), paths), (1500, expected));
    }

    #[test]
    fn a_request_from_before_a_clear_does_not_end_in_another() {
        let requests = Requests::default();
        let before = requests.begin(request(1, 100));
        requests.clear();
        requests.begin(request(2, 100));
        let response = Response::empty(http::StatusCode::OK);
        requests.end(before, &response, Effects::default(), None);
        assert_eq!(requests.latest()[0].response, None);
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
                requests.begin(request(number, *size));
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
