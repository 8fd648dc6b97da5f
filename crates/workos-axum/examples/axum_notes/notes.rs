//! The notes, in memory.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use workos_axum::Session;

/// The notes of all organizations.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<Note>>>);

struct Note {
    organization_id: Option<String>,
    text: String,
}

/// The form of a new note.
#[derive(Deserialize)]
pub(crate) struct NewNote {
    text: String,
}

impl Notes {
    /// Those of the organization that the session is in.
    pub(crate) fn of(&self, session: &Session) -> Vec<String> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = notes.iter().filter(|note| note.organization_id == session.claims.org_id);
        own.map(|note| note.text.clone()).collect()
    }

    pub(crate) fn add(&self, session: &Session, new: NewNote) {
        let note = Note { organization_id: session.claims.org_id.clone(), text: new.text };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}
