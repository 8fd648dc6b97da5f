//! Users claim registered agents.

use serde_json::{Value, json};
use workos::SecretString;
use workos::agents::{
    AgentRegistration, AgentRegistrationClaimClaimCompletion, AgentRegistrationStatus,
    LinkClaimAttempt, LinkClaimAttemptUser,
};
use workos_emulator::{AgentClaimAttempt, NewAgentClaimAttempt};

use super::{ADA, attempt, member, register, told, told_names, user};
use crate::trial::{Trial, refusal};

fn link(attempt: &AgentClaimAttempt, email: &str, external_id: &str) -> LinkClaimAttempt {
    LinkClaimAttempt::new(attempt.token.clone(), LinkClaimAttemptUser::new(email, external_id))
}

#[tokio::test]
async fn a_user_claims_an_agent() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    member(&trial, &ada, &globex).await;
    let agent = register(&trial, &acme);
    let attempt = attempt(&trial, &agent, "Ada@Example.com");
    assert!(attempt.token.expose().starts_with("cla_tkn_"));
    let begun = agents.get_registration(&agent.id).await.unwrap().claim.unwrap();
    assert_eq!(begun.id, attempt.attempt.agent_registration_claim_id);
    assert_eq!(begun.claim_completion, None);

    let now = trial.wait(1);
    let complete = |code: &SecretString| fixtures.complete_agent_claim(&agent.id, code.clone());
    let linked = agents.update_attempts(link(&attempt, ADA, "ada")).await.unwrap();
    assert_eq!(
        serde_json::to_value(&linked).unwrap(),
        json!({
            "id": agent.id,
            "status": "unverified",
            "user_code": linked.user_code.expose(),
            "organizations": [{"id": globex, "name": "Globex"}],
        })
    );
    // The same user may confirm it again.
    assert_eq!(agents.update_attempts(link(&attempt, ADA, "ada")).await.unwrap(), linked);
    assert_eq!(complete(&"no code".into()).unwrap_err().code(), "invalid_user_code");

    let claimed = complete(&linked.user_code).unwrap();
    assert_eq!(agents.get_registration(&agent.id).await.unwrap(), claimed);
    let mut expected = agent.clone();
    expected.status = AgentRegistrationStatus::Verified;
    expected.organization_id.clone_from(&globex);
    expected.agent_identity.userland_user_id = Some(ada.id.clone());
    expected.agent_identity.updated_at = now;
    expected.updated_at = now;
    let mut completion = AgentRegistrationClaimClaimCompletion::default();
    completion.id.clone_from(&attempt.attempt.id);
    completion.created_at = attempt.attempt.created_at;
    completion.updated_at = now;
    completion.expires_at = attempt.attempt.expires_at;
    completion.claimed_at = now;
    let mut claim = begun.clone();
    claim.claim_completion = Some(completion);
    claim.updated_at = now;
    expected.claim = Some(claim);
    assert_eq!(claimed, expected);
    let again = agents.update_attempts(link(&attempt, ADA, "ada")).await;
    assert_eq!(refusal(again), "409 already_claimed");

    let told = told(&trial).await;
    let attempted = json!({
        "object": "agent_registration_claim_attempt",
        "id": attempt.attempt.id,
        "agent_registration_claim_id": begun.id,
        "agent_registration_id": agent.id,
        "login_hint": "Ada@Example.com",
        "expires_at": "2026-03-01T12:10:00.000Z",
        "created_at": agent.created_at,
        "updated_at": agent.created_at,
    });
    let completed = json!({
        "object": "agent_registration_claim",
        "id": begun.id,
        "agent_registration_id": agent.id,
        "claimed_by": {"user_id": ada.id, "organization_id": globex},
        "completed_by_attempt_id": attempt.attempt.id,
        "completed_at": now,
        "created_at": begun.created_at,
        "updated_at": now,
    });
    let switched = json!({
        "agent_registration_id": agent.id,
        "from_organization_id": acme,
        "to_organization_id": globex,
    });
    assert_eq!(
        told[1..],
        [
            ("agent.registration.claim.attempt.created".to_owned(), attempted),
            ("agent.registration.claim.completed".to_owned(), completed),
            ("agent.registration.organization.switched".to_owned(), switched),
        ]
    );
}

#[tokio::test]
async fn claiming_creates_an_unknown_user_and_lets_one_choose_the_organization() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let initech = trial.organization("Initech").await;
    let attempt = attempt(&trial, &register(&trial, &acme), ADA);
    let linked = agents.update_attempts(link(&attempt, ADA, "ada")).await.unwrap();
    assert_eq!(linked.organizations, []);
    let ada = trial.client().user_management().get_user_by_external_id("ada").await.unwrap();
    assert_eq!(ada.email, ADA);

    member(&trial, &ada, &acme).await;
    member(&trial, &ada, &globex).await;
    let former = member(&trial, &ada, &initech).await;
    let memberships = trial.client().organization_membership();
    memberships.deactivate_organization_membership(&former.id).await.unwrap();
    let undecided = agents.update_attempts(link(&attempt, ADA, "ada")).await;
    let error = undecided.as_ref().unwrap_err().api().unwrap();
    let choices = [json!({"id": acme, "name": "Acme"}), json!({"id": globex, "name": "Globex"})];
    let body: Value = serde_json::from_slice(&error.raw_body).unwrap();
    assert_eq!(body["organizations"], json!(choices));
    assert_eq!(refusal(undecided), "409 organization_selection_required");
    let in_organization = |id: &str| LinkClaimAttempt {
        organization_id: Some(id.to_owned()),
        ..link(&attempt, ADA, "ada")
    };
    for id in [&initech, "org_1"] {
        let refused = agents.update_attempts(in_organization(id)).await;
        assert_eq!(refusal(refused), "400 invalid_organization");
    }
    let linked = agents.update_attempts(in_organization(&acme)).await.unwrap();
    trial.emulator.fixtures().complete_agent_claim(&linked.id, linked.user_code).unwrap();
    // The agent was there already, so it does not move.
    assert_eq!(told_names(&trial).await.pop().unwrap(), "agent.registration.claim.completed");
}

#[tokio::test]
async fn claims_by_the_wrong_user_or_too_late_are_refused() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let acme = trial.organization("Acme").await;
    user(&trial, ADA, "ada").await;
    user(&trial, "bob@example.com", "bob").await;
    let agent = register(&trial, &acme);
    let first = attempt(&trial, &agent, ADA);
    let link_as = |attempt: &AgentClaimAttempt, email: &str, external_id: &str| {
        agents.update_attempts(link(attempt, email, external_id))
    };
    let mut unknown = first.clone();
    unknown.token = "cla_tkn_1".into();
    for (attempt, email, external_id, expected) in [
        (&unknown, ADA, "ada", "400 invalid_claim"),
        (&first, "bob@example.com", "bob", "400 email_mismatch"),
        (&first, ADA, "bob", "400 email_mismatch"),
        (&first, ADA, "eve", "409 email_already_in_use"),
        (&first, "nobody", "ada", "400 invalid_request_parameters user.email"),
    ] {
        assert_eq!(refusal(link_as(attempt, email, external_id).await), expected);
    }
    let code = |result: Result<AgentRegistration, workos_emulator::Refusal>| {
        result.unwrap_err().code().to_owned()
    };
    let user_code = link_as(&first, ADA, "ada").await.unwrap().user_code;
    trial.wait(600);
    assert_eq!(refusal(link_as(&first, ADA, "ada").await), "410 user_code_expired");
    let late = fixtures.complete_agent_claim(&agent.id, user_code);
    assert_eq!(code(late), "user_code_expired");

    // Another attempt belongs to the same claim, as long as that lasts.
    let second = attempt(&trial, &agent, ADA);
    let claim_id =
        |attempt: &AgentClaimAttempt| attempt.attempt.agent_registration_claim_id.clone();
    assert_eq!(claim_id(&second), claim_id(&first));
    trial.wait(24 * 60 * 60);
    assert_eq!(refusal(link_as(&second, ADA, "ada").await), "410 claim_expired");
    let third = attempt(&trial, &agent, ADA);
    assert_ne!(claim_id(&third), claim_id(&first));
    agents.revoke_registration(&agent.id).await.unwrap();
    assert_eq!(refusal(link_as(&third, ADA, "ada").await), "403 claim_denied");
    let new = NewAgentClaimAttempt { registration_id: agent.id.clone(), ..Default::default() };
    assert_eq!(fixtures.agent_claim_attempt(new).unwrap_err().code(), "claim_denied");
}

#[tokio::test]
async fn a_claim_that_one_user_confirmed_is_not_for_another() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let acme = trial.organization("Acme").await;
    let ada = user(&trial, ADA, "ada").await;
    let attempt = attempt(&trial, &register(&trial, &acme), ADA);
    agents.update_attempts(link(&attempt, ADA, "ada")).await.unwrap();
    // The address changes hands.
    let users = trial.client().user_management();
    let moved = workos::user_management::UpdateUser {
        email: Some("ada@elsewhere.com".into()),
        ..Default::default()
    };
    users.update_user(&ada.id, moved).await.unwrap();
    let other = agents.update_attempts(link(&attempt, ADA, "eve")).await;
    assert_eq!(refusal(other), "400 wrong_account");
    // The refusal undid the creation of the other user.
    let gone = users.get_user_by_external_id("eve").await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}
