//! Access checks; lists of the resources that a member can access, and of the members who can
//! access a resource.

use serde_json::json;
use workos::authorization::{
    AuthorizationAssignment, CheckAuthorization, GroupRoleAssignmentInput,
    ListMembershipsForResourceParams, ListResourcesForMembershipParams, ParentResource,
    ResourceTarget, UpdateResource,
};
use workos::organization_membership::OrganizationMembership;

use super::{World, group, ids, join, member, on, only, resource};
use crate::trial::refusal;

#[tokio::test]
async fn a_role_reaches_all_below_the_resource_it_is_assigned_on() {
    let world = World::new().await;
    let (trial, acme) = (&world.trial, &world.acme);
    let ada = member(trial, acme, "ada").await;
    let other = resource(trial, acme, "workspace", "w2", None).await;
    world.assign(&ada, "workspace-admin", &world.workspace).await;
    for (slug, resource, may) in [
        ("workspace:edit", &world.workspace, true),
        ("project:edit", &world.project, true),
        ("app:edit", &world.app, true),
        ("workspace:view", &world.workspace, false),
        ("workspace:edit", &other, false),
        ("app:fly", &world.app, false),
    ] {
        assert_eq!(world.may(&ada, slug, resource).await, may, "{slug}");
    }
    let root = world.root().await;
    assert!(!world.may(&ada, "workspace:edit", &root).await);

    // Changes of roles and of the tree count at once.
    let api = world.api();
    api.set_environment_role_permissions("workspace-admin", only(&["app:edit"])).await.unwrap();
    assert!(!world.may(&ada, "project:edit", &world.project).await);
    let parent = Some(ParentResource::by_id(&other.id));
    let to_other = UpdateResource { parent_resource: parent, ..Default::default() };
    assert!(world.may(&ada, "app:edit", &world.app).await);
    api.update_resource(&world.project.id, to_other).await.unwrap();
    assert!(!world.may(&ada, "app:edit", &world.app).await);

    // A role on the organization reaches everything.
    api.set_environment_role_permissions("member", only(&["app:edit"])).await.unwrap();
    assert!(world.may(&ada, "app:edit", &world.app).await);
    api.delete_permission("app:edit").await.unwrap();
    assert!(!world.may(&ada, "app:edit", &world.app).await);
}

#[tokio::test]
async fn checks_name_resources_by_id_or_external_id() {
    let world = World::new().await;
    let api = world.api();
    let ada = member(&world.trial, &world.acme, "ada").await;
    world.assign(&ada, "app-viewer", &world.app).await;
    let check = async |target| {
        let check = CheckAuthorization::new("app:view", target);
        api.check(&ada.id, check).await.map(|answer| answer.authorized)
    };
    assert!(check(on(&world.app)).await.unwrap());
    assert!(check(ResourceTarget::by_external_id("app", "a")).await.unwrap());
    let unknown = check(ResourceTarget::by_external_id("app", "none")).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let globex = world.trial.organization("Globex").await;
    let theirs = resource(&world.trial, &globex, "workspace", "theirs", None).await;
    assert_eq!(refusal(check(on(&theirs)).await), "404 entity_not_found");
    let stranger = api.check("om_1", CheckAuthorization::new("app:view", on(&world.app))).await;
    assert_eq!(refusal(stranger), "404 entity_not_found");
}

#[tokio::test]
async fn accessible_children_are_listed() {
    let world = World::new().await;
    let (trial, api, acme) = (&world.trial, world.api(), &world.acme);
    let (ada, grace) = (member(trial, acme, "ada").await, member(trial, acme, "grace").await);
    let second = resource(trial, acme, "project", "p2", Some(&world.workspace)).await;
    world.assign(&ada, "project-editor", &world.project).await;
    world.assign(&grace, "workspace-admin", &world.workspace).await;
    let list = async |member: &OrganizationMembership, slug: &str, parent: ParentResource| {
        let params = ListResourcesForMembershipParams::new(slug, parent);
        let page = api.list_resources_for_membership(&member.id, params).await.unwrap();
        ids(page, |resource| resource.external_id)
    };
    let workspace = || ParentResource::by_external_id("workspace", "w");
    assert_eq!(list(&ada, "project:edit", workspace()).await, ["p"]);
    assert_eq!(list(&grace, "project:edit", workspace()).await, ["p2", "p"]);
    assert_eq!(list(&grace, "app:view", ParentResource::by_id(&world.project.id)).await, ["a"]);
    let organization = || ParentResource::by_external_id("organization", acme);
    assert_eq!(list(&grace, "workspace:edit", organization()).await, ["w"]);
    assert_eq!(list(&ada, "workspace:edit", organization()).await, [""; 0]);
    assert_eq!(list(&ada, "app:view", ParentResource::by_id(&second.id)).await, [""; 0]);
    let nowhere = ParentResource::by_id("authz_resource_1");
    let params = ListResourcesForMembershipParams::new("app:view", nowhere);
    let refused = api.list_resources_for_membership(&ada.id, params).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let path = format!(
        "/authorization/organization_memberships/{}/resources?permission_slug=app:view",
        ada.id
    );
    assert_eq!(trial.call("GET", &path, json!(null)).await.0, 422);
}

#[tokio::test]
async fn memberships_with_access_are_listed() {
    let world = World::new().await;
    let (trial, api, acme) = (&world.trial, world.api(), &world.acme);
    let ada = member(trial, acme, "ada").await;
    let grace = member(trial, acme, "grace").await;
    member(trial, acme, "alan").await;
    let team = group(trial, acme).await;
    join(trial, &team, &grace).await;
    world.assign(&ada, "project-editor", &world.project).await;
    let admin = GroupRoleAssignmentInput {
        resource_target: Some(on(&world.workspace)),
        ..GroupRoleAssignmentInput::new("workspace-admin")
    };
    api.create_group_role_assignment(&team.id, admin).await.unwrap();
    let params = |slug: &str, assignment| ListMembershipsForResourceParams {
        assignment,
        ..ListMembershipsForResourceParams::new(slug)
    };
    let indirect = || Some(AuthorizationAssignment::Indirect);
    let list = async |slug: &str, assignment| {
        let params = params(slug, assignment);
        let page = api.list_memberships_for_resource(&world.project.id, params).await.unwrap();
        ids(page, |membership| membership.user.unwrap().email)
    };
    assert_eq!(list("project:edit", None).await, ["ada@acme.com"]);
    let direct = Some(AuthorizationAssignment::Direct);
    assert_eq!(list("project:edit", direct).await, ["ada@acme.com"]);
    assert_eq!(list("project:edit", indirect()).await, ["grace@acme.com", "ada@acme.com"]);
    assert_eq!(list("app:edit", indirect()).await, ["grace@acme.com"]);
    let page = api
        .list_memberships_for_resource_by_external_id(
            acme,
            "app",
            "a",
            params("project:edit", indirect()),
        )
        .await
        .unwrap();
    assert_eq!(page.data.len(), 2);
    assert_eq!(page.data[0].organization_name.as_deref(), Some("Acme"));
    let gone = api.list_memberships_for_resource("authz_resource_1", params("x", None)).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn access_ends_with_the_membership() {
    let world = World::new().await;
    let api = world.api();
    let ada = member(&world.trial, &world.acme, "ada").await;
    world.assign(&ada, "app-viewer", &world.app).await;
    world.trial.client().user_management().delete_user(&ada.user_id).await.unwrap();
    let left = api.list_role_assignments_for_resource(&world.app.id, Default::default()).await;
    assert!(left.unwrap().data.is_empty());
    // The roles never change, so there is no event.
    let names = world.trial.event_names().await;
    let last: Vec<_> = names.iter().rev().take(3).map(String::as_str).collect();
    let expected =
        ["user.deleted", "organization_membership.deleted", "organization_membership.created"];
    assert_eq!(last, expected);
    api.delete_resource(&world.app.id, Default::default()).await.unwrap();
}
