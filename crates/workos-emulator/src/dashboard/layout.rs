//! What all pages have in common: their frame, their headers, and the parts that they are made of.

use std::sync::{Arc, LazyLock};

use http::{HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use percent_encoding::utf8_percent_encode;
use workos::{ListMetadata, Timestamp, User};

use super::{Ask, HOME};
use crate::pages::{hash, head};
use crate::reply::{Refusal, Response};
use crate::state::Store;
use crate::state::collection::Rows;
use crate::urls::{SEGMENT, with_query};

const STYLE: &str = concat!(include_str!("../pages/tokens.css"), include_str!("style.css"));
const SCRIPT: &str = include_str!("script.js");
/// The icon, in the page: a browser that asks for one would show up among the requests.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%234338ca'/%3E%3Cpath d='M4 5l2 6 2-5 2 5 2-6' fill='none' stroke='white' stroke-width='1.5'/%3E%3C/svg%3E";

/// The Content-Security-Policy of all pages: nothing loads or runs but their own style and script.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let [style, script] = [STYLE, SCRIPT].map(hash);
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
         connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// A part of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Organizations,
    Users,
    Sessions,
    Data,
    Mails,
    Events,
    Webhooks,
    Requests,
    Faults,
    Snapshots,
    Reference,
    /// Something that no link of the navigation leads to.
    None,
}

/// A link of the navigation.
struct Entry {
    section: Section,
    /// What follows `g` on the keyboard.
    key: char,
    path: &'static str,
    label: &'static str,
}

const fn entry(section: Section, key: char, path: &'static str, label: &'static str) -> Entry {
    Entry { section, key, path, label }
}

/// The navigation: groups with their links.
const NAVIGATION: &[(&str, &[Entry])] = &[
    ("", &[entry(Section::Overview, 'h', HOME, "Overview")]),
    (
        "State",
        &[
            entry(Section::Organizations, 'o', "/_emulate/ui/organizations", "Organizations"),
            entry(Section::Users, 'u', "/_emulate/ui/users", "Users"),
            entry(Section::Sessions, 's', "/_emulate/ui/sessions", "Sessions"),
            entry(Section::Data, 'd', "/_emulate/ui/data", "All data"),
        ],
    ),
    (
        "Activity",
        &[
            entry(Section::Requests, 'r', "/_emulate/ui/requests", "Requests"),
            entry(Section::Events, 'e', "/_emulate/ui/events", "Events"),
            entry(Section::Mails, 'm', "/_emulate/ui/mails", "Mail"),
            entry(Section::Webhooks, 'w', "/_emulate/ui/webhooks", "Webhooks"),
        ],
    ),
    (
        "Control",
        &[
            entry(Section::Faults, 'f', "/_emulate/ui/faults", "Faults"),
            entry(Section::Snapshots, 'p', "/_emulate/ui/snapshots", "Snapshots"),
            entry(Section::Reference, 'a', "/_emulate/ui/api", "Control API"),
        ],
    ),
];

/// The other keys.
const KEYS: [(&str, &str); 5] = [
    ("/", "Search or filter"),
    ("j", "Next row"),
    ("k", "Previous row"),
    ("Enter", "Open the row"),
    ("?", "This help"),
];

/// A page of the dashboard.
pub(super) struct Page<'a> {
    pub(super) section: Section,
    pub(super) title: &'a str,
    pub(super) content: Markup,
}

impl Page<'_> {
    pub(super) fn response(&self, ask: &Ask<'_>) -> Response {
        sent(StatusCode::OK, self.document(ask, ""))
    }

    /// A page whose form was refused. It stays as it is until somebody sends the form again.
    pub(super) fn with_problem(&self, ask: &Ask<'_>, status: StatusCode) -> Response {
        sent(status, self.document(ask, "Error: "))
    }

    fn document(&self, ask: &Ask<'_>, prefix: &str) -> Markup {
        let title = format!("{prefix}{} · WorkOS Emulator", self.title);
        let is_still = !prefix.is_empty();
        let body = html! {
            a.skip href="#main" { "Skip to the content" }
            header.bar {
                a.brand href=(HOME) { span.mark aria-hidden="true" { "W" } " " span.name { "WorkOS Emulator" } }
                form.find method="get" action="/_emulate/ui/find" role="search" {
                    label.unseen for="find" { "Find an ID, an email address or a name" }
                    input id="find" name="q" type="search" autocomplete="off" spellcheck="false"
                        placeholder="Find an ID, email or name";
                }
                (clock(ask))
                p.live.js-only id="live" role="status" aria-live="polite" { "Live" }
                button.plain.js-only id="help-button" type="button" aria-haspopup="dialog"
                    { "Keys " kbd { "?" } }
            }
            nav.side aria-label="Pages" {
                @for (group, entries) in NAVIGATION {
                    @if !group.is_empty() { p.group { (group) } }
                    ul {
                        @for entry in *entries {
                            li {
                                a href=(entry.path) data-go=(entry.key)
                                    aria-current=[(entry.section == self.section).then_some("page")]
                                { (entry.label) }
                            }
                        }
                    }
                }
            }
            main id="main" tabindex="-1" data-still[is_still] { (self.content) }
            (help())
        };
        document(&title, &ask.version, &body)
    }
}

/// The clock of the emulator, on every page.
fn clock(ask: &Ask<'_>) -> Markup {
    let clock = &ask.environment.clock;
    let now = clock.now();
    html! {
        a.clock id="clock-now" href={ (HOME) "#clock" } data-now=(now.as_millis())
            data-frozen[clock.is_frozen()]
        {
            span.unseen { "The emulator's clock: " }
            time datetime=(now) { (long_time(now)) }
            @if clock.is_frozen() { " " span.badge.warm { "frozen" } }
        }
    }
}

fn help() -> Markup {
    html! {
        dialog id="help" aria-labelledby="help-title" {
            h2 id="help-title" { "Keys" }
            dl.keys {
                @for (key, label) in KEYS { div { dt { kbd { (key) } } dd { (label) } } }
                @for entry in NAVIGATION.iter().flat_map(|(_, entries)| *entries) {
                    div { dt { kbd { "g" } " " kbd { (entry.key) } } dd { (entry.label) } }
                }
            }
            form method="dialog" { button type="submit" { "Close" } }
        }
    }
}

fn document(title: &str, version: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (head(title, STYLE))
                link rel="icon" href=(ICON);
            }
            body data-version=(version) {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// A page without navigation, for people who may see nothing else.
pub(super) fn bare(status: StatusCode, title: &str, content: &Markup) -> Response {
    let body = html! { main.bare id="main" data-still { (content) } };
    sent(status, document(&format!("{title} · WorkOS Emulator"), "", &body))
}

/// The page of a refusal.
pub(super) fn refused(ask: &Ask<'_>, refusal: &Refusal) -> Response {
    let title = match refusal.status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        _ => "This does not work",
    };
    let content = html! {
        h1 { (title) }
        p.problem role="alert" { (refusal.to_string()) }
        p { a href=(HOME) { "Overview" } }
    };
    if !ask.is_known {
        return bare(refusal.status, title, &content);
    }
    Page { section: Section::None, title, content }.with_problem(ask, refusal.status)
}

/// A page as it is sent: nothing keeps, frames or extends it.
///
/// The referrer policy is not `no-referrer`, since browsers then send forms with `Origin: null`.
/// Other sites get no referrer with this one either.
fn sent(status: StatusCode, page: Markup) -> Response {
    let policy = HeaderValue::try_from(POLICY.as_str())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let fixed = HeaderValue::from_static;
    Response {
        status: Some(status),
        headers: vec![
            (header::CONTENT_TYPE, fixed("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::REFERRER_POLICY, fixed("same-origin")),
        ],
        body: page.into_string().into(),
    }
}

/// A path with segments that may have any characters.
pub(super) fn path(page: &str, segments: &[&str]) -> String {
    joined(&format!("/_emulate/ui/{page}"), segments)
}

/// A path with more segments, which may have any characters.
pub(super) fn joined(start: &str, segments: &[&str]) -> String {
    let mut path = start.to_owned();
    for segment in segments {
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    path
}

/// Where the object with this ID is shown.
pub(super) fn find_url(id: &str) -> String {
    with_query("/_emulate/ui/find", &[("q", id)])
}

/// A link to the object with this ID. Its text is the ID.
pub(super) fn id_link(id: &str) -> Markup {
    html! { a.id href=(find_url(id)) { (id) } }
}

/// A link to a user, by email address. A deleted user is shown as an ID.
pub(super) fn user_link(store: &Store, id: &str) -> Markup {
    match store.users.get(id) {
        Some(user) => html! { a href=(path("users", &[id])) { (user.email) } },
        None => html! { span.id { (id) } },
    }
}

/// A link to an organization, by name. A deleted one is shown as an ID.
pub(super) fn organization_link(store: &Store, id: &str) -> Markup {
    match store.organizations.get(id) {
        Some(organization) => html! {
            a href=(path("organizations", &[id])) { (organization.name) }
        },
        None => html! { span.id { (id) } },
    }
}

/// The name of a user, if there is one.
pub(super) fn user_name(user: &User) -> Option<String> {
    let own = user.name.clone().filter(|name| !name.is_empty());
    let first_and_last = (user.first_name.as_deref(), user.last_name.as_deref());
    own.or_else(|| crate::fields::full_name(first_and_last.0, first_and_last.1))
}

/// A date and a time in UTC, as in `2026-03-01 12:00:00`.
pub(super) fn long_time(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

/// A time of the emulator's clock: without its date if that is today's.
pub(super) fn time(at: Timestamp, now: Timestamp) -> Markup {
    let (text, today) = (long_time(at), long_time(now));
    let is_today = text.get(..10) == today.get(..10);
    let short = text.get(11..).filter(|_| is_today).unwrap_or(&text);
    html! { time datetime=(at) title=(at) { (short) } }
}

/// A time, or a dash if there is none.
pub(super) fn maybe_time(at: Option<Timestamp>, now: Timestamp) -> Markup {
    match at {
        Some(at) => time(at, now),
        None => html! { span.quiet { "–" } },
    }
}

/// A state in a word: good, bad or neither.
pub(super) fn badge(word: &str) -> Markup {
    let class = match word {
        "active" | "verified" | "delivered" | "enabled" | "accepted" | "linked" => "badge good",
        "failed" | "revoked" | "refused" | "disabled" | "inactive" => "badge bad",
        "pending" | "validating" => "badge warm",
        _ => "badge",
    };
    html! { span class=(class) { (word) } }
}

/// An HTTP status.
pub(super) fn status_badge(status: u16) -> Markup {
    let class = match status {
        200..=399 => "badge good",
        400..=499 => "badge warm",
        _ => "badge bad",
    };
    html! { span class=(class) { (status) } }
}

/// A button that copies the text of an element.
pub(super) fn copy_button(id: &str, what: &str) -> Markup {
    html! {
        button.small.js-only type="button" data-copy=(id) aria-label={ "Copy " (what) } { "Copy" }
    }
}

/// A form that is one button.
pub(super) fn button_form(action: &str, label: &str, what: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            button.small type="submit" aria-label={ (label) " " (what) } { (label) }
        }
    }
}

/// A field with its label, what it takes, and what is wrong with it.
pub(super) fn labelled(
    id: &str,
    (label, hint): (&str, &str),
    problem: Option<&str>,
    field: &Markup,
) -> Markup {
    html! {
        div.field {
            label for=(id) {
                (label)
                @if !hint.is_empty() { " " span.hint { (hint) } }
            }
            (field)
            @if let Some(problem) = problem {
                p.problem id={ (id) "-problem" } role="alert" { (problem) }
            }
        }
    }
}

/// A table in a box that scrolls where the screen is narrow. The columns after `!` are left out
/// there.
pub(super) fn table(caption: &str, columns: &[&str], rows: &[Markup], empty: &str) -> Markup {
    if rows.is_empty() {
        return html! { p.empty { (empty) } };
    }
    html! {
        div.scroll {
            table {
                caption.unseen { (caption) }
                thead {
                    tr {
                        @for column in columns {
                            @let wide = column.strip_prefix('!');
                            th.wide[wide.is_some()] scope="col" { (wide.unwrap_or(column)) }
                        }
                    }
                }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// The links to the pages before and after this one. `query` has what else the list is about.
pub(super) fn pager(page: &str, query: &[(&str, &str)], around: &ListMetadata) -> Markup {
    let newer = around.before.as_deref().map(|id| url(page, query, ("before", id)));
    let older = around.after.as_deref().map(|id| url(page, query, ("after", id)));
    links(newer, older)
}

/// The same, by numbers of pages.
pub(super) fn numbered_pager(
    page: &str,
    query: &[(&str, &str)],
    number: usize,
    has_more: bool,
) -> Markup {
    let newer = (number > 1).then(|| (number - 1).to_string());
    let older = has_more.then(|| (number + 1).to_string());
    let link = |number: &str| url(page, query, ("page", number));
    links(newer.as_deref().map(link), older.as_deref().map(link))
}

fn url(page: &str, query: &[(&str, &str)], last: (&str, &str)) -> String {
    let mut pairs: Vec<_> = query.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    pairs.push(last);
    with_query(&path(page, &[]), &pairs)
}

fn links(newer: Option<String>, older: Option<String>) -> Markup {
    if newer.is_none() && older.is_none() {
        return html! {};
    }
    html! {
        nav.pager aria-label="Pages of the list" {
            @if let Some(newer) = newer { a href=(newer) rel="prev" { "← Newer" } }
            @if let Some(older) = older { a href=(older) rel="next" { "Older →" } }
        }
    }
}

/// The field that filters a list.
pub(super) fn filter(page: &str, name: &str, label: &str, value: &str, more: &Markup) -> Markup {
    html! {
        form.filter method="get" action=(path(page, &[])) role="search" {
            label for="filter" { (label) }
            div.row {
                input id="filter" name=(name) type="search" value=(value) autocomplete="off"
                    autocapitalize="none" spellcheck="false";
                (more)
                button.other type="submit" { "Filter" }
                @if !value.is_empty() { a href=(path(page, &[])) { "Show all" } }
            }
        }
    }
}

/// Whether a text contains `needle`, which is in lower case.
pub(super) fn has(text: &str, needle: &str) -> bool {
    text.to_lowercase().contains(needle)
}

/// The same for a text that may be absent.
pub(super) fn may_have(text: Option<&String>, needle: &str) -> bool {
    text.is_some_and(|text| has(text, needle))
}

/// The heading of a page about one object, with its ID and kind.
pub(super) fn object_head(kind: &str, name: &str, id: &str) -> Markup {
    html! {
        p.kind { (kind) }
        h1 { (name) }
        p.row { code.id id="object-id" { (id) } (copy_button("object-id", "the ID")) }
    }
}

/// A heading with how many there are.
pub(super) fn counted(label: &str, count: usize) -> Markup {
    html! { h2 { (label) " " span.count { (count) } } }
}

/// The latest of these rows, and how many there are.
pub(super) fn latest<'a, T>(rows: impl Fn() -> Rows<'a, T>) -> (Vec<&'a Arc<T>>, usize) {
    (rows().rev().take(super::RELATED).collect(), rows().count())
}

/// The latest of the rows that belong to an object, and how many there are. Without any, the text
/// for that, or nothing at all.
pub(super) fn latest_table(
    title: &str,
    columns: &[&str],
    rows: &[Markup],
    count: usize,
    empty: Option<&str>,
) -> Markup {
    html! {
        @if count > 0 || empty.is_some() {
            (counted(title, count))
            (table(title, columns, rows, empty.unwrap_or_default()))
            (more(rows.len(), count))
        }
    }
}

/// A note that there are more rows than are shown.
pub(super) fn more(shown: usize, count: usize) -> Markup {
    html! { @if count > shown { p.quiet { "The latest " (shown) " of " (count) "." } } }
}

/// The row of an object as JSON, closed at first.
pub(super) fn raw(value: serde_json::Value) -> Markup {
    let mut value = value;
    super::json::hide(&mut value);
    html! {
        details id="json" {
            summary { "As JSON" }
            (super::json::block("JSON", &value))
        }
    }
}
