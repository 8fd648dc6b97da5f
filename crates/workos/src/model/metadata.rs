//! [`Metadata`] and [`UpdateMetadata`]: your own key-value pairs on organizations and users.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Nullable;

/// Declares a map of texts that is made from pairs or from a map, and used like a map.
macro_rules! text_map {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(std::collections::BTreeMap<String, String>);

        impl std::ops::Deref for $name {
            type Target = std::collections::BTreeMap<String, String>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl std::ops::DerefMut for $name {
            #[inline]
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::model::object::map(deserializer).map(Self)
            }
        }

        impl crate::model::object::Field for $name {
            const IS_OPTIONAL: bool = true;
        }

        impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for $name {
            #[inline]
            fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
                Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
            }
        }

        from_pairs! { $name { String } std::convert::identity; }

        impl From<$name> for std::collections::BTreeMap<String, String> {
            #[inline]
            fn from(map: $name) -> Self {
                map.0
            }
        }

        impl From<$name> for std::collections::HashMap<String, String> {
            #[inline]
            fn from(map: $name) -> Self {
                map.0.into_iter().collect()
            }
        }

        impl IntoIterator for $name {
            type Item = (String, String);
            type IntoIter = std::collections::btree_map::IntoIter<String, String>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<'a> IntoIterator for &'a $name {
            type Item = (&'a String, &'a String);
            type IntoIter = std::collections::btree_map::Iter<'a, String, String>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }
    };
}

/// Conversions from what pairs usually are in.
macro_rules! from_pairs {
    ($($type:ty { $value:ty } $from:expr;)*) => {$(
        impl<K: Into<String>, V: Into<$value>, const N: usize> From<[(K, V); N]> for $type {
            #[inline]
            fn from(pairs: [(K, V); N]) -> Self {
                $from(pairs.into_iter().collect())
            }
        }

        impl From<std::collections::BTreeMap<String, String>> for $type {
            #[inline]
            fn from(pairs: std::collections::BTreeMap<String, String>) -> Self {
                $from(pairs.into_iter().collect())
            }
        }

        impl From<std::collections::HashMap<String, String>> for $type {
            #[inline]
            fn from(pairs: std::collections::HashMap<String, String>) -> Self {
                $from(pairs.into_iter().collect())
            }
        }
    )*};
}

text_map! {
    /// Your own key-value pairs: up to 50 keys of up to 40 characters, with values of up to 600.
    ///
    /// Made from pairs or from a map, and used like a map:
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use workos::Metadata;
    ///
    /// let mut metadata: Metadata = [("tier", "gold"), ("region", "eu")].into();
    /// assert_eq!(metadata["tier"], "gold");
    /// assert_eq!(metadata.get("plan"), None);
    /// metadata.insert("plan".into(), "yearly".into());
    ///
    /// let map = HashMap::from([("tier".to_owned(), "gold".to_owned())]);
    /// assert_eq!(Metadata::from(map), [("tier", "gold")].into());
    /// let numbered: Metadata = (1..=3).map(|n| (format!("key{n}"), n.to_string())).collect();
    /// assert_eq!(numbered.len(), 3);
    /// ```
    Metadata
}

/// What an update does to [`Metadata`]: keys that are given are set or removed, the others stay.
///
/// ```
/// use workos::organizations::UpdateOrganization;
/// use workos::{Nullable, UpdateMetadata};
///
/// let set = UpdateOrganization {
///     metadata: Some([("tier", "gold")].into()),
///     ..Default::default()
/// };
/// let remove_a_key = UpdateOrganization {
///     metadata: Some([("tier", Nullable::Null)].into()),
///     ..Default::default()
/// };
/// let set_one_and_remove_another = UpdateOrganization {
///     metadata: Some(UpdateMetadata::new().set("plan", "yearly").remove("tier").into()),
///     ..Default::default()
/// };
/// let remove_all = UpdateOrganization { metadata: Some(Nullable::Null), ..Default::default() };
///
/// # let json = |update: &UpdateOrganization| serde_json::to_string(update).unwrap();
/// assert_eq!(json(&set), r#"{"metadata":{"tier":"gold"}}"#);
/// assert_eq!(json(&remove_a_key), r#"{"metadata":{"tier":null}}"#);
/// assert_eq!(json(&set_one_and_remove_another), r#"{"metadata":{"plan":"yearly","tier":null}}"#);
/// assert_eq!(json(&remove_all), r#"{"metadata":null}"#);
/// ```
// Does not deref to its map, whose `remove` would mean "leave the key alone".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
#[serde(transparent)]
pub struct UpdateMetadata(BTreeMap<String, Nullable<String>>);

impl UpdateMetadata {
    /// No change yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    #[inline]
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key.into(), Nullable::Value(value.into()));
        self
    }

    /// Removes a key.
    #[inline]
    #[must_use]
    pub fn remove(mut self, key: impl Into<String>) -> Self {
        self.0.insert(key.into(), Nullable::Null);
        self
    }
}

impl IntoIterator for UpdateMetadata {
    type Item = (String, Nullable<String>);
    type IntoIter = std::collections::btree_map::IntoIter<String, Nullable<String>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Into<String>, V: Into<Nullable<String>>> FromIterator<(K, V)> for UpdateMetadata {
    #[inline]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

from_pairs! {
    UpdateMetadata { Nullable<String> } std::convert::identity;
    Nullable<UpdateMetadata> { Nullable<String> } Nullable::Value;
}

impl From<Metadata> for UpdateMetadata {
    #[inline]
    fn from(metadata: Metadata) -> Self {
        metadata.into_iter().collect()
    }
}

impl From<Metadata> for Nullable<UpdateMetadata> {
    #[inline]
    fn from(metadata: Metadata) -> Self {
        Self::Value(metadata.into())
    }
}
