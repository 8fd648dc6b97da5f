//! Events, as they are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use workos::{Event, EventData, EventName, ObjectType, Timestamp};

/// How long events are kept.
pub(crate) const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How many events are kept, unless set otherwise.
pub(crate) const KEPT_EVENTS: usize = 1_000_000;

/// An event in its JSON: smaller than the object, and sent as it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub(crate) id: String,
    pub(crate) name: EventName,
    pub(crate) created_at: Timestamp,
    pub(crate) organization_id: Option<String>,
    pub(crate) json: Box<RawValue>,
}

impl StoredEvent {
    pub(crate) fn new(event: &Event) -> Self {
        let json = written(event).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            id: event.id.clone(),
            name: event.event.clone(),
            created_at: event.created_at,
            organization_id: organization_of(&json),
            json,
        }
    }

    /// An event with exactly this payload and context.
    pub(crate) fn with(
        id: String,
        name: &str,
        created_at: Timestamp,
        data: &Value,
        context: Option<&Value>,
    ) -> serde_json::Result<Self> {
        let object = ObjectType::Event;
        let json =
            to_raw_value(&Written { object, id: &id, event: name, data, created_at, context })?;
        let organization_id = organization_of(&json);
        Ok(Self { id, name: name.into(), created_at, organization_id, json })
    }
}

/// An event as it is sent.
#[derive(Serialize)]
struct Written<'a> {
    object: ObjectType,
    id: &'a str,
    event: &'a str,
    data: &'a Value,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Value>,
}

/// Without the domains of a deleted connection: the SDK always writes a list, but this event has none.
fn written(event: &Event) -> serde_json::Result<Box<RawValue>> {
    if !matches!(event.data, EventData::ConnectionDeleted(_)) {
        return to_raw_value(event);
    }
    let mut json = json!(event);
    if let Some(data) = json.get_mut("data").and_then(Value::as_object_mut) {
        data.remove("domains");
    }
    to_raw_value(&json)
}

/// The organization that an event is about.
fn organization_of(event: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct About {
        data: Payload,
    }
    #[derive(Deserialize)]
    struct Payload {
        object: Option<String>,
        id: Option<String>,
        organization_id: Option<String>,
    }
    let About { data } = serde_json::from_str(event.get()).ok()?;
    let is_organization = data.object.as_deref() == Some("organization");
    data.organization_id.or(data.id.filter(|_| is_organization))
}
