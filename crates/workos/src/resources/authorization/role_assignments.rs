//! Role assignments: the roles of memberships and groups on resources.

use super::AuthorizationApi;
use crate::{List, ObjectType, Page, SlimRole, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the role assignments of a membership, on the organization and on resources in it,
    /// newest first by default.
    GET "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        @ "fga/role-assignment/list"
        => list_role_assignments(organization_membership_id, query: ListRoleAssignmentsParams)
        -> Page<RoleAssignment>;

    /// Assigns a role on a resource to a membership.
    #[doc(alias = "grant")]
    POST "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        @ "fga/role-assignment"
        => assign_role(organization_membership_id, body: RoleAssignmentInput) -> RoleAssignment;

    /// Removes a role on a resource from a membership.
    #[doc(alias = "revoke")]
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        @ "fga/role-assignment"
        => remove_role(organization_membership_id, body: RoleAssignmentInput) -> ();

    /// Removes a role assignment of a membership by its ID.
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments/{role_assignment_id}"
        @ "fga/role-assignment"
        => remove_role_assignment(organization_membership_id, role_assignment_id) -> ();

    /// Lists the role assignments on a resource, newest first by default.
    GET "/authorization/resources/{resource_id}/role_assignments"
        @ "fga/role-assignment/list-for-resource" => list_role_assignments_for_resource(
            resource_id, query: ListRoleAssignmentsForResourceParams
        ) -> Page<RoleAssignment>;

    /// [`list_role_assignments_for_resource`](Self::list_role_assignments_for_resource) by external
    /// ID.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/role_assignments"
        @ "fga/role-assignment" => list_role_assignments_for_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: ListRoleAssignmentsForResourceByExternalIdParams
        ) -> Page<RoleAssignment>;

    /// Lists the role assignments of a group, newest first by default.
    GET "/authorization/groups/{group_id}/role_assignments" @ "groups/role-assignment"
        => list_group_role_assignments(group_id, query: ListGroupRoleAssignmentsParams)
        -> Page<GroupRoleAssignment>;

    /// Assigns a role to a group, and thereby to all its members.
    ///
    /// # Errors
    ///
    /// 409 `duplicate_group_role_assignment` when the group already has the role.
    POST "/authorization/groups/{group_id}/role_assignments" @ "groups/role-assignment/create"
        => create_group_role_assignment(group_id, body: GroupRoleAssignmentInput)
        -> GroupRoleAssignment;

    /// Replaces all role assignments of a group, and returns the new ones. Not paginated.
    PUT "/authorization/groups/{group_id}/role_assignments" @ "groups/role-assignment"
        => update_group_role_assignments(group_id, body: ReplaceGroupRoleAssignments)
        -> List<GroupRoleAssignment>;

    /// Adds and removes role assignments of a group in one call.
    PATCH "/authorization/groups/{group_id}/role_assignments"
        @ "groups/role-assignment/patch-group-role-assignments"
        => patch_group_role_assignments(group_id, body: PatchGroupRoleAssignments) -> ();

    /// Removes a role from a group.
    ///
    /// # Errors
    ///
    /// 404 also when the group does not have the role.
    DELETE "/authorization/groups/{group_id}/role_assignments" @ "groups/role-assignment"
        => delete_group_role_assignments(group_id, body: GroupRoleAssignmentInput) -> ();

    /// Fetches one role assignment of a group.
    GET "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        @ "groups/role-assignment"
        => get_group_role_assignment(group_id, role_assignment_id) -> GroupRoleAssignment;

    /// Removes a role assignment of a group by its ID.
    DELETE "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        @ "groups/role-assignment"
        => delete_group_role_assignment(group_id, role_assignment_id) -> ();
}

list_params! {
    AuthorizationApi;
    ListRoleAssignmentsParams for list_role_assignments {
        /// Only assignments on the resource with this ID.
        resource_id: Option<String>,
        /// Only assignments on the resource with this external ID.
        resource_external_id: Option<String>,
        /// Only assignments on resources of this type.
        resource_type_slug: Option<String>,
    }
    ListRoleAssignmentsForResourceParams for list_role_assignments_for_resource {
        /// Only assignments of this role.
        role_slug: Option<String>,
    }
    ListGroupRoleAssignmentsParams for list_group_role_assignments {}
}

/// Which assignments to list.
pub type ListRoleAssignmentsForResourceByExternalIdParams = ListRoleAssignmentsForResourceParams;

inputs! {
    /// A role to assign or remove on a resource.
    RoleAssignmentInput {
        /// The slug of the role.
        role_slug: String,
        /// The resource.
        flat resource_target: ResourceTarget,
    }
}

/// The role to assign.
pub type AssignRoleParamsBody = RoleAssignmentInput;

/// The role to remove.
pub type RemoveRoleParamsBody = RoleAssignmentInput;

inputs! {
    /// A role of a group, on a resource or on the organization.
    GroupRoleAssignmentInput {
        /// The slug of the role.
        role_slug: String,
        /// The resource. By default the organization itself.
        flat resource_target: Option<ResourceTarget>,
    }
}

/// The role to assign to a group.
pub type CreateGroupRoleAssignment = GroupRoleAssignmentInput;

/// One of the new roles of a group.
pub type ReplaceGroupRoleAssignmentEntry = GroupRoleAssignmentInput;

/// The role to remove from a group.
pub type DeleteGroupRoleAssignmentsByCriteria = GroupRoleAssignmentInput;

inputs! {
    /// The new roles of a group.
    ReplaceGroupRoleAssignments {
        /// The roles; others are removed.
        role_assignments: Vec<GroupRoleAssignmentInput>,
    }

    /// Changes to the roles of a group: 1 to 100 entries in total.
    PatchGroupRoleAssignments {
        /// The roles to assign.
        add: Option<Vec<RoleAssignmentInput>>,
        /// The roles to remove.
        remove: Option<Vec<RoleAssignmentInput>>,
    }
}

choices! {
    /// The resource that a role assignment or access check applies to.
    #[non_exhaustive]
    ResourceTarget {
        /// By ID.
        ById {
            /// `authz_resource_…`
            resource_id: String,
        }
        /// By external ID.
        ByExternalId {
            /// The external ID.
            resource_external_id: String,
            /// The slug of the resource type.
            resource_type_slug: String,
        }
    }
}

impl ResourceTarget {
    /// The resource with this ID.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { resource_id: id.into() }
    }

    /// The resource of this type with this external ID.
    pub fn by_external_id(
        resource_type_slug: impl Into<String>,
        external_id: impl Into<String>,
    ) -> Self {
        Self::ByExternalId {
            resource_external_id: external_id.into(),
            resource_type_slug: resource_type_slug.into(),
        }
    }
}

objects! {
    /// A role of a membership on a resource.
    RoleAssignment {
        /// Always `role_assignment`.
        object: ObjectType,
        /// `role_assignment_…`
        id: String,
        /// The membership that has the role, `om_…`.
        organization_membership_id: String,
        /// The role.
        role: SlimRole,
        /// The resource.
        resource: RoleAssignmentResource,
        /// Whether it was assigned directly or through a group.
        source: RoleAssignmentSource,
        /// When it was assigned.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// An alias of [`RoleAssignment`].
pub type UserRoleAssignment = RoleAssignment;

objects! {
    /// A role of a group on a resource. All members of the group have it.
    GroupRoleAssignment {
        /// Always `group_role_assignment`.
        object: ObjectType,
        /// `gra_…`
        id: String,
        /// The group, `group_…`.
        group_id: String,
        /// The role.
        role: SlimRole,
        /// The resource.
        resource: RoleAssignmentResource,
        /// When it was assigned.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The resource that a role is assigned on.
    #[derive(Eq)]
    RoleAssignmentResource {
        /// `authz_resource_…`
        id: String,
        /// The external ID.
        external_id: String,
        /// The slug of its resource type.
        resource_type_slug: String,
    }

    /// The source of a membership's role.
    #[derive(Eq)]
    RoleAssignmentSource {
        /// The type of the source.
        type_ as "type": RoleAssignmentSourceType,
        /// The [`GroupRoleAssignment`] that it comes from, if any.
        group_role_assignment_id: Option<String>,
        /// The group that it comes from, if the server includes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<RoleAssignmentSourceGroup>,
    }
}

open_enum! {
    /// How a membership got a role.
    pub enum RoleAssignmentSourceType {
        /// Assigned to the membership itself.
        Direct = "direct",
        /// Assigned to a group of the membership.
        Group = "group",
    }
}

objects! {
    /// The group that a role comes from.
    #[derive(Eq)]
    RoleAssignmentSourceGroup {
        /// `group_…`
        id: String,
        /// The name.
        name: String,
    }
}
