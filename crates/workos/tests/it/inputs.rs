//! What requests look like in code, and what they send.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};
use workos::authorization::{CreateResource, ParentResource};
use workos::connect::UserConsentOption;
use workos::groups::{CreateGroup, UpdateGroup};
use workos::organizations::{CreateOrganization, CreateOrganizationParams, UpdateOrganization};
use workos::user_management::{CreateUser, Password, UpdateUser};
use workos::{Metadata, Nullable, UpdateMetadata};

use crate::common::{Scripted, organization};

fn json_of(input: impl Serialize) -> Value {
    serde_json::to_value(input).unwrap()
}

#[test]
fn none_is_not_sent_in_any_request() {
    assert_eq!(json_of(CreateGroup::new("Engineering")), json!({"name": "Engineering"}));
    assert_eq!(json_of(UpdateGroup::default()), json!({}));
    assert_eq!(json_of(UpdateUser::default()), json!({}));
    let written_out = UpdateOrganization {
        name: Some("Acme".into()),
        allow_profiles_outside_organization: None,
        domains: None,
        domain_data: None,
        stripe_customer_id: None,
        metadata: None,
        external_id: None,
    };
    assert_eq!(json_of(written_out), json!({"name": "Acme"}));
}

#[test]
fn an_update_sets_or_clears_fields() {
    let external_id = |external_id| UpdateOrganization { external_id, ..Default::default() };
    assert_eq!(json_of(external_id(Some("x".into()))), json!({"external_id": "x"}));
    assert_eq!(json_of(external_id(Some(Nullable::Null))), json!({"external_id": null}));
    let id: Option<String> = None;
    assert_eq!(json_of(external_id(id.clone().map(Into::into))), json!({}));
    assert_eq!(json_of(external_id(Some(Nullable::or_null(id)))), json!({"external_id": null}));
}

#[test]
fn metadata_is_made_from_pairs_and_from_maps_of_either_kind() {
    let expected = json!({"name": "Acme", "metadata": {"tier": "gold"}});
    let pair = || [("tier".to_owned(), "gold".to_owned())];
    for metadata in [
        [("tier", "gold")].into(),
        pair().into(),
        HashMap::from(pair()).into(),
        BTreeMap::from(pair()).into(),
        pair().into_iter().collect::<Metadata>(),
    ] {
        let create =
            CreateOrganization { metadata: Some(metadata), ..CreateOrganization::new("Acme") };
        assert_eq!(json_of(create), expected);
    }
}

#[test]
fn an_update_of_metadata_sets_and_removes_keys() {
    let sent = |metadata| {
        json_of(UpdateOrganization { metadata: Some(metadata), ..Default::default() })["metadata"]
            .clone()
    };
    assert_eq!(sent([("tier", "gold")].into()), json!({"tier": "gold"}));
    assert_eq!(sent([("tier", Nullable::Null)].into()), json!({"tier": null}));
    let mixed = [("tier", Nullable::Null), ("plan", "yearly".into())];
    assert_eq!(sent(mixed.into()), json!({"tier": null, "plan": "yearly"}));
    let built = UpdateMetadata::new().set("plan", "yearly").remove("tier");
    assert_eq!(sent(built.into()), json!({"tier": null, "plan": "yearly"}));
    assert_eq!(sent(Metadata::from([("a", "b")]).into()), json!({"a": "b"}));
    assert_eq!(sent(Nullable::Null), json!(null));
}

#[test]
fn the_fields_of_a_choice_are_sent_next_to_the_others() {
    let user = CreateUser {
        password: Some(Password::plaintext("correct horse")),
        ..CreateUser::new("ada@example.com")
    };
    assert_eq!(json_of(user), json!({"email": "ada@example.com", "password": "correct horse"}));
    let resource = CreateResource {
        parent_resource: Some(ParentResource::by_external_id("folder", "f-1")),
        ..CreateResource::new("doc-7", "Roadmap", "document", "org_1")
    };
    assert_eq!(
        json_of(resource),
        json!({
            "external_id": "doc-7", "name": "Roadmap", "resource_type_slug": "document",
            "organization_id": "org_1", "parent_resource_type_slug": "folder",
            "parent_resource_external_id": "f-1",
        })
    );
}

#[test]
fn a_constant_type_is_sent_automatically() {
    let option = UserConsentOption::new("scope", "Which?", vec![]);
    assert_eq!(
        json_of(option),
        json!({"type": "enum", "claim": "scope", "label": "Which?", "choices": []})
    );
}

#[test]
fn fields_are_written_in_the_order_of_their_declaration() {
    let body = CreateOrganization {
        external_id: Some("x".into()),
        allow_profiles_outside_organization: Some(true),
        ..CreateOrganization::new("Acme")
    };
    let expected =
        r#"{"name":"Acme","allow_profiles_outside_organization":true,"external_id":"x"}"#;
    assert_eq!(serde_json::to_string(&body).unwrap(), expected);
}

#[tokio::test]
async fn a_method_takes_a_body_and_its_official_wrapper() {
    let script = Scripted::new(|_, _| organization());
    let organizations = script.client().organizations();
    let body = || CreateOrganization::new("Acme");
    organizations.create_organization(body()).await.unwrap();
    organizations.create_organization(CreateOrganizationParams { body: body() }).await.unwrap();
    organizations.create_organization(CreateOrganizationParams::new(body())).await.unwrap();
    organizations.create_organization_with_options(body(), None).await.unwrap();
    let bodies: Vec<_> = script.requests().into_iter().map(|r| r.body.unwrap()).collect();
    assert_eq!(bodies, [r#"{"name":"Acme"}"#; 4]);
}
