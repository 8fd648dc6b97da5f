//! [`find`]: the operation that a request is for.

use std::collections::HashMap;
use std::sync::OnceLock;

use http::Method;
use percent_encoding::percent_decode_str;
use workos::contract::Operation;

use crate::api;
use crate::api::route::Route;

/// An operation of the API as this emulator serves it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) operation: &'static Operation,
    /// `None` if it is not served.
    pub(crate) route: Option<&'static Route>,
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
    let found = paths().at(path).ok()?;
    let endpoint = found.value.get(method)?;
    let decoded = |(_, value)| Some(percent_decode_str(value).decode_utf8().ok()?.into_owned());
    Some((endpoint, found.params.iter().map(decoded).collect()))
}

/// The operations of each path.
type Paths = matchit::Router<HashMap<Method, Endpoint>>;

/// The paths, which all emulators of a process share.
fn paths() -> &'static Paths {
    static PATHS: OnceLock<Paths> = OnceLock::new();
    PATHS.get_or_init(build)
}

fn build() -> Paths {
    let routes = api::ROUTES.iter().flat_map(|routes| *routes);
    let routes: HashMap<_, _> = routes.map(|route| ((route.accessor, route.name), route)).collect();
    let mut paths = HashMap::<String, HashMap<Method, Endpoint>>::new();
    for entry in workos::contract::operations() {
        let operation = &entry.operation;
        let route = routes.get(&(operation.accessor, operation.name)).copied();
        let Ok(method) = operation.method.parse() else { continue };
        let methods = paths.entry(numbered(operation.path)).or_default();
        // Some endpoints are several operations of the SDK, of which one is served.
        if route.is_some() || !methods.contains_key(&method) {
            methods.insert(method, Endpoint { operation, route, contract: OnceLock::new() });
        }
    }
    let mut router = Paths::new();
    for (path, methods) in paths {
        let inserted = router.insert(path, methods);
        debug_assert!(inserted.is_ok(), "{inserted:?}");
    }
    router
}

/// A path with numbers for its parameters, which the router wants to have the same name wherever
/// they are in the same place.
fn numbered(path: &str) -> String {
    let part = |(place, part): (usize, &str)| {
        if part.starts_with('{') { format!("{{{place}}}") } else { part.to_owned() }
    };
    path.split('/').enumerate().map(part).collect::<Vec<_>>().join("/")
}
