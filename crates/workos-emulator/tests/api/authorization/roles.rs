//! Roles of the environment, and custom roles of organizations.

use serde_json::json;
use workos::Nullable;
use workos::authorization::{
    AddRolePermission, CreateOrganizationRole, CreateRole, GroupRoleAssignmentInput, RoleType,
    UpdateRole,
};

use super::{group, ids, join, member, only, permission, role};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn environment_roles_are_created_changed_and_listed_by_priority() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    permission(&trial, "posts:read", None).await;
    let new =
        CreateRole { description: Some("Edits".into()), ..CreateRole::new("editor", "Editor") };
    let editor = api.create_environment_role(new).await.unwrap();
    assert_eq!(
        (editor.slug.as_str(), editor.type_.as_str(), editor.resource_type_slug.as_str()),
        ("editor", "EnvironmentRole", "organization")
    );
    assert_eq!(editor.permissions, [""; 0]);

    trial.wait(1);
    let update = UpdateRole { name: Some("Author".into()), description: Some(Nullable::Null) };
    let renamed = api.update_environment_role("editor", update).await.unwrap();
    let mut expected = editor.clone();
    expected.name = "Author".into();
    expected.description = None;
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(renamed, expected);

    for _ in 0..2 {
        let add = AddRolePermission::new("posts:read");
        let role = api.add_environment_role_permission("editor", add).await.unwrap();
        assert_eq!(role.permissions, ["posts:read"]);
    }
    let emptied = api.set_environment_role_permissions("editor", only(&[])).await.unwrap();
    assert_eq!(emptied, renamed);
    assert_eq!(api.get_environment_role("editor").await.unwrap(), emptied);
    let slugs = ids(api.list_environment_roles().await.unwrap(), |role| role.slug);
    assert_eq!(slugs, ["admin", "member", "editor"]);

    let events = trial.events().await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), &event["context"]["previous_attributes"]))
        .collect();
    assert_eq!(
        told,
        [
            ("permission.created", &json!(null)),
            ("role.created", &json!(null)),
            ("role.updated", &json!({"name": "Editor", "description": "Edits"})),
            ("role.updated", &json!({"permissions": []})),
            ("role.updated", &json!({"permissions": ["posts:read"]})),
        ]
    );
}

#[tokio::test]
async fn roles_with_bad_or_taken_slugs_are_refused() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let acme = trial.organization("Acme").await;
    for slug in ["Editor", "-editor", "editor_", "a--b", "a b", "org-editor"] {
        let refused = api.create_environment_role(CreateRole::new(slug, "Editor")).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters slug", "{slug}");
    }
    let taken = api.create_environment_role(CreateRole::new("admin", "Admin")).await;
    assert_eq!(refusal(taken), "409 role_slug_conflict");
    let stranger = CreateRole {
        resource_type_slug: Some("project".into()),
        ..CreateRole::new("editor", "Editor")
    };
    let refused = api.create_environment_role(stranger).await;
    assert_eq!(refusal(refused), "404 entity_not_found");

    let custom = |slug: &str| CreateOrganizationRole {
        slug: Some(slug.into()),
        ..CreateOrganizationRole::new("Biller")
    };
    for slug in ["biller", "org-", "org-Biller"] {
        let refused = api.create_organization_role(&acme, custom(slug)).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters slug", "{slug}");
    }
    api.create_organization_role(&acme, custom("org-biller")).await.unwrap();
    let taken = api.create_organization_role(&acme, custom("org-biller")).await;
    assert_eq!(refusal(taken), "409 organization_role_slug_conflict");
    let globex = trial.organization("Globex").await;
    api.create_organization_role(&globex, custom("org-biller")).await.unwrap();
    let nowhere = api.create_organization_role("org_1", custom("org-biller")).await;
    assert_eq!(refusal(nowhere), "404 entity_not_found");
}

#[tokio::test]
async fn custom_roles_belong_to_one_organization() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    permission(&trial, "bills:pay", None).await;
    permission(&trial, "bills:read", None).await;
    let biller = CreateOrganizationRole::new("Billing  Admin (EU)");
    let biller = api.create_organization_role(&acme, biller).await.unwrap();
    let suffix = biller.id[biller.id.len() - 6..].to_lowercase();
    assert_eq!(biller.slug, format!("billing-admin-eu-{suffix}"));
    assert_eq!(biller.type_, RoleType::OrganizationRole);
    let slug = biller.slug.as_str();

    let set = api.set_organization_role_permissions(&acme, slug, only(&["bills:pay"])).await;
    assert_eq!(set.unwrap().permissions, ["bills:pay"]);
    let read = AddRolePermission::new("bills:read");
    let added = api.add_organization_role_permission(&acme, slug, read).await.unwrap();
    assert_eq!(added.permissions, ["bills:pay", "bills:read"]);
    for _ in 0..2 {
        let removed = api.remove_organization_role_permission(&acme, slug, "bills:pay").await;
        assert_eq!(removed.unwrap().permissions, ["bills:read"]);
    }
    let update = UpdateRole { name: Some("Biller".into()), ..Default::default() };
    let biller = api.update_organization_role(&acme, slug, update).await.unwrap();
    assert_eq!(api.get_organization_role(&acme, slug).await.unwrap(), biller);
    let admin = api.get_organization_role(&acme, "admin").await.unwrap();
    assert_eq!(admin, api.get_environment_role("admin").await.unwrap());

    role(&trial, "late", None, &[]).await;
    let slugs = ids(api.list_organization_roles(&acme).await.unwrap(), |role| role.slug);
    assert_eq!(slugs, ["admin", "member", slug, "late"]);
    let slugs = ids(api.list_organization_roles(&globex).await.unwrap(), |role| role.slug);
    assert_eq!(slugs, ["admin", "member", "late"]);

    // Neither another organization nor the environment has it, and an organization cannot change
    // the roles of the environment.
    let elsewhere = api.get_organization_role(&globex, slug).await;
    assert_eq!(refusal(elsewhere), "404 entity_not_found");
    assert_eq!(refusal(api.get_environment_role(slug).await), "404 entity_not_found");
    let foreign = api.update_organization_role(&acme, "admin", UpdateRole::default()).await;
    assert_eq!(refusal(foreign), "404 entity_not_found");
    assert_eq!(refusal(api.delete_organization_role(&acme, "admin").await), "404 entity_not_found");
    let unknown = AddRolePermission::new("bills:burn");
    let refused = api.add_organization_role_permission(&acme, slug, unknown).await;
    assert_eq!(refusal(refused), "404 entity_not_found");

    api.delete_organization_role(&acme, slug).await.unwrap();
    assert_eq!(refusal(api.get_organization_role(&acme, slug).await), "404 entity_not_found");
    let events = trial.events().await;
    let last = &events.last().unwrap()["data"];
    assert_eq!(
        *last,
        json!({
            "object": "organization_role", "organization_id": acme, "slug": slug, "name": "Biller",
            "description": null, "resource_type_slug": "organization",
            "permissions": ["bills:read"], "created_at": last["created_at"],
            "updated_at": last["updated_at"],
        })
    );
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| **name == "organization_role.updated").count(), 4);
    assert_eq!(names.last(), Some(&"organization_role.deleted"));
}

#[tokio::test]
async fn custom_roles_go_with_their_organization() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let acme = trial.organization("Acme").await;
    let new = CreateOrganizationRole {
        slug: Some("org-biller".into()),
        ..CreateOrganizationRole::new("Biller")
    };
    api.create_organization_role(&acme, new).await.unwrap();
    let ada = member(&trial, &acme, "ada").await;
    let team = group(&trial, &acme).await;
    join(&trial, &team, &ada).await;
    let biller = GroupRoleAssignmentInput::new("org-biller");
    api.create_group_role_assignment(&team.id, biller).await.unwrap();
    let before = trial.event_names().await.len();
    trial.client().organizations().delete_organization(&acme).await.unwrap();
    let names = trial.event_names().await.split_off(before);
    assert_eq!(
        names,
        [
            "group.member_removed",
            "group.deleted",
            "organization_membership.deleted",
            "organization_role.deleted",
            "organization.deleted",
        ]
    );
}
