//! The control API, next to the API of WorkOS: what people and tests do to the emulator itself. It
//! offers what [`Emulator`](crate::Emulator) does in Rust, under the same names; one file per topic.
//!
//! The JSON files describe it: `openapi.json` has the frame, and each topic has a file of its own.

mod clock;
mod data;
mod directory_scripts;
mod environments;
mod events;
pub(crate) mod hooks;
mod outbox;
mod rate_limit;
pub(crate) mod requests;
mod snapshots;
mod webhooks;

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::environment::Environment;
use crate::front::router;
use crate::reply::{Answer, Refusal, Response};

/// The health check, open to everyone.
pub(crate) const HEALTH: &str = "/health";
/// What all other paths start with.
const ROOT: &str = "/_emulate/";
/// A part of the control API.
struct Topic {
    routes: &'static [Route],
    /// The paths and schemas of its description in OpenAPI.
    description: &'static str,
}

/// All parts. Names come before placeholders in their paths.
static TOPICS: &[Topic] = &[
    Topic { routes: ROUTES, description: "{}" },
    Topic { routes: clock::ROUTES, description: include_str!("clock.json") },
    Topic { routes: data::ROUTES, description: include_str!("data.json") },
    Topic {
        routes: directory_scripts::ROUTES,
        description: include_str!("directory_scripts.json"),
    },
    Topic { routes: environments::ROUTES, description: include_str!("environments.json") },
    Topic { routes: events::ROUTES, description: include_str!("events.json") },
    Topic { routes: hooks::ROUTES, description: include_str!("hooks.json") },
    Topic { routes: outbox::ROUTES, description: include_str!("outbox.json") },
    Topic { routes: rate_limit::ROUTES, description: include_str!("rate_limit.json") },
    Topic { routes: requests::ROUTES, description: include_str!("requests.json") },
    Topic { routes: snapshots::ROUTES, description: include_str!("snapshots.json") },
    Topic { routes: webhooks::ROUTES, description: include_str!("webhooks.json") },
];

const ROUTES: &[Route] =
    &[get(HEALTH, |_| ok(&json!({"status": "ok"}))), get("/_emulate/openapi.json", describe)];

/// A route of the control API.
struct Route {
    method: &'static str,
    /// As in `/_emulate/hooks/{id}`.
    path: &'static str,
    serve: fn(&Input<'_>) -> Answer<Response>,
}

/// Whether a path belongs to the emulator and not to WorkOS: it requires no API key, is not logged
/// and triggers no faults.
pub(crate) fn is_control(path: &str) -> bool {
    path == HEALTH || path.starts_with(ROOT)
}

/// Answers a request to the emulator itself.
pub(crate) async fn serve(
    environment: &Arc<Environment>,
    head: &Parts,
    body: &Bytes,
) -> Answer<Response> {
    let path = head.uri.path();
    if path == webhooks::SETTLE && head.method == Method::POST {
        webhooks::settled(environment).await;
    }
    route(environment, &head.method, path, head.uri.query().unwrap_or_default(), body)
}

/// Does what a request with this body does.
#[cfg(feature = "pages")]
pub(crate) fn perform(
    environment: &Environment,
    method: &Method,
    path: &str,
    body: &Value,
) -> Answer<Response> {
    route(environment, method, path, "", &Bytes::from(body.to_string()))
}

fn route(
    environment: &Environment,
    method: &Method,
    path: &str,
    query: &str,
    body: &Bytes,
) -> Answer<Response> {
    let found = TOPICS.iter().flat_map(|topic| topic.routes).find_map(|route| {
        let values = (method == route.method).then(|| router::values(route.path, path))??;
        let decoded = |value| Some(percent_decode_str(value).decode_utf8().ok()?.into_owned());
        Some((route, values.into_iter().map(decoded).collect::<Option<_>>()?))
    });
    let (route, path) = found.ok_or_else(|| Refusal::not_implemented(method, path))?;
    let answered = (route.serve)(&Input { environment, path, query, body });
    if *method != Method::GET {
        environment.news.tell();
    }
    answered
}

/// A request to a route.
pub(crate) struct Input<'a> {
    pub(crate) environment: &'a Environment,
    /// The values of the path parameters.
    path: Vec<String>,
    query: &'a str,
    body: &'a Bytes,
}

impl Input<'_> {
    /// The value of the first path parameter.
    fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The parameters of the query. Others than these are refused.
    fn query(&self, known: &[&str]) -> Answer<Query> {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        let query = Query(pairs.into_owned().collect());
        match query.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(query),
            Some((name, _)) => {
                let message = format!("{name}: is not a parameter. Known: {}.", known.join(", "));
                Err(Refusal::bad_request("invalid_query", message))
            }
        }
    }

    /// The body; one that is empty counts as `{}`. `code` is that of the refusal.
    fn body<T: DeserializeOwned>(&self, code: &str) -> Answer<T> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { self.body };
        let mut json = serde_json::Deserializer::from_slice(body);
        let read =
            serde_path_to_error::deserialize(&mut json).map_err(|error| invalid(code, &error))?;
        json.end().map_err(|error| Refusal::bad_request(code, error.to_string()))?;
        Ok(read)
    }
}

/// The parameters of a query. Of several with one name the first counts.
struct Query(Vec<(String, String)>);

impl Query {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is not just text.
    fn read<T: FromStr<Err: Display>>(&self, name: &str) -> Answer<Option<T>> {
        let read = self.text(name).map(str::parse).transpose();
        read.map_err(|error| Refusal::bad_request("invalid_query", format!("{name}: {error}")))
    }
}

/// A refusal that names the field.
fn invalid<E: Display>(code: &str, error: &serde_path_to_error::Error<E>) -> Refusal {
    let place = error.path().to_string();
    let place = if place == "." { String::new() } else { format!("{place}: ") };
    Refusal::bad_request(code, format!("{place}{}", error.inner()))
}

const fn get(path: &'static str, serve: fn(&Input<'_>) -> Answer<Response>) -> Route {
    Route { method: "GET", path, serve }
}

const fn post(path: &'static str, serve: fn(&Input<'_>) -> Answer<Response>) -> Route {
    Route { method: "POST", path, serve }
}

const fn delete(path: &'static str, serve: fn(&Input<'_>) -> Answer<Response>) -> Route {
    Route { method: "DELETE", path, serve }
}

fn ok(body: &impl Serialize) -> Answer<Response> {
    Ok(Response::json(StatusCode::OK, body))
}

fn created(body: &impl Serialize) -> Answer<Response> {
    Ok(Response::json(StatusCode::CREATED, body))
}

/// 204.
fn done() -> Answer<Response> {
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

fn describe(_input: &Input<'_>) -> Answer<Response> {
    ok(&description())
}

/// The description of this API, in OpenAPI 3.1.
pub(crate) fn description() -> Value {
    let read = |text| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut whole = read(include_str!("openapi.json"));
    for topic in TOPICS {
        let mut part = read(topic.description);
        for (from, to) in [("/paths", "/paths"), ("/schemas", "/components/schemas")] {
            let part = part.pointer_mut(from).and_then(Value::as_object_mut);
            let whole = whole.pointer_mut(to).and_then(Value::as_object_mut);
            if let (Some(part), Some(whole)) = (part, whole) {
                whole.append(part);
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn routes() -> impl Iterator<Item = &'static Route> {
        TOPICS.iter().flat_map(|topic| topic.routes)
    }

    /// The operations of the description with their methods and paths.
    fn operations(description: &Value) -> impl Iterator<Item = (String, &str, &Value)> {
        description["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(|(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        })
    }

    #[test]
    fn the_description_has_the_same_routes() {
        let description = description();
        let described: BTreeSet<_> =
            operations(&description).map(|(method, path, _)| format!("{method} {path}")).collect();
        let served: BTreeSet<_> =
            routes().map(|route| format!("{} {}", route.method, route.path)).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn every_reference_of_the_description_leads_somewhere() {
        fn check(part: &Value, whole: &Value) {
            match part {
                Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                    if let ("$ref", Value::String(place)) = (name.as_str(), value) {
                        assert!(
                            whole.pointer(place.strip_prefix('#').unwrap()).is_some(),
                            "{place}"
                        );
                    }
                    check(value, whole);
                }),
                Value::Array(items) => items.iter().for_each(|item| check(item, whole)),
                _ => {}
            }
        }
        let description = description();
        check(&description, &description);
    }

    #[test]
    fn every_operation_says_what_it_does_under_a_name_of_its_own() {
        let description = description();
        let mut names = BTreeSet::new();
        for (method, path, operation) in operations(&description) {
            assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
            if let Some(body) = operation.get("requestBody") {
                assert!(body.pointer("/content/application~1json/example").is_some(), "{path}");
            }
        }
    }
}
