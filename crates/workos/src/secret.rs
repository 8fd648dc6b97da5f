//! [`SecretString`]: text that must not be printed.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A password, token, key or one-time code.
///
/// `Debug` and `Display` print a placeholder, so a secret cannot slip into a log line, a panic
/// message or an error report. The memory is overwritten when the value is dropped, and `==` takes
/// the same time wherever the first difference is. Reading the text is explicit:
///
/// ```
/// use workos::SecretString;
///
/// let token = SecretString::from("eyJhbGciOi");
/// assert_eq!(format!("{token:?}"), r#"SecretString("<redacted>")"#);
/// assert_eq!(token.expose(), "eyJhbGciOi");
/// ```
///
/// In JSON it is a plain string, and its text is never changed. Where the helpers take a secret of
/// the application, they ignore line breaks at its end, as in a file.
#[derive(Clone, Default)]
pub struct SecretString(String);

impl SecretString {
    /// Takes ownership of the text without copying it.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The text itself. Take care where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the text as a `String`, which is no longer wiped when dropped.
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// Without the line breaks at its end, which are [not part of it](line).
    #[cfg(feature = "helpers")]
    pub(crate) fn into_line(mut self) -> Self {
        // What is cut off stays in the buffer, all of which is wiped.
        self.0.truncate(line(&self.0).len());
        self
    }

    /// `true` when there is no text at all, as with an unset variable.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for SecretString {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.0).into_bytes());
    }
}

/// A secret without the line breaks at its end. Editors and `echo` add one, so a secret that was
/// read from a file has it. No secret of WorkOS ends with one; other white space may be part of it.
#[cfg(feature = "helpers")]
pub(crate) fn line(secret: &str) -> &str {
    secret.trim_end_matches(['\r', '\n'])
}

/// Overwrites a buffer, including its spare capacity, and frees it. `Vec::zeroize` would go byte by
/// byte.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.as_mut_slice().zeroize();
    bytes.spare_capacity_mut().zeroize();
}

impl PartialEq for SecretString {
    fn eq(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
    }
}

/// Takes the same time wherever the first difference is, as do the other comparisons with text.
impl PartialEq<str> for SecretString {
    fn eq(&self, other: &str) -> bool {
        same(self.0.as_bytes(), other.as_bytes())
    }
}

impl PartialEq<&str> for SecretString {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for SecretString {
    fn eq(&self, other: &String) -> bool {
        *self == **other
    }
}

/// Compares all elements, wherever the first difference is.
pub(crate) fn same<T: ConstantTimeEq>(one: &[T], other: &[T]) -> bool {
    one.ct_eq(other).into()
}

impl Eq for SecretString {}

impl Hash for SecretString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(\"<redacted>\")")
    }
}

impl fmt::Display for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl AsRef<str> for SecretString {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretString {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for SecretString {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<SecretString> for String {
    fn from(value: SecretString) -> Self {
        value.into_inner()
    }
}

impl Serialize for SecretString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn is_never_printed() {
        let secret = SecretString::from("hunter2");
        assert_eq!(format!("{secret:?}"), r#"SecretString("<redacted>")"#);
        assert_eq!(format!("{secret}"), "<redacted>");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    SecretString(\"<redacted>\"),\n)");
    }

    #[test]
    fn is_a_json_string_on_the_wire() {
        let secret = SecretString::from("hunter2");
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""hunter2""#);
        assert_eq!(serde_json::from_str::<SecretString>(r#""hunter2""#).unwrap(), secret);
    }

    #[cfg(feature = "helpers")]
    #[test]
    fn only_line_breaks_at_the_end_are_not_part_of_a_secret() {
        for text in ["a", "a\n", "a\r\n", "a\n\r\n\n"] {
            assert_eq!(SecretString::from(text).into_line().expose(), "a", "{text:?}");
        }
        for text in ["", " a ", "\na", "a\nb", "a \t", "a\u{85}", "a\u{2028}"] {
            assert_eq!(SecretString::from(text).into_line().expose(), text, "{text:?}");
            assert_eq!(line(&format!("{text}\n")), text, "{text:?}");
        }
        assert!(SecretString::from("\r\n").into_line().is_empty());
    }

    #[test]
    fn compares_by_content() {
        assert_eq!(SecretString::from("a"), SecretString::from("a".to_owned()));
        assert_ne!(SecretString::from("a"), SecretString::from("b"));
        assert_ne!(SecretString::from("a"), SecretString::from("ab"));
        for (text, equal) in [("a", true), ("b", false), ("ab", false), ("", false)] {
            let (secret, owned) = (SecretString::from("a"), text.to_owned());
            assert_eq!([secret == text, secret == *text, secret == owned], [equal; 3], "{text}");
        }
    }

    #[test]
    fn is_found_in_a_set_by_content() {
        let used = std::collections::HashSet::from([SecretString::from("a")]);
        assert!(used.contains(&SecretString::from("a")));
        assert!(!used.contains(&SecretString::from("b")));
    }

    #[test]
    fn comparing_looks_at_every_byte_wherever_the_first_difference_is() {
        use std::cell::Cell;
        use subtle::Choice;

        struct Counted<'a>(u8, &'a Cell<usize>);

        impl ConstantTimeEq for Counted<'_> {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.1.set(self.1.get() + 1);
                self.0.ct_eq(&other.0)
            }
        }

        let looks = Cell::new(0);
        let bytes = |text: &str| text.bytes().map(|byte| Counted(byte, &looks)).collect::<Vec<_>>();
        for (guess, right) in [("hunter2", true), ("Hunter2", false), ("hunter3", false)] {
            looks.set(0);
            assert_eq!(same(&bytes(guess), &bytes("hunter2")), right, "{guess}");
            assert_eq!(looks.get(), 7, "{guess}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn leaves_nothing_in_freed_memory() {
        let text = "correct horse battery staple ".repeat(8);
        assert_wiped(
            "battery",
            || SecretString::new(text.clone()),
            |secret| secret.expose().as_ref(),
        );
    }

    #[cfg(all(target_os = "linux", feature = "helpers"))]
    #[test]
    fn what_is_cut_off_is_wiped_too() {
        let text = format!("a{}", "\n".repeat(200));
        let make = || SecretString::new(text.clone()).into_line();
        let buffer = |secret: &SecretString| (secret.expose().as_ptr(), text.len());
        assert_buffer_wiped("\n\n", make, buffer);
    }

    /// Makes and drops values, and looks for `part` where `bytes` of them were.
    #[cfg(target_os = "linux")]
    pub(crate) fn assert_wiped<T>(part: &str, make: impl Fn() -> T, bytes: impl Fn(&T) -> &[u8]) {
        assert_buffer_wiped(part, make, |value| (bytes(value).as_ptr(), bytes(value).len()));
    }

    /// Reads this process's memory through the kernel, which safe code may do.
    #[cfg(target_os = "linux")]
    fn assert_buffer_wiped<T>(
        part: &str,
        make: impl Fn() -> T,
        buffer: impl Fn(&T) -> (*const u8, usize),
    ) {
        use std::os::unix::fs::FileExt;

        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let mut readable = 0;
        for _ in 0..64 {
            let value = make();
            let (address, length) = buffer(&value);
            drop(value);
            let mut freed = vec![0; length];
            // The allocator may have given the page back; then there is nothing to find.
            if memory.read_exact_at(&mut freed, address as u64).is_ok() {
                readable += 1;
                assert!(!String::from_utf8_lossy(&freed).contains(part));
            }
        }
        assert!(readable > 0);
    }
}
