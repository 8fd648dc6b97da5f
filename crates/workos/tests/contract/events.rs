//! Typed events against those of the contract: every payload is read into its type and serializes
//! unchanged, and nothing that WorkOS may add prevents reading an event.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use workos::contract::watch;
use workos::events::{Event, EventData, RawEvent};
use workos::{EventName, ObjectType, contract};
use workos_contract::Sampler;
use workos_contract::sample::{EXTRA, TIME};

use crate::rows::{known, realistic};

fn without_nothing(value: &Value) -> Value {
    let is_nothing = |value: &Value| {
        value.is_null()
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), without_nothing(field)))
            .filter(|(_, field)| !is_nothing(field))
            .collect(),
        Value::Array(items) => items.iter().map(without_nothing).collect(),
        value => value.clone(),
    }
}

/// Samples every event, deserializes it, and serializes it again.
fn check(sampler: impl Fn(usize) -> Sampler, picks: usize, all_values_are_known: bool) {
    assert_eq!(workos_contract::events().count(), 136);
    let mut failures = Vec::new();
    for documented in workos_contract::events() {
        let name = &documented.name;
        for pick in 0..picks {
            let sampler = sampler(pick);
            let data = realistic(sampler.sample(&documented.data));
            let context = documented.context.as_ref().map(|(shape, _)| sampler.sample(shape));
            let json = json!({
                "object": "event", "id": "event_1", "event": name, "created_at": TIME,
                "data": data, "context": context,
            });
            let (event, seen) = watch(|| serde_json::from_str::<Event>(&json.to_string()).unwrap());
            let lacking = seen.unknown;
            if all_values_are_known && !lacking.is_empty() {
                failures.push(format!("{name}: enums lack {lacking:?}"));
            }
            if let EventData::Unknown { data, .. } = &event.data {
                failures.push(format!("{name}: does not fit: {data}"));
                break;
            }
            assert_eq!((event.event.as_str(), &event.event), (name.as_str(), &event.data.name()));
            let raw: RawEvent = serde_json::from_str(&json.to_string()).unwrap();
            let stored = serde_json::to_string(&raw).unwrap();
            let stored: RawEvent = serde_json::from_str(&stored).unwrap();
            assert_eq!(
                [raw.read().unwrap(), stored.read().unwrap()],
                [event.clone(), event.clone()]
            );
            let written = serde_json::to_value(&event).unwrap();
            let (written, json) = (known(written), known(json));
            if without_nothing(&written) != without_nothing(&json) {
                failures.push(format!("{name}: {json} became {written}"));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_largest_payload_of_every_event_round_trips() {
    check(|pick| Sampler { pick, ..Sampler::largest() }, 60, true);
}

#[test]
fn the_smallest_payload_of_every_event_round_trips() {
    check(|pick| Sampler { pick, ..Sampler::smallest() }, 12, true);
    check(|pick| Sampler { pick, nulls: true, ..Sampler::smallest() }, 12, true);
}

#[test]
fn new_enum_values_and_new_fields_do_not_fail() {
    check(|pick| Sampler { pick, novel: true, ..Sampler::largest() }, 4, false);
    check(|pick| Sampler { pick, extra: true, ..Sampler::largest() }, 4, true);
}

/// The fields without which a payload is kept as [`EventData::Unknown`], like the required fields
/// of responses: which object it is about, for whom a flag is on, and the verdict of an action.
const NEEDED: [&str; 6] = ["agent_identity", "id", "slug", "user", "value", "verdict"];

/// A payload without one of its fields, or with null in its place, for each of them.
fn damaged(payload: &Value, holder: &str, all: &mut Vec<(String, Value)>) {
    let Some(fields) = payload.pointer(holder).and_then(Value::as_object) else { return };
    for (name, field) in fields {
        for is_null in [false, true] {
            let mut payload = payload.clone();
            let fields = payload.pointer_mut(holder).unwrap().as_object_mut().unwrap();
            fields.remove(name);
            if is_null {
                fields.insert(name.clone(), Value::Null);
            }
            all.push((name.clone(), payload));
        }
        if field.is_object() {
            damaged(payload, &format!("{holder}/{name}"), all);
        }
    }
}

#[test]
fn no_payload_becomes_unknown_for_lack_of_an_unneeded_field() {
    let mut refused = std::collections::BTreeMap::<String, String>::new();
    for documented in workos_contract::events() {
        let name = &documented.name;
        for pick in 0..12 {
            let sampler = Sampler { pick, ..Sampler::largest() };
            let payload = realistic(sampler.sample(&documented.data));
            let mut all = Vec::new();
            damaged(&payload, "", &mut all);
            for (field, data) in all {
                let json =
                    json!({"id": "event_1", "event": name, "created_at": TIME, "data": data});
                if let EventData::Unknown { .. } = read(json).data {
                    refused.insert(field, name.clone());
                }
            }
        }
    }
    let names: Vec<_> = refused.keys().map(String::as_str).collect();
    assert_eq!(names, NEEDED, "{refused:?}");
}

#[test]
fn an_envelope_needs_only_a_name() {
    let read = |json: Value| serde_json::from_str::<Event>(&json.to_string());
    let bare = read(json!({"event": "user.created"})).unwrap();
    let nulls = json!({
        "object": null, "event": "user.created", "data": null, "created_at": null, "context": null,
    });
    assert_eq!(read(nulls).unwrap(), bare);
    assert!(read(json!({"id": "event_1"})).is_err());
}

#[test]
fn exactly_the_names_of_the_contract_are_known() {
    let names: Vec<_> = workos_contract::events().map(|event| event.name.as_str()).collect();
    let mut known: Vec<_> = EventName::KNOWN.iter().map(EventName::as_str).collect();
    known.sort_unstable();
    assert_eq!(known, names);
}

fn read(json: Value) -> Event {
    let event = serde_json::from_str(&json.to_string()).unwrap();
    // Reading it from a value gives the same.
    assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    event
}

#[test]
fn payloads_are_typed() {
    let event = read(json!({
        "object": "event", "id": "event_1", "event": "dsync.group.user_added", "created_at": TIME,
        "data": {
            "directory_id": "directory_1",
            "user": {
                "object": "directory_user", "id": "directory_user_1", "directory_id": "directory_1",
                "organization_id": "org_1", "idp_id": "7", "email": "a@example.com",
                "state": "active", "custom_attributes": {}, "created_at": TIME, "updated_at": TIME,
            },
            "group": {
                "object": "directory_group", "id": "directory_group_1", "idp_id": "8",
                "directory_id": "directory_1", "organization_id": "org_1", "name": "Staff",
                "created_at": TIME, "updated_at": TIME,
            },
        },
    }));
    let EventData::DsyncGroupUserAdded(added) = event.data else { panic!("{event:?}") };
    assert_eq!(added.user.email.as_deref(), Some("a@example.com"));
    assert_eq!(added.group.name, "Staff");
}

#[test]
fn the_name_may_come_before_or_after_the_payload() {
    let payload = r#""data":{"group_id":"group_1","organization_membership_id":"om_1"}"#;
    let name = r#""event":"group.member_added""#;
    for json in [format!("{{{name},{payload}}}"), format!("{{{payload},{name}}}")] {
        let event: Event = serde_json::from_str(&json).unwrap();
        let EventData::GroupMemberAdded(member) = event.data else { panic!("{event:?}") };
        assert_eq!(member.group_id, "group_1");
        assert_eq!(event.object, ObjectType::Event);
    }
}

#[test]
fn an_unknown_event_and_a_payload_that_does_not_fit_lose_nothing() {
    let data = json!({"id": 7, "nested": {"list": [1, null, 2.5, "x"]}});
    for name in ["moon.landed", "user.created", ""] {
        let json = json!({
            "object": "event", "id": "event_1", "event": name, "created_at": TIME, "data": data,
        });
        let event = read(json.clone());
        let EventData::Unknown { name: kept, data: payload, .. } = &event.data else {
            panic!("{event:?}")
        };
        assert_eq!((kept, payload), (&EventName::from(name), &data));
        assert_eq!(serde_json::to_value(&event).unwrap(), json);
    }
}

#[test]
fn a_context_that_does_not_fit_keeps_all_fields() {
    let context = json!({"actor": "nobody", "client_id": "client_1", "new": [1]});
    let json = json!({
        "object": "event", "id": "event_1", "event": "moon.landed", "created_at": TIME,
        "data": {}, "context": context,
    });
    let event = read(json.clone());
    assert_eq!(event.context.as_ref().unwrap().other["actor"], "nobody");
    assert_eq!(serde_json::to_value(&event).unwrap(), json);
}

/// A payload is kept as text until the name is known, and then deserialized.
#[test]
fn half_a_surrogate_pair_in_a_payload_or_context_is_read() {
    let event = |name: &str| {
        let json = format!(
            r#"{{"event":"{name}","created_at":"{TIME}","context":{{"client_id":"\ud83e"}},
                "data":{{"group_id":"Wren \ud83e","organization_membership_id":"om_1"}}}}"#
        );
        let event: Event = serde_json::from_str(&json).unwrap();
        assert_eq!(event.context.unwrap().client_id.as_deref(), Some("\u{fffd}"));
        event.data
    };
    let EventData::GroupMemberAdded(member) = event("group.member_added") else { panic!() };
    assert_eq!(member.group_id, "Wren \u{fffd}");
    for name in ["moon.landed", "user.created"] {
        let EventData::Unknown { data, .. } = event(name) else { panic!("{name}") };
        assert_eq!(data["group_id"], "Wren \u{fffd}", "{name}");
    }
}

#[test]
fn the_times_of_a_list_of_events_are_sent_in_iso_8601() {
    use workos::events::ListEventsParams;
    let start: workos::Timestamp = "2026-01-15T13:00:00+01:00".parse().unwrap();
    let params = ListEventsParams {
        range_start: Some(start),
        range_end: Some(start + std::time::Duration::from_micros(1)),
        ..ListEventsParams::new([EventName::UserCreated])
    };
    let client = workos::Client::builder().api_key("sk_test_1").build();
    let entry = contract::operations().find(|entry| entry.operation.name == "list_events").unwrap();
    let query = serde_json::to_value(params).unwrap();
    let request = (entry.build)(&client, &contract::Input { query, ..Default::default() }).unwrap();
    assert_eq!(
        request.url,
        "https://api.workos.com/events?events=user.created\
         &range_start=2026-01-15T12%3A00%3A00.000Z&range_end=2026-01-15T12%3A00%3A00.000001Z"
    );
}

#[test]
fn an_event_without_a_name_is_an_error() {
    let error = serde_json::from_str::<Event>(r#"{"id":"event_1","data":{}}"#).unwrap_err();
    assert!(error.to_string().contains("event"), "{error}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!(TIME)),
    ];
    let key = prop_oneof![
        "[a-z_]{0,8}",
        prop::sample::select(vec!["id", "object", "event", "data", "created_at", "context", EXTRA])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(EventName::KNOWN).prop_map(|name| name.as_str().to_owned());
    prop_oneof![known, "\\PC{0,20}"]
}

proptest! {
    #[test]
    fn any_payload_context_and_new_field_of_any_event_is_read(
        name in any_name(), data in any_json(), context in any_json(), extra in any_json(),
        whole in any::<bool>(),
    ) {
        let mut json = json!({"event": name, "data": data, "context": context, EXTRA: extra});
        if whole {
            json["id"] = json!("event_1");
            json["created_at"] = json!(TIME);
        }
        let text = json.to_string();
        let event = read(json);
        prop_assert_eq!(&event.event, name.as_str());
        prop_assert_eq!(&event.event, &event.data.name());
        if let EventData::Unknown { data: kept, .. } = &event.data {
            // serde_json parses a float to within one unit in the last place.
            if !data.to_string().contains('.') && !data.to_string().contains('e') {
                prop_assert_eq!(kept, &data);
            }
        }
        let again: Event = serde_json::from_value(serde_json::to_value(&event).unwrap()).unwrap();
        prop_assert_eq!(&again.event, &event.event);
        let raw: RawEvent = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(raw.read().unwrap(), event);
        let _ = raw.organization_id();
    }

    #[test]
    fn nothing_panics(json in any_json(), text in "\\PC{0,40}") {
        let _ = serde_json::from_str::<Event>(&json.to_string());
        let _ = serde_json::from_str::<Event>(&text);
        let _ = serde_json::from_str::<RawEvent>(&json.to_string());
    }
}
