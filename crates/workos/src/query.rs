//! Query strings: from a parameter struct to `a=1&b=x%2Cy`.
//!
//! The rules of the API: `None` is left out, lists are joined with commas, maps are written as
//! `name[key]=value`. No operation repeats a key.

use std::fmt::{self, Display};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::ser::{self, Impossible, Serialize, Serializer};

/// Everything outside RFC 3986's `unreserved` is encoded, in queries and in path segments alike.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a struct, a map or a list of pairs.
pub(crate) fn encode<T: Serialize + ?Sized>(params: &T) -> Result<String, QueryError> {
    let mut out = String::new();
    params.serialize(Query { out: &mut out })?;
    Ok(out)
}

/// Sets, replaces or (with `None`) removes one parameter of an encoded query.
pub(crate) fn set(query: &mut String, name: &str, value: Option<&str>) {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && key(pair) != name);
    let mut changed = kept.collect::<Vec<_>>().join("&");
    if let Some(value) = value {
        push_key(&mut changed, name);
        push_encoded(&mut changed, value);
    }
    *query = changed;
}

/// Whether an encoded query has this parameter.
pub(crate) fn contains(query: &str, name: &str) -> bool {
    query.split('&').any(|pair| key(pair) == name)
}

/// Whether an encoded query has this parameter with this value, both of which need no encoding.
pub(crate) fn contains_pair(query: &str, name: &str, value: &str) -> bool {
    query.split('&').any(|pair| pair.split_once('=') == Some((name, value)))
}

fn key(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(key, _)| key)
}

fn push_key(out: &mut String, key: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    push_encoded(out, key);
    out.push('=');
}

fn push_encoded(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Why a value cannot be a query: it is nested deeper than a query can express.
#[derive(Debug)]
pub(crate) struct QueryError(String);

impl Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}

impl ser::Error for QueryError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Implements the `Serializer` methods that one of the serializers below has no use for.
macro_rules! refuse {
    ($expected:literal; $($method:ident($($type:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<$ok, QueryError> {
            Err(ser::Error::custom(concat!("a query ", $expected)))
        })*
    };
}

/// Implements the `Serializer` methods of what only wraps a value, or the lack of one.
macro_rules! wrappers {
    () => {
        fn serialize_none(self) -> Result<(), QueryError> {
            Ok(())
        }
        fn serialize_unit(self) -> Result<(), QueryError> {
            Ok(())
        }
        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), QueryError> {
            value.serialize(self)
        }
        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            value: &T,
        ) -> Result<(), QueryError> {
            value.serialize(self)
        }
        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            value: &T,
        ) -> Result<(), QueryError> {
            value.serialize(self)
        }
    };
}

/// The whole: keys and values.
struct Query<'a> {
    out: &'a mut String,
}

impl<'a> Serializer for Query<'a> {
    type Ok = ();
    type Error = QueryError;
    type SerializeSeq = Pairs<'a>;
    type SerializeTuple = Pairs<'a>;
    type SerializeTupleStruct = Impossible<(), QueryError>;
    type SerializeTupleVariant = Impossible<(), QueryError>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), QueryError>;

    wrappers! {}

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a>, QueryError> {
        Ok(Fields { out: self.out, key: String::new() })
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, QueryError> {
        self.serialize_map(None)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Pairs<'a>, QueryError> {
        Ok(Pairs { out: self.out })
    }
    fn serialize_tuple(self, _: usize) -> Result<Pairs<'a>, QueryError> {
        Ok(Pairs { out: self.out })
    }

    refuse! { "is a struct, a map or a list of pairs";
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> (); serialize_i16(i16) -> ();
        serialize_i32(i32) -> (); serialize_i64(i64) -> ();
        serialize_u8(u8) -> (); serialize_u16(u16) -> ();
        serialize_u32(u32) -> (); serialize_u64(u64) -> ();
        serialize_f32(f32) -> (); serialize_f64(f64) -> ();
        serialize_char(char) -> (); serialize_str(&str) -> (); serialize_bytes(&[u8]) -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_tuple_struct(&'static str, usize) -> Impossible<(), QueryError>;
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
            -> Impossible<(), QueryError>;
        serialize_struct_variant(&'static str, u32, &'static str, usize)
            -> Impossible<(), QueryError>;
    }
}

/// A struct or a map, whose fields are the parameters.
struct Fields<'a> {
    out: &'a mut String,
    /// The key of the map entry whose value comes next.
    key: String,
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), QueryError> {
        value.serialize(Value { out: self.out, name, part: Part::Field })
    }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), QueryError> {
        self.field(name, value)
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

impl ser::SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), QueryError> {
        self.key = text_of(key)?;
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), QueryError> {
        let key = std::mem::take(&mut self.key);
        self.field(&key, value)
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// A list of `(key, value)` pairs, as in `&[("limit", "10")]`.
struct Pairs<'a> {
    out: &'a mut String,
}

impl Pairs<'_> {
    fn pair<T: Serialize + ?Sized>(&mut self, pair: &T) -> Result<(), QueryError> {
        let pair = serde_json::to_value(pair).map_err(ser::Error::custom)?;
        match pair.as_array().map(Vec::as_slice) {
            Some([key, value]) => {
                let name = text_of(key)?;
                value.serialize(Value { out: self.out, name: &name, part: Part::Field })
            }
            _ => Err(ser::Error::custom("each item of a query list is a (key, value) pair")),
        }
    }
}

impl ser::SerializeSeq for Pairs<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, pair: &T) -> Result<(), QueryError> {
        self.pair(pair)
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

impl ser::SerializeTuple for Pairs<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, pair: &T) -> Result<(), QueryError> {
        self.pair(pair)
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// The text of a key: a string, number or boolean.
fn text_of<T: Serialize + ?Sized>(key: &T) -> Result<String, QueryError> {
    match serde_json::to_value(key).map_err(ser::Error::custom)? {
        serde_json::Value::String(text) => Ok(text),
        key @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => Ok(key.to_string()),
        _ => Err(ser::Error::custom("a query key is a string, a number or a boolean")),
    }
}

/// Where a scalar stands, which decides what is written before it.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// The value of a parameter: `name=` comes first.
    Field,
    /// An item of a list, whose `name=` and comma are already there.
    Item,
}

/// The value of one parameter.
struct Value<'a> {
    out: &'a mut String,
    name: &'a str,
    part: Part,
}

impl Value<'_> {
    fn text(self, text: &str) -> Result<(), QueryError> {
        if self.part == Part::Field {
            push_key(self.out, self.name);
        }
        push_encoded(self.out, text);
        Ok(())
    }
}

/// Implements the scalar methods by the scalar's text.
macro_rules! scalars {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, value: $type) -> Result<(), QueryError> {
            self.text(&value.to_string())
        })*
    };
}

impl<'a> Serializer for Value<'a> {
    type Ok = ();
    type Error = QueryError;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Impossible<(), QueryError>;
    type SerializeTupleStruct = Impossible<(), QueryError>;
    type SerializeTupleVariant = Impossible<(), QueryError>;
    type SerializeMap = Brackets<'a>;
    type SerializeStruct = Number<'a>;
    type SerializeStructVariant = Impossible<(), QueryError>;

    scalars! {
        serialize_bool(bool);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64);
        serialize_f32(f32); serialize_f64(f64); serialize_char(char);
    }

    fn serialize_str(self, text: &str) -> Result<(), QueryError> {
        self.text(text)
    }
    wrappers! {}

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), QueryError> {
        self.text(variant)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, QueryError> {
        if self.part == Part::Item {
            return Err(ser::Error::custom("a query has no lists of lists"));
        }
        Ok(Items { out: self.out, name: self.name, first: true })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Brackets<'a>, QueryError> {
        if self.part == Part::Item {
            return Err(ser::Error::custom("a query has no lists of maps"));
        }
        Ok(Brackets { out: self.out, name: self.name, key: String::new() })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Number<'a>, QueryError> {
        if name == NUMBER { Ok(Number(Some(self))) } else { Err(ser::Error::custom(NO_SCALAR)) }
    }

    refuse! { "value is a scalar, a list of scalars or a map of scalars";
        serialize_bytes(&[u8]) -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_tuple(usize) -> Impossible<(), QueryError>;
        serialize_tuple_struct(&'static str, usize) -> Impossible<(), QueryError>;
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
            -> Impossible<(), QueryError>;
        serialize_struct_variant(&'static str, u32, &'static str, usize)
            -> Impossible<(), QueryError>;
    }
}

const NO_SCALAR: &str = "a query value is a scalar, a list of scalars or a map of scalars";

/// What serde_json calls a number, with its text as the only field, when some crate of the program
/// turns its feature `arbitrary_precision` on.
const NUMBER: &str = "$serde_json::private::Number";

/// Such a number. It takes its text once.
struct Number<'a>(Option<Value<'a>>);

impl ser::SerializeStruct for Number<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        text: &T,
    ) -> Result<(), QueryError> {
        let text = text_of(text)?;
        self.0.take().map_or(Ok(()), |value| value.text(&text))
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// A list: `name=a,b,c`, commas encoded as the text they stand for.
struct Items<'a> {
    out: &'a mut String,
    name: &'a str,
    first: bool,
}

impl ser::SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), QueryError> {
        if self.first {
            push_key(self.out, self.name);
        } else {
            push_encoded(self.out, ",");
        }
        self.first = false;
        item.serialize(Value { out: self.out, name: self.name, part: Part::Item })
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// A map: `name[key]=value` for each entry.
struct Brackets<'a> {
    out: &'a mut String,
    name: &'a str,
    key: String,
}

impl ser::SerializeMap for Brackets<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), QueryError> {
        self.key = text_of(key)?;
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), QueryError> {
        let mut text = String::new();
        value.serialize(Value { out: &mut text, name: "", part: Part::Item })?;
        push_key(self.out, &format!("{}[{}]", self.name, self.key));
        self.out.push_str(&text);
        Ok(())
    }
    fn end(self) -> Result<(), QueryError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Serialize, Default)]
    struct Params {
        after: Option<String>,
        limit: Option<u32>,
        deep: Option<bool>,
        domains: Option<Vec<String>>,
        options: BTreeMap<String, String>,
    }

    #[test]
    fn an_untouched_struct_sends_nothing() {
        assert_eq!(encode(&Params::default()).unwrap(), "");
    }

    #[test]
    fn every_kind_of_value_has_its_form() {
        let params = Params {
            after: Some("a b/ü&=".into()),
            limit: Some(5),
            deep: Some(true),
            domains: Some(vec!["a.com".into(), "b,c".into()]),
            options: BTreeMap::from([("p[x]".into(), "y z".into())]),
        };
        assert_eq!(
            encode(&params).unwrap(),
            "after=a%20b%2F%C3%BC%26%3D&limit=5&deep=true&domains=a.com%2Cb%2Cc\
             &options%5Bp%5Bx%5D%5D=y%20z",
        );
    }

    #[test]
    fn pairs_and_maps_work_like_structs() {
        assert_eq!(encode(&[("limit", "10"), ("a b", "c")]).unwrap(), "limit=10&a%20b=c");
        assert_eq!(encode(&vec![("limit", 10)]).unwrap(), "limit=10");
        assert_eq!(encode(&BTreeMap::from([("limit", 10)])).unwrap(), "limit=10");
        assert_eq!(encode(&()).unwrap(), "");
    }

    #[test]
    fn what_a_query_cannot_say_is_refused() {
        for refused in [
            encode("limit=10").unwrap_err(),
            encode(&["limit"]).unwrap_err(),
            encode(&[("a", vec![vec![1]])]).unwrap_err(),
            encode(&BTreeMap::from([("a", BTreeMap::from([("b", vec![1])]))])).unwrap_err(),
        ] {
            assert!(refused.to_string().contains("query"), "{refused}");
        }
    }

    #[test]
    fn set_replaces_adds_and_removes_one_parameter() {
        let mut query = "before=x&limit=10&beforehand=1".to_owned();
        set(&mut query, "before", None);
        assert_eq!(query, "limit=10&beforehand=1");
        set(&mut query, "limit", Some("a&b"));
        assert_eq!(query, "beforehand=1&limit=a%26b");
        let mut empty = String::new();
        set(&mut empty, "after", Some("org_1"));
        assert_eq!(empty, "after=org_1");
        assert!(contains(&empty, "after") && !contains(&empty, "aft"));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_the_query(name in "\\PC{1,12}", value in "\\PC{0,40}") {
            let query = encode(&[(&name, &value)]).unwrap();
            prop_assert!(query.is_ascii());
            let (key, text) = query.split_once('=').unwrap();
            let decode = |s| percent_encoding::percent_decode_str(s).decode_utf8().unwrap().into_owned();
            prop_assert_eq!((decode(key), decode(text)), (name, value));
        }
    }
}
