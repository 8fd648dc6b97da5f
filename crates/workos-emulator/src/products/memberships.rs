//! Memberships of users in organizations, and their roles.

use std::collections::BTreeSet;
use std::sync::Arc;

use workos::organization_membership::*;
use workos::{Organization, User};

use super::pipes;
use crate::fields::chosen_id;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, ORGANIZATION_TYPE, Store, set_roles};

/// Makes a user a member. An inactive membership becomes active again, with the new roles.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateOrganizationMembership,
) -> Answer<OrganizationMembership> {
    add(change, None, input)
}

/// The same with a chosen ID, if the user is not a member yet.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    input: CreateOrganizationMembership,
) -> Answer<OrganizationMembership> {
    change.one::<User>(&input.user_id)?;
    change.one::<Organization>(&input.organization_id)?;
    let roles = roles(change, &input.organization_id, input.role)?;
    let roles = roles.unwrap_or_else(|| vec![change.default_role().to_owned()]);
    let known = find(change, &input.user_id, &input.organization_id).cloned();
    let membership = match known {
        None => {
            let (user_id, organization_id) = (&input.user_id, &input.organization_id);
            let status = OrganizationMembershipStatus::Active;
            let mut new = new_membership(change, user_id, organization_id, status, roles);
            if id.is_some() {
                new.id = chosen_id::<OrganizationMembership>(change, id)?;
            }
            change.insert(new)?
        }
        Some(known) if change.drop_in && known.status == OrganizationMembershipStatus::Active => {
            let message = "The user is a member of the organization.";
            return Err(Refusal::conflict("conflict", message));
        }
        Some(known) => {
            let mut membership = activated(&known)?;
            replace_roles(change, &mut membership, &roles)?;
            change.update(membership)?
        }
    };
    Ok(detailed(change, &membership))
}

/// A new membership; not stored yet.
pub(crate) fn new_membership(
    change: &mut Change<'_>,
    user_id: &str,
    organization_id: &str,
    status: OrganizationMembershipStatus,
    roles: Vec<String>,
) -> OrganizationMembership {
    let mut membership: OrganizationMembership = change.make();
    membership.user_id = user_id.to_owned();
    membership.organization_id = organization_id.to_owned();
    membership.status = status;
    set_roles(&mut membership, roles);
    membership
}

/// Replaces the roles of a membership, if there are new ones.
pub(crate) fn update(
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

/// Ends a membership.
pub(crate) fn remove(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let membership = change.remove::<OrganizationMembership>(id)?;
    pipes::member_left(change, &membership.user_id, &membership.organization_id)
}

/// Makes a membership inactive. A pending one has to be removed instead.
pub(crate) fn deactivate(change: &mut Change<'_>, id: &str) -> Answer<OrganizationMembership> {
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

/// Makes an inactive membership active again.
pub(crate) fn reactivate(change: &mut Change<'_>, id: &str) -> Answer<OrganizationMembership> {
    let membership: OrganizationMembership = change.copy(id)?;
    if membership.status == OrganizationMembershipStatus::Active {
        return Ok(detailed(change, &membership));
    }
    let membership = change.update(activated(&membership)?)?;
    Ok(detailed(change, &membership))
}

/// The membership of a user in an organization, whatever its status.
pub(crate) fn find<'a>(
    store: &'a Store,
    user_id: &str,
    organization_id: &str,
) -> Option<&'a Arc<OrganizationMembership>> {
    let mut memberships = store.organization_memberships.by("user", user_id);
    memberships.find(|membership| membership.organization_id == organization_id)
}

/// Whether a user is an active member of an organization.
pub(crate) fn is_active_member(store: &Store, user_id: &str, organization_id: &str) -> bool {
    find(store, user_id, organization_id)
        .is_some_and(|membership| membership.status == OrganizationMembershipStatus::Active)
}

/// The organizations that a user is an active member of.
pub(crate) fn active_organizations<'a>(
    store: &'a Store,
    user_id: &str,
) -> impl Iterator<Item = &'a Arc<Organization>> {
    let memberships = store.organization_memberships.by("user", user_id);
    let active = memberships.filter(|own| own.status == OrganizationMembershipStatus::Active);
    active.filter_map(|own| store.organizations.get(&own.organization_id))
}

/// A membership as most lists show it.
pub(crate) fn without_roles(membership: &OrganizationMembership) -> OrganizationMembership {
    let mut membership = membership.clone();
    (membership.role, membership.roles) = (None, None);
    membership
}

/// A membership with the user, as the members of a group are shown.
pub(crate) fn with_user(
    store: &Store,
    membership: &OrganizationMembership,
) -> OrganizationMembership {
    let mut shown = without_roles(membership);
    shown.user = store.users.get(&membership.user_id).map(|user| User::clone(user));
    shown
}

/// A membership with the user and the name of the organization.
pub(crate) fn detailed(
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
        let found = store.role(organization_id, &slug);
        if found.is_none() && store.drop_in {
            by_priority.insert((None, slug));
            continue;
        }
        let Some(row) = found else {
            let message = format!("The organization has no role '{slug}'.");
            return Err(Refusal::unprocessable("invalid_role", message));
        };
        if row.role.resource_type_slug != ORGANIZATION_TYPE && !store.drop_in {
            let message = format!("The role '{slug}' is for resources of an organization.");
            return Err(Refusal::unprocessable("sub_resource_scoped_role_not_allowed", message));
        }
        by_priority.insert((store.roles.place(&row.id), slug));
    }
    Ok(Some(by_priority.into_iter().map(|(_, slug)| slug).collect()))
}

/// Replaces the roles of a membership other than those from its groups.
pub(crate) fn replace_roles(
    change: &mut Change<'_>,
    membership: &mut OrganizationMembership,
    slugs: &[String],
) -> Answer<()> {
    change.assign_directly(membership, slugs)?;
    if change.drop_in {
        set_roles(membership, slugs.to_vec());
        return Ok(());
    }
    set_roles(membership, change.organization_roles(membership));
    Ok(())
}

/// Makes a user an active member, with the default role if there is no membership yet.
pub(crate) fn join(change: &mut Change<'_>, user_id: &str, organization_id: &str) -> Answer<()> {
    let active = OrganizationMembershipStatus::Active;
    match find(change, user_id, organization_id).cloned() {
        Some(known) if known.status == active => {}
        Some(known) => {
            let mut membership = OrganizationMembership::clone(&known);
            membership.status = active;
            change.update(membership)?;
        }
        None => {
            let roles = vec![change.default_role().to_owned()];
            let new = new_membership(change, user_id, organization_id, active, roles);
            change.insert(new)?;
        }
    }
    Ok(())
}
