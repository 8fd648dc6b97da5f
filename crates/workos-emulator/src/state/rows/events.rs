//! Events, as they are kept.

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use workos::{Event, EventName, Timestamp};

/// An event in its JSON: smaller than the object, and sent as it is.
#[derive(Debug, Clone)]
pub(crate) struct StoredEvent {
    pub(crate) id: String,
    pub(crate) name: EventName,
    pub(crate) created_at: Timestamp,
    pub(crate) organization_id: Option<String>,
    pub(crate) json: Box<RawValue>,
}

impl StoredEvent {
    pub(crate) fn new(event: &Event) -> Self {
        let json = to_raw_value(event).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            id: event.id.clone(),
            name: event.event.clone(),
            created_at: event.created_at,
            organization_id: organization_of(&json),
            json,
        }
    }
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
