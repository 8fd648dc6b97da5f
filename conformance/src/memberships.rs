//! Memberships of users in organizations.

use workos::organization_membership::*;

use crate::harness::{Outcome, World, refused, refused_as, same};

scenarios![
    a_member_joins_is_deactivated_reactivated_and_leaves,
    a_list_of_memberships_needs_a_user_or_an_organization,
    an_unknown_role_is_refused,
    a_membership_goes_with_its_user,
];

async fn a_member_joins_is_deactivated_reactivated_and_leaves(world: &World) -> Outcome {
    let api = world.client.organization_membership();
    let (acme, ada) = (world.organization("acme").await?, world.user("ada").await?);
    let new = CreateOrganizationMembership::new(&ada.id, &acme.id);
    let joined = api.create_organization_membership(new).await?;
    let active = OrganizationMembershipStatus::Active;
    same(
        (&joined.user_id, &joined.organization_id, &joined.status, joined.directory_managed),
        (&ada.id, &acme.id, &active, false),
    )?;
    let role = joined.role.as_ref().map(|role| role.slug.as_str());
    world.assumed("the default role of the environment is member", same(role, Some("member")));

    let inactive = api.deactivate_organization_membership(&joined.id).await?;
    same(
        (&inactive.status, &inactive.role),
        (&OrganizationMembershipStatus::Inactive, &joined.role),
    )?;
    let list = async |statuses| {
        let organization_id = Some(acme.id.clone());
        let params =
            ListOrganizationMembershipsParams { organization_id, statuses, ..Default::default() };
        api.list_organization_memberships(params).await
    };
    // By default, only active ones.
    same(list(None).await?.data, [])?;
    let listed = list(Some(vec![OrganizationMembershipStatus::Inactive])).await?;
    let ids: Vec<_> = listed.data.iter().map(|membership| &membership.id).collect();
    same(ids, [&joined.id])?;

    let again = api.reactivate_organization_membership(&joined.id).await?;
    same((&again.id, &again.status, &again.role), (&joined.id, &active, &joined.role))?;
    api.delete_organization_membership(&joined.id).await?;
    world.gone(async || api.get_organization_membership(&joined.id).await).await
}

async fn a_list_of_memberships_needs_a_user_or_an_organization(world: &World) -> Outcome {
    let api = world.client.organization_membership();
    let all = api.list_organization_memberships(Default::default()).await;
    refused(all, "400 missing_user_id_or_organization_id")
}

async fn an_unknown_role_is_refused(world: &World) -> Outcome {
    let api = world.client.organization_membership();
    let (acme, ada) = (world.organization("acme").await?, world.user("ada").await?);
    let new = CreateOrganizationMembership {
        role: Some(OrganizationMembershipRole::single(world.name("no-role"))),
        ..CreateOrganizationMembership::new(&ada.id, &acme.id)
    };
    refused(api.create_organization_membership(new).await, "422 invalid_role")?;
    let nobody = CreateOrganizationMembership::new("user_01E4ZCR3C5A4QZ2Z2JQXGKZJ9E", &acme.id);
    refused_as(api.create_organization_membership(nobody).await, 404)
}

async fn a_membership_goes_with_its_user(world: &World) -> Outcome {
    let api = world.client.organization_membership();
    let (acme, ada) = (world.organization("acme").await?, world.user("ada").await?);
    let new = CreateOrganizationMembership::new(&ada.id, &acme.id);
    let joined = api.create_organization_membership(new).await?;
    world.client.user_management().delete_user(&ada.id).await?;
    world.gone(async || api.get_organization_membership(&joined.id).await).await
}
