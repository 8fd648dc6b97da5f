//! Payloads of events about agents.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::object::Field;
use crate::{AgentRegistrationKind, AgentRegistrationStatus, ObjectType, Timestamp};

objects! {
    /// A blueprint was deleted.
    AgentBlueprintDeleted {
        /// Always `agent_blueprint`.
        object: ObjectType,
        /// The ID.
        id: String,
        /// The display name.
        name: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A third-party agent registered with your application.
    AgentRegistrationCreated {
        /// Always `agent_registration`.
        object: ObjectType,
        /// `agent_reg_…`
        id: String,
        /// The identity of the agent.
        agent_identity: EventAgentIdentity,
        /// The organization that the agent acts in.
        organization_id: String,
        /// The status.
        status: AgentRegistrationStatus,
        /// How the agent registered.
        kind: AgentRegistrationKind,
        /// The registration method, as named in the protocol.
        method: AgentRegistrationMethod,
        /// When the agent registered.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The identity of a third-party agent.
    EventAgentIdentity {
        /// Always `agent_identity`.
        object: ObjectType,
        /// `agent_identity_…`
        id: String,
        /// The user who claimed it, `user_…`.
        userland_user_id: Option<String>,
    }

    /// A registration was deleted, refreshed or revoked, or it expired.
    AgentRegistrationReference {
        /// `agent_reg_…`
        agent_registration_id: String,
    }

    /// An agent switched to another organization.
    AgentRegistrationOrganizationSwitched {
        /// `agent_reg_…`
        agent_registration_id: String,
        /// The previous organization.
        from_organization_id: String,
        /// The new organization.
        to_organization_id: String,
    }

    /// An agent asked a user to claim it.
    AgentRegistrationClaimAttempt {
        /// Always `agent_registration_claim_attempt`.
        object: ObjectType,
        /// The ID of the attempt.
        id: String,
        /// The claim.
        agent_registration_claim_id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// The user's email address, as given by the agent.
        login_hint: String,
        /// When it expires.
        expires_at: Timestamp,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A user claimed an agent.
    AgentRegistrationClaimCompleted {
        /// Always `agent_registration_claim`.
        object: ObjectType,
        /// The ID of the claim.
        id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// The user and organization that claimed it.
        claimed_by: AgentRegistrationClaimedBy,
        /// The attempt that succeeded.
        completed_by_attempt_id: String,
        /// When it was completed.
        completed_at: Timestamp,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The user who claimed an agent.
    AgentRegistrationClaimedBy {
        /// The user.
        user_id: String,
        /// The organization that the agent acts in.
        organization_id: Option<String>,
    }

    /// A credential was issued to an agent.
    AgentRegistrationCredential {
        /// Always `agent_registration_credential`.
        object: ObjectType,
        /// The ID of the credential.
        id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// The type of credential and its details.
        detail: AgentRegistrationCredentialDetail,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// A credential of an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentRegistrationCredentialDetail {
    /// An API key.
    ApiKey {
        /// `api_key_…`
        api_key_id: String,
    },
    /// An access token.
    AccessToken {
        /// The ID of the token, its `jti` claim.
        jti: String,
        /// When it expires. A string, since the API does not guarantee a format.
        expires_at: Option<String>,
    },
    /// A credential that this version of the crate does not know, as the API sent it.
    #[serde(untagged)]
    Unknown(Value),
}

impl Field for AgentRegistrationCredentialDetail {}

impl Default for AgentRegistrationCredentialDetail {
    /// Unknown and empty.
    fn default() -> Self {
        Self::Unknown(Value::Null)
    }
}

open_enum! {
    /// The method of an agent's registration.
    pub enum AgentRegistrationMethod {
        Anonymous = "anonymous", ServiceAuth = "service_auth",
        /// With an Identity Assertion JWT Authorization Grant (ID-JAG).
        IdJag = "id_jag",
    }
}
