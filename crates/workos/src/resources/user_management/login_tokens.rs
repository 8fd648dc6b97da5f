//! One-time codes and tokens: Magic Auth, password resets and Radar challenges.
//!
//! ```no_run
//! use workos::user_management::{
//!     AuthenticateWithMagicAuthParams, CreateMagicAuth, ConfirmPasswordReset,
//!     ResetPassword,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! users.create_magic_auth(CreateMagicAuth::new("ada@example.com")).await?;
//! let code = "123456"; // entered by the user, from the email
//! let params = AuthenticateWithMagicAuthParams::new(code, "ada@example.com");
//! let session = users.authenticate_with_magic_auth(params).await?;
//!
//! users.reset_password(ResetPassword::new(session.user.email)).await?;
//! let token = "from the query of the link in the email";
//! let reset = ConfirmPasswordReset::new(token, "correct horse battery staple");
//! users.confirm_password_reset(reset).await?;
//! # Ok(()) }
//! ```

use super::{User, UserManagementApi};
use crate::{Locale, ObjectType, SecretString, Timestamp};

operations! {
    UserManagementApi, user_management;

    /// Emails a user a Magic Auth code, valid for 10 minutes, to sign in with: see
    /// [`authenticate_with_magic_auth`](Self::authenticate_with_magic_auth). Signing in creates the
    /// user if there is no account yet.
    ///
    /// # Errors
    ///
    /// 400 `invitation_invalid`, `authentication_method_not_allowed`, `sign_up_not_allowed` or
    /// `email_domain_not_deliverable`; 422 when a field is invalid; 429 `daily_quota_exceeded`.
    #[doc(alias("OTP", "magic_code", "send_magic_auth_code"))]
    POST "/user_management/magic_auth" @ "authkit/magic-auth/create"
        => create_magic_auth(body: CreateMagicAuth)
        -> MagicAuth;

    /// Fetches a Magic Auth code, for applications that send their own emails.
    GET "/user_management/magic_auth/{id}" @ "authkit/magic-auth/get"
        => get_magic_auth(id) -> MagicAuth;

    /// Emails a user a link to choose a new password. The old password works until
    /// [`confirm_password_reset`](Self::confirm_password_reset).
    ///
    /// # Errors
    ///
    /// 403 `email_password_auth_disabled` or `password_reset_not_allowed`; 404 when the user does
    /// not exist; 422 when a field is invalid; 429 `daily_quota_exceeded`.
    #[doc(alias("forgot_password", "create_password_reset"))]
    POST "/user_management/password_reset" @ "authkit/password-reset/create"
        => reset_password(body: ResetPassword)
        -> PasswordReset;

    /// Sets a new password with the token from the link. This also verifies the email address.
    ///
    /// # Errors
    ///
    /// 400 `password_reset_error`; 403 `email_password_auth_disabled`; 404 when the token is
    /// unknown; 422 when a field is invalid.
    POST "/user_management/password_reset/confirm" @ "authkit/password-reset/reset-password"
        => confirm_password_reset(body: ConfirmPasswordReset) -> ResetPasswordResponse;

    /// Fetches a password reset, for applications that send their own emails.
    GET "/user_management/password_reset/{id}" @ "authkit/password-reset/get"
        => get_password_reset(id) -> PasswordReset;

    /// Sends an SMS code to a user whose sign-in Radar challenged: see
    /// [`authenticate_with_radar_sms_challenge`](Self::authenticate_with_radar_sms_challenge).
    POST "/user_management/radar_challenges" @ "authkit"
        => create_radar_challenge(body: SendRadarSmsChallenge)
        -> SendRadarSmsChallengeResponse;

    /// Fetches a Radar challenge with its code, for applications that send their own emails.
    GET "/user_management/radar_challenges/{id}" @ "authkit"
        => get_radar_challenge(id) -> RadarChallenge;
}

inputs! {
    /// A new Magic Auth code.
    CreateMagicAuth {
        /// The user's email address.
        email: String,
        /// The token of an invitation that the user accepts by signing in.
        invitation_token: Option<SecretString>,
        /// The IP address of the user's device, for Radar.
        ip_address: Option<String>,
        /// The `User-Agent` of the user's device, for Radar.
        user_agent: Option<String>,
        /// The ID of the attempt that Radar has already assessed.
        radar_auth_attempt_id: Option<String>,
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: Option<String>,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// A new password reset.
    #[derive(Eq)]
    ResetPassword {
        /// The user's email address.
        email: String,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// A new password, and the token to set it.
    ConfirmPasswordReset {
        /// The `token` parameter of the link.
        token: SecretString,
        /// The new password.
        new_password: SecretString,
    }

    /// A Radar challenge to send by SMS.
    SendRadarSmsChallenge {
        /// The ID of the user who signs in.
        user_id: String,
        /// The token from the error that required the challenge.
        pending_authentication_token: SecretString,
        /// The phone number in E.164 format, such as `+15005550006`.
        phone_number: String,
        /// The IP address of the user's device.
        ip_address: Option<String>,
        /// The `User-Agent` of the user's device.
        user_agent: Option<String>,
    }
}

objects! {
    /// A Magic Auth code.
    MagicAuth {
        /// Always `magic_auth`.
        object: ObjectType,
        /// The ID, `magic_auth_…`.
        id: String,
        /// Who signs in with it.
        user_id: String,
        /// Where the code was sent to.
        email: String,
        /// When the code expires.
        expires_at: Timestamp,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
        /// The code. Omitted in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<SecretString>,
        /// Only in the response to `create_magic_auth`: the ID of Radar's attempt, for signing in.
        #[serde(skip_serializing_if = "Option::is_none")]
        radar_auth_attempt_id: Option<String>,
    }

    /// A password reset, with the token to choose a new password.
    PasswordReset {
        /// Always `password_reset`.
        object: ObjectType,
        /// The ID, `password_reset_…`.
        id: String,
        /// The ID of the user whose password to reset.
        user_id: String,
        /// The email address the link was sent to.
        email: String,
        /// When the token expires.
        expires_at: Timestamp,
        /// When it was created.
        created_at: Timestamp,
        /// The token. Omitted in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        password_reset_token: Option<SecretString>,
        /// The link, which contains the token. Omitted in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        password_reset_url: Option<SecretString>,
    }

    /// The user whose password was reset.
    ResetPasswordResponse {
        /// The user, with a verified email address.
        user: User,
    }

    /// A Radar challenge that was sent by SMS.
    #[derive(Eq)]
    SendRadarSmsChallengeResponse {
        /// The ID of the verification, for signing in with the code.
        verification_id: String,
        /// Where the code was sent to.
        phone_number: String,
    }

    /// A Radar challenge: a code sent to a user whose sign-in Radar challenged.
    RadarChallenge {
        /// Always `radar_challenge`.
        object: ObjectType,
        /// The ID, `radar_challenge_…`.
        id: String,
        /// How the code was sent: `email`, the only type that can be fetched so far.
        type_ as "type": String,
        /// The ID of the user who signs in.
        user_id: String,
        /// Where the code was sent to.
        email: String,
        /// When the code expires.
        expires_at: Timestamp,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
        /// The code.
        code: SecretString,
    }
}
