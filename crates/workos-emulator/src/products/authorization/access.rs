//! Who may do what on which resource.
//!
//! A role gives its permissions on the resource on which it is assigned and on all below it.

use std::collections::BTreeSet;

use workos::AuthorizationResource;

use super::resources::line;
use crate::state::{Store, StoredRole};

/// Whether a membership has a permission on a resource, inherited or not. A permission that does not
/// exist is not granted.
pub(crate) fn is_allowed(
    store: &Store,
    membership_id: &str,
    resource: &AuthorizationResource,
    permission_slug: &str,
) -> bool {
    line(store, resource).any(|on| is_granted_on(store, membership_id, &on.id, permission_slug))
}

/// Whether a role on the resource itself gives a membership a permission.
pub(crate) fn is_granted_on(
    store: &Store,
    membership_id: &str,
    resource_id: &str,
    permission_slug: &str,
) -> bool {
    store.roles_on(membership_id, resource_id).any(|role| has(role, permission_slug))
}

/// The slugs of the permissions that a membership has on a resource, inherited or not.
pub(crate) fn effective_permissions<'a>(
    store: &'a Store,
    membership_id: &str,
    resource: &AuthorizationResource,
) -> BTreeSet<&'a String> {
    let roles = line(store, resource).flat_map(|on| store.roles_on(membership_id, &on.id));
    roles.flat_map(|role| &role.role.permissions).collect()
}

/// The IDs of the memberships that have a permission on a resource: by a role on the resource
/// itself, unless inherited access counts as well.
pub(crate) fn holders<'a>(
    store: &'a Store,
    resource: &AuthorizationResource,
    permission_slug: &str,
    with_inherited: bool,
) -> BTreeSet<&'a String> {
    let places = line(store, resource).take(if with_inherited { usize::MAX } else { 1 });
    let assigned = places.flat_map(|on| store.role_assignments.by("resource", &on.id));
    let is_granted =
        |role_id: &str| store.roles.get(role_id).is_some_and(|role| has(role, permission_slug));
    assigned.filter(|row| is_granted(&row.role_id)).map(|row| &row.membership_id).collect()
}

fn has(role: &StoredRole, permission_slug: &str) -> bool {
    role.role.permissions.iter().any(|slug| slug == permission_slug)
}
