//! Organizations, with the domains that they list, and their IT contacts.

use std::sync::Arc;

use workos::organizations::*;
use workos::{ItContact, ObjectType, Organization};

use super::domains::{await_record, new_domain, tell_of_domains};
use crate::fields::{email, make_as, merge_metadata, set_name, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, Contact};

/// Adds an organization, which may have a chosen ID.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    input: CreateOrganization,
) -> Answer<Arc<Organization>> {
    let mut organization: Organization = make_as(change, id)?;
    organization.name = input.name;
    let allows = input.allow_profiles_outside_organization.unwrap_or_default();
    organization.allow_profiles_outside_organization = Some(allows);
    organization.external_id = input.external_id;
    organization.metadata = input.metadata.unwrap_or_default();
    set_domains(change, &mut organization, input.domain_data, input.domains);
    let organization = change.insert(organization)?;
    tell_of_domains(change, &[], &organization.domains);
    Ok(organization)
}

/// Changes an organization and, if the input has any, its domains.
pub(crate) fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateOrganization,
) -> Answer<Arc<Organization>> {
    let mut organization: Organization = change.copy(id)?;
    let before = organization.domains.clone();
    set_name(&mut organization.name, input.name)?;
    if input.allow_profiles_outside_organization.is_some() {
        organization.allow_profiles_outside_organization =
            input.allow_profiles_outside_organization;
    }
    if input.stripe_customer_id.is_some() {
        organization.stripe_customer_id = input.stripe_customer_id;
    }
    set_nullable(&mut organization.external_id, input.external_id);
    merge_metadata(&mut organization.metadata, input.metadata)?;
    set_domains(change, &mut organization, input.domain_data, input.domains);
    let organization = change.update(organization)?;
    tell_of_domains(change, &before, &organization.domains);
    Ok(organization)
}

/// Deletes an organization with all that belongs to it.
pub(crate) fn remove(change: &mut Change<'_>, id: &str) -> Answer<()> {
    // The API does not document a 404 here, but a second deletion has nothing to delete.
    let organization = change.remove::<Organization>(id)?;
    tell_of_domains(change, &organization.domains, &[]);
    Ok(())
}

/// Replaces the domains of an organization, if a request has any. One that it has already keeps its
/// ID.
fn set_domains(
    change: &mut Change<'_>,
    organization: &mut Organization,
    domain_data: Option<Vec<OrganizationDomainData>>,
    domains: Option<Vec<String>>,
) {
    let pending =
        |domain| OrganizationDomainData { domain, state: OrganizationDomainDataState::Pending };
    let domains = domains.map(|domains| domains.into_iter().map(pending).collect());
    let Some(given) = domain_data.or(domains) else { return };
    let before = std::mem::take(&mut organization.domains);
    for OrganizationDomainData { domain, state } in given {
        let name = domain.trim().to_lowercase();
        if organization.domains.iter().any(|own| own.domain == name) {
            continue;
        }
        let known = before.iter().find(|known| known.domain == name).cloned();
        let mut domain = known.unwrap_or_else(|| new_domain(change, &organization.id, &name));
        domain.updated_at = change.now();
        if state == OrganizationDomainDataState::Verified {
            domain.state = Some(OrganizationDomainState::Verified);
            domain.verification_strategy = Some(OrganizationDomainVerificationStrategy::Manual);
        } else {
            await_record(change, &mut domain);
        }
        organization.domains.push(domain);
    }
}

/// A copy of an IT contact of an organization, or 404.
pub(crate) fn contact(
    change: &Change<'_>,
    organization_id: &str,
    contact_id: &str,
) -> Answer<Contact> {
    change.one::<Organization>(organization_id)?;
    change.copy_of("organization", organization_id, contact_id)
}

/// Adds an IT contact. An organization has only one with an address.
pub(crate) fn add_contact(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateItContact,
) -> Answer<ItContact> {
    change.one::<Organization>(organization_id)?;
    let email = email(&input.email);
    let mut others = change.it_contacts.by("organization", organization_id);
    if others.any(|other| other.contact.email == email) {
        let message = "The organization has an IT contact with this address.";
        return Err(Refusal::conflict("it_contact_already_exists", message));
    }
    let mut contact = ItContact::default();
    contact.object = ObjectType::ItContact;
    contact.id = change.id(Contact::PREFIX);
    contact.email = email;
    contact.created_at = change.now();
    contact.updated_at = change.now();
    change.insert(Contact {
        id: contact.id.clone(),
        organization_id: organization_id.to_owned(),
        contact: contact.clone(),
        is_invited: false,
    })?;
    Ok(contact)
}

/// Invites an IT contact to the Admin Portal.
pub(crate) fn invite_contact(
    change: &mut Change<'_>,
    organization_id: &str,
    contact_id: &str,
) -> Answer<()> {
    let mut row = contact(change, organization_id, contact_id)?;
    if row.is_invited {
        let message = "The IT contact has an active invitation.";
        return Err(Refusal::conflict("it_contact_invitation_already_active", message));
    }
    row.is_invited = true;
    change.mail(&row.contact.email, EmailKind::ItContactInvitation, None, contact_id);
    change.put(row).map(drop)
}

/// Revokes the invitation of an IT contact.
pub(crate) fn revoke_contact(
    change: &mut Change<'_>,
    organization_id: &str,
    contact_id: &str,
) -> Answer<()> {
    let mut row = contact(change, organization_id, contact_id)?;
    if !row.is_invited {
        return Err(Refusal::not_found("IT contact invitation", contact_id));
    }
    row.is_invited = false;
    change.put(row).map(drop)
}
