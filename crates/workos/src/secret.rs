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
/// It is a plain JSON string on the wire.
#[derive(Clone, Default)]
pub struct SecretString(String);

impl SecretString {
    /// Takes the text over without copying it.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The text itself. Whoever calls this takes care of where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Gives the text back as a `String`, which is no longer wiped when dropped.
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut self.0)
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

/// Overwrites a buffer, also where it holds nothing any more, and frees it. `Vec::zeroize` would go
/// byte by byte.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.as_mut_slice().zeroize();
    bytes.spare_capacity_mut().zeroize();
}

impl PartialEq for SecretString {
    fn eq(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
    }
}

/// Compares all elements, wherever the first difference is.
fn same<T: ConstantTimeEq>(one: &[T], other: &[T]) -> bool {
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
mod tests {
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

    #[test]
    fn compares_by_content() {
        assert_eq!(SecretString::from("a"), SecretString::from("a".to_owned()));
        assert_ne!(SecretString::from("a"), SecretString::from("b"));
        assert_ne!(SecretString::from("a"), SecretString::from("ab"));
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

    /// Reads this process's memory through the kernel, which safe code may do.
    #[cfg(target_os = "linux")]
    #[test]
    fn leaves_nothing_in_freed_memory() {
        use std::os::unix::fs::FileExt;

        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let text = "correct horse battery staple ".repeat(8);
        let mut readable = 0;
        for _ in 0..64 {
            let secret = SecretString::new(text.clone());
            let address = secret.expose().as_ptr() as u64;
            drop(secret);
            let mut freed = vec![0; text.len()];
            // The allocator may have given the page back; then there is nothing to find.
            if memory.read_exact_at(&mut freed, address).is_ok() {
                readable += 1;
                assert!(!String::from_utf8_lossy(&freed).contains("battery"));
            }
        }
        assert!(readable > 0);
    }
}
