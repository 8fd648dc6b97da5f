//! The vault: encrypted objects, and data keys for encryption elsewhere.
//!
//! Each item of a key context selects a key-encryption key, which is made when it is first needed.
//! Every value has its own data key, encrypted with the keys of its context.

mod envelope;

use std::sync::Arc;

use serde_json::json;
use workos::events::{VaultByokKeyEvent, VaultByokKeyProvider};
use workos::vault::{CreateObject, KeyContext, ObjectMetadata, VaultObject};
use workos::{EventData, SecretString};

pub(crate) use self::envelope::DataKey;
use self::envelope::{EncryptedKeys, cipher, open, seal};
use crate::fields::fingerprint;
use crate::reply::{Answer, Refusal};
use crate::state::binary::Binary;
use crate::state::collection::Entity;
use crate::state::{
    API_KEY_ACTOR, Change, ENVIRONMENT_ID, EncryptionKey, Store, VaultEntry, VaultVersion,
    data_key_decrypted, of_data_key,
};

/// Makes a data key. Returns it in plaintext, and encrypted with the keys of the context.
pub(crate) fn add_data_key(
    change: &mut Change<'_>,
    context: &KeyContext,
) -> Answer<(DataKey, Vec<u8>)> {
    let key = new_data_key(change);
    let (_, encrypted) = encrypt_key(change, &key, context)?;
    change.tell(EventData::VaultDekRead(of_data_key(&key.id, context)));
    Ok((key, encrypted))
}

/// Decrypts a data key with one of its keys.
pub(crate) fn decrypt(change: &mut Change<'_>, encrypted: &[u8]) -> Answer<DataKey> {
    let key = decrypt_key(change, encrypted)?;
    change.tell(data_key_decrypted(&key.id));
    Ok(key)
}

/// Encrypts a data key for another context. The data key stays the same, so that what it encrypts
/// can still be decrypted.
pub(crate) fn rekey(
    change: &mut Change<'_>,
    encrypted: &[u8],
    context: &KeyContext,
) -> Answer<(DataKey, Vec<u8>)> {
    let key = decrypt_key(change, encrypted)?;
    let (_, encrypted) = encrypt_key(change, &key, context)?;
    change.tell(EventData::VaultDekRekeyed(of_data_key(&key.id, context)));
    Ok((key, encrypted))
}

/// Stores a new object.
pub(crate) fn add_object(change: &mut Change<'_>, input: CreateObject) -> Answer<Arc<VaultEntry>> {
    let id = change.uuid();
    let object = encrypt(change, id, input.name, input.key_context, &input.value)?;
    change.insert(object)
}

/// Encrypts a new value for the context of the old one, with another data key.
pub(crate) fn set_value(
    change: &mut Change<'_>,
    old: &VaultEntry,
    value: &SecretString,
) -> Answer<Arc<VaultEntry>> {
    let new = encrypt(change, old.id.clone(), old.name.clone(), old.context.clone(), value)?;
    let object = change.put(new)?;
    change.tell_update_of(&*object);
    Ok(object)
}

/// An object with its value.
pub(crate) fn reveal(change: &mut Change<'_>, object: &VaultEntry) -> Answer<VaultObject> {
    let key = decrypt_key(change, &object.encrypted_keys)?;
    let value = key.cipher().and_then(|key| open(&key, object.id.as_bytes(), &object.sealed));
    let value = value.and_then(|value| String::from_utf8(value).ok()).ok_or_else(unreadable)?;
    change.tell(object.read());
    let mut shown = VaultObject::default();
    shown.id.clone_from(&object.id);
    shown.name.clone_from(&object.name);
    shown.metadata = metadata(object);
    shown.value = value.into();
    Ok(shown)
}

/// An object that is about to change, if it still has the version that is expected.
pub(crate) fn current(store: &Store, id: &str, expected: Option<&str>) -> Answer<Arc<VaultEntry>> {
    let object = store.one::<VaultEntry>(id)?;
    match expected.filter(|version| *version != object.version_id) {
        None => Ok(object.clone()),
        Some(version) => {
            let message = format!(
                "The current version is '{}', not '{version}': the object has changed.",
                object.version_id
            );
            Err(Refusal::conflict("version_mismatch", message))
        }
    }
}

/// What the API shows of an object besides its name and value.
pub(crate) fn metadata(object: &VaultEntry) -> ObjectMetadata {
    let mut metadata = ObjectMetadata::default();
    metadata.context = object.context.clone();
    metadata.environment_id = ENVIRONMENT_ID.to_owned();
    metadata.id.clone_from(&object.id);
    metadata.key_id.clone_from(&object.key_id);
    metadata.updated_at = object.updated_at;
    metadata.updated_by.id = API_KEY_ACTOR.0.to_owned();
    metadata.updated_by.name = API_KEY_ACTOR.1.to_owned();
    metadata.version_id = Some(object.version_id.clone());
    metadata
}

/// Uses a customer's own key for all that is encrypted for the organization from now on. Returns
/// its ID.
pub(crate) fn add_byok_key(
    change: &mut Change<'_>,
    organization_id: &str,
    provider: VaultByokKeyProvider,
) -> Answer<String> {
    let item = item("organization_id", organization_id);
    let replaced: Vec<_> = change.vault_keys.by("item", &item).cloned().collect();
    for key in replaced {
        change.put(EncryptionKey { item: None, ..EncryptionKey::clone(&key) })?;
    }
    let name = format!("{} of {organization_id}", provider.as_str());
    let key = new_key(change, name, item, Some((organization_id.to_owned(), provider)))?;
    Ok(key.id.clone())
}

/// Lets the verification of a customer's own key fail. This has no effect but the event.
pub(crate) fn refuse_byok_key(
    change: &mut Change<'_>,
    organization_id: &str,
    provider: VaultByokKeyProvider,
) {
    let mut payload = VaultByokKeyEvent::default();
    payload.organization_id = organization_id.to_owned();
    payload.key_provider = provider;
    payload.verified = Some(false);
    change.tell(EventData::VaultByokKeyVerificationCompleted(payload));
}

/// Deletes the own key of an organization, the last one if it had several. What it encrypts cannot
/// be decrypted any more.
pub(crate) fn delete_byok_key(change: &mut Change<'_>, organization_id: &str) -> Answer<()> {
    let last = change.vault_keys.by("organization", organization_id).next_back();
    let not_found = || Refusal::not_found(EncryptionKey::NAME, organization_id);
    let id = last.ok_or_else(not_found)?.id.clone();
    delete_key(change, &id)
}

/// Deletes a key-encryption key. What it encrypts cannot be decrypted any more, unless it has
/// another key, too.
pub(crate) fn delete_key(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<EncryptionKey>(id).map(drop)
}

/// The object with a new value, which is a new version; not stored yet.
fn encrypt(
    change: &mut Change<'_>,
    id: String,
    name: String,
    context: KeyContext,
    value: &SecretString,
) -> Answer<VaultEntry> {
    let key = new_data_key(change);
    let (key_id, encrypted_keys) = encrypt_key(change, &key, &context)?;
    let cipher = key.cipher().ok_or_else(unreadable)?;
    let sealed = seal(&cipher, change.bytes(), id.as_bytes(), value.expose().as_bytes());
    let (version_id, updated_at) = (change.uuid(), change.now());
    let (encrypted_keys, sealed) = (encrypted_keys.into(), Binary::from(sealed));
    change.put(VaultVersion {
        id: version_id.clone(),
        object_id: id.clone(),
        created_at: updated_at,
        etag: fingerprint(value),
        size: sealed.len(),
    })?;
    let row =
        VaultEntry { id, name, context, key_id, version_id, updated_at, encrypted_keys, sealed };
    Ok(row)
}

fn new_data_key(change: &mut Change<'_>) -> DataKey {
    DataKey { id: change.uuid(), bytes: change.bytes() }
}

/// A data key encrypted with each key of a context, and the ID of the first.
fn encrypt_key(
    change: &mut Change<'_>,
    data_key: &DataKey,
    context: &KeyContext,
) -> Answer<(String, Vec<u8>)> {
    let mut encrypted = EncryptedKeys { id: data_key.id.clone(), keys: Vec::new() };
    for (name, value) in context.iter() {
        let item = item(name, value);
        let known = change.vault_keys.find("item", &item).cloned();
        let key = match known {
            Some(key) => key,
            None => new_key(change, format!("{name}={value}"), item, None)?,
        };
        let cipher = cipher(&key.key).ok_or_else(unreadable)?;
        let wrapped = data_key.wrap(&key.id, &cipher, change.bytes());
        encrypted.keys.push((key.id.clone(), wrapped));
    }
    let first = encrypted.keys.first().map(|(id, _)| id.clone());
    let first = first.ok_or_else(|| {
        let message = "The key context must have at least one item: each selects a key.";
        Refusal::unprocessable("invalid_key_context", message)
    })?;
    Ok((first, encrypted.to_bytes()))
}

/// Decrypts a data key with the first of its keys that is still there.
fn decrypt_key(store: &Store, encrypted: &[u8]) -> Answer<DataKey> {
    let encrypted = EncryptedKeys::read(encrypted).ok_or_else(|| {
        Refusal::bad_request("invalid_keys", "This is not an encrypted data key.")
    })?;
    let opened = encrypted.keys.iter().find_map(|(key_id, wrapped)| {
        let key = store.vault_keys.get(key_id)?;
        DataKey::unwrap(&encrypted.id, key_id, &cipher(&key.key)?, wrapped)
    });
    opened.ok_or_else(unreadable)
}

fn unreadable() -> Refusal {
    let message = "The data key cannot be decrypted: it was changed, or its key was deleted.";
    Refusal::bad_request("decryption_failed", message)
}

fn new_key(
    change: &mut Change<'_>,
    name: String,
    item: String,
    byok: Option<(String, VaultByokKeyProvider)>,
) -> Answer<Arc<EncryptionKey>> {
    let key = change.bytes::<32>().to_vec().into();
    let id = change.uuid();
    change.insert(EncryptionKey { id, name, item: Some(item), byok, key })
}

/// The key of an item of a key context; no two items have the same.
fn item(name: &str, value: &str) -> String {
    json!([name, value]).to_string()
}
