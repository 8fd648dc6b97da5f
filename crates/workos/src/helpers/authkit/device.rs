//! Waiting for the user to approve a device (RFC 8628, sections 3.4 and 3.5).

use std::fmt;
use std::time::Duration;

use crate::user_management::{
    AuthenticateResponse, AuthenticateWithDeviceCodeParams, DeviceAuthorizationResponse,
};
use crate::{Client, Error, RequestOptions, RequestStrategy, SecretString};

/// The interval if the server sends none; also what `slow_down` adds.
const FIVE_SECONDS: Duration = Duration::from_secs(5);
/// The shortest interval, whatever the server sends.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// The wait after failures doubles up to this many times.
const MAX_DOUBLINGS: u32 = 3;

/// Why a device was not authorized.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeviceAuthorizationError {
    /// The codes expired before the user responded, or while the server could not be reached. Start
    /// again.
    Expired,
    /// The user denied access.
    Denied,
    /// The server responded with another error, or its response could not be read.
    Failed(Error),
}

impl DeviceAuthorizationError {
    /// The error code of RFC 8628, or the server's.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Expired => Some("expired_token"),
            Self::Denied => Some("access_denied"),
            Self::Failed(Error::Api(error)) => error.code.as_deref(),
            Self::Failed(_) => None,
        }
    }
}

impl fmt::Display for DeviceAuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("the codes expired before the device was authorized"),
            Self::Denied => f.write_str("the user denied access"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DeviceAuthorizationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Its text is this one's `Display`; its cause comes next.
            Self::Failed(error) => error.source(),
            Self::Expired | Self::Denied => None,
        }
    }
}

/// A device flow that is being polled.
pub(super) struct Poll {
    client: Client,
    device_code: SecretString,
    options: RequestOptions,
    interval: Duration,
    /// When the codes expire, by the runtime's monotonic clock.
    deadline: Duration,
    /// Failures since the last response.
    failures: u32,
}

impl Poll {
    pub(super) fn new(
        client: &Client,
        device: &DeviceAuthorizationResponse,
        mut options: RequestOptions,
    ) -> Self {
        // Polling takes the place of retries, which could come sooner than an interval.
        options.strategy.get_or_insert(RequestStrategy::Once);
        let now = client.settings().runtime.elapsed();
        Self {
            client: client.clone(),
            device_code: device.device_code.clone(),
            options,
            interval: match device.interval.map(seconds) {
                None | Some(Duration::ZERO) => FIVE_SECONDS,
                Some(interval) => interval.max(SHORTEST_INTERVAL),
            },
            deadline: now.saturating_add(seconds(device.expires_in)),
            failures: 0,
        }
    }

    pub(super) async fn run(mut self) -> Result<AuthenticateResponse, DeviceAuthorizationError> {
        let mut wait = self.interval;
        loop {
            // Do not start a wait that would end too late.
            if wait >= self.remaining() {
                return Err(DeviceAuthorizationError::Expired);
            }
            self.client.settings().runtime.sleep(wait).await;
            match self.ask().await {
                Ok(session) => return Ok(session),
                Err(error) => wait = self.next_wait(error)?,
            }
        }
    }

    async fn ask(&self) -> Result<AuthenticateResponse, Error> {
        let remaining = self.remaining();
        let limit = self.options.total_timeout.map_or(remaining, |limit| limit.min(remaining));
        let params = AuthenticateWithDeviceCodeParams::new(self.device_code.clone());
        self.client
            .user_management()
            .authenticate_with_device_code_with_options(params, Some(&self.options))
            .total_timeout(limit)
            .await
    }

    /// How long to wait before polling again, unless the error is final.
    fn next_wait(&mut self, error: Error) -> Result<Duration, DeviceAuthorizationError> {
        match error.api().and_then(|error| error.code.as_deref()) {
            Some("authorization_pending") => {
                self.failures = 0;
                Ok(self.interval)
            }
            Some("slow_down") => {
                self.failures = 0;
                self.interval = self.interval.saturating_add(FIVE_SECONDS);
                Ok(self.interval.max(error.retry_after().unwrap_or_default()))
            }
            Some("access_denied") => Err(DeviceAuthorizationError::Denied),
            Some("expired_token") => Err(DeviceAuthorizationError::Expired),
            _ if error.is_transient() || error.is_server_error() => {
                self.failures = self.failures.saturating_add(1).min(MAX_DOUBLINGS);
                let wait = self.interval.saturating_mul(1 << self.failures);
                Ok(error.retry_after().map_or(wait, |asked| asked.max(self.interval)))
            }
            _ => Err(DeviceAuthorizationError::Failed(error)),
        }
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_sub(self.client.settings().runtime.elapsed())
    }
}

/// Seconds from JSON. What is not a duration counts as zero, what is too long as the maximum.
fn seconds(value: f64) -> Duration {
    if value > 0.0 {
        Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX)
    } else {
        Duration::ZERO
    }
}
