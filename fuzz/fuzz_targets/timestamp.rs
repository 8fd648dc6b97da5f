//! Times as the API writes them, and arithmetic with them.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use workos::Timestamp;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let json = serde_json::to_string(text).unwrap();
    let read = serde_json::from_str::<Timestamp>(&json);
    assert_eq!(read.is_ok(), text.parse::<Timestamp>().is_ok());
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(read.unwrap(), time);
        check(time);
        // jiff reads second 60 as 59.
        if !text.contains(":60")
            && let Ok(theirs) = text.parse::<jiff::Timestamp>()
        {
            assert_eq!(jiff::Timestamp::from(time), theirs);
        }
    }
    if let Some((millis, rest)) = data.split_first_chunk() {
        let time = Timestamp::from_millis(i64::from_be_bytes(*millis));
        check(time);
        if let Some((nanos, _)) = rest.split_first_chunk() {
            let duration = Duration::from_nanos(u64::from_be_bytes(*nanos));
            let (later, earlier) = (time + duration, time - duration);
            check(later);
            check(earlier);
            assert!(later == Timestamp::MAX || later - duration == time);
            assert!(earlier == Timestamp::MIN || time.duration_since(earlier) == duration);
        }
    }
});

fn check(time: Timestamp) {
    assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time));
    assert_eq!(time.to_string().parse(), Ok(time));
    assert_eq!(Timestamp::from(SystemTime::from(time)), time);
    let theirs = jiff::Timestamp::from(time);
    assert!(theirs == jiff::Timestamp::MAX || Timestamp::from(theirs) == time);
}
