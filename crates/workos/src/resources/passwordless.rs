//! Passwordless: sign-in with a link in an email, from before there was user management.
//!
//! It is kept for applications that use it. New ones send a code with
//! [`user_management`](crate::user_management).
//!
//! ```no_run
//! use workos::passwordless::PasswordlessCreateSessionParams;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let passwordless = client.passwordless();
//!
//! let session = passwordless
//!     .create_session(PasswordlessCreateSessionParams {
//!         redirect_uri: Some("https://example.com/callback".into()),
//!         ..PasswordlessCreateSessionParams::new("ada@example.com")
//!     })
//!     .await?;
//! // Either WorkOS sends the email, or you do, with `session.link`:
//! passwordless.send_session(&session.id).await?;
//! # Ok(()) }
//! ```

use serde::Serialize;

use crate::{ObjectType, SecretString, Timestamp};

api! {
    /// Sign-in with a link in an email. See [`passwordless`](crate::passwordless).
    PasswordlessApi, passwordless;
}

operations! {
    PasswordlessApi, passwordless;

    /// Makes a link with which a user signs in. Nothing is sent: see
    /// [`send_session`](Self::send_session).
    POST "/passwordless/sessions"
        => create_session(body: PasswordlessCreateSessionParams) -> PasswordlessSession;

    /// Emails the link to the user.
    POST "/passwordless/sessions/{id}/send"
        => send_session(id) -> Option<SendPasswordlessSessionResponse>;
}

/// Parameters of [`create_session`](PasswordlessApi::create_session): who signs in, and how.
#[derive(Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
#[serde(tag = "type", rename = "MagicLink")]
pub struct PasswordlessCreateSessionParams {
    /// The address to send the link to. Required.
    pub email: String,
    /// Where the user is sent then, with a code; one of those set in the dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Text of your own that the redirect brings back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The connection to sign in through, `conn_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// For how many seconds the link works: 900 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

impl PasswordlessCreateSessionParams {
    /// What is required, and nothing else.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), ..Self::default() }
    }
}

debug_hiding! {
    PasswordlessCreateSessionParams { email, redirect_uri, connection, expires_in }, state
}

objects! {
    /// A sign-in that waits for its link to be followed.
    PasswordlessSession {
        /// Always `passwordless_session`.
        object: ObjectType,
        /// `passwordless_session_…`
        id: String,
        /// Who signs in.
        email: String,
        /// Until when the link works.
        expires_at: Timestamp,
        /// The link. Whoever follows it is signed in.
        link: SecretString,
    }

    /// How sending a link went.
    SendPasswordlessSessionResponse {
        /// What the server has to say, for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether the email is on its way.
        #[serde(skip_serializing_if = "Option::is_none")]
        success: Option<bool>,
    }
}
