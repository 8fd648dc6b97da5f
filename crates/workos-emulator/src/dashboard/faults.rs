//! Faults: a list, and a form that adds one.

use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::layout::{Page, Section, button_form, joined, labelled, path, status_badge, table};
use super::{Ask, to};
use crate::control;
use crate::front::hook::REFUSED;
use crate::reply::{Answer, Refusal, Response};

const HOOKS: &str = "/_emulate/hooks";
const METHODS: [&str; 6] = ["*", "GET", "POST", "PUT", "PATCH", "DELETE"];
/// The kinds of faults, with their labels.
const KINDS: [(&str, &str); 5] = [
    ("status", "Answer with a status"),
    ("delay", "Only a delay"),
    ("reset", "Close the connection without an answer"),
    ("cut_body", "Cut the body of the answer"),
    ("stall", "Never answer"),
];
/// The fields of the form.
const FIELDS: [&str; 9] =
    ["method", "path", "kind", "status", "latency_ms", "count", "chance", "headers", "body"];

/// What is wrong with a field.
struct Problem {
    field: &'static str,
    message: String,
}

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    Ok(page(ask, None)?.response(ask))
}

fn page(ask: &Ask<'_>, problem: Option<&Problem>) -> Answer<Page<'static>> {
    let listed = control::perform(ask.environment, &Method::GET, HOOKS, &Value::Null)?;
    let hooks: Vec<Value> = serde_json::from_slice(&listed.body).unwrap_or_default();
    let rows: Vec<_> = hooks.iter().map(table_row).collect();
    let content = html! {
        h1 { "Faults " span.count { (hooks.len()) } }
        p.quiet {
            "A fault makes the API misbehave, so that you see what your application does. The "
            "first one that matches a request is played."
        }
        (table("Faults", &["Requests", "What happens", "!How often", "Action"], &rows,
            "No faults. The API behaves."))
        (form(ask, problem))
    };
    Ok(Page { section: Section::Faults, title: "Faults", content })
}

fn table_row(hook: &Value) -> Markup {
    let text = |name: &str| hook[name].as_str().unwrap_or_default();
    let id = text("id");
    let method = if text("method") == "*" { "any method" } else { text("method") };
    let count = hook["count"].as_u64().map(|count| format!("{count} more"));
    let chance = hook["chance"].as_f64().filter(|chance| *chance < 1.0);
    let chance = chance.map(|chance| format!("with a chance of {chance}"));
    let limit = hook["rateLimit"].is_object().then(|| "up to a rate limit".to_owned());
    let often: Vec<_> = [count, chance, limit].into_iter().flatten().collect();
    let often = if often.is_empty() { "always".to_owned() } else { often.join(", ") };
    html! {
        tr data-key=(id) {
            td { span.method { (method) } " " code { (text("path")) } }
            td {
                @if let Some(status) = hook["status"].as_u64().and_then(|one| one.try_into().ok()) {
                    (status_badge(status)) " "
                }
                @if let Some((_, label)) = KINDS.iter().find(|(kind, _)| *kind == text("fault")) {
                    (label) " "
                }
                @if let Some(latency) = hook["latency_ms"].as_u64().filter(|latency| *latency > 0) {
                    "after " (latency) " ms"
                }
            }
            td.wide { (often) }
            td { (button_form(&path("faults", &[id, "remove"]), "Remove", id)) }
        }
    }
}

fn form(ask: &Ask<'_>, problem: Option<&Problem>) -> Markup {
    let wrong = |field: &str| {
        problem.filter(|problem| problem.field == field).map(|problem| problem.message.as_str())
    };
    // What was typed is there only after a form was refused.
    let value = |field: &str, usual: &'static str| {
        let typed = if problem.is_some() { ask.typed(field) } else { usual };
        typed.to_owned()
    };
    let input = |field: &'static str, usual: &'static str, kind: &str| {
        let is_wrong = wrong(field).is_some();
        html! {
            input id=(field) name=(field) type="text" inputmode=(kind) value=(value(field, usual))
                autocomplete="off" autocapitalize="none" spellcheck="false" autofocus[is_wrong]
                aria-invalid=[is_wrong.then_some("true")]
                aria-describedby=[is_wrong.then(|| format!("{field}-problem"))];
        }
    };
    let select = |field: &'static str, usual: &'static str, options: &[(&str, &str)]| {
        let chosen = value(field, usual);
        html! {
            select id=(field) name=(field) {
                @for (option, label) in options {
                    option value=(option) selected[*option == chosen] { (label) }
                }
            }
        }
    };
    let area = |field: &'static str, hint: &str| {
        html! {
            textarea id=(field) name=(field) rows="3" spellcheck="false" placeholder=(hint)
                aria-invalid=[wrong(field).map(|_| "true")]
                aria-describedby=[wrong(field).map(|_| format!("{field}-problem"))]
            { (value(field, "")) }
        }
    };
    let methods = METHODS.map(|method| (method, if method == "*" { "Any method" } else { method }));
    let is_open = problem.is_some_and(|one| matches!(one.field, "headers" | "body"));
    html! {
        section.card aria-labelledby="add" {
            h2 id="add" { "Add a fault" }
            form.fields method="post" action=(path("faults", &[])) novalidate {
                (labelled("method", ("Method", ""), wrong("method"), &select("method", "*", &methods)))
                (labelled("path", ("Path", "/users, /users/* or *"), wrong("path"),
                    &input("path", "*", "text")))
                (labelled("kind", ("What happens", ""), wrong("kind"), &select("kind", "status", &KINDS)))
                (labelled("status", ("Status", "200 to 599"), wrong("status"),
                    &input("status", "503", "numeric")))
                (labelled("latency_ms", ("Delay", "in milliseconds"), wrong("latency_ms"),
                    &input("latency_ms", "", "numeric")))
                (labelled("count", ("How many times", "empty for always"), wrong("count"),
                    &input("count", "", "numeric")))
                (labelled("chance", ("Share of the requests", "0 to 1"), wrong("chance"),
                    &input("chance", "", "decimal")))
                details.all id="more" open[is_open] {
                    summary { "Headers and body of the answer" }
                    (labelled("headers", ("Headers", "one per line"), wrong("headers"),
                        &area("headers", "retry-after: 1")))
                    (labelled("body", ("Body", "as JSON"), wrong("body"),
                        &area("body", "{\"message\": \"Try again.\"}")))
                }
                p.all { button type="submit" { "Add the fault" } }
            }
        }
    }
}

/// Adds a fault as the control API does.
pub(super) fn add(ask: &Ask<'_>) -> Answer<Response> {
    let added = hook(ask).and_then(|hook| {
        let added = control::perform(ask.environment, &Method::POST, HOOKS, &hook);
        added.map_err(|refusal| problem_of(&refusal))
    });
    match added {
        Ok(_) => Ok(to(&path("faults", &[]))),
        Err(problem) => {
            Ok(page(ask, Some(&problem))?.with_problem(ask, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// The fields of the form as a fault of the control API.
fn hook(ask: &Ask<'_>) -> Result<Value, Problem> {
    let mut hook = Map::new();
    for field in ["method", "path"] {
        let typed = Some(ask.typed(field)).filter(|typed| !typed.is_empty()).unwrap_or("*");
        hook.insert(field.to_owned(), typed.into());
    }
    let kind = ask.typed("kind");
    match kind {
        "status" => drop(hook.insert("status".to_owned(), number(ask, "status")?)),
        "delay" => {}
        kind => drop(hook.insert("fault".to_owned(), kind.into())),
    }
    for field in ["latency_ms", "count", "chance"] {
        if !ask.typed(field).is_empty() {
            hook.insert(field.to_owned(), number(ask, field)?);
        }
    }
    if !ask.typed("headers").is_empty() {
        hook.insert("headers".to_owned(), headers(ask.typed("headers"))?);
    }
    if !ask.typed("body").is_empty() {
        let body = serde_json::from_str(ask.typed("body"));
        let wrong = |error: serde_json::Error| Problem {
            field: "body",
            message: format!("This is not JSON: {error}."),
        };
        hook.insert("body".to_owned(), body.map_err(wrong)?);
    }
    Ok(Value::Object(hook))
}

fn number(ask: &Ask<'_>, field: &'static str) -> Result<Value, Problem> {
    let typed = ask.typed(field);
    let whole = typed.parse::<u64>().map(Value::from).ok();
    let read = if field == "chance" { typed.parse::<f64>().map(Value::from).ok() } else { whole };
    let expected = if field == "chance" { "a number, as in 0.5" } else { "a whole number" };
    let problem = || Problem { field, message: format!("This has to be {expected}.") };
    read.filter(|value| !value.is_null()).ok_or_else(problem)
}

fn headers(typed: &str) -> Result<Value, Problem> {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = lines.map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), Value::from(value.trim())))
    });
    let read: Option<Map<_, _>> = read.collect();
    let message = "Write each header as `name: value`, on a line of its own.".to_owned();
    read.map(Value::Object).ok_or(Problem { field: "headers", message })
}

/// The field that a refusal of the control API is about: it names it first.
fn problem_of(refusal: &Refusal) -> Problem {
    let message = refusal.to_string();
    let message = message.strip_prefix(REFUSED).unwrap_or(&message).to_owned();
    let first = message.split([':', ' ']).next().unwrap_or_default();
    let field = FIELDS.into_iter().find(|field| *field == first);
    let field = field.unwrap_or(match first {
        // "One of status, fault and latency_ms is required."
        "one" => "latency_ms",
        _ => "kind",
    });
    Problem { field, message }
}

/// Removes a fault as the control API does.
pub(super) fn remove(ask: &Ask<'_>) -> Answer<Response> {
    let route = joined(HOOKS, &[ask.id()]);
    control::perform(ask.environment, &Method::DELETE, &route, &json!({}))?;
    Ok(to(&path("faults", &[])))
}
