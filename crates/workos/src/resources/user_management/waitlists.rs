//! Waitlists: people who request access to your application and await approval.
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

    /// Lists the waitlists of the environment. Not paginated.
    GET "/user_management/waitlists" @ "authkit/waitlist" => list_waitlists() -> List<Waitlist>;

    /// Fetches a waitlist by its ID or as `default`.
    GET "/user_management/waitlists/{id}" @ "authkit/waitlist" => get_waitlist(id) -> Waitlist;

    /// Lists the entries of a waitlist (its ID or `default`) in any state, newest first by default.
    GET "/user_management/waitlists/{id}/entries" @ "authkit/waitlist"
        => list_waitlist_entries(id, query: ListWaitlistEntriesParams) -> Page<WaitlistEntry>;

    /// Adds an email address to a waitlist (its ID or `default`). If it already has an entry,
    /// returns that one unchanged.
    POST "/user_management/waitlists/{id}/entries" @ "authkit/waitlist"
        => create_waitlist_entry(id, body: CreateWaitlistEntry) -> WaitlistEntry;

    /// Deletes an entry from its waitlist.
    DELETE "/user_management/waitlist_entries/{id}" @ "authkit/waitlist"
        => delete_waitlist_entry(id) -> ();

    /// Approves an entry and sends an invitation.
    POST "/user_management/waitlist_entries/{id}/approve" @ "authkit/waitlist"
        => approve_waitlist_entry(id) -> WaitlistEntry;

    /// Denies a pending entry.
    POST "/user_management/waitlist_entries/{id}/deny" @ "authkit/waitlist"
        => deny_waitlist_entry(id) -> WaitlistEntry;
}

list_params! {
    UserManagementApi;
    ListWaitlistEntriesParams for list_waitlist_entries {
        /// Only entries in this state.
        state: Option<WaitlistEntryState>,
        /// Only the entry with this email address.
        email: Option<String>,
    }
}

inputs! {
    /// A new entry of a waitlist.
    #[derive(Eq)]
    CreateWaitlistEntry {
        /// The email address.
        email: String,
        /// Additional fields of the waitlist form.
        additional_fields: Option<BTreeMap<String, String>>,
        /// Whether to send a confirmation email.
        send_confirmation_email: Option<bool>,
    }
}

objects! {
    /// A waitlist of people who await approval.
    #[derive(Eq)]
    Waitlist {
        /// Always `waitlist`.
        object: ObjectType,
        /// The ID, `waitlist_…`.
        id: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }

    /// An entry of a waitlist.
    #[derive(Eq)]
    WaitlistEntry {
        /// `waitlist_entry`, or `waitlist_user` in events.
        object: ObjectType,
        /// The ID, `wl_user_…`.
        id: String,
        /// The email address.
        email: String,
        /// The state of the entry.
        state: WaitlistEntryState,
        /// When the entry was approved.
        approved_at: Option<Timestamp>,
        /// The waitlist's ID.
        #[serde(skip_serializing_if = "Option::is_none")]
        waitlist_id: Option<String>,
        /// Additional fields of the waitlist form.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        additional_fields: BTreeMap<String, String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// The state of a waitlist entry.
    pub enum WaitlistEntryState {
        /// Not decided yet.
        Pending = "pending",
        /// Approved; an invitation was sent.
        Approved = "approved",
        /// Denied.
        Denied = "denied",
    }
}
