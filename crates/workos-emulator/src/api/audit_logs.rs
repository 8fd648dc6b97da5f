//! Audit logs: schemas of actions, the events of organizations, their retention and exports.

use serde_json::Value;
use workos::audit_logs::*;
use workos::{Organization, Page};

use super::route::read;
use crate::products::audit_logs::export::{self, ready};
use crate::products::audit_logs::{activate, configuration, create_schema, record};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{AuditAction, Change, Store, View, shown};

/// The numbers of days that may be set as such.
const RETENTION_DAYS: [i64; 2] = [30, 365];
const MAX_KEY_CHARS: usize = 40;

routes! {
    audit_logs;
    list_actions(query)                        => read actions;
    list_action_schemas(action_name, query)    => read schemas;
    create_schema(action_name, body)           => write create_schema;
    create_event(body)                         => write create_event;
    create_export(body)                        => write create_export;
    get_export(audit_log_export_id)            => write ready;
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

fn create_event(change: &mut Change<'_>, body: Value) -> Answer<AuditLogEventCreateResponse> {
    check_metadata(&body)?;
    let input = read(body.clone())?;
    record(change, input, body.get("event").unwrap_or(&Value::Null))?;
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

fn create_export(change: &mut Change<'_>, input: CreateAuditLogExport) -> Answer<AuditLogExport> {
    change.one::<Organization>(&input.organization_id)?;
    if input.range_start > input.range_end {
        let message = "Invalid date range: it ends before it starts.";
        return Err(Refusal::bad_request("invalid_audit_log_export_range_date", message));
    }
    export::create(change, input)
}

fn retention(store: &Store, id: &str) -> Answer<AuditLogsRetention> {
    let mut retention = AuditLogsRetention::default();
    retention.retention_period_in_days = Some(configuration(store, id)?.retention_period_in_days);
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
    retention(change, id)
}

/// The days of `2_MONTHS`: a month has 30, a year 365.
fn days_of(period: &str) -> Option<i64> {
    let (number, unit) = period.split_once('_')?;
    let days = if unit.starts_with("YEAR") { 365 } else { 30 };
    number.parse::<i64>().ok()?.checked_mul(days)
}
