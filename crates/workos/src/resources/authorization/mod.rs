//! Authorization: who may do what, and where.
//!
//! A permission is something that can be done; a role is a set of permissions. A role is assigned to
//! a member of an organization, or to a group of them, on a resource: the organization itself or a
//! thing in it that you registered, such as a project. Resources form a tree, and a role holds for
//! everything below the resource it is assigned on. The types of resources are set up in the WorkOS
//! dashboard.
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
//! // Once: something that can be done with a document, and a role that may do it.
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
//! // For each document: register it, and let a member of the organization edit it.
//! let document = authorization
//!     .create_resource(CreateResource::new("doc-7", "Roadmap", "document", "org_01…"))
//!     .await?;
//! let document = ResourceTarget::by_id(document.id);
//! authorization
//!     .assign_role("om_01…", RoleAssignmentInput::new("document-editor", document.clone()))
//!     .await?;
//!
//! // On each attempt to edit it.
//! let check = CheckAuthorization::new("document:edit", document);
//! assert!(authorization.check("om_01…", check).await?.authorized);
//! # Ok(()) }
//! ```
//!
//! Operations are grouped by topic: [`permissions`] and [`roles`] define what can be granted,
//! [`resources`] has the things it is granted on, [`role_assignments`] grants it, and [`access`]
//! tells the outcome.

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
    /// Who may do what, and where. See [`authorization`](crate::authorization).
    AuthorizationApi, authorization;
}

#[doc(hidden)]
pub use crate::compat::authorization::*;
