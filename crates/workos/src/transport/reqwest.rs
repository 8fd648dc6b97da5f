//! The default transport: `reqwest`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::failure::{Failure, peer};
use super::pools::Pools;
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
    clients: Clients,
    max_response_bytes: usize,
}

#[derive(Clone)]
enum Clients {
    /// The application's, which has decided about its proxies and its pool.
    Given(reqwest::Client),
    Own {
        pools: Arc<Pools<Pair>>,
        /// The proxies that the clients take from their surroundings, to name them in errors.
        proxies: Arc<Matcher>,
    },
    /// There is none: TLS could not be set up, for this reason.
    Failed(Arc<TransportError>),
}

/// A client for this machine, without proxies, and one for all others: reqwest has no setting that
/// leaves this machine out.
#[derive(Clone)]
struct Pair {
    local: reqwest::Client,
    remote: reqwest::Client,
}

impl ReqwestTransport {
    /// A transport with a connection pool of its own for each tokio runtime that it is used on.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        Self::from_settings(default_settings()?)
    }

    /// As [`new`](Self::new), with a timeout for one attempt. The client's own
    /// [`timeout`](crate::ClientBuilder::timeout) applies as well, so the shorter one counts.
    ///
    /// When TLS cannot be set up, every request fails for that reason.
    pub fn with_timeout(timeout: Duration) -> Self {
        Self::or_failed(
            default_settings()
                .and_then(|settings| Self::from_settings(move || settings().timeout(timeout))),
        )
    }

    /// Uses the application's client with its connection pool. See [above](Self) for its redirects.
    pub fn from_client(client: reqwest::Client) -> Self {
        Clients::Given(client).into()
    }

    /// As [`new`](Self::new), with other certificates than Mozilla's roots, or a client
    /// certificate.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up so.
    #[cfg(feature = "rustls-tls")]
    pub fn with_tls(tls: super::Tls) -> Result<Self, TransportError> {
        Self::from_settings(tls_settings(tls)?)
    }

    fn from_settings(
        settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, TransportError> {
        let pools = Pools::new(move || {
            let local = settings().no_proxy().build().map_err(TransportError::other)?;
            let remote = settings().build().map_err(TransportError::other)?;
            Ok(Pair { local, remote })
        })?;
        let proxies = Arc::new(Matcher::from_system());
        Ok(Clients::Own { pools, proxies }.into())
    }

    /// Keeps a failure for the first request, where a constructor cannot return it.
    fn or_failed(made: Result<Self, TransportError>) -> Self {
        made.unwrap_or_else(|error| Clients::Failed(Arc::new(error)).into())
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
        let client = self.clients.for_host(target.host().unwrap_or_default())?;
        let url = reqwest::Url::parse(&req.url).map_err(TransportError::other)?;
        let (method, headers, body) = framed(req);
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        let response = client
            .execute(request)
            .await
            .map_err(|error| classify(error, &target, self.clients.proxy(&target)))?;
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body = super::body::read(head.status, body, self.max_response_bytes).await?;
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }
}

#[cfg(feature = "rustls-tls")]
fn default_settings() -> Result<impl Fn() -> reqwest::ClientBuilder, TransportError> {
    tls_settings(super::Tls::new())
}

#[cfg(not(feature = "rustls-tls"))]
fn default_settings() -> Result<impl Fn() -> reqwest::ClientBuilder, TransportError> {
    Ok(common_settings)
}

#[cfg(feature = "rustls-tls")]
fn tls_settings(tls: super::Tls) -> Result<impl Fn() -> reqwest::ClientBuilder, TransportError> {
    let config = tls.config()?;
    Ok(move || common_settings().tls_backend_preconfigured(config.clone()))
}

fn common_settings() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

impl Clients {
    fn for_host(&self, host: &str) -> Result<reqwest::Client, TransportError> {
        match self {
            Self::Given(client) => Ok(client.clone()),
            Self::Failed(error) => Err(TransportError::new(error.kind, error.source.to_string())),
            Self::Own { pools, .. } => {
                let Pair { local, remote } = pools.current()?;
                Ok(if is_loopback(host) { local } else { remote })
            }
        }
    }

    /// The proxy on the way to `target`, as far as that is known.
    fn proxy(&self, target: &Uri) -> Option<Intercept> {
        match self {
            Self::Own { proxies, .. } if !is_loopback(target.host().unwrap_or_default()) => {
                proxies.intercept(target)
            }
            _ => None,
        }
    }
}

impl From<Clients> for ReqwestTransport {
    fn from(clients: Clients) -> Self {
        Self { clients, max_response_bytes: super::DEFAULT_MAX_RESPONSE_BYTES }
    }
}

impl From<reqwest::Client> for ReqwestTransport {
    fn from(client: reqwest::Client) -> Self {
        Self::from_client(client)
    }
}

impl Default for ReqwestTransport {
    /// As [`new`](Self::new). When TLS cannot be set up, every request fails for that reason.
    fn default() -> Self {
        Self::or_failed(Self::new())
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

fn classify(error: reqwest::Error, target: &Uri, proxy: Option<Intercept>) -> TransportError {
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
    TransportError::new(kind, Failure::new(peer(target, proxy.as_ref().map(Intercept::uri)), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failure_to_set_up_tls_is_kept_for_every_request() {
        let transport = ReqwestTransport::or_failed(Err(TransportError::new(
            TransportErrorKind::Tls,
            "no provider",
        )));
        let client = crate::Client::builder().api_key("sk_1").transport(Arc::new(transport));
        let client = client.max_retries(3).build();
        for _ in 0..2 {
            let call = client.request::<()>(http::Method::GET, "/organizations");
            let crate::Error::Network(error) = call.await.unwrap_err() else { panic!() };
            assert_eq!((error.kind, error.attempts), (TransportErrorKind::Tls, 1));
            assert_eq!(error.transport.to_string(), "TLS handshake failed: no provider");
        }
    }
}
