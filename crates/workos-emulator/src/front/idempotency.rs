//! [`Answers`]: what was answered to requests with an `Idempotency-Key`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::request::Parts;
use http::{HeaderName, Method, header};
use ring::digest::{Context, SHA256};
use workos::Timestamp;

use crate::reply::Response;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How long a key is remembered.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The answers to POST requests with an idempotency key. For 24 hours, the same key gets the same
/// answer.
///
/// The key alone decides, as WorkOS documents it: what the body of a later request says does not
/// matter. A key counts for one operation and one caller. A refusal is not remembered, since it
/// left nothing behind.
///
/// WorkOS documents this for audit log events only. Here it holds for all operations, because the
/// SDKs repeat calls that have a key.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Request, (Timestamp, Response)>,
    /// Oldest first.
    order: VecDeque<Request>,
    /// The total size of the answers.
    bytes: usize,
}

/// A key with what it is for, as a digest: it contains secrets.
type Request = [u8; 32];

impl Answers {
    /// The maximum number of answers to keep.
    const KEPT: usize = 10_000;
    /// The maximum size of the kept answers, in bytes.
    const KEPT_BYTES: usize = 16 * 1024 * 1024;

    /// Serves a request, unless one with the same key was served before.
    pub(crate) fn once(
        &self,
        head: &Parts,
        now: impl Fn() -> Timestamp,
        serve: impl FnOnce() -> Response,
    ) -> Response {
        let Some(request) = request(head) else { return serve() };
        // Locked until there is an answer: a simultaneous request with the same key waits for it.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_old(now());
        if let Some((_, answer)) = kept.answers.get(&request) {
            return answer.clone();
        }
        let answer = serve();
        if answer.status.is_none_or(|status| status.is_success()) {
            kept.keep(request, now(), answer.clone());
        }
        answer
    }

    /// Forgets all answers.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}

impl Kept {
    fn keep(&mut self, request: Request, now: Timestamp, answer: Response) {
        self.bytes += size(&answer);
        self.order.push_back(request);
        self.answers.insert(request, (now, answer));
        while self.order.len() > Answers::KEPT || self.bytes > Answers::KEPT_BYTES {
            self.forget_oldest();
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        let is_old = |kept: &Self| {
            let oldest = kept.order.front().and_then(|oldest| kept.answers.get(oldest));
            oldest.is_some_and(|(at, _)| *at + LIFETIME <= now)
        };
        while is_old(self) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.order.pop_front().and_then(|oldest| self.answers.remove(&oldest));
        if let Some((_, answer)) = oldest {
            self.bytes -= size(&answer);
        }
    }
}

fn size(answer: &Response) -> usize {
    let headers = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    answer.body.len() + headers.sum::<usize>()
}

/// What a request with an idempotency key is for.
fn request(head: &Parts) -> Option<Request> {
    let key = head.headers.get(IDEMPOTENCY_KEY)?.as_bytes();
    if head.method != Method::POST || key.trim_ascii().is_empty() {
        return None;
    }
    let caller =
        head.headers.get(header::AUTHORIZATION).map_or(&[][..], |caller| caller.as_bytes());
    let mut digest = Context::new(&SHA256);
    for part in
        [head.uri.path().as_bytes(), head.uri.query().unwrap_or_default().as_bytes(), caller, key]
    {
        digest.update(part);
        // No part contains it.
        digest.update(b"\0");
    }
    digest.finish().as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::StatusCode;

    use super::*;

    const NOON: i64 = 1_772_366_400_000;

    fn head(method: Method, path: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    /// The answer to a request at this time, which counts how often it is served.
    struct Server {
        answers: Answers,
        served: AtomicUsize,
        status: StatusCode,
        size: usize,
    }

    impl Server {
        fn new(status: u16, size: usize) -> Self {
            let status = StatusCode::from_u16(status).unwrap();
            Self { answers: Answers::default(), served: AtomicUsize::new(0), status, size }
        }

        /// The number of the answer.
        fn answer(&self, head: &Parts, seconds: u64) -> usize {
            let now = Timestamp::from_millis(NOON) + Duration::from_secs(seconds);
            let answer = self.answers.once(
                head,
                || now,
                || {
                    let number = self.served.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    let mut body = number.to_string();
                    body.push_str(&" ".repeat(self.size.saturating_sub(body.len())));
                    Response { status: Some(self.status), headers: Vec::new(), body: body.into() }
                },
            );
            std::str::from_utf8(&answer.body).unwrap().trim().parse().unwrap()
        }

        fn kept(&self) -> (usize, usize, usize) {
            let kept = self.answers.0.lock().unwrap();
            (kept.answers.len(), kept.order.len(), kept.bytes)
        }
    }

    #[test]
    fn a_key_counts_for_24_hours_one_operation_and_one_caller() {
        let server = Server::new(200, 1);
        let key = ("idempotency-key", "k");
        let post = |path, headers: &[(&str, &str)]| head(Method::POST, path, headers);
        let first = post("/a", &[key]);
        assert_eq!(server.answer(&first, 0), 0);
        for (other, number) in [
            (post("/a", &[("idempotency-key", "other")]), 1),
            (post("/b", &[key]), 2),
            (post("/a?b", &[key]), 3),
            (post("/a", &[key, ("authorization", "Bearer x")]), 4),
            (first.clone(), 0),
            (post("/b", &[key]), 2),
        ] {
            assert_eq!(server.answer(&other, 1), number, "{other:?}");
        }
        assert_eq!(server.answer(&first, 86_399), 0);
        assert_eq!(server.answer(&first, 86_400), 5);
        assert_eq!(server.answer(&first, 86_401), 5);
    }

    #[test]
    fn other_requests_are_served_each_time() {
        let key = ("idempotency-key", "k");
        for (status, head) in [
            (200, head(Method::GET, "/a", &[key])),
            (200, head(Method::PUT, "/a", &[key])),
            (200, head(Method::POST, "/a", &[])),
            (200, head(Method::POST, "/a", &[("idempotency-key", " ")])),
            (404, head(Method::POST, "/a", &[key])),
            (500, head(Method::POST, "/a", &[key])),
        ] {
            let server = Server::new(status, 1);
            assert_eq!([server.answer(&head, 0), server.answer(&head, 0)], [0, 1], "{head:?}");
            assert_eq!(server.kept(), (0, 0, 0));
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let many = |count: usize, size: usize| {
            let server = Server::new(200, size);
            for number in 0..count {
                let key = number.to_string();
                let head = head(Method::POST, "/a", &[("idempotency-key", &key)]);
                assert_eq!(server.answer(&head, 0), number);
            }
            server
        };
        let server = many(Answers::KEPT + 5, 5);
        assert_eq!(server.kept(), (Answers::KEPT, Answers::KEPT, Answers::KEPT * 5));
        let megabyte = 1024 * 1024;
        let server = many(20, megabyte);
        assert_eq!(server.kept(), (16, 16, 16 * megabyte));
        server.answers.clear();
        assert_eq!(server.kept(), (0, 0, 0));
    }

    #[test]
    fn simultaneous_requests_with_one_key_are_served_once() {
        let server = Server::new(201, 1);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for key in 0..50 {
                        let key = key.to_string();
                        let head = head(Method::POST, "/a", &[("idempotency-key", &key)]);
                        assert_eq!(server.answer(&head, 0), server.answer(&head, 0));
                    }
                });
            }
        });
        assert_eq!(server.served.load(Ordering::SeqCst), 50);
    }
}
