//! [`Nullable`]: what an update does to a field that can be cleared.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value, or `null`, which clears the field.
///
/// `None` is never sent, in any request. A field that the API lets you clear is an
/// `Option<Nullable<T>>`:
///
/// ```
/// use workos::Nullable;
/// use workos::organizations::UpdateOrganization;
///
/// let keep = UpdateOrganization { external_id: None, ..Default::default() };
/// let set = UpdateOrganization { external_id: Some("acme-7".into()), ..Default::default() };
/// let clear = UpdateOrganization { external_id: Some(Nullable::Null), ..Default::default() };
///
/// assert_eq!(serde_json::to_string(&keep).unwrap(), r#"{}"#);
/// assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"external_id":"acme-7"}"#);
/// assert_eq!(serde_json::to_string(&clear).unwrap(), r#"{"external_id":null}"#);
/// ```
///
/// There is no conversion from an `Option`: it would have to guess what `None` means. Say it:
///
/// ```
/// use workos::Nullable;
///
/// let id: Option<String> = None;
/// let kept_without_id: Option<Nullable<String>> = id.clone().map(Nullable::Value);
/// let cleared_without_id: Option<Nullable<String>> = Some(Nullable::or_null(id));
/// assert_eq!((kept_without_id, cleared_without_id), (None, Some(Nullable::Null)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nullable<T> {
    /// Sent as `null`; the server clears the field.
    Null,
    /// Sent as this value.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, or null where there is none.
    pub fn or_null(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }

    /// The value, if it is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null => None,
        }
    }

    /// The value, if it is one.
    pub fn as_value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null => None,
        }
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Nullable<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::or_null)
    }
}
