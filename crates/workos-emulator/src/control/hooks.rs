//! Hooks, as the official emulator calls them: [`Faults`](crate::Faults).

use super::{Input, Route, created, delete, done, get, ok, post};
use crate::front::hook::{Hook, REFUSED, shown};
use crate::reply::{Answer, Refusal, Response};

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/hooks", list),
    post("/_emulate/hooks", add),
    delete("/_emulate/hooks/{id}", remove),
];

fn list(input: &Input<'_>) -> Answer<Response> {
    let faults = input.environment.faults.all();
    ok(&faults.iter().map(|(id, fault)| shown(id, fault)).collect::<Vec<_>>())
}

fn add(input: &Input<'_>) -> Answer<Response> {
    let hook: Hook = input.body("invalid_hook")?;
    let fault = hook.into_fault();
    let fault = fault
        .map_err(|reason| Refusal::bad_request("invalid_hook", format!("{REFUSED}{reason}")))?;
    let id = input.environment.faults.add(fault.clone());
    created(&shown(&id, &fault))
}

fn remove(input: &Input<'_>) -> Answer<Response> {
    if input.environment.faults.remove(input.id()) {
        done()
    } else {
        Err(Refusal::not_found("Hook", input.id()))
    }
}
