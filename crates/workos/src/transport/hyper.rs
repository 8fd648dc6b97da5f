//! The lighter transport: `hyper` with `hyper-util`'s connection pool.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

use super::tls::failed_in_handshake;
use super::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, TokioRuntime, TransportError,
    TransportErrorKind,
};

/// Sends requests with hyper over HTTP/1.1, on tokio, with rustls.
///
/// It builds faster and does less per request than [`ReqwestTransport`](super::ReqwestTransport);
/// what it lacks is proxies and HTTP/2.
///
/// ```no_run
/// use workos::transport::HyperTransport;
///
/// let client = workos::Client::builder()
///     .api_key("sk_live_1")
///     .transport(std::sync::Arc::new(HyperTransport::new()?))
///     .build();
/// # Ok::<(), workos::transport::TransportError>(())
/// ```
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    max_response_bytes: usize,
}

impl HyperTransport {
    /// A transport with a connection pool of its own. Fails only when TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(super::tls::client_config().map_err(TransportError::other)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            max_response_bytes: crate::client::DEFAULT_MAX_RESPONSE_BYTES,
        })
    }

    /// The most bytes of a response that are read, 32 MiB unless set. A larger one is an error.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpTransport for HyperTransport {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut request = http::Request::new(Full::new(req.body.unwrap_or_default()));
        *request.method_mut() = req.method;
        *request.uri_mut() = req.url.parse().map_err(TransportError::other)?;
        *request.headers_mut() = req.headers;
        let response = self.client.request(request).await.map_err(|error| {
            let kind = match (error.is_connect(), failed_in_handshake(&error)) {
                (true, true) => TransportErrorKind::Tls,
                (true, false) => TransportErrorKind::Connect,
                (false, _) => TransportErrorKind::Reset,
            };
            TransportError::new(kind, error)
        })?;
        let (head, body) = response.into_parts();
        let body = super::body::read(body, self.max_response_bytes).await?;
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}
