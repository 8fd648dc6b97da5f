//! Roles, permissions, resources, and who has which role on what.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use workos::events::EventRole;
use workos::{
    AuthorizationResource, EventData, ObjectType, Organization, OrganizationMembership, Role,
    SlimRole, Timestamp,
};

use super::Member;
use crate::reply::Answer;
use crate::state::collection::{Entity, Happened};
use crate::state::{Change, DEFAULT_ROLE, Store};

/// The resource type that every environment has. Each organization is a resource of it, under which
/// its other resources are.
pub(crate) const ORGANIZATION_TYPE: &str = "organization";
/// Stands for the organization of environment roles in their index.
pub(crate) const ENVIRONMENT: &str = "";

/// A role of the environment or of one organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredRole {
    /// Whether members get it by default, instead of the usual one.
    pub(crate) is_default: bool,
    #[serde(rename = "row_id")]
    pub(crate) id: String,
    #[serde(rename = "row_organization_id")]
    pub(crate) organization_id: Option<String>,
    #[serde(flatten)]
    pub(crate) role: Role,
}

/// A type of resources, under its slug.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResourceType {
    pub(crate) id: String,
    /// The types that a parent may have.
    pub(crate) parents: Vec<String>,
}

/// A role of a membership on a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) membership_id: String,
    pub(crate) role_id: String,
    pub(crate) resource_id: String,
    /// The group that it comes from; `None` if it is direct.
    pub(crate) source: Option<GroupSource>,
    /// Whether it stands for a role that the membership itself has.
    pub(crate) is_own: bool,
    pub(crate) created_at: Timestamp,
}

/// Why a membership has the role of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupSource {
    pub(crate) assignment_id: String,
    pub(crate) member_id: String,
}

/// A role of a group on a resource. Each member has an [`Assignment`] from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupAssignment {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) role_id: String,
    pub(crate) resource_id: String,
    pub(crate) created_at: Timestamp,
}

/// A key of two parts. The first has no `/`.
pub(crate) fn pair(first: &str, second: &str) -> String {
    format!("{first}/{second}")
}

/// The keys by which a resource is found. An organization's has its ID, too.
pub(in crate::state) fn external_ids(row: &AuthorizationResource, key: &mut dyn FnMut(&str)) {
    key(&external_id(&row.organization_id, &row.resource_type_slug, &row.external_id));
    if row.resource_type_slug == ORGANIZATION_TYPE {
        key(&external_id(&row.organization_id, ORGANIZATION_TYPE, &row.organization_id));
    }
}

/// The key of a resource by its organization, type and external ID.
pub(crate) fn external_id(organization_id: &str, type_slug: &str, external_id: &str) -> String {
    pair(organization_id, &pair(type_slug, external_id))
}

/// Sets the roles that a membership shows: those on its organization.
pub(crate) fn set_roles(membership: &mut OrganizationMembership, slugs: Vec<String>) {
    let slim = |slug| {
        let mut role = SlimRole::default();
        role.slug = slug;
        role
    };
    let roles: Vec<_> = slugs.into_iter().map(slim).collect();
    membership.role = roles.first().cloned();
    membership.roles = Some(roles);
}

impl Store {
    /// The resource that an organization is.
    pub(crate) fn root(&self, organization_id: &str) -> Option<&Arc<AuthorizationResource>> {
        let key = external_id(organization_id, ORGANIZATION_TYPE, organization_id);
        self.authorization_resources.find("external_id", &key)
    }

    /// The slug of the role that members get by default.
    pub(crate) fn default_role(&self) -> &str {
        let chosen = self.roles.find("default", "default");
        chosen.map_or(DEFAULT_ROLE, |row| &row.role.slug)
    }

    /// A role that applies to an organization: its own or one of the environment.
    pub(crate) fn role(&self, organization_id: &str, slug: &str) -> Option<&Arc<StoredRole>> {
        let own = self.roles.find("organization_slug", &pair(organization_id, slug));
        own.or_else(|| self.roles.find("environment_slug", slug))
    }

    /// The roles of a membership on one resource, direct or from a group, but not inherited.
    pub(crate) fn roles_on<'a>(
        &'a self,
        membership_id: &str,
        resource_id: &str,
    ) -> impl Iterator<Item = &'a Arc<StoredRole>> {
        let assigned = self.role_assignments.by("on", &pair(membership_id, resource_id));
        assigned.filter_map(|row| self.roles.get(&row.role_id))
    }

    /// The slugs of the roles that a membership has on its organization, by priority.
    pub(crate) fn organization_roles(&self, membership: &OrganizationMembership) -> Vec<String> {
        let root = self.root(&membership.organization_id).map_or("", |root| &root.id);
        let by_priority: BTreeSet<_> = self
            .roles_on(&membership.id, root)
            .map(|row| (self.roles.place(&row.id), &row.role.slug))
            .collect();
        by_priority.into_iter().map(|(_, slug)| slug.clone()).collect()
    }
}

impl Change<'_> {
    /// Assigns a role on a resource to a membership, which does not have it from this source.
    pub(crate) fn assign(
        &mut self,
        membership_id: &str,
        role_id: &str,
        resource_id: &str,
        source: Option<GroupSource>,
    ) -> Answer<Arc<Assignment>> {
        let (id, created_at) = (self.id(Assignment::PREFIX), self.now());
        let [membership_id, role_id, resource_id] =
            [membership_id, role_id, resource_id].map(str::to_owned);
        let is_own = false;
        self.insert(Assignment {
            id,
            membership_id,
            role_id,
            resource_id,
            source,
            is_own,
            created_at,
        })
    }

    /// Replaces the roles that a membership has on its organization other than from groups.
    pub(crate) fn assign_directly(
        &mut self,
        membership: &OrganizationMembership,
        slugs: &[String],
    ) -> Answer<()> {
        let organization_id = &membership.organization_id;
        let Some(root) = self.root(organization_id).map(|root| root.id.clone()) else {
            return Ok(());
        };
        let roles = slugs.iter().filter_map(|slug| self.role(organization_id, slug));
        let wanted: BTreeSet<_> = roles.map(|row| row.id.clone()).collect();
        let on_root = self.role_assignments.by("on", &pair(&membership.id, &root));
        // The official emulator keeps apart what was assigned by itself.
        let is_own = |row: &&Arc<Assignment>| row.source.is_none() && (row.is_own || !self.drop_in);
        let own: Vec<_> = on_root.filter(is_own).cloned().collect();
        for row in own.iter().filter(|row| !wanted.contains(&row.role_id)) {
            self.remove::<Assignment>(&row.id)?;
        }
        for role_id in wanted {
            if !own.iter().any(|row| row.role_id == role_id) {
                let row = self.assign(&membership.id, &role_id, &root, None)?;
                self.put(Assignment { is_own: true, ..Assignment::clone(&row) })?;
            }
        }
        Ok(())
    }

    /// Makes a membership show the roles that it has on its organization. One without any gets the
    /// default role.
    pub(crate) fn settle_roles(&mut self, membership_id: &str) -> Answer<()> {
        let found = self.organization_memberships.get(membership_id);
        let Some(membership) = found.filter(|_| !self.drop_in) else {
            return Ok(());
        };
        // Everything in the organization is about to go.
        if self.organizations.get(&membership.organization_id).is_none() {
            return Ok(());
        }
        let mut slugs = self.organization_roles(membership);
        if slugs.is_empty() {
            slugs.push(self.default_role().to_owned());
        }
        if slugs == shown_roles(membership) {
            return Ok(());
        }
        let mut membership = OrganizationMembership::clone(membership);
        set_roles(&mut membership, slugs);
        self.update(membership)?;
        Ok(())
    }
}

fn shown_roles(membership: &OrganizationMembership) -> Vec<String> {
    membership.roles.iter().flatten().map(|role| role.slug.clone()).collect()
}

/// Every organization is a resource.
pub(in crate::state) fn after_organization(
    change: &mut Change<'_>,
    row: &Organization,
    happened: Happened,
) -> Answer<()> {
    if happened == Happened::Deleted {
        return Ok(());
    }
    let external_id = row.external_id.as_ref().unwrap_or(&row.id);
    let mut root = match change.root(&row.id) {
        Some(root) if root.name == row.name && root.external_id == *external_id => return Ok(()),
        Some(root) => AuthorizationResource::clone(root),
        None => change.make(),
    };
    root.organization_id.clone_from(&row.id);
    root.resource_type_slug = ORGANIZATION_TYPE.to_owned();
    root.external_id.clone_from(external_id);
    root.name.clone_from(&row.name);
    root.updated_at = change.now();
    change.put(root)?;
    Ok(())
}

/// The roles that a membership shows are assigned on its organization.
pub(in crate::state) fn after_membership(
    change: &mut Change<'_>,
    row: &OrganizationMembership,
    happened: Happened,
) -> Answer<()> {
    if happened == Happened::Deleted {
        return Ok(());
    }
    let root = change.root(&row.organization_id).map_or("", |root| &root.id);
    let assigned: Vec<_> = change.role_assignments.by("on", &pair(&row.id, root)).collect();
    // A role that a group gives need not be assigned as well.
    let is_direct = |slug: &String| {
        let role = change.role(&row.organization_id, slug).map(|role| &role.id);
        let mut same = assigned.iter().filter(|row| Some(&row.role_id) == role).peekable();
        same.peek().is_none() || same.any(|row| row.source.is_none())
    };
    let direct: Vec<_> = shown_roles(row).into_iter().filter(is_direct).collect();
    change.assign_directly(row, &direct)
}

/// A member of a group has its roles.
pub(in crate::state) fn after_member(
    change: &mut Change<'_>,
    row: &Member,
    happened: Happened,
) -> Answer<()> {
    if happened == Happened::Created {
        let granted: Vec<_> =
            change.group_role_assignments.by("group", &row.group_id).cloned().collect();
        for granted in granted {
            pass_on(change, &granted, row)?;
        }
    }
    change.settle_roles(&row.membership_id)
}

/// What a group is assigned, its members are assigned.
pub(in crate::state) fn after_group_assignment(
    change: &mut Change<'_>,
    row: &GroupAssignment,
    happened: Happened,
) -> Answer<()> {
    let members: Vec<_> = change.group_members.by("group", &row.group_id).cloned().collect();
    for member in members {
        if happened == Happened::Created {
            pass_on(change, row, &member)?;
        }
        change.settle_roles(&member.membership_id)?;
    }
    Ok(())
}

fn pass_on(change: &mut Change<'_>, granted: &GroupAssignment, member: &Member) -> Answer<()> {
    let (assignment_id, member_id) = (granted.id.clone(), member.id.clone());
    let source = Some(GroupSource { assignment_id, member_id });
    change.assign(&member.membership_id, &granted.role_id, &granted.resource_id, source)?;
    Ok(())
}

pub(in crate::state) fn of_role(row: &StoredRole, happened: Happened) -> Option<EventData> {
    let mut payload = EventRole::default();
    payload.object = ObjectType::Role;
    payload.slug.clone_from(&row.role.slug);
    payload.resource_type_slug.clone_from(&row.role.resource_type_slug);
    payload.permissions = Some(row.role.permissions.clone());
    payload.created_at = row.role.created_at;
    payload.updated_at = row.role.updated_at;
    if row.organization_id.is_none() {
        return Some(match happened {
            Happened::Created => EventData::RoleCreated(payload),
            Happened::Updated => EventData::RoleUpdated(payload),
            Happened::Deleted => EventData::RoleDeleted(payload),
        });
    }
    payload.object = ObjectType::OrganizationRole;
    payload.organization_id.clone_from(&row.organization_id);
    payload.name = Some(row.role.name.clone());
    payload.description.clone_from(&row.role.description);
    let event = match happened {
        Happened::Created => EventData::OrganizationRoleCreated(payload),
        Happened::Updated => EventData::OrganizationRoleUpdated(payload),
        Happened::Deleted => EventData::OrganizationRoleDeleted(payload),
    };
    Some(if row.role.description.is_none() { with_null_description(&event) } else { event })
}

/// An event of a custom role says that it has no description; the type would leave it out.
fn with_null_description(event: &EventData) -> EventData {
    let mut payload = serde_json::to_value(event).unwrap_or_default();
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("description".to_owned(), Value::Null);
    }
    let mut untyped = EventData::default();
    if let EventData::Unknown { name, data, .. } = &mut untyped {
        (*name, *data) = (event.name(), payload);
    }
    untyped
}
