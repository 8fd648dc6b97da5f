//! Envelope encryption: a data key encrypts data, and key-encryption keys encrypt the data key.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// What encrypted data keys of WorkOS start with.
const START: &[u8] = b"WOS.EKM.v1\0";
const UUID_CHARS: usize = 36;

/// A data key in plaintext.
pub(crate) struct DataKey {
    /// Its ID, a UUID.
    pub(crate) id: String,
    /// The key itself.
    pub(crate) bytes: [u8; 32],
}

/// A data key, encrypted with each key of a context.
///
/// As bytes it has the frame of WorkOS: the start, the ID of the data key and the number of keys;
/// then, for each, its number, its ID, and its ID with the encrypted data key. The last part is
/// longer at WorkOS, which has a longer nonce than [`seal`]; only who encrypted it reads it.
#[derive(Debug, PartialEq)]
pub(super) struct EncryptedKeys {
    /// The ID of the data key.
    pub(super) id: String,
    /// The ID of each key-encryption key, and what it encrypts.
    pub(super) keys: Vec<(String, Vec<u8>)>,
}

impl DataKey {
    /// Encrypts the data key. Its IDs are part of it, so that no other key passes for it.
    pub(super) fn wrap(&self, key_id: &str, key: &LessSafeKey, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        seal(key, nonce, &wrapped_as(&self.id, key_id), &self.bytes)
    }

    /// Decrypts what [`wrap`](Self::wrap) encrypted.
    pub(super) fn unwrap(
        id: &str,
        key_id: &str,
        key: &LessSafeKey,
        wrapped: &[u8],
    ) -> Option<Self> {
        let bytes = open(key, &wrapped_as(id, key_id), wrapped)?;
        Some(Self { id: id.to_owned(), bytes: bytes.try_into().ok()? })
    }

    /// AES-256-GCM with this key.
    pub(super) fn cipher(&self) -> Option<LessSafeKey> {
        cipher(&self.bytes)
    }
}

impl EncryptedKeys {
    /// Writes the frame.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [START, self.id.as_bytes()].concat();
        // All parts are short: UUIDs, and keys of 32 bytes with their nonce and tag.
        let length = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        bytes.push(length(self.keys.len()));
        for (number, (key_id, wrapped)) in self.keys.iter().enumerate() {
            let number = (number + 1).to_string();
            bytes.push(length(number.len()));
            bytes.extend_from_slice(number.as_bytes());
            bytes.extend_from_slice(&[1, length(key_id.len())]);
            bytes.extend_from_slice(key_id.as_bytes());
            bytes.extend_from_slice(&[1, length(key_id.len() + wrapped.len())]);
            bytes.extend_from_slice(key_id.as_bytes());
            bytes.extend_from_slice(wrapped);
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` if it is anything else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(START)?;
        let id = uuid(take(&mut rest, UUID_CHARS)?)?;
        let [count] = take(&mut rest, 1)?.try_into().ok()?;
        let mut keys = Vec::new();
        for number in 1..=count {
            (run(&mut rest)? == number.to_string().as_bytes()).then_some(())?;
            (take(&mut rest, 1)? == [1]).then_some(())?;
            let key_id = uuid(run(&mut rest)?)?;
            (take(&mut rest, 1)? == [1]).then_some(())?;
            let wrapped = run(&mut rest)?.strip_prefix(key_id.as_bytes())?;
            keys.push((key_id, wrapped.to_vec()));
        }
        rest.is_empty().then_some(Self { id, keys })
    }
}

/// Encrypts data: `nonce ‖ ciphertext ‖ tag`.
pub(super) fn seal(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    associated: &[u8],
    data: &[u8],
) -> Vec<u8> {
    let mut sealed = data.to_vec();
    let nonce_bytes = nonce;
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Fails beyond 64 GiB, which no request has.
    let done = key.seal_in_place_append_tag(nonce, Aad::from(associated), &mut sealed);
    debug_assert!(done.is_ok());
    [&nonce_bytes[..], &sealed].concat()
}

/// Decrypts what [`seal`] encrypted.
pub(super) fn open(key: &LessSafeKey, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk()?;
    let mut data = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key.open_in_place(nonce, Aad::from(associated), &mut data).ok()?.len();
    data.truncate(length);
    Some(data)
}

/// AES-256-GCM with this key.
pub(super) fn cipher(key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

fn wrapped_as(id: &str, key_id: &str) -> Vec<u8> {
    [id, key_id].concat().into_bytes()
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Bytes that are preceded by their number.
fn run<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take(rest, 1)?.first().copied()?;
    take(rest, length.into())
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.len() == UUID_CHARS && text.is_ascii()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    /// The example of WorkOS's documentation.
    const EXAMPLE: &str = "V09TLkVLTS52MQBiZjUxY2NlYy03OGI0LTUyMDAtYjM4My0zNTczMGU3MWVmNjEBATEBJDU\
        2OWYyNDdjLTFkY2QtNDQzMC04MjRmLWQ3N2MxZDNhZmU1NgF0NTY5ZjI0N2MtMWRjZC00NDMwLTgyNGYtZDc3YzFkM\
        2FmZTU2pWvKMbiudRtpyjYexZCX/K9ggOEioUw2c0B62kEh+oj68uuAJQWNfPKTC+mapgJPxdnMKniKxzI7a6zmHgX\
        TK7dSOmAzJBDhDgtEiaqyKTM=";

    #[test]
    fn the_keys_of_workos_have_the_same_frame() {
        let bytes = STANDARD.decode(EXAMPLE).unwrap();
        let keys = EncryptedKeys::read(&bytes).unwrap();
        assert_eq!(keys.id, "bf51ccec-78b4-5200-b383-35730e71ef61");
        let key_ids: Vec<_> = keys.keys.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(key_ids, ["569f247c-1dcd-4430-824f-d77c1d3afe56"]);
        assert_eq!(keys.to_bytes(), bytes);
    }

    proptest! {
        #[test]
        fn encrypted_keys_are_read_as_they_were_written(
            id in "[0-9a-f-]{36}",
            keys in prop::collection::vec(
                ("[0-9a-f-]{36}", prop::collection::vec(any::<u8>(), 60)), 0..=10,
            ),
        ) {
            let keys = EncryptedKeys { id, keys };
            let bytes = keys.to_bytes();
            prop_assert_eq!(EncryptedKeys::read(&bytes), Some(keys));
            for length in 0..bytes.len() {
                prop_assert_eq!(EncryptedKeys::read(&bytes[..length]), None);
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = EncryptedKeys::read(&[START, &bytes].concat());
            let key = cipher(&[7; 32]).unwrap();
            prop_assert_eq!(open(&key, b"", &bytes), None);
        }

        #[test]
        fn data_opens_only_with_its_key_and_its_associated_data(
            data in prop::collection::vec(any::<u8>(), 0..100),
            key in any::<[u8; 32]>(),
            nonce in any::<[u8; NONCE_LEN]>(),
            place in any::<prop::sample::Index>(),
        ) {
            let cipher = cipher(&key).unwrap();
            let mut sealed = seal(&cipher, nonce, b"here", &data);
            prop_assert_eq!(sealed.len(), data.len() + 28);
            prop_assert_eq!(open(&cipher, b"here", &sealed), Some(data));
            prop_assert_eq!(open(&cipher, b"there", &sealed), None);
            let place = place.index(sealed.len());
            sealed[place] ^= 1;
            prop_assert_eq!(open(&cipher, b"here", &sealed), None);
        }
    }
}
