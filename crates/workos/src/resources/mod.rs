//! The API, one module per resource: its operations, its parameters and its types.
//!
//! Every module is also at the root of the crate, and so is every type:
//! `workos::organizations::OrganizationInput` is `workos::OrganizationInput`. (Where two resources
//! have a type of the same name, such as `ListUsersParams`, it is only in their modules.)
//!
//! # Errors
//!
//! Any operation can be answered with 400 or 422 (the request is invalid; the error tells the
//! fields), 401 (the API key), 403 (what the key may do), 404 (an id in the path), 409 (a conflict
//! with what is there), 429 and 5xx. An operation's own `# Errors` names the codes beyond that which
//! a program can act upon.

mod common;
pub mod connect;
pub mod organizations;
pub mod user_management;

pub use self::common::*;
pub use self::connect::*;
pub use self::organizations::*;
pub use self::user_management::*;

/// The operations of every topic file.
#[cfg(feature = "contract")]
pub(crate) const OPERATIONS: &[&[crate::contract::Entry]] =
    &[organizations::OPERATIONS, user_management::users::OPERATIONS];
