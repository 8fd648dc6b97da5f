//! [`RawEvent`]: an event whose payload is still text.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Envelope, Event, EventContext, EventData, EventName};
use crate::{Error, ObjectType, Timestamp, json};

/// An [`Event`] whose payload is still the JSON that the API sent.
///
/// It costs less than a typed event, loses no field that this version of the crate does not know,
/// and can be stored and read again.
/// In JSON it also has `"object": "event"`, which is written, and ignored when read.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "object", rename = "event")]
#[non_exhaustive]
pub struct RawEvent {
    /// `event_…`, also the cursor for the events after it.
    pub id: String,
    /// The type of the event.
    pub event: EventName,
    /// The payload; `null` if the JSON has none.
    pub data: Box<RawValue>,
    /// When it happened.
    pub created_at: Timestamp,
    /// Additional context, such as the actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<RawValue>>,
}

impl PartialEq for RawEvent {
    /// Payload and context are compared as text.
    fn eq(&self, other: &Self) -> bool {
        fn parts(event: &RawEvent) -> impl PartialEq + '_ {
            let RawEvent { id, event: name, data, created_at, context } = event;
            (id, name, data.get(), created_at, context.as_deref().map(RawValue::get))
        }
        parts(self) == parts(other)
    }
}

impl<'de> Deserialize<'de> for RawEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Envelope::<Box<RawValue>>::deserialize(deserializer)?;
        Ok(Self {
            id: wire.id,
            event: wire.event,
            data: wire.data.unwrap_or_else(|| RawValue::NULL.to_owned()),
            created_at: wire.created_at,
            context: wire.context,
        })
    }
}

/// What says whose event it is.
#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow, default)]
    organization_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

impl RawEvent {
    /// The event with its payload in the type of the resource.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the payload is nested too deeply, or has a number that is too large.
    pub fn read(&self) -> Result<Event, Error> {
        let data = EventData::read(&self.event, self.data.get())?;
        let context = self.context.as_ref().and_then(|context| EventContext::read(context.get()));
        Ok(Event {
            object: ObjectType::Event,
            id: self.id.clone(),
            event: self.event.clone(),
            data,
            created_at: self.created_at,
            context,
        })
    }

    /// The payload as another type.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if it does not match.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(json::from_str(self.data.get())?)
    }

    /// The organization that it belongs to, if its payload names one.
    pub fn organization_id(&self) -> Option<String> {
        let owner: Owner<'_> = serde_json::from_str(self.data.get()).ok()?;
        let is_organization = self.event.as_str().starts_with("organization.");
        let id = owner.organization_id.or(owner.id.filter(|_| is_organization))?;
        Some(id.into_owned())
    }
}
