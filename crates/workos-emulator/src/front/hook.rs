//! [`Hook`]: a fault as JSON, as the official emulator writes it.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::{Action, Fault};
use super::pattern::RequestPattern;
use super::rate_limit::RateLimit;
use crate::fields::is_default;

/// What refusals of hooks start with, as those of the official emulator do.
pub(crate) const REFUSED: &str = "Error hook validation failed: ";

/// A fault as JSON: the fields of the official emulator, and ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hook {
    method: String,
    path: String,
    /// What else the requests have in common.
    #[serde(rename = "match", default, skip_serializing_if = "is_default")]
    pattern: RequestPattern,
    #[serde(skip_serializing_if = "is_default")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "is_default")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "is_default")]
    count: Option<i64>,
    #[serde(rename = "rateLimit", skip_serializing_if = "is_default")]
    limit: Option<Value>,
    /// Header names and values, such as `retry-after`.
    #[serde(default, skip_serializing_if = "is_default")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "is_default")]
    chance: Option<f64>,
    /// `reset`, `cut_body` or `stall`, instead of a status.
    #[serde(skip_serializing_if = "is_default")]
    fault: Option<String>,
}

/// How often a fault is played in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Limit {
    max_requests: u32,
    window_ms: u32,
}

impl Limit {
    fn of(limit: RateLimit) -> Self {
        let window_ms = u32::try_from(limit.window().as_millis()).unwrap_or(u32::MAX);
        Self { max_requests: limit.requests(), window_ms }
    }

    fn read(json: Value) -> Result<RateLimit, String> {
        if !json.is_object() {
            return Err("rateLimit must be an object if provided".to_owned());
        }
        let limit: Self =
            serde_json::from_value(json).map_err(|error| format!("rateLimit: {error}"))?;
        let Self { max_requests, window_ms } = limit;
        for (name, value) in [("maxRequests", max_requests), ("windowMs", window_ms)] {
            if value == 0 {
                return Err(format!("rateLimit.{name} must be a positive number"));
            }
        }
        Ok(RateLimit::new(max_requests, Duration::from_millis(window_ms.into())))
    }
}

impl Hook {
    /// A fault as JSON; `None` for one that has no effect, or that cannot be written.
    pub(crate) fn of(fault: &Fault) -> Option<Self> {
        let latency = u64::try_from(fault.latency.as_millis()).unwrap_or(u64::MAX);
        let mut hook = Self {
            method: or_any(&fault.pattern.method),
            path: or_any(&fault.pattern.path),
            pattern: RequestPattern { method: None, path: None, ..fault.pattern.clone() },
            status: None,
            body: None,
            count: fault.times.map(Into::into),
            limit: fault.limit.map(|limit| json!(Limit::of(limit))),
            headers: BTreeMap::new(),
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
            (None, Some(_)) => {
                let reason = "status is required and must be a valid HTTP status code: 200 to 599";
                return Err(reason.into());
            }
            (None, None) if !latency.is_zero() => Fault::latency(latency),
            (None, None) => return Err("one of status, fault and latency_ms is required".into()),
        };
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return Err("headers and body go with status".into());
        }
        if self.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("chance must be 0 to 1".into());
        }
        if self.method.is_empty() {
            return Err("method is required and must be a string: an HTTP method, or *".into());
        }
        if self.path.is_empty() {
            return Err("path is required and must be a string: a path, prefix/*, or *".into());
        }
        if self.body.as_ref().is_some_and(|body| !body.is_object() && !body.is_array()) {
            return Err("body must be an object if provided, or a list".into());
        }
        if self.pattern.method.is_some() || self.pattern.path.is_some() {
            return Err("match: method and path stand beside it".into());
        }
        let limit = self.limit.map(Limit::read).transpose()?;
        let (method, path) =
            (Some(self.method.to_uppercase()).filter(|method| method != "*"), Some(self.path));
        let pattern = RequestPattern { method, path, ..self.pattern };
        pattern.check()?;
        let chance = self.chance.unwrap_or(1.0);
        let mut fault = fault.after(latency).matching(pattern).chance(chance);
        for (name, value) in self.headers {
            if HeaderName::try_from(&name).is_err() || HeaderValue::try_from(&value).is_err() {
                return Err(format!("headers: {name:?} and its value cannot be a header"));
            }
            fault = fault.header(name, value);
        }
        if let Some(body) = self.body {
            fault = fault.body(body);
        }
        if let Some(limit) = limit {
            fault = fault.limited(limit);
        }
        Ok(match self.count.map(u32::try_from) {
            Some(Ok(0)) => return Err("count must be at least 1".into()),
            Some(Ok(count)) => fault.times(count),
            Some(Err(_)) => {
                let reason = "count must be a non-negative number if provided, below 2^32";
                return Err(reason.into());
            }
            None => fault,
        })
    }
}

/// A fault that was added, with all its fields.
pub(crate) fn shown(id: &str, fault: &Fault) -> Value {
    let mut hook = json!({
        "id": id,
        "method": or_any(&fault.pattern.method),
        "path": or_any(&fault.pattern.path),
        "count": fault.times,
        "chance": fault.chance,
        "latency_ms": u64::try_from(fault.latency.as_millis()).unwrap_or(u64::MAX),
    });
    let pattern = RequestPattern { method: None, path: None, ..fault.pattern.clone() };
    let pattern = Some(pattern).filter(|pattern| *pattern != RequestPattern::new());
    let limit = fault.limit.map(Limit::of);
    let action = match &fault.action {
        Action::Proceed => json!({}),
        Action::Reset => json!({"fault": "reset"}),
        Action::CutBody => json!({"fault": "cut_body"}),
        Action::Stall => json!({"fault": "stall"}),
        Action::Answer { status, headers, body } => {
            let headers: BTreeMap<_, _> = headers.iter().cloned().collect();
            json!({"status": status.as_u16(), "headers": headers, "body": body})
        }
    };
    if let (Some(hook), Value::Object(action)) = (hook.as_object_mut(), action) {
        hook.extend(action);
        hook.extend(pattern.map(|pattern| ("match".to_owned(), json!(pattern))));
        hook.extend(limit.map(|limit| ("rateLimit".to_owned(), json!(limit))));
    }
    hook
}

fn or_any(part: &Option<String>) -> String {
    part.clone().unwrap_or_else(|| "*".to_owned())
}
