//! The payloads of events about agents.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::object::Field;
use crate::{AgentRegistrationKind, AgentRegistrationStatus, ObjectType, Timestamp};

objects! {
    /// A kind of agent was deleted.
    AgentBlueprintDeleted {
        /// Always `agent_blueprint`.
        object: ObjectType,
        /// The id.
        id: String,
        /// The name, for people.
        name: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// An agent from outside has signed up with your application.
    AgentRegistrationCreated {
        /// Always `agent_registration`.
        object: ObjectType,
        /// `agent_reg_…`
        id: String,
        /// Who registered.
        agent_identity: EventAgentIdentity,
        /// The organization that the agent acts in.
        organization_id: String,
        /// How far it has come.
        status: AgentRegistrationStatus,
        /// How the agent proved who it is.
        kind: AgentRegistrationKind,
        /// The same in the words of the protocol.
        method: AgentRegistrationMethod,
        /// When the agent registered.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Who an agent from outside is.
    EventAgentIdentity {
        /// Always `agent_identity`.
        object: ObjectType,
        /// `agent_identity_…`
        id: String,
        /// The user who has claimed it, `user_…`.
        userland_user_id: Option<String>,
    }

    /// What has happened to a registration is all in the event's name.
    AgentRegistrationReference {
        /// `agent_reg_…`
        agent_registration_id: String,
    }

    /// An agent acts in another organization from now on.
    AgentRegistrationOrganizationSwitched {
        /// `agent_reg_…`
        agent_registration_id: String,
        /// The organization before.
        from_organization_id: String,
        /// The organization now.
        to_organization_id: String,
    }

    /// An agent asks a user to vouch for it.
    AgentRegistrationClaimAttempt {
        /// Always `agent_registration_claim_attempt`.
        object: ObjectType,
        /// The attempt's own id.
        id: String,
        /// The claim.
        agent_registration_claim_id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// The address of the user, as the agent knows it.
        login_hint: String,
        /// Until when the user can answer.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// A user has vouched for an agent.
    AgentRegistrationClaimCompleted {
        /// Always `agent_registration_claim`.
        object: ObjectType,
        /// The claim's own id.
        id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// Who vouched.
        claimed_by: AgentRegistrationClaimedBy,
        /// The attempt that succeeded.
        completed_by_attempt_id: String,
        /// When it did.
        completed_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// Who has vouched for an agent.
    AgentRegistrationClaimedBy {
        /// The user.
        user_id: String,
        /// The organization that the agent acts in for them.
        organization_id: Option<String>,
    }

    /// An agent was given something to authenticate with.
    AgentRegistrationCredential {
        /// Always `agent_registration_credential`.
        object: ObjectType,
        /// The credential's own id.
        id: String,
        /// The registration, `agent_reg_…`.
        agent_registration_id: String,
        /// What it was given.
        detail: AgentRegistrationCredentialDetail,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

/// What an agent was given to authenticate with.
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
        /// The token's own id, its `jti` claim.
        jti: String,
        /// When it expires; as text, since the API does not promise its form.
        expires_at: Option<String>,
    },
    /// A credential that this version of the crate does not know, as the API sent it.
    #[serde(untagged)]
    Unknown(Value),
}

impl Field for AgentRegistrationCredentialDetail {}

impl Default for AgentRegistrationCredentialDetail {
    /// What stands in a struct made by `Default`: unknown and empty.
    fn default() -> Self {
        Self::Unknown(Value::Null)
    }
}

open_enum! {
    /// How an agent registered.
    pub enum AgentRegistrationMethod {
        Anonymous = "anonymous", ServiceAuth = "service_auth",
        /// With a grant from its identity provider (ID-JAG).
        IdJag = "id_jag",
    }
}
