//! What belongs to a directory.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workos::directory_sync::{Directory, DirectoryState};
use workos::{EventData, Timestamp};

use crate::state::change::changed;
use crate::state::collection::Happened;

/// Deleting a directory deletes its groups and users without events, as WorkOS does. The event of an
/// activation has the domains of the organization, which are not in the row.
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

/// A script of a directory, as it was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredScript {
    pub(crate) id: String,
    pub(crate) directory_id: String,
    /// The steps as JSON, which each is read from when it is due.
    pub(crate) steps: Vec<Value>,
    pub(crate) repeat_every: Option<Duration>,
}

/// How far a script has come, under the script's ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ScriptRun {
    pub(crate) id: String,
    pub(crate) started_at: Timestamp,
    /// When the steps began from the first one, for the last time.
    pub(crate) round_at: Timestamp,
    /// The index of the next step.
    pub(crate) next: usize,
    /// How often the next step was taken already, if it is taken several times.
    pub(crate) taken: u64,
    /// When the next step is due; `None` when the script is done.
    pub(crate) due: Option<Timestamp>,
    /// How many steps were taken or refused.
    pub(crate) count: u64,
    /// The latest steps that were refused, oldest first.
    pub(crate) refused: Vec<RefusedStep>,
    /// What the script draws from, whatever else is drawn in the meantime.
    pub(crate) random: u64,
}

impl ScriptRun {
    /// The key of the scripts that are not done.
    pub(crate) const RUNNING: &'static str = "running";
}

/// A step of a [`DirectoryScript`](crate::DirectoryScript) that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusedStep {
    /// The index of the step.
    pub step: usize,
    /// When the step was due.
    pub at: Timestamp,
    /// What is wrong, for programs, such as `entity_not_found`.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
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
