//! [`Outbox`]: the emails and text messages that WorkOS would have sent.

use crate::environment::Environment;
use crate::state::mail::Mail;
use crate::state::messages::{Email, TextMessage};

/// The "sent" emails and text messages, oldest first: the latest [`KEPT`](Self::KEPT) of each.
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
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'a> {
    environment: &'a Environment,
}

impl<'a> Outbox<'a> {
    /// The maximum number of emails, and of text messages, to keep.
    pub const KEPT: usize = Mail::KEPT;

    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment }
    }

    /// All emails so far.
    pub fn all(&self) -> Vec<Email> {
        self.environment.mail(|mail| mail.emails().cloned().collect())
    }

    /// The latest email to this address.
    pub fn last_to(&self, address: &str) -> Option<Email> {
        self.environment.mail(|mail| mail.emails().rev().find(|email| email.to == address).cloned())
    }

    /// All text messages so far.
    pub fn texts(&self) -> Vec<TextMessage> {
        self.environment.mail(|mail| mail.texts().cloned().collect())
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
        self.environment
            .mail(|mail| mail.texts().rev().find(|text| text.to == phone_number).cloned())
    }
}
