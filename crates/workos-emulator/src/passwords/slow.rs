//! Slow hashes: bcrypt, Argon2, scrypt, and Firebase's variant of scrypt.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use argon2::Argon2;
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use workos::user_management::CreateUserPasswordHashType as Kind;

use super::ImportError;
use super::phc::{self, Params, Phc};

const BCRYPT_FORM: &str =
    "$2b$<two digits of cost>$, or $2a$ or $2y$, then 22 characters of salt and 31 of hash";
const ARGON2_FORM: &str = "$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>, or argon2i \
                           or argon2d, with a salt of at least 8 bytes";
const SCRYPT_FORM: &str = "$scrypt$n=<cost, a power of two>,r=<block size>,p=<lanes>$<salt>$<hash>";
const FIREBASE_FORM: &str =
    "$firebase-scrypt$m=<mem_cost>,r=<rounds>,sk=<signer key>,ss=<salt separator>$<salt>$<hash>";

/// The last bits of a salt or hash stand for nothing, and not all exporters clear them.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);
/// bcrypt reads no further.
const BCRYPT_PASSWORD_BYTES: usize = 72;
const BCRYPT_HASH_BYTES: usize = 23;

// Each is about a second, and at most 256 MiB.
const MAX_BCRYPT_COST: u32 = 14;
const MAX_ARGON2_KIB: u32 = 256 * 1024;
const MAX_ARGON2_KIB_IN_ALL_PASSES: u64 = 1024 * 1024;
const MAX_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;

pub(super) enum Slow {
    Bcrypt { cost: u32 },
    Argon2(Box<Argon2<'static>>),
    Scrypt(scrypt::Params),
    Firebase { params: scrypt::Params, signer_key: Vec<u8> },
}

/// An algorithm, a salt, a hash.
type Parts = (Slow, Vec<u8>, Vec<u8>);

/// `None` is malformed.
type Read = Option<Result<Parts, ImportError>>;

pub(super) fn parse(kind: &Kind, text: &str) -> Result<Parts, ImportError> {
    let (read, expected) = match kind {
        Kind::Bcrypt => (bcrypt(text), BCRYPT_FORM),
        Kind::Argon2 => (argon2(text), ARGON2_FORM),
        Kind::Scrypt => (scrypt(text), SCRYPT_FORM),
        Kind::FirebaseScrypt => (firebase_scrypt(text), FIREBASE_FORM),
        _ => (None, "a known password_hash_type"),
    };
    read.unwrap_or(Err(ImportError::Malformed { expected }))
}

fn bcrypt(text: &str) -> Read {
    let (version, rest) = text.strip_prefix('$')?.split_once('$')?;
    // 2x marks the hashes of an implementation with a bug.
    ["2a", "2b", "2y"].contains(&version).then_some(())?;
    let (cost, rest) = rest.split_once('$')?;
    // Two digits, unlike the numbers of PHC.
    (cost.len() == 2).then_some(())?;
    let cost = phc::number(cost.strip_prefix('0').unwrap_or(cost))?;
    (4..=31).contains(&cost).then_some(())?;
    let (salt, hash) = rest.split_at_checked(22)?;
    let salt = BCRYPT_BASE64.decode(salt).ok().filter(|salt| salt.len() == 16)?;
    let hash = BCRYPT_BASE64.decode(hash).ok().filter(|hash| hash.len() == BCRYPT_HASH_BYTES)?;
    if cost > MAX_BCRYPT_COST {
        return Some(Err(ImportError::TooCostly { limit: "a cost of 14" }));
    }
    Some(Ok((Slow::Bcrypt { cost }, salt, hash)))
}

fn argon2(text: &str) -> Read {
    let mut phc = Phc::parse(text)?;
    let algorithm = match phc.id {
        "argon2d" => argon2::Algorithm::Argon2d,
        "argon2i" => argon2::Algorithm::Argon2i,
        "argon2id" => argon2::Algorithm::Argon2id,
        _ => return None,
    };
    let version = match phc.version {
        // The first version did not name itself.
        None | Some(16) => argon2::Version::V0x10,
        Some(19) => argon2::Version::V0x13,
        Some(_) => return None,
    };
    let memory = phc.params.number("m")?;
    let (passes, lanes) = (phc.params.number("t")?, phc.params.number("p")?);
    phc.params.finish()?;
    (phc.salt.len() >= argon2::MIN_SALT_LEN).then_some(())?;
    let in_all_passes = u64::from(memory) * u64::from(passes);
    if memory > MAX_ARGON2_KIB || in_all_passes > MAX_ARGON2_KIB_IN_ALL_PASSES {
        let limit = "256 MiB of memory, and 1 GiB in all passes";
        return Some(Err(ImportError::TooCostly { limit }));
    }
    // More lanes than this have too little memory each. The crate multiplies before it checks.
    (lanes <= memory / 8).then_some(())?;
    let params = argon2::Params::new(memory, passes, lanes, Some(phc.hash.len())).ok()?;
    let argon2 = Box::new(Argon2::new(algorithm, version, params));
    Some(Ok((Slow::Argon2(argon2), phc.salt, phc.hash)))
}

fn scrypt(text: &str) -> Read {
    let mut phc = Phc::parse(text)?;
    // There has been one version, which some exporters name.
    (phc.id == "scrypt" && matches!(phc.version, None | Some(1))).then_some(())?;
    // The cost, or its logarithm.
    let log_n = match phc.params.take("n").or_else(|| phc.params.take("N")) {
        Some(cost) => {
            let cost = phc::number(cost)?;
            cost.is_power_of_two().then(|| cost.trailing_zeros())?
        }
        None => phc.params.number("ln")?,
    };
    let (r, p) = (phc.params.number("r")?, phc.params.number("p")?);
    phc.params.finish()?;
    Some(scrypt_params(log_n, r, p)?.map(|params| (Slow::Scrypt(params), phc.salt, phc.hash)))
}

/// In PHC form, or all parts by name, as WorkOS's own migration tool writes them:
/// `$firebase-scrypt$hash=…$salt=…$sk=…$ss=…$r=8$m=14`.
fn firebase_scrypt(text: &str) -> Read {
    let named = text.strip_prefix("$firebase-scrypt$")?;
    let (mut params, mut salt, hash) = match Phc::parse(text) {
        Some(phc) if phc.version.is_none() => (phc.params, phc.salt, phc.hash),
        Some(_) => return None,
        None => {
            let mut params = Params::split(named, '$')?;
            let salt = phc::bytes(params.take("salt")?)?;
            let hash = phc::hash_bytes(params.take("hash")?)?;
            (params, salt, hash)
        }
    };
    let signer_key = phc::bytes(params.take("sk")?)?;
    salt.extend(phc::bytes(params.take("ss")?)?);
    let (log_n, r) = (params.number("m")?, params.number("r")?);
    params.finish()?;
    // The hash is the signer key, encrypted.
    (hash.len() == signer_key.len()).then_some(())?;
    Some(
        scrypt_params(log_n, r, 1)?
            .map(|params| (Slow::Firebase { params, signer_key }, salt, hash)),
    )
}

fn scrypt_params(log_n: u32, r: u32, p: u32) -> Option<Result<scrypt::Params, ImportError>> {
    (log_n > 0 && r > 0 && p > 0).then_some(())?;
    let cost = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
    let bytes = [u64::from(r), u64::from(p)].into_iter().fold(cost, u64::saturating_mul);
    if bytes.saturating_mul(128) > MAX_SCRYPT_BYTES {
        let limit = "256 MiB in all lanes (128 bytes × n × r × p)";
        return Some(Err(ImportError::TooCostly { limit }));
    }
    let params = scrypt::Params::new(u8::try_from(log_n).ok()?, r, p).ok()?;
    Some(Ok(params))
}

impl Slow {
    /// The hash of this password. `None` for parameters that an algorithm refuses, which reading has
    /// ruled out.
    pub(super) fn hash(&self, password: &[u8], salt: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut hash = vec![0; length];
        match self {
            Self::Bcrypt { cost } => {
                // It ends in a zero, unless that is cut off.
                let password: Vec<_> =
                    password.iter().copied().chain([0]).take(BCRYPT_PASSWORD_BYTES).collect();
                let whole = bcrypt::bcrypt(*cost, salt.try_into().ok()?, &password);
                hash.copy_from_slice(whole.get(..length)?);
            }
            Self::Argon2(argon2) => argon2.hash_password_into(password, salt, &mut hash).ok()?,
            Self::Scrypt(params) => scrypt::scrypt(password, salt, params, &mut hash).ok()?,
            Self::Firebase { params, signer_key } => {
                let mut key = [0; 32];
                scrypt::scrypt(password, salt, params, &mut key).ok()?;
                hash = encrypt(&key, signer_key);
            }
        }
        Some(hash)
    }
}

/// AES-256 in counter mode, from zero.
fn encrypt(key: &[u8; 32], text: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let blocks = text.chunks(16).zip(0_u128..);
    let encrypted = blocks.flat_map(|(chunk, counter)| {
        let mut block = aes::Block::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        chunk.iter().zip(block).map(|(byte, mask)| byte ^ mask)
    });
    encrypted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passwords::PasswordHash;

    const PASSWORD: &str = "correct horse battery";
    const SIGNER_KEY: &str =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";

    fn read(kind: &Kind, text: &str) -> Result<PasswordHash, ImportError> {
        PasswordHash::import(kind, text, None)
    }

    fn check(kind: Kind, password: &str, text: &str) {
        let hash = read(&kind, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert!(hash.verify(password), "{text}");
        for wrong in ["incorrect horse", "Password", "password "] {
            assert!(!hash.verify(wrong), "{text} {wrong}");
        }
    }

    /// Openwall's first vector, and what libcrypt makes.
    #[test]
    fn bcrypt_hashes_fit_their_password_only() {
        let long = "x".repeat(100);
        for (password, text) in [
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            (PASSWORD, "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
            ("", "$2y$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq"),
            (long.as_str(), "$2a$04$......................SZFhVdUK5wGKY4lx/QrgUMHG0XsWjbi"),
        ] {
            check(Kind::Bcrypt, password, text);
        }
    }

    /// The first two are vectors of the reference implementation; the rest is made by OpenSSL.
    #[test]
    fn argon2_hashes_fit_their_password_only() {
        for (password, text) in [
            (
                "password",
                "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
            ),
            (
                "password",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            ),
            (
                PASSWORD,
                "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$vugKuhC2zZdg4/lulkF6xwjQGh7FRRGtszw0Cp3fbL4",
            ),
            (
                PASSWORD,
                "$argon2d$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ilUComCRI8eaYlm6p3ZqR5V5XovfThgDbv+pIDI3i0I",
            ),
        ] {
            check(Kind::Argon2, password, text);
        }
    }

    /// Made by OpenSSL.
    #[test]
    fn scrypt_hashes_fit_their_password_only() {
        let hash = "TaYMmOU3r6ylsafjkUSqMQvr6Wa+FwXgVfA5N9Qw5yU";
        for head in ["$n=16,r=1,p=1", "$v=1$N=16,r=1,p=1,kl=32", "$ln=4,p=1,r=1"] {
            check(Kind::Scrypt, PASSWORD, &format!("$scrypt{head}$c29tZXNhbHQ${hash}"));
        }
    }

    /// The example of Firebase's own documentation. Its cost is a real one, so it is tried once.
    #[test]
    fn the_hash_that_firebase_documents_fits_its_password() {
        let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
        let text = format!(
            "$firebase-scrypt$hash={hash}$salt=42xEC+ixf3L2lw==$sk={SIGNER_KEY}$ss=Bw==$r=8$m=14"
        );
        let hash = read(&Kind::FirebaseScrypt, &text);
        assert!(hash.is_ok_and(|hash| hash.verify("user1password")));
    }

    /// A signer key of more and of less than whole blocks, encrypted by OpenSSL.
    #[test]
    fn firebase_hashes_in_phc_form_fit_their_password_only() {
        for (signer_key, hash) in [
            (
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw",
                "hI0gE2ZgyUau3KRlflyBkHzoyGtMokzzJmTcKfoU1YdfIMgU7fFeCsdIqip5W1lX2SK79w2KwXJ0p9AETxFElA",
            ),
            ("AAECAwQFBgcICQoLDA0ODxAREhM", "hI0gE2ZgyUau3KRlflyBkHzoyGs"),
        ] {
            let params = format!("m=4,r=1,sk={signer_key},ss=Bw");
            let text = format!("$firebase-scrypt${params}$c29tZXNhbHQ${hash}");
            check(Kind::FirebaseScrypt, PASSWORD, &text);
        }
    }

    #[test]
    fn a_malformed_hash_is_refused_with_what_was_expected() {
        let tail = "$c29tZXNhbHQ$TaYMmOU3r6ylsafjkUSqMQvr6Wa+FwXgVfA5N9Qw5yU";
        let bcrypt = "abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
        for (kind, text, expected) in [
            (Kind::Bcrypt, format!("$2x$04${bcrypt}"), BCRYPT_FORM),
            (Kind::Bcrypt, format!("$2b$4${bcrypt}"), BCRYPT_FORM),
            (Kind::Bcrypt, format!("$2b$03${bcrypt}"), BCRYPT_FORM),
            (Kind::Bcrypt, format!("$2b$32${bcrypt}"), BCRYPT_FORM),
            (Kind::Bcrypt, format!("$2b$004${bcrypt}"), BCRYPT_FORM),
            (Kind::Bcrypt, format!("$2b$04${bcrypt}a"), BCRYPT_FORM),
            (Kind::Bcrypt, "$2b$04$abcdefghijklmnopqrstué".to_owned(), BCRYPT_FORM),
            (Kind::Argon2, format!("$argon2$v=19$m=8,t=1,p=1{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=18$m=8,t=1,p=1{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=7,t=1,p=1{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=8,t=0,p=1{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=8,t=1,p=0{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=8,t=1,p=2{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=8,t=1,p=4294967295{tail}"), ARGON2_FORM),
            (Kind::Argon2, format!("$argon2id$v=19$m=8,t=1,p=1,data=AA{tail}"), ARGON2_FORM),
            (Kind::Scrypt, format!("$scrypt$n=15,r=1,p=1{tail}"), SCRYPT_FORM),
            (Kind::Scrypt, format!("$scrypt$n=16,ln=4,r=1,p=1{tail}"), SCRYPT_FORM),
            (Kind::Scrypt, format!("$scrypt$n=1,r=1,p=1{tail}"), SCRYPT_FORM),
            (Kind::Scrypt, format!("$scrypt$n=16,r=0,p=1{tail}"), SCRYPT_FORM),
            (Kind::Scrypt, format!("$scrypt$v=2$n=16,r=1,p=1{tail}"), SCRYPT_FORM),
            (Kind::FirebaseScrypt, format!("$firebase-scrypt$m=4,r=1,ss=Bw{tail}"), FIREBASE_FORM),
            // The signer key is shorter than the hash.
            (
                Kind::FirebaseScrypt,
                format!("$firebase-scrypt$m=4,r=1,sk=AAECAw,ss=Bw{tail}"),
                FIREBASE_FORM,
            ),
            (Kind::FirebaseScrypt, format!("$scrypt$n=16,r=1,p=1{tail}"), FIREBASE_FORM),
        ] {
            let refused = read(&kind, &text).err();
            assert_eq!(refused, Some(ImportError::Malformed { expected }), "{text}");
        }
    }

    #[test]
    fn a_hash_that_takes_too_long_or_too_much_memory_is_refused() {
        let tail = "$c29tZXNhbHQ$TaYMmOU3r6ylsafjkUSqMQvr6Wa+FwXgVfA5N9Qw5yU";
        let bcrypt = "abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
        for (kind, most, more) in [
            (Kind::Bcrypt, format!("$2b$14${bcrypt}"), format!("$2b$15${bcrypt}")),
            (
                Kind::Argon2,
                format!("$argon2id$v=19$m=262144,t=4,p=1{tail}"),
                format!("$argon2id$v=19$m=262145,t=1,p=1{tail}"),
            ),
            (
                Kind::Argon2,
                format!("$argon2id$v=19$m=8,t=131072,p=1{tail}"),
                format!("$argon2id$v=19$m=8,t=131073,p=1{tail}"),
            ),
            (
                Kind::Scrypt,
                format!("$scrypt$ln=18,r=8,p=1{tail}"),
                format!("$scrypt$ln=18,r=8,p=2{tail}"),
            ),
            (
                Kind::Scrypt,
                format!("$scrypt$ln=4,r=1,p=131072{tail}"),
                format!("$scrypt$ln=4294967295,r=4294967295,p=4294967295{tail}"),
            ),
        ] {
            assert!(read(&kind, &most).is_ok(), "{most}");
            let refused = read(&kind, &more).err();
            assert!(matches!(refused, Some(ImportError::TooCostly { .. })), "{more}: {refused:?}");
        }
    }
}
