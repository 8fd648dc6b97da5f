//! Magic Auth codes and password resets.

use std::time::Duration;

use serde_json::json;
use workos::user_management::*;
use workos::{ObjectType, Timestamp};
use workos_emulator::EmailKind;

use super::trial::{NOON, Trial, refusal};

const ADA: &str = "ada@example.com";

async fn ada(trial: &Trial) -> User {
    trial.client().user_management().create_user(CreateUser::new(ADA)).await.unwrap()
}

#[tokio::test]
async fn a_magic_auth_code_is_emailed() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = ada(&trial).await;
    let new = CreateMagicAuth {
        radar_auth_attempt_id: Some("radar_attempt_1".into()),
        ..CreateMagicAuth::new("Ada@Example.com")
    };
    let created = users.create_magic_auth(new).await.unwrap();
    let noon: Timestamp = NOON.parse().unwrap();
    let mut expected = MagicAuth::default();
    expected.object = ObjectType::MagicAuth;
    expected.id.clone_from(&created.id);
    expected.user_id = ada.id;
    expected.email = ADA.into();
    expected.expires_at = noon + Duration::from_secs(600);
    expected.created_at = noon;
    expected.updated_at = noon;
    let mut payload = json!(expected);
    expected.code.clone_from(&created.code);
    let mut with_attempt = expected.clone();
    with_attempt.radar_auth_attempt_id = Some("radar_attempt_1".into());
    assert_eq!(created, with_attempt);
    assert_eq!(users.get_magic_auth(&created.id).await.unwrap(), expected);

    let email = trial.emulator.outbox().last_to(ADA).unwrap();
    let code = expected.code.unwrap();
    assert_eq!((email.kind, email.link), (EmailKind::MagicAuth, None));
    assert_eq!((email.code.as_deref(), email.object_id), (Some(code.expose()), created.id));
    let event = trial.events().await.pop().unwrap();
    payload.as_object_mut().unwrap().remove("code");
    assert_eq!((&event["event"], &event["data"]), (&json!("magic_auth.created"), &payload));
}

#[tokio::test]
async fn magic_auth_creates_an_unknown_user() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let code = users.create_magic_auth(CreateMagicAuth::new(ADA)).await.unwrap();
    let user = users.get_user(&code.user_id).await.unwrap();
    assert_eq!((user.email.as_str(), user.email_verified), (ADA, false));
    assert_eq!(trial.event_names().await, ["user.created", "magic_auth.created"]);
    users.delete_user(&user.id).await.unwrap();
    assert_eq!(refusal(users.get_magic_auth(&code.id).await), "404 entity_not_found");
}

#[tokio::test]
async fn magic_auth_takes_only_a_pending_invitation_of_the_address() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let invitation = users.send_invitation(SendInvitation::new(ADA)).await.unwrap();
    let create = |email: &str, token: &str| {
        let invitation_token = Some(token.into());
        let new = CreateMagicAuth { invitation_token, ..CreateMagicAuth::new(email) };
        users.create_magic_auth(new)
    };
    let token = invitation.token.unwrap();
    let invalid = "400 invitation_invalid";
    assert_eq!(refusal(create(ADA, "x").await), invalid);
    assert_eq!(refusal(create("eve@example.com", token.expose()).await), invalid);
    create(ADA, token.expose()).await.unwrap();
    users.revoke_invitation(&invitation.id).await.unwrap();
    assert_eq!(refusal(create(ADA, token.expose()).await), invalid);
    let bad = json!({"email": ADA, "locale": "xx"});
    let (status, _) = trial.call("POST", "/user_management/magic_auth", bad).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_password_reset_is_emailed_and_confirmed_once() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let mut ada = ada(&trial).await;
    let reset = users.reset_password(ResetPassword::new("ADA@example.com")).await.unwrap();
    let noon: Timestamp = NOON.parse().unwrap();
    let token = reset.password_reset_token.clone().unwrap();
    let link = format!("http://localhost/reset-password?token={}", token.expose());
    let mut expected = PasswordReset::default();
    expected.object = ObjectType::PasswordReset;
    expected.id.clone_from(&reset.id);
    expected.user_id.clone_from(&ada.id);
    expected.email = ADA.into();
    expected.expires_at = noon + Duration::from_secs(3600);
    expected.created_at = noon;
    let payload = json!(expected);
    expected.password_reset_token = Some(token.clone());
    expected.password_reset_url = Some(link.as_str().into());
    assert_eq!(reset, expected);
    assert_eq!(users.get_password_reset(&reset.id).await.unwrap(), expected);
    let email = trial.emulator.outbox().last_to(ADA).unwrap();
    assert_eq!((email.kind, email.link), (EmailKind::PasswordReset, Some(link)));
    assert_eq!((email.code.as_deref(), email.object_id), (Some(token.expose()), reset.id));

    let confirm = |password: &str| {
        users.confirm_password_reset(ConfirmPasswordReset::new(token.clone(), password))
    };
    // A weak password does not use the token up.
    assert_eq!(refusal(confirm("short").await), "400 password_reset_error");
    trial.wait(3599);
    let confirmed = confirm("correct horse battery").await.unwrap();
    ada.email_verified = true;
    ada.updated_at = trial.emulator.clock().now();
    assert_eq!(confirmed.user, ada);
    let events = trial.events().await;
    let last: Vec<_> = events[1..]
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), &event["data"]))
        .collect();
    assert_eq!(
        last,
        [
            ("password_reset.created", &payload),
            ("user.updated", &json!(ada)),
            ("password_reset.succeeded", &payload),
        ]
    );
    assert_eq!(refusal(confirm("correct horse battery").await), "400 password_reset_error");
}

#[tokio::test]
async fn a_password_reset_expires_and_goes_with_the_user() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let unknown = users.reset_password(ResetPassword::new(ADA)).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let ada = ada(&trial).await;
    let reset = users.reset_password(ResetPassword::new(ADA)).await.unwrap();
    let confirm = |token: &str| {
        users.confirm_password_reset(ConfirmPasswordReset::new(token, "correct horse battery"))
    };
    assert_eq!(refusal(confirm("x").await), "404 entity_not_found");
    trial.wait(3600);
    let token = reset.password_reset_token.unwrap();
    assert_eq!(refusal(confirm(token.expose()).await), "400 password_reset_error");
    users.delete_user(&ada.id).await.unwrap();
    assert_eq!(refusal(confirm(token.expose()).await), "404 entity_not_found");
    assert_eq!(refusal(users.get_password_reset(&reset.id).await), "404 entity_not_found");
    let body = json!({"email": "ada"});
    let (status, _) = trial.call("POST", "/user_management/password_reset", body).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn resetting_the_password_of_a_verified_user_changes_nothing_else() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let new = CreateUser { email_verified: Some(true), ..CreateUser::new(ADA) };
    let ada = users.create_user(new).await.unwrap();
    let reset = users.reset_password(ResetPassword::new(ADA)).await.unwrap();
    trial.wait(60);
    let token = reset.password_reset_token.unwrap();
    let confirm = ConfirmPasswordReset::new(token, "correct horse battery");
    assert_eq!(users.confirm_password_reset(confirm).await.unwrap().user, ada);

    // Nor does a token that came to an old address verify the new one.
    let reset = users.reset_password(ResetPassword::new(ADA)).await.unwrap();
    let moved = UpdateUser { email: Some("ada@acme.com".into()), ..Default::default() };
    let moved = users.update_user(&ada.id, moved).await.unwrap();
    let token = reset.password_reset_token.unwrap();
    let confirm = ConfirmPasswordReset::new(token, "correct horse battery");
    assert_eq!(users.confirm_password_reset(confirm).await.unwrap().user, moved);
}
