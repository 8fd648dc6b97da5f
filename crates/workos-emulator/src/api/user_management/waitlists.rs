//! Waitlists, and the people who wait.

use std::sync::Arc;

use workos::user_management::*;
use workos::{EventData, ObjectType, Page};

use super::invitations::{check_invitee, send};
use crate::fields::email;
use crate::reply::{Answer, Refusal};
use crate::state::messages::EmailKind;
use crate::state::{Change, Store, View, whole};

/// What stands for the ID of the first waitlist.
const DEFAULT: &str = "default";

routes! {
    user_management;
    list_waitlists()                => read list;
    get_waitlist(id)                => read get;
    list_waitlist_entries(id, query) => read entries;
    create_waitlist_entry(id, body) => write create_entry;
    delete_waitlist_entry(id)       => write delete_entry;
    approve_waitlist_entry(id)      => write approve;
    deny_waitlist_entry(id)         => write deny;
}

fn list<'a>(view: &'a View<'_>) -> Answer<Page<&'a Arc<Waitlist>>> {
    Ok(whole(view.waitlists.iter().rev()))
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<Waitlist>> {
    waitlist(view, id)
}

fn entries<'a>(
    view: &'a View<'_>,
    id: &str,
    query: ListWaitlistEntriesParams,
) -> Answer<Page<&'a WaitlistEntry>> {
    let waitlist = waitlist(view, id)?;
    let address = query.email.as_deref().map(email);
    view.waitlist_entries.page_by("waitlist", &waitlist.id, &query, |entry| {
        query.state.as_ref().is_none_or(|state| entry.state == *state)
            && address.as_ref().is_none_or(|address| entry.email == *address)
    })
}

/// An address that waits already keeps its entry as it is.
fn create_entry(
    change: &mut Change<'_>,
    id: &str,
    input: CreateWaitlistEntry,
) -> Answer<Arc<WaitlistEntry>> {
    let waitlist_id = waitlist(change, id)?.id.clone();
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

fn delete_entry(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<WaitlistEntry>(id)?;
    Ok(())
}

/// Also reverses a denial.
fn approve(change: &mut Change<'_>, id: &str) -> Answer<Arc<WaitlistEntry>> {
    let mut entry: WaitlistEntry = change.copy(id)?;
    if entry.state == WaitlistEntryState::Approved {
        return Err(Refusal::unprocessable("invalid_state", "The entry was approved already."));
    }
    entry.state = WaitlistEntryState::Approved;
    entry.approved_at = Some(change.now());
    let entry = decide(change, entry, EventData::WaitlistUserApproved)?;
    invite(change, &entry.email)?;
    Ok(entry)
}

fn deny(change: &mut Change<'_>, id: &str) -> Answer<Arc<WaitlistEntry>> {
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

/// Invites someone to sign up. The approval stands even where an invitation is not possible: with
/// an account, or an open invitation.
fn invite(change: &mut Change<'_>, address: &str) -> Answer<()> {
    if check_invitee(change, address, None).is_ok() {
        send(change, SendInvitation::new(address))?;
    }
    Ok(())
}

/// The waitlist with this ID, or the first one.
fn waitlist<'a>(store: &'a Store, id: &str) -> Answer<&'a Arc<Waitlist>> {
    match store.waitlists.iter().next() {
        Some(first) if id == DEFAULT => Ok(first),
        _ => store.one(id),
    }
}
