//! One-time codes and tokens that prove who somebody is: Magic Auth, password resets and Radar
//! challenges.
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
//! let code = "123456"; // from the user, who has it from the email
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

    /// Emails a user a code to sign in with, which works for 10 minutes: see
    /// [`authenticate_with_magic_auth`](Self::authenticate_with_magic_auth). Whoever has no account
    /// yet gets one by signing in.
    ///
    /// # Errors
    ///
    /// 400 `invitation_invalid`, `authentication_method_not_allowed`, `sign_up_not_allowed` or
    /// `email_domain_not_deliverable`; 422 when a field is invalid; 429 `daily_quota_exceeded`.
    POST "/user_management/magic_auth" => create_magic_auth(body: CreateMagicAuth)
        -> MagicAuth;

    /// Fetches a code that was made, for an application that delivers it by itself.
    GET "/user_management/magic_auth/{id}" => get_magic_auth(id) -> MagicAuth;

    /// Emails a user a link to choose a new password. The old one works until
    /// [`confirm_password_reset`](Self::confirm_password_reset).
    ///
    /// # Errors
    ///
    /// 403 `email_password_auth_disabled` or `password_reset_not_allowed`; 404 when there is no
    /// such user; 422 when a field is invalid; 429 `daily_quota_exceeded`.
    POST "/user_management/password_reset" => reset_password(body: ResetPassword)
        -> PasswordReset;

    /// Sets a new password with the token from the link, which also verifies the address.
    ///
    /// # Errors
    ///
    /// 400 `password_reset_error`; 403 `email_password_auth_disabled`; 404 when the token is
    /// unknown; 422 when a field is invalid.
    POST "/user_management/password_reset/confirm"
        => confirm_password_reset(body: ConfirmPasswordReset) -> ResetPasswordResponse;

    /// Fetches a password reset, for an application that delivers the link by itself.
    GET "/user_management/password_reset/{id}" => get_password_reset(id) -> PasswordReset;

    /// Sends a code by SMS to a user whose sign-in Radar doubts: see
    /// [`authenticate_with_radar_sms_challenge`](Self::authenticate_with_radar_sms_challenge).
    POST "/user_management/radar_challenges"
        => create_radar_challenge(body: SendRadarSmsChallenge)
        -> SendRadarSmsChallengeResponse;

    /// Fetches the code of a Radar challenge, for an application that delivers it by itself.
    GET "/user_management/radar_challenges/{id}" => get_radar_challenge(id) -> RadarChallenge;
}

inputs! {
    /// Who gets a code to sign in with.
    CreateMagicAuth {
        /// The address.
        email: String,
        /// An invitation that the user accepts by signing in.
        invitation_token: Option<SecretString>,
        /// The address of the device the user signs in from, for Radar.
        ip_address: Option<String>,
        /// The `User-Agent` of that device, for Radar.
        user_agent: Option<String>,
        /// The attempt that Radar has looked at already.
        radar_auth_attempt_id: Option<String>,
        /// What the Radar script in the browser collected under.
        signals_id: Option<String>,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// Whose password is to be reset.
    #[derive(Eq)]
    ResetPassword {
        /// The user's address.
        email: String,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// A new password, and what entitles to it.
    ConfirmPasswordReset {
        /// The parameter `token` of the link.
        token: SecretString,
        /// The password from now on.
        new_password: SecretString,
    }

    /// Where to send the code of a Radar challenge.
    SendRadarSmsChallenge {
        /// Who signs in.
        user_id: String,
        /// From the error that asked for the challenge.
        pending_authentication_token: SecretString,
        /// The number, as `+15005550006`.
        phone_number: String,
        /// The address of the device the user signs in from.
        ip_address: Option<String>,
        /// The `User-Agent` of that device.
        user_agent: Option<String>,
    }
}

objects! {
    /// A code to sign in with.
    MagicAuth {
        /// Always `magic_auth`.
        object: ObjectType,
        /// `magic_auth_…`
        id: String,
        /// Who signs in with it.
        user_id: String,
        /// Where it was sent to.
        email: String,
        /// Until when it works.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The code. Events about it leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<SecretString>,
        /// Only in the answer to `create_magic_auth`, where Radar looked at it: the attempt to refer to
        /// when signing in.
        #[serde(skip_serializing_if = "Option::is_none")]
        radar_auth_attempt_id: Option<String>,
    }

    /// A token to choose a new password with.
    PasswordReset {
        /// Always `password_reset`.
        object: ObjectType,
        /// `password_reset_…`
        id: String,
        /// Whose password it is.
        user_id: String,
        /// Where the link was sent to.
        email: String,
        /// Until when the token works.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// The token. Events about the reset leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        password_reset_token: Option<SecretString>,
        /// The link with the token in it. Events about the reset leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        password_reset_url: Option<SecretString>,
    }

    /// The user whose password was reset.
    ResetPasswordResponse {
        /// The user, with a verified address.
        user: User,
    }

    /// A code that was sent by SMS.
    #[derive(Eq)]
    SendRadarSmsChallengeResponse {
        /// Names the code when the user has typed it in.
        verification_id: String,
        /// Where it was sent to.
        phone_number: String,
    }

    /// A code that Radar had sent to a user whose sign-in it doubts.
    RadarChallenge {
        /// Always `radar_challenge`.
        object: ObjectType,
        /// `radar_challenge_…`
        id: String,
        /// How it was sent: `email`, the only way so far that can be fetched.
        type_ as "type": String,
        /// Who signs in.
        user_id: String,
        /// Where it was sent to.
        email: String,
        /// Until when it works.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The code.
        code: SecretString,
    }
}
