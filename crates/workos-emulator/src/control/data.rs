//! All data at once: seed data, their export, and the reset.

use serde::Deserialize;

use super::{Input, Route, done, get, ok, post};
use crate::reply::{Answer, Response};
use crate::seed::{SeedData, SeedError};

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/seed", export),
    post("/_emulate/seed", import),
    post("/_emulate/random-seed", reseed),
    post("/_emulate/reset", reset),
];

/// [`Emulator::export`](crate::Emulator::export).
fn export(input: &Input<'_>) -> Answer<Response> {
    ok(&input.environment.export())
}

fn import(input: &Input<'_>) -> Answer<Response> {
    let data =
        SeedData::from_value(input.body("invalid_seed")?).map_err(SeedError::into_refusal)?;
    input.environment.load(data)?;
    done()
}

/// What IDs, codes and tokens are drawn from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RandomSeed {
    seed: u64,
}

/// [`Emulator::reseed`](crate::Emulator::reseed).
fn reseed(input: &Input<'_>) -> Answer<Response> {
    let RandomSeed { seed } = input.body("invalid_random_seed")?;
    input.environment.reseed(seed)?;
    done()
}

/// [`Emulator::reset`](crate::Emulator::reset).
fn reset(input: &Input<'_>) -> Answer<Response> {
    input.environment.reset()?;
    done()
}
