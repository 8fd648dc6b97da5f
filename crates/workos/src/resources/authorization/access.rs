//! Access: what follows from the roles that were assigned.

use serde::Serialize;

use super::{AuthorizationApi, AuthorizationResource, ParentResource, Permission, ResourceTarget};
use crate::{OrganizationMembership, Page, PaginationOrder};

operations! {
    AuthorizationApi, authorization;

    /// Tells whether a membership has a permission on a resource. A "no" is no error: see
    /// [`authorized`](AuthorizationCheck::authorized).
    POST "/authorization/organization_memberships/{organization_membership_id}/check"
        => check(organization_membership_id, body: CheckParams) -> AuthorizationCheck;

    /// Lists the resources below another one on which a membership has a permission: all projects
    /// of a workspace that somebody may see, for example.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources"
        => list_resources_for_membership(
            organization_membership_id, query: ListResourcesForMembershipParams
        ) -> Page<AuthorizationResource>;

    /// Lists the permissions that a membership has on a resource, also those that come from roles
    /// on the resources above it.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_id}/permissions"
        => list_effective_permissions(
            organization_membership_id, resource_id, query: ListEffectivePermissionsParams
        ) -> Page<Permission>;

    /// [`list_effective_permissions`](Self::list_effective_permissions), by an id of your own.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_type_slug}/{external_id}/permissions"
        => list_effective_permissions_by_external_id(
            organization_membership_id, resource_type_slug, external_id,
            query: ListEffectivePermissionsByExternalIdParams
        ) -> Page<Permission>;

    /// [`list_effective_permissions`](Self::list_effective_permissions), at another path, the
    /// one that the Node SDK uses.
    GET "/authorization/resources/{resource_id}/organization_memberships/{organization_membership_id}/permissions"
        => list_effective_permissions_for_resource(
            resource_id, organization_membership_id,
            query: ListEffectivePermissionsForResourceParams
        ) -> Page<Permission>;

    /// Lists the memberships that have a permission on a resource, with their users.
    GET "/authorization/resources/{resource_id}/organization_memberships"
        => list_memberships_for_resource(resource_id, query: ListMembershipsForResourceParams)
        -> Page<OrganizationMembership>;

    /// [`list_memberships_for_resource`](Self::list_memberships_for_resource), by an id of your own.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/organization_memberships"
        => list_memberships_for_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: ListMembershipsForResourceByExternalIdParams
        ) -> Page<OrganizationMembership>;
}

list_params! {
    AuthorizationApi;
    ListEffectivePermissionsParams for list_effective_permissions {}
    ListMembershipsForResourceParams for list_memberships_for_resource {
        /// The slug of the permission that they have. Required.
        permission_slug: String,
        /// Whether they have it through a role on the resource itself.
        assignment: Option<AuthorizationAssignment>,
    }
}

impl ListMembershipsForResourceParams {
    /// Those that have this permission.
    pub fn new(permission_slug: impl Into<String>) -> Self {
        Self { permission_slug: permission_slug.into(), ..Self::default() }
    }
}

/// Which permissions to list.
pub type ListEffectivePermissionsByExternalIdParams = ListEffectivePermissionsParams;

/// Which permissions to list.
pub type ListEffectivePermissionsForResourceParams = ListEffectivePermissionsParams;

/// Which memberships to list.
pub type ListMembershipsForResourceByExternalIdParams = ListMembershipsForResourceParams;

open_enum! {
    /// How memberships came by a permission on a resource.
    pub enum AuthorizationAssignment {
        /// By a role on the resource itself, and only so.
        Direct = "direct",
        /// Also by a role on a resource above it.
        Indirect = "indirect",
    }
}

/// Which items
/// [`list_resources_for_membership`](AuthorizationApi::list_resources_for_membership) returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct ListResourcesForMembershipParams {
    /// A cursor: the page before this one.
    pub before: Option<String>,
    /// A cursor: the page after this one.
    pub after: Option<String>,
    /// The most items per page, 1 to 100; the server's default is 10.
    pub limit: Option<i64>,
    /// The order by time of creation; the server's default is newest first.
    pub order: Option<PaginationOrder>,
    /// The slug of the permission that the membership has on them. Required.
    pub permission_slug: String,
    /// The resource that they are below. Required.
    #[serde(flatten)]
    pub parent_resource: ParentResource,
}

impl ListResourcesForMembershipParams {
    /// Those below this resource on which the membership has this permission.
    pub fn new(permission_slug: impl Into<String>, parent_resource: ParentResource) -> Self {
        Self {
            before: None,
            after: None,
            limit: None,
            order: None,
            permission_slug: permission_slug.into(),
            parent_resource,
        }
    }
}

bodies! {
    AuthorizationApi;
    CheckParams(CheckParamsBody) for check;
}

/// What to check.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct CheckParamsBody {
    /// The slug of the permission. Required.
    pub permission_slug: String,
    /// The resource. Required.
    #[serde(flatten)]
    pub resource_target: ResourceTarget,
}

impl CheckParamsBody {
    /// Whether this permission is there on this resource.
    pub fn new(permission_slug: impl Into<String>, resource_target: ResourceTarget) -> Self {
        Self { permission_slug: permission_slug.into(), resource_target }
    }
}

objects! {
    /// The outcome of a check.
    #[derive(Eq)]
    AuthorizationCheck {
        /// Whether the membership has the permission on the resource.
        authorized: bool,
    }
}
