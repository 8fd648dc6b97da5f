//! Organizations end to end: every operation, through the public API, against the emulator.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use workos::organizations::{
    AuditLogConfiguration, AuditLogConfigurationLogStream, AuditLogConfigurationLogStreamState,
    AuditLogConfigurationLogStreamType, AuditLogConfigurationState, AuthorizedApplication,
    CreateItContact, CreateOrganizationParams, InviteItContact, InviteItContactIntents, ItContact,
    ListAuthorizedApplicationsParams, ListOrganizationsParams, Organization,
    OrganizationDomainData, OrganizationDomainDataState, OrganizationDomainState,
    OrganizationDomainVerificationStrategy, OrganizationInput, OrganizationsApi,
    UpdateOrganization,
};
use workos::{
    ConnectApplication, Error, ErrorKind, ListMetadata, Nullable, Page, PaginationOrder,
    RequestOptions, Timestamp,
};
use workos_emulator::{Emulator, Fault};

const NOW: &str = "2026-03-01T12:00:00.000Z";

/// An emulator whose clock stands still at `NOW`.
async fn emulator() -> Emulator {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    emulator.clock().freeze(NOW.parse().unwrap());
    emulator
}

/// Lets a second pass, so that a change shows in `updated_at`.
fn tick(emulator: &Emulator) -> Timestamp {
    emulator.clock().advance(Duration::from_secs(1));
    emulator.clock().now()
}

fn metadata(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn verified(domain: &str) -> OrganizationDomainData {
    OrganizationDomainData::new(domain, OrganizationDomainDataState::Verified)
}

fn pending(domain: &str) -> OrganizationDomainData {
    OrganizationDomainData::new(domain, OrganizationDomainDataState::Pending)
}

/// An organization with everything that can be given.
fn acme_input() -> OrganizationInput {
    OrganizationInput {
        allow_profiles_outside_organization: Some(true),
        domain_data: Some(vec![verified("acme.com"), pending("acme.org")]),
        metadata: metadata(&[("tier", "gold")]).into(),
        external_id: "customer-7".into(),
        ..OrganizationInput::new("Acme")
    }
}

async fn create(organizations: &OrganizationsApi, input: OrganizationInput) -> Organization {
    organizations.create_organization(input).await.unwrap()
}

async fn create_named<const N: usize>(
    organizations: &OrganizationsApi,
    names: [&str; N],
) -> [Organization; N] {
    let mut created = Vec::new();
    for name in names {
        created.push(create(organizations, OrganizationInput::new(name)).await);
    }
    created.try_into().unwrap()
}

async fn all(organizations: &OrganizationsApi) -> Vec<Organization> {
    organizations.list_organizations(Default::default()).await.unwrap().data
}

/// A list that fits on one page.
fn whole<T>(items: impl Into<Vec<T>>) -> Page<T> {
    Page::new(items.into(), ListMetadata::default())
}

/// What a refused call tells: status, code, and the fields that are named.
fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    let api = error.api().unwrap();
    let code = api.code.as_deref().unwrap_or_default();
    let fields = api.errors.iter().filter_map(|error| error.field.as_deref());
    let told: Vec<_> = [code].into_iter().chain(fields).collect();
    format!("{} {}", api.status, told.join(" "))
}

#[tokio::test]
async fn a_created_organization_has_what_it_was_given() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    assert!(acme.id.starts_with("org_"), "{}", acme.id);
    let (com, org) = (&acme.domains[0], &acme.domains[1]);
    assert!(org.verification_prefix.is_some() && org.verification_token.is_some(), "{org:?}");
    assert_eq!(
        serde_json::to_value(&acme).unwrap(),
        json!({
            "object": "organization",
            "id": acme.id,
            "name": "Acme",
            "domains": [
                {
                    "object": "organization_domain",
                    "id": com.id,
                    "organization_id": acme.id,
                    "domain": "acme.com",
                    "state": "verified",
                    "verification_strategy": "manual",
                    "created_at": NOW,
                    "updated_at": NOW,
                },
                {
                    "object": "organization_domain",
                    "id": org.id,
                    "organization_id": acme.id,
                    "domain": "acme.org",
                    "state": "pending",
                    "verification_prefix": org.verification_prefix,
                    "verification_token": org.verification_token,
                    "verification_strategy": "dns",
                    "created_at": NOW,
                    "updated_at": NOW,
                },
            ],
            "metadata": {"tier": "gold"},
            "external_id": "customer-7",
            "created_at": NOW,
            "updated_at": NOW,
            "allow_profiles_outside_organization": true,
        })
    );
    assert_eq!(organizations.get_organization(&acme.id).await.unwrap(), acme);
    assert_eq!(organizations.get_organization_by_external_id("customer-7").await.unwrap(), acme);
    assert_eq!(all(&organizations).await, [acme]);
}

#[tokio::test]
async fn a_name_is_all_an_organization_needs() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let nulls = OrganizationInput {
        metadata: Nullable::Null,
        external_id: Nullable::Null,
        ..OrganizationInput::new("Acme")
    };
    for input in [OrganizationInput::new("Acme"), nulls] {
        let acme = create(&organizations, input).await;
        assert_eq!(
            serde_json::to_value(&acme).unwrap(),
            json!({
                "object": "organization", "id": acme.id, "name": "Acme", "domains": [],
                "metadata": {}, "external_id": null, "created_at": NOW, "updated_at": NOW,
            })
        );
    }
}

#[tokio::test]
async fn a_body_may_be_given_in_its_params() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let params = CreateOrganizationParams::new(OrganizationInput::new("Acme"));
    let acme = organizations.create_organization(params).await.unwrap();
    assert_eq!(all(&organizations).await, [acme]);
}

#[tokio::test]
async fn plain_domains_wait_for_their_verification() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let domains = Some(vec!["acme.com".into(), "acme.org".into()]);
    let acme =
        create(&organizations, OrganizationInput { domains, ..OrganizationInput::new("Acme") })
            .await;
    let states: Vec<_> =
        acme.domains.iter().map(|d| (d.domain.as_str(), d.state.clone())).collect();
    let waiting = Some(OrganizationDomainState::Pending);
    assert_eq!(states, [("acme.com", waiting.clone()), ("acme.org", waiting)]);
}

#[tokio::test]
async fn a_verification_token_is_not_printed() {
    let emulator = emulator().await;
    let acme = create(&emulator.client().organizations(), acme_input()).await;
    let token = acme.domains[1].verification_token.clone().unwrap();
    assert!(!token.is_empty());
    assert!(!format!("{acme:?} {acme:#?}").contains(token.expose()));
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
async fn an_id_that_would_address_something_else_is_not_sent() {
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
async fn wrong_fields_are_named_all_at_once() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let nameless = organizations.create_organization(OrganizationInput::default()).await;
    assert_eq!(refusal(nameless), "422 invalid_request_parameters name");

    let wrong = OrganizationInput {
        domain_data: Some(vec![OrganizationDomainData::new("no domain", "half".into())]),
        external_id: "é".into(),
        ..OrganizationInput::new(" ")
    };
    assert_eq!(
        refusal(organizations.create_organization(wrong).await),
        "422 invalid_request_parameters name domain_data[0].domain domain_data[0].state external_id"
    );

    let acme = create(&organizations, acme_input()).await;
    let wrong = UpdateOrganization {
        name: Some(String::new()),
        domains: Some(vec!["acme.net".into(), "acme".into()]),
        external_id: "x".repeat(129).into(),
        ..Default::default()
    };
    assert_eq!(
        refusal(organizations.update_organization(&acme.id, wrong).await),
        "422 invalid_request_parameters name domains[1] external_id"
    );
    assert_eq!(all(&organizations).await, [acme]);
}

#[tokio::test]
async fn metadata_beyond_its_limits_is_refused_by_its_code() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let keys = |count| (0..count).map(|n| (format!("{n:040}"), "v".repeat(600)));
    let too_many: BTreeMap<_, _> = keys(51).collect();
    let long_key = metadata(&[("k".repeat(41).as_str(), "v")]);
    let long_value = metadata(&[("k", "v".repeat(601).as_str())]);
    for bad in [too_many, long_key, long_value] {
        let new =
            OrganizationInput { metadata: bad.clone().into(), ..OrganizationInput::new("Globex") };
        let change = UpdateOrganization { metadata: bad.into(), ..Default::default() };
        let refused = organizations.create_organization(new).await;
        assert_eq!(refusal(refused), "400 invalid_metadata");
        let refused = organizations.update_organization(&acme.id, change).await;
        assert_eq!(refusal(refused), "400 invalid_metadata");
    }
    assert_eq!(all(&organizations).await, [acme]);

    let most: BTreeMap<_, _> = keys(50).collect();
    let new = OrganizationInput { metadata: most.clone().into(), ..OrganizationInput::new("Big") };
    assert_eq!(create(&organizations, new).await.metadata, most);
}

#[tokio::test]
async fn an_external_id_belongs_to_one_organization() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let [globex] = create_named(&organizations, ["Globex"]).await;

    let taken = "customer-7";
    let new = OrganizationInput { external_id: taken.into(), ..OrganizationInput::new("Initech") };
    let refused = organizations.create_organization(new).await;
    assert_eq!(refusal(refused), "400 external_id_already_used");
    let change = UpdateOrganization { external_id: taken.into(), ..Default::default() };
    let refused = organizations.update_organization(&globex.id, change.clone()).await;
    assert_eq!(refusal(refused), "400 external_id_already_used");
    assert_eq!(all(&organizations).await, [globex, acme.clone()]);

    let unchanged = organizations.update_organization(&acme.id, change).await.unwrap();
    assert_eq!(unchanged, acme);
}

#[tokio::test]
async fn a_domain_belongs_to_one_organization() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let [globex] = create_named(&organizations, ["Globex"]).await;

    let domain_data = Some(vec![pending("globex.com"), pending("acme.org")]);
    let new =
        OrganizationInput { domain_data: domain_data.clone(), ..OrganizationInput::new("Initech") };
    assert!(organizations.create_organization(new).await.unwrap_err().is_conflict());
    let change = UpdateOrganization { domain_data, ..Default::default() };
    let refused = organizations.update_organization(&globex.id, change).await;
    assert!(refused.unwrap_err().is_conflict());
    assert_eq!(all(&organizations).await, [globex, acme]);
}

#[tokio::test]
async fn a_stripe_customer_belongs_to_one_organization() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let change =
        || UpdateOrganization { stripe_customer_id: Some("cus_1".into()), ..Default::default() };
    let acme = organizations.update_organization(&acme.id, change()).await.unwrap();
    assert_eq!(acme.stripe_customer_id.as_deref(), Some("cus_1"));
    let refused = organizations.update_organization(&globex.id, change()).await;
    assert_eq!(refusal(refused), "400 stripe_customer_id_already_used");
    assert_eq!(all(&organizations).await, [globex, acme]);
}

#[tokio::test]
async fn an_update_changes_what_it_mentions() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let mut expected = acme.clone();
    expected.name = "Acme Inc.".into();
    expected.allow_profiles_outside_organization = Some(false);
    expected.stripe_customer_id = Some("cus_1".into());
    expected.metadata = metadata(&[("plan", "yearly"), ("tier", "silver")]);
    expected.external_id = Some("customer-8".into());
    expected.updated_at = tick(&emulator);

    let change = UpdateOrganization {
        name: Some("Acme Inc.".into()),
        allow_profiles_outside_organization: Some(false),
        stripe_customer_id: Some("cus_1".into()),
        metadata: expected.metadata.clone().into(),
        external_id: "customer-8".into(),
        ..Default::default()
    };
    let updated = organizations.update_organization(&acme.id, change).await.unwrap();
    assert_eq!(updated, expected);
    assert_eq!(organizations.get_organization(&acme.id).await.unwrap(), expected);
    assert_eq!(
        organizations.get_organization_by_external_id("customer-8").await.unwrap(),
        expected
    );
    let former = organizations.get_organization_by_external_id("customer-7").await;
    assert!(former.unwrap_err().is_not_found());
}

#[tokio::test]
async fn fields_that_are_left_out_keep_their_value() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut expected = create(&organizations, acme_input()).await;
    expected.updated_at = tick(&emulator);
    let nothing = UpdateOrganization::default();
    let updated = organizations.update_organization(&expected.id, nothing).await.unwrap();
    assert_eq!(updated, expected);
}

#[tokio::test]
async fn an_external_id_set_to_null_is_removed() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut expected = create(&organizations, acme_input()).await;
    expected.external_id = None;
    let change = UpdateOrganization { external_id: Nullable::Null, ..Default::default() };
    let updated = organizations.update_organization(&expected.id, change).await.unwrap();
    assert_eq!(updated, expected);
    let lookup = organizations.get_organization_by_external_id("customer-7").await;
    assert!(lookup.unwrap_err().is_not_found());
}

#[tokio::test]
async fn metadata_set_to_null_is_removed() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut expected = create(&organizations, acme_input()).await;
    expected.metadata.clear();
    let change = UpdateOrganization { metadata: Nullable::Null, ..Default::default() };
    let updated = organizations.update_organization(&expected.id, change).await.unwrap();
    assert_eq!(updated, expected);
    assert_eq!(organizations.get_organization(&expected.id).await.unwrap(), expected);
}

#[tokio::test]
async fn metadata_keys_that_are_given_are_set_and_others_stay() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut expected = create(&organizations, acme_input()).await;
    expected.metadata = metadata(&[("region", "eu"), ("tier", "gold")]);
    let region = metadata(&[("region", "eu")]);
    let change = UpdateOrganization { metadata: region.into(), ..Default::default() };
    let updated = organizations.update_organization(&expected.id, change).await.unwrap();
    assert_eq!(updated, expected);
}

#[tokio::test]
async fn domains_in_an_update_replace_the_others_and_keep_their_ids() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let now = tick(&emulator);
    let domain_data = Some(vec![verified("acme.org"), pending("acme.net")]);
    let change = UpdateOrganization { domain_data, ..Default::default() };
    let updated = organizations.update_organization(&acme.id, change).await.unwrap();

    let mut kept = acme.domains[1].clone();
    kept.state = Some(OrganizationDomainState::Verified);
    kept.verification_strategy = Some(OrganizationDomainVerificationStrategy::Manual);
    kept.updated_at = now;
    let mut expected = acme.clone();
    expected.domains = vec![kept, updated.domains[1].clone()];
    expected.updated_at = now;
    assert_eq!(updated, expected);
    assert_eq!(updated.domains[1].domain, "acme.net");

    let none = UpdateOrganization { domain_data: Some(Vec::new()), ..Default::default() };
    expected.domains.clear();
    assert_eq!(organizations.update_organization(&acme.id, none).await.unwrap(), expected);
}

#[tokio::test]
async fn any_text_works_as_an_external_id() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    for external_id in [
        "a/b",
        "/",
        "a b",
        "a%2Fb",
        "a?b#c&d=e+f",
        "...",
        "it_contacts",
        "line\nbreak\ttab",
        r#"~!@$'()*,;:[]|\"<>^`{}"#,
        &"x".repeat(128),
    ] {
        let input = OrganizationInput {
            external_id: external_id.into(),
            ..OrganizationInput::new("Of many names")
        };
        let created = create(&organizations, input).await;
        assert_eq!(created.external_id.as_deref(), Some(external_id));
        let found = organizations.get_organization_by_external_id(external_id).await.unwrap();
        assert_eq!(found, created, "{external_id}");
    }
}

#[tokio::test]
async fn a_deleted_organization_is_gone_and_leaves_its_names_free() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let [globex] = create_named(&organizations, ["Globex"]).await;
    organizations.delete_organization(&acme.id).await.unwrap();

    assert!(organizations.get_organization(&acme.id).await.unwrap_err().is_not_found());
    let lookup = organizations.get_organization_by_external_id("customer-7").await;
    assert!(lookup.unwrap_err().is_not_found());
    assert_eq!(all(&organizations).await, std::slice::from_ref(&globex));
    let again = create(&organizations, acme_input()).await;
    assert_ne!(again.id, acme.id);
    assert_eq!(all(&organizations).await, [again, globex]);
}

#[tokio::test]
async fn a_forbidden_deletion_deletes_nothing() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let path = format!("/organizations/{}", acme.id);
    emulator.faults().add(Fault::status(403).on(http::Method::DELETE, path));
    let error = organizations.delete_organization(&acme.id).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!((error.attempts(), all(&organizations).await), (1, vec![acme]));
}

#[tokio::test]
async fn successes_come_with_the_status_the_api_documents() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let input = OrganizationInput::new("Acme");
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
    let options = RequestOptions::new().header("x-tenant", "seven").idempotency_key("once");
    let options = Some(&options);
    let input = OrganizationInput { external_id: "7".into(), ..OrganizationInput::new("Acme") };
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

#[tokio::test]
async fn a_search_finds_part_of_a_name_in_any_case() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, _globex, acorn] = create_named(&organizations, ["Acme", "Globex", "Acorn"]).await;
    for (search, found) in [
        ("AC", vec![acorn, acme.clone()]),
        ("cme", vec![acme]),
        ("nobody & sons, 100%", Vec::new()),
    ] {
        let params = ListOrganizationsParams { search: Some(search.into()), ..Default::default() };
        let page = organizations.list_organizations(params).await.unwrap();
        assert_eq!(page, whole(found), "{search}");
    }
}

#[tokio::test]
async fn a_list_by_domains_has_the_owners_of_any_of_them() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let with = |name: &str, domain: &str| OrganizationInput {
        domain_data: Some(vec![pending(domain)]),
        ..OrganizationInput::new(name)
    };
    let acme = create(&organizations, acme_input()).await;
    let globex = create(&organizations, with("Globex", "globex.com")).await;
    create(&organizations, with("Initech", "initech.com")).await;
    for (domains, search, found) in [
        (vec!["acme.org"], None, vec![acme.clone()]),
        (vec!["acme.com", "globex.com", "acme.org"], None, vec![globex, acme.clone()]),
        (vec!["acme.com", "globex.com"], Some("acme"), vec![acme]),
        (vec!["nobody.com"], None, Vec::new()),
    ] {
        let params = ListOrganizationsParams {
            domains: Some(domains.iter().map(|domain| (*domain).to_owned()).collect()),
            search: search.map(str::to_owned),
            ..Default::default()
        };
        let page = organizations.list_organizations(params).await.unwrap();
        assert_eq!(page, whole(found), "{domains:?} {search:?}");
    }
}

#[tokio::test]
async fn a_page_comes_in_the_order_asked_for_and_leads_to_its_neighbours() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [a, b, c] = create_named(&organizations, ["A", "B", "C"]).await;
    let params = |order: Option<PaginationOrder>| ListOrganizationsParams {
        limit: Some(2),
        order,
        ..Default::default()
    };
    let cursor = |organization: &Organization| Some(organization.id.clone());
    let page = |items: [&Organization; 2], before, after| {
        Page::new(items.map(Organization::clone).to_vec(), ListMetadata::new(before, after))
    };
    for (order, expected) in [
        (None, page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Desc), page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Asc), page([&a, &b], None, cursor(&b))),
        // In this order the cursors lead the other way.
        (Some(PaginationOrder::Normal), page([&c, &b], cursor(&b), None)),
    ] {
        let listed = organizations.list_organizations(params(order.clone())).await.unwrap();
        assert_eq!(listed, expected, "{order:?}");
    }

    let next = ListOrganizationsParams { after: cursor(&b), ..params(None) };
    let next = organizations.list_organizations(next).await.unwrap();
    assert_eq!(next, Page::new(vec![a.clone()], ListMetadata::new(cursor(&a), None)));
    let previous = ListOrganizationsParams { before: cursor(&a), ..params(None) };
    let previous = organizations.list_organizations(previous).await.unwrap();
    assert_eq!(previous, page([&c, &b], None, cursor(&b)));
}

#[tokio::test]
async fn list_parameters_that_make_no_sense_are_named() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let wrong = ListOrganizationsParams {
        after: Some("org_missing".into()),
        limit: Some(101),
        order: Some("up".into()),
        ..Default::default()
    };
    let told = "422 invalid_request_parameters limit order after";
    assert_eq!(refusal(organizations.list_organizations(wrong.clone()).await), told);
    let walk = organizations.list_organizations_auto_paging(wrong);
    assert_eq!(refusal(walk.try_collect::<Vec<_>>().await), told);
}

#[tokio::test]
async fn auto_paging_yields_every_organization_once_and_in_order() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut created = Vec::new();
    for n in 0..250 {
        let input = OrganizationInput::new(format!("Customer {n}"));
        created.push(create(&organizations, input).await);
    }
    let walk = async |params| {
        emulator.requests().clear();
        let items = organizations.list_organizations_auto_paging(params);
        (items.try_collect::<Vec<_>>().await.unwrap(), emulator.requests().count())
    };
    let oldest_first =
        ListOrganizationsParams { order: Some(PaginationOrder::Asc), ..Default::default() };
    assert_eq!(walk(oldest_first).await, (created.clone(), 3));

    created.reverse();
    assert_eq!(walk(Default::default()).await, (created.clone(), 3));
    let by_sevens = ListOrganizationsParams { limit: Some(7), ..Default::default() };
    assert_eq!(walk(by_sevens).await, (created.clone(), 36));

    created.retain(|organization| organization.name.starts_with("Customer 1"));
    let search = Some("customer 1".into());
    let searched = ListOrganizationsParams { search, limit: Some(50), ..Default::default() };
    assert_eq!(walk(searched).await, (created, 3));
}

#[tokio::test]
async fn auto_paging_an_empty_list_yields_nothing() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let items = organizations.list_organizations_auto_paging(Default::default());
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap(), []);
}

#[tokio::test]
async fn an_audit_log_configuration_tells_retention_and_stream() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let mut stream = AuditLogConfigurationLogStream::default();
    stream.id = "als_1".into();
    stream.type_ = AuditLogConfigurationLogStreamType::Datadog;
    stream.state = AuditLogConfigurationLogStreamState::Active;
    stream.last_synced_at = Some("2026-02-28T23:59:59.000Z".into());
    stream.created_at = NOW.parse().unwrap();
    let mut expected = AuditLogConfiguration::default();
    expected.organization_id.clone_from(&acme.id);
    expected.retention_period_in_days = 365;
    expected.state = AuditLogConfigurationState::Active;
    expected.log_stream = Some(stream);
    emulator.fixtures().audit_log_configuration(expected.clone());
    assert_eq!(organizations.get_audit_log_configuration(&acme.id).await.unwrap(), expected);

    expected.organization_id.clone_from(&globex.id);
    expected.retention_period_in_days = 30;
    expected.state = AuditLogConfigurationState::Inactive;
    expected.log_stream = None;
    assert_eq!(organizations.get_audit_log_configuration(&globex.id).await.unwrap(), expected);
}

/// An application that the user has authorized in the organization.
fn authorized(
    emulator: &Emulator,
    organization: &Organization,
    name: &str,
) -> AuthorizedApplication {
    let mut application = ConnectApplication::default();
    application.id = format!("conn_app_{name}");
    application.name = name.into();
    application.scopes = vec!["openid".into(), "email".into()];
    emulator.fixtures().authorized_application(&organization.id, "user_1", application)
}

#[tokio::test]
async fn authorized_applications_are_those_of_the_organization_newest_first() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let mail = authorized(&emulator, &acme, "mail");
    let other = authorized(&emulator, &globex, "other");
    let calendar = authorized(&emulator, &acme, "calendar");
    assert_eq!(mail.granted_scopes, ["openid", "email"]);

    let list = |organization: &Organization, params| {
        organizations.list_authorized_applications(&organization.id, params)
    };
    let listed = list(&acme, Default::default()).await.unwrap();
    assert_eq!(listed, whole([calendar.clone(), mail.clone()]));
    assert_eq!(list(&globex, Default::default()).await.unwrap(), whole([other]));

    let asc = Some(PaginationOrder::Asc);
    let first =
        ListAuthorizedApplicationsParams { order: asc, limit: Some(1), ..Default::default() };
    let after = Some(mail.id.clone());
    let listed = list(&acme, first.clone()).await.unwrap();
    assert_eq!(listed, Page::new(vec![mail.clone()], ListMetadata::new(None, after)));
    let walk = organizations.list_authorized_applications_auto_paging(&acme.id, first);
    assert_eq!(walk.try_collect::<Vec<_>>().await.unwrap(), [mail, calendar]);

    let wrong = ListAuthorizedApplicationsParams { limit: Some(0), ..Default::default() };
    assert_eq!(refusal(list(&acme, wrong).await), "422 invalid_request_parameters limit");
}

async fn add_contact(
    organizations: &OrganizationsApi,
    organization: &Organization,
    email: &str,
) -> ItContact {
    organizations.create_it_contact(&organization.id, CreateItContact::new(email)).await.unwrap()
}

#[tokio::test]
async fn it_contacts_are_added_listed_and_removed() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let list = || organizations.list_it_contacts(&acme.id);
    assert_eq!(list().await.unwrap(), Page::default());

    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    assert_eq!(
        serde_json::to_value(&ada).unwrap(),
        json!({
            "object": "it_contact", "id": ada.id, "email": "ada@acme.com", "created_at": NOW,
            "updated_at": NOW,
        })
    );
    let bob = add_contact(&organizations, &acme, "bob@acme.com").await;
    assert_eq!(list().await.unwrap(), whole([ada.clone(), bob.clone()]));
    assert_eq!(emulator.outbox().all(), []);

    organizations.delete_it_contact(&acme.id, &ada.id).await.unwrap();
    assert_eq!(list().await.unwrap(), whole([bob]));
    let again = organizations.delete_it_contact(&acme.id, &ada.id).await;
    assert!(again.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_address_is_an_it_contact_of_an_organization_only_once() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    let again = CreateItContact::new("ada@acme.com");
    let error = organizations.create_it_contact(&acme.id, again).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_eq!(organizations.list_it_contacts(&acme.id).await.unwrap(), whole([ada]));
    add_contact(&organizations, &globex, "ada@acme.com").await;
}

#[tokio::test]
async fn an_it_contact_needs_an_address() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    for email in ["", "ada", "ada@acme"] {
        let new = CreateItContact::new(email);
        let refused = organizations.create_it_contact(&acme.id, new).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters email", "{email}");
    }
}

#[tokio::test]
async fn an_it_contact_is_not_reached_through_another_organization() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, globex] = create_named(&organizations, ["Acme", "Globex"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    let invite = InviteItContact::new([InviteItContactIntents::SSO]);
    for error in [
        organizations.delete_it_contact(&globex.id, &ada.id).await.unwrap_err(),
        organizations.invite_it_contact(&globex.id, &ada.id, invite).await.unwrap_err(),
        organizations.revoke_it_contact(&globex.id, &ada.id).await.unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error}");
    }
    assert_eq!(organizations.list_it_contacts(&acme.id).await.unwrap(), whole([ada]));
}

#[tokio::test]
async fn an_invitation_is_emailed_once_until_it_is_revoked() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    let invite = || {
        let intents = InviteItContactIntents::KNOWN.to_vec();
        organizations.invite_it_contact(&acme.id, &ada.id, InviteItContact::new(intents))
    };
    let revoke = || organizations.revoke_it_contact(&acme.id, &ada.id);
    let email = |sent_at: Timestamp| {
        json!({
            "to": "ada@acme.com", "kind": "it_contact_invitation", "code": null,
            "object_id": ada.id, "sent_at": sent_at,
        })
    };
    let sent = || serde_json::to_value(emulator.outbox().all()).unwrap();

    assert!(revoke().await.unwrap_err().is_not_found());
    let first = emulator.clock().now();
    invite().await.unwrap();
    assert_eq!(sent(), json!([email(first)]));
    assert!(invite().await.unwrap_err().is_conflict());
    assert_eq!(sent(), json!([email(first)]));

    revoke().await.unwrap();
    assert!(revoke().await.unwrap_err().is_not_found());
    let second = tick(&emulator);
    invite().await.unwrap();
    assert_eq!(sent(), json!([email(first), email(second)]));
}

#[tokio::test]
async fn an_invitation_names_what_is_to_be_set_up() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    for (intents, told) in [
        (vec![], "422 invalid_request_parameters intents"),
        (
            vec![InviteItContactIntents::SSO, "payroll".into()],
            "422 invalid_request_parameters intents[1]",
        ),
    ] {
        let invite = InviteItContact::new(intents);
        let refused = organizations.invite_it_contact(&acme.id, &ada.id, invite).await;
        assert_eq!(refusal(refused), told);
    }
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn an_invitation_goes_with_its_contact() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    let invite = InviteItContact::new([InviteItContactIntents::DirectorySync]);
    organizations.invite_it_contact(&acme.id, &ada.id, invite.clone()).await.unwrap();
    organizations.delete_it_contact(&acme.id, &ada.id).await.unwrap();
    assert!(organizations.revoke_it_contact(&acme.id, &ada.id).await.unwrap_err().is_not_found());

    let again = add_contact(&organizations, &acme, "ada@acme.com").await;
    assert_ne!(again.id, ada.id);
    organizations.invite_it_contact(&acme.id, &again.id, invite).await.unwrap();
}
