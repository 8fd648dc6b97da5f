//! Events: an ordered log of what happened in an environment.
//!
//! Every change in WorkOS, or in a directory or identity provider connected to it, becomes an
//! event: a user was created, a connection was activated. Events are kept for at least 30 days.
//! Reading them with a cursor misses none; webhooks push the same events one by one.
//!
//! The payload of an event is typed: [`EventData`] has a variant for each type of event, in most
//! cases with the type of the resource that changed.
//!
//! ```no_run
//! use workos::events::{EventData, ListEventsParams};
//! use workos::{EventName, PaginationOrder};
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
//! }
//! # Ok(()) }
//! ```
//!
//! That ends with the newest event. With the feature `helpers`, `follow` goes on as events happen,
//! and a consumer remembers where it is: see `workos::helpers::events`.

mod context;
mod data;
mod payloads;
mod raw;

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use self::context::*;
pub use self::data::*;
pub use self::payloads::*;
pub use self::raw::RawEvent;
use crate::error::within;
use crate::page::null_as_default;
use crate::{ObjectType, Page, PaginationOrder, Timestamp};

api! {
    /// The events of the environment. See [`events`](crate::events).
    #[doc(alias("event_log", "data_sync"))]
    EventsApi, events;
}

#[doc(hidden)]
pub use crate::compat::events::*;

operations! {
    EventsApi, events;

    /// Lists events of the given types, newest first by default.
    ///
    /// To follow events, set [`order`](ListEventsParams::order) to `Asc` and pass the ID of the
    /// last event as the next [`after`](ListEventsParams::after). Without `Asc`, `after` returns
    /// older events and never new ones.
    GET "/events" @ "events/list" => list_events(query: ListEventsParams) -> Page<Event>;
}

#[cfg(feature = "helpers")]
impl EventsApi {
    pub(crate) fn client(&self) -> &crate::Client {
        &self.client
    }
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
        /// The order by time; the server's default is newest first. Use
        /// [`Asc`](PaginationOrder::Asc) to follow events.
        order: Option<PaginationOrder>,
        /// The types of events, at least one.
        events: Vec<EventName>,
        /// Only events since this time. Cannot be combined with a cursor.
        range_start: Option<Timestamp>,
        /// Only events before this time.
        range_end: Option<Timestamp>,
        /// Only events of this organization.
        organization_id: Option<String>,
    }
}

/// Something that happened in WorkOS.
///
/// Deserializing does not fail because of the payload: one that this version of the crate does not
/// know, or that does not match its type, becomes [`EventData::Unknown`]. Events are read from JSON
/// by `serde_json`. Inside `#[serde(flatten)]` or `#[serde(untagged)]`, take a
/// [`Value`](serde_json::Value) and read the event from that.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Event {
    /// Always `event`.
    pub object: ObjectType,
    /// `event_…`, also the cursor for the events after it. Empty if the JSON has none.
    pub id: String,
    /// The type of the event, as in [`EventData::name`].
    pub event: EventName,
    /// The payload, in the type of the resource.
    pub data: EventData,
    /// When it happened. The Unix epoch if the JSON has no time.
    pub created_at: Timestamp,
    /// Additional context, such as the actor.
    pub context: Option<EventContext>,
}

/// An [`Event`] on the wire.
///
/// The payload stays text until the name is known, which may come after it, and until its type is
/// known to match.
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

/// Reads the payload before the object ends, so that serde_json's errors point at this event and
/// not at what follows it.
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
