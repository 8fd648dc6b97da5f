//! [`Nullable`]: a request field that can be left out, cleared or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of a request that the API lets you clear.
///
/// In an update, leaving a field out keeps its value and sending `null` removes it. An `Option`
/// cannot say both, so every such field has this type:
///
/// ```
/// use workos::organizations::UpdateOrganization;
/// use workos::Nullable;
///
/// let keep = UpdateOrganization::default();
/// let clear = UpdateOrganization { external_id: Nullable::Null, ..Default::default() };
/// let set = UpdateOrganization { external_id: "acme-7".into(), ..Default::default() };
///
/// assert_eq!(serde_json::to_string(&keep).unwrap(), r#"{}"#);
/// assert_eq!(serde_json::to_string(&clear).unwrap(), r#"{"external_id":null}"#);
/// assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"external_id":"acme-7"}"#);
/// ```
///
/// `From<T>` sets the value. There is no conversion from an `Option`, because `None` could mean
/// either of the others: [`or_absent`](Self::or_absent) leaves the field alone, and
/// [`or_null`](Self::or_null) clears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Nullable<T> {
    /// Not sent; the server keeps what it has.
    #[default]
    Absent,
    /// Sent as `null`; the server clears the field.
    Null,
    /// Sent as this value.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, when there is one; otherwise the field is left alone.
    ///
    /// ```
    /// use workos::Nullable;
    ///
    /// assert_eq!(Nullable::or_absent(Some(3)), Nullable::Value(3));
    /// assert_eq!(Nullable::<i32>::or_absent(None), Nullable::Absent);
    /// ```
    pub fn or_absent(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }

    /// The value, when there is one; otherwise the field is cleared.
    ///
    /// ```
    /// use workos::Nullable;
    ///
    /// assert_eq!(Nullable::or_null(Some(3)), Nullable::Value(3));
    /// assert_eq!(Nullable::<i32>::or_null(None), Nullable::Null);
    /// ```
    pub fn or_null(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }

    /// `true` when the field is not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, when there is one.
    pub fn as_value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
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
    /// The field itself is skipped by its struct when absent; on its own, absent is `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => serializer.serialize_some(value),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::or_null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Update {
        #[serde(default, skip_serializing_if = "Nullable::is_absent")]
        name: Nullable<String>,
    }

    #[test]
    fn absent_null_and_value_are_three_things_both_ways() {
        for (name, json) in [
            (Nullable::Absent, "{}"),
            (Nullable::Null, r#"{"name":null}"#),
            (Nullable::from("x"), r#"{"name":"x"}"#),
        ] {
            let update = Update { name };
            assert_eq!(serde_json::to_string(&update).unwrap(), json);
            assert_eq!(serde_json::from_str::<Update>(json).unwrap(), update);
        }
    }

    #[test]
    fn a_known_none_clears() {
        assert_eq!(Nullable::<u8>::or_null(None), Nullable::Null);
        assert_eq!(Nullable::or_null(Some(3)), Nullable::Value(3));
        assert_eq!(Nullable::from(3).as_value(), Some(&3));
    }

    #[test]
    fn a_none_that_says_nothing_leaves_the_field_alone() {
        assert_eq!(Nullable::<u8>::or_absent(None), Nullable::Absent);
        assert_eq!(Nullable::or_absent(Some(3)), Nullable::Value(3));
    }
}
