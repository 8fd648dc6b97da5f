//! Roles, permissions, resources, role assignments and access checks.

use serde_json::{Value, json};
use workos::authorization::*;
use workos::groups::{CreateGroup, CreateGroupMembership};
use workos::organization_membership::{
    CreateOrganizationMembership, OrganizationMembership, OrganizationMembershipRole,
    UpdateOrganizationMembership,
};
use workos::organizations::{CreateOrganization, UpdateOrganization};
use workos::user_management::CreateUser;
use workos::{Group, Nullable, Page};

use super::trial::{Trial, refusal};

async fn organization(trial: &Trial, name: &str) -> String {
    let organizations = trial.client().organizations();
    organizations.create_organization(CreateOrganization::new(name)).await.unwrap().id
}

async fn member(trial: &Trial, organization_id: &str, name: &str) -> OrganizationMembership {
    let user = CreateUser::new(format!("{name}@acme.com"));
    let user = trial.client().user_management().create_user(user).await.unwrap();
    let new = CreateOrganizationMembership::new(&user.id, organization_id);
    trial.client().organization_membership().create_organization_membership(new).await.unwrap()
}

async fn group(trial: &Trial, organization_id: &str) -> Group {
    let groups = trial.client().groups();
    groups.create_organization_group(organization_id, CreateGroup::new("Team")).await.unwrap()
}

async fn join(trial: &Trial, group: &Group, member: &OrganizationMembership) {
    let member = CreateGroupMembership::new(&member.id);
    let groups = trial.client().groups();
    let organization_id = &group.organization_id;
    groups.create_group_organization_membership(organization_id, &group.id, member).await.unwrap();
}

async fn permission(trial: &Trial, slug: &str, type_slug: Option<&str>) -> Permission {
    let new = CreateAuthorizationPermission {
        resource_type_slug: type_slug.map(Into::into),
        ..CreateAuthorizationPermission::new(slug, slug)
    };
    trial.client().authorization().create_permission(new).await.unwrap()
}

async fn role(trial: &Trial, slug: &str, type_slug: Option<&str>, permissions: &[&str]) -> Role {
    let authorization = trial.client().authorization();
    let new =
        CreateRole { resource_type_slug: type_slug.map(Into::into), ..CreateRole::new(slug, slug) };
    authorization.create_environment_role(new).await.unwrap();
    authorization.set_environment_role_permissions(slug, only(permissions)).await.unwrap()
}

fn only(slugs: &[&str]) -> SetRolePermissions {
    SetRolePermissions::new(slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>())
}

fn on(resource: &AuthorizationResource) -> ResourceTarget {
    ResourceTarget::by_id(&resource.id)
}

fn ids<T>(page: Page<T>, id: impl Fn(T) -> String) -> Vec<String> {
    page.data.into_iter().map(id).collect()
}

/// Workspaces with projects with apps, in one organization.
struct World {
    trial: Trial,
    acme: String,
    workspace: AuthorizationResource,
    project: AuthorizationResource,
    app: AuthorizationResource,
}

impl World {
    /// With the roles `workspace-admin`, `project-editor` and `app-viewer`.
    async fn new() -> Self {
        let trial = Trial::new().await;
        let fixtures = trial.emulator.fixtures();
        fixtures.resource_type("workspace", &[]).unwrap();
        fixtures.resource_type("project", &["workspace"]).unwrap();
        fixtures.resource_type("app", &["project", "workspace"]).unwrap();
        for kind in ["workspace", "project", "app"] {
            for action in ["view", "edit"] {
                permission(&trial, &format!("{kind}:{action}"), Some(kind)).await;
            }
        }
        let all = ["workspace:edit", "project:view", "project:edit", "app:view", "app:edit"];
        role(&trial, "workspace-admin", Some("workspace"), &all).await;
        role(&trial, "project-editor", Some("project"), &["project:view", "project:edit"]).await;
        role(&trial, "app-viewer", Some("app"), &["app:view"]).await;
        let acme = organization(&trial, "Acme").await;
        let workspace = resource(&trial, &acme, "workspace", "w", None).await;
        let project = resource(&trial, &acme, "project", "p", Some(&workspace)).await;
        let app = resource(&trial, &acme, "app", "a", Some(&project)).await;
        Self { trial, acme, workspace, project, app }
    }

    fn api(&self) -> AuthorizationApi {
        self.trial.client().authorization()
    }

    async fn assign(
        &self,
        member: &OrganizationMembership,
        role: &str,
        resource: &AuthorizationResource,
    ) -> RoleAssignment {
        let input = RoleAssignmentInput::new(role, on(resource));
        self.api().assign_role(&member.id, input).await.unwrap()
    }

    async fn may(
        &self,
        member: &OrganizationMembership,
        slug: &str,
        resource: &AuthorizationResource,
    ) -> bool {
        let check = CheckAuthorization::new(slug, on(resource));
        self.api().check(&member.id, check).await.unwrap().authorized
    }

    async fn root(&self) -> AuthorizationResource {
        let api = self.api();
        api.get_resource_by_external_id(&self.acme, "organization", &self.acme).await.unwrap()
    }

    async fn roles(&self, member: &OrganizationMembership) -> Vec<String> {
        let memberships = self.trial.client().organization_membership();
        let member = memberships.get_organization_membership(&member.id).await.unwrap();
        let roles: Vec<_> = member.roles.unwrap().into_iter().map(|role| role.slug).collect();
        assert_eq!(member.role.map(|role| role.slug).as_ref(), roles.first());
        roles
    }
}

async fn resource(
    trial: &Trial,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    parent: Option<&AuthorizationResource>,
) -> AuthorizationResource {
    let new = CreateResource {
        parent_resource: parent.map(|parent| ParentResource::by_id(&parent.id)),
        ..CreateResource::new(external_id, external_id, type_slug, organization_id)
    };
    trial.client().authorization().create_resource(new).await.unwrap()
}

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
    let acme = organization(&trial, "Acme").await;
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
    let globex = organization(&trial, "Globex").await;
    api.create_organization_role(&globex, custom("org-biller")).await.unwrap();
    let nowhere = api.create_organization_role("org_1", custom("org-biller")).await;
    assert_eq!(refusal(nowhere), "404 entity_not_found");
}

#[tokio::test]
async fn custom_roles_belong_to_one_organization() {
    let trial = Trial::new().await;
    let api = trial.client().authorization();
    let (acme, globex) = (organization(&trial, "Acme").await, organization(&trial, "Globex").await);
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
    let acme = organization(&trial, "Acme").await;
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
    let globex = organization(&trial, "Globex").await;
    let foreign = CreateResource {
        parent_resource: Some(ParentResource::by_id(&workspace.id)),
        ..CreateResource::new("p", "P", "project", &globex)
    };
    assert_eq!(refusal(api.create_resource(foreign).await), "404 entity_not_found");
    let same = resource(&trial, &globex, "workspace", "w", None).await;
    assert_ne!(same.id, workspace.id);

    // Null is no parent; an external ID without its type is none either.
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
    let acme = organization(&trial, "Acme").await;
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
    let globex = organization(&trial, "Globex").await;
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
    let globex = organization(&world.trial, "Globex").await;
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
    let globex = organization(&world.trial, "Globex").await;
    let theirs = resource(&world.trial, &globex, "workspace", "theirs", None).await;
    assert_eq!(refusal(check(on(&theirs)).await), "404 entity_not_found");
    let stranger = api.check("om_1", CheckAuthorization::new("app:view", on(&world.app))).await;
    assert_eq!(refusal(stranger), "404 entity_not_found");
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
    // No event tells of a change of roles on the way.
    let names = world.trial.event_names().await;
    let last: Vec<_> = names.iter().rev().take(3).map(String::as_str).collect();
    let expected =
        ["user.deleted", "organization_membership.deleted", "organization_membership.created"];
    assert_eq!(last, expected);
    api.delete_resource(&world.app.id, Default::default()).await.unwrap();
}
