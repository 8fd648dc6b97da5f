//! Bytes as text: base64 and hexadecimal.

use base64::Engine;
use engines::{STANDARD, URL_SAFE_NO_PAD};

/// The engines of base64 that use vector instructions where the processor has them, which makes
/// large texts several times faster.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
mod engines {
    use std::sync::LazyLock;

    use base64::engine::Simd;
    use base64::engine::general_purpose::{NO_PAD, PAD};

    pub(super) static STANDARD: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));
    pub(super) static URL_SAFE_NO_PAD: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
}

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon")
)))]
use base64::engine::general_purpose as engines;

pub(crate) fn base64_encode(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// Standard alphabet, padded, nothing else; `None` for anything else.
pub(crate) fn base64_decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn base64url_encode(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(data)
}

/// URL alphabet without padding.
pub(crate) fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// In lower case.
pub(crate) fn hex_encode(data: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    let mut text = String::with_capacity(data.len() * 2);
    data.iter().for_each(|byte| text.extend([digit(byte >> 4), digit(byte & 15)]));
    text
}

/// Exactly `N` bytes, in either case.
pub(crate) fn hex_decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, []) = text.as_bytes().as_chunks() else { return None };
    let pairs: &[[u8; 2]; N] = pairs.try_into().ok()?;
    // Arrays of a known length become vector instructions.
    let highs = pairs.map(|[high, _]| hex_digit(high));
    let mut bytes = pairs.map(|[_, low]| hex_digit(low));
    let mut seen = 0;
    for (byte, high) in bytes.iter_mut().zip(highs) {
        seen |= *byte | high;
        *byte |= high << 4;
    }
    (seen < 16).then_some(bytes)
}

/// The value of a digit, or 16 for any other byte. Without branches, which would often be
/// mispredicted.
fn hex_digit(byte: u8) -> u8 {
    let (decimal, letter) = (byte.wrapping_sub(b'0'), (byte | 32).wrapping_sub(b'a'));
    let value = if decimal < 10 { decimal } else { 16 };
    if letter < 6 { letter + 10 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_strict() {
        assert_eq!(base64_decode("aGk="), Some(b"hi".to_vec()));
        assert_eq!((base64_decode("aGk"), base64_decode("aG k=")), (None, None));
        assert_eq!(base64url_decode("_-8"), Some(vec![255, 239]));
        assert_eq!((base64url_decode("_-8="), base64url_decode("/+8")), (None, None));
    }

    /// Long texts go through other code than short ones.
    #[test]
    fn base64_is_as_strict_whatever_the_length() {
        for length in [1, 50, 100, 200, 1000] {
            let data: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let (standard, url) = (base64_encode(&data), base64url_encode(&data));
            assert_eq!(base64_decode(&standard).as_ref(), Some(&data));
            assert_eq!(base64url_decode(&url).as_ref(), Some(&data));
            for wrong in ["!", "-", "é", " ", "\n", "="] {
                assert_eq!(base64_decode(&format!("{wrong}{}", &standard[wrong.len()..])), None);
            }
            for wrong in ["!", "+", "é", " ", "\n", "="] {
                let at = url.len() - wrong.len();
                assert_eq!(base64url_decode(&format!("{}{wrong}", &url[..at])), None);
            }
        }
    }

    #[test]
    fn hexadecimal_knows_its_digits_in_either_case_and_nothing_else() {
        assert_eq!(hex_encode(&[0, 255, 161]), "00ffa1");
        for byte in 0..=127_u8 {
            let (text, value) =
                (format!("{0}{0}", char::from(byte)), char::from(byte).to_digit(16));
            assert_eq!(hex_decode(&text), value.map(|value| [value as u8 * 17]), "{byte}");
        }
        for text in ["0", "0g", "g0", "é", "", "0000"] {
            assert_eq!(hex_decode::<1>(text), None, "{text}");
        }
    }
}
