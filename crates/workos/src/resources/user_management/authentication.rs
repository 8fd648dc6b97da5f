//! Signing in: from a password, a code or a token to a session.
//!
//! Each way of signing in is a method that returns the session's tokens. When the user has to do
//! something else first, the call fails, and
//! [`authentication_step`](crate::Error::authentication_step) says what and carries what the next
//! call needs:
//!
//! ```no_run
//! use workos::user_management::{
//!     AuthenticateWithEmailVerificationParams, AuthenticateWithOrganizationSelectionParams,
//!     AuthenticateWithPasswordParams, AuthenticationStep,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! let params = AuthenticateWithPasswordParams {
//!     ip_address: Some("203.0.113.7".into()),
//!     ..AuthenticateWithPasswordParams::new("ada@example.com", "correct horse battery staple")
//! };
//! let mut result = users.authenticate_with_password(params).await;
//! while let Err(error) = &result {
//!     let Some(step) = error.authentication_step() else { break };
//!     result = match step {
//!         AuthenticationStep::EmailVerificationRequired { pending_authentication_token, .. } => {
//!             let code = "123456"; // from the user, who has it from an email
//!             let params = AuthenticateWithEmailVerificationParams::new(
//!                 code,
//!                 pending_authentication_token,
//!             );
//!             users.authenticate_with_email_verification(params).await
//!         }
//!         AuthenticationStep::OrganizationSelectionRequired {
//!             pending_authentication_token, organizations, ..
//!         } => {
//!             let Some(chosen) = organizations.first() else { break }; // by the user
//!             let params = AuthenticateWithOrganizationSelectionParams::new(
//!                 pending_authentication_token,
//!                 &chosen.id,
//!             );
//!             users.authenticate_with_organization_selection(params).await
//!         }
//!         _ => break,
//!     };
//! }
//! println!("{} is signed in", result?.user.email);
//! # Ok(()) }
//! ```
//!
//! The client's own id and API key are sent along as `client_id` and `client_secret`. A public
//! client, which has no API key, signs users in by
//! [`authenticate_with_code`](UserManagementApi::authenticate_with_code) with a PKCE verifier,
//! [`authenticate_with_refresh_token`](UserManagementApi::authenticate_with_refresh_token) and
//! [`authenticate_with_device_code`](UserManagementApi::authenticate_with_device_code); all other
//! ways need the key.
//!
//! # Errors
//!
//! A code that the user typed in is refused with 400 `invalid_one_time_code`,
//! `one_time_code_expired`, `one_time_code_previously_used` or `one_time_code_too_many_attempts`. A
//! step that comes too late is refused with 400 `invalid_pending_authentication_token`: the sign-in
//! has to be begun again.

use http::Method;
use serde::Serialize;

use super::{Impersonator, User, UserManagementApi};
use crate::client::path::segment;
use crate::client::request::Request;
use crate::operation::Operation;
use crate::{Call, Error, OAuthTokens, RequestOptions, SecretString};

const AUTHENTICATE: &str = "/user_management/authenticate";

/// The grant whose token may be exchanged twice in quick succession, as when an answer was lost:
/// WorkOS has a grace period for that.
const REFRESH_TOKEN: &str = "refresh_token";

/// Whether a grant sends the API key as `client_secret`.
#[derive(Clone, Copy)]
enum ClientSecret {
    Required,
    /// If there is a key; a public client goes without.
    Optional,
    Never,
}

/// The body of every grant.
#[derive(Serialize)]
struct Grant<'a, P> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a SecretString>,
    grant_type: &'static str,
    #[serde(flatten)]
    params: &'a P,
}

impl UserManagementApi {
    fn authenticate<P: Serialize>(
        &self,
        operation: &'static Operation,
        grant_type: &'static str,
        secret: ClientSecret,
        params: &P,
    ) -> Call<AuthenticateResponse> {
        let describe = || -> Result<Box<Request>, Error> {
            let client_id = self.client.required_client_id()?;
            let client_secret = match secret {
                ClientSecret::Required => Some(self.client.required_client_secret()?),
                ClientSecret::Optional => self.client.api_key(),
                ClientSecret::Never => None,
            };
            let grant = Grant { client_id, client_secret, grant_type, params };
            Request::new(&self.client, operation, Method::POST, format_args!("{AUTHENTICATE}"))
                .body(&grant)
                .map(|request| request.replayable(grant_type == REFRESH_TOKEN))
        };
        Call::new(self.client.clone(), describe()).unauthenticated()
    }
}

/// Declares the grants: for each a method, its `*_with_options` companion and a parameter struct.
/// Fields before the `;` are required and go into `new`; those after it are optional. All grants
/// have `ip_address`, `device_id` and `user_agent` besides.
macro_rules! grants {
    ($(
        $(#[$doc:meta])*
        $grant_type:literal, $secret:expr => $name:ident($params:ident: $type:ident) {
            $($(#[$required_doc:meta])* $required:ident: $required_type:ty),+;
            $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ty,)*
        }
    )*) => {
        $(impl UserManagementApi {
            $(#[$doc])*
            #[doc = "\n\nEndpoint: `POST /user_management/authenticate`"]
            #[inline]
            pub fn $name(&self, $params: $type) -> Call<AuthenticateResponse> {
                const OPERATION: Operation =
                    Operation::new("user_management", stringify!($name), "POST", AUTHENTICATE);
                self.authenticate(&OPERATION, $grant_type, $secret, &$params)
            }
        }

        pastey::paste! {
            impl UserManagementApi {
                #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name),
                    ") with settings for this one call.")]
                #[inline]
                pub fn [<$name _with_options>](
                    &self,
                    params: $type,
                    options: Option<&RequestOptions>,
                ) -> Call<AuthenticateResponse> {
                    self.$name(params).options(options)
                }
            }
        }

        #[doc = concat!("Parameters of [`", stringify!($name), "`](UserManagementApi::",
            stringify!($name), ").")]
        #[derive(Debug, Clone, PartialEq, Default, Serialize)]
        #[cfg_attr(feature = "contract", derive(serde::Deserialize))]
        pub struct $type {
            $($(#[$required_doc])* pub $required: $required_type,)+
            $(
                $(#[$optional_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
            /// The address of the device the user signs in from.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub ip_address: Option<String>,
            /// An id of your own for that device.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub device_id: Option<String>,
            /// The `User-Agent` of that device.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub user_agent: Option<String>,
        }

        impl $type {
            /// What is required and nothing else.
            pub fn new($($required: impl Into<$required_type>),+) -> Self {
                Self { $($required: $required.into(),)+ ..Self::default() }
            }
        })*

        #[cfg(feature = "contract")]
        fn build_grant(
            client: &crate::Client,
            input: &crate::contract::entry::Input<'_>,
        ) -> Result<crate::transport::HttpRequest, Error> {
            crate::contract::entry::all_used(&mut input.path.iter().copied())?;
            let api = client.user_management();
            match input.body.get("grant_type").and_then(|grant| grant.as_str()) {
                $(Some($grant_type) => {
                    api.$name(crate::contract::entry::params(&input.body)?).request()
                })*
                _ => Err(Error::builder("grant_type: missing or unknown")),
            }
        }
    };
}

grants! {
    /// Signs in with the code that the user brought back from the
    /// [authorization URL](Self::get_authorization_url).
    ///
    /// Without an API key there must be a
    /// [`code_verifier`](AuthenticateWithCodeParams::code_verifier).
    ///
    /// # Errors
    ///
    /// 400 `invalid_grant` when the code was used before, has expired or does not go with the
    /// verifier; then the user has to sign in again.
    "authorization_code",
    if params.code_verifier.is_some() { ClientSecret::Optional } else { ClientSecret::Required }
    => authenticate_with_code(params: AuthenticateWithCodeParams) {
        /// The parameter `code` of the redirect. It works once. Required.
        code: SecretString;
        /// PKCE: the text whose hash was the `code_challenge` of the authorization URL.
        code_verifier: SecretString,
        /// An invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// What the Radar script in the browser collected under.
        signals_id: String,
    }

    /// Signs in with an address and a password.
    ///
    /// # Errors
    ///
    /// 400 `invalid_credentials`; 403 `email_password_auth_disabled` or
    /// `authentication_method_not_allowed`, when the user has to sign in otherwise.
    "password", ClientSecret::Required
    => authenticate_with_password(params: AuthenticateWithPasswordParams) {
        /// The address. Required.
        email: String,
        /// The password. Required.
        password: SecretString;
        /// An invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// What the Radar script in the browser collected under.
        signals_id: String,
        /// The attempt that Radar has looked at already.
        radar_auth_attempt_id: String,
    }

    /// Refreshes a session: exchanges its refresh token for a new access token and the next refresh
    /// token.
    ///
    /// The old refresh token is used up. WorkOS accepts it once more in quick succession, so the
    /// call is repeated once, at once, when its answer is lost to a timeout or a reset. An API key
    /// is sent if there is one.
    ///
    /// # Errors
    ///
    /// 400 `invalid_grant` when the session is over; 400 `sso_required` or `mfa_enrollment` when
    /// the organization asks for more than the session was started with.
    "refresh_token", ClientSecret::Optional
    => authenticate_with_refresh_token(params: AuthenticateWithRefreshTokenParams) {
        /// The session's latest refresh token. Required.
        refresh_token: SecretString;
        /// The organization that the session is for from now on.
        organization_id: String,
    }

    /// Signs in with the code of a [`create_magic_auth`](Self::create_magic_auth).
    "urn:workos:oauth:grant-type:magic-auth:code", ClientSecret::Required
    => authenticate_with_magic_auth(params: AuthenticateWithMagicAuthParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// The address it was sent to. Required.
        email: String;
        /// An invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// The attempt that Radar has looked at already.
        radar_auth_attempt_id: String,
        /// An authorization code of another sign-in, whose identity becomes the user's too.
        link_authorization_code: SecretString,
    }

    /// Completes a sign-in by proving the address
    /// ([`EmailVerificationRequired`](crate::AuthenticationStep::EmailVerificationRequired)).
    "urn:workos:oauth:grant-type:email-verification:code", ClientSecret::Required
    => authenticate_with_email_verification(params: AuthenticateWithEmailVerificationParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString;
    }

    /// Completes a sign-in with a second factor
    /// ([`MfaChallenge`](crate::AuthenticationStep::MfaChallenge),
    /// [`MfaEnrollment`](crate::AuthenticationStep::MfaEnrollment)).
    "urn:workos:oauth:grant-type:mfa-totp", ClientSecret::Required
    => authenticate_with_totp(params: AuthenticateWithTotpParams) {
        /// The code that the user's authenticator app shows. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString,
        /// The challenge that was made for the factor, `auth_challenge_…`. Required.
        authentication_challenge_id: String;
    }

    /// Completes a sign-in by the choice of an organization
    /// ([`OrganizationSelectionRequired`](crate::AuthenticationStep::OrganizationSelectionRequired)).
    ///
    /// # Errors
    ///
    /// 400 `organization_not_found` or `organization_membership_not_found`.
    "urn:workos:oauth:grant-type:organization-selection", ClientSecret::Required
    => authenticate_with_organization_selection(
        params: AuthenticateWithOrganizationSelectionParams
    ) {
        /// From the step. Required.
        pending_authentication_token: SecretString,
        /// One of the step's organizations. Required.
        organization_id: String;
    }

    /// Asks whether the user has let a device in: see [`create_device`](Self::create_device). It
    /// sends no API key.
    ///
    /// # Errors
    ///
    /// 400 `authorization_pending` until the user has answered; `slow_down` when asked too often:
    /// wait 5 seconds longer from then on; `access_denied` when the user refused; `expired_token`
    /// when the time for it is over.
    "urn:ietf:params:oauth:grant-type:device_code", ClientSecret::Never
    => authenticate_with_device_code(params: AuthenticateWithDeviceCodeParams) {
        /// From [`create_device`](UserManagementApi::create_device). Required.
        device_code: SecretString;
    }

    /// Completes a sign-in with the code that Radar had sent by email
    /// ([`RadarChallenge`](crate::AuthenticationStep::RadarChallenge)).
    "urn:workos:oauth:grant-type:radar-email-challenge:code", ClientSecret::Required
    => authenticate_with_radar_email_challenge(params: AuthenticateWithRadarEmailChallengeParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// From the step. Required.
        radar_challenge_id: String,
        /// From the step. Required.
        pending_authentication_token: SecretString;
    }

    /// Completes a sign-in with the code of a
    /// [`create_radar_challenge`](Self::create_radar_challenge), sent by SMS
    /// ([`RadarSmsSignInChallenge`](crate::AuthenticationStep::RadarSmsSignInChallenge)).
    ///
    /// # Errors
    ///
    /// 400 `verification_id_required` or `phone_number_required`.
    "urn:workos:oauth:grant-type:radar-sms-challenge:code", ClientSecret::Required
    => authenticate_with_radar_sms_challenge(params: AuthenticateWithRadarSmsChallengeParams) {
        /// The code from the SMS. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString;
        /// From `create_radar_challenge`.
        verification_id: String,
        /// The number that the code was sent to.
        phone_number: String,
    }

    /// Completes a sign-in with an address, where the provider did not tell one
    /// ([`EmailCompletionRequired`](crate::AuthenticationStep::EmailCompletionRequired)).
    "urn:workos:oauth:grant-type:email-completion", ClientSecret::Required
    => authenticate_with_email_completion(params: AuthenticateWithEmailCompletionParams) {
        /// From the step. Required.
        email_completion_token: SecretString,
        /// The address. Required.
        email: String;
        /// What the Radar script in the browser collected under.
        signals_id: String,
    }
}

const CREATE_DEVICE: Operation =
    Operation::new("user_management", "create_device", "POST", "/user_management/authorize/device");
const GET_JWKS: Operation =
    Operation::new("user_management", "get_jwks", "GET", "/sso/jwks/{client_id}");

impl UserManagementApi {
    /// Begins to sign in on a device without a browser, such as a terminal (RFC 8628).
    ///
    /// Show the user the link and the code, then ask with
    /// [`authenticate_with_device_code`](Self::authenticate_with_device_code) every
    /// [`interval`](DeviceAuthorizationResponse::interval) seconds. It sends no API key.
    ///
    /// Endpoint: `POST /user_management/authorize/device`
    #[inline]
    pub fn create_device(
        &self,
        params: impl Into<CreateDeviceAuthorization>,
    ) -> Call<DeviceAuthorizationResponse> {
        let describe = || -> Result<Box<Request>, Error> {
            let mut body: CreateDeviceAuthorization = params.into();
            if body.client_id.is_none() {
                body.client_id = Some(self.client.required_client_id()?.to_owned());
            }
            let path = CREATE_DEVICE.path;
            Request::new(&self.client, &CREATE_DEVICE, Method::POST, format_args!("{path}"))
                .body(&body)
        };
        Call::new(self.client.clone(), describe()).unauthenticated()
    }

    /// [`create_device`](Self::create_device) with settings for this one call.
    #[inline]
    pub fn create_device_with_options(
        &self,
        params: impl Into<CreateDeviceAuthorization>,
        options: Option<&RequestOptions>,
    ) -> Call<DeviceAuthorizationResponse> {
        self.create_device(params).options(options)
    }

    /// Fetches the public keys that access tokens are signed with. They are public: no API key is
    /// needed or sent.
    ///
    /// Endpoint: `GET /sso/jwks/{client_id}`
    #[inline]
    pub fn get_jwks(&self, client_id: &str) -> Call<JwksResponse> {
        let describe = || -> Result<Box<Request>, Error> {
            let client_id = segment("client_id", client_id)?;
            Ok(Request::new(
                &self.client,
                &GET_JWKS,
                Method::GET,
                format_args!("/sso/jwks/{client_id}"),
            ))
        };
        Call::new(self.client.clone(), describe()).unauthenticated()
    }

    /// [`get_jwks`](Self::get_jwks) with settings for this one call.
    #[inline]
    pub fn get_jwks_with_options(
        &self,
        client_id: &str,
        options: Option<&RequestOptions>,
    ) -> Call<JwksResponse> {
        self.get_jwks(client_id).options(options)
    }
}

#[cfg(feature = "contract")]
pub(crate) const OPERATIONS: &[crate::contract::entry::Entry] = &[
    crate::contract::entry::Entry {
        operation: Operation::new(
            "user_management",
            "authenticate_with_password",
            "POST",
            AUTHENTICATE,
        ),
        build: build_grant,
        recode: crate::contract::entry::recode::<AuthenticateResponse>,
    },
    crate::contract::entry::Entry {
        operation: CREATE_DEVICE,
        build: |client, input| {
            crate::contract::entry::all_used(&mut input.path.iter().copied())?;
            let params: CreateDeviceAuthorization = crate::contract::entry::params(&input.body)?;
            client.user_management().create_device(params).request()
        },
        recode: crate::contract::entry::recode::<DeviceAuthorizationResponse>,
    },
    crate::contract::entry::Entry {
        operation: GET_JWKS,
        build: |client, input| {
            let path = &mut input.path.iter().copied();
            let client_id = crate::contract::entry::path_value(path, "client_id")?;
            crate::contract::entry::all_used(path)?;
            client.user_management().get_jwks(client_id).request()
        },
        recode: crate::contract::entry::recode::<JwksResponse>,
    },
];

inputs! {
    /// For which application a device is let in.
    #[derive(Eq)]
    CreateDeviceAuthorization {
        /// The application, unless it is the client's own id.
        client_id: Option<String>,
    }
}

objects! {
    /// A session, and whose it is.
    AuthenticateResponse {
        /// Who signed in.
        user: User,
        /// The organization that was signed in to.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// A code with which another application of yours gets a session of the same user.
        #[serde(skip_serializing_if = "Option::is_none")]
        authkit_authorization_code: Option<SecretString>,
        /// A JWT that tells who the user is and what they may do, for a few minutes.
        access_token: SecretString,
        /// What [`authenticate_with_refresh_token`](UserManagementApi::authenticate_with_refresh_token)
        /// takes, once.
        refresh_token: SecretString,
        /// How the user signed in.
        #[serde(skip_serializing_if = "Option::is_none")]
        authentication_method: Option<AuthenticateResponseAuthenticationMethod>,
        /// Who acts as the user, where somebody does.
        #[serde(skip_serializing_if = "Option::is_none")]
        impersonator: Option<Impersonator>,
        /// What the identity provider gave, where the environment asks for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_tokens: Option<OAuthTokens>,
    }
}

open_enum! {
    /// How a user signed in.
    pub enum AuthenticateResponseAuthenticationMethod {
        AppleOAuth = "AppleOAuth", BitbucketOAuth = "BitbucketOAuth",
        /// By another application of the same provider.
        CrossAppAuth = "CrossAppAuth",
        DiscordOAuth = "DiscordOAuth",
        /// By a system outside WorkOS.
        ExternalAuth = "ExternalAuth",
        GitHubOAuth = "GitHubOAuth", GitLabOAuth = "GitLabOAuth", GoogleOAuth = "GoogleOAuth",
        GrokOAuth = "GrokOAuth",
        /// From the dashboard, in the user's name.
        Impersonation = "Impersonation",
        IntuitOAuth = "IntuitOAuth", LinkedInOAuth = "LinkedInOAuth",
        /// With a code sent by email.
        MagicAuth = "MagicAuth",
        MicrosoftOAuth = "MicrosoftOAuth",
        /// The session was brought along from another system.
        MigratedSession = "MigratedSession",
        Passkey = "Passkey", Password = "Password", SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        /// Through the organization's identity provider.
        SSO = "SSO",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        XOAuth = "XOAuth", XeroOAuth = "XeroOAuth",
    }
}

objects! {
    /// What to show on a device without a browser, and how to ask for the outcome.
    DeviceAuthorizationResponse {
        /// What the device asks with; not to be shown.
        device_code: SecretString,
        /// What the user types in or compares.
        user_code: SecretString,
        /// Where the user types it in.
        verification_uri: String,
        /// The same with the code filled in, for a QR code.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_uri_complete: Option<SecretString>,
        /// For how many seconds the codes work.
        expires_in: f64,
        /// How many seconds to wait between two requests; 5 where it is missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        interval: Option<f64>,
    }

    /// The keys that access tokens are signed with (RFC 7517).
    #[derive(Eq)]
    JwksResponse {
        /// More than one while keys are being replaced.
        keys: Vec<JwksResponseKeys>,
    }

    /// A public key. Fields other than [`kty`](Self::kty) depend on the kind of key, so that one of
    /// another kind does not spoil the set.
    #[derive(Eq)]
    JwksResponseKeys {
        /// The kind of key; `RSA` so far.
        kty: String,
        /// The algorithm of the signatures; `RS256` so far.
        #[serde(skip_serializing_if = "Option::is_none")]
        alg: Option<String>,
        /// What the key is for: `sig`.
        #[serde(skip_serializing_if = "Option::is_none")]
        use_ as "use": Option<String>,
        /// The name that the header of a token refers to.
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<String>,
        /// RSA: the modulus, base64url.
        #[serde(skip_serializing_if = "Option::is_none")]
        n: Option<String>,
        /// RSA: the exponent, base64url.
        #[serde(skip_serializing_if = "Option::is_none")]
        e: Option<String>,
        /// The key's certificates, base64.
        #[serde(skip_serializing_if = "Option::is_none")]
        x5c: Option<Vec<String>>,
        /// The SHA-256 of the first certificate, base64url.
        #[serde(skip_serializing_if = "Option::is_none")]
        x5t_s256 as "x5t#S256": Option<String>,
    }
}
