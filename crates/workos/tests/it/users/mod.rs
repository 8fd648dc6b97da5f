//! Users end to end: every operation, through the public API, against the emulator.

mod addresses;
mod changing;
mod creating;
mod lists;
mod sessions;

use crate::common::emulated::{emulator, metadata};
use workos::user_management::{
    ConfirmEmailChange, CreateUser, Password, RevokeSession, SendEmailChange,
    SendVerificationEmail, UpdateUser, User, UserManagementApi, VerifyEmailAddress,
};
use workos::{Error, ErrorKind, RequestOptions};
use workos_emulator::Emulator;

/// When a code expires: ten minutes after `NOW`.
const CODES_EXPIRE: &str = "2026-03-01T12:10:00.000Z";

/// A user with every field set.
fn ada_input() -> CreateUser {
    CreateUser {
        first_name: Some("Ada".into()),
        last_name: Some("Lovelace".into()),
        name: Some("Ada, Countess of Lovelace".into()),
        email_verified: Some(true),
        metadata: Some(metadata(&[("team", "engines")])),
        external_id: Some("user-7".into()),
        ip_address: Some("203.0.113.7".into()),
        user_agent: Some("Difference/1".into()),
        signals_id: Some("signals_1".into()),
        password: Some(Password::plaintext("correct horse battery staple")),
        ..CreateUser::new("ada@example.com")
    }
}

async fn create(users: &UserManagementApi, body: CreateUser) -> User {
    users.create_user(body).await.unwrap()
}

async fn create_with_emails<const N: usize>(
    users: &UserManagementApi,
    emails: [&str; N],
) -> [User; N] {
    let mut created = Vec::new();
    for email in emails {
        created.push(create(users, CreateUser::new(email)).await);
    }
    created.try_into().unwrap()
}

async fn all(users: &UserManagementApi) -> Vec<User> {
    users.list_users(Default::default()).await.unwrap().data
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
        users.update_user(id, UpdateUser::default()).await.unwrap_err(),
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
async fn an_id_that_would_change_the_path_is_not_sent() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    for id in ["", ".", "..", "%2e%2e"] {
        let error = users.delete_user(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder, "{id}");
    }
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn successes_have_the_documented_status() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let body = CreateUser::new("ada@example.com");
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
    let options = RequestOptions::new()
        .header(http::HeaderName::from_static("x-tenant"), http::HeaderValue::from_static("seven"))
        .idempotency_key("once");
    let options = Some(&options);
    let body = CreateUser { external_id: Some("7".into()), ..CreateUser::new("ada@example.com") };
    let send = SendVerificationEmail::default();
    let change = SendEmailChange::new("ada@example.org");

    let ada = users.create_user_with_options(body, options).await.unwrap();
    let id = ada.id.as_str();
    users.list_users_with_options(Default::default(), options).await.unwrap();
    users.get_user_by_external_id_with_options("7", options).await.unwrap();
    users.get_user_with_options(id, options).await.unwrap();
    let nothing = UpdateUser::default();
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
