//! Permissions, and which of them roles take and members have.

use workos::Nullable;
use workos::authorization::{
    AddRolePermission, CreateAuthorizationPermission, ListEffectivePermissionsParams, Permission,
    UpdateAuthorizationPermission,
};

use super::{World, ids, member, only, permission, role};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn permissions_are_created_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let read = permission(&trial, "posts:read", None).await;
    let edit = permission(&trial, "posts:edit.own_*-1", None).await;
    assert_eq!((read.system, read.resource_type_slug.as_str()), (false, "organization"));
    role(&trial, "reader", None, &["posts:read"]).await;
    role(&trial, "editor", None, &["posts:read", "posts:edit.own_*-1"]).await;

    trial.wait(1);
    let update = UpdateAuthorizationPermission {
        name: Some("Read".into()),
        description: Some(Nullable::Value("Read posts".into())),
    };
    let changed = api.update_permission("posts:read", update).await.unwrap();
    let mut expected = read.clone();
    expected.name = "Read".into();
    expected.description = Some("Read posts".into());
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);
    assert_eq!(api.get_permission("posts:read").await.unwrap(), changed);
    let list = api.list_permissions(Default::default()).await.unwrap().data;
    assert_eq!(list, [edit.clone(), changed]);

    api.delete_permission("posts:read").await.unwrap();
    assert_eq!(refusal(api.get_permission("posts:read").await), "404 entity_not_found");
    assert_eq!(refusal(api.delete_permission("posts:read").await), "404 entity_not_found");
    let editor = api.get_environment_role("editor").await.unwrap();
    assert_eq!(editor.permissions, [edit.slug]);
    let names = trial.event_names().await;
    let last: Vec<_> = names.iter().rev().take(4).map(String::as_str).collect();
    assert_eq!(last, ["permission.deleted", "role.updated", "role.updated", "permission.updated"]);
}

#[tokio::test]
async fn permissions_that_are_taken_malformed_or_of_the_system_are_refused() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let create = |slug: &str| api.create_permission(CreateAuthorizationPermission::new(slug, "X"));
    create("posts:read").await.unwrap();
    assert_eq!(refusal(create("posts:read").await), "409 permission_slug_conflict");
    for slug in ["Posts", "posts read", "posts/read", "é"] {
        let refused = refusal(create(slug).await);
        assert_eq!(refused, "422 invalid_request_parameters slug", "{slug}");
    }
    let stranger = CreateAuthorizationPermission {
        resource_type_slug: Some("project".into()),
        ..CreateAuthorizationPermission::new("project:read", "Read")
    };
    assert_eq!(refusal(api.create_permission(stranger).await), "404 entity_not_found");

    let slug = "widgets:users-table:manage";
    let system = trial.emulator.fixtures().system_permission(slug, "Manage users").unwrap();
    assert!(system.system);
    assert_eq!(api.get_permission(slug).await.unwrap(), system);
    assert!(trial.emulator.fixtures().system_permission(slug, "Again").is_err());
    assert_eq!(refusal(api.delete_permission(slug).await), "403 forbidden");
    let update = UpdateAuthorizationPermission::default();
    assert_eq!(refusal(api.update_permission(slug, update).await), "403 forbidden");
    api.add_environment_role_permission("admin", AddRolePermission::new(slug)).await.unwrap();
}

#[tokio::test]
async fn roles_take_permissions_of_their_type_and_those_below() {
    let world = World::new().await;
    let api = world.api();
    permission(&world.trial, "org:bill", None).await;
    let set = |role: &'static str, slugs: &'static [&'static str]| {
        let api = api.clone();
        async move { api.set_environment_role_permissions(role, only(slugs)).await }
    };
    set("admin", &["org:bill", "workspace:edit", "app:view"]).await.unwrap();
    let refused = set("project-editor", &["project:view", "workspace:edit"]).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters permissions[1]");
    let refused = set("project-editor", &["org:bill"]).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters permissions[0]");
    let add = AddRolePermission::new("project:edit");
    let refused = api.add_environment_role_permission("app-viewer", add).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters slug");
    let editor = api.get_environment_role("project-editor").await.unwrap();
    assert_eq!(editor.permissions, ["project:view", "project:edit"]);
}

#[tokio::test]
async fn effective_permissions_come_from_all_roles_on_the_way_up() {
    let world = World::new().await;
    let (api, acme) = (world.api(), &world.acme);
    let ada = member(&world.trial, acme, "ada").await;
    permission(&world.trial, "org:read", None).await;
    api.set_environment_role_permissions("member", only(&["org:read"])).await.unwrap();
    world.assign(&ada, "project-editor", &world.project).await;
    world.assign(&ada, "app-viewer", &world.app).await;
    let all = ["org:read", "app:view", "project:edit", "project:view"];
    let (app, any) = (&world.app.id, ListEffectivePermissionsParams::default);
    let slugs = |page| ids(page, |permission: Permission| permission.slug);
    let list = api.list_effective_permissions(&ada.id, app, any()).await.unwrap();
    assert_eq!(slugs(list), all);
    let list = api.list_effective_permissions_for_resource(app, &ada.id, any()).await.unwrap();
    assert_eq!(slugs(list), all);
    let list = api.list_effective_permissions_by_external_id(&ada.id, "app", "a", any()).await;
    assert_eq!(slugs(list.unwrap()), all);
    let list = api.list_effective_permissions(&ada.id, &world.workspace.id, any()).await.unwrap();
    assert_eq!(slugs(list), ["org:read"]);

    let limited = ListEffectivePermissionsParams { limit: Some(3), ..any() };
    let page = api.list_effective_permissions(&ada.id, app, limited).await.unwrap();
    assert_eq!(page.data.len(), 3);
    let after = ListEffectivePermissionsParams { after: page.list_metadata.after, ..any() };
    let rest = api.list_effective_permissions(&ada.id, app, after).await.unwrap();
    assert_eq!(slugs(rest), ["project:view"]);
    let nowhere = api.list_effective_permissions(&ada.id, "authz_resource_1", any()).await;
    assert_eq!(refusal(nowhere), "404 entity_not_found");
}
