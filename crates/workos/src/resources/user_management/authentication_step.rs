//! Steps that a sign-in may require before it returns a session, read from the error. See
//! [`authentication`](super::authentication) for an example.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::User;
use crate::page::null_as_default;
use crate::{ApiError, AuthenticationFactorType, Error, SecretString};

/// A step that the user must complete before a sign-in returns a session. Fields that the server
/// omits are `None` or empty.
#[doc(alias = "MFA")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AuthenticationStep {
    /// Verify the email address with the code sent to it:
    /// [`authenticate_with_email_verification`](crate::UserManagementApi::authenticate_with_email_verification).
    #[non_exhaustive]
    EmailVerificationRequired {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The email address.
        email: Option<String>,
        /// The ID of the code, for
        /// [`get_email_verification`](crate::UserManagementApi::get_email_verification).
        email_verification_id: Option<String>,
    },
    /// Enroll a second factor with
    /// [`create_user_auth_factor`](crate::MultiFactorAuthApi::create_user_auth_factor), which also
    /// challenges it, and continue with
    /// [`authenticate_with_totp`](crate::UserManagementApi::authenticate_with_totp).
    #[non_exhaustive]
    MfaEnrollment {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The user to enroll.
        user: Option<User>,
    },
    /// Challenge a factor of the user with
    /// [`challenge_factor`](crate::MultiFactorAuthApi::challenge_factor) and continue with
    /// [`authenticate_with_totp`](crate::UserManagementApi::authenticate_with_totp).
    #[non_exhaustive]
    MfaChallenge {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The user who signs in.
        user: Option<User>,
        /// The user's factors to choose from.
        authentication_factors: Vec<PendingFactor>,
        /// The ID of the challenge, if the server already created one.
        authentication_challenge_id: Option<String>,
    },
    /// Select an organization:
    /// [`authenticate_with_organization_selection`](crate::UserManagementApi::authenticate_with_organization_selection).
    #[non_exhaustive]
    OrganizationSelectionRequired {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The user who signs in.
        user: Option<User>,
        /// The organizations to choose from.
        organizations: Vec<PendingOrganization>,
    },
    /// Sign in through the organization's IdP, with an [authorization
    /// URL](crate::UserManagementApi::get_authorization_url) for one of the connections.
    #[non_exhaustive]
    SsoRequired {
        /// The token of the pending sign-in, if it can be continued.
        pending_authentication_token: Option<SecretString>,
        /// The email address.
        email: Option<String>,
        /// The connections to choose from.
        connection_ids: Vec<String>,
    },
    /// Sign in with an authentication method that the organization allows.
    #[non_exhaustive]
    OrganizationAuthenticationMethodsRequired {
        /// The email address.
        email: Option<String>,
        /// The SSO connections to choose from.
        sso_connection_ids: Vec<String>,
        /// Which other methods are allowed, such as `password` or `google_oauth`.
        auth_methods: BTreeMap<String, bool>,
    },
    /// Radar challenged the sign-in and sent a code by email:
    /// [`authenticate_with_radar_email_challenge`](crate::UserManagementApi::authenticate_with_radar_email_challenge).
    #[non_exhaustive]
    RadarChallenge {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The ID of the challenge, for the next call or
        /// [`get_radar_challenge`](crate::UserManagementApi::get_radar_challenge).
        radar_challenge_id: Option<String>,
        /// The user who signs in.
        user: Option<User>,
    },
    /// Radar challenged the sign-up.
    #[non_exhaustive]
    RadarSignUpChallenge {
        /// The token for the next call.
        pending_authentication_token: SecretString,
        /// The ID of the challenge, if a code was sent by email.
        radar_challenge_id: Option<String>,
        /// The user who signs up.
        user: Option<User>,
    },
    /// Radar challenged the sign-in and requires a phone number: send a code to it with
    /// [`create_radar_challenge`](crate::UserManagementApi::create_radar_challenge), and continue
    /// with
    /// [`authenticate_with_radar_sms_challenge`](crate::UserManagementApi::authenticate_with_radar_sms_challenge).
    #[non_exhaustive]
    RadarSmsSignInChallenge {
        /// The token for both calls.
        pending_authentication_token: SecretString,
        /// The user who signs in.
        user: Option<User>,
    },
    /// Ask for the email address that the provider did not supply:
    /// [`authenticate_with_email_completion`](crate::UserManagementApi::authenticate_with_email_completion).
    #[non_exhaustive]
    EmailCompletionRequired {
        /// The token for the next call.
        email_completion_token: SecretString,
    },
    /// Another step that can be continued; [`ApiError::json`] reads its details.
    #[non_exhaustive]
    Other {
        /// The code, such as `passkey_progressive_enrollment`.
        code: String,
        /// The token for the next call.
        pending_authentication_token: SecretString,
    },
}

/// An organization that the user can sign in to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct PendingOrganization {
    /// The ID, `org_…`.
    pub id: String,
    /// The organization's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
}

/// A second factor that can be challenged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct PendingFactor {
    /// The ID, `auth_factor_…`.
    pub id: String,
    /// The type of the factor.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: AuthenticationFactorType,
}

impl AuthenticationStep {
    /// The step for an error code; `None` if it names no step or the token to continue is missing.
    #[inline]
    fn read(code: &str, body: &Body) -> Option<Self> {
        let token = || body.secret("pending_authentication_token");
        let step = match code {
            "email_verification_required" => Self::EmailVerificationRequired {
                pending_authentication_token: token()?,
                email: body.read("email"),
                email_verification_id: body.read("email_verification_id"),
            },
            "mfa_enrollment" => Self::MfaEnrollment {
                pending_authentication_token: token()?,
                user: body.read("user"),
            },
            "mfa_challenge" => Self::MfaChallenge {
                pending_authentication_token: token()?,
                user: body.read("user"),
                authentication_factors: body.read("authentication_factors"),
                authentication_challenge_id: body.id_of("authentication_challenge"),
            },
            "organization_selection_required" => Self::OrganizationSelectionRequired {
                pending_authentication_token: token()?,
                user: body.read("user"),
                organizations: body.read("organizations"),
            },
            "sso_required" => Self::SsoRequired {
                pending_authentication_token: token(),
                email: body.read("email"),
                connection_ids: body.read("connection_ids"),
            },
            "organization_authentication_methods_required" => {
                Self::OrganizationAuthenticationMethodsRequired {
                    email: body.read("email"),
                    sso_connection_ids: body.read("sso_connection_ids"),
                    auth_methods: body.read("auth_methods"),
                }
            }
            "radar_challenge" => Self::RadarChallenge {
                pending_authentication_token: token()?,
                radar_challenge_id: body.read("radar_challenge_id"),
                user: body.read("user"),
            },
            "radar_sign_up_challenge" => Self::RadarSignUpChallenge {
                pending_authentication_token: token()?,
                radar_challenge_id: body.read("radar_challenge_id"),
                user: body.read("user"),
            },
            "radar_sms_sign_in_challenge" => Self::RadarSmsSignInChallenge {
                pending_authentication_token: token()?,
                user: body.read("user"),
            },
            "email_completion_required" => Self::EmailCompletionRequired {
                email_completion_token: body.secret("email_completion_token")?,
            },
            code => Self::Other { code: code.to_owned(), pending_authentication_token: token()? },
        };
        Some(step)
    }
}

/// The body of an error. The API specifies only the codes of these errors, so fields of an
/// unexpected form count as missing.
#[derive(Deserialize)]
struct Body(Map<String, Value>);

impl Body {
    #[inline]
    fn read<T: DeserializeOwned + Default>(&self, field: &str) -> T {
        self.0.get(field).and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
    }

    fn secret(&self, field: &str) -> Option<SecretString> {
        self.0.get(field)?.as_str().map(SecretString::from)
    }

    fn id_of(&self, field: &str) -> Option<String> {
        self.0.get(field)?.get("id")?.as_str().map(str::to_owned)
    }
}

impl ApiError {
    /// The step that the user must complete to continue signing in, if this error names one.
    ///
    /// Also `None` if the response lacks the token to continue with: restart the sign-in.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        AuthenticationStep::read(self.code.as_deref()?, &self.json().ok()?)
    }
}

impl Error {
    /// [`ApiError::authentication_step`] of the server's response, if there was one.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        self.api()?.authentication_step()
    }
}
