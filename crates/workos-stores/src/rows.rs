//! Places and dead letters as the tables have them.

use workos::Timestamp;
use workos::events::RawEvent;
use workos::helpers::events::{DeadLetter, EventCursor};

use crate::StoreError;

/// A row of `workos_event_cursors`.
pub(crate) struct CursorRow {
    pub(crate) event_id: Option<String>,
    pub(crate) created_at: String,
}

/// A row of `workos_dead_letters`.
pub(crate) struct LetterRow {
    pub(crate) event: String,
    pub(crate) error: String,
    pub(crate) attempts: i64,
    pub(crate) buried_at: String,
}

impl TryFrom<CursorRow> for EventCursor {
    type Error = StoreError;

    fn try_from(row: CursorRow) -> Result<Self, StoreError> {
        let created_at = timestamp(&row.created_at, "workos_event_cursors")?;
        Ok(match row.event_id {
            Some(id) => Self::after(id, created_at),
            None => Self::since(created_at),
        })
    }
}

impl TryFrom<&DeadLetter> for LetterRow {
    type Error = StoreError;

    fn try_from(letter: &DeadLetter) -> Result<Self, StoreError> {
        let event = serde_json::to_string(&letter.event);
        Ok(Self {
            event: event.map_err(|error| StoreError::new(format!("no JSON: {error}")))?,
            // Postgres has no text with it.
            error: letter.error.replace('\0', "\u{fffd}"),
            attempts: letter.attempts.into(),
            buried_at: letter.buried_at.to_string(),
        })
    }
}

impl TryFrom<LetterRow> for DeadLetter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        const TABLE: &str = "workos_dead_letters";
        let event: RawEvent = serde_json::from_str(&row.event)
            .map_err(|error| StoreError::new(format!("{TABLE} has no event: {error}")))?;
        let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
        Ok(Self::new(event, row.error, attempts, timestamp(&row.buried_at, TABLE)?))
    }
}

fn timestamp(text: &str, table: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::new(format!("{table} has no time: {text:?}")))
}
