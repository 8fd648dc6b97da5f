//! [`Client`]: the settings and the connection that all calls share.

mod base_url;
mod builder;
mod call;
pub(crate) mod draft;
pub mod observer;
mod options;
pub(crate) mod path;
pub(crate) mod request;
pub(crate) mod retry;
mod send;
mod slot;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

pub use self::builder::ClientBuilder;
pub use self::call::{Call, CallWithResponse, RateLimit, Response};
#[cfg(feature = "helpers")]
pub use self::observer::ConsumedEvents;
pub use self::observer::{AttemptEvent, CallEvent, CallOutcome, Observer, SharedObserver};
pub use self::options::{RequestOptions, RequestStrategy};
pub use self::path::path_segment;
pub use crate::operation::Operation;

#[cfg(feature = "contract")]
pub(crate) use self::send::is_unit;

use self::base_url::BaseUrl;
use self::path::check_custom_path;
use self::request::{CommonHeaders, Request};
use self::retry::RetryBudget;
use self::slot::Slot;
use crate::transport::{SharedRuntime, SharedTransport};
use crate::{Error, SecretString, Timestamp};

/// The base URL of a client, unless [`ClientBuilder::base_url`] sets another.
pub const DEFAULT_BASE_URL: &str = "https://api.workos.com";

/// A client of the WorkOS API.
///
/// Make one per environment and clone it wherever it is needed: clones are cheap and share the
/// connections, the retry budget and the settings.
///
/// ```
/// # async fn run() -> Result<(), workos::Error> {
/// let client = workos::Client::builder()
///     .api_key("sk_test_a2V5")
///     .client_id("client_01")
///     .build();
/// let page = client.organizations().list_organizations(Default::default()).await?;
/// # Ok(()) }
/// ```
#[doc(alias("sdk", "workos"))]
#[derive(Clone)]
pub struct Client {
    settings: Arc<Settings>,
}

/// The settings of a client, as the builder has checked them.
#[derive(Clone)]
#[cfg_attr(not(feature = "helpers"), allow(dead_code))] // some of it is for helpers only
pub(crate) struct Settings {
    /// Why every call fails, if [`ClientBuilder::build`] was given an invalid setting.
    pub(crate) invalid: Option<String>,
    pub(crate) base_url: BaseUrl,
    pub(crate) allow_insecure_http: bool,
    pub(crate) api_key: Option<SecretString>,
    /// The headers of every request: user agent, accepted type, API key.
    pub(crate) headers: CommonHeaders,
    pub(crate) client_id: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) total_timeout: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) max_retry_delay: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) transport: SharedTransport,
    pub(crate) runtime: SharedRuntime,
    pub(crate) observer: Option<SharedObserver>,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) tokens: TokenSettings,
    /// What the helpers keep with the client.
    pub(crate) slot: Arc<Slot>,
}

/// How access tokens are verified.
#[derive(Clone)]
#[cfg_attr(not(feature = "helpers"), allow(dead_code))]
pub(crate) struct TokenSettings {
    /// See `ClientBuilder::jwks_lifetime`.
    pub(crate) jwks_lifetime: Duration,
    /// See `ClientBuilder::token_cache_size`.
    pub(crate) cache_size: usize,
}

impl Default for TokenSettings {
    fn default() -> Self {
        // A cached token takes 1 to 2 KB, so a thousand fit a small process.
        Self { jwks_lifetime: Duration::from_secs(10 * 60), cache_size: 1000 }
    }
}

impl Client {
    /// A client with this API key and default settings. See [`ClientBuilder::build`] for what
    /// happens if the key is invalid.
    pub fn new(api_key: impl Into<SecretString>) -> Self {
        Self::builder().api_key(api_key).build()
    }

    /// Starts to build a client, for settings other than the default ones.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client configured by environment variables; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] if `WORKOS_API_KEY` is not set, or a variable is invalid.
    pub fn from_env() -> Result<Self, Error> {
        let client = Self::builder().from_env().try_build()?;
        if client.settings.api_key.is_none() {
            return Err(Error::builder("the environment variable WORKOS_API_KEY is not set"));
        }
        Ok(client)
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.settings.base_url.as_str()
    }

    /// The client ID, if one was set.
    pub fn client_id(&self) -> Option<&str> {
        self.settings.client_id.as_deref()
    }

    /// The client ID, for requests that require one.
    pub(crate) fn required_client_id(&self) -> Result<&str, Error> {
        self.client_id().filter(|id| !id.is_empty()).ok_or_else(|| {
            Error::builder(
                "client_id: there is none; set it with ClientBuilder::client_id or in the \
                 environment variable WORKOS_CLIENT_ID",
            )
        })
    }

    /// The API key, for requests that require it as `client_secret`.
    pub(crate) fn required_client_secret(&self) -> Result<&SecretString, Error> {
        self.api_key().ok_or_else(|| {
            Error::builder(
                "client_secret: it is the API key, and there is none; set it with \
                 ClientBuilder::api_key or in the environment variable WORKOS_API_KEY",
            )
        })
    }

    /// The API key, if one was set.
    pub fn api_key(&self) -> Option<&SecretString> {
        self.settings.api_key.as_ref()
    }

    /// The transport, for sending other requests over the same connections.
    pub fn transport(&self) -> SharedTransport {
        self.settings.transport.clone()
    }

    /// A call to an endpoint for which this crate has no method yet, with the same
    /// authentication, retries, limits and errors.
    ///
    /// `path` is sent as it is; encode values in it with [`path_segment`]. The response is decoded
    /// into any type that implements `Deserialize`, such as `serde_json::Value`; `()` ignores it.
    ///
    /// ```
    /// use http::Method;
    /// use serde_json::{Value, json};
    ///
    /// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
    /// let created: Value =
    ///     client.request(Method::POST, "/widgets").json(&json!({"color": "red"})).await?;
    /// let path = format!("/widgets/{}", workos::path_segment("a/b"));
    /// let page: workos::Page<Value> =
    ///     client.request(Method::GET, &path).query(&[("limit", "5")]).await?;
    /// # Ok(()) }
    /// ```
    #[doc(alias("raw", "rest", "endpoint"))]
    pub fn request<T>(&self, method: Method, path: &str) -> Call<T> {
        let request = check_custom_path(path).map(|()| {
            Request::new(self, &Operation::CUSTOM, method, format_args!("{path}")).pageable()
        });
        Call::new(self.clone(), request)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.settings.runtime.now()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("client_id", &self.client_id())
            .field("api_key", &self.api_key())
            .field("timeout", &self.settings.timeout)
            .field("total_timeout", &self.settings.total_timeout)
            .field("max_retries", &self.settings.max_retries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_shows_its_settings_and_not_its_key() {
        let client = Client::builder()
            .api_key("sk_test_1")
            .client_id("client_1")
            .timeout(Duration::from_secs(5))
            .max_retries(1)
            .build();
        assert_eq!(
            format!("{client:?}"),
            "Client { base_url: \"https://api.workos.com\", client_id: Some(\"client_1\"), \
             api_key: Some(SecretString(\"<redacted>\")), timeout: 5s, total_timeout: None, \
             max_retries: 1, .. }"
        );
    }

    #[test]
    fn an_empty_client_id_is_none() {
        let required = |id: Option<&str>| {
            let builder = Client::builder().api_key("sk_test_1");
            let client = id.into_iter().fold(builder, |builder, id| builder.client_id(id)).build();
            client.required_client_id().map(str::to_owned).map_err(|error| error.to_string())
        };
        assert_eq!(required(Some("client_1")), Ok("client_1".to_owned()));
        let missing = "invalid request: client_id: there is none; set it with \
                       ClientBuilder::client_id or in the environment variable WORKOS_CLIENT_ID";
        assert_eq!(required(Some("")), Err(missing.to_owned()));
        assert_eq!(required(None), Err(missing.to_owned()));
    }
}
