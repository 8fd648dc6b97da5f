//! Resources: the trees of what an organization has, on which roles are assigned.

use std::iter::successors;
use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use workos::authorization::*;
use workos::{Organization, Page};

use super::{Fields, PARENT, by_external_id, is_slug, named, resource_type};
use crate::api::route::read;
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, ORGANIZATION_TYPE, ResourceType, Store, View};

/// The most levels below an organization.
const MAX_DEPTH: usize = 5;
/// How a list names a parent.
const LISTED_PARENT: Fields =
    ["parent_resource_id", "parent_resource_type_slug", "parent_external_id"];

routes! {
    authorization;
    list_resources(query)                  => read list;
    create_resource(body)                  => write create;
    get_resource(resource_id)              => read get;
    update_resource(resource_id, body)     => write update;
    delete_resource(resource_id, query)    => write delete;
    get_resource_by_external_id(organization_id, type_slug, external_id)
        => read get_by_external_id;
    update_resource_by_external_id(organization_id, type_slug, external_id, body)
        => write update_by_external_id;
    delete_resource_by_external_id(organization_id, type_slug, external_id, query)
        => write delete_by_external_id;
}

fn list<'a>(view: &'a View<'_>, query: Value) -> Answer<Page<&'a AuthorizationResource>> {
    let params: ListResourcesParams = read(query.clone())?;
    let organization_id = params.organization_id.as_deref();
    let type_slug = params.resource_type_slug.as_deref();
    let external_id = params.resource_external_id.as_deref();
    let has_parent_external_id = query.get("parent_external_id").is_some();
    if external_id.is_some() && (organization_id.is_none() || type_slug.is_none())
        || has_parent_external_id && organization_id.is_none()
    {
        let message = "An external ID requires the organization_id and the type.";
        let code = "missing_organization_id_or_resource_type_slug";
        return Err(Refusal::bad_request(code, message));
    }
    let parent_id = query.get("parent_resource_id").and_then(Value::as_str);
    let parent = match named(view, organization_id.unwrap_or_default(), &query, LISTED_PARENT) {
        _ if parent_id.is_some() => parent_id,
        // Nothing is below a resource that does not exist.
        Err(refusal) if refusal.status == StatusCode::NOT_FOUND => Some(""),
        parent => parent?.map(|parent| &*parent.id),
    };
    let keep = |row: &AuthorizationResource| {
        organization_id.is_none_or(|id| row.organization_id == id)
            && type_slug.is_none_or(|slug| row.resource_type_slug == slug)
            && external_id.is_none_or(|id| row.external_id == id)
            && parent.is_none_or(|id| row.parent_resource_id.as_deref() == Some(id))
    };
    let key = parent.map(|id| ("parent", id));
    let key = key.or(organization_id.map(|id| ("organization", id)));
    match key.or(type_slug.map(|slug| ("type", slug))) {
        Some((index, key)) => view.authorization_resources.page_by(index, key, &params, keep),
        None => view.authorization_resources.page(&params, keep),
    }
}

fn get<'a>(view: &'a View<'_>, resource_id: &str) -> Answer<&'a Arc<AuthorizationResource>> {
    view.one(resource_id)
}

fn get_by_external_id<'a>(
    view: &'a View<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
) -> Answer<&'a Arc<AuthorizationResource>> {
    view.one::<Organization>(organization_id)?;
    by_external_id(view, organization_id, type_slug, external_id)
}

/// Without a parent, a resource is directly in its organization.
fn create(change: &mut Change<'_>, body: Value) -> Answer<Arc<AuthorizationResource>> {
    let input: CreateResource = read(body.clone())?;
    change.one::<Organization>(&input.organization_id)?;
    let type_slug = resource_type(change, Some(input.resource_type_slug))?;
    if type_slug == ORGANIZATION_TYPE {
        let message = "Organizations are resources by themselves.";
        return Err(Refusal::bad_request("bad_request", message));
    }
    let parent = named(change, &input.organization_id, &body, PARENT)?;
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

fn update(
    change: &mut Change<'_>,
    resource_id: &str,
    body: Value,
) -> Answer<Arc<AuthorizationResource>> {
    let input: UpdateResource = read(body.clone())?;
    let mut resource: AuthorizationResource = own(change, resource_id)?;
    set(&mut resource.name, input.name);
    set_nullable(&mut resource.description, input.description);
    if let Some(parent) = named(change, &resource.organization_id, &body, PARENT)?.cloned() {
        place(change, &mut resource, &parent)?;
    }
    change.update(resource)
}

fn update_by_external_id(
    change: &mut Change<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    body: Value,
) -> Answer<Arc<AuthorizationResource>> {
    change.one::<Organization>(organization_id)?;
    let id = by_external_id(change, organization_id, type_slug, external_id)?.id.clone();
    update(change, &id, body)
}

fn delete(change: &mut Change<'_>, resource_id: &str, query: DeleteResourceParams) -> Answer<()> {
    own(change, resource_id)?;
    let has_dependents = change.authorization_resources.find("parent", resource_id).is_some()
        || change.role_assignments.find("resource", resource_id).is_some()
        || change.group_role_assignments.find("resource", resource_id).is_some();
    if has_dependents && query.cascade_delete != Some(true) {
        let message = "The resource has children or role assignments.";
        return Err(Refusal::conflict("resource_has_dependents", message));
    }
    change.remove::<AuthorizationResource>(resource_id)?;
    Ok(())
}

fn delete_by_external_id(
    change: &mut Change<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    query: DeleteResourceParams,
) -> Answer<()> {
    change.one::<Organization>(organization_id)?;
    let id = by_external_id(change, organization_id, type_slug, external_id)?.id.clone();
    delete(change, &id, query)
}

/// A copy of a resource that may be changed: not the one that an organization is.
fn own(change: &Change<'_>, resource_id: &str) -> Answer<AuthorizationResource> {
    let resource: AuthorizationResource = change.copy(resource_id)?;
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
    let [field, ..] = PARENT;
    let refuse = |message: &str| {
        let invalid = Invalid::new(field, "invalid", message);
        Err(Refusal::invalid(&[invalid]))
    };
    let parents = &store.one::<ResourceType>(&resource.resource_type_slug)?.parents;
    if !parents.contains(&parent.resource_type_slug) {
        return refuse(&format!("must be a resource of the type {}.", parents.join(" or ")));
    }
    if line(store, parent).any(|ancestor| ancestor.id == resource.id) {
        return refuse("must not be below the resource itself.");
    }
    // The line of the parent has the organization as well, which is no level.
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NewResourceType {
    pub(crate) slug: String,
    /// What the dashboard shows; nothing else does.
    #[serde(rename = "name")]
    pub(crate) _name: Option<String>,
    /// The types that a parent may have: that of organizations, if there are none here.
    pub(crate) parents: Vec<String>,
}

/// Adds a resource type, as the dashboard does. The types of its parents come first.
pub(crate) fn add_resource_type(change: &mut Change<'_>, new: NewResourceType) -> Answer<()> {
    let NewResourceType { slug, mut parents, .. } = new;
    if !is_slug(&slug) {
        return Err(super::invalid_slug("may have only lowercase letters, digits, - and _"));
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
    change.put(ResourceType { id: slug, parents })?;
    Ok(())
}
