//! [`Outbox`]: the emails and text messages that WorkOS would have sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use workos::Timestamp;

/// The "sent" emails and text messages, oldest first.
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
pub struct Outbox {
    emails: Mutex<Vec<Email>>,
    texts: Mutex<Vec<TextMessage>>,
}

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
    /// The link in the email, if it has one of its own.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    Email(Email),
    Text(TextMessage),
}

#[cfg(test)]
impl Message {
    /// The address or the phone number of the recipient.
    pub(crate) fn to(&self) -> &str {
        match self {
            Self::Email(email) => &email.to,
            Self::Text(text) => &text.to,
        }
    }
}

impl Outbox {
    /// All emails so far.
    pub fn all(&self) -> Vec<Email> {
        lock(&self.emails).clone()
    }

    /// The latest email to this address.
    pub fn last_to(&self, address: &str) -> Option<Email> {
        lock(&self.emails).iter().rev().find(|email| email.to == address).cloned()
    }

    /// All text messages so far.
    pub fn texts(&self) -> Vec<TextMessage> {
        lock(&self.texts).clone()
    }

    /// The latest text message to this phone number.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workos::multi_factor_auth::{
    ///     ChallengeAuthenticationFactor, EnrollAuthenticationFactor, NewAuthenticationFactor,
    ///     VerifyChallenge,
    /// };
    ///
    /// let emulator = workos_emulator::Emulator::start().await?;
    /// let client = emulator.client();
    /// let mfa = client.multi_factor_auth();
    /// let phone = NewAuthenticationFactor::sms("+15005550006");
    /// let factor = mfa.enroll_factor(EnrollAuthenticationFactor::new(phone)).await?;
    /// let message = ChallengeAuthenticationFactor::default();
    /// let challenge = mfa.challenge_factor(&factor.id, message).await?;
    ///
    /// let message = emulator.outbox().last_text_to("+15005550006").unwrap();
    /// let code = VerifyChallenge::new(message.code);
    /// assert!(mfa.verify_challenge(&challenge.id, code).await?.valid);
    /// # Ok(()) }
    /// ```
    pub fn last_text_to(&self, phone_number: &str) -> Option<TextMessage> {
        lock(&self.texts).iter().rev().find(|text| text.to == phone_number).cloned()
    }

    pub(crate) fn send(&self, message: Message) {
        match message {
            Message::Email(email) => lock(&self.emails).push(email),
            Message::Text(text) => lock(&self.texts).push(text),
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.emails).clear();
        lock(&self.texts).clear();
    }
}

fn lock<T>(messages: &Mutex<T>) -> MutexGuard<'_, T> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}
