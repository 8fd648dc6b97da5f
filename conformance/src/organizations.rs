//! Organizations: their names, external IDs and metadata.

use workos::organizations::*;
use workos::{Metadata, Nullable, ObjectType, UpdateMetadata};

use crate::harness::{Outcome, World, holds, refused, refused_as, same};

scenarios![
    an_organization_is_created_read_changed_and_deleted,
    an_external_id_finds_its_organization_and_is_unique,
    null_clears_an_external_id,
    metadata_is_merged_and_null_removes_it,
    organizations_are_found_by_name,
    an_organization_needs_a_name,
];

async fn an_organization_is_created_read_changed_and_deleted(world: &World) -> Outcome {
    let api = world.client.organizations();
    let (name, renamed) = (world.name("acme"), world.name("globex"));
    let created = world.organization_with(CreateOrganization::new(&name)).await?;
    let mut expected = Organization::default();
    expected.object = ObjectType::Organization;
    expected.id.clone_from(&created.id);
    expected.name = name;
    expected.created_at = created.created_at;
    expected.updated_at = created.updated_at;
    // Deprecated, and not always there.
    expected.allow_profiles_outside_organization = created.allow_profiles_outside_organization;
    same(&created, &expected)?;
    holds(created.id.starts_with("org_"), "the ID begins with org_")?;
    same(&api.get_organization(&created.id).await?, &created)?;

    let rename = UpdateOrganization { name: Some(renamed.clone()), ..Default::default() };
    let changed = api.update_organization(&created.id, rename).await?;
    expected.name = renamed;
    expected.updated_at = changed.updated_at;
    same(&changed, &expected)?;
    holds(changed.updated_at >= created.updated_at, "updated_at does not go back")?;
    same(&api.get_organization(&created.id).await?, &changed)?;

    api.delete_organization(&created.id).await?;
    world.gone(async || api.get_organization(&created.id).await).await
}

async fn an_external_id_finds_its_organization_and_is_unique(world: &World) -> Outcome {
    let api = world.client.organizations();
    let external_id = world.name("id");
    let new = |word: &str| CreateOrganization {
        external_id: Some(external_id.clone()),
        ..CreateOrganization::new(world.name(word))
    };
    let acme = world.organization_with(new("acme")).await?;
    same(&acme.external_id, &Some(external_id.clone()))?;
    same(&api.get_organization_by_external_id(&external_id).await?, &acme)?;
    refused(api.create_organization(new("second")).await, "400 external_id_already_used")?;

    let other = world.organization("other").await?;
    let take = UpdateOrganization {
        external_id: Some(Nullable::Value(external_id.clone())),
        ..Default::default()
    };
    refused(api.update_organization(&other.id, take).await, "400 external_id_already_used")?;
    let unknown = world.name("unknown");
    refused_as(api.get_organization_by_external_id(&unknown).await, 404)
}

async fn null_clears_an_external_id(world: &World) -> Outcome {
    let api = world.client.organizations();
    let external_id = world.name("id");
    let new = CreateOrganization {
        external_id: Some(external_id.clone()),
        ..CreateOrganization::new(world.name("acme"))
    };
    let acme = world.organization_with(new).await?;
    // What is left out stays.
    let rename = UpdateOrganization { name: Some(world.name("new")), ..Default::default() };
    let renamed = api.update_organization(&acme.id, rename).await?;
    same(&renamed.external_id, &Some(external_id.clone()))?;

    let clear = UpdateOrganization { external_id: Some(Nullable::Null), ..Default::default() };
    let cleared = api.update_organization(&acme.id, clear).await?;
    let mut expected = renamed;
    expected.external_id = None;
    expected.updated_at = cleared.updated_at;
    same(cleared, expected)?;
    refused_as(api.get_organization_by_external_id(&external_id).await, 404)
}

async fn metadata_is_merged_and_null_removes_it(world: &World) -> Outcome {
    let api = world.client.organizations();
    let metadata = Metadata::from([("plan", "pro"), ("region", "eu")]);
    let new = CreateOrganization {
        metadata: Some(metadata.clone()),
        ..CreateOrganization::new(world.name("acme"))
    };
    let acme = world.organization_with(new).await?;
    same(&acme.metadata, &metadata)?;

    let update = async |metadata: Nullable<UpdateMetadata>| {
        let update = UpdateOrganization { metadata: Some(metadata), ..Default::default() };
        api.update_organization(&acme.id, update).await
    };
    let add = Nullable::Value(UpdateMetadata::from([("plan", "team"), ("seats", "7")]));
    let expected = Metadata::from([("plan", "team"), ("region", "eu"), ("seats", "7")]);
    same(update(add).await?.metadata, expected)?;
    let remove = Nullable::Value(UpdateMetadata::from([("region", Nullable::Null)]));
    let expected = Metadata::from([("plan", "team"), ("seats", "7")]);
    same(update(remove).await?.metadata, expected)?;
    same(update(Nullable::Null).await?.metadata, Metadata::default())
}

async fn organizations_are_found_by_name(world: &World) -> Outcome {
    let api = world.client.organizations();
    let acme = world.organization("acme").await?;
    world.organization("globex").await?;
    world
        .eventually(async || {
            let search = Some(acme.name.clone());
            let params = ListOrganizationsParams { search, ..Default::default() };
            same(&api.list_organizations(params).await?.data, std::slice::from_ref(&acme))
        })
        .await
}

async fn an_organization_needs_a_name(world: &World) -> Outcome {
    let api = world.client.organizations();
    let refusal = api.create_organization(CreateOrganization::new("")).await;
    world.assumed("an empty name is refused like a missing one", refused_as(refusal, 422));
    refused_as(api.get_organization("org_01E4ZCR3C56J083X43JQXF3JK5").await, 404)
}
