//! Snapshots of the state: [`Emulator::snapshot`](crate::Emulator::snapshot) and
//! [`Emulator::restore`](crate::Emulator::restore). Over HTTP they have names.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Input, Route, created, delete, done, get, ok, post};
use crate::reply::{Answer, Refusal, Response};
use crate::snapshots::{Snapshot, Snapshots};

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/snapshots", list),
    post("/_emulate/snapshots", take),
    post("/_emulate/snapshots/{name}/restore", restore),
    delete("/_emulate/snapshots/{name}", remove),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

fn list(input: &Input<'_>) -> Answer<Response> {
    let snapshots = input.environment.snapshots.all();
    ok(&snapshots.iter().map(|(name, snapshot)| shown(name, snapshot)).collect::<Vec<_>>())
}

/// Replaces a snapshot with the same name.
fn take(input: &Input<'_>) -> Answer<Response> {
    let New { name } = input.body("invalid_snapshot")?;
    if name.is_empty() || name.len() > Snapshots::NAME_BYTES {
        let message = format!("name: must have 1 to {} bytes", Snapshots::NAME_BYTES);
        return Err(Refusal::bad_request("invalid_snapshot", message));
    }
    let snapshot = input.environment.snapshot();
    if !input.environment.snapshots.keep(&name, snapshot.clone()) {
        let message = format!("There are {} snapshots already. Remove one.", Snapshots::KEPT);
        return Err(Refusal::conflict("too_many_snapshots", message));
    }
    created(&shown(&name, &snapshot))
}

fn restore(input: &Input<'_>) -> Answer<Response> {
    let snapshot = input.environment.snapshots.get(input.id());
    let snapshot = snapshot.ok_or_else(|| Refusal::not_found("Snapshot", input.id()))?;
    input.environment.restore(&snapshot)?;
    done()
}

fn remove(input: &Input<'_>) -> Answer<Response> {
    if input.environment.snapshots.remove(input.id()) {
        done()
    } else {
        Err(Refusal::not_found("Snapshot", input.id()))
    }
}

fn shown(name: &str, snapshot: &Snapshot) -> Value {
    json!({"name": name, "taken_at": snapshot.taken_at(), "rows": snapshot.rows()})
}
