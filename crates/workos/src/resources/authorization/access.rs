//! Access: what follows from the roles that were assigned.

use super::{AuthorizationApi, AuthorizationResource, ParentResource, Permission, ResourceTarget};
use crate::{OrganizationMembership, Page};

operations! {
    AuthorizationApi, authorization;

    /// Tells whether a membership has a permission on a resource. A "no" is no error: see
    /// [`authorized`](AuthorizationCheck::authorized).
    POST "/authorization/organization_memberships/{organization_membership_id}/check"
        => check(organization_membership_id, body: CheckAuthorization) -> AuthorizationCheck;

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
        /// The slug of the permission that they have.
        permission_slug: String,
        /// Whether they have it through a role on the resource itself.
        assignment: Option<AuthorizationAssignment>,
    }
    ListResourcesForMembershipParams for list_resources_for_membership {
        /// The slug of the permission that the membership has on them.
        permission_slug: String,
        /// The resource that they are below.
        flat parent_resource: ParentResource,
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

inputs! {
    /// What to check.
    CheckAuthorization {
        /// The slug of the permission.
        permission_slug: String,
        /// The resource.
        flat resource_target: ResourceTarget,
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
