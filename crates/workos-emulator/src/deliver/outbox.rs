//! [`Outbox`]: the emails and text messages that WorkOS would have sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::state::messages::{Email, Message, TextMessage};

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
#[derive(Debug, Default)]
pub struct Outbox {
    emails: Mutex<VecDeque<Email>>,
    texts: Mutex<VecDeque<TextMessage>>,
}

impl Outbox {
    /// The maximum number of emails, and of text messages, to keep.
    pub const KEPT: usize = 10_000;

    /// All emails so far.
    pub fn all(&self) -> Vec<Email> {
        lock(&self.emails).iter().cloned().collect()
    }

    /// The latest email to this address.
    pub fn last_to(&self, address: &str) -> Option<Email> {
        lock(&self.emails).iter().rev().find(|email| email.to == address).cloned()
    }

    /// All text messages so far.
    pub fn texts(&self) -> Vec<TextMessage> {
        lock(&self.texts).iter().cloned().collect()
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
            Message::Email(email) => keep(&self.emails, email),
            Message::Text(text) => keep(&self.texts, text),
        }
    }

    pub(crate) fn clear(&self) {
        lock(&self.emails).clear();
        lock(&self.texts).clear();
    }
}

fn keep<T>(messages: &Mutex<VecDeque<T>>, message: T) {
    let mut messages = lock(messages);
    if messages.len() == Outbox::KEPT {
        messages.pop_front();
    }
    messages.push_back(message);
}

fn lock<T>(messages: &Mutex<T>) -> MutexGuard<'_, T> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use workos::Timestamp;

    use super::*;

    #[test]
    fn the_latest_messages_are_kept() {
        let outbox = Outbox::default();
        for number in 0..Outbox::KEPT + 5 {
            let (to, text, code) = (number.to_string(), String::new(), String::new());
            let (object_id, sent_at) = (String::new(), Timestamp::UNIX_EPOCH);
            outbox.send(Message::Text(TextMessage { to, text, code, object_id, sent_at }));
        }
        let kept = outbox.texts();
        assert_eq!((kept.len(), kept[0].to.as_str()), (Outbox::KEPT, "5"));
    }
}
