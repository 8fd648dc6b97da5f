//! Instances of blueprints, and their sessions.

use serde_json::json;
use workos::agents::{
    AgentBlueprint, AgentBlueprintInvocableAs, AgentBlueprintInvocableBy, AgentInstance,
    AgentInstanceSession, AgentInstanceSessionStatus, AgentInstanceType, CreateAgentBlueprint,
    ListInstancesParams, ListSessionsParams, UpdateAgentBlueprint,
};
use workos::organization_membership::OrganizationMembership;
use workos_emulator::{NewAgentInstance, NewAgentSession};

use super::{ADA, blueprint, member, told, told_names, user};
use crate::trial::{Trial, refusal};

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

#[tokio::test]
async fn instances_and_sessions_are_listed_by_what_they_belong_to() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
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
    let acme = trial.organization("Acme").await;
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
    let acme = trial.organization("Acme").await;
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
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
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
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
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
