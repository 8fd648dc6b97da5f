//! Organizations, their domains as far as an organization lists them, and their IT contacts.

use std::sync::Arc;

use workos::organizations::*;
use workos::{AuthorizedApplication, ItContact, Organization, Page};

use crate::fields::search;
use crate::products::audit_logs::configuration;
use crate::products::organizations::{
    add, add_contact, contact, invite_contact, remove, revoke_contact, update,
};
use crate::reply::{Answer, Invalid, Refusal};
use crate::sign_in::consent::detailed;
use crate::state::{Change, Contact, View, shown, whole};

routes! {
    organizations;
    list_organizations(query)                           => read list;
    create_organization(body)                           => write create;
    get_organization_by_external_id(external_id)        => read get_by_external_id;
    get_organization(id)                                => read get;
    update_organization(id, body)                       => write update;
    delete_organization(id)                             => write remove;
    get_audit_log_configuration(id)                     => read configuration;
    list_authorized_applications(organization_id, query) => read authorized_applications;
    list_it_contacts(organization_id)                   => read contacts;
    create_it_contact(organization_id, body)            => write add_contact;
    delete_it_contact(organization_id, contact_id)      => write delete_contact;
    invite_it_contact(organization_id, contact_id, body) => write invite;
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

fn delete_contact(change: &mut Change<'_>, organization_id: &str, contact_id: &str) -> Answer<()> {
    contact(change, organization_id, contact_id)?;
    change.remove::<Contact>(contact_id).map(drop)
}

fn invite(
    change: &mut Change<'_>,
    organization_id: &str,
    contact_id: &str,
    input: InviteItContact,
) -> Answer<()> {
    if input.intents.is_empty() {
        let message = "must name at least one page of the Admin Portal.";
        return Err(Refusal::invalid(&[Invalid::new("intents", "required", message)]));
    }
    invite_contact(change, organization_id, contact_id)
}
