//! Organization memberships: which users belong to which organizations, and in what roles.
//!
//! ```no_run
//! use workos::organization_membership::{
//!     CreateOrganizationMembership, ListOrganizationMembershipsParams,
//!     OrganizationMembershipRole, OrganizationMembershipStatus,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let memberships = client.organization_membership();
//! let user = "user_01E4ZCR3C5A4QZ2Z2JQXGKZJ9E";
//!
//! let membership = memberships
//!     .create_organization_membership(CreateOrganizationMembership {
//!         role: Some(OrganizationMembershipRole::single("admin")),
//!         ..CreateOrganizationMembership::new(user, "org_01E4ZCR3C56J083X43JQXF3JK5")
//!     })
//!     .await?;
//! memberships.deactivate_organization_membership(&membership.id).await?;
//!
//! let inactive = ListOrganizationMembershipsParams {
//!     user_id: Some(user.into()),
//!     statuses: Some(vec![OrganizationMembershipStatus::Inactive]),
//!     ..Default::default()
//! };
//! for membership in memberships.list_organization_memberships(inactive).await? {
//!     memberships.reactivate_organization_membership(&membership.id).await?;
//! }
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::page::null_as_default;
use crate::{Group, ObjectType, Page, SlimRole, Timestamp, User};

api! {
    /// Which users belong to which organizations. See
    /// [`organization_membership`](crate::organization_membership).
    OrganizationMembershipApi, organization_membership;
}

#[doc(hidden)]
pub use crate::compat::organization_membership::*;

operations! {
    OrganizationMembershipApi, organization_membership;

    /// Lists the memberships of a user, of an organization, or the one between them: at least one
    /// of the two has to be given. Only active ones, unless `statuses` says otherwise.
    ///
    /// # Errors
    ///
    /// 400 `missing_user_id_or_organization_id`; 404 when there is no such user or organization.
    GET "/user_management/organization_memberships"
        => list_organization_memberships(query: ListOrganizationMembershipsParams)
        -> Page<OrganizationMembership>;

    /// Makes a user an active member of an organization. An inactive membership becomes active
    /// again, with the roles given here.
    ///
    /// # Errors
    ///
    /// 400 `cannot_reactivate_pending_organization_membership`; 404 when there is no such user or
    /// organization; 422 `invalid_role`, `multiple_roles_not_enabled` or
    /// `sub_resource_scoped_role_not_allowed`.
    POST "/user_management/organization_memberships"
        => create_organization_membership(body: CreateOrganizationMembership)
        -> OrganizationMembership;

    /// Fetches one membership.
    GET "/user_management/organization_memberships/{id}"
        => get_organization_membership(id) -> OrganizationMembership;

    /// Changes the roles of a member.
    ///
    /// # Errors
    ///
    /// 404 when there is no such membership; 422 `invalid_role`, `multiple_roles_not_enabled` or
    /// `sub_resource_scoped_role_not_allowed`.
    PUT "/user_management/organization_memberships/{id}"
        => update_organization_membership(id, body: UpdateOrganizationMembership)
        -> OrganizationMembership;

    /// Deletes a membership for good. To keep its roles, deactivate it.
    DELETE "/user_management/organization_memberships/{id}"
        => delete_organization_membership(id) -> ();

    /// Suspends an active membership, which keeps its roles. An inactive one stays as it is.
    ///
    /// # Errors
    ///
    /// 400 `cannot_deactivate_pending_organization_membership`, which can only be deleted; 404 when
    /// there is no such membership.
    PUT "/user_management/organization_memberships/{id}/deactivate"
        => deactivate_organization_membership(id) -> OrganizationMembership;

    /// Makes an inactive membership active again, with the roles it had. An active one stays as it
    /// is.
    ///
    /// # Errors
    ///
    /// 400 `cannot_reactivate_pending_organization_membership`: the user has to accept the
    /// invitation; 404 when there is no such membership.
    PUT "/user_management/organization_memberships/{id}/reactivate"
        => reactivate_organization_membership(id) -> OrganizationMembership;

    /// Lists the groups of the organization that a member is in.
    GET "/user_management/organization_memberships/{om_id}/groups"
        => list_organization_membership_groups(om_id, query: ListOrganizationMembershipGroupsParams)
        -> Page<Group>;
}

list_params! {
    OrganizationMembershipApi;
    ListOrganizationMembershipsParams for list_organization_memberships {
        /// Only members of this organization.
        organization_id: Option<String>,
        /// Only memberships in one of these states; active ones if left out.
        statuses: Option<Vec<OrganizationMembershipStatus>>,
        /// Only memberships of this user.
        user_id: Option<String>,
    }
    ListOrganizationMembershipGroupsParams for list_organization_membership_groups {}
}

inputs! {
    /// A new membership.
    #[derive(Eq)]
    CreateOrganizationMembership {
        /// The user.
        user_id: String,
        /// The organization.
        organization_id: String,
        /// The role or roles; without it the organization's default role, `member` unless changed.
        flat role: Option<OrganizationMembershipRole>,
    }

    /// What to change about a membership.
    #[derive(Eq)]
    UpdateOrganizationMembership {
        /// The role or roles it has from now on.
        flat role: Option<OrganizationMembershipRole>,
    }
}

choices! {
    /// The role or roles to give to a member.
    #[derive(Eq)]
    #[non_exhaustive]
    OrganizationMembershipRole {
        /// One role.
        Single {
            /// The role's slug.
            role_slug: String,
        }
        /// Several, where the environment has multiple roles enabled.
        Multiple {
            /// The roles' slugs.
            role_slugs: Vec<String>,
        }
    }
}

impl OrganizationMembershipRole {
    /// The role with this slug.
    pub fn single(role_slug: impl Into<String>) -> Self {
        Self::Single { role_slug: role_slug.into() }
    }

    /// The roles with these slugs.
    pub fn multiple(role_slugs: impl Into<Vec<String>>) -> Self {
        Self::Multiple { role_slugs: role_slugs.into() }
    }
}

/// That a user belongs to an organization.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationMembership {
    /// Always `organization_membership`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// `om_…`
    pub id: String,
    /// The user's id.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user_id: String,
    /// The organization's id.
    #[serde(default, deserialize_with = "null_as_default")]
    pub organization_id: String,
    /// Whether the user can sign in to the organization.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: OrganizationMembershipStatus,
    /// Whether a directory decides over it, so that it is changed there.
    #[serde(default, deserialize_with = "null_as_default")]
    pub directory_managed: bool,
    /// The organization's name. Events leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// What the directory, or else the identity provider, says about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<BTreeMap<String, serde_json::Value>>,
    /// The first or only role. Lists of members of a group or a resource leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<SlimRole>,
    /// All roles. Some events leave them out, as do the lists that leave out `role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<SlimRole>>,
    /// The user. Events and lists of members of a group leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// When it was created.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub updated_at: Timestamp,
}

open_enum! {
    /// Whether a member can sign in to the organization.
    pub enum OrganizationMembershipStatus {
        /// They can.
        Active = "active",
        /// They no longer can; the membership was deactivated.
        Inactive = "inactive",
        /// They have an invitation that they did not accept yet.
        Pending = "pending",
    }
}
