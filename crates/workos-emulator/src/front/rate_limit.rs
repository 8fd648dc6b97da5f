//! [`RateLimit`]: how many requests a caller may make.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use ring::digest::{SHA256, digest};
use workos::{SecretString, Timestamp};

use crate::reply::{Refusal, Response};

/// How many requests each API key may make in a window of time. Requests without a key share one
/// limit. The window begins with the first request and is over by the emulator's
/// [clock](crate::Clock).
///
/// Responses report the limit in `x-ratelimit-limit`, `x-ratelimit-remaining` and
/// `x-ratelimit-reset` (Unix time in seconds). A request over the limit gets 429 and
/// `retry-after`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use workos_emulator::{Emulator, RateLimit};
///
/// let emulator = Emulator::start().await?;
/// emulator.clock().freeze("2026-03-01T12:00:00Z".parse()?);
/// emulator.set_rate_limit(Some(RateLimit::new(1, Duration::from_secs(60))));
///
/// let client = workos::Client::builder()
///     .api_key(emulator.api_key())
///     .base_url(emulator.base_url())
///     .transport(emulator.transport())
///     .max_retries(0)
///     .build();
/// client.organizations().list_organizations(Default::default()).await?;
/// let refused = client.organizations().list_organizations(Default::default()).await.unwrap_err();
/// assert_eq!(refused.status(), Some(429));
///
/// emulator.clock().advance(Duration::from_secs(60));
/// client.organizations().list_organizations(Default::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    window: Duration,
}

impl RateLimit {
    /// Allows this many requests per window. Both are raised to their minimum: 1, and 1 millisecond.
    pub fn new(requests: u32, window: Duration) -> Self {
        Self { requests: requests.max(1), window: window.max(Duration::from_millis(1)) }
    }

    /// How many requests a window has.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// How long a window is.
    pub fn window(&self) -> Duration {
        self.window
    }
}

/// The rate limit of an environment, and how many requests each API key has made.
#[derive(Debug, Default)]
pub(crate) struct RateLimits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    limit: Option<RateLimit>,
    /// By the fingerprint of the key.
    windows: HashMap<[u8; 32], Option<Window>>,
}

/// A window of a limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    ends_at: Timestamp,
    used: u32,
}

impl RateLimit {
    /// Counts a request in its window, which is a new one if there is none or it is over.
    pub(super) fn count(self, window: &mut Option<Window>, now: Timestamp) -> Rated {
        let mut current = window
            .filter(|window| window.ends_at > now)
            .unwrap_or(Window { ends_at: now + self.window, used: 0 });
        let left = self.requests.checked_sub(current.used + 1);
        if left.is_some() {
            current.used += 1;
        }
        *window = Some(current);
        Rated { limit: self.requests, left, ends_at: current.ends_at, now }
    }
}

/// What is left of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rated {
    limit: u32,
    /// `None` for a request too many.
    left: Option<u32>,
    ends_at: Timestamp,
    now: Timestamp,
}

impl RateLimits {
    /// How many windows are kept before those that are over are forgotten.
    const KEPT: usize = 10_000;

    pub(crate) fn get(&self) -> Option<RateLimit> {
        self.state().limit
    }

    /// Sets or removes the limit. What was used so far is forgotten.
    pub(crate) fn set(&self, limit: Option<RateLimit>) {
        *self.state() = State { limit, windows: HashMap::new() };
    }

    /// Counts a request; `None` if there is no limit.
    pub(crate) fn count(&self, key: Option<&SecretString>, now: Timestamp) -> Option<Rated> {
        let mut state = self.state();
        let limit = state.limit?;
        if state.windows.len() > Self::KEPT {
            state.windows.retain(|_, window| window.is_some_and(|window| window.ends_at > now));
        }
        let caller = digest(&SHA256, key.map_or(&[][..], |key| key.expose().as_bytes()));
        let caller = caller.as_ref().try_into().unwrap_or_default();
        Some(limit.count(state.windows.entry(caller).or_default(), now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rated {
    /// How many seconds to wait, for a request too many.
    pub(super) fn wait(&self) -> Option<u64> {
        let left = self.ends_at.duration_since(self.now);
        self.left.is_none().then(|| left.as_secs_f64().ceil() as u64)
    }

    /// The refusal of a request too many.
    pub(crate) fn refusal(&self) -> Option<Response> {
        let wait = self.wait()?;
        let code = "rate_limit_exceeded";
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, code, "Too Many Requests");
        let mut response = Response::from(refusal);
        response.headers.push((header::RETRY_AFTER, HeaderValue::from(wait)));
        Some(response)
    }

    /// Says what is left.
    pub(crate) fn note(&self, response: &mut Response) {
        let ends_at = u64::try_from(self.ends_at.as_millis()).unwrap_or(0).div_ceil(1000);
        for (name, value) in [
            ("x-ratelimit-limit", self.limit.into()),
            ("x-ratelimit-remaining", self.left.unwrap_or(0).into()),
            ("x-ratelimit-reset", HeaderValue::from(ends_at)),
        ] {
            response.headers.push((HeaderName::from_static(name), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No window of any caller has more requests than are allowed, and none is refused before.
        #[test]
        fn a_window_has_as_many_requests_as_are_allowed(
            limit in 1_u32..5,
            requests in prop::collection::vec((0_u64..20, 0_usize..3), 1..60),
        ) {
            let limits = RateLimits::default();
            limits.set(Some(RateLimit::new(limit, Duration::from_secs(10))));
            let mut now = Timestamp::UNIX_EPOCH;
            let mut model: [Option<(Timestamp, u32)>; 3] = [None; 3];
            for (seconds, caller) in requests {
                now = now + Duration::from_secs(seconds);
                let key = SecretString::from(format!("sk_{caller}"));
                let rated = limits.count(Some(&key), now).unwrap();
                let fresh = (now + Duration::from_secs(10), 0);
                let (ends_at, used) = model[caller].filter(|(end, _)| *end > now).unwrap_or(fresh);
                prop_assert_eq!(rated.left, limit.checked_sub(used + 1));
                prop_assert_eq!(rated.ends_at, ends_at);
                model[caller] = Some((ends_at, (used + 1).min(limit)));
            }
        }
    }
}
