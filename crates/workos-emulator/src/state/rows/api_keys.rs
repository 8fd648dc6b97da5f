//! API keys of organizations and users.

use serde::{Deserialize, Serialize};
use workos::api_keys::ApiKeyOwner;
use workos::{ApiKey, EventData, SecretString};

use crate::state::collection::Happened;

/// An API key without its value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredApiKey {
    pub(crate) id: String,
    pub(crate) key: ApiKey,
    /// The SHA-256 hash of its value, in hexadecimal.
    pub(crate) hash: String,
}

/// A key that requests may have, under its hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EnvironmentKey {
    pub(crate) id: String,
    pub(crate) value: SecretString,
}

impl StoredApiKey {
    /// The organization that can be accessed with the key.
    pub(crate) fn organization_id(&self) -> Option<&str> {
        match &self.key.owner {
            ApiKeyOwner::Organization { id } => Some(id),
            ApiKeyOwner::User { organization_id, .. } => Some(organization_id),
            _ => None,
        }
    }

    /// The organization that owns the key, if it is not a user's.
    pub(crate) fn owner_organization_id(&self) -> Option<&str> {
        match &self.key.owner {
            ApiKeyOwner::Organization { id } => Some(id),
            _ => None,
        }
    }

    /// The user who owns the key.
    pub(crate) fn user_id(&self) -> Option<&str> {
        match &self.key.owner {
            ApiKeyOwner::User { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// An update has another payload, and is not always told.
pub(in crate::state) fn of_api_key(row: &StoredApiKey, happened: Happened) -> Option<EventData> {
    match happened {
        Happened::Created => Some(EventData::ApiKeyCreated(row.key.clone())),
        Happened::Updated => None,
        Happened::Deleted => Some(EventData::ApiKeyRevoked(row.key.clone())),
    }
}
