//! Blobs of Vault, in both layouts.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use workos::helpers::vault::{
    BlobLayout, VaultError, extract_encrypted_keys, extract_encrypted_keys_as, local_decrypt,
    local_decrypt_bytes, local_encrypt_as,
};
use workos_fuzz::{line, mode};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 4) else { return };
    match mode {
        0 => foreign(&String::from_utf8_lossy(rest)),
        1 => foreign(&STANDARD.encode(rest)),
        2 => encrypted(BlobLayout::NonceFirst, rest),
        _ => encrypted(BlobLayout::KeysFirst, rest),
    }
});

/// A forged blob does not decrypt, and what is extracted from it is a part of it.
fn foreign(blob: &str) {
    assert!(local_decrypt(blob, KEY, "").is_err(), "a forged blob opens");
    let bytes = STANDARD.decode(blob).unwrap_or_default();
    for layout in [BlobLayout::NonceFirst, BlobLayout::KeysFirst] {
        match extract_encrypted_keys_as(layout, blob) {
            Ok(keys) => {
                let keys = STANDARD.decode(keys).unwrap();
                // Nonce, tag and at least one byte of length are not part of the keys.
                assert!(keys.len() + 29 <= bytes.len());
                assert!(keys.is_empty() || bytes.windows(keys.len()).any(|part| part == keys));
                assert!(extract_encrypted_keys(blob).is_ok());
            }
            Err(error) => assert_eq!(error, VaultError::Malformed),
        }
    }
}

/// A blob decrypts again; changed, it does not decrypt to anything else. The encrypted keys are not
/// covered: WorkOS checks them.
fn encrypted(layout: BlobLayout, data: &[u8]) {
    let (edit, data) = data.split_at(data.len().min(3));
    let ((aad, data), keys) = (line(data), STANDARD.encode(edit.repeat(data.len())));
    let blob = local_encrypt_as(layout, data, KEY, &keys, aad).unwrap();
    assert_eq!(extract_encrypted_keys_as(layout, &blob).unwrap(), keys);
    let opened = local_decrypt_bytes(&blob, KEY, aad).unwrap();
    assert_eq!(opened.expose(), data);
    assert!(local_decrypt_bytes(&blob, KEY, [aad, b"x"].concat()).is_err());

    let mut bytes = STANDARD.decode(&blob).unwrap();
    if let [high, low, change] = *edit {
        let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len();
        bytes[at] ^= change;
        match local_decrypt_bytes(&STANDARD.encode(bytes), KEY, aad) {
            Ok(opened) => assert_eq!(opened.expose(), data),
            Err(_) => assert_ne!(change, 0),
        }
    }
}
