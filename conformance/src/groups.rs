//! Groups of memberships.

use workos::groups::*;
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembership};
use workos::{Nullable, ObjectType};

use crate::harness::{Outcome, Stop, World, refused_as, same};

scenarios![a_group_is_created_changed_and_deleted, a_group_has_members];

async fn a_group_is_created_changed_and_deleted(world: &World) -> Outcome {
    let api = world.client.groups();
    let acme = world.organization("acme").await?;
    let new =
        CreateGroup { description: Some("They build".into()), ..CreateGroup::new("Builders") };
    let created = api.create_organization_group(&acme.id, new).await?;
    let mut expected = Group::default();
    expected.object = ObjectType::Group;
    expected.id.clone_from(&created.id);
    expected.organization_id.clone_from(&acme.id);
    expected.name = "Builders".into();
    expected.description = Some("They build".into());
    expected.created_at = created.created_at;
    expected.updated_at = created.updated_at;
    same(&created, &expected)?;

    let clear = UpdateGroup { description: Some(Nullable::Null), ..Default::default() };
    let cleared = api.update_organization_group(&acme.id, &created.id, clear).await?;
    expected.description = None;
    expected.updated_at = cleared.updated_at;
    same(&cleared, &expected)?;
    same(api.get_organization_group(&acme.id, &created.id).await?, cleared)?;

    api.delete_organization_group(&acme.id, &created.id).await?;
    refused_as(api.get_organization_group(&acme.id, &created.id).await, 404)
}

async fn a_group_has_members(world: &World) -> Outcome {
    let api = world.client.groups();
    let (acme, ada) = (world.organization("acme").await?, world.user("ada").await?);
    let memberships = world.client.organization_membership();
    let new = CreateOrganizationMembership::new(&ada.id, &acme.id);
    let member = memberships.create_organization_membership(new).await?;
    let team = api.create_organization_group(&acme.id, CreateGroup::new("Team")).await?;
    let join = CreateGroupMembership::new(&member.id);
    let joined = api.create_group_organization_membership(&acme.id, &team.id, join).await?;
    same(&joined.id, &team.id)?;

    let members = async || {
        let page =
            api.list_group_organization_memberships(&acme.id, &team.id, Default::default()).await?;
        let id = |member: OrganizationMembership| member.id;
        Ok::<_, Stop>(page.data.into_iter().map(id).collect::<Vec<_>>())
    };
    same(members().await?, [&*member.id])?;
    let listed =
        memberships.list_organization_membership_groups(&member.id, Default::default()).await?;
    let ids: Vec<_> = listed.data.iter().map(|group| &group.id).collect();
    same(ids, [&team.id])?;

    api.delete_group_organization_membership(&acme.id, &team.id, &member.id).await?;
    same(members().await?, [""; 0])?;
    // Who leaves a group stays in the organization.
    same(memberships.get_organization_membership(&member.id).await?.id, member.id)
}
