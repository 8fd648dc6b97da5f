//! Permissions: what can be done, for roles to allow.

use super::AuthorizationApi;
use crate::{Nullable, ObjectType, Page, Timestamp};

operations! {
    AuthorizationApi, authorization;

    /// Lists the permissions of the environment, newest first unless told otherwise.
    GET "/authorization/permissions" => list_permissions(query: ListPermissionsParams)
        -> Page<Permission>;

    /// Creates a permission. Nobody has it until a role contains it.
    ///
    /// # Errors
    ///
    /// 409 `permission_slug_conflict` when the slug is taken.
    POST "/authorization/permissions" => create_permission(body: CreateAuthorizationPermission)
        -> Permission;

    /// Fetches one permission.
    GET "/authorization/permissions/{slug}" => get_permission(slug) -> Permission;

    /// Changes how a permission is described. Fields that are left out keep their value; the slug
    /// cannot be changed.
    PATCH "/authorization/permissions/{slug}"
        => update_permission(slug, body: UpdateAuthorizationPermission) -> Permission;

    /// Deletes a permission. Those of WorkOS itself stay: see [`system`](Permission::system).
    DELETE "/authorization/permissions/{slug}" => delete_permission(slug) -> ();
}

list_params! {
    AuthorizationApi;
    ListPermissionsParams for list_permissions {}
}

inputs! {
    /// A new permission.
    CreateAuthorizationPermission {
        /// What your code refers to it by: up to 48 lower-case letters, digits and `-_:.*`, such as
        /// `document:edit`.
        slug: String,
        /// What people call it, up to 48 characters.
        name: String,
        /// What it is for, up to 150 characters.
        description: Option<String>,
        /// The type of the resources it is about.
        resource_type_slug: Option<String>,
    }

    /// What to change about a permission.
    UpdateAuthorizationPermission {
        /// What people call it, up to 48 characters.
        name: Option<String>,
        /// What it is for, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }
}

objects! {
    /// Something that can be done.
    Permission {
        /// Always `permission`.
        object: ObjectType,
        /// `perm_…`
        id: String,
        /// What your code refers to it by, such as `document:edit`.
        slug: String,
        /// What people call it.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// Whether WorkOS made it, so that it cannot be deleted.
        system: bool,
        /// The type of the resources it is about.
        resource_type_slug: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// [`Permission`] by another name.
pub type AuthorizationPermission = Permission;
