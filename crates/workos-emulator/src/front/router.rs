//! [`find`]: the operation that a request is for.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use http::Method;
use percent_encoding::percent_decode_str;
use workos::contract::Operation;

use crate::api;
use crate::api::route::Route;
use crate::words::nearest;

/// An operation of the API as this emulator serves it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) operation: &'static Operation,
    pub(crate) route: &'static Route,
    /// As in `organizations.create_organization`.
    pub(crate) name: String,
    /// How many segments its path has.
    segments: usize,
    contract: OnceLock<Option<&'static workos_contract::Operation>>,
}

impl Endpoint {
    /// What the contract says of it.
    pub(crate) fn contract(&self) -> Option<&'static workos_contract::Operation> {
        let read = || workos_contract::operation(self.operation.method, self.operation.path);
        *self.contract.get_or_init(read)
    }
}

/// An endpoint with the values of its path parameters, or `None` for one that is not UTF-8.
pub(crate) type Found = (&'static Endpoint, Option<Vec<String>>);

/// The operation of a request, and the decoded values of its path.
pub(crate) fn find(method: &Method, path: &str) -> Option<Found> {
    let segments = path.split('/').count();
    GROUPS.get(first_segment(path))?.endpoints().iter().find_map(|endpoint| {
        let is_asked =
            endpoint.segments == segments && endpoint.operation.method == method.as_str();
        let values = is_asked.then(|| values(endpoint.operation.path, path)).flatten()?;
        let decoded = |value| Some(percent_decode_str(value).decode_utf8().ok()?.into_owned());
        Some((endpoint, values.into_iter().map(decoded).collect()))
    })
}

/// The names of all operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    GROUPS.values().flat_map(Group::endpoints).map(|endpoint| endpoint.name.as_str())
}

/// The operations that somebody may have meant by an unknown name: those with the same method, or else
/// the one that is written nearly the same.
pub(crate) fn meant(name: &str) -> Vec<&'static str> {
    let method = name.rsplit('.').next().unwrap_or_default();
    let is_same = |known: &&str| known.rsplit('.').next() == Some(method);
    let same: Vec<_> = operations().filter(is_same).collect();
    if same.is_empty() { nearest(name, operations()).into_iter().collect() } else { same }
}

/// The operations by the first segment of their paths, which all emulators of a process share.
static GROUPS: LazyLock<BTreeMap<&str, Group>> = LazyLock::new(|| {
    let mut groups = BTreeMap::<_, Group>::new();
    for entry in workos::contract::operations() {
        let operation = &entry.operation;
        groups.entry(first_segment(operation.path)).or_default().operations.push(operation);
    }
    groups
});

/// The operations whose paths start alike. Their endpoints are made when a request is for one of
/// them, so that the first request of a process does not wait for all the others.
#[derive(Default)]
struct Group {
    operations: Vec<&'static Operation>,
    endpoints: OnceLock<Vec<Endpoint>>,
}

impl Group {
    fn endpoints(&self) -> &[Endpoint] {
        self.endpoints.get_or_init(|| endpoints(&self.operations))
    }
}

/// The endpoints of operations. Of several that match a path, the first counts: names come before
/// placeholders. Some endpoints are several operations of the SDK, and one function serves them.
fn endpoints(operations: &[&'static Operation]) -> Vec<Endpoint> {
    let endpoint = |operation: &&'static Operation| {
        let mut routes = api::ROUTES.iter().flat_map(|routes| *routes);
        let (accessor, name) = (operation.accessor, operation.name);
        let route = routes.find(|route| route.name == name && route.accessor == accessor)?;
        let name = format!("{accessor}.{name}");
        let segments = operation.path.split('/').count();
        Some(Endpoint { operation, route, name, segments, contract: OnceLock::new() })
    };
    let mut endpoints: Vec<_> = operations.iter().filter_map(endpoint).collect();
    endpoints.sort_by_cached_key(|endpoint| {
        let any_is_last = |name| if is_placeholder(name) { (true, "") } else { (false, name) };
        endpoint.operation.path.split('/').map(any_is_last).collect::<Vec<_>>()
    });
    endpoints
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

fn is_placeholder(segment: &str) -> bool {
    segment.starts_with('{')
}

/// What stands for the placeholders of a path, if it matches. Nothing stands for none.
pub(crate) fn values<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut values = Vec::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(values),
            (Some(name), Some(value)) if is_placeholder(name) && !value.is_empty() => {
                values.push(value);
            }
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_at_its_path() {
        for entry in workos::contract::operations() {
            let operation = &entry.operation;
            let method = operation.method.parse().unwrap();
            let segment = |name: &str| if is_placeholder(name) { "a%20b" } else { name }.to_owned();
            let path = operation.path.split('/').map(segment).collect::<Vec<_>>().join("/");
            let (found, values) = find(&method, &path).unwrap();
            let pattern = |operation: &Operation| {
                operation.path.split('/').map(|name| !is_placeholder(name)).collect::<Vec<_>>()
            };
            assert_eq!(pattern(found.operation), pattern(operation), "{path}");
            assert!(values.unwrap().iter().all(|value| value == "a b"));
        }
    }

    #[test]
    fn names_come_before_placeholders() {
        let path = |path: &str| find(&Method::GET, path).map(|(found, _)| found.operation.path);
        assert_eq!(
            path("/organizations/external_id/acme"),
            Some("/organizations/external_id/{external_id}")
        );
        assert_eq!(path("/user_management/users/user_1/x"), None);
        assert_eq!(path("/organizations/"), None);
        assert_eq!(path("organizations"), None);
        assert_eq!(path(""), None);
    }

    #[test]
    fn a_path_that_is_not_utf_8_has_no_values() {
        let (_, values) = find(&Method::GET, "/organizations/%FF").unwrap();
        assert_eq!(values, None);
    }
}
