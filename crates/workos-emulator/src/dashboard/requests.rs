//! The log of requests, as the control API shows it: without secrets.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::layout::{
    Page, Section, badge, filter, find_url, has, numbered_pager, path, status_badge, table, time,
};
use super::{Ask, PER_PAGE, json, mails};
use crate::control::requests::{summary, whole};
use crate::environment::Environment;
use crate::front::journal::RecordedRequest;
use crate::reply::{Answer, Refusal, Response};

/// The columns of the overview.
pub(super) const SHORT: &[&str] = &["#", "Request", "Status"];

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let needle = ask.asked("q").to_lowercase();
    let number = ask.page_number();
    let latest = ask.environment.requests.latest();
    let mut found: Vec<_> = latest
        .iter()
        .rev()
        .map(|request| (request.at, summary(request)))
        .filter(|(_, request)| needle.is_empty() || has(&words(request), &needle))
        .skip(PER_PAGE.saturating_mul(number - 1))
        .take(PER_PAGE + 1)
        .collect();
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let now = ask.environment.clock.now();
    let rows: Vec<_> = found
        .iter()
        .map(|(at, request)| {
            html! {
                tr data-key=(number_of(request)) {
                    td.number { (number_of(request)) }
                    td.cut { (link(request)) }
                    td { (status(request)) }
                    td.wide { (short_operation(request)) }
                    td.wide.number { (effects(request)) }
                    td.wide { (time(*at, now)) }
                }
            }
        })
        .collect();
    let columns = ["#", "Request", "Status", "!Operation", "!What it did", "!At"];
    let content = html! {
        h1 { "Requests " span.count { (ask.environment.requests.count()) } }
        (filter("requests", "q", "Method, path, status or operation", ask.asked("q"), &html! {}))
        (table("Requests", &columns, &rows,
            if needle.is_empty() { "No requests yet." } else { "No such requests." }))
        (numbered_pager("requests", &[("q", ask.asked("q"))], number, has_more))
    };
    Ok(Page { section: Section::Requests, title: "Requests", content }.response(ask))
}

/// The latest requests.
pub(super) fn newest(environment: &Environment, count: usize) -> Vec<Value> {
    environment.requests.latest().iter().rev().take(count).map(summary).collect()
}

/// A row of the overview.
pub(super) fn short_row(request: &Value) -> Markup {
    html! {
        tr data-key=(number_of(request)) {
            td.number { (number_of(request)) }
            td.cut { (link(request)) }
            td { (status(request)) }
        }
    }
}

fn text<'a>(request: &'a Value, name: &str) -> &'a str {
    request[name].as_str().unwrap_or_default()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn number_of(request: &Value) -> usize {
    request["number"].as_u64().and_then(|number| number.try_into().ok()).unwrap_or_default()
}

/// The text that a search looks in.
fn words(request: &Value) -> String {
    let status = request["status"].as_u64().map(|status| status.to_string());
    let status = status.unwrap_or_default();
    format!("{} {} {status}", line(request), text(request, "operation"))
}

/// The method, the path and the query.
fn line(request: &Value) -> String {
    format!("{} {}", text(request, "method"), target(request))
}

fn target(request: &Value) -> String {
    let none = Map::new();
    let query = request["query"].as_object().unwrap_or(&none).iter();
    let query = query.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    let query = query.collect::<Vec<_>>().join("&");
    let path = text(request, "path");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn link(request: &Value) -> Markup {
    html! {
        a href=(path("requests", &[&number_of(request).to_string()])) {
            span.method { (text(request, "method")) } " " (target(request))
        }
    }
}

fn status(request: &Value) -> Markup {
    let status = request["status"].as_u64().and_then(|status| status.try_into().ok());
    html! {
        @match status {
            Some(status) => (status_badge(status)),
            None => span.quiet { "none yet" },
        }
        @if request["fault"].is_string() { " " span.badge.warm { "fault" } }
    }
}

fn operation(request: &Value) -> Markup {
    match request["operation"].as_str() {
        Some(operation) => html! { code.id { (operation) } },
        None => html! { span.quiet { "none" } },
    }
}

/// The same without the resource.
fn short_operation(request: &Value) -> Markup {
    let whole = text(request, "operation");
    let name = whole.split_once('.').map_or(whole, |(_, name)| name);
    html! { code.id title=(whole) { (name) } }
}

fn items<'a>(request: &'a Value, name: &str) -> &'a [Value] {
    request[name].as_array().map_or(&[], Vec::as_slice)
}

/// How much it has caused.
fn effects(request: &Value) -> String {
    let kinds =
        [("changes", "change"), ("events", "event"), ("messages", "mail"), ("webhooks", "webhook")];
    let counted = kinds.iter().filter_map(|(name, one)| match items(request, name).len() {
        0 => None,
        1 => Some(format!("1 {one}")),
        count if *one == "mail" => Some(format!("{count} mail")),
        count => Some(format!("{count} {one}s")),
    });
    counted.collect::<Vec<_>>().join(", ")
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let found = ask.environment.requests.get(ask.id());
    let recorded = found.ok_or_else(|| Refusal::not_found("Request", ask.id()))?;
    let request = whole(&recorded);
    let content = html! {
        p.kind { "Request" }
        h1 { span.method { (text(&request, "method")) } " " (text(&request, "path")) }
        (facts(ask, &recorded, &request))
        (what_it_did(&request))
        @let query = field(&request, "query");
        @if query.as_object().is_some_and(|query| !query.is_empty()) {
            h2 { "Query" } (json::block("Query", query))
        }
        (exchange("request", "Request", field(&request, "request")))
        (exchange("response", "Response", field(&request, "response")))
        (neighbours(ask, recorded.number))
    };
    let title = format!("Request {}", recorded.number);
    Ok(Page { section: Section::Requests, title: &title, content }.response(ask))
}

fn facts(ask: &Ask<'_>, recorded: &RecordedRequest, request: &Value) -> Markup {
    html! {
        dl.facts {
            div { dt { "Status" } dd { (status(request)) } }
            div { dt { "Operation" } dd { (operation(request)) } }
            div { dt { "At" } dd { (time(recorded.at, ask.environment.clock.now())) } }
            div { dt { "Request ID" } dd { code.id { (recorded.id) } } }
            @if let Some(fault) = &recorded.fault {
                div { dt { "Fault" } dd { a href=(path("faults", &[])) { (fault) } } }
            }
        }
    }
}

/// The rows, events, webhooks and messages that it has caused.
fn what_it_did(request: &Value) -> Markup {
    let mut rows = Vec::new();
    for change in items(request, "changes") {
        let (collection, id) = (text(change, "collection"), text(change, "id"));
        rows.push(html! {
            tr {
                td { (badge(text(change, "happened"))) }
                td { a href=(path("data", &[collection])) { (collection) } }
                td { a.id href=(path("data", &[collection, id])) { (id) } }
            }
        });
    }
    for event in items(request, "events") {
        let id = text(event, "id");
        rows.push(html! {
            tr {
                td { (badge("event")) }
                td { (text(event, "event")) }
                td { a.id href=(path("events", &[id])) { (id) } }
            }
        });
    }
    for id in items(request, "webhooks").iter().filter_map(Value::as_str) {
        rows.push(html! {
            tr { td { (badge("webhook")) } td {} td { a.id href=(find_url(id)) { (id) } } }
        });
    }
    for to in items(request, "messages").iter().filter_map(Value::as_str) {
        rows.push(html! {
            tr { td { (badge("mail")) } td { "to" } td { a href=(mails::url_to(to)) { (to) } } }
        });
    }
    html! {
        h2 { "What it did" }
        (table("What it did", &["Kind", "What", "ID"], &rows, "It changed nothing."))
    }
}

/// The body and the headers of one direction.
fn exchange(id: &str, label: &str, message: &Value) -> Markup {
    html! {
        @if !message.is_null() {
            h2 { (label) }
            @if message["body"].is_null() { p.empty { "No body." } }
            @else { (json::block(label, field(message, "body"))) }
            details id={ (id) "-headers" } {
                summary { "Headers" }
                (json::block("Headers", field(message, "headers")))
            }
        }
    }
}

fn neighbours(ask: &Ask<'_>, number: usize) -> Markup {
    let link = |number: usize| path("requests", &[&number.to_string()]);
    html! {
        nav.pager aria-label="Other requests" {
            @if number < ask.environment.requests.count() {
                a href=(link(number + 1)) rel="prev" { "← Newer" }
            }
            @if number > 1 { a href=(link(number - 1)) rel="next" { "Older →" } }
        }
    }
}
