//! The default transport: `reqwest`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::failure::{Failure, peer};
use super::tls::failed_in_handshake;
use super::tokio_guard::guarded;
use super::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, TokioRuntime, TransportError,
    TransportErrorKind, framed, is_loopback,
};

/// Sends requests with a [`reqwest::Client`], on tokio.
///
/// It takes its proxies from the environment and the system, as reqwest does; requests to this
/// machine, such as to an emulator, never go to a proxy.
///
/// For certificates of a company's own see [`with_tls`](Self::with_tls). For anything else that
/// reqwest can be set up with, start from [`client_builder`](Self::client_builder):
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
    /// For this machine: without proxies. `None` for a client of the application, which has
    /// decided about its proxies.
    direct: Option<reqwest::Client>,
    /// The proxies that `client` takes from its surroundings, to name them in errors.
    proxies: Option<Arc<Matcher>>,
    max_response_bytes: usize,
}

impl ReqwestTransport {
    /// A transport with a connection pool of its own.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        #[cfg(feature = "rustls-tls")]
        let settings = || with_tls(super::Tls::new());
        #[cfg(not(feature = "rustls-tls"))]
        let settings = || Ok(common_settings());
        Self::from_settings(settings()?, settings()?)
    }

    /// As [`new`](Self::new), with other certificates than Mozilla's roots, or a client certificate.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up so.
    #[cfg(feature = "rustls-tls")]
    pub fn with_tls(tls: super::Tls) -> Result<Self, TransportError> {
        let config = tls.config()?;
        let settings = || common_settings().tls_backend_preconfigured(config.clone());
        Self::from_settings(settings(), settings())
    }

    fn from_settings(
        settings: reqwest::ClientBuilder,
        direct: reqwest::ClientBuilder,
    ) -> Result<Self, TransportError> {
        let client = settings.build().map_err(TransportError::other)?;
        let direct = direct.no_proxy().build().map_err(TransportError::other)?;
        Ok(Self {
            direct: Some(direct),
            proxies: Some(Arc::new(Matcher::from_system())),
            ..client.into()
        })
    }

    /// Settings to add to: no redirects, and no retries of reqwest's own. What is added takes
    /// effect, also about TLS: `add_root_certificate`, `identity` and the like.
    ///
    /// TLS is reqwest's own here, with the root certificates of the system (or of
    /// `SSL_CERT_FILE`), not Mozilla's. With the feature `rustls-tls`, and unless the program has
    /// installed a default [provider](rustls::crypto::CryptoProvider) for rustls, this installs
    /// `ring`: reqwest requires one. A program that installs another has to do so before.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn client_builder() -> Result<reqwest::ClientBuilder, TransportError> {
        #[cfg(feature = "rustls-tls")]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // When another thread was faster, there is one, too.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Ok(common_settings())
    }

    /// The most bytes of a response that are read, 32 MiB unless set. A larger one is an error.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }

    async fn send(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let target: Uri = req.url.parse().map_err(TransportError::other)?;
        let direct =
            self.direct.as_ref().filter(|_| is_loopback(target.host().unwrap_or_default()));
        let url = reqwest::Url::parse(&req.url).map_err(TransportError::other)?;
        let (method, headers, body) = framed(req);
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        let client = direct.unwrap_or(&self.client);
        let response = client.execute(request).await.map_err(|error| {
            let proxies = self.proxies.as_ref().filter(|_| direct.is_none());
            let proxy = proxies.and_then(|proxies| proxies.intercept(&target));
            classify(error, &target, proxy.as_ref().map(|proxy| proxy.uri()))
        })?;
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body = super::body::read(head.status, body, self.max_response_bytes).await?;
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }
}

fn common_settings() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

#[cfg(feature = "rustls-tls")]
fn with_tls(tls: super::Tls) -> Result<reqwest::ClientBuilder, TransportError> {
    Ok(common_settings().tls_backend_preconfigured(tls.config()?))
}

impl From<reqwest::Client> for ReqwestTransport {
    fn from(client: reqwest::Client) -> Self {
        let max_response_bytes = crate::client::DEFAULT_MAX_RESPONSE_BYTES;
        Self { client, direct: None, proxies: None, max_response_bytes }
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
        guarded(self.send(req)).await
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}

fn classify(error: reqwest::Error, target: &Uri, proxy: Option<&Uri>) -> TransportError {
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
    } else if super::was_not_sent(&error) {
        TransportErrorKind::Connect
    } else if error.is_request() || error.is_body() || error.is_decode() {
        TransportErrorKind::Reset
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, Failure::new(peer(target, proxy), error))
}
