//! API keys of organizations.

use std::time::Duration;

use workos::Timestamp;
use workos::api_keys::*;

use crate::harness::{Outcome, World, holds, present, refused, refused_as, same};

scenarios![
    the_value_of_an_api_key_is_shown_once_and_validates,
    an_api_key_expires_when_it_is_told_to,
    a_deleted_api_key_no_longer_validates,
];

async fn key(world: &World) -> Outcome<ApiKey> {
    let acme = world.organization("acme").await?;
    let new = CreateOrganizationApiKey::new("Backend");
    let key = world.client.api_keys().create_organization_api_key(&acme.id, new).await?;
    world.undo(world.client.api_keys().delete_api_key(&key.id));
    Ok(key)
}

/// The ID of the key, if its value is valid.
async fn validated(world: &World, key: &ApiKey) -> Outcome<Option<String>> {
    let value = present(key.value.clone(), "the value of the key")?;
    let answer = world.client.api_keys().create_validation(ValidateApiKey::new(value)).await?;
    Ok(answer.api_key.map(|key| key.id))
}

async fn the_value_of_an_api_key_is_shown_once_and_validates(world: &World) -> Outcome {
    let created = key(world).await?;
    same(validated(world, &created).await?, Some(created.id.clone()))?;
    let ApiKeyOwner::Organization { id } = &created.owner else {
        return holds(false, "the organization owns the key");
    };
    let list = world.client.api_keys().list_organization_api_keys(id, Default::default());
    let mut expected = created.clone();
    expected.value = None;
    let listed = list.await?.data;
    // When it was last used is noted in its own time.
    expected.last_used_at = listed.first().and_then(|key| key.last_used_at);
    expected.updated_at = listed.first().map(|key| key.updated_at).unwrap_or_default();
    same(listed, [expected])?;
    let unknown = ValidateApiKey::new("sk_unknown");
    same(world.client.api_keys().create_validation(unknown).await?.api_key, None)
}

async fn an_api_key_expires_when_it_is_told_to(world: &World) -> Outcome {
    let api = world.client.api_keys();
    let created = key(world).await?;
    let tomorrow = Timestamp::now() + Duration::from_secs(24 * 60 * 60);
    let later = api.create_api_key_expire(&created.id, ExpireApiKey::at(tomorrow)).await?;
    same(later.expires_at.map(Timestamp::as_secs), Some(tomorrow.as_secs()))?;
    let never = api.create_api_key_expire(&created.id, ExpireApiKey::never()).await?;
    same(never.expires_at, None)?;
    same(validated(world, &created).await?, Some(created.id.clone()))?;

    api.create_api_key_expire(&created.id, ExpireApiKey::now()).await?;
    world.eventually(async || same(validated(world, &created).await?, None)).await?;
    let again = api.create_api_key_expire(&created.id, ExpireApiKey::now()).await;
    refused(again, "409 api_key_already_expired")
}

async fn a_deleted_api_key_no_longer_validates(world: &World) -> Outcome {
    let api = world.client.api_keys();
    let created = key(world).await?;
    api.delete_api_key(&created.id).await?;
    world.eventually(async || same(validated(world, &created).await?, None)).await?;
    refused_as(api.delete_api_key(&created.id).await, 404)
}
