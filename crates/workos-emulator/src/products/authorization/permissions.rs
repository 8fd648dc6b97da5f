//! Permissions of the environment.

use std::sync::Arc;

use workos::Permission;
use workos::authorization::*;

use super::{invalid_slug, resource_type, roles};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, StoredRole};

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

/// Changes the name and the description of a permission.
pub(crate) fn update(
    change: &mut Change<'_>,
    slug: &str,
    input: UpdateAuthorizationPermission,
) -> Answer<Arc<Permission>> {
    let mut permission = own(change, slug)?;
    set(&mut permission.name, input.name);
    set_nullable(&mut permission.description, input.description);
    change.update(permission)
}

/// Removes a permission. No role has it afterwards.
pub(crate) fn remove(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    let permission = own(change, slug)?;
    let holders: Vec<_> = change.roles.by("permission", slug).cloned().collect();
    for holder in holders {
        let mut holder = StoredRole::clone(&holder);
        holder.role.permissions.retain(|own| own != slug);
        roles::save(change, holder)?;
    }
    change.remove::<Permission>(&permission.id).map(drop)
}

/// A copy of a permission that may be changed.
fn own(change: &Change<'_>, slug: &str) -> Answer<Permission> {
    let permission = change.one_by::<Permission>("slug", slug)?;
    if permission.system {
        return Err(Refusal::forbidden("forbidden", "WorkOS manages this permission."));
    }
    Ok(Permission::clone(permission))
}
