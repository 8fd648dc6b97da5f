//! Organizations, their domains as far as an organization lists them, and their IT contacts.

use std::sync::Arc;

use workos::organizations::*;
use workos::{
    AuditLogConfiguration, AuthorizedApplication, ItContact, ObjectType, Organization, Page,
};

use super::user_management::authorized_applications::detailed;
use crate::fields::{email, make_as, merge_metadata, search, set_name, set_nullable};
use crate::products::audit_logs;
use crate::products::domains::{await_record, new_domain, tell_of_domains};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, Contact, View, shown, whole};

routes! {
    organizations;
    list_organizations(query)                           => read list;
    create_organization(body)                           => write create;
    get_organization_by_external_id(external_id)        => read get_by_external_id;
    get_organization(id)                                => read get;
    update_organization(id, body)                       => write update;
    delete_organization(id)                             => write delete;
    get_audit_log_configuration(id)                     => read audit_log_configuration;
    list_authorized_applications(organization_id, query) => read authorized_applications;
    list_it_contacts(organization_id)                   => read contacts;
    create_it_contact(organization_id, body)            => write create_contact;
    delete_it_contact(organization_id, contact_id)      => write delete_contact;
    invite_it_contact(organization_id, contact_id, body) => write invite_contact;
    revoke_it_contact(organization_id, contact_id)      => write revoke_contact;
}

fn list<'a>(view: &'a View<'_>, query: ListOrganizationsParams) -> Answer<Page<&'a Organization>> {
    let finds = search(query.search.clone());
    let domains: Vec<_> =
        query.domains.iter().flatten().map(|domain| domain.to_lowercase()).collect();
    view.organizations.page(&query, |organization| {
        let mut own = organization.domains.iter();
        (domains.is_empty() || own.any(|own| domains.contains(&own.domain)))
            && finds(&organization.name)
    })
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<Organization>> {
    view.one(id)
}

fn get_by_external_id<'a>(view: &'a View<'_>, external_id: &str) -> Answer<&'a Arc<Organization>> {
    view.one_by("external_id", external_id)
}

fn create(change: &mut Change<'_>, input: CreateOrganization) -> Answer<Arc<Organization>> {
    add(change, None, input)
}

/// Adds an organization, which may have a chosen ID.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    input: CreateOrganization,
) -> Answer<Arc<Organization>> {
    let mut organization: Organization = make_as(change, id)?;
    organization.name = input.name;
    organization.allow_profiles_outside_organization = input.allow_profiles_outside_organization;
    organization.external_id = input.external_id;
    organization.metadata = input.metadata.unwrap_or_default();
    set_domains(change, &mut organization, input.domain_data, input.domains);
    let organization = change.insert(organization)?;
    tell_of_domains(change, &[], &organization.domains);
    Ok(organization)
}

fn update(
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

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
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

fn audit_log_configuration(view: &View<'_>, id: &str) -> Answer<AuditLogConfiguration> {
    audit_logs::configuration(view, id)
}

fn authorized_applications(
    view: &View<'_>,
    organization_id: &str,
    query: ListAuthorizedApplicationsParams,
) -> Answer<Page<AuthorizedApplication>> {
    view.one::<Organization>(organization_id)?;
    let rows = &view.authorized_applications;
    let page = rows.page_by("organization", organization_id, &query, |_| true)?;
    Ok(shown(page, |row| detailed(view, row)))
}

fn contacts<'a>(view: &'a View<'_>, organization_id: &str) -> Answer<Page<&'a ItContact>> {
    view.one::<Organization>(organization_id)?;
    let rows = view.it_contacts.by("organization", organization_id);
    Ok(whole(rows.map(|row| &row.contact)))
}

fn create_contact(
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

fn delete_contact(change: &mut Change<'_>, organization_id: &str, contact_id: &str) -> Answer<()> {
    contact(change, organization_id, contact_id)?;
    change.remove::<Contact>(contact_id)?;
    Ok(())
}

fn invite_contact(
    change: &mut Change<'_>,
    organization_id: &str,
    contact_id: &str,
    input: InviteItContact,
) -> Answer<()> {
    if input.intents.is_empty() {
        let message = "must name at least one page of the Admin Portal.";
        return Err(Refusal::invalid(&[Invalid::new("intents", "required", message)]));
    }
    let mut row = contact(change, organization_id, contact_id)?;
    if row.is_invited {
        let message = "The IT contact has an active invitation.";
        return Err(Refusal::conflict("it_contact_invitation_already_active", message));
    }
    row.is_invited = true;
    change.mail(&row.contact.email, EmailKind::ItContactInvitation, None, contact_id);
    change.put(row)?;
    Ok(())
}

fn revoke_contact(change: &mut Change<'_>, organization_id: &str, contact_id: &str) -> Answer<()> {
    let mut row = contact(change, organization_id, contact_id)?;
    if !row.is_invited {
        return Err(Refusal::not_found("IT contact invitation", contact_id));
    }
    row.is_invited = false;
    change.put(row)?;
    Ok(())
}

fn contact(change: &Change<'_>, organization_id: &str, contact_id: &str) -> Answer<Contact> {
    change.one::<Organization>(organization_id)?;
    change.copy_of("organization", organization_id, contact_id)
}
