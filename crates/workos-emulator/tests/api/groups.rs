//! Groups of memberships.

use serde_json::json;
use workos::Nullable;
use workos::groups::*;
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembership};
use workos::organizations::CreateOrganization;
use workos::user_management::CreateUser;

use super::trial::{Trial, refusal};

/// An organization, and as many members of it.
async fn members(trial: &Trial, count: usize) -> (String, Vec<OrganizationMembership>) {
    let client = trial.client();
    let organizations = client.organizations();
    let acme = organizations.create_organization(CreateOrganization::new("Acme")).await.unwrap();
    let mut members = Vec::new();
    for n in 0..count {
        let user = CreateUser::new(format!("user{n}@acme.com"));
        let user = client.user_management().create_user(user).await.unwrap();
        let member = CreateOrganizationMembership::new(&user.id, &acme.id);
        let memberships = client.organization_membership();
        members.push(memberships.create_organization_membership(member).await.unwrap());
    }
    (acme.id, members)
}

#[tokio::test]
async fn a_group_is_created_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let groups = trial.client().groups();
    let (acme, _) = members(&trial, 0).await;
    let new =
        CreateGroup { description: Some("They build".into()), ..CreateGroup::new("Builders") };
    let group = groups.create_organization_group(&acme, new).await.unwrap();
    assert_eq!(
        (group.name.as_str(), group.description.as_deref(), &group.organization_id),
        ("Builders", Some("They build"), &acme)
    );

    trial.wait(1);
    let update = UpdateGroup { name: Some("Makers".into()), description: Some(Nullable::Null) };
    let changed = groups.update_organization_group(&acme, &group.id, update).await.unwrap();
    let mut expected = group.clone();
    expected.name = "Makers".into();
    expected.description = None;
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);
    assert_eq!(groups.get_organization_group(&acme, &group.id).await.unwrap(), changed);

    let other = groups.create_organization_group(&acme, CreateGroup::new("Sales")).await.unwrap();
    let list = |search: &str| {
        let search = Some(search.to_owned()).filter(|text| !text.is_empty());
        let params = ListOrganizationGroupsParams { search, ..Default::default() };
        groups.list_organization_groups(&acme, params)
    };
    assert_eq!(list("").await.unwrap().data, [other.clone(), changed.clone()]);
    assert_eq!(list("MAKE").await.unwrap().data, std::slice::from_ref(&changed));

    groups.delete_organization_group(&acme, &group.id).await.unwrap();
    let gone = groups.get_organization_group(&acme, &group.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert_eq!(list("").await.unwrap().data, [other]);

    let events = trial.events().await;
    let told: Vec<_> = events.iter().map(|event| (&event["event"], &event["context"])).collect();
    let previous = json!({
        "previous_attributes": {"name": "Builders", "description": "They build"}
    });
    assert_eq!(
        told,
        [
            (&json!("organization.created"), &json!(null)),
            (&json!("group.created"), &json!(null)),
            (&json!("group.updated"), &previous),
            (&json!("group.created"), &json!(null)),
            (&json!("group.deleted"), &json!(null)),
        ]
    );
}

#[tokio::test]
async fn members_come_and_go() {
    let trial = Trial::new().await;
    let groups = trial.client().groups();
    let (acme, members) = members(&trial, 3).await;
    let group = groups.create_organization_group(&acme, CreateGroup::new("All")).await.unwrap();
    let add = |n: usize| CreateGroupMembership::new(&members[n].id);
    let ids = async || {
        let list =
            groups.list_group_organization_memberships(&acme, &group.id, Default::default()).await;
        let list = list.unwrap().data;
        assert!(list.iter().all(|member| member.role.is_none() && member.user.is_some()));
        list.into_iter().map(|member| member.id).collect::<Vec<_>>()
    };
    for n in [0, 1, 1] {
        groups.create_group_organization_membership(&acme, &group.id, add(n)).await.unwrap();
    }
    assert_eq!(ids().await, [&members[1].id, &members[0].id].map(String::clone));

    let change = PatchGroupMemberships {
        add: Some(vec![members[2].id.clone()]),
        remove: Some(vec![members[0].id.clone()]),
    };
    groups.update_group_organization_memberships(&acme, &group.id, change).await.unwrap();
    assert_eq!(ids().await, [&members[2].id, &members[1].id].map(String::clone));

    // A refused change leaves nothing behind: the first removal is undone.
    let change = PatchGroupMemberships {
        remove: Some(vec![members[1].id.clone(), members[0].id.clone()]),
        ..Default::default()
    };
    let refused = groups.update_group_organization_memberships(&acme, &group.id, change).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    assert_eq!(ids().await, [&members[2].id, &members[1].id].map(String::clone));

    // Members go with their membership, which goes with the user.
    trial.client().user_management().delete_user(&members[2].user_id).await.unwrap();
    assert_eq!(ids().await, [members[1].id.clone()]);
    let names = trial.event_names().await;
    let last: Vec<_> = names.iter().rev().take(3).map(String::as_str).collect();
    let expected = ["user.deleted", "organization_membership.deleted", "group.member_removed"];
    assert_eq!(last, expected);
}

#[tokio::test]
async fn strangers_and_empty_changes_are_refused() {
    let trial = Trial::new().await;
    let groups = trial.client().groups();
    let (acme, members) = members(&trial, 1).await;
    let globex = CreateOrganization::new("Globex");
    let globex = trial.client().organizations().create_organization(globex).await.unwrap().id;
    let group = groups.create_organization_group(&globex, CreateGroup::new("All")).await.unwrap();
    let stranger = CreateGroupMembership::new(&members[0].id);
    let refused = groups.create_group_organization_membership(&globex, &group.id, stranger).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let elsewhere = groups.get_organization_group(&acme, &group.id).await;
    assert_eq!(refusal(elsewhere), "404 entity_not_found");
    let nothing = PatchGroupMemberships::default();
    let refused = groups.update_group_organization_memberships(&globex, &group.id, nothing).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters");
    let nameless = groups.create_organization_group(&globex, CreateGroup::new(" ")).await;
    assert_eq!(refusal(nameless), "422 invalid_request_parameters name");
}
