//! An emulator goes on where the one before it stopped.

use std::path::Path;
use std::time::Duration;

use workos::events::ListEventsParams;
use workos::organizations::{CreateOrganization, ListOrganizationsParams};
use workos::user_management::{
    CreateMagicAuth, CreateUser, ListUsersParams, SendVerificationEmail,
};
use workos::webhooks::CreateWebhookEndpoint;
use workos::{Client, EventName};
use workos_emulator::{Builder, DeliveryOrder, DeliveryStatus, Emulator, SeedData, Steering};

const START: &str = "2026-03-01T12:00:00Z";

fn in_file(path: &Path) -> Builder {
    Emulator::builder().without_socket().seed(7).data_file(path)
}

async fn users(client: &Client) -> Vec<String> {
    let page = client.user_management().list_users(ListUsersParams::default()).await.unwrap();
    page.data.into_iter().map(|user| user.email).collect()
}

#[tokio::test]
async fn objects_events_emails_and_the_clock_are_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let events = ["user.created", "organization.created"].map(EventName::from);
    let (before, emails) = {
        let emulator = in_file(&file).start().await.unwrap();
        emulator.clock().freeze(START.parse().unwrap());
        emulator.clock().advance(Duration::from_secs(90));
        let client = emulator.client();
        let ada = CreateUser::new("ada@acme.test");
        let ada = client.user_management().create_user(ada).await.unwrap();
        let acme = CreateOrganization::new("Acme");
        client.organizations().create_organization(acme).await.unwrap();
        let email = SendVerificationEmail::default();
        client.user_management().send_verification_email(&ada.id, email).await.unwrap();
        let listed =
            client.events().list_events(ListEventsParams::new(events.clone())).await.unwrap();
        (listed.data, emulator.outbox().all())
    };
    assert_eq!((before.len(), emails.len()), (2, 1));

    let emulator = in_file(&file).start().await.unwrap();
    let client = emulator.client();
    assert_eq!(users(&client).await, ["ada@acme.test"]);
    assert_eq!(
        client.events().list_events(ListEventsParams::new(events)).await.unwrap().data,
        before
    );
    assert_eq!(emulator.outbox().all(), emails);
    assert_eq!(emulator.clock().now().to_string(), "2026-03-01T12:01:30.000Z");
}

#[tokio::test]
async fn a_restart_changes_no_id_code_or_token() {
    let directory = tempfile::tempdir().unwrap();
    let made = async |restart_after: usize, name: &str| {
        let file = directory.path().join(name);
        let mut made = Vec::new();
        let mut emulator = in_file(&file).freeze(START.parse().unwrap()).start().await.unwrap();
        for number in 0..10 {
            if number == restart_after {
                drop(emulator);
                emulator = in_file(&file).start().await.unwrap();
            }
            let users = emulator.client().user_management();
            let address = format!("user{number}@acme.test");
            let user = users.create_user(CreateUser::new(&address)).await.unwrap();
            let code = users.create_magic_auth(CreateMagicAuth::new(&address)).await.unwrap();
            made.push((user.id, code.id, code.code.unwrap().expose().to_owned()));
        }
        made
    };
    let straight = made(usize::MAX, "straight.db").await;
    assert_eq!(made(1, "early.db").await, straight);
    assert_eq!(made(9, "late.db").await, straight);
}

#[tokio::test]
async fn webhooks_that_wait_are_delivered_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let first = {
        let emulator = in_file(&file).freeze(START.parse().unwrap()).start().await.unwrap();
        let client = emulator.client();
        // Nothing listens there.
        let hook = CreateWebhookEndpoint::new("http://127.0.0.1:1", [EventName::UserCreated]);
        client.webhooks().create_webhook_endpoint(hook).await.unwrap();
        client.user_management().create_user(CreateUser::new("ada@acme.test")).await.unwrap();
        emulator.settle().await;
        emulator.webhooks().deliveries().remove(0)
    };
    assert_eq!((first.status, first.attempts.len()), (DeliveryStatus::Pending, 1));

    let emulator = in_file(&file).start().await.unwrap();
    assert_eq!(emulator.webhooks().deliveries(), [first]);
    for seconds in [1, 2, 4, 8, 16] {
        emulator.clock().advance(Duration::from_secs(seconds));
        emulator.settle().await;
    }
    let last = emulator.webhooks().deliveries().remove(0);
    assert_eq!((last.status, last.attempts.len()), (DeliveryStatus::Failed, 6));
}

#[tokio::test]
async fn the_steering_of_webhooks_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let steering =
        Steering { paused: true, order: DeliveryOrder::Shuffled, copies: 2, delay_seconds: 30 };
    let deliveries = {
        let emulator = in_file(&file).freeze(START.parse().unwrap()).start().await.unwrap();
        let client = emulator.client();
        // Nothing listens there.
        let hook = CreateWebhookEndpoint::new("http://127.0.0.1:1", [EventName::UserCreated]);
        client.webhooks().create_webhook_endpoint(hook).await.unwrap();
        emulator.webhooks().steer(steering).unwrap();
        client.user_management().create_user(CreateUser::new("ada@acme.test")).await.unwrap();
        let deliveries = emulator.webhooks().deliveries();
        // This one is sent although the others wait, as soon as there is time to.
        assert!(emulator.webhooks().redeliver(&deliveries[1].id));
        deliveries
    };
    let emulator = in_file(&file).start().await.unwrap();
    assert_eq!(emulator.webhooks().steering(), steering);
    emulator.clock().advance(Duration::from_secs(60));
    emulator.settle().await;
    let attempts = || {
        let deliveries = emulator.webhooks().deliveries();
        deliveries.into_iter().map(|one| (one.id, one.attempts.len())).collect::<Vec<_>>()
    };
    let expected =
        |first, second| vec![(deliveries[0].id.clone(), first), (deliveries[1].id.clone(), second)];
    assert_eq!(attempts(), expected(0, 1));
    emulator.webhooks().steer(Steering::default()).unwrap();
    emulator.settle().await;
    assert_eq!(attempts()[0].1, 1);

    // A reset resets the file, too.
    emulator.webhooks().steer(steering).unwrap();
    emulator.reset().unwrap();
    drop(emulator);
    let emulator = in_file(&file).start().await.unwrap();
    assert_eq!(emulator.webhooks().steering(), Steering::default());
}

#[tokio::test]
async fn seed_data_are_loaded_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let data = SeedData::from_json(r#"{"users": [{"email": "ada@acme.test"}]}"#).unwrap();
    for _ in 0..2 {
        let emulator = in_file(&file).data(data.clone()).start().await.unwrap();
        assert_eq!(users(&emulator.client()).await, ["ada@acme.test"]);
    }
}

#[tokio::test]
async fn seed_data_that_are_refused_leave_the_file_new() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let data = |text| SeedData::from_json(text).unwrap();
    let twice = data(r#"{"users": [{"email": "ada@acme.test"}, {"email": "ada@acme.test"}]}"#);
    assert!(in_file(&file).data(twice).start().await.is_err());
    let once = data(r#"{"users": [{"email": "ada@acme.test"}]}"#);
    let emulator = in_file(&file).data(once).start().await.unwrap();
    assert_eq!(users(&emulator.client()).await, ["ada@acme.test"]);
}

#[tokio::test]
async fn a_reset_empties_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let emulator = in_file(&file).start().await.unwrap();
    let create = |name: &str| CreateOrganization::new(name);
    emulator.client().organizations().create_organization(create("Acme")).await.unwrap();
    emulator.reset().unwrap();
    emulator.client().organizations().create_organization(create("Beta")).await.unwrap();
    drop(emulator);
    let emulator = in_file(&file).start().await.unwrap();
    let all = ListOrganizationsParams::default();
    let page = emulator.client().organizations().list_organizations(all).await.unwrap();
    assert_eq!(page.data.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Beta"]);
}

#[tokio::test]
async fn scripts_of_directories_go_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let data = SeedData::from_json(
        r#"{
            "organizations": [{"name": "Acme"}],
            "directories": [{"organization": "Acme", "scripts": [
                {"steps": [
                    {"after_seconds": 10, "add_user": {"idp_id": "ada"}},
                    {"after_seconds": 10, "remove_user": "bob"},
                    {"churn": {"users": 3, "every_seconds": 2, "for_seconds": 20}},
                    {"after_seconds": 10, "remove_user": "ada"}
                ], "repeat_every_seconds": 60}
            ]}]
        }"#,
    );
    let data = data.unwrap();
    let happened = async |restarts: &[u64], name: &str| {
        let file = directory.path().join(name);
        let start = async || {
            let builder = in_file(&file).freeze(START.parse().unwrap()).data(data.clone());
            builder.start().await.unwrap()
        };
        let (mut emulator, mut time) = (start().await, 0);
        for at in restarts {
            emulator.clock().advance(Duration::from_secs(at - time));
            // The steps that are due are taken, and the clock is stored with them.
            let scripts = emulator.fixtures().directory_scripts();
            drop(emulator);
            emulator = start().await;
            assert_eq!(emulator.fixtures().directory_scripts(), scripts);
            time = *at;
        }
        emulator.clock().advance(Duration::from_secs(200 - time));
        let names = ["dsync.user.created", "dsync.user.updated", "dsync.user.deleted"];
        let names = names.map(EventName::from);
        let params = ListEventsParams { limit: Some(100), ..ListEventsParams::new(names) };
        let events = emulator.client().events().list_events(params).await.unwrap().data;
        (events, emulator.fixtures().directory_scripts())
    };
    let (events, scripts) = happened(&[], "straight.db").await;
    assert!(events.len() > 30, "{}", events.len());
    assert_eq!((scripts[0].steps_done, scripts[0].refused.len()), (13 * 3 + 3, 4));
    assert_eq!(happened(&[10, 22, 27, 90], "restarted.db").await, (events, scripts));
}
