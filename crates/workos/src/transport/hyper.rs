//! The lighter transport: `hyper` with `hyper-util`'s connection pool.

mod connect;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Uri, header};
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;

use self::connect::{Proxied, connector};
use super::failure::{Failure, peer};
use super::pools::Pools;
use super::tls::failed_in_handshake;
use super::tokio_guard::guarded;
use super::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, Tls, TokioRuntime, TransportError,
    TransportErrorKind, framed, is_loopback,
};

/// Sends requests with hyper over HTTP/1.1, on tokio, with rustls.
///
/// It builds faster and does less per request than [`ReqwestTransport`](super::ReqwestTransport),
/// which also supports HTTP/2 and SOCKS proxies. Proxies come from the environment (`HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) and the system; requests to this machine never go to one.
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
    pools: Arc<Pools<Client<HttpsConnector<Proxied>, Full<Bytes>>>>,
    proxies: Proxies,
    max_response_bytes: usize,
}

impl HyperTransport {
    /// A transport with its own connection pool. Fails only if TLS cannot be configured.
    pub fn new() -> Result<Self, TransportError> {
        Self::builder().build()
    }

    /// A transport with other certificates or proxies.
    ///
    /// ```no_run
    /// use workos::transport::{HyperTransport, Tls};
    ///
    /// # fn run(company_ca: &[u8]) -> Result<HyperTransport, workos::transport::TransportError> {
    /// HyperTransport::builder()
    ///     .tls(Tls::new().root_certificates_pem(company_ca)?)
    ///     .proxy("http://proxy.internal:3128")
    ///     .build()
    /// # }
    /// ```
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder::default()
    }

    /// The largest response body that is read, in bytes; 32 MiB by default. A larger one is an
    /// error.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }

    async fn send(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let target: Uri = req.url.parse().map_err(TransportError::other)?;
        let (method, headers, body) = framed(req);
        let mut request = http::Request::new(Full::new(body.unwrap_or_default()));
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        let proxy = self.proxies.of(&target);
        if let Some(proxy) = proxy.as_ref().filter(|_| target.scheme_str() == Some("http"))
            && let Some(credentials) = proxy.basic_auth()
        {
            // For https, the request for a tunnel has them instead.
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, credentials.clone());
        }
        *request.uri_mut() = target.clone();
        let response = self.pools.current()?.request(request).await.map_err(|error| {
            let kind = match (error.is_connect(), failed_in_handshake(&error)) {
                (true, true) => TransportErrorKind::Tls,
                (true, false) => TransportErrorKind::Connect,
                (false, _) if super::was_not_sent(&error) => TransportErrorKind::Connect,
                (false, _) => TransportErrorKind::Reset,
            };
            let peer = peer(&target, proxy.as_ref().map(|proxy| proxy.uri()));
            TransportError::new(kind, Failure::new(peer, error))
        })?;
        let (head, body) = response.into_parts();
        let body = super::body::read(head.status, body, self.max_response_bytes).await?;
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }
}

/// Which requests go to which proxy.
#[derive(Clone)]
struct Proxies(Arc<Matcher>);

impl Proxies {
    fn of(&self, target: &Uri) -> Option<hyper_util::client::proxy::matcher::Intercept> {
        let is_local = is_loopback(target.host().unwrap_or_default());
        self.0.intercept(target).filter(|_| !is_local)
    }
}

/// Collects the settings of a [`HyperTransport`].
#[derive(Debug, Default)]
#[must_use = "settings do nothing until `build` is called"]
pub struct HyperTransportBuilder {
    tls: Option<Tls>,
    proxy: Option<Proxy>,
}

/// Its URL may hold a password.
enum Proxy {
    None,
    Url(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::None) { "None" } else { "<redacted>" })
    }
}

impl HyperTransportBuilder {
    /// The trusted root certificates and a client certificate; by default Mozilla's roots and no
    /// client certificate.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sends all requests, except those to this machine, to this proxy, such as
    /// `http://user:password@proxy.internal:3128`, whatever the environment says.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(Proxy::Url(url.into()));
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Some(Proxy::None);
        self
    }

    /// Builds the transport.
    ///
    /// # Errors
    ///
    /// If TLS cannot be configured like that, or the URL of the proxy is invalid.
    pub fn build(self) -> Result<HyperTransport, TransportError> {
        let matcher = match self.proxy {
            None => Matcher::from_system(),
            Some(Proxy::None) => Matcher::builder().build(),
            Some(Proxy::Url(url)) => {
                let matcher = Matcher::builder().all(url).build();
                let probe = Uri::from_static("https://api.workos.com");
                let proxy = matcher.intercept(&probe);
                let is_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
                if !proxy.is_some_and(|proxy| is_http(proxy.uri())) {
                    return Err(TransportError::other(
                        "proxy: expected a URL such as http://proxy.internal:3128",
                    ));
                }
                matcher
            }
        };
        let proxies = Proxies(Arc::new(matcher));
        let tls = self.tls.unwrap_or_default().config()?;
        let for_connections = proxies.clone();
        let pools = Pools::new(move || {
            let connector = connector(tls.clone(), for_connections.clone());
            Ok(Client::builder(TokioExecutor::new()).build(connector))
        })?;
        Ok(HyperTransport { pools, proxies, max_response_bytes: super::DEFAULT_MAX_RESPONSE_BYTES })
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
        guarded(self.send(req)).await
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}
