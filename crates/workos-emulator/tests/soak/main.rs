//! A day of traffic by the clock: no webhook gets lost, and the memory does not grow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod receiver;
mod traffic;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::Value;
use workos::events::ListEventsParams;
use workos::{Client, EventName, PaginationOrder};
use workos_emulator::{Delivery, DeliveryStatus, Emulator, NewWebhookEndpoint};

use self::receiver::{Arrival, Receiver};
use self::traffic::Traffic;

/// The time between two operations.
const STEP: Duration = Duration::from_secs(10);
const STEPS_PER_HOUR: u64 = 60 * 60 / STEP.as_secs();
/// How often the log is read: much more often than a thousand webhooks end.
const STEPS_PER_READING: u64 = 50;
/// How long to wait after each failed attempt.
const WAITS: [u64; 5] = [1, 2, 4, 8, 16];
/// How many events are kept.
const KEPT_EVENTS: usize = 10_000;
/// How much larger the process may be after 24 hours than after 4, in bytes: emails are kept up to a
/// number that is not reached by then.
#[cfg(target_os = "linux")]
const GROWTH: usize = 6 << 20;

/// What an endpoint gets.
#[derive(Default)]
struct Expected {
    /// The events that it did not get yet, oldest first.
    new: VecDeque<String>,
    /// Those that it refused so far.
    refused: HashSet<String>,
    delivered: usize,
    failed: usize,
}

impl Expected {
    fn arrive(&mut self, arrival: &Arrival) {
        if !self.refused.remove(&arrival.event_id) {
            // First attempts are in the order of the events.
            assert_eq!(self.new.pop_front().as_ref(), Some(&arrival.event_id));
        }
        if arrival.is_accepted {
            self.delivered += 1;
        } else {
            self.refused.insert(arrival.event_id.clone());
        }
    }

    /// Takes note of one that is in the log.
    fn read(&mut self, delivery: &Delivery) {
        check_attempts(delivery);
        if delivery.status == DeliveryStatus::Failed && self.refused.remove(&delivery.event_id) {
            assert_eq!(delivery.attempts.len(), WAITS.len() + 1, "{delivery:?}");
            self.failed += 1;
        }
    }
}

/// A failed attempt is followed by another one at the first step after its time to wait.
fn check_attempts(delivery: &Delivery) {
    for (pair, wait) in delivery.attempts.windows(2).zip(WAITS) {
        let waited = pair[1].at.duration_since(pair[0].at);
        let wait = Duration::from_secs(wait);
        assert!((wait..wait + STEP).contains(&waited), "{delivery:?}");
        assert_eq!(pair[0].status, Some(500), "{delivery:?}");
    }
}

/// The events that happened, and who is to get them.
struct Day {
    emulator: Emulator,
    client: Client,
    receiver: Receiver,
    /// The events of each endpoint, by its path.
    wanted: HashMap<&'static str, Vec<EventName>>,
    expected: HashMap<&'static str, Expected>,
    last_event: Option<String>,
}

impl Day {
    async fn begin() -> Self {
        let builder = Emulator::builder().without_socket().seed(7).kept_events(KEPT_EVENTS);
        let emulator = builder.freeze("2026-03-01T00:00:00Z".parse().unwrap()).start();
        let emulator = emulator.await.unwrap();
        let receiver = Receiver::start().await;
        let wanted = HashMap::from([
            ("/users", vec![EventName::UserCreated, EventName::UserDeleted]),
            ("/sessions", vec![EventName::SessionCreated, EventName::UserCreated]),
        ]);
        for (path, events) in &wanted {
            let endpoint_url = format!("{}{path}", receiver.url);
            let events = events.clone();
            let new = NewWebhookEndpoint { endpoint_url, events, ..Default::default() };
            emulator.fixtures().webhook_endpoint(new).unwrap();
        }
        let expected = wanted.keys().map(|path| (*path, Expected::default())).collect();
        let client = emulator.client();
        Self { emulator, client, receiver, wanted, expected, last_event: None }
    }

    /// Advances the clock and delivers what is due.
    async fn pass(&mut self, time: Duration) {
        self.emulator.clock().advance(time);
        self.emulator.settle().await;
        self.look();
    }

    /// Expects what happened at the endpoints that want it.
    async fn note_events(&mut self) {
        let wanted: Vec<_> = self.wanted.values().flatten().cloned().collect();
        let params = ListEventsParams {
            after: self.last_event.clone(),
            limit: Some(100),
            order: Some(PaginationOrder::Asc),
            ..ListEventsParams::new(wanted)
        };
        let page = self.client.events().list_events(params).await.unwrap();
        assert_eq!(page.list_metadata.after, None);
        for event in page.data {
            for (path, wanted) in &self.wanted {
                if wanted.contains(&event.event) {
                    self.expected.get_mut(path).unwrap().new.push_back(event.id.clone());
                }
            }
            self.last_event = Some(event.id);
        }
    }

    /// Looks at what arrived.
    fn look(&mut self) {
        for arrival in self.receiver.take() {
            self.expected.get_mut(&*arrival.path).unwrap().arrive(&arrival);
        }
    }

    fn read_log(&mut self) {
        for delivery in self.emulator.webhooks().deliveries() {
            let path = delivery.endpoint_url.strip_prefix(&self.receiver.url).unwrap();
            self.expected.get_mut(path).unwrap().read(&delivery);
        }
    }
}

#[tokio::test]
async fn no_webhook_gets_lost_in_a_day_and_the_memory_stays_flat() {
    let mut day = Day::begin().await;
    // As many events as are kept, so that the log does not grow any more.
    for _ in 0..KEPT_EVENTS {
        day.emulator.trigger(EventName::GroupDeleted, Value::Null).unwrap();
    }
    let mut traffic = Traffic::new(day.emulator.transport());
    #[cfg(target_os = "linux")]
    let mut sizes = Vec::new();
    for step in 1..=24 * STEPS_PER_HOUR {
        day.pass(STEP).await;
        traffic.step(&day.client).await;
        day.note_events().await;
        if step % STEPS_PER_READING == 0 {
            day.read_log();
        }
        #[cfg(target_os = "linux")]
        if step % (4 * STEPS_PER_HOUR) == 0 {
            sizes.push(size());
        }
    }
    for wait in [0, 1, 2, 4, 8, 16] {
        day.pass(Duration::from_secs(wait).max(STEP)).await;
    }
    day.read_log();

    for (path, expected) in &day.expected {
        let open = (expected.new.len(), expected.refused.len());
        assert_eq!(open, (0, 0), "{path}");
        assert!(expected.delivered > 1_000 && expected.failed > 10, "{path}");
    }
    #[cfg(target_os = "linux")]
    {
        let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
        assert!(last < first + GROWTH, "bytes in memory every 4 hours: {sizes:?}");
    }
}

/// The memory that this process has now, in bytes.
#[cfg(target_os = "linux")]
fn size() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib * 1024
}
