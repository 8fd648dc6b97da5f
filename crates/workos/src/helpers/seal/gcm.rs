//! AES-256-GCM in the three orders of nonce, tag and ciphertext that the SDKs use.

use super::keys::{gcm_key, hashed_key, plain_key};
use super::{SealError, random};
use crate::crypto::{GCM_NONCE, GCM_TAG, GcmKey, SecretBytes};
use crate::encoding::base64_encode;

const VERSION_7: u8 = 1;

/// Nonce, ciphertext, tag.
pub(super) fn seal(json: &[u8], password: &str) -> Result<String, SealError> {
    let (nonce, data, tag) = encrypt(&gcm_key(password), json)?;
    Ok(base64_encode(&[&nonce[..], &data, &tag].concat()))
}

/// 1, nonce, tag, ciphertext.
pub(super) fn seal_v7(json: &[u8], password: &str) -> Result<String, SealError> {
    let (nonce, data, tag) = encrypt(&hashed_key(password), json)?;
    Ok(base64_encode(&[&[VERSION_7], &nonce[..], &tag, &data].concat()))
}

/// As [`seal`], with the password itself as the key.
pub(super) fn seal_v6(json: &[u8], password: &str) -> Result<String, SealError> {
    let key = plain_key(password).ok_or_else(|| super::Layout::RubyV6.misfit())?;
    let (nonce, data, tag) = encrypt(&key, json)?;
    Ok(base64_encode(&[&nonce[..], &data, &tag].concat()))
}

pub(super) fn open(bytes: &[u8], password: &str) -> Option<SecretBytes> {
    open_tag_last(bytes, &gcm_key(password))
}

pub(super) fn open_v7(bytes: &[u8], password: &str) -> Option<SecretBytes> {
    let (&version, rest) = bytes.split_first()?;
    let (nonce, rest) = rest.split_first_chunk::<GCM_NONCE>()?;
    let (tag, data) = rest.split_first_chunk::<GCM_TAG>()?;
    if version != VERSION_7 {
        return None;
    }
    GcmKey::new(&hashed_key(password))?.open(nonce, b"", data, tag)
}

pub(super) fn open_v6(bytes: &[u8], password: &str) -> Option<SecretBytes> {
    open_tag_last(bytes, &*plain_key(password)?)
}

fn open_tag_last(bytes: &[u8], key: &[u8; 32]) -> Option<SecretBytes> {
    let (nonce, rest) = bytes.split_first_chunk::<GCM_NONCE>()?;
    let (data, tag) = rest.split_last_chunk::<GCM_TAG>()?;
    GcmKey::new(key)?.open(nonce, b"", data, tag)
}

type Encrypted = ([u8; GCM_NONCE], Vec<u8>, [u8; GCM_TAG]);

fn encrypt(key: &[u8; 32], json: &[u8]) -> Result<Encrypted, SealError> {
    let (nonce, mut data) = (random()?, json.to_vec());
    let tag = GcmKey::new(key).and_then(|key| key.seal(nonce, b"", &mut data));
    Ok((nonce, data, tag.ok_or(SealError::Payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_does_not_open_although_nothing_else_was_changed() {
        let password = "a password of 32 characters, yes";
        let sealed = seal_v7(b"{}", password).unwrap();
        let mut bytes = crate::encoding::base64_decode(&sealed).unwrap();
        assert_eq!(&*open_v7(&bytes, password).unwrap(), b"{}");
        for version in [0, 2, 0x81] {
            bytes[0] = version;
            assert!(open_v7(&bytes, password).is_none(), "{version}");
        }
    }
}
