//! The dashboard at `/_emulate/`: what the emulator has and does, as pages for people. A form does
//! what the control API or the API does, by the same functions; a page without scripts works by
//! reloading, and `script.js` reloads it when something has happened.

mod data;
mod events;
mod faults;
mod json;
mod layout;
mod live;
mod mails;
mod organizations;
mod overview;
mod reference;
mod requests;
mod sessions;
mod sign_in;
mod snapshots;
mod users;
mod webhooks;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use workos::contract::{ListParams, Window};

use crate::environment::Environment;
use crate::front::router;
use crate::hosted::Parameters;
use crate::reply::{Answer, Refusal, Response};

/// The first page.
const HOME: &str = "/_emulate/";
/// What the paths of all other pages start with.
const ROOT: &str = "/_emulate/ui";
/// How many rows a page lists.
const PER_PAGE: usize = 50;
/// How many related rows a page about one object lists.
const RELATED: usize = 20;

/// All pages and forms. Names come before placeholders in their paths.
static ROUTES: &[Route] = &[
    get(HOME, overview::show),
    post("/_emulate/ui/clock", overview::move_clock),
    get("/_emulate/ui/reset", overview::ask_reset),
    post("/_emulate/ui/reset", overview::reset),
    get("/_emulate/ui/export", overview::export),
    get("/_emulate/ui/find", data::find),
    get("/_emulate/ui/organizations", organizations::list),
    get("/_emulate/ui/organizations/{id}", organizations::show),
    get("/_emulate/ui/users", users::list),
    get("/_emulate/ui/users/{id}", users::show),
    get("/_emulate/ui/sessions", sessions::list),
    post("/_emulate/ui/sessions/{id}/revoke", sessions::revoke),
    get("/_emulate/ui/mails", mails::list),
    get("/_emulate/ui/events", events::list),
    get("/_emulate/ui/events/{id}", events::show),
    get("/_emulate/ui/webhooks", webhooks::list),
    get("/_emulate/ui/webhooks/{id}", webhooks::show),
    post("/_emulate/ui/webhooks", webhooks::steer),
    post("/_emulate/ui/webhooks/{id}/redeliver", webhooks::redeliver),
    post("/_emulate/ui/webhooks/{id}/cancel", webhooks::cancel),
    get("/_emulate/ui/requests", requests::list),
    get("/_emulate/ui/requests/{number}", requests::show),
    get("/_emulate/ui/faults", faults::list),
    post("/_emulate/ui/faults", faults::add),
    post("/_emulate/ui/faults/{id}/remove", faults::remove),
    get("/_emulate/ui/snapshots", snapshots::list),
    post("/_emulate/ui/snapshots", snapshots::take),
    post("/_emulate/ui/snapshots/{name}/restore", snapshots::restore),
    post("/_emulate/ui/snapshots/{name}/remove", snapshots::remove),
    get("/_emulate/ui/data", data::list),
    get("/_emulate/ui/data/{name}", data::table),
    get("/_emulate/ui/data/{name}/{id}", data::row),
    get("/_emulate/ui/api", reference::show),
];

struct Route {
    method: Method,
    path: &'static str,
    serve: Serve,
}

type Serve = fn(&Ask<'_>) -> Answer<Response>;

const fn get(path: &'static str, serve: Serve) -> Route {
    Route { method: Method::GET, path, serve }
}

const fn post(path: &'static str, serve: Serve) -> Route {
    Route { method: Method::POST, path, serve }
}

/// A request for a page.
struct Ask<'a> {
    environment: &'a Environment,
    /// The values of the placeholders in the path.
    path: Vec<String>,
    query: Parameters,
    form: Parameters,
    /// Whether the sender may see more than the page that asks for the control key.
    is_known: bool,
    /// The version of what this page shows, for `script.js`.
    version: String,
}

impl Ask<'_> {
    /// The value of the first placeholder in the path.
    fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The number of the page of a list, from 1.
    fn page_number(&self) -> usize {
        self.asked("page").parse().unwrap_or(1).max(1)
    }

    /// A parameter of the query, without the spaces around it; empty if it is not there.
    fn asked(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default().trim()
    }

    /// A field of the form, without the spaces around it; empty if it is not there.
    fn typed(&self, name: &str) -> &str {
        self.form.get(name).unwrap_or_default().trim()
    }

    /// The part of a list that the query asks for.
    fn part(&self) -> Part<'_> {
        Part { before: self.query.get("before"), after: self.query.get("after") }
    }
}

/// The part of a list to show, newest first.
struct Part<'a> {
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl ListParams for Part<'_> {
    fn window(&self) -> Window<'_> {
        let limit = i64::try_from(PER_PAGE).ok();
        Window { before: self.before, after: self.after, limit, order: None }
    }
}

/// Whether a path is one of the dashboard's.
pub(crate) fn is_page(path: &str) -> bool {
    let rest = path.strip_prefix(ROOT);
    path == "/_emulate"
        || path == HOME
        || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to the dashboard.
pub(crate) async fn answer(
    environment: &Environment,
    head: &Parts,
    body: &Bytes,
    is_in_process: bool,
) -> Response {
    let mut ask = Ask {
        environment,
        path: Vec::new(),
        query: Parameters::read(head.uri.query().unwrap_or_default().as_bytes()),
        form: Parameters::read(body),
        is_known: is_in_process,
        version: live::version(environment),
    };
    if !is_in_process {
        match environment.access.check_page(&head.method, &head.headers) {
            Ok(is_known) => ask.is_known = is_known,
            Err(refusal) => return layout::refused(&ask, &refusal),
        }
    }
    let path = head.uri.path();
    if path == sign_in::PATH && head.method == Method::POST {
        return sign_in::enter(&ask);
    }
    if !ask.is_known {
        return sign_in::page(None);
    }
    if path == live::PATH {
        return live::changes(environment, ask.asked("after")).await;
    }
    let answered = match find(&head.method, path) {
        Some((serve, values)) => {
            ask.path = values;
            serve(&ask)
        }
        // The path of a form that somebody opens like a page.
        None if path == "/_emulate" || path == ROOT || is_form(path) => return to(HOME),
        None => Err(nothing(path)),
    };
    answered.unwrap_or_else(|refusal| layout::refused(&ask, &refusal))
}

fn find(method: &Method, path: &str) -> Option<(Serve, Vec<String>)> {
    ROUTES.iter().filter(|route| route.method == *method).find_map(|route| {
        let decoded = |value| Some(percent_decode_str(value).decode_utf8().ok()?.into_owned());
        let values = router::values(route.path, path)?.into_iter().map(decoded);
        Some((route.serve, values.collect::<Option<_>>()?))
    })
}

fn is_form(path: &str) -> bool {
    path == sign_in::PATH || find(&Method::POST, path).is_some()
}

fn nothing(path: &str) -> Refusal {
    let message = format!("There is no page at {path}.");
    Refusal::new(StatusCode::NOT_FOUND, "emulator_no_page", message)
}

/// Sends the browser to another page of the dashboard, with a GET whatever came before.
fn to(path: &str) -> Response {
    let mut response = Response::empty(Some(StatusCode::SEE_OTHER));
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static(HOME));
    response.headers.push((header::LOCATION, location));
    response.headers.push((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response
}
