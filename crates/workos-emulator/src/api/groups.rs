//! Groups of an organization's memberships.

use std::sync::Arc;

use workos::groups::*;
use workos::{EventName, Organization, OrganizationMembership, Page};

use crate::fields::{search, set_name, set_nullable};
use crate::products::groups::{add_member, create, group, member, remove_member};
use crate::products::memberships::with_user;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, View, shown};

/// The most memberships that one request may add and remove.
const MAX_PATCH: usize = 100;

routes! {
    groups;
    list_organization_groups(organization_id, query)           => read list;
    create_organization_group(organization_id, body)           => write create;
    get_organization_group(organization_id, group_id)          => read group;
    update_organization_group(organization_id, group_id, body) => write update;
    delete_organization_group(organization_id, group_id)       => write delete;
    list_group_organization_memberships(organization_id, group_id, query) => read members;
    create_group_organization_membership(organization_id, group_id, body) => write add;
    update_group_organization_memberships(organization_id, group_id, body) => write patch;
    delete_group_organization_membership(organization_id, group_id, om_id) => write remove;
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
    if change.drop_in {
        change.untell(&EventName::GroupMemberRemoved);
    }
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
    Ok(shown(page, |membership| with_user(view, membership)))
}

fn add(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    input: CreateGroupMembership,
) -> Answer<Arc<Group>> {
    let group = group(change, organization_id, group_id)?.clone();
    add_member(change, &group, &input.organization_membership_id)?;
    Ok(group)
}

fn patch(
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
        remove_member(change, &group, &id)?;
    }
    added.iter().try_for_each(|id| add_member(change, &group, id))
}

fn remove(
    change: &mut Change<'_>,
    organization_id: &str,
    group_id: &str,
    om_id: &str,
) -> Answer<()> {
    let group = group(change, organization_id, group_id)?.clone();
    remove_member(change, &group, om_id)
}
