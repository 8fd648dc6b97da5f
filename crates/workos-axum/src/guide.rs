//! One page for each need of an application.

#[doc = include_str!("../docs/signing_in.md")]
pub mod signing_in {}

#[doc = include_str!("../docs/protecting_routes.md")]
pub mod protecting_routes {}

#[doc = include_str!("../docs/sessions.md")]
pub mod sessions {}

#[doc = include_str!("../docs/apis.md")]
pub mod apis {}

#[doc = include_str!("../docs/several_machines.md")]
pub mod several_machines {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}
