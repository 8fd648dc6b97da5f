//! The first page: what is running, how to connect to it, its clock, and what happened last. And the
//! reset and the export.

use http::{HeaderValue, Method, StatusCode, header};
use maud::{Markup, html};
use serde_json::{Value, json};
use workos::Timestamp;

use super::layout::{Page, Section, copy_button, labelled, path, table, time};
use super::{Ask, HOME, data, events, mails, requests, to};
use crate::control;
use crate::reply::{Answer, Refusal, Response};
use crate::state::DEFAULT_CLIENT_ID;

/// How many of the latest events, emails and requests are shown.
const LATEST: usize = 6;
/// The buttons that move the clock: what they add, and how many seconds that is.
const STEPS: [(&str, u32); 4] =
    [("+1 minute", 60), ("+1 hour", 3600), ("+1 day", 86_400), ("+30 days", 2_592_000)];

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    Ok(page(ask, None).response(ask))
}

fn page(ask: &Ask<'_>, problem: Option<&Refusal>) -> Page<'static> {
    let content = html! {
        h1 { "Overview" }
        div.cards {
            (connection(ask))
            (clock(ask, problem))
        }
        (counts(ask))
        (latest(ask))
        section.card aria-labelledby="over" {
            h2 id="over" { "Start over or keep" }
            p { "The export is a seed file with the objects as they are now, secrets included." }
            p.row {
                a.button.other href="/_emulate/ui/export" download { "Export as seed file" }
                a.button.danger href="/_emulate/ui/reset" { "Reset…" }
            }
        }
    };
    Page { section: Section::Overview, title: "Overview", content }
}

/// How to connect to it.
fn connection(ask: &Ask<'_>) -> Markup {
    let environment = ask.environment;
    let (url, key) = (environment.origin.as_str(), environment.api_key.expose());
    let variables = format!(
        "WORKOS_BASE_URL={url}\nWORKOS_API_KEY={key}\nWORKOS_CLIENT_ID={DEFAULT_CLIENT_ID}"
    );
    let facts = [
        ("base-url", "Base URL", url),
        ("api-key", "API key", key),
        ("client-id", "Client ID", DEFAULT_CLIENT_ID),
    ];
    html! {
        section.card aria-labelledby="connect" {
            h2 id="connect" { "Connect your application" }
            dl.facts {
                @for (id, label, value) in facts {
                    div {
                        dt { (label) }
                        dd { code id=(id) { (value) } " " (copy_button(id, label)) }
                    }
                }
                div {
                    dt { "Running" }
                    dd { "version " (env!("CARGO_PKG_VERSION")) ", " (uptime(environment.started_at)) }
                }
            }
            details id="variables" open {
                summary { "Environment variables" }
                div.block {
                    pre id="environment" tabindex="0" aria-label="Environment variables" { (variables) }
                    (copy_button("environment", "the environment variables"))
                }
            }
        }
    }
}

/// For how long it has been running.
fn uptime(started_at: Timestamp) -> String {
    let minutes = Timestamp::now().duration_since(started_at).as_secs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "up for less than a minute".to_owned(),
        (0, 0, minutes) => format!("up for {minutes} min"),
        (0, hours, minutes) => format!("up for {hours} h {minutes} min"),
        (days, hours, _) => format!("up for {days} d {hours} h"),
    }
}

fn clock(ask: &Ask<'_>, problem: Option<&Refusal>) -> Markup {
    let clock = &ask.environment.clock;
    let message = problem.map(Refusal::to_string);
    let now = clock.now().to_string();
    let at = if problem.is_some() { ask.typed("at") } else { &now };
    html! {
        section.card id="clock" aria-labelledby="clock-title" {
            h2 id="clock-title" {
                "Clock "
                @if clock.is_frozen() { span.badge.warm { "frozen" } }
                @else { span.badge.good { "running" } }
            }
            p.quiet {
                "Codes, sessions, expiries and retries of webhooks follow this clock, not the "
                "system's."
            }
            form method="post" action="/_emulate/ui/clock" {
                div.row {
                    @for (label, seconds) in STEPS {
                        button.other type="submit" name="advance" value=(seconds) { (label) }
                    }
                }
            }
            form method="post" action="/_emulate/ui/clock" {
                div.row {
                    button.other type="submit" name="freeze" value="now" { "Freeze now" }
                    button.other type="submit" name="follow" value="true"
                        { "Follow the system" }
                }
            }
            form method="post" action="/_emulate/ui/clock" novalidate {
                (labelled("at", ("Freeze at", "a time in UTC"), message.as_deref(), &html! {
                    div.row {
                        input id="at" name="at" type="text" value=(at) autocomplete="off"
                            spellcheck="false" autofocus[problem.is_some()]
                            aria-invalid=[problem.map(|_| "true")]
                            aria-describedby=[problem.map(|_| "at-problem")];
                        button type="submit" { "Set" }
                    }
                }))
            }
        }
    }
}

/// Moves the clock as the control API does.
pub(super) fn move_clock(ask: &Ask<'_>) -> Answer<Response> {
    let movement = match (ask.typed("advance"), ask.typed("freeze"), ask.typed("follow")) {
        ("", "", "") => json!({"freeze": ask.typed("at")}),
        ("", "", _) => json!({"follow": true}),
        ("", _, _) => json!({"freeze": ask.environment.clock.now()}),
        (seconds, _, _) => {
            json!({"advance": seconds.parse::<u32>().map_or(Value::Null, Value::from)})
        }
    };
    match control::perform(ask.environment, &Method::POST, "/_emulate/clock", &movement) {
        Ok(_) => Ok(to("/_emulate/#clock")),
        Err(refusal) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page(ask, Some(&refusal)).with_problem(ask, status))
        }
    }
}

/// How many rows each product has.
fn counts(ask: &Ask<'_>) -> Markup {
    let counts = ask.environment.read(|view| data::product_counts(view));
    html! {
        section aria-labelledby="counts" {
            h2 id="counts" { "Objects" }
            ul.counts {
                @for (product, count, url) in counts {
                    li { a.empty[count == 0] href=(url) { strong { (count) } " " (product) } }
                }
            }
        }
    }
}

fn latest(ask: &Ask<'_>) -> Markup {
    let now = ask.environment.clock.now();
    let events: Vec<_> = ask.environment.read(|view| {
        view.events.iter().rev().take(LATEST).map(|event| events::short_row(view, event)).collect()
    });
    let mails: Vec<_> = mails::newest(ask.environment, LATEST)
        .iter()
        .map(|message| {
            html! {
                tr {
                    td { a href=(mails::url_to(message.to())) { (message.to()) } }
                    td { (message.what()) }
                    td.wide { @if let Some(code) = message.code() { code { (code) } } }
                    td { (time(message.sent_at(), now)) }
                }
            }
        })
        .collect();
    let requests: Vec<_> =
        requests::newest(ask.environment, LATEST).iter().map(requests::short_row).collect();
    let block = |id: &str, title: &str, page: &str, content: Markup| {
        html! {
            section.card aria-labelledby=(id) {
                h2 id=(id) { a href=(path(page, &[])) { (title) } }
                (content)
            }
        }
    };
    let empty = "Nothing yet. What your application sends shows up here.";
    html! {
        div.cards.latest {
            (block("latest-requests", "Latest requests", "requests",
                table("Latest requests", requests::SHORT, &requests, empty)))
            (block("latest-events", "Latest events", "events",
                table("Latest events", events::SHORT, &events, "No events yet.")))
            (block("latest-mails", "Latest mail", "mails",
                table("Latest mail", &["To", "What", "!Code", "Sent"], &mails, "No mail yet.")))
        }
    }
}

/// Asks whether everything is to be removed.
pub(super) fn ask_reset(ask: &Ask<'_>) -> Answer<Response> {
    let content = html! {
        h1 { "Reset the emulator?" }
        p {
            "This removes all objects, events, mail, webhooks, requests and faults. The keys and "
            "the clock stay. There is no way back; an "
            a href="/_emulate/ui/export" download { "export" }
            " keeps the objects."
        }
        div.row {
            form.inline method="post" action="/_emulate/ui/reset" {
                button.danger type="submit" autofocus { "Remove everything" }
            }
            a.button.other href=(HOME) { "Cancel" }
        }
    };
    Ok(Page { section: Section::Overview, title: "Reset", content }.response(ask))
}

/// Resets as the control API does.
pub(super) fn reset(ask: &Ask<'_>) -> Answer<Response> {
    control::perform(ask.environment, &Method::POST, "/_emulate/reset", &json!({}))?;
    Ok(to(HOME))
}

/// The export as a file, under the name that the program looks for.
pub(super) fn export(ask: &Ask<'_>) -> Answer<Response> {
    let fixed = HeaderValue::from_static;
    let name = fixed("attachment; filename=\"workos-emulate.config.json\"");
    Ok(Response {
        status: Some(StatusCode::OK),
        headers: vec![
            (header::CONTENT_TYPE, fixed("application/json")),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, fixed("no-store")),
        ],
        body: ask.environment.export().to_json().into(),
    })
}
