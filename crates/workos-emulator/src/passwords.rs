//! Hashes of passwords: those that the emulator makes, and those that were imported.

mod imported;
mod phc;
#[cfg(feature = "password-hashes")]
mod slow;

use std::fmt;
use std::sync::Arc;

use ring::hmac::{self, HMAC_SHA256, Key, Tag};
use workos::user_management::{CreateUserPasswordHashType, CreateUserPasswordSaltPosition};

use imported::Imported;

/// A password, as it is stored.
///
/// The emulator's own hash is a salted SHA-256 (HMAC), which costs nothing: its passwords are those of
/// tests. Imported ones cost what their algorithm costs.
#[derive(Clone)]
pub(crate) enum PasswordHash {
    Own { salt: [u8; 16], tag: Tag },
    Imported(Arc<Imported>),
}

/// Why a hash cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ImportError {
    /// It is not a hash of its kind, which looks like this.
    Malformed { expected: &'static str },
    /// Only `ssha256` has a salt position.
    SaltPosition,
    /// It is fine, but takes too long to verify, or too much memory.
    TooCostly { limit: &'static str },
    /// Its algorithm is in the feature `password-hashes`, which is off.
    #[cfg(not(feature = "password-hashes"))]
    NotBuilt,
}

impl PasswordHash {
    pub(crate) fn new(password: &str, salt: [u8; 16]) -> Self {
        Self::Own { salt, tag: hmac::sign(&key(&salt), password.as_bytes()) }
    }

    /// A hash from another system.
    pub(crate) fn import(
        kind: &CreateUserPasswordHashType,
        hash: &str,
        salt_position: Option<&CreateUserPasswordSaltPosition>,
    ) -> Result<Self, ImportError> {
        Imported::parse(kind, hash, salt_position).map(|hash| Self::Imported(Arc::new(hash)))
    }

    /// Whether this is the password.
    pub(crate) fn verify(&self, password: &str) -> bool {
        match self {
            Self::Own { salt, tag } => {
                hmac::verify(&key(salt), password.as_bytes(), tag.as_ref()).is_ok()
            }
            Self::Imported(hash) => hash.verify(password.as_bytes()),
        }
    }
}

fn key(salt: &[u8]) -> Key {
    Key::new(HMAC_SHA256, salt)
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash() {
        let hash = PasswordHash::new("correct horse", [7; 16]);
        assert!(hash.verify("correct horse"));
        for wrong in ["", "correct hors", "Correct horse", "correct horse "] {
            assert!(!hash.verify(wrong), "{wrong}");
        }
        assert!(!format!("{hash:?}").contains("horse"));
    }
}
