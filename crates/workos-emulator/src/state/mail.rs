//! [`Mail`]: the emails and text messages that were sent.

use std::collections::VecDeque;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::backend::{Key, Stored, Write};
use super::collection::Slot;
use super::messages::{Email, Message, TextMessage};

const EMAILS: &str = "sent_emails";
const TEXTS: &str = "sent_texts";

/// The latest messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    emails: Latest<Email>,
    texts: Latest<TextMessage>,
}

impl Mail {
    /// How many emails, and how many text messages, are kept.
    pub(crate) const KEPT: usize = 10_000;

    pub(super) fn send(&mut self, message: Message) {
        match message {
            Message::Email(email) => self.emails.add(email),
            Message::Text(text) => self.texts.add(text),
        }
    }

    /// Takes the latest email or text message back.
    pub(super) fn unsend(&mut self, message: &Message) {
        match message {
            Message::Email(_) => self.emails.take_back(),
            Message::Text(_) => self.texts.take_back(),
        }
    }

    /// Oldest first.
    pub(crate) fn emails(&self) -> impl DoubleEndedIterator<Item = &Email> {
        self.emails.rows.iter()
    }

    /// Oldest first.
    pub(crate) fn texts(&self) -> impl DoubleEndedIterator<Item = &TextMessage> {
        self.texts.rows.iter()
    }

    /// What changed since the last time, to store it.
    pub(super) fn writes(&self) -> impl Iterator<Item = Write> {
        let emails = self.emails.touched.iter().map(|slot| self.emails.write(EMAILS, *slot));
        emails.chain(self.texts.touched.iter().map(|slot| self.texts.write(TEXTS, *slot)))
    }

    /// All of it, to store it.
    pub(super) fn all_writes(&self) -> impl Iterator<Item = Write> {
        let emails = self.emails.slots().map(|slot| self.emails.write(EMAILS, slot));
        emails.chain(self.texts.slots().map(|slot| self.texts.write(TEXTS, slot)))
    }

    pub(super) fn has_unstored(&self) -> bool {
        !self.emails.touched.is_empty() || !self.texts.touched.is_empty()
    }

    /// Notes that what changed is stored.
    pub(super) fn note_stored(&mut self) {
        self.emails.touched.clear();
        self.texts.touched.clear();
    }

    /// Takes a row of a file; `false` if it is none of these.
    pub(super) fn fill(&mut self, row: &Stored<'_>) -> serde_json::Result<bool> {
        match row.table {
            EMAILS => self.emails.fill(row)?,
            TEXTS => self.texts.fill(row)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The latest of many. The slot of each is its number, counted from the first that there ever was.
#[derive(Debug, Clone)]
struct Latest<T> {
    rows: VecDeque<T>,
    /// The slot of the oldest that is kept.
    first: Slot,
    touched: Vec<Slot>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { rows: VecDeque::new(), first: 0, touched: Vec::new() }
    }
}

impl<T: Serialize + DeserializeOwned> Latest<T> {
    fn slots(&self) -> std::ops::Range<Slot> {
        self.first..self.first + self.rows.len()
    }

    fn add(&mut self, row: T) {
        self.touched.push(self.slots().end);
        self.rows.push_back(row);
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        while self.rows.len() > Mail::KEPT {
            self.rows.pop_front();
            self.touched.push(self.first);
            self.first += 1;
        }
    }

    fn take_back(&mut self) {
        self.rows.pop_back();
        self.touched.push(self.slots().end);
    }

    fn write(&self, table: &'static str, slot: Slot) -> Write {
        let row = slot.checked_sub(self.first).and_then(|index| self.rows.get(index));
        let row = row.and_then(|row| Some((0, serde_json::to_vec(row).ok()?)));
        Write { key: Key { table, slot }, row }
    }

    fn fill(&mut self, row: &Stored<'_>) -> serde_json::Result<()> {
        if self.rows.is_empty() {
            self.first = row.slot;
        }
        self.rows.push_back(serde_json::from_slice(row.json)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use workos::Timestamp;

    use super::*;

    #[test]
    fn the_latest_messages_are_kept() {
        let mut mail = Mail::default();
        for number in 0..Mail::KEPT + 5 {
            let (to, text, code) = (number.to_string(), String::new(), String::new());
            let (object_id, sent_at) = (String::new(), Timestamp::UNIX_EPOCH);
            mail.send(Message::Text(TextMessage { to, text, code, object_id, sent_at }));
        }
        let kept: Vec<_> = mail.texts().map(|text| text.to.as_str()).collect();
        assert_eq!((kept.len(), kept[0]), (Mail::KEPT, "5"));
    }
}
