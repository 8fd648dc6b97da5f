//! Public clients: applications in a browser, on a phone or on the command line, which cannot keep
//! a secret.
//!
//! ```no_run
//! use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
//! use workos::helpers::pkce::state_matches;
//! use workos::helpers::public_client::PublicClient;
//!
//! # async fn run() -> Result<(), workos::Error> {
//! let client = PublicClient::new("client_01EXAMPLE");
//! let params = AuthKitAuthorizationUrlParams::new("myapp://callback");
//! let sign_in = client.authkit_authorization_url(params)?;
//! println!("Open {}", sign_in.url);
//!
//! let (code, state) = ("from the query of the callback", "also from there");
//! assert!(state_matches(&sign_in.state, state), "this callback belongs to another sign-in");
//! let params = AuthKitPkceCodeExchangeParams::new(code, sign_in.code_verifier);
//! let session = client.authkit_code_exchange(params).await?;
//! println!("{} is signed in", session.user.email);
//! # Ok(()) }
//! ```

use std::time::Duration;

use super::authkit::{
    AuthKitAuthorizationUrlParams, AuthKitPkceAuthorizationUrl, AuthKitPkceCodeExchangeParams,
    DeviceAuthorizationError,
};
use super::sso::{SsoAuthorizationUrlParams, SsoPkceAuthorizationUrl, SsoPkceCodeExchangeParams};
use crate::sso::SSOTokenResponse;
use crate::transport::{BoxFuture, SharedRuntime, SharedTransport};
use crate::user_management::{
    AuthenticateResponse, AuthenticateWithRefreshTokenParams, DeviceAuthorizationResponse,
};
use crate::{Call, Client, ClientBuilder, Error};

/// A client without an API key: it neither takes one nor reads one from the environment, and sends
/// no `Authorization`. PKCE is used instead.
///
/// Every call can be adjusted like any other [`Call`], with a timeout for example.
#[derive(Debug, Clone)]
pub struct PublicClient {
    client: Client,
}

impl PublicClient {
    /// A client for this application (`client_…`; white space around it is ignored) with default
    /// settings. It never panics: if something is wrong, such as a missing transport, every call
    /// fails for that reason.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self::builder(client_id).build()
    }

    /// As [`new`](Self::new), with another base URL than `https://api.workos.com`.
    pub fn with_base_url(client_id: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self::builder(client_id).base_url(base_url).build()
    }

    /// Configures a client.
    pub fn builder(client_id: impl Into<String>) -> PublicClientBuilder {
        PublicClientBuilder { inner: Client::builder().client_id(client_id) }
    }

    /// The underlying client, for endpoints that need no API key, such as key sets. Calls that need
    /// one fail before anything is sent.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A URL to sign in at with AuthKit, with a new code verifier and a state. See
    /// [`AuthKitHelper::pkce_authorization_url`](super::authkit::AuthKitHelper::pkce_authorization_url).
    ///
    /// Without a verifier, a public client could not exchange the code. For your own challenge, use
    /// [`AuthKitHelper::authorization_url`](super::authkit::AuthKitHelper::authorization_url) of
    /// the [`client`](Self::client).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client ID or the redirect URI is empty.
    #[inline]
    pub fn authkit_authorization_url(
        &self,
        params: AuthKitAuthorizationUrlParams,
    ) -> Result<AuthKitPkceAuthorizationUrl, Error> {
        self.client.authkit().pkce_authorization_url(params)
    }

    /// Exchanges the authorization code from the callback for a session.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when code or verifier are empty; 400 `invalid_grant`.
    #[inline]
    pub fn authkit_code_exchange(
        &self,
        params: AuthKitPkceCodeExchangeParams,
    ) -> Call<AuthenticateResponse> {
        self.client.authkit().pkce_code_exchange(params)
    }

    /// Refreshes a session. The old refresh token becomes invalid.
    ///
    /// # Errors
    ///
    /// 400 `invalid_grant` when the session has ended.
    #[inline]
    pub fn refresh(
        &self,
        params: AuthenticateWithRefreshTokenParams,
    ) -> Call<AuthenticateResponse> {
        self.client.user_management().authenticate_with_refresh_token(params)
    }

    /// A URL to sign in at through an identity provider, with a new code verifier and a state. See
    /// [`SsoHelper::pkce_authorization_url`](super::sso::SsoHelper::pkce_authorization_url).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client ID or the redirect URI is empty, or there is neither a
    /// connection, an organization nor a provider.
    #[inline]
    pub fn sso_authorization_url(
        &self,
        params: SsoAuthorizationUrlParams,
    ) -> Result<SsoPkceAuthorizationUrl, Error> {
        self.client.sso_helpers().pkce_authorization_url(params)
    }

    /// Exchanges the authorization code from the callback for the user's profile.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when code or verifier are empty; 400 `invalid_grant`.
    #[inline]
    pub fn sso_code_exchange(&self, params: SsoPkceCodeExchangeParams) -> Call<SSOTokenResponse> {
        self.client.sso_helpers().pkce_code_exchange(params)
    }

    /// Starts the device flow, to sign in on a device without a browser. See
    /// [`AuthKitHelper::start_device_authorization`](super::authkit::AuthKitHelper::start_device_authorization).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client ID is empty.
    #[inline]
    pub fn start_device_authorization(&self) -> Call<DeviceAuthorizationResponse> {
        self.client.authkit().start_device_authorization()
    }

    /// Waits until the user has approved the device. See
    /// [`AuthKitHelper::poll_device_code`](super::authkit::AuthKitHelper::poll_device_code).
    ///
    /// # Errors
    ///
    /// [`DeviceAuthorizationError`].
    #[inline]
    pub fn poll_device_code(
        &self,
        device: &DeviceAuthorizationResponse,
    ) -> BoxFuture<Result<AuthenticateResponse, DeviceAuthorizationError>> {
        self.client.authkit().poll_device_code(device)
    }
}

/// Settings of a [`PublicClient`]: those of a [`ClientBuilder`], without the key.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `build` is called"]
pub struct PublicClientBuilder {
    inner: ClientBuilder,
}

impl PublicClientBuilder {
    /// See [`ClientBuilder::base_url`].
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { inner: self.inner.base_url(url) }
    }

    /// See [`ClientBuilder::allow_insecure_http`]. Codes and tokens then travel unencrypted.
    pub fn allow_insecure_http(self, allow: bool) -> Self {
        Self { inner: self.inner.allow_insecure_http(allow) }
    }

    /// See [`ClientBuilder::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { inner: self.inner.timeout(timeout) }
    }

    /// See [`ClientBuilder::total_timeout`].
    pub fn total_timeout(self, timeout: Duration) -> Self {
        Self { inner: self.inner.total_timeout(timeout) }
    }

    /// See [`ClientBuilder::max_retries`].
    pub fn max_retries(self, retries: u32) -> Self {
        Self { inner: self.inner.max_retries(retries) }
    }

    /// See [`ClientBuilder::user_agent`].
    pub fn user_agent(self, product: impl Into<String>) -> Self {
        Self { inner: self.inner.user_agent(product) }
    }

    /// See [`ClientBuilder::transport`].
    pub fn transport(self, transport: SharedTransport) -> Self {
        Self { inner: self.inner.transport(transport) }
    }

    /// See [`ClientBuilder::runtime`].
    pub fn runtime(self, runtime: SharedRuntime) -> Self {
        Self { inner: self.inner.runtime(runtime) }
    }

    /// Creates the client. It never panics: with an invalid setting, every call fails with
    /// [`Error::Builder`] and nothing is sent.
    pub fn build(self) -> PublicClient {
        PublicClient { client: self.inner.build() }
    }

    /// Creates the client, or fails if a setting is invalid or the client ID is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`], which names the setting.
    ///
    /// ```
    /// use workos::helpers::public_client::PublicClient;
    ///
    /// assert!(PublicClient::builder("client_01").base_url("nonsense").try_build().is_err());
    /// ```
    pub fn try_build(self) -> Result<PublicClient, Error> {
        let client = self.inner.try_build()?;
        client.required_client_id()?;
        Ok(PublicClient { client })
    }
}
