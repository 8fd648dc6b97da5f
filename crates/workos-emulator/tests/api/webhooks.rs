//! Webhook endpoints, and the delivery of events to them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use workos::helpers::webhooks::WebhookVerifier;
use workos::organizations::CreateOrganization;
use workos::webhooks::*;
use workos::{EventName, Timestamp};
use workos_emulator::{Delivery, DeliveryStatus, Emulator, NewWebhookEndpoint};

use super::receiver::{Receiver, create, linger, only, subscribe, until};
use super::trial::{NOON, Trial, refusal};

const CREATED: EventName = EventName::OrganizationCreated;
const DELETED: EventName = EventName::OrganizationDeleted;

/// The attempts in words: seconds after noon, and the status or the error.
fn attempts(delivery: &Delivery) -> Vec<String> {
    let noon: Timestamp = NOON.parse().unwrap();
    let attempts = delivery.attempts.iter().map(|attempt| {
        let status = attempt.status.map(|status| status.to_string());
        let outcome = status.or_else(|| attempt.error.clone()).unwrap();
        format!("{} {outcome}", attempt.at.duration_since(noon).as_secs())
    });
    attempts.collect()
}

#[tokio::test]
async fn an_endpoint_is_created_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let webhooks = trial.client().webhooks();
    let url = "https://acme.com/hook";
    let new = CreateWebhookEndpoint::new(url, [CREATED, DELETED, CREATED]);
    let endpoint = webhooks.create_webhook_endpoint(new).await.unwrap();
    assert_eq!(endpoint.secret.expose().len(), 32);
    let shown = (endpoint.endpoint_url.as_str(), &endpoint.status, &*endpoint.events);
    assert_eq!(shown, (url, &WebhookEndpointStatus::Enabled, &[CREATED, DELETED][..]));

    trial.wait(1);
    let update = UpdateWebhookEndpoint {
        status: Some(WebhookEndpointStatus::Disabled),
        events: Some(vec![DELETED]),
        ..Default::default()
    };
    let changed = webhooks.update_webhook_endpoint(&endpoint.id, update).await.unwrap();
    let mut expected = endpoint.clone();
    expected.status = WebhookEndpointStatus::Disabled;
    expected.events = vec![DELETED];
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);
    let other = subscribe(&trial.client(), "http://localhost:3000/hook").await;
    let list = webhooks.list_webhook_endpoints(Default::default()).await.unwrap().data;
    assert_eq!(list, [other, changed]);

    webhooks.delete_webhook_endpoint(&endpoint.id).await.unwrap();
    let gone = webhooks.delete_webhook_endpoint(&endpoint.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    let gone =
        webhooks.update_webhook_endpoint(&endpoint.id, UpdateWebhookEndpoint::default()).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert!(trial.events().await.is_empty());
}

#[tokio::test]
async fn invalid_endpoints_are_refused() {
    let trial = Trial::new().await;
    let webhooks = trial.client().webhooks();
    let create = |url: &str, events: &[EventName]| {
        webhooks.create_webhook_endpoint(CreateWebhookEndpoint::new(url, events))
    };
    let first = create("https://acme.com/1", &[CREATED]).await.unwrap();
    create("https://acme.com/2", &[CREATED]).await.unwrap();
    assert_eq!(refusal(create("https://acme.com/1", &[CREATED]).await), "409 duplicate_endpoint");
    for url in ["acme", "/hook", "ftp://acme.com/", "http://", "https://a b/", "http://a@acme.com/"]
    {
        assert_eq!(refusal(create(url, &[CREATED]).await), "422 invalid_url", "{url}");
        let url = Some(url.to_owned());
        let update = UpdateWebhookEndpoint { endpoint_url: url, ..Default::default() };
        let refused = webhooks.update_webhook_endpoint(&first.id, update).await;
        assert_eq!(refusal(refused), "422 invalid_url");
    }
    let url = "https://acme.com/3";
    let nothing = create(url, &[]).await;
    assert_eq!(refusal(nothing), "422 invalid_request_parameters events");
    let vault = create(url, &[EventName::VaultDataRead]).await;
    assert_eq!(refusal(vault), "422 invalid_request_parameters events[0]");
    let url = Some("https://acme.com/2".to_owned());
    let update = UpdateWebhookEndpoint { endpoint_url: url, ..Default::default() };
    let taken = webhooks.update_webhook_endpoint(&first.id, update).await;
    assert_eq!(refusal(taken), "409 duplicate_endpoint");
}

#[tokio::test]
async fn fixtures_choose_the_secret_and_may_subscribe_to_everything() {
    let trial = Trial::new().await;
    let fixtures = trial.emulator.fixtures();
    let new = |url: &str| NewWebhookEndpoint { endpoint_url: url.into(), ..Default::default() };
    let url = "http://localhost:1/";
    let chosen = NewWebhookEndpoint { secret: Some("whsec_1".into()), enabled: false, ..new(url) };
    let endpoint = fixtures.webhook_endpoint(chosen).unwrap();
    assert_eq!(endpoint.secret, "whsec_1");
    assert_eq!(endpoint.status, WebhookEndpointStatus::Disabled);
    assert_eq!(endpoint.events.len(), 113);
    let vault = vec![EventName::VaultDataRead];
    for (refused, reason) in [
        (new(url), "Another webhook endpoint has the URL http://localhost:1/."),
        (new(""), "endpoint_url must be a URL such as https://example.com/webhooks."),
        (
            NewWebhookEndpoint { events: vault, ..new("http://localhost:2/") },
            "events has an event that webhooks do not deliver: vault.data.read.",
        ),
        (
            NewWebhookEndpoint { secret: Some("".into()), ..new("http://localhost:2/") },
            "secret is required and must not be empty.",
        ),
    ] {
        assert_eq!(fixtures.webhook_endpoint(refused).unwrap_err().to_string(), reason);
    }
    let seed: NewWebhookEndpoint = serde_json::from_value(json!({"endpoint_url": url})).unwrap();
    assert_eq!(seed, new(url));
}

#[tokio::test]
async fn an_event_is_delivered_as_it_is_listed_and_signed() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await;
    let endpoint = subscribe(&trial.client(), &format!("{}/hook?x=1", receiver.url)).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;

    let event = trial.events().await.remove(0);
    assert_eq!(receiver.bodies(), std::slice::from_ref(&event));
    let (path, signature, body) = receiver.received.lock().unwrap()[0].clone();
    assert_eq!(path, "/hook?x=1");
    assert!(signature.starts_with("t=1772366400000, v1="), "{signature}");
    let now = trial.emulator.clock().now();
    let verifier = WebhookVerifier::new(endpoint.secret.clone()).with_clock(move || now);
    let verified = verifier.construct_event(&signature, body).unwrap();
    assert_eq!(verified.id, event["id"].as_str().unwrap());

    let delivery = only(&trial.emulator);
    let expected = json!([{
        "id": delivery.id,
        "endpoint_id": endpoint.id,
        "endpoint_url": endpoint.endpoint_url,
        "event_id": event["id"],
        "event": "organization.created",
        "status": "delivered",
        "attempts": [{"at": NOON, "status": 200, "error": null}],
        "next_due": null,
    }]);
    assert_eq!(trial.call("GET", "/_emulate/webhooks", Value::Null).await, (200, expected));
}

#[tokio::test]
async fn only_enabled_endpoints_that_subscribe_get_an_event() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (on, off, other) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let webhooks = client.webhooks();
    subscribe(&client, &on.url).await;
    let new = CreateWebhookEndpoint::new(&other.url, [DELETED]);
    webhooks.create_webhook_endpoint(new).await.unwrap();
    let disabled = subscribe(&client, &off.url).await;
    let status = |status| UpdateWebhookEndpoint { status: Some(status), ..Default::default() };
    let update = status(WebhookEndpointStatus::Disabled);
    webhooks.update_webhook_endpoint(&disabled.id, update).await.unwrap();

    let acme = create(&client, "Acme").await;
    // A refused change has no events.
    let twice =
        CreateOrganization { external_id: Some("1".into()), ..CreateOrganization::new("A") };
    client.organizations().create_organization(twice.clone()).await.unwrap();
    client.organizations().create_organization(twice).await.unwrap_err();
    client.organizations().delete_organization(&acme).await.unwrap();
    trial.emulator.settle().await;
    assert_eq!((on.names(), off.count(), other.names()), {
        (vec!["Acme".to_owned(), "A".to_owned()], 0, vec!["Acme".to_owned()])
    });

    let update = status(WebhookEndpointStatus::Enabled);
    webhooks.update_webhook_endpoint(&disabled.id, update).await.unwrap();
    create(&client, "Globex").await;
    trial.emulator.settle().await;
    assert_eq!(off.names(), ["Globex"]);
}

#[tokio::test]
async fn an_endpoint_gets_events_one_at_a_time_in_their_order() {
    let trial = Trial::new().await;
    let receiver = Receiver::with(0).await;
    subscribe(&trial.client(), &receiver.url).await;
    let names: Vec<_> = (0..30).map(|n| format!("Organization {n}")).collect();
    for name in &names {
        create(&trial.client(), name).await;
    }
    for count in 1..=names.len() {
        until(|| receiver.count() == count).await;
        tokio::task::yield_now().await;
        assert_eq!(receiver.count(), count);
        receiver.permits.add_permits(1);
    }
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), names);
}

#[tokio::test]
async fn what_fails_is_sent_again_when_the_clock_says_so() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await.answering(&[500, 404, 0, 302, 500, 500]);
    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Acme").await;
    for (second, wait) in [(0, 1), (1, 2), (3, 4), (7, 8), (15, 16)] {
        trial.emulator.settle().await;
        let delivery = only(&trial.emulator);
        let due = trial.emulator.clock().now() + Duration::from_secs(wait);
        assert_eq!((delivery.status, delivery.next_due), (DeliveryStatus::Pending, Some(due)));
        // Nothing happens before that.
        trial.emulator.clock().advance(Duration::from_millis(wait * 1000 - 1));
        trial.emulator.settle().await;
        linger().await;
        assert_eq!(attempts(&only(&trial.emulator)).len(), delivery.attempts.len(), "{second}");
        trial.emulator.clock().advance(Duration::from_millis(1));
    }
    trial.emulator.settle().await;
    let delivery = only(&trial.emulator);
    assert_eq!((delivery.status, delivery.next_due), (DeliveryStatus::Failed, None));
    let mut made = attempts(&delivery);
    let lost = made.remove(2);
    assert!(lost.starts_with("3 the connection failed: "), "{lost}");
    assert_eq!(made, ["0 500", "1 404", "7 302", "15 500", "31 500"]);
    trial.wait(3600);
    trial.emulator.settle().await;
    assert_eq!(receiver.count(), 6);

    // A dead letter is delivered on request, signed anew.
    assert!(trial.emulator.webhooks().redeliver(&delivery.id));
    trial.emulator.settle().await;
    let delivery = only(&trial.emulator);
    assert_eq!(delivery.status, DeliveryStatus::Delivered);
    assert_eq!(attempts(&delivery).last().unwrap(), "3631 200");
    let (first, last) = {
        let received = receiver.received.lock().unwrap();
        (received[0].clone(), received[6].clone())
    };
    assert_eq!(first.2, last.2);
    assert_ne!(first.1, last.1);
}

#[tokio::test]
async fn a_delivery_is_repeated_over_http() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await;
    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let path = format!("/_emulate/webhooks/{}/redeliver", only(&trial.emulator).id);
    let (status, delivery) = trial.call("POST", &path, Value::Null).await;
    let shown = (status, &delivery["status"], &delivery["next_due"]);
    assert_eq!(shown, (200, &json!("pending"), &json!(NOON)));
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), ["Acme", "Acme"]);
    let (status, error) = trial.call("POST", "/_emulate/webhooks/x/redeliver", Value::Null).await;
    assert_eq!((status, &error["code"]), (404, &json!("entity_not_found")));
    assert!(!trial.emulator.webhooks().redeliver("x"));
}

#[tokio::test]
async fn a_retry_follows_what_was_due_before_and_can_be_had_at_once() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await.answering(&[500, 200, 500, 500]);
    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Acme").await;
    create(&trial.client(), "Globex").await;
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), ["Acme", "Globex"]);
    // However far the clock goes, one attempt follows the other.
    trial.wait(3600);
    trial.emulator.settle().await;
    assert_eq!(receiver.count(), 3);
    let deliveries = trial.emulator.webhooks().deliveries();
    assert!(trial.emulator.webhooks().redeliver(&deliveries[0].id));
    trial.emulator.settle().await;
    let acme = &trial.emulator.webhooks().deliveries()[0];
    assert_eq!(attempts(acme), ["0 500", "3600 500", "3600 500"]);
    assert_eq!(acme.next_due, Some(trial.emulator.clock().now() + Duration::from_secs(4)));
}

#[tokio::test]
async fn a_slow_endpoint_holds_up_no_other_and_eight_are_sent_at_a_time() {
    let trial = Trial::new().await;
    let (slow, fast) = (Receiver::with(0).await, Receiver::start().await);
    for n in 0..7 {
        subscribe(&trial.client(), &format!("{}/{n}", slow.url)).await;
    }
    subscribe(&trial.client(), &fast.url).await;
    for name in ["Acme", "Globex", "Initech"] {
        create(&trial.client(), name).await;
    }
    until(|| fast.count() == 3 && slow.count() == 7).await;

    for n in 7..10 {
        subscribe(&trial.client(), &format!("{}/{n}", slow.url)).await;
    }
    create(&trial.client(), "Umbrella").await;
    until(|| fast.count() == 4 || slow.count() == 8).await;
    linger().await;
    assert!(slow.count() <= 8, "{}", slow.count());
    slow.permits.add_permits(1000);
    trial.emulator.settle().await;
    assert_eq!((slow.count(), fast.count()), (7 * 4 + 3, 4));
    let deliveries = trial.emulator.webhooks().deliveries();
    assert!(deliveries.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
}

#[tokio::test]
async fn webhooks_to_other_machines_are_refused() {
    let trial = Trial::new().await;
    for url in ["http://example.com/hook", "https://localhost:1/hook"] {
        subscribe(&trial.client(), url).await;
    }
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let deliveries = trial.emulator.webhooks().deliveries();
    let refused = |delivery: &Delivery| (delivery.status, delivery.next_due);
    let made: Vec<_> = deliveries.iter().flat_map(attempts).collect();
    assert_eq!(
        deliveries.iter().map(refused).collect::<Vec<_>>(),
        [(DeliveryStatus::Refused, None); 2]
    );
    assert_eq!(
        made,
        [
            "0 example.com is not this machine: allow it with `Builder::allow_webhooks_to` or \
             `--webhook-hosts`",
            "0 the emulator sends webhooks over http only",
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_reached_is_tried_again() {
    let trial = Trial::new().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    subscribe(&trial.client(), &format!("http://{closed}/")).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let delivery = only(&trial.emulator);
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert!(attempts(&delivery)[0].starts_with("0 cannot connect: "), "{delivery:?}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_has_five_seconds_to_respond() {
    let trial = Trial::new().await;
    let receiver = Receiver::with(0).await;
    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Acme").await;
    let before = tokio::time::Instant::now();
    trial.emulator.settle().await;
    assert_eq!(before.elapsed().as_secs(), 5);
    assert_eq!(attempts(&only(&trial.emulator)), ["0 no response within 5 s"]);
}

#[tokio::test]
async fn endpoints_that_are_disabled_or_deleted_get_nothing_more() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await.answering(&[500, 500]);
    let webhooks = trial.client().webhooks();
    let one = subscribe(&trial.client(), &format!("{}/1", receiver.url)).await;
    let other = subscribe(&trial.client(), &format!("{}/2", receiver.url)).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    webhooks.delete_webhook_endpoint(&one.id).await.unwrap();
    let status = Some(WebhookEndpointStatus::Disabled);
    let update = UpdateWebhookEndpoint { status, ..Default::default() };
    webhooks.update_webhook_endpoint(&other.id, update).await.unwrap();
    trial.wait(1);
    trial.emulator.settle().await;
    for delivery in trial.emulator.webhooks().deliveries() {
        assert_eq!(delivery.status, DeliveryStatus::Cancelled);
        let expected = ["0 500", "1 the endpoint is disabled or deleted"];
        assert_eq!(attempts(&delivery), expected);
    }
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn a_new_url_and_the_secret_of_the_moment_are_used() {
    let trial = Trial::new().await;
    let (old, new) = (Receiver::start().await.answering(&[500]), Receiver::start().await);
    let endpoint = subscribe(&trial.client(), &old.url).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let endpoint_url = Some(new.url.clone());
    let update = UpdateWebhookEndpoint { endpoint_url, ..Default::default() };
    trial.client().webhooks().update_webhook_endpoint(&endpoint.id, update).await.unwrap();
    trial.wait(1);
    trial.emulator.settle().await;
    assert_eq!((old.count(), new.count()), (1, 1));
}

#[tokio::test]
async fn a_reset_forgets_webhooks_also_those_on_their_way() {
    let trial = Trial::new().await;
    let receiver = Receiver::with(0).await;
    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Acme").await;
    until(|| receiver.count() == 1).await;
    trial.emulator.reset().unwrap();
    trial.emulator.settle().await;
    receiver.permits.add_permits(1000);
    linger().await;
    assert_eq!(trial.emulator.webhooks().deliveries(), []);

    subscribe(&trial.client(), &receiver.url).await;
    create(&trial.client(), "Globex").await;
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), ["Acme", "Globex"]);
}

#[tokio::test]
async fn nothing_is_sent_when_the_emulator_is_gone() {
    let emulator = Emulator::builder().without_socket().start().await.unwrap();
    let client = emulator.client();
    let receiver = Receiver::start().await;
    subscribe(&client, &receiver.url).await;
    drop(emulator);
    create(&client, "Acme").await;
    linger().await;
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_running_clock_can_be_moved_as_well() {
    let emulator = Emulator::start().await.unwrap();
    let receiver = Receiver::start().await.answering(&[500]);
    subscribe(&emulator.client(), &receiver.url).await;
    create(&emulator.client(), "Acme").await;
    emulator.settle().await;
    emulator.clock().advance(Duration::from_secs(1));
    emulator.settle().await;
    assert_eq!((only(&emulator).status, receiver.count()), (DeliveryStatus::Delivered, 2));
}

/// Waits for a future without tokio.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        std::thread::yield_now();
    }
}

#[test]
fn without_tokio_webhooks_wait_until_there_is_tokio() {
    let emulator = block_on(Emulator::builder().without_socket().start()).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime();
    let receiver = server.block_on(Receiver::start());
    block_on(subscribe(&emulator.client(), &receiver.url));
    block_on(create(&emulator.client(), "Acme"));
    block_on(emulator.settle());
    assert_eq!(only(&emulator).status, DeliveryStatus::Pending);
    server.block_on(emulator.settle());
    assert_eq!((only(&emulator).status, receiver.names()), {
        (DeliveryStatus::Delivered, vec!["Acme".to_owned()])
    });

    // The task ends with its runtime; another takes over.
    drop(server);
    block_on(create(&emulator.client(), "Globex"));
    block_on(emulator.settle());
    runtime().block_on(emulator.settle());
    let globex = emulator.webhooks().deliveries().remove(1);
    assert_eq!((globex.status, globex.attempts.len()), (DeliveryStatus::Pending, 1));
}
