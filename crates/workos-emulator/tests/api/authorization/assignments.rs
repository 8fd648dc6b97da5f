//! Roles that are assigned to memberships.

use workos::authorization::{
    CreateOrganizationRole, GroupRoleAssignmentInput, ListRoleAssignmentsForResourceParams,
    ListRoleAssignmentsParams, ResourceTarget, RoleAssignmentInput, RoleAssignmentSourceType,
};
use workos::organization_membership::{OrganizationMembershipRole, UpdateOrganizationMembership};

use super::{World, group, ids, member, on, resource};
use crate::trial::refusal;

#[tokio::test]
async fn assigned_roles_cannot_be_deleted() {
    let world = World::new().await;
    let (api, acme) = (world.api(), &world.acme);
    let ada = member(&world.trial, acme, "ada").await;
    let team = group(&world.trial, acme).await;
    let new = CreateOrganizationRole {
        slug: Some("org-helper".into()),
        resource_type_slug: Some("app".into()),
        ..CreateOrganizationRole::new("Helper")
    };
    api.create_organization_role(acme, new).await.unwrap();
    let assignment = world.assign(&ada, "org-helper", &world.app).await;
    let refused = api.delete_organization_role(acme, "org-helper").await;
    assert_eq!(refusal(refused), "409 role_has_assignments");
    api.remove_role_assignment(&ada.id, &assignment.id).await.unwrap();

    let helper = GroupRoleAssignmentInput {
        resource_target: Some(on(&world.app)),
        ..GroupRoleAssignmentInput::new("org-helper")
    };
    api.create_group_role_assignment(&team.id, helper.clone()).await.unwrap();
    let refused = api.delete_organization_role(acme, "org-helper").await;
    assert_eq!(refusal(refused), "409 role_has_group_role_mappings");
    api.delete_group_role_assignments(&team.id, helper).await.unwrap();
    api.delete_organization_role(acme, "org-helper").await.unwrap();
}

#[tokio::test]
async fn roles_are_assigned_to_memberships_and_removed() {
    let world = World::new().await;
    let (api, acme) = (world.api(), world.acme.as_str());
    let ada = member(&world.trial, acme, "ada").await;
    let assignment = world.assign(&ada, "project-editor", &world.project).await;
    assert_eq!(world.assign(&ada, "project-editor", &world.project).await, assignment);
    assert_eq!(assignment.organization_membership_id, ada.id);
    assert_eq!(assignment.role.slug, "project-editor");
    assert_eq!(
        (assignment.resource.id.as_str(), assignment.resource.external_id.as_str()),
        (world.project.id.as_str(), "p")
    );
    assert_eq!(assignment.source.type_, RoleAssignmentSourceType::Direct);
    let by_external_id = ResourceTarget::by_external_id("app", "a");
    let viewer = RoleAssignmentInput::new("app-viewer", by_external_id);
    let viewing = api.assign_role(&ada.id, viewer.clone()).await.unwrap();

    let list = async |params: ListRoleAssignmentsParams| {
        ids(api.list_role_assignments(&ada.id, params).await.unwrap(), |row| row.role.slug)
    };
    let all = ListRoleAssignmentsParams::default;
    assert_eq!(list(all()).await, ["app-viewer", "project-editor", "member"]);
    let of = Some(world.project.id.clone());
    let on_project = ListRoleAssignmentsParams { resource_id: of, ..all() };
    assert_eq!(list(on_project).await, ["project-editor"]);
    let of_type = |slug: &str| ListRoleAssignmentsParams {
        resource_type_slug: Some(slug.to_owned()),
        ..all()
    };
    assert_eq!(list(of_type("organization")).await, ["member"]);
    let mut app = of_type("app");
    app.resource_external_id = Some("a".to_owned());
    assert_eq!(list(app).await, ["app-viewer"]);

    let grace = member(&world.trial, acme, "grace").await;
    world.assign(&grace, "project-editor", &world.project).await;
    let params = |slug: Option<&str>| ListRoleAssignmentsForResourceParams {
        role_slug: slug.map(Into::into),
        ..Default::default()
    };
    let holders = ids(
        api.list_role_assignments_for_resource(&world.project.id, params(None)).await.unwrap(),
        |row| row.organization_membership_id,
    );
    assert_eq!(holders, [grace.id.clone(), ada.id.clone()]);
    let by = ("project", "p");
    let others = params(Some("app-viewer"));
    let others =
        api.list_role_assignments_for_resource_by_external_id(acme, by.0, by.1, others).await;
    assert!(others.unwrap().data.is_empty());

    api.remove_role(&ada.id, viewer.clone()).await.unwrap();
    assert_eq!(refusal(api.remove_role(&ada.id, viewer).await), "404 entity_not_found");
    let gone = api.remove_role_assignment(&ada.id, &viewing.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    let of_another = api.remove_role_assignment(&grace.id, &assignment.id).await;
    assert_eq!(refusal(of_another), "404 entity_not_found");
    api.remove_role_assignment(&ada.id, &assignment.id).await.unwrap();
    assert_eq!(list(all()).await, ["member"]);
}

#[tokio::test]
async fn roles_are_assigned_on_resources_of_their_type_in_their_organization() {
    let world = World::new().await;
    let api = world.api();
    let ada = member(&world.trial, &world.acme, "ada").await;
    let assign =
        |role: &str, target| api.assign_role(&ada.id, RoleAssignmentInput::new(role, target));
    let refused = assign("project-editor", on(&world.workspace)).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters role_slug");
    let refused = assign("admin", on(&world.workspace)).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters role_slug");
    let globex = world.trial.organization("Globex").await;
    let theirs = resource(&world.trial, &globex, "workspace", "theirs", None).await;
    for (role, target) in [
        ("workspace-admin", on(&theirs)),
        ("workspace-admin", ResourceTarget::by_external_id("workspace", "theirs")),
        ("nobody", on(&world.workspace)),
    ] {
        assert_eq!(refusal(assign(role, target).await), "404 entity_not_found", "{role}");
    }
    let nobody = RoleAssignmentInput::new("workspace-admin", on(&world.workspace));
    assert_eq!(refusal(api.assign_role("om_1", nobody).await), "404 entity_not_found");
}

#[tokio::test]
async fn roles_on_the_organization_are_those_of_the_membership() {
    let world = World::new().await;
    let (api, root) = (world.api(), world.root().await);
    let memberships = world.trial.client().organization_membership();
    let ada = member(&world.trial, &world.acme, "ada").await;
    assert_eq!(world.roles(&ada).await, ["member"]);
    let admin = RoleAssignmentInput::new("admin", on(&root));
    world.assign(&ada, "admin", &root).await;
    assert_eq!(world.roles(&ada).await, ["admin", "member"]);
    let assigned = async || {
        let page = api.list_role_assignments(&ada.id, Default::default()).await.unwrap();
        ids(page, |row| row.role.slug)
    };
    assert_eq!(assigned().await, ["admin", "member"]);

    let set = |roles: &[&str]| UpdateOrganizationMembership {
        role: Some(OrganizationMembershipRole::Multiple {
            role_slugs: roles.iter().map(|slug| (*slug).to_owned()).collect(),
        }),
    };
    memberships.update_organization_membership(&ada.id, set(&["admin"])).await.unwrap();
    assert_eq!(assigned().await, ["admin"]);
    // Nobody is without a role.
    api.remove_role(&ada.id, admin).await.unwrap();
    assert_eq!(world.roles(&ada).await, ["member"]);
    assert_eq!(assigned().await, ["member"]);

    let sub = memberships.update_organization_membership(&ada.id, set(&["app-viewer"])).await;
    assert_eq!(refusal(sub), "422 sub_resource_scoped_role_not_allowed");
    let unknown = memberships.update_organization_membership(&ada.id, set(&["nobody"])).await;
    assert_eq!(refusal(unknown), "422 invalid_role");
    let none = memberships.update_organization_membership(&ada.id, set(&[])).await;
    assert_eq!(refusal(none), "422 invalid_role");
    let custom = CreateOrganizationRole {
        slug: Some("org-biller".into()),
        ..CreateOrganizationRole::new("Biller")
    };
    api.create_organization_role(&world.acme, custom).await.unwrap();
    let both = set(&["org-biller", "member", "member"]);
    memberships.update_organization_membership(&ada.id, both).await.unwrap();
    assert_eq!(world.roles(&ada).await, ["member", "org-biller"]);

    let names = world.trial.event_names().await;
    let updates = names.iter().filter(|name| *name == "organization_membership.updated");
    assert_eq!(updates.count(), 4);
}
