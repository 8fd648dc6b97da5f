//! [`Deliveries`]: the queue of webhooks and the log of what became of them. It is only data: who
//! sends them takes the [`next`](Deliveries::next) one and reports how it went.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workos::webhooks::WebhookEndpoint;
use workos::{EventName, SecretString, Timestamp};

use super::StoredEvent;
use super::alarms::{Alarms, Pick, Slot as Alarm};
use super::backend::{Key, Stored, Write};
use super::collection::Slot;
use super::steering::{DeliveryOrder, Steering};
use crate::fields::is_default;

#[cfg(test)]
mod tests;

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
    /// It was cancelled, or the endpoint was disabled or deleted before the attempt.
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
    /// The IDs of those of them that were redelivered while deliveries were paused. They come first,
    /// and do not wait for the end of the pause.
    by_hand: Alarms<String>,
    settings: Settings,
    /// Whether the settings changed and are not stored yet.
    is_steered: bool,
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
    /// Whether its alarm is in `by_hand`.
    #[serde(default, skip_serializing_if = "is_default")]
    by_hand: bool,
    /// The attempts since it was added or redelivered.
    tries: u32,
    /// The place among those that are over; 0 if it is not.
    ended: u64,
    /// Where it is stored.
    #[serde(skip)]
    slot: Slot,
}

/// The settings, as a file has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Settings {
    #[serde(flatten)]
    steering: Steering,
    /// What the shuffled order follows from.
    shuffle: u64,
}

/// The table of deliveries in a file.
const TABLE: &str = "webhook_deliveries";
/// The key of the settings in a file.
const SETTINGS: Key = Key { table: "webhook_settings", slot: 0 };

impl Deliveries {
    /// How webhooks are delivered.
    pub(crate) fn steering(&self) -> Steering {
        self.settings.steering
    }

    /// Delivers webhooks like this from now on. A shuffled order follows from the number drawn.
    pub(super) fn steer(&mut self, steering: Steering, draw: impl FnOnce() -> u64) {
        let is_shuffled = |steering: &Steering| steering.order == DeliveryOrder::Shuffled;
        if is_shuffled(&steering) && !is_shuffled(&self.settings.steering) {
            self.settings.shuffle = draw();
        }
        self.settings.steering = steering;
        self.is_steered = true;
    }

    /// Adds a delivery that is due now, or after the delay that is set.
    pub(crate) fn add(
        &mut self,
        id: String,
        endpoint: &WebhookEndpoint,
        event: Arc<StoredEvent>,
        now: Timestamp,
    ) {
        let is_full = self.alarms.len() + self.by_hand.len() >= MAX_PENDING;
        let due = now + self.steering().delay();
        let alarm = Some(self.alarms.set(&endpoint.id, due, id.clone()));
        let delivery = Delivery {
            id: id.clone(),
            endpoint_id: endpoint.id.clone(),
            endpoint_url: endpoint.endpoint_url.clone(),
            event_id: event.id.clone(),
            event: event.name.clone(),
            status: DeliveryStatus::Pending,
            attempts: Vec::new(),
            next_due: Some(due),
        };
        let slot = self.count;
        self.count += 1;
        self.touched.insert(slot, id.clone());
        let (by_hand, tries, ended) = Default::default();
        self.entries
            .insert(id.clone(), Entry { delivery, event, alarm, by_hand, tries, ended, slot });
        if is_full {
            let error = Some(format!("{MAX_PENDING} deliveries are waiting already"));
            let attempt = DeliveryAttempt { at: now, status: None, error };
            self.end(&id, DeliveryStatus::Failed, Some(attempt));
        }
    }

    /// The delivery that is next among the endpoints that are free, the event, and when it is due.
    pub(crate) fn next(
        &self,
        now: Timestamp,
        is_free: impl Fn(&str) -> bool,
    ) -> Option<(Timestamp, &Delivery, &Arc<StoredEvent>)> {
        let by_hand = self.by_hand.first(&is_free);
        let waiting = match self.steering().paused {
            true => None,
            false => self.alarms.next(now, self.pick(), &is_free),
        };
        let is_due = |(due, _): &(Timestamp, &String)| *due <= now;
        let (due, id) = by_hand.filter(is_due).or(waiting).or(by_hand)?;
        let entry = self.entries.get(id)?;
        Some((due, &entry.delivery, &entry.event))
    }

    fn pick(&self) -> Pick {
        match self.steering().order {
            DeliveryOrder::Events => Pick::First,
            DeliveryOrder::Reversed => Pick::Last,
            DeliveryOrder::Shuffled => Pick::Drawn(self.settings.shuffle),
        }
    }

    /// Whether some are due that are not delivered.
    pub(crate) fn has_due(&self, now: Timestamp) -> bool {
        let is_due =
            |alarms: &Alarms<String>| alarms.first(|_| true).is_some_and(|(due, _)| due <= now);
        is_due(&self.by_hand) || !self.steering().paused && is_due(&self.alarms)
    }

    /// Those that are due and not delivered, oldest first.
    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Delivery> {
        let is_held = |entry: &Entry| self.steering().paused && !entry.by_hand;
        let is_due = move |entry: &&Entry| {
            entry.alarm.is_some_and(|alarm| alarm.due <= now) && !is_held(entry)
        };
        self.entries.values().filter(is_due).map(|entry| &entry.delivery)
    }

    /// Whether some are waiting.
    pub(crate) fn is_waiting(&self) -> bool {
        self.alarms.first(|_| true).or_else(|| self.by_hand.first(|_| true)).is_some()
    }

    /// Records the outcome of an attempt made at `at`. A failed delivery is due again later, for
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
                self.schedule(id, now + back_off(tries), false);
            }
            DeliveryStatus::Pending => self.end(id, DeliveryStatus::Failed, Some(attempt)),
            status => self.end(id, status, Some(attempt)),
        }
    }

    /// Makes a delivery due now, even during a pause: again, with six more attempts, if it is over.
    /// Whether there is one with this ID.
    pub(crate) fn redeliver(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(entry) = self.entries.get_mut(id) else { return false };
        let by_hand = self.settings.steering.paused;
        match entry.alarm {
            // It may be on its way at this moment.
            Some(alarm) if alarm.due <= now && (entry.by_hand || !by_hand) => {}
            Some(_) => self.schedule(id, now, by_hand),
            None => {
                entry.tries = 0;
                entry.ended = 0;
                entry.delivery.status = DeliveryStatus::Pending;
                self.over.retain(|other| other != id);
                self.schedule(id, now, by_hand);
            }
        }
        true
    }

    /// Makes all due now that failed. Returns how many.
    pub(crate) fn redeliver_failed(&mut self, now: Timestamp) -> usize {
        let failed = self.all().filter(|delivery| delivery.status == DeliveryStatus::Failed);
        let failed: Vec<_> = failed.map(|delivery| delivery.id.clone()).collect();
        failed.iter().filter(|id| self.redeliver(id, now)).count()
    }

    /// Ends a delivery that waits; `false` if it does not.
    pub(crate) fn cancel(&mut self, id: &str) -> bool {
        let is_waiting = self.entries.get(id).is_some_and(|entry| entry.alarm.is_some());
        if is_waiting {
            self.end(id, DeliveryStatus::Cancelled, None);
        }
        is_waiting
    }

    /// The log, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Delivery> {
        self.entries.values().map(|entry| &entry.delivery)
    }

    /// The log after the delivery with this ID, oldest first.
    pub(crate) fn after(&self, id: &str) -> impl Iterator<Item = &Delivery> {
        let later = self.entries.range::<str, _>((Bound::Excluded(id), Bound::Unbounded));
        later.map(|(_, entry)| &entry.delivery)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Delivery> {
        self.entries.get(id).map(|entry| &entry.delivery)
    }

    /// The event that is delivered.
    pub(crate) fn event(&self, id: &str) -> Option<&Arc<StoredEvent>> {
        self.entries.get(id).map(|entry| &entry.event)
    }

    /// Sets the alarm of a delivery to this time.
    fn schedule(&mut self, id: &str, due: Timestamp, by_hand: bool) {
        self.unschedule(id);
        let Some(entry) = self.entries.get_mut(id) else { return };
        let alarms = if by_hand { &mut self.by_hand } else { &mut self.alarms };
        entry.alarm = Some(alarms.set(&entry.delivery.endpoint_id, due, id.to_owned()));
        entry.by_hand = by_hand;
        entry.delivery.next_due = Some(due);
        self.touched.insert(entry.slot, id.to_owned());
    }

    /// Removes the alarm of a delivery.
    fn unschedule(&mut self, id: &str) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let alarms = if entry.by_hand { &mut self.by_hand } else { &mut self.alarms };
        if let Some(alarm) = entry.alarm.take() {
            alarms.remove(&entry.delivery.endpoint_id, alarm);
        }
        entry.by_hand = false;
    }

    /// Ends a delivery, and forgets the oldest of too many.
    fn end(&mut self, id: &str, status: DeliveryStatus, attempt: Option<DeliveryAttempt>) {
        self.unschedule(id);
        let Some(entry) = self.entries.get_mut(id) else { return };
        attempt.into_iter().for_each(|attempt| entry.note(attempt));
        entry.delivery.status = status;
        entry.delivery.next_due = None;
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
        self.unschedule(id);
        let Some(entry) = self.entries.remove(id) else { return };
        self.touched.insert(entry.slot, id.to_owned());
    }

    /// What changed since the last time, to store it.
    pub(super) fn writes(&self) -> impl Iterator<Item = Write> {
        let settings = self.is_steered.then(|| self.settings.write());
        let touched = self.touched.iter().map(|(slot, id)| write(*slot, self.entries.get(id)));
        settings.into_iter().chain(touched)
    }

    /// All of it, to store it.
    pub(super) fn all_writes(&self) -> impl Iterator<Item = Write> {
        let is_steered = self.settings != Settings::default();
        let settings = is_steered.then(|| self.settings.write());
        let entries = self.entries.values().map(|entry| write(entry.slot, Some(entry)));
        settings.into_iter().chain(entries)
    }

    pub(super) fn has_unstored(&self) -> bool {
        self.is_steered || !self.touched.is_empty()
    }

    /// Notes that what changed is stored.
    pub(super) fn note_stored(&mut self) {
        self.touched.clear();
        self.is_steered = false;
    }

    /// Takes a row of a file; `false` if it is no delivery.
    pub(super) fn fill(&mut self, row: &Stored<'_>) -> serde_json::Result<bool> {
        if row.table == SETTINGS.table {
            self.settings = serde_json::from_slice(row.json)?;
            return Ok(true);
        }
        if row.table != TABLE {
            return Ok(false);
        }
        let entry = Entry { slot: row.slot, ..serde_json::from_slice(row.json)? };
        self.count = self.count.max(row.slot + 1);
        let id = entry.delivery.id.clone();
        let alarms = if entry.by_hand { &mut self.by_hand } else { &mut self.alarms };
        match entry.alarm {
            Some(alarm) => alarms.restore(&entry.delivery.endpoint_id, alarm, id.clone()),
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

impl Settings {
    fn write(&self) -> Write {
        Write { key: SETTINGS, row: serde_json::to_vec(self).ok().map(|json| (0, json)) }
    }
}

fn write(slot: Slot, entry: Option<&Entry>) -> Write {
    let row = entry.and_then(|entry| Some((0, serde_json::to_vec(entry).ok()?)));
    Write { key: Key { table: TABLE, slot }, row }
}

/// How long to wait after this many failed attempts: 1, 2, 4, 8 and 16 seconds.
fn back_off(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(10))
}
