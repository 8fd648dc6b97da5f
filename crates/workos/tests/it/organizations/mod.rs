//! Organizations end to end: every operation, through the public API, against the emulator.

mod changing;
mod creating;
mod it_contacts;
mod lists;
mod settings;

use crate::common::emulated::{emulator, metadata};
use workos::organizations::{
    CreateItContact, CreateOrganization, InviteItContact, InviteItContactIntents, Organization,
    OrganizationDomainData, OrganizationDomainDataState, OrganizationsApi, UpdateOrganization,
};
use workos::{ErrorKind, RequestOptions};

fn verified(domain: &str) -> OrganizationDomainData {
    OrganizationDomainData::new(domain, OrganizationDomainDataState::Verified)
}

fn pending(domain: &str) -> OrganizationDomainData {
    OrganizationDomainData::new(domain, OrganizationDomainDataState::Pending)
}

/// An organization with every field set.
fn acme_input() -> CreateOrganization {
    CreateOrganization {
        allow_profiles_outside_organization: Some(true),
        domain_data: Some(vec![verified("acme.com"), pending("acme.org")]),
        metadata: Some(metadata(&[("tier", "gold")])),
        external_id: Some("customer-7".into()),
        ..CreateOrganization::new("Acme")
    }
}

async fn create(organizations: &OrganizationsApi, input: CreateOrganization) -> Organization {
    organizations.create_organization(input).await.unwrap()
}

async fn create_named<const N: usize>(
    organizations: &OrganizationsApi,
    names: [&str; N],
) -> [Organization; N] {
    let mut created = Vec::new();
    for name in names {
        created.push(create(organizations, CreateOrganization::new(name)).await);
    }
    created.try_into().unwrap()
}

async fn all(organizations: &OrganizationsApi) -> Vec<Organization> {
    organizations.list_organizations(Default::default()).await.unwrap().data
}

#[tokio::test]
async fn an_unknown_organization_is_not_found_by_any_operation() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let (id, contact) = ("org_missing", "it_contact_missing");
    let invite = InviteItContact::new([InviteItContactIntents::SSO]);
    let errors = [
        organizations.get_organization(id).await.unwrap_err(),
        organizations.get_organization_by_external_id("missing").await.unwrap_err(),
        organizations.update_organization(id, UpdateOrganization::default()).await.unwrap_err(),
        organizations.get_audit_log_configuration(id).await.unwrap_err(),
        organizations.list_authorized_applications(id, Default::default()).await.unwrap_err(),
        organizations.list_it_contacts(id).await.unwrap_err(),
        organizations.create_it_contact(id, CreateItContact::new("it@a.co")).await.unwrap_err(),
        organizations.delete_it_contact(id, contact).await.unwrap_err(),
        organizations.invite_it_contact(id, contact, invite).await.unwrap_err(),
        organizations.revoke_it_contact(id, contact).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_not_found(), "{error}");
    }
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_not_sent() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    for id in ["", ".", "..", "%2e%2e"] {
        let error = organizations.get_organization_by_external_id(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder, "{id}");
        assert!(error.to_string().contains("external_id"), "{error}");
    }
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn successes_have_the_documented_status() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let input = CreateOrganization::new("Acme");
    let created = organizations.create_organization(input).with_response().await.unwrap();
    let id = created.data.id.as_str();
    let change = UpdateOrganization::default();
    let updated = organizations.update_organization(id, change).with_response().await.unwrap();
    let contact = CreateItContact::new("it@acme.com");
    let added = organizations.create_it_contact(id, contact).with_response().await.unwrap();
    let contact = added.data.id.as_str();
    let invite = InviteItContact::new([InviteItContactIntents::SSO]);
    let invited = organizations.invite_it_contact(id, contact, invite).with_response();
    let invited = invited.await.unwrap();
    let revoked = organizations.revoke_it_contact(id, contact).with_response().await.unwrap();
    let removed = organizations.delete_it_contact(id, contact).with_response().await.unwrap();
    let deleted = organizations.delete_organization(id).with_response().await.unwrap();
    let statuses = [
        created.status,
        updated.status,
        added.status,
        invited.status,
        revoked.status,
        removed.status,
        deleted.status,
    ];
    assert_eq!(statuses.map(|status| status.as_u16()), [201, 200, 201, 204, 204, 204, 202]);
    assert!(created.request_id().is_some_and(|id| !id.is_empty()));
}

#[tokio::test]
async fn every_operation_takes_options() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let options = RequestOptions::new()
        .header(http::HeaderName::from_static("x-tenant"), http::HeaderValue::from_static("seven"))
        .idempotency_key("once");
    let options = Some(&options);
    let input =
        CreateOrganization { external_id: Some("7".into()), ..CreateOrganization::new("Acme") };
    let change = UpdateOrganization::default();
    let contact = CreateItContact::new("it@acme.com");
    let invite = InviteItContact::new([InviteItContactIntents::SSO]);

    let acme = organizations.create_organization_with_options(input, options).await.unwrap();
    let id = acme.id.as_str();
    organizations.list_organizations_with_options(Default::default(), options).await.unwrap();
    organizations.get_organization_by_external_id_with_options("7", options).await.unwrap();
    organizations.get_organization_with_options(id, options).await.unwrap();
    organizations.update_organization_with_options(id, change, options).await.unwrap();
    organizations.get_audit_log_configuration_with_options(id, options).await.unwrap();
    organizations
        .list_authorized_applications_with_options(id, Default::default(), options)
        .await
        .unwrap();
    let contact =
        organizations.create_it_contact_with_options(id, contact, options).await.unwrap().id;
    organizations.list_it_contacts_with_options(id, options).await.unwrap();
    organizations.invite_it_contact_with_options(id, &contact, invite, options).await.unwrap();
    organizations.revoke_it_contact_with_options(id, &contact, options).await.unwrap();
    organizations.delete_it_contact_with_options(id, &contact, options).await.unwrap();
    organizations.delete_organization_with_options(id, options).await.unwrap();

    let requests = emulator.requests().latest();
    for request in &requests {
        assert_eq!(request.headers["x-tenant"], "seven", "{request:?}");
        assert_eq!(request.headers["idempotency-key"], "once", "{request:?}");
    }
    let sent: Vec<_> = requests.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(
        sent,
        [
            "POST /organizations".to_owned(),
            "GET /organizations".to_owned(),
            "GET /organizations/external_id/7".to_owned(),
            format!("GET /organizations/{id}"),
            format!("PUT /organizations/{id}"),
            format!("GET /organizations/{id}/audit_log_configuration"),
            format!("GET /organizations/{id}/authorized_applications"),
            format!("POST /organizations/{id}/it_contacts"),
            format!("GET /organizations/{id}/it_contacts"),
            format!("POST /organizations/{id}/it_contacts/{contact}/invite"),
            format!("POST /organizations/{id}/it_contacts/{contact}/revoke"),
            format!("DELETE /organizations/{id}/it_contacts/{contact}"),
            format!("DELETE /organizations/{id}"),
        ]
    );
}
