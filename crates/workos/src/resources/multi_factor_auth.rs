//! Multi-factor authentication (MFA): authenticator apps (TOTP) and one-time codes by SMS.
//!
//! To use an enrolled factor, challenge it and verify the code that the user enters. Enroll factors
//! of AuthKit users ([`user_management`](crate::user_management)) with
//! [`create_user_auth_factor`](MultiFactorAuthApi::create_user_auth_factor), and factors of users
//! that only your application knows with [`enroll_factor`](MultiFactorAuthApi::enroll_factor).
//!
//! ```no_run
//! use workos::multi_factor_auth::{
//!     VerifyChallenge, EnrollAuthenticationFactor,
//!     ChallengeAuthenticationFactor, NewAuthenticationFactor,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let mfa = client.multi_factor_auth();
//!
//! let phone = NewAuthenticationFactor::sms("+15005550006");
//! let factor = mfa.enroll_factor(EnrollAuthenticationFactor::new(phone)).await?;
//!
//! let message = ChallengeAuthenticationFactor {
//!     sms_template: Some("Acme: your code is {{code}}.".into()),
//! };
//! let challenge = mfa.challenge_factor(&factor.id, message).await?;
//!
//! let code = "123456"; // from the user
//! let response = mfa.verify_challenge(&challenge.id, VerifyChallenge::new(code)).await?;
//! println!("{}", if response.valid { "welcome" } else { "try again" });
//! # Ok(()) }
//! ```

use crate::{ObjectType, Page, SecretString, Timestamp};

api! {
    /// Authentication factors and challenges. See [`multi_factor_auth`](crate::multi_factor_auth).
    #[doc(alias("MFA", "2FA", "OTP", "TOTP", "two_factor"))]
    MultiFactorAuthApi, multi_factor_auth;
}

#[doc(hidden)]
pub use crate::compat::multi_factor_auth::*;

operations! {
    MultiFactorAuthApi, multi_factor_auth;

    /// Verifies the code for a challenge. A wrong code is not an error: see
    /// [`valid`](AuthenticationChallengeVerifyResponse::valid).
    ///
    /// # Errors
    ///
    /// `one_time_code_too_many_attempts`; [`retry_after`](crate::Error::retry_after) says when to
    /// retry, if the server includes it.
    #[doc(alias = "verify_code")]
    POST "/auth/challenges/{id}/verify" @ "mfa/challenge"
        => verify_challenge(id, body: VerifyChallenge) -> AuthenticationChallengeVerifyResponse;

    /// Enrolls a factor. Only this response has the secret of an authenticator app.
    POST "/auth/factors/enroll" @ "mfa/factor"
        => enroll_factor(body: EnrollAuthenticationFactor) -> AuthenticationFactor;

    /// Fetches one factor, without its secret.
    GET "/auth/factors/{id}" @ "mfa/factor" => get_factor(id) -> AuthenticationFactor;

    /// Permanently deletes a factor.
    #[doc(alias = "unenroll")]
    DELETE "/auth/factors/{id}" @ "mfa/factor" => delete_factor(id) -> ();

    /// Challenges a factor. For an SMS factor, this sends the code.
    #[doc(alias("send_code", "send_sms"))]
    POST "/auth/factors/{id}/challenge" @ "mfa/challenge/create"
        => challenge_factor(id, body: ChallengeAuthenticationFactor) -> AuthenticationChallenge;

    /// Lists the factors of a user, newest first by default.
    GET "/user_management/users/{userland_user_id}/auth_factors" @ "authkit/mfa"
        => list_user_auth_factors(userland_user_id, query: ListUserAuthFactorsParams)
        -> Page<AuthenticationFactor>;

    /// Enrolls an authenticator app for a user and challenges it, so that the first code confirms
    /// the setup. Only this response has the secret.
    POST "/user_management/users/{userland_user_id}/auth_factors" @ "authkit/mfa/enroll-auth-factor"
        => create_user_auth_factor(userland_user_id, body: EnrollUserAuthenticationFactor)
        -> UserAuthenticationFactorEnrollResponse;
}

list_params! {
    MultiFactorAuthApi;
    ListUserAuthFactorsParams for list_user_auth_factors {}
}

inputs! {
    /// The code for a challenge.
    VerifyChallenge {
        /// The code that the user entered.
        code: SecretString,
    }

    /// A factor to enroll.
    EnrollAuthenticationFactor {
        /// The factor.
        flat factor: NewAuthenticationFactor,
        /// The user who owns it, `user_…`.
        user_id: Option<String>,
    }
}

choices! {
    /// A factor to enroll, by type.
    #[derive(Eq)]
    #[non_exhaustive]
    NewAuthenticationFactor {
        /// One-time codes that your application delivers.
        GenericOtp ("type" = "generic_otp") {}
        /// One-time codes sent by SMS.
        Sms ("type" = "sms") {
            /// The phone number with country code, such as `+15005550006`.
            phone_number: String,
        }
        /// An authenticator app.
        Totp ("type" = "totp") {
            /// The name of your application or company, which the app shows.
            totp_issuer: String,
            /// The user's account name, which the app shows.
            totp_user: String,
        }
    }
}

impl NewAuthenticationFactor {
    /// An SMS factor with this phone number.
    pub fn sms(phone_number: impl Into<String>) -> Self {
        Self::Sms { phone_number: phone_number.into() }
    }

    /// An authenticator app that shows these names.
    pub fn totp(totp_issuer: impl Into<String>, totp_user: impl Into<String>) -> Self {
        Self::Totp { totp_issuer: totp_issuer.into(), totp_user: totp_user.into() }
    }
}

inputs! {
    /// Options for challenging a factor.
    #[derive(Eq)]
    ChallengeAuthenticationFactor {
        /// A custom SMS text with `{{code}}` as the placeholder for the code.
        sms_template: Option<String>,
    }

    /// An authenticator app to enroll for a user.
    #[derive(Eq)]
    EnrollUserAuthenticationFactor ("type" = "totp") {
        /// The name of your application or company, which the app shows. Defaults to the name of
        /// your WorkOS team.
        totp_issuer: Option<String>,
        /// The user's account name, which the app shows. Defaults to their email address.
        totp_user: Option<String>,
        /// The Base32 secret of an app that the user has already set up, for SHA-1, 6 digits and
        /// 30-second steps. By default a new one is generated.
        totp_secret: Option<SecretString>,
    }
}

objects! {
    /// An authentication factor.
    #[derive(Eq)]
    AuthenticationFactor {
        /// Always `authentication_factor`.
        object: ObjectType,
        /// `auth_factor_…`
        id: String,
        /// The type.
        type_ as "type": AuthenticationFactorType,
        /// The user who owns it, if it belongs to an AuthKit user.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// The phone of an SMS factor.
        #[serde(skip_serializing_if = "Option::is_none")]
        sms: Option<AuthenticationFactorSms>,
        /// The authenticator app of a TOTP factor.
        #[serde(skip_serializing_if = "Option::is_none")]
        totp: Option<AuthenticationFactorTotp>,
        /// When it was enrolled.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// The type of a factor.
    pub enum AuthenticationFactorType {
        /// One-time codes that your application delivers.
        GenericOtp = "generic_otp",
        /// One-time codes sent by SMS.
        Sms = "sms",
        /// An authenticator app.
        Totp = "totp",
        /// A passkey or security key.
        Webauthn = "webauthn",
    }
}

objects! {
    /// The phone of an SMS factor.
    #[derive(Eq)]
    AuthenticationFactorSms {
        /// The phone number with country code.
        phone_number: String,
    }

    /// The authenticator app of a TOTP factor. The secret, in three forms, is only in the response
    /// to the enrollment.
    #[derive(Eq)]
    AuthenticationFactorTotp {
        /// The name of your application or company, which the app shows.
        issuer: String,
        /// The user's account name, which the app shows.
        user: String,
        /// The secret, to enter manually.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<SecretString>,
        /// The secret as a QR code, a `data:` URL.
        #[serde(skip_serializing_if = "Option::is_none")]
        qr_code: Option<SecretString>,
        /// The secret as an `otpauth:` URI, to open on the same device.
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<SecretString>,
    }

    /// A challenge that waits for a code.
    #[derive(Eq)]
    AuthenticationChallenge {
        /// Always `authentication_challenge`.
        object: ObjectType,
        /// `auth_challenge_…`
        id: String,
        /// When it expires; `None` for authenticator apps.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// The code, if your application delivers it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<SecretString>,
        /// The factor that was challenged.
        authentication_factor_id: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The result of verifying a challenge.
    #[derive(Eq)]
    AuthenticationChallengeVerifyResponse {
        /// The challenge.
        challenge: AuthenticationChallenge,
        /// Whether the code was correct.
        valid: bool,
    }

    /// A user's new factor and its first challenge.
    #[derive(Eq)]
    UserAuthenticationFactorEnrollResponse {
        /// The factor, with its secret.
        authentication_factor: AuthenticationFactor,
        /// The challenge to verify the first code with.
        authentication_challenge: AuthenticationChallenge,
    }
}
