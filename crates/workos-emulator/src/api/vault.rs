//! The vault: encrypted objects, and data keys for encryption elsewhere.
//!
//! Reading an object is an event, so most reads change the state.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use workos::contract::{ListParams, Window};
use workos::vault::*;
use workos::{ListMetadata, PaginationOrder, SecretString};

use crate::fields::search;
use crate::products::vault::{self, DataKey, add_object, current, metadata, reveal, set_value};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, VaultEntry, VaultVersion, names_listed, shown};

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
    let (key, encrypted) = vault::add_data_key(change, &input.context)?;
    Ok(data_key(key, &encrypted, input.context))
}

fn decrypt(change: &mut Change<'_>, input: DecryptDataKey) -> Answer<DecryptResponse> {
    let key = vault::decrypt(change, &bytes("keys", &input.keys)?)?;
    let mut response = DecryptResponse::default();
    response.data_key = STANDARD.encode(key.bytes).into();
    response.id = key.id;
    Ok(response)
}

fn rekey(change: &mut Change<'_>, input: RekeyDataKey) -> Answer<CreateDataKeyResponse> {
    let encrypted = bytes("encrypted_keys", &input.encrypted_keys)?;
    let (key, encrypted) = vault::rekey(change, &encrypted, &input.context)?;
    Ok(data_key(key, &encrypted, input.context))
}

fn bytes(field: &str, base64: &SecretString) -> Answer<Vec<u8>> {
    let decoded = STANDARD.decode(base64.expose());
    decoded.map_err(|_| Refusal::bad_request("invalid_keys", format!("{field} must be base64.")))
}

fn data_key(key: DataKey, encrypted: &[u8], context: KeyContext) -> CreateDataKeyResponse {
    let mut response = CreateDataKeyResponse::default();
    response.context = context;
    response.data_key = STANDARD.encode(key.bytes).into();
    response.encrypted_keys = STANDARD.encode(encrypted).into();
    response.id = key.id;
    response
}

fn list(change: &mut Change<'_>, query: ListKvParams) -> Answer<List<ObjectSummary>> {
    if let Some(Ok(Value::Object(_))) = query.search.as_deref().map(serde_json::from_str) {
        let message = "workos-emulator searches by name only: WorkOS does not document its search \
                       in JSON";
        let status = StatusCode::NOT_IMPLEMENTED;
        return Err(Refusal::new(status, "emulator_not_implemented", message));
    }
    change.tell(names_listed());
    let finds = search(query.search.clone());
    let page = change.vault_objects.page(&Part::of(&query), |object| {
        finds(&object.name) && query.updated_after.is_none_or(|time| object.updated_at > time)
    })?;
    let page = shown(page, |object| {
        let mut summary = ObjectSummary::default();
        summary.id.clone_from(&object.id);
        summary.name.clone_from(&object.name);
        summary.updated_at = Some(object.updated_at);
        summary
    });
    Ok(List { data: page.data, list_metadata: page.list_metadata })
}

fn create(change: &mut Change<'_>, input: CreateObject) -> Answer<ObjectMetadata> {
    add_object(change, input).map(|object| metadata(&object))
}

fn get_by_name(change: &mut Change<'_>, name: &str) -> Answer<VaultObject> {
    let object = change.one_by::<VaultEntry>("name", name)?.clone();
    reveal(change, &object)
}

fn get(change: &mut Change<'_>, id: &str) -> Answer<VaultObject> {
    let object = change.one::<VaultEntry>(id)?.clone();
    reveal(change, &object)
}

fn update(change: &mut Change<'_>, id: &str, input: UpdateObject) -> Answer<ObjectWithoutValue> {
    let old = current(change, id, input.version_check.as_deref())?;
    set_value(change, &old, &input.value).map(|object| described(&object))
}

fn delete(
    change: &mut Change<'_>,
    id: &str,
    query: DeleteKvParams,
) -> Answer<DeleteObjectResponse> {
    current(change, id, query.version_check.as_deref())?;
    let object = change.remove::<VaultEntry>(id)?;
    let mut response = DeleteObjectResponse::default();
    response.name.clone_from(&object.name);
    response.success = true;
    Ok(response)
}

fn describe(change: &mut Change<'_>, id: &str) -> Answer<ObjectWithoutValue> {
    let object = change.one::<VaultEntry>(id)?.clone();
    change.tell(object.metadata_read());
    Ok(described(&object))
}

fn described(object: &VaultEntry) -> ObjectWithoutValue {
    let mut shown = ObjectWithoutValue::default();
    shown.id.clone_from(&object.id);
    shown.name.clone_from(&object.name);
    shown.metadata = metadata(object);
    shown
}

fn versions(change: &mut Change<'_>, id: &str) -> Answer<List<ObjectVersion>> {
    let object = change.one::<VaultEntry>(id)?.clone();
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
    let data = change.vault_versions.by("object", id).rev().map(shown).collect();
    Ok(List { data, list_metadata: ListMetadata::default() })
}

/// A page without the type that the other lists have.
#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
    list_metadata: ListMetadata,
}

/// The part of the objects that is asked for.
struct Part<'a>(&'a ListKvParams, Option<PaginationOrder>);

impl<'a> Part<'a> {
    fn of(query: &'a ListKvParams) -> Self {
        Self(query, query.order.as_ref().map(|order| order.as_str().into()))
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
