//! Permissions: rights that roles grant.

use super::AuthorizationApi;
use crate::{Nullable, ObjectType, Page, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the permissions of the environment, newest first by default.
    GET "/authorization/permissions" @ "roles/permission"
        => list_permissions(query: ListPermissionsParams) -> Page<Permission>;

    /// Creates a permission. Assign it to roles to grant it.
    ///
    /// # Errors
    ///
    /// 409 `permission_slug_conflict` when the slug is taken.
    POST "/authorization/permissions" @ "roles/permission"
        => create_permission(body: CreateAuthorizationPermission) -> Permission;

    /// Fetches one permission.
    GET "/authorization/permissions/{slug}" @ "roles/permission"
        => get_permission(slug) -> Permission;

    /// Updates a permission's name and description. Fields that are `None` keep their value; the
    /// slug cannot be changed.
    PATCH "/authorization/permissions/{slug}" @ "roles/permission"
        => update_permission(slug, body: UpdateAuthorizationPermission) -> Permission;

    /// Deletes a permission. [System](Permission::system) permissions cannot be deleted.
    DELETE "/authorization/permissions/{slug}" @ "roles/permission"
        => delete_permission(slug) -> ();
}

list_params! {
    AuthorizationApi;
    ListPermissionsParams for list_permissions {}
}

inputs! {
    /// A new permission.
    CreateAuthorizationPermission {
        /// The unique key: up to 48 lowercase letters, digits and `-_:.*`, such as `document:edit`.
        slug: String,
        /// The display name, up to 48 characters.
        name: String,
        /// The description, up to 150 characters.
        description: Option<String>,
        /// The slug of the resource type that it applies to.
        resource_type_slug: Option<String>,
    }

    /// Changes to a permission.
    UpdateAuthorizationPermission {
        /// The display name, up to 48 characters.
        name: Option<String>,
        /// The description, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }
}

objects! {
    /// A right that roles grant.
    Permission {
        /// Always `permission`.
        object: ObjectType,
        /// `perm_…`
        id: String,
        /// The unique key, such as `document:edit`.
        slug: String,
        /// The display name.
        name: String,
        /// The description.
        description: Option<String>,
        /// Whether WorkOS manages it. Such permissions cannot be deleted.
        system: bool,
        /// The slug of the resource type that it applies to.
        resource_type_slug: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// An alias of [`Permission`].
pub type AuthorizationPermission = Permission;
