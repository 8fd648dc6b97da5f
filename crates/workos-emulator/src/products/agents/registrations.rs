//! Registrations of third-party agents.

use serde::Deserialize;
use workos::agents::*;
use workos::{AgentRegistrationReference, EventData, Organization, User};

use super::after;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Registration};

/// A third-party agent that registers, for [`Fixtures::agent_registration`].
///
/// [`Fixtures::agent_registration`]: crate::Fixtures::agent_registration
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAgentRegistration {
    /// The organization that it acts in.
    pub organization_id: String,
    /// How it identifies itself; by default not at all: anonymous.
    pub kind: Option<AgentRegistrationKind>,
    /// The user whom it is linked to from the start.
    pub user_id: Option<String>,
    /// The lifetime, until a user claims it; by default unlimited.
    pub expires_in_seconds: Option<u64>,
}

/// Registers an agent, as its own request would.
pub(crate) fn register(
    change: &mut Change<'_>,
    new: NewAgentRegistration,
) -> Answer<AgentRegistration> {
    change.one::<Organization>(&new.organization_id)?;
    if let Some(id) = &new.user_id {
        change.one::<User>(id)?;
    }
    let kind = new.kind.unwrap_or(AgentRegistrationKind::Anonymous);
    if !AgentRegistrationKind::KNOWN.contains(&kind) {
        let invalid = Invalid::new("kind", "invalid", "must be a kind of registration.");
        return Err(Refusal::invalid(&[invalid]));
    }
    let mut registration = AgentRegistration::default();
    registration.id = change.id(Registration::PREFIX);
    registration.agent_identity.id = change.id("agent_identity");
    registration.agent_identity.created_at = change.now();
    registration.agent_identity.updated_at = change.now();
    registration.organization_id = new.organization_id;
    registration.status = match new.user_id {
        Some(_) => AgentRegistrationStatus::Verified,
        None => AgentRegistrationStatus::Unverified,
    };
    registration.agent_identity.userland_user_id = new.user_id;
    registration.kind = kind;
    registration.created_at = change.now();
    registration.updated_at = change.now();
    let expires_at = new.expires_in_seconds.map(|seconds| after(change, seconds));
    let row = Registration { id: registration.id.clone(), registration, expires_at };
    Ok(change.insert(row)?.shown(change.now()))
}

/// Revokes a registration. Its credentials are of no use any more:
/// [`valid`](super::credentials::valid) looks at the registration, too.
pub(crate) fn revoke(change: &mut Change<'_>, id: &str) -> Answer<AgentRegistration> {
    let mut row: Registration = change.copy(id)?;
    if row.registration.status != AgentRegistrationStatus::Revoked {
        row.registration.status = AgentRegistrationStatus::Revoked;
        row.registration.revoked_at = Some(change.now());
        row.registration.updated_at = change.now();
        let mut reference = AgentRegistrationReference::default();
        reference.agent_registration_id = id.to_owned();
        change.tell(EventData::AgentRegistrationRevoked(reference));
        change.put(row.clone())?;
    }
    Ok(row.shown(change.now()))
}

/// Whether a registration has neither expired nor been revoked.
pub(crate) fn is_active(status: &AgentRegistrationStatus) -> bool {
    matches!(status, AgentRegistrationStatus::Unverified | AgentRegistrationStatus::Verified)
}
