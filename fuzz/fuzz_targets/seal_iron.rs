//! Sessions as Node seals them: `Fe26.2`, which can also expire.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::Timestamp;
use workos::helpers::seal::{Layout, SealError, SealKeys, seal_until, unseal};
use workos_fuzz::seals::check;

const PASSWORD: &str = "bUQj7m5ViVl0KAXxh1jgZnZgoq3kxj4e";

fuzz_target!(|data: &[u8]| {
    match data.split_first_chunk() {
        Some((b"expiry", times)) => expiry(times),
        _ => check(Layout::Iron, PASSWORD, data),
    }
});

/// A seal opens until a minute after its expiry.
fn expiry(times: &[u8]) {
    let Some((expires, rest)) = times.split_first_chunk() else { return };
    let Some((now, _)) = rest.split_first_chunk() else { return };
    let [expires, now] =
        [expires, now].map(|time| Timestamp::from_millis(i64::from_be_bytes(*time)));
    let keys = SealKeys::new(PASSWORD).unwrap();
    let sealed = seal_until("hi", &keys, expires).unwrap();
    let over = expires.as_millis().max(0).saturating_add(60_000) <= now.as_millis();
    let expected = if over { Err(SealError::Expired) } else { Ok("hi".to_owned()) };
    assert_eq!(unseal(sealed.expose(), &keys, now), expected);
}
