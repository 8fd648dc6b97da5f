//! The state of an environment: rows, their relations, events, IDs and time. It knows nothing of
//! HTTP.

mod alarms;
mod change;
mod clock;
pub(crate) mod collection;
mod collections;
pub(crate) mod deliveries;
mod ids;
pub(crate) mod messages;
mod page;
mod rows;
#[cfg(test)]
mod steps;
mod store;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use workos::webhooks::{WebhookEndpoint, WebhookEndpointStatus};
use workos::{ObjectType, Role, RoleType, Timestamp, Waitlist};

pub(crate) use self::change::Change;
pub use self::clock::Clock;
use self::collection::{Entity, Object};
use self::deliveries::{Deliveries, Delivery, Letter, Next, Outcome};
pub(crate) use self::ids::{Ids, time_of};
use self::messages::Message;
pub(crate) use self::page::{shown, whole};
pub(crate) use self::rows::*;
pub(crate) use self::store::Store;
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
}

impl State {
    /// The state of a new environment, which draws from this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let (store, deliveries) = Default::default();
        let mut state = Self { store, ids: Ids::new(seed), deliveries };
        state.reset();
        state
    }

    /// Removes all rows but those of a new environment. The position in the seed stays.
    pub(crate) fn reset(&mut self) {
        self.store = Store::default();
        self.deliveries = Deliveries::default();
        // Always the same time, so that the real one shows in nothing that is drawn.
        let created_at = Timestamp::from_millis(CREATED_AT_MILLIS);
        for (slug, name) in DEFAULT_ROLES {
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

    pub(crate) fn view<'a>(&'a self, at: At<'a>) -> View<'a> {
        View { store: &self.store, at }
    }

    /// Does this, or nothing if it is refused. Returns the messages to send, too.
    pub(crate) fn change<T>(
        &mut self,
        at: At<'_>,
        work: impl FnOnce(&mut Change<'_>) -> Answer<T>,
    ) -> (Answer<T>, Vec<Message>) {
        let mut change = Change::new(self, at);
        let done = work(&mut change);
        if done.is_ok() {
            change.keep();
        }
        (done, change.end())
    }

    /// The webhooks.
    pub(crate) fn deliveries(&mut self) -> &mut Deliveries {
        &mut self.deliveries
    }

    /// What to deliver next to the endpoints that are free.
    pub(crate) fn next_delivery(&mut self, now: Timestamp, is_free: impl Fn(&str) -> bool) -> Next {
        loop {
            let Some((due, delivery, event)) = self.deliveries.next(&is_free) else {
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

    /// Queues a new event for the endpoints that want it.
    fn announce(&mut self, event: &Arc<StoredEvent>, now: Timestamp) {
        let happened = ids::place_of(&event.id);
        let wants = |endpoint: &&Arc<WebhookEndpoint>| {
            is_enabled(endpoint)
                && endpoint.events.contains(&event.name)
                // In one change, such as that of seed data, events may be older than the endpoint.
                && self.store.webhook_endpoints.place(&endpoint.id) < happened
        };
        for endpoint in self.store.webhook_endpoints.iter().filter(wants) {
            let id = self.ids.id("webhook_delivery", now);
            self.deliveries.add(id, endpoint, event.clone(), now);
        }
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
