//! Audit logs: schemas of actions, the events of organizations, their retention and exports.

pub(crate) mod export;
mod schema;

use std::time::Duration;

use serde_json::{Value, json};
use workos::audit_logs::*;
use workos::organizations::{AuditLogConfiguration, AuditLogConfigurationState};
use workos::{ObjectType, Organization, Page, Timestamp};

use self::export::EXPORTABLE;
use self::schema::Violation;
use super::route::read;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    AuditAction, AuditEvent, AuditExport, AuditLogSettings, AuditSchema, Change, Store, View, shown,
};

const DEFAULT_RETENTION_DAYS: i64 = 30;
/// The numbers of days that may be set as such.
const RETENTION_DAYS: [i64; 2] = [30, 365];
const MAX_KEY_CHARS: usize = 40;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

routes! {
    audit_logs;
    list_actions(query)                        => read actions;
    list_action_schemas(action_name, query)    => read schemas;
    create_schema(action_name, body)           => write create_schema;
    create_event(body)                         => write create_event;
    create_export(body)                        => write create_export;
    get_export(audit_log_export_id)            => write get_export;
    get_organization_audit_logs_retention(id)  => read retention;
    update_organization_audit_logs_retention(id, body) => write set_retention;
}

fn actions<'a>(view: &'a View<'_>, query: ListActionsParams) -> Answer<Page<&'a AuditLogAction>> {
    Ok(shown(view.audit_actions.page(&query, |_| true)?, |row| &row.action))
}

fn schemas<'a>(
    view: &'a View<'_>,
    action_name: &str,
    query: ListActionSchemasParams,
) -> Answer<Page<&'a AuditLogSchema>> {
    let action = view.one_by::<AuditAction>("name", action_name)?;
    let page = view.audit_schemas.page_by("action", &action.id, &query, |_| true)?;
    Ok(shown(page, |row| &row.schema))
}

fn create_schema(
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

/// The same event twice is two events; an idempotency key prevents that for all operations.
fn create_event(change: &mut Change<'_>, body: Value) -> Answer<AuditLogEventCreateResponse> {
    check_metadata(&body)?;
    let input: CreateAuditLogEvent = read(body.clone())?;
    change.one::<Organization>(&input.organization_id)?;
    let invalid = violations(change, &input.event, body.get("event").unwrap_or(&Value::Null));
    if !invalid.is_empty() {
        let message = "Invalid Audit Log event.";
        return Err(
            Refusal::bad_request("invalid_audit_log_event", message).with("errors", json!(invalid))
        );
    }
    let row = AuditEvent {
        id: change.id(AuditEvent::PREFIX),
        organization_id: input.organization_id.clone(),
        recorded_at: change.now(),
        event: input.event,
    };
    change.put(row)?;
    activate(change, &input.organization_id, None)?;
    let mut response = AuditLogEventCreateResponse::default();
    response.success = true;
    Ok(response)
}

/// What the contract says of metadata in prose or patterns only.
fn check_metadata(body: &Value) -> Answer<()> {
    let event = body.get("event").unwrap_or(&Value::Null);
    let targets = event.get("targets").and_then(Value::as_array);
    let targets = targets.into_iter().flatten().enumerate();
    let holders = targets.map(|(index, target)| (format!("event.targets[{index}]"), target));
    let holders = holders.chain([
        ("event.actor".to_owned(), event.get("actor").unwrap_or(&Value::Null)),
        ("event".to_owned(), event),
    ]);
    let mut invalid = Vec::new();
    for (place, holder) in holders {
        let entries = holder.get("metadata").and_then(Value::as_object);
        for (key, value) in entries.into_iter().flatten() {
            let field = format!("{place}.metadata.{key}");
            let is_word = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
            if key.chars().count() > MAX_KEY_CHARS || !key.chars().all(is_word) {
                let message = "must have a key of up to 40 letters, digits, _ and -.";
                invalid.push(Invalid::new(&field, "invalid", message));
            }
            if !(value.is_string() || value.is_number() || value.is_boolean()) {
                let message = "must be a string, a number, true or false.";
                invalid.push(Invalid::new(&field, "invalid_type", message));
            }
        }
    }
    if invalid.is_empty() { Ok(()) } else { Err(Refusal::invalid(&invalid)) }
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

fn create_export(change: &mut Change<'_>, input: CreateAuditLogExport) -> Answer<AuditLogExport> {
    change.one::<Organization>(&input.organization_id)?;
    if input.range_start > input.range_end {
        let message = "Invalid date range: it ends before it starts.";
        return Err(Refusal::bad_request("invalid_audit_log_export_range_date", message));
    }
    let oldest = change.now() - EXPORTABLE;
    let kept_since = kept_since(change, &input.organization_id, change.now());
    let rows = change.audit_events.by("organization", &input.organization_id);
    let mut rows: Vec<_> = rows
        .filter(|row| row.recorded_at >= kept_since && row.event.occurred_at >= oldest)
        .filter(|row| export::has(&input, &row.event))
        .collect();
    rows.sort_by_key(|row| row.event.occurred_at);
    let csv = export::csv(rows.into_iter().map(|row| &**row));
    let mut export = AuditLogExport::default();
    export.object = ObjectType::AuditLogExport;
    export.id = change.id(AuditExport::PREFIX);
    export.state = AuditLogExportState::Pending;
    export.created_at = change.now();
    export.updated_at = change.now();
    let row = AuditExport {
        id: export.id.clone(),
        organization_id: input.organization_id,
        export: export.clone(),
        key: export::new_key(change),
        csv,
    };
    change.put(row)?;
    Ok(export)
}

/// An export is ready when it is asked for, each time with a new URL.
fn get_export(change: &mut Change<'_>, id: &str) -> Answer<AuditLogExport> {
    let mut row: AuditExport = change.copy(id)?;
    if row.export.state == AuditLogExportState::Pending {
        row.export.state = AuditLogExportState::Ready;
        row.export.updated_at = change.now();
        change.put(row.clone())?;
    }
    row.export.url = Some(export::url(change, &row));
    Ok(row.export)
}

/// The audit log configuration of an organization.
pub(super) fn configuration(store: &Store, id: &str) -> Answer<AuditLogConfiguration> {
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

/// Since when the events of an organization are kept.
fn kept_since(store: &Store, id: &str, now: Timestamp) -> Timestamp {
    let days = configuration(store, id)
        .map_or(DEFAULT_RETENTION_DAYS, |configuration| configuration.retention_period_in_days);
    let days = u64::try_from(days).unwrap_or_default();
    now - Duration::from_secs(days.saturating_mul(SECONDS_PER_DAY))
}

/// Notes that an organization has an audit log, and how long events are kept if that changes.
fn activate(change: &mut Change<'_>, id: &str, days: Option<i64>) -> Answer<()> {
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

fn retention(view: &View<'_>, id: &str) -> Answer<AuditLogsRetention> {
    let mut retention = AuditLogsRetention::default();
    retention.retention_period_in_days = Some(configuration(view, id)?.retention_period_in_days);
    Ok(retention)
}

/// Reads the fields themselves: the SDK's type has room for one of them only.
fn set_retention(change: &mut Change<'_>, id: &str, body: Value) -> Answer<AuditLogsRetention> {
    change.one::<Organization>(id)?;
    let period = body.get("retention_period").and_then(Value::as_str);
    let days = body.get("retention_period_in_days").and_then(Value::as_i64);
    let invalid =
        |field, message| Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]));
    let days = match (period.map(days_of), days) {
        (Some(Some(days)), None) => days,
        (None, Some(days)) if RETENTION_DAYS.contains(&days) => days,
        (None, Some(_)) => return invalid("retention_period_in_days", "must be 30 or 365."),
        (Some(None), None) => return invalid("retention_period", "must be a period."),
        _ => {
            let message = "is required, or retention_period_in_days, but not both.";
            return invalid("retention_period", message);
        }
    };
    activate(change, id, Some(days))?;
    let mut retention = AuditLogsRetention::default();
    retention.retention_period_in_days = Some(days);
    Ok(retention)
}

/// The days of `2_MONTHS`: a month has 30, a year 365.
fn days_of(period: &str) -> Option<i64> {
    let (number, unit) = period.split_once('_')?;
    let days = if unit.starts_with("YEAR") { 365 } else { 30 };
    number.parse::<i64>().ok()?.checked_mul(days)
}
