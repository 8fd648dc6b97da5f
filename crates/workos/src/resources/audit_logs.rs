//! Audit logs: who did what in an organization, for its own administrators to read.
//!
//! Your application records events. They can be read in the Admin Portal, exported as CSV, and
//! streamed to the organization's own systems. A schema per action keeps their metadata in order.
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
    /// Who did what in an organization. See [`audit_logs`](crate::audit_logs).
    AuditLogsApi, audit_logs;
}

#[doc(hidden)]
pub use crate::compat::audit_logs::*;

operations! {
    AuditLogsApi, audit_logs;

    /// Lists the actions that the environment knows, each with its schema.
    GET "/audit_logs/actions" => list_actions(query: ListActionsParams) -> Page<AuditLogAction>;

    /// Lists the versions of an action's schema.
    GET "/audit_logs/actions/{action_name}/schemas"
        => list_action_schemas(action_name, query: ListActionSchemasParams)
        -> Page<AuditLogSchema>;

    /// Adds a version to the schema that events of an action are checked against. An action that
    /// is not known yet is created.
    POST "/audit_logs/actions/{action_name}/schemas"
        => create_schema(action_name, body: CreateAuditLogSchema) -> AuditLogSchema;

    /// Records an event in an organization's log.
    ///
    /// Give each event a key with [`Call::idempotency_key`](crate::Call::idempotency_key). For 24
    /// hours the server answers the same key with the same result, so that a failed call can be
    /// repeated, by the client too, and the event is still recorded once. Without a key the client
    /// does not repeat a call that may have arrived.
    ///
    /// # Errors
    ///
    /// 400 `invalid_audit_log_event` when the event does not fit the schema of its action; the body
    /// tells the places as `errors[].instancePath`, to be read with
    /// [`ApiError::json`](crate::ApiError::json).
    POST "/audit_logs/events"
        => create_event(body: CreateAuditLogEvent) -> AuditLogEventCreateResponse;

    /// Begins to write events of an organization to a CSV file. It is done when
    /// [`get_export`](Self::get_export) says so.
    ///
    /// # Errors
    ///
    /// 400 `invalid_audit_log_export_range_date`.
    POST "/audit_logs/exports" => create_export(body: CreateAuditLogExport) -> AuditLogExport;

    /// Fetches how far an export has come, with a fresh URL once it is ready.
    GET "/audit_logs/exports/{audit_log_export_id}"
        => get_export(audit_log_export_id) -> AuditLogExport;

    /// Fetches how long an organization's events are kept.
    GET "/organizations/{id}/audit_logs_retention"
        => get_organization_audit_logs_retention(id) -> AuditLogsRetention;

    /// Sets how long an organization's events are kept.
    PUT "/organizations/{id}/audit_logs_retention"
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
        /// What an actor's metadata has to be.
        actor: Option<AuditLogSchemaActor>,
        /// The types of target that the action affects.
        targets: Vec<AuditLogSchemaTarget>,
        /// A JSON Schema for the event's own metadata.
        metadata: Option<BTreeMap<String, Value>>,
    }
}

/// What an actor has to be like, in requests and responses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AuditLogSchemaActor {
    /// A JSON Schema for the actor's metadata. Required.
    #[serde(default, deserialize_with = "null_as_default")]
    pub metadata: BTreeMap<String, Value>,
}

impl AuditLogSchemaActor {
    /// An actor with metadata of this schema.
    pub fn new(metadata: impl Into<BTreeMap<String, Value>>) -> Self {
        Self { metadata: metadata.into() }
    }
}

/// What one type of target has to be like, in requests and responses.
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
    /// An event, and in whose log to record it.
    CreateAuditLogEvent {
        /// The organization, `org_…`.
        organization_id: String,
        /// The event.
        event: AuditLogEvent,
    }

    /// Something that somebody did.
    AuditLogEvent {
        /// What was done, such as `invoice.paid`.
        action: String,
        /// When it was done.
        occurred_at: Timestamp,
        /// Who did it.
        actor: AuditLogEventActor,
        /// What it was done to.
        targets: Vec<AuditLogEventTarget>,
        /// Where it was done from.
        context: AuditLogEventContext,
        /// Data of your own: up to 50 keys of up to 40 letters, digits, `_` and `-`.
        metadata: Option<BTreeMap<String, AuditLogMetadataValue>>,
        /// The version of the action's schema that the event is meant for.
        version: Option<i64>,
    }

    /// Who did something, or as [`AuditLogEventTarget`] what it was done to.
    AuditLogEventActor {
        /// The id, in your system or in WorkOS.
        id: String,
        /// The kind of thing, such as `user` or `invoice`.
        type_ as "type": String,
        /// What people call it.
        name: Option<String>,
        /// Data of your own: up to 50 keys of up to 40 letters, digits, `_` and `-`.
        metadata: Option<BTreeMap<String, AuditLogMetadataValue>>,
    }
}

/// What something was done to.
pub type AuditLogEventTarget = AuditLogEventActor;

inputs! {
    /// Where something was done from.
    #[derive(Eq)]
    AuditLogEventContext {
        /// An IP address, or another description of the place.
        location: String,
        /// The `User-Agent` of the device.
        user_agent: Option<String>,
    }
}

/// A value of an event's metadata. Made with `into` from text, `i64`, `f64`, `bool` and JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "contract", derive(Deserialize), serde(from = "Value"))]
#[serde(untagged)]
#[non_exhaustive]
pub enum AuditLogMetadataValue {
    /// Text of up to 500 characters.
    String(String),
    /// A whole number, sent with all its digits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// JSON of another kind, sent as it is; the API does not promise to take it.
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
        /// The earliest time.
        range_start: Timestamp,
        /// The latest time.
        range_end: Timestamp,
        /// Only these actions.
        actions: Option<Vec<String>>,
        /// Only actors with these names. Deprecated by WorkOS: use
        /// [`actor_names`](Self::actor_names).
        actors: Option<Vec<String>>,
        /// Only actors with these names.
        actor_names: Option<Vec<String>>,
        /// Only actors with these ids.
        actor_ids: Option<Vec<String>>,
        /// Only targets of these types.
        targets: Option<Vec<String>>,
    }

    /// How long to keep an organization's events.
    UpdateAuditLogsRetention {
        /// The time.
        flat retention: Retention,
    }
}

choices! {
    /// For how long events are to be kept, in one of two notations.
    #[derive(Eq)]
    #[non_exhaustive]
    Retention {
        /// Months or years.
        Period {
            /// How many of them.
            retention_period: RetentionPeriod,
        }
        /// Days. Deprecated by WorkOS: use [`Period`](Self::Period).
        PeriodInDays {
            /// How many: 30 or 365.
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
    /// For how many months or years events are kept.
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
    /// An action that events can have.
    AuditLogAction {
        /// Always `audit_log_action`.
        object: ObjectType,
        /// The name, such as `invoice.paid`.
        name: String,
        /// What its events are checked against.
        schema: AuditLogSchema,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A version of what an action's events have to be like.
    AuditLogSchema {
        /// Always `audit_log_schema`.
        object: ObjectType,
        /// The number that an event names it by.
        version: i64,
        /// What an actor's metadata has to be.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<AuditLogSchemaActor>,
        /// The types of target that the action affects.
        targets: Vec<AuditLogSchemaTarget>,
        /// A JSON Schema for the event's own metadata.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<BTreeMap<String, Value>>,
        /// When it was created.
        created_at: Timestamp,
    }

    /// The server's word that it took an event.
    #[derive(Eq)]
    AuditLogEventCreateResponse {
        /// Whether it was recorded.
        success: bool,
    }

    /// Events of an organization as a CSV file, or on the way there.
    #[derive(Eq)]
    AuditLogExport {
        /// Always `audit_log_export`.
        object: ObjectType,
        /// `audit_log_export_…`
        id: String,
        /// How far it has come.
        state: AuditLogExportState,
        /// Where the file is once it is ready. It works for 10 minutes; then
        /// [`get_export`](AuditLogsApi::get_export) gives another one.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// When it was asked for.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// How far an export has come.
    pub enum AuditLogExportState {
        /// The file is being written.
        Pending = "pending",
        /// The file can be downloaded.
        Ready = "ready",
        /// The file could not be written.
        Error = "error",
        /// The file is no longer there.
        Expired = "expired",
    }
}

objects! {
    /// How long an organization's events are kept.
    #[derive(Eq)]
    AuditLogsRetention {
        /// For how many days, where that was set.
        retention_period_in_days: Option<i64>,
    }
}
