//! [`EventCursor`]: a place in the log of events.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::events::RawEvent;

/// A place in the log of events: behind an event, or at a time.
///
/// It keeps the time of its event, so that a reader finds its place again when WorkOS no longer
/// knows the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventCursor {
    /// The event before this place; `None` for a place that is only a time.
    pub event_id: Option<String>,
    /// When that event happened, or the time.
    pub created_at: Timestamp,
}

impl EventCursor {
    /// Before all events since this time.
    pub fn since(time: Timestamp) -> Self {
        Self { event_id: None, created_at: time }
    }

    /// Behind the event with this ID, which happened at this time.
    pub fn after(event_id: impl Into<String>, created_at: Timestamp) -> Self {
        Self { event_id: Some(event_id.into()), created_at }
    }

    /// Behind this event.
    pub fn after_event(event: &RawEvent) -> Self {
        Self::after(&event.id, event.created_at)
    }
}
