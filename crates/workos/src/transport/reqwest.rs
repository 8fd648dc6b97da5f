//! The default transport: `reqwest`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::tls::failed_in_handshake;
use super::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, TokioRuntime, TransportError,
    TransportErrorKind,
};

/// Sends requests with a [`reqwest::Client`], on tokio.
///
/// For a proxy, certificates of one's own and the like, start from
/// [`client_builder`](Self::client_builder):
///
/// ```
/// use workos::transport::ReqwestTransport;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let proxy = reqwest::Proxy::all("http://proxy.internal:3128")?;
/// let http = ReqwestTransport::client_builder()?.proxy(proxy).build()?;
/// let client = workos::Client::builder().api_key("sk_test_1").reqwest_client(http).build();
/// # Ok(()) }
/// ```
///
/// A client that the application has already can be used as well, with its pool. It should follow
/// no redirects: with reqwest's default policy, one would take the body, passwords included,
/// wherever the server says.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_response_bytes: usize,
}

impl ReqwestTransport {
    /// A transport with a connection pool of its own.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        Ok(Self::client_builder()?.build().map_err(TransportError::other)?.into())
    }

    /// The settings that [`new`](Self::new) uses, to add to: no redirects, no retries of reqwest's
    /// own, and with the feature `rustls-tls` rustls with `ring` and Mozilla's roots.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn client_builder() -> Result<reqwest::ClientBuilder, TransportError> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        #[cfg(feature = "rustls-tls")]
        let builder = builder
            .tls_backend_preconfigured(super::tls::client_config().map_err(TransportError::other)?);
        Ok(builder)
    }

    /// The most bytes of a response that are read, 32 MiB unless set. A larger one is an error.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }
}

impl From<reqwest::Client> for ReqwestTransport {
    fn from(client: reqwest::Client) -> Self {
        Self { client, max_response_bytes: crate::client::DEFAULT_MAX_RESPONSE_BYTES }
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let url = reqwest::Url::parse(&req.url).map_err(TransportError::other)?;
        let mut request = reqwest::Request::new(req.method, url);
        *request.headers_mut() = req.headers;
        *request.body_mut() = req.body.map(Into::into);
        let response = self.client.execute(request).await.map_err(classify)?;
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body = super::body::read(body, self.max_response_bytes).await?;
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}

fn classify(error: reqwest::Error) -> TransportError {
    // The URL may hold a token, and the client's error names the operation anyway.
    let error = error.without_url();
    let kind = if error.is_connect() {
        if failed_in_handshake(&error) {
            TransportErrorKind::Tls
        } else {
            TransportErrorKind::Connect
        }
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_request() || error.is_body() || error.is_decode() {
        TransportErrorKind::Reset
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, error)
}
