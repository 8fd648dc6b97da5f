//! Roles: sets of permissions, for the whole environment or made for one organization.

use super::AuthorizationApi;
use crate::{List, Nullable, ObjectType, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the roles of the environment, in order of priority. They come whole.
    GET "/authorization/roles" => list_environment_roles() -> List<Role>;

    /// Creates a role that all organizations have. It contains no permissions yet.
    ///
    /// # Errors
    ///
    /// 409 `role_slug_conflict` when the slug is taken.
    POST "/authorization/roles" => create_environment_role(body: CreateRole)
        -> Role;

    /// Fetches one role of the environment.
    GET "/authorization/roles/{slug}" => get_environment_role(slug) -> Role;

    /// Changes how a role of the environment is described. Fields that are left out keep their
    /// value.
    PATCH "/authorization/roles/{slug}"
        => update_environment_role(slug, body: UpdateRole) -> Role;

    /// Adds a permission to a role of the environment, unless it has it already.
    POST "/authorization/roles/{slug}/permissions"
        => add_environment_role_permission(slug, body: AddRolePermission) -> Role;

    /// Replaces the permissions of a role of the environment.
    PUT "/authorization/roles/{slug}/permissions"
        => set_environment_role_permissions(slug, body: SetRolePermissions)
        -> Role;

    /// Lists the roles that an organization can use, its own and the environment's, in order of
    /// priority. They come whole.
    GET "/authorization/organizations/{organization_id}/roles"
        => list_organization_roles(organization_id) -> List<Role>;

    /// Creates a role of an organization's own. It contains no permissions yet.
    ///
    /// # Errors
    ///
    /// 409 `organization_role_slug_conflict` when the slug is taken.
    POST "/authorization/organizations/{organization_id}/roles"
        => create_organization_role(organization_id, body: CreateOrganizationRole) -> Role;

    /// Fetches one role that an organization can use: its own or one of the environment.
    GET "/authorization/organizations/{organization_id}/roles/{slug}"
        => get_organization_role(organization_id, slug) -> Role;

    /// Changes how a role of an organization's own is described. Fields that are left out keep
    /// their value.
    PATCH "/authorization/organizations/{organization_id}/roles/{slug}"
        => update_organization_role(organization_id, slug, body: UpdateRole)
        -> Role;

    /// Deletes a role of an organization's own, which must not be in use.
    ///
    /// # Errors
    ///
    /// 409 `role_has_assignments` when somebody has it, `role_has_group_role_mappings` when groups
    /// are mapped to it.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}"
        => delete_organization_role(organization_id, slug) -> ();

    /// Adds a permission to a role of an organization's own, unless it has it already.
    POST "/authorization/organizations/{organization_id}/roles/{slug}/permissions"
        => add_organization_role_permission(
            organization_id, slug, body: AddRolePermission
        ) -> Role;

    /// Replaces the permissions of a role of an organization's own.
    PUT "/authorization/organizations/{organization_id}/roles/{slug}/permissions"
        => set_organization_role_permissions(
            organization_id, slug, body: SetRolePermissions
        ) -> Role;

    /// Takes a permission out of a role of an organization's own. Returns the role as it is then.
    DELETE "/authorization/organizations/{organization_id}/roles/{slug}/permissions/{permission_slug}"
        => remove_organization_role_permission(organization_id, slug, permission_slug) -> Role;
}

inputs! {
    /// A new role of the environment.
    CreateRole {
        /// What your code refers to it by, up to 48 characters, unique in the environment.
        slug: String,
        /// What people call it, up to 48 characters.
        name: String,
        /// What it is for, up to 150 characters.
        description: Option<String>,
        /// The type of the resources it is assigned on.
        resource_type_slug: Option<String>,
    }

    /// A new role of an organization's own.
    CreateOrganizationRole {
        /// What your code refers to it by: `org-` and then lower-case letters, digits, `-` and `_`, up
        /// to 48 characters. Made from the name when left out.
        slug: Option<String>,
        /// What people call it, up to 48 characters.
        name: String,
        /// What it is for, up to 150 characters.
        description: Option<String>,
        /// The type of the resources it is assigned on.
        resource_type_slug: Option<String>,
    }

    /// What to change about a role.
    UpdateRole {
        /// What people call it, up to 48 characters.
        name: Option<String>,
        /// What it is for, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }
}

/// What to change about a role of an organization's own.
pub type UpdateOrganizationRole = UpdateRole;

inputs! {
    /// The permission to add to a role.
    AddRolePermission {
        /// The slug of the permission.
        slug: String,
    }

    /// The permissions that a role has from now on.
    SetRolePermissions {
        /// Their slugs. Required; others are removed.
        permissions: Vec<String>,
    }
}

objects! {
    /// A set of permissions.
    Role {
        /// Always `role`.
        object: ObjectType,
        /// What your code refers to it by.
        slug: String,
        /// `role_…`
        id: String,
        /// What people call it.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// Whether all organizations have it.
        type_ as "type": RoleType,
        /// The type of the resources it is assigned on.
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
    /// Who has a role.
    pub enum RoleType {
        /// All organizations of the environment.
        EnvironmentRole = "EnvironmentRole",
        /// One organization, for which it was made.
        OrganizationRole = "OrganizationRole",
    }
}
