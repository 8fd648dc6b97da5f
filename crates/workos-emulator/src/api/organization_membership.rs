//! Memberships of users in organizations.

use workos::organization_membership::*;
use workos::{Group, Organization, Page, SlimRole, User};

use crate::reply::{Answer, Refusal};
use crate::state::{Change, DEFAULT_ROLE, Store, View, shown};

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
fn create(
    change: &mut Change<'_>,
    input: CreateOrganizationMembership,
) -> Answer<OrganizationMembership> {
    change.one::<User>(&input.user_id)?;
    change.one::<Organization>(&input.organization_id)?;
    let roles = roles(change, &input.organization_id, input.role)?;
    let roles = roles.unwrap_or_else(|| vec![DEFAULT_ROLE.to_owned()]);
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
            set_roles(&mut membership, roles);
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
        set_roles(&mut membership, roles);
    }
    let membership = change.update(membership)?;
    Ok(detailed(change, &membership))
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<OrganizationMembership>(id)?;
    Ok(())
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
pub(super) fn find<'a>(
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
fn detailed(store: &Store, membership: &OrganizationMembership) -> OrganizationMembership {
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

/// The slugs of the roles that a request names, all of which the organization has.
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
    for slug in &slugs {
        if !has_role(store, organization_id, slug) {
            let message = format!("The organization has no role '{slug}'.");
            return Err(Refusal::unprocessable("invalid_role", message));
        }
    }
    Ok(Some(slugs))
}

/// Whether an organization has a role of its own or of the environment.
pub(super) fn has_role(store: &Store, organization_id: &str, slug: &str) -> bool {
    let mut named = store.roles.by("slug", slug);
    named.any(|row| row.organization_id.as_deref().is_none_or(|id| id == organization_id))
}

pub(super) fn set_roles(membership: &mut OrganizationMembership, slugs: Vec<String>) {
    let slim = |slug: &String| {
        let mut role = SlimRole::default();
        role.slug.clone_from(slug);
        role
    };
    let roles: Vec<_> = slugs.iter().map(slim).collect();
    membership.role = roles.first().cloned();
    membership.roles = Some(roles);
}
