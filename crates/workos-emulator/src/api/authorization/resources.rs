//! Resources: the trees of what an organization has, on which roles are assigned.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;
use workos::Page;
use workos::authorization::*;

use super::{Fields, PARENT, named};
use crate::api::route::read;
use crate::products::authorization::resources::{self, by_external_id};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, View};

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
        => read by_external_id;
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
    let is_ambiguous = external_id.is_some() && (organization_id.is_none() || type_slug.is_none())
        || has_parent_external_id && organization_id.is_none();
    if is_ambiguous && !view.drop_in {
        let message = "An external ID requires the organization_id and the type.";
        let code = "missing_organization_id_or_resource_type_slug";
        return Err(Refusal::bad_request(code, message));
    }
    let parent_id = query.get("parent_resource_id").and_then(Value::as_str);
    let parent = match named(&query, LISTED_PARENT).find(view, organization_id.unwrap_or_default())
    {
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

fn create(change: &mut Change<'_>, body: Value) -> Answer<Arc<AuthorizationResource>> {
    let input = read(body.clone())?;
    resources::create(change, input, &named(&body, PARENT))
}

fn update(
    change: &mut Change<'_>,
    resource_id: &str,
    body: Value,
) -> Answer<Arc<AuthorizationResource>> {
    let input = read(body.clone())?;
    resources::update(change, resource_id, input, &named(&body, PARENT))
}

fn update_by_external_id(
    change: &mut Change<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    body: Value,
) -> Answer<Arc<AuthorizationResource>> {
    let id = by_external_id(change, organization_id, type_slug, external_id)?.id.clone();
    update(change, &id, body)
}

fn delete(change: &mut Change<'_>, resource_id: &str, query: DeleteResourceParams) -> Answer<()> {
    resources::remove(change, resource_id, query.cascade_delete == Some(true))
}

fn delete_by_external_id(
    change: &mut Change<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    query: DeleteResourceParams,
) -> Answer<()> {
    let id = by_external_id(change, organization_id, type_slug, external_id)?.id.clone();
    delete(change, &id, query)
}
