//! Audit logs of the first versions: flat events, schemas of any form, and exports that are ready
//! at once.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Asked, extra, ok};
use crate::call::Call;
use crate::products::audit_logs;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::{Change, Extra, Store};

const EXPORT: &str = "audit_log_export";

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    match (asked.head.method.as_str(), &*path) {
        ("POST", ["audit_logs", "actions", name, "schemas"]) if !asked.has("targets") => {
            Some(environment.write(|change| action(change, name)))
        }
        ("POST", ["audit_logs", "events"]) if !asked.has("event") => {
            Some(environment.write(|change| event(change, asked)))
        }
        ("POST", ["audit_logs", "exports"]) if !asked.has("range_start") => {
            Some(environment.write(|change| export(change, asked)))
        }
        ("GET", ["audit_logs", "exports", id]) => environment.read(|view| {
            let found = extra(view, EXPORT, "Audit log export", id).ok()?;
            Some(ok(found))
        }),
        ("GET", ["organizations", id, what]) => environment.read(|view| {
            let is_known = view.organizations.get(id).is_some();
            let body = json!({
                "object": what,
                "organization_id": id,
                "enabled": true,
                "retention_days": retention_days(view, id),
            });
            (!is_known).then(|| ok(&body))
        }),
        _ => None,
    }
}

/// For how many days the events of an organization are kept: by default a year.
pub(crate) fn retention_days(store: &Store, organization_id: &str) -> i64 {
    let is_set = store.audit_log_configurations.get(organization_id).is_some();
    let configuration = audit_logs::configuration(store, organization_id).ok();
    let days = configuration.filter(|_| is_set).map(|set| set.retention_period_in_days);
    days.unwrap_or(365)
}

fn action(change: &mut Change<'_>, name: &str) -> Answer<Response> {
    let input = serde_json::from_value(json!({"targets": []}))
        .map_err(|error| Refusal::bad_request("invalid_request", error.to_string()))?;
    audit_logs::create_schema(change, name, input)?;
    let row = change.audit_actions.find("name", name);
    let mut body = row.map(|row| json!(row.action)).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("object".to_owned(), json!("audit_log_action"));
    }
    Ok(Response::json(StatusCode::CREATED, &body))
}

fn missing(field: &str) -> Refusal {
    Refusal::invalid(&[Invalid::new(field, "required", "is required.")])
}

fn event(change: &mut Change<'_>, asked: &Asked) -> Answer<Response> {
    let organization_id =
        asked.text("organization_id").ok_or_else(|| missing("organization_id"))?;
    let action = asked.field("action").cloned().unwrap_or_default();
    let name = action.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("action.name"))?;
    let text = |field: &str, default: &str| {
        action.get(field).and_then(Value::as_str).unwrap_or(default).to_owned()
    };
    let or = |field: &str, default: Value| asked.field(field).cloned().unwrap_or(default);
    let now = change.now();
    let id = change.id("audit_event");
    let body = json!({
        "object": "audit_log_event",
        "id": id,
        "organization_id": organization_id,
        "action": {"name": name, "type": text("type", "C"), "id": text("id", name)},
        "actor": or("actor", json!({})),
        "targets": or("targets", json!([])),
        "metadata": or("metadata", Value::Null),
        "occurred_at": or("occurred_at", json!(now)),
        "created_at": now,
        "updated_at": now,
    });
    Ok(Response::json(StatusCode::CREATED, &body))
}

/// An export, which is ready at once and has no events.
fn export(change: &mut Change<'_>, asked: &Asked) -> Answer<Response> {
    let organization_id =
        asked.text("organization_id").ok_or_else(|| missing("organization_id"))?;
    let (id, now) = (change.id("audit_export"), change.now());
    let body = json!({
        "object": EXPORT,
        "id": id,
        "organization_id": organization_id,
        "state": "ready",
        "url": format!("{}/audit_logs/exports/{id}", change.origin()),
        "filters": asked.field("filters").cloned().unwrap_or_else(|| json!({})),
        "created_at": now,
        "updated_at": now,
    });
    change.put(Extra { id, kind: EXPORT.to_owned(), body: body.clone() })?;
    Ok(Response::json(StatusCode::CREATED, &body))
}
