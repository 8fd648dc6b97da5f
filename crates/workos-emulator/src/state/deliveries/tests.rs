//! The queue of webhooks against a simple model.

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
    by_hand: bool,
    tries: u32,
    status: DeliveryStatus,
    attempts: Vec<(u64, Option<u16>)>,
}

/// The queue, as simple as can be: every question looks at everything.
#[derive(Debug, Default)]
struct Model {
    now: u64,
    alarms: usize,
    steering: Steering,
    deliveries: Vec<Modelled>,
    /// The delivery that each busy endpoint gets, and since when.
    flying: BTreeMap<usize, (usize, u64)>,
}

impl Model {
    fn alarm(&mut self, due: u64) -> Option<(u64, usize)> {
        self.alarms += 1;
        Some((due, self.alarms))
    }

    /// Those that may be next, each with when it is due.
    fn next(&self) -> Vec<(u64, usize)> {
        let waiting = |by_hand: bool| {
            let waiting = self.deliveries.iter().enumerate().filter_map(|(number, delivery)| {
                let is_free = !self.flying.contains_key(&delivery.endpoint);
                let is_meant = is_free && delivery.by_hand == by_hand;
                Some((delivery.due.filter(|_| is_meant)?, number))
            });
            let mut waiting: Vec<_> = waiting.collect();
            waiting.sort_unstable();
            waiting
        };
        if let Some(((due, _), number)) = waiting(true).first() {
            return vec![(*due, *number)];
        }
        let waiting = if self.steering.paused { Vec::new() } else { waiting(false) };
        let Some((_, first)) = waiting.first() else { return Vec::new() };
        let endpoint = self.deliveries[*first].endpoint;
        let is_due = |((due, _), number): &&((u64, usize), usize)| {
            *due <= self.now && self.deliveries[*number].endpoint == endpoint
        };
        let due: Vec<_> = waiting.iter().filter(is_due).collect();
        let next = match (self.steering.order, &*due) {
            (DeliveryOrder::Reversed, [.., last]) => vec![*last],
            (DeliveryOrder::Shuffled, [_, ..]) => due,
            _ => vec![&waiting[0]],
        };
        next.into_iter().map(|((due, _), number)| (*due, *number)).collect()
    }

    /// Whether a delivery is due, and when.
    fn has_due(&self) -> bool {
        let mut due = self.deliveries.iter().filter(|one| one.by_hand || !self.steering.paused);
        due.any(|one| one.due.is_some_and(|(due, _)| due <= self.now))
    }

    fn is_flying(&self, lane: &str) -> bool {
        self.flying.contains_key(&lane[3..].parse().unwrap())
    }

    fn redeliver(&mut self, number: usize) {
        let by_hand = self.steering.paused;
        let before = &self.deliveries[number];
        let is_due = before.due.is_some_and(|(due, _)| due <= self.now);
        if is_due && (before.by_hand || !by_hand) {
            return;
        }
        let due = self.alarm(self.now);
        let delivery = &mut self.deliveries[number];
        if delivery.due.is_none() {
            (delivery.tries, delivery.status) = (0, DeliveryStatus::Pending);
        }
        (delivery.due, delivery.by_hand) = (due, by_hand);
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
        (delivery.due, delivery.by_hand) = (None, false);
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
    RedeliverFailed,
    Cancel {
        which: prop::sample::Index,
    },
    Steer {
        steering: Steering,
    },
    /// All of it is written and read again.
    Restart,
}

fn steering() -> impl Strategy<Value = Steering> {
    let order = prop_oneof![
        Just(DeliveryOrder::Events),
        Just(DeliveryOrder::Reversed),
        Just(DeliveryOrder::Shuffled),
    ];
    (prop::bool::weighted(0.3), order, 1..3_u32, 0..5_u32).prop_map(
        |(paused, order, copies, delay_seconds)| Steering { paused, order, copies, delay_seconds },
    )
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
        2 => any::<prop::sample::Index>().prop_map(|which| Step::Redeliver { which }),
        1 => Just(Step::RedeliverFailed),
        1 => any::<prop::sample::Index>().prop_map(|which| Step::Cancel { which }),
        1 => steering().prop_map(|steering| Step::Steer { steering }),
        1 => Just(Step::Restart),
    ]
}

fn shown(deliveries: &Deliveries) -> Vec<Modelled> {
    let shown = |entry: &Entry| Modelled {
        endpoint: entry.delivery.endpoint_id[3..].parse().unwrap(),
        due: entry.delivery.next_due.map(|due| (due.as_secs().unsigned_abs(), 0)),
        by_hand: entry.by_hand,
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

/// The same, written and read again.
fn again(queue: &Deliveries) -> Deliveries {
    let mut again = Deliveries::default();
    for Write { key, row } in queue.all_writes() {
        let (place, json) = row.unwrap();
        let row = Stored { table: key.table, slot: key.slot, place, json: &json };
        assert!(again.fill(&row).unwrap());
    }
    again.filled();
    again
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
                    let due = model.alarm(now + u64::from(model.steering.delay_seconds));
                    queue.add(id(model.deliveries.len()), &endpoint(number), event(), at(now));
                    let (by_hand, tries, status) = (false, 0, DeliveryStatus::Pending);
                    let attempts = Vec::new();
                    let endpoint = number;
                    let new = Modelled { endpoint, due, by_hand, tries, status, attempts };
                    model.deliveries.push(new);
                }
                Step::Advance { seconds } => model.now += seconds,
                Step::Begin => {
                    let is_free = |lane: &str| !model.is_flying(lane);
                    let next = queue.next(at(now), is_free).filter(|(due, ..)| *due <= at(now));
                    if let Some((_, delivery, _)) = next {
                        let number: usize = delivery.id[9..].parse().unwrap();
                        let endpoint = model.deliveries[number].endpoint;
                        prop_assert_eq!(model.flying.insert(endpoint, (number, now)), None);
                    }
                }
                Step::End { which, outcome } => {
                    if model.flying.is_empty() {
                        continue;
                    }
                    let endpoint = *which.get(&model.flying.keys().copied().collect::<Vec<_>>());
                    let (number, began) = model.flying.remove(&endpoint).unwrap();
                    if model.deliveries[number].due.is_some() {
                        model.report(number, began, &outcome);
                    }
                    queue.report(&id(number), at(began), outcome, at(now));
                }
                Step::Redeliver { which } => {
                    if model.deliveries.is_empty() {
                        prop_assert!(!queue.redeliver(&id(0), at(now)));
                        continue;
                    }
                    let number = which.index(model.deliveries.len());
                    model.redeliver(number);
                    prop_assert!(queue.redeliver(&id(number), at(now)));
                }
                Step::RedeliverFailed => {
                    let numbered = model.deliveries.iter().enumerate();
                    let failed = numbered.filter(|(_, one)| one.status == DeliveryStatus::Failed);
                    let failed: Vec<_> = failed.map(|(number, _)| number).collect();
                    failed.iter().for_each(|number| model.redeliver(*number));
                    prop_assert_eq!(queue.redeliver_failed(at(now)), failed.len());
                }
                Step::Cancel { which } => {
                    if model.deliveries.is_empty() {
                        prop_assert!(!queue.cancel(&id(0)));
                        continue;
                    }
                    let number = which.index(model.deliveries.len());
                    let delivery = &mut model.deliveries[number];
                    let is_waiting = delivery.due.is_some();
                    if is_waiting {
                        (delivery.due, delivery.by_hand) = (None, false);
                        delivery.status = DeliveryStatus::Cancelled;
                    }
                    prop_assert_eq!(queue.cancel(&id(number)), is_waiting);
                }
                Step::Steer { steering } => {
                    model.steering = steering;
                    queue.steer(steering, || now);
                }
                Step::Restart => queue = again(&queue),
            }
            let is_free = |lane: &str| !model.is_flying(lane);
            let next = queue.next(at(model.now), is_free);
            let next = next.map(|(due, delivery, _)| (due, delivery.id.clone()));
            let may_be: Vec<_> =
                model.next().into_iter().map(|(due, number)| (at(due), id(number))).collect();
            let fits = next.as_ref().map_or(may_be.is_empty(), |next| may_be.contains(next));
            prop_assert!(fits, "{next:?} is none of {may_be:?}");
            prop_assert_eq!(queue.steering(), model.steering);
            let mut expected = model.deliveries.clone();
            expected.iter_mut().flat_map(|one| &mut one.due).for_each(|(_, place)| *place = 0);
            prop_assert_eq!(shown(&queue), expected);
            let waiting = model.deliveries.iter().filter_map(|delivery| delivery.due);
            prop_assert_eq!(queue.alarms.len() + queue.by_hand.len(), waiting.count());
            prop_assert_eq!(queue.has_due(at(model.now)), model.has_due());
            prop_assert_eq!(queue.due(at(model.now)).next().is_some(), model.has_due());
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

/// The numbers of 20 deliveries in the order in which they are sent.
fn sent(order: DeliveryOrder, seed: u64) -> Vec<usize> {
    let mut queue = Deliveries::default();
    queue.steer(Steering { order, ..Default::default() }, || seed);
    (0..20).for_each(|number| queue.add(id(number), &endpoint(0), event(), START));
    let mut sent = Vec::new();
    while let Some((_, delivery, _)) = queue.next(START, |_| true) {
        let id = delivery.id.clone();
        sent.push(id[9..].parse().unwrap());
        queue.report(&id, START, Outcome::Answered(200), START);
    }
    sent
}

#[test]
fn the_order_is_that_of_the_events_the_reverse_or_drawn_from_the_seed() {
    let events: Vec<_> = (0..20).collect();
    assert_eq!(sent(DeliveryOrder::Events, 1), events);
    assert_eq!(sent(DeliveryOrder::Reversed, 1), events.iter().rev().copied().collect::<Vec<_>>());
    let mut shuffled = sent(DeliveryOrder::Shuffled, 1);
    assert_eq!(sent(DeliveryOrder::Shuffled, 1), shuffled);
    assert_ne!(sent(DeliveryOrder::Shuffled, 2), shuffled);
    assert_ne!(shuffled, events);
    shuffled.sort_unstable();
    assert_eq!(shuffled, events);
}
