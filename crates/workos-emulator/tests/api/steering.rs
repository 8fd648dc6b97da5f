//! How webhooks are delivered, as tests decide it.

use std::time::Duration;

use serde_json::{Value, json};
use workos::organizations::CreateOrganization;
use workos_emulator::{DeliveryOrder, DeliveryStatus, Emulator, Steering};

use super::receiver::{Receiver, create, linger, only, subscribe, until};
use super::trial::Trial;

const WEBHOOKS: &str = "/_emulate/webhooks";
const SETTINGS: &str = "/_emulate/webhooks/settings";

/// A trial with a receiver that is subscribed to new organizations.
async fn subscribed(receiver: Receiver) -> (Trial, Receiver) {
    let trial = Trial::new().await;
    subscribe(&trial.client(), &receiver.url).await;
    (trial, receiver)
}

impl Trial {
    async fn create_all(&self, names: &[&str]) {
        for name in names {
            create(&self.client(), name).await;
        }
    }

    fn steer(&self, steering: Steering) {
        self.emulator.webhooks().steer(steering).unwrap();
    }

    fn statuses(&self) -> Vec<DeliveryStatus> {
        self.emulator.webhooks().deliveries().iter().map(|delivery| delivery.status).collect()
    }

    /// The IDs in a part of the log.
    async fn ids(&self, query: &str) -> Vec<String> {
        let (status, page) = self.call("GET", &format!("{WEBHOOKS}{query}"), Value::Null).await;
        assert_eq!(status, 200, "{page}");
        let id = |delivery: &Value| delivery["id"].as_str().unwrap().to_owned();
        page.as_array().unwrap().iter().map(id).collect()
    }
}

#[tokio::test]
async fn a_pause_holds_everything_back_that_is_not_redelivered() {
    let (trial, receiver) = subscribed(Receiver::start().await).await;
    trial.steer(Steering { paused: true, ..Default::default() });
    trial.create_all(&["Acme", "Globex", "Initech", "Umbrella"]).await;
    trial.emulator.settle().await;
    linger().await;
    assert_eq!(receiver.count(), 0);

    let ids = trial.ids("").await;
    for number in [2, 0] {
        assert!(trial.emulator.webhooks().redeliver(&ids[number]));
        trial.emulator.settle().await;
    }
    assert_eq!(receiver.names(), ["Initech", "Acme"]);
    trial.steer(Steering::default());
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), ["Initech", "Acme", "Globex", "Umbrella"]);
    assert_eq!(trial.statuses(), [DeliveryStatus::Delivered; 4]);
}

#[tokio::test]
async fn what_fails_during_a_pause_waits_for_its_end() {
    let (trial, receiver) = subscribed(Receiver::start().await.answering(&[500])).await;
    trial.steer(Steering { paused: true, ..Default::default() });
    create(&trial.client(), "Acme").await;
    assert!(trial.emulator.webhooks().redeliver(&only(&trial.emulator).id));
    trial.emulator.settle().await;
    trial.wait(60);
    trial.emulator.settle().await;
    linger().await;
    assert_eq!(receiver.count(), 1);
    trial.steer(Steering::default());
    trial.emulator.settle().await;
    assert_eq!((receiver.count(), trial.statuses()), (2, vec![DeliveryStatus::Delivered]));
}

#[tokio::test]
async fn webhooks_that_waited_arrive_in_the_order_that_is_set() {
    let names = ["Acme", "Globex", "Initech", "Umbrella", "Hooli"];
    let received = async |order: DeliveryOrder| {
        let (trial, receiver) = subscribed(Receiver::start().await).await;
        trial.steer(Steering { paused: true, order, ..Default::default() });
        trial.create_all(&names).await;
        trial.steer(Steering { order, ..Default::default() });
        trial.emulator.settle().await;
        receiver.names()
    };
    assert_eq!(received(DeliveryOrder::Events).await, names);
    let reversed: Vec<_> = names.iter().rev().copied().collect();
    assert_eq!(received(DeliveryOrder::Reversed).await, reversed);
    // The seed of these emulators is the same.
    let shuffled = received(DeliveryOrder::Shuffled).await;
    assert_eq!(received(DeliveryOrder::Shuffled).await, shuffled);
    assert!(shuffled != names && shuffled != reversed, "{shuffled:?}");
}

#[tokio::test]
async fn copies_are_deliveries_of_their_own_with_the_same_event() {
    let (trial, receiver) = subscribed(Receiver::start().await.answering(&[200, 500])).await;
    trial.steer(Steering { copies: 3, ..Default::default() });
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let event = trial.events().await.remove(0);
    assert_eq!(receiver.bodies(), vec![event.clone(); 3]);
    let [delivered, pending] = [DeliveryStatus::Delivered, DeliveryStatus::Pending];
    assert_eq!(trial.statuses(), [delivered, pending, delivered]);
    trial.wait(1);
    trial.emulator.settle().await;
    assert_eq!(receiver.bodies(), vec![event; 4]);
}

#[tokio::test]
async fn a_delay_passes_on_the_clock() {
    let (trial, receiver) = subscribed(Receiver::start().await).await;
    trial.steer(Steering { delay_seconds: 90, ..Default::default() });
    create(&trial.client(), "Acme").await;
    let due = trial.emulator.clock().now() + Duration::from_secs(90);
    assert_eq!(only(&trial.emulator).next_due, Some(due));
    trial.wait(89);
    trial.emulator.settle().await;
    linger().await;
    assert_eq!(receiver.count(), 0);
    trial.wait(1);
    trial.emulator.settle().await;
    assert_eq!(receiver.names(), ["Acme"]);
}

#[tokio::test]
async fn settings_are_changed_field_by_field_and_go_back_with_a_reset() {
    let trial = Trial::new().await;
    let defaults = json!({"paused": false, "order": "events", "copies": 1, "delay_seconds": 0});
    let get = async || trial.call("GET", SETTINGS, Value::Null).await;
    assert_eq!(get().await, (200, defaults.clone()));
    trial.call("POST", SETTINGS, json!({"order": "shuffled", "copies": 10})).await;
    let changed =
        json!({"paused": true, "order": "shuffled", "copies": 10, "delay_seconds": 604_800});
    let more = json!({"paused": true, "delay_seconds": 604_800});
    assert_eq!(trial.call("POST", SETTINGS, more).await, (200, changed.clone()));
    assert_eq!(serde_json::to_value(trial.emulator.webhooks().steering()).unwrap(), changed);

    for (wrong, message) in [
        (json!({"copies": 0}), "copies must be 1 to 10, not 0"),
        (json!({"copies": 11, "paused": false}), "copies must be 1 to 10, not 11"),
        (json!({"delay_seconds": 604_801}), "delay_seconds must be 0 to 604800, not 604801"),
        (json!({"delay_seconds": -1}), "delay_seconds: invalid value: integer `-1`"),
        (json!({"order": "random"}), "order: unknown variant `random`, expected one of `events`"),
        (json!({"paused": 1}), "paused: invalid type: integer `1`, expected a boolean"),
        (json!({"delay": 1}), "delay: unknown field `delay`"),
    ] {
        let (status, refusal) = trial.call("POST", SETTINGS, wrong).await;
        assert_eq!((status, &refusal["code"]), (400, &json!("invalid_steering")));
        assert!(refusal["message"].as_str().unwrap().starts_with(message), "{refusal}");
    }
    let wrong = Steering { copies: 11, ..Default::default() };
    let refusal = trial.emulator.webhooks().steer(wrong).unwrap_err();
    assert_eq!(refusal.to_string(), "copies must be 1 to 10, not 11");
    assert_eq!(get().await, (200, changed));
    trial.emulator.reset().unwrap();
    assert_eq!(get().await, (200, defaults));
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let receiver = Receiver::start().await.answering(&[500, 200]);
    let (trial, receiver) = subscribed(receiver).await;
    let other = subscribe(&trial.client(), &format!("{}/other", receiver.url)).await;
    trial.steer(Steering { paused: true, ..Default::default() });
    trial.create_all(&["Acme", "Globex", "Initech"]).await;
    let all = trial.ids("").await;
    assert_eq!(all.len(), 6);
    assert_eq!(trial.ids("?event=organization.created").await, all);
    assert!(trial.ids("?event=user.created").await.is_empty());
    let of_other: Vec<_> = all.iter().skip(1).step_by(2).cloned().collect();
    assert_eq!(trial.ids(&format!("?endpoint_id={}", other.id)).await, of_other);
    assert_eq!(trial.ids("?limit=4").await, all[..4]);
    assert_eq!(trial.ids(&format!("?limit=4&after={}", all[3])).await, all[4..]);
    let rest = format!("?limit=1&after={}&endpoint_id={}", of_other[0], other.id);
    assert_eq!(trial.ids(&rest).await, of_other[1..2]);
    assert!(trial.emulator.webhooks().cancel(&all[2]));
    assert_eq!(trial.ids("?status=cancelled").await, all[2..3]);
    assert_eq!(trial.ids("?status=pending").await.len(), 5);

    for (query, message) in [
        ("limit=0", "limit: must be 1 to 1000, not 0"),
        ("limit=1001", "limit: must be 1 to 1000, not 1001"),
        ("limit=x", "limit: invalid digit found in string"),
        ("after=x", "after: must be the ID of a delivery"),
        ("status=lost", "status: unknown variant `lost`, expected one of `pending`"),
        ("event=user.made", "event: there is no event \"user.made\". Did you mean user.created"),
        ("page=2", "page: is not a parameter."),
    ] {
        let (status, refusal) =
            trial.call("GET", &format!("{WEBHOOKS}?{query}"), json!(null)).await;
        assert_eq!(status, 400, "{refusal}");
        assert!(refusal["message"].as_str().unwrap().starts_with(message), "{refusal}");
    }
}

#[tokio::test]
async fn one_is_shown_with_what_is_sent_and_without_the_secret() {
    let (trial, receiver) = subscribed(Receiver::start().await).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let id = only(&trial.emulator).id;
    trial.wait(60);
    let (path, signature, body) = receiver.received.lock().unwrap()[0].clone();
    let (status, shown) = trial.call("GET", &format!("{WEBHOOKS}/{id}"), Value::Null).await;
    let mut expected = serde_json::to_value(only(&trial.emulator)).unwrap();
    expected["body"] = json!(body);
    expected["headers"] = json!({
        "connection": "close",
        "content-type": "application/json",
        "host": receiver.url.strip_prefix("http://").unwrap(),
        "user-agent": concat!("workos-emulator/", env!("CARGO_PKG_VERSION")),
        "workos-signature": signature,
    });
    assert_eq!((status, path, &shown), (200, "/".to_owned(), &expected));
    let details = trial.emulator.webhooks().delivery(&id).unwrap();
    assert_eq!(serde_json::to_value(&details).unwrap(), expected);

    // Nobody can sign any more when the endpoint is gone.
    let endpoint = details.delivery.endpoint_id;
    trial.client().webhooks().delete_webhook_endpoint(&endpoint).await.unwrap();
    let details = trial.emulator.webhooks().delivery(&id).unwrap();
    assert_eq!((details.headers.get("workos-signature"), details.headers.len()), (None, 4));
    let (status, _) = trial.call("GET", &format!("{WEBHOOKS}/x"), Value::Null).await;
    assert_eq!((status, trial.emulator.webhooks().delivery("x")), (404, None));
}

#[tokio::test]
async fn dead_letters_are_delivered_again_all_at_once() {
    let (trial, receiver) = subscribed(Receiver::start().await.answering(&[500; 12])).await;
    trial.create_all(&["Acme", "Globex"]).await;
    for _ in 0..6 {
        trial.emulator.settle().await;
        trial.wait(16);
    }
    create(&trial.client(), "Initech").await;
    trial.emulator.settle().await;
    let [failed, delivered] = [DeliveryStatus::Failed, DeliveryStatus::Delivered];
    assert_eq!(trial.statuses(), [failed, failed, delivered]);
    let path = "/_emulate/webhooks/redeliver-failed";
    let redelivered = trial.call("POST", path, Value::Null).await;
    assert_eq!(redelivered, (200, json!({"redelivered": 2})));
    trial.emulator.settle().await;
    assert_eq!(trial.statuses(), [delivered; 3]);
    assert_eq!(receiver.names()[12..], ["Initech", "Acme", "Globex"]);
    assert_eq!(trial.emulator.webhooks().redeliver_failed(), 0);
}

#[tokio::test]
async fn what_waits_is_cancelled_and_can_be_redelivered() {
    let (trial, receiver) = subscribed(Receiver::start().await.answering(&[500])).await;
    create(&trial.client(), "Acme").await;
    trial.emulator.settle().await;
    let id = only(&trial.emulator).id;
    let cancel = async || trial.call("POST", &format!("{WEBHOOKS}/{id}/cancel"), json!(null)).await;
    let (status, cancelled) = cancel().await;
    let delivery = only(&trial.emulator);
    assert_eq!((status, cancelled), (200, serde_json::to_value(&delivery).unwrap()));
    assert_eq!((delivery.status, delivery.next_due), (DeliveryStatus::Cancelled, None));
    assert_eq!(delivery.attempts.len(), 1);
    trial.wait(60);
    trial.emulator.settle().await;
    linger().await;
    assert_eq!(receiver.count(), 1);

    let (status, refusal) = cancel().await;
    assert_eq!((status, &refusal["code"]), (409, &json!("webhook_delivery_over")));
    let (status, _) = trial.call("POST", &format!("{WEBHOOKS}/x/cancel"), json!(null)).await;
    assert_eq!((status, trial.emulator.webhooks().cancel("x")), (404, false));
    assert!(trial.emulator.webhooks().redeliver(&id));
    trial.emulator.settle().await;
    assert_eq!(trial.statuses(), [DeliveryStatus::Delivered]);
}

#[tokio::test]
async fn one_that_is_cancelled_on_its_way_stays_cancelled() {
    let (trial, receiver) = subscribed(Receiver::with(0).await).await;
    create(&trial.client(), "Acme").await;
    until(|| receiver.count() == 1).await;
    assert!(trial.emulator.webhooks().cancel(&only(&trial.emulator).id));
    receiver.permits.add_permits(1);
    trial.emulator.settle().await;
    linger().await;
    assert_eq!(trial.statuses(), [DeliveryStatus::Cancelled]);
}

#[tokio::test]
async fn a_request_waits_until_what_is_due_was_sent() {
    let (trial, receiver) = subscribed(Receiver::start().await.answering(&[500])).await;
    trial.create_all(&["Acme", "Globex"]).await;
    let settle = async || trial.call("POST", "/_emulate/webhooks/settle", Value::Null).await;
    assert_eq!(settle().await.0, 204);
    assert_eq!(receiver.names(), ["Acme", "Globex"]);
    // The failed one is not due yet, and nothing is during a pause.
    trial.steer(Steering { paused: true, ..Default::default() });
    trial.wait(60);
    assert_eq!((settle().await.0, receiver.count()), (204, 2));
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_ten_seconds_at_most() {
    let (trial, _receiver) = subscribed(Receiver::with(0).await).await;
    trial.create_all(&["Acme", "Globex", "Initech"]).await;
    let before = tokio::time::Instant::now();
    let path = "/_emulate/webhooks/settle";
    let (status, refusal) = trial.call("POST", path, Value::Null).await;
    let initech = trial.emulator.webhooks().deliveries().remove(2);
    assert_eq!(before.elapsed().as_secs(), 10);
    assert_eq!(initech.status, DeliveryStatus::Pending);
    assert_eq!((status, &refusal["code"]), (504, &json!("webhooks_still_due")));
    let due = refusal["deliveries"].as_array().unwrap();
    assert_eq!(due.last(), Some(&serde_json::to_value(initech).unwrap()));
}

#[test]
fn without_tokio_a_request_to_settle_is_answered_at_once() {
    let emulator = futures_util::FutureExt::now_or_never(async {
        let emulator = Emulator::builder().without_socket().start().await.unwrap();
        subscribe(&emulator.client(), "http://127.0.0.1:1").await;
        let acme = CreateOrganization::new("Acme");
        emulator.client().organizations().create_organization(acme).await.unwrap();
        emulator
    });
    let emulator = emulator.unwrap();
    let request = workos::transport::HttpRequest {
        method: http::Method::POST,
        url: "http://localhost/_emulate/webhooks/settle".to_owned(),
        headers: http::HeaderMap::new(),
        body: None,
    };
    let transport = emulator.transport();
    let response = futures_util::FutureExt::now_or_never(transport.execute(request)).unwrap();
    assert_eq!(response.unwrap().status, 504);
}
