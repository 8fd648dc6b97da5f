//! Users, their sessions and identities, and their email addresses.
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

    /// Lists the users of the environment, newest first unless told otherwise.
    GET "/user_management/users" => list_users(query: ListUsersParams) -> Page<User>;

    /// Creates a user, with or without a password.
    ///
    /// # Errors
    ///
    /// 400 `user_creation_error` when the address or external id is taken,
    /// `password_strength_error`, `invalid_password_hash` or `invalid_metadata`; 404; 422 when a
    /// field is invalid.
    POST "/user_management/users" => create_user(body: CreateUser) -> User;

    /// Fetches the user that carries an id of your own.
    GET "/user_management/users/external_id/{external_id}"
        => get_user_by_external_id(external_id) -> User;

    /// Fetches one user.
    GET "/user_management/users/{id}" => get_user(id) -> User;

    /// Changes a user. Fields that are left out keep their value.
    ///
    /// # Errors
    ///
    /// 400 `password_strength_error`, `email_not_available`, `external_id_already_used`,
    /// `invalid_locale` and others; 404 when there is no such user; 422 when a field is invalid.
    PUT "/user_management/users/{id}" => update_user(id, body: UpdateUser) -> User;

    /// Deletes a user for good, with their memberships and sessions.
    ///
    /// # Errors
    ///
    /// 404 when there is none; 409 `user_deletion_not_allowed`.
    DELETE "/user_management/users/{id}" => delete_user(id) -> ();

    /// Completes a change of address with the code that was sent to the new one.
    ///
    /// # Errors
    ///
    /// 400 `email_change_code_incorrect` or `email_change_code_expired`; 404 when there is no such
    /// user; 409 `no_pending_email_change`, `email_change_code_previously_used`,
    /// `email_not_available` or `email_change_not_allowed`; 422 `invalid_email`; 429
    /// `email_change_too_many_attempts`.
    POST "/user_management/users/{id}/email_change/confirm"
        => confirm_email_change(id, body: ConfirmEmailChange) -> EmailChangeConfirmation;

    /// Begins a change of address: sends a code to the new one.
    ///
    /// # Errors
    ///
    /// 404 when there is no such user; 409 `email_change_not_needed`, `email_not_available` or
    /// `email_change_not_allowed`; 422 `invalid_email`; 429 `daily_quota_exceeded`.
    POST "/user_management/users/{id}/email_change/send"
        => send_email_change(id, body: SendEmailChange) -> EmailChange;

    /// Marks a user's address as verified, with the code that was sent to it.
    ///
    /// # Errors
    ///
    /// 400 `email_verification_code_incorrect`, `email_verification_code_expired`,
    /// `email_verification_code_previously_used` or `email_previously_verified`; 404 when there is
    /// no such user; 422 when the code is missing.
    POST "/user_management/users/{id}/email_verification/confirm"
        => verify_email(id, body: VerifyEmailAddress) -> VerifyEmailResponse;

    /// Sends a code to a user's address, with which
    /// [`verify_email`](Self::verify_email) verifies it.
    ///
    /// # Errors
    ///
    /// 400 `email_already_verified`; 404 when there is no such user; 429 `daily_quota_exceeded`.
    POST "/user_management/users/{id}/email_verification/send"
        => send_verification_email(id, body: SendVerificationEmail)
        -> SendVerificationEmailResponse;

    /// Fetches a verification code that was sent, for an application that delivers it by itself.
    GET "/user_management/email_verification/{id}"
        => get_email_verification(id) -> EmailVerification;

    /// Lists the accounts at other providers that a user signs in with. It comes whole.
    GET "/user_management/users/{id}/identities" => get_user_identities(id) -> Vec<UserIdentity>;

    /// Lists the active sessions of a user, newest first unless told otherwise.
    GET "/user_management/users/{id}/sessions"
        => list_sessions(id, query: ListSessionsParams) -> Page<Session>;

    /// Ends a session: its refresh token stops working, its access token when it expires.
    ///
    /// # Errors
    ///
    /// 400 when there is no such session.
    POST "/user_management/sessions/revoke" => revoke_session(body: RevokeSession) -> ();
}

list_params! {
    UserManagementApi;
    ListUsersParams for list_users {
        /// Only members of this organization. Deprecated by WorkOS: use
        /// [`organization_id`](Self::organization_id).
        organization: Option<String>,
        /// Only members of this organization.
        organization_id: Option<String>,
        /// Only the user with this address.
        email: Option<String>,
    }
    ListSessionsParams for list_sessions {}
}

inputs! {
    /// A new user.
    CreateUser {
        /// The address; WorkOS trims it and makes it lower case.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The whole name, where it is not made of the two above.
        name: Option<String>,
        /// Whether the address is known to be the user's.
        email_verified: Option<bool>,
        /// Data of your own: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
        /// An id of your own, up to 128 ASCII characters, unique in the environment.
        external_id: Option<String>,
        /// The address of the device the user signs up from, for Radar.
        ip_address: Option<String>,
        /// The `User-Agent` of the device the user signs up from, for Radar.
        user_agent: Option<String>,
        /// What the Radar script in the browser collected under.
        signals_id: Option<String>,
        /// The password or its hash. Without one the user signs in by other means.
        flat password: Option<Password>,
    }

    /// What to change about a user.
    UpdateUser {
        /// The new address.
        email: Option<String>,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The whole name.
        name: Option<String>,
        /// Whether the address is known to be the user's.
        email_verified: Option<bool>,
        /// Changes to the metadata: keys that are named are set or removed; null removes all of them.
        metadata: Option<Nullable<UpdateMetadata>>,
        /// An id of your own, up to 128 ASCII characters, unique in the environment; null removes it.
        external_id: Option<Nullable<String>>,
        /// The language of emails and hosted pages; null goes back to the environment's.
        locale: Option<Nullable<String>>,
        /// The new password or its hash.
        flat password: Option<Password>,
    }
}

choices! {
    /// A password as it is, or a hash of it that another system made.
    Password {
        /// The password itself. WorkOS stores a hash of it.
        Plaintext {
            /// The password.
            password: SecretString,
        }
        /// A hash, for users who come from another system.
        Hashed {
            /// The hash, in the form that its algorithm is usually stored in.
            password_hash: SecretString,
            /// The algorithm.
            password_hash_type: CreateUserPasswordHashType,
            /// Where the salt was put before hashing; only for `ssha256`.
            password_salt_position: Option<CreateUserPasswordSaltPosition>,
        }
    }
}

impl Password {
    /// The password itself.
    pub fn plaintext(password: impl Into<SecretString>) -> Self {
        Self::Plaintext { password: password.into() }
    }

    /// A hash that another system made.
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
    /// On which side of the password the salt was put before hashing.
    pub enum CreateUserPasswordSaltPosition {
        /// Before it.
        Prefix = "prefix",
        /// After it.
        Suffix = "suffix",
    }
}

inputs! {
    /// The code that completes a change of address.
    ConfirmEmailChange {
        /// The code from the email.
        code: SecretString,
    }

    /// A wish to change an address.
    SendEmailChange {
        /// The new address.
        new_email: String,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// The code that verifies an address.
    VerifyEmailAddress {
        /// The code from the email.
        code: SecretString,
    }

    /// How to send a verification email.
    SendVerificationEmail {
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// The session to end.
    RevokeSession {
        /// `session_…`, the `sid` claim of the access token.
        session_id: String,
    }
}

objects! {
    /// Somebody who signs in to your application.
    User {
        /// Always `user`.
        object: ObjectType,
        /// `user_…`
        id: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The whole name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where a picture of the user is.
        profile_picture_url: Option<String>,
        /// The address, in lower case.
        email: String,
        /// Whether the address is known to be the user's.
        email_verified: bool,
        /// The id of your own, if one was set.
        external_id: Option<String>,
        /// Data of your own.
        metadata: Metadata,
        /// When the user last signed in.
        last_sign_in_at: Option<Timestamp>,
        /// The language of emails and hosted pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        locale: Option<String>,
        /// When the user was created.
        created_at: Timestamp,
        /// When the user was last changed.
        updated_at: Timestamp,
        /// Only in the answer to `create_user`, where Radar looked at it: the attempt to refer to when
        /// it is let through or challenged.
        #[serde(skip_serializing_if = "Option::is_none")]
        radar_auth_attempt_id: Option<String>,
    }

    /// A change of address that waits for its code.
    EmailChange {
        /// Always `email_change`.
        object: ObjectType,
        /// The user, still with the old address.
        user: User,
        /// The address the code was sent to.
        new_email: String,
        /// Until when the code works.
        expires_at: Timestamp,
        /// When the change was asked for.
        created_at: Timestamp,
    }

    /// A change of address that is done.
    EmailChangeConfirmation {
        /// Always `email_change_confirmation`.
        object: ObjectType,
        /// The user, with the new address.
        user: User,
    }

    /// The user whose address was verified, or was sent a code.
    VerifyEmailResponse {
        /// The user as it is now.
        user: User,
    }
}

/// The user whose address was sent a code.
pub type SendVerificationEmailResponse = VerifyEmailResponse;

objects! {
    /// A code that was sent to verify an address.
    EmailVerification {
        /// Always `email_verification`.
        object: ObjectType,
        /// `email_verification_…`
        id: String,
        /// Whose address it is.
        user_id: String,
        /// The address.
        email: String,
        /// Until when the code works.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The code. Events about the verification leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<SecretString>,
    }

    /// An account at another provider that a user signs in with.
    #[derive(Eq)]
    UserIdentity {
        /// The provider's own id for the account.
        idp_id: String,
        /// The kind of identity; `OAuth` is the only one so far.
        type_ as "type": String,
        /// The provider.
        provider: UserIdentityProvider,
    }
}

open_enum! {
    /// A provider that users sign in with.
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
    /// A sign-in that lasts.
    Session {
        /// Always `session`.
        object: ObjectType,
        /// `session_…`, the `sid` claim of its access tokens.
        id: String,
        /// Who acts as the user, where somebody does.
        #[serde(skip_serializing_if = "Option::is_none")]
        impersonator: Option<Impersonator>,
        /// From where it was started.
        ip_address: Option<String>,
        /// The organization that was signed in to.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The `User-Agent` it was started with.
        user_agent: Option<String>,
        /// Whose session it is.
        user_id: String,
        /// How it was started.
        auth_method: SessionAuthMethod,
        /// Whether it goes on.
        status: SessionStatus,
        /// When it ends, if it is not ended before.
        expires_at: Timestamp,
        /// When it was ended.
        ended_at: Option<Timestamp>,
        /// When it was started.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A member of your team who acts as a user.
    #[derive(Eq)]
    Impersonator {
        /// Their address.
        email: String,
        /// Why they do it, in their words.
        reason: Option<String>,
    }
}

open_enum! {
    /// How a session was started.
    pub enum SessionAuthMethod {
        /// By another application of the same provider.
        CrossAppAuth = "cross_app_auth",
        /// By a system outside WorkOS.
        ExternalAuth = "external_auth",
        /// From the dashboard, in the user's name.
        Impersonation = "impersonation",
        /// With a code sent by email.
        MagicCode = "magic_code",
        /// It was brought along from another system.
        MigratedSession = "migrated_session",
        /// With an account at another provider.
        OAuth = "oauth",
        /// With a passkey.
        Passkey = "passkey",
        /// With a password.
        Password = "password",
        /// Through the organization's identity provider.
        SSO = "sso",
        /// The server does not know: the value `unknown`.
        NotRecorded = "unknown",
    }
}

open_enum! {
    /// Whether a session goes on.
    pub enum SessionStatus {
        /// It does.
        Active = "active",
        /// Its time has come.
        Expired = "expired",
        /// It was ended before.
        Revoked = "revoked",
    }
}
