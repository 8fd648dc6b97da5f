//! Agents: blueprints with their instances and sessions, and registrations.

mod blueprints;
mod claims;
mod instances;
mod registrations;

use serde_json::Value;
use workos::agents::{AgentBlueprint, AgentRegistration, CreateAgentBlueprint};
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembership};
use workos::user_management::{CreateUser, User};
use workos_emulator::{AgentClaimAttempt, NewAgentClaimAttempt, NewAgentRegistration};

use crate::trial::Trial;

const ADA: &str = "ada@example.com";

async fn user(trial: &Trial, email: &str, external_id: &str) -> User {
    let user =
        CreateUser { external_id: Some(external_id.into()), ..CreateUser::new(email.to_owned()) };
    trial.client().user_management().create_user(user).await.unwrap()
}

async fn member(trial: &Trial, user: &User, organization_id: &str) -> OrganizationMembership {
    let member = CreateOrganizationMembership::new(&user.id, organization_id);
    let memberships = trial.client().organization_membership();
    memberships.create_organization_membership(member).await.unwrap()
}

async fn blueprint(trial: &Trial, name: &str) -> AgentBlueprint {
    trial.client().agents().create_blueprint(CreateAgentBlueprint::new(name)).await.unwrap()
}

fn register(trial: &Trial, organization_id: &str) -> AgentRegistration {
    let new = NewAgentRegistration {
        organization_id: organization_id.to_owned(),
        ..NewAgentRegistration::default()
    };
    trial.emulator.fixtures().agent_registration(new).unwrap()
}

fn attempt(trial: &Trial, registration: &AgentRegistration, login_hint: &str) -> AgentClaimAttempt {
    let new = NewAgentClaimAttempt {
        registration_id: registration.id.clone(),
        login_hint: login_hint.to_owned(),
        expires_in_seconds: None,
    };
    trial.emulator.fixtures().agent_claim_attempt(new).unwrap()
}

/// The names and payloads of the events that are about agents.
async fn told(trial: &Trial) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter();
    let named =
        events.map(|event| (event["event"].as_str().unwrap().to_owned(), event["data"].clone()));
    named.filter(|(name, _)| name.starts_with("agent.")).collect()
}

async fn told_names(trial: &Trial) -> Vec<String> {
    told(trial).await.into_iter().map(|(name, _)| name).collect()
}
