//! Audit logs: a record of who did what in an organization, for its admins to review.
//!
//! Your application emits events. Admins view them in the Admin Portal, export them as CSV, or
//! stream them to their SIEM. Each action has a schema that its events are validated against.
//!
//! ```no_run
//! use std::time::Duration;
//! use workos::Timestamp;
//! use workos::audit_logs::*;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let (audit_logs, acme) = (client.audit_logs(), "org_01EHZNVPK3SFK441A1RGBFSHRT");
//!
//! let now = Timestamp::now();
//! let event = AuditLogEvent {
//!     metadata: Some([("cents".into(), 1250.into()), ("currency".into(), "EUR".into())].into()),
//!     ..AuditLogEvent::new(
//!         "invoice.paid",
//!         now,
//!         AuditLogEventActor::new("user_7", "user"),
//!         [AuditLogEventTarget::new("inv_42", "invoice")],
//!         AuditLogEventContext::new("203.0.113.7"),
//!     )
//! };
//! audit_logs
//!     .create_event(CreateAuditLogEvent::new(acme, event))
//!     .idempotency_key("inv_42 paid")
//!     .await?;
//!
//! let last_day = CreateAuditLogExport::new(acme, now - Duration::from_secs(86_400), now);
//! let mut export = audit_logs.create_export(last_day).await?;
//! while export.state == AuditLogExportState::Pending {
//!     tokio::time::sleep(Duration::from_secs(1)).await;
//!     export = audit_logs.get_export(&export.id).await?;
//! }
//! println!("{:?}", export.url);
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::page::null_as_default;
use crate::{ObjectType, Page, Timestamp};

api! {
    /// Events, exports, schemas and retention. See [`audit_logs`](crate::audit_logs).
    #[doc(alias("audit_trail", "activity_log", "SIEM"))]
    AuditLogsApi, audit_logs;
}

#[doc(hidden)]
pub use crate::compat::audit_logs::*;

operations! {
    AuditLogsApi, audit_logs;

    /// Lists the actions of the environment, each with its schema.
    GET "/audit_logs/actions" @ "audit-logs/schema"
        => list_actions(query: ListActionsParams) -> Page<AuditLogAction>;

    /// Lists the schema versions of an action.
    GET "/audit_logs/actions/{action_name}/schemas" @ "audit-logs/schema/list"
        => list_action_schemas(action_name, query: ListActionSchemasParams) -> Page<AuditLogSchema>;

    /// Creates a new version of the schema that an action's events are validated against. Creates
    /// the action if it does not exist.
    POST "/audit_logs/actions/{action_name}/schemas" @ "audit-logs/schema"
        => create_schema(action_name, body: CreateAuditLogSchema) -> AuditLogSchema;

    /// Records an event in an organization's audit log.
    ///
    /// Set an idempotency key for each event with
    /// [`Call::idempotency_key`](crate::Call::idempotency_key). For 24 hours the server returns the
    /// same result for the same key, so a failed call can be retried, also by the client, and the
    /// event is recorded once. Without a key the client retries no call that may have arrived.
    ///
    /// # Errors
    ///
    /// 400 `invalid_audit_log_event` when the event does not match the schema of its action. The
    /// body names the invalid fields in `errors[].instancePath`; read it with
    /// [`ApiError::json`](crate::ApiError::json).
    #[doc(alias("emit_event", "log_event"))]
    POST "/audit_logs/events" @ "audit-logs/event/create"
        => create_event(body: CreateAuditLogEvent) -> AuditLogEventCreateResponse;

    /// Starts an export of an organization's events to a CSV file. Poll
    /// [`get_export`](Self::get_export) until it is ready.
    ///
    /// # Errors
    ///
    /// 400 `invalid_audit_log_export_range_date`.
    #[doc(alias = "CSV")]
    POST "/audit_logs/exports" @ "audit-logs/export/create"
        => create_export(body: CreateAuditLogExport) -> AuditLogExport;

    /// Fetches an export: its state and, once it is ready, a fresh download URL.
    GET "/audit_logs/exports/{audit_log_export_id}" @ "audit-logs/export/get"
        => get_export(audit_log_export_id) -> AuditLogExport;

    /// Fetches an organization's retention period.
    GET "/organizations/{id}/audit_logs_retention" @ "audit-logs/retention"
        => get_organization_audit_logs_retention(id) -> AuditLogsRetention;

    /// Sets an organization's retention period.
    PUT "/organizations/{id}/audit_logs_retention" @ "audit-logs/retention"
        => update_organization_audit_logs_retention(
            id, body: UpdateAuditLogsRetention)
        -> AuditLogsRetention;
}

list_params! {
    AuditLogsApi;
    ListActionsParams for list_actions {}
    ListActionSchemasParams for list_action_schemas {}
}

inputs! {
    /// A new version of an action's schema.
    CreateAuditLogSchema {
        /// The schema of the actor's metadata.
        actor: Option<AuditLogSchemaActor>,
        /// The target types that the action affects.
        targets: Vec<AuditLogSchemaTarget>,
        /// A JSON Schema for the event's own metadata.
        metadata: Option<BTreeMap<String, Value>>,
    }
}

/// The schema of an actor, in requests and responses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AuditLogSchemaActor {
    /// A JSON Schema for the actor's metadata. Required.
    #[serde(default, deserialize_with = "null_as_default")]
    pub metadata: BTreeMap<String, Value>,
}

impl AuditLogSchemaActor {
    /// An actor whose metadata has this JSON Schema.
    pub fn new(metadata: impl Into<BTreeMap<String, Value>>) -> Self {
        Self { metadata: metadata.into() }
    }
}

/// The schema of a target type, in requests and responses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AuditLogSchemaTarget {
    /// The type, such as `invoice`. Required.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: String,
    /// A JSON Schema for the target's metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Value>>,
}

impl AuditLogSchemaTarget {
    /// A target of this type, with any metadata.
    pub fn new(type_: impl Into<String>) -> Self {
        Self { type_: type_.into(), metadata: None }
    }
}

inputs! {
    /// An event and the organization to record it for.
    CreateAuditLogEvent {
        /// The organization, `org_…`.
        organization_id: String,
        /// The event.
        event: AuditLogEvent,
    }

    /// An action that an actor took.
    AuditLogEvent {
        /// The action, such as `invoice.paid`.
        action: String,
        /// When it happened.
        occurred_at: Timestamp,
        /// The actor.
        actor: AuditLogEventActor,
        /// The targets of the action.
        targets: Vec<AuditLogEventTarget>,
        /// The location and device of the actor.
        context: AuditLogEventContext,
        /// Your own key-value metadata: up to 50 keys of up to 40 letters, digits, `_` and `-`.
        metadata: Option<BTreeMap<String, AuditLogMetadataValue>>,
        /// The schema version to validate the event against.
        version: Option<i64>,
    }

    /// The actor of an event or, as [`AuditLogEventTarget`], one of its targets.
    AuditLogEventActor {
        /// The ID, from your system or WorkOS.
        id: String,
        /// The type, such as `user` or `invoice`.
        type_ as "type": String,
        /// The display name.
        name: Option<String>,
        /// Your own key-value metadata: up to 50 keys of up to 40 letters, digits, `_` and `-`.
        metadata: Option<BTreeMap<String, AuditLogMetadataValue>>,
    }
}

/// A target of an event.
pub type AuditLogEventTarget = AuditLogEventActor;

inputs! {
    /// The location and device that an event came from.
    #[derive(Eq)]
    AuditLogEventContext {
        /// An IP address or another description of the location.
        location: String,
        /// The `User-Agent` header.
        user_agent: Option<String>,
    }
}

/// A metadata value of an event. Converts from strings, `i64`, `f64`, `bool` and JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "requests", derive(Deserialize), serde(from = "Value"))]
#[serde(untagged)]
#[non_exhaustive]
pub enum AuditLogMetadataValue {
    /// Text of up to 500 characters.
    String(String),
    /// An integer, sent with all its digits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// Any other JSON, sent as is. The API may reject it.
    Unknown(Value),
}

impl From<&str> for AuditLogMetadataValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for AuditLogMetadataValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for AuditLogMetadataValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for AuditLogMetadataValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for AuditLogMetadataValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Value> for AuditLogMetadataValue {
    /// Integers beyond `i64` stay JSON, since an `f64` would round them.
    fn from(value: Value) -> Self {
        match (value.as_i64(), value.as_f64()) {
            (Some(number), _) => Self::Integer(number),
            (None, Some(number)) if value.is_f64() => Self::Number(number),
            _ => match value {
                Value::String(text) => Self::String(text),
                Value::Bool(value) => Self::Bool(value),
                other => Self::Unknown(other),
            },
        }
    }
}

inputs! {
    /// Which events to export.
    #[derive(Eq)]
    CreateAuditLogExport {
        /// The organization, `org_…`.
        organization_id: String,
        /// The start of the time range.
        range_start: Timestamp,
        /// The end of the time range.
        range_end: Timestamp,
        /// Only these actions.
        actions: Option<Vec<String>>,
        /// Only actors with these names. Deprecated by WorkOS: use
        /// [`actor_names`](Self::actor_names).
        actors: Option<Vec<String>>,
        /// Only actors with these names.
        actor_names: Option<Vec<String>>,
        /// Only actors with these IDs.
        actor_ids: Option<Vec<String>>,
        /// Only targets of these types.
        targets: Option<Vec<String>>,
    }

    /// A retention period to set.
    UpdateAuditLogsRetention {
        /// The retention period.
        flat retention: Retention,
    }
}

choices! {
    /// How long to keep events: a period, or a number of days.
    #[derive(Eq)]
    #[non_exhaustive]
    Retention {
        /// A number of months or years.
        Period {
            /// The period.
            retention_period: RetentionPeriod,
        }
        /// A number of days. Deprecated by WorkOS: use [`Period`](Self::Period).
        PeriodInDays {
            /// 30 or 365.
            retention_period_in_days: i64,
        }
    }
}

impl From<RetentionPeriod> for Retention {
    fn from(retention_period: RetentionPeriod) -> Self {
        Self::Period { retention_period }
    }
}

open_enum! {
    /// A retention period in months or years.
    pub enum RetentionPeriod {
        OneMonth = "1_MONTH", TwoMonths = "2_MONTHS", ThreeMonths = "3_MONTHS",
        FourMonths = "4_MONTHS", FiveMonths = "5_MONTHS", SixMonths = "6_MONTHS",
        SevenMonths = "7_MONTHS", EightMonths = "8_MONTHS", NineMonths = "9_MONTHS",
        TenMonths = "10_MONTHS", ElevenMonths = "11_MONTHS", OneYear = "1_YEAR",
        TwoYears = "2_YEARS", ThreeYears = "3_YEARS", FourYears = "4_YEARS", FiveYears = "5_YEARS",
        SixYears = "6_YEARS", SevenYears = "7_YEARS", EightYears = "8_YEARS",
        NineYears = "9_YEARS", TenYears = "10_YEARS",
    }
}

objects! {
    /// An action that events can record.
    AuditLogAction {
        /// Always `audit_log_action`.
        object: ObjectType,
        /// The name, such as `invoice.paid`.
        name: String,
        /// The schema that its events are validated against.
        schema: AuditLogSchema,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A version of an action's schema.
    AuditLogSchema {
        /// Always `audit_log_schema`.
        object: ObjectType,
        /// The version number; see [`AuditLogEvent::version`].
        version: i64,
        /// The schema of the actor's metadata.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<AuditLogSchemaActor>,
        /// The target types that the action affects.
        targets: Vec<AuditLogSchemaTarget>,
        /// A JSON Schema for the event's own metadata.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<BTreeMap<String, Value>>,
        /// When it was created.
        created_at: Timestamp,
    }

    /// The response to recording an event.
    #[derive(Eq)]
    AuditLogEventCreateResponse {
        /// Whether it was recorded.
        success: bool,
    }

    /// An export of an organization's events to a CSV file.
    #[derive(Eq)]
    AuditLogExport {
        /// Always `audit_log_export`.
        object: ObjectType,
        /// `audit_log_export_…`
        id: String,
        /// Its status.
        state: AuditLogExportState,
        /// The download URL once the export is ready. It expires after 10 minutes;
        /// [`get_export`](AuditLogsApi::get_export) returns a new one.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// The status of an export.
    pub enum AuditLogExportState {
        /// In progress.
        Pending = "pending",
        /// Ready to download.
        Ready = "ready",
        /// Failed.
        Error = "error",
        /// The file is no longer available.
        Expired = "expired",
    }
}

objects! {
    /// An organization's retention period.
    #[derive(Eq)]
    AuditLogsRetention {
        /// The number of days that events are kept, if set.
        retention_period_in_days: Option<i64>,
    }
}
