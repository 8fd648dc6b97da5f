//! The domains of organizations.

use workos::organization_domains::CreateOrganizationDomain;
use workos::organizations::*;

use crate::harness::{Outcome, World, refused, refused_as, same};

scenarios![
    a_domain_is_added_pending_and_deleted,
    a_domain_belongs_to_one_organization,
    a_domain_can_be_vouched_for,
];

fn domain(world: &World) -> String {
    format!("{}.example.com", world.name("domain"))
}

async fn a_domain_is_added_pending_and_deleted(world: &World) -> Outcome {
    let api = world.client.organization_domains();
    let acme = world.organization("acme").await?;
    let name = domain(world);
    let new = CreateOrganizationDomain::new(&name, &acme.id);
    let added = api.create_organization_domain(new).await?;
    let mut expected = added.clone();
    expected.organization_id.clone_from(&acme.id);
    expected.domain = name;
    expected.state = Some(OrganizationDomainState::Pending);
    expected.verification_strategy = Some(OrganizationDomainVerificationStrategy::Dns);
    same(&added, &expected)?;
    same(&api.get_organization_domain(&added.id).await?, &added)?;
    let organization = world.client.organizations().get_organization(&acme.id).await?;
    let ids: Vec<_> = organization.domains.iter().map(|one| &one.id).collect();
    same(ids, [&added.id])?;

    api.delete_organization_domain(&added.id).await?;
    refused_as(api.get_organization_domain(&added.id).await, 404)?;
    let organization = world.client.organizations().get_organization(&acme.id).await?;
    same(organization.domains, [])
}

async fn a_domain_belongs_to_one_organization(world: &World) -> Outcome {
    let api = world.client.organization_domains();
    let (acme, globex) = (world.organization("acme").await?, world.organization("globex").await?);
    let name = domain(world);
    api.create_organization_domain(CreateOrganizationDomain::new(&name, &acme.id)).await?;
    let again = api.create_organization_domain(CreateOrganizationDomain::new(&name, &globex.id));
    refused(again.await, "409 domain_already_exists")
}

async fn a_domain_can_be_vouched_for(world: &World) -> Outcome {
    let name = domain(world);
    let data = OrganizationDomainData::new(&name, OrganizationDomainDataState::Verified);
    let new = CreateOrganization {
        domain_data: Some(vec![data]),
        ..CreateOrganization::new(world.name("acme"))
    };
    let acme = world.organization_with(new).await?;
    let shown: Vec<_> = acme.domains.iter().map(|one| (&one.domain, one.state.as_ref())).collect();
    same(shown, [(&name, Some(&OrganizationDomainState::Verified))])?;
    let params = ListOrganizationsParams { domains: Some(vec![name]), ..Default::default() };
    let found = world.client.organizations().list_organizations(params).await?;
    same(&found.data, std::slice::from_ref(&acme))?;
    // Domains that a new list lacks are removed.
    let none = UpdateOrganization { domain_data: Some(Vec::new()), ..Default::default() };
    let changed = world.client.organizations().update_organization(&acme.id, none).await?;
    same(changed.domains, [])
}
