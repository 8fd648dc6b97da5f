//! Domains of organizations. They live in their organization, which lists them.

use std::sync::Arc;

use workos::organizations::{
    OrganizationDomain, OrganizationDomainState, OrganizationDomainVerificationStrategy,
};
use workos::{EventData, ObjectType, Organization, SecretString};

use crate::reply::{Answer, Refusal};
use crate::state::{Change, Store};

/// The domain with this ID.
pub(crate) fn domain<'a>(store: &'a Store, id: &str) -> Answer<&'a OrganizationDomain> {
    let mut domains = owner(store, id)?.domains.iter();
    domains.find(|domain| domain.id == id).ok_or_else(|| not_found(id))
}

/// Adds a domain that no organization has. It waits for its DNS record.
pub(crate) fn add_domain(
    change: &mut Change<'_>,
    organization_id: &str,
    name: &str,
) -> Answer<OrganizationDomain> {
    let mut organization: Organization = change.copy(organization_id)?;
    let name = name.trim().to_lowercase();
    if change.organizations.find("domain", &name).is_some() {
        let message = format!("The domain {name} exists already.");
        return Err(Refusal::conflict("domain_already_exists", message));
    }
    let mut domain = new_domain(change, &organization.id, &name);
    await_record(change, &mut domain);
    organization.domains.push(domain.clone());
    change.put(organization)?;
    change.tell(EventData::OrganizationDomainCreated(domain.clone()));
    Ok(domain)
}

/// Removes a domain from its organization.
pub(crate) fn remove_domain(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let mut organization = Organization::clone(owner(change, id)?);
    let before = organization.domains.clone();
    organization.domains.retain(|domain| domain.id != id);
    tell_of_domains(change, &before, &organization.domains);
    change.put(organization).map(drop)
}

/// Finds the DNS record of a domain, as if it had been created.
pub(crate) fn verify_domain(change: &mut Change<'_>, id: &str) -> Answer<OrganizationDomain> {
    let mut organization = Organization::clone(owner(change, id)?);
    let mut domains = organization.domains.iter_mut();
    let domain = domains.find(|domain| domain.id == id).ok_or_else(|| not_found(id))?;
    if domain.state == Some(OrganizationDomainState::Verified) {
        let message = "The domain is verified already.";
        return Err(Refusal::bad_request("domain_already_verified", message));
    }
    domain.state = Some(OrganizationDomainState::Verified);
    domain.updated_at = change.now();
    let domain = domain.clone();
    change.put(organization)?;
    change.tell(EventData::OrganizationDomainVerified(domain.clone()));
    Ok(domain)
}

/// A new domain of an organization; not stored yet.
pub(crate) fn new_domain(
    change: &mut Change<'_>,
    organization_id: &str,
    name: &str,
) -> OrganizationDomain {
    let mut domain = OrganizationDomain::default();
    domain.object = ObjectType::OrganizationDomain;
    domain.id = change.id("org_domain");
    domain.organization_id = organization_id.to_owned();
    domain.domain = name.to_owned();
    domain.created_at = change.now();
    domain.updated_at = change.now();
    domain
}

/// Lets a domain wait for a DNS record, whose name and value it keeps if it has them already.
pub(crate) fn await_record(change: &mut Change<'_>, domain: &mut OrganizationDomain) {
    domain.state = Some(OrganizationDomainState::Pending);
    domain.verification_strategy = Some(OrganizationDomainVerificationStrategy::Dns);
    if domain.verification_token.is_none() {
        let prefix = change.token(6).to_lowercase();
        domain.verification_prefix = Some(format!("emulator-domain-verification-{prefix}"));
        domain.verification_token = Some(SecretString::from(change.token(25)));
    }
}

/// Tells of what happened to the domains of an organization.
pub(crate) fn tell_of_domains(
    change: &mut Change<'_>,
    before: &[OrganizationDomain],
    after: &[OrganizationDomain],
) {
    for domain in after {
        match before.iter().find(|known| known.id == domain.id) {
            None => change.tell(EventData::OrganizationDomainCreated(domain.clone())),
            Some(known) if known.state != domain.state => {
                change.tell(EventData::OrganizationDomainUpdated(domain.clone()));
            }
            Some(_) => {}
        }
    }
    for gone in before.iter().filter(|known| after.iter().all(|domain| domain.id != known.id)) {
        change.tell(EventData::OrganizationDomainDeleted(gone.clone()));
    }
}

/// The organization of a domain.
fn owner<'a>(store: &'a Store, id: &str) -> Answer<&'a Arc<Organization>> {
    store.organizations.find("domain_id", id).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> Refusal {
    Refusal::not_found("Organization domain", id)
}
