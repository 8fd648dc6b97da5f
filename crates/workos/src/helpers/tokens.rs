//! Access tokens and the keys they are signed with.

/// The keys of a client, fetched once.
#[derive(Default)]
pub(crate) struct KeyCache {}
