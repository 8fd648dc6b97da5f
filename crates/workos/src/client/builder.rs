//! [`ClientBuilder`]: the settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;

use super::base_url::BaseUrl;
use super::observer::SharedObserver;
use super::request::{CommonHeaders, bearer};
use super::retry::RetryBudget;
use super::{Client, DEFAULT_BASE_URL, Settings, TokenSettings};
use crate::transport::{
    BoxFuture, DEFAULT_MAX_RESPONSE_BYTES, HttpRequest, HttpResponse, HttpTransport, Runtime,
    SharedRuntime, SharedTransport, TransportError,
};
use crate::{Error, SecretString, Timestamp};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_MAX_RETRIES: u32 = 3;
const DEFAULT_MAX_RETRY_DELAY: Duration = Duration::from_secs(60);

/// Collects the settings of a [`Client`].
///
/// | Setting | Default |
/// |---|---|
/// | [`api_key`](Self::api_key) | none; calls that need it fail before anything is sent |
/// | [`client_id`](Self::client_id) | none |
/// | [`base_url`](Self::base_url) | `https://api.workos.com` |
/// | [`timeout`](Self::timeout) | 30 seconds for each attempt |
/// | [`total_timeout`](Self::total_timeout) | none |
/// | [`max_retries`](Self::max_retries) | 3 |
/// | [`max_retry_delay`](Self::max_retry_delay) | 60 seconds |
/// | [`max_response_bytes`](Self::max_response_bytes) | 32 MiB |
/// | `jwks_lifetime` | 10 minutes; with the feature `helpers` |
/// | [`user_agent`](Self::user_agent) | `workos-rust/<version>` |
/// | `token_cache_size` | 1,000 access tokens |
/// | [`transport`](Self::transport) | `reqwest`, or `hyper` where only that feature is on |
/// | [`observer`](Self::observer) | none |
#[doc(alias("config", "configuration", "settings"))]
#[derive(Clone, Default)]
#[must_use = "settings do nothing until `build` is called"]
pub struct ClientBuilder {
    api_key: Option<SecretString>,
    client_id: Option<String>,
    base_url: Option<String>,
    allow_insecure_http: bool,
    timeout: Option<Duration>,
    total_timeout: Option<Duration>,
    max_retries: Option<u32>,
    max_retry_delay: Option<Duration>,
    max_response_bytes: Option<usize>,
    tokens: TokenSettings,
    user_agent: Option<String>,
    transport: Option<SharedTransport>,
    runtime: Option<SharedRuntime>,
    observer: Option<SharedObserver>,
}

impl ClientBuilder {
    /// The secret key (`sk_…`) of the environment. White space around it, such as the line break at
    /// the end of a mounted file, is removed.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The client ID (`client_…`), which requests for AuthKit, SSO and key sets need.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// The base URL, `https://api.workos.com` by default; set it to use an emulator or a proxy. It
    /// may have a path, and a slash at its end makes no difference.
    #[doc(alias("host", "hostname"))]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows `http://` to hosts other than this machine. The API key then travels unencrypted.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// How long one attempt may take, from connecting to the last byte; 30 seconds by default.
    ///
    /// A GET to a server that never responds is sent four times, which takes two minutes with the
    /// defaults. If a person waits for the result, set [`total_timeout`](Self::total_timeout) as
    /// well.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long a call may take in total, with its attempts and the waits between them; unlimited
    /// by default. If the next wait would end too late, the call fails at once with its last error.
    #[doc(alias("deadline"))]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    /// How often a call is sent again after a temporary failure; 3 by default.
    ///
    /// | Failure | What is repeated |
    /// |---|---|
    /// | no connection, status 429 | every call |
    /// | timeout, lost connection, status 408, 500, 502, 503 or 504 | GET, and calls with an idempotency key |
    /// | anything else | nothing |
    ///
    /// The first wait is 100 to 200 ms, each later one twice as long, up to 5 s. A `Retry-After`
    /// that asks for more is followed, up to [`max_retry_delay`](Self::max_retry_delay). Only the
    /// refresh of a session whose response was lost is repeated at once, and once.
    ///
    /// All calls of a client share a budget of retries, so that an outage is not met with a
    /// multiple of the usual load: a hundred are free, and every call that gets a response earns
    /// half of one.
    ///
    /// A call can choose another [`RequestStrategy`](crate::RequestStrategy).
    #[doc(alias("attempts", "backoff"))]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// The longest wait before a retry; 60 seconds by default. If the server asks for a longer one
    /// (`Retry-After`), the call fails at once, and [`Error::retry_after`] has the wait it asked
    /// for.
    pub fn max_retry_delay(mut self, delay: Duration) -> Self {
        self.max_retry_delay = Some(delay);
        self
    }

    /// The largest response body that is accepted, in bytes; 32 MiB by default. A transport of your
    /// own should enforce the limit while it reads; the client can only refuse the body afterwards.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// How long the keys that verify access tokens are cached; 10 minutes by default. If new ones
    /// cannot be fetched then, the cached ones stay in use.
    #[cfg(feature = "helpers")]
    pub fn jwks_lifetime(mut self, lifetime: Duration) -> Self {
        self.tokens.jwks_lifetime = lifetime;
        self
    }

    /// The name of the application for the `User-Agent` header. The version of this crate is
    /// appended, as in `my-app/1.0 workos-rust/0.1.0`.
    #[doc(alias("app_info"))]
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sends requests with this transport instead of a bundled one.
    #[doc(alias("http_client", "middleware"))]
    pub fn transport(mut self, transport: SharedTransport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Uses these clocks and timers instead of those of the transport's
    /// [`runtime`](HttpTransport::runtime).
    pub fn runtime(mut self, runtime: SharedRuntime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Reports every attempt and every call to this observer, for metrics. See
    /// [`Observer`](crate::Observer) for an example.
    pub fn observer(mut self, observer: SharedObserver) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sends requests with the application's own [`reqwest::Client`]. See
    /// [`ReqwestTransport`](crate::transport::ReqwestTransport) for what to mind.
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(mut self, client: reqwest::Client) -> Self {
        let limit = self.max_response_bytes.unwrap_or(DEFAULT_MAX_RESPONSE_BYTES);
        let transport = crate::transport::ReqwestTransport::from(client).max_response_bytes(limit);
        self.transport = Some(Arc::new(transport));
        self
    }

    /// How many verified access tokens are cached; verifying one of them again takes no RSA
    /// operation. 1,000 by default, which is 1 to 2 MB when full; raise it for more concurrent
    /// users. 0 turns the cache off, and an odd number counts as the next even one. The least
    /// recently used tokens are evicted first.
    ///
    /// The cache holds the SHA-256 of a token and its claims, never the token. The verifier's
    /// rules, the expiry and whether the key is still published are checked every time.
    #[cfg(feature = "helpers")]
    pub fn token_cache_size(mut self, tokens: usize) -> Self {
        self.tokens.cache_size = tokens;
        self
    }

    /// Reads settings that have not been set from the environment variables `WORKOS_API_KEY`,
    /// `WORKOS_CLIENT_ID` and `WORKOS_BASE_URL`. Empty variables count as not set. Instead of the
    /// base URL, `WORKOS_API_HOSTNAME`, `WORKOS_API_PORT` and `WORKOS_API_HTTPS` (`false` for plain
    /// HTTP) are read as well, as in the other AuthKit SDKs.
    #[allow(clippy::wrong_self_convention)] // "from" the environment, not from `self`
    pub fn from_env(self) -> Self {
        self.from_variables(|name| std::env::var(name).ok())
    }

    #[allow(clippy::wrong_self_convention)]
    fn from_variables(mut self, read: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| read(name).filter(|value| !value.trim().is_empty());
        self.api_key = self.api_key.or_else(|| read("WORKOS_API_KEY").map(SecretString::from));
        self.client_id = self.client_id.or_else(|| read("WORKOS_CLIENT_ID"));
        let address = || read("WORKOS_BASE_URL").or_else(|| api_address(read));
        self.base_url = self.base_url.or_else(address);
        self
    }

    /// Builds the client.
    ///
    /// It never panics: if a setting is invalid (an API key with a control character, a malformed
    /// base URL), every call of the client fails with [`Error::Builder`] and nothing is sent.
    /// [`try_build`](Self::try_build) reports it at once.
    pub fn build(self) -> Client {
        let (settings, problem) = self.settings();
        Client { settings: Arc::new(Settings { invalid: problem.map(reason), ..settings }) }
    }

    /// Builds the client, or reports an invalid setting.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`], which names the setting.
    pub fn try_build(self) -> Result<Client, Error> {
        match self.settings() {
            (settings, None) => Ok(Client { settings: Arc::new(settings) }),
            (_, Some(problem)) => Err(problem),
        }
    }

    /// The settings, with something harmless in place of each invalid one, and the first problem.
    fn settings(self) -> (Settings, Option<Error>) {
        let mut problem = None;
        let mut note = |error: Error| {
            problem.get_or_insert(error);
        };
        let base_url = self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let base_url = BaseUrl::parse("base_url", base_url, self.allow_insecure_http)
            .unwrap_or_else(|error| {
                note(error);
                BaseUrl::default()
            });
        let api_key = self.api_key.map(trimmed);
        let authorization =
            api_key.as_ref().and_then(|key| authorization(key).map_err(&mut note).ok());
        let user_agent = user_agent(self.user_agent.as_deref()).unwrap_or_else(|error| {
            note(error);
            HeaderValue::from_static(PRODUCT)
        });
        let max_response_bytes = self.max_response_bytes.unwrap_or(DEFAULT_MAX_RESPONSE_BYTES);
        let transport = match self.transport {
            Some(transport) => transport,
            None if !HAS_TLS && base_url.is_https() => {
                note(Error::builder(
                    "base_url: https:// needs TLS; turn on the feature `rustls-tls` or \
                     `native-tls`, or set a transport with ClientBuilder::transport",
                ));
                Arc::new(NoTransport)
            }
            None => default_transport(max_response_bytes).unwrap_or_else(|error| {
                note(error);
                Arc::new(NoTransport)
            }),
        };
        let runtime = self.runtime.unwrap_or_else(|| transport.runtime());
        let settings = Settings {
            invalid: None,
            base_url,
            allow_insecure_http: self.allow_insecure_http,
            api_key,
            headers: CommonHeaders::new(user_agent, authorization),
            client_id: self.client_id.map(|id| id.trim().to_owned()),
            timeout: self.timeout.unwrap_or(DEFAULT_TIMEOUT),
            total_timeout: self.total_timeout,
            max_retries: self.max_retries.unwrap_or(DEFAULT_MAX_RETRIES),
            max_retry_delay: self.max_retry_delay.unwrap_or(DEFAULT_MAX_RETRY_DELAY),
            max_response_bytes,
            transport,
            runtime,
            observer: self.observer,
            budget: Arc::new(RetryBudget::new()),
            tokens: self.tokens,
            slot: Arc::default(),
        };
        (settings, problem)
    }
}

#[cfg(feature = "helpers")]
impl Client {
    /// A client for an AuthKit domain, such as `acme.authkit.app`, or its URL. See
    /// [`without_key_at`](Self::without_key_at).
    pub(crate) fn at_authkit_domain(&self, domain: &str) -> Self {
        let scheme = if domain.contains("://") { "" } else { "https://" };
        self.without_key_at("authkit_domain", &format!("{scheme}{domain}"))
    }

    /// A client for another server, with the same transport and limits but without the API key.
    /// `setting` names the address in the error for an invalid one.
    pub(crate) fn without_key_at(&self, setting: &str, url: &str) -> Self {
        let own = self.settings();
        let base_url = BaseUrl::parse(setting, url, own.allow_insecure_http);
        let (base_url, problem) = match base_url {
            Ok(base_url) => (base_url, None),
            Err(error) => (BaseUrl::default(), Some(reason(error))),
        };
        let settings = Settings {
            invalid: own.invalid.clone().or(problem),
            base_url,
            api_key: None,
            headers: own.headers.without_authorization(),
            client_id: None,
            budget: Arc::new(RetryBudget::new()),
            tokens: TokenSettings { cache_size: 0, ..own.tokens },
            slot: Arc::default(),
            ..own.clone()
        };
        Self { settings: Arc::new(settings) }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key)
            .field("client_id", &self.client_id)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .finish_non_exhaustive()
    }
}

/// The message of every call after an invalid setting.
fn reason(problem: Error) -> String {
    match problem {
        Error::Builder(message) => message,
        error => error.to_string(),
    }
}

const PRODUCT: &str = concat!("workos-rust/", env!("CARGO_PKG_VERSION"));

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    match product.map(str::trim) {
        None | Some("") => Ok(HeaderValue::from_static(PRODUCT)),
        Some(product) => HeaderValue::try_from(format!("{product} {PRODUCT}"))
            .map_err(|_| Error::builder("user_agent: only visible ASCII characters can be sent")),
    }
}

/// The base URL that the variables of the other AuthKit SDKs stand for.
fn api_address(read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let host = read("WORKOS_API_HOSTNAME")?;
    let is_plain = read("WORKOS_API_HTTPS").is_some_and(|https| https.trim() == "false");
    let scheme = if is_plain { "http" } else { "https" };
    let port = read("WORKOS_API_PORT").map(|port| format!(":{}", port.trim()));
    Some(format!("{scheme}://{}{}", host.trim(), port.unwrap_or_default()))
}

/// Copies the key only if there is something to remove.
fn trimmed(key: SecretString) -> SecretString {
    let text = key.expose();
    if text.trim().len() == text.len() { key } else { SecretString::from(text.trim()) }
}

fn authorization(key: &SecretString) -> Result<HeaderValue, Error> {
    if key.is_empty() {
        return Err(Error::builder("api_key: must not be empty; expected a key such as sk_live_…"));
    }
    bearer(key.expose())
        .map_err(|_| Error::builder("api_key: only visible ASCII characters can be sent"))
}

/// Whether the bundled transports support `https`. Without any transport, another error says more.
const HAS_TLS: bool = cfg!(any(feature = "rustls-tls", feature = "native-tls"))
    || !cfg!(any(feature = "reqwest", feature = "hyper"));

#[cfg(feature = "reqwest")]
fn default_transport(limit: usize) -> Result<SharedTransport, Error> {
    let transport = crate::transport::ReqwestTransport::new().map_err(tls_failed)?;
    Ok(Arc::new(transport.max_response_bytes(limit)))
}

#[cfg(all(feature = "hyper", not(feature = "reqwest")))]
fn default_transport(limit: usize) -> Result<SharedTransport, Error> {
    let transport = crate::transport::HyperTransport::new().map_err(tls_failed)?;
    Ok(Arc::new(transport.max_response_bytes(limit)))
}

#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
fn default_transport(_: usize) -> Result<SharedTransport, Error> {
    Err(Error::builder(
        "there is no transport: turn on the feature `reqwest` or `hyper`, or set one with \
         ClientBuilder::transport",
    ))
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
fn tls_failed(error: TransportError) -> Error {
    Error::builder(format!("the bundled transport could not be built: {error}"))
}

/// A placeholder for a missing transport. Calls fail before they use it.
struct NoTransport;

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl HttpTransport for NoTransport {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::other("there is no transport"))
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(NoTransport)
    }
}

impl Runtime for NoTransport {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline() -> ClientBuilder {
        Client::builder().transport(Arc::new(NoTransport))
    }

    fn refused(builder: ClientBuilder) -> String {
        let problem = builder.clone().try_build().unwrap_err();
        assert!(matches!(problem, Error::Builder(_)));
        // `build` gives a client that says the same on every call.
        let call = builder.build().organizations().get_organization("org_1").request();
        assert_eq!(call.unwrap_err().to_string(), problem.to_string());
        problem.to_string()
    }

    #[test]
    fn invalid_settings_are_named_and_nothing_panics() {
        let key = || offline().api_key("sk_1");
        assert!(refused(offline().api_key("sk\n1")).contains("api_key"));
        assert!(refused(offline().api_key(" ")).contains("api_key: must not be empty"));
        assert!(refused(key().base_url("nonsense")).contains("base_url"));
        assert!(refused(key().base_url("http://api.workos.com")).contains("allow_insecure_http"));
        assert!(refused(key().user_agent("a\nb")).contains("user_agent"));
    }

    #[test]
    fn a_client_without_a_key_says_how_to_set_one() {
        let error = offline().build().organizations().get_organization("org_1").request();
        assert!(error.unwrap_err().to_string().contains("WORKOS_API_KEY"));
    }

    #[test]
    fn the_line_break_of_a_mounted_key_file_is_dropped() {
        let client = offline().api_key("sk_1\n").try_build().unwrap();
        assert_eq!(client.api_key().unwrap().expose(), "sk_1");
        assert_eq!(client.settings().headers.plain["authorization"], "Bearer sk_1");
    }

    #[test]
    fn the_environment_fills_in_what_was_not_set() {
        let variables = |name: &str| match name {
            "WORKOS_API_KEY" => Some("sk_env".to_owned()),
            "WORKOS_CLIENT_ID" => Some("client_env".to_owned()),
            "WORKOS_BASE_URL" => Some(" ".to_owned()),
            _ => None,
        };
        let client = offline().api_key("sk_set").from_variables(variables).build();
        assert_eq!(client.api_key().unwrap().expose(), "sk_set");
        assert_eq!(client.client_id(), Some("client_env"));
        assert_eq!(client.base_url(), DEFAULT_BASE_URL);
    }

    #[test]
    fn the_variables_of_the_other_authkit_sdks_name_the_address() {
        let base_url = |variables: &'static [(&str, &str)]| {
            let client = offline().from_variables(|name| {
                variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            });
            client.build().base_url().to_owned()
        };
        let host = ("WORKOS_API_HOSTNAME", "localhost");
        let local = [host, ("WORKOS_API_PORT", "4100"), ("WORKOS_API_HTTPS", "false")];
        let (local, host) = (Vec::leak(local.to_vec()), Vec::leak(vec![host]));
        assert_eq!(base_url(local), "http://localhost:4100");
        assert_eq!(base_url(host), "https://localhost");
        assert_eq!(base_url(&[("WORKOS_API_PORT", "4100")]), DEFAULT_BASE_URL);
    }

    #[test]
    fn the_application_comes_before_the_library_in_the_user_agent() {
        let own = offline().user_agent("my-app/1.0").build();
        assert_eq!(own.settings().headers.plain["user-agent"], format!("my-app/1.0 {PRODUCT}"));
        assert_eq!(offline().build().settings().headers.plain["user-agent"], PRODUCT);
    }

    #[cfg(feature = "helpers")]
    #[test]
    fn a_copy_for_another_server_has_the_settings_but_neither_the_key_nor_what_was_remembered() {
        let seconds = Duration::from_secs;
        let client = offline()
            .api_key("sk_1")
            .client_id("client_1")
            .timeout(seconds(5))
            .total_timeout(seconds(9))
            .max_retries(1)
            .max_retry_delay(seconds(2))
            .max_response_bytes(1000)
            .jwks_lifetime(seconds(7))
            .token_cache_size(7)
            .build();
        let copy = client.without_key_at("authkit_domain", "https://acme.authkit.app/");
        assert_eq!(
            format!("{copy:?}"),
            "Client { base_url: \"https://acme.authkit.app\", client_id: None, api_key: None, \
             timeout: 5s, total_timeout: Some(9s), max_retries: 1, .. }"
        );
        let (own, copied) = (client.settings(), copy.settings());
        assert_eq!((copied.max_retry_delay, copied.max_response_bytes), (seconds(2), 1000));
        assert_eq!((copied.tokens.jwks_lifetime, copied.tokens.cache_size), (seconds(7), 0));
        assert!(Arc::ptr_eq(&own.transport, &copied.transport));
        assert!(Arc::ptr_eq(&own.runtime, &copied.runtime));
        assert!(!Arc::ptr_eq(&own.budget, &copied.budget));
        assert!(!Arc::ptr_eq(&own.slot, &copied.slot));
        for headers in [&copied.headers.plain, &copied.headers.with_body] {
            assert_eq!(headers.get("authorization"), None);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let builder = offline().api_key("sk_live_secret");
        let client = builder.clone().build();
        let shown = format!("{builder:?} {client:?} {client:#?}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[cfg(all(
        feature = "reqwest",
        not(any(feature = "hyper", feature = "rustls-tls", feature = "native-tls"))
    ))]
    #[test]
    fn without_tls_the_error_says_what_to_turn_on() {
        assert!(refused(Client::builder().api_key("sk_1")).contains("feature `rustls-tls`"));
        assert!(Client::builder().base_url("http://localhost:4100").try_build().is_ok());
    }

    #[cfg(not(any(feature = "reqwest", feature = "hyper")))]
    #[test]
    fn without_a_transport_the_error_says_what_to_turn_on() {
        assert!(refused(Client::builder().api_key("sk_1")).contains("feature `reqwest`"));
    }
}
