//! `Retry-After`, `Date` and rate limit headers, a line each.
#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workos_fuzz::{answer, client, line, ready};

const CAP: Duration = Duration::from_secs(60);

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    for name in ["retry-after", "date", "x-ratelimit-limit", "x-ratelimit-remaining"] {
        let (value, next) = line(rest);
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
        rest = next;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let refused = headers.clone();
    let (builder, clock) = client(move |_| answer(429, refused.clone(), ""));
    let client_ = builder.max_retries(3).max_retry_delay(CAP).build();
    let error = ready(client_.request::<Value>(Method::GET, "/x")).unwrap_err();
    let slept = clock.slept.lock().unwrap();
    assert!(slept.iter().all(|wait| *wait <= CAP), "{slept:?}");

    let asked = error.retry_after();
    match asked {
        // Beyond the cap: not retried. Otherwise no sooner than requested.
        Some(asked) if asked > CAP => assert_eq!((error.attempts(), slept.len()), (1, 0)),
        Some(asked) => {
            assert_eq!((error.attempts(), slept.len()), (4, 3));
            // Between half of the first backoff and four times the first backoff.
            let least = asked.max(Duration::from_millis(100));
            let most = asked.max(Duration::from_millis(800));
            assert!(slept.iter().all(|wait| (least..=most).contains(wait)), "{slept:?}");
        }
        None => assert_eq!((error.attempts(), slept.len()), (4, 3)),
    }
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(digits) = text("retry-after").filter(is_number) {
        let seconds = digits.parse::<u64>().ok().filter(|seconds| *seconds < 1 << 52);
        let seconds = seconds.map(Duration::from_secs);
        assert!(seconds.is_none_or(|seconds| asked == Some(seconds)));
    }

    let limited = headers.clone();
    let (builder, _) = client(move |_| answer(200, limited.clone(), "7"));
    let call = builder.build().request::<u8>(Method::GET, "/x").with_response();
    let response = ready(call).unwrap();
    let number = |name| text(name)?.parse::<u64>().ok();
    let expected = number("x-ratelimit-limit").zip(number("x-ratelimit-remaining"));
    let limit = response.rate_limit();
    assert_eq!(limit.map(|limit| (limit.limit, limit.remaining)), expected);
});
