//! Hashes of passwords: those that the emulator makes, and those that were imported.

mod imported;
mod phc;
#[cfg(feature = "password-hashes")]
mod slow;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use workos::SecretString;
use workos::user_management::{CreateUserPasswordHashType, CreateUserPasswordSaltPosition};

use imported::Imported;

/// A password, as it is stored.
///
/// The emulator's own hash is a salted SHA-256, which costs nothing: its passwords are those of
/// tests. Imported ones cost what their algorithm costs. Both kinds can be imported again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "GivenHash")]
pub(crate) struct PasswordHash {
    kind: CreateUserPasswordHashType,
    text: SecretString,
    salt_position: Option<CreateUserPasswordSaltPosition>,
    #[serde(skip)]
    hash: Arc<Imported>,
}

/// A [`PasswordHash`] as it is written.
#[derive(Deserialize)]
struct GivenHash {
    kind: CreateUserPasswordHashType,
    text: SecretString,
    salt_position: Option<CreateUserPasswordSaltPosition>,
}

impl TryFrom<GivenHash> for PasswordHash {
    type Error = ImportError;

    fn try_from(given: GivenHash) -> Result<Self, ImportError> {
        Self::import(&given.kind, given.text.expose(), given.salt_position.as_ref())
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
        let (hash, text) = Imported::salted(password.as_bytes(), &salt);
        let (kind, text) = (CreateUserPasswordHashType::Ssha256, text.into());
        Self { kind, text, salt_position: None, hash: Arc::new(hash) }
    }

    /// A hash from another system.
    pub(crate) fn import(
        kind: &CreateUserPasswordHashType,
        hash: &str,
        salt_position: Option<&CreateUserPasswordSaltPosition>,
    ) -> Result<Self, ImportError> {
        let (text, imported) = (hash.into(), Imported::parse(kind, hash, salt_position)?);
        let (kind, salt_position) = (kind.clone(), salt_position.cloned());
        Ok(Self { kind, text, salt_position, hash: Arc::new(imported) })
    }

    /// Whether this is the password.
    pub(crate) fn verify(&self, password: &str) -> bool {
        self.hash.verify(password.as_bytes())
    }

    /// The hash as it can be [imported](Self::import).
    pub(crate) fn text(&self) -> &SecretString {
        &self.text
    }

    /// The algorithm of the hash.
    pub(crate) fn kind(&self) -> &CreateUserPasswordHashType {
        &self.kind
    }

    /// Where the salt was given to be, if it was.
    pub(crate) fn salt_position(&self) -> Option<&CreateUserPasswordSaltPosition> {
        self.salt_position.as_ref()
    }
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

    #[test]
    fn a_hash_can_be_imported_again() {
        for hash in [
            PasswordHash::new("correct horse", [7; 16]),
            PasswordHash::import(
                &CreateUserPasswordHashType::Ssha256,
                "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==",
                Some(&CreateUserPasswordSaltPosition::Prefix),
            )
            .unwrap(),
        ] {
            let again =
                PasswordHash::import(hash.kind(), hash.text().expose(), hash.salt_position());
            let fits = |hash: &PasswordHash| {
                ["correct horse", "correct horse battery", "else"].map(|text| hash.verify(text))
            };
            assert_eq!(again.as_ref().map(fits), Ok(fits(&hash)));
            assert_eq!(again.unwrap().text(), hash.text());
        }
    }
}
