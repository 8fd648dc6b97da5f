//! [`Deliveries`]: the queue of webhooks and the log of what became of them. It is only data: who
//! sends them takes the [`next`](Deliveries::next) one and reports how it went.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workos::webhooks::WebhookEndpoint;
use workos::{EventName, SecretString, Timestamp};

use super::StoredEvent;
use super::alarms::{Alarms, Slot as Alarm};
use super::backend::{Key, Stored, Write};
use super::collection::Slot;

/// How often WorkOS tries to deliver a webhook.
pub(crate) const MAX_TRIES: u32 = 6;
/// How many deliveries stay in the log when they are over.
pub(crate) const KEPT: usize = 1000;
/// How many deliveries may wait. Further ones fail at once.
const MAX_PENDING: usize = 50_000;
/// How many attempts of one delivery are kept. Only redelivering makes so many.
const KEPT_ATTEMPTS: usize = 50;

/// The delivery of an event to a webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The ID of the delivery.
    pub id: String,
    /// The ID of the endpoint.
    pub endpoint_id: String,
    /// The URL of the endpoint when the event happened.
    pub endpoint_url: String,
    /// The ID of the event.
    pub event_id: String,
    /// What happened.
    pub event: EventName,
    /// What became of it.
    pub status: DeliveryStatus,
    /// The attempts so far, oldest first: the latest 50.
    pub attempts: Vec<DeliveryAttempt>,
    /// When the next attempt is due; `None` if there will be none.
    pub next_due: Option<Timestamp>,
}

/// What became of a [`Delivery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// It waits for its first or next attempt.
    Pending,
    /// The endpoint accepted it.
    Delivered,
    /// All attempts failed: a dead letter.
    Failed,
    /// The emulator does not send to this URL.
    Refused,
    /// The endpoint was disabled or deleted before the attempt.
    Cancelled,
}

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// When it was made, on the emulator's clock.
    pub at: Timestamp,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The endpoint returned this status.
    Answered(u16),
    /// It returned none.
    Failed(String),
    /// The emulator does not send to this URL.
    Refused(String),
    /// The endpoint was disabled or deleted.
    Cancelled,
}

/// What to send.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) delivery_id: String,
    pub(crate) endpoint_id: String,
    pub(crate) url: String,
    pub(crate) secret: SecretString,
    pub(crate) event: Arc<StoredEvent>,
    pub(crate) at: Timestamp,
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Next {
    Send(Letter),
    /// Nothing before this time.
    WaitUntil(Timestamp),
    Nothing,
}

/// The deliveries that wait, in order of due time and one at a time for each endpoint, and those
/// that are over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deliveries {
    /// By ID, which is the order in which they were added.
    entries: BTreeMap<String, Entry>,
    /// The IDs of those that wait or are being sent, with the endpoint as their lane.
    alarms: Alarms<String>,
    /// The IDs of those that are over, in the order in which they ended.
    over: VecDeque<String>,
    /// How many were ever added: the slot of the next.
    count: Slot,
    /// How many have ever ended.
    ended: u64,
    /// What changed and is not stored yet.
    touched: BTreeMap<Slot, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    delivery: Delivery,
    event: Arc<StoredEvent>,
    /// Where its alarm is; `None` when it is over.
    alarm: Option<Alarm>,
    /// The attempts since it was added or redelivered.
    tries: u32,
    /// The place among those that are over; 0 if it is not.
    ended: u64,
    /// Where it is stored.
    #[serde(skip)]
    slot: Slot,
}

/// The table of deliveries in a file.
const TABLE: &str = "webhook_deliveries";

impl Deliveries {
    /// Adds a delivery that is due now.
    pub(crate) fn add(
        &mut self,
        id: String,
        endpoint: &WebhookEndpoint,
        event: Arc<StoredEvent>,
        now: Timestamp,
    ) {
        let is_full = self.alarms.len() >= MAX_PENDING;
        let alarm = Some(self.alarms.set(&endpoint.id, now, id.clone()));
        let delivery = Delivery {
            id: id.clone(),
            endpoint_id: endpoint.id.clone(),
            endpoint_url: endpoint.endpoint_url.clone(),
            event_id: event.id.clone(),
            event: event.name.clone(),
            status: DeliveryStatus::Pending,
            attempts: Vec::new(),
            next_due: Some(now),
        };
        let slot = self.count;
        self.count += 1;
        self.touched.insert(slot, id.clone());
        self.entries.insert(id.clone(), Entry { delivery, event, alarm, tries: 0, ended: 0, slot });
        if is_full {
            let error = Some(format!("{MAX_PENDING} deliveries are waiting already"));
            self.end(&id, DeliveryStatus::Failed, DeliveryAttempt { at: now, status: None, error });
        }
    }

    /// The delivery that is next among the endpoints that are free, the event, and when it is due.
    pub(crate) fn next(
        &self,
        is_free: impl Fn(&str) -> bool,
    ) -> Option<(Timestamp, &Delivery, &Arc<StoredEvent>)> {
        let (due, id) = self.alarms.first(is_free)?;
        let entry = self.entries.get(id)?;
        Some((due, &entry.delivery, &entry.event))
    }

    /// Whether some are due that are not delivered.
    pub(crate) fn has_due(&self, now: Timestamp) -> bool {
        self.alarms.first(|_| true).is_some_and(|(due, _)| due <= now)
    }

    /// Whether some are waiting.
    pub(crate) fn is_waiting(&self) -> bool {
        self.alarms.first(|_| true).is_some()
    }

    /// Notes how an attempt went that was made at this time. What failed is due again later, for
    /// six attempts in all. A delivery that is over, or forgotten, stays so.
    pub(crate) fn report(&mut self, id: &str, at: Timestamp, outcome: Outcome, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(id).filter(|entry| entry.alarm.is_some()) else {
            return;
        };
        entry.tries += 1;
        let tries = entry.tries;
        let (status, answered, error) = match outcome {
            Outcome::Answered(code @ 200..300) => (DeliveryStatus::Delivered, Some(code), None),
            Outcome::Answered(code) => (DeliveryStatus::Pending, Some(code), None),
            Outcome::Failed(error) => (DeliveryStatus::Pending, None, Some(error)),
            Outcome::Refused(error) => (DeliveryStatus::Refused, None, Some(error)),
            Outcome::Cancelled => {
                let error = "the endpoint is disabled or deleted".to_owned();
                (DeliveryStatus::Cancelled, None, Some(error))
            }
        };
        let attempt = DeliveryAttempt { at, status: answered, error };
        match status {
            DeliveryStatus::Pending if tries < MAX_TRIES => {
                entry.note(attempt);
                self.schedule(id, now + back_off(tries));
            }
            DeliveryStatus::Pending => self.end(id, DeliveryStatus::Failed, attempt),
            status => self.end(id, status, attempt),
        }
    }

    /// Makes a delivery due now: again, with six more attempts, if it is over. Whether there is one
    /// with this ID.
    pub(crate) fn redeliver(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(entry) = self.entries.get_mut(id) else { return false };
        match entry.alarm {
            // It may be on its way at this moment.
            Some(alarm) if alarm.due <= now => {}
            Some(_) => self.schedule(id, now),
            None => {
                entry.tries = 0;
                entry.ended = 0;
                entry.delivery.status = DeliveryStatus::Pending;
                self.over.retain(|other| other != id);
                self.schedule(id, now);
            }
        }
        true
    }

    /// The log, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Delivery> {
        self.entries.values().map(|entry| &entry.delivery)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Delivery> {
        self.entries.get(id).map(|entry| &entry.delivery)
    }

    /// Sets the alarm of a delivery to this time.
    fn schedule(&mut self, id: &str, due: Timestamp) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let lane = &entry.delivery.endpoint_id;
        if let Some(alarm) = entry.alarm.take() {
            self.alarms.remove(lane, alarm);
        }
        entry.alarm = Some(self.alarms.set(lane, due, id.to_owned()));
        entry.delivery.next_due = Some(due);
        self.touched.insert(entry.slot, id.to_owned());
    }

    /// Ends a delivery, and forgets the oldest of too many.
    fn end(&mut self, id: &str, status: DeliveryStatus, attempt: DeliveryAttempt) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.note(attempt);
        entry.delivery.status = status;
        entry.delivery.next_due = None;
        if let Some(alarm) = entry.alarm.take() {
            self.alarms.remove(&entry.delivery.endpoint_id, alarm);
        }
        self.ended += 1;
        entry.ended = self.ended;
        self.touched.insert(entry.slot, id.to_owned());
        self.over.push_back(id.to_owned());
        while self.over.len() > KEPT {
            let Some(oldest) = self.over.pop_front() else { break };
            self.forget(&oldest);
        }
    }

    /// Removes a delivery, whatever became of it.
    pub(super) fn forget(&mut self, id: &str) {
        let Some(entry) = self.entries.remove(id) else { return };
        if let Some(alarm) = entry.alarm {
            self.alarms.remove(&entry.delivery.endpoint_id, alarm);
        }
        self.touched.insert(entry.slot, id.to_owned());
    }

    /// What changed since the last time, to store it.
    pub(super) fn writes(&self) -> impl Iterator<Item = Write> {
        self.touched.iter().map(|(slot, id)| write(*slot, self.entries.get(id)))
    }

    /// All of it, to store it.
    pub(super) fn all_writes(&self) -> impl Iterator<Item = Write> {
        self.entries.values().map(|entry| write(entry.slot, Some(entry)))
    }

    pub(super) fn has_unstored(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Notes that what changed is stored.
    pub(super) fn note_stored(&mut self) {
        self.touched.clear();
    }

    /// Takes a row of a file; `false` if it is no delivery.
    pub(super) fn fill(&mut self, row: &Stored<'_>) -> serde_json::Result<bool> {
        if row.table != TABLE {
            return Ok(false);
        }
        let entry = Entry { slot: row.slot, ..serde_json::from_slice(row.json)? };
        self.count = self.count.max(row.slot + 1);
        let id = entry.delivery.id.clone();
        match entry.alarm {
            Some(alarm) => self.alarms.restore(&entry.delivery.endpoint_id, alarm, id.clone()),
            None => self.over.push_back(id.clone()),
        }
        self.ended = self.ended.max(entry.ended);
        self.entries.insert(id, entry);
        Ok(true)
    }

    /// Called when all rows of a file were taken.
    pub(super) fn filled(&mut self) {
        let ended = |id: &String| self.entries.get(id).map_or(0, |entry| entry.ended);
        let mut over: Vec<_> = self.over.drain(..).collect();
        over.sort_by_key(ended);
        self.over = over.into();
    }
}

impl Entry {
    fn note(&mut self, attempt: DeliveryAttempt) {
        if self.delivery.attempts.len() >= KEPT_ATTEMPTS {
            self.delivery.attempts.remove(0);
        }
        self.delivery.attempts.push(attempt);
    }
}

fn write(slot: Slot, entry: Option<&Entry>) -> Write {
    let row = entry.and_then(|entry| Some((0, serde_json::to_vec(entry).ok()?)));
    Write { key: Key { table: TABLE, slot }, row }
}

/// How long to wait after so many failed attempts: 1, 2, 4, 8 and 16 seconds.
fn back_off(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(10))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use workos::webhooks::WebhookEndpoint;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(second: u64) -> Timestamp {
        START + Duration::from_secs(second)
    }

    fn endpoint(number: usize) -> WebhookEndpoint {
        let mut endpoint = WebhookEndpoint::default();
        endpoint.id = format!("we_{number}");
        endpoint
    }

    fn id(number: usize) -> String {
        format!("delivery_{number:05}")
    }

    fn event() -> Arc<StoredEvent> {
        Arc::new(StoredEvent::new(&workos::Event::default()))
    }

    /// A delivery as the model has it.
    #[derive(Debug, Clone, PartialEq)]
    struct Modelled {
        endpoint: usize,
        /// When it is due, and its place among those that are due then; `None` when it is over.
        due: Option<(u64, usize)>,
        tries: u32,
        status: DeliveryStatus,
        attempts: Vec<(u64, Option<u16>)>,
    }

    /// The queue, as simple as can be: every question looks at everything.
    #[derive(Debug, Default)]
    struct Model {
        now: u64,
        alarms: usize,
        deliveries: Vec<Modelled>,
        /// The delivery that each busy endpoint gets, and since when.
        flying: BTreeMap<usize, (usize, u64)>,
    }

    impl Model {
        fn alarm(&mut self, due: u64) -> Option<(u64, usize)> {
            self.alarms += 1;
            Some((due, self.alarms))
        }

        fn next(&self) -> Option<(u64, usize)> {
            let waiting = self.deliveries.iter().enumerate().filter_map(|(number, delivery)| {
                let is_free = !self.flying.contains_key(&delivery.endpoint);
                Some((delivery.due.filter(|_| is_free)?, number))
            });
            waiting.min().map(|((due, _), number)| (due, number))
        }

        fn report(&mut self, number: usize, began: u64, outcome: &Outcome) {
            let (now, alarm) = (self.now, self.alarms + 1);
            let delivery = &mut self.deliveries[number];
            delivery.tries += 1;
            let code = match outcome {
                Outcome::Answered(code) => Some(*code),
                _ => None,
            };
            delivery.attempts.push((began, code));
            let is_last = delivery.tries == 6;
            let status = match outcome {
                Outcome::Answered(200) => DeliveryStatus::Delivered,
                Outcome::Refused(_) => DeliveryStatus::Refused,
                Outcome::Cancelled => DeliveryStatus::Cancelled,
                _ if is_last => DeliveryStatus::Failed,
                _ => DeliveryStatus::Pending,
            };
            delivery.status = status;
            delivery.due = None;
            if status == DeliveryStatus::Pending {
                let waits = [1, 2, 4, 8, 16];
                delivery.due = Some((now + waits[delivery.tries as usize - 1], alarm));
                self.alarms = alarm;
            }
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Add {
            endpoint: usize,
        },
        Advance {
            seconds: u64,
        },
        /// Sends what is next.
        Begin,
        /// One that is on its way ends.
        End {
            which: prop::sample::Index,
            outcome: Outcome,
        },
        Redeliver {
            which: prop::sample::Index,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        let outcome = prop_oneof![
            2 => Just(Outcome::Answered(200)),
            4 => Just(Outcome::Answered(500)),
            2 => Just(Outcome::Failed("no answer".to_owned())),
            1 => Just(Outcome::Refused("another host".to_owned())),
            1 => Just(Outcome::Cancelled),
        ];
        prop_oneof![
            2 => (0..3_usize).prop_map(|endpoint| Step::Add { endpoint }),
            3 => (0..20_u64).prop_map(|seconds| Step::Advance { seconds }),
            4 => Just(Step::Begin),
            4 => (any::<prop::sample::Index>(), outcome)
                .prop_map(|(which, outcome)| Step::End { which, outcome }),
            1 => any::<prop::sample::Index>().prop_map(|which| Step::Redeliver { which }),
        ]
    }

    fn shown(deliveries: &Deliveries) -> Vec<Modelled> {
        let shown = |entry: &Entry| Modelled {
            endpoint: entry.delivery.endpoint_id[3..].parse().unwrap(),
            due: entry.delivery.next_due.map(|due| (due.as_secs().unsigned_abs(), 0)),
            tries: entry.tries,
            status: entry.delivery.status,
            attempts: entry
                .delivery
                .attempts
                .iter()
                .map(|attempt| (attempt.at.as_secs().unsigned_abs(), attempt.status))
                .collect(),
        };
        deliveries.entries.values().map(shown).collect()
    }

    proptest! {
        /// Whatever happens in whatever order: each delivery is where the model has it, the next
        /// one is the model's, and no endpoint gets two at a time.
        #[test]
        fn the_queue_is_the_simple_model(steps in prop::collection::vec(step(), 1..120)) {
            let (mut model, mut queue) = (Model::default(), Deliveries::default());
            for step in steps {
                let now = model.now;
                match step {
                    Step::Add { endpoint: number } => {
                        let due = model.alarm(now);
                        queue.add(id(model.deliveries.len()), &endpoint(number), event(), at(now));
                        let (tries, status) = (0, DeliveryStatus::Pending);
                        let attempts = Vec::new();
                        let endpoint = number;
                        model.deliveries.push(Modelled { endpoint, due, tries, status, attempts });
                    }
                    Step::Advance { seconds } => model.now += seconds,
                    Step::Begin => {
                        if let Some((due, number)) = model.next().filter(|(due, _)| *due <= now) {
                            let endpoint = model.deliveries[number].endpoint;
                            prop_assert!(due <= now);
                            prop_assert_eq!(model.flying.insert(endpoint, (number, now)), None);
                        }
                    }
                    Step::End { which, outcome } => {
                        if model.flying.is_empty() {
                            continue;
                        }
                        let endpoint = *which.get(&model.flying.keys().copied().collect::<Vec<_>>());
                        let (number, began) = model.flying.remove(&endpoint).unwrap();
                        model.report(number, began, &outcome);
                        queue.report(&id(number), at(began), outcome, at(now));
                    }
                    Step::Redeliver { which } => {
                        if model.deliveries.is_empty() {
                            prop_assert!(!queue.redeliver(&id(0), at(now)));
                            continue;
                        }
                        let number = which.index(model.deliveries.len());
                        let before = model.deliveries[number].due;
                        if before.is_none_or(|(due, _)| due > now) {
                            let due = model.alarm(now);
                            let delivery = &mut model.deliveries[number];
                            delivery.due = due;
                            if before.is_none() {
                                (delivery.tries, delivery.status) = (0, DeliveryStatus::Pending);
                            }
                        }
                        prop_assert!(queue.redeliver(&id(number), at(now)));
                    }
                }
                let is_free = |lane: &str| !model.flying.contains_key(&lane[3..].parse().unwrap());
                let next = queue.next(is_free).map(|(due, delivery, _)| (due, delivery.id.clone()));
                prop_assert_eq!(next, model.next().map(|(due, number)| (at(due), id(number))));
                let mut expected = model.deliveries.clone();
                expected.iter_mut().flat_map(|one| &mut one.due).for_each(|(_, place)| *place = 0);
                prop_assert_eq!(shown(&queue), expected);
                let waiting = model.deliveries.iter().filter_map(|delivery| delivery.due);
                prop_assert_eq!(queue.alarms.len(), waiting.clone().count());
                prop_assert_eq!(queue.has_due(at(model.now)), { waiting }.any(|(due, _)| due <= model.now));
            }
        }
    }

    #[test]
    fn the_latest_thousand_that_are_over_are_kept_and_all_that_wait() {
        let mut queue = Deliveries::default();
        (0..1500).for_each(|number| queue.add(id(number), &endpoint(0), event(), START));
        let delivered = |queue: &mut Deliveries, number| {
            queue.report(&id(number), START, Outcome::Answered(200), START);
        };
        (0..1200).for_each(|number| delivered(&mut queue, number));
        let kept: Vec<_> = queue.all().map(|delivery| delivery.id.clone()).collect();
        assert_eq!(kept, (200..1500).map(id).collect::<Vec<_>>());

        // One that is delivered again is the latest.
        assert!(queue.redeliver(&id(200), START) && !queue.redeliver(&id(0), START));
        delivered(&mut queue, 200);
        delivered(&mut queue, 1200);
        let kept: Vec<_> = queue.all().take(2).map(|delivery| delivery.id.clone()).collect();
        assert_eq!(kept, [id(200), id(202)]);
    }

    #[test]
    fn the_attempts_of_one_delivery_are_bounded() {
        let mut queue = Deliveries::default();
        queue.add(id(0), &endpoint(0), event(), START);
        for round in 0..100 {
            queue.report(&id(0), at(round), Outcome::Answered(200), at(round));
            queue.redeliver(&id(0), at(round));
        }
        let attempts = &queue.get(&id(0)).unwrap().attempts;
        assert_eq!((attempts.len(), attempts[0].at), (KEPT_ATTEMPTS, at(50)));
    }

    #[test]
    fn a_full_queue_fails_what_comes_next() {
        let mut queue = Deliveries::default();
        let event = event();
        for number in 0..=MAX_PENDING {
            queue.add(format!("delivery_{number:06}"), &endpoint(number % 3), event.clone(), START);
        }
        let last = queue.get("delivery_050000").unwrap();
        assert_eq!((last.status, last.next_due), (DeliveryStatus::Failed, None));
        assert_eq!(queue.alarms.len(), MAX_PENDING);
    }
}
