//! Users end to end: every operation, through the public API, against the emulator.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use workos::user_management::{
    ConfirmEmailChange, CreateUserParams, CreateUserParamsBody, CreateUserPasswordHashType,
    CreateUserPasswordSaltPosition, ListSessionsParams, ListUsersParams, Password, RevokeSession,
    SendEmailChange, SendVerificationEmail, UpdateUserParamsBody, User, UserIdentityProvider,
    UserManagementApi, VerifyEmailAddress,
};
use workos::{
    Error, ErrorKind, ListMetadata, Locale, Nullable, Page, PaginationOrder, RequestOptions,
    RequestStrategy, Timestamp,
};
use workos_emulator::{Emulator, Fault};

const NOW: &str = "2026-03-01T12:00:00.000Z";
/// How long a code works: until ten minutes after `NOW`.
const CODES_EXPIRE: &str = "2026-03-01T12:10:00.000Z";

/// An emulator whose clock stands still at `NOW`.
async fn emulator() -> Emulator {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    emulator.clock().freeze(NOW.parse().unwrap());
    emulator
}

/// Lets a second pass, so that a change shows in `updated_at`.
fn tick(emulator: &Emulator) -> Timestamp {
    emulator.clock().advance(Duration::from_secs(1));
    emulator.clock().now()
}

/// Moves the clock to this instant, which is still to come.
fn wait_until(emulator: &Emulator, instant: Timestamp) {
    emulator.clock().advance(instant.duration_since(emulator.clock().now()));
}

fn metadata(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A user with everything that can be given.
fn ada_input() -> CreateUserParamsBody {
    CreateUserParamsBody {
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        name: "Ada, Countess of Lovelace".into(),
        email_verified: true.into(),
        metadata: metadata(&[("team", "engines")]).into(),
        external_id: "user-7".into(),
        ip_address: "203.0.113.7".into(),
        user_agent: "Difference/1".into(),
        signals_id: Some("signals_1".into()),
        password: Some(Password::plaintext("correct horse battery staple")),
        ..CreateUserParamsBody::new("ada@example.com")
    }
}

async fn create(users: &UserManagementApi, body: CreateUserParamsBody) -> User {
    users.create_user(body).await.unwrap()
}

async fn create_with_emails<const N: usize>(
    users: &UserManagementApi,
    emails: [&str; N],
) -> [User; N] {
    let mut created = Vec::new();
    for email in emails {
        created.push(create(users, CreateUserParamsBody::new(email)).await);
    }
    created.try_into().unwrap()
}

async fn all(users: &UserManagementApi) -> Vec<User> {
    users.list_users(Default::default()).await.unwrap().data
}

/// A list that fits on one page.
fn whole<T>(items: impl Into<Vec<T>>) -> Page<T> {
    Page::new(items.into(), ListMetadata::default())
}

/// What a refused call tells: status, code, and the fields that are named.
fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    let api = error.api().unwrap();
    let code = api.code.as_deref().unwrap_or_default();
    let fields = api.errors.iter().filter_map(|error| error.field.as_deref());
    let told: Vec<_> = [code].into_iter().chain(fields).collect();
    format!("{} {}", api.status, told.join(" "))
}

/// The codes of the entries that a refusal lists.
fn listed_codes(error: &Error) -> Vec<&str> {
    error.api().unwrap().errors.iter().filter_map(|error| error.code.as_deref()).collect()
}

/// The code in the latest email to this address.
fn code_sent_to(emulator: &Emulator, address: &str) -> String {
    emulator.outbox().last_to(address).unwrap().code.unwrap()
}

/// A code that is not this one.
fn another(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

/// The body of the latest request.
fn last_body(emulator: &Emulator) -> Value {
    serde_json::from_slice(&emulator.requests().latest().pop().unwrap().body).unwrap()
}

#[tokio::test]
async fn a_created_user_has_what_it_was_given() {
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
async fn an_address_is_all_a_user_needs() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let nulls = CreateUserParamsBody {
        first_name: Nullable::Null,
        last_name: Nullable::Null,
        name: Nullable::Null,
        email_verified: Nullable::Null,
        metadata: Nullable::Null,
        external_id: Nullable::Null,
        ip_address: Nullable::Null,
        user_agent: Nullable::Null,
        ..CreateUserParamsBody::new("grace@example.com")
    };
    for body in [CreateUserParamsBody::new("ada@example.com"), nulls] {
        let email = body.email.clone();
        let user = create(&users, body).await;
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
}

#[tokio::test]
async fn a_body_may_be_given_in_its_params() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let params = CreateUserParams::new(CreateUserParamsBody::new("ada@example.com"));
    let ada = users.create_user(params).await.unwrap();
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn an_address_is_trimmed_and_made_lower_case() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, [" Ada@Example.COM "]).await;
    assert_eq!(ada.email, "ada@example.com");
}

#[tokio::test]
async fn a_password_may_come_as_a_hash_of_every_known_kind() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for kind in CreateUserPasswordHashType::KNOWN {
        let email = format!("{kind}@example.com");
        let password = Some(Password::hashed("$hash", kind.clone()));
        create(&users, CreateUserParamsBody { password, ..CreateUserParamsBody::new(&email) })
            .await;
        assert_eq!(
            last_body(&emulator),
            json!({"email": email, "password_hash": "$hash", "password_hash_type": kind})
        );
    }
    assert_eq!(all(&users).await.len(), CreateUserPasswordHashType::KNOWN.len());
}

#[tokio::test]
async fn a_hash_may_tell_where_its_salt_is() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let password = Some(Password::Hashed {
        password_hash: "$hash".into(),
        password_hash_type: CreateUserPasswordHashType::Ssha256,
        password_salt_position: Some(CreateUserPasswordSaltPosition::Suffix),
    });
    let sent = json!({
        "password_hash": "$hash", "password_hash_type": "ssha256",
        "password_salt_position": "suffix",
    });
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let change = UpdateUserParamsBody { password, ..Default::default() };
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), ada);
    assert_eq!(last_body(&emulator), sent);
}

#[tokio::test]
async fn a_weak_password_is_refused_with_the_reason() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let password = || Some(Password::plaintext("hunter2"));
    let new = CreateUserParamsBody {
        password: password(),
        ..CreateUserParamsBody::new("grace@example.com")
    };
    let change = UpdateUserParamsBody { password: password(), ..Default::default() };
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
async fn a_hash_of_no_known_kind_is_refused_by_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for password in [
        Password::hashed("$hash", "rot13".into()),
        Password::hashed("", CreateUserPasswordHashType::Bcrypt),
    ] {
        let body = CreateUserParamsBody {
            password: Some(password),
            ..CreateUserParamsBody::new("ada@example.com")
        };
        assert_eq!(refusal(users.create_user(body).await), "400 invalid_password_hash");
    }
    assert_eq!(all(&users).await, []);
}

#[tokio::test]
async fn no_secret_is_printed_with_params_answers_or_errors() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let mut shown = String::new();

    // Too short and of no known kind, so that each comes back as an error.
    let passwords = [Password::plaintext("secret-1"), Password::hashed("secret-2", "rot13".into())];
    for password in passwords {
        let password = Some(password);
        let new = CreateUserParamsBody {
            password: password.clone(),
            ..CreateUserParamsBody::new("grace@example.com")
        };
        let change = UpdateUserParamsBody { password, ..Default::default() };
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
    let again = CreateUserParamsBody::new("ADA@example.com");
    let error = users.create_user(again).await.unwrap_err();
    assert_eq!(listed_codes(&error), ["email_not_available"]);
    assert_eq!(refusal::<User>(Err(error)), "400 user_creation_error");
    let change =
        UpdateUserParamsBody { email: Some("ada@example.com".into()), ..Default::default() };
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
    let new = CreateUserParamsBody {
        external_id: "user-7".into(),
        ..CreateUserParamsBody::new("mary@example.com")
    };
    let error = users.create_user(new).await.unwrap_err();
    assert!(error.is_bad_request(), "{error}");
    let change = UpdateUserParamsBody { external_id: "user-7".into(), ..Default::default() };
    let refused = users.update_user(&grace.id, change.clone()).await;
    assert_eq!(refusal(refused), "400 external_id_already_used");
    assert_eq!(all(&users).await, [grace, ada.clone()]);
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), ada);
}

#[tokio::test]
async fn wrong_fields_are_named_all_at_once() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for email in ["", "ada", "ada@example", "a b@example.com"] {
        let refused = users.create_user(CreateUserParamsBody::new(email)).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters email", "{email}");
    }
    let wrong = CreateUserParamsBody {
        external_id: "é".into(),
        ..CreateUserParamsBody::new("nobody at nowhere")
    };
    let told = "422 invalid_request_parameters email external_id";
    assert_eq!(refusal(users.create_user(wrong).await), told);

    let ada = create(&users, ada_input()).await;
    let wrong = UpdateUserParamsBody { external_id: "x".repeat(129).into(), ..Default::default() };
    let refused = users.update_user(&ada.id, wrong).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters external_id");
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn metadata_beyond_its_limits_is_refused_by_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let bad = metadata(&[("k", "v".repeat(601).as_str())]);
    let new = CreateUserParamsBody {
        metadata: bad.clone().into(),
        ..CreateUserParamsBody::new("grace@example.com")
    };
    assert_eq!(refusal(users.create_user(new).await), "400 invalid_metadata");
    let change = UpdateUserParamsBody { metadata: bad.into(), ..Default::default() };
    assert_eq!(refusal(users.update_user(&ada.id, change).await), "400 invalid_metadata");
    assert_eq!(all(&users).await, [ada]);
}

#[tokio::test]
async fn an_unknown_user_is_not_found_by_any_operation() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let id = "user_missing";
    let change = SendEmailChange::new("ada@example.org");
    let send = SendVerificationEmail::default();
    let errors = [
        users.get_user(id).await.unwrap_err(),
        users.get_user_by_external_id("missing").await.unwrap_err(),
        users.update_user(id, UpdateUserParamsBody::new()).await.unwrap_err(),
        users.delete_user(id).await.unwrap_err(),
        users.get_user_identities(id).await.unwrap_err(),
        users.list_sessions(id, Default::default()).await.unwrap_err(),
        users.send_verification_email(id, send).await.unwrap_err(),
        users.verify_email(id, VerifyEmailAddress::new("123456")).await.unwrap_err(),
        users.get_email_verification("email_verification_missing").await.unwrap_err(),
        users.send_email_change(id, change).await.unwrap_err(),
        users.confirm_email_change(id, ConfirmEmailChange::new("123456")).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_not_found(), "{error}");
    }
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn an_id_that_would_address_something_else_is_not_sent() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for id in ["", ".", "..", "%2e%2e"] {
        let error = users.delete_user(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder, "{id}");
    }
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn an_update_changes_what_it_mentions() {
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

    let change = UpdateUserParamsBody {
        email: Some("ada@example.org".into()),
        first_name: Some("Augusta".into()),
        last_name: Some("King".into()),
        name: Some("Augusta King".into()),
        email_verified: Some(true),
        metadata: expected.metadata.clone().into(),
        external_id: "user-8".into(),
        locale: "en-GB".into(),
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
    let locale = UpdateUserParamsBody { locale: "fr".into(), ..Default::default() };
    let mut expected = users.update_user(&ada.id, locale).await.unwrap();
    expected.updated_at = tick(&emulator);
    let nothing = UpdateUserParamsBody::new();
    assert_eq!(users.update_user(&ada.id, nothing).await.unwrap(), expected);
    assert_eq!(last_body(&emulator), json!({}));
}

#[tokio::test]
async fn fields_set_to_null_are_removed() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let ada = create(&users, ada_input()).await;
    let locale = UpdateUserParamsBody { locale: "fr".into(), ..Default::default() };
    let mut expected = users.update_user(&ada.id, locale).await.unwrap();
    assert_eq!(expected.locale.as_deref(), Some("fr"));

    let change = UpdateUserParamsBody { external_id: Nullable::Null, ..Default::default() };
    expected.external_id = None;
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);
    assert!(users.get_user_by_external_id("user-7").await.unwrap_err().is_not_found());

    let change = UpdateUserParamsBody { metadata: Nullable::Null, ..Default::default() };
    expected.metadata.clear();
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);

    let change = UpdateUserParamsBody { locale: Nullable::Null, ..Default::default() };
    expected.locale = None;
    assert_eq!(users.update_user(&ada.id, change).await.unwrap(), expected);
    assert_eq!(users.get_user(&ada.id).await.unwrap(), expected);
}

#[tokio::test]
async fn metadata_keys_that_are_given_are_set_and_others_stay() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let mut expected = create(&users, ada_input()).await;
    expected.metadata = metadata(&[("role", "author"), ("team", "engines")]);
    let role = metadata(&[("role", "author")]);
    let change = UpdateUserParamsBody { metadata: role.into(), ..Default::default() };
    assert_eq!(users.update_user(&expected.id, change).await.unwrap(), expected);
}

#[tokio::test]
async fn a_locale_that_is_not_supported_is_refused_by_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let change = UpdateUserParamsBody { locale: "tlh".into(), ..Default::default() };
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
        let body = CreateUserParamsBody {
            external_id: external_id.into(),
            ..CreateUserParamsBody::new(format!("user{n}@example.com"))
        };
        let created = create(&users, body).await;
        let found = users.get_user_by_external_id(external_id).await.unwrap();
        assert_eq!(found, created, "{external_id}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_leaves_address_and_external_id_free() {
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

#[tokio::test]
async fn a_list_by_address_has_the_one_user_who_has_it() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, _grace] =
        create_with_emails(&users, ["ada+test@example.com", "grace@example.com"]).await;
    for (email, found) in [
        ("ada+test@example.com", vec![ada.clone()]),
        ("Ada+Test@example.com", vec![ada]),
        ("ada@example.com", vec![]),
    ] {
        let params = ListUsersParams { email: Some(email.into()), ..Default::default() };
        assert_eq!(users.list_users(params).await.unwrap(), whole(found), "{email}");
    }
}

#[tokio::test]
async fn a_list_by_organization_leaves_out_who_is_no_member() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    create_with_emails(&users, ["ada@example.com"]).await;
    for params in [
        ListUsersParams { organization_id: Some("org_1".into()), ..Default::default() },
        ListUsersParams { organization: Some("org_1".into()), ..Default::default() },
    ] {
        assert_eq!(users.list_users(params).await.unwrap(), Page::default());
    }
    let queries: Vec<_> = emulator.requests().latest().into_iter().map(|r| r.query).collect();
    assert_eq!(queries, ["", "organization_id=org_1", "organization=org_1"]);
}

#[tokio::test]
async fn a_page_comes_in_the_order_asked_for_and_leads_to_its_neighbours() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [a, b, c] =
        create_with_emails(&users, ["a@example.com", "b@example.com", "c@example.com"]).await;
    let params = |order: Option<PaginationOrder>| ListUsersParams {
        limit: Some(2),
        order,
        ..Default::default()
    };
    let cursor = |user: &User| Some(user.id.clone());
    let page = |items: [&User; 2], before, after| {
        Page::new(items.map(User::clone).to_vec(), ListMetadata::new(before, after))
    };
    for (order, expected) in [
        (None, page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Desc), page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Asc), page([&a, &b], None, cursor(&b))),
        // In this order the cursors lead the other way.
        (Some(PaginationOrder::Normal), page([&c, &b], cursor(&b), None)),
    ] {
        let listed = users.list_users(params(order.clone())).await.unwrap();
        assert_eq!(listed, expected, "{order:?}");
    }

    let next = ListUsersParams { after: cursor(&b), ..params(None) };
    let next = users.list_users(next).await.unwrap();
    assert_eq!(next, Page::new(vec![a.clone()], ListMetadata::new(cursor(&a), None)));
    let previous = ListUsersParams { before: cursor(&a), ..params(None) };
    let previous = users.list_users(previous).await.unwrap();
    assert_eq!(previous, page([&c, &b], None, cursor(&b)));
}

#[tokio::test]
async fn list_parameters_that_make_no_sense_are_named() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let wrong = ListUsersParams {
        before: Some("user_missing".into()),
        limit: Some(0),
        order: Some("up".into()),
        ..Default::default()
    };
    let told = "422 invalid_request_parameters limit order before";
    assert_eq!(refusal(users.list_users(wrong.clone()).await), told);
    let walk = users.list_users_auto_paging(wrong);
    assert_eq!(refusal(walk.try_collect::<Vec<_>>().await), told);

    let wrong = ListSessionsParams { limit: Some(101), ..Default::default() };
    let refused = users.list_sessions(&ada.id, wrong).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters limit");
}

#[tokio::test]
async fn auto_paging_yields_every_user_once_and_in_order() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let mut created = Vec::new();
    for n in 0..120 {
        let body = CreateUserParamsBody::new(format!("user{n}@example.com"));
        created.push(create(&users, body).await);
    }
    let walk = async |params| {
        emulator.requests().clear();
        let items = users.list_users_auto_paging(params);
        (items.try_collect::<Vec<_>>().await.unwrap(), emulator.requests().count())
    };
    let oldest_first = ListUsersParams { order: Some(PaginationOrder::Asc), ..Default::default() };
    assert_eq!(walk(oldest_first).await, (created.clone(), 2));
    created.reverse();
    assert_eq!(walk(Default::default()).await, (created.clone(), 2));
    let by_sevens = ListUsersParams { limit: Some(7), ..Default::default() };
    assert_eq!(walk(by_sevens).await, (created, 18));
}

#[tokio::test]
async fn identities_are_those_of_the_user() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    assert_eq!(users.get_user_identities(&ada.id).await.unwrap(), []);
    let google = emulator.fixtures().identity(&ada.id, UserIdentityProvider::GoogleOAuth);
    let apple = emulator.fixtures().identity(&grace.id, UserIdentityProvider::AppleOAuth);
    let unheard_of = emulator.fixtures().identity(&ada.id, "BrandNewOAuth".into());
    assert_eq!(users.get_user_identities(&ada.id).await.unwrap(), [google, unheard_of]);
    assert_eq!(users.get_user_identities(&grace.id).await.unwrap(), [apple]);
}

#[tokio::test]
async fn sessions_are_the_active_ones_of_the_user_newest_first() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    let list = |user: &User| users.list_sessions(&user.id, Default::default());
    assert_eq!(list(&ada).await.unwrap(), Page::default());

    let first = emulator.fixtures().session(&ada.id);
    let other = emulator.fixtures().session(&grace.id);
    let second = emulator.fixtures().session(&ada.id);
    let listed = list(&ada).await.unwrap();
    assert_eq!(listed, whole([second.clone(), first.clone()]));
    assert_eq!(list(&grace).await.unwrap(), whole([other]));

    let params = ListSessionsParams {
        limit: Some(1),
        order: Some(PaginationOrder::Asc),
        ..Default::default()
    };
    let page = users.list_sessions(&ada.id, params.clone()).await.unwrap();
    let metadata = ListMetadata::new(None, Some(first.id.clone()));
    assert_eq!(page, Page::new(vec![first.clone()], metadata));
    let walk = users.list_sessions_auto_paging(&ada.id, params);
    assert_eq!(walk.try_collect::<Vec<_>>().await.unwrap(), [first, second]);
}

#[tokio::test]
async fn a_revoked_session_is_not_listed_any_more() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let lost = emulator.fixtures().session(&ada.id);
    let kept = emulator.fixtures().session(&ada.id);
    users.revoke_session(RevokeSession::new(&lost.id)).await.unwrap();
    let listed = users.list_sessions(&ada.id, Default::default()).await.unwrap();
    assert_eq!(listed, whole([kept]));

    let unknown = users.revoke_session(RevokeSession::new("session_missing")).await.unwrap_err();
    assert!(unknown.is_bad_request(), "{unknown}");
}

#[tokio::test]
async fn a_session_is_listed_until_it_expires() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let session = emulator.fixtures().session(&ada.id);
    let list = || users.list_sessions(&ada.id, Default::default());
    wait_until(&emulator, session.expires_at - Duration::from_millis(1));
    assert_eq!(list().await.unwrap(), whole([session.clone()]));
    wait_until(&emulator, session.expires_at);
    assert_eq!(list().await.unwrap(), Page::default());
}

async fn send_verification(users: &UserManagementApi, user: &User) {
    users.send_verification_email(&user.id, SendVerificationEmail::default()).await.unwrap();
}

#[tokio::test]
async fn an_address_is_verified_with_the_code_that_was_sent_to_it() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let german = SendVerificationEmail { locale: Some(Locale::De) };
    let sent = users.send_verification_email(&ada.id, german).await.unwrap();
    assert_eq!(sent.user, ada);
    assert_eq!(last_body(&emulator), json!({"locale": "de"}));

    let email = emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!(
        serde_json::to_value(emulator.outbox().all()).unwrap(),
        json!([{
            "to": "ada@example.com", "kind": "email_verification", "code": email.code,
            "object_id": email.object_id, "sent_at": NOW,
        }])
    );
    let verification = users.get_email_verification(&email.object_id).await.unwrap();
    assert_eq!(
        serde_json::to_value(&verification).unwrap(),
        json!({
            "object": "email_verification", "id": email.object_id, "user_id": ada.id,
            "email": "ada@example.com", "expires_at": CODES_EXPIRE, "created_at": NOW,
            "updated_at": NOW, "code": email.code,
        })
    );

    let mut expected = ada.clone();
    expected.email_verified = true;
    expected.updated_at = tick(&emulator);
    let code = VerifyEmailAddress::new(email.code.unwrap());
    assert_eq!(users.verify_email(&ada.id, code).await.unwrap().user, expected);
    assert_eq!(users.get_user(&ada.id).await.unwrap(), expected);
}

#[tokio::test]
async fn a_wrong_verification_code_verifies_nothing() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let verify = |code: &str| users.verify_email(&ada.id, VerifyEmailAddress::new(code));
    let never_sent = verify("123456").await;
    assert_eq!(refusal(never_sent), "400 email_verification_code_incorrect");

    send_verification(&users, &ada).await;
    let code = code_sent_to(&emulator, "ada@example.com");
    let wrong = verify(another(&code)).await;
    assert_eq!(refusal(wrong), "400 email_verification_code_incorrect");
    assert_eq!(refusal(verify("").await), "422 invalid_request_parameters code");
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);
    assert!(verify(&code).await.unwrap().user.email_verified);
}

#[tokio::test]
async fn a_verification_code_works_until_it_expires() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    send_verification(&users, &ada).await;
    send_verification(&users, &grace).await;
    let expiry: Timestamp = CODES_EXPIRE.parse().unwrap();

    wait_until(&emulator, expiry - Duration::from_millis(1));
    let code = VerifyEmailAddress::new(code_sent_to(&emulator, "grace@example.com"));
    assert!(users.verify_email(&grace.id, code).await.unwrap().user.email_verified);

    wait_until(&emulator, expiry);
    let code = VerifyEmailAddress::new(code_sent_to(&emulator, "ada@example.com"));
    let late = users.verify_email(&ada.id, code).await;
    assert_eq!(refusal(late), "400 email_verification_code_expired");
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);

    send_verification(&users, &ada).await;
    let code = VerifyEmailAddress::new(code_sent_to(&emulator, "ada@example.com"));
    assert!(users.verify_email(&ada.id, code).await.unwrap().user.email_verified);
}

#[tokio::test]
async fn an_address_is_verified_once() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    send_verification(&users, &ada).await;
    let code = code_sent_to(&emulator, "ada@example.com");
    let verify = || users.verify_email(&ada.id, VerifyEmailAddress::new(code.as_str()));
    verify().await.unwrap();
    assert_eq!(refusal(verify().await), "400 email_previously_verified");
    let send = users.send_verification_email(&ada.id, SendVerificationEmail::default()).await;
    assert_eq!(refusal(send), "400 email_already_verified");

    let doubt = UpdateUserParamsBody { email_verified: Some(false), ..Default::default() };
    users.update_user(&ada.id, doubt).await.unwrap();
    assert_eq!(refusal(verify().await), "400 email_verification_code_previously_used");
    assert_eq!(emulator.outbox().all().len(), 1);
}

async fn begin_change(users: &UserManagementApi, user: &User, new_email: &str) {
    users.send_email_change(&user.id, SendEmailChange::new(new_email)).await.unwrap();
}

#[tokio::test]
async fn an_address_changes_with_the_code_that_was_sent_to_the_new_one() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let body =
        SendEmailChange { locale: Some(Locale::PtBR), ..SendEmailChange::new("ada@example.org") };
    let change = users.send_email_change(&ada.id, body).await.unwrap();
    assert_eq!(last_body(&emulator), json!({"new_email": "ada@example.org", "locale": "pt-BR"}));
    assert_eq!(
        serde_json::to_value(&change).unwrap(),
        json!({
            "object": "email_change", "user": ada, "new_email": "ada@example.org",
            "expires_at": CODES_EXPIRE, "created_at": NOW,
        })
    );
    let code = code_sent_to(&emulator, "ada@example.org");
    assert_eq!(
        serde_json::to_value(emulator.outbox().all()).unwrap(),
        json!([{
            "to": "ada@example.org", "kind": "email_change", "code": code, "object_id": ada.id,
            "sent_at": NOW,
        }])
    );
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);

    let mut expected = ada.clone();
    expected.email = "ada@example.org".into();
    expected.email_verified = true;
    expected.updated_at = tick(&emulator);
    let confirmed = users.confirm_email_change(&ada.id, ConfirmEmailChange::new(code)).await;
    assert_eq!(
        serde_json::to_value(confirmed.unwrap()).unwrap(),
        json!({"object": "email_change_confirmation", "user": expected})
    );
    assert_eq!(users.get_user(&ada.id).await.unwrap(), expected);
}

#[tokio::test]
async fn a_change_of_address_begins_only_with_a_new_and_free_one() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, _grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    for (new_email, told) in [
        ("Ada@example.com", "409 email_change_not_needed"),
        ("grace@example.com", "409 email_not_available"),
        ("nobody at nowhere", "422 invalid_email"),
        ("", "422 invalid_request_parameters new_email"),
    ] {
        let refused = users.send_email_change(&ada.id, SendEmailChange::new(new_email)).await;
        assert_eq!(refusal(refused), told, "{new_email}");
    }
    assert_eq!(emulator.outbox().all(), []);
    let confirm = users.confirm_email_change(&ada.id, ConfirmEmailChange::new("123456")).await;
    assert_eq!(refusal(confirm), "409 no_pending_email_change");
}

#[tokio::test]
async fn a_language_that_is_not_supported_is_named_and_sends_nothing() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let klingon = || Some(Locale::from("tlh"));
    let told = "422 invalid_request_parameters locale";
    let verification = SendVerificationEmail { locale: klingon() };
    assert_eq!(refusal(users.send_verification_email(&ada.id, verification).await), told);
    let change = SendEmailChange { locale: klingon(), ..SendEmailChange::new("ada@example.org") };
    assert_eq!(refusal(users.send_email_change(&ada.id, change).await), told);
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn a_code_for_a_new_address_works_until_it_expires_and_only_once() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let confirm = |code: &str| users.confirm_email_change(&ada.id, ConfirmEmailChange::new(code));
    begin_change(&users, &ada, "ada@example.org").await;
    let code = code_sent_to(&emulator, "ada@example.org");
    assert_eq!(refusal(confirm(another(&code)).await), "400 email_change_code_incorrect");
    assert_eq!(refusal(confirm("").await), "422 invalid_request_parameters code");
    wait_until(&emulator, CODES_EXPIRE.parse().unwrap());
    assert_eq!(refusal(confirm(&code).await), "400 email_change_code_expired");
    assert_eq!(users.get_user(&ada.id).await.unwrap(), ada);

    begin_change(&users, &ada, "ada@example.org").await;
    let code = code_sent_to(&emulator, "ada@example.org");
    emulator.clock().advance(Duration::from_millis(10 * 60 * 1000 - 1));
    assert_eq!(confirm(&code).await.unwrap().user.email, "ada@example.org");
    assert_eq!(refusal(confirm(&code).await), "409 email_change_code_previously_used");
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_not_changed_to() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    begin_change(&users, &ada, "ada@example.org").await;
    let [quicker] = create_with_emails(&users, ["ada@example.org"]).await;
    let code = ConfirmEmailChange::new(code_sent_to(&emulator, "ada@example.org"));
    let refused = users.confirm_email_change(&ada.id, code).await;
    assert_eq!(refusal(refused), "409 email_not_available");
    assert_eq!(all(&users).await, [quicker, ada]);
}

#[tokio::test]
async fn codes_for_a_new_address_cannot_be_guessed_for_long() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    // A 429 would be repeated after a wait.
    let confirm = |code: &str| {
        let code = ConfirmEmailChange::new(code);
        users.confirm_email_change(&ada.id, code).strategy(RequestStrategy::Once)
    };
    begin_change(&users, &ada, "ada@example.org").await;
    let code = code_sent_to(&emulator, "ada@example.org");
    let mut guesses = 0;
    let error = loop {
        let error = confirm(another(&code)).await.unwrap_err();
        if error.code() != Some("email_change_code_incorrect") {
            break error;
        }
        guesses += 1;
        assert!(guesses < 100, "guessing is never stopped");
    };
    assert_eq!((guesses, error.is_rate_limited(), error.attempts()), (5, true, 1));
    assert_eq!(refusal(confirm(&code).await), "429 email_change_too_many_attempts");

    begin_change(&users, &ada, "ada@example.org").await;
    let code = code_sent_to(&emulator, "ada@example.org");
    assert_eq!(confirm(&code).await.unwrap().user.email, "ada@example.org");
}

#[tokio::test]
async fn a_used_up_quota_of_emails_is_told_by_its_code() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let body = json!({"code": "daily_quota_exceeded", "message": "Come back tomorrow."});
    let path = "/user_management/users/*";
    emulator.faults().add(Fault::status(429).body(body).on(http::Method::POST, path));
    let body = SendVerificationEmail::default();
    let verification = users.send_verification_email(&ada.id, body);
    let refused = verification.strategy(RequestStrategy::Once).await;
    assert_eq!(refusal(refused), "429 daily_quota_exceeded");
    let change = users.send_email_change(&ada.id, SendEmailChange::new("ada@example.org"));
    let refused = change.strategy(RequestStrategy::Once).await;
    assert_eq!(refusal(refused), "429 daily_quota_exceeded");
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn successes_come_with_the_status_the_api_documents() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let body = CreateUserParamsBody::new("ada@example.com");
    let created = users.create_user(body).with_response().await.unwrap();
    let id = created.data.id.as_str();
    let session = RevokeSession::new(emulator.fixtures().session(id).id);
    let revoked = users.revoke_session(session).with_response().await.unwrap();
    let send = SendVerificationEmail::default();
    let sent = users.send_verification_email(id, send).with_response().await.unwrap();
    let deleted = users.delete_user(id).with_response().await.unwrap();
    let statuses = [created.status, revoked.status, sent.status, deleted.status];
    assert_eq!(statuses.map(|status| status.as_u16()), [201, 200, 200, 200]);
}

#[tokio::test]
async fn every_operation_takes_options() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let options = RequestOptions::new().header("x-tenant", "seven").idempotency_key("once");
    let options = Some(&options);
    let body = CreateUserParamsBody {
        external_id: "7".into(),
        ..CreateUserParamsBody::new("ada@example.com")
    };
    let send = SendVerificationEmail::default();
    let change = SendEmailChange::new("ada@example.org");

    let ada = users.create_user_with_options(body, options).await.unwrap();
    let id = ada.id.as_str();
    users.list_users_with_options(Default::default(), options).await.unwrap();
    users.get_user_by_external_id_with_options("7", options).await.unwrap();
    users.get_user_with_options(id, options).await.unwrap();
    let nothing = UpdateUserParamsBody::new();
    users.update_user_with_options(id, nothing, options).await.unwrap();
    users.send_verification_email_with_options(id, send, options).await.unwrap();
    let email = emulator.outbox().last_to("ada@example.com").unwrap();
    let verification = email.object_id.as_str();
    users.get_email_verification_with_options(verification, options).await.unwrap();
    let code = VerifyEmailAddress::new(code_sent_to(&emulator, "ada@example.com"));
    users.verify_email_with_options(id, code, options).await.unwrap();
    users.send_email_change_with_options(id, change, options).await.unwrap();
    let code = ConfirmEmailChange::new(code_sent_to(&emulator, "ada@example.org"));
    users.confirm_email_change_with_options(id, code, options).await.unwrap();
    users.get_user_identities_with_options(id, options).await.unwrap();
    users.list_sessions_with_options(id, Default::default(), options).await.unwrap();
    let session = RevokeSession::new(emulator.fixtures().session(id).id);
    users.revoke_session_with_options(session, options).await.unwrap();
    users.delete_user_with_options(id, options).await.unwrap();

    let requests = emulator.requests().latest();
    for request in &requests {
        assert_eq!(request.headers["x-tenant"], "seven", "{request:?}");
        assert_eq!(request.headers["idempotency-key"], "once", "{request:?}");
    }
    let sent: Vec<_> = requests.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(
        sent,
        [
            "POST /user_management/users".to_owned(),
            "GET /user_management/users".to_owned(),
            "GET /user_management/users/external_id/7".to_owned(),
            format!("GET /user_management/users/{id}"),
            format!("PUT /user_management/users/{id}"),
            format!("POST /user_management/users/{id}/email_verification/send"),
            format!("GET /user_management/email_verification/{verification}"),
            format!("POST /user_management/users/{id}/email_verification/confirm"),
            format!("POST /user_management/users/{id}/email_change/send"),
            format!("POST /user_management/users/{id}/email_change/confirm"),
            format!("GET /user_management/users/{id}/identities"),
            format!("GET /user_management/users/{id}/sessions"),
            "POST /user_management/sessions/revoke".to_owned(),
            format!("DELETE /user_management/users/{id}"),
        ]
    );
}
