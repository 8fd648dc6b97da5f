//! Resources: the trees of what an organization has, on which roles are assigned.

use std::iter::successors;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use workos::Organization;
use workos::authorization::*;

use super::{invalid_slug, is_slug, resource_type};
use crate::fields::{is_default, set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, ORGANIZATION_TYPE, ResourceType, Store, external_id};

/// The most levels below an organization.
const MAX_DEPTH: usize = 5;

/// How a request names a resource: by its ID, or by its type and external ID. The ID wins.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    /// What the fields of the ID, the type and the external ID are called.
    pub(crate) fields: [&'static str; 3],
    /// What they are, if the request has them.
    pub(crate) values: [Option<&'a str>; 3],
}

impl Named<'_> {
    /// The resource of an organization, if one is named.
    pub(crate) fn find<'s>(
        &self,
        store: &'s Store,
        organization_id: &str,
    ) -> Answer<Option<&'s Arc<AuthorizationResource>>> {
        let [id_field, type_field, external_id_field] = self.fields;
        match self.values {
            [Some(id), ..] => store.one_of("organization", organization_id, id).map(Some),
            [None, None, None] => Ok(None),
            [None, Some(type_slug), Some(external_id)] => {
                by_external_id(store, organization_id, type_slug, external_id).map(Some)
            }
            [None, None, Some(_)] => {
                Err(missing(type_field, &format!("is required with {external_id_field}.")))
            }
            [None, Some(_), None] => {
                Err(missing(external_id_field, &format!("is required without {id_field}.")))
            }
        }
    }

    /// The same where one must be named.
    pub(crate) fn require<'s>(
        &self,
        store: &'s Store,
        organization_id: &str,
    ) -> Answer<&'s Arc<AuthorizationResource>> {
        let [id_field, ..] = self.fields;
        let found = self.find(store, organization_id)?;
        found.ok_or_else(|| missing(id_field, "is required."))
    }
}

fn missing(field: &str, message: &str) -> Refusal {
    Refusal::invalid(&[Invalid::new(field, "required", message)])
}

/// The resource of an organization with this type and external ID, or 404.
pub(crate) fn by_external_id<'a>(
    store: &'a Store,
    organization_id: &str,
    type_slug: &str,
    id: &str,
) -> Answer<&'a Arc<AuthorizationResource>> {
    store.one::<Organization>(organization_id)?;
    let key = external_id(organization_id, type_slug, id);
    let found = store.authorization_resources.find("external_id", &key);
    // A type from a path may have a `/`, which the key could take for its own.
    let found = found.filter(|resource| resource.resource_type_slug == type_slug);
    found.ok_or_else(|| Refusal::not_found(AuthorizationResource::NAME, id))
}

/// Creates a resource. Without a parent, it is directly in its organization.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateResource,
    parent: &Named<'_>,
) -> Answer<Arc<AuthorizationResource>> {
    change.one::<Organization>(&input.organization_id)?;
    let type_slug = resource_type(change, Some(input.resource_type_slug))?;
    if type_slug == ORGANIZATION_TYPE {
        let message = "Organizations are resources by themselves.";
        return Err(Refusal::bad_request("bad_request", message));
    }
    let parent = parent.find(change, &input.organization_id)?;
    let parent = parent.or(change.root(&input.organization_id)).cloned();
    let mut resource: AuthorizationResource = change.make();
    resource.organization_id = input.organization_id;
    resource.resource_type_slug = type_slug;
    resource.external_id = input.external_id;
    resource.name = input.name;
    resource.description = input.description;
    if let Some(parent) = parent {
        place(change, &mut resource, &parent)?;
    }
    change.insert(resource)
}

/// Changes a resource, and moves it if a parent is named.
pub(crate) fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateResource,
    parent: &Named<'_>,
) -> Answer<Arc<AuthorizationResource>> {
    let mut resource = own(change, id)?;
    set(&mut resource.name, input.name);
    set_nullable(&mut resource.description, input.description);
    if let Some(parent) = parent.find(change, &resource.organization_id)? {
        place(change, &mut resource, parent)?;
    }
    change.update(resource)
}

/// Removes a resource. One on which something depends goes only if that may go, too.
pub(crate) fn remove(change: &mut Change<'_>, id: &str, with_dependents: bool) -> Answer<()> {
    own(change, id)?;
    let has_dependents = change.authorization_resources.find("parent", id).is_some()
        || change.role_assignments.find("resource", id).is_some()
        || change.group_role_assignments.find("resource", id).is_some();
    if has_dependents && !with_dependents {
        let message = "The resource has children or role assignments.";
        return Err(Refusal::conflict("resource_has_dependents", message));
    }
    change.remove::<AuthorizationResource>(id).map(drop)
}

/// A copy of a resource that may be changed: not the one that an organization is.
fn own(change: &Change<'_>, id: &str) -> Answer<AuthorizationResource> {
    let resource: AuthorizationResource = change.copy(id)?;
    if resource.resource_type_slug == ORGANIZATION_TYPE {
        let message = "The resource of an organization cannot be changed.";
        return Err(Refusal::forbidden("forbidden", message));
    }
    Ok(resource)
}

/// Puts a resource, with what is below it, under a parent that its type allows.
fn place(
    store: &Store,
    resource: &mut AuthorizationResource,
    parent: &AuthorizationResource,
) -> Answer<()> {
    let refuse = |message: &str| {
        let invalid = Invalid::new("parent_resource_id", "invalid", message);
        Err(Refusal::invalid(&[invalid]))
    };
    let parents = &store.one::<ResourceType>(&resource.resource_type_slug)?.parents;
    if !parents.contains(&parent.resource_type_slug) && !store.drop_in {
        return refuse(&format!("must be a resource of the type {}.", parents.join(" or ")));
    }
    if line(store, parent).any(|ancestor| ancestor.id == resource.id) {
        return refuse("must not be below the resource itself.");
    }
    // The line of the parent has the organization as well, which is not a level.
    if line(store, parent).skip(1).count() + height(store, &resource.id) > MAX_DEPTH {
        return refuse(&format!("must leave at most {MAX_DEPTH} levels of resources."));
    }
    resource.parent_resource_id = Some(parent.id.clone());
    Ok(())
}

/// A resource and its ancestors, up to the organization.
pub(super) fn line<'a>(
    store: &'a Store,
    resource: &'a AuthorizationResource,
) -> impl Iterator<Item = &'a AuthorizationResource> {
    let parent = |resource: &&'a AuthorizationResource| {
        let id = resource.parent_resource_id.as_deref()?;
        store.authorization_resources.get(id).map(|parent| &**parent)
    };
    successors(Some(resource), parent)
}

/// How many levels there are from a resource to the lowest one below it.
fn height(store: &Store, resource_id: &str) -> usize {
    let children = store.authorization_resources.by("parent", resource_id);
    1 + children.map(|child| height(store, &child.id)).max().unwrap_or(0)
}

/// A new resource type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NewResourceType {
    pub(crate) slug: String,
    /// What the dashboard shows; nothing else does.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) name: Option<String>,
    /// The types that a parent may have: that of organizations, if there are none here.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) parents: Vec<String>,
}

/// Adds a resource type, as the dashboard does. The types of its parents come first.
pub(crate) fn add_resource_type(change: &mut Change<'_>, new: NewResourceType) -> Answer<()> {
    let NewResourceType { slug, mut parents, .. } = new;
    if !is_slug(&slug) {
        return Err(invalid_slug("may have only lowercase letters, digits, - and _"));
    }
    if slug == ORGANIZATION_TYPE || change.resource_types.get(&slug).is_some() {
        let message = format!("There is a resource type '{slug}'.");
        return Err(Refusal::conflict("resource_type_slug_conflict", message));
    }
    for parent in parents.iter().filter(|parent| **parent != slug && *parent != ORGANIZATION_TYPE) {
        change.one::<ResourceType>(parent)?;
    }
    // Something must be where it begins.
    if parents.iter().all(|parent| *parent == slug) {
        parents.push(ORGANIZATION_TYPE.to_owned());
    }
    change.put(ResourceType { id: slug, parents }).map(drop)
}
