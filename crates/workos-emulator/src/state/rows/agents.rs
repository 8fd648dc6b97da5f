//! Agents: the sessions of your own ones, and what third-party ones register with.

use serde::{Deserialize, Serialize};
use workos::agents::*;
use workos::{
    AgentBlueprintDeleted, AgentRegistrationClaimAttempt, AgentRegistrationCreated,
    AgentRegistrationCredential, AgentRegistrationMethod, AgentRegistrationReference, EventData,
    ObjectType, SecretString, Timestamp,
};

use crate::reply::Answer;
use crate::state::Change;
use crate::state::collection::Happened;

pub(in crate::state) fn of_blueprint(
    row: &AgentBlueprint,
    happened: Happened,
) -> Option<EventData> {
    Some(match happened {
        Happened::Created => EventData::AgentBlueprintCreated(row.clone()),
        Happened::Updated => EventData::AgentBlueprintUpdated(row.clone()),
        Happened::Deleted => {
            let mut deleted = AgentBlueprintDeleted::default();
            deleted.object = ObjectType::AgentBlueprint;
            deleted.id.clone_from(&row.id);
            deleted.name.clone_from(&row.name);
            deleted.created_at = row.created_at;
            deleted.updated_at = row.updated_at;
            EventData::AgentBlueprintDeleted(deleted)
        }
    })
}

pub(in crate::state) fn of_instance(row: &AgentInstance, happened: Happened) -> Option<EventData> {
    match happened {
        Happened::Created => Some(EventData::AgentInstanceCreated(row.clone())),
        Happened::Updated => None,
        Happened::Deleted => Some(EventData::AgentInstanceDeleted(row.clone())),
    }
}

/// A session of an agent's instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentSession {
    pub(crate) id: String,
    pub(crate) blueprint_id: String,
    /// The session whose token started this one, which ends with it.
    pub(crate) parent_id: Option<String>,
    /// As the event of its creation has it.
    pub(crate) session: AgentInstanceSession,
}

impl AgentSession {
    pub(crate) fn status(&self, now: Timestamp) -> AgentInstanceSessionStatus {
        if self.session.revoked_at.is_some() {
            AgentInstanceSessionStatus::Revoked
        } else if self.session.expires_at <= now {
            AgentInstanceSessionStatus::Expired
        } else {
            AgentInstanceSessionStatus::Active
        }
    }

    /// As answers have it.
    pub(crate) fn shown(&self, now: Timestamp) -> AgentInstanceSession {
        let mut session = self.session.clone();
        session.organization_id = None;
        session.permission_slugs = None;
        session.status = Some(self.status(now));
        session
    }
}

pub(in crate::state) fn of_session(row: &AgentSession, happened: Happened) -> Option<EventData> {
    (happened == Happened::Created)
        .then(|| EventData::AgentInstanceSessionCreated(row.session.clone()))
}

/// Revokes those of these sessions that are active, and what their tokens started.
pub(crate) fn revoke_sessions(change: &mut Change<'_>, mut ids: Vec<String>) -> Answer<()> {
    while let Some(id) = ids.pop() {
        let mut row: AgentSession = change.copy(&id)?;
        if row.status(change.now()) != AgentInstanceSessionStatus::Active {
            continue;
        }
        row.session.revoked_at = Some(change.now());
        row.session.updated_at = change.now();
        let mut revoked = row.session.clone();
        revoked.permission_slugs = None;
        change.tell(EventData::AgentInstanceSessionRevoked(revoked));
        change.put(row)?;
        ids.extend(change.agent_sessions.by("parent", &id).map(|row| row.id.clone()));
    }
    Ok(())
}

/// Revokes the sessions of an instance that is about to go.
pub(in crate::state) fn end_sessions(change: &mut Change<'_>, instance_id: &str) {
    let sessions = change.agent_sessions.by("instance", instance_id);
    let ids = sessions.rev().map(|row| row.id.clone()).collect();
    // All of them exist, and no session is in the way of another.
    let _ = revoke_sessions(change, ids);
}

/// The registration of a third-party agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) id: String,
    /// With the status that it has until it expires.
    pub(crate) registration: AgentRegistration,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Registration {
    pub(crate) fn status(&self, now: Timestamp) -> AgentRegistrationStatus {
        let status = &self.registration.status;
        let is_over = self.expires_at.is_some_and(|at| at <= now);
        if is_over && *status != AgentRegistrationStatus::Revoked {
            AgentRegistrationStatus::Expired
        } else {
            status.clone()
        }
    }

    /// As answers have it.
    pub(crate) fn shown(&self, now: Timestamp) -> AgentRegistration {
        let mut registration = self.registration.clone();
        registration.status = self.status(now);
        registration
    }
}

pub(in crate::state) fn of_registration(
    row: &Registration,
    happened: Happened,
) -> Option<EventData> {
    match happened {
        Happened::Created => Some(EventData::AgentRegistrationCreated(created(&row.registration))),
        Happened::Updated => None,
        Happened::Deleted => {
            let mut reference = AgentRegistrationReference::default();
            reference.agent_registration_id.clone_from(&row.id);
            Some(EventData::AgentRegistrationDeleted(reference))
        }
    }
}

fn created(registration: &AgentRegistration) -> AgentRegistrationCreated {
    let mut created = AgentRegistrationCreated::default();
    created.object = ObjectType::AgentRegistration;
    created.id.clone_from(&registration.id);
    created.agent_identity.object = ObjectType::AgentIdentity;
    created.agent_identity.id.clone_from(&registration.agent_identity.id);
    created.agent_identity.userland_user_id = registration.agent_identity.userland_user_id.clone();
    created.organization_id.clone_from(&registration.organization_id);
    created.status = registration.status.clone();
    created.kind = registration.kind.clone();
    created.method = match registration.kind {
        AgentRegistrationKind::ServiceAuth => AgentRegistrationMethod::ServiceAuth,
        AgentRegistrationKind::IdentityAssertion => AgentRegistrationMethod::IdJag,
        _ => AgentRegistrationMethod::Anonymous,
    };
    created.created_at = registration.created_at;
    created.updated_at = registration.updated_at;
    created
}

/// An agent's request to a user to claim it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClaimAttempt {
    pub(crate) id: String,
    pub(crate) attempt: AgentRegistrationClaimAttempt,
    /// The fingerprint of the token that names it to the user.
    pub(crate) token: String,
    /// What the agent completes the claim with.
    pub(crate) user_code: SecretString,
    /// Who confirmed the claim, and for which organization.
    pub(crate) user_id: Option<String>,
    pub(crate) organization_id: Option<String>,
}

pub(in crate::state) fn of_attempt(row: &ClaimAttempt, happened: Happened) -> Option<EventData> {
    (happened == Happened::Created)
        .then(|| EventData::AgentRegistrationClaimAttemptCreated(row.attempt.clone()))
}

/// A credential that was issued to a registered agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IssuedCredential {
    pub(crate) id: String,
    pub(crate) credential: AgentRegistrationCredential,
    /// The fingerprint of its text.
    pub(crate) secret: String,
    /// What an access token is for.
    pub(crate) audience: Option<String>,
    pub(crate) expires_at: Option<Timestamp>,
}

pub(in crate::state) fn of_credential(
    row: &IssuedCredential,
    happened: Happened,
) -> Option<EventData> {
    (happened == Happened::Created)
        .then(|| EventData::AgentRegistrationCredentialIssued(row.credential.clone()))
}
