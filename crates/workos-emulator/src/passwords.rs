//! Hashes of passwords: those that the emulator makes, and those that were imported.

mod imported;
mod phc;
#[cfg(feature = "password-hashes")]
mod slow;

use std::fmt;
use std::sync::Arc;

use ring::hmac::{self, HMAC_SHA256, Key};
use serde::{Deserialize, Serialize};
use workos::SecretString;
use workos::user_management::{CreateUserPasswordHashType, CreateUserPasswordSaltPosition};

use imported::Imported;

use crate::state::binary::Binary;

/// A password, as it is stored.
///
/// The emulator's own hash is a salted SHA-256 (HMAC), which costs nothing: its passwords are those of
/// tests. Imported ones cost what their algorithm costs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PasswordHash {
    Own { salt: Binary, tag: Binary },
    Imported(ForeignHash),
}

/// A hash from another system: in the form of that system, and as it was read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "GivenHash", into = "GivenHash")]
pub(crate) struct ForeignHash {
    given: GivenHash,
    read: Arc<Imported>,
}

/// A hash in the form of another system.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct GivenHash {
    kind: CreateUserPasswordHashType,
    hash: SecretString,
    salt_position: Option<CreateUserPasswordSaltPosition>,
}

impl TryFrom<GivenHash> for ForeignHash {
    type Error = ImportError;

    fn try_from(given: GivenHash) -> Result<Self, ImportError> {
        let GivenHash { kind, hash, salt_position } = &given;
        let read = Imported::parse(kind, hash.expose(), salt_position.as_ref())?;
        Ok(Self { given, read: Arc::new(read) })
    }
}

impl From<ForeignHash> for GivenHash {
    fn from(hash: ForeignHash) -> Self {
        hash.given
    }
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

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected } => write!(f, "a hash of this kind is {expected}"),
            Self::SaltPosition => f.write_str("only ssha256 has a salt position"),
            Self::TooCostly { limit } => write!(f, "the limit is {limit}"),
            #[cfg(not(feature = "password-hashes"))]
            Self::NotBuilt => f.write_str("the feature password-hashes is off"),
        }
    }
}

impl PasswordHash {
    pub(crate) fn new(password: &str, salt: [u8; 16]) -> Self {
        let tag = hmac::sign(&key(&salt), password.as_bytes());
        Self::Own { salt: salt.to_vec().into(), tag: tag.as_ref().to_vec().into() }
    }

    /// A hash from another system.
    pub(crate) fn import(
        kind: &CreateUserPasswordHashType,
        hash: &str,
        salt_position: Option<&CreateUserPasswordSaltPosition>,
    ) -> Result<Self, ImportError> {
        let (kind, hash) = (kind.clone(), hash.into());
        let given = GivenHash { kind, hash, salt_position: salt_position.cloned() };
        given.try_into().map(Self::Imported)
    }

    /// Whether this is the password.
    pub(crate) fn verify(&self, password: &str) -> bool {
        match self {
            Self::Own { salt, tag } => hmac::verify(&key(salt), password.as_bytes(), tag).is_ok(),
            Self::Imported(hash) => hash.read.verify(password.as_bytes()),
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
