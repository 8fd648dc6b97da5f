//! Authentication: signing users in with a password, a code or a token.
//!
//! Each grant is a method that returns the session's tokens. If the user must complete another step
//! first, the call fails, and [`authentication_step`](crate::Error::authentication_step) names the
//! step and carries what the next call needs:
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
//!             let code = "123456"; // entered by the user, from the email
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
//! The client sends its client ID and API key as `client_id` and `client_secret`. A public client,
//! which has no API key, signs users in with
//! [`authenticate_with_code`](UserManagementApi::authenticate_with_code) with a PKCE verifier,
//! [`authenticate_with_refresh_token`](UserManagementApi::authenticate_with_refresh_token) and
//! [`authenticate_with_device_code`](UserManagementApi::authenticate_with_device_code); all other
//! grants require the API key.
//!
//! # Errors
//!
//! Wrong, expired or used one-time codes fail with 400 `invalid_one_time_code`,
//! `one_time_code_expired`, `one_time_code_previously_used` or `one_time_code_too_many_attempts`. A
//! step that comes too late fails with 400 `invalid_pending_authentication_token`: restart the
//! sign-in.

use http::Method;
use serde::Serialize;

use super::{Impersonator, User, UserManagementApi};
use crate::client::path::segment;
use crate::client::request::Request;
use crate::operation::Operation;
use crate::{Call, Error, OAuthTokens, RequestOptions, SecretString};

const AUTHENTICATE: &str = "/user_management/authenticate";

/// The grant whose token may be exchanged twice in quick succession, for example after a lost
/// response: WorkOS has a grace period for that.
const REFRESH_TOKEN: &str = "refresh_token";

/// Whether a grant sends the API key as `client_secret`.
#[derive(Clone, Copy)]
enum ClientSecret {
    Required,
    /// Sent if there is a key; a public client has none.
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
/// also have `ip_address`, `device_id` and `user_agent`. `@` names the page in WorkOS's API
/// reference.
macro_rules! grants {
    ($(
        $(#[$doc:meta])*
        $grant_type:literal @ $page:literal, $secret:expr
            => $name:ident($params:ident: $type:ident) {
            $($(#[$required_doc:meta])* $required:ident: $required_type:ty),+;
            $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ty,)*
        }
    )*) => {
        $(impl UserManagementApi {
            $(#[$doc])*
            #[doc = concat!("\n\nEndpoint: `POST /user_management/authenticate` ([reference]",
                "(https://workos.com/docs/reference/authkit/", $page, "))")]
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
        #[cfg_attr(feature = "requests", derive(serde::Deserialize))]
        pub struct $type {
            $($(#[$required_doc])* pub $required: $required_type,)+
            $(
                $(#[$optional_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
            /// The IP address of the user's device.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub ip_address: Option<String>,
            /// Your own ID for the user's device.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub device_id: Option<String>,
            /// The `User-Agent` of the user's device.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub user_agent: Option<String>,
        }

        impl $type {
            /// The required fields only.
            pub fn new($($required: impl Into<$required_type>),+) -> Self {
                Self { $($required: $required.into(),)+ ..Self::default() }
            }
        })*

        #[cfg(feature = "contract")]
        fn build_grant(
            client: &crate::Client,
            input: &crate::contract::plain::Input<'_>,
        ) -> Result<crate::transport::HttpRequest, Error> {
            crate::contract::plain::all_used(&mut input.path.iter().copied())?;
            let api = client.user_management();
            match input.body.get("grant_type").and_then(|grant| grant.as_str()) {
                $(Some($grant_type) => {
                    api.$name(crate::contract::plain::params(&input.body)?).request()
                })*
                _ => Err(Error::builder("grant_type: missing or unknown")),
            }
        }
    };
}

grants! {
    /// Signs a user in with the code from the redirect: see
    /// [`get_authorization_url`](Self::get_authorization_url).
    ///
    /// A client without an API key requires a
    /// [`code_verifier`](AuthenticateWithCodeParams::code_verifier).
    ///
    /// # Errors
    ///
    /// 400 `invalid_grant` when the code was already used, has expired or does not match the
    /// verifier; the user must sign in again.
    #[doc(alias("login", "sign_in"))]
    "authorization_code" @ "authentication/code",
    if params.code_verifier.is_some() { ClientSecret::Optional } else { ClientSecret::Required }
    => authenticate_with_code(params: AuthenticateWithCodeParams) {
        /// The `code` parameter of the redirect. It works once. Required.
        code: SecretString;
        /// PKCE: the verifier that belongs to the `code_challenge` of the authorization URL.
        code_verifier: SecretString,
        /// The token of an invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: String,
    }

    /// Signs a user in with an email address and a password.
    ///
    /// # Errors
    ///
    /// 400 `invalid_credentials`; 403 `email_password_auth_disabled` or
    /// `authentication_method_not_allowed`, when the user must use another authentication method.
    #[doc(alias("login", "sign_in"))]
    "password" @ "authentication/password", ClientSecret::Required
    => authenticate_with_password(params: AuthenticateWithPasswordParams) {
        /// The email address. Required.
        email: String,
        /// The password. Required.
        password: SecretString;
        /// The token of an invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: String,
        /// The ID of the attempt that Radar has already assessed.
        radar_auth_attempt_id: String,
    }

    /// Refreshes a session: exchanges its refresh token for a new access and refresh token.
    ///
    /// The old refresh token is then used up. WorkOS accepts it a second time within a short grace
    /// period, so the client retries the call once, immediately, if the response is lost to a
    /// timeout or a connection reset. An API key is sent if there is one.
    ///
    /// # Errors
    ///
    /// 400 `invalid_grant` when the session has ended; 400 `sso_required` or `mfa_enrollment` when
    /// the organization requires stronger authentication than the session was started with.
    #[doc(alias("refresh_session", "switch_organization"))]
    "refresh_token" @ "authentication/refresh-token", ClientSecret::Optional
    => authenticate_with_refresh_token(params: AuthenticateWithRefreshTokenParams) {
        /// The session's latest refresh token. Required.
        refresh_token: SecretString;
        /// The organization to switch the session to.
        organization_id: String,
    }

    /// Signs a user in with a Magic Auth code from [`create_magic_auth`](Self::create_magic_auth).
    #[doc(alias("OTP", "magic_code"))]
    "urn:workos:oauth:grant-type:magic-auth:code"
    @ "authentication/magic-auth", ClientSecret::Required
    => authenticate_with_magic_auth(params: AuthenticateWithMagicAuthParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// The email address it was sent to. Required.
        email: String;
        /// The token of an invitation that the user accepts by signing in.
        invitation_token: SecretString,
        /// The ID of the attempt that Radar has already assessed.
        radar_auth_attempt_id: String,
        /// An authorization code of another sign-in, whose identity is linked to the user.
        link_authorization_code: SecretString,
    }

    /// Completes a sign-in with an email verification code
    /// ([`EmailVerificationRequired`](crate::AuthenticationStep::EmailVerificationRequired)).
    "urn:workos:oauth:grant-type:email-verification:code"
    @ "authentication/email-verification", ClientSecret::Required
    => authenticate_with_email_verification(params: AuthenticateWithEmailVerificationParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString;
    }

    /// Completes a sign-in with a TOTP code, as second factor
    /// ([`MfaChallenge`](crate::AuthenticationStep::MfaChallenge),
    /// [`MfaEnrollment`](crate::AuthenticationStep::MfaEnrollment)).
    #[doc(alias("MFA", "2FA", "OTP"))]
    "urn:workos:oauth:grant-type:mfa-totp" @ "authentication/totp", ClientSecret::Required
    => authenticate_with_totp(params: AuthenticateWithTotpParams) {
        /// The code from the user's authenticator app. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString,
        /// The ID of the factor's challenge, `auth_challenge_…`. Required.
        authentication_challenge_id: String;
    }

    /// Completes a sign-in with the selection of an organization
    /// ([`OrganizationSelectionRequired`](crate::AuthenticationStep::OrganizationSelectionRequired)).
    ///
    /// # Errors
    ///
    /// 400 `organization_not_found` or `organization_membership_not_found`.
    "urn:workos:oauth:grant-type:organization-selection"
    @ "authentication/organization-selection", ClientSecret::Required
    => authenticate_with_organization_selection(
        params: AuthenticateWithOrganizationSelectionParams
    ) {
        /// From the step. Required.
        pending_authentication_token: SecretString,
        /// One of the step's organizations. Required.
        organization_id: String;
    }

    /// Polls for the tokens of a device that the user authorizes: see
    /// [`create_device`](Self::create_device). It sends no API key.
    ///
    /// # Errors
    ///
    /// 400 `authorization_pending` until the user responds; `slow_down` when polling too often:
    /// wait 5 seconds longer from then on; `access_denied` when the user refused; `expired_token`
    /// when the device code has expired.
    "urn:ietf:params:oauth:grant-type:device_code" @ "cli-auth/device-code", ClientSecret::Never
    => authenticate_with_device_code(params: AuthenticateWithDeviceCodeParams) {
        /// From [`create_device`](UserManagementApi::create_device). Required.
        device_code: SecretString;
    }

    /// Completes a sign-in with the code that Radar sent by email
    /// ([`RadarChallenge`](crate::AuthenticationStep::RadarChallenge)).
    "urn:workos:oauth:grant-type:radar-email-challenge:code"
    @ "authentication", ClientSecret::Required
    => authenticate_with_radar_email_challenge(params: AuthenticateWithRadarEmailChallengeParams) {
        /// The code from the email. Required.
        code: SecretString,
        /// From the step. Required.
        radar_challenge_id: String,
        /// From the step. Required.
        pending_authentication_token: SecretString;
    }

    /// Completes a sign-in with the SMS code from
    /// [`create_radar_challenge`](Self::create_radar_challenge)
    /// ([`RadarSmsSignInChallenge`](crate::AuthenticationStep::RadarSmsSignInChallenge)).
    ///
    /// # Errors
    ///
    /// 400 `verification_id_required` or `phone_number_required`.
    "urn:workos:oauth:grant-type:radar-sms-challenge:code"
    @ "authentication", ClientSecret::Required
    => authenticate_with_radar_sms_challenge(params: AuthenticateWithRadarSmsChallengeParams) {
        /// The code from the SMS. Required.
        code: SecretString,
        /// From the step. Required.
        pending_authentication_token: SecretString;
        /// From `create_radar_challenge`.
        verification_id: String,
        /// The phone number that the code was sent to.
        phone_number: String,
    }

    /// Completes a sign-in with an email address that the provider did not supply
    /// ([`EmailCompletionRequired`](crate::AuthenticationStep::EmailCompletionRequired)).
    "urn:workos:oauth:grant-type:email-completion" @ "authentication", ClientSecret::Required
    => authenticate_with_email_completion(params: AuthenticateWithEmailCompletionParams) {
        /// From the step. Required.
        email_completion_token: SecretString,
        /// The email address. Required.
        email: String;
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: String,
    }
}

const CREATE_DEVICE: Operation =
    Operation::new("user_management", "create_device", "POST", "/user_management/authorize/device");
const GET_JWKS: Operation =
    Operation::new("user_management", "get_jwks", "GET", "/sso/jwks/{client_id}");

impl UserManagementApi {
    /// Starts CLI Auth: signing in on a device without a browser, such as a terminal (RFC 8628).
    ///
    /// Show the user the link and the code, then poll
    /// [`authenticate_with_device_code`](Self::authenticate_with_device_code) every
    /// [`interval`](DeviceAuthorizationResponse::interval) seconds. It sends no API key.
    ///
    /// Endpoint: `POST /user_management/authorize/device`
    /// ([reference](https://workos.com/docs/reference/authkit/cli-auth/device-authorization))
    #[doc(alias("device_flow", "cli_auth"))]
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

    /// Fetches the JSON Web Key Set (JWKS) that verifies access tokens. It sends no API key.
    ///
    /// Endpoint: `GET /sso/jwks/{client_id}`
    /// ([reference](https://workos.com/docs/reference/authkit/session-tokens/jwks))
    #[doc(alias = "public_keys")]
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

#[cfg(feature = "requests")]
pub(crate) const OPERATIONS: &[crate::contract::entry::Entry] = &[
    crate::contract::entry::Entry {
        operation: Operation::new(
            "user_management",
            "authenticate_with_password",
            "POST",
            AUTHENTICATE,
        ),
        #[cfg(feature = "contract")]
        build: build_grant,
        #[cfg(feature = "contract")]
        recode: crate::contract::plain::recode::<AuthenticateResponse>,
    },
    crate::contract::entry::Entry {
        operation: CREATE_DEVICE,
        #[cfg(feature = "contract")]
        build: |client, input| {
            crate::contract::plain::all_used(&mut input.path.iter().copied())?;
            let params: CreateDeviceAuthorization = crate::contract::plain::params(&input.body)?;
            client.user_management().create_device(params).request()
        },
        #[cfg(feature = "contract")]
        recode: crate::contract::plain::recode::<DeviceAuthorizationResponse>,
    },
    crate::contract::entry::Entry {
        operation: GET_JWKS,
        #[cfg(feature = "contract")]
        build: |client, input| {
            let path = &mut input.path.iter().copied();
            let client_id = crate::contract::plain::path_value(path, "client_id")?;
            crate::contract::plain::all_used(path)?;
            client.user_management().get_jwks(client_id).request()
        },
        #[cfg(feature = "contract")]
        recode: crate::contract::plain::recode::<JwksResponse>,
    },
];

inputs! {
    /// The application that a device signs in to.
    #[derive(Eq)]
    CreateDeviceAuthorization {
        /// The client ID; by default the client's own.
        client_id: Option<String>,
    }
}

objects! {
    /// A user's new or refreshed session.
    AuthenticateResponse {
        /// The user who signed in.
        user: User,
        /// The organization of the session.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// A code that another of your applications can exchange for a session of the same user.
        #[serde(skip_serializing_if = "Option::is_none")]
        authkit_authorization_code: Option<SecretString>,
        /// The access token, a short-lived JWT with the user's ID, organization and permissions.
        access_token: SecretString,
        /// The refresh token, for a single
        /// [`authenticate_with_refresh_token`](UserManagementApi::authenticate_with_refresh_token).
        refresh_token: SecretString,
        /// How the user signed in.
        #[serde(skip_serializing_if = "Option::is_none")]
        authentication_method: Option<AuthenticateResponseAuthenticationMethod>,
        /// The impersonator, if the session is an impersonation.
        #[serde(skip_serializing_if = "Option::is_none")]
        impersonator: Option<Impersonator>,
        /// The provider's OAuth tokens, if the environment is configured to return them.
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_tokens: Option<OAuthTokens>,
    }
}

open_enum! {
    /// How a user signed in.
    pub enum AuthenticateResponseAuthenticationMethod {
        AppleOAuth = "AppleOAuth", BitbucketOAuth = "BitbucketOAuth",
        /// Cross App Access, by another application of the same IdP.
        CrossAppAuth = "CrossAppAuth",
        DiscordOAuth = "DiscordOAuth",
        /// A system outside WorkOS.
        ExternalAuth = "ExternalAuth",
        GitHubOAuth = "GitHubOAuth", GitLabOAuth = "GitLabOAuth", GoogleOAuth = "GoogleOAuth",
        GrokOAuth = "GrokOAuth",
        /// Impersonation from the dashboard.
        Impersonation = "Impersonation",
        IntuitOAuth = "IntuitOAuth", LinkedInOAuth = "LinkedInOAuth",
        /// A Magic Auth code, sent by email.
        MagicAuth = "MagicAuth",
        MicrosoftOAuth = "MicrosoftOAuth",
        /// The session was migrated from another system.
        MigratedSession = "MigratedSession",
        Passkey = "Passkey", Password = "Password", SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        /// Single Sign-On through the organization's IdP.
        SSO = "SSO",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        XOAuth = "XOAuth", XeroOAuth = "XeroOAuth",
    }
}

objects! {
    /// The codes and URLs of a device authorization.
    DeviceAuthorizationResponse {
        /// The code that the device polls with. Do not show it.
        device_code: SecretString,
        /// The code that the user enters or compares.
        user_code: SecretString,
        /// The URL where the user enters the code.
        verification_uri: String,
        /// The same URL with the code prefilled, for example for a QR code.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_uri_complete: Option<SecretString>,
        /// The lifetime of the codes, in seconds.
        expires_in: f64,
        /// The minimum interval between polls, in seconds; missing means 5.
        #[serde(skip_serializing_if = "Option::is_none")]
        interval: Option<f64>,
    }

    /// The JSON Web Key Set that verifies access tokens (RFC 7517).
    #[derive(Eq)]
    JwksResponse {
        /// The keys; more than one during a key rotation.
        keys: Vec<JwksResponseKeys>,
    }

    /// A public key. Fields other than [`kty`](Self::kty) depend on the key type and may be
    /// missing, so that an unknown type does not break the set.
    #[derive(Eq)]
    JwksResponseKeys {
        /// The key type; `RSA` so far.
        kty: String,
        /// The signature algorithm; `RS256` so far.
        #[serde(skip_serializing_if = "Option::is_none")]
        alg: Option<String>,
        /// The intended use: `sig`.
        #[serde(skip_serializing_if = "Option::is_none")]
        use_ as "use": Option<String>,
        /// The key ID that token headers refer to.
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
