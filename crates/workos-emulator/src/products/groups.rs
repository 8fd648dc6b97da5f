//! Groups of an organization's memberships.

use std::sync::Arc;

use workos::groups::{CreateGroup, Group};
use workos::{Organization, OrganizationMembership};

use crate::fields::make_as;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Member, Store};

/// The group of an organization with this ID, or 404.
pub(crate) fn group<'a>(
    store: &'a Store,
    organization_id: &str,
    group_id: &str,
) -> Answer<&'a Arc<Group>> {
    store.one::<Organization>(organization_id)?;
    store.one_of("organization", organization_id, group_id)
}

/// Creates a group without members.
pub(crate) fn create(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateGroup,
) -> Answer<Arc<Group>> {
    add(change, None, organization_id, input)
}

/// Adds a group without members, which may have a chosen ID.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    organization_id: &str,
    input: CreateGroup,
) -> Answer<Arc<Group>> {
    change.one::<Organization>(organization_id)?;
    let mut group: Group = make_as(change, id)?;
    group.organization_id = organization_id.to_owned();
    group.name = input.name;
    group.description = input.description;
    change.insert(group)
}

/// Adds a membership of the same organization. One that is in the group stays.
pub(crate) fn add_member(
    change: &mut Change<'_>,
    group: &Group,
    membership_id: &str,
) -> Answer<()> {
    change.one_of::<OrganizationMembership>(
        "organization",
        &group.organization_id,
        membership_id,
    )?;
    if member(change, &group.id, membership_id).is_none() {
        let (id, group_id) = (change.id(Member::PREFIX), group.id.clone());
        change.insert(Member { id, group_id, membership_id: membership_id.to_owned() })?;
    }
    Ok(())
}

/// Removes a membership from a group, or 404 if it is not in it.
pub(crate) fn remove_member(
    change: &mut Change<'_>,
    group: &Group,
    membership_id: &str,
) -> Answer<()> {
    let found = member(change, &group.id, membership_id).map(|member| member.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(Member::NAME, membership_id))?;
    change.remove::<Member>(&id).map(drop)
}

/// The row that says that a membership is in a group, if it is.
pub(crate) fn member<'a>(
    store: &'a Store,
    group_id: &str,
    membership_id: &str,
) -> Option<&'a Arc<Member>> {
    let mut groups = store.group_members.by("membership", membership_id);
    groups.find(|member| member.group_id == group_id)
}
