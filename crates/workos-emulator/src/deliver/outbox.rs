//! [`Outbox`]: the emails that WorkOS would have sent.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use workos::Timestamp;

/// The "sent" emails, oldest first.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use workos::user_management::{CreateUser, SendVerificationEmail, VerifyEmailAddress};
///
/// let emulator = workos_emulator::Emulator::start().await?;
/// let client = emulator.client();
/// let users = client.user_management();
/// let ada = users.create_user(CreateUser::new("ada@example.com")).await?;
/// users.send_verification_email(&ada.id, SendVerificationEmail::default()).await?;
///
/// let email = emulator.outbox().last_to("ada@example.com").unwrap();
/// let verified = users.verify_email(&ada.id, VerifyEmailAddress::new(email.code.unwrap())).await?;
/// assert!(verified.user.email_verified);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Outbox(Mutex<Vec<Email>>);

/// An email that WorkOS would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Email {
    /// The email address of the recipient.
    pub to: String,
    /// The kind of email.
    pub kind: EmailKind,
    /// The code in the email, or the token of its link, if any.
    pub code: Option<String>,
    /// The link in the email, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The ID of its subject: an email verification, a user, an IT contact, an invitation and so on.
    pub object_id: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// The kind of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
}

impl Outbox {
    /// All emails so far.
    pub fn all(&self) -> Vec<Email> {
        self.emails().clone()
    }

    /// The latest email to this address.
    pub fn last_to(&self, address: &str) -> Option<Email> {
        self.emails().iter().rev().find(|email| email.to == address).cloned()
    }

    pub(crate) fn send(&self, email: Email) {
        self.emails().push(email);
    }

    pub(crate) fn clear(&self) {
        self.emails().clear();
    }

    fn emails(&self) -> std::sync::MutexGuard<'_, Vec<Email>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
