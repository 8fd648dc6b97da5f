//! Who may do what on which resource.
//!
//! A role gives its permissions on the resource on which it is assigned and on all below it.

use std::collections::BTreeSet;

use serde_json::Value;
use workos::authorization::*;
use workos::{Organization, OrganizationMembership, Page};

use super::resources::line;
use super::{PARENT, TARGET, by_external_id, target};
use crate::api::organization_membership::detailed;
use crate::api::route::read;
use crate::reply::Answer;
use crate::state::{Store, StoredRole, View, shown};

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

/// A permission that does not exist is not granted.
fn check(view: &View<'_>, membership_id: &str, body: Value) -> Answer<AuthorizationCheck> {
    let membership = view.one::<OrganizationMembership>(membership_id)?;
    let resource = target(view, &membership.organization_id, &body, TARGET)?;
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
    let parent = target(view, &membership.organization_id, &query, PARENT)?;
    let slug = &params.permission_slug;
    let is_inherited = is_allowed(view, membership_id, parent, slug);
    let keep = |child: &AuthorizationResource| {
        is_inherited || view.roles_on(membership_id, &child.id).any(|role| has(role, slug))
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
    let roles = line(view, resource).flat_map(|on| view.roles_on(membership_id, &on.id));
    let slugs: BTreeSet<_> = roles.flat_map(|role| &role.role.permissions).collect();
    view.permissions.page(&query, |permission| slugs.contains(&permission.slug))
}

/// The memberships that have a permission on a resource: by a role on the resource itself, unless
/// inherited access counts as well.
fn memberships(
    view: &View<'_>,
    resource_id: &str,
    query: ListMembershipsForResourceParams,
) -> Answer<Page<OrganizationMembership>> {
    let resource = view.one::<AuthorizationResource>(resource_id)?;
    let is_indirect = query.assignment == Some(AuthorizationAssignment::Indirect);
    let places = line(view, resource).take(if is_indirect { usize::MAX } else { 1 });
    let assigned = places.flat_map(|on| view.role_assignments.by("resource", &on.id));
    let is_granted = |role_id: &str| {
        view.roles.get(role_id).is_some_and(|role| has(role, &query.permission_slug))
    };
    let holders: BTreeSet<_> =
        assigned.filter(|row| is_granted(&row.role_id)).map(|row| &row.membership_id).collect();
    let rows = &view.organization_memberships;
    let page = rows.page_by("organization", &resource.organization_id, &query, |membership| {
        holders.contains(&membership.id)
    })?;
    Ok(shown(page, |membership| {
        let mut membership = detailed(view, membership);
        (membership.role, membership.roles) = (None, None);
        membership
    }))
}

fn memberships_by_external_id(
    view: &View<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    query: ListMembershipsForResourceParams,
) -> Answer<Page<OrganizationMembership>> {
    view.one::<Organization>(organization_id)?;
    let resource = by_external_id(view, organization_id, type_slug, external_id)?;
    memberships(view, &resource.id, query)
}

fn is_allowed(
    store: &Store,
    membership_id: &str,
    resource: &AuthorizationResource,
    permission_slug: &str,
) -> bool {
    let mut roles = line(store, resource).flat_map(|on| store.roles_on(membership_id, &on.id));
    roles.any(|role| has(role, permission_slug))
}

fn has(role: &StoredRole, permission_slug: &str) -> bool {
    role.role.permissions.iter().any(|slug| slug == permission_slug)
}
