//! Role assignments: which member or group has which role on which resource.

use super::AuthorizationApi;
use crate::{List, ObjectType, Page, SlimRole, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the roles of a membership on the organization and on resources in it, newest first
    /// unless told otherwise.
    GET "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => list_role_assignments(organization_membership_id, query: ListRoleAssignmentsParams)
        -> Page<RoleAssignment>;

    /// Gives a role on a resource to a membership.
    POST "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => assign_role(organization_membership_id, body: RoleAssignmentInput) -> RoleAssignment;

    /// Takes a role on a resource from a membership.
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments"
        => remove_role(organization_membership_id, body: RoleAssignmentInput) -> ();

    /// Takes a role from a membership, by the id of the assignment.
    DELETE "/authorization/organization_memberships/{organization_membership_id}/role_assignments/{role_assignment_id}"
        => remove_role_assignment(organization_membership_id, role_assignment_id) -> ();

    /// Lists who has which role on a resource, newest first unless told otherwise.
    GET "/authorization/resources/{resource_id}/role_assignments"
        => list_role_assignments_for_resource(
            resource_id, query: ListRoleAssignmentsForResourceParams
        ) -> Page<RoleAssignment>;

    /// [`list_role_assignments_for_resource`](Self::list_role_assignments_for_resource), by an id of
    /// your own.
    GET "/authorization/organizations/{organization_id}/resources/{resource_type_slug}/{external_id}/role_assignments"
        => list_role_assignments_for_resource_by_external_id(
            organization_id, resource_type_slug, external_id,
            query: ListRoleAssignmentsForResourceByExternalIdParams
        ) -> Page<RoleAssignment>;

    /// Lists the roles of a group, newest first unless told otherwise.
    GET "/authorization/groups/{group_id}/role_assignments"
        => list_group_role_assignments(group_id, query: ListGroupRoleAssignmentsParams)
        -> Page<GroupRoleAssignment>;

    /// Gives a role to a group, and with it to all its members.
    ///
    /// # Errors
    ///
    /// 409 `duplicate_group_role_assignment` when the group has it already.
    POST "/authorization/groups/{group_id}/role_assignments"
        => create_group_role_assignment(group_id, body: GroupRoleAssignmentInput)
        -> GroupRoleAssignment;

    /// Replaces the roles of a group. The new ones come whole.
    PUT "/authorization/groups/{group_id}/role_assignments"
        => update_group_role_assignments(group_id, body: ReplaceGroupRoleAssignments)
        -> List<GroupRoleAssignment>;

    /// Gives roles to a group and takes others from it, in one step.
    PATCH "/authorization/groups/{group_id}/role_assignments"
        => patch_group_role_assignments(group_id, body: PatchGroupRoleAssignments) -> ();

    /// Takes a role from a group.
    ///
    /// # Errors
    ///
    /// 404 also when the group does not have it.
    DELETE "/authorization/groups/{group_id}/role_assignments"
        => delete_group_role_assignments(group_id, body: GroupRoleAssignmentInput) -> ();

    /// Fetches one assignment of a role to a group.
    GET "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        => get_group_role_assignment(group_id, role_assignment_id) -> GroupRoleAssignment;

    /// Takes a role from a group, by the id of the assignment.
    DELETE "/authorization/groups/{group_id}/role_assignments/{role_assignment_id}"
        => delete_group_role_assignment(group_id, role_assignment_id) -> ();
}

list_params! {
    AuthorizationApi;
    ListRoleAssignmentsParams for list_role_assignments {
        /// Only those on the resource with this id.
        resource_id: Option<String>,
        /// Only those on the resource with this id of your own.
        resource_external_id: Option<String>,
        /// Only those on resources of this type.
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
    /// A role on a resource.
    RoleAssignmentInput {
        /// The slug of the role.
        role_slug: String,
        /// The resource.
        flat resource_target: ResourceTarget,
    }
}

/// The role to assign.
pub type AssignRoleParamsBody = RoleAssignmentInput;

/// The role to take away.
pub type RemoveRoleParamsBody = RoleAssignmentInput;

inputs! {
    /// A role of a group, on a resource or on the whole organization.
    GroupRoleAssignmentInput {
        /// The slug of the role.
        role_slug: String,
        /// The resource; the organization itself when left out.
        flat resource_target: Option<ResourceTarget>,
    }
}

/// The role to give to a group.
pub type CreateGroupRoleAssignment = GroupRoleAssignmentInput;

/// One of the roles that a group has from now on.
pub type ReplaceGroupRoleAssignmentEntry = GroupRoleAssignmentInput;

/// The role to take from a group.
pub type DeleteGroupRoleAssignmentsByCriteria = GroupRoleAssignmentInput;

inputs! {
    /// The roles that a group has from now on.
    ReplaceGroupRoleAssignments {
        /// The roles. Required; others are removed.
        role_assignments: Vec<GroupRoleAssignmentInput>,
    }

    /// What to change about the roles of a group: 1 to 100 entries in total.
    PatchGroupRoleAssignments {
        /// The roles to give to it.
        add: Option<Vec<RoleAssignmentInput>>,
        /// The roles to take from it.
        remove: Option<Vec<RoleAssignmentInput>>,
    }
}

choices! {
    /// The resource that a role is about, or a check.
    #[non_exhaustive]
    ResourceTarget {
        /// By WorkOS's id.
        ById {
            /// `authz_resource_…`
            resource_id: String,
        }
        /// By an id of your own.
        ByExternalId {
            /// The id.
            resource_external_id: String,
            /// The slug of the resource's type.
            resource_type_slug: String,
        }
    }
}

impl ResourceTarget {
    /// The one with this id of WorkOS.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self::ById { resource_id: id.into() }
    }

    /// The one of this type with this id of your own.
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
    /// A role that a membership has on a resource.
    RoleAssignment {
        /// Always `role_assignment`.
        object: ObjectType,
        /// `role_assignment_…`
        id: String,
        /// Who has the role, `om_…`.
        organization_membership_id: String,
        /// The role.
        role: SlimRole,
        /// The resource.
        resource: RoleAssignmentResource,
        /// Where the membership has it from.
        source: RoleAssignmentSource,
        /// When it was assigned.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// [`RoleAssignment`] by another name.
pub type UserRoleAssignment = RoleAssignment;

objects! {
    /// A role that the members of a group have on a resource.
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
        /// The id of your own.
        external_id: String,
        /// The slug of its type.
        resource_type_slug: String,
    }

    /// Where a membership has a role from.
    #[derive(Eq)]
    RoleAssignmentSource {
        /// Whether it comes through a group.
        type_ as "type": RoleAssignmentSourceType,
        /// The [`GroupRoleAssignment`] that it comes from, if it does.
        group_role_assignment_id: Option<String>,
        /// The group that it comes through, where the server tells it.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<RoleAssignmentSourceGroup>,
    }
}

open_enum! {
    /// How a membership came by a role.
    pub enum RoleAssignmentSourceType {
        /// It was assigned to the membership itself.
        Direct = "direct",
        /// It was assigned to a group that the membership is in.
        Group = "group",
    }
}

objects! {
    /// The group that a role comes through.
    #[derive(Eq)]
    RoleAssignmentSourceGroup {
        /// `group_…`
        id: String,
        /// What people call it.
        name: String,
    }
}
