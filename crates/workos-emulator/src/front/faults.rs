//! [`Faults`]: a server that misbehaves on purpose.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use workos::Timestamp;

use super::pattern::{RequestPattern, Sent};
use super::rate_limit::{RateLimit, Window};

/// The faults of an emulator, in the order they were added. The first that matches a request is
/// played.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use http::Method;
/// use workos_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::start().await?;
/// let twice = Fault::status(503).header("retry-after", "0").on(Method::GET, "/organizations").times(2);
/// emulator.faults().add(twice);
///
/// emulator.client().organizations().list_organizations(Default::default()).await?;
/// assert_eq!(emulator.requests().count(), 3);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Added>>);

/// A fault that was added.
#[derive(Debug)]
struct Added {
    id: String,
    fault: Fault,
    /// How often it was played in the window of its limit.
    window: Option<Window>,
}

impl Faults {
    /// Adds a fault and returns its ID, for removing it.
    pub fn add(&self, fault: Fault) -> String {
        let mut faults = self.faults();
        let id = format!("hook_{:012x}", fastrand::u64(..1 << 48));
        faults.push(Added { id: id.clone(), fault, window: None });
        id
    }

    /// Removes a fault; `false` if there is none with this ID.
    pub fn remove(&self, id: &str) -> bool {
        let mut faults = self.faults();
        let before = faults.len();
        faults.retain(|added| added.id != id);
        faults.len() < before
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.faults().clear();
    }

    /// All faults with their IDs.
    pub fn all(&self) -> Vec<(String, Fault)> {
        self.faults().iter().map(|added| (added.id.clone(), added.fault.clone())).collect()
    }

    /// The fault to play for a request. `chance` returns a random number between 0 and 1.
    pub(crate) fn pick(
        &self,
        request: &Sent<'_>,
        now: Timestamp,
        chance: impl Fn() -> f64,
    ) -> Option<(String, Fault)> {
        let mut faults = self.faults();
        let fits = |fault: &Fault| {
            fault.pattern.fits(request) && (fault.chance >= 1.0 || chance() < fault.chance)
        };
        let index = faults.iter().position(|added| fits(&added.fault))?;
        let Added { id, fault, window } = faults.get_mut(index)?;
        let wait = fault.limit.and_then(|limit| limit.count(window, now).wait());
        let played = (id.clone(), wait.map_or_else(|| fault.clone(), Fault::too_many));
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                drop(faults.remove(index));
            }
        }
        Some(played)
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Added>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A way to misbehave, and the requests it applies to.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a fault does nothing until it is added to the emulator's"]
pub struct Fault {
    pub(crate) pattern: RequestPattern,
    pub(crate) times: Option<u32>,
    pub(crate) chance: f64,
    /// How often it is played. Further requests get 429.
    pub(crate) limit: Option<RateLimit>,
    pub(crate) latency: Duration,
    pub(crate) action: Action,
}

/// What happens instead of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// The usual response.
    Proceed,
    /// This response.
    Answer { status: StatusCode, headers: Vec<(String, String)>, body: Value },
    /// The connection ends before a response.
    Reset,
    /// The connection ends in the middle of the usual response's body.
    CutBody,
    /// No response, ever.
    Stall,
}

impl Fault {
    fn new(action: Action) -> Self {
        Self {
            pattern: RequestPattern::new().path("*"),
            times: None,
            chance: 1.0,
            limit: None,
            latency: Duration::ZERO,
            action,
        }
    }

    /// Returns this status with its usual body. A value outside the final statuses, 200 to 599,
    /// counts as 500.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()));
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = match status.as_u16() {
            400 => "bad_request",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            409 => "conflict",
            422 => "unprocessable_entity",
            429 => "rate_limit_exceeded",
            500 => "server_error",
            503 => "service_unavailable",
            _ => "error",
        };
        let message = status.canonical_reason().unwrap_or("Error");
        let body = json!({"message": message, "code": code});
        Self::new(Action::Answer { status, headers: Vec::new(), body })
    }

    /// Ends the connection before a response.
    pub fn reset() -> Self {
        Self::new(Action::Reset)
    }

    /// Ends the connection in the middle of the body.
    pub fn cut_body() -> Self {
        Self::new(Action::CutBody)
    }

    /// Accepts the request and never responds.
    pub fn stall() -> Self {
        Self::new(Action::Stall)
    }

    /// Responds as usual, after this delay.
    pub fn latency(latency: Duration) -> Self {
        Self::new(Action::Proceed).after(latency)
    }

    /// Delays the fault.
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Adds a header, such as `retry-after`, to a fault with a status.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Action::Answer { headers, .. } = &mut self.action {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Replaces the body of a fault with a status.
    pub fn body(mut self, json: Value) -> Self {
        if let Action::Answer { body, .. } = &mut self.action {
            *body = json;
        }
        self
    }

    /// Matches only requests with this method and path: `/organizations` exactly,
    /// `/organizations/*` for everything below, `*` for all.
    pub fn on(mut self, method: Method, path: impl Into<String>) -> Self {
        self.pattern = self.pattern.method(method);
        self.path(path)
    }

    /// Matches only requests to this path, with any method.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.pattern = self.pattern.path(path);
        self
    }

    /// Matches only requests for this operation, as the SDK names it:
    /// `organizations.create_organization`.
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.pattern = self.pattern.operation(name);
        self
    }

    /// Matches only requests that fit this pattern. Replaces all earlier conditions.
    pub fn matching(mut self, pattern: RequestPattern) -> Self {
        self.pattern = pattern;
        self
    }

    /// Plays the fault this many times, then removes it. Zero counts as one.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times.max(1));
        self
    }

    /// Limits how often the fault is played in a window of time. Further matching requests get 429 and
    /// `retry-after`.
    pub fn limited(mut self, limit: RateLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The 429 for a request over the limit. It may be retried after `wait` seconds.
    fn too_many(wait: u64) -> Self {
        let body = json!({
            "message": "Too Many Requests", "code": "rate_limit_exceeded", "retry_after": wait,
        });
        Self::status(429).header("retry-after", wait.to_string()).body(body)
    }

    /// Plays the fault for this fraction of the matching requests, 0 to 1, by the emulator's seed.
    pub fn chance(mut self, share: f64) -> Self {
        self.chance = share;
        self
    }
}
