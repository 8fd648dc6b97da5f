//! Permissions: what can be done, for roles to allow.

use serde::{Deserialize, Serialize};

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
    POST "/authorization/permissions" => create_permission(body: CreatePermissionParams)
        -> Permission;

    /// Fetches one permission.
    GET "/authorization/permissions/{slug}" => get_permission(slug) -> Permission;

    /// Changes how a permission is described. Fields that are left out keep their value; the slug
    /// cannot be changed.
    PATCH "/authorization/permissions/{slug}"
        => update_permission(slug, body: UpdatePermissionParams) -> Permission;

    /// Deletes a permission. Those of WorkOS itself stay: see [`system`](Permission::system).
    DELETE "/authorization/permissions/{slug}" => delete_permission(slug) -> ();
}

list_params! {
    AuthorizationApi;
    ListPermissionsParams for list_permissions {}
}

bodies! {
    AuthorizationApi;
    CreatePermissionParams(CreateAuthorizationPermission) for create_permission;
    UpdatePermissionParams(UpdateAuthorizationPermission) for update_permission;
}

constructors! {
    CreateAuthorizationPermission(slug: String, name: String);
}

/// A new permission.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(Deserialize))]
pub struct CreateAuthorizationPermission {
    /// What your code refers to it by: up to 48 lower-case letters, digits and `-_:.*`, such as
    /// `document:edit`. Required.
    pub slug: String,
    /// What people call it, up to 48 characters. Required.
    pub name: String,
    /// What it is for, up to 150 characters.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub description: Nullable<String>,
    /// The type of the resources it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type_slug: Option<String>,
}

/// What to change about a permission.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(Deserialize))]
pub struct UpdateAuthorizationPermission {
    /// What people call it, up to 48 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, up to 150 characters; null removes it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub description: Nullable<String>,
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Permission {
    /// Always `permission`.
    pub object: ObjectType,
    /// `perm_…`
    pub id: String,
    /// What your code refers to it by, such as `document:edit`.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether WorkOS made it, so that it cannot be deleted.
    pub system: bool,
    /// The type of the resources it is about.
    pub resource_type_slug: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// [`Permission`] by another name.
pub type AuthorizationPermission = Permission;
