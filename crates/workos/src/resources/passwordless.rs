//! Passwordless sessions: sign-in with Magic Link, an emailed link. Superseded by AuthKit.
//!
//! Use it in applications that already depend on Magic Link. In new ones, use Magic Auth codes from
//! [`user_management`](crate::user_management).
//!
//! ```no_run
//! use workos::passwordless::CreatePasswordlessSession;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let passwordless = client.passwordless();
//!
//! let session = passwordless
//!     .create_session(CreatePasswordlessSession {
//!         redirect_uri: Some("https://example.com/callback".into()),
//!         ..CreatePasswordlessSession::new("ada@example.com")
//!     })
//!     .await?;
//! // Either WorkOS sends the email, or you do, with `session.link`:
//! passwordless.send_session(&session.id).await?;
//! # Ok(()) }
//! ```

use serde::Serialize;

use crate::{ObjectType, SecretString, Timestamp};

api! {
    /// Sign-in with Magic Link, an emailed link. See [`passwordless`](crate::passwordless).
    #[doc(alias = "magic_link")]
    PasswordlessApi, passwordless;
}

#[doc(hidden)]
pub use crate::compat::passwordless::*;

operations! {
    PasswordlessApi, passwordless;

    /// Creates a Magic Link for a user. It sends no email: see
    /// [`send_session`](Self::send_session).
    POST "/passwordless/sessions" @ "magic-link/passwordless-session/create-session"
        => create_session(body: CreatePasswordlessSession) -> PasswordlessSession;

    /// Emails the Magic Link to the user.
    POST "/passwordless/sessions/{id}/send" @ "magic-link/passwordless-session/send-email"
        => send_session(id) -> Option<SendPasswordlessSessionResponse>;
}

/// Parameters of [`create_session`](PasswordlessApi::create_session).
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
#[serde(tag = "type", rename = "MagicLink")]
pub struct CreatePasswordlessSession {
    /// The user's email address. Required.
    pub email: String,
    /// Where the user returns to, with a code: a redirect URI configured in the dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Your own text, returned unchanged with the redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The connection to sign in through, `conn_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The lifetime of the link in seconds: 900 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

impl CreatePasswordlessSession {
    /// The required fields only.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), ..Self::default() }
    }
}

debug_hiding! {
    CreatePasswordlessSession { email, redirect_uri, connection, expires_in }, state
}

objects! {
    /// A pending sign-in with a Magic Link.
    PasswordlessSession {
        /// Always `passwordless_session`.
        object: ObjectType,
        /// The ID, `passwordless_session_…`.
        id: String,
        /// The user's email address.
        email: String,
        /// When the link expires.
        expires_at: Timestamp,
        /// The link. It signs in anyone who opens it.
        link: SecretString,
    }

    /// The result of emailing a link.
    SendPasswordlessSessionResponse {
        /// A human-readable message.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether the email was sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        success: Option<bool>,
    }
}
