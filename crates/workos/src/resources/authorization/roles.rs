//! Roles: sets of permissions, defined for the environment or as custom roles of an organization.

use super::AuthorizationApi;
use crate::{List, Nullable, ObjectType, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the environment roles in priority order. Not paginated.
    GET "/authorization/roles" @ "roles/role" => list_environment_roles() -> List<Role>;

    /// Creates an environment role, which all organizations have. It has no permissions yet.
    ///
    /// # Errors
    ///
    /// 409 `role_slug_conflict` when the slug is taken.
    POST "/authorization/roles" @ "roles/role" => create_environment_role(body: CreateRole) -> Role;

    /// Fetches one environment role.
    GET "/authorization/roles/{slug}" @ "roles/role/get" => get_environment_role(slug) -> Role;

    /// Updates an environment role's name and description. Fields that are `None` keep their value.
    PATCH "/authorization/roles/{slug}" @ "roles/role"
        => update_environment_role(slug, body: UpdateRole) -> Role;

    /// Adds a permission to an environment role. Has no effect if the role already has it.
    POST "/authorization/roles/{slug}/permissions" @ "roles/role"
        => add_environment_role_permission(slug, body: AddRolePermission) -> Role;

    /// Replaces the permissions of an environment role.
    PUT "/authorization/roles/{slug}/permissions" @ "roles/role"
        => set_environment_role_permissions(slug, body: SetRolePermissions) -> Role;

    /// Lists the roles of an organization, its custom roles and the environment roles, in priority
    /// order. Not paginated.
    GET "/authorization/organizations/{organization_id}/roles" @ "roles/custom-role"
        => list_organization_roles(organization_id) -> List<Role>;

    /// Creates a custom role of an organization. It has no permissions yet.
    ///
    /// # Errors
    ///
    /// 409 `organization_role_slug_conflict` when the slug is taken.
    #[doc(alias = "custom_role")]
    POST "/authorization/organizations/{organization_id}/roles" @ "roles/custom-role/create"
        => create_organization_role(organization_id, body: CreateOrganizationRole) -> Role;

    /// Fetches one role of an organization: a custom role or an environment role.
    GET "/authorization/organizations/{organization_id}/roles/{slug}" @ "roles/custom-role"
        => get_organization_role(organization_id, slug) -> Role;

    /// Updates a custom role's name and description. Fields that are `None` keep their value.
    PATCH "/authorization/organizations/{organization_id}/roles/{slug}" @ "roles/custom-role"
        => update_organization_role(organization_id, slug, body: UpdateRole) -> Role;

    /// Deletes a custom role, which must not be in use.
    ///
    /// # Errors
    ///
    /// 409 `role_has_assignments` when it is assigned, `role_has_group_role_mappings` when groups
    /// are mapped to it.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}" @ "roles/custom-role"
        => delete_organization_role(organization_id, slug) -> ();

    /// Adds a permission to a custom role. Has no effect if the role already has it.
    POST "/authorization/organizations/{organization_id}/roles/{slug}/permissions"
        @ "roles/custom-role" => add_organization_role_permission(
            organization_id, slug, body: AddRolePermission
        ) -> Role;

    /// Replaces the permissions of a custom role.
    PUT "/authorization/organizations/{organization_id}/roles/{slug}/permissions"
        @ "roles/custom-role" => set_organization_role_permissions(
            organization_id, slug, body: SetRolePermissions
        ) -> Role;

    /// Removes a permission from a custom role, and returns the updated role.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}/permissions/{permission_slug}"
        @ "roles/custom-role"
        => remove_organization_role_permission(organization_id, slug, permission_slug) -> Role;
}

inputs! {
    /// A new environment role.
    CreateRole {
        /// The key, up to 48 characters, unique in the environment.
        slug: String,
        /// The display name, up to 48 characters.
        name: String,
        /// The description, up to 150 characters.
        description: Option<String>,
        /// The slug of the resource type that it is assigned on.
        resource_type_slug: Option<String>,
    }

    /// A new custom role.
    CreateOrganizationRole {
        /// The key: `org-` followed by lowercase letters, digits, `-` and `_`, up to 48 characters.
        /// By default derived from the name.
        slug: Option<String>,
        /// The display name, up to 48 characters.
        name: String,
        /// The description, up to 150 characters.
        description: Option<String>,
        /// The slug of the resource type that it is assigned on.
        resource_type_slug: Option<String>,
    }

    /// Changes to a role.
    UpdateRole {
        /// The display name, up to 48 characters.
        name: Option<String>,
        /// The description, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }
}

/// Changes to a custom role.
pub type UpdateOrganizationRole = UpdateRole;

inputs! {
    /// The permission to add to a role.
    AddRolePermission {
        /// The slug of the permission.
        slug: String,
    }

    /// The new permissions of a role.
    SetRolePermissions {
        /// Their slugs; others are removed.
        permissions: Vec<String>,
    }
}

objects! {
    /// A set of permissions.
    Role {
        /// Always `role`.
        object: ObjectType,
        /// The unique key that your code refers to.
        slug: String,
        /// `role_…`
        id: String,
        /// The display name.
        name: String,
        /// The description.
        description: Option<String>,
        /// Whether it is an environment role or a custom role.
        type_ as "type": RoleType,
        /// The slug of the resource type that it is assigned on.
        resource_type_slug: String,
        /// The slugs of its permissions.
        permissions: Vec<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// The scope of a role.
    pub enum RoleType {
        /// An environment role: all organizations have it.
        EnvironmentRole = "EnvironmentRole",
        /// A custom role of one organization.
        OrganizationRole = "OrganizationRole",
    }
}
