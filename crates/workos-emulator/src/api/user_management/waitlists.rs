//! Waitlists, and the people who wait.

use std::sync::Arc;

use workos::Page;
use workos::user_management::*;

use crate::fields::email;
use crate::products::waitlists::{self, add_entry, deny, find};
use crate::reply::Answer;
use crate::sign_in::invitations::invite_newcomer;
use crate::state::{Change, View, whole};

routes! {
    user_management;
    list_waitlists()                => read list;
    get_waitlist(id)                => read get;
    list_waitlist_entries(id, query) => read entries;
    create_waitlist_entry(id, body) => write add_entry;
    delete_waitlist_entry(id)       => write delete_entry;
    approve_waitlist_entry(id)      => write approve;
    deny_waitlist_entry(id)         => write deny;
}

fn list<'a>(view: &'a View<'_>) -> Answer<Page<&'a Arc<Waitlist>>> {
    Ok(whole(view.waitlists.iter().rev()))
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<Waitlist>> {
    find(view, id)
}

fn entries<'a>(
    view: &'a View<'_>,
    id: &str,
    query: ListWaitlistEntriesParams,
) -> Answer<Page<&'a WaitlistEntry>> {
    let waitlist = find(view, id)?;
    let address = query.email.as_deref().map(email);
    view.waitlist_entries.page_by("waitlist", &waitlist.id, &query, |entry| {
        query.state.as_ref().is_none_or(|state| entry.state == *state)
            && address.as_ref().is_none_or(|address| entry.email == *address)
    })
}

fn delete_entry(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<WaitlistEntry>(id).map(drop)
}

/// The approval stands even where an invitation is not possible.
fn approve(change: &mut Change<'_>, id: &str) -> Answer<Arc<WaitlistEntry>> {
    let entry = waitlists::approve(change, id)?;
    invite_newcomer(change, &entry.email)?;
    Ok(entry)
}
