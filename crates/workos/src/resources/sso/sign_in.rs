//! Signing in: the URL to send the browser to, the exchange of the code it comes back with, and
//! signing out.

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

    /// Begins signing a user out at the identity provider: returns the URL to send the browser to,
    /// and the token in it, which is good for a short time.
    ///
    /// # Errors
    ///
    /// 400 `connection_invalid` when the connection is not a `GenericOIDC` one.
    POST "/sso/logout/authorize"
        => authorize_logout(body: AuthorizeLogout) -> SSOLogoutAuthorizeResponse;
}

const GET_PROFILE: Operation = Operation::new("sso", "get_profile", "GET", "/sso/profile");
const GET_PROFILE_AND_TOKEN: Operation =
    Operation::new("sso", "get_profile_and_token", "POST", "/sso/token");
const EXCHANGE_ID_TOKEN: Operation =
    Operation::new("sso", "exchange_id_token", "POST", "/sso/token");

impl SSOApi {
    /// Makes the URL that a browser is sent to in order to sign a user in; nothing is requested.
    /// It comes back to the redirect URI with a `code` for
    /// [`get_profile_and_token`](Self::get_profile_and_token), or with an `error`.
    ///
    /// Endpoint: `GET /sso/authorize`
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no id, the redirect URI is empty, or there is neither
    /// connection, organization nor provider.
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

    /// Makes the URL that a browser is sent to in order to sign its user out at the identity
    /// provider; nothing is requested.
    ///
    /// Endpoint: `GET /sso/logout`
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the token is empty.
    #[inline]
    pub fn get_logout_url(&self, mut params: GetLogoutUrlParams) -> Result<String, Error> {
        not_empty("token", params.token.expose())?;
        params.return_to = params.return_to.filter(|target| !target.is_empty());
        url(&self.client, "/sso/logout", &params)
    }

    /// Fetches the profile that an [access token](SSOTokenResponse::access_token) was issued for.
    /// The token is sent instead of the API key; 401 when it has expired.
    ///
    /// Endpoint: `GET /sso/profile`
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

    /// Exchanges the code that the browser came back with for the user's profile and a token. The
    /// client's id and API key go into the body; without a key, PKCE takes its place.
    ///
    /// Endpoint: `POST /sso/token`
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client id, or neither a key nor a verifier. 400
    /// `invalid_grant` when the code has expired or was used before, `invalid_client` when id and
    /// key do not belong together, `unauthorized_client`.
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

    /// Exchanges an ID token that the identity provider gave to your application for the user's
    /// profile and a token (RFC 8693).
    ///
    /// Endpoint: `POST /sso/token`
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client id or no key. 400 `invalid_grant`,
    /// `invalid_client`, `unauthorized_client` or `unsupported_grant_type`.
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

    /// A request to the token endpoint, where the credentials are in the body.
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
#[cfg(feature = "contract")]
pub(crate) const PLAIN_OPERATIONS: &[crate::contract::entry::Entry] = &[
    crate::contract::entry::Entry {
        operation: GET_PROFILE,
        build: |client, _| client.sso().get_profile("access_token").request(),
        recode: crate::contract::entry::recode::<Profile>,
    },
    crate::contract::entry::Entry {
        operation: GET_PROFILE_AND_TOKEN,
        build: |client, input| match input.body.get("subject_token") {
            Some(_) => {
                let body: ExchangeIdToken = crate::contract::entry::params(&input.body)?;
                client.sso().exchange_id_token(body).request()
            }
            None => {
                let body: GetProfileAndToken = crate::contract::entry::params(&input.body)?;
                client.sso().get_profile_and_token(body).request()
            }
        },
        recode: crate::contract::entry::recode::<SSOTokenResponse>,
    },
];

/// How a user is to sign in: through a `connection`, an `organization` or a `provider`.
///
/// One of them is required; an empty one counts as none. `Debug` prints neither
/// [`state`](Self::state) nor [`nonce`](Self::nonce).
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct GetAuthorizationUrlParams {
    /// Where the browser comes back to: one of the redirect URIs in the dashboard. Required.
    pub redirect_uri: String,
    /// The application to sign in to, unless it is the client's own id.
    pub client_id: Option<String>,
    /// Through this connection, `conn_…`.
    pub connection: Option<String>,
    /// Through the connection of this organization, `org_…`.
    pub organization: Option<String>,
    /// With an account at this provider.
    pub provider: Option<SSOProvider>,
    /// Through the connection with this domain. Deprecated by WorkOS.
    pub domain: Option<String>,
    /// Comes back as it is. Random and compared, with
    /// [`state_matches`](crate::helpers::pkce::state_matches), it shows that the same browser began.
    pub state: Option<String>,
    /// The domain to fill in at Microsoft or Google.
    pub domain_hint: Option<String>,
    /// The user name or address to fill in, where the identity provider supports that.
    pub login_hint: Option<String>,
    /// Random text that protects against replay.
    pub nonce: Option<String>,
    /// `login` has the user sign in anew, even where the identity provider still knows them.
    pub prompt: Option<String>,
    /// What to ask for beyond the usual, of OAuth and OpenID Connect providers.
    pub provider_scopes: Option<Vec<String>>,
    /// Parameters for the provider's own URL, of OAuth providers.
    pub provider_query_params: Option<BTreeMap<String, String>>,
    /// PKCE: the hash of the verifier that [`GetProfileAndToken::code_verifier`] will be.
    pub code_challenge: Option<String>,
    /// PKCE: how it was hashed, `S256`.
    pub code_challenge_method: Option<String>,
}

impl GetAuthorizationUrlParams {
    /// What is required, and nothing else.
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
    /// Whether a connection, an organization or a provider is named, or a domain, as it once was.
    /// Drops those that are empty.
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
    /// A provider that anybody can have an account at.
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
    /// Whom to sign out.
    GetLogoutUrlParams {
        /// The [`logout_token`](SSOLogoutAuthorizeResponse::logout_token).
        token: SecretString,
        /// Where the browser goes next.
        return_to: Option<String>,
    }

    /// Whom to sign out.
    #[derive(Eq)]
    AuthorizeLogout {
        /// `prof_…`, the id of a [`Profile`].
        profile_id: String,
    }

    /// The code to exchange. The client adds its id, its key and the grant type.
    GetProfileAndToken {
        /// The code that the browser came back with; it works once and for a short time.
        code: SecretString,
        /// PKCE: the verifier that the authorization URL has the challenge of.
        code_verifier: Option<SecretString>,
    }

    /// The ID token to exchange. The client adds its id, its key and the grant type.
    ExchangeIdToken {
        /// The ID token of the identity provider.
        subject_token: SecretString,
        /// The organization whose identity provider issued it.
        organization_id: String,
    }
}

objects! {
    /// Where to send the browser to sign a user out.
    SSOLogoutAuthorizeResponse {
        /// The URL, with the token in it.
        logout_url: SecretString,
        /// The token alone, for [`get_logout_url`](SSOApi::get_logout_url).
        logout_token: SecretString,
    }

    /// A user who has signed in.
    SSOTokenResponse {
        /// Always `Bearer`.
        token_type: String,
        /// What [`get_profile`](SSOApi::get_profile) takes.
        access_token: SecretString,
        /// For how many seconds the token works.
        expires_in: i64,
        /// The user, as the identity provider tells.
        profile: Profile,
        /// Tokens of an OAuth provider, where the connection is set to return them.
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_tokens: Option<OAuthTokens>,
    }

    /// A user, as an identity provider tells.
    Profile {
        /// Always `profile`.
        object: ObjectType,
        /// `prof_…`
        id: String,
        /// The organization of the connection.
        organization_id: Option<String>,
        /// The connection that the user signed in through.
        connection_id: String,
        /// The identity provider and the protocol of that connection.
        connection_type: ConnectionType,
        /// The identity provider's own id for the user.
        idp_id: String,
        /// The address.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The whole name.
        name: Option<String>,
        /// The user's role in the organization.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<SlimRole>,
        /// The user's roles, where there can be several.
        #[serde(skip_serializing_if = "Option::is_none")]
        roles: Option<Vec<SlimRole>>,
        /// The groups that the identity provider has the user in.
        #[serde(skip_serializing_if = "Option::is_none")]
        groups: Option<Vec<String>>,
        /// The attributes that are mapped for the connection.
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_attributes: Option<BTreeMap<String, Value>>,
        /// Everything that the identity provider told, in its own names.
        raw_attributes: BTreeMap<String, Value>,
    }
}
