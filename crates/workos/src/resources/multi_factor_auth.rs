//! Multi-factor authentication: something that a user has, beside something that they know.
//!
//! A factor is an authenticator app (TOTP) or a telephone. To use it, challenge it and verify the
//! code that the user types in. Factors of users in [`user_management`](crate::user_management) are
//! enrolled with [`create_user_auth_factor`](MultiFactorAuthApi::create_user_auth_factor); factors
//! of people that only your application knows, with
//! [`enroll_factor`](MultiFactorAuthApi::enroll_factor).
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
//! let telephone = NewAuthenticationFactor::sms("+15005550006");
//! let factor = mfa.enroll_factor(EnrollAuthenticationFactor::new(telephone)).await?;
//!
//! let message = ChallengeAuthenticationFactor {
//!     sms_template: Some("Acme: your code is {{code}}.".into()),
//! };
//! let challenge = mfa.challenge_factor(&factor.id, message).await?;
//!
//! let typed_in = "123456";
//! let answer = mfa
//!     .verify_challenge(&challenge.id, VerifyChallenge::new(typed_in))
//!     .await?;
//! println!("{}", if answer.valid { "welcome" } else { "try again" });
//! # Ok(()) }
//! ```

use crate::{ObjectType, Page, SecretString, Timestamp};

api! {
    /// Second factors, their challenges and codes. See
    /// [`multi_factor_auth`](crate::multi_factor_auth).
    MultiFactorAuthApi, multi_factor_auth;
}

#[doc(hidden)]
pub use crate::compat::multi_factor_auth::*;

operations! {
    MultiFactorAuthApi, multi_factor_auth;

    /// Checks the code that answers a challenge. A wrong code is no error: see
    /// [`valid`](AuthenticationChallengeVerifyResponse::valid).
    ///
    /// # Errors
    ///
    /// `one_time_code_too_many_attempts`;
    /// [`retry_after`](crate::Error::retry_after) says when to try again, where the server tells.
    POST "/auth/challenges/{id}/verify"
        => verify_challenge(id, body: VerifyChallenge)
        -> AuthenticationChallengeVerifyResponse;

    /// Enrolls a factor. Only this answer has the secret of an authenticator app.
    POST "/auth/factors/enroll" => enroll_factor(body: EnrollAuthenticationFactor) -> AuthenticationFactor;

    /// Fetches one factor, without its secret.
    GET "/auth/factors/{id}" => get_factor(id) -> AuthenticationFactor;

    /// Deletes a factor for good.
    DELETE "/auth/factors/{id}" => delete_factor(id) -> ();

    /// Asks for a code: a telephone is sent one, an authenticator app shows one by itself.
    POST "/auth/factors/{id}/challenge"
        => challenge_factor(id, body: ChallengeAuthenticationFactor) -> AuthenticationChallenge;

    /// Lists the factors of a user, newest first unless told otherwise.
    GET "/user_management/users/{userland_user_id}/auth_factors"
        => list_user_auth_factors(userland_user_id, query: ListUserAuthFactorsParams)
        -> Page<AuthenticationFactor>;

    /// Enrolls an authenticator app for a user, and challenges it at once, so that the first code
    /// proves that the user has set it up. Only this answer has the secret.
    POST "/user_management/users/{userland_user_id}/auth_factors"
        => create_user_auth_factor(userland_user_id, body: EnrollUserAuthenticationFactor)
        -> UserAuthenticationFactorEnrollResponse;
}

list_params! {
    MultiFactorAuthApi;
    ListUserAuthFactorsParams for list_user_auth_factors {}
}

inputs! {
    /// The code that answers a challenge.
    VerifyChallenge {
        /// The code that the user typed in.
        code: SecretString,
    }

    /// A factor to enroll, and whose it is.
    EnrollAuthenticationFactor {
        /// The factor.
        flat factor: NewAuthenticationFactor,
        /// The user to whom it belongs, `user_…`.
        user_id: Option<String>,
    }
}

choices! {
    /// A factor to enroll, with what its type needs.
    #[derive(Eq)]
    #[non_exhaustive]
    NewAuthenticationFactor {
        /// Codes that your application delivers by itself.
        GenericOtp ("type" = "generic_otp") {}
        /// Codes sent to a telephone.
        Sms ("type" = "sms") {
            /// The number with its country code, such as `+15005550006`.
            phone_number: String,
        }
        /// Codes made by an authenticator app.
        Totp ("type" = "totp") {
            /// Your application or company, as the app shows it.
            totp_issuer: String,
            /// The user's account, as the app shows it.
            totp_user: String,
        }
    }
}

impl NewAuthenticationFactor {
    /// The telephone with this number.
    pub fn sms(phone_number: impl Into<String>) -> Self {
        Self::Sms { phone_number: phone_number.into() }
    }

    /// An authenticator app that shows these names.
    pub fn totp(totp_issuer: impl Into<String>, totp_user: impl Into<String>) -> Self {
        Self::Totp { totp_issuer: totp_issuer.into(), totp_user: totp_user.into() }
    }
}

inputs! {
    /// How to challenge a factor.
    #[derive(Eq)]
    ChallengeAuthenticationFactor {
        /// The text message to a telephone, with `{{code}}` where the code goes.
        sms_template: Option<String>,
    }

    /// An authenticator app to enroll for a user.
    #[derive(Eq)]
    EnrollUserAuthenticationFactor ("type" = "totp") {
        /// Your application or company, as the app shows it; otherwise the name of your WorkOS team.
        totp_issuer: Option<String>,
        /// The user's account, as the app shows it; otherwise their email address.
        totp_user: Option<String>,
        /// A secret that the user has in an app already, in Base32: for SHA-1, 6 digits and steps of
        /// 30 seconds. Otherwise one is made.
        totp_secret: Option<SecretString>,
    }
}

objects! {
    /// Something that a user has and can prove to have.
    #[derive(Eq)]
    AuthenticationFactor {
        /// Always `authentication_factor`.
        object: ObjectType,
        /// `auth_factor_…`
        id: String,
        /// What it is.
        type_ as "type": AuthenticationFactorType,
        /// The user to whom it belongs, if WorkOS knows one.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// A telephone's number.
        #[serde(skip_serializing_if = "Option::is_none")]
        sms: Option<AuthenticationFactorSms>,
        /// An authenticator app's names, and its secret when it was just enrolled.
        #[serde(skip_serializing_if = "Option::is_none")]
        totp: Option<AuthenticationFactorTotp>,
        /// When it was enrolled.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// What a factor is.
    pub enum AuthenticationFactorType {
        /// Codes that your application delivers by itself.
        GenericOtp = "generic_otp",
        /// A telephone.
        Sms = "sms",
        /// An authenticator app.
        Totp = "totp",
        /// A passkey or security key.
        Webauthn = "webauthn",
    }
}

objects! {
    /// The telephone behind a factor.
    #[derive(Eq)]
    AuthenticationFactorSms {
        /// The number with its country code.
        phone_number: String,
    }

    /// The authenticator app behind a factor. The secret, in three forms, is only in the answer to the
    /// enrollment.
    #[derive(Eq)]
    AuthenticationFactorTotp {
        /// Your application or company, as the app shows it.
        issuer: String,
        /// The user's account, as the app shows it.
        user: String,
        /// The secret for typing in.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<SecretString>,
        /// The secret for scanning: a QR code as a `data:` URL.
        #[serde(skip_serializing_if = "Option::is_none")]
        qr_code: Option<SecretString>,
        /// The secret for opening on the same device: the `otpauth:` URI in the QR code.
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<SecretString>,
    }

    /// A code that is being waited for.
    #[derive(Eq)]
    AuthenticationChallenge {
        /// Always `authentication_challenge`.
        object: ObjectType,
        /// `auth_challenge_…`
        id: String,
        /// Until when it can be answered; not for authenticator apps.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// The code, where your application has to deliver it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<SecretString>,
        /// The factor that was challenged.
        authentication_factor_id: String,
        /// When it was asked for.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Whether a challenge was answered rightly.
    #[derive(Eq)]
    AuthenticationChallengeVerifyResponse {
        /// The challenge.
        challenge: AuthenticationChallenge,
        /// Whether the code was right.
        valid: bool,
    }

    /// A user's new factor, and its first challenge.
    #[derive(Eq)]
    UserAuthenticationFactorEnrollResponse {
        /// The factor, with its secret.
        authentication_factor: AuthenticationFactor,
        /// The challenge that its first code answers.
        authentication_challenge: AuthenticationChallenge,
    }
}
