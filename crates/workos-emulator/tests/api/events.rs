//! Events that are triggered.

use serde_json::{Value, json};
use workos::events::EventData;
use workos::{Event, EventName};

use super::receiver::Receiver;
use super::trial::{NOON, Trial};
use workos_emulator::NewWebhookEndpoint;

const EVENTS: &str = "/_emulate/events";

/// Every known event, as `Trial` lists them: checked against the contract.
#[tokio::test]
async fn every_event_can_be_triggered_and_fits_the_contract_and_the_sdk() {
    let trial = Trial::new().await;
    let (mut triggered, mut unknown) = (Vec::new(), Vec::new());
    for event in workos_contract::events() {
        let event = trial.emulator.trigger(&*event.name, Value::Null).unwrap();
        if let EventData::Unknown { name, data, .. } = &event.data {
            unknown.push(format!("{name}: {data}"));
        }
        assert_eq!(event.created_at.to_string(), NOON);
        triggered.push(event);
    }
    assert_eq!(unknown, [""; 0]);
    let listed = trial.events().await;
    let listed: Vec<Event> =
        listed.into_iter().map(|event| serde_json::from_value(event).unwrap()).collect();
    assert_eq!(listed, triggered);
}

#[tokio::test]
async fn the_given_fields_are_merged_over_the_sample() {
    let trial = Trial::new().await;
    let data = json!({"email": "ada@acme.com", "metadata": {"plan": "gold"}});
    let new = json!({"event": "user.created", "data": data});
    let (status, event) = trial.call("POST", EVENTS, new).await;
    let id = event["data"]["id"].as_str().unwrap();
    assert!(id.starts_with("user_01"), "{id}");
    let expected = json!({
        "object": "event",
        "id": event["id"],
        "event": "user.created",
        "data": {
            "object": "user",
            "id": id,
            "email": "ada@acme.com",
            "email_verified": true,
            "first_name": null,
            "last_name": null,
            "profile_picture_url": null,
            "external_id": null,
            "last_sign_in_at": null,
            "metadata": {"plan": "gold"},
            "created_at": NOON,
            "updated_at": NOON,
        },
        "created_at": NOON,
    });
    assert_eq!((status, &event), (201, &expected));
    assert_eq!(trial.events().await, [expected]);
    // Nothing else has changed.
    let (_, users) = trial.call("GET", "/user_management/users", Value::Null).await;
    assert_eq!(users["data"], json!([]));

    // Two of them are about different users.
    let again = trial.emulator.trigger(EventName::UserCreated, json!({})).unwrap();
    assert!(matches!(again.data, EventData::UserCreated(user) if user.id != id));
}

#[tokio::test]
async fn an_object_that_the_sample_does_not_have_begins_as_a_whole_one() {
    let trial = Trial::new().await;
    let data = json!({"impersonator": {"email": "admin@acme.com"}});
    let event = trial.emulator.trigger(EventName::SessionCreated, data).unwrap();
    let EventData::SessionCreated(session) = event.data else { panic!("{event:?}") };
    assert_eq!(session.impersonator.unwrap().email, "admin@acme.com");
}

#[tokio::test]
async fn an_event_is_about_the_given_organization() {
    let trial = Trial::new().await;
    for (event, place) in [
        ("organization_membership.created", "/data/organization_id"),
        ("organization.updated", "/data/id"),
        ("group.created", "/data/organization_id"),
    ] {
        let new = json!({"event": event, "organization_id": "org_1"});
        let (status, event) = trial.call("POST", EVENTS, new).await;
        assert_eq!((status, event.pointer(place)), (201, Some(&json!("org_1"))), "{event}");
    }
    let all = "events=organization_membership.created,organization.updated,group.created";
    for (organization, count) in [("org_1", 3), ("org_2", 0)] {
        let path = format!("/events?{all}&organization_id={organization}");
        let (_, listed) = trial.call("GET", &path, Value::Null).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place() {
    let trial = Trial::new().await;
    let refused = async |new: Value| {
        let (status, refusal) = trial.call("POST", EVENTS, new).await;
        assert_eq!((status, &refusal["code"]), (400, &json!("invalid_event")), "{refusal}");
        refusal
    };
    let data = json!({"email": 7, "nickname": "Ada"});
    let refusal = refused(json!({"event": "user.created", "data": data})).await;
    let expected = json!({
        "code": "invalid_event",
        "message": "This is not a user.created event: data.email must be a string. \
            data.nickname is not documented.",
        "errors": [
            {
                "field": "data.email",
                "code": "invalid_type",
                "message": "data.email must be a string.",
            },
            {
                "field": "data.nickname",
                "code": "undocumented",
                "message": "data.nickname is not documented.",
            },
        ],
    });
    assert_eq!(refusal, expected);
    for (new, message) in [
        (
            json!({"event": "user.create"}),
            "event: there is no event \"user.create\". Did you mean user.created, user.deleted or \
             user.updated?",
        ),
        (json!({"event": "x"}), "event: there is no event \"x\"."),
        (json!({}), "missing field `event`"),
        (
            json!({"event": "user.created", "data": []}),
            "This is not a user.created event: data must be an object.",
        ),
        (
            json!({"event": "user.created", "organization_id": "org_1"}),
            "This is not a user.created event: data.organization_id is not documented.",
        ),
    ] {
        let refusal = refused(new).await;
        assert!(refusal["message"].as_str().unwrap().starts_with(message), "{refusal}");
    }
    refused(json!({"event": "user.created", "name": "Ada"})).await;
    refused(json!({"event": "user.created", "context": {"ip": "127.0.0.1"}})).await;
    assert!(trial.events().await.is_empty());
}

#[tokio::test]
async fn a_triggered_event_goes_to_the_endpoints_that_want_it() {
    let trial = Trial::new().await;
    let receiver = Receiver::start().await;
    let endpoint = |name: &str, event: EventName| NewWebhookEndpoint {
        endpoint_url: format!("{}/{name}", receiver.url),
        events: vec![event],
        ..Default::default()
    };
    let fixtures = trial.emulator.fixtures();
    fixtures.webhook_endpoint(endpoint("users", EventName::UserCreated)).unwrap();
    fixtures.webhook_endpoint(endpoint("groups", EventName::GroupCreated)).unwrap();
    trial.emulator.trigger(EventName::UserCreated, json!({"email": "ada@acme.com"})).unwrap();
    trial.emulator.settle().await;
    assert_eq!(receiver.bodies(), trial.events().await);
    assert_eq!(receiver.received.lock().unwrap()[0].0, "/users");
}
