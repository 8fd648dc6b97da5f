//! Which failures may be temporary, and how long the server asks to wait.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, header};

use crate::Timestamp;

/// The statuses of temporary failures: timeouts, overload, and failures behind a proxy.
///
/// [`ClientBuilder::max_retries`](crate::ClientBuilder::max_retries) documents them.
pub(crate) fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The `Retry-After` header (RFC 9110, section 10.2.3): seconds, also with a fraction, or a date.
///
/// A date counts from the response's own `Date`, if it has one, so that a wrong local clock does no
/// harm. Anything else is ignored.
pub(crate) fn parse_retry_after(
    headers: &HeaderMap,
    now: impl FnOnce() -> Timestamp,
) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return wait_of(seconds);
    }
    let date = |value: &str| httpdate::parse_http_date(value).ok();
    let until: SystemTime = date(text)?;
    let sent = headers.get(header::DATE).and_then(|value: &HeaderValue| date(value.to_str().ok()?));
    let sent = sent.map_or_else(now, Timestamp::from);
    Some(Timestamp::from(until).duration_since(sent))
}

/// A number of seconds, also with a fraction.
pub(crate) fn parse_seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().and_then(wait_of)
}

fn wait_of(seconds: f64) -> Option<Duration> {
    // "inf" and "NaN" are numbers to the parser; negative ones are nonsense, huge ones "never".
    let plausible = seconds.is_finite() && seconds >= 0.0;
    plausible.then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert(header::DATE, HeaderValue::from_str(date).unwrap());
        }
        parse_retry_after(&headers, || "1994-11-06T08:49:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let seconds = |s| Some(Duration::from_secs_f64(s));
        assert_eq!(retry_after("30", None), seconds(30.0));
        assert_eq!(retry_after(" 0.5 ", None), seconds(0.5));
        assert_eq!(retry_after("0", None), seconds(0.0));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", None), seconds(37.0));
        assert_eq!(retry_after("Sunday, 06-Nov-94 08:49:37 GMT", None), seconds(37.0));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", None), seconds(0.0));
        let date = Some("Sun, 06 Nov 1994 08:49:30 GMT");
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", date), seconds(7.0));
        assert_eq!(retry_after("1e300", None), Some(Duration::MAX));
        for nonsense in ["", "-1", "inf", "NaN", "soon", "1 minute"] {
            assert_eq!(retry_after(nonsense, None), None, "{nonsense}");
        }
    }

    #[test]
    fn the_transient_statuses_are_those_that_max_retries_documents() {
        let transient: Vec<_> = (0..=999).filter(|status| is_transient_status(*status)).collect();
        assert_eq!(transient, [408, 429, 500, 502, 503, 504]);
    }

    proptest! {
        #[test]
        fn any_retry_after_is_survived(value in "[ -~]{0,40}") {
            let _ = retry_after(&value, Some(&value));
        }

        #[test]
        fn any_number_of_seconds_is_read(seconds in 0u64..1 << 50, space in " {0,2}") {
            let read = retry_after(&format!("{space}{seconds}{space}"), None);
            prop_assert_eq!(read, Some(Duration::from_secs(seconds)));
        }
    }
}
