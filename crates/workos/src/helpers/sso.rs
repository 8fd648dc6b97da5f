//! Signing in and out through an organization's identity provider.
//!
//! ```no_run
//! use workos::helpers::pkce::state_matches;
//! use workos::helpers::sso::{SsoAuthorizationUrlParams, SsoPkceCodeExchangeParams};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let sso = client.sso_helpers();
//! let sign_in = sso.pkce_authorization_url(SsoAuthorizationUrlParams {
//!     organization: Some("org_01EHZNVPK3SFK441A1RGBFSHRT".into()),
//!     ..SsoAuthorizationUrlParams::new("https://app.example.com/callback")
//! })?;
//! println!("Location: {}", sign_in.url);
//!
//! let (code, state) = ("from the query of the callback", "also from there");
//! if !state_matches(&sign_in.state, state) {
//!     println!("400: this callback belongs to another sign-in");
//!     return Ok(());
//! }
//! let params = SsoPkceCodeExchangeParams::new(code, sign_in.code_verifier);
//! let token = sso.pkce_code_exchange(params).await?;
//! println!("{} is signed in", token.profile.email);
//! # Ok(()) }
//! ```

use std::fmt;

use super::pkce;
use crate::client::path::not_empty;
use crate::sso::{
    AuthorizeLogout, GetAuthorizationUrlParams, GetLogoutUrlParams, GetProfileAndToken,
    SSOTokenResponse,
};
use crate::transport::BoxFuture;
use crate::{Call, Client, Error, RequestOptions, SecretString};

/// How a user signs in: through a `connection`, an `organization` or a `provider`.
pub type SsoAuthorizationUrlParams = GetAuthorizationUrlParams;

/// The sign-in and sign-out flows of SSO, from [`Client::sso_helpers`].
#[derive(Debug, Clone)]
pub struct SsoHelper {
    client: Client,
}

impl Client {
    /// The sign-in and sign-out flows of SSO. See [`helpers::sso`](crate::helpers::sso).
    pub fn sso_helpers(&self) -> SsoHelper {
        SsoHelper { client: self.clone() }
    }
}

impl SsoHelper {
    /// The URL to redirect a browser to for signing in, as
    /// [`get_authorization_url`](crate::SSOApi::get_authorization_url).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when there is no client ID, the redirect URI is empty, or neither a
    /// connection, an organization nor a provider is set.
    #[inline]
    pub fn authorization_url(&self, params: SsoAuthorizationUrlParams) -> Result<String, Error> {
        self.client.sso().get_authorization_url(params)
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
        params: SsoAuthorizationUrlParams,
    ) -> Result<SsoPkceAuthorizationUrl, Error> {
        let pair = pkce::generate_pkce_pair()?;
        let state = pkce::state_or_random(params.state)?;
        let url = self.authorization_url(SsoAuthorizationUrlParams {
            state: Some(state.clone()),
            code_challenge: Some(pair.code_challenge),
            code_challenge_method: Some(pair.code_challenge_method.to_owned()),
            ..params
        })?;
        Ok(SsoPkceAuthorizationUrl { url, code_verifier: pair.code_verifier, state })
    }

    /// Exchanges the authorization code from the callback, with the verifier of the URL, for the
    /// user's profile. The API key is sent if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when code or verifier are empty; 400 `invalid_grant` when the code was
    /// used before, has expired or does not match the verifier.
    #[inline]
    pub fn pkce_code_exchange(&self, params: SsoPkceCodeExchangeParams) -> Call<SSOTokenResponse> {
        match params.checked() {
            Ok(query) => self.client.sso().get_profile_and_token(query),
            Err(error) => Call::new(self.client.clone(), Err(error)),
        }
    }

    /// [`pkce_code_exchange`](Self::pkce_code_exchange) with options for this call.
    #[inline]
    pub fn pkce_code_exchange_with_options(
        &self,
        params: SsoPkceCodeExchangeParams,
        options: Option<&RequestOptions>,
    ) -> Call<SSOTokenResponse> {
        self.pkce_code_exchange(params).options(options)
    }

    /// The URL to redirect a browser to for signing out at the identity provider. It contains a
    /// token that is requested from the API: redirect soon, and do not log the URL.
    ///
    /// # Errors
    ///
    /// 400 `connection_invalid` when the connection is not a `GenericOIDC` one.
    ///
    /// ```no_run
    /// use workos::helpers::sso::SsoLogoutUrlParams;
    ///
    /// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
    /// let url = client.sso_helpers().logout_url(SsoLogoutUrlParams {
    ///     return_to: Some("https://app.example.com".into()),
    ///     ..SsoLogoutUrlParams::new("prof_01DMC79VCBZ0NY2099737PSVF1")
    /// });
    /// println!("Location: {}", url.await?.expose());
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn logout_url(&self, params: SsoLogoutUrlParams) -> BoxFuture<Result<SecretString, Error>> {
        self.logout_url_with_options(params, None)
    }

    /// [`logout_url`](Self::logout_url) with options for its call.
    #[inline]
    pub fn logout_url_with_options(
        &self,
        params: SsoLogoutUrlParams,
        options: Option<&RequestOptions>,
    ) -> BoxFuture<Result<SecretString, Error>> {
        let SsoLogoutUrlParams { profile_id, return_to } = params;
        if let Err(error) = not_empty("profile_id", &profile_id) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let sso = self.client.sso();
        let body = AuthorizeLogout { profile_id };
        let call = sso.authorize_logout_with_options(body, options);
        Box::pin(async move {
            let token = call.await?.logout_token;
            sso.get_logout_url(GetLogoutUrlParams { token, return_to }).map(SecretString::from)
        })
    }
}

/// A sign-in URL, and the values to keep until the callback.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SsoPkceAuthorizationUrl {
    /// The URL to redirect the browser to.
    pub url: String,
    /// The verifier, for [`pkce_code_exchange`](SsoHelper::pkce_code_exchange).
    pub code_verifier: SecretString,
    /// The `state` that the callback has to carry. Check it with
    /// [`state_matches`](super::pkce::state_matches).
    pub state: String,
}

impl fmt::Debug for SsoPkceAuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, code_verifier, state: _ } = self;
        pkce::debug_sign_in(f, "SsoPkceAuthorizationUrl", url, code_verifier)
    }
}

/// The authorization code from the callback, and its verifier. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct SsoPkceCodeExchangeParams {
    /// The parameter `code` of the callback. It works once.
    pub code: String,
    /// The verifier that the URL was made with.
    pub code_verifier: SecretString,
}

impl SsoPkceCodeExchangeParams {
    /// This code and this verifier.
    pub fn new(code: impl Into<String>, code_verifier: impl Into<SecretString>) -> Self {
        Self { code: code.into(), code_verifier: code_verifier.into() }
    }

    fn checked(self) -> Result<GetProfileAndToken, Error> {
        not_empty("code", &self.code)?;
        not_empty("code_verifier", self.code_verifier.expose())?;
        Ok(GetProfileAndToken {
            code_verifier: Some(self.code_verifier),
            ..GetProfileAndToken::new(self.code)
        })
    }
}

impl fmt::Debug for SsoPkceCodeExchangeParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoPkceCodeExchangeParams").finish_non_exhaustive()
    }
}

/// Parameters of [`SsoHelper::logout_url`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SsoLogoutUrlParams {
    /// `prof_…`, the id of the user's [`Profile`](crate::sso::Profile). Required.
    pub profile_id: String,
    /// Where to redirect the browser afterwards.
    pub return_to: Option<String>,
}

impl SsoLogoutUrlParams {
    /// Signs out the user with this profile.
    pub fn new(profile_id: impl Into<String>) -> Self {
        Self { profile_id: profile_id.into(), return_to: None }
    }
}
