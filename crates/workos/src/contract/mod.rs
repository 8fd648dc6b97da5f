//! The operations of this crate as data, for emulators, contract tests and tools.
//!
//! Not covered by semantic versioning.

pub(crate) mod entry;
#[cfg(feature = "contract")]
pub(crate) mod plain;

use http::Method;

use crate::resources;

pub use self::entry::Entry;
#[cfg(feature = "contract")]
pub use self::plain::Input;
#[cfg(feature = "contract")]
pub use crate::model::watch::{Seen, watch};
pub use crate::operation::Operation;

/// The parameters of a list, which all have the same window.
pub trait ListParams {
    /// The part of the list that is asked for.
    fn window(&self) -> Window<'_>;
}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Window<'a> {
    /// The cursor of the page before it.
    pub before: Option<&'a str>,
    /// The cursor of the page after it.
    pub after: Option<&'a str>,
    /// The most items.
    pub limit: Option<i64>,
    /// The order by time of creation.
    pub order: Option<&'a crate::PaginationOrder>,
}

/// Every operation that the enabled features bring.
pub fn operations() -> impl Iterator<Item = &'static Entry> {
    resources::OPERATIONS.iter().flat_map(|topic| topic.iter())
}

/// The operation that answers a request with this method and path, if there is one.
pub fn find(method: &Method, path: &str) -> Option<&'static Entry> {
    let fits = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        let same = |(part, value): (&&str, &&str)| part == value || part.starts_with('{');
        template.len() == path.len() && template.iter().zip(&path).all(same)
    };
    let literal = |entry: &&Entry| entry.operation.path.matches('{').count();
    operations()
        .filter(|entry| entry.operation.method == method.as_str() && fits(entry.operation.path))
        .min_by_key(literal)
}
