//! [`Clock`]: the emulator's time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
#[derive(Debug, Default)]
pub struct Clock {
    state: Mutex<State>,
    /// Wakes who waits for a time.
    moved: Notify,
}

#[derive(Debug, Default)]
struct State {
    frozen_at: Option<Timestamp>,
    ahead_by: Duration,
}

impl Clock {
    /// The current time, in whole milliseconds like the API's timestamps.
    pub fn now(&self) -> Timestamp {
        let state = self.state();
        let now = state.frozen_at.unwrap_or_else(Timestamp::now) + state.ahead_by;
        Timestamp::from_millis(now.as_millis())
    }

    /// Freezes the clock at this instant.
    pub fn freeze(&self, at: Timestamp) {
        *self.state() = State { frozen_at: Some(at), ahead_by: Duration::ZERO };
        self.moved.notify_one();
    }

    /// Follows the system clock again.
    pub fn follow(&self) {
        *self.state() = State::default();
        self.moved.notify_one();
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
