//! What a sign-in may need before it yields a session, read from the error that says so. See
//! [`authentication`](super::authentication) for an example.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::User;
use crate::{ApiError, AuthenticationFactorType, Error, SecretString};

/// What a user has to do before a sign-in yields a session: the error's code, and what comes with
/// it. A field that the server leaves out is `None` or empty.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
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
        #[serde(default, deserialize_with = "if_readable")]
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
        #[serde(default, deserialize_with = "if_readable")]
        user: Option<User>,
        /// The factors to choose from.
        #[serde(default, deserialize_with = "if_readable")]
        authentication_factors: Vec<PendingFactor>,
        /// The challenge, where the server has made one already.
        #[serde(default, rename = "authentication_challenge", deserialize_with = "id_of")]
        authentication_challenge_id: Option<String>,
    },
    /// Choose an organization:
    /// [`authenticate_with_organization_selection`](crate::UserManagementApi::authenticate_with_organization_selection).
    #[non_exhaustive]
    OrganizationSelectionRequired {
        /// For the next call.
        pending_authentication_token: SecretString,
        /// Who signs in.
        #[serde(default, deserialize_with = "if_readable")]
        user: Option<User>,
        /// The organizations to choose from.
        #[serde(default, deserialize_with = "if_readable")]
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
        #[serde(default, deserialize_with = "if_readable")]
        connection_ids: Vec<String>,
    },
    /// Sign in in another way, one that the organization allows.
    #[non_exhaustive]
    OrganizationAuthenticationMethodsRequired {
        /// The address.
        email: Option<String>,
        /// The SSO connections that may be used.
        #[serde(default, deserialize_with = "if_readable")]
        sso_connection_ids: Vec<String>,
        /// Which other ways are allowed, such as `password` or `google_oauth`.
        #[serde(default, deserialize_with = "if_readable")]
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
        #[serde(default, deserialize_with = "if_readable")]
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
        #[serde(default, deserialize_with = "if_readable")]
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
        #[serde(default, deserialize_with = "if_readable")]
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
    #[serde(skip)]
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
    pub name: String,
}

/// A second factor that can be challenged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct PendingFactor {
    /// `auth_factor_…`
    pub id: String,
    /// The kind of factor.
    #[serde(rename = "type")]
    pub type_: AuthenticationFactorType,
}

impl ApiError {
    /// What the user has to do for the sign-in to go on, where that is what this error says.
    ///
    /// `None` also when the answer lacks the token to go on with: then the sign-in has to be begun
    /// again.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        let code = self.code.as_deref()?;
        let mut body: serde_json::Map<String, Value> = self.json().ok()?;
        // Some of these errors have the OAuth shape, with the code under `error`.
        body.insert("code".to_owned(), code.into());
        serde_json::from_value(body.into()).ok().or_else(|| {
            let pending_authentication_token = self.pending_authentication_token.clone()?;
            Some(AuthenticationStep::Other { code: code.to_owned(), pending_authentication_token })
        })
    }
}

impl Error {
    /// [`ApiError::authentication_step`] of the server's answer, when there was one.
    #[inline]
    pub fn authentication_step(&self) -> Option<AuthenticationStep> {
        self.api()?.authentication_step()
    }
}

/// The API promises no more about these errors than their codes, so what has another form than
/// expected counts as missing.
fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// The `id` of an object.
fn id_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let object = Value::deserialize(deserializer)?;
    Ok(object.get("id").and_then(Value::as_str).map(str::to_owned))
}
