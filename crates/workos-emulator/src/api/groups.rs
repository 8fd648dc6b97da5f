//! Groups of an organization's memberships.

use std::sync::Arc;

use workos::groups::*;
use workos::{Organization, OrganizationMembership, Page};

use super::organization_membership::without_roles;
use crate::fields::{search, set_name, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Member, Store, View, shown};

/// The most memberships that one request may add and remove.
const MAX_PATCH: usize = 100;

routes! {
    groups;
    list_organization_groups(organization_id, query)           => read list;
    create_organization_group(organization_id, body)           => write create;
    get_organization_group(organization_id, group_id)          => read get;
    update_organization_group(organization_id, group_id, body) => write update;
    delete_organization_group(organization_id, group_id)       => write delete;
    list_group_organization_memberships(organization_id, group_id, query) => read members;
    create_group_organization_membership(organization_id, group_id, body) => write add_member;
    update_group_organization_memberships(organization_id, group_id, body) => write patch_members;
    delete_group_organization_membership(organization_id, group_id, om_id) => write remove_member;
}

fn list<'a>(
    view: &'a View<'_>,
    organization_id: &str,
    query: ListOrganizationGroupsParams,
) -> Answer<Page<&'a Group>> {
    view.one::<Organization>(organization_id)?;
    let finds = search(query.search.clone());
    view.groups.page_by("organization", organization_id, &query, |group| finds(&group.name))
}

fn get<'a>(view: &'a View<'_>, organization_id: &str, group_id: &str) -> Answer<&'a Arc<Group>> {
    group(view, organization_id, group_id)
}

pub(crate) fn create(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateGroup,
) -> Answer<Arc<Group>> {
    change.one::<Organization>(organization_id)?;
    let mut group: Group = change.make();
    group.organization_id = organization_id.to_owned();
    group.name = input.name;
    group.description = input.description;
    change.insert(group)
}

fn update(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    input: UpdateGroup,
) -> Answer<Arc<Group>> {
    let mut group = Group::clone(group(change, organization_id, group_id)?);
    set_name(&mut group.name, input.name)?;
    set_nullable(&mut group.description, input.description);
    change.update(group)
}

fn delete(change: &mut Change<'_>, organization_id: &str, group_id: &str) -> Answer<()> {
    group(change, organization_id, group_id)?;
    change.remove::<Group>(group_id)?;
    Ok(())
}

fn members(
    view: &View<'_>,
    organization_id: &str,
    group_id: &str,
    query: ListGroupOrganizationMembershipsParams,
) -> Answer<Page<OrganizationMembership>> {
    group(view, organization_id, group_id)?;
    let is_member =
        |membership: &OrganizationMembership| member(view, group_id, &membership.id).is_some();
    let rows = &view.organization_memberships;
    let page = rows.page_by("organization", organization_id, &query, is_member)?;
    Ok(shown(page, without_roles))
}

fn add_member(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    input: CreateGroupMembership,
) -> Answer<Arc<Group>> {
    let group = group(change, organization_id, group_id)?.clone();
    add(change, &group, &input.organization_membership_id)?;
    Ok(group)
}

fn patch_members(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    input: PatchGroupMemberships,
) -> Answer<()> {
    let group = group(change, organization_id, group_id)?.clone();
    let (added, removed) = (input.add.unwrap_or_default(), input.remove.unwrap_or_default());
    if !(1..=MAX_PATCH).contains(&(added.len() + removed.len())) {
        let message = format!("Name 1 to {MAX_PATCH} memberships in add and remove.");
        return Err(Refusal::unprocessable("invalid_request_parameters", message));
    }
    for id in removed {
        remove(change, &group, &id)?;
    }
    added.iter().try_for_each(|id| add(change, &group, id))
}

fn remove_member(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    om_id: &str,
) -> Answer<()> {
    let group = group(change, organization_id, group_id)?.clone();
    remove(change, &group, om_id)
}

/// Adds a membership of the same organization. One that is in the group stays.
pub(crate) fn add(change: &mut Change<'_>, group: &Group, membership_id: &str) -> Answer<()> {
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

fn remove(change: &mut Change<'_>, group: &Group, membership_id: &str) -> Answer<()> {
    let found = member(change, &group.id, membership_id).map(|member| member.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(Member::NAME, membership_id))?;
    change.remove::<Member>(&id)?;
    Ok(())
}

fn group<'a>(store: &'a Store, organization_id: &str, group_id: &str) -> Answer<&'a Arc<Group>> {
    store.one::<Organization>(organization_id)?;
    store.one_of("organization", organization_id, group_id)
}

fn member<'a>(store: &'a Store, group_id: &str, membership_id: &str) -> Option<&'a Arc<Member>> {
    let mut groups = store.group_members.by("membership", membership_id);
    groups.find(|member| member.group_id == group_id)
}
