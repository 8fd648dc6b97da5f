//! The emails and text messages that were sent, as their recipients would read them.

use maud::{Markup, html};
use workos::Timestamp;

use super::layout::{
    Page, Section, copy_button, filter, find_url, has, numbered_pager, path, time,
};
use super::{Ask, PER_PAGE, RELATED};
use crate::environment::Environment;
use crate::reply::{Answer, Response};
use crate::state::mail::Mail;
use crate::state::messages::{EmailKind, Message};
use crate::urls::{UNSAFE_SCHEMES, with_query};

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let needle = ask.asked("to").to_lowercase();
    let number = ask.page_number();
    let now = ask.environment.clock.now();
    let (count, mut found) = ask.environment.mail(|mail| {
        let fits = |message: &Message| needle.is_empty() || has(message.to(), &needle);
        let found: Vec<_> = all(mail)
            .filter(fits)
            .skip(PER_PAGE.saturating_mul(number - 1))
            .take(PER_PAGE + 1)
            .collect();
        (mail.emails().count() + mail.texts().count(), found)
    });
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let content = html! {
        h1 { "Mail " span.count { (count) } }
        p.quiet { "Nothing leaves this machine. Codes work until they expire on the clock." }
        (filter("mails", "to", "Recipient", ask.asked("to"), &html! {}))
        (letters(&found, now, if needle.is_empty() { "No mail yet." } else { "No mail to them." }))
        (numbered_pager("mails", &[("to", ask.asked("to"))], number, has_more))
    };
    Ok(Page { section: Section::Mails, title: "Mail", content }.response(ask))
}

/// All messages, newest first.
fn all(mail: &Mail) -> impl Iterator<Item = Message> {
    let mut emails = mail.emails().rev().peekable();
    let mut texts = mail.texts().rev().peekable();
    std::iter::from_fn(move || {
        let is_text = match (emails.peek(), texts.peek()) {
            (Some(email), Some(text)) => text.sent_at > email.sent_at,
            (None, Some(_)) => true,
            _ => false,
        };
        if is_text {
            texts.next().cloned().map(Message::Text)
        } else {
            emails.next().cloned().map(Message::Email)
        }
    })
}

/// The latest messages.
pub(super) fn newest(environment: &Environment, count: usize) -> Vec<Message> {
    environment.mail(|mail| all(mail).take(count).collect())
}

/// The messages to an address.
pub(super) fn url_to(address: &str) -> String {
    with_query(&path("mails", &[]), &[("to", address)])
}

/// The messages to a user, on their page.
pub(super) fn related(environment: &Environment, address: &str) -> Markup {
    let found: Vec<_> = environment
        .mail(|mail| all(mail).filter(|message| message.to() == address).take(RELATED).collect());
    html! {
        @if !found.is_empty() {
            h2 { a href=(url_to(address)) { "Mail" } }
            (letters(&found, environment.clock.now(), ""))
        }
    }
}

fn letters(messages: &[Message], now: Timestamp, empty: &str) -> Markup {
    html! {
        @if messages.is_empty() { p.empty { (empty) } }
        ul.letters {
            @for (index, message) in messages.iter().enumerate() {
                li data-key=(message.key()) { (letter(message, index, now)) }
            }
        }
    }
}

fn letter(message: &Message, index: usize, now: Timestamp) -> Markup {
    let code = format!("code-{index}");
    html! {
        article.letter {
            header {
                h3 { (message.what()) }
                p {
                    "to " a href=(url_to(message.to())) { (message.to()) }
                    " · " (time(message.sent_at(), now))
                }
            }
            @if let Message::Text(text) = message { p { (text.text) } }
            @if let Some(link) = message.link() {
                p.row {
                    a.button.other href=(link) rel="noreferrer" target="_blank" { "Open the link" }
                }
                p { code.id { (link) } }
            }
            @if let Some(value) = message.code() {
                p.row {
                    span.quiet { (message.code_name()) }
                    code.big[!message.has_token()] id=(code) { (value) }
                    (copy_button(&code, message.code_name()))
                }
            }
            p.quiet.small { "About " a.id href=(find_url(message.about())) { (message.about()) } }
        }
    }
}

impl Message {
    pub(super) fn sent_at(&self) -> Timestamp {
        match self {
            Self::Email(email) => email.sent_at,
            Self::Text(text) => text.sent_at,
        }
    }

    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Email(email) => email.code.as_deref(),
            Self::Text(text) => Some(&text.code),
        }
    }

    /// Whether the code is the token of a link, which nobody types.
    fn has_token(&self) -> bool {
        self.code().is_some_and(|code| code.len() > 8)
    }

    fn code_name(&self) -> &'static str {
        if self.has_token() { "Token" } else { "Code" }
    }

    /// The link, if it can be opened.
    fn link(&self) -> Option<&str> {
        let Self::Email(email) = self else { return None };
        let is_safe = |link: &&str| {
            let scheme = link.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !UNSAFE_SCHEMES.contains(&scheme.as_str())
        };
        email.link.as_deref().filter(is_safe)
    }

    fn about(&self) -> &str {
        match self {
            Self::Email(email) => &email.object_id,
            Self::Text(text) => &text.object_id,
        }
    }

    fn key(&self) -> String {
        format!("{} {} {}", self.about(), self.sent_at(), self.code().unwrap_or_default().len())
    }

    /// What it is, as a subject.
    pub(super) fn what(&self) -> &'static str {
        let Self::Email(email) = self else { return "Text message" };
        match email.kind {
            EmailKind::EmailVerification => "Verify your email address",
            EmailKind::EmailChange => "Confirm your new email address",
            EmailKind::ItContactInvitation => "Invitation to the Admin Portal",
            EmailKind::Invitation => "You are invited",
            EmailKind::MagicAuth => "Your sign-in code",
            EmailKind::PasswordReset => "Choose a new password",
            EmailKind::MagicLink => "Your sign-in link",
            EmailKind::RadarChallenge => "Confirm that it is you",
            EmailKind::TeamInvitation => "Invitation to a team",
            EmailKind::WaitlistConfirmation => "You are on the waitlist",
        }
    }
}
