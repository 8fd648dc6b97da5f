//! Creating users: what is stored, and what is refused.

use serde_json::json;
use workos::user_management::{
    ConfirmEmailChange, CreateUser, CreateUserParams, CreateUserPasswordHashType,
    CreateUserPasswordSaltPosition, Password, SendEmailChange, SendVerificationEmail, UpdateUser,
    User, VerifyEmailAddress,
};

use super::{ada_input, all, create, create_with_emails, listed_codes};
use crate::common::emulated::{NOW, emulator, last_body, metadata, refusal};

#[tokio::test]
async fn a_created_user_has_every_given_field() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    assert!(ada.id.starts_with("user_"), "{}", ada.id);
    assert_eq!(
        serde_json::to_value(&ada).unwrap(),
        json!({
            "object": "user",
            "id": ada.id,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Ada, Countess of Lovelace",
            "profile_picture_url": null,
            "email": "ada@example.com",
            "email_verified": true,
            "external_id": "user-7",
            "metadata": {"team": "engines"},
            "last_sign_in_at": null,
            "created_at": NOW,
            "updated_at": NOW,
        })
    );
    assert_eq!(
        last_body(&emulator),
        json!({
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Ada, Countess of Lovelace",
            "email_verified": true,
            "metadata": {"team": "engines"},
            "external_id": "user-7",
            "ip_address": "203.0.113.7",
            "user_agent": "Difference/1",
            "signals_id": "signals_1",
            "password": "correct horse battery staple",
        })
    );
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);
    assert_eq!(users.get_user_by_external_id("user-7").await.unwrap(), ada);
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn a_user_needs_only_an_address() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let email = "ada@example.com";
    let user = create(&users, CreateUser::new(email)).await;
    assert_eq!(
        serde_json::to_value(&user).unwrap(),
        json!({
            "object": "user", "id": user.id, "first_name": null, "last_name": null,
            "profile_picture_url": null, "email": email, "email_verified": false,
            "external_id": null, "metadata": {}, "last_sign_in_at": null, "created_at": NOW,
            "updated_at": NOW,
        })
    );
}

#[tokio::test]
async fn a_body_may_be_given_in_its_params() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let params = CreateUserParams::new(CreateUser::new("ada@example.com"));
    let ada = users.create_user(params).await.unwrap();
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn an_address_is_trimmed_and_lowercased() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, [" Ada@Example.COM "]).await;
    assert_eq!(ada.email, "ada@example.com");
}

const SSHA256: &str = "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==";

#[tokio::test]
async fn a_password_may_be_a_hash_of_every_known_kind() {
    use CreateUserPasswordHashType::*;
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let hashes = [
        (Bcrypt, "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
        (
            FirebaseScrypt,
            "$firebase-scrypt$hash=hI0gE2ZgyUau3KRlflyBkHzoyGs=$salt=c29tZXNhbHQ=\
             $sk=AAECAwQFBgcICQoLDA0ODxAREhM=$ss=Bw==$r=1$m=4",
        ),
        (Ssha, "{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA=="),
        (Ssha256, SSHA256),
        (Scrypt, "$scrypt$n=16,r=1,p=1$c29tZXNhbHQ$TaYMmOU3r6ylsafjkUSqMQvr6Wa+FwXgVfA5N9Qw5yU"),
        (Pbkdf2, "$pbkdf2$i=1000,d=sha256$c29tZXNhbHQ$K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA"),
        (
            Argon2,
            "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$vugKuhC2zZdg4/lulkF6xwjQGh7FRRGtszw0Cp3fbL4",
        ),
    ];
    for (kind, hash) in hashes {
        let email = format!("{kind}@example.com");
        let password = Some(Password::hashed(hash, kind.clone()));
        create(&users, CreateUser { password, ..CreateUser::new(&email) }).await;
        assert_eq!(
            last_body(&emulator),
            json!({"email": email, "password_hash": hash, "password_hash_type": kind})
        );
    }
    assert_eq!(all(&users).await.len(), CreateUserPasswordHashType::KNOWN.len());
}

#[tokio::test]
async fn a_hash_may_have_a_salt_position() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let password = Some(Password::Hashed {
        password_hash: SSHA256.into(),
        password_hash_type: CreateUserPasswordHashType::Ssha256,
        password_salt_position: Some(CreateUserPasswordSaltPosition::Suffix),
    });
    let sent = json!({
        "password_hash": SSHA256, "password_hash_type": "ssha256",
        "password_salt_position": "suffix",
    });
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let change = UpdateUser { password, ..Default::default() };
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), ada);
    assert_eq!(last_body(&emulator), sent);
}

#[tokio::test]
async fn a_weak_password_is_refused_with_the_reason() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let password = || Some(Password::plaintext("hunter2"));
    let new = CreateUser { password: password(), ..CreateUser::new("grace@example.com") };
    let change = UpdateUser { password: password(), ..Default::default() };
    for error in [
        users.create_user(new).await.unwrap_err(),
        users.update_user(&ada.id, change).await.unwrap_err(),
    ] {
        assert!(error.is_bad_request(), "{error}");
        assert_eq!(error.code(), Some("password_strength_error"));
        assert_eq!(listed_codes(&error), ["password_too_short"]);
    }
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn a_hash_of_an_unknown_kind_is_refused_with_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for password in [
        Password::hashed("$hash", "rot13".into()),
        Password::hashed("", CreateUserPasswordHashType::Bcrypt),
    ] {
        let body = CreateUser { password: Some(password), ..CreateUser::new("ada@example.com") };
        assert_eq!(refusal(users.create_user(body).await), "400 invalid_password_hash");
    }
    assert_eq!(all(&users).await, []);
}

#[tokio::test]
async fn params_responses_and_errors_print_no_secret() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let mut shown = String::new();

    // Too short and of an unknown kind, so that each is refused.
    let passwords = [Password::plaintext("secret-1"), Password::hashed("secret-2", "rot13".into())];
    for password in passwords {
        let password = Some(password);
        let new = CreateUser { password: password.clone(), ..CreateUser::new("grace@example.com") };
        let change = UpdateUser { password, ..Default::default() };
        shown += &format!("{new:?} {new:#?} {change:?} {change:#?}");
        shown += &format!("{:?}", CreateUserParams::new(new.clone()));
        let refused = users.create_user(new).await.unwrap_err();
        shown += &format!("{refused} {refused:?}");
        let refused = users.update_user(&ada.id, change).await.unwrap_err();
        shown += &format!("{refused} {refused:?}");
    }

    users.send_email_change(&ada.id, SendEmailChange::new("ada@example.org")).await.unwrap();
    let (verify, confirm) =
        (VerifyEmailAddress::new("secret-3"), ConfirmEmailChange::new("secret-4"));
    shown += &format!("{verify:?} {confirm:?}");
    let refused = users.verify_email(&ada.id, verify).await.unwrap_err();
    shown += &format!("{refused} {refused:?}");
    let refused = users.confirm_email_change(&ada.id, confirm).await.unwrap_err();
    shown += &format!("{refused} {refused:?}");
    assert!(!shown.contains("secret-"), "{shown}");

    users.send_verification_email(&ada.id, SendVerificationEmail::default()).await.unwrap();
    let email = emulator.outbox().last_to("ada@example.com").unwrap();
    let verification = users.get_email_verification(&email.object_id).await.unwrap();
    assert_eq!(verification.code.as_ref().unwrap().expose(), email.code.unwrap());
    assert!(format!("{verification:?}").contains(r#"code: Some(SecretString("<redacted>"))"#));
}

#[tokio::test]
async fn an_address_belongs_to_one_user() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    let again = CreateUser::new("ADA@example.com");
    let error = users.create_user(again).await.unwrap_err();
    assert_eq!(listed_codes(&error), ["email_not_available"]);
    assert_eq!(refusal::<User>(Err(error)), "400 user_creation_error");
    let change = UpdateUser { email: Some("ada@example.com".into()), ..Default::default() };
    let refused = users.update_user(&grace.id, change).await;
    assert_eq!(refusal(refused), "400 email_not_available");
    assert_eq!(all(&users).await, [grace, ada]);
}

#[tokio::test]
async fn an_external_id_belongs_to_one_user() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let [grace] = create_with_emails(&users, ["grace@example.com"]).await;
    let new =
        CreateUser { external_id: Some("user-7".into()), ..CreateUser::new("mary@example.com") };
    let error = users.create_user(new).await.unwrap_err();
    assert!(error.is_bad_request(), "{error}");
    let change = UpdateUser { external_id: Some("user-7".into()), ..Default::default() };
    let refused = users.update_user(&grace.id, change.clone()).await;
    assert_eq!(refusal(refused), "400 external_id_already_used");
    assert_eq!(all(&users).await, [grace, ada.clone()]);
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), ada);
}

#[tokio::test]
async fn all_invalid_fields_are_named_at_once() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for email in ["", "ada", "ada@example", "a b@example.com"] {
        let refused = users.create_user(CreateUser::new(email)).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters email", "{email}");
    }
    let wrong =
        CreateUser { external_id: Some("é".into()), ..CreateUser::new("nobody at nowhere") };
    let expected = "422 invalid_request_parameters email external_id";
    assert_eq!(refusal(users.create_user(wrong).await), expected);

    let ada = create(&users, ada_input()).await;
    let wrong = UpdateUser { external_id: Some("x".repeat(129).into()), ..Default::default() };
    let refused = users.update_user(&ada.id, wrong).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters external_id");
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn metadata_beyond_its_limits_is_refused_with_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let bad = metadata(&[("k", "v".repeat(601).as_str())]);
    let new = CreateUser { metadata: Some(bad.clone()), ..CreateUser::new("grace@example.com") };
    assert_eq!(refusal(users.create_user(new).await), "400 invalid_metadata");
    let change = UpdateUser { metadata: Some(bad.into()), ..Default::default() };
    assert_eq!(refusal(users.update_user(&ada.id, change).await), "400 invalid_metadata");
    assert_eq!(all(&users).await, [ada]);
}
