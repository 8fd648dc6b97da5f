//! Idempotency keys.

use serde_json::Value;
use workos::Client;
use workos::organizations::{CreateOrganization, Organization};
use workos_emulator::Fault;

use super::trial::{Trial, refusal};

async fn create(client: &Client, name: &str, key: &str) -> Organization {
    let organizations = client.organizations();
    let created = organizations.create_organization(CreateOrganization::new(name));
    created.idempotency_key(key).await.unwrap()
}

#[tokio::test]
async fn a_repeated_call_gets_the_same_answer_for_24_hours() {
    let trial = Trial::new().await;
    let client = trial.client();
    let acme = create(&client, "Acme", "k1").await;
    trial.wait(24 * 60 * 60 - 1);
    assert_eq!(create(&client, "Acme", "k1").await, acme);
    // The key decides, not what the call says.
    assert_eq!(create(&client, "Globex", "k1").await, acme);
    assert_ne!(create(&client, "Acme", "k2").await.id, acme.id);
    assert_eq!(trial.event_names().await, ["organization.created"; 2]);
    trial.wait(1);
    assert_eq!(create(&client, "Globex", "k1").await.name, "Globex");

    trial.emulator.reset().unwrap();
    assert_eq!(create(&client, "Initech", "k1").await.name, "Initech");
}

#[tokio::test]
async fn a_refused_call_can_be_corrected_with_the_same_key() {
    let trial = Trial::new().await;
    let client = trial.client();
    let organizations = client.organizations();
    let nameless = organizations.create_organization(CreateOrganization::new(" "));
    let refused = nameless.idempotency_key("k").await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters name");
    assert_eq!(create(&client, "Acme", "k").await.name, "Acme");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_and_nothing_happens_twice() {
    let trial = Trial::new().await;
    // The organization is created, but half of the answer is missing.
    trial.emulator.faults().add(Fault::cut_body().times(1));
    let client = trial.emulator.client();
    let acme = create(&client, "Acme", "k").await;
    assert_eq!(trial.emulator.requests().count(), 2);
    let all = client.organizations().list_organizations(Default::default()).await.unwrap();
    assert_eq!(all.data, [acme]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn simultaneous_calls_with_one_key_create_one_object() {
    let trial = Trial::new().await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..40 {
        let client = trial.emulator.client();
        calls.spawn(async move { create(&client, "Acme", &format!("k{}", number % 4)).await.id });
    }
    let mut ids = calls.join_all().await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let (_, all) = trial.call("GET", "/organizations?limit=100", Value::Null).await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(4));
}
