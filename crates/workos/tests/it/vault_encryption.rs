//! Encryption with data keys: blobs of the other SDKs, and what the official crate gets wrong.

use std::sync::Arc;

use crate::common::{Say, Scripted, answer, fail};
use proptest::prelude::*;
use serde_json::{Value, json};
use workos::ErrorKind;
use workos::helpers::vault::{
    BlobLayout, VaultError, extract_encrypted_keys, extract_encrypted_keys_as, local_decrypt,
    local_decrypt_bytes, local_encrypt, local_encrypt_as,
};
use workos::transport::TransportError;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Starts like the encrypted keys of WorkOS.
const KEYS: &str = "V09TLkVLTS52MQBiZjUxY2NlYy03OGI0LTUyMDAtYjM4My0zNTczMGU3MWVmNjEB";
const LAYOUTS: [BlobLayout; 2] = [BlobLayout::NonceFirst, BlobLayout::KeysFirst];

#[test]
fn agrees_with_the_other_sdks() {
    let file: Value = serde_json::from_str(include_str!("../vectors/vault.json")).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let (id, expect) = (vector["id"].as_str().unwrap(), &vector["expect"]);
        let input = |key: &str| vector["inputs"][key].as_str().unwrap_or_default();
        let blob = vector["output"]["blob"].as_str().unwrap();
        let opened = local_decrypt(blob, input("data_key"), input("aad"));
        if expect["decrypt"] == "error" {
            assert!(opened.is_err(), "{id}");
            continue;
        }
        assert_eq!(opened.unwrap().expose(), expect["data"].as_str().unwrap(), "{id}");
        let layout = LAYOUTS[usize::from(vector["layout"] == "B")];
        if let Some(keys) = expect["encrypted_keys"].as_str() {
            assert_eq!(extract_encrypted_keys_as(layout, blob).unwrap(), keys, "{id}");
            let again =
                local_encrypt_as(layout, input("data"), input("data_key"), keys, input("aad"))
                    .unwrap();
            assert_eq!(again.len(), blob.len(), "{id}");
            assert_eq!(extract_encrypted_keys_as(layout, &again).unwrap(), keys, "{id}");
            let opened = local_decrypt(&again, input("data_key"), input("aad")).unwrap();
            assert_eq!(opened.expose(), input("data"), "{id}");
        }
    }
}

#[test]
fn both_layouts_are_read_and_the_common_one_is_written() {
    for layout in LAYOUTS {
        let blob = local_encrypt_as(layout, "hello", KEY, KEYS, "aad").unwrap();
        assert_eq!(local_decrypt(&blob, KEY, "aad").unwrap().expose(), "hello");
        assert_eq!(extract_encrypted_keys(&blob).unwrap(), KEYS);
    }
    let blob = local_encrypt("hello", KEY, KEYS, "").unwrap();
    assert_eq!(extract_encrypted_keys_as(BlobLayout::NonceFirst, &blob).unwrap(), KEYS);
}

#[test]
fn bytes_can_be_encrypted_like_text() {
    let blob = local_encrypt([0xff, 0x00, 0xfe], KEY, KEYS, [0xff]).unwrap();
    let bytes = local_decrypt_bytes(&blob, KEY, [0xff]).unwrap();
    assert_eq!(bytes.expose(), [0xff, 0x00, 0xfe]);
    assert_eq!(format!("{bytes:?}"), "DecryptedBytes(<3 bytes>)");
    assert_eq!(bytes.into_text().unwrap_err(), VaultError::NotText);
    assert_eq!(local_decrypt(&blob, KEY, [0xff]).unwrap_err(), VaultError::NotText);
}

#[test]
fn each_mistake_has_its_error() {
    let blob = local_encrypt("hello", KEY, KEYS, "").unwrap();
    for key in ["", "AAEC", "not base64", &KEY[1..]] {
        assert_eq!(local_encrypt("", key, KEYS, "").unwrap_err(), VaultError::InvalidDataKey);
        assert_eq!(local_decrypt(&blob, key, "").unwrap_err(), VaultError::InvalidDataKey);
    }
    let refused = local_encrypt("", KEY, "*", "").unwrap_err();
    assert_eq!(refused, VaultError::InvalidEncryptedKeys);
    assert_eq!(local_decrypt(&blob, KEY, "other").unwrap_err(), VaultError::Unopened);
    assert_eq!(local_decrypt("", KEY, "").unwrap_err(), VaultError::Malformed);
    assert_eq!(local_decrypt("AAAA", KEY, "").unwrap_err(), VaultError::Malformed);
}

#[test]
fn a_length_is_32_bits_in_as_few_bytes_as_it_needs() {
    let past_32_bits = [0xff, 0xff, 0xff, 0xff, 0x1f];
    let six_bytes = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
    for length in [&past_32_bits[..], &six_bytes, &[0x80, 0x00]] {
        let blob = base64(&[length, &[0; 40]].concat());
        let read = extract_encrypted_keys_as(BlobLayout::KeysFirst, &blob);
        assert_eq!(read.unwrap_err(), VaultError::Malformed, "{length:x?}");
    }
    let unfinished = extract_encrypted_keys_as(BlobLayout::KeysFirst, &base64(&[0x80, 0x80]));
    assert_eq!(unfinished.unwrap_err(), VaultError::Malformed);
}

/// The crate's own encoder is not public.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let number = (0..3).fold(0usize, |n, at| n << 8 | chunk.get(at).map_or(0, |b| *b as usize));
        let digit = |at: usize| match at > chunk.len() {
            true => '=',
            false => char::from(DIGITS[number >> (18 - 6 * at) & 63]),
        };
        [0, 1, 2, 3].map(digit).into_iter().collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let digits = (0..64).map(|byte| base64(&[byte << 2])).collect::<Vec<_>>();
    let value = |letter: char| digits.iter().position(|one| one.starts_with(letter));
    let text = text.trim_end_matches('=');
    let digits: Vec<_> = text.chars().map(|letter| value(letter).unwrap()).collect();
    let group = |four: &[usize]| {
        let number = (0..4).fold(0, |n, at| n << 6 | four.get(at).copied().unwrap_or(0) as u32);
        number.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

/// The vault's key endpoints, for one data key.
fn vault() -> Arc<Scripted> {
    Scripted::new(|request, _| {
        let body: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
        let key = json!({"id": "dek_1", "data_key": KEY, "encrypted_keys": KEYS,
            "context": body["context"]});
        match request.url.rsplit('/').next() {
            Some("decrypt") if body["keys"] != KEYS => {
                answer(400, r#"{"code":"invalid_keys","message":"no such key"}"#)
            }
            _ => answer(200, key.to_string()),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn the_client_decrypts_what_it_encrypts() {
    let transport = vault();
    let vault = transport.client().vault();
    let sealed = vault.encrypt("hello", [("tenant", "acme")], "aad").await.unwrap();
    assert_eq!(sealed.context["tenant"], "acme");
    assert_eq!(sealed.encrypted_keys.expose(), KEYS);
    assert_eq!(vault.decrypt(&sealed.encrypted_data, "aad").await.unwrap().expose(), "hello");
    let urls: Vec<_> = transport.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(urls[0], "https://api.workos.com/vault/v1/keys/data-key");
    assert_eq!(urls[1], "https://api.workos.com/vault/v1/keys/decrypt");

    let error = vault.decrypt(&sealed.encrypted_data, "other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VaultCrypto);
    assert_eq!(error.to_string(), VaultError::Unopened.to_string());
    let error = vault.decrypt("junk", "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VaultCrypto);
    assert_eq!(error.to_string(), VaultError::Malformed.to_string());
}

#[tokio::test(start_paused = true)]
async fn the_layout_can_be_chosen_and_bytes_survive() {
    let transport = vault();
    let vault = transport.client().vault();
    let for_go = vault.encryption().layout(BlobLayout::KeysFirst);
    let sealed = for_go.encrypt([0xff, 0x00], [("tenant", "acme")], "").await.unwrap();
    let keys = extract_encrypted_keys_as(BlobLayout::KeysFirst, &sealed.encrypted_data);
    assert_eq!(keys.unwrap(), KEYS);
    let bytes = vault.decrypt_bytes(&sealed.encrypted_data, "").await.unwrap();
    assert_eq!(bytes.expose(), [0xff, 0x00]);
    // The keys say which layout it is: no guess was sent.
    assert_eq!(transport.count(), 2);
}

/// A blob of the layout that is tried second. It can also be read as the first, without keys: the
/// zero is at the place of their length.
fn ambiguous() -> (String, String) {
    let mut keys = [7; 60];
    keys[27] = 0;
    let keys = base64(&keys);
    let blob = local_encrypt_as(BlobLayout::KeysFirst, "hello", KEY, &keys, "aad").unwrap();
    assert_eq!(extract_encrypted_keys(&blob).unwrap(), "");
    (blob, keys)
}

/// What Vault is asked to decrypt, and the result.
async fn decrypted(first: fn() -> Say) -> (Vec<String>, Result<String, workos::Error>) {
    let (blob, keys) = ambiguous();
    let data_key = json!({"id": "dek_1", "data_key": KEY, "encrypted_keys": keys, "context": {}});
    let transport = Scripted::new(move |_, before| match before {
        0 => first(),
        _ => answer(200, data_key.to_string()),
    });
    let vault = transport.builder().max_retries(0).build().vault();
    let opened = vault.decrypt(&blob, "aad").await.map(workos::SecretString::into_inner);
    let asked = transport.requests().into_iter().map(|request| {
        let body: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
        body["keys"].as_str().unwrap().to_owned()
    });
    (asked.collect(), opened)
}

#[tokio::test(start_paused = true)]
async fn an_outage_a_refused_key_or_a_limit_is_not_mistaken_for_a_wrong_layout() {
    for first in [
        || answer(401, r#"{"message":"Unauthorized"}"#),
        || answer(403, "{}"),
        || answer(429, "{}"),
        || answer(500, "{}"),
        || answer(503, ""),
        || answer(200, "{}"),
        || fail(TransportError::connect),
        || fail(TransportError::reset),
        || fail(TransportError::timeout),
    ] {
        let (asked, opened) = decrypted(first).await;
        assert_eq!(asked, [""], "{opened:?}");
        let error = opened.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::VaultCrypto, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_make_it_try_the_other_layout() {
    let (_, keys) = ambiguous();
    for first in [
        || answer(400, "{}"),
        || answer(404, "{}"),
        || answer(409, "{}"),
        || answer(422, "{}"),
        || {
            let other = base64(&[9; 32]);
            let made =
                json!({"id": "dek_2", "data_key": other, "encrypted_keys": "", "context": {}});
            answer(200, made.to_string())
        },
    ] {
        let (asked, opened) = decrypted(first).await;
        assert_eq!(opened.unwrap(), "hello");
        assert_eq!(asked, ["", &keys]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_chosen_layout_is_tried_first_and_every_request_has_the_options() {
    let (blob, keys) = ambiguous();
    let data_key = json!({"id": "dek_1", "data_key": KEY, "encrypted_keys": keys, "context": {}});
    let transport = Scripted::new(move |_, _| answer(200, data_key.to_string()));
    let options = workos::RequestOptions::new()
        .header(http::HeaderName::from_static("x-app"), http::HeaderValue::from_static("1"));
    let vault = transport.client().vault().encryption();
    let vault = vault.layout(BlobLayout::KeysFirst).options(options);
    assert_eq!(vault.decrypt(&blob, "aad").await.unwrap().expose(), "hello");
    vault.encrypt("hello", [("tenant", "acme")], "aad").await.unwrap();
    let headers = transport.requests().into_iter().map(|request| request.headers);
    let sent: Vec<_> = headers.map(|headers| headers["x-app"].clone()).collect();
    assert_eq!(sent, ["1", "1"]);
}

#[tokio::test(start_paused = true)]
async fn when_neither_layout_decrypts_the_likelier_one_gives_the_error() {
    let (blob, _) = ambiguous();
    let transport = Scripted::new(|_, before| match before {
        0 => answer(404, r#"{"message":"first"}"#),
        _ => answer(400, r#"{"message":"second"}"#),
    });
    let error = transport.client().vault().decrypt(&blob, "aad").await.unwrap_err();
    assert_eq!((error.status(), transport.count()), (Some(404), 2));
}

/// With a repeated nonce under one key, data can be read and forged.
#[test]
fn every_blob_has_its_own_nonce() {
    let keys_length = bytes_of(KEYS).len();
    let mut seen = std::collections::HashSet::new();
    for (layout, at) in LAYOUTS.into_iter().zip([0, 1 + keys_length]) {
        for _ in 0..4 {
            let blob = bytes_of(&local_encrypt_as(layout, "hello", KEY, KEYS, "").unwrap());
            let nonce = blob[at..at + 12].to_vec();
            assert!(nonce.iter().any(|byte| *byte != nonce[0]), "{nonce:?}");
            assert!(seen.insert(nonce), "the same nonce twice");
        }
    }
}

#[test]
fn a_line_break_after_a_key_is_not_part_of_it() {
    for end in ["\n", "\r\n"] {
        let (key, keys) = (format!("{KEY}{end}"), format!("{KEYS}{end}"));
        let blob = local_encrypt("hello", &key, &keys, "").unwrap();
        assert_eq!(extract_encrypted_keys(&blob).unwrap(), KEYS);
        assert_eq!(local_decrypt(&blob, &key, "").unwrap().expose(), "hello");
        assert_eq!(local_decrypt(&blob, KEY, "").unwrap().expose(), "hello");
    }
    let inside = format!("{}\n{}", &KEY[..8], &KEY[8..]);
    let refused = local_encrypt("hello", inside, KEYS, "").unwrap_err();
    assert_eq!(refused, VaultError::InvalidDataKey);
}

/// A blob that starts with a small number could have either layout.
#[tokio::test(start_paused = true)]
async fn keys_of_workos_decide_the_layout_even_if_decryption_fails() {
    let transport = vault();
    let vault = transport.client().vault();
    for _ in 0..100 {
        let blob = local_encrypt("hello", KEY, KEYS, "aad").unwrap();
        let error = vault.decrypt(&blob, "other").await.unwrap_err();
        assert_eq!(error.to_string(), VaultError::Unopened.to_string());
    }
    assert_eq!(transport.count(), 100);
}

fn layout() -> impl Strategy<Value = BlobLayout> {
    prop_oneof![Just(BlobLayout::NonceFirst), Just(BlobLayout::KeysFirst)]
}

proptest! {
    #[test]
    fn anything_can_be_encrypted_in_either_layout(
        layout in layout(),
        data in any::<Vec<u8>>(),
        keys in proptest::collection::vec(any::<u8>(), 0..300),
        aad in any::<Vec<u8>>(),
    ) {
        let keys = base64(&keys);
        let blob = local_encrypt_as(layout, &data, KEY, &keys, &aad).unwrap();
        prop_assert_eq!(extract_encrypted_keys_as(layout, &blob).unwrap(), keys);
        let opened = local_decrypt_bytes(&blob, KEY, &aad).unwrap();
        prop_assert_eq!(opened.expose(), data.as_slice());
    }

    #[test]
    fn junk_never_panics(bytes in any::<Vec<u8>>(), text in "\\PC{0,60}", layout in layout()) {
        for blob in [base64(&bytes), text] {
            let _ = extract_encrypted_keys(&blob);
            let _ = extract_encrypted_keys_as(layout, &blob);
            prop_assert!(local_decrypt(&blob, KEY, "").is_err());
        }
    }

    /// WorkOS authenticates the encrypted keys, the tag everything else.
    #[test]
    fn a_changed_blob_does_not_decrypt_to_anything_else(
        layout in layout(), at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9+/]",
    ) {
        let mut blob = local_encrypt_as(layout, "hello", KEY, KEYS, "").unwrap();
        let at = at.index(blob.len());
        blob.replace_range(at..=at, &letter);
        if let Ok(opened) = local_decrypt(&blob, KEY, "") {
            prop_assert_eq!(opened.expose(), "hello");
        }
    }
}
