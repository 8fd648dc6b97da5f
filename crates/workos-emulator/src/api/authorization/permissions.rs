//! Permissions of the environment.

use std::sync::Arc;

use workos::authorization::*;
use workos::{Page, Permission};

use super::{invalid_slug, resource_type, roles};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, StoredRole, View};

routes! {
    authorization;
    list_permissions(query)       => read list;
    create_permission(body)       => write create;
    get_permission(slug)          => read get;
    update_permission(slug, body) => write update;
    delete_permission(slug)       => write delete;
}

fn list<'a>(view: &'a View<'_>, query: ListPermissionsParams) -> Answer<Page<&'a Permission>> {
    view.permissions.page(&query, |_| true)
}

fn get<'a>(view: &'a View<'_>, slug: &str) -> Answer<&'a Arc<Permission>> {
    view.one_by("slug", slug)
}

fn create(
    change: &mut Change<'_>,
    input: CreateAuthorizationPermission,
) -> Answer<Arc<Permission>> {
    add(change, input, false)
}

/// Adds a permission, which may be one that WorkOS manages.
pub(crate) fn add(
    change: &mut Change<'_>,
    input: CreateAuthorizationPermission,
    system: bool,
) -> Answer<Arc<Permission>> {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_:.*".contains(&byte);
    if !input.slug.bytes().all(is_allowed) {
        return Err(invalid_slug("may have only lowercase letters, digits and -_:.*"));
    }
    let mut permission: Permission = change.make();
    permission.resource_type_slug = resource_type(change, input.resource_type_slug)?;
    permission.slug = input.slug;
    permission.name = input.name;
    permission.description = input.description;
    permission.system = system;
    change.insert(permission)
}

fn update(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateAuthorizationPermission,
) -> Answer<Arc<Permission>> {
    let mut permission = own(change, slug)?;
    set(&mut permission.name, input.name);
    set_nullable(&mut permission.description, input.description);
    change.update(permission)
}

/// No role has it afterwards.
fn delete(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    let permission = own(change, slug)?;
    let holders: Vec<_> = change.roles.by("permission", slug).cloned().collect();
    for holder in holders {
        let mut holder = StoredRole::clone(&holder);
        holder.role.permissions.retain(|own| own != slug);
        roles::save(change, holder)?;
    }
    change.remove::<Permission>(&permission.id)?;
    Ok(())
}

/// A copy of a permission that may be changed.
fn own(change: &Change<'_>, slug: &str) -> Answer<Permission> {
    let permission = change.one_by::<Permission>("slug", slug)?;
    if permission.system {
        return Err(Refusal::forbidden("forbidden", "WorkOS manages this permission."));
    }
    Ok(Permission::clone(permission))
}
