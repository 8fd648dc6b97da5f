//! [`LeaseChange`]: of many processes that have a file, one reads a stream.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::now;

const HELD: &str = "SELECT owner, owned_until FROM workos_event_leases WHERE stream = ?1";
const CLAIM: &str = "\
INSERT INTO workos_event_leases AS held (stream, owner, owned_until) VALUES (?1, ?2, ?3)
ON CONFLICT (stream) DO UPDATE SET owner = excluded.owner, owned_until = excluded.owned_until
WHERE held.owned_until <= ?4 OR held.owner = excluded.owner";
const RELEASE: &str = "DELETE FROM workos_event_leases WHERE stream = ?1 AND owner = ?2";

/// A claim, or a release.
#[derive(Clone)]
pub(super) struct LeaseChange {
    pub(super) stream: String,
    pub(super) owner: String,
    /// `None` gives the lease back.
    pub(super) until: Option<i64>,
}

/// Who has a lease, as one who wants to change it sees it.
pub(super) enum Held {
    /// It may have run out, and nobody else has taken it.
    Mine,
    Theirs,
    Free,
}

impl LeaseChange {
    pub(super) fn held(&self, file: &Connection) -> rusqlite::Result<Held> {
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        Ok(match file.prepare_cached(HELD)?.query_row([&self.stream], row).optional()? {
            Some((owner, _)) if owner == self.owner => Held::Mine,
            Some((_, until)) if until > now() => Held::Theirs,
            _ => Held::Free,
        })
    }

    /// Returns whether it was possible.
    pub(super) fn apply(&self, file: &Connection) -> rusqlite::Result<bool> {
        let Self { stream, owner, until } = self;
        let changed = match until {
            Some(until) => {
                file.prepare_cached(CLAIM)?.execute(params![stream, owner, until, now()])?
            }
            None => file.prepare_cached(RELEASE)?.execute(params![stream, owner])?,
        };
        Ok(changed == 1)
    }
}
