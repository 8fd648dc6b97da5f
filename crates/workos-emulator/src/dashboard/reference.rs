//! The control API, from its description.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::Ask;
use super::layout::{Page, Section, copy_button};
use crate::control;
use crate::reply::{Answer, Response};

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let description = control::description();
    let none = Map::new();
    let paths = description.get("paths").and_then(Value::as_object).unwrap_or(&none);
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.to_uppercase(), operation))
    });
    let content = html! {
        h1 { "Control API" }
        p {
            "What this dashboard does, programs can do, too. The whole description is "
            a href="/_emulate/openapi.json" { "openapi.json" } "."
        }
        @if ask.environment.access.key().is_some() {
            p.quiet {
                "The examples take the control key from the variable WORKOS_EMULATE_CONTROL_KEY."
            }
        }
        @for (index, (path, method, operation)) in operations.enumerate() {
            (entry(ask, index, path, &method, operation))
        }
    };
    Ok(Page { section: Section::Reference, title: "Control API", content }.response(ask))
}

fn entry(ask: &Ask<'_>, index: usize, path: &str, method: &str, operation: &Value) -> Markup {
    let example = format!("example-{index}");
    html! {
        section.operation {
            h2 { span.method { (method) } " " code { (path) } }
            p { (operation["summary"].as_str().unwrap_or_default()) }
            div.block {
                pre id=(example) tabindex="0" aria-label={ "Example of " (method) " " (path) }
                    { (curl(ask, path, method, operation)) }
                (copy_button(&example, "the example"))
            }
        }
    }
}

/// How to send it from a shell.
fn curl(ask: &Ask<'_>, path: &str, method: &str, operation: &Value) -> String {
    let mut command = String::from("curl");
    if method != "GET" {
        command.push_str(" -X ");
        command.push_str(method);
    }
    if ask.environment.access.key().is_some() {
        command.push_str(" -H \"Authorization: Bearer $WORKOS_EMULATE_CONTROL_KEY\"");
    }
    let example = operation.pointer("/requestBody/content/application~1json/example");
    if let Some(example) = example {
        let body = example.to_string().replace('\'', "'\\''");
        command.push_str(" -H 'Content-Type: application/json' -d '");
        command.push_str(&body);
        command.push('\'');
    }
    format!("{command} '{}{path}'", ask.environment.origin)
}
