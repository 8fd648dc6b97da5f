//! Memberships of users in organizations.

use workos::organization_membership::*;
use workos::{Group, Organization, Page, User};

use crate::products::memberships::{create, deactivate, detailed, reactivate, remove, update};
use crate::reply::{Answer, Refusal};
use crate::state::{View, shown};

routes! {
    organization_membership;
    list_organization_memberships(query)             => read list;
    create_organization_membership(body)             => write create;
    get_organization_membership(id)                  => read get;
    update_organization_membership(id, body)         => write update;
    delete_organization_membership(id)               => write remove;
    deactivate_organization_membership(id)           => write deactivate;
    reactivate_organization_membership(id)           => write reactivate;
    list_organization_membership_groups(om_id, query) => read groups;
}

fn list(
    view: &View<'_>,
    query: ListOrganizationMembershipsParams,
) -> Answer<Page<OrganizationMembership>> {
    let (user_id, organization_id) = (query.user_id.as_deref(), query.organization_id.as_deref());
    let active = vec![OrganizationMembershipStatus::Active];
    let statuses = query.statuses.as_ref().unwrap_or(&active);
    let is_listed = |membership: &OrganizationMembership| {
        organization_id.is_none_or(|id| membership.organization_id == id)
            && statuses.contains(&membership.status)
    };
    let rows = &view.organization_memberships;
    let key = user_id.map(|id| ("user", id)).or(organization_id.map(|id| ("organization", id)));
    let Some((index, key)) = key else {
        if view.drop_in {
            let page = rows.page(&query, is_listed)?;
            return Ok(shown(page, |membership| detailed(view, membership)));
        }
        let message = "Either user_id or organization_id is required.";
        return Err(Refusal::bad_request("missing_user_id_or_organization_id", message));
    };
    user_id.map(|id| view.one::<User>(id)).transpose()?;
    organization_id.map(|id| view.one::<Organization>(id)).transpose()?;
    let page = rows.page_by(index, key, &query, is_listed)?;
    Ok(shown(page, |membership| detailed(view, membership)))
}

fn get(view: &View<'_>, id: &str) -> Answer<OrganizationMembership> {
    view.one(id).map(|membership| detailed(view, membership))
}

fn groups<'a>(
    view: &'a View<'_>,
    om_id: &str,
    query: ListOrganizationMembershipGroupsParams,
) -> Answer<Page<&'a Group>> {
    let membership = view.one::<OrganizationMembership>(om_id)?;
    let own: Vec<_> =
        view.group_members.by("membership", om_id).map(|member| &member.group_id).collect();
    let organization_id = &membership.organization_id;
    view.groups.page_by("organization", organization_id, &query, |group| own.contains(&&group.id))
}
