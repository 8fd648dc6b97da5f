//! Waitlists: people who would like to sign up and wait to be let in.
//!
//! ```no_run
//! use workos::user_management::{
//!     CreateWaitlistEntry, ListWaitlistEntriesParams, WaitlistEntryState,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! users.create_waitlist_entry("default", CreateWaitlistEntry::new("ada@example.com")).await?;
//!
//! let waiting = ListWaitlistEntriesParams {
//!     state: Some(WaitlistEntryState::Pending),
//!     ..Default::default()
//! };
//! for entry in users.list_waitlist_entries("default", waiting).await? {
//!     users.approve_waitlist_entry(&entry.id).await?;
//! }
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use super::UserManagementApi;
use crate::{List, ObjectType, Page, Timestamp};

operations! {
    UserManagementApi, user_management;

    /// Lists the waitlists of the environment. It comes whole.
    GET "/user_management/waitlists" => list_waitlists() -> List<Waitlist>;

    /// Fetches one waitlist, by its id or as `default`.
    GET "/user_management/waitlists/{id}" => get_waitlist(id) -> Waitlist;

    /// Lists who is or was on a waitlist (its id or `default`), newest first unless told otherwise.
    GET "/user_management/waitlists/{id}/entries"
        => list_waitlist_entries(id, query: ListWaitlistEntriesParams) -> Page<WaitlistEntry>;

    /// Puts an address on a waitlist (its id or `default`). One that is on it already stays as it
    /// is, and its entry is returned.
    POST "/user_management/waitlists/{id}/entries"
        => create_waitlist_entry(id, body: CreateWaitlistEntry) -> WaitlistEntry;

    /// Removes an entry from its waitlist.
    DELETE "/user_management/waitlist_entries/{id}" => delete_waitlist_entry(id) -> ();

    /// Lets somebody in: approves the entry and sends an invitation.
    POST "/user_management/waitlist_entries/{id}/approve"
        => approve_waitlist_entry(id) -> WaitlistEntry;

    /// Turns somebody down whose entry is pending.
    POST "/user_management/waitlist_entries/{id}/deny" => deny_waitlist_entry(id) -> WaitlistEntry;
}

list_params! {
    UserManagementApi;
    ListWaitlistEntriesParams for list_waitlist_entries {
        /// Only entries in this state.
        state: Option<WaitlistEntryState>,
        /// Only the entry with this address.
        email: Option<String>,
    }
}

inputs! {
    /// Somebody to put on a waitlist.
    #[derive(Eq)]
    CreateWaitlistEntry {
        /// The address.
        email: String,
        /// What else was asked for when signing up.
        additional_fields: Option<BTreeMap<String, String>>,
        /// Whether an email confirms that they are on the list.
        send_confirmation_email: Option<bool>,
    }
}

objects! {
    /// A list of people who wait to be let in.
    #[derive(Eq)]
    Waitlist {
        /// Always `waitlist`.
        object: ObjectType,
        /// `waitlist_…`
        id: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Somebody on a waitlist.
    #[derive(Eq)]
    WaitlistEntry {
        /// `waitlist_entry`, or `waitlist_user` in events.
        object: ObjectType,
        /// `wl_user_…`
        id: String,
        /// The address.
        email: String,
        /// Whether they were let in.
        state: WaitlistEntryState,
        /// When they were let in.
        approved_at: Option<Timestamp>,
        /// The waitlist.
        #[serde(skip_serializing_if = "Option::is_none")]
        waitlist_id: Option<String>,
        /// What else was asked for when signing up.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        additional_fields: BTreeMap<String, String>,
        /// When it was put on the list.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether somebody on a waitlist was let in.
    pub enum WaitlistEntryState {
        /// Nobody has decided yet.
        Pending = "pending",
        /// They were, and have an invitation.
        Approved = "approved",
        /// They were turned down.
        Denied = "denied",
    }
}
