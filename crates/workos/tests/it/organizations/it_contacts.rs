//! IT contacts and their invitations.

use serde_json::json;
use workos::organizations::{
    CreateItContact, InviteItContact, InviteItContactIntents, ItContact, Organization,
    OrganizationsApi,
};
use workos::{Page, Timestamp};

use super::create_named;
use crate::common::emulated::{NOW, emulator, refusal, tick, whole};

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
async fn an_it_contact_cannot_be_reached_through_another_organization() {
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
async fn an_invitation_names_what_to_set_up() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme] = create_named(&organizations, ["Acme"]).await;
    let ada = add_contact(&organizations, &acme, "ada@acme.com").await;
    for (intents, expected) in [
        (vec![], "422 invalid_request_parameters intents"),
        (
            vec![InviteItContactIntents::SSO, "payroll".into()],
            "422 invalid_request_parameters intents[1]",
        ),
    ] {
        let invite = InviteItContact::new(intents);
        let refused = organizations.invite_it_contact(&acme.id, &ada.id, invite).await;
        assert_eq!(refusal(refused), expected);
    }
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn an_invitation_is_removed_with_its_contact() {
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
