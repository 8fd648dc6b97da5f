//! `Fe26.2`, the format of iron: `Fe26.2*1*salt*iv*ciphertext*expiration*salt*code`, followed by
//! `~` and the version of the content.

use std::time::Duration;

use super::{SealError, random};
use crate::Timestamp;
use crate::crypto::{HmacKey, SecretBytes, aes256_cbc_decrypt, aes256_cbc_encrypt, iron_key};
use crate::encoding::{base64url_decode, base64url_encode, hex_encode};

const PREFIX: &str = "Fe26.2";
const PASSWORD_ID: &str = "1";
const VERSION_SUFFIX: &str = "~2";
/// How far clocks may differ.
const SKEW: Duration = Duration::from_secs(60);

/// A parsed seal.
pub(super) struct Seal<'a> {
    /// What the code authenticates.
    signed: &'a str,
    encryption_salt: &'a str,
    integrity_salt: &'a str,
    iv: [u8; 16],
    data: Vec<u8>,
    code: [u8; 32],
    /// Milliseconds since 1970.
    expiration: Option<i64>,
}

/// `true` for a `~` followed by a number other than 2.
pub(super) fn has_legacy_version(sealed: &str) -> bool {
    let version = || sealed.rsplit_once('~')?.1.parse::<u32>().ok();
    sealed.starts_with(PREFIX) && version().is_some_and(|version| version != 2)
}

impl<'a> Seal<'a> {
    pub(super) fn parse(sealed: &'a str) -> Option<Self> {
        let text = sealed.rsplit_once('~').map_or(sealed, |(seal, _)| seal);
        let mut parts = text.split('*');
        let mut next = || parts.next();
        let (prefix, id, encryption_salt, iv, data, expiration, integrity_salt, code) =
            (next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?);
        if next().is_some() || prefix != PREFIX || id != PASSWORD_ID {
            return None;
        }
        let rest = 2 + integrity_salt.len() + code.len();
        let expiration = match expiration {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            _ => return None,
        };
        Some(Self {
            signed: text.get(..text.len().checked_sub(rest)?)?,
            encryption_salt,
            integrity_salt,
            iv: base64url_decode(iv)?.try_into().ok()?,
            data: base64url_decode(data)?,
            code: base64url_decode(code)?.try_into().ok()?,
            expiration,
        })
    }

    /// `None` if the password is another one.
    pub(super) fn open(
        &self,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<SecretBytes>, SealError> {
        let integrity = iron_key(password.as_bytes(), self.integrity_salt.as_bytes());
        if !HmacKey::new(&*integrity).verify(&[self.signed.as_bytes()], &self.code) {
            return Ok(None);
        }
        let limit = (now - SKEW).as_millis();
        if self.expiration.is_some_and(|expiration| expiration <= limit) {
            return Err(SealError::Expired);
        }
        let key = iron_key(password.as_bytes(), self.encryption_salt.as_bytes());
        Ok(aes256_cbc_decrypt(&key, &self.iv, &self.data))
    }
}

pub(super) fn seal(
    json: &[u8],
    password: &str,
    expires: Option<Timestamp>,
) -> Result<String, SealError> {
    let encryption_salt = hex_encode(&random::<32>()?);
    let integrity_salt = hex_encode(&random::<32>()?);
    let iv = random::<16>()?;
    let key = iron_key(password.as_bytes(), encryption_salt.as_bytes());
    let data = base64url_encode(&aes256_cbc_encrypt(&key, &iv, json));
    let iv = base64url_encode(&iv);
    let expiration = expires.map_or_else(String::new, |at| at.as_millis().max(0).to_string());
    let signed = format!("{PREFIX}*{PASSWORD_ID}*{encryption_salt}*{iv}*{data}*{expiration}");
    let integrity = iron_key(password.as_bytes(), integrity_salt.as_bytes());
    let code = base64url_encode(&HmacKey::new(&*integrity).sign(&[signed.as_bytes()]));
    Ok(format!("{signed}*{integrity_salt}*{code}{VERSION_SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_eight_parts_of_the_right_kind_are_a_seal() {
        let expires = Timestamp::from_millis(1_772_366_400_000);
        let sealed = seal(b"{}", "a password of 32 characters, yes", Some(expires)).unwrap();
        let sealed = sealed.strip_suffix(VERSION_SUFFIX).unwrap();
        let parts: Vec<_> = sealed.split('*').collect();
        let with = |at: usize, part: &str| {
            let mut parts = parts.clone();
            parts[at] = part;
            parts.join("*")
        };
        assert_eq!(Seal::parse(sealed).unwrap().expiration, Some(1_772_366_400_000));
        assert_eq!(Seal::parse(&with(5, "")).unwrap().expiration, None);
        for broken in [
            with(0, "Fe26.1"),
            with(1, "2"),
            with(1, ""),
            with(3, "AAAA"),
            with(3, "*"),
            with(4, "?"),
            with(5, "+1"),
            with(5, "-1"),
            with(5, "1e9"),
            with(5, "99999999999999999999"),
            with(7, "AAAA"),
            parts[..7].join("*"),
            format!("{sealed}*"),
            format!("{sealed}*x"),
        ] {
            assert!(Seal::parse(&broken).is_none(), "{broken}");
        }
    }
}
