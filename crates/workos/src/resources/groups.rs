//! Groups: named sets of memberships within an organization.
//!
//! A role assigned to a group applies to all its members. Groups that an identity provider
//! provisions are directory groups instead: see `directory_sync`.
//!
//! ```no_run
//! use futures_util::TryStreamExt;
//! use workos::groups::{CreateGroup, CreateGroupMembership, PatchGroupMemberships};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let (groups, acme) = (client.groups(), "org_01EHZNVPK3SFK441A1RGBFSHRT");
//!
//! let group = groups
//!     .create_organization_group(
//!         acme,
//!         CreateGroup { description: Some("They build it".into()), ..CreateGroup::new("Engineering") },
//!     )
//!     .await?;
//! groups
//!     .create_group_organization_membership(acme, &group.id, CreateGroupMembership::new("om_1"))
//!     .await?;
//! let change = PatchGroupMemberships {
//!     add: Some(vec!["om_2".into(), "om_3".into()]),
//!     remove: Some(vec!["om_1".into()]),
//! };
//! groups.update_group_organization_memberships(acme, &group.id, change).await?;
//!
//! let mut members =
//!     groups.list_group_organization_memberships(acme, &group.id, Default::default()).items();
//! while let Some(member) = members.try_next().await? {
//!     println!("{}", member.user_id);
//! }
//! # Ok(()) }
//! ```

use crate::{Nullable, ObjectType, OrganizationMembership, Page, Timestamp};

api! {
    /// Groups of organization memberships. See [`groups`](crate::groups).
    #[doc(alias("teams", "user_groups"))]
    GroupsApi, groups;
}

#[doc(hidden)]
pub use crate::compat::groups::*;

operations! {
    GroupsApi, groups;

    /// Lists the groups of an organization, newest first by default.
    GET "/organizations/{organization_id}/groups" @ "groups"
        => list_organization_groups(organization_id, query: ListOrganizationGroupsParams)
        -> Page<Group>;

    /// Creates an empty group.
    POST "/organizations/{organization_id}/groups" @ "groups/create"
        => create_organization_group(organization_id, body: CreateGroup) -> Group;

    /// Fetches one group.
    GET "/organizations/{organization_id}/groups/{group_id}" @ "groups"
        => get_organization_group(organization_id, group_id) -> Group;

    /// Updates a group. Fields that are `None` keep their value.
    PATCH "/organizations/{organization_id}/groups/{group_id}" @ "groups/update"
        => update_organization_group(
            organization_id, group_id, body: UpdateGroup)
        -> Group;

    /// Deletes a group. Its members stay in the organization.
    DELETE "/organizations/{organization_id}/groups/{group_id}" @ "groups/delete"
        => delete_organization_group(organization_id, group_id) -> ();

    /// Lists the memberships in a group, without their roles, newest first by default.
    #[doc(alias = "list_members")]
    GET "/organizations/{organization_id}/groups/{group_id}/organization-memberships"
        @ "groups/list-members" => list_group_organization_memberships(
            organization_id, group_id, query: ListGroupOrganizationMembershipsParams)
        -> Page<OrganizationMembership>;

    /// Adds a membership to a group, and returns the group.
    ///
    /// # Errors
    ///
    /// 400 `group_membership_limit_exceeded`.
    #[doc(alias = "add_member")]
    POST "/organizations/{organization_id}/groups/{group_id}/organization-memberships"
        @ "groups/add-member" => create_group_organization_membership(
            organization_id, group_id, body: CreateGroupMembership)
        -> Group;

    /// Adds and removes memberships in one call.
    PATCH "/organizations/{organization_id}/groups/{group_id}/organization-memberships" @ "groups"
        => update_group_organization_memberships(
            organization_id, group_id, body: PatchGroupMemberships)
        -> ();

    /// Removes a membership from a group. It stays in the organization.
    #[doc(alias = "remove_member")]
    DELETE "/organizations/{organization_id}/groups/{group_id}/organization-memberships/{om_id}"
        @ "groups/remove-member"
        => delete_group_organization_membership(organization_id, group_id, om_id) -> ();
}

list_params! {
    GroupsApi;
    ListOrganizationGroupsParams for list_organization_groups {
        /// Only groups that match this search text.
        search: Option<String>,
    }
    ListGroupOrganizationMembershipsParams for list_group_organization_memberships {}
}

inputs! {
    /// A new group.
    #[derive(Eq)]
    CreateGroup {
        /// The name, up to 256 characters.
        name: String,
        /// The description, up to 150 characters.
        description: Option<String>,
    }

    /// Changes to a group.
    #[derive(Eq)]
    UpdateGroup {
        /// The new name, up to 256 characters.
        name: Option<String>,
        /// The description, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }

    /// A membership to add to a group.
    #[derive(Eq)]
    CreateGroupMembership {
        /// `om_…`, in the same organization.
        organization_membership_id: String,
    }

    /// Memberships to add to and remove from a group: 1 to 100 in total.
    #[derive(Eq)]
    PatchGroupMemberships {
        /// The memberships to add, `om_…`.
        add: Option<Vec<String>>,
        /// The memberships to remove, `om_…`.
        remove: Option<Vec<String>>,
    }
}

objects! {
    /// A named set of memberships within an organization.
    #[derive(Eq)]
    Group {
        /// Always `group`.
        object: ObjectType,
        /// `group_…`
        id: String,
        /// The organization that it belongs to.
        organization_id: String,
        /// The name.
        name: String,
        /// The description.
        description: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}
