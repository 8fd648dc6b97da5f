//! All cryptography of the crate: the only file that touches a crypto library.
//!
//! `ring` does most of it; the RustCrypto crates do AES-CBC and XSalsa20-Poly1305, which only the
//! cookies of other SDKs need.

use std::mem;
use std::num::NonZeroU32;
use std::ops::Deref;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead, KeyInit};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use ring::{hmac, pbkdf2};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Error;
use crate::secret::wipe;

/// Bytes that are wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Wraps the bytes without copying them.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, which are no longer wiped when dropped.
    pub(crate) fn into_inner(mut self) -> Vec<u8> {
        mem::take(&mut self.0)
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(mem::take(&mut self.0));
    }
}

pub(crate) const GCM_NONCE: usize = 12;
pub(crate) const GCM_TAG: usize = 16;
pub(crate) const SECRETBOX_NONCE: usize = 24;

/// Random bytes for keys, nonces and codes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::Crypto("the system's random number generator failed".to_owned()))?;
    Ok(bytes)
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, data).as_ref());
    out
}

/// Compares two codes in constant time.
pub(crate) fn equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    // As words, because `subtle` is slow for each element.
    let words = |code: &[u8; 32]| {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(code.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        words
    };
    words(one).ct_eq(&words(other)).into()
}

/// A key for HMAC-SHA256.
#[derive(Clone)]
pub(crate) struct HmacKey(hmac::Key);

impl HmacKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The code of the concatenated parts.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, parts: &[&[u8]], code: &[u8; 32]) -> bool {
        equal(&self.sign(parts), code)
    }
}

/// A key for AES-256-GCM.
pub(crate) struct GcmKey(LessSafeKey);

impl GcmKey {
    pub(crate) fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Encrypts in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: [u8; GCM_NONCE],
        associated: &[u8],
        data: &mut [u8],
    ) -> Option<[u8; GCM_TAG]> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(associated), data).ok()?;
        tag.as_ref().try_into().ok()
    }

    /// `None` unless key, nonce, associated data and tag are right.
    pub(crate) fn open(
        &self,
        nonce: &[u8; GCM_NONCE],
        associated: &[u8],
        ciphertext: &[u8],
        tag: &[u8; GCM_TAG],
    ) -> Option<SecretBytes> {
        let mut data = SecretBytes::new(ciphertext.to_vec());
        let (nonce, aad) = (Nonce::assume_unique_for_key(*nonce), Aad::from(associated));
        self.0.open_in_place_separate_tag(nonce, aad, Tag::from(*tag), &mut data.0, 0..).ok()?;
        Some(data)
    }
}

pub(crate) fn aes256_cbc_encrypt(key: &[u8; 32], iv: &[u8; 16], data: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes256>::new(key.into(), iv.into()).encrypt_padded_vec_mut::<Pkcs7>(data)
}

pub(crate) fn aes256_cbc_decrypt(
    key: &[u8; 32],
    iv: &[u8; 16],
    data: &[u8],
) -> Option<SecretBytes> {
    let cipher = cbc::Decryptor::<aes::Aes256>::new(key.into(), iv.into());
    cipher.decrypt_padded_vec_mut::<Pkcs7>(data).ok().map(SecretBytes::new)
}

pub(crate) fn aes128_cbc_encrypt(key: &[u8; 16], iv: &[u8; 16], data: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes128>::new(key.into(), iv.into()).encrypt_padded_vec_mut::<Pkcs7>(data)
}

pub(crate) fn aes128_cbc_decrypt(
    key: &[u8; 16],
    iv: &[u8; 16],
    data: &[u8],
) -> Option<SecretBytes> {
    let cipher = cbc::Decryptor::<aes::Aes128>::new(key.into(), iv.into());
    cipher.decrypt_padded_vec_mut::<Pkcs7>(data).ok().map(SecretBytes::new)
}

/// XSalsa20-Poly1305 as in NaCl's `crypto_secretbox`: the tag comes first.
pub(crate) fn secretbox_seal(
    key: &[u8; 32],
    nonce: &[u8; SECRETBOX_NONCE],
    data: &[u8],
) -> Option<Vec<u8>> {
    XSalsa20Poly1305::new(key.into()).encrypt(nonce.into(), data).ok()
}

pub(crate) fn secretbox_open(
    key: &[u8; 32],
    nonce: &[u8; SECRETBOX_NONCE],
    sealed: &[u8],
) -> Option<SecretBytes> {
    XSalsa20Poly1305::new(key.into()).decrypt(nonce.into(), sealed).ok().map(SecretBytes::new)
}

/// PBKDF2 with HMAC-SHA1, one iteration: the key derivation of iron. Its strength is the password's.
pub(crate) fn iron_key(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, NonZeroU32::MIN, salt, password, key.as_mut());
    key
}

/// An RSA public key that verifies RS256, its numbers already decoded.
#[derive(Clone)]
pub(crate) struct RsaKey(RsaPublicKeyComponents<Vec<u8>>);

impl RsaKey {
    /// From modulus and exponent, big-endian, as a JWK has them once decoded.
    pub(crate) fn new(modulus: Vec<u8>, exponent: Vec<u8>) -> Self {
        Self(RsaPublicKeyComponents { n: modulus, e: exponent })
    }

    /// Keys below 2048 bits verify nothing.
    ///
    /// `ring` cannot keep a parsed public key: each call derives the constants of its arithmetic
    /// again.
    pub(crate) fn verify_rs256(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.n == other.0.n && self.0.e == other.0.e
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex_encode;

    #[test]
    fn codes_are_compared_in_every_byte() {
        let code: [u8; 32] = std::array::from_fn(|at| at as u8);
        assert!(equal(&code, &code.clone()));
        for at in 0..32 {
            let mut other = code;
            other[at] ^= 1;
            assert!(!equal(&code, &other), "{at}");
        }
    }

    #[test]
    fn hashes_are_those_of_the_standards() {
        // FIPS 180-2 and RFC 4231, test case 2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex_encode(&sha256(b"abc")), abc);
        let code = HmacKey::new(b"Jefe").sign(&[b"what do ya want ", b"for nothing?"]);
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex_encode(&code), expected);
        assert!(HmacKey::new(b"Jefe").verify(&[b"what do ya want for nothing?"], &code));
        assert!(!HmacKey::new(b"Jefe").verify(&[b"what do ya want for nothing!"], &code));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn decrypted_bytes_leave_nothing_in_freed_memory() {
        use crate::secret::tests::assert_wiped;

        let text = "correct horse battery staple ".repeat(8);
        let (key, short) = ([1; 32], [1; 16]);
        let mut data = text.clone().into_bytes();
        let tag = GcmKey::new(&key).unwrap().seal([3; 12], b"", &mut data).unwrap();
        let cbc = [
            aes256_cbc_encrypt(&key, &[5; 16], text.as_bytes()),
            aes128_cbc_encrypt(&short, &[5; 16], text.as_bytes()),
        ];
        let boxed = secretbox_seal(&key, &[4; 24], text.as_bytes()).unwrap();
        let openers: [&dyn Fn() -> Option<SecretBytes>; 4] = [
            &|| GcmKey::new(&key)?.open(&[3; 12], b"", &data, &tag),
            &|| aes256_cbc_decrypt(&key, &[5; 16], &cbc[0]),
            &|| aes128_cbc_decrypt(&short, &[5; 16], &cbc[1]),
            &|| secretbox_open(&key, &[4; 24], &boxed),
        ];
        for open in openers {
            assert_eq!(&*open().unwrap(), text.as_bytes());
            assert_wiped("battery", || open().unwrap(), |bytes| bytes);
        }
        assert_wiped("battery", || SecretBytes::new(text.clone().into_bytes()), |bytes| bytes);
    }

    #[test]
    fn random_bytes_are_random_in_every_byte() {
        let drawn: Vec<[u8; 32]> = (0..32).map(|_| random().unwrap()).collect();
        for at in 0..32 {
            // By chance all 32 are the same once in 2^248.
            assert!(drawn.iter().any(|bytes| bytes[at] != drawn[0][at]), "{at}");
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_only() {
        let (key, other) = ([1; 32], [2; 32]);
        let mut data = *b"attack at dawn";
        let tag = GcmKey::new(&key).unwrap().seal([3; 12], b"aad", &mut data).unwrap();
        let open = |key: &[u8; 32], aad: &[u8]| GcmKey::new(key)?.open(&[3; 12], aad, &data, &tag);
        assert_eq!(&*open(&key, b"aad").unwrap(), b"attack at dawn");
        assert!(open(&key, b"").is_none() && open(&other, b"aad").is_none());

        let sealed = secretbox_seal(&key, &[4; 24], b"attack at dawn").unwrap();
        assert_eq!(&*secretbox_open(&key, &[4; 24], &sealed).unwrap(), b"attack at dawn");
        assert!(secretbox_open(&other, &[4; 24], &sealed).is_none());

        let sealed = aes256_cbc_encrypt(&key, &[5; 16], b"attack at dawn");
        let opened = aes256_cbc_decrypt(&key, &[5; 16], &sealed).unwrap();
        assert_eq!(&*opened, b"attack at dawn");
        assert!(aes256_cbc_decrypt(&key, &[5; 16], &sealed[1..]).is_none());
    }
}
