//! The credentials of registered agents.

use std::sync::Arc;

use serde::Deserialize;
use workos::{
    AgentRegistrationCredential, AgentRegistrationCredentialDetail, ObjectType, SecretString,
    Timestamp,
};

use super::after;
use super::registrations::is_active;
use crate::fields::fingerprint;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, IssuedCredential, Registration, View};

/// An API key of a registered agent, for [`Fixtures::agent_credential`].
///
/// [`Fixtures::agent_credential`]: crate::Fixtures::agent_credential
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAgentCredential {
    /// The registration of the agent.
    pub registration_id: String,
    /// The lifetime; by default unlimited.
    pub expires_in_seconds: Option<u64>,
}

/// An API key of a registered agent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentCredential {
    /// The ID of the credential, as in its event.
    pub id: String,
    /// The key.
    pub secret: SecretString,
    /// When it expires, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Issues an API key to an agent.
pub(crate) fn issue_api_key(
    change: &mut Change<'_>,
    new: NewAgentCredential,
) -> Answer<AgentCredential> {
    let registration = change.one::<Registration>(&new.registration_id)?;
    let status = registration.status(change.now());
    if !is_active(&status) {
        let message = format!("The registration is {}.", status.as_str());
        return Err(Refusal::conflict("registration_not_active", message));
    }
    let api_key_id = change.id("api_key");
    let secret = SecretString::from(format!("sk_agent_{}", change.token(32)));
    let mut credential = AgentRegistrationCredential::default();
    credential.object = ObjectType::AgentRegistrationCredential;
    credential.id = change.id(IssuedCredential::PREFIX);
    credential.agent_registration_id = new.registration_id;
    credential.detail = AgentRegistrationCredentialDetail::ApiKey { api_key_id };
    credential.created_at = change.now();
    credential.updated_at = change.now();
    let issued = IssuedCredential {
        id: credential.id.clone(),
        credential,
        secret: fingerprint(&secret),
        audience: None,
        expires_at: new.expires_in_seconds.map(|seconds| after(change, seconds)),
    };
    let issued = change.insert(issued)?;
    Ok(AgentCredential { id: issued.id.clone(), secret, expires_at: issued.expires_at })
}

/// The issued credential with this text, if it is of this kind, is for the audience, and neither it
/// nor its registration has ended.
pub(crate) fn valid<'a>(
    view: &'a View<'_>,
    text: &SecretString,
    is_api_key: bool,
    audience: Option<&str>,
) -> Option<&'a Arc<IssuedCredential>> {
    let issued = view.agent_credentials.find("secret", &fingerprint(text));
    issued.filter(|issued| {
        let kind = &issued.credential.detail;
        matches!(kind, AgentRegistrationCredentialDetail::ApiKey { .. }) == is_api_key
            && (audience.is_none() || issued.audience.as_deref() == audience)
            && is_usable(view, issued)
    })
}

/// Whether neither a credential nor its registration has ended.
fn is_usable(view: &View<'_>, issued: &IssuedCredential) -> bool {
    let registration = view.registrations.get(&issued.credential.agent_registration_id);
    registration.is_some_and(|row| is_active(&row.status(view.now())))
        && issued.expires_at.is_none_or(|at| at > view.now())
}
