//! Roles, permissions, and who may do what on which resource.

pub(crate) mod access;
pub(crate) mod permissions;
pub(crate) mod resources;
pub(crate) mod role_assignments;
pub(crate) mod roles;

use std::sync::Arc;

use serde_json::Value;
use workos::AuthorizationResource;

use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{ORGANIZATION_TYPE, ResourceType, Store, external_id};

/// The fields that name a resource: its ID, or its type and external ID.
type Fields = [&'static str; 3];

const TARGET: Fields = ["resource_id", "resource_type_slug", "resource_external_id"];
const PARENT: Fields =
    ["parent_resource_id", "parent_resource_type_slug", "parent_resource_external_id"];

/// The resource of an organization that a request names, if it names one. An ID goes first.
fn named<'a>(
    store: &'a Store,
    organization_id: &str,
    request: &Value,
    fields @ [id, type_slug, external_id]: Fields,
) -> Answer<Option<&'a Arc<AuthorizationResource>>> {
    let [given_id, given_type, given_external_id] =
        fields.map(|field| request.get(field).and_then(Value::as_str));
    if let Some(id) = given_id {
        return store.one_of("organization", organization_id, id).map(Some);
    }
    match (given_type, given_external_id) {
        (None, None) => Ok(None),
        (Some(type_slug), Some(external_id)) => {
            by_external_id(store, organization_id, type_slug, external_id).map(Some)
        }
        (None, Some(_)) => Err(missing(type_slug, &format!("is required with {external_id}."))),
        (Some(_), None) => Err(missing(external_id, &format!("is required without {id}."))),
    }
}

/// The same where a request must name one.
fn target<'a>(
    store: &'a Store,
    organization_id: &str,
    request: &Value,
    fields @ [id, ..]: Fields,
) -> Answer<&'a Arc<AuthorizationResource>> {
    let named = named(store, organization_id, request, fields)?;
    named.ok_or_else(|| missing(id, "is required."))
}

fn missing(field: &str, message: &str) -> Refusal {
    Refusal::invalid(&[Invalid::new(field, "required", message)])
}

fn by_external_id<'a>(
    store: &'a Store,
    organization_id: &str,
    type_slug: &str,
    id: &str,
) -> Answer<&'a Arc<AuthorizationResource>> {
    let key = external_id(organization_id, type_slug, id);
    let found = store.authorization_resources.find("external_id", &key);
    // A type from a path may have a `/`, which the key could take for its own.
    let found = found.filter(|resource| resource.resource_type_slug == type_slug);
    found.ok_or_else(|| Refusal::not_found(AuthorizationResource::NAME, id))
}

/// The type that a request names, which is that of organizations by default.
fn resource_type(store: &Store, slug: Option<String>) -> Answer<String> {
    match slug {
        None => Ok(ORGANIZATION_TYPE.to_owned()),
        Some(slug) if slug == ORGANIZATION_TYPE => Ok(slug),
        Some(slug) => store.one::<ResourceType>(&slug).map(|known| known.id.clone()),
    }
}

/// Whether resources of a type can be under those of another one, or are of the same type.
fn is_within(store: &Store, type_slug: &str, outer: &str) -> bool {
    let is_below = |known: &Arc<ResourceType>| {
        let mut parents = known.parents.iter().filter(|parent| *parent != type_slug);
        parents.any(|parent| is_within(store, parent, outer))
    };
    type_slug == outer || store.resource_types.get(type_slug).is_some_and(is_below)
}

/// Whether a slug has only lowercase letters, digits and separators, which stand alone and between
/// others.
fn is_slug(slug: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    slug.split(['-', '_']).all(|part| !part.is_empty() && part.bytes().all(is_plain))
}

fn invalid_slug(message: &str) -> Refusal {
    Refusal::invalid(&[Invalid::new("slug", "invalid", message)])
}
