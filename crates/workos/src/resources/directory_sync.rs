//! Directory sync: the people and groups that an organization keeps in its own directory.
//!
//! WorkOS follows a directory (Okta, Entra ID, Google Workspace, an HR system) over SCIM or the
//! provider's API. What it has is read here; what changes comes as `dsync.…` events.
//!
//! ```no_run
//! use futures_util::TryStreamExt;
//! use workos::directory_sync::{ListDirectoriesParams, ListGroupsParams};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let sync = client.directory_sync();
//! let of_acme = ListDirectoriesParams {
//!     organization_id: Some("org_01EHQMYV6MBK39QC5PZXHY59C3".into()),
//!     ..Default::default()
//! };
//! for directory in sync.list_directories(of_acme).await? {
//!     let mut people =
//!         sync.list_users_for_directory_auto_paging(&directory.id, Default::default());
//!     while let Some(person) = people.try_next().await? {
//!         let of_person = ListGroupsParams { user: Some(person.id), ..Default::default() };
//!         let groups = sync.list_groups(of_person).await?.data;
//!         println!("{:?} is {} and in {} groups", person.email, person.state, groups.len());
//!     }
//! }
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{ConnectionDomain, ObjectType, Page, SlimRole, Timestamp};

api! {
    /// The people and groups in organizations' own directories. See
    /// [`directory_sync`](crate::directory_sync).
    DirectorySyncApi, directory_sync;
}

#[doc(hidden)]
pub use crate::compat::directory_sync::*;

operations! {
    DirectorySyncApi, directory_sync;

    /// Lists the directories of the environment, newest first unless told otherwise.
    GET "/directories" => list_directories(query: ListDirectoriesParams) -> Page<Directory>;

    /// Fetches one directory.
    GET "/directories/{id}" => get_directory(id) -> Directory;

    /// Deletes a directory for good. The server may finish the work after it has answered.
    DELETE "/directories/{id}" => delete_directory(id) -> ();

    /// Has a directory read anew, for Google Workspace only. The answer says that the sync is
    /// queued, not that it has begun. A directory can be synced by hand every five minutes.
    ///
    /// # Errors
    ///
    /// 409 `directory_sync_in_progress`; 422 `directory_sync_unsupported`; 429
    /// `directory_sync_rate_limited`: see [`retry_after`](crate::Error::retry_after).
    POST "/directories/{id}/sync" => create_directory_sync(id) -> DirectorySyncResponse;

    /// Lists the groups of a directory, newest first by default.
    GET "/directories/{directory_id}/groups"
        => list_groups_for_directory(directory_id, query: ListGroupsForDirectoryParams)
        -> Page<DirectoryGroup>;

    /// Fetches one group of a directory.
    ///
    /// # Errors
    ///
    /// 404 also when the group belongs to another directory.
    GET "/directories/{directory_id}/groups/{group_id}"
        => get_group_for_directory(directory_id, group_id) -> DirectoryGroup;

    /// Lists the users of a directory, newest first by default.
    GET "/directories/{directory_id}/users"
        => list_users_for_directory(directory_id, query: ListUsersForDirectoryParams)
        -> Page<DirectoryUser>;

    /// Fetches one user of a directory.
    ///
    /// # Errors
    ///
    /// 404 also when the user belongs to another directory.
    GET "/directories/{directory_id}/users/{user_id}"
        => get_user_for_directory(directory_id, user_id) -> DirectoryUser;

    /// Lists groups: those of a directory, or those that a user is in.
    GET "/directory_groups" => list_groups(query: ListGroupsParams) -> Page<DirectoryGroup>;

    /// Fetches one group.
    GET "/directory_groups/{id}" => get_group(id) -> DirectoryGroup;

    /// Lists users: those of a directory, or those in a group.
    GET "/directory_users" => list_users(query: ListUsersParams) -> Page<DirectoryUser>;

    /// Fetches one user.
    GET "/directory_users/{id}" => get_user(id) -> DirectoryUser;
}

list_params! {
    DirectorySyncApi;
    ListDirectoriesParams for list_directories {
        /// Only directories of this organization.
        organization_id: Option<String>,
        /// Only directories whose name contains this text.
        search: Option<String>,
        /// Only directories with this domain. Deprecated by WorkOS.
        domain: Option<String>,
    }
    ListGroupsForDirectoryParams for list_groups_for_directory {}
    ListUsersForDirectoryParams for list_users_for_directory {
        /// Only users in this group, `directory_group_…`.
        group: Option<String>,
    }
    ListGroupsParams for list_groups {
        /// Only groups of this directory, `directory_…`.
        directory: Option<String>,
        /// Only groups that this user is in, `directory_user_…`.
        user: Option<String>,
    }
    ListUsersParams for list_users {
        /// Only users of this directory, `directory_…`.
        directory: Option<String>,
        /// Only users in this group, `directory_group_…`.
        group: Option<String>,
        /// Only the user with this id at the provider; together with
        /// [`directory`](Self::directory).
        idp_id: Option<String>,
        /// Only users with this primary address; together with [`directory`](Self::directory).
        email: Option<String>,
    }
}

objects! {
    /// A directory that WorkOS follows.
    Directory {
        /// Always `directory`.
        object: ObjectType,
        /// `directory_…`
        id: String,
        /// The organization it belongs to. Only events may leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// A second id, made by WorkOS. The event `dsync.deleted` leaves it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        external_key: Option<String>,
        /// The provider.
        type_ as "type": DirectoryType,
        /// Whether it is followed.
        state: DirectoryState,
        /// The name, usually that of the organization.
        name: String,
        /// The organization's domain, such as `acme.com`.
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<String>,
        /// Only in events: the organization's domains.
        #[serde(skip_serializing_if = "Option::is_none")]
        domains: Option<Vec<ConnectionDomain>>,
        /// How much is in it.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<DirectoryMetadata>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// How much is in a directory.
    #[derive(Eq)]
    DirectoryMetadata {
        /// How many users.
        users: DirectoryMetadataUser,
        /// How many groups.
        groups: i64,
    }

    /// How many users are in a directory.
    #[derive(Eq)]
    DirectoryMetadataUser {
        /// Those that are active.
        active: i64,
        /// Those that are not.
        inactive: i64,
    }
}

open_enum! {
    /// A provider of directories, and where it matters the protocol.
    pub enum DirectoryType {
        AzureSCIMV20 = "azure scim v2.0", Bamboohr = "bamboohr", BreatheHr = "breathe hr",
        CezanneHr = "cezanne hr", CyberarkSCIMV20 = "cyberark scim v2.0", FourthHr = "fourth hr",
        GenericSCIMV20 = "generic scim v2.0", GsuiteDirectory = "gsuite directory",
        Gusto = "gusto", Hibob = "hibob", SailpointSCIMV20 = "sailpoint scim v2.0",
        JumpCloudSCIMV20 = "jump cloud scim v2.0", OktaSCIMV20 = "okta scim v2.0",
        OneloginSCIMV20 = "onelogin scim v2.0", PeopleHr = "people hr", Personio = "personio",
        PingfederateSCIMV20 = "pingfederate scim v2.0", Rippling = "rippling",
        RipplingSCIMV20 = "rippling scim v2.0", S3 = "s3", Sftp = "sftp",
        SftpWorkday = "sftp workday", Workday = "workday",
    }
}

open_enum! {
    /// Whether a directory is followed.
    pub enum DirectoryState {
        /// It is.
        Linked = "linked",
        /// It is, in the words of events.
        Active = "active",
        /// The settings are being checked.
        Validating = "validating",
        /// The provider refuses the credentials.
        InvalidCredentials = "invalid_credentials",
        /// It is not.
        Unlinked = "unlinked",
        /// It is not, in the words of events.
        Inactive = "inactive",
        /// It is about to be gone.
        Deleting = "deleting",
    }
}

objects! {
    /// A sync that was asked for.
    #[derive(Eq)]
    DirectorySyncResponse {
        /// Always `queued`.
        status: String,
    }

    /// A group in a directory.
    DirectoryGroup {
        /// Always `directory_group`.
        object: ObjectType,
        /// `directory_group_…`
        id: String,
        /// The provider's own id for the group, in a form of its own.
        idp_id: String,
        /// The directory it is in.
        directory_id: String,
        /// The organization of that directory.
        organization_id: String,
        /// The name.
        name: String,
        /// Everything that the provider told, in its own names.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw_attributes: Option<BTreeMap<String, Value>>,
        /// Only in the event `dsync.group.updated`: what was there before, of what has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
        /// When it was first seen.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Somebody in a directory.
    DirectoryUser {
        /// Always `directory_user`.
        object: ObjectType,
        /// `directory_user_…`
        id: String,
        /// The directory they are in.
        directory_id: String,
        /// The organization of that directory.
        organization_id: String,
        /// The provider's own id for the user, in a form of its own.
        idp_id: String,
        /// The primary address.
        email: Option<String>,
        /// The given name.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_name: Option<String>,
        /// The family name.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_name: Option<String>,
        /// The whole name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// All addresses. Deprecated by WorkOS: map them to custom attributes.
        #[serde(skip_serializing_if = "Option::is_none")]
        emails: Option<Vec<DirectoryUserEmail>>,
        /// The title at work. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "Option::is_none")]
        job_title: Option<String>,
        /// The name for signing in. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "Option::is_none")]
        username: Option<String>,
        /// Whether the provider lets them work.
        state: DirectoryUserState,
        /// Everything that the provider told, in its own names. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        raw_attributes: BTreeMap<String, Value>,
        /// The attributes that are mapped for the directory.
        custom_attributes: BTreeMap<String, Value>,
        /// The role that follows from their groups.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<SlimRole>,
        /// The roles, where there can be several.
        #[serde(skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<SlimRole>>,
        /// The groups they are in. Deprecated by WorkOS, and empty for accounts made since May 2026:
        /// use [`list_groups`](DirectorySyncApi::list_groups).
        #[serde(skip_serializing_if = "Vec::is_empty")]
        groups: Vec<DirectoryGroup>,
        /// Only in the event `dsync.user.updated`: what was there before, of what has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
        /// When they were first seen.
        created_at: Timestamp,
        /// When they were last changed.
        updated_at: Timestamp,
    }

    /// An address of a [`DirectoryUser`].
    #[derive(Eq)]
    DirectoryUserEmail {
        /// Whether it is the one in [`DirectoryUser::email`].
        #[serde(skip_serializing_if = "Option::is_none")]
        primary: Option<bool>,
        /// What it is for, such as `work`.
        #[serde(skip_serializing_if = "Option::is_none")]
        type_ as "type": Option<String>,
        /// The address.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    }
}

open_enum! {
    /// Whether a provider lets a user work.
    pub enum DirectoryUserState {
        /// It does.
        Active = "active",
        /// Not at present.
        Suspended = "suspended",
        /// No more: they have left, or were removed from the application.
        Inactive = "inactive",
    }
}
