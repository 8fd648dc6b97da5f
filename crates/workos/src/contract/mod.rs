//! The operations of this crate as data, for contract tests and tools.
//!
//! Not covered by semantic versioning.

pub(crate) mod entry;

use http::Method;

use crate::resources;

pub use self::entry::{Entry, Input};
pub use crate::model::watch::{Seen, watch};
pub use crate::operation::Operation;

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
