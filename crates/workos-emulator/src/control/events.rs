//! Events that nothing caused: [`Emulator::trigger`](crate::Emulator::trigger).

use super::{Input, Route, created, post};
use crate::products::events::{NewEvent, trigger};
use crate::reply::{Answer, Response};

pub(super) const ROUTES: &[Route] = &[post("/_emulate/events", add)];

fn add(input: &Input<'_>) -> Answer<Response> {
    let new: NewEvent = input.body("invalid_event")?;
    created(&input.environment.write(|change| trigger(change, &new))?.json)
}
