//! The codes of authenticator apps (TOTP, RFC 6238): SHA-1, 6 digits, steps of 30 seconds.

use percent_encoding::{AsciiSet, utf8_percent_encode};
use ring::hmac;
use workos::{SecretString, Timestamp};

use crate::urls::SEGMENT;

const STEP_SECONDS: u64 = 30;
/// How many steps the clock of a phone may be early or late.
const DRIFT_STEPS: u64 = 1;
/// RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// What a URI shows as it is.
const PLAIN: &AsciiSet = &SEGMENT.remove(b'@');

/// The step that this time is in.
pub(crate) fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.as_secs()).unwrap_or(0) / STEP_SECONDS
}

/// The code of a step.
pub(crate) fn code(secret: &[u8], step: u64) -> SecretString {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 15);
    let word = tag.get(offset..).and_then(|rest| rest.first_chunk());
    let number = word.map_or(0, |word| u32::from_be_bytes(*word)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000).into()
}

/// The step of a code that is valid now. Steps up to `used` are over: a code works once.
pub(crate) fn find_step(
    secret: &[u8],
    given: &SecretString,
    now: Timestamp,
    used: Option<u64>,
) -> Option<u64> {
    let now = step_at(now);
    let is_fresh = |step: &u64| used.is_none_or(|used| *step > used);
    let mut steps = now.saturating_sub(DRIFT_STEPS)..=now + DRIFT_STEPS;
    steps.find(|step| is_fresh(step) && code(secret, *step) == *given)
}

/// What an authenticator app reads.
pub(crate) fn uri(issuer: &str, user: &str, secret: &str) -> String {
    let issuer = utf8_percent_encode(issuer, PLAIN);
    let user = utf8_percent_encode(user, PLAIN);
    format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}")
}

pub(crate) fn to_base32(bytes: &[u8]) -> String {
    let bits = |chunk: &[u8]| {
        let byte = |at: usize| u64::from(chunk.get(at).copied().unwrap_or(0));
        (0..5).fold(0, |bits, at| bits << 8 | byte(at))
    };
    let digit = |bits: u64, place: usize| BASE32.get((bits >> (35 - 5 * place) & 31) as usize);
    let digits = |chunk| {
        let (bits, count) = (bits(chunk), (chunk.len() * 8).div_ceil(5));
        (0..count).filter_map(move |place| digit(bits, place))
    };
    bytes.chunks(5).flat_map(digits).copied().map(char::from).collect()
}

/// The bytes of a secret as people type it: with spaces, in any case, with or without padding.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    let digits = text.trim_end_matches('=').bytes().filter(|byte| *byte != b' ');
    for byte in digits.map(|byte| byte.to_ascii_uppercase()) {
        let digit = BASE32.iter().position(|one| *one == byte)?;
        bits = bits << 5 | u32::try_from(digit).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // The RFC's have eight digits, of which ours are the last six.
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(SECRET, step_at(at(seconds))).expose(), &expected[2..], "{seconds}");
        }
    }

    #[test]
    fn a_code_is_valid_for_its_step_and_those_beside_it() {
        let given = code(SECRET, 1000);
        let found: Vec<_> = (998..=1002)
            .map(|step| find_step(SECRET, &given, at(step * 30 + 29), None).is_some())
            .collect();
        assert_eq!(found, [false, true, true, true, false]);
        assert_eq!(find_step(SECRET, &code(SECRET, 0), at(0), None), Some(0));
    }

    #[test]
    fn a_used_step_and_those_before_it_are_over() {
        let now = at(1000 * 30);
        let find = |step, used| find_step(SECRET, &code(SECRET, step), now, Some(used));
        assert_eq!(find(1000, 999), Some(1000));
        assert_eq!(find(1000, 1000), None);
        assert_eq!(find(999, 1000), None);
        assert_eq!(find(1001, 1000), Some(1001));
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (text, encoded) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(to_base32(text.as_bytes()), encoded);
            assert_eq!(from_base32(encoded).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(from_base32("mzxw 6ytb oi======").as_deref(), Some(b"foobar".as_slice()));
        for bad in ["", " ", "=", "M", "MZX1", "MZ=XQ", "MZXÖ"] {
            assert_eq!(from_base32(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_uri_is_what_apps_read() {
        let uri = uri("Acme: Ä & Co.", "ada@example.com", "JBSWY3DPEHPK3PXP");
        let expected = "otpauth://totp/Acme%3A%20%C3%84%20%26%20Co.:ada@example.com\
            ?secret=JBSWY3DPEHPK3PXP&issuer=Acme%3A%20%C3%84%20%26%20Co.";
        assert_eq!(uri, expected);
    }

    proptest! {
        #[test]
        fn base32_keeps_all_bytes(bytes in prop::collection::vec(any::<u8>(), 1..40)) {
            prop_assert_eq!(from_base32(&to_base32(&bytes)), Some(bytes));
        }
    }
}
