//! What belongs to a directory.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use workos::directory_sync::{Directory, DirectoryState};
use workos::{EventData, Timestamp};

use crate::state::change::changed;
use crate::state::collection::Happened;

/// The groups and users go without events, as with WorkOS. What tells of an activation has the
/// domains of the organization, which the row has not.
pub(in crate::state) fn of_directory(row: &Directory, happened: Happened) -> Option<EventData> {
    (happened == Happened::Deleted).then(|| {
        let mut payload = row.clone();
        payload.external_key = None;
        payload.domain = None;
        payload.state = DirectoryState::Deleting;
        EventData::DsyncDeleted(payload)
    })
}

/// The key of something that is unique within a directory.
pub(crate) fn in_directory(directory_id: &str, key: &str) -> String {
    format!("{directory_id} {key}")
}

/// That a user of a directory is in a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DirectoryMember {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) user_id: String,
}

/// The role that the members of a group have, under the group's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DirectoryGroupRole {
    pub(crate) id: String,
    pub(crate) slug: String,
}

/// When a sync of a directory was last requested, under the directory's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DirectorySync {
    pub(crate) id: String,
    pub(crate) requested_at: Timestamp,
}

/// The `previous_attributes` of a changed user or group. Of the raw and the custom attributes, only
/// those that changed.
pub(crate) fn previous_attributes<T: Serialize>(old: &T, new: &T) -> BTreeMap<String, Value> {
    let mut previous = changed(old, new);
    let new = serde_json::to_value(new).unwrap_or_default();
    for name in ["raw_attributes", "custom_attributes"] {
        if let Some(old) = previous.get_mut(name) {
            let none = Map::new();
            let new = new.get(name).and_then(Value::as_object).unwrap_or(&none);
            *old = changed(old.as_object().unwrap_or(&none), new).into_iter().collect();
        }
    }
    previous
}
