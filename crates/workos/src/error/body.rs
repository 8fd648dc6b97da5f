//! What the API's several shapes of error bodies have in common.
//!
//! An error body is foreign text that may be long and of any shape, so nothing is built for what is
//! not kept: lists are read up to a limit, texts are cut, the rest is skipped.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use http::HeaderMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::api::{FieldError, listed};
use super::decode::compressed;
use super::retry_after::parse_seconds;
use super::{sentences, shortened};
use crate::model::object::Field;
use crate::{SecretString, json};

/// A message longer than this is not a message, but a document that happens to have that field.
pub(super) const KEPT_BYTES: usize = 4096;
/// More than these are the same error over and over.
pub(super) const KEPT_ERRORS: usize = 100;

/// What an error body says.
#[derive(Default)]
pub(super) struct KnownFields {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) errors: Vec<FieldError>,
    pub(super) retry_after: Option<Duration>,
    pub(super) pending_authentication_token: Option<SecretString>,
    pub(super) email_completion_token: Option<SecretString>,
}

private_objects! {
    /// The fields of a body that are read.
    BodyFields {
        message: Lenient<Text>,
        code: Lenient<Text>,
        errors: Lenient<Vec<FieldError>>,
        error: Lenient<Text>,
        error_description: Lenient<Text>,
        retry_after: Option<Box<RawValue>>,
        retry_after_seconds: Option<Box<RawValue>>,
        pending_authentication_token: Lenient<Option<SecretString>>,
        email_completion_token: Lenient<Option<SecretString>>,
    }

    /// The fields of an entry of `errors`. JSON Schema's own errors call the field `instancePath`.
    ErrorFields {
        field: Lenient<Text>,
        code: Lenient<Text>,
        message: Lenient<Text>,
        instance_path as "instancePath": Lenient<Text>,
    }
}

impl KnownFields {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        match json::from_str(text) {
            Ok(fields) => Self::from_body(fields),
            Err(_) => Self { message: unread(headers, body), ..Self::default() },
        }
    }

    fn from_body(fields: BodyFields) -> Self {
        let error = fields.error.0.0;
        let errors = fields.errors.0;
        let message = fields.message.0.0.or(fields.error_description.0.0);
        let message = message.or_else(|| error.clone());
        // Directory sync calls it by the longer name.
        let retry_after = fields.retry_after.or(fields.retry_after_seconds);
        let list = || (!errors.is_empty()).then(|| listed(&errors));
        Self {
            message: message.or_else(list),
            code: fields.code.0.0.or(error),
            retry_after: retry_after.as_deref().and_then(seconds),
            pending_authentication_token: fields.pending_authentication_token.0,
            email_completion_token: fields.email_completion_token.0,
            errors,
        }
    }
}

/// The beginning of a body that is not JSON. What looks like JSON may hold tokens.
fn unread(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = json::without_mark(&text).trim();
    if text.starts_with(['{', '[']) {
        return Some(format!("{} bytes of broken JSON", body.len()));
    }
    compressed(headers, body).or_else(|| (!text.is_empty()).then(|| shortened(text)))
}

/// A number of seconds, or one as text. It is kept as text until here, since features of serde_json
/// change what numbers are read as.
fn seconds(written: &RawValue) -> Option<Duration> {
    parse_seconds(written.get().trim_matches('"'))
}

/// As much of a text as is worth keeping.
pub(super) fn kept(text: &str) -> String {
    let fits = (0..=KEPT_BYTES.min(text.len())).rev().find_map(|end| text.get(..end));
    fits.unwrap_or_default().to_owned()
}

/// Reads a `T` from values of the types it understands and is empty for all others: a field of an
/// unexpected type must not hide the rest of the body.
#[derive(Default)]
struct Lenient<T>(T);

/// What a [`Lenient`] field may hold.
trait Understood: Default {
    fn from_text(_: &str) -> Self {
        Self::default()
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| Self::default())
    }

    fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(object).map(|_| Self::default())
    }
}

/// A text, or a list of texts joined into one.
#[derive(Default)]
struct Text(Option<String>);

impl Understood for Text {
    fn from_text(text: &str) -> Self {
        Self(Some(kept(text)))
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = String::new();
        let mut is_text = true;
        while let Some(Lenient::<Option<String>>(item)) = list.next_element()? {
            match item {
                Some(item) if is_text && all.len() < KEPT_BYTES => {
                    all = sentences([&*all, &*item]);
                }
                Some(_) => {}
                None => is_text = false,
            }
        }
        Ok(Self((is_text && !all.is_empty()).then(|| kept(&all))))
    }
}

/// A text and nothing else.
impl Understood for Option<String> {
    fn from_text(text: &str) -> Self {
        Some(kept(text))
    }
}

/// A token, which is useless when truncated.
impl Understood for Option<SecretString> {
    fn from_text(text: &str) -> Self {
        Some(SecretString::from(text))
    }
}

/// A list of objects, of texts, or of both; what is neither is skipped.
impl Understood for Vec<FieldError> {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut errors = Vec::new();
        while errors.len() < KEPT_ERRORS {
            match list.next_element()? {
                Some(Lenient::<Option<FieldError>>(entry)) => errors.extend(entry),
                None => return Ok(errors),
            }
        }
        IgnoredAny.visit_seq(list)?;
        Ok(errors)
    }
}

/// An entry of `errors`.
impl Understood for Option<FieldError> {
    fn from_text(text: &str) -> Self {
        Some(FieldError { message: Some(kept(text)), ..FieldError::default() })
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let Text(message) = Text::from_list(list)?;
        Ok(message.map(|message| FieldError { message: Some(message), ..Default::default() }))
    }

    fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let fields = ErrorFields::deserialize(MapAccessDeserializer::new(object))?;
        Ok(Some(FieldError {
            field: fields.field.0.0.or(fields.instance_path.0.0),
            code: fields.code.0.0,
            message: fields.message.0.0,
        }))
    }
}

impl<T: Understood> Field for Lenient<T> {
    const IS_OPTIONAL: bool = true;

    fn read<'de, A: MapAccess<'de>>(map: &mut A, _: bool) -> Result<Self, A::Error> {
        map.next_value()
    }
}

impl<'de, T: Understood> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor(PhantomData)).map(Self)
    }
}

struct LenientVisitor<T>(PhantomData<T>);

impl<'de, T: Understood> Visitor<'de> for LenientVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(object)
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::api::tests::api_error;
    use super::super::{Error, SHOWN_CHARS};
    use super::*;

    fn fields(body: Value) -> (Option<String>, String, Vec<FieldError>) {
        let error = api_error(400, &[], body.to_string());
        (error.code, error.message, error.errors)
    }

    #[test]
    fn every_shape_of_error_body_is_read() {
        let some = |text: &str| Some(text.to_owned());
        let field = |field, code, message| FieldError { field, code, message };
        for (body, expected) in [
            (json!({"message": "No"}), (None, "No".into(), vec![])),
            (json!({"code": "c", "message": "No"}), (some("c"), "No".into(), vec![])),
            (
                json!({"error": "invalid_grant", "error_description": "Expired"}),
                (some("invalid_grant"), "Expired".into(), vec![]),
            ),
            (
                json!({"error": "Unauthorized"}),
                (some("Unauthorized"), "Unauthorized".into(), vec![]),
            ),
            (json!({"message": ["a", "b"]}), (None, "a; b".into(), vec![])),
            (
                json!({"code": "c", "message": "No", "errors": [
                    {"field": "name", "code": "required"}, "odd", {"instancePath": "/a"}, 7,
                ]}),
                (
                    some("c"),
                    "No".into(),
                    vec![
                        field(some("name"), some("required"), None),
                        field(None, None, some("odd")),
                        field(some("/a"), None, None),
                    ],
                ),
            ),
            (
                json!({"errors": ["a", "b"], "message": null, "code": 12}),
                (
                    None,
                    "a; b".into(),
                    vec![field(None, None, some("a")), field(None, None, some("b"))],
                ),
            ),
            (
                json!({"code": {"a": 1}, "error": [1], "message": [["a"]], "errors": {"a": "b"},
                    "error_description": 1.5, "pending_authentication_token": [null]}),
                (None, String::new(), vec![]),
            ),
            (json!({"message": ["a", 1], "error": "c"}), (some("c"), "c".into(), vec![])),
            (json!({"message": [], "error": "c"}), (some("c"), "c".into(), vec![])),
            (
                json!({"errors": [["a", "b"], [], {"field": 1, "message": ["c.", "d"]}, null]}),
                (
                    None,
                    "a; b; c; d".into(),
                    vec![field(None, None, some("a; b")), field(None, None, some("c; d"))],
                ),
            ),
            (json!({}), (None, String::new(), vec![])),
        ] {
            assert_eq!(fields(body.clone()), expected, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_quoted_in_part() {
        let error = api_error(502, &[], format!("<html>{}", "x".repeat(1_000_000)));
        assert_eq!(error.message.chars().count(), SHOWN_CHARS + 1);
        assert!(error.to_string().len() < 1_000);
        assert_eq!(error.raw_body.len(), 1_000_006);
    }

    #[test]
    fn a_body_that_is_broken_json_is_not_quoted_since_it_may_hold_a_token() {
        let cut = br#"{"pending_authentication_token":"pat_secret","code":"mfa"#;
        let not_utf8 = b"{\"pending_authentication_token\":\"pat_secret\",\"message\":\"\xff\"}";
        let listed = br#" [{"pending_authentication_token":"pat_secret"}"#;
        let marked = [b"\xef\xbb\xbf", &cut[..]].concat();
        for body in [&cut[..], not_utf8, listed, &marked] {
            let error = api_error(403, &[], body.to_vec());
            assert_eq!(error.message, format!("{} bytes of broken JSON", body.len()));
            let error = Error::Api(Box::new(error));
            assert!(!format!("{error:?} {error}").contains("pat_secret"), "{error:?}");
        }
    }

    #[test]
    fn of_a_field_that_comes_twice_the_last_one_counts() {
        let error = api_error(
            403,
            &[],
            r#"{"code":"a","code":"b","pending_authentication_token":"pat_secret","message":"No"}"#,
        );
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("b"), "No"));
        assert_eq!(error.pending_authentication_token.unwrap().expose(), "pat_secret");
    }

    #[test]
    fn a_huge_message_is_cut() {
        let error = api_error(500, &[], json!({"message": "ü".repeat(400_000)}).to_string());
        assert_eq!(error.message.len(), KEPT_BYTES);
        assert!(error.to_string().len() < 1_000);
    }

    #[test]
    fn a_body_is_kept_once_and_shown_in_part_whatever_it_is_made_of() {
        let long = "x".repeat(300_000);
        let many: Vec<_> = (0..100_000).map(|n| n.to_string()).collect();
        let field = &long[..4_500];
        let objects = vec![json!({"field": field, "code": field, "message": "m"}); 110];
        for body in [
            long.clone(),
            json!({"message": long, "code": long, "error": long}).to_string(),
            json!({"error_description": [long, long]}).to_string(),
            json!({"errors": many}).to_string(),
            json!({"errors": objects}).to_string(),
        ] {
            let body = Bytes::from(body);
            let error = api_error(500, &[], body.clone());
            assert_eq!(error.raw_body.as_ptr(), body.as_ptr(), "it was copied");
            let part = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            let fields = error.errors.iter();
            let fields = fields.map(|e| part(&e.field) + part(&e.code) + part(&e.message));
            assert!(error.message.len() <= KEPT_BYTES && part(&error.code) <= KEPT_BYTES);
            assert!(error.errors.len() <= KEPT_ERRORS && fields.max() <= Some(3 * KEPT_BYTES));
            assert!(error.to_string().len() < 5_000, "{}", error.to_string().len());
        }
    }

    #[test]
    fn what_is_not_kept_is_skipped_however_deep_it_is() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for name in ["errors", "message", "code", "error_description", "retry_after", "new"] {
            let body = format!(r#"{{"{name}":{{"a":{deep}}},"error":"c","{name}":[{deep}]}}"#);
            let error = api_error(400, &[], body);
            assert_eq!((error.code.as_deref(), &*error.message), (Some("c"), "c"), "{name}");
        }
        let body = format!(r#"{{"errors":[{deep},{{"field":{deep},"code":"c"}}]}}"#);
        let coded = FieldError { code: Some("c".into()), ..Default::default() };
        assert_eq!(api_error(400, &[], body).errors, [coded]);
    }

    #[test]
    fn half_a_surrogate_pair_hides_nothing() {
        let body = r#"{"code":"invalid_grant","message":"Wren \ud83e","errors":[{"field":"\udd86"}],
            "pending_authentication_token":"pat_secret"}"#;
        let error = api_error(403, &[], body);
        assert_eq!(error.code.as_deref(), Some("invalid_grant"));
        assert_eq!(error.message, "Wren \u{fffd}");
        assert_eq!(error.errors[0].field.as_deref(), Some("\u{fffd}"));
        assert_eq!(error.pending_authentication_token.as_ref().unwrap().expose(), "pat_secret");
        assert_eq!(error.json::<Value>().unwrap()["message"], "Wren \u{fffd}");
        assert_eq!(error.raw_body, body, "as received");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let error = api_error(403, &[], "\u{feff}{\"code\":\"c\",\"message\":\"No\"}");
        assert_eq!((error.code.as_deref(), &*error.message), (Some("c"), "No"));
        assert_eq!(error.json::<Value>().unwrap()["code"], "c");
    }

    #[test]
    fn a_compressed_body_is_named_and_not_quoted() {
        let bytes = b"\x1f\x8b\x08\x00secret\xff".to_vec();
        let expected = |coding| {
            format!(
                "the body is compressed with {coding}, which was not asked for; check the proxy \
                 in between"
            )
        };
        for coding in ["gzip", "br", "deflate", "zstd", "gzip, br"] {
            let error = api_error(503, &[("content-encoding", coding)], bytes.clone());
            assert_eq!(error.message, expected(coding));
            let Error::Decode(decode) = error.json::<Value>().unwrap_err() else { panic!() };
            assert_eq!(decode.message, expected(coding));
        }
        for headers in [&[][..], &[("content-encoding", "identity")]] {
            assert_eq!(api_error(503, headers, bytes.clone()).message, expected("gzip"));
        }
        // Decompressed on the way by somebody who left the header.
        let headers = [("content-encoding", "gzip")];
        assert_eq!(api_error(503, &headers, "<html>").message, "<html>");
        assert_eq!(api_error(503, &headers, r#"{"message":"No"}"#).message, "No");
    }

    #[test]
    fn retry_after_in_the_body_counts_where_there_is_no_header() {
        let read = |headers: &[(&'static str, &str)], value: &str| {
            let body = format!(r#"{{"message":"Too many","retry_after":{value}}}"#);
            let error = api_error(429, headers, body);
            assert_eq!(error.message, "Too many", "{value}");
            error.retry_after
        };
        for (value, seconds) in
            [("30", 30.0), ("0", 0.0), ("1.5", 1.5), (r#""30""#, 30.0), (r#"" 2 ""#, 2.0)]
        {
            assert_eq!(read(&[], value), Some(Duration::from_secs_f64(seconds)), "{value}");
        }
        assert_eq!(read(&[], "1e300"), Some(Duration::MAX));
        let body = r#"{"code":"directory_sync_rate_limited","retry_after_seconds":7}"#;
        assert_eq!(api_error(429, &[], body).retry_after, Some(Duration::from_secs(7)));
        for value in [
            "-1",
            r#""-1""#,
            r#""soon""#,
            r#""inf""#,
            r#""NaN""#,
            "null",
            "[30]",
            "{}",
            "true",
            r#""""#,
        ] {
            assert_eq!(read(&[], value), None, "{value}");
        }
        let header = [("retry-after", "7")];
        assert_eq!(read(&header, "30"), Some(Duration::from_secs(7)));
    }

    proptest! {
        #[test]
        fn any_error_json_keeps_code_and_message(
            code in "[a-z_]{1,12}", message in "\\PC{1,30}", noise in "\\PC{0,20}",
        ) {
            let body = json!({"code": code, "message": message, "errors": noise, "x": [noise]});
            prop_assert_eq!(fields(body), (Some(code), message, vec![]));
        }
    }
}
