//! Signing in with AuthKit, in a browser or on a device without one.
//!
//! ```no_run
//! use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
//! use workos::helpers::pkce::state_matches;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let authkit = client.authkit();
//! let params = AuthKitAuthorizationUrlParams::new("https://app.example.com/callback");
//! let sign_in = authkit.pkce_authorization_url(params)?;
//! println!("Location: {}", sign_in.url);
//!
//! let (code, state) = ("from the query of the callback", "also from there");
//! if !state_matches(&sign_in.state, state) {
//!     println!("400: another browser began this sign-in");
//!     return Ok(());
//! }
//! let params = AuthKitPkceCodeExchangeParams::new(code, sign_in.code_verifier);
//! let session = authkit.pkce_code_exchange(params).await?;
//! println!("{} is signed in", session.user.email);
//! # Ok(()) }
//! ```

mod device;

pub use self::device::DeviceAuthorizationError;

use std::fmt;

use super::pkce;
use crate::client::path::not_empty;
use crate::transport::BoxFuture;
use crate::user_management::{
    AuthenticateResponse, AuthenticateWithCodeParams, CreateDeviceAuthorization,
    DeviceAuthorizationResponse, GetAuthorizationUrlParams, UserManagementAuthenticationProvider,
};
use crate::{Call, Client, Error, RequestOptions, SecretString};

/// How a user is to sign in: with AuthKit's hosted page, unless it names a provider, a connection or
/// an organization.
pub type AuthKitAuthorizationUrlParams = GetAuthorizationUrlParams;

/// The flows of AuthKit. [`Client::authkit`] makes one.
#[derive(Debug, Clone)]
pub struct AuthKitHelper {
    client: Client,
}

impl Client {
    /// The flows of AuthKit. See [`helpers::authkit`](crate::helpers::authkit).
    pub fn authkit(&self) -> AuthKitHelper {
        AuthKitHelper { client: self.clone() }
    }
}

impl AuthKitHelper {
    /// Where to send a browser so that the user signs in: the same as
    /// [`get_authorization_url`](crate::UserManagementApi::get_authorization_url), on AuthKit's
    /// hosted page unless the parameters name a provider, a connection or an organization.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no id or the redirect URI is empty.
    ///
    /// ```
    /// use workos::helpers::authkit::AuthKitAuthorizationUrlParams;
    ///
    /// # fn main() -> Result<(), workos::Error> {
    /// let client = workos::Client::builder().client_id("client_01").build();
    /// let params = AuthKitAuthorizationUrlParams::new("https://app.example.com/callback");
    /// let url = client.authkit().authorization_url(params)?;
    /// assert!(url.starts_with("https://api.workos.com/user_management/authorize?"));
    /// assert!(url.contains("provider=authkit"));
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn authorization_url(
        &self,
        mut params: AuthKitAuthorizationUrlParams,
    ) -> Result<String, Error> {
        if !params.says_how() {
            params.provider = Some(UserManagementAuthenticationProvider::Authkit);
        }
        self.client.user_management().get_authorization_url(params)
    }

    /// The same with PKCE: makes the verifier and puts its challenge into the URL, in place of a
    /// given one. A given `state` is kept; without one, or with an empty one, it is made too.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] as [`authorization_url`](Self::authorization_url), or when the system has
    /// no random numbers.
    #[inline]
    pub fn pkce_authorization_url(
        &self,
        params: AuthKitAuthorizationUrlParams,
    ) -> Result<AuthKitPkceAuthorizationUrl, Error> {
        let pair = pkce::generate_pkce_pair()?;
        let state = pkce::state_or_random(params.state)?;
        let url = self.authorization_url(AuthKitAuthorizationUrlParams {
            state: Some(state.clone()),
            code_challenge: Some(pair.code_challenge),
            code_challenge_method: Some(pair.code_challenge_method.to_owned()),
            ..params
        })?;
        Ok(AuthKitPkceAuthorizationUrl { url, code_verifier: pair.code_verifier, state })
    }

    /// Signs in with the code that the browser came back with and the verifier of the URL. The API
    /// key is sent if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when code or verifier are empty; 400 `invalid_grant` when the code was
    /// used before, has expired or does not go with the verifier.
    #[inline]
    pub fn pkce_code_exchange(
        &self,
        params: AuthKitPkceCodeExchangeParams,
    ) -> Call<AuthenticateResponse> {
        match params.checked() {
            Ok(params) => self.client.user_management().authenticate_with_code(params),
            Err(error) => Call::new(self.client.clone(), Err(error)),
        }
    }

    /// [`pkce_code_exchange`](Self::pkce_code_exchange) with settings for this one call.
    #[inline]
    pub fn pkce_code_exchange_with_options(
        &self,
        params: AuthKitPkceCodeExchangeParams,
        options: Option<&RequestOptions>,
    ) -> Call<AuthenticateResponse> {
        self.pkce_code_exchange(params).options(options)
    }

    /// Begins to sign in on a device without a browser, such as a terminal. Show the user the link
    /// and the code, then wait with [`poll_device_code`](Self::poll_device_code).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no id.
    #[inline]
    pub fn start_device_authorization(&self) -> Call<DeviceAuthorizationResponse> {
        self.client.user_management().create_device(CreateDeviceAuthorization::default())
    }

    /// [`start_device_authorization`](Self::start_device_authorization) with settings for this one
    /// call.
    #[inline]
    pub fn start_device_authorization_with_options(
        &self,
        options: Option<&RequestOptions>,
    ) -> Call<DeviceAuthorizationResponse> {
        self.start_device_authorization().options(options)
    }

    /// Asks again and again whether the user has let the device in, as RFC 8628 has it, until there
    /// is an answer or the codes expire. Dropping the future stops it.
    ///
    /// It asks every [`interval`](DeviceAuthorizationResponse::interval) seconds, the first time
    /// after one interval, and 5 seconds less often each time the server asks to slow down. Lost
    /// connections, timeouts, 429 and 5xx do not end it: it asks again later, after `Retry-After`
    /// where the server says so. [`expires_in`](DeviceAuthorizationResponse::expires_in) counts from
    /// this call.
    ///
    /// # Errors
    ///
    /// [`DeviceAuthorizationError`]: the user refused, the codes have expired, or the server
    /// answered something that asking again does not change.
    ///
    /// ```no_run
    /// use workos::helpers::authkit::DeviceAuthorizationError;
    ///
    /// # async fn run(client: workos::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let authkit = client.authkit();
    /// let device = authkit.start_device_authorization().await?;
    /// println!("Open {} and enter {}", device.verification_uri, device.user_code.expose());
    /// match authkit.poll_device_code(&device).await {
    ///     Ok(session) => println!("Welcome, {}", session.user.email),
    ///     Err(DeviceAuthorizationError::Denied) => println!("Then not."),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn poll_device_code(
        &self,
        device: &DeviceAuthorizationResponse,
    ) -> BoxFuture<Result<AuthenticateResponse, DeviceAuthorizationError>> {
        self.poll_device_code_with_options(device, None)
    }

    /// [`poll_device_code`](Self::poll_device_code) with settings for each of its requests; a
    /// [`total_timeout`](RequestOptions::total_timeout) is for one request, too. Unless a strategy
    /// is set, a request that fails is not repeated before the next interval.
    #[inline]
    pub fn poll_device_code_with_options(
        &self,
        device: &DeviceAuthorizationResponse,
        options: Option<&RequestOptions>,
    ) -> BoxFuture<Result<AuthenticateResponse, DeviceAuthorizationError>> {
        let options = options.cloned().unwrap_or_default();
        Box::pin(device::Poll::new(&self.client, device, options).run())
    }
}

/// A URL to sign in at, and what has to be kept until the browser comes back: in its session or in
/// a cookie that only your server can read.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthKitPkceAuthorizationUrl {
    /// Where to send the browser.
    pub url: String,
    /// What [`pkce_code_exchange`](AuthKitHelper::pkce_code_exchange) takes.
    pub code_verifier: SecretString,
    /// What the browser has to come back with. Compare it with
    /// [`state_matches`](super::pkce::state_matches).
    pub state: String,
}

impl fmt::Debug for AuthKitPkceAuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, code_verifier, state: _ } = self;
        pkce::debug_sign_in(f, "AuthKitPkceAuthorizationUrl", url, code_verifier)
    }
}

/// The authorization code that the browser came back with, and its verifier. `Debug` shows neither.
///
/// To also send an invitation token, or the IP address and user agent for Radar, call
/// [`authenticate_with_code`](crate::UserManagementApi::authenticate_with_code):
/// [`AuthenticateWithCodeParams`] has these fields, and a `code_verifier`.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthKitPkceCodeExchangeParams {
    /// The parameter `code` of the redirect. It works once.
    pub code: String,
    /// The verifier that the URL was made with.
    pub code_verifier: SecretString,
}

impl AuthKitPkceCodeExchangeParams {
    /// This code and this verifier.
    pub fn new(code: impl Into<String>, code_verifier: impl Into<SecretString>) -> Self {
        Self { code: code.into(), code_verifier: code_verifier.into() }
    }

    fn checked(self) -> Result<AuthenticateWithCodeParams, Error> {
        not_empty("code", &self.code)?;
        not_empty("code_verifier", self.code_verifier.expose())?;
        Ok(AuthenticateWithCodeParams {
            code_verifier: Some(self.code_verifier),
            ..AuthenticateWithCodeParams::new(self.code)
        })
    }
}

impl fmt::Debug for AuthKitPkceCodeExchangeParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthKitPkceCodeExchangeParams").finish_non_exhaustive()
    }
}
