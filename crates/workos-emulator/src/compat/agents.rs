//! Blueprints of agents: an error lists every invalid field, and each of the session settings is
//! optional.

use http::StatusCode;
use serde_json::{Value, json};

use super::asked::Asked;
use crate::products::agents::blueprints::DEFAULT_SETTINGS;
use crate::reply::{Answer, Refusal};

/// The settings of sessions with their defaults, and the longest time of each.
const SETTINGS: [(&str, i64, i64); 3] = [
    ("max_age_seconds", DEFAULT_SETTINGS.max_age_seconds, 31_536_000),
    ("access_token_ttl_seconds", DEFAULT_SETTINGS.access_token_ttl_seconds, 60 * 60),
    ("refresh_token_ttl_seconds", DEFAULT_SETTINGS.refresh_token_ttl_seconds, 5_184_000),
];

/// Checks a new blueprint, and completes its settings.
pub(super) fn blueprint(asked: &mut Asked) -> Answer<()> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let mut wrong = Vec::new();
    if !asked.field("name").is_some_and(is_text) {
        wrong.push("name".to_owned());
    }
    if asked.field("description").is_some_and(|value| !value.is_null() && !is_text(value)) {
        wrong.push("description".to_owned());
    }
    if asked.field("permissions").is_some_and(|value| !value.is_array()) {
        wrong.push("permissions".to_owned());
    }
    if let Some(Value::Object(mut settings)) = asked.field("session_settings").cloned() {
        for (name, default, longest) in SETTINGS {
            let seconds = settings.entry(name).or_insert_with(|| json!(default));
            if !seconds.as_i64().is_some_and(|seconds| (1..=longest).contains(&seconds)) {
                wrong.push(format!("session_settings.{name}"));
            }
        }
        asked.set("session_settings", settings);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let errors: Vec<_> =
        wrong.iter().map(|field| json!({"field": field, "code": "invalid"})).collect();
    let message = format!("The blueprint is not valid: {}.", wrong.join(", "));
    let refusal = Refusal::new(StatusCode::BAD_REQUEST, "invalid_request", message);
    Err(refusal.with("errors", json!(errors)))
}
