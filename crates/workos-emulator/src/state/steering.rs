//! [`Steering`]: how webhooks are delivered.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::reply::{Answer, Refusal};

/// How often each webhook may be delivered.
const MAX_COPIES: u32 = 10;
/// How much later webhooks may be due: a week.
const MAX_DELAY: u32 = 7 * 24 * 60 * 60;

/// How webhooks are delivered, to test an application with what WorkOS may do: deliver webhooks
/// late, more than once, or in another order than that of the events. By default it does neither.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use workos_emulator::{DeliveryOrder, Emulator, Steering};
///
/// let emulator = Emulator::start().await?;
/// let webhooks = emulator.webhooks();
/// webhooks.steer(Steering { paused: true, copies: 2, ..Default::default() })?;
/// // What happens now waits. Then it is delivered twice, the latest first.
/// webhooks.steer(Steering {
///     paused: false,
///     order: DeliveryOrder::Reversed,
///     ..webhooks.steering()
/// })?;
/// emulator.settle().await;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steering {
    /// Whether webhooks wait. Those that are on their way arrive; others are sent only if they are
    /// [redelivered](crate::Webhooks::redeliver) one by one, in any order.
    pub paused: bool,
    /// Which of the webhooks that are due for an endpoint is sent first.
    pub order: DeliveryOrder,
    /// How often each webhook is delivered, 1 to 10, with the same event. Each is a delivery of its
    /// own. This applies to later events.
    pub copies: u32,
    /// How many seconds after the event a webhook is due, on the emulator's clock: up to 604,800,
    /// which is a week. This applies to later events.
    pub delay_seconds: u32,
}

/// Which of the webhooks that are due for an endpoint is sent first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryOrder {
    /// The one that has been due for the longest time. First attempts are in the order of the
    /// events.
    #[default]
    Events,
    /// The one that became due last.
    Reversed,
    /// Any. The emulator's [seed](crate::Builder::seed) decides.
    Shuffled,
}

impl Default for Steering {
    fn default() -> Self {
        let (paused, order, delay_seconds) = Default::default();
        Self { paused, order, copies: 1, delay_seconds }
    }
}

impl Steering {
    /// How much later than its event a webhook is due.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_secs(self.delay_seconds.into())
    }

    /// Refuses values that are out of range.
    pub(super) fn check(&self) -> Answer<()> {
        let (copies, delay_seconds) = (self.copies, self.delay_seconds);
        let problem = if !(1..=MAX_COPIES).contains(&copies) {
            format!("copies must be 1 to {MAX_COPIES}, not {copies}")
        } else if delay_seconds > MAX_DELAY {
            format!("delay_seconds must be 0 to {MAX_DELAY}, not {delay_seconds}")
        } else {
            return Ok(());
        };
        Err(Refusal::bad_request("invalid_steering", problem))
    }
}
