//! Events with their payloads and deliveries.

use maud::{Markup, html};
use serde_json::Value;
use workos::EventName;

use super::layout::{
    Page, Section, copy_button, filter, object_head, organization_link, pager, path, table, time,
};
use super::{Ask, json, webhooks};
use crate::reply::{Answer, Response};
use crate::state::{StoredEvent, View};

const COLUMNS: &[&str] = &["Event", "!Organization", "About", "At"];

/// The columns of the overview.
pub(super) const SHORT: &[&str] = &["Event", "About", "At"];

/// How many of the latest events are searched for those about an object.
const SEARCHED: usize = 10_000;

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let name = ask.asked("name").to_lowercase();
    let content = ask.environment.read(|view| {
        let fits = |row: &StoredEvent| name.is_empty() || row.name.as_str().contains(&name);
        let found = view.events.page(&ask.part(), fits)?;
        let rows: Vec<_> = found.data.iter().map(|row| table_row(view, row)).collect();
        let names = html! {
            datalist id="names" {
                @for name in EventName::KNOWN { option value=(name.as_str()) {} }
            }
        };
        Ok(html! {
            h1 { "Events " span.count { (view.events.len()) } }
            (filter("events", "name", "Name, or a part of it", ask.asked("name"), &names))
            (table("Events", COLUMNS, &rows,
                if name.is_empty() { "No events yet." } else { "No such events." }))
            (pager("events", &[("name", ask.asked("name"))], &found.list_metadata))
        })
    })?;
    Ok(Page { section: Section::Events, title: "Events", content }.response(ask))
}

fn table_row(view: &View<'_>, row: &StoredEvent) -> Markup {
    html! {
        tr data-key=(row.id) {
            td { a href=(path("events", &[&row.id])) { (row.name.as_str()) } }
            td.wide {
                @if let Some(id) = &row.organization_id { (organization_link(view, id)) }
            }
            td.cut { (about(row)) }
            td { (time(row.created_at, view.now())) }
        }
    }
}

/// A row of the overview.
pub(super) fn short_row(view: &View<'_>, row: &StoredEvent) -> Markup {
    html! {
        tr data-key=(row.id) {
            td { a href=(path("events", &[&row.id])) { (row.name.as_str()) } }
            td.cut { (about(row)) }
            td { (time(row.created_at, view.now())) }
        }
    }
}

/// What an event is about, in a few words.
fn about(row: &StoredEvent) -> String {
    let event: Value = serde_json::from_str(row.json.get()).unwrap_or_default();
    let names = ["email", "name", "domain", "slug", "url", "id"];
    let found = names.iter().find_map(|name| event.get("data")?.get(name)?.as_str());
    found.unwrap_or_default().to_owned()
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let id = ask.id();
    let (name, content) = ask.environment.read(|view| {
        let row = view.one::<StoredEvent>(id)?;
        let event: Value = serde_json::from_str(row.json.get()).unwrap_or_default();
        let content = html! {
            (object_head("Event", row.name.as_str(), id))
            dl.facts {
                div { dt { "At" } dd { (time(row.created_at, view.now())) } }
                @if let Some(id) = &row.organization_id {
                    div { dt { "Organization" } dd { (organization_link(view, id)) } }
                }
            }
            h2.row { "Payload " (copy_button("payload", "the payload")) }
            div id="payload" { (json::block("Payload", &event)) }
        };
        Ok((row.name.as_str().to_owned(), content))
    })?;
    let content = html! { (content) (webhooks::of_event(ask.environment, id)) };
    Ok(Page { section: Section::Events, title: &name, content }.response(ask))
}

/// The latest events that name this object.
pub(super) fn related(view: &View<'_>, id: &str) -> Markup {
    let quoted = format!("\"{id}\"");
    let latest = view.events.iter().rev().take(SEARCHED);
    let found = latest.filter(|row| row.json.get().contains(&quoted)).take(super::RELATED);
    let rows: Vec<_> = found.map(|row| table_row(view, row)).collect();
    html! {
        h2 { "Latest events" }
        (table("Latest events", COLUMNS, &rows, "No events about it."))
    }
}
