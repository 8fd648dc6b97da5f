//! Verifying an email address, and changing it.

use std::time::Duration;

use serde_json::json;
use workos::user_management::{
    ConfirmEmailChange, SendEmailChange, SendVerificationEmail, UpdateUser, User,
    UserManagementApi, VerifyEmailAddress,
};
use workos::{Locale, RequestStrategy, Timestamp};
use workos_emulator::Fault;

use super::{CODES_EXPIRE, all, another, code_sent_to, create_with_emails};
use crate::common::emulated::{NOW, emulator, last_body, refusal, tick, wait_until};

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
async fn an_address_can_be_verified_only_once() {
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

    let doubt = UpdateUser { email_verified: Some(false), ..Default::default() };
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
async fn a_change_of_address_needs_a_new_and_available_one() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, _grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    for (new_email, expected) in [
        ("Ada@example.com", "409 email_change_not_needed"),
        ("grace@example.com", "409 email_not_available"),
        ("nobody at nowhere", "422 invalid_email"),
        ("", "422 invalid_request_parameters new_email"),
    ] {
        let refused = users.send_email_change(&ada.id, SendEmailChange::new(new_email)).await;
        assert_eq!(refusal(refused), expected, "{new_email}");
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
    // One of the two documents no 422.
    let expected = "invalid_request_parameters locale";
    let verification = SendVerificationEmail { locale: klingon() };
    let refused = users.send_verification_email(&ada.id, verification).await;
    assert_eq!(refusal(refused), format!("400 {expected}"));
    let change = SendEmailChange { locale: klingon(), ..SendEmailChange::new("ada@example.org") };
    let refused = users.send_email_change(&ada.id, change).await;
    assert_eq!(refusal(refused), format!("422 {expected}"));
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
async fn a_change_to_an_address_taken_in_the_meantime_fails() {
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
    // A 429 would be retried after a wait.
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
        assert!(guesses < 100, "guessing is not limited");
    };
    assert_eq!((guesses, error.is_rate_limited(), error.attempts()), (5, true, 1));
    assert_eq!(refusal(confirm(&code).await), "429 email_change_too_many_attempts");

    begin_change(&users, &ada, "ada@example.org").await;
    let code = code_sent_to(&emulator, "ada@example.org");
    assert_eq!(confirm(&code).await.unwrap().user.email, "ada@example.org");
}

#[tokio::test]
async fn an_exhausted_email_quota_is_reported_with_its_code() {
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
