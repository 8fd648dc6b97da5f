//! Audit logs: actions with their schemas, events and exports.

use serde::{Deserialize, Serialize};
use workos::Timestamp;
use workos::audit_logs::{AuditLogAction, AuditLogEvent, AuditLogExport, AuditLogSchema};

use crate::state::binary::Binary;

/// An action, with the latest version of its schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditAction {
    pub(crate) id: String,
    pub(crate) action: AuditLogAction,
}

/// A version of an action's schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditSchema {
    pub(crate) id: String,
    pub(crate) action_id: String,
    pub(crate) schema: AuditLogSchema,
}

/// An event in the audit log of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditEvent {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) recorded_at: Timestamp,
    pub(crate) event: AuditLogEvent,
}

/// An export and its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditExport {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) export: AuditLogExport,
    /// Signs the URLs of the file.
    pub(crate) key: Binary,
    pub(crate) csv: Binary,
}
