//! The stored entities.

use std::collections::{BTreeMap, HashMap};

use workos::{
    AuditLogConfiguration, AuthorizedApplication, ItContact, Organization, SecretString, Session,
    Timestamp, User, UserIdentity,
};

/// All state of one emulator. The entities are the SDK's own types.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) organizations: Table<Organization>,
    pub(crate) audit_log_configurations: HashMap<String, AuditLogConfiguration>,
    pub(crate) authorized_applications: Table<InOrganization<AuthorizedApplication>>,
    pub(crate) it_contacts: Table<InOrganization<ItContact>>,
    /// The IT contacts with an active Admin Portal invitation.
    pub(crate) invited_contacts: Vec<String>,
    pub(crate) users: Table<User>,
    pub(crate) passwords: HashMap<String, SecretString>,
    pub(crate) identities: Vec<(String, UserIdentity)>,
    pub(crate) sessions: Table<Session>,
    pub(crate) email_verifications: Table<Verification>,
    pub(crate) email_changes: HashMap<String, PendingEmailChange>,
}

/// An entity whose type has no organization ID.
#[derive(Debug, Clone)]
pub(crate) struct InOrganization<T> {
    pub(crate) organization_id: String,
    pub(crate) entity: T,
}

/// A code that was sent to verify an email address.
#[derive(Debug, Clone)]
pub(crate) struct Verification {
    pub(crate) entity: workos::EmailVerification,
    pub(crate) used: bool,
}

/// A pending email change.
#[derive(Debug, Clone)]
pub(crate) struct PendingEmailChange {
    pub(crate) new_email: String,
    pub(crate) code: SecretString,
    pub(crate) expires_at: Timestamp,
    pub(crate) wrong_attempts: u32,
    pub(crate) used: bool,
}

/// An entity that is stored under its ID.
pub(crate) trait Entity {
    fn id(&self) -> &str;
}

macro_rules! entities {
    ($($type:ty),* $(,)?) => {
        $(impl Entity for $type {
            fn id(&self) -> &str {
                &self.id
            }
        })*
    };
}

entities!(AuthorizedApplication, ItContact, Organization, Session, User);

impl<T: Entity> Entity for InOrganization<T> {
    fn id(&self) -> &str {
        self.entity.id()
    }
}

impl Entity for Verification {
    fn id(&self) -> &str {
        &self.entity.id
    }
}

/// Entities of one type, in order of creation.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    /// The place of each ID, also of deleted ones, which a cursor may name.
    places: HashMap<String, u64>,
    next: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), places: HashMap::new(), next: 0 }
    }
}

impl<T: Entity> Table<T> {
    pub(crate) fn insert(&mut self, entity: T) {
        self.places.insert(entity.id().to_owned(), self.next);
        self.rows.insert(self.next, entity);
        self.next += 1;
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(self.places.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(self.places.get(id)?)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.rows.remove(self.places.get(id)?)
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.rows.retain(|_, entity| keep(entity));
    }

    /// All entities, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// The place of an ID, also of a deleted one.
    pub(crate) fn place(&self, id: &str) -> Option<u64> {
        self.places.get(id).copied()
    }

    /// The entities from one place to another, oldest first.
    pub(crate) fn range(
        &self,
        range: impl std::ops::RangeBounds<u64>,
    ) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.range(range).map(|(_, entity)| entity)
    }
}
