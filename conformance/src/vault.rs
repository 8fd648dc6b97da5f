//! Vault: objects with versions, and data keys.

use workos::SecretString;
use workos::vault::*;

use crate::harness::{Outcome, World, holds, refused_as, same};

scenarios![
    an_object_is_read_by_its_id_and_its_name,
    an_update_makes_a_version,
    an_update_of_another_version_is_refused,
    the_name_of_an_object_is_unique,
    a_data_key_is_decrypted_to_the_same_key,
];

/// Always the same one: every other one makes a key-encryption key, which stays.
fn context() -> KeyContext {
    [("purpose", "conformance")].into()
}

/// Stores `one` under this name.
async fn object(world: &World, name: &str) -> Outcome<ObjectMetadata> {
    let new = CreateObject::new(name, "one", context());
    let made = world.client.vault().create_kv(new).await?;
    world.undo(world.client.vault().delete_kv(&made.id, Default::default()));
    Ok(made)
}

async fn an_object_is_read_by_its_id_and_its_name(world: &World) -> Outcome {
    let api = world.client.vault();
    let name = world.name("object");
    let made = object(world, &name).await?;
    let read = api.get_kv(&made.id).await?;
    same((&read.id, &read.name, &read.value), (&made.id, &name, &SecretString::from("one")))?;
    same(&read.metadata.context, &made.context)?;
    same(api.get_kv_by_name(&name).await?, read)?;

    let deleted = api.delete_kv(&made.id, Default::default()).await?;
    same((&deleted.name, deleted.success), (&name, true))?;
    refused_as(api.get_kv(&made.id).await, 404)
}

async fn an_update_makes_a_version(world: &World) -> Outcome {
    let api = world.client.vault();
    let made = object(world, &world.name("object")).await?;
    api.update_kv(&made.id, UpdateObject::new("two")).await?;
    same(api.get_kv(&made.id).await?.value, "two")?;
    let mut versions = api.list_kv_versions(&made.id).await?.data;
    let newest_first: Vec<_> = versions.iter().map(|version| version.current_version).collect();
    world.assumed("the versions are newest first", same(newest_first, [true, false]));
    versions.sort_by_key(|version| !version.current_version);
    let current: Vec<_> = versions.iter().map(|version| version.current_version).collect();
    same(current, [true, false])?;
    let metadata = api.get_kv_metadata(&made.id).await?.metadata;
    same(metadata.version_id.as_ref(), versions.first().map(|version| &version.id))
}

async fn an_update_of_another_version_is_refused(world: &World) -> Outcome {
    let api = world.client.vault();
    let made = object(world, &world.name("object")).await?;
    let read = api.get_kv(&made.id).await?;
    api.update_kv(&made.id, UpdateObject::if_unchanged(&read, "two")?).await?;
    let stale = UpdateObject::if_unchanged(&read, "three")?;
    refused_as(api.update_kv(&made.id, stale).await, 409)?;
    let delete = DeleteKvParams { version_check: read.metadata.version_id };
    refused_as(api.delete_kv(&made.id, delete).await, 409)?;
    same(api.get_kv(&made.id).await?.value, "two")
}

async fn the_name_of_an_object_is_unique(world: &World) -> Outcome {
    let name = world.name("object");
    object(world, &name).await?;
    let again = CreateObject::new(&name, "two", context());
    refused_as(world.client.vault().create_kv(again).await, 409)
}

async fn a_data_key_is_decrypted_to_the_same_key(world: &World) -> Outcome {
    let api = world.client.vault();
    let made = api.create_data_key(CreateDataKey::new(context())).await?;
    let opened = api.create_decrypt(DecryptDataKey::new(made.encrypted_keys.clone())).await?;
    same((&opened.data_key, &opened.id), (&made.data_key, &made.id))?;
    let other = api.create_data_key(CreateDataKey::new(made.context)).await?;
    holds(other.data_key != made.data_key, "every data key is another one")
}
