//! Roles of the environment, and custom roles of organizations.

use serde_json::{Value, json};
use workos::authorization::*;
use workos::{ObjectType, Organization, Permission};

use super::{invalid_slug, is_slug, is_within, resource_type};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, ENVIRONMENT, Store, StoredRole, View, pair};

const MAX_SLUG_CHARS: usize = 48;
/// The characters from the ID at the end of a slug that is made from a name.
const SUFFIX_CHARS: usize = 6;
/// What tells a custom role from one of the environment.
const CUSTOM_PREFIX: &str = "org-";

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
    delete_organization_role(organization_id, slug)                => write delete_custom;
    add_organization_role_permission(organization_id, slug, body)  => write add_custom_permission;
    set_organization_role_permissions(organization_id, slug, body) => write set_custom_permissions;
    remove_organization_role_permission(organization_id, slug, permission_slug)
        => write remove_custom_permission;
}

fn list(view: &View<'_>) -> Answer<Value> {
    Ok(by_priority(view, &[ENVIRONMENT]))
}

fn list_all(view: &View<'_>, organization_id: &str) -> Answer<Value> {
    view.one::<Organization>(organization_id)?;
    Ok(by_priority(view, &[ENVIRONMENT, organization_id]))
}

/// The roles of these owners. New ones have the lowest priority.
fn by_priority(store: &Store, owners: &[&str]) -> Value {
    let own = |owner: &&str| store.roles.by("organization", owner);
    let mut rows: Vec<_> = owners.iter().flat_map(own).collect();
    rows.sort_by_key(|row| store.roles.place(&row.id));
    let roles: Vec<_> = rows.into_iter().map(|row| &row.role).collect();
    json!({"object": "list", "data": roles})
}

fn get<'a>(view: &'a View<'_>, slug: &str) -> Answer<&'a Role> {
    view.one_by::<StoredRole>("environment_slug", slug).map(|row| &row.role)
}

fn get_any<'a>(view: &'a View<'_>, organization_id: &str, slug: &str) -> Answer<&'a Role> {
    view.one::<Organization>(organization_id)?;
    find(view, organization_id, slug).map(|row| &row.role)
}

/// A role that applies to an organization.
pub(super) fn find<'a>(
    store: &'a Store,
    organization_id: &str,
    slug: &str,
) -> Answer<&'a StoredRole> {
    let found = store.role(organization_id, slug);
    found.map(|row| &**row).ok_or_else(|| Refusal::not_found(StoredRole::NAME, slug))
}

fn create(change: &mut Change<'_>, input: CreateRole) -> Answer<Role> {
    if input.slug.starts_with(CUSTOM_PREFIX) {
        return Err(invalid_slug("may begin with org- in custom roles only."));
    }
    let mut role = new_role(change, RoleType::EnvironmentRole, input.resource_type_slug)?;
    role.slug = input.slug;
    role.name = input.name;
    role.description = input.description;
    insert(change, None, role)
}

fn create_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateOrganizationRole,
) -> Answer<Role> {
    change.one::<Organization>(organization_id)?;
    let mut role = new_role(change, RoleType::OrganizationRole, input.resource_type_slug)?;
    role.slug = match input.slug {
        None => slug_of(&input.name, &role.id),
        Some(slug) if slug.starts_with(CUSTOM_PREFIX) => slug,
        Some(_) => return Err(invalid_slug("must begin with org-")),
    };
    role.name = input.name;
    role.description = input.description;
    insert(change, Some(organization_id.to_owned()), role)
}

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

/// Adds a role, or changes the one with its slug. The slug of a custom role may be any.
pub(crate) fn set_role(change: &mut Change<'_>, new: NewRole) -> Answer<Role> {
    let known = match &new.organization_id {
        None => change.roles.find("environment_slug", &new.slug),
        Some(id) => change.roles.find("organization_slug", &pair(id, &new.slug)),
    };
    let mut row = match known {
        Some(row) => StoredRole::clone(row),
        None => {
            let is_custom = new.organization_id.is_some();
            let type_ =
                if is_custom { RoleType::OrganizationRole } else { RoleType::EnvironmentRole };
            let mut role = new_role(change, type_, new.resource_type_slug)?;
            role.slug = new.slug;
            role.name.clone_from(&new.name);
            let id = insert(change, new.organization_id, role)?.id;
            change.copy(&id)?
        }
    };
    row.role.name = new.name;
    row.role.description = new.description;
    row.is_default |= new.is_default;
    grant_only(change, row, SetRolePermissions { permissions: new.permissions })
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

fn insert(change: &mut Change<'_>, organization_id: Option<String>, role: Role) -> Answer<Role> {
    if !is_slug(&role.slug) {
        let message = "may have only lowercase letters, digits, and single - and _ between them.";
        return Err(invalid_slug(message));
    }
    let row = change.insert(StoredRole {
        id: role.id.clone(),
        organization_id,
        role,
        is_default: false,
    })?;
    Ok(row.role.clone())
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

fn update(change: &mut Change<'_>, slug: &str, input: UpdateRole) -> Answer<Role> {
    let row = environment_role(change, slug)?;
    describe(change, row, input)
}

fn update_custom(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: UpdateRole,
) -> Answer<Role> {
    let row = custom_role(change, organization_id, slug)?;
    describe(change, row, input)
}

fn describe(change: &mut Change<'_>, mut row: StoredRole, input: UpdateRole) -> Answer<Role> {
    set(&mut row.role.name, input.name);
    set_nullable(&mut row.role.description, input.description);
    save(change, row)
}

/// Only a role that nobody has can be deleted.
fn delete_custom(change: &mut Change<'_>, organization_id: &str, slug: &str) -> Answer<()> {
    let row = custom_role(change, organization_id, slug)?;
    let mut assigned = change.role_assignments.by("role", &row.id);
    if assigned.any(|assignment| assignment.source.is_none()) {
        let message = "The role is assigned to memberships.";
        return Err(Refusal::conflict("role_has_assignments", message));
    }
    if change.group_role_assignments.find("role", &row.id).is_some() {
        let message = "The role is assigned to groups.";
        return Err(Refusal::conflict("role_has_group_role_mappings", message));
    }
    change.remove::<StoredRole>(&row.id)?;
    Ok(())
}

fn add_permission(change: &mut Change<'_>, slug: &str, input: AddRolePermission) -> Answer<Role> {
    let row = environment_role(change, slug)?;
    grant(change, row, input)
}

fn add_custom_permission(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: AddRolePermission,
) -> Answer<Role> {
    let row = custom_role(change, organization_id, slug)?;
    grant(change, row, input)
}

fn grant(change: &mut Change<'_>, mut row: StoredRole, input: AddRolePermission) -> Answer<Role> {
    check_permission(change, &row.role, &input.slug, "slug")?;
    if row.role.permissions.contains(&input.slug) {
        return Ok(row.role);
    }
    row.role.permissions.push(input.slug);
    save(change, row)
}

fn set_permissions(change: &mut Change<'_>, slug: &str, input: SetRolePermissions) -> Answer<Role> {
    let row = environment_role(change, slug)?;
    grant_only(change, row, input)
}

fn set_custom_permissions(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    input: SetRolePermissions,
) -> Answer<Role> {
    let row = custom_role(change, organization_id, slug)?;
    grant_only(change, row, input)
}

fn grant_only(
    change: &mut Change<'_>,
    mut row: StoredRole,
    input: SetRolePermissions,
) -> Answer<Role> {
    row.role.permissions.clear();
    for (index, slug) in input.permissions.into_iter().enumerate() {
        check_permission(change, &row.role, &slug, &format!("permissions[{index}]"))?;
        if !row.role.permissions.contains(&slug) {
            row.role.permissions.push(slug);
        }
    }
    save(change, row)
}

/// Removing a permission that the role does not have does nothing.
fn remove_custom_permission(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    permission_slug: &str,
) -> Answer<Role> {
    let mut row = custom_role(change, organization_id, slug)?;
    change.one_by::<Permission>("slug", permission_slug)?;
    let before = row.role.permissions.len();
    row.role.permissions.retain(|own| own != permission_slug);
    if row.role.permissions.len() == before { Ok(row.role) } else { save(change, row) }
}

/// A role may have the permissions of its resource type and of the types below.
fn check_permission(store: &Store, role: &Role, slug: &str, field: &str) -> Answer<()> {
    let permission = store.one_by::<Permission>("slug", slug)?;
    if is_within(store, &permission.resource_type_slug, &role.resource_type_slug) {
        return Ok(());
    }
    let message =
        format!("must be a permission of the type {} or one below.", role.resource_type_slug);
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}

/// A copy of an environment role.
fn environment_role(change: &Change<'_>, slug: &str) -> Answer<StoredRole> {
    change.one_by::<StoredRole>("environment_slug", slug).map(|row| StoredRole::clone(row))
}

/// A copy of an organization's own role. Those of the environment are not its to change.
fn custom_role(change: &Change<'_>, organization_id: &str, slug: &str) -> Answer<StoredRole> {
    change.one::<Organization>(organization_id)?;
    let found = change.roles.find("organization_slug", &pair(organization_id, slug));
    let found = found.map(|row| StoredRole::clone(row));
    found.ok_or_else(|| Refusal::not_found(StoredRole::NAME, slug))
}

/// Stores a changed role.
pub(super) fn save(change: &mut Change<'_>, mut row: StoredRole) -> Answer<Role> {
    row.role.updated_at = change.now();
    change.update(row).map(|row| row.role.clone())
}
