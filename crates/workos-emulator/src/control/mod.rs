//! The control routes beside the API: health, clock, faults, outbox, webhooks and reset.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workos::Timestamp;

use crate::deliver::outbox::Outbox;
use crate::deliver::webhooks;
use crate::environment::Environment;
use crate::fields::is_default;
use crate::front::faults::{Action, Fault};
use crate::reply::{Answer, Refusal, Response};
use crate::seed::{SeedData, SeedError};

/// The health check, open to everyone.
pub(crate) const HEALTH: &str = "/health";

/// Whether a path belongs to the emulator and not to WorkOS: it requires no API key, is not logged
/// and triggers no faults.
pub(crate) fn is_control(path: &str) -> bool {
    path == HEALTH || path.starts_with("/_emulate/")
}

/// Answers a request to the emulator itself.
pub(crate) fn serve(environment: &Environment, head: &Parts, body: &Bytes) -> Answer<Response> {
    let path: Vec<_> = head.uri.path().split('/').skip(1).collect();
    let ok = |body: &_| Ok(Response::json(StatusCode::OK, body));
    match (head.method.as_str(), &*path) {
        ("GET", ["health"]) => ok(&json!({"status": "ok"})),
        ("GET", ["_emulate", "clock"]) => ok(&clock(environment)),
        ("POST", ["_emulate", "clock"]) => {
            let movement: Result<Movement, _> = serde_json::from_slice(body);
            let movement = movement
                .map_err(|error| Refusal::bad_request("invalid_clock", error.to_string()))?;
            movement.apply(environment);
            environment.store()?;
            ok(&clock(environment))
        }
        ("GET", ["_emulate", "hooks"]) => ok(&list_hooks(environment)),
        ("POST", ["_emulate", "hooks"]) => add_hook(environment, body),
        ("DELETE", ["_emulate", "hooks", id]) => remove_hook(environment, id),
        ("GET", ["_emulate", "outbox"]) => ok(&json!(Outbox::new(environment).all())),
        ("GET", ["_emulate", "outbox", "texts"]) => ok(&json!(Outbox::new(environment).texts())),
        ("GET", ["_emulate", "webhooks"]) => ok(&json!(webhooks::log(environment))),
        ("POST", ["_emulate", "webhooks", id, "redeliver"]) => {
            let delivery = webhooks::redeliver(environment, id);
            ok(&json!(delivery.ok_or_else(|| Refusal::not_found("Webhook delivery", id))?))
        }
        ("POST", ["_emulate", "seed"]) => {
            let data = serde_json::from_slice(body)
                .map_err(|error| Refusal::bad_request("invalid_seed", error.to_string()))?;
            let data = SeedData::from_value(data).map_err(SeedError::into_refusal)?;
            environment.load(data)?;
            Ok(Response::empty(StatusCode::NO_CONTENT))
        }
        ("POST", ["_emulate", "reset"]) => {
            environment.reset()?;
            Ok(Response::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::not_implemented(&head.method, head.uri.path())),
    }
}

/// What becomes of the clock.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Movement {
    /// It stands still at this instant.
    Freeze(Timestamp),
    /// It is moved forward by so many seconds.
    Advance(u32),
    /// It follows the system's.
    Follow(Always),
}

/// `true`, and nothing else.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
struct Always;

impl TryFrom<bool> for Always {
    type Error = &'static str;

    fn try_from(given: bool) -> Result<Self, Self::Error> {
        if given { Ok(Self) } else { Err("follow must be true") }
    }
}

impl Movement {
    fn apply(self, environment: &Environment) {
        let clock = &environment.clock;
        match self {
            Self::Freeze(at) => clock.freeze(at),
            Self::Advance(seconds) => clock.advance(Duration::from_secs(seconds.into())),
            Self::Follow(Always) => clock.follow(),
        }
    }
}

fn clock(environment: &Environment) -> Value {
    let clock = &environment.clock;
    json!({"now": clock.now(), "is_frozen": clock.is_frozen()})
}

/// A fault as JSON: the fields of the official emulator, and ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hook {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "is_default")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "is_default")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    count: Option<u32>,
    /// Header names and values, such as `retry-after`.
    #[serde(default, skip_serializing_if = "is_default")]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "is_default")]
    chance: Option<f64>,
    /// `reset`, `cut_body` or `stall`, instead of a status.
    #[serde(skip_serializing_if = "is_default")]
    fault: Option<String>,
}

impl Hook {
    /// A fault as JSON; `None` for one that has no effect, or that cannot be written.
    pub(crate) fn of(fault: &Fault) -> Option<Self> {
        let latency = u64::try_from(fault.latency.as_millis()).unwrap_or(u64::MAX);
        let mut hook = Self {
            method: fault.method.as_ref().map_or("*", Method::as_str).to_owned(),
            path: fault.path.clone(),
            status: None,
            body: None,
            count: fault.times,
            headers: std::collections::BTreeMap::new(),
            latency_ms: Some(latency).filter(|latency| *latency > 0),
            chance: Some(fault.chance).filter(|chance| *chance < 1.0),
            fault: None,
        };
        match &fault.action {
            Action::Proceed => {}
            Action::Reset => hook.fault = Some("reset".to_owned()),
            Action::CutBody => hook.fault = Some("cut_body".to_owned()),
            Action::Stall => hook.fault = Some("stall".to_owned()),
            Action::Answer { status, headers, body } => {
                hook.status = Some(status.as_u16());
                hook.headers = headers.iter().cloned().collect();
                let usual = Fault::status(status.as_u16()).action;
                let is_usual = matches!(&usual, Action::Answer { body: own, .. } if own == body);
                hook.body = Some(body.clone()).filter(|body| !is_usual && !body.is_null());
            }
        }
        hook.clone().into_fault().is_ok().then_some(hook)
    }

    pub(crate) fn into_fault(self) -> Result<Fault, String> {
        let latency = Duration::from_millis(self.latency_ms.unwrap_or(0));
        let fault = match (self.fault.as_deref(), self.status) {
            (Some("reset"), None) => Fault::reset(),
            (Some("cut_body"), None) => Fault::cut_body(),
            (Some("stall"), None) => Fault::stall(),
            (Some(_), None) => return Err("fault must be reset, cut_body or stall".into()),
            (Some(_), Some(_)) => return Err("give either fault or status".into()),
            (None, Some(status @ 200..=599)) => Fault::status(status),
            (None, Some(_)) => return Err("status must be 200 to 599".into()),
            (None, None) if !latency.is_zero() => Fault::latency(latency),
            (None, None) => return Err("one of status, fault and latency_ms is required".into()),
        };
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return Err("headers and body go with status".into());
        }
        if self.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("chance must be 0 to 1".into());
        }
        let mut fault = fault.after(latency).path(self.path).chance(self.chance.unwrap_or(1.0));
        if self.method != "*" {
            let method = self.method.parse::<Method>();
            fault.method = Some(method.map_err(|_| "method must be an HTTP method or *")?);
        }
        for (name, value) in self.headers {
            if HeaderName::try_from(&name).is_err() || HeaderValue::try_from(&value).is_err() {
                return Err(format!("headers: {name:?} and its value cannot be a header"));
            }
            fault = fault.header(name, value);
        }
        if let Some(body) = self.body {
            fault = fault.body(body);
        }
        Ok(match self.count {
            Some(0) => return Err("count must be at least 1".into()),
            Some(count) => fault.times(count),
            None => fault,
        })
    }
}

fn list_hooks(environment: &Environment) -> Value {
    environment.faults.all().iter().map(|(id, fault)| shown(id, fault)).collect()
}

fn add_hook(environment: &Environment, body: &Bytes) -> Answer<Response> {
    let hook: Result<Hook, _> = serde_json::from_slice(body);
    let fault = hook.map_err(|error| error.to_string()).and_then(Hook::into_fault);
    let fault = fault.map_err(|reason| Refusal::bad_request("invalid_hook", reason))?;
    let id = environment.faults.add(fault.clone());
    Ok(Response::json(StatusCode::CREATED, &shown(&id, &fault)))
}

fn remove_hook(environment: &Environment, id: &str) -> Answer<Response> {
    if environment.faults.remove(id) {
        Ok(Response::empty(StatusCode::NO_CONTENT))
    } else {
        Err(Refusal::not_found("Hook", id))
    }
}

fn shown(id: &str, fault: &Fault) -> Value {
    let mut hook = json!({
        "id": id,
        "method": fault.method.as_ref().map_or("*", Method::as_str),
        "path": fault.path,
        "count": fault.times,
        "chance": fault.chance,
        "latency_ms": u64::try_from(fault.latency.as_millis()).unwrap_or(u64::MAX),
    });
    let more = match &fault.action {
        Action::Proceed => json!({}),
        Action::Reset => json!({"fault": "reset"}),
        Action::CutBody => json!({"fault": "cut_body"}),
        Action::Stall => json!({"fault": "stall"}),
        Action::Answer { status, headers, body } => {
            let headers: std::collections::BTreeMap<_, _> = headers.iter().cloned().collect();
            json!({"status": status.as_u16(), "headers": headers, "body": body})
        }
    };
    if let (Some(hook), Value::Object(more)) = (hook.as_object_mut(), more) {
        hook.extend(more);
    }
    hook
}
