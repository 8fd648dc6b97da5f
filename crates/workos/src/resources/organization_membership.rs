//! Organization memberships: the users that belong to an organization, and their roles.
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
    /// The users that belong to organizations. See
    /// [`organization_membership`](crate::organization_membership).
    #[doc(alias = "member")]
    OrganizationMembershipApi, organization_membership;
}

#[doc(hidden)]
pub use crate::compat::organization_membership::*;

operations! {
    OrganizationMembershipApi, organization_membership;

    /// Lists the memberships of a user, of an organization, or of one user in one organization.
    /// Requires `user_id`, `organization_id` or both; returns only active memberships by default.
    ///
    /// # Errors
    ///
    /// 400 `missing_user_id_or_organization_id`; 404 when the user or organization does not exist.
    GET "/user_management/organization_memberships" @ "authkit/organization-membership/list"
        => list_organization_memberships(query: ListOrganizationMembershipsParams)
        -> Page<OrganizationMembership>;

    /// Adds a user to an organization as an active member. Reactivates an inactive membership, with
    /// the new roles.
    ///
    /// # Errors
    ///
    /// 400 `cannot_reactivate_pending_organization_membership`; 404 when the user or organization
    /// does not exist; 422 `invalid_role`, `multiple_roles_not_enabled` or
    /// `sub_resource_scoped_role_not_allowed`.
    POST "/user_management/organization_memberships" @ "authkit/organization-membership/create"
        => create_organization_membership(body: CreateOrganizationMembership)
        -> OrganizationMembership;

    /// Fetches a membership.
    GET "/user_management/organization_memberships/{id}" @ "authkit/organization-membership/get"
        => get_organization_membership(id) -> OrganizationMembership;

    /// Updates the roles of a member.
    ///
    /// # Errors
    ///
    /// 404 when the membership does not exist; 422 `invalid_role`, `multiple_roles_not_enabled` or
    /// `sub_resource_scoped_role_not_allowed`.
    PUT "/user_management/organization_memberships/{id}" @ "authkit/organization-membership/update"
        => update_organization_membership(id, body: UpdateOrganizationMembership)
        -> OrganizationMembership;

    /// Permanently deletes a membership. To suspend it and keep its roles, deactivate it instead.
    DELETE "/user_management/organization_memberships/{id}"
        @ "authkit/organization-membership/delete" => delete_organization_membership(id) -> ();

    /// Deactivates an active membership, which keeps its roles. Does nothing if it is inactive.
    ///
    /// # Errors
    ///
    /// 400 `cannot_deactivate_pending_organization_membership`: a pending membership can only be
    /// deleted; 404 when the membership does not exist.
    PUT "/user_management/organization_memberships/{id}/deactivate"
        @ "authkit/organization-membership/deactivate"
        => deactivate_organization_membership(id) -> OrganizationMembership;

    /// Reactivates an inactive membership with the roles it had. Does nothing if it is active.
    ///
    /// # Errors
    ///
    /// 400 `cannot_reactivate_pending_organization_membership`: the user must accept the
    /// invitation; 404 when the membership does not exist.
    PUT "/user_management/organization_memberships/{id}/reactivate"
        @ "authkit/organization-membership/reactivate"
        => reactivate_organization_membership(id) -> OrganizationMembership;

    /// Lists the organization's groups that a member belongs to.
    GET "/user_management/organization_memberships/{om_id}/groups"
        @ "authkit/organization-membership/list-groups"
        => list_organization_membership_groups(om_id, query: ListOrganizationMembershipGroupsParams)
        -> Page<Group>;
}

list_params! {
    OrganizationMembershipApi;
    ListOrganizationMembershipsParams for list_organization_memberships {
        /// Only members of this organization.
        organization_id: Option<String>,
        /// Only memberships with one of these statuses; the server's default is active.
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
        /// The user's ID.
        user_id: String,
        /// The organization's ID.
        organization_id: String,
        /// The role or roles. Defaults to the environment's default role, usually `member`.
        flat role: Option<OrganizationMembershipRole>,
    }

    /// Updates to a membership.
    #[derive(Eq)]
    UpdateOrganizationMembership {
        /// The new role or roles.
        flat role: Option<OrganizationMembershipRole>,
    }
}

choices! {
    /// The role or roles of a member.
    #[doc(alias = "RBAC")]
    #[derive(Eq)]
    #[non_exhaustive]
    OrganizationMembershipRole {
        /// One role.
        Single {
            /// The role's slug.
            role_slug: String,
        }
        /// Several roles. Requires multiple roles to be enabled in the environment.
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

/// A user's membership in an organization.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationMembership {
    /// Always `organization_membership`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// The ID, `om_…`.
    pub id: String,
    /// The user's ID.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user_id: String,
    /// The organization's ID.
    #[serde(default, deserialize_with = "null_as_default")]
    pub organization_id: String,
    /// The status: only active members can sign in to the organization.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: OrganizationMembershipStatus,
    /// Whether a directory manages it, so that changes are made there.
    #[serde(default, deserialize_with = "null_as_default")]
    pub directory_managed: bool,
    /// The organization's name. Omitted in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// The user's custom attributes from the directory or, without one, from the IdP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<BTreeMap<String, serde_json::Value>>,
    /// The first or only role. Omitted when listing members of a group or a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<SlimRole>,
    /// All roles. Omitted where `role` is, and in some events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<SlimRole>>,
    /// The user. Omitted in events and when listing members of a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// When it was created.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_at: Timestamp,
    /// When it was last updated.
    #[serde(default, deserialize_with = "null_as_default")]
    pub updated_at: Timestamp,
}

open_enum! {
    /// The status of a membership.
    pub enum OrganizationMembershipStatus {
        /// The user can sign in to the organization.
        Active = "active",
        /// The membership was deactivated; the user cannot sign in to the organization.
        Inactive = "inactive",
        /// The user has not accepted the invitation yet.
        Pending = "pending",
    }
}
