//! Roles, permissions, resources, role assignments and access checks.

mod access;
mod assignments;
mod groups;
mod permissions;
mod resources;
mod roles;

use workos::authorization::{
    AuthorizationApi, AuthorizationResource, CheckAuthorization, CreateAuthorizationPermission,
    CreateResource, CreateRole, ParentResource, Permission, ResourceTarget, Role, RoleAssignment,
    RoleAssignmentInput, SetRolePermissions,
};
use workos::groups::{CreateGroup, CreateGroupMembership};
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembership};
use workos::user_management::CreateUser;
use workos::{Group, Page};

use crate::trial::Trial;

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
        let acme = trial.organization("Acme").await;
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
