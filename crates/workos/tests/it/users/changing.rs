//! Updates and deletions.

use serde_json::json;
use workos::Nullable;
use workos::user_management::{CreateUser, Password, UpdateUser};
use workos_emulator::Fault;

use super::{ada_input, all, create, create_with_emails};
use crate::common::emulated::{emulator, last_body, metadata, refusal, tick};

#[tokio::test]
async fn an_update_changes_only_the_given_fields() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let mut expected = ada.clone();
    expected.email = "ada@example.org".into();
    expected.first_name = Some("Augusta".into());
    expected.last_name = Some("King".into());
    expected.name = Some("Augusta King".into());
    expected.metadata = metadata(&[("role", "author"), ("team", "notes")]);
    expected.external_id = Some("user-8".into());
    expected.locale = Some("en-GB".into());
    expected.updated_at = tick(&emulator);

    let change = UpdateUser {
        email: Some("ada@example.org".into()),
        first_name: Some("Augusta".into()),
        last_name: Some("King".into()),
        name: Some("Augusta King".into()),
        email_verified: Some(true),
        metadata: Some(expected.metadata.clone().into()),
        external_id: Some("user-8".into()),
        locale: Some("en-GB".into()),
        password: Some(Password::plaintext("note G, diagram of operations")),
    };
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);
    assert_eq!(users.get_user(&ada.id).await.unwrap(), expected);
    assert_eq!(users.get_user_by_external_id("user-8").await.unwrap(), expected);
    assert!(users.get_user_by_external_id("user-7").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn fields_that_are_left_out_keep_their_value() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let locale = UpdateUser { locale: Some("fr".into()), ..Default::default() };
    let mut expected = users.update_user(&ada.id, locale).await.unwrap();
    expected.updated_at = tick(&emulator);
    let nothing = UpdateUser::default();
    assert_eq!(users.update_user(&ada.id, nothing).await.unwrap(), expected);
    assert_eq!(last_body(&emulator), json!({}));
}

#[tokio::test]
async fn fields_set_to_null_are_removed() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let locale = UpdateUser { locale: Some("fr".into()), ..Default::default() };
    let mut expected = users.update_user(&ada.id, locale).await.unwrap();
    assert_eq!(expected.locale.as_deref(), Some("fr"));

    let change = UpdateUser { external_id: Some(Nullable::Null), ..Default::default() };
    expected.external_id = None;
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);
    assert!(users.get_user_by_external_id("user-7").await.unwrap_err().is_not_found());

    let change = UpdateUser { metadata: Some(Nullable::Null), ..Default::default() };
    expected.metadata.clear();
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);

    let change = UpdateUser { locale: Some(Nullable::Null), ..Default::default() };
    expected.locale = None;
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);
    assert_eq!(users.get_user(&ada.id).await.unwrap(), expected);
}

#[tokio::test]
async fn given_metadata_keys_are_set_and_others_stay() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let mut expected = create(&users, ada_input()).await;
    expected.metadata = metadata(&[("role", "author"), ("team", "engines")]);
    let role = metadata(&[("role", "author")]);
    let change = UpdateUser { metadata: Some(role.into()), ..Default::default() };
    assert_eq!(users.update_user(&expected.id, change).await.unwrap(), expected);
}

#[tokio::test]
async fn an_unsupported_locale_is_refused_with_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let change = UpdateUser { locale: Some("tlh".into()), ..Default::default() };
    assert_eq!(refusal(users.update_user(&ada.id, change).await), "400 invalid_locale");
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);
}

#[tokio::test]
async fn any_text_works_as_an_external_id() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for (n, external_id) in
        ["a/b", "a b", "a%2Fb", "a?b#c&d=e+f", "...", "sessions", r#"~!@$'()*,;:[]|\"<>^`{}"#]
            .into_iter()
            .enumerate()
    {
        let body = CreateUser {
            external_id: Some(external_id.into()),
            ..CreateUser::new(format!("user{n}@example.com"))
        };
        let created = create(&users, body).await;
        let found = users.get_user_by_external_id(external_id).await.unwrap();
        assert_eq!(found, created, "{external_id}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_frees_its_address_and_external_id() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let [grace] = create_with_emails(&users, ["grace@example.com"]).await;
    emulator.fixtures().session(&ada.id);
    users.delete_user(&ada.id).await.unwrap();

    for error in [
        users.get_user(&ada.id).await.unwrap_err(),
        users.get_user_by_external_id("user-7").await.unwrap_err(),
        users.list_sessions(&ada.id, Default::default()).await.unwrap_err(),
        users.delete_user(&ada.id).await.unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error}");
    }
    assert_eq!(all(&users).await, std::slice::from_ref(&grace));
    let again = create(&users, ada_input()).await;
    assert_ne!(again.id, ada.id);
    assert_eq!(all(&users).await, [again, grace]);
}

#[tokio::test]
async fn a_deletion_that_is_not_allowed_deletes_nothing() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let path = format!("/user_management/users/{}", ada.id);
    let body = json!({"code": "user_deletion_not_allowed", "message": "Not this one."});
    emulator.faults().add(Fault::status(409).body(body).on(http::Method::DELETE, path));
    let refused = users.delete_user(&ada.id).await;
    assert_eq!(refusal(refused), "409 user_deletion_not_allowed");
    assert_eq!(all(&users).await, [ada]);
}
