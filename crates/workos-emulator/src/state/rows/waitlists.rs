//! The events of waitlist entries.

use workos::{EventData, ObjectType, WaitlistEntry};

use crate::state::collection::Happened;

/// Only of a creation: a decision has an event of its own, a deletion has none.
pub(in crate::state) fn of_entry(row: &WaitlistEntry, happened: Happened) -> Option<EventData> {
    let mut payload = row.clone();
    payload.object = ObjectType::WaitlistUser;
    (happened == Happened::Created).then_some(EventData::WaitlistUserCreated(payload))
}
