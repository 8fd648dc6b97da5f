//! Who may do what on which resource.

use serde_json::Value;
use workos::authorization::*;
use workos::{OrganizationMembership, Page};

use super::{PARENT, TARGET, named};
use crate::api::route::read;
use crate::products::authorization::access::{
    effective_permissions, holders, is_allowed, is_granted_on,
};
use crate::products::authorization::resources::by_external_id;
use crate::products::memberships::{detailed, without_roles};
use crate::reply::Answer;
use crate::state::{View, shown};

routes! {
    authorization;
    check(membership_id, body)                           => read check;
    list_resources_for_membership(membership_id, query)  => read resources;
    list_effective_permissions(membership_id, resource_id, query) => read permissions;
    list_effective_permissions_by_external_id(membership_id, type_slug, external_id, query)
        => read permissions_by_external_id;
    list_effective_permissions_for_resource(resource_id, membership_id, query)
        => read permissions_on;
    list_memberships_for_resource(resource_id, query)    => read memberships;
    list_memberships_for_resource_by_external_id(organization_id, type_slug, external_id, query)
        => read memberships_by_external_id;
}

fn check(view: &View<'_>, membership_id: &str, body: Value) -> Answer<AuthorizationCheck> {
    let membership = view.one::<OrganizationMembership>(membership_id)?;
    let resource = named(&body, TARGET).require(view, &membership.organization_id)?;
    let slug = body.get("permission_slug").and_then(Value::as_str).unwrap_or_default();
    let mut answer = AuthorizationCheck::default();
    answer.authorized = is_allowed(view, membership_id, resource, slug);
    Ok(answer)
}

/// The children of a resource on which a membership has a permission.
fn resources<'a>(
    view: &'a View<'_>,
    membership_id: &str,
    query: Value,
) -> Answer<Page<&'a AuthorizationResource>> {
    let params: ListResourcesForMembershipParams = read(query.clone())?;
    let membership = view.one::<OrganizationMembership>(membership_id)?;
    let parent = named(&query, PARENT).require(view, &membership.organization_id)?;
    let slug = &params.permission_slug;
    let is_inherited = is_allowed(view, membership_id, parent, slug);
    let keep = |child: &AuthorizationResource| {
        is_inherited || is_granted_on(view, membership_id, &child.id, slug)
    };
    view.authorization_resources.page_by("parent", &parent.id, &params, keep)
}

fn permissions<'a>(
    view: &'a View<'_>,
    membership_id: &str,
    resource_id: &str,
    query: ListEffectivePermissionsParams,
) -> Answer<Page<&'a Permission>> {
    let membership = view.one::<OrganizationMembership>(membership_id)?;
    let resource = view.one_of("organization", &membership.organization_id, resource_id)?;
    effective(view, membership_id, resource, query)
}

fn permissions_on<'a>(
    view: &'a View<'_>,
    resource_id: &str,
    membership_id: &str,
    query: ListEffectivePermissionsParams,
) -> Answer<Page<&'a Permission>> {
    permissions(view, membership_id, resource_id, query)
}

fn permissions_by_external_id<'a>(
    view: &'a View<'_>,
    membership_id: &str,
    type_slug: &str,
    external_id: &str,
    query: ListEffectivePermissionsParams,
) -> Answer<Page<&'a Permission>> {
    let membership = view.one::<OrganizationMembership>(membership_id)?;
    let resource = by_external_id(view, &membership.organization_id, type_slug, external_id)?;
    effective(view, membership_id, resource, query)
}

fn effective<'a>(
    view: &'a View<'_>,
    membership_id: &str,
    resource: &AuthorizationResource,
    query: ListEffectivePermissionsParams,
) -> Answer<Page<&'a Permission>> {
    let slugs = effective_permissions(view, membership_id, resource);
    view.permissions.page(&query, |permission| slugs.contains(&permission.slug))
}

fn memberships(
    view: &View<'_>,
    resource_id: &str,
    query: ListMembershipsForResourceParams,
) -> Answer<Page<OrganizationMembership>> {
    let resource = view.one::<AuthorizationResource>(resource_id)?;
    let with_inherited = query.assignment == Some(AuthorizationAssignment::Indirect);
    let holders = holders(view, resource, &query.permission_slug, with_inherited);
    let rows = &view.organization_memberships;
    let page = rows.page_by("organization", &resource.organization_id, &query, |membership| {
        holders.contains(&membership.id)
    })?;
    Ok(shown(page, |membership| without_roles(&detailed(view, membership))))
}

fn memberships_by_external_id(
    view: &View<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    query: ListMembershipsForResourceParams,
) -> Answer<Page<OrganizationMembership>> {
    let resource = by_external_id(view, organization_id, type_slug, external_id)?;
    memberships(view, &resource.id, query)
}
