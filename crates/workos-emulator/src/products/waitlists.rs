//! Waitlists, and the people who wait.

use std::sync::Arc;

use workos::user_management::*;
use workos::{EventData, ObjectType};

use crate::fields::email;
use crate::reply::{Answer, Refusal};
use crate::state::messages::EmailKind;
use crate::state::{Change, Store};

/// What stands for the ID of the first waitlist.
const DEFAULT: &str = "default";

/// The waitlist with this ID, or the first one.
pub(crate) fn find<'a>(store: &'a Store, id: &str) -> Answer<&'a Arc<Waitlist>> {
    match store.waitlists.iter().next() {
        Some(first) if id == DEFAULT => Ok(first),
        _ => store.one(id),
    }
}

/// Adds someone to a waitlist. An address that waits already keeps its entry as it is.
pub(crate) fn add_entry(
    change: &mut Change<'_>,
    id: &str,
    input: CreateWaitlistEntry,
) -> Answer<Arc<WaitlistEntry>> {
    let waitlist_id = find(change, id)?.id.clone();
    let address = email(&input.email);
    let mut known = change.waitlist_entries.by("email", &address);
    if let Some(known) = known.find(|known| known.waitlist_id.as_ref() == Some(&waitlist_id)) {
        return Ok(known.clone());
    }
    let mut entry: WaitlistEntry = change.make();
    entry.email = address;
    entry.state = WaitlistEntryState::Pending;
    entry.waitlist_id = Some(waitlist_id);
    entry.additional_fields = input.additional_fields.unwrap_or_default();
    if input.send_confirmation_email == Some(true) {
        change.mail(&entry.email, EmailKind::WaitlistConfirmation, None, &entry.id);
    }
    change.insert(entry)
}

/// Approves an entry. Also reverses a denial.
pub(crate) fn approve(change: &mut Change<'_>, id: &str) -> Answer<Arc<WaitlistEntry>> {
    let mut entry: WaitlistEntry = change.copy(id)?;
    if entry.state == WaitlistEntryState::Approved {
        return Err(Refusal::unprocessable("invalid_state", "The entry was approved already."));
    }
    entry.state = WaitlistEntryState::Approved;
    entry.approved_at = Some(change.now());
    decide(change, entry, EventData::WaitlistUserApproved)
}

/// Denies a pending entry.
pub(crate) fn deny(change: &mut Change<'_>, id: &str) -> Answer<Arc<WaitlistEntry>> {
    let mut entry: WaitlistEntry = change.copy(id)?;
    if entry.state != WaitlistEntryState::Pending {
        return Err(Refusal::unprocessable("invalid_state", "Only a pending entry can be denied."));
    }
    entry.state = WaitlistEntryState::Denied;
    decide(change, entry, EventData::WaitlistUserDenied)
}

fn decide(
    change: &mut Change<'_>,
    mut entry: WaitlistEntry,
    event: fn(WaitlistEntry) -> EventData,
) -> Answer<Arc<WaitlistEntry>> {
    entry.updated_at = change.now();
    let entry = change.put(entry)?;
    let mut payload = WaitlistEntry::clone(&entry);
    payload.object = ObjectType::WaitlistUser;
    change.tell(event(payload));
    Ok(entry)
}
