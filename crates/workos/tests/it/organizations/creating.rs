//! Creating organizations: what is stored, and what is refused.

use serde_json::json;
use workos::Metadata;
use workos::organizations::{
    CreateOrganization, CreateOrganizationParams, OrganizationDomainData, OrganizationDomainState,
    UpdateOrganization,
};

use super::{acme_input, all, create, create_named, pending};
use crate::common::emulated::{NOW, emulator, metadata, refusal};

#[tokio::test]
async fn a_created_organization_has_every_given_field() {
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
async fn an_organization_needs_only_a_name() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, CreateOrganization::new("Acme")).await;
    assert_eq!(
        serde_json::to_value(&acme).unwrap(),
        json!({
            "object": "organization", "id": acme.id, "name": "Acme", "domains": [],
            "metadata": {}, "external_id": null, "allow_profiles_outside_organization": false,
            "created_at": NOW, "updated_at": NOW,
        })
    );
}

#[tokio::test]
async fn a_body_may_be_given_in_its_params() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let params = CreateOrganizationParams::new(CreateOrganization::new("Acme"));
    let acme = organizations.create_organization(params).await.unwrap();
    assert_eq!(all(&organizations).await, [acme]);
}

#[tokio::test]
async fn plain_domains_are_pending_verification() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let domains = Some(vec!["acme.com".into(), "acme.org".into()]);
    let acme =
        create(&organizations, CreateOrganization { domains, ..CreateOrganization::new("Acme") })
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
async fn all_invalid_fields_are_named_at_once() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let nameless = organizations.create_organization(CreateOrganization::default()).await;
    assert_eq!(refusal(nameless), "422 invalid_request_parameters name");

    let wrong = CreateOrganization {
        domain_data: Some(vec![OrganizationDomainData::new("no domain", "half")]),
        external_id: Some("é".into()),
        ..CreateOrganization::new(" ")
    };
    assert_eq!(
        refusal(organizations.create_organization(wrong).await),
        "422 invalid_request_parameters domain_data[0].domain domain_data[0].state external_id name"
    );

    let acme = create(&organizations, acme_input()).await;
    let wrong = UpdateOrganization {
        domains: Some(vec!["acme.net".into(), "acme".into()]),
        external_id: Some("x".repeat(129).into()),
        ..Default::default()
    };
    assert_eq!(
        refusal(organizations.update_organization(&acme.id, wrong).await),
        "422 invalid_request_parameters domains[1] external_id"
    );
    let nameless = UpdateOrganization { name: Some(String::new()), ..Default::default() };
    assert_eq!(
        refusal(organizations.update_organization(&acme.id, nameless).await),
        "422 invalid_request_parameters name"
    );
    assert_eq!(all(&organizations).await, [acme]);
}

#[tokio::test]
async fn metadata_beyond_its_limits_is_refused_with_its_code() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let keys = |count| (0..count).map(|n| (format!("{n:040}"), "v".repeat(600)));
    let too_many: Metadata = keys(51).collect();
    let long_key = metadata(&[("k".repeat(41).as_str(), "v")]);
    let long_value = metadata(&[("k", "v".repeat(601).as_str())]);
    for bad in [too_many, long_key, long_value] {
        let new =
            CreateOrganization { metadata: Some(bad.clone()), ..CreateOrganization::new("Globex") };
        let change = UpdateOrganization { metadata: Some(bad.into()), ..Default::default() };
        let refused = organizations.create_organization(new).await;
        assert_eq!(refusal(refused), "400 invalid_metadata");
        let refused = organizations.update_organization(&acme.id, change).await;
        assert_eq!(refusal(refused), "400 invalid_metadata");
    }
    assert_eq!(all(&organizations).await, [acme]);

    let most: Metadata = keys(50).collect();
    let new = CreateOrganization { metadata: Some(most.clone()), ..CreateOrganization::new("Big") };
    assert_eq!(create(&organizations, new).await.metadata, most);
}

#[tokio::test]
async fn an_external_id_belongs_to_one_organization() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let acme = create(&organizations, acme_input()).await;
    let [globex] = create_named(&organizations, ["Globex"]).await;

    let taken = "customer-7";
    let new = CreateOrganization {
        external_id: Some(taken.into()),
        ..CreateOrganization::new("Initech")
    };
    let refused = organizations.create_organization(new).await;
    assert_eq!(refusal(refused), "400 external_id_already_used");
    let change = UpdateOrganization { external_id: Some(taken.into()), ..Default::default() };
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
    let new = CreateOrganization {
        domain_data: domain_data.clone(),
        ..CreateOrganization::new("Initech")
    };
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
