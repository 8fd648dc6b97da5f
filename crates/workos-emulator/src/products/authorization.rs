//! Roles, permissions, and who may do what on which resource.

pub(crate) mod access;
pub(crate) mod assignments;
pub(crate) mod permissions;
pub(crate) mod resources;
pub(crate) mod roles;

use std::sync::Arc;

use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, ORGANIZATION_TYPE, ResourceType, Store};

/// The type that a request names, which is that of organizations by default.
fn resource_type(change: &mut Change<'_>, slug: Option<String>) -> Answer<String> {
    let Some(slug) = slug.filter(|slug| slug != ORGANIZATION_TYPE) else {
        return Ok(ORGANIZATION_TYPE.to_owned());
    };
    if change.drop_in && slug.is_empty() {
        let invalid = Invalid::new("resource_type_slug", "invalid", "must not be empty.");
        return Err(Refusal::invalid(&[invalid]));
    }
    if change.drop_in && change.resource_types.get(&slug).is_none() {
        let parents = vec![ORGANIZATION_TYPE.to_owned()];
        change.put(ResourceType { id: slug.clone(), parents })?;
    }
    change.one::<ResourceType>(&slug).map(|known| known.id.clone())
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
