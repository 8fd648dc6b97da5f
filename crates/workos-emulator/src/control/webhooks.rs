//! The deliveries of webhooks: [`Webhooks`](crate::Webhooks).

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Input, Query, Route, done, get, ok, post};
use crate::deliver::webhooks::{self, Courier};
use crate::environment::Environment;
use crate::fields::set;
use crate::front::timer;
use crate::products::events;
use crate::reply::{Answer, Refusal, Response};
use crate::state::deliveries::{Delivery, DeliveryStatus};
use crate::state::steering::DeliveryOrder;
use crate::state::time_of;

pub(super) const ROUTES: &[Route] = &[
    get("/_emulate/webhooks", list),
    get("/_emulate/webhooks/settings", settings),
    post("/_emulate/webhooks/settings", steer),
    post("/_emulate/webhooks/redeliver-failed", redeliver_failed),
    post(SETTLE, settle),
    get("/_emulate/webhooks/{id}", show),
    post("/_emulate/webhooks/{id}/redeliver", redeliver),
    post("/_emulate/webhooks/{id}/cancel", cancel),
];

/// The route that is served after [`settled`].
pub(super) const SETTLE: &str = "/_emulate/webhooks/settle";
/// How long that waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest page of the log.
const MAX_LIMIT: usize = 1000;
/// How many of the webhooks that are still due a refusal lists.
const LISTED: usize = 100;

/// What to change of [`Steering`](crate::Steering).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    paused: Option<bool>,
    order: Option<DeliveryOrder>,
    copies: Option<u32>,
    delay_seconds: Option<u32>,
}

/// The deliveries that match the query.
fn list(input: &Input<'_>) -> Answer<Response> {
    let query = input.query(&["status", "event", "endpoint_id", "limit", "after"])?;
    let status = query.text("status").map(read_status).transpose()?;
    let event = query.text("event");
    event.map(events::known).transpose()?;
    let endpoint_id = query.text("endpoint_id");
    let limit = read_limit(&query)?;
    let after = query.text("after").unwrap_or_default();
    if !after.is_empty() && time_of(after).is_none() {
        return Err(Refusal::bad_request("invalid_query", "after: must be the ID of a delivery"));
    }
    let is_wanted = |delivery: &&Delivery| {
        status.is_none_or(|status| delivery.status == status)
            && event.is_none_or(|event| delivery.event.as_str() == event)
            && endpoint_id.is_none_or(|id| delivery.endpoint_id == id)
    };
    input.environment.deliveries(|deliveries, _| {
        ok(&deliveries.after(after).filter(is_wanted).take(limit).collect::<Vec<_>>())
    })
}

fn read_status(text: &str) -> Answer<DeliveryStatus> {
    let status = serde_json::from_value(text.into());
    status.map_err(|error| Refusal::bad_request("invalid_query", format!("status: {error}")))
}

fn read_limit(query: &Query) -> Answer<usize> {
    match query.read("limit")? {
        None => Ok(usize::MAX),
        Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
        Some(limit) => {
            let message = format!("limit: must be 1 to {MAX_LIMIT}, not {limit}");
            Err(Refusal::bad_request("invalid_query", message))
        }
    }
}

fn settings(input: &Input<'_>) -> Answer<Response> {
    ok(&input.environment.deliveries(|deliveries, _| deliveries.steering()))
}

fn steer(input: &Input<'_>) -> Answer<Response> {
    let update: Update = input.body("invalid_steering")?;
    let steering = webhooks::steer(input.environment, |steering| {
        set(&mut steering.paused, update.paused);
        set(&mut steering.order, update.order);
        set(&mut steering.copies, update.copies);
        set(&mut steering.delay_seconds, update.delay_seconds);
    });
    ok(&steering?)
}

fn show(input: &Input<'_>) -> Answer<Response> {
    ok(&found(input, webhooks::details(input.environment, input.id()))?)
}

fn redeliver(input: &Input<'_>) -> Answer<Response> {
    ok(&found(input, webhooks::redeliver(input.environment, input.id()))?)
}

fn redeliver_failed(input: &Input<'_>) -> Answer<Response> {
    ok(&json!({"redelivered": webhooks::redeliver_failed(input.environment)}))
}

fn cancel(input: &Input<'_>) -> Answer<Response> {
    let is_cancelled = webhooks::cancel(input.environment, input.id());
    let delivery =
        input.environment.deliveries(|deliveries, _| deliveries.get(input.id()).cloned());
    let delivery = found(input, delivery)?;
    if is_cancelled {
        return ok(&delivery);
    }
    let message = format!("Webhook delivery {} does not wait for an attempt.", delivery.id);
    Err(Refusal::conflict("webhook_delivery_over", message))
}

fn found<T>(input: &Input<'_>, delivery: Option<T>) -> Answer<T> {
    delivery.ok_or_else(|| Refusal::not_found("Webhook delivery", input.id()))
}

/// Waits until every webhook that is due was sent, but not for long.
pub(super) async fn settled(environment: &Arc<Environment>) {
    tokio::select! {
        // Without tokio it ends at once.
        biased;
        () = Courier::settle(environment) => {}
        () = timer::sleep(PATIENCE) => {}
    }
}

/// Whether every webhook that is due was sent.
fn settle(input: &Input<'_>) -> Answer<Response> {
    input.environment.deliveries(|deliveries, now| {
        let due: Vec<_> = deliveries.due(now).collect();
        if due.is_empty() {
            return done();
        }
        let message = format!("Webhooks are still due: {}.", due.len());
        let listed: Vec<_> = due.into_iter().take(LISTED).collect();
        Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "webhooks_still_due", message)
            .with("deliveries", json!(listed)))
    })
}
