//! Audit logs: schemas of actions, the events of organizations, their retention and exports.

pub(crate) mod export;
mod schema;

use std::time::Duration;

use serde_json::{Value, json};
use workos::audit_logs::{
    AuditLogAction, AuditLogEvent, AuditLogSchema, CreateAuditLogEvent, CreateAuditLogSchema,
};
use workos::organizations::{AuditLogConfiguration, AuditLogConfigurationState};
use workos::{ObjectType, Organization, Timestamp};

use self::schema::Violation;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{AuditAction, AuditEvent, AuditLogSettings, AuditSchema, Change, Store};

const DEFAULT_RETENTION_DAYS: i64 = 30;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Adds a version of the schema of an action. The first one makes the action.
pub(crate) fn create_schema(
    change: &mut Change<'_>,
    action_name: &str,
    input: CreateAuditLogSchema,
) -> Answer<AuditLogSchema> {
    let targets = input.targets.iter().enumerate();
    let metadata = targets
        .map(|(index, target)| (format!("targets[{index}].metadata"), target.metadata.as_ref()))
        .chain([
            ("actor.metadata".to_owned(), input.actor.as_ref().map(|actor| &actor.metadata)),
            ("metadata".to_owned(), input.metadata.as_ref()),
        ]);
    for (place, schema) in metadata {
        schema.map_or(Ok(()), |schema| schema::check(&place, &json!(schema)))?;
    }
    let known = change.audit_actions.find("name", action_name);
    let mut row = match known.map(|row| AuditAction::clone(row)) {
        Some(row) => row,
        None => new_action(change, action_name),
    };
    let mut schema = AuditLogSchema::default();
    schema.object = ObjectType::AuditLogSchema;
    schema.version = row.action.schema.version + 1;
    schema.actor = input.actor;
    schema.targets = input.targets;
    schema.metadata = input.metadata;
    schema.created_at = change.now();
    row.action.schema = schema.clone();
    row.action.updated_at = change.now();
    let (id, action_id) = (change.id(AuditSchema::PREFIX), row.id.clone());
    change.put(row)?;
    change.put(AuditSchema { id, action_id, schema: schema.clone() })?;
    Ok(schema)
}

fn new_action(change: &mut Change<'_>, name: &str) -> AuditAction {
    let mut action = AuditLogAction::default();
    action.object = ObjectType::AuditLogAction;
    action.name = name.to_owned();
    action.created_at = change.now();
    AuditAction { id: change.id(AuditAction::PREFIX), action }
}

/// Records an event if it agrees with the schema of its action; `json` is the event as it was sent.
///
/// The same event twice is two events; an idempotency key prevents that for all operations.
pub(crate) fn record(
    change: &mut Change<'_>,
    input: CreateAuditLogEvent,
    json: &Value,
) -> Answer<()> {
    let CreateAuditLogEvent { organization_id, event } = input;
    change.one::<Organization>(&organization_id)?;
    let invalid = violations(change, &event, json);
    if !invalid.is_empty() {
        let message = "Invalid Audit Log event.";
        return Err(
            Refusal::bad_request("invalid_audit_log_event", message).with("errors", json!(invalid))
        );
    }
    let (id, recorded_at) = (change.id(AuditEvent::PREFIX), change.now());
    let row = AuditEvent { id, organization_id: organization_id.clone(), recorded_at, event };
    change.put(row)?;
    activate(change, &organization_id, None)
}

/// How an event differs from the schema of its action.
///
/// An event that names no version is one of version 1: events of a program that does not know of a
/// new version stay valid.
fn violations(store: &Store, event: &AuditLogEvent, json: &Value) -> Vec<Violation> {
    let Some(action) = store.audit_actions.find("name", &event.action) else {
        let message = format!("must be an action with a schema, which {} is not", event.action);
        return vec![Violation::new("/action", "enum", message)];
    };
    let version = event.version.unwrap_or(1);
    let mut schemas = store.audit_schemas.by("action", &action.id);
    match schemas.find(|row| row.schema.version == version) {
        Some(row) => schema::violations(&row.schema, json),
        None => {
            let message = format!("must be a version of the schema, which {version} is not");
            vec![Violation::new("/version", "enum", message)]
        }
    }
}

/// The audit log configuration of an organization.
pub(crate) fn configuration(store: &Store, id: &str) -> Answer<AuditLogConfiguration> {
    store.one::<Organization>(id)?;
    if let Some(settings) = store.audit_log_configurations.get(id) {
        return Ok(settings.configuration.clone());
    }
    let mut configuration = AuditLogConfiguration::default();
    configuration.organization_id = id.to_owned();
    configuration.retention_period_in_days = DEFAULT_RETENTION_DAYS;
    configuration.state = AuditLogConfigurationState::Inactive;
    Ok(configuration)
}

/// Notes that an organization has an audit log, and how long events are kept if that changes.
pub(crate) fn activate(change: &mut Change<'_>, id: &str, days: Option<i64>) -> Answer<()> {
    let before = configuration(change, id)?;
    let mut configuration = before.clone();
    if configuration.state == AuditLogConfigurationState::Inactive {
        configuration.state = AuditLogConfigurationState::Active;
    }
    configuration.retention_period_in_days = days.unwrap_or(before.retention_period_in_days);
    if configuration != before {
        change.put(AuditLogSettings { id: id.to_owned(), configuration })?;
    }
    Ok(())
}

/// Since when the events of an organization are kept.
fn kept_since(store: &Store, id: &str, now: Timestamp) -> Timestamp {
    let days = configuration(store, id)
        .map_or(DEFAULT_RETENTION_DAYS, |configuration| configuration.retention_period_in_days);
    let days = u64::try_from(days).unwrap_or_default();
    now - Duration::from_secs(days.saturating_mul(SECONDS_PER_DAY))
}
