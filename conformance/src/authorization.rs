//! Permissions, custom roles, and what they allow.

use workos::authorization::*;
use workos::groups::{CreateGroup, CreateGroupMembership};
use workos::organization_membership::{
    CreateOrganizationMembership, OrganizationMembership, OrganizationMembershipRole,
};
use workos::{Nullable, ObjectType};

use crate::harness::{Outcome, World, refused, refused_as, same};

scenarios![
    a_permission_is_created_changed_and_deleted,
    the_slug_of_a_permission_is_unique,
    a_custom_role_has_the_permissions_that_it_is_given,
    a_role_that_somebody_has_cannot_be_deleted,
    a_role_allows_its_permissions_and_nothing_else,
    a_group_passes_its_roles_on_to_its_members,
];

async fn permission(world: &World, word: &str) -> Outcome<Permission> {
    let new = CreateAuthorizationPermission {
        description: Some("Of a conformance run".into()),
        ..CreateAuthorizationPermission::new(world.name(word), "Read posts")
    };
    let permission = world.client.authorization().create_permission(new).await?;
    world.undo(world.client.authorization().delete_permission(&permission.slug));
    Ok(permission)
}

/// A custom role of the organization, which goes with it.
async fn role(world: &World, organization_id: &str, permission: &Permission) -> Outcome<Role> {
    let api = world.client.authorization();
    let new = CreateOrganizationRole {
        slug: Some("org-reader".into()),
        ..CreateOrganizationRole::new("Reader")
    };
    let role = api.create_organization_role(organization_id, new).await?;
    let add = AddRolePermission::new(&permission.slug);
    Ok(api.add_organization_role_permission(organization_id, &role.slug, add).await?)
}

async fn member(
    world: &World,
    organization_id: &str,
    role: Option<&Role>,
) -> Outcome<OrganizationMembership> {
    let ada = world.user("ada").await?;
    let new = CreateOrganizationMembership {
        role: role.map(|role| OrganizationMembershipRole::single(&role.slug)),
        ..CreateOrganizationMembership::new(&ada.id, organization_id)
    };
    Ok(world.client.organization_membership().create_organization_membership(new).await?)
}

/// Whether a member may do this in the organization, which is a resource itself.
async fn may(
    world: &World,
    member: &OrganizationMembership,
    permission: &Permission,
) -> Outcome<bool> {
    let on = ResourceTarget::by_external_id("organization", &member.organization_id);
    let check = CheckAuthorization::new(&permission.slug, on);
    Ok(world.client.authorization().check(&member.id, check).await?.authorized)
}

async fn a_permission_is_created_changed_and_deleted(world: &World) -> Outcome {
    let api = world.client.authorization();
    let created = permission(world, "read").await?;
    let mut expected = Permission::default();
    expected.object = ObjectType::Permission;
    expected.id.clone_from(&created.id);
    expected.slug.clone_from(&created.slug);
    expected.name = "Read posts".into();
    expected.description = Some("Of a conformance run".into());
    expected.resource_type_slug = "organization".into();
    expected.created_at = created.created_at;
    expected.updated_at = created.updated_at;
    same(&created, &expected)?;

    let update = UpdateAuthorizationPermission {
        name: Some("Read all posts".into()),
        description: Some(Nullable::Null),
    };
    let changed = api.update_permission(&created.slug, update).await?;
    expected.name = "Read all posts".into();
    expected.description = None;
    expected.updated_at = changed.updated_at;
    same(&changed, &expected)?;
    same(api.get_permission(&created.slug).await?, changed)?;

    api.delete_permission(&created.slug).await?;
    refused_as(api.get_permission(&created.slug).await, 404)
}

async fn the_slug_of_a_permission_is_unique(world: &World) -> Outcome {
    let created = permission(world, "read").await?;
    let again = CreateAuthorizationPermission::new(&created.slug, "Again");
    let again = world.client.authorization().create_permission(again).await;
    refused(again, "409 permission_slug_conflict")
}

async fn a_custom_role_has_the_permissions_that_it_is_given(world: &World) -> Outcome {
    let api = world.client.authorization();
    let acme = world.organization("acme").await?;
    let (read, write) = (permission(world, "read").await?, permission(world, "write").await?);
    let reader = role(world, &acme.id, &read).await?;
    same(
        (&reader.type_, reader.slug.as_str(), &reader.permissions),
        (&RoleType::OrganizationRole, "org-reader", &vec![read.slug.clone()]),
    )?;

    let set = SetRolePermissions::new([write.slug.clone()]);
    let set = api.set_organization_role_permissions(&acme.id, &reader.slug, set).await?;
    same(set.permissions, [&*write.slug])?;
    let none = api.remove_organization_role_permission(&acme.id, &reader.slug, &write.slug).await?;
    same(&none.permissions, &[""; 0])?;
    same(&api.get_organization_role(&acme.id, &reader.slug).await?, &none)?;

    // The roles of the environment are in the same list.
    let roles = api.list_organization_roles(&acme.id).await?.data;
    let own: Vec<_> =
        roles.iter().filter(|role| role.type_ == RoleType::OrganizationRole).collect();
    same(own, [&none])?;
    api.delete_organization_role(&acme.id, &reader.slug).await?;
    refused_as(api.get_organization_role(&acme.id, &reader.slug).await, 404)
}

async fn a_role_that_somebody_has_cannot_be_deleted(world: &World) -> Outcome {
    let api = world.client.authorization();
    let acme = world.organization("acme").await?;
    let reader = role(world, &acme.id, &permission(world, "read").await?).await?;
    member(world, &acme.id, Some(&reader)).await?;
    let refusal = api.delete_organization_role(&acme.id, &reader.slug).await;
    refused(refusal, "409 role_has_assignments")
}

async fn a_role_allows_its_permissions_and_nothing_else(world: &World) -> Outcome {
    let acme = world.organization("acme").await?;
    let (read, write) = (permission(world, "read").await?, permission(world, "write").await?);
    let reader = role(world, &acme.id, &read).await?;
    let ada = member(world, &acme.id, Some(&reader)).await?;
    world.eventually(async || same(may(world, &ada, &read).await?, true)).await?;
    same(may(world, &ada, &write).await?, false)?;

    let none = SetRolePermissions::new(Vec::<String>::new());
    let api = world.client.authorization();
    api.set_organization_role_permissions(&acme.id, &reader.slug, none).await?;
    world.eventually(async || same(may(world, &ada, &read).await?, false)).await
}

async fn a_group_passes_its_roles_on_to_its_members(world: &World) -> Outcome {
    let (api, groups) = (world.client.authorization(), world.client.groups());
    let acme = world.organization("acme").await?;
    let read = permission(world, "read").await?;
    let reader = role(world, &acme.id, &read).await?;
    let ada = member(world, &acme.id, None).await?;
    let team = groups.create_organization_group(&acme.id, CreateGroup::new("Team")).await?;
    let join = CreateGroupMembership::new(&ada.id);
    groups.create_group_organization_membership(&acme.id, &team.id, join).await?;
    same(may(world, &ada, &read).await?, false)?;

    let grant = GroupRoleAssignmentInput::new(&reader.slug);
    let granted = api.create_group_role_assignment(&team.id, grant.clone()).await?;
    same((&granted.group_id, &granted.role.slug), (&team.id, &reader.slug))?;
    let again = api.create_group_role_assignment(&team.id, grant).await;
    refused(again, "409 duplicate_group_role_assignment")?;
    world.eventually(async || same(may(world, &ada, &read).await?, true)).await?;

    api.delete_group_role_assignment(&team.id, &granted.id).await?;
    world.eventually(async || same(may(world, &ada, &read).await?, false)).await
}
