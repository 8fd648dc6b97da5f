//! The payloads of events about feature flags, pipes, exports and the vault.

use std::collections::BTreeMap;

use crate::events::EventActorSource;
use crate::{ObjectType, Timestamp};

objects! {
    /// A rule that tells for whom a feature flag is on.
    FlagRule {
        /// Always `flag_rule`.
        object: ObjectType,
        /// The rule's own id.
        id: String,
        /// The environment.
        environment_id: String,
        /// The flag.
        flag_id: String,
        /// What the flag is called in code.
        flag_slug: String,
        /// Where the rule stands among those of the flag.
        position: i64,
        /// What it is about, such as users.
        target_type: Option<String>,
        /// Always `boolean`.
        value_type: String,
        /// What the flag is for those whom the rule is about.
        value: bool,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Somebody or something that a rule of a feature flag names. The API promises none of it.
    FlagTarget {
        /// Always `flag_target`.
        #[serde(skip_serializing_if = "Option::is_none")]
        object: Option<ObjectType>,
        /// The id of this entry.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The environment.
        #[serde(skip_serializing_if = "Option::is_none")]
        environment_id: Option<String>,
        /// The flag.
        #[serde(skip_serializing_if = "Option::is_none")]
        flag_id: Option<String>,
        /// What the flag is called in code.
        #[serde(skip_serializing_if = "Option::is_none")]
        flag_slug: Option<String>,
        /// The rule.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule_id: Option<String>,
        /// What is named, such as a user.
        #[serde(skip_serializing_if = "Option::is_none")]
        target_type: Option<String>,
        /// The id of what is named.
        #[serde(skip_serializing_if = "Option::is_none")]
        target_id: Option<String>,
        /// Always `boolean`.
        #[serde(skip_serializing_if = "Option::is_none")]
        value_type: Option<String>,
        /// What the flag is for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<bool>,
        /// When it was created.
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
        /// When it was last changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
    }

    /// An account could not be connected.
    PipesConnectionFailed {
        /// Always `connection_failed`.
        object: ObjectType,
        /// The integration.
        data_integration_id: String,
        /// The provider, such as `github`.
        provider_slug: String,
        /// The user it was for.
        user_id: Option<String>,
        /// The organization it was for.
        organization_id: Option<String>,
        /// Which account at the provider it is, as far as known.
        #[serde(skip_serializing_if = "Option::is_none")]
        account_identifier: Option<String>,
        /// Why, for programs.
        error_code: String,
        /// Why, for people.
        error_reason: Option<String>,
        /// What the provider answered.
        provider_error: Option<String>,
        /// What the provider answered, for people.
        provider_error_description: Option<String>,
        /// When it was tried.
        created_at: Timestamp,
    }

    /// A file with data of the environment.
    ResourceExport {
        /// The export's own id.
        id: String,
        /// What is in it.
        resource_type: ResourceExportType,
    }
}

open_enum! {
    /// What is in an export.
    pub enum ResourceExportType {
        Users = "users", Organizations = "organizations", Events = "events",
        Sessions = "sessions", AuditLogEvents = "auditLogEvents", Connections = "connections",
        DirectoryUsers = "directoryUsers", ScimLogs = "scimLogs",
        RadarDetections = "radarDetections", TeamActivityLogEvents = "teamActivityLogEvents",
    }
}

objects! {
    /// Something was done with an object in the vault.
    VaultDataEvent {
        /// Who did it.
        actor_id: String,
        /// Their name.
        actor_name: String,
        /// Where they did it.
        actor_source: EventActorSource,
        /// The name of the object.
        kv_name: String,
        /// The key it is encrypted with, where the event tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_id: Option<String>,
        /// What that key was chosen by, where the event tells.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        key_context: BTreeMap<String, String>,
    }

    /// Something was done with one key of the vault.
    VaultKeyEvent {
        /// Who did it.
        actor_id: String,
        /// Their name.
        actor_name: String,
        /// Where they did it.
        actor_source: EventActorSource,
        /// The key.
        key_id: String,
        /// What the key is called. `None` for data keys.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_name: Option<String>,
    }

    /// A data key was made or rekeyed.
    VaultDataKeysEvent {
        /// Who did it.
        actor_id: String,
        /// Their name.
        actor_name: String,
        /// Where they did it.
        actor_source: EventActorSource,
        /// The keys that it is encrypted with.
        key_ids: Vec<String>,
        /// What they were chosen by.
        key_context: BTreeMap<String, String>,
    }

    /// The names of the objects in the vault were listed.
    VaultNamesListed {
        /// Who did it.
        actor_id: String,
        /// Their name.
        actor_name: String,
        /// Where they did it.
        actor_source: EventActorSource,
    }

    /// Something happened to an organization's own key.
    VaultByokKeyEvent {
        /// The organization.
        organization_id: String,
        /// Where it keeps the key.
        key_provider: VaultByokKeyProvider,
        /// Whether the key works, of `vault.byok_key.verification_completed`.
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<bool>,
    }
}

open_enum! {
    /// Where an organization keeps a key of its own.
    pub enum VaultByokKeyProvider {
        AwsKms = "AWS_KMS", AzureKeyVault = "AZURE_KEY_VAULT", GcpKms = "GCP_KMS",
    }
}
