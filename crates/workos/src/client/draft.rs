//! [`Draft`]: how the methods of the resources build their calls.

use std::fmt;

use http::Method;
use serde::Serialize;

use super::path::Segments;
use super::request::Request;
use super::{Call, Client};
use crate::Error;
use crate::operation::Operation;

/// A request under construction, or the first error in describing it. The rows of `operations!`
/// expand to calls of its methods: closures and question marks would have to be compiled again for
/// each row.
pub(crate) struct Draft(Result<Box<Request>, Error>);

impl Draft {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        method: Method,
        path: fmt::Arguments<'_>,
        segments: Segments,
    ) -> Self {
        match segments.problem() {
            None => Self(Ok(Request::new(client, operation, method, path))),
            Some(error) => Self(Err(error)),
        }
    }

    pub(crate) fn query<T: Serialize + ?Sized>(self, params: &T) -> Self {
        Self(self.0.and_then(|request| request.query(params)))
    }

    pub(crate) fn body<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.and_then(|request| request.body(body)))
    }

    pub(crate) fn pageable(self) -> Self {
        Self(self.0.map(Request::pageable))
    }

    pub(crate) fn call<T>(self, client: &Client) -> Call<T> {
        Call::new(client.clone(), self.0)
    }
}
