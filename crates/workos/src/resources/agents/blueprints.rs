//! Agents of your own: blueprints, the tokens minted from them, instances and sessions.
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
//! // Where the agent calls you:
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

    /// Lists the blueprints of the environment, newest first unless told otherwise.
    GET "/agents/blueprints" => list_blueprints(query: ListBlueprintsParams)
        -> Page<AgentBlueprint>;

    /// Creates a blueprint.
    POST "/agents/blueprints" => create_blueprint(body: CreateAgentBlueprint) -> AgentBlueprint;

    /// Fetches one blueprint.
    GET "/agents/blueprints/{agent_blueprint_id}"
        => get_blueprint(agent_blueprint_id) -> AgentBlueprint;

    /// Changes a blueprint. Fields that are left out keep their value; a list replaces the old one.
    PATCH "/agents/blueprints/{agent_blueprint_id}"
        => update_blueprint(agent_blueprint_id, body: UpdateAgentBlueprint) -> AgentBlueprint;

    /// Deletes a blueprint for good, with its instances and their sessions.
    DELETE "/agents/blueprints/{agent_blueprint_id}" => delete_blueprint(agent_blueprint_id) -> ();

    /// Mints an access token and its session, or refreshes one. The first token for an
    /// organization and user makes the instance as well.
    POST "/agents/blueprints/{agent_blueprint_id}/tokens"
        => create_blueprint_token(agent_blueprint_id, body: CreateAgentToken)
        -> AgentToken;

    /// Checks an access token of this blueprint: its signature, and that its session, and that of
    /// the user behind it, still goes on.
    ///
    /// # Errors
    ///
    /// 400 when the token is no good; the error's code tells why.
    POST "/agents/blueprints/{agent_blueprint_id}/tokens/validate"
        => validate_blueprint_token(agent_blueprint_id, body: ValidateAgentToken)
        -> AgentTokenValidation;

    /// Lists the instances of the environment, newest first unless told otherwise.
    GET "/agents/instances" => list_instances(query: ListInstancesParams) -> Page<AgentInstance>;

    /// Fetches one instance.
    GET "/agents/instances/{agent_instance_id}" => get_instance(agent_instance_id) -> AgentInstance;

    /// Deletes an instance for good, with its sessions and their refresh tokens.
    DELETE "/agents/instances/{agent_instance_id}" => delete_instance(agent_instance_id) -> ();

    /// Lists the sessions of instances, newest first unless told otherwise.
    GET "/agents/sessions" => list_sessions(query: ListSessionsParams)
        -> Page<AgentInstanceSession>;

    /// Fetches one session.
    GET "/agents/sessions/{agent_instance_session_id}"
        => get_session(agent_instance_session_id) -> AgentInstanceSession;

    /// Revokes a session with its tokens. Doing so again, or after it has expired, changes nothing.
    POST "/agents/sessions/{agent_instance_session_id}/revoke"
        => revoke_session(agent_instance_session_id) -> AgentInstanceSession;
}

list_params! {
    AgentsApi;
    ListBlueprintsParams for list_blueprints {}
    ListInstancesParams for list_instances {
        /// Only those that act in this organization.
        organization_id: Option<String>,
        /// Only those made from this blueprint.
        agent_blueprint_id: Option<String>,
    }
    ListSessionsParams for list_sessions {
        /// Only those of instances in this organization.
        organization_id: Option<String>,
        /// Only those of instances made from this blueprint.
        agent_blueprint_id: Option<String>,
        /// Only those of this instance.
        agent_instance_id: Option<String>,
    }
}

inputs! {
    /// A new blueprint.
    CreateAgentBlueprint {
        /// The name, for people.
        name: String,
        /// What the agents are for, in your words.
        description: Option<String>,
        /// The slugs of the most that its agents may do; each has to exist. None if left out.
        permissions: Option<Vec<String>>,
        /// For whom tokens can be minted.
        invocable_by: Option<AgentBlueprintInvocableBy>,
        /// In whose name its agents may act.
        invocable_as: Option<AgentBlueprintInvocableAs>,
        /// How long sessions and tokens last. If left out: an hour, and five minutes for access tokens.
        session_settings: Option<AgentBlueprintSessionSetting>,
    }

    /// What to change about a blueprint.
    UpdateAgentBlueprint {
        /// The new name.
        name: Option<String>,
        /// What the agents are for; null removes the text.
        description: Option<Nullable<String>>,
        /// The slugs of the most that its agents may do from now on; each has to exist.
        permissions: Option<Vec<String>>,
        /// For whom tokens can be minted from now on.
        invocable_by: Option<AgentBlueprintInvocableBy>,
        /// In whose name its agents may act from now on.
        invocable_as: Option<AgentBlueprintInvocableAs>,
        /// How long sessions and tokens last from now on.
        session_settings: Option<AgentBlueprintsUpdateRequestSessionSetting>,
    }
}

/// For whom tokens can be minted from a blueprint. Responses have both fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintInvocableBy {
    /// The roles of users who may delegate to an agent; an empty list lets every user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_slugs: Option<Vec<String>>,
    /// The organizations that agents may act in; an empty list means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_ids: Option<Vec<String>>,
}

/// In whose name the agents of a blueprint may act. Responses have the field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintInvocableAs {
    /// The kinds of instances there can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_types: Option<Vec<AgentInstanceType>>,
}

/// How long the sessions and tokens of a blueprint last. All fields are required.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentBlueprintSessionSetting {
    /// After how many seconds a session ends, refreshed or not: up to 31,536,000 (365 days).
    #[serde(default, deserialize_with = "null_as_default")]
    pub max_age_seconds: i64,
    /// For how many seconds an access token works: up to 3,600.
    #[serde(default, deserialize_with = "null_as_default")]
    pub access_token_ttl_seconds: i64,
    /// For how many seconds a refresh token works: up to 5,184,000 (60 days).
    #[serde(default, deserialize_with = "null_as_default")]
    pub refresh_token_ttl_seconds: i64,
}

inputs! {
    /// What to change about how long sessions and tokens last.
    AgentBlueprintsUpdateRequestSessionSetting {
        /// After how many seconds a session ends, refreshed or not: up to 31,536,000 (365 days).
        max_age_seconds: Option<i64>,
        /// For how many seconds an access token works: up to 3,600.
        access_token_ttl_seconds: Option<i64>,
        /// For how many seconds a refresh token works: up to 5,184,000 (60 days).
        refresh_token_ttl_seconds: Option<i64>,
    }

    /// What a token is minted from, and what for.
    CreateAgentToken {
        /// What the token is minted from.
        flat grant: AgentTokenGrant,
        /// What the agent is about to do, in your words; it is written into the token.
        intent: Option<String>,
    }
}

choices! {
    /// What an agent's token is minted from.
    #[non_exhaustive]
    AgentTokenGrant {
        /// A user's session: the agent acts for them.
        UserDelegated ("type" = "user_delegated") {
            /// The user's access token, which also tells the organization.
            user_access_token: SecretString,
        }
        /// Nothing but your word: the agent acts in its own name.
        Autonomous ("type" = "autonomous") {
            /// The organization to act in.
            organization_id: String,
        }
        /// The agent's own token: another session of the same instance, with what it may do by now.
        AgentDelegated ("type" = "agent_delegated") {
            /// An access token that was minted from the same blueprint.
            agent_access_token: SecretString,
        }
        /// The refresh token of a session: the same session goes on.
        Refresh ("type" = "refresh") {
            /// It works once; the answer has the next.
            refresh_token: SecretString,
        }
    }
}

impl AgentTokenGrant {
    /// From a user's access token.
    pub fn user_delegated(user_access_token: impl Into<SecretString>) -> Self {
        Self::UserDelegated { user_access_token: user_access_token.into() }
    }

    /// In the agent's own name, in this organization.
    pub fn autonomous(organization_id: impl Into<String>) -> Self {
        Self::Autonomous { organization_id: organization_id.into() }
    }

    /// From an access token of the agent itself.
    pub fn agent_delegated(agent_access_token: impl Into<SecretString>) -> Self {
        Self::AgentDelegated { agent_access_token: agent_access_token.into() }
    }

    /// From a refresh token.
    pub fn refresh(refresh_token: impl Into<SecretString>) -> Self {
        Self::Refresh { refresh_token: refresh_token.into() }
    }
}

inputs! {
    /// An agent's token to check.
    ValidateAgentToken {
        /// The access token that the agent presented.
        agent_access_token: SecretString,
    }
}

/// What a kind of agent may do, who may use it and for how long.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentBlueprint {
    /// Always `agent_blueprint`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// The id, which is in every path about it.
    pub id: String,
    /// The name, for people.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// What the agents are for.
    pub description: Option<String>,
    /// The slugs of the most that its agents may do.
    #[serde(default, deserialize_with = "null_as_default")]
    pub permissions: Vec<String>,
    /// For whom tokens can be minted.
    #[serde(default, deserialize_with = "null_as_default")]
    pub invocable_by: AgentBlueprintInvocableBy,
    /// In whose name its agents may act.
    #[serde(default, deserialize_with = "null_as_default")]
    pub invocable_as: AgentBlueprintInvocableAs,
    /// How long sessions and tokens last.
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
    /// A new token of an agent.
    AgentToken {
        /// What the agent presents, a JWT.
        access_token: SecretString,
        /// Always `Bearer`.
        token_type: String,
        /// For how many seconds the access token works.
        expires_in: i64,
        /// What the next access token of the session is minted from. It works once.
        refresh_token: SecretString,
        /// The instance that acts.
        agent_instance_id: String,
        /// Whether this call made the instance.
        new_instance: bool,
        /// The session that the tokens belong to.
        agent_instance_session_id: String,
        /// What the token allows: the slugs that the blueprint and its user or organization agree on.
        permissions: Vec<String>,
    }

    /// What a valid token of an agent says.
    AgentTokenValidation {
        /// Always true: a bad token is an error.
        valid: bool,
        /// The instance that acts.
        agent_instance_id: String,
        /// The session that the token belongs to.
        agent_instance_session_id: String,
        /// The organization that the agent acts in.
        organization_id: String,
        /// The slugs of what the token allows.
        permissions: Vec<String>,
        /// What was given as intent when the token was minted.
        intent: Option<String>,
        /// The user for whom the agent acts, unless it acts in its own name.
        acting_user_id: Option<String>,
        /// When the session ends; as text, since the API does not promise its form.
        session_expires_at: String,
    }

    /// An agent at work: a blueprint, in an organization, for a user or for nobody.
    AgentInstance {
        /// Always `agent_instance`.
        object: ObjectType,
        /// The id, which tokens name as well.
        id: String,
        /// The blueprint it was made from.
        agent_blueprint_id: String,
        /// The organization it acts in.
        organization_id: String,
        /// The membership of the user it acts for, unless it acts in its own name.
        organization_membership_id: Option<String>,
        /// Whether it acts for a user.
        type_ as "type": AgentInstanceType,
        /// When its first token was minted.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// In whose name an agent acts.
    pub enum AgentInstanceType {
        /// For a user who delegated to it.
        Delegated = "delegated",
        /// In its own.
        Autonomous = "autonomous",
    }
}

objects! {
    /// A span of time in which an instance acts with tokens of one line.
    AgentInstanceSession {
        /// Always `agent_instance_session`.
        object: ObjectType,
        /// The id, which tokens name as well.
        id: String,
        /// Whose session it is.
        agent_instance_id: String,
        /// The organization that the instance acts in. Only in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// Whether it goes on. Events leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<AgentInstanceSessionStatus>,
        /// When it ends, if it is not revoked before.
        expires_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// When it was started.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// What its first token allows. Only in the event about its start.
        #[serde(skip_serializing_if = "Option::is_none")]
        permission_slugs: Option<Vec<String>>,
    }
}

open_enum! {
    /// Whether an agent's session goes on.
    pub enum AgentInstanceSessionStatus {
        /// It does.
        Active = "active",
        /// It was ended before its time, and stays so when the time has come.
        Revoked = "revoked",
        /// Its time has come.
        Expired = "expired",
    }
}
