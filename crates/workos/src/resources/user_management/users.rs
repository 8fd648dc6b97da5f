//! Users, their sessions and identities, email verification and email changes.
//!
//! ```
//! use workos::user_management::{CreateUser, ListUsersParams, Password};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
//! # let emulator = workos_emulator::Emulator::start().await.unwrap();
//! # let client = emulator.client();
//! let users = client.user_management();
//!
//! let ada = users
//!     .create_user(CreateUser {
//!         first_name: Some("Ada".into()),
//!         password: Some(Password::plaintext("correct horse battery staple")),
//!         ..CreateUser::new("ada@example.com")
//!     })
//!     .await?;
//! assert!(!ada.email_verified);
//!
//! let by_email = ListUsersParams { email: Some("ada@example.com".into()), ..Default::default() };
//! assert_eq!(users.list_users(by_email).await?.data, [ada.clone()]);
//!
//! users.delete_user(&ada.id).await?;
//! assert!(users.get_user(&ada.id).await.unwrap_err().is_not_found());
//! # Ok(()) }
//! ```

use super::UserManagementApi;
use crate::{
    Locale, Metadata, Nullable, ObjectType, Page, SecretString, Timestamp, UpdateMetadata,
};

operations! {
    UserManagementApi, user_management;

    /// Lists the users of the environment, newest first by default.
    GET "/user_management/users" @ "authkit/user/list"
        => list_users(query: ListUsersParams) -> Page<User>;

    /// Creates a user, with or without a password.
    ///
    /// # Errors
    ///
    /// 400 `user_creation_error` when the email address or external ID is taken,
    /// `password_strength_error`, `invalid_password_hash` or `invalid_metadata`; 404; 422 when a
    /// field is invalid.
    #[doc(alias("sign_up", "register"))]
    POST "/user_management/users" @ "authkit/user/create" => create_user(body: CreateUser) -> User;

    /// Fetches a user by their external ID.
    GET "/user_management/users/external_id/{external_id}" @ "authkit/user/get-by-external-id"
        => get_user_by_external_id(external_id) -> User;

    /// Fetches a user.
    GET "/user_management/users/{id}" @ "authkit/user/get" => get_user(id) -> User;

    /// Updates a user. Omitted fields keep their values.
    ///
    /// # Errors
    ///
    /// 400 `password_strength_error`, `email_not_available`, `external_id_already_used`,
    /// `invalid_locale` and others; 404 when the user does not exist; 422 when a field is invalid.
    PUT "/user_management/users/{id}" @ "authkit/user/update"
        => update_user(id, body: UpdateUser) -> User;

    /// Permanently deletes a user with their memberships and sessions.
    ///
    /// # Errors
    ///
    /// 404 when the user does not exist; 409 `user_deletion_not_allowed`.
    DELETE "/user_management/users/{id}" @ "authkit/user/delete" => delete_user(id) -> ();

    /// Completes an email change with the code sent to the new address.
    ///
    /// # Errors
    ///
    /// 400 `email_change_code_incorrect` or `email_change_code_expired`; 404 when the user does not
    /// exist; 409 `no_pending_email_change`, `email_change_code_previously_used`,
    /// `email_not_available` or `email_change_not_allowed`; 422 `invalid_email`; 429
    /// `email_change_too_many_attempts`.
    POST "/user_management/users/{id}/email_change/confirm" @ "authkit/user"
        => confirm_email_change(id, body: ConfirmEmailChange) -> EmailChangeConfirmation;

    /// Starts an email change: sends a code to the new address.
    ///
    /// # Errors
    ///
    /// 404 when the user does not exist; 409 `email_change_not_needed`, `email_not_available` or
    /// `email_change_not_allowed`; 422 `invalid_email`; 429 `daily_quota_exceeded`.
    POST "/user_management/users/{id}/email_change/send" @ "authkit/user"
        => send_email_change(id, body: SendEmailChange) -> EmailChange;

    /// Verifies a user's email address with the code sent to it.
    ///
    /// # Errors
    ///
    /// 400 `email_verification_code_incorrect`, `email_verification_code_expired`,
    /// `email_verification_code_previously_used` or `email_previously_verified`; 404 when the user
    /// does not exist; 422 when the code is missing.
    POST "/user_management/users/{id}/email_verification/confirm" @ "authkit/email-verification"
        => verify_email(id, body: VerifyEmailAddress) -> VerifyEmailResponse;

    /// Emails a user a code for [`verify_email`](Self::verify_email).
    ///
    /// # Errors
    ///
    /// 400 `email_already_verified`; 404 when the user does not exist; 429 `daily_quota_exceeded`.
    POST "/user_management/users/{id}/email_verification/send" @ "authkit/email-verification"
        => send_verification_email(id, body: SendVerificationEmail)
        -> SendVerificationEmailResponse;

    /// Fetches an email verification code, for applications that send their own emails.
    GET "/user_management/email_verification/{id}" @ "authkit/email-verification/get"
        => get_email_verification(id) -> EmailVerification;

    /// Lists a user's identities: their accounts at OAuth providers. Not paginated.
    GET "/user_management/users/{id}/identities" @ "authkit/identity/list"
        => get_user_identities(id) -> Vec<UserIdentity>;

    /// Lists the active sessions of a user, newest first by default.
    GET "/user_management/users/{id}/sessions" @ "authkit/session/list"
        => list_sessions(id, query: ListSessionsParams) -> Page<Session>;

    /// Revokes a session. Its refresh token stops working; its access token works until it expires.
    ///
    /// # Errors
    ///
    /// 400 when the session does not exist.
    #[doc(alias("logout", "sign_out"))]
    POST "/user_management/sessions/revoke" @ "authkit/session/revoke"
        => revoke_session(body: RevokeSession) -> ();
}

list_params! {
    UserManagementApi;
    ListUsersParams for list_users {
        /// Only members of this organization. Deprecated by WorkOS: use
        /// [`organization_id`](Self::organization_id).
        organization: Option<String>,
        /// Only members of this organization.
        organization_id: Option<String>,
        /// Only the user with this email address.
        email: Option<String>,
    }
    ListSessionsParams for list_sessions {}
}

inputs! {
    /// A new user.
    CreateUser {
        /// The email address; WorkOS trims and lowercases it.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The full name, if it differs from given and family name.
        name: Option<String>,
        /// Whether the email address is verified.
        email_verified: Option<bool>,
        /// Your own key-value metadata: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
        /// Your own ID for the user: up to 128 ASCII characters, unique in the environment.
        external_id: Option<String>,
        /// The IP address of the user's device, for Radar.
        ip_address: Option<String>,
        /// The `User-Agent` of the user's device, for Radar.
        user_agent: Option<String>,
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: Option<String>,
        /// The password or its hash. Without one the user signs in by other means.
        flat password: Option<Password>,
    }

    /// Updates to a user.
    UpdateUser {
        /// The new email address.
        email: Option<String>,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The full name.
        name: Option<String>,
        /// Whether the email address is verified.
        email_verified: Option<bool>,
        /// Metadata keys to set or remove; other keys stay. Null removes all of them.
        metadata: Option<Nullable<UpdateMetadata>>,
        /// Your own ID, up to 128 ASCII characters, unique in the environment; null removes it.
        external_id: Option<Nullable<String>>,
        /// The language of emails and hosted pages; null restores the environment's.
        locale: Option<Nullable<String>>,
        /// The new password or its hash.
        flat password: Option<Password>,
    }
}

choices! {
    /// A plaintext password, or a password hash from another system.
    Password {
        /// A plaintext password. WorkOS stores only its hash.
        Plaintext {
            /// The password.
            password: SecretString,
        }
        /// A password hash, for users imported from another system.
        Hashed {
            /// The hash, in the usual storage format of its algorithm.
            password_hash: SecretString,
            /// The algorithm.
            password_hash_type: CreateUserPasswordHashType,
            /// The position of the salt; only for `ssha256`.
            password_salt_position: Option<CreateUserPasswordSaltPosition>,
        }
    }
}

impl Password {
    /// A plaintext password.
    pub fn plaintext(password: impl Into<SecretString>) -> Self {
        Self::Plaintext { password: password.into() }
    }

    /// A password hash from another system.
    pub fn hashed(
        password_hash: impl Into<SecretString>,
        password_hash_type: CreateUserPasswordHashType,
    ) -> Self {
        let password_hash = password_hash.into();
        Self::Hashed { password_hash, password_hash_type, password_salt_position: None }
    }
}

open_enum! {
    /// The algorithm of a [`Password::Hashed`].
    pub enum CreateUserPasswordHashType {
        /// bcrypt, as `$2b$10$…`.
        Bcrypt = "bcrypt",
        /// Firebase's variant of scrypt, in PHC form with its parameters.
        FirebaseScrypt = "firebase-scrypt",
        /// Salted SHA-1, as `{SSHA}…`.
        Ssha = "ssha",
        /// Salted SHA-256.
        Ssha256 = "ssha256",
        /// scrypt, in PHC form.
        Scrypt = "scrypt",
        /// PBKDF2, in PHC form.
        Pbkdf2 = "pbkdf2",
        /// Argon2, in PHC form.
        Argon2 = "argon2",
    }
}

open_enum! {
    /// The position of the salt in the hashed text.
    pub enum CreateUserPasswordSaltPosition {
        /// Before the password.
        Prefix = "prefix",
        /// After the password.
        Suffix = "suffix",
    }
}

inputs! {
    /// The code that completes an email change.
    ConfirmEmailChange {
        /// The code from the email.
        code: SecretString,
    }

    /// A request to change an email address.
    SendEmailChange {
        /// The new email address.
        new_email: String,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// The code that verifies an email address.
    VerifyEmailAddress {
        /// The code from the email.
        code: SecretString,
    }

    /// Options for a verification email.
    SendVerificationEmail {
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// The session to revoke.
    RevokeSession {
        /// The session's ID, `session_…`: the `sid` claim of the access token.
        session_id: String,
    }
}

objects! {
    /// A user of your application.
    User {
        /// Always `user`.
        object: ObjectType,
        /// The ID, `user_…`.
        id: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The full name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The URL of the profile picture.
        profile_picture_url: Option<String>,
        /// The email address, in lower case.
        email: String,
        /// Whether the email address is verified.
        email_verified: bool,
        /// Your own ID for the user, if set.
        external_id: Option<String>,
        /// Your own key-value metadata.
        metadata: Metadata,
        /// When the user last signed in.
        last_sign_in_at: Option<Timestamp>,
        /// The language of emails and hosted pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        locale: Option<String>,
        /// When the user was created.
        created_at: Timestamp,
        /// When the user was last updated.
        updated_at: Timestamp,
        /// Only in the response to `create_user`: the ID of Radar's attempt, if it assessed one.
        #[serde(skip_serializing_if = "Option::is_none")]
        radar_auth_attempt_id: Option<String>,
    }

    /// A pending email change.
    EmailChange {
        /// Always `email_change`.
        object: ObjectType,
        /// The user, still with the old email address.
        user: User,
        /// The new email address, which the code was sent to.
        new_email: String,
        /// When the code expires.
        expires_at: Timestamp,
        /// When the change was requested.
        created_at: Timestamp,
    }

    /// A completed email change.
    EmailChangeConfirmation {
        /// Always `email_change_confirmation`.
        object: ObjectType,
        /// The user, with the new email address.
        user: User,
    }

    /// The user whose email address was verified, or was sent a code.
    VerifyEmailResponse {
        /// The updated user.
        user: User,
    }
}

/// The user who was sent a code.
pub type SendVerificationEmailResponse = VerifyEmailResponse;

objects! {
    /// A code to verify an email address.
    EmailVerification {
        /// Always `email_verification`.
        object: ObjectType,
        /// The ID, `email_verification_…`.
        id: String,
        /// The user's ID.
        user_id: String,
        /// The email address.
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
    }

    /// A user's identity: an account at an OAuth provider that they sign in with.
    #[doc(alias = "social_login")]
    #[derive(Eq)]
    UserIdentity {
        /// The provider's ID for the account.
        idp_id: String,
        /// The type of the identity; `OAuth` is the only one so far.
        type_ as "type": String,
        /// The provider.
        provider: UserIdentityProvider,
    }
}

open_enum! {
    /// An OAuth provider that users sign in with.
    pub enum UserIdentityProvider {
        /// Apple.
        AppleOAuth = "AppleOAuth",
        /// Bitbucket.
        BitbucketOAuth = "BitbucketOAuth",
        /// Discord.
        DiscordOAuth = "DiscordOAuth",
        /// GitHub.
        GithubOAuth = "GithubOAuth",
        /// GitLab.
        GitLabOAuth = "GitLabOAuth",
        /// Google.
        GoogleOAuth = "GoogleOAuth",
        /// Grok.
        GrokOAuth = "GrokOAuth",
        /// X.
        XOAuth = "XOAuth",
        /// Intuit.
        IntuitOAuth = "IntuitOAuth",
        /// LinkedIn.
        LinkedInOAuth = "LinkedInOAuth",
        /// Microsoft.
        MicrosoftOAuth = "MicrosoftOAuth",
        /// Salesforce.
        SalesforceOAuth = "SalesforceOAuth",
        /// Slack.
        SlackOAuth = "SlackOAuth",
        /// Vercel Marketplace.
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth",
        /// Vercel.
        VercelOAuth = "VercelOAuth",
        /// Xero.
        XeroOAuth = "XeroOAuth",
    }
}

objects! {
    /// A user's session.
    Session {
        /// Always `session`.
        object: ObjectType,
        /// The ID, `session_…`: the `sid` claim of its access tokens.
        id: String,
        /// The impersonator, if the session is an impersonation.
        #[serde(skip_serializing_if = "Option::is_none")]
        impersonator: Option<Impersonator>,
        /// The IP address it was started from.
        ip_address: Option<String>,
        /// The organization the user signed in to.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The `User-Agent` it was started with.
        user_agent: Option<String>,
        /// The user's ID.
        user_id: String,
        /// The authentication method it was started with.
        auth_method: SessionAuthMethod,
        /// The status of the session.
        status: SessionStatus,
        /// When it expires.
        expires_at: Timestamp,
        /// When it ended, if it has.
        ended_at: Option<Timestamp>,
        /// When it was started.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }

    /// A member of your team who impersonates a user.
    #[doc(alias = "impersonation")]
    #[derive(Eq)]
    Impersonator {
        /// The impersonator's email address.
        email: String,
        /// The reason the impersonator gave.
        reason: Option<String>,
    }
}

open_enum! {
    /// The authentication method a session was started with.
    pub enum SessionAuthMethod {
        /// Cross App Access, by another application of the same IdP.
        CrossAppAuth = "cross_app_auth",
        /// A system outside WorkOS.
        ExternalAuth = "external_auth",
        /// Impersonation from the dashboard.
        Impersonation = "impersonation",
        /// A Magic Auth code, sent by email.
        MagicCode = "magic_code",
        /// Migrated from another system.
        MigratedSession = "migrated_session",
        /// An OAuth provider.
        OAuth = "oauth",
        /// A passkey.
        Passkey = "passkey",
        /// A password.
        Password = "password",
        /// Single Sign-On through the organization's IdP.
        SSO = "sso",
        /// Not recorded by the server: the value `unknown`.
        NotRecorded = "unknown",
    }
}

open_enum! {
    /// The status of a session.
    pub enum SessionStatus {
        /// The session can be used.
        Active = "active",
        /// The session has expired.
        Expired = "expired",
        /// The session was revoked.
        Revoked = "revoked",
    }
}
