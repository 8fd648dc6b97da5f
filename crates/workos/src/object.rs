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

use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::{SecretString, Timestamp};

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
pub(crate) trait Field: DeserializeOwned {
    /// Whether its absence is an error.
    const REQUIRED: bool = true;

    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value()
    }
}

impl Field for String {}
impl Field for bool {}
impl Field for i64 {}
impl Field for f64 {}
impl Field for Value {}
impl Field for SecretString {}
impl Field for Timestamp {}

impl<T: DeserializeOwned> Field for Option<T> {
    const REQUIRED: bool = false;
}

/// Collections are empty where they are missing or null.
impl<T: DeserializeOwned> Field for Vec<T> {
    const REQUIRED: bool = false;

    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value().map(Option::unwrap_or_default)
    }
}

impl<T: DeserializeOwned> Field for BTreeMap<String, T> {
    const REQUIRED: bool = false;

    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value().map(Option::unwrap_or_default)
    }
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
