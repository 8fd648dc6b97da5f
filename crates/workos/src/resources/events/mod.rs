//! Events: what happened in an environment, in order.
//!
//! Every change that WorkOS makes or learns of becomes an event: a user was created, a directory
//! was synced, a connection was activated. They are kept for 30 days and read with a cursor, so
//! that nothing is missed; webhooks deliver the same events one by one.
//!
//! The payload of an event is typed: [`EventData`] has a variant for each kind, most of them with the
//! type of the resource that the event is about.
//!
//! ```no_run
//! use workos::{EventName, PaginationOrder};
//! use workos::events::{EventData, ListEventsParams};
//!
//! # async fn run(client: workos::Client, last_seen: Option<String>) -> Result<(), workos::Error> {
//! let wanted = [EventName::DsyncUserCreated, EventName::DsyncUserDeleted];
//! let params = ListEventsParams {
//!     after: last_seen,
//!     order: Some(PaginationOrder::Asc), // by default `after` leads to older events
//!     ..ListEventsParams::new(wanted)
//! };
//! let mut events = client.events().list_events_auto_paging(params);
//! while let Some(event) = events.try_next().await? {
//!     match &event.data {
//!         EventData::DsyncUserCreated(user) => println!("welcome {:?}", user.email),
//!         EventData::DsyncUserDeleted(user) => println!("goodbye {}", user.id),
//!         EventData::Unknown { name, data, .. } => println!("{name}: {data}"),
//!         _ => println!("{} at {}", event.event, event.created_at),
//!     }
//!     // Store `event.id`: the next run begins after it.
//! }
//! # Ok(()) }
//! ```

mod context;
mod data;
mod payloads;

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use self::context::*;
pub use self::data::*;
pub use self::payloads::*;
use crate::error::within;
use crate::page::null_as_default;
use crate::{ObjectType, Page, PaginationOrder, Timestamp};

api! {
    /// What happened in the environment. See [`events`](crate::events).
    EventsApi, events;
}

#[doc(hidden)]
pub use crate::compat::events::*;

operations! {
    EventsApi, events;

    /// Lists events of the given kinds, newest first by default.
    ///
    /// To follow events, set [`order`](ListEventsParams::order) to `Asc` and keep the id of the last
    /// one seen as the next [`after`](ListEventsParams::after). Without `Asc`, `after` leads to older
    /// events and new ones are never seen.
    GET "/events" => list_events(query: ListEventsParams) -> Page<Event>;
}

inputs! {
    /// Which events [`list_events`](EventsApi::list_events) returns.
    ListEventsParams {
        /// A cursor: the page before this event.
        before: Option<String>,
        /// A cursor: the page after this event, in the [`order`](Self::order) of the list.
        after: Option<String>,
        /// The most events per page, 1 to 100; the server's default is 10.
        limit: Option<i64>,
        /// The order by time; the server's default is newest first. [`Asc`](PaginationOrder::Asc) to
        /// follow events.
        order: Option<PaginationOrder>,
        /// The kinds of events. At least one.
        events: Vec<EventName>,
        /// Only events since this time. Not together with a cursor.
        range_start: Option<Timestamp>,
        /// Only events before this time.
        range_end: Option<Timestamp>,
        /// Only events of this organization.
        organization_id: Option<String>,
    }
}

/// Something that happened.
///
/// Reading one does not fail because of what it is about: a payload that this version of the crate
/// does not know, or does not understand, is kept as [`EventData::Unknown`]. It is read from JSON by
/// `serde_json`; to have one inside `#[serde(flatten)]` or `#[serde(untagged)]`, take a
/// [`Value`](serde_json::Value) there and read the event from that.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Event {
    /// Always `event`.
    pub object: ObjectType,
    /// `event_…`; also the cursor for what came after it. Empty where the JSON has none.
    pub id: String,
    /// What kind of event it is, as in [`EventData::name`].
    pub event: EventName,
    /// What it is about.
    pub data: EventData,
    /// When it happened. The Unix epoch where the JSON does not say.
    pub created_at: Timestamp,
    /// Who caused it, and more that is known about the circumstances.
    pub context: Option<EventContext>,
}

/// An [`Event`] as it is on the wire.
///
/// The payload stays text until the name is known, which may come after it, and until it is clear
/// that its type fits.
#[derive(Serialize, Deserialize)]
struct Envelope<Raw, Context = Raw, Id = String, Name = EventName> {
    #[serde(default = "event", deserialize_with = "object")]
    object: ObjectType,
    #[serde(default)]
    id: Id,
    event: Name,
    data: Option<Raw>,
    #[serde(default, deserialize_with = "null_as_default")]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
}

fn event() -> ObjectType {
    ObjectType::Event
}

fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectType, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(event))
}

impl<'de> Deserialize<'de> for Event {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor)
    }
}

/// Reads the payload before the object ends, so that serde_json gives an error the place of this
/// event and not of whatever comes next.
struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Event, A::Error> {
        let wire = Envelope::<Box<RawValue>>::deserialize(MapAccessDeserializer::new(map))?;
        let payload = wire.data.as_deref().map_or("null", RawValue::get);
        let data = EventData::read(&wire.event, payload)
            .map_err(|error| A::Error::custom(within("data", &error, payload)))?;
        Ok(Event {
            object: wire.object,
            id: wire.id,
            event: wire.event,
            data,
            created_at: wire.created_at,
            context: wire.context.and_then(|context| EventContext::read(context.get())),
        })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = Envelope {
            object: self.object.clone(),
            id: self.id.as_str(),
            event: &self.event,
            data: Some(&self.data),
            created_at: self.created_at,
            context: self.context.as_ref(),
        };
        wire.serialize(serializer)
    }
}
