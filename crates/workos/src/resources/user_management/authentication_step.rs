//! What a sign-in may need before it yields a session, read from the error that says so. See
//! [`authentication`](super::authentication) for an example.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::User;
use crate::page::null_as_default;
use crate::{ApiError, AuthenticationFactorType, Error, SecretString};

/// What a user has to do before a sign-in yields a session: the error's code, and what comes with
/// it. A field that the server leaves out is `None` or empty.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AuthenticationStep {
    /// Prove the address with a code that was sent to it:
    /// [`authenticate_with_email_verification`](crate::UserManagementApi::authenticate_with_email_verification).
    #[non_exhaustive]
    EmailVerificationRequired {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// The address.
        email: Option<String>,
        /// The code that was sent, for
        /// [`get_email_verification`](crate::UserManagementApi::get_email_verification).
        email_verification_id: Option<String>,
    },
    /// Set up a second factor with
    /// [`create_user_auth_factor`](crate::MultiFactorAuthApi::create_user_auth_factor), which also
    /// challenges it, and go on with
    /// [`authenticate_with_totp`](crate::UserManagementApi::authenticate_with_totp).
    #[non_exhaustive]
    MfaEnrollment {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// Whose factor it will be.
        user: Option<User>,
    },
    /// Challenge a factor of the user with
    /// [`challenge_factor`](crate::MultiFactorAuthApi::challenge_factor) and go on with
    /// [`authenticate_with_totp`](crate::UserManagementApi::authenticate_with_totp).
    #[non_exhaustive]
    MfaChallenge {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// Who signs in.
        user: Option<User>,
        /// The factors to choose from.
        authentication_factors: Vec<PendingFactor>,
        /// The challenge, where the server has made one already.
        authentication_challenge_id: Option<String>,
    },
    /// Choose an organization:
    /// [`authenticate_with_organization_selection`](crate::UserManagementApi::authenticate_with_organization_selection).
    #[non_exhaustive]
    OrganizationSelectionRequired {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// Who signs in.
        user: Option<User>,
        /// The organizations to choose from.
        organizations: Vec<PendingOrganization>,
    },
    /// Sign in through the organization's identity provider: an
    /// [authorization URL](crate::UserManagementApi::get_authorization_url) with one of the connections.
    #[non_exhaustive]
    SsoRequired {
        /// Names the sign-in that was begun, where there is something to go on with.
        pending_authentication_token: Option<SecretString>,
        /// The address.
        email: Option<String>,
        /// The connections that may be used.
        connection_ids: Vec<String>,
    },
    /// Sign in in another way, one that the organization allows.
    #[non_exhaustive]
    OrganizationAuthenticationMethodsRequired {
        /// The address.
        email: Option<String>,
        /// The SSO connections that may be used.
        sso_connection_ids: Vec<String>,
        /// Which other ways are allowed, such as `password` or `google_oauth`.
        auth_methods: BTreeMap<String, bool>,
    },
    /// Radar doubts the sign-in and has sent a code by email:
    /// [`authenticate_with_radar_email_challenge`](crate::UserManagementApi::authenticate_with_radar_email_challenge).
    #[non_exhaustive]
    RadarChallenge {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// The code that was sent, for the next call or
        /// [`get_radar_challenge`](crate::UserManagementApi::get_radar_challenge).
        radar_challenge_id: Option<String>,
        /// Who signs in.
        user: Option<User>,
    },
    /// Radar doubts the sign-up.
    #[non_exhaustive]
    RadarSignUpChallenge {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// The code that was sent, where one was sent by email.
        radar_challenge_id: Option<String>,
        /// Who signs up.
        user: Option<User>,
    },
    /// Radar doubts the sign-in and wants a phone number: let
    /// [`create_radar_challenge`](crate::UserManagementApi::create_radar_challenge) send a code there, and
    /// go on with
    /// [`authenticate_with_radar_sms_challenge`](crate::UserManagementApi::authenticate_with_radar_sms_challenge).
    #[non_exhaustive]
    RadarSmsSignInChallenge {
        /// For both calls.
        pending_authentication_token: SecretString,
        /// Who signs in.
        user: Option<User>,
    },
    /// Ask for an address, which the provider did not tell:
    /// [`authenticate_with_email_completion`](crate::UserManagementApi::authenticate_with_email_completion).
    #[non_exhaustive]
    EmailCompletionRequired {
        /// For the next call.
        email_completion_token: SecretString,
    },
    /// Something else that can be gone on with; [`ApiError::json`] reads what came with it.
    #[non_exhaustive]
    Other {
        /// The code, such as `passkey_progressive_enrollment`.
        code: String,
        /// For the next call.
        pending_authentication_token: SecretString,
    },
}

/// An organization that can be signed in to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct PendingOrganization {
    /// `org_…`
    pub id: String,
    /// The organization's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
}

/// A second factor that can be challenged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct PendingFactor {
    /// `auth_factor_…`
    pub id: String,
    /// The kind of factor.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: AuthenticationFactorType,
}

impl AuthenticationStep {
    /// The step that a code stands for; `None` where it stands for none, or where the token to go
    /// on with is missing.
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

/// The body of an error. The API promises no more about these errors than their codes, so what has
/// another form than expected counts as missing.
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
    /// What the user has to do for the sign-in to go on, where that is what this error says.
    ///
    /// `None` also when the answer lacks the token to go on with: then the sign-in has to be begun
    /// again.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        AuthenticationStep::read(self.code.as_deref()?, &self.json().ok()?)
    }
}

impl Error {
    /// [`ApiError::authentication_step`] of the server's answer, when there was one.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        self.api()?.authentication_step()
    }
}
