//! Roles of the environment, and custom roles of organizations.

use serde_json::{Value, json};
use workos::Organization;
use workos::authorization::*;

use crate::products::authorization::roles::{
    self, create, create_custom, remove_custom, revoke_custom,
};
use crate::reply::Answer;
use crate::state::{Change, ENVIRONMENT, StoredRole, View};

routes! {
    authorization;
    list_environment_roles()                     => read list;
    create_environment_role(body)                => write create;
    get_environment_role(slug)                   => read get;
    update_environment_role(slug, body)          => write update;
    add_environment_role_permission(slug, body)  => write add_permission;
    set_environment_role_permissions(slug, body) => write set_permissions;
    list_organization_roles(organization_id)           => read list_all;
    create_organization_role(organization_id, body)    => write create_custom;
    get_organization_role(organization_id, slug)       => read get_any;
    update_organization_role(organization_id, slug, body)          => write update_custom;
    delete_organization_role(organization_id, slug)                => write remove_custom;
    add_organization_role_permission(organization_id, slug, body)  => write add_custom_permission;
    set_organization_role_permissions(organization_id, slug, body) => write set_custom_permissions;
    remove_organization_role_permission(organization_id, slug, permission_slug)
        => write revoke_custom;
}

fn list(view: &View<'_>) -> Answer<Value> {
    Ok(json!({"object": "list", "data": roles::by_priority(view, &[ENVIRONMENT])}))
}

fn list_all(view: &View<'_>, organization_id: &str) -> Answer<Value> {
    view.one::<Organization>(organization_id)?;
    let roles = roles::by_priority(view, &[ENVIRONMENT, organization_id]);
    Ok(json!({"object": "list", "data": roles}))
}

fn get<'a>(view: &'a View<'_>, slug: &str) -> Answer<&'a Role> {
    view.one_by::<StoredRole>("environment_slug", slug).map(|row| &row.role)
}

fn get_any<'a>(view: &'a View<'_>, organization_id: &str, slug: &str) -> Answer<&'a Role> {
    view.one::<Organization>(organization_id)?;
    roles::find(view, organization_id, slug).map(|row| &row.role)
}

fn update(change: &mut Change<'_>, slug: &str, input: UpdateRole) -> Answer<Role> {
    roles::update(change, None, slug, input)
}

fn update_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: UpdateRole,
) -> Answer<Role> {
    roles::update(change, Some(organization_id), slug, input)
}

fn add_permission(change: &mut Change<'_>, slug: &str, input: AddRolePermission) -> Answer<Role> {
    roles::grant(change, None, slug, input)
}

fn add_custom_permission(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: AddRolePermission,
) -> Answer<Role> {
    roles::grant(change, Some(organization_id), slug, input)
}

fn set_permissions(change: &mut Change<'_>, slug: &str, input: SetRolePermissions) -> Answer<Role> {
    roles::set_permissions(change, None, slug, input)
}

fn set_custom_permissions(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: SetRolePermissions,
) -> Answer<Role> {
    roles::set_permissions(change, Some(organization_id), slug, input)
}
