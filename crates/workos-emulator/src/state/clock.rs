//! [`Clock`]: the emulator's time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use workos::Timestamp;

/// The time of an emulator, for timestamps, IDs and expiries.
///
/// It [follows](Self::follow) the system clock until it is frozen or advanced.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// let emulator = workos_emulator::Emulator::start().await?;
/// emulator.clock().freeze("2026-03-01T12:00:00Z".parse()?);
/// emulator.clock().advance(Duration::from_secs(600));
/// assert_eq!(emulator.clock().now().to_string(), "2026-03-01T12:10:00.000Z");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Clock {
    state: Mutex<ClockState>,
    /// Wakes who waits for a time.
    moved: Notify,
}

/// How a clock differs from the system's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClockState {
    frozen_at: Option<Timestamp>,
    ahead_by: Duration,
}

impl ClockState {
    /// The system's clock.
    pub(crate) const SYSTEM: Self = Self { frozen_at: None, ahead_by: Duration::ZERO };

    /// The current time.
    pub(crate) fn now(self) -> Timestamp {
        let now = self.frozen_at.unwrap_or_else(Timestamp::now) + self.ahead_by;
        Timestamp::from_millis(now.as_millis())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self { state: Mutex::new(ClockState::SYSTEM), moved: Notify::new() }
    }
}

impl Clock {
    /// The current time, in whole milliseconds like the API's timestamps.
    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// How it differs from the system's clock.
    pub(crate) fn get(&self) -> ClockState {
        *self.state()
    }

    /// Makes it differ like this from the system's clock.
    pub(crate) fn set(&self, state: ClockState) {
        *self.state() = state;
        self.moved.notify_one();
    }

    /// Freezes the clock at this instant.
    pub fn freeze(&self, at: Timestamp) {
        self.set(ClockState { frozen_at: Some(at), ahead_by: Duration::ZERO });
    }

    /// Follows the system clock again.
    pub fn follow(&self) {
        self.set(ClockState::SYSTEM);
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.state().frozen_at.is_some()
    }

    /// Advances the clock, frozen or running.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.ahead_by = state.ahead_by.saturating_add(by);
        drop(state);
        self.moved.notify_one();
    }

    /// Waits until this time, or for the next change of the clock, whichever comes first. A frozen
    /// clock has only changes. Only one may wait.
    pub(crate) async fn next(&self, time: Option<Timestamp>) {
        let wait = time.filter(|_| !self.is_frozen()).map(|time| time.duration_since(self.now()));
        match wait {
            Some(wait) => drop(tokio::time::timeout(wait, self.moved.notified()).await),
            None => self.moved.notified().await,
        }
    }

    fn state(&self) -> MutexGuard<'_, ClockState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
