//! The clock: [`Clock`](crate::Clock).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use workos::Timestamp;

use super::{Input, Route, get, ok, post};
use crate::environment::Environment;
use crate::reply::{Answer, Response};

pub(super) const ROUTES: &[Route] =
    &[get("/_emulate/clock", show), post("/_emulate/clock", change)];

/// The clock as it is shown.
#[derive(Serialize)]
struct Shown {
    now: Timestamp,
    is_frozen: bool,
}

/// What to do with the clock.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Movement {
    /// It stands still at this instant.
    Freeze(Timestamp),
    /// It is moved forward by so many seconds.
    Advance(u32),
    /// It follows the system's.
    Follow(Always),
}
/// `true`, and nothing else.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
struct Always;

impl TryFrom<bool> for Always {
    type Error = &'static str;

    fn try_from(given: bool) -> Result<Self, Self::Error> {
        if given { Ok(Self) } else { Err("follow must be true") }
    }
}

fn show(input: &Input<'_>) -> Answer<Response> {
    ok(&shown(input.environment))
}

fn change(input: &Input<'_>) -> Answer<Response> {
    let clock = &input.environment.clock;
    match input.body("invalid_clock")? {
        Movement::Freeze(at) => clock.freeze(at),
        Movement::Advance(seconds) => clock.advance(Duration::from_secs(seconds.into())),
        Movement::Follow(Always) => clock.follow(),
    }
    input.environment.store()?;
    ok(&shown(input.environment))
}

fn shown(environment: &Environment) -> Shown {
    let clock = &environment.clock;
    Shown { now: clock.now(), is_frozen: clock.is_frozen() }
}
