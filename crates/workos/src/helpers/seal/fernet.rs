//! Fernet, as the SDK for Python uses it: version, time, iv, AES-128-CBC, HMAC-SHA256. The time is
//! ignored, since that SDK sets no lifetime.

use super::keys::{Key, fernet_key};
use super::{Layout, SealError, random};
use crate::crypto::{HmacKey, SecretBytes, aes128_cbc_decrypt, aes128_cbc_encrypt};
use crate::encoding::{base64url_decode, base64url_encode};

const VERSION: u8 = 0x80;
/// Written as the time of sealing, so that sealing needs no clock.
const NO_TIME: [u8; 8] = [0; 8];

/// The two halves: for signing and for encryption.
fn halves(key: &Key) -> Option<(&[u8; 16], &[u8; 16])> {
    let (signing, rest) = key.split_first_chunk()?;
    Some((signing, rest.first_chunk()?))
}

pub(super) fn seal(json: &[u8], password: &str) -> Result<String, SealError> {
    let key = fernet_key(password).ok_or_else(|| Layout::Fernet.misfit())?;
    let (signing, encryption) = halves(&key).ok_or_else(|| Layout::Fernet.misfit())?;
    let iv: [u8; 16] = random()?;
    let data = aes128_cbc_encrypt(encryption, &iv, json);
    let mut token = [&[VERSION], &NO_TIME[..], &iv, &data].concat();
    let code = HmacKey::new(signing).sign(&[&token]);
    token.extend_from_slice(&code);
    let mut text = base64url_encode(&token);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    Ok(text)
}

pub(super) fn parse(sealed: &str) -> Option<Vec<u8>> {
    base64url_decode(sealed.trim_end_matches('='))
}

pub(super) fn open(token: &[u8], password: &str) -> Option<SecretBytes> {
    let key = fernet_key(password)?;
    let (signing, encryption) = halves(&key)?;
    let (signed, code) = token.split_last_chunk::<32>()?;
    let (&version, rest) = signed.split_first()?;
    let (_time, rest) = rest.split_first_chunk::<8>()?;
    let (iv, data) = rest.split_first_chunk::<16>()?;
    if version != VERSION || !HmacKey::new(signing).verify(&[signed], code) {
        return None;
    }
    aes128_cbc_decrypt(encryption, iv, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_does_not_open_although_it_is_authentic() {
        const PASSWORD: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

        let key = fernet_key(PASSWORD).unwrap();
        let (signing, _) = halves(&key).unwrap();
        let genuine = parse(&seal(b"{}", PASSWORD).unwrap()).unwrap();
        let (signed, _) = genuine.split_last_chunk::<32>().unwrap();
        for version in [VERSION, VERSION + 1, 0] {
            let mut token = [&[version], &signed[1..]].concat();
            let code = HmacKey::new(signing).sign(&[&token]);
            token.extend_from_slice(&code);
            assert_eq!(open(&token, PASSWORD).is_some(), version == VERSION, "{version}");
        }
    }
}
