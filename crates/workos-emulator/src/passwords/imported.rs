//! Hashes from other systems: read strictly, because one that was read wrong fits no password.

use std::num::NonZeroU32;

use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use workos::user_management::{
    CreateUserPasswordHashType as Kind, CreateUserPasswordSaltPosition as SaltPosition,
};

use super::ImportError;
use super::phc::{self, Phc};
#[cfg(feature = "password-hashes")]
use super::slow::{self, Slow};

const SSHA: &str = "{SSHA}, then the Base64 of a SHA-1 digest and its salt";
const SSHA256: &str = "{SSHA256}, then the Base64 of a SHA-256 digest and its salt";
const PBKDF2: &str = "$pbkdf2$i=<iterations>,d=<sha1, sha256 or sha512>$<salt>$<hash>";

/// About a second of SHA-512.
const MAX_BLOCKS: u64 = 2_000_000;

pub(crate) struct Imported {
    algorithm: Algorithm,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

enum Algorithm {
    Salted {
        digest: &'static digest::Algorithm,
        is_salt_first: bool,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
    },
    #[cfg(feature = "password-hashes")]
    Slow(Slow),
}

impl Imported {
    pub(super) fn parse(
        kind: &Kind,
        text: &str,
        salt_position: Option<&SaltPosition>,
    ) -> Result<Self, ImportError> {
        if salt_position.is_some() && *kind != Kind::Ssha256 {
            return Err(ImportError::SaltPosition);
        }
        match kind {
            Kind::Ssha => salted(text.strip_prefix("{SSHA}"), &SHA1_FOR_LEGACY_USE_ONLY, false)
                .ok_or(ImportError::Malformed { expected: SSHA }),
            Kind::Ssha256 => {
                let is_salt_first = salt_position == Some(&SaltPosition::Prefix);
                salted(text.strip_prefix("{SSHA256}"), &SHA256, is_salt_first)
                    .ok_or(ImportError::Malformed { expected: SSHA256 })
            }
            Kind::Pbkdf2 => pbkdf2(text),
            #[cfg(feature = "password-hashes")]
            kind => {
                let (algorithm, salt, hash) = slow::parse(kind, text)?;
                Ok(Self { algorithm: Algorithm::Slow(algorithm), salt, hash })
            }
            #[cfg(not(feature = "password-hashes"))]
            _ => Err(ImportError::NotBuilt),
        }
    }

    /// The `ssha256` hash of a password, and its text.
    pub(super) fn salted(password: &[u8], salt: &[u8]) -> (Self, String) {
        let algorithm = Algorithm::Salted { digest: &SHA256, is_salt_first: false };
        let hash = salted_digest(&SHA256, password, salt);
        let text = phc::text(&[hash.as_ref(), salt].concat());
        let imported = Self { algorithm, salt: salt.to_vec(), hash: hash.as_ref().to_vec() };
        (imported, format!("{{SSHA256}}{text}"))
    }

    /// Whether this is the password. Not compared in constant time: an emulator guards nothing.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        match &self.algorithm {
            Algorithm::Salted { digest, is_salt_first } => {
                let salt = self.salt.as_slice();
                let (first, second) =
                    if *is_salt_first { (salt, password) } else { (password, salt) };
                salted_digest(digest, first, second).as_ref() == self.hash
            }
            Algorithm::Pbkdf2 { algorithm, iterations } => {
                pbkdf2::verify(*algorithm, *iterations, &self.salt, password, &self.hash).is_ok()
            }
            #[cfg(feature = "password-hashes")]
            Algorithm::Slow(algorithm) => {
                algorithm.hash(password, &self.salt, self.hash.len()).as_ref() == Some(&self.hash)
            }
        }
    }
}

fn salted_digest(
    algorithm: &'static digest::Algorithm,
    first: &[u8],
    second: &[u8],
) -> digest::Digest {
    let mut context = digest::Context::new(algorithm);
    context.update(first);
    context.update(second);
    context.finish()
}

/// A digest with its salt behind it.
fn salted(
    text: Option<&str>,
    digest: &'static digest::Algorithm,
    is_salt_first: bool,
) -> Option<Imported> {
    let mut hash = phc::bytes(text?)?;
    if hash.len() <= digest.output_len() {
        return None;
    }
    let salt = hash.split_off(digest.output_len());
    Some(Imported { algorithm: Algorithm::Salted { digest, is_salt_first }, salt, hash })
}

/// The digest is a parameter, or part of the name.
fn pbkdf2(text: &str) -> Result<Imported, ImportError> {
    let read = || {
        let mut phc = Phc::parse(text)?;
        let named = match phc.id.strip_prefix("pbkdf2")? {
            "" => None,
            name => Some(name.strip_prefix('-')?),
        };
        let (algorithm, block) = match named.or_else(|| phc.params.take("d"))? {
            "sha1" => (PBKDF2_HMAC_SHA1, 20),
            "sha256" => (PBKDF2_HMAC_SHA256, 32),
            "sha512" => (PBKDF2_HMAC_SHA512, 64),
            _ => return None,
        };
        let iterations = NonZeroU32::new(phc.params.number("i")?)?;
        phc.params.finish()?;
        let blocks = u64::from(iterations.get()) * phc.hash.len().div_ceil(block) as u64;
        let algorithm = Algorithm::Pbkdf2 { algorithm, iterations };
        let imported = Imported { algorithm, salt: phc.salt, hash: phc.hash };
        phc.version.is_none().then_some((imported, blocks))
    };
    let (imported, blocks) = read().ok_or(ImportError::Malformed { expected: PBKDF2 })?;
    if blocks > MAX_BLOCKS {
        let limit = "2,000,000 iterations, fewer if the hash is longer than the digest";
        return Err(ImportError::TooCostly { limit });
    }
    Ok(imported)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::passwords::PasswordHash;

    const PASSWORD: &str = "correct horse battery";

    fn read(kind: &Kind, text: &str) -> Result<PasswordHash, ImportError> {
        PasswordHash::import(kind, text, None)
    }

    /// Computed by OpenSSL; those of `password` are RFC 6070's, and the same with SHA-256.
    const HASHES: [(Kind, &str, &str); 7] = [
        (Kind::Ssha, PASSWORD, "{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA=="),
        (
            Kind::Ssha256,
            PASSWORD,
            "{SSHA256}CjXJkxEBLWxLktN8YH7OdOnW1aJA8n74WUE9Lo0ziIpzb21lc2FsdA==",
        ),
        (Kind::Pbkdf2, "password", "$pbkdf2$i=4096,d=sha1$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE"),
        (
            Kind::Pbkdf2,
            "password",
            "$pbkdf2-sha256$i=4096,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o",
        ),
        (
            Kind::Pbkdf2,
            PASSWORD,
            "$pbkdf2$d=sha256,i=1000$c29tZXNhbHQ$K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA",
        ),
        (
            Kind::Pbkdf2,
            PASSWORD,
            "$pbkdf2$i=1000,d=sha256$c29tZXNhbHQ=$K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA=",
        ),
        (
            Kind::Pbkdf2,
            PASSWORD,
            "$pbkdf2-sha512$i=1000$c29tZXNhbHQ$d5Y0oQIDEnfiel6v2nlkAfWF+UB+WyFSuhjvW3dmoIcgNoIb05q\
             wEK5RQSDO5DPWOuVKWrvg855eZSC+E65tfw",
        ),
    ];

    #[test]
    fn known_hashes_fit_their_password_only() {
        for (kind, password, text) in HASHES {
            let hash = read(&kind, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert!(hash.verify(password), "{text}");
            for wrong in ["", "Correct horse battery", "password "] {
                assert!(!hash.verify(wrong), "{text} {wrong}");
            }
        }
    }

    #[test]
    fn the_salt_of_ssha256_is_where_the_position_says() {
        let suffix = "{SSHA256}CjXJkxEBLWxLktN8YH7OdOnW1aJA8n74WUE9Lo0ziIpzb21lc2FsdA==";
        let prefix = "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==";
        let fits = |text, position: SaltPosition| {
            let hash = PasswordHash::import(&Kind::Ssha256, text, Some(&position));
            hash.is_ok_and(|hash| hash.verify(PASSWORD))
        };
        assert_eq!(
            [
                fits(suffix, SaltPosition::Suffix),
                fits(suffix, SaltPosition::Prefix),
                fits(prefix, SaltPosition::Suffix),
                fits(prefix, SaltPosition::Prefix),
            ],
            [true, false, false, true]
        );
        let ssha = "{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA==";
        let refused = PasswordHash::import(&Kind::Ssha, ssha, Some(&SaltPosition::Suffix));
        assert_eq!(refused.err(), Some(ImportError::SaltPosition));
    }

    #[test]
    fn a_malformed_hash_is_refused_with_what_was_expected() {
        let hash = "K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA";
        let pbkdf2 = |head: &str| format!("{head}$c29tZXNhbHQ${hash}");
        for (kind, text, expected) in [
            (Kind::Ssha, "BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA==".to_owned(), SSHA),
            // The digest alone.
            (Kind::Ssha, "{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeE=".to_owned(), SSHA),
            (Kind::Ssha256, "{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA==".to_owned(), SSHA256),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$i=1000"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$i=1000,d=md5"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$i=0,d=sha256"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$d=sha256"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$i=1000,d=sha256,x=1"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2-sha256$i=1000,d=sha256"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$pbkdf2$v=1$i=1000,d=sha256"), PBKDF2),
            (Kind::Pbkdf2, pbkdf2("$scrypt$i=1000,d=sha256"), PBKDF2),
        ] {
            let refused = read(&kind, &text).err();
            assert_eq!(refused, Some(ImportError::Malformed { expected }), "{text}");
        }
    }

    #[test]
    fn a_hash_that_takes_too_long_is_refused() {
        let hash = "K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA";
        let refused = |algorithm: &str, iterations: u32| {
            let text = format!("$pbkdf2-{algorithm}$i={iterations}$c29tZXNhbHQ${hash}");
            read(&Kind::Pbkdf2, &text).is_err()
        };
        let most = [refused("sha256", 2_000_000), refused("sha1", 1_000_000)];
        let more = [refused("sha256", 2_000_001), refused("sha1", 1_000_001)];
        assert_eq!((most, more), ([false; 2], [true; 2]));
    }

    #[cfg(not(feature = "password-hashes"))]
    #[test]
    fn without_the_feature_the_other_kinds_are_refused() {
        for kind in [Kind::Bcrypt, Kind::Argon2, Kind::Scrypt, Kind::FirebaseScrypt] {
            assert_eq!(read(&kind, "$").err(), Some(ImportError::NotBuilt));
        }
    }

    /// Texts that come far: good ones with a few characters replaced, and pieces of them.
    fn texts() -> impl Strategy<Value = String> {
        const PIECES: &str = "$ = , {SSHA} {SSHA256} $pbkdf2 -sha1 i= d=sha256 $2b$ 10$ $argon2id \
            $v=19$ m=8 t=1 p=1 $scrypt$ ln=4 n=16 r=1 $firebase-scrypt$ hash= sk= ss= 0 4294967295 \
            4294967296 c29tZXNhbHQ é SwB5AbdlSJq+rUnZJvch0GWkKcE \
            abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
        let piece = prop::sample::select(PIECES.split(' ').collect::<Vec<_>>());
        let pieces = prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat());
        let good = prop::sample::select(HASHES.map(|(_, _, text)| text).to_vec());
        let cut = (good, any::<prop::sample::Index>(), "\\PC{0,3}").prop_map(|(text, at, new)| {
            let mut chars: Vec<_> = text.chars().collect();
            let at = at.index(chars.len());
            drop(chars.splice(at..=at, new.chars()));
            chars.into_iter().collect::<String>()
        });
        prop_oneof![".*", pieces, cut]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in texts(), suffix in any::<bool>()) {
            let position = suffix.then_some(SaltPosition::Suffix);
            for kind in Kind::KNOWN {
                let _ = PasswordHash::import(kind, &text, position.as_ref());
                let _ = PasswordHash::import(kind, &text, None);
            }
        }
    }
}
