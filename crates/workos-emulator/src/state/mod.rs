//! The state of an environment: rows, their relations, events, IDs and time. It knows nothing of
//! HTTP.

// Without the feature, nothing is written to a file or read from it.
#![cfg_attr(not(feature = "data"), allow(dead_code))]

mod alarms;
pub(crate) mod backend;
pub(crate) mod binary;
mod change;
mod clock;
pub(crate) mod collection;
mod collections;
pub(crate) mod deliveries;
mod drop_in;
mod ids;
mod live;
pub(crate) mod mail;
pub(crate) mod messages;
mod page;
mod rows;
pub(crate) mod steering;
#[cfg(test)]
pub(crate) mod steps;
mod store;
pub(crate) mod table;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use workos::webhooks::{WebhookEndpoint, WebhookEndpointStatus};
use workos::{ObjectType, Role, RoleType, Timestamp, Waitlist};

use self::backend::{Backend, Key, Write};
pub(crate) use self::change::{Change, Effects, RowChange};
pub use self::clock::Clock;
pub(crate) use self::clock::ClockState;
use self::collection::{Entity, Object};
use self::deliveries::{Deliveries, Delivery, Letter, Next, Outcome};
pub(crate) use self::ids::{Ids, time_of};
use self::live::Head;
pub(crate) use self::live::Live;
#[cfg(feature = "data")]
pub(crate) use self::live::Opened;
use self::mail::Mail;
pub(crate) use self::page::{shown, whole};
pub use self::rows::directories::RefusedStep;
pub(crate) use self::rows::*;
use self::steering::Steering;
pub(crate) use self::store::Store;
#[cfg(feature = "pages")]
pub(crate) use self::store::tables;
pub(crate) use self::table::prefix_of;
use crate::reply::Answer;
use crate::signing::Signing;

/// The client ID of [`Emulator::client`](crate::Emulator::client).
pub(crate) const DEFAULT_CLIENT_ID: &str = "client_emulator";
/// The ID of the environment, where answers and events have one.
pub(crate) const ENVIRONMENT_ID: &str = "environment_emulator";
/// The ID and the name of the API key that all requests are made with, as answers and events show it.
pub(crate) const API_KEY_ACTOR: (&str, &str) = ("api_key_emulator", "Emulator API key");
/// When the environment was created: 2025-01-01.
const CREATED_AT_MILLIS: i64 = 1_735_689_600_000;
/// The roles of a new environment, by priority.
pub(crate) const DEFAULT_ROLES: [(&str, &str); 2] = [("admin", "Admin"), (DEFAULT_ROLE, "Member")];
/// What members get by default.
pub(crate) const DEFAULT_ROLE: &str = "member";

/// All that a snapshot holds. A copy shares the rows.
#[derive(Debug, Clone)]
pub(crate) struct State {
    store: Store,
    ids: Ids,
    deliveries: Deliveries,
    mail: Mail,
}

/// What a handler reads with.
#[derive(Debug)]
pub(crate) struct View<'a> {
    store: &'a Store,
    at: At<'a>,
}

/// When and where a request is handled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) now: Timestamp,
    /// The address of this emulator, as in `http://localhost:4100`.
    pub(crate) origin: &'a str,
    pub(crate) signing: &'a Signing,
    /// How long an event is withheld from those who follow events.
    pub(crate) event_delay: Duration,
    /// How many events are kept.
    pub(crate) kept_events: usize,
    pub(crate) clock: ClockState,
}

impl State {
    /// The state of a new environment, which draws from this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = Self::empty(Ids::new(seed));
        state.furnish();
        state
    }

    /// The state of a new environment, which draws what follows on what this one has drawn.
    pub(crate) fn emptied(&self) -> Self {
        let mut state = Self::empty(self.ids.clone());
        state.store.drop_in = self.store.drop_in;
        state.furnish();
        state
    }

    /// Without a single row.
    fn empty(ids: Ids) -> Self {
        let (store, deliveries, mail) = Default::default();
        Self { store, ids, deliveries, mail }
    }

    /// Adds the rows of a new environment.
    fn furnish(&mut self) {
        let drop_in = self.store.drop_in;
        // Always the same time, so that the generated IDs do not depend on the system clock.
        let created_at = Timestamp::from_millis(CREATED_AT_MILLIS);
        // Memberships have roles of the official emulator whether or not those exist.
        let roles = DEFAULT_ROLES.into_iter().filter(|_| !drop_in);
        for (slug, name) in roles {
            let mut role = Role::default();
            role.object = ObjectType::Role;
            role.id = format!("role_{slug}");
            role.slug = slug.to_owned();
            role.name = name.to_owned();
            role.type_ = RoleType::EnvironmentRole;
            role.resource_type_slug = ORGANIZATION_TYPE.to_owned();
            role.created_at = created_at;
            role.updated_at = created_at;
            let row =
                StoredRole { id: role.id.clone(), organization_id: None, role, is_default: false };
            let place = self.ids.place(created_at);
            self.store.roles.put(Arc::new(row), place);
        }
        let mut waitlist = Waitlist::default();
        waitlist.begin(self.ids.id(Waitlist::PREFIX, created_at), created_at);
        let place = self.ids.place(created_at);
        self.store.waitlists.put(Arc::new(waitlist), place);
    }

    /// Accepts what the official emulator accepts from now on. The rows stay.
    fn become_drop_in(&mut self) {
        self.store.drop_in = true;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn view<'a>(&'a self, at: At<'a>) -> View<'a> {
        View { store: &self.store, at }
    }

    /// Does this, or nothing if it is refused. Returns what it did besides the answer, too.
    fn change<T>(
        &mut self,
        at: At<'_>,
        backend: Option<&mut Box<dyn Backend>>,
        work: impl FnOnce(&mut Change<'_>) -> Answer<T>,
    ) -> (Answer<T>, Effects) {
        let mut change = Change::new(self, backend, at);
        let done = work(&mut change).and_then(|done| change.keep().map(|()| done));
        (done, change.end())
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        store::tables().map(|table| (table.len)(&self.store)).sum()
    }

    /// The emails and text messages.
    pub(crate) fn mail(&self) -> &Mail {
        &self.mail
    }

    /// The webhooks.
    pub(crate) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// The webhooks.
    pub(crate) fn deliveries_mut(&mut self) -> &mut Deliveries {
        &mut self.deliveries
    }

    /// Delivers webhooks like this from now on.
    ///
    /// # Errors
    ///
    /// When a value is out of range.
    pub(crate) fn steer(&mut self, steering: Steering) -> Answer<()> {
        steering.check()?;
        let ids = &mut self.ids;
        self.deliveries.steer(steering, || u64::from_le_bytes(ids.bytes()));
        Ok(())
    }

    /// What is not in tables, as far as it changed since it was stored.
    fn other_writes(&self, clock: ClockState) -> impl Iterator<Item = Write> {
        let head = Head { ids: self.ids.position(), clock };
        std::iter::once(head.write()).chain(self.deliveries.writes()).chain(self.mail.writes())
    }

    /// All that a backend stores.
    fn all_writes(&self, clock: ClockState) -> impl Iterator<Item = Write> {
        let head = Head { ids: self.ids.position(), clock };
        let rows = store::tables().flat_map(|table| {
            table.slots(&self.store).into_iter().map(|slot| Write {
                key: Key { table: table.name, slot },
                row: table.read(&self.store, slot),
            })
        });
        std::iter::once(head.write())
            .chain(rows)
            .chain(self.deliveries.all_writes())
            .chain(self.mail.all_writes())
    }

    /// Whether something that is not in tables changed since it was stored.
    fn has_unstored(&self) -> bool {
        self.deliveries.has_unstored() || self.mail.has_unstored()
    }

    /// Notes that all changes are stored.
    fn note_stored(&mut self) {
        self.deliveries.note_stored();
        self.mail.note_stored();
    }

    /// What to deliver next to the endpoints that are free.
    pub(crate) fn next_delivery(&mut self, now: Timestamp, is_free: impl Fn(&str) -> bool) -> Next {
        loop {
            let Some((due, delivery, event)) = self.deliveries.next(now, &is_free) else {
                return Next::Nothing;
            };
            if due > now {
                return Next::WaitUntil(due);
            }
            let Delivery { id, endpoint_id, .. } = delivery.clone();
            match self.store.webhook_endpoints.get(&endpoint_id).filter(|one| is_enabled(one)) {
                Some(endpoint) => {
                    return Next::Send(Letter {
                        delivery_id: id,
                        endpoint_id,
                        url: endpoint.endpoint_url.clone(),
                        secret: endpoint.secret.clone(),
                        event: event.clone(),
                        at: now,
                    });
                }
                None => self.deliveries.report(&id, now, Outcome::Cancelled, now),
            }
        }
    }

    /// Queues a new event for the endpoints that want it. Returns the IDs of the deliveries.
    fn announce(&mut self, event: &Arc<StoredEvent>, now: Timestamp) -> Vec<String> {
        let happened = ids::place_of(&event.id);
        let wants = |endpoint: &&Arc<WebhookEndpoint>| {
            is_enabled(endpoint)
                && endpoint.events.contains(&event.name)
                // In one change, such as that of seed data, events may be older than the endpoint.
                && self.store.webhook_endpoints.place(&endpoint.id) < happened
        };
        let copies = self.deliveries.steering().copies;
        let mut added = Vec::new();
        for endpoint in self.store.webhook_endpoints.iter().filter(wants) {
            for _ in 0..copies {
                let id = self.ids.id("webhook_delivery", now);
                self.deliveries.add(id.clone(), endpoint, event.clone(), now);
                added.push(id);
            }
        }
        added
    }

    /// The endpoint of a delivery, if it still exists.
    pub(crate) fn recipient(&self, delivery: &Delivery) -> Option<&WebhookEndpoint> {
        self.store.webhook_endpoints.get(&delivery.endpoint_id).map(|endpoint| &**endpoint)
    }
}

fn is_enabled(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status == WebhookEndpointStatus::Enabled
}

impl View<'_> {
    /// The time of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.at.now
    }

    /// How long an event is withheld from those who follow events.
    pub(crate) fn event_delay(&self) -> Duration {
        self.at.event_delay
    }

    /// What tokens are signed with.
    pub(crate) fn signing(&self) -> &Signing {
        self.at.signing
    }
}

impl Deref for View<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
    }
}
