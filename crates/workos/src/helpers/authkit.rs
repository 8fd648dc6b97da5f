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
//!     println!("400: this callback belongs to another sign-in");
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

/// How a user signs in: on AuthKit's hosted page, unless a provider, connection or organization is
/// set.
pub type AuthKitAuthorizationUrlParams = GetAuthorizationUrlParams;

/// The sign-in flows of AuthKit, from [`Client::authkit`].
#[derive(Debug, Clone)]
pub struct AuthKitHelper {
    client: Client,
}

impl Client {
    /// The sign-in flows of AuthKit. See [`helpers::authkit`](crate::helpers::authkit).
    pub fn authkit(&self) -> AuthKitHelper {
        AuthKitHelper { client: self.clone() }
    }
}

impl AuthKitHelper {
    /// The URL to redirect a browser to for signing in: as
    /// [`get_authorization_url`](crate::UserManagementApi::get_authorization_url), but on AuthKit's
    /// hosted page unless the parameters set a provider, connection or organization.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when there is no client ID or the redirect URI is empty.
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

    /// [`authorization_url`](Self::authorization_url) with PKCE: generates a code verifier and puts
    /// its challenge into the URL, replacing a given one. It generates a `state` too, if none is
    /// given.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] as [`authorization_url`](Self::authorization_url); [`Error::Crypto`] when
    /// the system's random number generator fails.
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

    /// Exchanges the authorization code from the callback, with the verifier of the URL, for a
    /// session. The API key is sent if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when code or verifier are empty; 400 `invalid_grant` when the code was
    /// used before, has expired or does not match the verifier.
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

    /// [`pkce_code_exchange`](Self::pkce_code_exchange) with options for this call.
    #[inline]
    pub fn pkce_code_exchange_with_options(
        &self,
        params: AuthKitPkceCodeExchangeParams,
        options: Option<&RequestOptions>,
    ) -> Call<AuthenticateResponse> {
        self.pkce_code_exchange(params).options(options)
    }

    /// Starts the device flow (RFC 8628), to sign in on a device without a browser, such as a
    /// terminal. Show the user the link and the code, then wait with
    /// [`poll_device_code`](Self::poll_device_code).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when there is no client ID.
    #[inline]
    pub fn start_device_authorization(&self) -> Call<DeviceAuthorizationResponse> {
        self.client.user_management().create_device(CreateDeviceAuthorization::default())
    }

    /// [`start_device_authorization`](Self::start_device_authorization) with options for this call.
    #[inline]
    pub fn start_device_authorization_with_options(
        &self,
        options: Option<&RequestOptions>,
    ) -> Call<DeviceAuthorizationResponse> {
        self.start_device_authorization().options(options)
    }

    /// Polls until the user has approved or denied the device, or the codes expire (RFC 8628,
    /// section 3.4). Dropping the future stops it.
    ///
    /// It polls every [`interval`](DeviceAuthorizationResponse::interval) seconds, first after one
    /// interval. Each `slow_down` of the server adds 5 seconds. Lost connections, timeouts, 429 and
    /// 5xx do not end it: it polls again later, after `Retry-After` if the server sends it.
    /// [`expires_in`](DeviceAuthorizationResponse::expires_in) counts from this call.
    ///
    /// # Errors
    ///
    /// [`DeviceAuthorizationError`]: the user denied access, the codes have expired, or the server
    /// responded with an error that polling again would not change.
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
    ///     Err(DeviceAuthorizationError::Denied) => println!("Access denied"),
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

    /// [`poll_device_code`](Self::poll_device_code) with options for each of its requests;
    /// [`total_timeout`](RequestOptions::total_timeout) is also for one request. Unless a strategy
    /// is set, a failed request is not repeated before the next interval.
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

/// A sign-in URL, and the values to keep until the callback: in the browser's session, or in a
/// cookie that only your server can read.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthKitPkceAuthorizationUrl {
    /// The URL to redirect the browser to.
    pub url: String,
    /// The verifier, for [`pkce_code_exchange`](AuthKitHelper::pkce_code_exchange).
    pub code_verifier: SecretString,
    /// The `state` that the callback has to carry. Check it with
    /// [`state_matches`](super::pkce::state_matches).
    pub state: String,
}

impl fmt::Debug for AuthKitPkceAuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, code_verifier, state: _ } = self;
        pkce::debug_sign_in(f, "AuthKitPkceAuthorizationUrl", url, code_verifier)
    }
}

/// The authorization code from the callback, and its verifier. `Debug` shows neither.
///
/// To also send an invitation token, or the IP address and user agent for Radar, call
/// [`authenticate_with_code`](crate::UserManagementApi::authenticate_with_code):
/// [`AuthenticateWithCodeParams`] has these fields, and a `code_verifier`.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthKitPkceCodeExchangeParams {
    /// The parameter `code` of the callback. It works once.
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
