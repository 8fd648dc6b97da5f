//! Waitlists and the people who wait.

use std::collections::BTreeMap;

use serde_json::json;
use workos::user_management::*;
use workos_emulator::EmailKind;

use super::trial::{Trial, refusal};

async fn add(trial: &Trial, email: &str) -> WaitlistEntry {
    let entry = CreateWaitlistEntry::new(email);
    trial.client().user_management().create_waitlist_entry("default", entry).await.unwrap()
}

async fn emails(trial: &Trial, params: ListWaitlistEntriesParams) -> Vec<String> {
    let users = trial.client().user_management();
    let list = users.list_waitlist_entries("default", params).await.unwrap();
    list.data.into_iter().map(|entry| entry.email).collect()
}

#[tokio::test]
async fn an_environment_has_a_default_waitlist() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let list = users.list_waitlists().await.unwrap().data;
    assert_eq!(list.len(), 1);
    assert!(list[0].id.starts_with("waitlist_"));
    assert_eq!(users.get_waitlist("default").await.unwrap(), list[0]);
    assert_eq!(users.get_waitlist(&list[0].id).await.unwrap(), list[0]);

    let beta = trial.emulator.fixtures().waitlist();
    assert_eq!(users.get_waitlist(&beta.id).await.unwrap(), beta);
    assert_eq!(users.list_waitlists().await.unwrap().data, [beta.clone(), list[0].clone()]);
    let ada = add(&trial, "ada@example.com").await;
    let entry = CreateWaitlistEntry::new("ada@example.com");
    let other = users.create_waitlist_entry(&beta.id, entry).await.unwrap();
    assert_ne!(other.id, ada.id);
    assert_eq!(other.waitlist_id, Some(beta.id.clone()));
    let list = users.list_waitlist_entries(&beta.id, Default::default()).await.unwrap().data;
    assert_eq!(list, [other]);
}

#[tokio::test]
async fn an_address_waits_once() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let fields = BTreeMap::from([("company".to_owned(), "Acme".to_owned())]);
    let new = CreateWaitlistEntry {
        additional_fields: Some(fields.clone()),
        send_confirmation_email: Some(true),
        ..CreateWaitlistEntry::new(" Ada@Example.com ")
    };
    let entry = users.create_waitlist_entry("default", new).await.unwrap();
    let waitlist = users.get_waitlist("default").await.unwrap();
    assert!(entry.id.starts_with("wl_user_"));
    assert_eq!(
        (entry.email.as_str(), &entry.state, entry.approved_at, &entry.waitlist_id),
        ("ada@example.com", &WaitlistEntryState::Pending, None, &Some(waitlist.id))
    );
    assert_eq!(entry.additional_fields, fields);
    let email = trial.emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!((email.kind, &email.object_id), (EmailKind::WaitlistConfirmation, &entry.id));

    trial.wait(1);
    assert_eq!(add(&trial, "ADA@example.com").await, entry);
    assert_eq!(trial.emulator.outbox().all().len(), 1);
    let events = trial.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["event"], "waitlist_user.created");
    let mut expected = json!(entry);
    expected["object"] = json!("waitlist_user");
    assert_eq!(events[0]["data"], expected);
}

#[tokio::test]
async fn an_approval_invites_to_sign_up() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = add(&trial, "ada@example.com").await;
    let now = trial.wait(1);
    let approved = users.approve_waitlist_entry(&ada.id).await.unwrap();
    let mut expected = ada.clone();
    expected.state = WaitlistEntryState::Approved;
    expected.approved_at = Some(now);
    expected.updated_at = now;
    assert_eq!(approved, expected);
    let refused = users.approve_waitlist_entry(&ada.id).await;
    assert_eq!(refusal(refused), "422 invalid_state");
    assert_eq!(refusal(users.deny_waitlist_entry(&ada.id).await), "422 invalid_state");

    let events = trial.events().await;
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["waitlist_user.created", "waitlist_user.approved", "invitation.created"]);
    let mut payload = json!(approved);
    payload["object"] = json!("waitlist_user");
    assert_eq!(events[1]["data"], payload);
    let invitation = &events[2]["data"];
    assert_eq!(invitation["expires_at"], "2026-03-08T12:00:01.000Z");
    assert_eq!((&invitation["state"], &invitation["token"]), (&json!("pending"), &json!(null)));
    let email = trial.emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!(
        (email.kind, json!(email.object_id)),
        (EmailKind::Invitation, invitation["id"].clone())
    );
    let link = email.link.unwrap();
    assert!(link.starts_with("http://localhost/invite?invitation_token="), "{link}");
}

#[tokio::test]
async fn those_with_an_account_or_an_invitation_are_approved_without_another() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    users.create_user(CreateUser::new("ada@example.com")).await.unwrap();
    let ada = add(&trial, "ada@example.com").await;
    users.approve_waitlist_entry(&ada.id).await.unwrap();
    assert_eq!(trial.emulator.outbox().all(), []);

    let bob = add(&trial, "bob@example.com").await;
    users.approve_waitlist_entry(&bob.id).await.unwrap();
    users.delete_waitlist_entry(&bob.id).await.unwrap();
    let bob = add(&trial, "bob@example.com").await;
    users.approve_waitlist_entry(&bob.id).await.unwrap();
    assert_eq!(trial.emulator.outbox().all().len(), 1);

    users.delete_waitlist_entry(&bob.id).await.unwrap();
    trial.wait(7 * 24 * 60 * 60);
    let bob = add(&trial, "bob@example.com").await;
    users.approve_waitlist_entry(&bob.id).await.unwrap();
    assert_eq!(trial.emulator.outbox().all().len(), 2);
}

#[tokio::test]
async fn a_denial_can_be_reversed_but_only_pending_entries_are_denied() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = add(&trial, "ada@example.com").await;
    let denied = users.deny_waitlist_entry(&ada.id).await.unwrap();
    assert_eq!((&denied.state, denied.approved_at), (&WaitlistEntryState::Denied, None));
    assert_eq!(refusal(users.deny_waitlist_entry(&ada.id).await), "422 invalid_state");
    assert_eq!(trial.emulator.outbox().all(), []);
    let approved = users.approve_waitlist_entry(&ada.id).await.unwrap();
    assert_eq!(approved.state, WaitlistEntryState::Approved);
    let names = trial.event_names().await;
    let expected = [
        "waitlist_user.created",
        "waitlist_user.denied",
        "waitlist_user.approved",
        "invitation.created",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn entries_are_listed_by_state_and_address() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    for name in ["ada", "bob", "cleo"] {
        let entry = add(&trial, &format!("{name}@example.com")).await;
        match name {
            "bob" => drop(users.deny_waitlist_entry(&entry.id).await.unwrap()),
            "cleo" => drop(users.approve_waitlist_entry(&entry.id).await.unwrap()),
            _ => {}
        }
    }
    let state = |state| ListWaitlistEntriesParams { state: Some(state), ..Default::default() };
    let email =
        |email: &str| ListWaitlistEntriesParams { email: Some(email.into()), ..Default::default() };
    let all = ["cleo@example.com", "bob@example.com", "ada@example.com"];
    assert_eq!(emails(&trial, Default::default()).await, all);
    assert_eq!(emails(&trial, state(WaitlistEntryState::Pending)).await, ["ada@example.com"]);
    assert_eq!(emails(&trial, state(WaitlistEntryState::Denied)).await, ["bob@example.com"]);
    assert_eq!(emails(&trial, state(WaitlistEntryState::Approved)).await, ["cleo@example.com"]);
    assert_eq!(emails(&trial, email("BOB@example.com")).await, ["bob@example.com"]);
    assert_eq!(emails(&trial, email("dan@example.com")).await, [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = add(&trial, "ada@example.com").await;
    users.delete_waitlist_entry(&ada.id).await.unwrap();
    let gone = "404 entity_not_found";
    assert_eq!(refusal(users.delete_waitlist_entry(&ada.id).await), gone);
    assert_eq!(refusal(users.approve_waitlist_entry(&ada.id).await), gone);
    assert_eq!(refusal(users.deny_waitlist_entry(&ada.id).await), gone);
    assert_eq!(refusal(users.get_waitlist("waitlist_x").await), gone);
    let entry = CreateWaitlistEntry::new("ada@example.com");
    assert_eq!(refusal(users.create_waitlist_entry("waitlist_x", entry).await), gone);
    let list = users.list_waitlist_entries("waitlist_x", Default::default()).await;
    assert_eq!(refusal(list), gone);
    let nobody = users.create_waitlist_entry("default", CreateWaitlistEntry::new("ada")).await;
    assert_eq!(refusal(nobody), "422 invalid_request_parameters email");
}
