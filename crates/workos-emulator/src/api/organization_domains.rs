//! Domains of organizations.

use workos::organization_domains::*;
use workos::organizations::OrganizationDomain;

use crate::products::domains::{add_domain, domain, remove_domain, verify_domain};
use crate::reply::Answer;
use crate::state::{Change, View};

routes! {
    organization_domains;
    create_organization_domain(body) => write create;
    get_organization_domain(id)      => read get;
    delete_organization_domain(id)   => write delete;
    verify_organization_domain(id)   => write verify;
}

fn create(change: &mut Change<'_>, input: CreateOrganizationDomain) -> Answer<OrganizationDomain> {
    add_domain(change, &input.organization_id, &input.domain)
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a OrganizationDomain> {
    domain(view, id)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    remove_domain(change, id)
}

/// Finds the DNS record at once, as if it had been created.
fn verify(change: &mut Change<'_>, id: &str) -> Answer<OrganizationDomain> {
    verify_domain(change, id)
}
