//! Reading JSON that WorkOS has written.
//!
//! JavaScript cuts text by UTF-16 units, so a name that ends in an emoji may arrive as
//! `"Wren \ud83e"`: half a surrogate pair, which is not a character. serde_json refuses the whole
//! document for it. Here it reads as U+FFFD, as everywhere else where text is decoded leniently,
//! and a byte order mark in front of a document is skipped. Documents without either, which is
//! nearly all of them, cost nothing more: they are read once, and only a document that fails is
//! read again.

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// [`serde_json::from_str`], for text from WorkOS.
///
/// The error's line and column count from the end of a byte order mark; see [`without_mark`].
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    read(text, |text| serde_json::from_str(text))
}

/// Parses `text` and, if that fails, its [`mended`] copy.
pub(crate) fn read<T, E>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, E> {
    parse(text).or_else(|error| match mended(text) {
        Some(mended) => parse(&mended),
        None => Err(error),
    })
}

/// The document behind a byte order mark.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The document without its byte order mark and with `\ufffd` for every lone surrogate, if it has
/// either.
///
/// One escape replaces another of the same length, so positions stay what they are. The copy may
/// hold secrets, as session cookies do.
#[cold]
fn mended(text: &str) -> Option<Zeroizing<String>> {
    let document = without_mark(text);
    // Large enough from the start: growing would leave copies behind that are not wiped.
    let mut copy = Zeroizing::new(String::with_capacity(document.len()));
    let mut copied = 0;
    for at in LoneSurrogates::of(document) {
        copy.push_str(document.get(copied..at)?);
        copy.push_str("\\ufffd");
        copied = at + ESCAPE;
    }
    if copied == 0 && document.len() == text.len() {
        return None;
    }
    copy.push_str(document.get(copied..)?);
    Some(copy)
}

/// The length of an escape such as `\ud83e`.
const ESCAPE: usize = 6;

/// The positions of the escapes in a document that stand for half a surrogate pair.
struct LoneSurrogates<'a> {
    document: &'a str,
    at: usize,
}

impl<'a> LoneSurrogates<'a> {
    fn of(document: &'a str) -> Self {
        Self { document, at: 0 }
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.document.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    }
}

impl Iterator for LoneSurrogates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let at = self.at + self.document.get(self.at..)?.find('\\')?;
            let next = |unit: &u16| matches!(unit, 0xdc00..=0xdfff);
            let (length, is_lone) = match self.unit(at) {
                Some(0xd800..=0xdbff) if self.unit(at + ESCAPE).as_ref().is_some_and(next) => {
                    (2 * ESCAPE, false)
                }
                Some(unit) => (ESCAPE, matches!(unit, 0xd800..=0xdfff)),
                // Another escape, such as `\\`: the character after it begins none.
                None => (1 + self.document.get(at + 1..)?.chars().next()?.len_utf8(), false),
            };
            self.at = at + length;
            if is_lone {
                return Some(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn half_a_surrogate_pair_reads_as_the_replacement_character() {
        for (text, expected) in [
            (r#""Wren \ud83e""#, "Wren \u{fffd}"),
            (r#""\udd86 Wren""#, "\u{fffd} Wren"),
            (r#""\uD83E\uDD86""#, "\u{1f986}"),
            (r#""\ud83e\ud83e\udd86\udd86""#, "\u{fffd}\u{1f986}\u{fffd}"),
            (r#""\ud83e\u0041""#, "\u{fffd}A"),
            (r#""\ud83eu\\ud83e\n""#, "\u{fffd}u\\ud83e\n"),
            (r#""\ud83e\\udd86""#, "\u{fffd}\\udd86"),
            (r#""\\\ud83e""#, "\\\u{fffd}"),
            (r#""ü\uDFFFü""#, "ü\u{fffd}ü"),
        ] {
            assert_eq!(from_str::<String>(text).unwrap(), expected, "{text}");
        }
        let text = r#"{"a\ud83e":["\ud83e",{"b":"\udd86"}]}"#;
        let expected = json!({"a\u{fffd}": ["\u{fffd}", {"b": "\u{fffd}"}]});
        assert_eq!(from_str::<Value>(text).unwrap(), expected);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_once_and_only_in_front() {
        assert_eq!(from_str::<Value>("\u{feff}[1]").unwrap(), json!([1]));
        assert_eq!(from_str::<Value>("\u{feff}\"\\ud83e\u{feff}\"").unwrap(), "\u{fffd}\u{feff}");
        for text in ["\u{feff}", "\u{feff}\u{feff}1", " \u{feff}1", "1\u{feff}"] {
            assert!(from_str::<Value>(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_mended_fails_where_it_is_wrong() {
        let place = |text| {
            let error = from_str::<Vec<u8>>(text).unwrap_err();
            (error.line(), error.column())
        };
        for (broken, sound) in
            [(r#"["\ud83e"]"#, r#"["\u0041"]"#), ("\u{feff}[1,\n\"\\ud83e\"]", "[1,\n\"\\u0041\"]")]
        {
            assert_eq!(place(broken), place(sound), "{broken}");
        }
        for text in [r#""\ud83"#, r#""\ud83""#, r#""\u+83e""#, r#""\ud83é""#, r#""\"#, "\\ud83e"] {
            assert!(from_str::<String>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_document_that_reads_is_never_copied() {
        let parsed = std::cell::Cell::new(0);
        let count = |text: &str| {
            parsed.set(parsed.get() + 1);
            serde_json::from_str::<String>(text)
        };
        assert!(read(r#""\ud83e\udd86""#, count).is_ok());
        assert!(read("7", count).is_err());
        assert_eq!(parsed.get(), 2);
        assert!(read(r#""\ud83e""#, count).is_ok());
        assert_eq!(parsed.get(), 4);
    }

    /// A unit as JSON may write it: as it is, or escaped, with either case of digits.
    fn written(units: &[u16], escaped: &[u8]) -> String {
        let mut text = String::from('"');
        for (unit, how) in units.iter().zip(escaped.iter().cycle()) {
            let char = char::from_u32(u32::from(*unit));
            match char.filter(|char| !char.is_control() && !matches!(char, '"' | '\\')) {
                Some(char) if how % 3 == 0 => text.push(char),
                None if *unit == u16::from(b'\\') && how % 3 == 0 => text.push_str("\\\\"),
                None if *unit == u16::from(b'"') && how % 3 == 0 => text.push_str("\\\""),
                _ if how % 2 == 0 => text.push_str(&format!("\\u{unit:04x}")),
                _ => text.push_str(&format!("\\u{unit:04X}")),
            }
        }
        text.push('"');
        text
    }

    fn unit() -> impl Strategy<Value = u16> {
        prop_oneof![
            any::<u16>(),
            0xd800u16..0xe000,
            prop::sample::select("\\\"uUd83efD".encode_utf16().collect::<Vec<_>>()),
        ]
    }

    proptest! {
        #[test]
        fn any_units_read_as_lossy_utf16(
            units in prop::collection::vec(unit(), 0..24),
            escaped in prop::collection::vec(any::<u8>(), 1..24),
        ) {
            let text = written(&units, &escaped);
            let read: String = from_str(&text).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units), "{}", text);
        }

        #[test]
        fn what_serde_json_reads_reads_the_same(text in "[\\[\\]{}:,\"\\\\ud83eDFn0-9 é]{0,40}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(from_str::<Value>(&text).unwrap(), value);
            }
            if let Some(mended) = mended(&text) {
                prop_assert_eq!(mended.len(), text.len());
            }
        }
    }
}
