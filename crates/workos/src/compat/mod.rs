//! For programs written for the official crate `workos` 3.5.0: its names, where they differ from ours.
//!
//! Everything here has its official path, too, such as `workos::OrganizationInput` and
//! `workos::organizations::CreateOrganizationParams`. New code has no use for it.

#[cfg(feature = "helpers")]
pub mod helpers;
mod methods;
mod resources;
#[cfg(feature = "helpers")]
pub mod session;
mod variants;

// There may be none.
#[cfg_attr(not(feature = "api"), allow(unreachable_pub, unused_imports))]
pub use self::resources::*;

/// Its module of lists.
pub mod pagination {
    pub use crate::page::*;
}

/// Its module of types.
pub mod models {
    #[cfg_attr(not(feature = "api"), allow(unused_imports))]
    pub use crate::resources::*;
}

/// Its module of enums.
pub mod enums {
    #[cfg_attr(not(feature = "api"), allow(unused_imports))]
    pub use crate::resources::*;
}
