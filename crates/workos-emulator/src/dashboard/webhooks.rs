//! Webhooks: the endpoints, and the outcome of each delivery.

use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};
use workos::Timestamp;

use super::layout::{
    Page, Section, badge, button_form, counted, id_link, joined, maybe_time, numbered_pager,
    object_head, path, status_badge, table, time,
};
use super::{Ask, PER_PAGE, to};
use crate::control;
use crate::environment::Environment;
use crate::reply::{Answer, Refusal, Response};
use crate::state::deliveries::{Delivery, DeliveryAttempt, DeliveryStatus};
use crate::state::steering::{DeliveryOrder, Steering};

const COLUMNS: &[&str] = &["Event", "!Endpoint", "Status", "Attempts", "!Next attempt", "Action"];

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let number = ask.page_number();
    let (count, found, now, steered) = ask.environment.deliveries(|deliveries, now| {
        let all: Vec<_> = deliveries.all().collect();
        let skipped = PER_PAGE.saturating_mul(number - 1);
        let found: Vec<_> =
            all.iter().rev().skip(skipped).take(PER_PAGE).map(|one| (*one).clone()).collect();
        (all.len(), found, now, deliveries.steering())
    });
    let rows: Vec<_> = found.iter().map(|one| table_row(one, now)).collect();
    let content = html! {
        h1 { "Webhooks" }
        (endpoints(ask.environment))
        (counted("Deliveries", count))
        (steering(&steered))
        (table("Deliveries", COLUMNS, &rows, "Nothing was delivered yet."))
        (numbered_pager("webhooks", &[], number, count > PER_PAGE.saturating_mul(number)))
    };
    Ok(Page { section: Section::Webhooks, title: "Webhooks", content }.response(ask))
}

fn endpoints(environment: &Environment) -> Markup {
    environment.read(|view| {
        let latest = view.webhook_endpoints.iter().rev().take(PER_PAGE);
        let rows: Vec<_> = latest
            .map(|row| html! {
                tr data-key=(row.id) {
                    td { a href=(path("data", &["webhook_endpoints", &row.id])) { (row.endpoint_url) } }
                    td { (badge(row.status.as_str())) }
                    td { (row.events.len()) " kinds of events" }
                }
            })
            .collect();
        html! {
            (counted("Endpoints", view.webhook_endpoints.len()))
            (table("Endpoints", &["URL", "Status", "Subscribed to"], &rows,
                "No endpoints. Create one with POST /webhook_endpoints."))
        }
    })
}

fn table_row(one: &Delivery, now: Timestamp) -> Markup {
    html! {
        tr data-key=(one.id) {
            td { a href=(path("webhooks", &[&one.id])) { (one.event.as_str()) } }
            td.wide.cut { (one.endpoint_url) }
            td { (badge(&status(one))) }
            td { (one.attempts.len()) @if let Some(last) = one.attempts.last() { " " (result(last)) } }
            td.wide { (maybe_time(one.next_due, now)) }
            td { (again(one)) }
        }
    }
}

/// The status of a delivery, as in the control API.
fn status(one: &Delivery) -> String {
    json!(one.status).as_str().unwrap_or_default().to_owned()
}

fn result(attempt: &DeliveryAttempt) -> Markup {
    match attempt.status {
        Some(status) => status_badge(status),
        None => html! { span.badge.bad { "no response" } },
    }
}

/// Whether deliveries wait, and the buttons that are about all of them.
fn steering(steering: &Steering) -> Markup {
    html! {
        form method="post" action=(path("webhooks", &[])) {
            p.row {
                @if steering.paused {
                    span.badge.warm { "paused" }
                    button.other type="submit" name="paused" value="false" { "Resume" }
                } @else {
                    button.other type="submit" name="paused" value="true" { "Pause" }
                }
                button.other type="submit" name="failed" value="redeliver"
                    { "Deliver the failed ones again" }
                @if steering.copies > 1 { span.quiet { (steering.copies) " copies of each" } }
                @if steering.delay_seconds > 0 {
                    span.quiet { (steering.delay_seconds) " s later than their events" }
                }
                @if steering.order != DeliveryOrder::Events {
                    span.quiet { (json!(steering.order).as_str().unwrap_or_default()) }
                }
            }
        }
    }
}

/// Pauses and resumes deliveries, or repeats those that failed, as the control API does.
pub(super) fn steer(ask: &Ask<'_>) -> Answer<Response> {
    let (route, body) = match ask.typed("failed") {
        "" => ("settings", json!({"paused": ask.typed("paused") == "true"})),
        _ => ("redeliver-failed", json!({})),
    };
    let route = format!("/_emulate/webhooks/{route}");
    control::perform(ask.environment, &Method::POST, &route, &body)?;
    Ok(to(&path("webhooks", &[])))
}

fn again(one: &Delivery) -> Markup {
    button_form(&path("webhooks", &[&one.id, "redeliver"]), "Deliver again", &one.id)
}

/// The deliveries of an event.
pub(super) fn of_event(environment: &Environment, event_id: &str) -> Markup {
    let rows: Vec<_> = environment.deliveries(|deliveries, now| {
        let own = deliveries.all().filter(|one| one.event_id == event_id);
        own.map(|one| table_row(one, now)).collect()
    });
    html! {
        h2 { "Webhooks" }
        (table("Webhooks", COLUMNS, &rows, "No endpoint subscribes to it."))
    }
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let id = ask.id();
    let (found, event, now) = ask.environment.deliveries(|all, now| {
        let event = all.event(id).map(|event| event.json.get().to_owned());
        (all.get(id).cloned(), event.unwrap_or_default(), now)
    });
    let event: Value = serde_json::from_str(&event).unwrap_or_default();
    let one = found.ok_or_else(|| Refusal::not_found("Webhook delivery", id))?;
    let attempts: Vec<_> = one
        .attempts
        .iter()
        .map(|attempt| {
            html! {
                tr {
                    td { (time(attempt.at, now)) }
                    td { (result(attempt)) }
                    td { (attempt.error.as_deref().unwrap_or_default()) }
                }
            }
        })
        .collect();
    let content = html! {
        (object_head("Webhook", one.event.as_str(), id))
        dl.facts {
            div { dt { "Status" } dd { (badge(&status(&one))) } }
            div { dt { "Event" } dd { (id_link(&one.event_id)) } }
            div { dt { "Endpoint" } dd { (one.endpoint_url) } }
            div { dt { "Next attempt" } dd { (maybe_time(one.next_due, now)) } }
        }
        div.row {
            (again(&one))
            @if one.status == DeliveryStatus::Pending {
                (button_form(&path("webhooks", &[id, "cancel"]), "Cancel", id))
            }
        }
        (counted("Attempts", one.attempts.len()))
        (table("Attempts", &["At", "Response", "Error"], &attempts, "None yet."))
        h2 { "Body" }
        (super::json::block("Body", &event))
    };
    Ok(Page { section: Section::Webhooks, title: one.event.as_str(), content }.response(ask))
}

/// Delivers again as the control API does.
pub(super) fn redeliver(ask: &Ask<'_>) -> Answer<Response> {
    act(ask, "redeliver")
}

/// Cancels a delivery that waits, as the control API does.
pub(super) fn cancel(ask: &Ask<'_>) -> Answer<Response> {
    act(ask, "cancel")
}

fn act(ask: &Ask<'_>, action: &str) -> Answer<Response> {
    let id = ask.id();
    let route = joined("/_emulate/webhooks", &[id, action]);
    control::perform(ask.environment, &Method::POST, &route, &json!({}))?;
    Ok(to(&path("webhooks", &[id])))
}
