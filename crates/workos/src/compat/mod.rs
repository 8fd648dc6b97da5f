//! For programs written for the official crate `workos` 3.5.0: its names, where they differ from ours.
//!
//! Each name is at its official path, too, hidden from these docs: `workos::OrganizationInput`,
//! `workos::organizations::CreateOrganizationParams`, `workos::models::UserInvite`. New code has no use
//! for them. The guide `migrating` lists what else differs.
//!
//! What has other functions than ours under the same names is here only: `workos::compat::session`.

#[cfg(feature = "helpers")]
#[doc(hidden)]
pub mod helpers;
mod methods;
mod resources;
#[cfg(feature = "helpers")]
pub mod session;
mod variants;

// There may be none.
#[cfg_attr(not(feature = "api"), allow(unreachable_pub, unused_imports))]
pub use self::resources::*;

// Its modules of lists, types and enums.
#[doc(hidden)]
pub use crate::page as pagination;
#[doc(hidden)]
pub use crate::{resources as enums, resources as models};
