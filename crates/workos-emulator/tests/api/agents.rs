//! Agents: blueprints with their instances and sessions, and registrations.

use serde_json::{Value, json};
use workos::agents::*;
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembership};
use workos::organizations::CreateOrganization;
use workos::user_management::{CreateUser, User};
use workos::{Nullable, SecretString};
use workos_emulator::{
    AgentClaimAttempt, NewAgentClaimAttempt, NewAgentCredential, NewAgentInstance,
    NewAgentRegistration, NewAgentSession,
};

use super::trial::{Trial, refusal};

const ADA: &str = "ada@example.com";

async fn organization(trial: &Trial, name: &str) -> String {
    let organizations = trial.client().organizations();
    organizations.create_organization(CreateOrganization::new(name)).await.unwrap().id
}

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

fn autonomous(blueprint: &AgentBlueprint, organization_id: &str) -> NewAgentInstance {
    NewAgentInstance {
        agent_blueprint_id: blueprint.id.clone(),
        organization_id: organization_id.to_owned(),
        organization_membership_id: None,
    }
}

fn delegated(blueprint: &AgentBlueprint, membership: &OrganizationMembership) -> NewAgentInstance {
    NewAgentInstance {
        organization_membership_id: Some(membership.id.clone()),
        ..autonomous(blueprint, &membership.organization_id)
    }
}

fn session_of(instance: &AgentInstance) -> NewAgentSession {
    NewAgentSession { agent_instance_id: instance.id.clone(), ..Default::default() }
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

fn link(attempt: &AgentClaimAttempt, email: &str, external_id: &str) -> LinkClaimAttempt {
    LinkClaimAttempt::new(attempt.token.clone(), LinkClaimAttemptUser::new(email, external_id))
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

#[tokio::test]
async fn a_blueprint_is_created_with_defaults_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let acme = organization(&trial, "Acme").await;
    let research = blueprint(&trial, "Research").await;
    assert_eq!(
        serde_json::to_value(&research).unwrap(),
        json!({
            "object": "agent_blueprint",
            "id": research.id,
            "name": "Research",
            "description": null,
            "permissions": [],
            "invocable_by": {"role_slugs": [], "organization_ids": []},
            "invocable_as": {"instance_types": ["delegated", "autonomous"]},
            "session_settings": {
                "max_age_seconds": 3600,
                "access_token_ttl_seconds": 300,
                "refresh_token_ttl_seconds": 3600,
            },
            "created_at": research.created_at,
            "updated_at": research.created_at,
        })
    );

    trial.wait(1);
    let first = UpdateAgentBlueprint {
        description: Some(Nullable::Value("Finds prospects".into())),
        invocable_by: Some(AgentBlueprintInvocableBy {
            role_slugs: Some(vec!["admin".into(), "admin".into()]),
            organization_ids: None,
        }),
        ..Default::default()
    };
    agents.update_blueprint(&research.id, first).await.unwrap();
    let second = UpdateAgentBlueprint {
        name: Some("Sales".into()),
        description: Some(Nullable::Null),
        invocable_by: Some(AgentBlueprintInvocableBy {
            role_slugs: None,
            organization_ids: Some(vec![acme.clone()]),
        }),
        invocable_as: Some(AgentBlueprintInvocableAs {
            instance_types: Some(vec![AgentInstanceType::Autonomous]),
        }),
        session_settings: Some(UpdateAgentBlueprintSessionSetting {
            max_age_seconds: Some(60),
            ..Default::default()
        }),
        ..Default::default()
    };
    let sales = agents.update_blueprint(&research.id, second).await.unwrap();
    let mut expected = research.clone();
    expected.name = "Sales".into();
    expected.invocable_by.role_slugs = Some(vec!["admin".into()]);
    expected.invocable_by.organization_ids = Some(vec![acme]);
    expected.invocable_as.instance_types = Some(vec![AgentInstanceType::Autonomous]);
    expected.session_settings.max_age_seconds = 60;
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(sales, expected);
    assert_eq!(agents.get_blueprint(&research.id).await.unwrap(), sales);

    let other = blueprint(&trial, "Research").await;
    let all = agents.list_blueprints(Default::default()).await.unwrap().data;
    assert_eq!(all, [other.clone(), sales.clone()]);
    agents.delete_blueprint(&sales.id).await.unwrap();
    assert_eq!(agents.list_blueprints(Default::default()).await.unwrap().data, [other]);
    let gone = agents.get_blueprint(&sales.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert_eq!(refusal(agents.delete_blueprint(&sales.id).await), "404 entity_not_found");

    let told = told(&trial).await;
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    let (created, updated) = ("agent.blueprint.created", "agent.blueprint.updated");
    assert_eq!(names, [created, updated, updated, created, "agent.blueprint.deleted"]);
    let (_, deleted) = told.last().unwrap();
    assert_eq!(
        *deleted,
        json!({
            "object": "agent_blueprint",
            "id": sales.id,
            "name": "Sales",
            "created_at": sales.created_at,
            "updated_at": sales.updated_at,
        })
    );
}

#[tokio::test]
async fn blueprints_that_contradict_others_or_the_limits_are_refused() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let research = blueprint(&trial, "Research").await;
    let sales = blueprint(&trial, "Sales").await;
    let new = || CreateAgentBlueprint::new("New");
    let by = |role_slugs: &[&str], organization_ids: &[&str]| {
        let list = |list: &[&str]| Some(list.iter().map(|one| (*one).to_owned()).collect());
        Some(AgentBlueprintInvocableBy {
            role_slugs: list(role_slugs),
            organization_ids: list(organization_ids),
        })
    };
    for (input, expected) in [
        (CreateAgentBlueprint::new("Sales"), "409 name_already_in_use"),
        (
            CreateAgentBlueprint { permissions: Some(vec!["no:where".into()]), ..new() },
            "422 permission_not_found",
        ),
        (
            CreateAgentBlueprint { invocable_by: by(&["admin", "boss"], &[]), ..new() },
            "422 role_not_found",
        ),
        (
            CreateAgentBlueprint { invocable_by: by(&[], &["org_1"]), ..new() },
            "422 organization_not_found",
        ),
        (CreateAgentBlueprint::new("n".repeat(256)), "400 invalid_request name"),
        (
            CreateAgentBlueprint { description: Some("d".repeat(1001)), ..new() },
            "400 invalid_request description",
        ),
        (
            CreateAgentBlueprint {
                session_settings: Some(AgentBlueprintSessionSetting {
                    max_age_seconds: 31_536_001,
                    access_token_ttl_seconds: 3_600,
                    refresh_token_ttl_seconds: 0,
                }),
                ..new()
            },
            "400 invalid_request session_settings.max_age_seconds \
             session_settings.refresh_token_ttl_seconds",
        ),
        (
            CreateAgentBlueprint {
                permissions: Some(vec!["p".into(); 1001]),
                invocable_by: by(&["member"; 101], &["org_1"; 1001]),
                ..new()
            },
            "400 invalid_request permissions invocable_by.role_slugs \
             invocable_by.organization_ids",
        ),
    ] {
        assert_eq!(refusal(agents.create_blueprint(input).await), expected);
    }
    let rename = |name: &str| {
        let name = Some(name.to_owned());
        agents.update_blueprint(&research.id, UpdateAgentBlueprint { name, ..Default::default() })
    };
    assert_eq!(refusal(rename("Sales").await), "409 name_already_in_use");
    assert_eq!(refusal(rename(" ").await), "400 invalid_request name");
    // Its own name is not in its way.
    rename("Research").await.unwrap();
    let all = agents.list_blueprints(Default::default()).await.unwrap().data;
    assert_eq!(all, [sales, research]);
}

#[tokio::test]
async fn instances_and_sessions_are_listed_by_what_they_belong_to() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    let ada_at_acme = member(&trial, &ada, &acme).await;
    let (research, sales) = (blueprint(&trial, "R").await, blueprint(&trial, "S").await);
    let instances: Vec<_> = [
        autonomous(&research, &acme),
        autonomous(&research, &globex),
        delegated(&research, &ada_at_acme),
        autonomous(&sales, &acme),
    ]
    .map(|new| fixtures.agent_instance(new).unwrap())
    .into();
    let types: Vec<_> = instances.iter().map(|instance| instance.type_.as_str()).collect();
    assert_eq!(types, ["autonomous", "autonomous", "delegated", "autonomous"]);
    // The instance of a blueprint for the same member of the same organization is the same.
    let again = fixtures.agent_instance(delegated(&research, &ada_at_acme)).unwrap();
    assert_eq!(again, instances[2]);
    assert_eq!(agents.get_instance(&again.id).await.unwrap(), again);

    let sessions: Vec<_> = instances
        .iter()
        .map(|instance| fixtures.agent_session(session_of(instance)).unwrap())
        .collect();
    let (none, acme, globex) = (None, Some(acme), Some(globex));
    let (research, sales) = (Some(research.id), Some(sales.id));
    for (organization_id, agent_blueprint_id, expected) in [
        (&none, &none, vec![3, 2, 1, 0]),
        (&acme, &none, vec![3, 2, 0]),
        (&none, &research, vec![2, 1, 0]),
        (&acme, &research, vec![2, 0]),
        (&globex, &sales, vec![]),
        (&Some("org_1".into()), &none, vec![]),
    ] {
        let params = ListInstancesParams {
            organization_id: organization_id.clone(),
            agent_blueprint_id: agent_blueprint_id.clone(),
            ..Default::default()
        };
        let listed = agents.list_instances(params).await.unwrap().data;
        let wanted: Vec<_> = expected.iter().map(|n| instances[*n].clone()).collect();
        assert_eq!(listed, wanted);
        let params = ListSessionsParams {
            organization_id: organization_id.clone(),
            agent_blueprint_id: agent_blueprint_id.clone(),
            ..Default::default()
        };
        let listed = agents.list_sessions(params).await.unwrap().data;
        let wanted: Vec<_> = expected.iter().map(|n| sessions[*n].clone()).collect();
        assert_eq!(listed, wanted);
    }
    let of_instance = |organization_id: &Option<String>| ListSessionsParams {
        agent_instance_id: Some(instances[1].id.clone()),
        organization_id: organization_id.clone(),
        ..Default::default()
    };
    let listed = agents.list_sessions(of_instance(&globex)).await.unwrap().data;
    assert_eq!(listed, [sessions[1].clone()]);
    assert_eq!(agents.list_sessions(of_instance(&acme)).await.unwrap().data, []);
}

#[tokio::test]
async fn a_session_is_active_until_it_is_revoked_or_expires() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let acme = organization(&trial, "Acme").await;
    let instance =
        fixtures.agent_instance(autonomous(&blueprint(&trial, "R").await, &acme)).unwrap();
    let active = fixtures.agent_session(session_of(&instance)).unwrap();
    assert_eq!(
        serde_json::to_value(&active).unwrap(),
        json!({
            "object": "agent_instance_session",
            "id": active.id,
            "agent_instance_id": instance.id,
            "status": "active",
            "expires_at": "2026-03-01T13:00:00.000Z",
            "revoked_at": null,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
        })
    );
    let short = NewAgentSession { expires_in_seconds: Some(60), ..session_of(&instance) };
    let short = fixtures.agent_session(short).unwrap();
    let status = async |id: &str| agents.get_session(id).await.unwrap().status.unwrap();

    trial.wait(59);
    assert_eq!(status(&short.id).await, AgentInstanceSessionStatus::Active);
    let now = trial.wait(1);
    let mut expired = short.clone();
    expired.status = Some(AgentInstanceSessionStatus::Expired);
    assert_eq!(agents.revoke_session(&short.id).await.unwrap(), expired);

    let mut revoked = active.clone();
    revoked.status = Some(AgentInstanceSessionStatus::Revoked);
    revoked.revoked_at = Some(now);
    revoked.updated_at = now;
    assert_eq!(agents.revoke_session(&active.id).await.unwrap(), revoked);
    trial.wait(1);
    assert_eq!(agents.revoke_session(&active.id).await.unwrap(), revoked);
    // Revoked it stays, even when it would have expired.
    trial.wait(3600);
    assert_eq!(status(&active.id).await, AgentInstanceSessionStatus::Revoked);

    let told = told(&trial).await;
    let of_session = |name: &str| {
        let name = format!("agent.instance.session.{name}");
        told.iter().filter(|(told, _)| *told == name).map(|(_, data)| data).collect::<Vec<_>>()
    };
    assert_eq!(of_session("created").len(), 2);
    assert_eq!(
        of_session("revoked"),
        [&json!({
            "object": "agent_instance_session",
            "id": active.id,
            "agent_instance_id": instance.id,
            "organization_id": acme,
            "expires_at": active.expires_at,
            "revoked_at": now,
            "created_at": active.created_at,
            "updated_at": now,
        })]
    );
    let unknown = agents.revoke_session("agent_session_1").await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
}

#[tokio::test]
async fn a_revoked_session_takes_those_that_it_started_with_it() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let acme = organization(&trial, "Acme").await;
    let instance =
        fixtures.agent_instance(autonomous(&blueprint(&trial, "R").await, &acme)).unwrap();
    let start = |parent: Option<&AgentInstanceSession>| {
        let parent_session_id = parent.map(|parent| parent.id.clone());
        let new = NewAgentSession { parent_session_id, ..session_of(&instance) };
        fixtures.agent_session(new).unwrap()
    };
    let root = start(None);
    let child = start(Some(&root));
    let grandchild = start(Some(&child));
    let other = start(None);
    agents.revoke_session(&child.id).await.unwrap();
    let mut active = Vec::new();
    for session in agents.list_sessions(Default::default()).await.unwrap() {
        if session.status == Some(AgentInstanceSessionStatus::Active) {
            active.push(session.id);
        }
    }
    assert_eq!(active, [other.id.clone(), root.id.clone()]);
    let revoked: Vec<_> = told(&trial)
        .await
        .into_iter()
        .filter(|(name, _)| name == "agent.instance.session.revoked")
        .map(|(_, data)| data["id"].clone())
        .collect();
    assert_eq!(revoked, [json!(child.id), json!(grandchild.id)]);

    let elsewhere =
        fixtures.agent_instance(autonomous(&blueprint(&trial, "S").await, &acme)).unwrap();
    let new = NewAgentSession { parent_session_id: Some(root.id), ..session_of(&elsewhere) };
    let refused = fixtures.agent_session(new).unwrap_err();
    assert_eq!(refused.code(), "entity_not_found");
}

#[tokio::test]
async fn only_what_a_blueprint_allows_is_instantiated() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    let ada_at_acme = member(&trial, &ada, &acme).await;
    let agent = agents
        .create_blueprint(CreateAgentBlueprint {
            invocable_by: Some(AgentBlueprintInvocableBy {
                role_slugs: Some(vec!["admin".into()]),
                organization_ids: Some(vec![acme.clone()]),
            }),
            invocable_as: Some(AgentBlueprintInvocableAs {
                instance_types: Some(vec![AgentInstanceType::Delegated]),
            }),
            ..CreateAgentBlueprint::new("Agent")
        })
        .await
        .unwrap();
    let code = |new| fixtures.agent_instance(new).map_err(|error| error.code().to_owned());
    let expect = |new, expected: &str| assert_eq!(code(new), Err(expected.to_owned()));
    expect(autonomous(&agent, &globex), "organization_not_invocable");
    expect(autonomous(&agent, &acme), "instance_type_not_invocable");
    expect(delegated(&agent, &ada_at_acme), "role_not_invocable");
    let mut elsewhere = ada_at_acme.clone();
    elsewhere.organization_id = globex;
    expect(delegated(&agent, &elsewhere), "entity_not_found");
    expect(autonomous(&agent, "org_1"), "entity_not_found");
    let refused = fixtures.agent_session(NewAgentSession::default()).unwrap_err();
    assert_eq!(refused.to_string(), "Agent instance not found: ''.");

    let anyone = AgentBlueprintInvocableBy { role_slugs: Some(vec![]), organization_ids: None };
    let update = UpdateAgentBlueprint { invocable_by: Some(anyone), ..Default::default() };
    agents.update_blueprint(&agent.id, update).await.unwrap();
    fixtures.agent_instance(delegated(&agent, &ada_at_acme)).unwrap();
    let memberships = trial.client().organization_membership();
    memberships.deactivate_organization_membership(&ada_at_acme.id).await.unwrap();
    expect(delegated(&agent, &ada_at_acme), "user_not_member_of_organization");
}

#[tokio::test]
async fn instances_and_sessions_go_with_what_they_belong_to() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    let ada_at_acme = member(&trial, &ada, &acme).await;
    let research = blueprint(&trial, "R").await;
    let start = |new| {
        let instance = fixtures.agent_instance(new).unwrap();
        let expired = NewAgentSession { expires_in_seconds: Some(0), ..session_of(&instance) };
        fixtures.agent_session(expired).unwrap();
        fixtures.agent_session(session_of(&instance)).unwrap();
        instance
    };
    start(delegated(&research, &ada_at_acme));
    start(autonomous(&research, &globex));
    let single = start(autonomous(&research, &acme));
    start(autonomous(&blueprint(&trial, "S").await, &acme));
    let mut before = told(&trial).await.len();
    let left = async || agents.list_sessions(Default::default()).await.unwrap().data.len();
    let mut news = async || {
        let names = told_names(&trial).await.split_off(before);
        before += names.len();
        names
    };
    // Only the session that was active is revoked.
    let gone = ["agent.instance.session.revoked", "agent.instance.deleted"];

    trial.client().user_management().delete_user(&ada.id).await.unwrap();
    assert_eq!((left().await, news().await), (6, gone.map(str::to_owned).to_vec()));
    trial.client().organizations().delete_organization(&globex).await.unwrap();
    assert_eq!((left().await, news().await), (4, gone.map(str::to_owned).to_vec()));
    agents.delete_instance(&single.id).await.unwrap();
    assert_eq!((left().await, news().await), (2, gone.map(str::to_owned).to_vec()));
    let again = agents.delete_instance(&single.id).await;
    assert_eq!(refusal(again), "404 entity_not_found");
    let last = agents.list_blueprints(Default::default()).await.unwrap().data.remove(0);
    agents.delete_blueprint(&last.id).await.unwrap();
    let mut gone = gone.map(str::to_owned).to_vec();
    gone.push("agent.blueprint.deleted".into());
    assert_eq!((left().await, news().await), (0, gone));
    assert_eq!(agents.list_instances(Default::default()).await.unwrap().data, []);
}

#[tokio::test]
async fn a_registration_expires_by_the_clock_and_is_revoked_for_good() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let acme = organization(&trial, "Acme").await;
    let new = NewAgentRegistration {
        organization_id: acme.clone(),
        kind: Some(AgentRegistrationKind::ServiceAuth),
        user_id: None,
        expires_in_seconds: Some(60),
    };
    let agent = trial.emulator.fixtures().agent_registration(new).unwrap();
    assert_eq!(
        serde_json::to_value(&agent).unwrap(),
        json!({
            "id": agent.id,
            "agent_identity": {
                "id": agent.agent_identity.id,
                "userland_user_id": null,
                "created_at": agent.created_at,
                "updated_at": agent.created_at,
            },
            "organization_id": acme,
            "status": "unverified",
            "kind": "service_auth",
            "claim": null,
            "created_at": agent.created_at,
            "updated_at": agent.created_at,
            "revoked_at": null,
        })
    );
    trial.wait(59);
    assert_eq!(agents.get_registration(&agent.id).await.unwrap(), agent);
    let now = trial.wait(1);
    let expired = agents.get_registration(&agent.id).await.unwrap();
    assert_eq!(expired.status, AgentRegistrationStatus::Expired);
    let revoked = agents.revoke_registration(&agent.id).await.unwrap();
    assert_eq!(
        (&revoked.status, revoked.revoked_at),
        (&AgentRegistrationStatus::Revoked, Some(now))
    );
    trial.wait(1);
    assert_eq!(agents.revoke_registration(&agent.id).await.unwrap(), revoked);
    assert_eq!(agents.get_registration(&agent.id).await.unwrap(), revoked);
    let unknown = agents.revoke_registration("agent_reg_1").await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let unknown = agents.get_registration("agent_reg_1").await;
    assert_eq!(refusal(unknown), "404 entity_not_found");

    let created = json!({
        "object": "agent_registration",
        "id": agent.id,
        "agent_identity": {
            "object": "agent_identity",
            "id": agent.agent_identity.id,
            "userland_user_id": null,
        },
        "organization_id": acme,
        "status": "unverified",
        "kind": "service_auth",
        "method": "service_auth",
        "created_at": agent.created_at,
        "updated_at": agent.created_at,
    });
    let revoked = json!({"agent_registration_id": agent.id});
    assert_eq!(
        told(&trial).await,
        [
            ("agent.registration.created".to_owned(), created),
            ("agent.registration.revoked".to_owned(), revoked),
        ]
    );
}

#[tokio::test]
async fn a_registration_begins_as_it_is_told_and_goes_with_its_organization_or_user() {
    let trial = Trial::new().await;
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    let fixtures = trial.emulator.fixtures();
    let new = |kind: &str, organization_id: &str, user_id: Option<&str>| NewAgentRegistration {
        organization_id: organization_id.to_owned(),
        kind: Some(kind.into()),
        user_id: user_id.map(str::to_owned),
        expires_in_seconds: None,
    };
    let register = |new| fixtures.agent_registration(new);
    let claimed = register(new("identity_assertion", &acme, Some(&ada.id))).unwrap();
    assert_eq!(claimed.status, AgentRegistrationStatus::Verified);
    let anonymous = register(new("anonymous", &globex, None)).unwrap();
    attempt(&trial, &anonymous, ADA);
    for (new, code) in [
        (new("guest", &acme, None), "invalid_request_parameters"),
        (new("anonymous", "org_1", None), "entity_not_found"),
        (new("anonymous", &acme, Some("user_1")), "entity_not_found"),
    ] {
        assert_eq!(register(new).unwrap_err().code(), code);
    }
    trial.client().user_management().delete_user(&ada.id).await.unwrap();
    trial.client().organizations().delete_organization(&globex).await.unwrap();
    for id in [&claimed.id, &anonymous.id] {
        let gone = trial.client().agents().get_registration(id).await;
        assert_eq!(refusal(gone), "404 entity_not_found");
    }
    let told = told(&trial).await;
    let methods: Vec<_> = told.iter().filter_map(|(_, data)| data["method"].as_str()).collect();
    assert_eq!(methods, ["id_jag", "anonymous"]);
    let deleted =
        |id: &str| ("agent.registration.deleted".to_owned(), json!({"agent_registration_id": id}));
    assert_eq!(told[told.len() - 2..], [deleted(&claimed.id), deleted(&anonymous.id)]);
}

#[tokio::test]
async fn a_user_claims_an_agent() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
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
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
    let initech = organization(&trial, "Initech").await;
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
    let acme = organization(&trial, "Acme").await;
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
    let acme = organization(&trial, "Acme").await;
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

#[tokio::test]
async fn a_credential_is_valid_until_it_or_its_registration_ends() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let acme = organization(&trial, "Acme").await;
    let agent = register(&trial, &acme);
    let issue = |expires_in_seconds| {
        let new = NewAgentCredential { registration_id: agent.id.clone(), expires_in_seconds };
        fixtures.agent_credential(new)
    };
    let (forever, short) = (issue(None).unwrap(), issue(Some(60)).unwrap());
    let validate = async |credential: ValidateAgentCredential| {
        let validation = agents.create_validate(credential).await.unwrap();
        serde_json::to_value(&validation).unwrap()
    };
    let key = |secret: &SecretString| ValidateAgentCredential::api_key(secret.clone());
    let valid = |expires_at: Value| json!({"valid": true, "registration_id": agent.id, "expires_at": expires_at});
    let invalid = json!({"valid": false, "registration_id": null, "expires_at": null});
    assert_eq!(validate(key(&forever.secret)).await, valid(Value::Null));
    assert_eq!(validate(key(&short.secret)).await, valid(json!(short.expires_at)));
    // A key is no access token, and what was not issued is neither.
    let as_token = ValidateAgentCredential::access_token(forever.secret.clone());
    assert_eq!(validate(as_token).await, invalid);
    assert_eq!(validate(key(&"sk_agent_1".into())).await, invalid);

    trial.wait(60);
    assert_eq!(validate(key(&short.secret)).await, invalid);
    assert_eq!(validate(key(&forever.secret)).await, valid(Value::Null));
    agents.revoke_registration(&agent.id).await.unwrap();
    assert_eq!(validate(key(&forever.secret)).await, invalid);
    assert_eq!(issue(None).unwrap_err().code(), "registration_not_active");

    let (name, issued) = told(&trial).await.remove(1);
    assert_eq!(name, "agent.registration.credential.issued");
    assert_eq!(
        issued,
        json!({
            "object": "agent_registration_credential",
            "id": forever.id,
            "agent_registration_id": agent.id,
            "detail": {"kind": "api_key", "api_key_id": issued["detail"]["api_key_id"]},
            "created_at": agent.created_at,
            "updated_at": agent.created_at,
        })
    );
}
