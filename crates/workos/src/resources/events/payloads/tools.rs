//! Payloads of events about feature flags, Pipes, exports and Vault.

use std::collections::BTreeMap;

use crate::events::EventActorSource;
use crate::{ObjectType, Timestamp};

objects! {
    /// A rule of a feature flag, which sets its value for a type of target.
    FlagRule {
        /// Always `flag_rule`.
        object: ObjectType,
        /// The ID of the rule.
        id: String,
        /// The environment.
        environment_id: String,
        /// The flag.
        flag_id: String,
        /// The slug of the flag.
        flag_slug: String,
        /// The position among the flag's rules.
        position: i64,
        /// The type of target, such as users.
        target_type: Option<String>,
        /// Always `boolean`.
        value_type: String,
        /// The value of the flag for the rule's targets.
        value: bool,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A target of a feature flag rule. The API guarantees none of its fields.
    FlagTarget {
        /// Always `flag_target`.
        #[serde(skip_serializing_if = "Option::is_none")]
        object: Option<ObjectType>,
        /// The ID of this entry.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The environment.
        #[serde(skip_serializing_if = "Option::is_none")]
        environment_id: Option<String>,
        /// The flag.
        #[serde(skip_serializing_if = "Option::is_none")]
        flag_id: Option<String>,
        /// The slug of the flag.
        #[serde(skip_serializing_if = "Option::is_none")]
        flag_slug: Option<String>,
        /// The rule.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule_id: Option<String>,
        /// The type of target, such as a user.
        #[serde(skip_serializing_if = "Option::is_none")]
        target_type: Option<String>,
        /// The ID of the target.
        #[serde(skip_serializing_if = "Option::is_none")]
        target_id: Option<String>,
        /// Always `boolean`.
        #[serde(skip_serializing_if = "Option::is_none")]
        value_type: Option<String>,
        /// The value of the flag for the target.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<bool>,
        /// When it was created.
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
        /// When it was last changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
    }

    /// An account failed to connect.
    PipesConnectionFailed {
        /// Always `connection_failed`.
        object: ObjectType,
        /// The integration.
        data_integration_id: String,
        /// The provider, such as `github`.
        provider_slug: String,
        /// The user.
        user_id: Option<String>,
        /// The organization.
        organization_id: Option<String>,
        /// The account at the provider, if known.
        #[serde(skip_serializing_if = "Option::is_none")]
        account_identifier: Option<String>,
        /// The error code.
        error_code: String,
        /// The reason in words.
        error_reason: Option<String>,
        /// The provider's error.
        provider_error: Option<String>,
        /// The provider's error description.
        provider_error_description: Option<String>,
        /// When it failed.
        created_at: Timestamp,
    }

    /// An export of environment data.
    ResourceExport {
        /// The ID of the export.
        id: String,
        /// The type of data.
        resource_type: ResourceExportType,
    }
}

open_enum! {
    /// The type of data in an export.
    pub enum ResourceExportType {
        Users = "users", Organizations = "organizations", Events = "events",
        Sessions = "sessions", AuditLogEvents = "auditLogEvents", Connections = "connections",
        DirectoryUsers = "directoryUsers", ScimLogs = "scimLogs",
        RadarDetections = "radarDetections", TeamActivityLogEvents = "teamActivityLogEvents",
    }
}

objects! {
    /// A Vault object was created, read, updated or deleted.
    VaultDataEvent {
        /// The ID of the actor.
        actor_id: String,
        /// The name of the actor.
        actor_name: String,
        /// The source of the action.
        actor_source: EventActorSource,
        /// The name of the object.
        kv_name: String,
        /// The key that encrypts it, if the event has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_id: Option<String>,
        /// The key context, if the event has it.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        key_context: BTreeMap<String, String>,
    }

    /// A Vault key was used or changed.
    VaultKeyEvent {
        /// The ID of the actor.
        actor_id: String,
        /// The name of the actor.
        actor_name: String,
        /// The source of the action.
        actor_source: EventActorSource,
        /// The key.
        key_id: String,
        /// The name of the key. `None` for data keys.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_name: Option<String>,
    }

    /// A data key was created or rekeyed.
    VaultDataKeysEvent {
        /// The ID of the actor.
        actor_id: String,
        /// The name of the actor.
        actor_name: String,
        /// The source of the action.
        actor_source: EventActorSource,
        /// The keys that encrypt it.
        key_ids: Vec<String>,
        /// The key context.
        key_context: BTreeMap<String, String>,
    }

    /// The names of Vault objects were listed.
    VaultNamesListed {
        /// The ID of the actor.
        actor_id: String,
        /// The name of the actor.
        actor_name: String,
        /// The source of the action.
        actor_source: EventActorSource,
    }

    /// An organization's own key (BYOK) was verified or deleted.
    #[doc(alias("BYOK", "CMK", "KMS"))]
    VaultByokKeyEvent {
        /// The organization.
        organization_id: String,
        /// The key provider.
        key_provider: VaultByokKeyProvider,
        /// Whether verification succeeded; only in `vault.byok_key.verification_completed`.
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<bool>,
    }
}

open_enum! {
    /// The provider of an organization's own key (BYOK).
    pub enum VaultByokKeyProvider {
        AwsKms = "AWS_KMS", AzureKeyVault = "AZURE_KEY_VAULT", GcpKms = "GCP_KMS",
    }
}
