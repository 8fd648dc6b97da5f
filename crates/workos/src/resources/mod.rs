//! The API, one module per resource: its operations, its parameters and its types.
//!
//! Every module is also at the root of the crate, and so is every type:
//! `workos::organizations::OrganizationInput` is `workos::OrganizationInput`.

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
