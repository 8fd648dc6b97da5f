//! The log of requests, without their secrets.

use http::{HeaderMap, header};
use maud::{Markup, html};
use serde_json::Value;

use super::json::{self, HIDDEN, is_secret};
use super::layout::{Page, Section, filter, has, numbered_pager, path, table};
use super::{Ask, PER_PAGE};
use crate::environment::Environment;
use crate::front::journal::RecordedRequest;
use crate::front::router;
use crate::reply::{Answer, Refusal, Response};

/// The columns of the overview.
pub(super) const SHORT: &[&str] = &["#", "Request"];

/// How much of a body is shown.
const MAX_SHOWN: usize = 64 * 1024;

/// A request with its number.
pub(super) struct Entry {
    number: usize,
    request: RecordedRequest,
}

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let needle = ask.asked("q").to_lowercase();
    let number = ask.asked("page").parse::<usize>().unwrap_or(1).max(1);
    let fits = |entry: &Entry| {
        needle.is_empty()
            || has(&entry.line(), &needle)
            || entry.operation().is_some_and(|operation| has(&operation, &needle))
    };
    let mut found: Vec<_> = all(ask.environment)
        .filter(fits)
        .skip(PER_PAGE.saturating_mul(number - 1))
        .take(PER_PAGE + 1)
        .collect();
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let rows: Vec<_> = found.iter().map(long_row).collect();
    let content = html! {
        h1 { "Requests " span.count { (ask.environment.requests.count()) } }
        (filter("requests", "q", "Method, path or operation", ask.asked("q"), &html! {}))
        (table("Requests", &["#", "Request", "Operation", "!Body"], &rows,
            if needle.is_empty() { "No requests yet." } else { "No such requests." }))
        (numbered_pager("requests", &[("q", ask.asked("q"))], number, has_more))
    };
    Ok(Page { section: Section::Requests, title: "Requests", content }.response(ask))
}

/// The log, newest first.
fn all(environment: &Environment) -> impl Iterator<Item = Entry> {
    let count = environment.requests.count();
    let latest = environment.requests.latest().into_iter().rev().enumerate();
    latest.map(move |(age, request)| Entry { number: count.saturating_sub(age), request })
}

/// The latest requests.
pub(super) fn newest(environment: &Environment, count: usize) -> Vec<Entry> {
    all(environment).take(count).collect()
}

impl Entry {
    /// The path, without what stands for a secret in it.
    fn path(&self) -> String {
        let path = &self.request.path;
        let found = router::find(&self.request.method, path);
        let pattern = found.map_or("", |(endpoint, _)| endpoint.operation.path);
        let mut names = pattern.split('/');
        let shown = path.split('/').map(|segment| {
            let name = names.next().unwrap_or_default();
            if name.starts_with('{') && is_secret(name) { HIDDEN } else { segment }
        });
        shown.collect::<Vec<_>>().join("/")
    }

    /// The path with the query.
    fn target(&self) -> String {
        let pairs = form_urlencoded::parse(self.request.query.as_bytes());
        let pairs: Vec<_> = pairs
            .map(|(name, value)| {
                let value = if is_secret(&name) { HIDDEN.into() } else { value };
                format!("{name}={value}")
            })
            .collect();
        if pairs.is_empty() { self.path() } else { format!("{}?{}", self.path(), pairs.join("&")) }
    }

    fn line(&self) -> String {
        format!("{} {}", self.request.method, self.target())
    }

    /// The operation that it is for, as in `organizations.create_organization`.
    fn operation(&self) -> Option<String> {
        let (endpoint, _) = router::find(&self.request.method, &self.request.path)?;
        Some(format!("{}.{}", endpoint.operation.accessor, endpoint.operation.name))
    }

    fn link(&self) -> Markup {
        html! {
            a href=(path("requests", &[&self.number.to_string()])) {
                span.method { (self.request.method) } " " (self.target())
            }
        }
    }

    /// What else is known of it: labels and values.
    fn facts(&self) -> Vec<(&'static str, Markup)> {
        let mut facts = vec![("Number", html! { (self.number) })];
        if let Some(operation) = self.operation() {
            facts.push(("Operation", html! { code { (operation) } }));
        }
        facts
    }
}

/// A row of the overview.
pub(super) fn short_row(entry: &Entry) -> Markup {
    html! {
        tr data-key=(entry.number) {
            td.number { (entry.number) }
            td.cut { (entry.link()) }
        }
    }
}

fn long_row(entry: &Entry) -> Markup {
    html! {
        tr data-key=(entry.number) {
            td.number { (entry.number) }
            td.cut { (entry.link()) }
            td.cut { (operation(entry)) }
            td.wide.number { (entry.request.body.len()) " B" }
        }
    }
}

fn operation(entry: &Entry) -> Markup {
    match entry.operation() {
        Some(operation) => html! { code.id { (operation) } },
        None => html! { span.quiet { "none" } },
    }
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let number = ask.id().parse::<usize>().ok();
    let found = all(ask.environment).find(|entry| Some(entry.number) == number);
    let entry = found.ok_or_else(|| Refusal::not_found("Request", ask.id()))?;
    let content = html! {
        p.kind { "Request" }
        h1 { span.method { (entry.request.method) } " " (entry.path()) }
        dl.facts {
            @for (label, value) in entry.facts() { div { dt { (label) } dd { (value) } } }
        }
        @if !entry.request.query.is_empty() { (query(&entry)) }
        (body("Request body", &entry.request.headers, &entry.request.body))
        (headers(&entry.request.headers))
        p.row {
            @if entry.number > 1 {
                a href=(path("requests", &[&(entry.number - 1).to_string()])) rel="next"
                    { "← The request before" }
            }
            @if entry.number < ask.environment.requests.count() {
                a href=(path("requests", &[&(entry.number + 1).to_string()])) rel="prev"
                    { "The request after →" }
            }
        }
    };
    let title = format!("Request {}", entry.number);
    Ok(Page { section: Section::Requests, title: &title, content }.response(ask))
}

fn query(entry: &Entry) -> Markup {
    let pairs = form_urlencoded::parse(entry.request.query.as_bytes());
    let rows: Vec<_> = pairs
        .map(|(name, value)| {
            let value = if is_secret(&name) { HIDDEN.into() } else { value };
            html! { tr { th scope="row" { (name) } td { (value) } } }
        })
        .collect();
    html! { h2 { "Query" } (table("Query", &["Name", "Value"], &rows, "")) }
}

fn headers(headers: &HeaderMap) -> Markup {
    let rows: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let shown = match text.split_once(' ') {
                Some((scheme, _)) if *name == header::AUTHORIZATION => format!("{scheme} {HIDDEN}"),
                _ if is_secret(name.as_str()) => HIDDEN.to_owned(),
                _ => text.into_owned(),
            };
            html! { tr { th scope="row" { (name) } td { (shown) } } }
        })
        .collect();
    html! {
        details id="headers" {
            summary { "Headers" }
            (table("Headers", &["Name", "Value"], &rows, "No headers."))
        }
    }
}

/// A body: JSON or a form without its secrets, or anything else as text.
fn body(label: &str, headers: &HeaderMap, body: &[u8]) -> Markup {
    if body.is_empty() {
        return html! {};
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let read = if body.len() > MAX_SHOWN {
        None
    } else if is_form {
        let pairs = form_urlencoded::parse(body);
        Some(pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect())
    } else {
        serde_json::from_slice::<Value>(body).ok()
    };
    let content = match read {
        Some(mut value) => {
            json::redact(&mut value);
            json::block(label, &value)
        }
        None if body.len() > MAX_SHOWN => html! { p.empty { "Too large to show." } },
        None => html! { pre.json tabindex="0" { (String::from_utf8_lossy(body)) } },
    };
    html! { h2 { (label) } (content) }
}
