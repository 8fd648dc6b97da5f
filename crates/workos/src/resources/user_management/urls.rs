//! Authorization and logout URLs, where a browser goes to sign a user in and out. No requests are
//! made.
//!
//! ```no_run
//! use workos::user_management::{
//!     AuthenticateWithCodeParams, GetAuthorizationUrlParams, GetLogoutUrlParams,
//!     UserManagementAuthenticationProvider,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! let sign_in = users.get_authorization_url(GetAuthorizationUrlParams {
//!     provider: Some(UserManagementAuthenticationProvider::Authkit),
//!     state: Some("random text that the session cookie remembers".into()),
//!     ..GetAuthorizationUrlParams::new("https://app.example.com/callback")
//! })?;
//! println!("Location: {sign_in}");
//!
//! let code = "from the query of the callback, once `state` has been compared";
//! users.authenticate_with_code(AuthenticateWithCodeParams::new(code)).await?;
//!
//! let sign_out = users.get_logout_url(GetLogoutUrlParams {
//!     return_to: Some("https://app.example.com".into()),
//!     ..GetLogoutUrlParams::new("session_01H93ZY4F80QPBEZ1R5B2SHQG8")
//! })?;
//! println!("Location: {sign_out}");
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

use super::UserManagementApi;
use crate::client::path::not_empty;
use crate::client::request::{authorization_client_id, authorization_url, url};
use crate::{Error, SecretString};

impl UserManagementApi {
    /// Returns the authorization URL that signs a user in. The browser returns to
    /// [`redirect_uri`](GetAuthorizationUrlParams::redirect_uri) with a `code`, for
    /// [`authenticate_with_code`](Self::authenticate_with_code), and the `state`.
    ///
    /// Requires a provider, a connection or an organization.
    /// [`Client::authkit`](crate::Client::authkit) defaults to `authkit`, the hosted page with
    /// every authentication method that the environment allows.
    ///
    /// Endpoint: `GET /user_management/authorize` ([reference])
    ///
    /// [reference]: https://workos.com/docs/reference/authkit/authentication/get-authorization-url
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client ID, the redirect URI is empty, or none of
    /// provider, connection and organization is set.
    #[doc(alias("login", "sign_in", "sign_up"))]
    #[inline]
    pub fn get_authorization_url(
        &self,
        mut params: GetAuthorizationUrlParams,
    ) -> Result<String, Error> {
        not_empty("redirect_uri", &params.redirect_uri)?;
        let own = params.client_id.take();
        let client_id = authorization_client_id(&self.client, own.as_deref())?;
        if !params.says_how() {
            return Err(Error::builder(
                "provider, connection_id, organization_id: one of them is required",
            ));
        }
        authorization_url(&self.client, "/user_management/authorize", client_id, &params)
    }

    /// Returns the logout URL, which ends the user's session in the browser and at AuthKit.
    ///
    /// Endpoint: `GET /user_management/sessions/logout`
    /// ([reference](https://workos.com/docs/reference/authkit/logout/get-logout-url))
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the session ID is empty.
    #[doc(alias("logout", "sign_out"))]
    #[inline]
    pub fn get_logout_url(&self, mut params: GetLogoutUrlParams) -> Result<String, Error> {
        not_empty("session_id", &params.session_id)?;
        params.return_to = params.return_to.filter(|target| !target.is_empty());
        url(&self.client, "/user_management/sessions/logout", &params)
    }
}

/// Parameters of [`get_authorization_url`](UserManagementApi::get_authorization_url).
///
/// One of provider, connection and organization is required; an empty one counts as none. `Debug`
/// does not print the [`state`](Self::state).
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
pub struct GetAuthorizationUrlParams {
    /// Where the browser returns to: one of the environment's redirect URIs. Required.
    pub redirect_uri: String,
    /// The client ID; by default the client's own.
    pub client_id: Option<String>,
    /// The page or provider to sign in with.
    pub provider: Option<UserManagementAuthenticationProvider>,
    /// The SSO connection to sign in through, `conn_…`.
    pub connection_id: Option<String>,
    /// The organization to sign in to, `org_…`: by its connection or, with `authkit`, AuthKit's
    /// page.
    pub organization_id: Option<String>,
    /// Returned unchanged with the redirect. Use a random value and compare it with
    /// [`state_matches`](crate::helpers::pkce::state_matches) to protect against CSRF.
    pub state: Option<String>,
    /// PKCE: the code challenge, the hash of the verifier in base64url.
    pub code_challenge: Option<String>,
    /// PKCE: the challenge method, always `S256`. Required with a challenge.
    pub code_challenge_method: Option<String>,
    /// The page that AuthKit opens; sign-in by default.
    pub screen_hint: Option<UserManagementAuthenticationScreenHint>,
    /// The email address to prefill.
    pub login_hint: Option<String>,
    /// The user's domain, to prefill at the provider or to select the connection.
    pub domain_hint: Option<String>,
    /// Forces a prompt, such as `login` or `consent`.
    pub prompt: Option<String>,
    /// AuthKit only: the maximum age of the user's last sign-in, in seconds; 0 forces a new one.
    pub max_age: Option<i64>,
    /// The token of an invitation that the user accepts.
    pub invitation_token: Option<SecretString>,
    /// Additional OAuth scopes to request from the provider.
    pub provider_scopes: Option<Vec<String>>,
    /// Additional query parameters for the provider's authorization URL.
    pub provider_query_params: Option<BTreeMap<String, String>>,
}

impl GetAuthorizationUrlParams {
    /// The required fields only.
    pub fn new(redirect_uri: impl Into<String>) -> Self {
        Self { redirect_uri: redirect_uri.into(), ..Self::default() }
    }
}

debug_hiding! {
    GetAuthorizationUrlParams {
        redirect_uri, client_id, provider, connection_id, organization_id, code_challenge,
        code_challenge_method, screen_hint, login_hint, domain_hint, prompt, max_age,
        invitation_token, provider_scopes, provider_query_params
    },
    state
}

impl GetAuthorizationUrlParams {
    /// Whether a provider, a connection or an organization is set. Drops empty ones.
    pub(crate) fn says_how(&mut self) -> bool {
        self.provider.take_if(|provider| provider.as_str().is_empty());
        self.connection_id.take_if(|id| id.is_empty());
        self.organization_id.take_if(|id| id.is_empty());
        self.provider.is_some() || self.connection_id.is_some() || self.organization_id.is_some()
    }
}

open_enum! {
    /// The page or provider to sign in with.
    #[doc(alias = "social_login")]
    pub enum UserManagementAuthenticationProvider {
        /// AuthKit's hosted page, with every authentication method the environment allows.
        Authkit = "authkit",
        AppleOAuth = "AppleOAuth", BitbucketOAuth = "BitbucketOAuth", GitHubOAuth = "GitHubOAuth",
        GitLabOAuth = "GitLabOAuth", GoogleOAuth = "GoogleOAuth", IntuitOAuth = "IntuitOAuth",
        LinkedInOAuth = "LinkedInOAuth", MicrosoftOAuth = "MicrosoftOAuth",
        SalesforceOAuth = "SalesforceOAuth", SlackOAuth = "SlackOAuth",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        XeroOAuth = "XeroOAuth",
    }
}

open_enum! {
    /// The page that AuthKit opens.
    pub enum UserManagementAuthenticationScreenHint {
        SignUp = "sign-up", SignIn = "sign-in",
    }
}

inputs! {
    /// Parameters of [`get_logout_url`](UserManagementApi::get_logout_url).
    #[derive(Eq)]
    GetLogoutUrlParams {
        /// The session's ID, `session_…`: the `sid` claim of the access token.
        session_id: String,
        /// Where the browser goes next: one of the environment's sign-out redirects.
        return_to: Option<String>,
    }
}
