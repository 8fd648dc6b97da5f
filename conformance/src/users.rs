//! Users: their addresses, names, external IDs, metadata and passwords.

use workos::user_management::*;
use workos::{Metadata, Nullable, ObjectType, UpdateMetadata};

use crate::harness::{Outcome, World, holds, refused, refused_as, same};

scenarios![
    a_user_is_created_read_changed_and_deleted,
    an_email_address_is_lowercased_and_unique,
    null_clears_the_external_id_and_the_metadata_of_a_user,
    a_weak_password_is_refused,
    a_user_is_found_by_email_address,
];

async fn a_user_is_created_read_changed_and_deleted(world: &World) -> Outcome {
    let api = world.client.user_management();
    let email = world.email("ada");
    let new = CreateUser { first_name: Some("Ada".into()), ..CreateUser::new(&email) };
    let created = world.user_with(new).await?;
    let mut expected = User::default();
    expected.object = ObjectType::User;
    expected.id.clone_from(&created.id);
    expected.first_name = Some("Ada".into());
    expected.email = email;
    // Derived from the first name, or missing.
    expected.name.clone_from(&created.name);
    expected.radar_auth_attempt_id.clone_from(&created.radar_auth_attempt_id);
    expected.created_at = created.created_at;
    expected.updated_at = created.updated_at;
    same(&created, &expected)?;
    holds(created.id.starts_with("user_"), "the ID begins with user_")?;

    let update = UpdateUser {
        last_name: Some("Lovelace".into()),
        email_verified: Some(true),
        ..Default::default()
    };
    let changed = api.update_user(&created.id, update).await?;
    expected.last_name = Some("Lovelace".into());
    expected.email_verified = true;
    expected.name.clone_from(&changed.name);
    expected.radar_auth_attempt_id = None;
    expected.updated_at = changed.updated_at;
    same(&changed, &expected)?;
    same(api.get_user(&created.id).await?, changed)?;

    api.delete_user(&created.id).await?;
    world.gone(async || api.get_user(&created.id).await).await
}

async fn an_email_address_is_lowercased_and_unique(world: &World) -> Outcome {
    let email = world.email("ada");
    let ada = world.user_with(CreateUser::new(email.to_uppercase())).await?;
    same(&ada.email, &email)?;
    let again = world.client.user_management().create_user(CreateUser::new(&email)).await;
    refused(again, "400 user_creation_error")
}

async fn null_clears_the_external_id_and_the_metadata_of_a_user(world: &World) -> Outcome {
    let api = world.client.user_management();
    let external_id = world.name("id");
    let new = CreateUser {
        external_id: Some(external_id.clone()),
        metadata: Some(Metadata::from([("team", "engines"), ("desk", "7")])),
        ..CreateUser::new(world.email("ada"))
    };
    let ada = world.user_with(new).await?;
    same(api.get_user_by_external_id(&external_id).await?.id, &*ada.id)?;

    let metadata = UpdateMetadata::from([("team", "notes")]);
    let update = UpdateUser { metadata: Some(Nullable::Value(metadata)), ..Default::default() };
    let merged = api.update_user(&ada.id, update).await?;
    let expected = Metadata::from([("team", "notes"), ("desk", "7")]);
    same((&merged.external_id, &merged.metadata), (&Some(external_id.clone()), &expected))?;

    let clear = UpdateUser {
        external_id: Some(Nullable::Null),
        metadata: Some(Nullable::Null),
        ..Default::default()
    };
    let cleared = api.update_user(&ada.id, clear).await?;
    let mut expected = merged;
    expected.external_id = None;
    expected.metadata = Metadata::default();
    expected.updated_at = cleared.updated_at;
    same(cleared, expected)?;
    refused_as(api.get_user_by_external_id(&external_id).await, 404)
}

async fn a_weak_password_is_refused(world: &World) -> Outcome {
    let new = CreateUser {
        password: Some(Password::plaintext("short")),
        ..CreateUser::new(world.email("ada"))
    };
    let refusal = world.client.user_management().create_user(new).await;
    refused(refusal, "400 password_strength_error")
}

async fn a_user_is_found_by_email_address(world: &World) -> Outcome {
    let ada = world.user("ada").await?;
    world.user("grace").await?;
    world
        .eventually(async || {
            let email = Some(ada.email.clone());
            let params = ListUsersParams { email, ..Default::default() };
            let page = world.client.user_management().list_users(params).await?;
            let ids: Vec<_> = page.data.iter().map(|user| &user.id).collect();
            same(ids, [&ada.id])
        })
        .await
}
