//! API keys: how they are issued, used and expired.

use std::collections::BTreeMap;

use serde_json::json;
use workos::api_keys::*;
use workos::{EventData, ObjectType, SecretString, Timestamp};

use crate::fields::{check_fingerprint, chosen_id, fingerprint};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, EnvironmentKey, Store, StoredApiKey};

const PREFIX: &str = "sk_";
const SECRET_CHARS: usize = 43;

/// Makes a key with this value, or else a new one. Only this answer has the value.
pub(crate) fn issue(
    change: &mut Change<'_>,
    owner: ApiKeyOwner,
    name: String,
    permissions: Option<Vec<String>>,
    expires_at: Option<Timestamp>,
    value: Option<SecretString>,
) -> Answer<ApiKey> {
    let value = value.unwrap_or_else(|| draw(change));
    if expires_at.is_some_and(|at| at <= change.now()) {
        let past = Invalid::new("expires_at", "invalid", "must be in the future.");
        return Err(Refusal::invalid(&[past]));
    }
    let known = KnownValue::of(&value)?;
    let mut key = ApiKey::default();
    key.owner = owner;
    key.name = name;
    key.expires_at = expires_at;
    key.permissions = permissions.unwrap_or_default();
    let mut key = add(change, None, key, known)?;
    key.value = Some(value);
    Ok(key)
}

/// A new value.
pub(crate) fn draw(change: &mut Change<'_>) -> SecretString {
    format!("{PREFIX}{}", change.token(SECRET_CHARS)).into()
}

/// What is known of the value of a stored key.
pub(crate) struct KnownValue {
    hash: String,
    obfuscated: String,
}

impl KnownValue {
    /// That of a value.
    pub(crate) fn of(value: &SecretString) -> Answer<Self> {
        let text = value.expose();
        if !text.starts_with(PREFIX) {
            let invalid = Invalid::new("value", "invalid", "must begin with sk_.");
            return Err(Refusal::invalid(&[invalid]));
        }
        let shown = text.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
        let obfuscated = format!("sk_...{}", text.get(shown..).unwrap_or_default());
        Ok(Self { hash: fingerprint(value), obfuscated })
    }

    /// That of a value of which only the hash is known.
    pub(crate) fn hashed(hash: String, obfuscated: Option<String>) -> Answer<Self> {
        check_fingerprint("value_hash", &hash)?;
        Ok(Self { hash, obfuscated: obfuscated.unwrap_or_else(|| format!("{PREFIX}...")) })
    }
}

/// Adds a key, which may have a chosen ID, and may have expired.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    mut key: ApiKey,
    value: KnownValue,
) -> Answer<ApiKey> {
    key.object = ObjectType::ApiKey;
    key.id = chosen_id::<StoredApiKey>(change, id)?;
    key.obfuscated_value = value.obfuscated;
    key.created_at = change.now();
    key.updated_at = change.now();
    change.insert(StoredApiKey { id: key.id.clone(), key: key.clone(), hash: value.hash })?;
    Ok(key)
}

/// The key with this value, unless it has expired. Notes its use.
pub(crate) fn authenticate(
    change: &mut Change<'_>,
    value: &SecretString,
) -> Answer<Option<ApiKey>> {
    let now = change.now();
    let found = change.api_keys.find("hash", &fingerprint(value));
    let Some(row) = found.filter(|row| !is_expired(&row.key, now)) else { return Ok(None) };
    let mut row = StoredApiKey::clone(row);
    row.key.last_used_at = Some(now);
    Ok(Some(change.put(row)?.key.clone()))
}

/// Expires a key now or later; null means never.
pub(crate) fn expire(change: &mut Change<'_>, id: &str, input: ExpireApiKey) -> Answer<ApiKey> {
    let now = change.now();
    let mut row: StoredApiKey = change.copy(id)?;
    if is_expired(&row.key, now) {
        return Err(Refusal::conflict("api_key_already_expired", "API key is already expired"));
    }
    let before = row.key.expires_at;
    row.key.expires_at = match input.expires_at {
        None => Some(now),
        Some(at) => at.into_value().map(|at| at.max(now)),
    };
    if row.key.expires_at != before {
        row.key.updated_at = now;
        let mut payload = row.key.clone();
        payload.previous_attributes =
            Some(BTreeMap::from([("expires_at".to_owned(), json!(before))]));
        change.tell(EventData::ApiKeyUpdated(payload));
    }
    Ok(change.put(row)?.key.clone())
}

/// Whether a request with this key is one of the environment's.
pub(crate) fn is_valid(store: &Store, value: &SecretString, now: Timestamp) -> bool {
    let hash = fingerprint(value);
    let key = store.api_keys.find("hash", &hash);
    store.environment_keys.get(&hash).is_some() || key.is_some_and(|row| !is_expired(&row.key, now))
}

/// Accepts a key in requests.
pub(crate) fn accept(change: &mut Change<'_>, value: &SecretString) -> Answer<()> {
    change.put(EnvironmentKey { id: fingerprint(value), value: value.clone() }).map(drop)
}

fn is_expired(key: &ApiKey, now: Timestamp) -> bool {
    key.expires_at.is_some_and(|at| at <= now)
}
