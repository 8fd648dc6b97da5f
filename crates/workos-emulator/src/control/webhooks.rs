//! The deliveries of webhooks: [`Webhooks`](crate::Webhooks).

use super::{Input, Route, get, ok, post};
use crate::deliver::webhooks;
use crate::reply::{Answer, Refusal, Response};

pub(super) const ROUTES: &[Route] =
    &[get("/_emulate/webhooks", list), post("/_emulate/webhooks/{id}/redeliver", redeliver)];

fn list(input: &Input<'_>) -> Answer<Response> {
    ok(&webhooks::log(input.environment))
}

fn redeliver(input: &Input<'_>) -> Answer<Response> {
    let delivery = webhooks::redeliver(input.environment, input.id());
    ok(&delivery.ok_or_else(|| Refusal::not_found("Webhook delivery", input.id()))?)
}
