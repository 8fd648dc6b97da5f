//! Reading JSON objects into the structs made by `objects!`.
//!
//! `#[derive(Deserialize)]` writes some two hundred lines for each struct, again and again the same
//! loop; of what this crate costs to build it would be the largest part. Here the loop is written
//! once, and a struct says only which fields it has and how to read the one of an index. That is
//! faster at run time, too: fields mostly come in the order of the struct, so that the next one is
//! found at the first try.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{SecretString, Timestamp};

/// Declares the objects that the API returns, and that its events carry.
///
/// ```text
/// objects! {
///     /// A company that uses your application.
///     Organization {
///         /// `org_…`
///         id: String,
///         /// How its name is written on the wire.
///         type_ as "type": OrganizationType,
///         /// Left out by some endpoints.
///         #[serde(skip_serializing_if = "Option::is_none")]
///         allowed: Option<bool>,
///     }
/// }
/// ```
///
/// becomes a `#[non_exhaustive]` struct with public fields that is read by
/// [`object`](crate::model::object), which also says what has to be there; serde's attributes say how a
/// field is written. Enums and structs with parts to be flattened are
/// declared by hand, with serde's own derives.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident $(as $wire:literal)?: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* $(#[serde(rename = $wire)])? pub $field: $type,)*
        }

        read_as_object! { $name { $($field $(as $wire)?: $type,)* } }
    )*};
}

/// Declares structs of this crate's own that are read in the same way, and nothing else.
macro_rules! private_objects {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident $(as $wire:literal)?: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        struct $name {
            $($(#[$field_doc])* $field: $type,)*
        }

        read_as_object! { $name { $($field $(as $wire)?: $type,)* } }
    )*};
}

/// How the structs of `objects!` and `private_objects!` are read.
macro_rules! read_as_object {
    ($name:ident { $($field:ident $(as $wire:literal)?: $type:ty,)* }) => {
        impl crate::model::object::Object for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(read_as_object!(@wire $field $($wire)?)),*];
            const REQUIRED: u64 = crate::model::object::required(&[$(
                crate::model::object::is_required::<$type>(read_as_object!(@wire $field $($wire)?))
            ),*]);

            #[inline(always)]
            fn read_field<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                mut index: usize,
                map: &mut A,
            ) -> Result<(), A::Error> {
                // The compiler makes a jump table of it.
                $(
                    if index == 0 {
                        self.$field = crate::model::object::Field::read(map, const {
                            crate::model::object::is_required::<$type>(
                                read_as_object!(@wire $field $($wire)?)
                            )
                        })?;
                        return Ok(());
                    }
                    index -= 1;
                )*
                let _ = index; // there is no such field
                Ok(())
            }
        }

        impl crate::model::object::Field for $name {}

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::model::object::deserialize(deserializer)
            }
        }
    };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
}

/// A struct that is read from a JSON object.
pub(crate) trait Object: Default {
    /// The name for messages.
    const NAME: &'static str;
    /// The names of the fields in JSON.
    const FIELDS: &'static [&'static str];
    /// Which of them have to be there: a bit for each, the lowest for the first.
    const REQUIRED: u64;

    /// Reads the value that comes next into the field of this index.
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        index: usize,
        map: &mut A,
    ) -> Result<(), A::Error>;
}

/// What a field of an [`Object`] can be.
///
/// **A response never fails because a field is missing that is not needed to use it.** Needed are
/// the fields that identify the object and those that the call was made for; [`is_needed`] lists
/// them. Any other field that is missing or null reads as its default: empty text, `false`, 0, an empty list, an unknown
/// value of an enum, and the Unix epoch for a time.
pub(crate) trait Field: DeserializeOwned + Default {
    /// Whether its type can say that it is not there.
    const IS_OPTIONAL: bool = false;
    /// Whether it is a string in JSON, and so can be read without asking for null first.
    const IS_TEXT: bool = false;

    fn read<'de, A: MapAccess<'de>>(map: &mut A, is_required: bool) -> Result<Self, A::Error> {
        if is_required {
            map.next_value()
        } else if Self::IS_TEXT {
            map.next_value_seed(TextOrNull(PhantomData))
        } else {
            map.next_value::<Option<Self>>().map(Option::unwrap_or_default)
        }
    }
}

impl Field for String {
    const IS_TEXT: bool = true;
}
impl Field for bool {}
impl Field for i64 {}
impl Field for f64 {}
impl Field for Value {}
impl Field for SecretString {
    const IS_TEXT: bool = true;
}
impl Field for Timestamp {
    const IS_TEXT: bool = true;
}

impl<T: DeserializeOwned> Field for Option<T> {
    const IS_OPTIONAL: bool = true;

    fn read<'de, A: MapAccess<'de>>(map: &mut A, _: bool) -> Result<Self, A::Error> {
        map.next_value()
    }
}

impl<T: DeserializeOwned> Field for Vec<T> {
    const IS_OPTIONAL: bool = true;
}

/// Reads text, or null as the default.
struct TextOrNull<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> DeserializeSeed<'de> for TextOrNull<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for TextOrNull<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::deserialize(StrDeserializer::new(text))
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

/// What is null in a map is not in it.
impl<T: DeserializeOwned> Field for BTreeMap<String, T> {
    const IS_OPTIONAL: bool = true;

    fn read<'de, A: MapAccess<'de>>(map: &mut A, _: bool) -> Result<Self, A::Error> {
        map.next_value::<Option<Entries<T>>>().map(Entries::or_empty)
    }
}

struct Entries<T>(BTreeMap<String, T>);

impl<T> Entries<T> {
    fn or_empty(entries: Option<Self>) -> BTreeMap<String, T> {
        entries.map_or_else(BTreeMap::new, |entries| entries.0)
    }
}

/// Reads such a map by itself.
pub(crate) fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    Entries::deserialize(deserializer).map(|entries| entries.0)
}

/// Reads such a map into a field of a struct that derives what it derives.
pub(crate) fn entries<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    Option::deserialize(deserializer).map(Entries::or_empty)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            if let Some(value) = value {
                entries.insert(key, value);
            }
        }
        Ok(Entries(entries))
    }
}

/// Whether a field of this type and name has to be there.
pub(crate) const fn is_required<T: Field>(name: &str) -> bool {
    !T::IS_OPTIONAL && is_needed(name)
}

/// The fields without which an answer is of no use.
const fn is_needed(name: &str) -> bool {
    const NAMES: [&str; 25] = [
        // Which thing it is.
        "id",
        "slug",
        // What the call was made for.
        "user",
        "profile",
        "application",
        "authentication_factor",
        "authentication_challenge",
        "challenge",
        "connected_account",
        "agent_identity",
        // Credentials, and where to go with them.
        "access_token",
        "refresh_token",
        "token",
        "device_code",
        "user_code",
        "verification_uri",
        "link",
        "url",
        "logout_url",
        // What a vault keeps.
        "value",
        "data_key",
        "encrypted_keys",
        // Verdicts: no default is the right one.
        "authorized",
        "valid",
        "verdict",
    ];
    let mut names = NAMES.as_slice();
    while let [one, rest @ ..] = names {
        if is_same(one.as_bytes(), name.as_bytes()) {
            return true;
        }
        names = rest;
    }
    false
}

/// `==`, which cannot be used at compile time.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

/// [`Object::REQUIRED`] from the fields one by one.
pub(crate) const fn required(mut fields: &[bool]) -> u64 {
    let (mut bits, mut index) = (0, 0);
    while let [is_required, rest @ ..] = fields {
        // More than 64 fields do not compile: the shift would overflow.
        bits |= (*is_required as u64) << index;
        index += 1;
        fields = rest;
    }
    bits
}

/// What `Deserialize` of an [`Object`] does.
pub(crate) fn deserialize<'de, T: Object, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        let mut missing = T::REQUIRED;
        let mut expected = 0;
        while let Some(index) = map.next_key_seed(FieldIndex { of: T::FIELDS, expected })? {
            if index == T::FIELDS.len() {
                map.next_value::<IgnoredAny>()?;
            } else {
                object.read_field(index, &mut map)?;
                missing &= !(1 << index);
                expected = index + 1;
            }
        }
        match T::FIELDS.get(missing.trailing_zeros() as usize) {
            Some(name) => Err(A::Error::missing_field(name)),
            None => Ok(object),
        }
    }
}

/// Finds a field by its name; the index of an unknown one is the number of fields.
struct FieldIndex {
    of: &'static [&'static str],
    /// The one that most probably comes.
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for FieldIndex {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldIndex {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        if self.of.get(self.expected).is_some_and(|expected| *expected == name) {
            return Ok(self.expected);
        }
        let found = self.of.iter().position(|field| *field == name);
        Ok(found.unwrap_or(self.of.len()))
    }
}
