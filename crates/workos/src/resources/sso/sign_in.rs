//! SSO sign-in: authorization URLs, the exchange of codes for profiles, and Single Logout.

use std::collections::BTreeMap;

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::SSOApi;
use crate::client::path::not_empty;
use crate::client::request::{Request, authorization_client_id, authorization_url, url};
use crate::operation::Operation;
use crate::{
    Call, ConnectionType, Error, OAuthTokens, ObjectType, RequestOptions, SecretString, SlimRole,
};

operations! {
    SSOApi, sso;

    /// Starts signing a user out at the IdP: returns a logout URL for the browser, and the
    /// short-lived token it contains.
    ///
    /// # Errors
    ///
    /// 400 `connection_invalid` when the connection's type is not `GenericOIDC`.
    #[doc(alias("logout", "single_logout", "SLO"))]
    POST "/sso/logout/authorize" @ "sso/logout/authorize"
        => authorize_logout(body: AuthorizeLogout) -> SSOLogoutAuthorizeResponse;
}

const GET_PROFILE: Operation = Operation::new("sso", "get_profile", "GET", "/sso/profile");
const GET_PROFILE_AND_TOKEN: Operation =
    Operation::new("sso", "get_profile_and_token", "POST", "/sso/token");
const EXCHANGE_ID_TOKEN: Operation =
    Operation::new("sso", "exchange_id_token", "POST", "/sso/token");

impl SSOApi {
    /// Returns the authorization URL that signs a user in; makes no request. The browser returns to
    /// the redirect URI with a `code` for [`get_profile_and_token`](Self::get_profile_and_token),
    /// or with an `error`.
    ///
    /// Endpoint: `GET /sso/authorize`
    /// ([reference](https://workos.com/docs/reference/sso/get-authorization-url))
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client ID, the redirect URI is empty, or none of
    /// connection, organization and provider is set.
    #[doc(alias("login", "sign_in"))]
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
                "connection, organization, provider: one of them is required",
            ));
        }
        authorization_url(&self.client, "/sso/authorize", client_id, &params)
    }

    /// Returns the URL that signs the browser's user out at the IdP; makes no request.
    ///
    /// Endpoint: `GET /sso/logout`
    /// ([reference](https://workos.com/docs/reference/sso/logout/redirect))
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the token is empty.
    #[doc(alias("logout", "sign_out"))]
    #[inline]
    pub fn get_logout_url(&self, mut params: GetLogoutUrlParams) -> Result<String, Error> {
        not_empty("token", params.token.expose())?;
        params.return_to = params.return_to.filter(|target| !target.is_empty());
        url(&self.client, "/sso/logout", &params)
    }

    /// Fetches the profile that an [access token](SSOTokenResponse::access_token) was issued for.
    /// Sends the token instead of the API key; 401 if it has expired.
    ///
    /// Endpoint: `GET /sso/profile`
    /// ([reference](https://workos.com/docs/reference/sso/profile/get-user-profile))
    #[inline]
    pub fn get_profile(&self, access_token: impl Into<SecretString>) -> Call<Profile> {
        let request =
            Request::new(&self.client, &GET_PROFILE, Method::GET, format_args!("/sso/profile"));
        Call::new(self.client.clone(), Ok(request)).bearer(access_token)
    }

    /// [`get_profile`](Self::get_profile) with settings for this one call.
    #[inline]
    pub fn get_profile_with_options(
        &self,
        access_token: impl Into<SecretString>,
        options: Option<&RequestOptions>,
    ) -> Call<Profile> {
        self.get_profile(access_token).options(options)
    }

    /// Exchanges the code from the redirect for the user's profile and an access token. Sends the
    /// client ID and API key in the body; a client without a key uses PKCE instead.
    ///
    /// Endpoint: `POST /sso/token`
    /// ([reference](https://workos.com/docs/reference/sso/profile/get-profile-and-token))
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client ID, or neither an API key nor a PKCE
    /// verifier. 400 `invalid_grant` when the code has expired or was already used,
    /// `invalid_client` when the client ID and key do not match, `unauthorized_client`.
    #[inline]
    pub fn get_profile_and_token(
        &self,
        params: impl Into<GetProfileAndToken>,
    ) -> Call<SSOTokenResponse> {
        let params: GetProfileAndToken = params.into();
        let needs_key = params.code_verifier.is_none();
        self.token(&GET_PROFILE_AND_TOKEN, "authorization_code", needs_key, &params)
    }

    /// [`get_profile_and_token`](Self::get_profile_and_token) with settings for this one call.
    #[inline]
    pub fn get_profile_and_token_with_options(
        &self,
        params: impl Into<GetProfileAndToken>,
        options: Option<&RequestOptions>,
    ) -> Call<SSOTokenResponse> {
        self.get_profile_and_token(params).options(options)
    }

    /// Exchanges an IdP's ID token for the user's profile and an access token (RFC 8693).
    ///
    /// Endpoint: `POST /sso/token` ([reference](https://workos.com/docs/reference/sso/profile))
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client ID or no API key. 400 `invalid_grant`,
    /// `invalid_client`, `unauthorized_client` or `unsupported_grant_type`.
    #[doc(alias = "token_exchange")]
    #[inline]
    pub fn exchange_id_token(&self, params: impl Into<ExchangeIdToken>) -> Call<SSOTokenResponse> {
        #[derive(Serialize)]
        struct Grant {
            subject_token_type: &'static str,
            #[serde(flatten)]
            params: ExchangeIdToken,
        }

        let subject_token_type = "urn:ietf:params:oauth:token-type:id_token";
        let grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
        let grant = Grant { subject_token_type, params: params.into() };
        self.token(&EXCHANGE_ID_TOKEN, grant_type, true, &grant)
    }

    /// [`exchange_id_token`](Self::exchange_id_token) with settings for this one call.
    #[inline]
    pub fn exchange_id_token_with_options(
        &self,
        params: impl Into<ExchangeIdToken>,
        options: Option<&RequestOptions>,
    ) -> Call<SSOTokenResponse> {
        self.exchange_id_token(params).options(options)
    }

    /// A request to the token endpoint, with the credentials in the body.
    fn token<T: Serialize>(
        &self,
        operation: &'static Operation,
        grant_type: &'static str,
        needs_key: bool,
        grant: &T,
    ) -> Call<SSOTokenResponse> {
        #[derive(Serialize)]
        struct Body<'a, T> {
            grant_type: &'static str,
            client_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_secret: Option<&'a SecretString>,
            #[serde(flatten)]
            grant: &'a T,
        }

        let describe = || -> Result<Box<Request>, Error> {
            let client_id = self.client.required_client_id()?;
            let client_secret = match needs_key {
                true => Some(self.client.required_client_secret()?),
                false => self.client.api_key(),
            };
            let body = Body { grant_type, client_id, client_secret, grant };
            Request::new(&self.client, operation, Method::POST, format_args!("/sso/token"))
                .body(&body)
        };
        Call::new(self.client.clone(), describe()).unauthenticated()
    }
}

/// The operations that are no rows. Both grants of the token endpoint are one operation of the API.
#[cfg(feature = "requests")]
pub(crate) const PLAIN_OPERATIONS: &[crate::contract::entry::Entry] = &[
    crate::contract::entry::Entry {
        operation: GET_PROFILE,
        #[cfg(feature = "contract")]
        build: |client, _| client.sso().get_profile("access_token").request(),
        #[cfg(feature = "contract")]
        recode: crate::contract::plain::recode::<Profile>,
    },
    crate::contract::entry::Entry {
        operation: GET_PROFILE_AND_TOKEN,
        #[cfg(feature = "contract")]
        build: |client, input| match input.body.get("subject_token") {
            Some(_) => {
                let body: ExchangeIdToken = crate::contract::plain::params(&input.body)?;
                client.sso().exchange_id_token(body).request()
            }
            None => {
                let body: GetProfileAndToken = crate::contract::plain::params(&input.body)?;
                client.sso().get_profile_and_token(body).request()
            }
        },
        #[cfg(feature = "contract")]
        recode: crate::contract::plain::recode::<SSOTokenResponse>,
    },
];

/// Parameters of [`get_authorization_url`](SSOApi::get_authorization_url).
///
/// One of `connection`, `organization` and `provider` is required; an empty one counts as none.
/// `Debug` prints neither [`state`](Self::state) nor [`nonce`](Self::nonce).
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
pub struct GetAuthorizationUrlParams {
    /// Where the browser returns to: a redirect URI configured in the dashboard. Required.
    pub redirect_uri: String,
    /// The client ID; by default the client's own.
    pub client_id: Option<String>,
    /// Sign in through this connection, `conn_…`.
    pub connection: Option<String>,
    /// Sign in through the connection of this organization, `org_…`.
    pub organization: Option<String>,
    /// Sign in with this OAuth provider.
    pub provider: Option<SSOProvider>,
    /// Sign in through the connection with this domain. Deprecated by WorkOS.
    pub domain: Option<String>,
    /// Returned unchanged with the redirect. Use a random value and compare it with
    /// [`state_matches`](crate::helpers::pkce::state_matches) to protect against CSRF.
    pub state: Option<String>,
    /// The domain to prefill at Microsoft or Google.
    pub domain_hint: Option<String>,
    /// The user name or email address to prefill, if the IdP supports it.
    pub login_hint: Option<String>,
    /// A random value that protects against replay.
    pub nonce: Option<String>,
    /// `login` forces the user to authenticate again, even with an active session at the IdP.
    pub prompt: Option<String>,
    /// Additional scopes to request from OAuth and OpenID Connect providers.
    pub provider_scopes: Option<Vec<String>>,
    /// Additional query parameters for an OAuth provider's authorization URL.
    pub provider_query_params: Option<BTreeMap<String, String>>,
    /// PKCE: the challenge that belongs to [`GetProfileAndToken::code_verifier`].
    pub code_challenge: Option<String>,
    /// PKCE: the challenge method, `S256`.
    pub code_challenge_method: Option<String>,
}

impl GetAuthorizationUrlParams {
    /// The required fields only.
    pub fn new(redirect_uri: impl Into<String>) -> Self {
        Self { redirect_uri: redirect_uri.into(), ..Self::default() }
    }
}

debug_hiding! {
    GetAuthorizationUrlParams {
        redirect_uri, client_id, connection, organization, provider, domain, domain_hint,
        login_hint, prompt, provider_scopes, provider_query_params, code_challenge,
        code_challenge_method
    },
    state, nonce
}

impl GetAuthorizationUrlParams {
    /// Whether a connection, organization, provider or (deprecated) domain is set. Drops empty
    /// ones.
    fn says_how(&mut self) -> bool {
        self.provider.take_if(|provider| provider.as_str().is_empty());
        let mut named = self.provider.is_some();
        for way in [&mut self.connection, &mut self.organization, &mut self.domain] {
            way.take_if(|value| value.is_empty());
            named |= way.is_some();
        }
        named
    }
}

open_enum! {
    /// An OAuth provider, for social login.
    #[doc(alias = "social_login")]
    pub enum SSOProvider {
        AppleOAuth = "AppleOAuth", BitbucketOAuth = "BitbucketOAuth", GitHubOAuth = "GitHubOAuth",
        GitLabOAuth = "GitLabOAuth", GoogleOAuth = "GoogleOAuth", IntuitOAuth = "IntuitOAuth",
        LinkedInOAuth = "LinkedInOAuth", MicrosoftOAuth = "MicrosoftOAuth",
        SalesforceOAuth = "SalesforceOAuth", SlackOAuth = "SlackOAuth",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        XeroOAuth = "XeroOAuth",
    }
}

inputs! {
    /// The user to sign out.
    GetLogoutUrlParams {
        /// The [`logout_token`](SSOLogoutAuthorizeResponse::logout_token).
        token: SecretString,
        /// The URL to return the browser to.
        return_to: Option<String>,
    }

    /// The user to sign out.
    #[derive(Eq)]
    AuthorizeLogout {
        /// The ID of the [`Profile`], `prof_…`.
        profile_id: String,
    }

    /// The code to exchange. The client adds its client ID, API key and the grant type.
    GetProfileAndToken {
        /// The code from the redirect. It is short-lived and works once.
        code: SecretString,
        /// PKCE: the verifier that belongs to the challenge of the authorization URL.
        code_verifier: Option<SecretString>,
    }

    /// The ID token to exchange. The client adds its client ID, API key and the grant type.
    ExchangeIdToken {
        /// The ID token from the IdP.
        subject_token: SecretString,
        /// The organization whose IdP issued it.
        organization_id: String,
    }
}

objects! {
    /// The URL that signs a user out.
    SSOLogoutAuthorizeResponse {
        /// The logout URL for the browser, which contains the token.
        logout_url: SecretString,
        /// The token alone, for [`get_logout_url`](SSOApi::get_logout_url).
        logout_token: SecretString,
    }

    /// The profile and tokens of a user who signed in.
    SSOTokenResponse {
        /// Always `Bearer`.
        token_type: String,
        /// The access token, for [`get_profile`](SSOApi::get_profile).
        access_token: SecretString,
        /// The lifetime of the access token, in seconds.
        expires_in: i64,
        /// The user's profile from the IdP.
        profile: Profile,
        /// Tokens of an OAuth provider, if the connection is configured to return them.
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_tokens: Option<OAuthTokens>,
    }

    /// A user's profile from an identity provider.
    Profile {
        /// Always `profile`.
        object: ObjectType,
        /// The ID, `prof_…`.
        id: String,
        /// The organization of the connection.
        organization_id: Option<String>,
        /// The connection that the user signed in through.
        connection_id: String,
        /// The identity provider and the protocol of that connection.
        connection_type: ConnectionType,
        /// The IdP's own ID for the user.
        idp_id: String,
        /// The email address.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The full name.
        name: Option<String>,
        /// The user's role in the organization.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<SlimRole>,
        /// The user's roles, if the environment has multiple roles enabled.
        #[serde(skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<SlimRole>>,
        /// The user's groups at the IdP.
        #[serde(skip_serializing_if = "Option::is_none")]
        groups: Option<Vec<String>>,
        /// The custom attributes mapped for the connection.
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_attributes: Option<BTreeMap<String, Value>>,
        /// All attributes from the IdP, by their original names.
        raw_attributes: BTreeMap<String, Value>,
    }
}
