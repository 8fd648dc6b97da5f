//! Updates and deletions.

use serde_json::json;
use workos::organizations::{
    CreateOrganization, OrganizationDomainState, OrganizationDomainVerificationStrategy,
    UpdateOrganization,
};
use workos::{Nullable, UpdateMetadata};
use workos_emulator::Fault;

use super::{acme_input, all, create, create_named, pending, verified};
use crate::common::emulated::{emulator, last_body, metadata, tick};

#[tokio::test]
async fn an_update_changes_only_the_given_fields() {
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
        metadata: Some(expected.metadata.clone().into()),
        external_id: Some("customer-8".into()),
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
    let change = UpdateOrganization { external_id: Some(Nullable::Null), ..Default::default() };
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
    let change = UpdateOrganization { metadata: Some(Nullable::Null), ..Default::default() };
    let updated = organizations.update_organization(&expected.id, change).await.unwrap();
    assert_eq!(updated, expected);
    assert_eq!(organizations.get_organization(&expected.id).await.unwrap(), expected);
}

#[tokio::test]
async fn one_key_of_metadata_can_be_removed() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let input = CreateOrganization {
        metadata: Some([("tier", "gold"), ("region", "eu")].into()),
        ..CreateOrganization::new("Acme")
    };
    let acme = create(&organizations, input).await;
    let change = UpdateOrganization {
        metadata: Some(UpdateMetadata::new().remove("tier").set("plan", "yearly").into()),
        ..Default::default()
    };
    let changed = organizations.update_organization(&acme.id, change).await.unwrap();
    assert_eq!(last_body(&emulator), json!({"metadata": {"tier": null, "plan": "yearly"}}));
    assert_eq!(changed.metadata, metadata(&[("region", "eu"), ("plan", "yearly")]));
}

#[tokio::test]
async fn given_metadata_keys_are_set_and_others_stay() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut expected = create(&organizations, acme_input()).await;
    expected.metadata = metadata(&[("region", "eu"), ("tier", "gold")]);
    let region = metadata(&[("region", "eu")]);
    let change = UpdateOrganization { metadata: Some(region.into()), ..Default::default() };
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
        let input = CreateOrganization {
            external_id: Some(external_id.into()),
            ..CreateOrganization::new("Of many names")
        };
        let created = create(&organizations, input).await;
        assert_eq!(created.external_id.as_deref(), Some(external_id));
        let found = organizations.get_organization_by_external_id(external_id).await.unwrap();
        assert_eq!(found, created, "{external_id}");
    }
}

#[tokio::test]
async fn a_deleted_organization_is_gone_and_frees_its_external_id_and_domains() {
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
