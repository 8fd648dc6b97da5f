//! Resources, their types and the tree that they form.

use serde_json::json;
use workos::Nullable;
use workos::authorization::{
    AuthorizationResource, CreateResource, DeleteResourceParams, ListResourcesParams, Parent,
    ParentResource, UpdateResource,
};
use workos::organizations::{CreateOrganization, UpdateOrganization};

use super::{World, ids, member, resource};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn every_organization_is_a_resource() {
    let trial = Trial::new().await;
    let (api, organizations) = (trial.client().authorization(), trial.client().organizations());
    let new = CreateOrganization {
        external_id: Some("acme/1".into()),
        ..CreateOrganization::new("Acme")
    };
    let acme = organizations.create_organization(new).await.unwrap();
    let get = async |external_id: &str| {
        api.get_resource_by_external_id(&acme.id, "organization", external_id).await
    };
    let root = get(&acme.id).await.unwrap();
    assert_eq!(
        (root.external_id.as_str(), root.name.as_str(), root.parent_resource_id.as_deref()),
        ("acme/1", "Acme", None)
    );
    assert_eq!(get("acme/1").await.unwrap(), root);
    assert_eq!(api.get_resource(&root.id).await.unwrap(), root);

    let update = UpdateOrganization {
        name: Some("Acme Inc.".into()),
        external_id: Some(Nullable::Null),
        ..Default::default()
    };
    organizations.update_organization(&acme.id, update).await.unwrap();
    let changed = get(&acme.id).await.unwrap();
    assert_eq!((&changed.id, &changed.external_id), (&root.id, &acme.id));
    assert_eq!(changed.name, "Acme Inc.");
    assert_eq!(refusal(get("acme/1").await), "404 entity_not_found");

    let rename = UpdateResource { name: Some("X".into()), ..Default::default() };
    assert_eq!(refusal(api.update_resource(&root.id, rename).await), "403 forbidden");
    let refused = api.delete_resource(&root.id, Default::default()).await;
    assert_eq!(refusal(refused), "403 forbidden");
    let second = CreateResource::new("x", "X", "organization", &acme.id);
    assert_eq!(refusal(api.create_resource(second).await), "400 bad_request");

    organizations.delete_organization(&acme.id).await.unwrap();
    assert_eq!(refusal(api.get_resource(&root.id).await), "404 entity_not_found");
}

#[tokio::test]
async fn resources_form_a_tree_as_their_types_allow() {
    let World { trial, acme, workspace, project, app } = World::new().await;
    let api = trial.client().authorization();
    let root = api.get_resource_by_external_id(&acme, "organization", &acme).await.unwrap();
    assert_eq!(workspace.parent_resource_id.as_ref(), Some(&root.id));
    assert_eq!(app.parent_resource_id.as_ref(), Some(&project.id));
    let by = |kind: &str, id: &str| ParentResource::by_external_id(kind, id);
    let new = |kind: &str, id: &str, parent: Option<ParentResource>| {
        let new = CreateResource::new(id, id, kind, &acme);
        api.create_resource(CreateResource { parent_resource: parent, ..new })
    };
    let second = new("workspace", "w2", Some(by("organization", &acme))).await.unwrap();
    assert_eq!(second.parent_resource_id, workspace.parent_resource_id);
    // Other types have external IDs of their own.
    new("app", "p", Some(by("workspace", "w"))).await.unwrap();

    for (refused, why) in [
        (new("workspace", "w", None).await, "409 authorization_resource_external_id_conflict"),
        (new("project", "p2", None).await, "422 invalid_request_parameters parent_resource_id"),
        (
            new("project", "p2", Some(by("app", "a"))).await,
            "422 invalid_request_parameters parent_resource_id",
        ),
        (new("project", "p2", Some(by("workspace", "none"))).await, "404 entity_not_found"),
        (new("folder", "f", None).await, "404 entity_not_found"),
    ] {
        assert_eq!(refusal(refused), why);
    }
    let globex = trial.organization("Globex").await;
    let foreign = CreateResource {
        parent_resource: Some(ParentResource::by_id(&workspace.id)),
        ..CreateResource::new("p", "P", "project", &globex)
    };
    assert_eq!(refusal(api.create_resource(foreign).await), "404 entity_not_found");
    let same = resource(&trial, &globex, "workspace", "w", None).await;
    assert_ne!(same.id, workspace.id);

    // Null is not a parent; an external ID without its type is none either.
    let mut body = json!({
        "external_id": "w3", "name": "W", "resource_type_slug": "workspace",
        "organization_id": acme, "parent_resource_id": null,
    });
    let (status, answer) = trial.call("POST", "/authorization/resources", body.clone()).await;
    assert_eq!((status, &answer["parent_resource_id"]), (201, &json!(root.id)));
    body["parent_resource_external_id"] = json!("w");
    let (status, _) = trial.call("POST", "/authorization/resources", body).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn resources_are_changed_and_moved() {
    let World { trial, acme, workspace, project, app } = World::new().await;
    let api = trial.client().authorization();
    trial.wait(1);
    let rename = UpdateResource {
        name: Some("Site".into()),
        description: Some(Nullable::Value("Our site".into())),
        parent_resource: None,
    };
    let changed = api.update_resource(&project.id, rename).await.unwrap();
    let mut expected = project.clone();
    expected.name = "Site".into();
    expected.description = Some("Our site".into());
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);

    let second = resource(&trial, &acme, "workspace", "w2", None).await;
    let to = |parent| UpdateResource { parent_resource: Some(parent), ..Default::default() };
    let parent = ParentResource::by_external_id("workspace", "w2");
    let moved = api.update_resource_by_external_id(&acme, "project", "p", to(parent)).await;
    expected.parent_resource_id = Some(second.id.clone());
    assert_eq!(moved.unwrap(), expected);
    assert_eq!(api.get_resource_by_external_id(&acme, "project", "p").await.unwrap(), expected);

    let below = api.update_resource(&project.id, to(ParentResource::by_id(&app.id))).await;
    assert_eq!(refusal(below), "422 invalid_request_parameters parent_resource_id");
    let gone =
        api.update_resource_by_external_id(&acme, "project", "none", UpdateResource::default());
    assert_eq!(refusal(gone.await), "404 entity_not_found");
    // The first workspace is empty now.
    api.delete_resource(&workspace.id, Default::default()).await.unwrap();
}

#[tokio::test]
async fn folders_in_folders_neither_go_in_circles_nor_too_deep() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    trial.emulator.fixtures().resource_type("folder", &["organization", "folder"]).unwrap();
    let acme = trial.organization("Acme").await;
    let mut folders: Vec<AuthorizationResource> = Vec::new();
    for n in 0..5 {
        let folder = resource(&trial, &acme, "folder", &format!("f{n}"), folders.last()).await;
        folders.push(folder);
    }
    let below = |folder: &AuthorizationResource| Some(ParentResource::by_id(&folder.id));
    let to = |folder| UpdateResource { parent_resource: below(folder), ..Default::default() };
    let too_deep = CreateResource {
        parent_resource: below(&folders[4]),
        ..CreateResource::new("f5", "F", "folder", &acme)
    };
    let invalid = "422 invalid_request_parameters parent_resource_id";
    assert_eq!(refusal(api.create_resource(too_deep).await), invalid);
    for parent in [0, 1, 3] {
        let circle = api.update_resource(&folders[0].id, to(&folders[parent])).await;
        assert_eq!(refusal(circle), invalid);
    }
    let other = resource(&trial, &acme, "folder", "other", None).await;
    let too_deep = api.update_resource(&folders[0].id, to(&other)).await;
    assert_eq!(refusal(too_deep), invalid);
    api.update_resource(&folders[1].id, to(&other)).await.unwrap();
}

#[tokio::test]
async fn resource_types_begin_somewhere() {
    let trial = Trial::new().await;
    let fixtures = trial.emulator.fixtures();
    fixtures.resource_type("team", &[]).unwrap();
    for (slug, parents) in [
        ("team", &["organization"][..]),
        ("organization", &[]),
        ("Team", &[]),
        ("", &[]),
        ("project", &["workspace"]),
    ] {
        assert!(fixtures.resource_type(slug, parents).is_err(), "{slug}");
    }
}

#[tokio::test]
async fn resources_with_dependents_are_deleted_on_demand_only() {
    let world = World::new().await;
    let (api, acme) = (world.api(), world.acme.as_str());
    let ada = member(&world.trial, acme, "ada").await;
    let cascade = DeleteResourceParams { cascade_delete: Some(true) };
    world.assign(&ada, "app-viewer", &world.app).await;
    for id in [&world.workspace.id, &world.app.id] {
        let refused = api.delete_resource(id, Default::default()).await;
        assert_eq!(refusal(refused), "409 resource_has_dependents");
    }
    api.delete_resource(&world.workspace.id, cascade.clone()).await.unwrap();
    for resource in [&world.workspace, &world.project, &world.app] {
        assert_eq!(refusal(api.get_resource(&resource.id).await), "404 entity_not_found");
    }
    let roles = api.list_role_assignments(&ada.id, Default::default()).await.unwrap().data;
    assert_eq!(roles.iter().map(|role| role.role.slug.as_str()).collect::<Vec<_>>(), ["member"]);

    resource(&world.trial, acme, "workspace", "w", None).await;
    let by = ("workspace", "w");
    api.delete_resource_by_external_id(acme, by.0, by.1, cascade.clone()).await.unwrap();
    let gone = api.delete_resource_by_external_id(acme, by.0, by.1, cascade).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn resources_are_listed_by_organization_type_external_id_and_parent() {
    let World { trial, acme, workspace, project, app } = World::new().await;
    let api = trial.client().authorization();
    let globex = trial.organization("Globex").await;
    let theirs = resource(&trial, &globex, "workspace", "w", None).await;
    let root = api.get_resource_by_external_id(&acme, "organization", &acme).await.unwrap();
    let list = async |params: ListResourcesParams| {
        ids(api.list_resources(params).await.unwrap(), |resource| resource.id)
    };
    let all = ListResourcesParams::default;
    let (organization_id, kind) = (Some(acme.clone()), Some("workspace".to_owned()));
    let of_acme = || ListResourcesParams { organization_id: organization_id.clone(), ..all() };
    let of_type = || ListResourcesParams { resource_type_slug: kind.clone(), ..all() };

    assert_eq!(list(all()).await.len(), 6);
    let own = [&app.id, &project.id, &workspace.id, &root.id];
    assert_eq!(list(of_acme()).await, own.map(String::clone));
    assert_eq!(list(of_type()).await, [theirs.id, workspace.id.clone()]);
    let both = ListResourcesParams { resource_type_slug: kind.clone(), ..of_acme() };
    assert_eq!(list(both.clone()).await, std::slice::from_ref(&workspace.id));
    let external = |params, id: &str| ListResourcesParams {
        resource_external_id: Some(id.to_owned()),
        ..params
    };
    assert_eq!(list(external(both.clone(), "w")).await, std::slice::from_ref(&workspace.id));
    assert_eq!(list(external(both, "x")).await, [""; 0]);
    let below = |params, parent| ListResourcesParams { parent: Some(parent), ..params };
    assert_eq!(list(below(all(), Parent::by_id(&project.id))).await, [app.id]);
    let by_external_id = Parent::by_external_id("workspace", "w");
    assert_eq!(list(below(of_acme(), by_external_id.clone())).await, [project.id]);
    assert_eq!(list(below(all(), Parent::by_id("authz_resource_1"))).await, [""; 0]);
    let nothing = Parent::by_external_id("workspace", "none");
    assert_eq!(list(below(of_acme(), nothing)).await, [""; 0]);

    let vague = [external(of_acme(), "w"), external(of_type(), "w"), below(all(), by_external_id)];
    for params in vague {
        let refused = refusal(api.list_resources(params).await);
        assert_eq!(refused, "400 missing_organization_id_or_resource_type_slug");
    }
    let (status, _) = trial
        .call("GET", "/authorization/resources?parent_resource_type_slug=x", json!(null))
        .await;
    assert_eq!(status, 422);
}
