//! Authorization: roles and permissions (RBAC) and fine-grained authorization (FGA).
//!
//! A permission is a right to do something; a role is a set of permissions. A role is assigned to
//! an organization membership, or to a group, on a resource: the organization itself or something
//! in it that you registered, such as a project. Resources form a hierarchy, and a role applies to
//! the resource it is assigned on and all its descendants. Resource types are configured in the
//! WorkOS dashboard.
//!
//! ```no_run
//! use workos::authorization::{
//!     CheckAuthorization, CreateAuthorizationPermission, CreateResource, CreateRole,
//!     ResourceTarget, RoleAssignmentInput, SetRolePermissions,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let authorization = client.authorization();
//!
//! // Once: a permission on documents, and a role that has it.
//! authorization
//!     .create_permission(CreateAuthorizationPermission {
//!         resource_type_slug: Some("document".into()),
//!         ..CreateAuthorizationPermission::new("document:edit", "Edit documents")
//!     })
//!     .await?;
//! authorization
//!     .create_environment_role(CreateRole {
//!         resource_type_slug: Some("document".into()),
//!         ..CreateRole::new("document-editor", "Document editor")
//!     })
//!     .await?;
//! let permissions = SetRolePermissions::new(["document:edit".to_owned()]);
//! authorization.set_environment_role_permissions("document-editor", permissions).await?;
//!
//! // For each document: register it, and give the role to a member of the organization.
//! let document = authorization
//!     .create_resource(CreateResource::new("doc-7", "Roadmap", "document", "org_01…"))
//!     .await?;
//! let document = ResourceTarget::by_id(document.id);
//! authorization
//!     .assign_role("om_01…", RoleAssignmentInput::new("document-editor", document.clone()))
//!     .await?;
//!
//! // On each attempt to edit it:
//! let check = CheckAuthorization::new("document:edit", document);
//! assert!(authorization.check("om_01…", check).await?.authorized);
//! # Ok(()) }
//! ```
//!
//! Operations are grouped by topic: [`permissions`] and [`roles`] define what can be granted,
//! [`resources`] what it is granted on, [`role_assignments`] grants it, and [`access`] checks it.

pub mod access;
pub mod permissions;
pub mod resources;
pub mod role_assignments;
pub mod roles;

pub use self::access::*;
pub use self::permissions::*;
pub use self::resources::*;
pub use self::role_assignments::*;
pub use self::roles::*;

api! {
    /// Roles, permissions, resources and access checks. See
    /// [`authorization`](crate::authorization).
    #[doc(alias("FGA", "RBAC", "access_control"))]
    AuthorizationApi, authorization;
}

#[doc(hidden)]
pub use crate::compat::authorization::*;
