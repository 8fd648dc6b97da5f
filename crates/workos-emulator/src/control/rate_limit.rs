//! The rate limit: [`RateLimit`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Input, Route, delete, done, get, ok, post};
use crate::front::rate_limit::RateLimit;
use crate::reply::{Answer, Refusal, Response};

const PATH: &str = "/_emulate/rate-limit";

pub(super) const ROUTES: &[Route] = &[get(PATH, show), post(PATH, set), delete(PATH, remove)];

/// A rate limit as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    requests: u32,
    window_seconds: u32,
}

impl From<RateLimit> for Limit {
    fn from(limit: RateLimit) -> Self {
        let window_seconds = u32::try_from(limit.window().as_secs()).unwrap_or(u32::MAX);
        Self { requests: limit.requests(), window_seconds }
    }
}

fn show(input: &Input<'_>) -> Answer<Response> {
    ok(&input.environment.rate_limits.get().map(Limit::from))
}

fn set(input: &Input<'_>) -> Answer<Response> {
    let Limit { requests, window_seconds } = input.body("invalid_rate_limit")?;
    for (name, value) in [("requests", requests), ("window_seconds", window_seconds)] {
        if value == 0 {
            let message = format!("{name}: must be at least 1");
            return Err(Refusal::bad_request("invalid_rate_limit", message));
        }
    }
    let limit = RateLimit::new(requests, Duration::from_secs(window_seconds.into()));
    input.environment.rate_limits.set(Some(limit));
    ok(&Limit::from(limit))
}

fn remove(input: &Input<'_>) -> Answer<Response> {
    input.environment.rate_limits.set(None);
    done()
}
