//! Directory Sync: users and groups synced from your customers' directories.
//!
//! WorkOS syncs a directory (Okta, Entra ID, Google Workspace, an HR system) over SCIM or the
//! provider's API. These operations read its current state; `dsync.…` events report changes.
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
    /// Directories and their users and groups. See [`directory_sync`](crate::directory_sync).
    #[doc(alias("SCIM", "dsync", "provisioning", "HRIS"))]
    DirectorySyncApi, directory_sync;
}

#[doc(hidden)]
pub use crate::compat::directory_sync::*;

operations! {
    DirectorySyncApi, directory_sync;

    /// Lists the directories of the environment, newest first by default.
    GET "/directories" @ "directory-sync/directory"
        => list_directories(query: ListDirectoriesParams) -> Page<Directory>;

    /// Fetches one directory.
    GET "/directories/{id}" @ "directory-sync/directory" => get_directory(id) -> Directory;

    /// Permanently deletes a directory. The server may still be working on it after it responds.
    DELETE "/directories/{id}" @ "directory-sync/directory" => delete_directory(id) -> ();

    /// Starts a sync of a directory. Google Workspace only, at most every five minutes. The
    /// response means that the sync is queued, not that it has started.
    ///
    /// # Errors
    ///
    /// 409 `directory_sync_in_progress`; 422 `directory_sync_unsupported`; 429
    /// `directory_sync_rate_limited`: see [`retry_after`](crate::Error::retry_after).
    #[doc(alias("resync", "sync_directory", "trigger_sync"))]
    POST "/directories/{id}/sync" @ "directory-sync/directory/sync"
        => create_directory_sync(id) -> DirectorySyncResponse;

    /// Lists the groups of a directory, newest first by default.
    GET "/directories/{directory_id}/groups" @ "directory-sync/directory-group"
        => list_groups_for_directory(directory_id, query: ListGroupsForDirectoryParams)
        -> Page<DirectoryGroup>;

    /// Fetches one group of a directory.
    ///
    /// # Errors
    ///
    /// 404 also when the group is in another directory.
    GET "/directories/{directory_id}/groups/{group_id}" @ "directory-sync/directory-group"
        => get_group_for_directory(directory_id, group_id) -> DirectoryGroup;

    /// Lists the users of a directory, newest first by default.
    GET "/directories/{directory_id}/users" @ "directory-sync/directory-user/list-in-directory"
        => list_users_for_directory(directory_id, query: ListUsersForDirectoryParams)
        -> Page<DirectoryUser>;

    /// Fetches one user of a directory.
    ///
    /// # Errors
    ///
    /// 404 also when the user is in another directory.
    GET "/directories/{directory_id}/users/{user_id}" @ "directory-sync/directory-user"
        => get_user_for_directory(directory_id, user_id) -> DirectoryUser;

    /// Lists the groups of a directory or of a user.
    GET "/directory_groups" @ "directory-sync/directory-group/list"
        => list_groups(query: ListGroupsParams) -> Page<DirectoryGroup>;

    /// Fetches one group.
    GET "/directory_groups/{id}" @ "directory-sync/directory-group/get"
        => get_group(id) -> DirectoryGroup;

    /// Lists the users of a directory or of a group.
    GET "/directory_users" @ "directory-sync/directory-user/list"
        => list_users(query: ListUsersParams) -> Page<DirectoryUser>;

    /// Fetches one user.
    GET "/directory_users/{id}" @ "directory-sync/directory-user/get"
        => get_user(id) -> DirectoryUser;
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
        /// Only groups of this user, `directory_user_…`.
        user: Option<String>,
    }
    ListUsersParams for list_users {
        /// Only users of this directory, `directory_…`.
        directory: Option<String>,
        /// Only users in this group, `directory_group_…`.
        group: Option<String>,
        /// Only the user with this ID at the provider. Requires [`directory`](Self::directory).
        idp_id: Option<String>,
        /// Only users with this primary email address. Requires [`directory`](Self::directory).
        email: Option<String>,
    }
}

objects! {
    /// A directory that WorkOS syncs.
    Directory {
        /// Always `directory`.
        object: ObjectType,
        /// `directory_…`
        id: String,
        /// The organization that it belongs to. Can be `None` in events only.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// An external key generated by WorkOS. `None` in `dsync.deleted`.
        #[serde(skip_serializing_if = "Option::is_none")]
        external_key: Option<String>,
        /// The directory provider.
        type_ as "type": DirectoryType,
        /// Its state.
        state: DirectoryState,
        /// The name, usually the organization's.
        name: String,
        /// The organization's domain, such as `acme.com`.
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<String>,
        /// Only in events: the organization's domains.
        #[serde(skip_serializing_if = "Option::is_none")]
        domains: Option<Vec<ConnectionDomain>>,
        /// The number of users and groups.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<DirectoryMetadata>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The number of users and groups in a directory.
    #[derive(Eq)]
    DirectoryMetadata {
        /// The number of users.
        users: DirectoryMetadataUser,
        /// The number of groups.
        groups: i64,
    }

    /// The number of users in a directory.
    #[derive(Eq)]
    DirectoryMetadataUser {
        /// Active users.
        active: i64,
        /// Inactive users.
        inactive: i64,
    }
}

open_enum! {
    /// A directory provider and, for some, the protocol.
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
    /// The state of a directory.
    pub enum DirectoryState {
        /// Connected to the provider.
        Linked = "linked",
        /// Connected; the name that events use.
        Active = "active",
        /// The configuration is being validated.
        Validating = "validating",
        /// The provider rejects the credentials.
        InvalidCredentials = "invalid_credentials",
        /// Not connected.
        Unlinked = "unlinked",
        /// Not connected; the name that events use.
        Inactive = "inactive",
        /// Being deleted.
        Deleting = "deleting",
    }
}

objects! {
    /// A queued sync.
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
        /// The provider's ID of the group. Formats differ by provider.
        idp_id: String,
        /// The directory that it belongs to.
        directory_id: String,
        /// The organization of the directory.
        organization_id: String,
        /// The name.
        name: String,
        /// The raw attributes from the provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw_attributes: Option<BTreeMap<String, Value>>,
        /// Only in `dsync.group.updated`: the old values of what has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A user in a directory.
    DirectoryUser {
        /// Always `directory_user`.
        object: ObjectType,
        /// `directory_user_…`
        id: String,
        /// The directory that the user belongs to.
        directory_id: String,
        /// The organization of the directory.
        organization_id: String,
        /// The provider's ID of the user. Formats differ by provider.
        idp_id: String,
        /// The primary email address.
        email: Option<String>,
        /// The first name.
        #[serde(skip_serializing_if = "Option::is_none")]
        first_name: Option<String>,
        /// The last name.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_name: Option<String>,
        /// The full name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// All email addresses. Deprecated by WorkOS: map them to custom attributes.
        #[serde(skip_serializing_if = "Option::is_none")]
        emails: Option<Vec<DirectoryUserEmail>>,
        /// The job title. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "Option::is_none")]
        job_title: Option<String>,
        /// The username. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "Option::is_none")]
        username: Option<String>,
        /// Whether the user is active at the provider.
        state: DirectoryUserState,
        /// The raw attributes from the provider. Deprecated by WorkOS, like `emails`.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        raw_attributes: BTreeMap<String, Value>,
        /// The custom attributes mapped for the directory.
        custom_attributes: BTreeMap<String, Value>,
        /// The role assigned through the user's groups.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<SlimRole>,
        /// All roles, if multiple roles are enabled.
        #[serde(skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<SlimRole>>,
        /// The user's groups. Deprecated by WorkOS, and empty for teams created since May 2026: use
        /// [`list_groups`](DirectorySyncApi::list_groups).
        #[serde(skip_serializing_if = "Vec::is_empty")]
        groups: Vec<DirectoryGroup>,
        /// Only in `dsync.user.updated`: the old values of what has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// An email address of a [`DirectoryUser`].
    #[derive(Eq)]
    DirectoryUserEmail {
        /// Whether it is the primary one, [`DirectoryUser::email`].
        #[serde(skip_serializing_if = "Option::is_none")]
        primary: Option<bool>,
        /// The type, such as `work`.
        #[serde(skip_serializing_if = "Option::is_none")]
        type_ as "type": Option<String>,
        /// The email address.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    }
}

open_enum! {
    /// The state of a directory user.
    pub enum DirectoryUserState {
        /// Active.
        Active = "active",
        /// Temporarily suspended.
        Suspended = "suspended",
        /// Deprovisioned, or removed from the application.
        Inactive = "inactive",
    }
}
