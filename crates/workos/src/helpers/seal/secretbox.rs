//! NaCl's secretbox, as the SDK for PHP uses it: nonce, then tag and ciphertext.

use super::keys::secretbox_key;
use super::{Layout, SealError, random};
use crate::crypto::{SECRETBOX_NONCE, SecretBytes, secretbox_open, secretbox_seal};
use crate::encoding::base64_encode;

pub(super) fn seal(json: &[u8], password: &str) -> Result<String, SealError> {
    let key = secretbox_key(password).ok_or_else(|| Layout::Secretbox.misfit())?;
    let nonce: [u8; SECRETBOX_NONCE] = random()?;
    let sealed = secretbox_seal(&key, &nonce, json).ok_or(SealError::Payload)?;
    Ok(base64_encode(&[&nonce[..], &sealed].concat()))
}

pub(super) fn open(bytes: &[u8], password: &str) -> Option<SecretBytes> {
    let (nonce, sealed) = bytes.split_first_chunk::<SECRETBOX_NONCE>()?;
    secretbox_open(&*secretbox_key(password)?, nonce, sealed)
}
