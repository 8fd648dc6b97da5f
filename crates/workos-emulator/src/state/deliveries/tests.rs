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
