//! Memberships of users in organizations.

use std::collections::BTreeSet;

use workos::organization_membership::*;
use workos::{Group, Organization, Page, User};

use crate::products::pipes;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, ORGANIZATION_TYPE, Store, View, set_roles, shown};

routes! {
    organization_membership;
    list_organization_memberships(query)             => read list;
    create_organization_membership(body)             => write create;
    get_organization_membership(id)                  => read get;
    update_organization_membership(id, body)         => write update;
    delete_organization_membership(id)               => write delete;
    deactivate_organization_membership(id)           => write deactivate;
    reactivate_organization_membership(id)           => write reactivate;
    list_organization_membership_groups(om_id, query) => read groups;
}

fn list(
    view: &View<'_>,
    query: ListOrganizationMembershipsParams,
) -> Answer<Page<OrganizationMembership>> {
    let (user_id, organization_id) = (query.user_id.as_deref(), query.organization_id.as_deref());
    let Some((index, key)) =
        user_id.map(|id| ("user", id)).or(organization_id.map(|id| ("organization", id)))
    else {
        let message = "Either user_id or organization_id is required.";
        return Err(Refusal::bad_request("missing_user_id_or_organization_id", message));
    };
    user_id.map(|id| view.one::<User>(id)).transpose()?;
    organization_id.map(|id| view.one::<Organization>(id)).transpose()?;
    let active = vec![OrganizationMembershipStatus::Active];
    let statuses = query.statuses.as_ref().unwrap_or(&active);
    let page = view.organization_memberships.page_by(index, key, &query, |membership| {
        organization_id.is_none_or(|id| membership.organization_id == id)
            && statuses.contains(&membership.status)
    })?;
    Ok(shown(page, |membership| detailed(view, membership)))
}

fn get(view: &View<'_>, id: &str) -> Answer<OrganizationMembership> {
    view.one(id).map(|membership| detailed(view, membership))
}

/// An inactive membership becomes active again, with the new roles.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateOrganizationMembership,
) -> Answer<OrganizationMembership> {
    change.one::<User>(&input.user_id)?;
    change.one::<Organization>(&input.organization_id)?;
    let roles = roles(change, &input.organization_id, input.role)?;
    let roles = roles.unwrap_or_else(|| vec![change.default_role().to_owned()]);
    let known = find(change, &input.user_id, &input.organization_id).cloned();
    let membership = match known {
        None => {
            let mut membership: OrganizationMembership = change.make();
            membership.user_id = input.user_id;
            membership.organization_id = input.organization_id;
            membership.status = OrganizationMembershipStatus::Active;
            set_roles(&mut membership, roles);
            change.insert(membership)?
        }
        Some(known) => {
            let mut membership = activated(&known)?;
            replace_roles(change, &mut membership, &roles)?;
            change.update(membership)?
        }
    };
    Ok(detailed(change, &membership))
}

fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateOrganizationMembership,
) -> Answer<OrganizationMembership> {
    let mut membership: OrganizationMembership = change.copy(id)?;
    if let Some(roles) = roles(change, &membership.organization_id, input.role)? {
        replace_roles(change, &mut membership, &roles)?;
    }
    let membership = change.update(membership)?;
    Ok(detailed(change, &membership))
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let membership = change.remove::<OrganizationMembership>(id)?;
    pipes::member_left(change, &membership.user_id, &membership.organization_id)
}

fn deactivate(change: &mut Change<'_>, id: &str) -> Answer<OrganizationMembership> {
    let mut membership: OrganizationMembership = change.copy(id)?;
    match membership.status {
        OrganizationMembershipStatus::Pending => Err(Refusal::bad_request(
            "cannot_deactivate_pending_organization_membership",
            "A pending membership cannot be deactivated, only deleted.",
        )),
        OrganizationMembershipStatus::Inactive => Ok(detailed(change, &membership)),
        _ => {
            membership.status = OrganizationMembershipStatus::Inactive;
            let membership = change.update(membership)?;
            pipes::member_left(change, &membership.user_id, &membership.organization_id)?;
            Ok(detailed(change, &membership))
        }
    }
}

fn reactivate(change: &mut Change<'_>, id: &str) -> Answer<OrganizationMembership> {
    let membership: OrganizationMembership = change.copy(id)?;
    if membership.status == OrganizationMembershipStatus::Active {
        return Ok(detailed(change, &membership));
    }
    let membership = change.update(activated(&membership)?)?;
    Ok(detailed(change, &membership))
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

/// The membership of a user in an organization, whatever its status.
pub(crate) fn find<'a>(
    store: &'a Store,
    user_id: &str,
    organization_id: &str,
) -> Option<&'a std::sync::Arc<OrganizationMembership>> {
    let mut memberships = store.organization_memberships.by("user", user_id);
    memberships.find(|membership| membership.organization_id == organization_id)
}

/// A membership as most lists show it.
pub(super) fn without_roles(membership: &OrganizationMembership) -> OrganizationMembership {
    let mut membership = membership.clone();
    (membership.role, membership.roles) = (None, None);
    membership
}

/// A membership with the user and the name of the organization.
pub(super) fn detailed(
    store: &Store,
    membership: &OrganizationMembership,
) -> OrganizationMembership {
    let mut membership = membership.clone();
    let organization = store.organizations.get(&membership.organization_id);
    membership.organization_name = organization.map(|organization| organization.name.clone());
    membership.user = store.users.get(&membership.user_id).map(|user| User::clone(user));
    membership
}

fn activated(membership: &OrganizationMembership) -> Answer<OrganizationMembership> {
    if membership.status == OrganizationMembershipStatus::Pending {
        return Err(Refusal::bad_request(
            "cannot_reactivate_pending_organization_membership",
            "A pending membership becomes active when its invitation is accepted.",
        ));
    }
    let mut membership = membership.clone();
    membership.status = OrganizationMembershipStatus::Active;
    Ok(membership)
}

/// The slugs of the roles that a request names, by priority. The organization has them all.
fn roles(
    store: &Store,
    organization_id: &str,
    role: Option<OrganizationMembershipRole>,
) -> Answer<Option<Vec<String>>> {
    let slugs = match role {
        Some(OrganizationMembershipRole::Single { role_slug }) => vec![role_slug],
        Some(OrganizationMembershipRole::Multiple { role_slugs }) => role_slugs,
        _ => return Ok(None),
    };
    if slugs.is_empty() {
        return Err(Refusal::unprocessable("invalid_role", "At least one role is required."));
    }
    let mut by_priority = BTreeSet::new();
    for slug in slugs {
        let Some(row) = store.role(organization_id, &slug) else {
            let message = format!("The organization has no role '{slug}'.");
            return Err(Refusal::unprocessable("invalid_role", message));
        };
        if row.role.resource_type_slug != ORGANIZATION_TYPE {
            let message = format!("The role '{slug}' is for resources of an organization.");
            return Err(Refusal::unprocessable("sub_resource_scoped_role_not_allowed", message));
        }
        by_priority.insert((store.roles.place(&row.id), slug));
    }
    Ok(Some(by_priority.into_iter().map(|(_, slug)| slug).collect()))
}

/// Replaces the roles of a membership other than those from its groups.
pub(super) fn replace_roles(
    change: &mut Change<'_>,
    membership: &mut OrganizationMembership,
    slugs: &[String],
) -> Answer<()> {
    change.assign_directly(membership, slugs)?;
    set_roles(membership, change.organization_roles(membership));
    Ok(())
}
