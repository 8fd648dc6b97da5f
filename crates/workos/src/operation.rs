//! [`Operation`]: an operation of the API as data.

use std::fmt;

/// One operation of the API, as declared in a row of `operations!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Operation {
    /// The method of [`Client`](crate::Client) for its resource, such as `organizations`.
    pub accessor: &'static str,
    /// The method that performs it, such as `get_organization`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its placeholders, such as `/organizations/{id}`.
    pub path: &'static str,
}

impl Operation {
    /// A request made with [`Client::request`](crate::Client::request).
    pub(crate) const CUSTOM: Self = Self::new("client", "request", "", "");

    /// Stands for work outside of a call, in errors of an application's own JSON or transport.
    pub(crate) const NONE: Self = Self::new("", "", "", "");

    pub(crate) const fn is_none(&self) -> bool {
        self.name.is_empty()
    }

    pub(crate) const fn new(
        accessor: &'static str,
        name: &'static str,
        method: &'static str,
        path: &'static str,
    ) -> Self {
        Self { accessor, name, method, path }
    }
}

impl fmt::Display for Operation {
    /// The name for messages, such as `organizations.get_organization`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.accessor, self.name)
    }
}
