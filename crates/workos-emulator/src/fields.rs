//! What handlers of several resources do with the fields of a request.

use std::sync::Arc;

use http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use workos::{Metadata, Nullable, Organization, SecretString, UpdateMetadata};

use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::{Entity, Object};
use crate::state::{Change, Store};

const MAX_METADATA_KEYS: usize = 50;

/// Whether a body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The fields of a form, or the parameters of a query. Of several with one name the last counts.
pub(crate) fn form(encoded: &[u8]) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(encoded).into_owned();
    pairs.map(|(name, value)| (name, Value::String(value))).collect()
}

/// Sets a field that an update may leave out.
pub(crate) fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}

/// Sets a name, which an update may leave out but not clear.
pub(crate) fn set_name(name: &mut String, change: Option<String>) -> Answer<()> {
    if change.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Refusal::invalid(&[Invalid::new("name", "required", "must not be empty.")]));
    }
    set(name, change);
    Ok(())
}

/// Sets a field that an update may leave out or clear.
pub(crate) fn set_nullable<T>(field: &mut Option<T>, change: Option<Nullable<T>>) {
    if let Some(change) = change {
        *field = change.into_value();
    }
}

/// Sets and removes metadata keys; the others stay.
pub(crate) fn merge_metadata(
    metadata: &mut Metadata,
    change: Option<Nullable<UpdateMetadata>>,
) -> Answer<()> {
    match change {
        None => {}
        Some(Nullable::Null) => metadata.clear(),
        Some(Nullable::Value(entries)) => {
            for (key, value) in entries {
                match value {
                    Nullable::Value(value) => drop(metadata.insert(key, value)),
                    Nullable::Null => drop(metadata.remove(&key)),
                }
            }
        }
    }
    if metadata.len() > MAX_METADATA_KEYS {
        let message = format!("metadata must have at most {MAX_METADATA_KEYS} keys.");
        return Err(Refusal::bad_request("invalid_metadata", message));
    }
    Ok(())
}

/// Whether a field has its default, `true`, for serde.
pub(crate) fn is_true(field: &bool) -> bool {
    *field
}

/// Whether seed data leave a field out, because that says the same.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Writes an object of the API without its fields that are null.
pub(crate) fn without_nulls<T: Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(value).map_err(serde::ser::Error::custom)?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value.serialize(serializer)
}

/// An email address as WorkOS stores it.
pub(crate) fn email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The same as the official emulator stores it: as it was given.
pub(crate) fn stored_email(store: &Store, text: &str) -> String {
    if store.drop_in { text.trim().to_owned() } else { email(text) }
}

/// The parts of a name in one text; none if there are none.
pub(crate) fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let names: Vec<_> = [first, last].into_iter().flatten().collect();
    Some(names.join(" ")).filter(|name| !name.is_empty())
}

/// What a secret is looked up by: an index may be printed, and a secret must not be.
pub(crate) fn fingerprint(secret: &SecretString) -> String {
    hex(digest(&SHA256, secret.expose().as_bytes()).as_ref())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses what is not a [`fingerprint`].
pub(crate) fn check_fingerprint(field: &str, hash: &str) -> Answer<()> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hash.len() == 64 && hash.bytes().all(is_digit) {
        return Ok(());
    }
    let message = "must be a SHA-256 hash: 64 hexadecimal digits in lower case.";
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}

/// The key or token in an `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretString::from(key))
}

/// A filter by text that a name contains, whatever its case.
pub(crate) fn search(text: Option<String>) -> impl Fn(&str) -> bool {
    let text = text.map(|text| text.to_lowercase());
    move |name| text.as_ref().is_none_or(|text| name.to_lowercase().contains(text))
}

/// Refuses what is not a phone number with country code, such as `+15005550006`.
pub(crate) fn check_phone_number(text: &str) -> Answer<()> {
    let digits = text.strip_prefix('+').filter(|digits| (7..=15).contains(&digits.len()));
    let is_number =
        |digits: &str| !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_some_and(is_number) {
        return Ok(());
    }
    let message = format!("Phone number is invalid: '{text}'");
    Err(Refusal::unprocessable("invalid_phone_number", message))
}

/// A list that is not paginated and, unlike [`whole`](crate::state::whole) pages, has no cursors.
#[derive(Debug, Serialize)]
#[serde(tag = "object", rename = "list")]
pub(crate) struct PlainList<T> {
    pub(crate) data: Vec<T>,
}

/// The organization with this ID or name.
pub(crate) fn organization<'a>(store: &'a Store, text: &str) -> Answer<&'a Arc<Organization>> {
    let organizations = &store.organizations;
    let found = organizations.get(text).or_else(|| organizations.find("name", text));
    found.ok_or_else(|| Refusal::not_found(Organization::NAME, text))
}

/// An ID that a fixture chooses, or else a new one.
pub(crate) fn chosen_id<T: Entity>(change: &mut Change<'_>, id: Option<String>) -> Answer<String> {
    let Some(id) = id else { return Ok(change.id(T::PREFIX)) };
    let is_allowed = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    if id.is_empty() || !id.chars().all(is_allowed) {
        let message =
            format!("The ID '{id}' is not URL-safe: it may only have letters, digits, _ and -.");
        return Err(Refusal::unprocessable("invalid_id", message));
    }
    if T::collection(change).get(&id).is_some() {
        let message = format!("The ID '{id}' is taken.");
        return Err(Refusal::conflict("id_already_used", message));
    }
    Ok(id)
}

/// A new object with the ID that a fixture chooses, or else a new one.
pub(crate) fn make_as<T: Object>(change: &mut Change<'_>, id: Option<String>) -> Answer<T> {
    let mut object = T::default();
    object.begin(chosen_id::<T>(change, id)?, change.now());
    Ok(object)
}
