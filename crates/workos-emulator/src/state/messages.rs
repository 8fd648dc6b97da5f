//! What a change sends: emails and text messages.

use serde::{Deserialize, Serialize};
use workos::Timestamp;

/// An email that WorkOS would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Email {
    /// The email address of the recipient.
    pub to: String,
    /// The kind of email.
    pub kind: EmailKind,
    /// The code in the email, or the token of its link, if any.
    pub code: Option<String>,
    /// The link in the email, if it has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The ID of its subject: an email verification, a user, an IT contact, an invitation and so on.
    pub object_id: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// The kind of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmailKind {
    /// A code to verify the email address.
    EmailVerification,
    /// A code to complete an email change.
    EmailChange,
    /// An invitation to the Admin Portal.
    ItContactInvitation,
    /// A link to accept an invitation.
    Invitation,
    /// A code to sign in with.
    MagicAuth,
    /// A link to choose a new password.
    PasswordReset,
    /// A Magic Link.
    MagicLink,
    /// A code to continue a sign-in that Radar challenged.
    RadarChallenge,
    /// An invitation to administrate a team.
    TeamInvitation,
    /// A confirmation that the address is on a waitlist.
    WaitlistConfirmation,
}

/// A text message (SMS) that WorkOS would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextMessage {
    /// The phone number of the recipient.
    pub to: String,
    /// The text, which contains the code.
    pub text: String,
    /// The code.
    pub code: String,
    /// The ID of its subject: an authentication challenge or a verification.
    pub object_id: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What a change sends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    Email(Email),
    Text(TextMessage),
}

impl Message {
    /// The address or the phone number of the recipient.
    pub(crate) fn to(&self) -> &str {
        match self {
            Self::Email(email) => &email.to,
            Self::Text(text) => &text.to,
        }
    }
}
