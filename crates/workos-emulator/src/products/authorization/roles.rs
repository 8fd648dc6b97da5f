//! Roles of the environment, and custom roles of organizations.

use std::sync::Arc;

use workos::authorization::*;
use workos::{ObjectType, Organization, OrganizationMembership, Permission};

use super::{invalid_slug, is_slug, is_within, resource_type};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Store, StoredRole, pair};

const MAX_SLUG_CHARS: usize = 48;
/// The characters from the ID at the end of a slug that is made from a name.
const SUFFIX_CHARS: usize = 6;
/// What tells a custom role from one of the environment.
const CUSTOM_PREFIX: &str = "org-";

/// A role as the dashboard makes it, or changes one that is there.
#[derive(Debug)]
pub(crate) struct NewRole {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The organization of a custom role.
    pub(crate) organization_id: Option<String>,
    pub(crate) resource_type_slug: Option<String>,
    pub(crate) permissions: Vec<String>,
    /// Whether members get it by default.
    pub(crate) is_default: bool,
}

/// The roles of these owners. New ones have the lowest priority.
pub(crate) fn by_priority<'a>(store: &'a Store, owners: &[&str]) -> Vec<&'a Role> {
    let own = |owner: &&str| store.roles.by("organization", owner);
    let mut rows: Vec<_> = owners.iter().flat_map(own).collect();
    rows.sort_by_key(|row| store.roles.place(&row.id));
    rows.into_iter().map(|row| &row.role).collect()
}

/// A role that applies to an organization.
pub(crate) fn find<'a>(
    store: &'a Store,
    organization_id: &str,
    slug: &str,
) -> Answer<&'a StoredRole> {
    let found = store.role(organization_id, slug);
    found.map(|row| &**row).ok_or_else(|| Refusal::not_found(StoredRole::NAME, slug))
}

/// Creates a role of the environment.
pub(crate) fn create(change: &mut Change<'_>, input: CreateRole) -> Answer<Role> {
    if input.slug.starts_with(CUSTOM_PREFIX) && !change.drop_in {
        return Err(invalid_slug("may begin with org- in custom roles only."));
    }
    let mut role = new_role(change, RoleType::EnvironmentRole, input.resource_type_slug)?;
    role.slug = input.slug;
    role.name = input.name;
    role.description = input.description;
    insert(change, None, role).map(|row| row.role.clone())
}

/// Creates a custom role of an organization. Its slug can come from its name.
pub(crate) fn create_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateOrganizationRole,
) -> Answer<Role> {
    change.one::<Organization>(organization_id)?;
    let mut role = new_role(change, RoleType::OrganizationRole, input.resource_type_slug)?;
    role.slug = match input.slug {
        None => slug_of(&input.name, &role.id),
        Some(slug) if slug.starts_with(CUSTOM_PREFIX) || change.drop_in => slug,
        Some(_) => return Err(invalid_slug("must begin with org-")),
    };
    role.name = input.name;
    role.description = input.description;
    insert(change, Some(organization_id.to_owned()), role).map(|row| row.role.clone())
}

/// Adds a role, or changes the one with its slug. The slug of a custom role may be any.
pub(crate) fn set_role(change: &mut Change<'_>, new: NewRole) -> Answer<Role> {
    let known = known(change, new.organization_id.as_deref(), &new.slug);
    let mut row = match known.cloned() {
        Some(row) => StoredRole::clone(&row),
        None => {
            let is_custom = new.organization_id.is_some();
            let type_ =
                if is_custom { RoleType::OrganizationRole } else { RoleType::EnvironmentRole };
            let mut role = new_role(change, type_, new.resource_type_slug)?;
            role.slug = new.slug;
            role.name.clone_from(&new.name);
            StoredRole::clone(&*insert(change, new.organization_id, role)?)
        }
    };
    row.role.name = new.name;
    row.role.description = new.description;
    row.is_default |= new.is_default;
    grant_only(change, row, new.permissions)
}

fn new_role(change: &mut Change<'_>, type_: RoleType, scope: Option<String>) -> Answer<Role> {
    let mut role = Role::default();
    role.object = ObjectType::Role;
    role.id = change.id(StoredRole::PREFIX);
    role.type_ = type_;
    role.resource_type_slug = resource_type(change, scope)?;
    role.created_at = change.now();
    role.updated_at = change.now();
    Ok(role)
}

fn insert(
    change: &mut Change<'_>,
    organization_id: Option<String>,
    role: Role,
) -> Answer<Arc<StoredRole>> {
    if !is_slug(&role.slug) {
        let message = "may have only lowercase letters, digits, and single - and _ between them.";
        return Err(invalid_slug(message));
    }
    let row = StoredRole { id: role.id.clone(), organization_id, role, is_default: false };
    let row = change.insert(row)?;
    if change.drop_in {
        give_to_those_who_name(change, &row)?;
    }
    Ok(row)
}

/// Assigns a new role to the memberships that have had its slug since before there was a role.
fn give_to_those_who_name(change: &mut Change<'_>, row: &StoredRole) -> Answer<()> {
    let is_named = |membership: &&Arc<OrganizationMembership>| {
        let organization_id = row.organization_id.as_ref();
        let mut named = membership.roles.iter().flatten();
        organization_id.is_none_or(|id| *id == membership.organization_id)
            && named.any(|role| role.slug == row.role.slug)
    };
    let memberships: Vec<_> =
        change.organization_memberships.iter().filter(is_named).cloned().collect();
    for membership in memberships {
        let slugs: Vec<_> =
            membership.roles.iter().flatten().map(|role| role.slug.clone()).collect();
        change.assign_directly(&membership, &slugs)?;
    }
    Ok(())
}

/// `Billing Admin` becomes `billing-admin-a1b2c3`, with the end of the role's ID.
fn slug_of(name: &str, id: &str) -> String {
    let lower = name.to_lowercase();
    let spaced = lower.replace(char::is_whitespace, "-");
    let kept = |char: &char| matches!(char, 'a'..='z' | '0'..='9' | '-' | '_');
    let plain: String = spaced.chars().filter(kept).collect();
    let mut slug = String::new();
    for part in plain.split_inclusive(['-', '_']).filter(|part| !["-", "_"].contains(part)) {
        slug.push_str(part);
    }
    slug.truncate(MAX_SLUG_CHARS - SUFFIX_CHARS - 1);
    let slug = if slug.is_empty() { "role" } else { slug.trim_end_matches(['-', '_']) };
    let suffix = id.len().checked_sub(SUFFIX_CHARS).and_then(|start| id.get(start..));
    format!("{slug}-{}", suffix.unwrap_or(id).to_lowercase())
}

/// Changes the name and the description of an owner's role.
pub(crate) fn update(
    change: &mut Change<'_>,
    owner: Option<&str>,
    slug: &str,
    input: UpdateRole,
) -> Answer<Role> {
    let mut row = own(change, owner, slug)?;
    set(&mut row.role.name, input.name);
    set_nullable(&mut row.role.description, input.description);
    save(change, row)
}

/// Removes a custom role. Only one that nobody has can be removed.
pub(crate) fn remove_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
) -> Answer<()> {
    let row = own(change, Some(organization_id), slug)?;
    let mut assigned = change.role_assignments.by("role", &row.id);
    if assigned.any(|assignment| assignment.source.is_none()) {
        let message = "The role is assigned to memberships.";
        return Err(Refusal::conflict("role_has_assignments", message));
    }
    if change.group_role_assignments.find("role", &row.id).is_some() {
        let message = "The role is assigned to groups.";
        return Err(Refusal::conflict("role_has_group_role_mappings", message));
    }
    change.remove::<StoredRole>(&row.id).map(drop)
}

/// Adds a permission to an owner's role, which may have it already.
pub(crate) fn grant(
    change: &mut Change<'_>,
    owner: Option<&str>,
    slug: &str,
    input: AddRolePermission,
) -> Answer<Role> {
    let mut row = own(change, owner, slug)?;
    check_permission(change, &row.role, &input.slug, "slug")?;
    if row.role.permissions.contains(&input.slug) {
        return Ok(row.role);
    }
    row.role.permissions.push(input.slug);
    save(change, row)
}

/// Replaces the permissions of an owner's role.
pub(crate) fn set_permissions(
    change: &mut Change<'_>,
    owner: Option<&str>,
    slug: &str,
    input: SetRolePermissions,
) -> Answer<Role> {
    let row = own(change, owner, slug)?;
    grant_only(change, row, input.permissions)
}

fn grant_only(
    change: &mut Change<'_>,
    mut row: StoredRole,
    permissions: Vec<String>,
) -> Answer<Role> {
    let before = std::mem::take(&mut row.role.permissions);
    for (index, slug) in permissions.into_iter().enumerate() {
        check_permission(change, &row.role, &slug, &format!("permissions[{index}]"))?;
        if !row.role.permissions.contains(&slug) {
            row.role.permissions.push(slug);
        }
    }
    if row.role.permissions == before && change.drop_in {
        return Ok(row.role);
    }
    save(change, row)
}

/// Removes a role of the environment, which only the official emulator does.
pub(crate) fn remove(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    let row = own(change, None, slug)?;
    change.remove::<StoredRole>(&row.id).map(drop)
}

/// Removes a permission from a custom role. One that the role does not have changes nothing.
pub(crate) fn revoke_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    permission_slug: &str,
) -> Answer<Role> {
    let mut row = own(change, Some(organization_id), slug)?;
    change.one_by::<Permission>("slug", permission_slug)?;
    let before = row.role.permissions.len();
    row.role.permissions.retain(|own| own != permission_slug);
    if row.role.permissions.len() == before { Ok(row.role) } else { save(change, row) }
}

/// A role may have the permissions of its resource type and of the types below.
fn check_permission(store: &Store, role: &Role, slug: &str, field: &str) -> Answer<()> {
    let permission = store.one_by::<Permission>("slug", slug)?;
    if store.drop_in || is_within(store, &permission.resource_type_slug, &role.resource_type_slug) {
        return Ok(());
    }
    let message =
        format!("must be a permission of the type {} or one below.", role.resource_type_slug);
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}

/// A copy of the role that an organization or, without one, the environment owns. The roles of the
/// environment are not an organization's to change.
fn own(change: &Change<'_>, owner: Option<&str>, slug: &str) -> Answer<StoredRole> {
    owner.map(|id| change.one::<Organization>(id)).transpose()?;
    let found = known(change, owner, slug).map(|row| StoredRole::clone(row));
    found.ok_or_else(|| Refusal::not_found(StoredRole::NAME, slug))
}

fn known<'a>(store: &'a Store, owner: Option<&str>, slug: &str) -> Option<&'a Arc<StoredRole>> {
    match owner {
        None => store.roles.find("environment_slug", slug),
        Some(id) => store.roles.find("organization_slug", &pair(id, slug)),
    }
}

/// Stores a changed role.
pub(super) fn save(change: &mut Change<'_>, mut row: StoredRole) -> Answer<Role> {
    row.role.updated_at = change.now();
    change.update(row).map(|row| row.role.clone())
}
