//! The vault: encrypted objects, and data keys for encryption elsewhere.
//!
//! Each item of a key context selects a key-encryption key, which is made when it is first needed.
//! Every value has its own data key, encrypted with the keys of its context. Reading an object is
//! an event, so most reads change the state.

mod envelope;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workos::contract::{ListParams, Window};
use workos::events::{VaultByokKeyEvent, VaultByokKeyProvider};
use workos::vault::*;
use workos::{EventData, ListMetadata, PaginationOrder, SecretString};

use self::envelope::{DataKey, EncryptedKeys, cipher, open, seal};
use crate::fields::{fingerprint, search};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    API_KEY_ACTOR, Change, ENVIRONMENT_ID, EncryptionKey, Store, VaultEntry, VaultVersion,
    data_key_decrypted, names_listed, of_data_key, shown,
};

routes! {
    vault;
    create_data_key(body)     => write create_data_key;
    create_decrypt(body)      => write decrypt;
    create_rekey(body)        => write rekey;
    list_kv(query)            => write list;
    create_kv(body)           => write create;
    get_kv_by_name(name)      => write get_by_name;
    get_kv(id)                => write get;
    update_kv(id, body)       => write update;
    delete_kv(id, query)      => write delete;
    get_kv_metadata(id)       => write describe;
    list_kv_versions(id)      => write versions;
}

fn create_data_key(change: &mut Change<'_>, input: CreateDataKey) -> Answer<CreateDataKeyResponse> {
    let key = DataKey { id: change.uuid(), bytes: change.bytes() };
    let (_, encrypted_keys) = encrypt_key(change, &key, &input.context)?;
    change.tell(EventData::VaultDekRead(of_data_key(&key.id, &input.context)));
    Ok(data_key(key, &encrypted_keys, input.context))
}

fn decrypt(change: &mut Change<'_>, input: DecryptDataKey) -> Answer<DecryptResponse> {
    let key = decrypt_text(change, "keys", &input.keys)?;
    change.tell(data_key_decrypted(&key.id));
    let mut response = DecryptResponse::default();
    response.data_key = STANDARD.encode(key.bytes).into();
    response.id = key.id;
    Ok(response)
}

/// The data key stays the same, so that what it encrypts can still be decrypted.
fn rekey(change: &mut Change<'_>, input: RekeyDataKey) -> Answer<CreateDataKeyResponse> {
    let key = decrypt_text(change, "encrypted_keys", &input.encrypted_keys)?;
    let (_, encrypted_keys) = encrypt_key(change, &key, &input.context)?;
    change.tell(EventData::VaultDekRekeyed(of_data_key(&key.id, &input.context)));
    Ok(data_key(key, &encrypted_keys, input.context))
}

fn list(change: &mut Change<'_>, query: ListKvParams) -> Answer<Objects> {
    if let Some(Ok(Value::Object(_))) = query.search.as_deref().map(serde_json::from_str) {
        let message = "workos-emulator searches by name only: WorkOS does not document its search \
                       in JSON";
        let status = StatusCode::NOT_IMPLEMENTED;
        return Err(Refusal::new(status, "emulator_not_implemented", message));
    }
    change.tell(names_listed());
    let finds = search(query.search.clone());
    let page = change.vault_objects.page(&Objects::window(&query), |object| {
        finds(&object.name) && query.updated_after.is_none_or(|time| object.updated_at > time)
    })?;
    let page = shown(page, |object| {
        let mut summary = ObjectSummary::default();
        summary.id.clone_from(&object.id);
        summary.name.clone_from(&object.name);
        summary.updated_at = Some(object.updated_at);
        summary
    });
    Ok(Objects { data: page.data, list_metadata: page.list_metadata })
}

fn create(change: &mut Change<'_>, input: CreateObject) -> Answer<ObjectMetadata> {
    let id = change.uuid();
    let object = encrypt(change, id, input.name, input.key_context, &input.value)?;
    let object = change.insert(object)?;
    Ok(metadata(&object))
}

fn get_by_name(change: &mut Change<'_>, name: &str) -> Answer<VaultObject> {
    let object = change.one_by::<VaultEntry>("name", name)?.clone();
    reveal(change, &object)
}

fn get(change: &mut Change<'_>, id: &str) -> Answer<VaultObject> {
    let object = object(change, id)?;
    reveal(change, &object)
}

/// Encrypts the new value for the context of the old one, with another data key.
fn update(change: &mut Change<'_>, id: &str, input: UpdateObject) -> Answer<ObjectWithoutValue> {
    let old = object(change, id)?;
    check_version(&old, input.version_check.as_deref())?;
    let new = encrypt(change, old.id.clone(), old.name.clone(), old.context.clone(), &input.value)?;
    let object = change.put(new)?;
    change.tell_update_of(&*object);
    Ok(described(&object))
}

fn delete(
    change: &mut Change<'_>,
    id: &str,
    query: DeleteKvParams,
) -> Answer<DeleteObjectResponse> {
    let old = object(change, id)?;
    check_version(&old, query.version_check.as_deref())?;
    let object = change.remove::<VaultEntry>(id)?;
    let mut response = DeleteObjectResponse::default();
    response.name.clone_from(&object.name);
    response.success = true;
    Ok(response)
}

fn describe(change: &mut Change<'_>, id: &str) -> Answer<ObjectWithoutValue> {
    let object = object(change, id)?;
    change.tell(object.metadata_read());
    Ok(described(&object))
}

fn versions(change: &mut Change<'_>, id: &str) -> Answer<Value> {
    let object = object(change, id)?;
    change.tell(object.metadata_read());
    let shown = |version: &Arc<VaultVersion>| {
        let mut shown = ObjectVersion::default();
        shown.id.clone_from(&version.id);
        shown.etag.clone_from(&version.etag);
        shown.created_at = version.created_at;
        shown.current_version = version.id == object.version_id;
        shown.size = i64::try_from(version.size).unwrap_or(i64::MAX);
        shown
    };
    let versions: Vec<_> = change.vault_versions.by("object", id).rev().map(shown).collect();
    Ok(json!({"data": versions, "list_metadata": ListMetadata::default()}))
}

/// A customer's own key, as the Admin Portal verifies it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NewByokKey {
    pub(crate) organization_id: String,
    pub(crate) key_provider: VaultByokKeyProvider,
    /// A reason not to accept the key: it has no effect but the event.
    pub(crate) is_refused: bool,
}

/// Uses a customer's own key for all that is encrypted for the organization from now on. Returns
/// its ID, if it is accepted.
pub(crate) fn add_byok_key(change: &mut Change<'_>, new: NewByokKey) -> Answer<Option<String>> {
    let NewByokKey { organization_id, key_provider, is_refused } = new;
    if is_refused {
        let mut payload = VaultByokKeyEvent::default();
        payload.organization_id = organization_id;
        payload.key_provider = key_provider;
        payload.verified = Some(false);
        change.tell(EventData::VaultByokKeyVerificationCompleted(payload));
        return Ok(None);
    }
    let item = item("organization_id", &organization_id);
    let replaced: Vec<_> = change.vault_keys.by("item", &item).cloned().collect();
    for key in replaced {
        change.put(EncryptionKey { item: None, ..EncryptionKey::clone(&key) })?;
    }
    let name = format!("{} of {organization_id}", key_provider.as_str());
    let key = new_key(change, name, item, Some((organization_id, key_provider)))?;
    Ok(Some(key.id.clone()))
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

/// A page without the type that the other lists have.
#[derive(Serialize)]
struct Objects {
    data: Vec<ObjectSummary>,
    list_metadata: ListMetadata,
}

/// The part of the objects that is asked for.
struct Part<'a>(&'a ListKvParams, Option<PaginationOrder>);

impl Objects {
    fn window(query: &ListKvParams) -> Part<'_> {
        Part(query, query.order.as_ref().map(|order| order.as_str().into()))
    }
}

impl ListParams for Part<'_> {
    fn window(&self) -> Window<'_> {
        Window {
            before: self.0.before.as_deref(),
            after: self.0.after.as_deref(),
            limit: self.0.limit,
            order: self.1.as_ref(),
        }
    }
}

/// The object with a new value, which is a new version; not stored yet.
fn encrypt(
    change: &mut Change<'_>,
    id: String,
    name: String,
    context: KeyContext,
    value: &SecretString,
) -> Answer<VaultEntry> {
    let key = DataKey { id: change.uuid(), bytes: change.bytes() };
    let (key_id, encrypted_keys) = encrypt_key(change, &key, &context)?;
    let cipher = key.cipher().ok_or_else(unreadable)?;
    let sealed = seal(&cipher, change.bytes(), id.as_bytes(), value.expose().as_bytes());
    let (version_id, updated_at) = (change.uuid(), change.now());
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

/// An object with its value.
fn reveal(change: &mut Change<'_>, object: &VaultEntry) -> Answer<VaultObject> {
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
        let wrapped = data_key.wrap(&key.id, &key.key, change.bytes());
        encrypted.keys.push((key.id.clone(), wrapped));
    }
    let first = encrypted.keys.first().map(|(id, _)| id.clone());
    let first = first.ok_or_else(|| {
        let message = "The key context must have at least one item: each selects a key.";
        Refusal::unprocessable("invalid_key_context", message)
    })?;
    Ok((first, encrypted.to_bytes()))
}

fn decrypt_text(store: &Store, field: &str, base64: &SecretString) -> Answer<DataKey> {
    let bytes = STANDARD
        .decode(base64.expose())
        .map_err(|_| Refusal::bad_request("invalid_keys", format!("{field} must be base64.")))?;
    decrypt_key(store, &bytes)
}

/// Decrypts a data key with the first of its keys that is still there.
fn decrypt_key(store: &Store, encrypted: &[u8]) -> Answer<DataKey> {
    let encrypted = EncryptedKeys::read(encrypted).ok_or_else(|| {
        Refusal::bad_request("invalid_keys", "This is not an encrypted data key.")
    })?;
    let opened = encrypted.keys.iter().find_map(|(key_id, wrapped)| {
        let key = store.vault_keys.get(key_id)?;
        DataKey::unwrap(&encrypted.id, key_id, &key.key, wrapped)
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
    let key = cipher(&change.bytes()).ok_or_else(unreadable)?;
    let id = change.uuid();
    change.insert(EncryptionKey { id, name, item: Some(item), byok, key })
}

/// The key of an item of a key context; no two items have the same.
fn item(name: &str, value: &str) -> String {
    json!([name, value]).to_string()
}

fn object(store: &Store, id: &str) -> Answer<Arc<VaultEntry>> {
    store.one(id).cloned()
}

fn check_version(object: &VaultEntry, expected: Option<&str>) -> Answer<()> {
    match expected.filter(|version| *version != object.version_id) {
        None => Ok(()),
        Some(version) => {
            let message = format!(
                "The current version is '{}', not '{version}': the object has changed.",
                object.version_id
            );
            Err(Refusal::conflict("version_mismatch", message))
        }
    }
}

fn data_key(key: DataKey, encrypted: &[u8], context: KeyContext) -> CreateDataKeyResponse {
    let mut response = CreateDataKeyResponse::default();
    response.context = context;
    response.data_key = STANDARD.encode(key.bytes).into();
    response.encrypted_keys = STANDARD.encode(encrypted).into();
    response.id = key.id;
    response
}

fn described(object: &VaultEntry) -> ObjectWithoutValue {
    let mut shown = ObjectWithoutValue::default();
    shown.id.clone_from(&object.id);
    shown.name.clone_from(&object.name);
    shown.metadata = metadata(object);
    shown
}

fn metadata(object: &VaultEntry) -> ObjectMetadata {
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
