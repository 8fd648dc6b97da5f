//! Blueprints of agents, and which of them are refused.

use serde_json::json;
use workos::Nullable;
use workos::agents::{
    AgentBlueprintInvocableAs, AgentBlueprintInvocableBy, AgentBlueprintSessionSetting,
    AgentInstanceType, CreateAgentBlueprint, UpdateAgentBlueprint,
    UpdateAgentBlueprintSessionSetting,
};

use super::{blueprint, told};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn a_blueprint_is_created_with_defaults_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let acme = trial.organization("Acme").await;
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
