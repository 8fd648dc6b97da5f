//! Sessions kept in a cookie.

/// The refreshes that are under way.
#[derive(Default)]
pub(crate) struct Refreshes {}
