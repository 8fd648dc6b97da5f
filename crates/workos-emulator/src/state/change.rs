//! [`Change`]: all that one request does to the state, or none of it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use workos::{Event, EventContext, EventData, EventName, ObjectType, Timestamp};

use super::backend::{Backend, Key, Write};
use super::collection::{Entity, Happened, Object, Slot};
use super::messages::{Email, EmailKind, Message, TextMessage};
use super::table::Table;
use super::{At, RETENTION, State, Store, StoredEvent, drop_in};
use crate::reply::{Answer, Refusal};
use crate::signing::Signing;

#[cfg(test)]
mod tests;

/// How long codes and the like are kept after they have expired.
const KEPT_ENDED: Duration = Duration::from_secs(60 * 60);
/// The code of test addresses.
const TEST_CODE: &str = "424242";

/// Whether an email address or a phone number is one for tests: `ada+workos_test@acme.com`, or a
/// number that North America reserves for fiction, `+1 xxx 555 01xx`.
fn is_for_tests(address: &str) -> bool {
    let is_email = address.split_once('@').is_some_and(|(name, _)| name.ends_with("+workos_test"));
    let is_fictional = address.strip_prefix("+1").is_some_and(|number| {
        number.len() == 10 && number.get(3..8).is_some_and(|middle| middle == "55501")
    });
    is_email || is_fictional
}

/// Takes one step back.
type Undo = Box<dyn FnOnce(&mut State)>;

/// What a change did, besides the answer.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Effects {
    pub(crate) rows: Vec<RowChange>,
    /// The IDs and names of events.
    pub(crate) events: Vec<(String, EventName)>,
    /// The IDs of deliveries that were queued.
    pub(crate) deliveries: Vec<String>,
    /// The recipients of emails and text messages.
    pub(crate) messages: Vec<String>,
}

/// What happened to a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowChange {
    pub(crate) table: &'static str,
    pub(crate) id: String,
    pub(crate) happened: Happened,
}

/// What a handler writes with. It reads like a [`View`](super::View).
///
/// A refusal undoes all of it; otherwise its events and messages go out all at once.
pub(crate) struct Change<'a> {
    state: &'a mut State,
    at: At<'a>,
    backend: Option<&'a mut Box<dyn Backend>>,
    undo: Vec<Undo>,
    /// The slots that changed and are not stored yet.
    touched: Vec<(&'static Table, Slot)>,
    events: Vec<StoredEvent>,
    messages: Vec<Message>,
    /// What was done and is not kept yet.
    done: Effects,
    kept: Effects,
}

impl Deref for Change<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.state.store
    }
}

impl<'a> Change<'a> {
    pub(super) fn new(
        state: &'a mut State,
        backend: Option<&'a mut Box<dyn Backend>>,
        at: At<'a>,
    ) -> Self {
        let (undo, touched, events, messages) = Default::default();
        let (done, kept) = Default::default();
        Self { state, at, backend, undo, touched, events, messages, done, kept }
    }

    /// The time of this change.
    pub(crate) fn now(&self) -> Timestamp {
        self.at.now
    }

    /// The address of this emulator, as in `http://localhost:4100`.
    pub(crate) fn origin(&self) -> &str {
        self.at.origin
    }

    /// The issuer of tokens.
    pub(crate) fn issuer(&self) -> &str {
        self.at.signing.issuer.as_deref().unwrap_or(self.at.origin)
    }

    /// What tokens are signed with.
    pub(crate) fn signing(&self) -> &Signing {
        self.at.signing
    }

    /// A new ID with this prefix, or with the one that the official emulator has instead.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        let prefix = if self.drop_in { drop_in::prefix(prefix) } else { prefix };
        self.state.ids.id(prefix, self.now())
    }

    /// An ID without a prefix.
    pub(crate) fn ulid(&mut self) -> String {
        let id = self.id("");
        id.trim_start_matches('_').to_owned()
    }

    /// A one-time code of six digits.
    pub(crate) fn code(&mut self) -> String {
        self.state.ids.code()
    }

    /// A one-time code for an address or a phone number. That of [test addresses](is_for_tests) is
    /// always the same.
    pub(crate) fn code_for(&mut self, address: &str) -> String {
        if is_for_tests(address) { TEST_CODE.to_owned() } else { self.code() }
    }

    /// A random string of letters and digits.
    pub(crate) fn token(&mut self, length: usize) -> String {
        self.state.ids.token(length)
    }

    /// Random bytes. Predictable from the seed, as everything that is drawn.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.state.ids.bytes()
    }

    /// A new random UUID, for what has one instead of an ID with a prefix.
    pub(crate) fn uuid(&mut self) -> String {
        let random = u128::from_be_bytes(self.bytes());
        let version_4 = random & !(0xf << 76) | 4 << 76;
        let uuid = version_4 & !(0b11 << 62) | 0b10 << 62;
        let part = |shift: u32, bits: u32| uuid >> shift & ((1 << bits) - 1);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 32),
            part(80, 16),
            part(64, 16),
            part(48, 16),
            part(0, 48)
        )
    }

    /// A new object with its type, ID and times; not stored yet.
    pub(crate) fn make<T: Object>(&mut self) -> T {
        let mut object = T::default();
        object.begin(self.id(T::PREFIX), self.now());
        object
    }

    /// A copy of the row with this ID, to change and then [`update`](Self::update).
    pub(crate) fn copy<T: Entity>(&self, id: &str) -> Answer<T> {
        self.one::<T>(id).map(|row| T::clone(row))
    }

    /// The same of a row among those with this key, such as its parent's ID.
    pub(crate) fn copy_of<T: Entity>(&self, index: &str, key: &str, id: &str) -> Answer<T> {
        self.one_of::<T>(index, key, id).map(|row| T::clone(row))
    }

    /// Stores a new row, with its event.
    pub(crate) fn insert<T: Entity>(&mut self, row: T) -> Answer<Arc<T>> {
        let row = self.put(row)?;
        self.tell_of(&*row, Happened::Created, &|| None);
        T::follow(self, &row, Happened::Created)?;
        Ok(row)
    }

    /// Stores a changed row, with its event, which has the previous values of what changed.
    pub(crate) fn update<T: Entity + Serialize>(&mut self, mut row: T) -> Answer<Arc<T>> {
        let previous = T::collection(self).get(row.id()).cloned();
        row.touch(self.now());
        let row = self.put(row)?;
        let previous = || previous.as_deref().map(|old| changed(old, &*row));
        self.tell_of(&*row, Happened::Updated, &previous);
        T::follow(self, &row, Happened::Updated)?;
        Ok(row)
    }

    /// Stores a row, new or changed, without an event.
    pub(crate) fn put<T: Entity>(&mut self, row: T) -> Answer<Arc<T>> {
        if let Some((taken, key)) = T::collection(self).conflict(&row) {
            return Err(Refusal::taken(taken, &key));
        }
        let spare = self.state.ids.place(self.now());
        let row = Arc::new(row);
        let before = T::collection_mut(&mut self.state.store).put(row.clone(), spare);
        let happened = if before.was_there() { Happened::Updated } else { Happened::Created };
        self.note::<T>(before.slot, row.id(), happened);
        self.undo.push(Box::new(move |state| T::collection_mut(&mut state.store).restore(before)));
        if happened == Happened::Created {
            T::forget_ended(self);
        }
        Ok(row)
    }

    /// Removes rows that ended a while ago, such as expired codes. Two at most, so that no change
    /// takes long.
    pub(super) fn forget_ended<T: Entity>(&mut self, end: fn(&T) -> Timestamp) {
        for _ in 0..2 {
            let oldest = T::collection(self).iter().next();
            let ended = oldest.filter(|row| end(row) + KEPT_ENDED < self.now());
            let Some(id) = ended.map(|row| row.id().to_owned()) else { return };
            let taken = T::collection_mut(&mut self.state.store).take(&id);
            let Some((_, before)) = taken else { return };
            self.note::<T>(before.slot, &id, Happened::Deleted);
            self.undo
                .push(Box::new(move |state| T::collection_mut(&mut state.store).restore(before)));
        }
    }

    /// Removes a row and all that goes with it, each with its event. What goes with it finds it gone
    /// already.
    pub(crate) fn remove<T: Entity>(&mut self, id: &str) -> Answer<Arc<T>> {
        let taken = T::collection_mut(&mut self.state.store).take(id);
        let (row, before) = taken.ok_or_else(|| Refusal::not_found(T::NAME, id))?;
        self.note::<T>(before.slot, id, Happened::Deleted);
        self.undo.push(Box::new(move |state| T::collection_mut(&mut state.store).restore(before)));
        T::cascade(self, id);
        self.tell_of(&*row, Happened::Deleted, &|| None);
        T::follow(self, &row, Happened::Deleted)?;
        Ok(row)
    }

    /// Removes the rows with this key.
    pub(super) fn remove_all<T: Entity>(&mut self, index: &str, key: &str) {
        let rows: Vec<_> = T::collection(self).by(index, key).cloned().collect();
        for row in rows {
            // One that is a child in two ways may be gone by now.
            let _ = self.remove::<T>(row.id());
        }
    }

    /// Takes back the events of this change with this name.
    pub(crate) fn untell(&mut self, name: &EventName) {
        self.events.retain(|event| event.name != *name);
    }

    /// Adds an event.
    pub(crate) fn tell(&mut self, data: EventData) {
        self.tell_in(data, None);
    }

    /// Adds an event with its context.
    pub(crate) fn tell_in(&mut self, data: EventData, context: Option<EventContext>) {
        let data = if self.drop_in { drop_in::told(data) } else { data };
        let mut event = Event::default();
        event.object = ObjectType::Event;
        event.id = self.id("event");
        event.event = data.name();
        event.data = data;
        event.created_at = self.now();
        event.context = context;
        self.events.push(StoredEvent::new(&event));
    }

    /// Adds an event with exactly this payload and context.
    pub(crate) fn tell_json(
        &mut self,
        name: &str,
        data: &Value,
        context: Option<&Value>,
    ) -> serde_json::Result<StoredEvent> {
        let event = StoredEvent::with(self.id("event"), name, self.now(), data, context)?;
        self.events.push(event.clone());
        Ok(event)
    }

    /// Adds the events of an update that was stored without.
    pub(crate) fn tell_update_of<T: Entity>(&mut self, row: &T) {
        self.tell_of(row, Happened::Updated, &|| None);
    }

    /// Sends an email.
    pub(crate) fn mail(&mut self, to: &str, kind: EmailKind, code: Option<String>, subject: &str) {
        let (to, object_id, sent_at) = (to.to_owned(), subject.to_owned(), self.now());
        let email = Email { to, kind, code, link: None, object_id, sent_at };
        self.messages.push(Message::Email(email));
    }

    /// Sends an email with a link, which may end in a token.
    pub(crate) fn mail_link(
        &mut self,
        to: &str,
        kind: EmailKind,
        link: &str,
        token: Option<String>,
        subject: &str,
    ) {
        let (to, object_id, sent_at) = (to.to_owned(), subject.to_owned(), self.now());
        let (link, code) = (Some(link.to_owned()), token);
        self.messages.push(Message::Email(Email { to, kind, code, link, object_id, sent_at }));
    }

    /// Sends a text message with a code.
    pub(crate) fn text(&mut self, to: &str, text: String, code: &str, subject: &str) {
        let (to, object_id, sent_at) = (to.to_owned(), subject.to_owned(), self.now());
        let code = code.to_owned();
        self.messages.push(Message::Text(TextMessage { to, text, code, object_id, sent_at }));
    }

    /// Keeps what was done so far, even if the request is refused after all. Counting a wrong code
    /// needs that.
    ///
    /// # Errors
    ///
    /// When it cannot be stored. It is undone then.
    pub(crate) fn keep(&mut self) -> Answer<()> {
        for event in std::mem::take(&mut self.events) {
            self.add_event(event);
        }
        for message in std::mem::take(&mut self.messages) {
            self.done.messages.push(message.to().to_owned());
            self.state.mail.send(message.clone());
            self.undo.push(Box::new(move |state| state.mail.unsend(&message)));
        }
        self.store()?;
        self.undo.clear();
        self.kept.add(std::mem::take(&mut self.done));
        Ok(())
    }

    /// Undoes what was not kept, and returns what was.
    pub(super) fn end(mut self) -> Effects {
        std::mem::take(&mut self.kept)
    }

    /// Adds an event to the log, and queues it for webhook endpoints.
    fn add_event(&mut self, event: StoredEvent) {
        let (event, spare) = (Arc::new(event), self.state.ids.place(self.now()));
        let before = self.state.store.events.put(event.clone(), spare);
        self.touched.push((StoredEvent::table(), before.slot));
        self.undo.push(Box::new(move |state| state.store.events.restore(before)));
        self.done.events.push((event.id.clone(), event.name.clone()));
        self.forget_old_events();
        for id in self.state.announce(&event, self.at.now) {
            self.done.deliveries.push(id.clone());
            self.undo.push(Box::new(move |state| state.deliveries.forget(&id)));
        }
    }

    /// Forgets events that are over. Two at most, so that no change takes long: more are there only
    /// after the clock was moved.
    fn forget_old_events(&mut self) {
        for _ in 0..2 {
            let events = &self.state.store.events;
            let is_over = |event: &StoredEvent| {
                events.len() > self.at.kept_events || event.created_at + RETENTION < self.at.now
            };
            let Some(oldest) = events.iter().next().filter(|event| is_over(event)) else { return };
            let id = oldest.id.clone();
            let Some((_, before)) = self.state.store.events.take(&id) else { return };
            self.touched.push((StoredEvent::table(), before.slot));
            self.undo.push(Box::new(move |state| state.store.events.restore(before)));
        }
    }

    /// Stores what is not stored yet, if there is where to.
    fn store(&mut self) -> Answer<()> {
        let Some(backend) = &mut self.backend else {
            self.state.note_stored();
            return Ok(());
        };
        if self.touched.is_empty() && !self.state.has_unstored() {
            return Ok(());
        }
        let state = &*self.state;
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable_by_key(|(table, slot)| (table.name, *slot));
        touched.dedup_by_key(|(table, slot)| (table.name, *slot));
        let rows = touched.into_iter().map(|(table, slot)| Write {
            key: Key { table: table.name, slot },
            row: table.read(&state.store, slot),
        });
        let writes: Vec<_> = rows.chain(state.other_writes(self.at.clock)).collect();
        backend.commit(&writes).map_err(|error| Refusal::not_stored(&error))?;
        self.state.note_stored();
        Ok(())
    }

    fn note<T: Entity>(&mut self, slot: Slot, id: &str, happened: Happened) {
        let table = T::table();
        self.touched.push((table, slot));
        self.done.rows.push(RowChange { table: table.name, id: id.to_owned(), happened });
    }

    fn tell_of<T: Entity>(
        &mut self,
        row: &T,
        happened: Happened,
        previous: &dyn Fn() -> Option<BTreeMap<String, Value>>,
    ) {
        let events = row.events(happened);
        if events.is_empty() {
            return;
        }
        let context = previous().map(|previous| {
            let mut context = EventContext::default();
            context.previous_attributes = Some(previous);
            context
        });
        for data in events {
            self.tell_in(data, context.clone());
        }
    }
}

impl Effects {
    pub(crate) fn add(&mut self, mut later: Self) {
        self.rows.append(&mut later.rows);
        self.events.append(&mut later.events);
        self.deliveries.append(&mut later.deliveries);
        self.messages.append(&mut later.messages);
    }
}

/// What was not kept is undone, also when a handler panics.
impl Drop for Change<'_> {
    fn drop(&mut self) {
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            undo(self.state);
        }
    }
}

/// The previous values of the fields that changed.
pub(super) fn changed<T: Serialize>(old: &T, new: &T) -> BTreeMap<String, Value> {
    let fields = |row: &T| match serde_json::to_value(row) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (mut old, new) = (fields(old), fields(new));
    for name in new.keys() {
        old.entry(name.clone()).or_insert(Value::Null);
    }
    let is_changed = |(name, value): &(String, Value)| {
        name != "updated_at" && new.get(name).unwrap_or(&Value::Null) != value
    };
    old.into_iter().filter(is_changed).collect()
}
