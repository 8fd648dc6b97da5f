//! [`Route`] and `routes!`: which function serves which operation.

use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::reply::{Answer, Refusal, Response};

/// Which function serves an operation.
#[derive(Debug)]
pub(crate) struct Route {
    /// The method of the SDK's client, such as `organizations`.
    pub(crate) accessor: &'static str,
    /// The method of the SDK, such as `get_organization`.
    pub(crate) name: &'static str,
    pub(crate) caller: Caller,
    pub(crate) serve: fn(&Call<'_>, Input<'_>) -> Answer<Response>,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Whoever has an API key.
    ApiKey,
    /// Anybody; the operation itself checks what it needs.
    Anybody,
}

/// A request that agrees with the contract.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    /// The path parameters, in the order of the path.
    pub(crate) path: Vec<String>,
    /// The query parameters that the operation documents.
    pub(crate) query: Value,
    /// The query as it was sent, for what is not documented.
    pub(crate) raw_query: &'a str,
    pub(crate) body: Value,
    pub(crate) headers: &'a HeaderMap,
}

/// Reads what the contract allows. Where the SDK is stricter, its error names the field.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Answer<T> {
    serde_json::from_value(value)
        .map_err(|error| Refusal::unprocessable("invalid_request_parameters", error.to_string()))
}

/// Declares which functions serve the operations of a resource.
///
/// ```text
/// routes! {
///     organizations;
///     list_organizations(query)     => read list;
///     update_organization(id, body) => write update;
/// }
/// ```
///
/// An operation is a method of the SDK, which knows its verb and path; the contract knows its
/// status. A handler is a plain function that takes a [`View`](crate::state::View) if it is marked
/// `read` and a [`Change`](crate::state::Change) if it is marked `write`, and then the arguments:
/// `query`, `raw_query`, `body` and `headers`, or the next path parameter. One that is marked `run`
/// takes the [`Environment`]: it hashes or signs outside of the state, which others wait for. What is
/// `public` needs no API key.
macro_rules! routes {
    ($accessor:ident; $(
        $name:ident($($argument:ident),*) => $how:ident $handler:ident $(, $caller:ident)?;
    )*) => {
        pub(crate) const ROUTES: &[$crate::api::route::Route] = &[$($crate::api::route::Route {
            accessor: stringify!($accessor),
            name: stringify!($name),
            caller: routes!(@caller $($caller)?),
            #[allow(unused_mut, unused_variables)] // not every operation needs all
            serve: |environment, input| {
                let $crate::api::route::Input { path, query, raw_query, body, headers } = input;
                let mut path = path.iter();
                $(routes!(@argument $argument $argument path query raw_query body headers);)*
                routes!(@$how environment $handler $($argument)*)
            },
        }),*];
    };

    (@caller) => { $crate::api::route::Caller::ApiKey };
    (@caller public) => { $crate::api::route::Caller::Anybody };

    (@argument query $argument:ident $path:ident $query:ident $raw:ident $body:ident $headers:ident) => {
        let $argument = $crate::api::route::read($query)?;
    };
    (@argument raw_query $argument:ident $path:ident $query:ident $raw:ident $body:ident $headers:ident) => {
        let $argument = $raw;
    };
    (@argument body $argument:ident $path:ident $query:ident $raw:ident $body:ident $headers:ident) => {
        let $argument = $crate::api::route::read($body)?;
    };
    (@argument headers $argument:ident $path:ident $query:ident $raw:ident $body:ident $headers:ident) => {
        let $argument = $headers;
    };
    (@argument $word:ident $argument:ident $path:ident $query:ident $raw:ident $body:ident $headers:ident) => {
        let $argument = $path.next().map_or("", String::as_str);
    };

    (@read $environment:ident $handler:ident $($argument:ident)*) => {
        $environment.read_for(Box::new(|view| {
            $handler(view, $($argument),*).map($crate::reply::Reply::into_response)
        }))
    };
    (@run $environment:ident $handler:ident $($argument:ident)*) => {
        $handler($environment, $($argument),*).map($crate::reply::Reply::into_response)
    };
    (@write $environment:ident $handler:ident $($argument:ident)*) => {
        $environment.write_for(Box::new(|change| {
            $handler(change, $($argument),*).map($crate::reply::Reply::into_response)
        }))
    };
}
