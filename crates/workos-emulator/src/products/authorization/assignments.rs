//! Who has which role on which resource: memberships and groups.

use std::sync::Arc;

use workos::{Group, OrganizationMembership};

use super::resources::Named;
use super::roles;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Assignment, Change, GroupAssignment, Store, pair};

/// A role on a resource, as a request names them.
#[derive(Debug)]
pub(crate) struct RoleOn<'a> {
    pub(crate) role_slug: &'a str,
    pub(crate) resource: Named<'a>,
}

/// The IDs of a role and of the resource that it is assigned on.
type Ids = (String, String);

impl RoleOn<'_> {
    /// What a request means that has to name the resource.
    fn ids(&self, store: &Store, organization_id: &str) -> Answer<Ids> {
        self.resolve(store, organization_id, true)
    }

    /// The same where the organization is the resource if the request names none.
    fn ids_or_root(&self, store: &Store, organization_id: &str) -> Answer<Ids> {
        self.resolve(store, organization_id, false)
    }

    fn resolve(&self, store: &Store, organization_id: &str, needs_resource: bool) -> Answer<Ids> {
        let role = roles::find(store, organization_id, self.role_slug)?;
        let root = store.root(organization_id).filter(|_| !needs_resource);
        let resource = match self.resource.find(store, organization_id)?.or(root) {
            Some(resource) => resource,
            None => self.resource.require(store, organization_id)?,
        };
        let (scope, type_slug) = (&role.role.resource_type_slug, &resource.resource_type_slug);
        if scope != type_slug && !store.drop_in {
            let message = format!("must be a role for resources of the type {type_slug}.");
            return Err(Refusal::invalid(&[Invalid::new("role_slug", "invalid", message)]));
        }
        Ok((role.id.clone(), resource.id.clone()))
    }
}

/// Assigns a role to a membership. Assigning it twice does nothing.
pub(crate) fn assign(
    change: &mut Change<'_>,
    membership_id: &str,
    role_on: &RoleOn<'_>,
) -> Answer<Arc<Assignment>> {
    let membership = change.one::<OrganizationMembership>(membership_id)?;
    let (role_id, resource_id) = role_on.ids(change, &membership.organization_id)?;
    let row = match direct(change, membership_id, &role_id, &resource_id) {
        Some(row) => row.clone(),
        None => change.assign(membership_id, &role_id, &resource_id, None)?,
    };
    change.settle_roles(membership_id)?;
    Ok(row)
}

/// Takes a role from a membership that does not come from a group.
pub(crate) fn unassign(
    change: &mut Change<'_>,
    membership_id: &str,
    role_on: &RoleOn<'_>,
) -> Answer<()> {
    let membership = change.one::<OrganizationMembership>(membership_id)?;
    let (role_id, resource_id) = role_on.ids(change, &membership.organization_id)?;
    let found = direct(change, membership_id, &role_id, &resource_id).map(|row| row.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(Assignment::NAME, &role_id))?;
    change.remove::<Assignment>(&id)?;
    change.settle_roles(membership_id)
}

/// Removes an assignment. A role that comes from a group can be removed from the group only.
pub(crate) fn remove_by_id(change: &mut Change<'_>, membership_id: &str, id: &str) -> Answer<()> {
    change.one::<OrganizationMembership>(membership_id)?;
    let row = change.one_of::<Assignment>("membership", membership_id, id)?;
    if row.source.is_some() {
        let message = "The role comes from a group of the membership.";
        return Err(Refusal::forbidden("forbidden", message));
    }
    change.remove::<Assignment>(id)?;
    change.settle_roles(membership_id)
}

/// Assigns a role to a group, which must not have it.
pub(crate) fn assign_to_group(
    change: &mut Change<'_>,
    group_id: &str,
    role_on: &RoleOn<'_>,
) -> Answer<Arc<GroupAssignment>> {
    let group = change.one::<Group>(group_id)?;
    let ids = role_on.ids_or_root(change, &group.organization_id)?;
    insert(change, group_id, ids)
}

/// Takes a role from a group.
pub(crate) fn unassign_from_group(
    change: &mut Change<'_>,
    group_id: &str,
    role_on: &RoleOn<'_>,
) -> Answer<()> {
    let group = change.one::<Group>(group_id)?;
    let ids = role_on.ids_or_root(change, &group.organization_id)?;
    take(change, group_id, &ids)
}

/// Replaces the roles of a group. What it has already stays as it is.
pub(crate) fn replace_of_group(
    change: &mut Change<'_>,
    group_id: &str,
    roles_on: &[RoleOn<'_>],
) -> Answer<Vec<Arc<GroupAssignment>>> {
    let group = change.one::<Group>(group_id)?.clone();
    let mut wanted = Vec::new();
    for role_on in roles_on {
        let ids = role_on.ids_or_root(change, &group.organization_id)?;
        if !wanted.contains(&ids) {
            wanted.push(ids);
        }
    }
    let before: Vec<_> = change.group_role_assignments.by("group", group_id).cloned().collect();
    for row in before {
        if !wanted.iter().any(|(role, on)| row.role_id == *role && row.resource_id == *on) {
            change.remove::<GroupAssignment>(&row.id)?;
        }
    }
    wanted.into_iter().map(|ids| keep_or_insert(change, group_id, ids)).collect()
}

/// Takes roles from a group and then assigns others.
pub(crate) fn patch_of_group(
    change: &mut Change<'_>,
    group_id: &str,
    added: &[RoleOn<'_>],
    removed: &[RoleOn<'_>],
) -> Answer<()> {
    let group = change.one::<Group>(group_id)?.clone();
    for role_on in removed {
        let ids = role_on.ids(change, &group.organization_id)?;
        take(change, group_id, &ids)?;
    }
    for role_on in added {
        let ids = role_on.ids(change, &group.organization_id)?;
        keep_or_insert(change, group_id, ids)?;
    }
    Ok(())
}

fn direct<'a>(
    store: &'a Store,
    membership_id: &str,
    role_id: &str,
    resource_id: &str,
) -> Option<&'a Arc<Assignment>> {
    let mut rows = store.role_assignments.by("on", &pair(membership_id, resource_id));
    let is_direct = |row: &Assignment| row.source.is_none() && !(row.is_own && store.drop_in);
    rows.find(|row| is_direct(row) && row.role_id == role_id)
}

fn of_group<'a>(
    store: &'a Store,
    group_id: &str,
    (role_id, resource_id): &Ids,
) -> Option<&'a Arc<GroupAssignment>> {
    let key = pair(group_id, &pair(role_id, resource_id));
    store.group_role_assignments.find("role_on", &key)
}

fn insert(
    change: &mut Change<'_>,
    group_id: &str,
    (role_id, resource_id): Ids,
) -> Answer<Arc<GroupAssignment>> {
    let (id, created_at) = (change.id(GroupAssignment::PREFIX), change.now());
    let group_id = group_id.to_owned();
    change.insert(GroupAssignment { id, group_id, role_id, resource_id, created_at })
}

fn keep_or_insert(
    change: &mut Change<'_>,
    group_id: &str,
    ids: Ids,
) -> Answer<Arc<GroupAssignment>> {
    match of_group(change, group_id, &ids) {
        Some(row) => Ok(row.clone()),
        None => insert(change, group_id, ids),
    }
}

fn take(change: &mut Change<'_>, group_id: &str, ids: &Ids) -> Answer<()> {
    let found = of_group(change, group_id, ids).map(|row| row.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(GroupAssignment::NAME, group_id))?;
    change.remove::<GroupAssignment>(&id).map(drop)
}
