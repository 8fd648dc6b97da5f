//! How users claim agents: the agent asks, the user confirms, and the agent completes the claim.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use workos::agents::*;
use workos::{
    AgentRegistrationClaimAttempt, AgentRegistrationClaimCompleted, AgentRegistrationClaimedBy,
    AgentRegistrationOrganizationSwitched, EventData, ObjectType, SecretString, Timestamp, User,
};

use super::after;
use crate::fields::{email, fingerprint};
use crate::products::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, ClaimAttempt, Registration, Store};

/// How long a user can claim an agent, and how long one attempt to do so lasts.
const CLAIM_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const ATTEMPT_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A request to be claimed by a user, for [`Fixtures::agent_claim_attempt`].
///
/// [`Fixtures::agent_claim_attempt`]: crate::Fixtures::agent_claim_attempt
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAgentClaimAttempt {
    /// The registration of the agent.
    pub registration_id: String,
    /// The email address of the user.
    pub login_hint: String,
    /// The lifetime; by default ten minutes.
    pub expires_in_seconds: Option<u64>,
}

/// An agent's request to be claimed, with the token that the user gets.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentClaimAttempt {
    /// The attempt, as in its event.
    pub attempt: AgentRegistrationClaimAttempt,
    /// The token of the attempt, `cla_tkn_…`.
    pub token: SecretString,
}

/// Lets an agent ask a user to claim it.
pub(crate) fn attempt_claim(
    change: &mut Change<'_>,
    new: NewAgentClaimAttempt,
) -> Answer<AgentClaimAttempt> {
    let mut row: Registration = change.copy(&new.registration_id)?;
    let now = change.now();
    let claim = match row.registration.claim.take() {
        Some(claim) if claim.expires_at > now => claim,
        _ => {
            let mut claim = AgentRegistrationClaim::default();
            claim.id = change.id("agent_reg_claim");
            claim.created_at = now;
            claim.updated_at = now;
            claim.expires_at = now + CLAIM_LIFETIME;
            claim
        }
    };
    row.registration.claim = Some(claim.clone());
    let mut attempt = AgentRegistrationClaimAttempt::default();
    attempt.object = ObjectType::AgentRegistrationClaimAttempt;
    attempt.id = change.id(ClaimAttempt::PREFIX);
    attempt.agent_registration_claim_id = claim.id;
    attempt.agent_registration_id = new.registration_id;
    attempt.login_hint = new.login_hint;
    attempt.expires_at = match new.expires_in_seconds {
        Some(seconds) => after(change, seconds),
        None => now + ATTEMPT_LIFETIME,
    };
    attempt.created_at = now;
    attempt.updated_at = now;
    let token = SecretString::from(format!("cla_tkn_{}", change.token(32)));
    let stored = ClaimAttempt {
        id: attempt.id.clone(),
        attempt,
        token: fingerprint(&token),
        user_code: change.code().into(),
        user_id: None,
        organization_id: None,
    };
    check_open(now, &row, &stored)?;
    change.put(row)?;
    let stored = change.insert(stored)?;
    Ok(AgentClaimAttempt { attempt: stored.attempt.clone(), token })
}

/// Confirms a claim in the name of a user, who is created if there is none. Returns the attempt,
/// with the code that the agent completes it with, and the organizations of the user.
pub(crate) fn confirm_claim(
    change: &mut Change<'_>,
    input: LinkClaimAttempt,
) -> Answer<(Arc<ClaimAttempt>, Vec<ClaimViewResponseOrganization>)> {
    let token = fingerprint(&input.claim_attempt_token);
    let attempt = change.claim_attempts.find("token", &token).ok_or_else(|| {
        Refusal::bad_request("invalid_claim", "The token names no attempt to claim an agent.")
    })?;
    let mut attempt = ClaimAttempt::clone(attempt);
    let registration = change.one::<Registration>(&attempt.attempt.agent_registration_id)?;
    check_open(change.now(), registration, &attempt)?;
    if email(&input.user.email) != email(&attempt.attempt.login_hint) {
        let message = "The agent asked for a user with another email address.";
        return Err(Refusal::bad_request("email_mismatch", message));
    }
    let user = find_or_create_user(change, input.user)?;
    if attempt.user_id.as_ref().is_some_and(|id| *id != user.id) {
        let message = "Another user has confirmed this claim.";
        return Err(Refusal::bad_request("wrong_account", message));
    }
    let organizations = organizations(change, &user.id);
    attempt.user_id = Some(user.id.clone());
    attempt.organization_id = choose(&organizations, input.organization_id)?;
    attempt.attempt.updated_at = change.now();
    Ok((change.put(attempt)?, organizations))
}

/// Lets an agent complete its claim with the code that the user has told it.
pub(crate) fn complete_claim(
    change: &mut Change<'_>,
    registration_id: &str,
    user_code: &SecretString,
) -> Answer<AgentRegistration> {
    let mut row: Registration = change.copy(registration_id)?;
    let mut attempts = change.claim_attempts.by("registration", registration_id).rev();
    let found = attempts.find(|attempt| attempt.user_code == *user_code).cloned();
    let refuse = |code, message: &str| Refusal::bad_request(code, message);
    let attempt = found.ok_or_else(|| refuse("invalid_user_code", "The code is not correct."))?;
    check_open(change.now(), &row, &attempt)?;
    let user_id = attempt.user_id.clone();
    let user_id = user_id
        .ok_or_else(|| refuse("claim_not_confirmed", "The user has not confirmed the claim."))?;
    let now = change.now();
    let registration = &mut row.registration;
    registration.status = AgentRegistrationStatus::Verified;
    registration.agent_identity.userland_user_id = Some(user_id.clone());
    registration.agent_identity.updated_at = now;
    registration.updated_at = now;
    let claim = registration.claim.get_or_insert_default();
    let mut completion = AgentRegistrationClaimClaimCompletion::default();
    completion.id.clone_from(&attempt.id);
    completion.created_at = attempt.attempt.created_at;
    completion.updated_at = now;
    completion.expires_at = attempt.attempt.expires_at;
    completion.claimed_at = now;
    claim.claim_completion = Some(completion);
    claim.updated_at = now;
    tell_of_completion(change, &attempt, user_id, claim);
    let previous = registration.organization_id.clone();
    if let Some(id) = attempt.organization_id.clone().filter(|id| *id != previous) {
        registration.organization_id.clone_from(&id);
        let mut switched = AgentRegistrationOrganizationSwitched::default();
        switched.agent_registration_id = registration_id.to_owned();
        switched.from_organization_id = previous;
        switched.to_organization_id = id;
        change.tell(EventData::AgentRegistrationOrganizationSwitched(switched));
    }
    // A claimed agent stays until it is revoked.
    row.expires_at = None;
    change.put(row.clone())?;
    Ok(row.shown(now))
}

fn tell_of_completion(
    change: &mut Change<'_>,
    attempt: &ClaimAttempt,
    user_id: String,
    claim: &AgentRegistrationClaim,
) {
    let mut claimed_by = AgentRegistrationClaimedBy::default();
    claimed_by.user_id = user_id;
    claimed_by.organization_id.clone_from(&attempt.organization_id);
    let mut completed = AgentRegistrationClaimCompleted::default();
    completed.object = ObjectType::AgentRegistrationClaim;
    completed.id.clone_from(&claim.id);
    completed.agent_registration_id.clone_from(&attempt.attempt.agent_registration_id);
    completed.claimed_by = claimed_by;
    completed.completed_by_attempt_id.clone_from(&attempt.id);
    completed.completed_at = change.now();
    completed.created_at = claim.created_at;
    completed.updated_at = claim.updated_at;
    change.tell(EventData::AgentRegistrationClaimCompleted(completed));
}

/// Whether an agent can still be claimed with this attempt.
fn check_open(now: Timestamp, row: &Registration, attempt: &ClaimAttempt) -> Answer<()> {
    let gone = |code, message| Err(Refusal::new(http::StatusCode::GONE, code, message));
    let claim = row.registration.claim.as_ref();
    match row.status(now) {
        AgentRegistrationStatus::Revoked => {
            Err(Refusal::forbidden("claim_denied", "The registration is revoked."))
        }
        AgentRegistrationStatus::Verified => {
            Err(Refusal::conflict("already_claimed", "A user has claimed the agent already."))
        }
        AgentRegistrationStatus::Expired => gone("claim_expired", "The registration has expired."),
        _ if claim.is_none_or(|claim| claim.expires_at <= now) => {
            gone("claim_expired", "The claim has expired.")
        }
        _ if attempt.attempt.expires_at <= now => {
            gone("user_code_expired", "The attempt has expired; the agent can begin another.")
        }
        _ => Ok(()),
    }
}

fn find_or_create_user(change: &mut Change<'_>, input: LinkClaimAttemptUser) -> Answer<Arc<User>> {
    let address = email(&input.email);
    if let Some(user) = change.users.find("external_id", &input.external_id) {
        if user.email == address {
            return Ok(user.clone());
        }
        let message = "The user with this external ID has another email address.";
        return Err(Refusal::bad_request("email_mismatch", message));
    }
    if change.users.find("email", &address).is_some() {
        let message = "A user with another external ID has this email address.";
        return Err(Refusal::conflict("email_already_in_use", message));
    }
    let mut user: User = change.make();
    user.email = address;
    user.external_id = Some(input.external_id);
    change.insert(user)
}

/// Where a user is an active member.
fn organizations(store: &Store, user_id: &str) -> Vec<ClaimViewResponseOrganization> {
    memberships::active_organizations(store, user_id)
        .map(|organization| {
            let mut choice = ClaimViewResponseOrganization::default();
            choice.id.clone_from(&organization.id);
            choice.name.clone_from(&organization.name);
            choice
        })
        .collect()
}

/// The organization for a claimed agent; none if the user is in none.
fn choose(
    organizations: &[ClaimViewResponseOrganization],
    id: Option<String>,
) -> Answer<Option<String>> {
    match (id, organizations) {
        (Some(id), _) if organizations.iter().any(|choice| choice.id == id) => Ok(Some(id)),
        (Some(_), _) => {
            let message = "The user is not a member of the organization.";
            Err(Refusal::bad_request("invalid_organization", message))
        }
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(only.id.clone())),
        (None, several) => {
            let message = "The user is a member of several organizations; name one of them.";
            Err(Refusal::conflict("organization_selection_required", message)
                .with("organizations", json!(several)))
        }
    }
}
