//! Other environments in the same process, each at a port of its own:
//! [`Emulator::fork`](crate::Emulator::fork), and further emulators.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workos::SecretString;

use super::{Input, Route, created, delete, done, get, ok, post};
use crate::emulator::Emulator;
use crate::reply::{Answer, Refusal, Response};
use crate::seed::{SeedData, SeedError};

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/environments", list),
    post("/_emulate/environments", start),
    delete("/_emulate/environments/{name}", stop),
];

/// An environment to start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    /// Whether it starts with the state of this one.
    #[serde(default)]
    fork: bool,
    /// The API key; by default that of this one.
    api_key: Option<SecretString>,
    /// What it starts with.
    seed: Option<Value>,
}

/// An environment that runs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    url: String,
    api_key: String,
    client_id: String,
}

fn list(input: &Input<'_>) -> Answer<Response> {
    input
        .environment
        .others
        .each(|all| ok(&all.iter().map(|(name, other)| shown(name, other)).collect::<Vec<_>>()))
}

fn start(input: &Input<'_>) -> Answer<Response> {
    let invalid = |message: String| Refusal::bad_request("invalid_environment", message);
    let new: New = input.body("invalid_environment")?;
    if new.name.is_empty() {
        return Err(invalid("name: must not be empty".to_owned()));
    }
    if new.fork && new.seed.is_some() {
        return Err(invalid("seed: goes without fork, which has the data of this one".to_owned()));
    }
    if new.api_key.as_ref().is_some_and(|key| !key.expose().starts_with("sk_")) {
        return Err(invalid("api_key: must begin with sk_".to_owned()));
    }
    let mut builder = input.environment.builder.clone();
    if let Some(seed) = new.seed {
        builder = builder.data(SeedData::from_value(seed).map_err(SeedError::into_refusal)?);
    }
    if let Some(key) = new.api_key {
        builder = builder.api_key(key);
    }
    let started =
        if new.fork { Emulator::fork_of(input.environment, builder) } else { builder.start_now() };
    let other = started.map_err(|error| invalid(format!("cannot start: {error}")))?;
    let shown = shown(&new.name, &other);
    input.environment.others.add(&new.name, other)?;
    created(&shown)
}

fn stop(input: &Input<'_>) -> Answer<Response> {
    if input.environment.others.remove(input.id()) {
        done()
    } else {
        Err(Refusal::not_found("Environment", input.id()))
    }
}

fn shown(name: &str, other: &Emulator) -> Shown {
    Shown {
        name: name.to_owned(),
        url: other.base_url().to_owned(),
        api_key: other.api_key().to_owned(),
        client_id: other.client_id().to_owned(),
    }
}
