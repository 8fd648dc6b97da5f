//! Roles that are assigned to groups, whose members have them.

use serde_json::{Value, json};
use workos::authorization::{
    AuthorizationResource, GroupRoleAssignmentInput, PatchGroupRoleAssignments,
    ReplaceGroupRoleAssignments, ResourceTarget, RoleAssignmentInput, RoleAssignmentSourceType,
};
use workos::organization_membership::{OrganizationMembershipRole, UpdateOrganizationMembership};

use super::{World, group, ids, join, member, on};
use crate::trial::refusal;

#[tokio::test]
async fn groups_pass_their_roles_on_to_their_members() {
    let world = World::new().await;
    let (api, groups) = (world.api(), world.trial.client().groups());
    let ada = member(&world.trial, &world.acme, "ada").await;
    let grace = member(&world.trial, &world.acme, "grace").await;
    let team = group(&world.trial, &world.acme).await;
    join(&world.trial, &team, &ada).await;
    let admin = GroupRoleAssignmentInput::new("admin");
    let granted = api.create_group_role_assignment(&team.id, admin.clone()).await.unwrap();
    assert_eq!(granted.resource.id, world.root().await.id);
    assert_eq!(granted.group_id, team.id);
    let refused = api.create_group_role_assignment(&team.id, admin).await;
    assert_eq!(refusal(refused), "409 duplicate_group_role_assignment");
    let editor = GroupRoleAssignmentInput {
        resource_target: Some(ResourceTarget::by_external_id("project", "p")),
        ..GroupRoleAssignmentInput::new("project-editor")
    };
    let editing = api.create_group_role_assignment(&team.id, editor.clone()).await.unwrap();
    assert_eq!(api.get_group_role_assignment(&team.id, &editing.id).await.unwrap(), editing);
    let list = api.list_group_role_assignments(&team.id, Default::default()).await.unwrap().data;
    assert_eq!(list, [editing.clone(), granted.clone()]);

    join(&world.trial, &team, &grace).await;
    for member in [&ada, &grace] {
        assert_eq!(world.roles(member).await, ["admin", "member"]);
        assert!(world.may(member, "project:edit", &world.project).await);
    }
    let page = api.list_role_assignments(&grace.id, Default::default()).await.unwrap();
    let sources: Vec<_> = page.data.iter().map(|row| &row.source).collect();
    let of_group =
        sources.iter().find(|source| source.group_role_assignment_id.as_ref() == Some(&granted.id));
    let of_group = of_group.unwrap();
    assert_eq!(of_group.type_, RoleAssignmentSourceType::Group);
    assert_eq!(of_group.group.as_ref().map(|group| group.name.as_str()), Some("Team"));
    let from_group = page.data.iter().find(|row| row.role.slug == "admin").unwrap();
    let refused = api.remove_role_assignment(&grace.id, &from_group.id).await;
    assert_eq!(refusal(refused), "403 forbidden");

    // What a member has itself as well, stays.
    let update = UpdateOrganizationMembership {
        role: Some(OrganizationMembershipRole::Single { role_slug: "admin".into() }),
    };
    let memberships = world.trial.client().organization_membership();
    memberships.update_organization_membership(&ada.id, update).await.unwrap();
    api.delete_group_role_assignment(&team.id, &granted.id).await.unwrap();
    assert_eq!(world.roles(&ada).await, ["admin"]);
    assert_eq!(world.roles(&grace).await, ["member"]);

    let acme = &world.acme;
    groups.delete_group_organization_membership(acme, &team.id, &grace.id).await.unwrap();
    assert!(!world.may(&grace, "project:edit", &world.project).await);
    assert!(world.may(&ada, "project:edit", &world.project).await);
    groups.delete_organization_group(acme, &team.id).await.unwrap();
    assert!(!world.may(&ada, "project:edit", &world.project).await);
    let gone = api.list_group_role_assignments(&team.id, Default::default()).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn leaving_a_group_tells_of_the_lost_role() {
    let world = World::new().await;
    let (api, groups) = (world.api(), world.trial.client().groups());
    let ada = member(&world.trial, &world.acme, "ada").await;
    let team = group(&world.trial, &world.acme).await;
    api.create_group_role_assignment(&team.id, GroupRoleAssignmentInput::new("admin"))
        .await
        .unwrap();
    let before = world.trial.event_names().await.len();
    join(&world.trial, &team, &ada).await;
    groups.delete_organization_group(&world.acme, &team.id).await.unwrap();
    let events = world.trial.events().await.split_off(before);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), &event["data"]["roles"]))
        .collect();
    let (both, member) =
        (json!([{"slug": "admin"}, {"slug": "member"}]), json!([{"slug": "member"}]));
    assert_eq!(
        told,
        [
            ("group.member_added", &Value::Null),
            ("organization_membership.updated", &both),
            ("group.member_removed", &Value::Null),
            ("organization_membership.updated", &member),
            ("group.deleted", &Value::Null),
        ]
    );
}

#[tokio::test]
async fn the_roles_of_a_group_are_replaced_and_patched() {
    let world = World::new().await;
    let (api, acme) = (world.api(), &world.acme);
    let team = group(&world.trial, acme).await;
    let input = |role: &str, resource: Option<&AuthorizationResource>| GroupRoleAssignmentInput {
        resource_target: resource.map(on),
        ..GroupRoleAssignmentInput::new(role)
    };
    let project = Some(&world.project);
    let first = api.create_group_role_assignment(&team.id, input("project-editor", project)).await;
    let first = first.unwrap();
    api.create_group_role_assignment(&team.id, input("admin", None)).await.unwrap();
    let new = ReplaceGroupRoleAssignments::new(vec![
        input("member", None),
        input("project-editor", project),
        input("member", None),
    ]);
    let replaced = api.update_group_role_assignments(&team.id, new).await.unwrap().data;
    let slugs: Vec<_> = replaced.iter().map(|row| row.role.slug.as_str()).collect();
    assert_eq!(slugs, ["member", "project-editor"]);
    assert_eq!(replaced[1], first);

    let entry = |role: &str, resource| RoleAssignmentInput::new(role, on(resource));
    let patch = PatchGroupRoleAssignments {
        add: Some(vec![
            entry("app-viewer", &world.app),
            entry("workspace-admin", &world.workspace),
            entry("app-viewer", &world.app),
        ]),
        remove: Some(vec![entry("project-editor", &world.project)]),
    };
    api.patch_group_role_assignments(&team.id, patch.clone()).await.unwrap();
    let list = async || {
        let page = api.list_group_role_assignments(&team.id, Default::default()).await.unwrap();
        ids(page, |row| row.role.slug)
    };
    assert_eq!(list().await, ["workspace-admin", "app-viewer", "member"]);
    // The removal fails the second time, and nothing else happens.
    let refused = api.patch_group_role_assignments(&team.id, patch).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let nothing = PatchGroupRoleAssignments::default();
    let nothing = api.patch_group_role_assignments(&team.id, nothing).await;
    assert_eq!(refusal(nothing), "422 invalid_request_parameters");
    let misfit = ReplaceGroupRoleAssignments::new(vec![input("app-viewer", project)]);
    let refused = api.update_group_role_assignments(&team.id, misfit).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters role_slug");
    assert_eq!(list().await, ["workspace-admin", "app-viewer", "member"]);

    api.delete_group_role_assignments(&team.id, input("member", None)).await.unwrap();
    let again = api.delete_group_role_assignments(&team.id, input("member", None)).await;
    assert_eq!(refusal(again), "404 entity_not_found");
    api.update_group_role_assignments(&team.id, ReplaceGroupRoleAssignments::new(vec![]))
        .await
        .unwrap();
    assert_eq!(list().await, [""; 0]);
    let gone = api.get_group_role_assignment(&team.id, &first.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}
