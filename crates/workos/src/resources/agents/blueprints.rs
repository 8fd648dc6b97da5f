//! Agent blueprints: your own agents, the tokens minted for them, their instances and sessions.
//!
//! ```no_run
//! use workos::agents::{
//!     CreateAgentBlueprint, CreateAgentToken,
//!     ValidateAgentToken, AgentTokenGrant, ListSessionsParams,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let agents = client.agents();
//!
//! let blueprint = agents
//!     .create_blueprint(CreateAgentBlueprint {
//!         permissions: Some(vec!["documents:read".into()]),
//!         ..CreateAgentBlueprint::new("Research assistant")
//!     })
//!     .await?;
//!
//! let grant = AgentTokenGrant::autonomous("org_01EHZNVPK3SFK441A1RGBFSHRT");
//! let token = agents
//!     .create_blueprint_token(
//!         &blueprint.id,
//!         CreateAgentToken {
//!             intent: Some("weekly report".into()),
//!             ..CreateAgentToken::new(grant)
//!         },
//!     )
//!     .await?;
//!
//! // When the agent calls your API:
//! let presented = ValidateAgentToken::new(token.access_token);
//! let claims = agents.validate_blueprint_token(&blueprint.id, presented).await?;
//! assert_eq!(claims.permissions, ["documents:read"]);
//!
//! let of_blueprint =
//!     ListSessionsParams { agent_blueprint_id: Some(blueprint.id), ..Default::default() };
//! for session in agents.list_sessions(of_blueprint).await? {
//!     agents.revoke_session(&session.id).await?;
//! }
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use super::AgentsApi;
use crate::page::null_as_default;
use crate::{Nullable, ObjectType, Page, SecretString, Timestamp};

operations! {
    AgentsApi, agents;

    /// Lists the blueprints of the environment, newest first by default.
    GET "/agents/blueprints" @ "agents/blueprint" => list_blueprints(query: ListBlueprintsParams)
        -> Page<AgentBlueprint>;

    /// Creates a blueprint.
    POST "/agents/blueprints" @ "agents/blueprint"
        => create_blueprint(body: CreateAgentBlueprint) -> AgentBlueprint;

    /// Fetches one blueprint.
    GET "/agents/blueprints/{agent_blueprint_id}" @ "agents/blueprint"
        => get_blueprint(agent_blueprint_id) -> AgentBlueprint;

    /// Updates a blueprint. Fields that are `None` keep their value; a list replaces the old one.
    PATCH "/agents/blueprints/{agent_blueprint_id}" @ "agents/blueprint"
        => update_blueprint(agent_blueprint_id, body: UpdateAgentBlueprint) -> AgentBlueprint;

    /// Permanently deletes a blueprint with its instances and their sessions.
    DELETE "/agents/blueprints/{agent_blueprint_id}" @ "agents/blueprint"
        => delete_blueprint(agent_blueprint_id) -> ();

    /// Mints an access token with a new session, or refreshes a session. The first token for an
    /// organization and user also creates the instance.
    #[doc(alias("mint_token", "refresh_token", "delegation"))]
    POST "/agents/blueprints/{agent_blueprint_id}/tokens" @ "agents"
        => create_blueprint_token(agent_blueprint_id, body: CreateAgentToken) -> AgentToken;

    /// Validates an access token of this blueprint: its signature, and that its session and the
    /// delegating user's session are still active.
    ///
    /// # Errors
    ///
    /// 400 when the token is invalid; the error code says why.
    #[doc(alias = "verify_token")]
    POST "/agents/blueprints/{agent_blueprint_id}/tokens/validate" @ "agents"
        => validate_blueprint_token(agent_blueprint_id, body: ValidateAgentToken)
        -> AgentTokenValidation;

    /// Lists the instances of the environment, newest first by default.
    GET "/agents/instances" @ "agents/instance"
        => list_instances(query: ListInstancesParams) -> Page<AgentInstance>;

    /// Fetches one instance.
    GET "/agents/instances/{agent_instance_id}" @ "agents/instance"
        => get_instance(agent_instance_id) -> AgentInstance;

    /// Permanently deletes an instance with its sessions and their refresh tokens.
    DELETE "/agents/instances/{agent_instance_id}" @ "agents/instance"
        => delete_instance(agent_instance_id) -> ();

    /// Lists the sessions of instances, newest first by default.
    GET "/agents/sessions" @ "agents/session" => list_sessions(query: ListSessionsParams)
        -> Page<AgentInstanceSession>;

    /// Fetches one session.
    GET "/agents/sessions/{agent_instance_session_id}" @ "agents/session"
        => get_session(agent_instance_session_id) -> AgentInstanceSession;

    /// Revokes a session with its tokens. Has no effect on a revoked or expired session.
    POST "/agents/sessions/{agent_instance_session_id}/revoke" @ "agents/session"
        => revoke_session(agent_instance_session_id) -> AgentInstanceSession;
}

list_params! {
    AgentsApi;
    ListBlueprintsParams for list_blueprints {}
    ListInstancesParams for list_instances {
        /// Only instances in this organization.
        organization_id: Option<String>,
        /// Only instances of this blueprint.
        agent_blueprint_id: Option<String>,
    }
    ListSessionsParams for list_sessions {
        /// Only sessions of instances in this organization.
        organization_id: Option<String>,
        /// Only sessions of instances of this blueprint.
        agent_blueprint_id: Option<String>,
        /// Only sessions of this instance.
        agent_instance_id: Option<String>,
    }
}

inputs! {
    /// A new blueprint.
    CreateAgentBlueprint {
        /// The display name.
        name: String,
        /// The description.
        description: Option<String>,
        /// The slugs of the permissions that its agents can have at most; each must exist. By
        /// default none.
        permissions: Option<Vec<String>>,
        /// Who may invoke its agents.
        invocable_by: Option<AgentBlueprintInvocableBy>,
        /// The types of instances it can have.
        invocable_as: Option<AgentBlueprintInvocableAs>,
        /// The lifetimes. By default one hour, and five minutes for access tokens.
        session_settings: Option<AgentBlueprintSessionSetting>,
    }

    /// Changes to a blueprint.
    UpdateAgentBlueprint {
        /// The new name.
        name: Option<String>,
        /// The description; null removes it.
        description: Option<Nullable<String>>,
        /// The slugs of the permissions that its agents can have at most; each must exist.
        permissions: Option<Vec<String>>,
        /// Who may invoke its agents.
        invocable_by: Option<AgentBlueprintInvocableBy>,
        /// The types of instances it can have.
        invocable_as: Option<AgentBlueprintInvocableAs>,
        /// The lifetimes of sessions and tokens.
        session_settings: Option<UpdateAgentBlueprintSessionSetting>,
    }
}

/// Who may invoke the agents of a blueprint. Responses have both fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintInvocableBy {
    /// The roles whose users may delegate to an agent; an empty list means every user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_slugs: Option<Vec<String>>,
    /// The organizations that agents may act in; an empty list means every organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_ids: Option<Vec<String>>,
}

/// The types of instances that a blueprint can have. Responses have the field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintInvocableAs {
    /// The allowed types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_types: Option<Vec<AgentInstanceType>>,
}

/// The lifetimes of a blueprint's sessions and tokens. All fields are required.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintSessionSetting {
    /// The maximum lifetime of a session in seconds: up to 31,536,000 (365 days). Refreshing does
    /// not extend it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub max_age_seconds: i64,
    /// The lifetime of an access token in seconds: up to 3,600.
    #[serde(default, deserialize_with = "null_as_default")]
    pub access_token_ttl_seconds: i64,
    /// The lifetime of a refresh token in seconds: up to 5,184,000 (60 days).
    #[serde(default, deserialize_with = "null_as_default")]
    pub refresh_token_ttl_seconds: i64,
}

inputs! {
    /// Changes to the lifetimes of sessions and tokens.
    UpdateAgentBlueprintSessionSetting {
        /// The maximum lifetime of a session in seconds: up to 31,536,000 (365 days).
        max_age_seconds: Option<i64>,
        /// The lifetime of an access token in seconds: up to 3,600.
        access_token_ttl_seconds: Option<i64>,
        /// The lifetime of a refresh token in seconds: up to 5,184,000 (60 days).
        refresh_token_ttl_seconds: Option<i64>,
    }

    /// A token to mint for an agent.
    CreateAgentToken {
        /// The grant.
        flat grant: AgentTokenGrant,
        /// A description of what the agent is about to do. The token carries it.
        intent: Option<String>,
    }
}

choices! {
    /// The grant that an agent's token is minted with.
    #[non_exhaustive]
    AgentTokenGrant {
        /// A user's session: the agent acts on behalf of the user.
        UserDelegated ("type" = "user_delegated") {
            /// The user's access token, which also determines the organization.
            user_access_token: SecretString,
        }
        /// No user: the agent acts autonomously.
        Autonomous ("type" = "autonomous") {
            /// The organization to act in.
            organization_id: String,
        }
        /// The agent's own token: a new session of the same instance, with its current permissions.
        AgentDelegated ("type" = "agent_delegated") {
            /// An access token minted from the same blueprint.
            agent_access_token: SecretString,
        }
        /// A refresh token: refreshes its session.
        Refresh ("type" = "refresh") {
            /// The refresh token. It works once; the response has the next one.
            refresh_token: SecretString,
        }
    }
}

impl AgentTokenGrant {
    /// A grant from a user's access token.
    pub fn user_delegated(user_access_token: impl Into<SecretString>) -> Self {
        Self::UserDelegated { user_access_token: user_access_token.into() }
    }

    /// An autonomous grant in this organization.
    pub fn autonomous(organization_id: impl Into<String>) -> Self {
        Self::Autonomous { organization_id: organization_id.into() }
    }

    /// A grant from the agent's own access token.
    pub fn agent_delegated(agent_access_token: impl Into<SecretString>) -> Self {
        Self::AgentDelegated { agent_access_token: agent_access_token.into() }
    }

    /// A grant from a refresh token.
    pub fn refresh(refresh_token: impl Into<SecretString>) -> Self {
        Self::Refresh { refresh_token: refresh_token.into() }
    }
}

inputs! {
    /// An agent's access token to validate.
    ValidateAgentToken {
        /// The access token that the agent presented.
        agent_access_token: SecretString,
    }
}

/// A reusable definition of an agent: its permissions, who may invoke it, and session lifetimes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentBlueprint {
    /// Always `agent_blueprint`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// `agent_blueprint_…`
    pub id: String,
    /// The display name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// The slugs of the permissions that its agents can have at most.
    #[serde(default, deserialize_with = "null_as_default")]
    pub permissions: Vec<String>,
    /// Who may invoke its agents.
    #[serde(default, deserialize_with = "null_as_default")]
    pub invocable_by: AgentBlueprintInvocableBy,
    /// The types of instances it can have.
    #[serde(default, deserialize_with = "null_as_default")]
    pub invocable_as: AgentBlueprintInvocableAs,
    /// The lifetimes of sessions and tokens.
    #[serde(default, deserialize_with = "null_as_default")]
    pub session_settings: AgentBlueprintSessionSetting,
    /// When it was created.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub updated_at: Timestamp,
}

objects! {
    /// A new access token of an agent, with its refresh token.
    AgentToken {
        /// The access token, a JWT.
        access_token: SecretString,
        /// Always `Bearer`.
        token_type: String,
        /// The lifetime of the access token in seconds.
        expires_in: i64,
        /// The refresh token for the session's next access token. It works once.
        refresh_token: SecretString,
        /// The instance that the token belongs to.
        agent_instance_id: String,
        /// Whether this call created the instance.
        new_instance: bool,
        /// The session that the token belongs to.
        agent_instance_session_id: String,
        /// The slugs of the permissions granted: those of the blueprint that the user, or for
        /// autonomous agents the organization, has too.
        permissions: Vec<String>,
    }

    /// The content of a valid access token of an agent.
    AgentTokenValidation {
        /// Always true: an invalid token is an error.
        valid: bool,
        /// The instance that the token belongs to.
        agent_instance_id: String,
        /// The session that the token belongs to.
        agent_instance_session_id: String,
        /// The organization that the agent acts in.
        organization_id: String,
        /// The slugs of the permissions that the token carries.
        permissions: Vec<String>,
        /// The intent that the token was minted with.
        intent: Option<String>,
        /// The user on whose behalf the agent acts; `None` if it is autonomous.
        acting_user_id: Option<String>,
        /// When the session expires. A string, since the API does not guarantee a format.
        session_expires_at: String,
    }

    /// An agent in an organization, created from a blueprint: delegated by a user, or autonomous.
    AgentInstance {
        /// Always `agent_instance`.
        object: ObjectType,
        /// `agent_…`
        id: String,
        /// The blueprint it was created from.
        agent_blueprint_id: String,
        /// The organization it acts in.
        organization_id: String,
        /// The membership of the user on whose behalf it acts; `None` if it is autonomous.
        organization_membership_id: Option<String>,
        /// Whether it is delegated or autonomous.
        type_ as "type": AgentInstanceType,
        /// When its first token was minted.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether an agent is delegated or autonomous.
    pub enum AgentInstanceType {
        /// It acts on behalf of a user.
        Delegated = "delegated",
        /// It acts as itself.
        Autonomous = "autonomous",
    }
}

objects! {
    /// A session of an instance, which spans a token and its refreshes.
    AgentInstanceSession {
        /// Always `agent_instance_session`.
        object: ObjectType,
        /// `agent_session_…`
        id: String,
        /// The instance that it belongs to.
        agent_instance_id: String,
        /// The organization that the instance acts in. Only in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The status. `None` in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<AgentInstanceSessionStatus>,
        /// When it expires, unless it is revoked earlier.
        expires_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The slugs of the permissions granted. Only in `agent.instance.session.created`.
        #[serde(skip_serializing_if = "Option::is_none")]
        permission_slugs: Option<Vec<String>>,
    }
}

open_enum! {
    /// The status of an agent's session.
    pub enum AgentInstanceSessionStatus {
        /// Active.
        Active = "active",
        /// Revoked before it expired.
        Revoked = "revoked",
        /// Expired.
        Expired = "expired",
    }
}
