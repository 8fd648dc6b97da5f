//! What the vault stores: keys, and encrypted objects with their versions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use workos::events::{
    EventActorSource, VaultByokKeyEvent, VaultByokKeyProvider, VaultDataEvent, VaultDataKeysEvent,
    VaultKeyEvent, VaultNamesListed,
};
use workos::vault::KeyContext;
use workos::{EventData, Timestamp};

use crate::state::API_KEY_ACTOR;
use crate::state::binary::Binary;
use crate::state::collection::Happened;

/// A key-encryption key (KEK).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EncryptionKey {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The item of key contexts that selects this key. A key that was replaced has none, but still
    /// decrypts.
    pub(crate) item: Option<String>,
    /// Whose key it is, if it is a customer's own.
    pub(crate) byok: Option<(String, VaultByokKeyProvider)>,
    /// AES-256-GCM.
    pub(crate) key: Binary,
}

/// A named value, encrypted with a data key of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VaultEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) context: KeyContext,
    /// The first of the key-encryption keys.
    pub(crate) key_id: String,
    pub(crate) version_id: String,
    pub(crate) updated_at: Timestamp,
    pub(crate) encrypted_keys: Binary,
    pub(crate) sealed: Binary,
}

/// A version of an object, without the value: nothing reads those of earlier versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VaultVersion {
    pub(crate) id: String,
    pub(crate) object_id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) etag: String,
    pub(crate) size: usize,
}

/// A payload with its actor.
macro_rules! by_api_key {
    ($type:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let mut payload = $type::default();
        payload.actor_id = API_KEY_ACTOR.0.to_owned();
        payload.actor_name = API_KEY_ACTOR.1.to_owned();
        payload.actor_source = EventActorSource::Api;
        $(payload.$field = $value;)*
        payload
    }};
}

impl VaultEntry {
    pub(crate) fn read(&self) -> EventData {
        let mut payload = self.named();
        payload.key_id = Some(self.key_id.clone());
        EventData::VaultDataRead(payload)
    }

    pub(crate) fn metadata_read(&self) -> EventData {
        EventData::VaultMetadataRead(self.named())
    }

    fn named(&self) -> VaultDataEvent {
        by_api_key!(VaultDataEvent { kv_name: self.name.clone() })
    }
}

pub(in crate::state) fn of_object(row: &VaultEntry, happened: Happened) -> Option<EventData> {
    let written = || {
        let mut payload = row.named();
        payload.key_id = Some(row.key_id.clone());
        payload.key_context = BTreeMap::clone(&row.context);
        payload
    };
    Some(match happened {
        Happened::Created => EventData::VaultDataCreated(written()),
        Happened::Updated => EventData::VaultDataUpdated(written()),
        Happened::Deleted => EventData::VaultDataDeleted(row.named()),
    })
}

pub(in crate::state) fn of_key(row: &EncryptionKey, happened: Happened) -> Option<EventData> {
    if let Some((organization_id, provider)) = &row.byok {
        let mut payload = VaultByokKeyEvent::default();
        payload.organization_id.clone_from(organization_id);
        payload.key_provider = provider.clone();
        return match happened {
            Happened::Created => {
                payload.verified = Some(true);
                Some(EventData::VaultByokKeyVerificationCompleted(payload))
            }
            Happened::Updated => None,
            Happened::Deleted => Some(EventData::VaultByokKeyDeleted(payload)),
        };
    }
    let payload =
        by_api_key!(VaultKeyEvent { key_id: row.id.clone(), key_name: Some(row.name.clone()) });
    match happened {
        Happened::Created => Some(EventData::VaultKekCreated(payload)),
        Happened::Updated => None,
        Happened::Deleted => Some(EventData::VaultKekDeleted(payload)),
    }
}

/// The data key with this ID was made or rekeyed for a context.
pub(crate) fn of_data_key(id: &str, context: &KeyContext) -> VaultDataKeysEvent {
    by_api_key!(VaultDataKeysEvent {
        key_ids: vec![id.to_owned()],
        key_context: BTreeMap::clone(context),
    })
}

pub(crate) fn data_key_decrypted(id: &str) -> EventData {
    EventData::VaultDekDecrypted(by_api_key!(VaultKeyEvent { key_id: id.to_owned() }))
}

pub(crate) fn names_listed() -> EventData {
    EventData::VaultNamesListed(by_api_key!(VaultNamesListed {}))
}
