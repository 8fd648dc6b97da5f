//! Whether and when to send a request again. Pure decisions; [`send`](super::send) carries them
//! out.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::Method;

use crate::client::options::{IDEMPOTENCY_KEY, RequestOptions, RequestStrategy};
use crate::error::retry_after::is_transient_status;
use crate::transport::TransportErrorKind;

const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Failure {
    Status { status: u16, retry_after: Option<Duration> },
    Transport(TransportErrorKind),
}

impl Failure {
    fn is_transient(self) -> bool {
        match self {
            Self::Status { status, .. } => is_transient_status(status),
            Self::Transport(kind) => kind.is_transient(),
        }
    }

    /// Whether the server certainly did nothing: it was not reached, or it rejected the request.
    fn changed_nothing(self) -> bool {
        matches!(
            self,
            Self::Transport(TransportErrorKind::Connect) | Self::Status { status: 429, .. }
        )
    }

    /// Whether the server may have processed the request, and only its response is missing.
    fn lost_the_response(self) -> bool {
        use TransportErrorKind::{Reset, Timeout};
        matches!(self, Self::Transport(Timeout | Reset))
    }

    fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => retry_after,
            Self::Transport(_) => None,
        }
    }
}

/// The retry rules of one call.
#[derive(Debug, PartialEq)]
pub(crate) struct RetryPlan {
    max_attempts: u32,
    backoff: Backoff,
    /// Whether the request may arrive twice.
    repeatable: bool,
    /// Whether it may arrive twice in quick succession.
    replayable: bool,
    /// The longest wait between two attempts.
    max_delay: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Backoff {
    None,
    Exponential { jitter: bool },
}

impl RetryPlan {
    pub(crate) fn new(
        method: &Method,
        options: &RequestOptions,
        max_retries: u32,
        max_delay: Duration,
    ) -> Self {
        let default_attempts = max_retries.saturating_add(1);
        let has_key =
            options.effective_idempotency_key().is_some() || options.has_header(&IDEMPOTENCY_KEY);
        let repeatable = has_key || method.is_safe();
        let jittered = Backoff::Exponential { jitter: true };
        let (max_attempts, backoff, repeatable) = match options.strategy {
            None | Some(RequestStrategy::Idempotent(_)) => (default_attempts, jittered, repeatable),
            Some(RequestStrategy::Once) => (1, Backoff::None, repeatable),
            Some(RequestStrategy::Retry { max_attempts }) => (max_attempts, Backoff::None, true),
            Some(RequestStrategy::ExponentialBackoff { max_attempts, jitter }) => {
                (max_attempts, Backoff::Exponential { jitter }, true)
            }
        };
        Self { max_attempts, backoff, repeatable, replayable: false, max_delay }
    }

    /// For a request that the server recognizes if it arrives twice in quick succession, such as
    /// the exchange of a refresh token. If its response is lost, it is sent once more, at once.
    pub(crate) fn replayable(self, replayable: bool) -> Self {
        Self { replayable, ..self }
    }

    /// How long to wait before the next attempt after `attempts` of them, or `None` to give up.
    /// `random` draws a number between 0 and 1.
    pub(crate) fn wait(
        &self,
        attempts: u32,
        failure: Failure,
        random: impl FnOnce() -> f64,
    ) -> Option<Duration> {
        if attempts == 1 && self.max_attempts > 1 && self.replayable && failure.lost_the_response()
        {
            return Some(Duration::ZERO);
        }
        let allowed = self.repeatable || failure.changed_nothing();
        if attempts >= self.max_attempts || !failure.is_transient() || !allowed {
            return None;
        }
        let backoff = self.backoff(attempts, random).min(self.max_delay);
        // A retry before the time that the server asked for is useless, and so is one without any
        // wait because it asked for "0". A wait beyond the cap is not what the caller agreed to.
        match failure.retry_after() {
            Some(asked) => (asked <= self.max_delay).then(|| asked.max(backoff)),
            None => Some(backoff),
        }
    }

    fn backoff(&self, attempts: u32, random: impl FnOnce() -> f64) -> Duration {
        let Backoff::Exponential { jitter } = self.backoff else {
            return Duration::ZERO;
        };
        let doublings = attempts.saturating_sub(1).min(16);
        let full = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
        if jitter { full.mul_f64(0.5 + random().clamp(0.0, 1.0) / 2.0) } else { full }
    }
}

/// Bounds the retries of all calls together, so that an outage is not met with a multiple of the
/// usual load.
///
/// A token bucket: a retry takes one token, and a call that gets a response returns half of one.
/// Random failures of up to a third of all attempts never drain it; a dead server gets at most
/// [`RETRIES`](Self::RETRIES) retries in all, however many calls there are.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    /// In halves of a retry.
    tokens: AtomicU32,
}

impl RetryBudget {
    const RETRIES: u32 = 100;
    const COST: u32 = 2;
    const REFILL: u32 = 1;
    const FULL: u32 = Self::RETRIES * Self::COST;

    pub(crate) fn new() -> Self {
        Self { tokens: AtomicU32::new(Self::FULL) }
    }

    /// Takes the token for one retry, if there is one.
    pub(crate) fn take(&self) -> bool {
        let take = |tokens: u32| tokens.checked_sub(Self::COST);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Counts a call that got a response.
    pub(crate) fn refill(&self) {
        // The budget is usually full, which needs no write to memory that all threads share.
        if self.tokens.load(Ordering::Relaxed) < Self::FULL {
            let add = |tokens: u32| Some(tokens.saturating_add(Self::REFILL).min(Self::FULL));
            let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
    }
}

/// A number between 0 and 1, from the keys that the standard library draws for its hash maps.
pub(crate) fn random() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAP: Duration = Duration::from_secs(60);

    fn plan(method: Method, options: RequestOptions) -> RetryPlan {
        RetryPlan::new(&method, &options, 3, CAP)
    }

    fn status(status: u16) -> Failure {
        Failure::Status { status, retry_after: None }
    }

    /// Whether a first failure leads to a second attempt.
    fn repeats(plan: &RetryPlan, failure: Failure) -> bool {
        plan.wait(1, failure, || 0.5).is_some()
    }

    const TRANSIENT: [Failure; 8] = [
        Failure::Status { status: 408, retry_after: None },
        Failure::Status { status: 500, retry_after: None },
        Failure::Status { status: 502, retry_after: None },
        Failure::Status { status: 503, retry_after: None },
        Failure::Status { status: 504, retry_after: None },
        Failure::Transport(TransportErrorKind::Timeout),
        Failure::Transport(TransportErrorKind::Reset),
        Failure::Transport(TransportErrorKind::Connect),
    ];

    #[test]
    fn safe_methods_and_keyed_requests_repeat_every_transient_failure() {
        let header = RequestOptions::new().try_header("idempotency-key", "ik");
        let strategy = RequestStrategy::Idempotent("ik".into());
        for plan in [
            plan(Method::GET, RequestOptions::new()),
            plan(Method::HEAD, RequestOptions::new()),
            plan(Method::POST, RequestOptions::new().idempotency_key("ik")),
            plan(Method::POST, header),
            plan(Method::POST, RequestOptions::new().strategy(strategy)),
        ] {
            assert!(TRANSIENT.into_iter().all(|failure| repeats(&plan, failure)), "{plan:?}");
            assert!(repeats(&plan, status(429)));
        }
    }

    #[test]
    fn other_requests_repeat_only_what_certainly_changed_nothing() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let plan = plan(method, RequestOptions::new());
            let repeated: Vec<_> =
                TRANSIENT.into_iter().filter(|failure| repeats(&plan, *failure)).collect();
            assert_eq!(repeated, [Failure::Transport(TransportErrorKind::Connect)]);
            assert!(repeats(&plan, status(429)));
        }
    }

    #[test]
    fn lasting_failures_are_never_repeated() {
        let plan = plan(Method::GET, RequestOptions::new());
        for failure in [
            status(400),
            status(401),
            status(404),
            status(422),
            status(501),
            status(307),
            Failure::Transport(TransportErrorKind::Tls),
            Failure::Transport(TransportErrorKind::TooLarge),
            Failure::Transport(TransportErrorKind::Other),
        ] {
            assert!(!repeats(&plan, failure), "{failure:?}");
        }
    }

    #[test]
    fn strategies_set_the_number_of_attempts_and_the_waits() {
        let with = |strategy| plan(Method::POST, RequestOptions::new().strategy(strategy));
        let waits = |plan: &RetryPlan, random| -> Vec<Duration> {
            (1..20).map_while(|attempts| plan.wait(attempts, status(503), || random)).collect()
        };
        let ms =
            |list: &[u64]| list.iter().map(|ms| Duration::from_millis(*ms)).collect::<Vec<_>>();

        assert!(waits(&with(RequestStrategy::Once), 0.5).is_empty());
        assert!(waits(&with(RequestStrategy::Retry { max_attempts: 0 }), 0.5).is_empty());
        assert_eq!(waits(&with(RequestStrategy::Retry { max_attempts: 3 }), 0.5), ms(&[0, 0]));
        let exact = RequestStrategy::ExponentialBackoff { max_attempts: 8, jitter: false };
        assert_eq!(waits(&with(exact), 0.0), ms(&[200, 400, 800, 1600, 3200, 5000, 5000]));
        let default = plan(Method::GET, RequestOptions::new());
        assert_eq!(waits(&default, 0.0), ms(&[100, 200, 400]));
        assert_eq!(waits(&default, 1.0), ms(&[200, 400, 800]));
    }

    #[test]
    fn a_replayable_request_is_sent_once_more_at_once_when_its_response_is_lost() {
        let plan = |options| plan(Method::POST, options).replayable(true);
        let wait = |attempts, failure| plan(RequestOptions::new()).wait(attempts, failure, || 0.5);
        for lost in [TransportErrorKind::Timeout, TransportErrorKind::Reset] {
            assert_eq!(wait(1, Failure::Transport(lost)), Some(Duration::ZERO));
            assert_eq!(wait(2, Failure::Transport(lost)), None);
        }
        assert_eq!(wait(1, status(503)), None);
        assert_eq!(wait(1, Failure::Transport(TransportErrorKind::Other)), None);
        let once = plan(RequestOptions::new().strategy(RequestStrategy::Once));
        assert!(!repeats(&once, Failure::Transport(TransportErrorKind::Reset)));
    }

    #[test]
    fn retry_after_counts_between_the_backoff_and_the_cap() {
        let plan = plan(Method::GET, RequestOptions::new());
        let wait = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            plan.wait(1, Failure::Status { status: 429, retry_after }, || 0.5)
        };
        assert_eq!(wait(0), Some(Duration::from_millis(150)));
        assert_eq!(wait(1), Some(Duration::from_secs(1)));
        assert_eq!(wait(60), Some(CAP));
        assert_eq!(wait(61), None);
        assert_eq!(wait(86_400), None);
    }

    #[test]
    fn the_budget_stops_an_outage_and_recovers_with_successes() {
        let budget = RetryBudget::new();
        let retries = (0..10_000).filter(|_| budget.take()).count();
        assert_eq!(retries, 100);
        budget.refill();
        assert!(!budget.take());
        budget.refill();
        assert!(budget.take() && !budget.take());
        (0..1_000).for_each(|_| budget.refill());
        assert_eq!((0..10_000).filter(|_| budget.take()).count(), 100);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_cap(
            attempts in 0u32..u32::MAX, random in -1.0f64..2.0, cap in 0u64..10_000,
        ) {
            let cap = Duration::from_millis(cap);
            let plan = RetryPlan::new(&Method::GET, &RequestOptions::new(), u32::MAX, cap);
            prop_assert!(plan.wait(attempts, status(503), || random).is_none_or(|wait| wait <= cap));
        }
    }

    #[test]
    fn random_numbers_fill_the_unit_interval() {
        let numbers: Vec<f64> = (0..1_000).map(|_| random()).collect();
        assert!(numbers.iter().all(|n| (0.0..=1.0).contains(n)));
        assert!(numbers.iter().any(|n| *n < 0.1) && numbers.iter().any(|n| *n > 0.9));
    }
}
