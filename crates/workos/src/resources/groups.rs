//! Groups: members of an organization that are treated alike.
//!
//! A group has memberships of one organization in it. Roles can be assigned to it, and then count
//! for everybody in it.
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
    /// Members of an organization that are treated alike. See [`groups`](crate::groups).
    GroupsApi, groups;
}

#[doc(hidden)]
pub use crate::compat::groups::*;

operations! {
    GroupsApi, groups;

    /// Lists the groups of an organization, newest first unless told otherwise.
    GET "/organizations/{organization_id}/groups"
        => list_organization_groups(organization_id, query: ListOrganizationGroupsParams)
        -> Page<Group>;

    /// Creates a group with nobody in it.
    POST "/organizations/{organization_id}/groups"
        => create_organization_group(organization_id, body: CreateGroup) -> Group;

    /// Fetches one group.
    GET "/organizations/{organization_id}/groups/{group_id}"
        => get_organization_group(organization_id, group_id) -> Group;

    /// Changes a group. Fields that are left out keep their value.
    PATCH "/organizations/{organization_id}/groups/{group_id}"
        => update_organization_group(
            organization_id, group_id, body: UpdateGroup)
        -> Group;

    /// Deletes a group. Its members stay in the organization.
    DELETE "/organizations/{organization_id}/groups/{group_id}"
        => delete_organization_group(organization_id, group_id) -> ();

    /// Lists the memberships in a group, newest first unless told otherwise. They come without
    /// their roles.
    GET "/organizations/{organization_id}/groups/{group_id}/organization-memberships"
        => list_group_organization_memberships(
            organization_id, group_id, query: ListGroupOrganizationMembershipsParams)
        -> Page<OrganizationMembership>;

    /// Adds one membership to a group, and returns the group.
    ///
    /// # Errors
    ///
    /// 400 `group_membership_limit_exceeded`.
    POST "/organizations/{organization_id}/groups/{group_id}/organization-memberships"
        => create_group_organization_membership(
            organization_id, group_id, body: CreateGroupMembership)
        -> Group;

    /// Adds and removes memberships in one step.
    PATCH "/organizations/{organization_id}/groups/{group_id}/organization-memberships"
        => update_group_organization_memberships(
            organization_id, group_id, body: PatchGroupMemberships)
        -> ();

    /// Removes one membership from a group. It stays in the organization.
    DELETE "/organizations/{organization_id}/groups/{group_id}/organization-memberships/{om_id}"
        => delete_group_organization_membership(organization_id, group_id, om_id) -> ();
}

list_params! {
    GroupsApi;
    ListOrganizationGroupsParams for list_organization_groups {
        /// Only groups that this text finds.
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
        /// What the group is for, up to 150 characters.
        description: Option<String>,
    }

    /// What to change about a group.
    #[derive(Eq)]
    UpdateGroup {
        /// The new name, up to 256 characters.
        name: Option<String>,
        /// What the group is for, up to 150 characters; null removes it.
        description: Option<Nullable<String>>,
    }

    /// A membership to put into a group.
    #[derive(Eq)]
    CreateGroupMembership {
        /// `om_…`, in the same organization.
        organization_membership_id: String,
    }

    /// Memberships to put into a group and to take out of it: 1 to 100 in total.
    #[derive(Eq)]
    PatchGroupMemberships {
        /// Whom to put in, `om_…`.
        add: Option<Vec<String>>,
        /// Whom to take out, `om_…`.
        remove: Option<Vec<String>>,
    }
}

objects! {
    /// Members of an organization that are treated alike.
    #[derive(Eq)]
    Group {
        /// Always `group`.
        object: ObjectType,
        /// `group_…`
        id: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The name.
        name: String,
        /// What the group is for.
        description: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}
