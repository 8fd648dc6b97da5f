//! Hashes in PHC form: `$id$v=19$name=value,name=value$salt$hash`, without the version if need be.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// PHC leaves the padding out, many exporters do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Shorter hashes fit too many passwords; no exporter makes longer ones.
const HASH_LENGTHS: std::ops::RangeInclusive<usize> = 10..=128;

pub(super) struct Phc<'a> {
    pub(super) id: &'a str,
    pub(super) version: Option<u32>,
    pub(super) params: Params<'a>,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl<'a> Phc<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<_> = text.strip_prefix('$')?.split('$').collect();
        let (id, version, params, salt, hash) = match *parts.as_slice() {
            [id, params, salt, hash] => (id, None, params, salt, hash),
            [id, version, params, salt, hash] => {
                (id, Some(number(version.strip_prefix("v=")?)?), params, salt, hash)
            }
            _ => return None,
        };
        let mut params = Params::split(params, ',')?;
        let (salt, hash) = (bytes(salt)?, hash_bytes(hash)?);
        // The length of the hash is said twice by some exporters.
        if let Some(length) = params.take("l").or_else(|| params.take("kl")) {
            (number(length)? as usize == hash.len()).then_some(())?;
        }
        Some(Self { id, version, params, salt, hash })
    }
}

/// Named values, each of which is taken once.
pub(super) struct Params<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Params<'a> {
    pub(super) fn split(text: &'a str, separator: char) -> Option<Self> {
        text.split(separator).map(|pair| pair.split_once('=')).collect::<Option<_>>().map(Self)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(own, _)| *own == name)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        number(self.take(name)?)
    }

    /// Refuses what was not taken: it would change the hash, and nobody knows how.
    pub(super) fn finish(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// A decimal number in its only form: `parse` takes `+8` and `08` as well.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_shortest = text == "0" || !text.starts_with('0');
    if is_number && is_shortest { text.parse().ok() } else { None }
}

/// Bytes in Base64.
pub(super) fn text(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Base64 of at least one byte.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

/// Base64 of a hash.
pub(super) fn hash_bytes(text: &str) -> Option<Vec<u8>> {
    bytes(text).filter(|hash| HASH_LENGTHS.contains(&hash.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phc_string_falls_into_its_parts() {
        let mut phc = Phc::parse("$id$v=19$m=8,l=12$c2FsdA$aGFzaGhhc2hoYXNo").unwrap();
        assert_eq!((phc.id, phc.version, phc.params.number("m")), ("id", Some(19), Some(8)));
        assert_eq!((&*phc.salt, &*phc.hash), (&b"salt"[..], &b"hashhashhash"[..]));
        assert_eq!(phc.params.finish(), Some(()));
    }

    #[test]
    fn what_is_not_exactly_phc_is_refused() {
        for text in [
            "",
            "$",
            "id$m=8$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$19$m=8$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$v=019$m=8$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$m$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$m=8,l=11$c2FsdA$aGFzaGhhc2hoYXNo",
            "$id$m=8$$aGFzaGhhc2hoYXNo",
            "$id$m=8$c2Fs dA$aGFzaGhhc2hoYXNo",
            "$id$m=8$c2FsdA$aGFzaA",
            "$id$m=8$c2FsdA$aGFzaGhhc2hoYXNo$",
        ] {
            assert!(Phc::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_number_has_one_form() {
        let texts = ["0", "8", "4294967295", "", "08", "+8", "-1", "4294967296", "８"];
        let numbers = [Some(0), Some(8), Some(u32::MAX), None, None, None, None, None, None];
        assert_eq!(texts.map(number), numbers);
    }

    #[test]
    fn params_are_taken_once_and_none_may_be_left() {
        let mut params = Params::split("m=1,m=2", ',').unwrap();
        assert_eq!(params.number("m"), Some(1));
        assert_eq!(params.finish(), None);
    }
}
