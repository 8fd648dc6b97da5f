//! Snapshots to go back to, and the other environments of this process.

use http::{Method, StatusCode};
use maud::html;
use serde_json::{Value, json};

use super::layout::{Page, Section, button_form, joined, labelled, path, table, time};
use super::{Ask, to};
use crate::control;
use crate::reply::{Answer, Refusal, Response};

const SNAPSHOTS: &str = "/_emulate/snapshots";

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    Ok(page(ask, None).response(ask))
}

fn page(ask: &Ask<'_>, problem: Option<&Refusal>) -> Page<'static> {
    let message = problem.map(Refusal::to_string);
    let typed = if problem.is_some() { ask.typed("name") } else { "" };
    let now = ask.environment.clock.now();
    let snapshots = ask.environment.snapshots.all();
    let rows: Vec<_> = snapshots
        .iter()
        .map(|(name, snapshot)| {
            html! {
                tr data-key=(name) {
                    td { (name) }
                    td { (time(snapshot.taken_at(), now)) }
                    td.wide { (snapshot.rows()) }
                    td.row {
                        (button_form(&path("snapshots", &[name, "restore"]), "Restore", name))
                        (button_form(&path("snapshots", &[name, "remove"]), "Remove", name))
                    }
                }
            }
        })
        .collect();
    let others: Vec<_> = ask.environment.others.each(|all| {
        let row = |(name, other): (&String, &crate::Emulator)| {
            html! {
                tr data-key=(name) {
                    td { a href={ (other.base_url()) "/_emulate/" } { (name) } }
                    td { code { (other.base_url()) } }
                }
            }
        };
        all.iter().map(row).collect()
    });
    let content = html! {
        h1 { "Snapshots " span.count { (snapshots.len()) } }
        p.quiet {
            "A snapshot is the state as it is now: objects, events, mail and webhooks. Restoring "
            "it replaces the state; the clock, the faults and the log of requests stay."
        }
        (table("Snapshots", &["Name", "Taken", "!Rows", "Action"], &rows, "No snapshots yet."))
        section.card aria-labelledby="take" {
            h2 id="take" { "Take a snapshot" }
            form method="post" action=(path("snapshots", &[])) novalidate {
                (labelled("name", ("Name", "one that exists is replaced"), message.as_deref(), &html! {
                    div.row {
                        input id="name" name="name" type="text" value=(typed) autocomplete="off"
                            autofocus[problem.is_some()]
                            aria-invalid=[problem.map(|_| "true")]
                            aria-describedby=[problem.map(|_| "name-problem")];
                        button type="submit" { "Take it" }
                    }
                }))
            }
        }
        @if !others.is_empty() {
            h2 { "Other environments " span.count { (others.len()) } }
            (table("Other environments", &["Name", "Base URL"], &others, ""))
        }
    };
    Page { section: Section::Snapshots, title: "Snapshots", content }
}

/// Takes one as the control API does.
pub(super) fn take(ask: &Ask<'_>) -> Answer<Response> {
    let new = json!({"name": ask.typed("name")});
    match control::perform(ask.environment, &Method::POST, SNAPSHOTS, &new) {
        Ok(_) => Ok(to(&path("snapshots", &[]))),
        Err(refusal) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page(ask, Some(&refusal)).with_problem(ask, status))
        }
    }
}

pub(super) fn restore(ask: &Ask<'_>) -> Answer<Response> {
    let route = joined(SNAPSHOTS, &[ask.id(), "restore"]);
    control::perform(ask.environment, &Method::POST, &route, &Value::Null)?;
    Ok(to(&path("snapshots", &[])))
}

pub(super) fn remove(ask: &Ask<'_>) -> Answer<Response> {
    let route = joined(SNAPSHOTS, &[ask.id()]);
    control::perform(ask.environment, &Method::DELETE, &route, &Value::Null)?;
    Ok(to(&path("snapshots", &[])))
}
