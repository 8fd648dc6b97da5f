//! Access checks: who has which permission on which resource.

use super::{AuthorizationApi, AuthorizationResource, ParentResource, Permission, ResourceTarget};
use crate::{OrganizationMembership, Page};

operations! {
    AuthorizationApi, authorization;

    /// Checks whether a membership has a permission on a resource. A denial is not an error: see
    /// [`authorized`](AuthorizationCheck::authorized).
    #[doc(alias("can", "is_authorized", "has_permission", "access_check"))]
    POST "/authorization/organization_memberships/{organization_membership_id}/check"
        @ "fga/access-check/check"
        => check(organization_membership_id, body: CheckAuthorization) -> AuthorizationCheck;

    /// Lists the child resources on which a membership has a permission, such as all projects of a
    /// workspace that a user can see.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources"
        @ "fga/access-check" => list_resources_for_membership(
            organization_membership_id, query: ListResourcesForMembershipParams
        ) -> Page<AuthorizationResource>;

    /// Lists the permissions that a membership has on a resource, including those inherited from
    /// roles on its ancestors.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_id}/permissions"
        @ "fga/access-check/list-effective-permissions" => list_effective_permissions(
            organization_membership_id, resource_id, query: ListEffectivePermissionsParams
        ) -> Page<Permission>;

    /// [`list_effective_permissions`](Self::list_effective_permissions) by external ID.
    GET "/authorization/organization_memberships/{organization_membership_id}/resources/{resource_type_slug}/{external_id}/permissions"
        @ "fga/access-check" => list_effective_permissions_by_external_id(
            organization_membership_id, resource_type_slug, external_id,
            query: ListEffectivePermissionsByExternalIdParams
        ) -> Page<Permission>;

    /// [`list_effective_permissions`](Self::list_effective_permissions) at an alternative path,
    /// which the Node SDK uses.
    GET "/authorization/resources/{resource_id}/organization_memberships/{organization_membership_id}/permissions"
        => list_effective_permissions_for_resource(
            resource_id, organization_membership_id,
            query: ListEffectivePermissionsForResourceParams
        ) -> Page<Permission>;

    /// Lists the memberships that have a permission on a resource, with their users.
    GET "/authorization/resources/{resource_id}/organization_memberships" @ "fga/access-check"
        => list_memberships_for_resource(resource_id, query: ListMembershipsForResourceParams)
        -> Page<OrganizationMembership>;

    /// [`list_memberships_for_resource`](Self::list_memberships_for_resource) by external ID.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/organization_memberships"
        @ "fga/access-check" => list_memberships_for_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: ListMembershipsForResourceByExternalIdParams
        ) -> Page<OrganizationMembership>;
}

list_params! {
    AuthorizationApi;
    ListEffectivePermissionsParams for list_effective_permissions {}
    ListMembershipsForResourceParams for list_memberships_for_resource {
        /// The slug of the permission that the memberships have.
        permission_slug: String,
        /// Whether to include inherited access.
        assignment: Option<AuthorizationAssignment>,
    }
    ListResourcesForMembershipParams for list_resources_for_membership {
        /// The slug of the permission that the membership has on them.
        permission_slug: String,
        /// The parent of the resources.
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
    /// How memberships get a permission on a resource.
    pub enum AuthorizationAssignment {
        /// Only through a role on the resource itself.
        Direct = "direct",
        /// Also through a role on an ancestor.
        Indirect = "indirect",
    }
}

inputs! {
    /// A permission on a resource to check.
    CheckAuthorization {
        /// The slug of the permission.
        permission_slug: String,
        /// The resource.
        flat resource_target: ResourceTarget,
    }
}

objects! {
    /// The result of an access check.
    #[derive(Eq)]
    AuthorizationCheck {
        /// Whether the membership has the permission on the resource.
        authorized: bool,
    }
}
