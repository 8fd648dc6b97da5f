//! Events: a complete one, or payload and context of one that is otherwise well-formed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workos::helpers::webhooks::parse_event;
use workos::{Event, EventName};
use workos_fuzz::{has_fractions, line};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    if choice == b'{' {
        if let Ok(event) = parse_event(data) {
            // Only one of two duplicate keys is left after that.
            stable(&parse_event(serde_json::to_string(&event).unwrap()).unwrap());
        }
        return;
    }
    let name = EventName::KNOWN[usize::from(choice) % EventName::KNOWN.len()].as_str();
    let (payload, context) = line(rest);
    let (payload, context) = (json(payload), json(context));
    let json = format!(
        r#"{{"event":"{name}","data":{payload},"context":{context},"object":"event",
            "id":"event_1","created_at":"2026-01-15T12:00:00.000Z"}}"#
    );
    let event = parse_event(&json).expect("a well-formed envelope is read");
    assert_eq!((event.event.as_str(), event.id.as_str()), (name, "event_1"));
    assert_eq!(event.created_at.to_string(), "2026-01-15T12:00:00.000Z");
    stable(&event);
});

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_default()
}

/// Serializing and reading it again gives the same event.
fn stable(event: &Event) {
    let text = serde_json::to_string(event).unwrap();
    let again = parse_event(&text).unwrap();
    assert_eq!((&again.event, &again.id), (&event.event, &event.id));
    if !has_fractions(&json(text.as_bytes())) {
        assert_eq!(&again, event);
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }
}
