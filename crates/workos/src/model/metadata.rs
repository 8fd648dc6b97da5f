//! [`UpdateMetadata`]: changes to the key-value pairs of organizations and users.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::Nullable;

/// What an update does to metadata. Keys that are named are set or removed, the others stay.
///
/// ```
/// use workos::organizations::UpdateOrganization;
/// use workos::{Nullable, UpdateMetadata};
///
/// let set = UpdateOrganization { metadata: [("tier", "gold")].into(), ..Default::default() };
/// let both = UpdateOrganization {
///     metadata: UpdateMetadata::new().set("plan", "yearly").remove("tier").into(),
///     ..Default::default()
/// };
/// let remove_all = UpdateOrganization { metadata: Nullable::Null, ..Default::default() };
///
/// let json = |update: &UpdateOrganization| serde_json::to_string(update).unwrap();
/// assert_eq!(json(&set), r#"{"metadata":{"tier":"gold"}}"#);
/// assert_eq!(json(&both), r#"{"metadata":{"plan":"yearly","tier":null}}"#);
/// assert_eq!(json(&remove_all), r#"{"metadata":null}"#);
/// ```
///
/// There may be 50 keys of up to 40 characters, with values of up to 600.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
#[serde(transparent)]
pub struct UpdateMetadata(BTreeMap<String, Option<String>>);

impl UpdateMetadata {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key.into(), Some(value.into()));
        self
    }

    /// Removes a key.
    #[must_use]
    pub fn remove(mut self, key: impl Into<String>) -> Self {
        self.0.insert(key.into(), None);
        self
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for UpdateMetadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        pairs.into_iter().fold(Self::new(), |changes, (key, value)| changes.set(key, value))
    }
}

/// Sets these keys.
impl From<BTreeMap<String, String>> for Nullable<UpdateMetadata> {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self::Value(map.into_iter().collect())
    }
}

/// Sets these keys.
impl From<HashMap<String, String>> for Nullable<UpdateMetadata> {
    fn from(map: HashMap<String, String>) -> Self {
        Self::Value(map.into_iter().collect())
    }
}

/// Sets these keys.
impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]>
    for Nullable<UpdateMetadata>
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::Value(pairs.into_iter().collect())
    }
}

/// The metadata of a new object.
impl From<HashMap<String, String>> for Nullable<BTreeMap<String, String>> {
    fn from(map: HashMap<String, String>) -> Self {
        Self::Value(map.into_iter().collect())
    }
}

/// The metadata of a new object.
impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]>
    for Nullable<BTreeMap<String, String>>
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::Value(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}
