//! The failure of a transport: the peer and the cause.

use std::error::Error as StdError;
use std::{fmt, io};

/// A failed connection: the peer, and the error of the underlying library.
#[derive(Debug)]
pub(super) struct Failure {
    /// Host and port, and the proxy in between.
    peer: String,
    source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    pub(super) fn new(peer: String, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { peer, source: source.into() }
    }

    pub(super) fn peer(&self) -> &str {
        &self.peer
    }
}

/// Shows the innermost cause alone: the ones around it only repeat that a connection failed.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        causes(&*self.source).last().map_or(Ok(()), |innermost| write!(f, "{innermost}"))
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// An error and all that it wraps, from the outside in. `source` of an `io::Error` skips the error
/// in it.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

/// Host and port of a URL, for messages; never its path, query or credentials.
pub(super) fn peer(uri: &http::Uri, proxy: Option<&http::Uri>) -> String {
    let authority = |uri: &http::Uri| {
        let host = uri.host().unwrap_or_default();
        let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        format!("{host}:{}", uri.port_u16().unwrap_or(default))
    };
    match proxy {
        None => authority(uri),
        Some(proxy) => format!("{} through the proxy {}", authority(uri), authority(proxy)),
    }
}
