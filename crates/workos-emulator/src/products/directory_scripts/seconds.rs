//! [`Seconds`]: a duration as JSON has it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

/// Fractions are rounded.
const HALF_A_MILLISECOND: Duration = Duration::from_micros(500);

/// A number of seconds, precise to the millisecond like the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds(pub(super) Duration);

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        let time = Duration::try_from_secs_f64(seconds);
        let time = time.map_err(|_| "expected a number of seconds, at least 0")?;
        Ok(time.saturating_add(HALF_A_MILLISECOND).into())
    }
}

impl From<Duration> for Seconds {
    fn from(time: Duration) -> Self {
        Self(
            Duration::from_secs(time.as_secs())
                + Duration::from_millis(time.subsec_millis().into()),
        )
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.subsec_millis() {
            0 => serializer.serialize_u64(self.0.as_secs()),
            _ => serializer.serialize_f64(self.0.as_secs_f64()),
        }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}
