//! Radar's verdicts, its lists and its challenges.

use serde_json::{Value, json};
use workos::radar::*;
use workos::user_management::{CreateUser, SendRadarSmsChallenge};
use workos_emulator::{EmailKind, RadarSignals};

use super::trial::{Trial, refusal};

fn attempt() -> CreateRadarAttempt {
    CreateRadarAttempt::new(
        "203.0.113.7",
        "Mozilla/5.0",
        "Ada@Example.com",
        RadarStandaloneAssessRequestAuthMethod::Password,
        RadarStandaloneAssessRequestAction::SignIn,
    )
}

/// The verdict on an attempt, with the list or the control that decided it.
async fn verdict(trial: &Trial, attempt: CreateRadarAttempt) -> String {
    let answer = trial.client().radar().create_attempt(attempt).await.unwrap();
    assert!(answer.attempt_id.starts_with("radar_att_") && !answer.reason.is_empty());
    let control = answer.control.map(|control| control.as_str().to_owned());
    let list = answer.blocklist_type.map(|list| list.as_str().to_owned());
    let parts = [Some(answer.verdict.as_str().to_owned()), control, list];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

async fn entry(trial: &Trial, method: &str, list: &str, entry: &str) -> (u16, Value) {
    trial.call(method, &format!("/radar/lists/{list}"), json!({"entry": entry})).await
}

#[tokio::test]
async fn lists_decide_attempts() {
    let trial = Trial::new().await;
    let signals = RadarSignals {
        device: Some("device_1".into()),
        device_fingerprint: Some("fp_1".into()),
        country: Some("us".into()),
        ..Default::default()
    };
    let signals_id = trial.emulator.fixtures().radar_signals(signals);
    let attempt = || CreateRadarAttempt { signals_id: Some(signals_id.clone()), ..attempt() };
    assert_eq!(verdict(&trial, attempt()).await, "allow");
    for (list, value) in [
        ("ip_address", "203.0.113.7"),
        ("domain", "EXAMPLE.com"),
        ("email", "ada@example.com"),
        ("device", "device_1"),
        ("user_agent", "Mozilla/5.0"),
        ("device_fingerprint", "fp_1"),
        ("country", "US"),
    ] {
        let block = format!("{list}/block");
        assert_eq!(entry(&trial, "POST", &block, value).await, (204, json!("")));
        assert_eq!(verdict(&trial, attempt()).await, format!("block restriction {list}"));
        assert_eq!(entry(&trial, "POST", &format!("{list}/allow"), value).await.0, 204);
        assert_eq!(verdict(&trial, attempt()).await, "allow");
        for action in ["allow", "block"] {
            let list = format!("{list}/{action}");
            assert_eq!(entry(&trial, "DELETE", &list, value).await, (204, json!("")));
        }
        assert_eq!(verdict(&trial, attempt()).await, "allow");
    }
    assert_eq!(entry(&trial, "POST", "domain/block", "ample.com").await.0, 204);
    assert_eq!(verdict(&trial, attempt()).await, "allow");
}

#[tokio::test]
async fn an_address_is_the_same_however_it_is_written() {
    let trial = Trial::new().await;
    let from = |ip: &str| CreateRadarAttempt { ip_address: ip.into(), ..attempt() };
    assert_eq!(entry(&trial, "POST", "ip_address/block", "2001:db8:0:0::1").await.0, 204);
    assert_eq!(verdict(&trial, from("2001:DB8::1")).await, "block restriction ip_address");
    assert_eq!(entry(&trial, "POST", "ip_address/block", "192.0.2.1").await.0, 204);
    assert_eq!(verdict(&trial, from("::ffff:192.0.2.1")).await, "block restriction ip_address");
    assert_eq!(verdict(&trial, from("unknown")).await, "allow");
}

#[tokio::test]
async fn an_entry_is_added_once_and_removed_once() {
    let trial = Trial::new().await;
    let radar = trial.client().radar();
    let list = RadarListType::Email.as_str();
    let entry = |text: &str| AddRadarListEntry::new(text);
    assert_eq!(radar.add_list_entry(list, "block", entry("ada@example.com")).await.unwrap(), None);
    let again = radar.add_list_entry(list, "block", entry(" ADA@example.com")).await.unwrap();
    assert_eq!(again.unwrap().message, "Entry already present in the list");
    radar.remove_list_entry(list, "block", entry("Ada@example.com")).await.unwrap();
    let gone = radar.remove_list_entry(list, "block", entry("ada@example.com")).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn lists_that_do_not_exist_and_entries_of_another_type_are_refused() {
    let trial = Trial::new().await;
    let radar = trial.client().radar();
    for (list, action, value, expected) in [
        ("asn", "block", "1", "400 invalid_request_parameters type"),
        ("email", "challenge", "ada@example.com", "400 invalid_request_parameters action"),
        ("asn", "challenge", "1", "400 invalid_request_parameters type action"),
        ("email", "block", "ada", "400 invalid_request_parameters entry"),
        ("domain", "block", "https://example.com", "400 invalid_request_parameters entry"),
        ("ip_address", "block", "300.0.0.1", "400 invalid_request_parameters entry"),
        ("country", "block", "USA", "400 invalid_request_parameters entry"),
        ("user_agent", "block", " ", "400 invalid_request_parameters entry"),
    ] {
        let refused = radar.add_list_entry(list, action, AddRadarListEntry::new(value)).await;
        assert_eq!(refusal(refused), expected, "{list} {action} {value}");
    }
    let refused = radar.remove_list_entry("asn", "block", AddRadarListEntry::new("1")).await;
    assert_eq!(refusal(refused), "400 invalid_request_parameters type");
    let nobody = CreateRadarAttempt { email: "ada".into(), ..attempt() };
    let refused = radar.create_attempt(nobody).await;
    assert_eq!(refusal(refused), "400 invalid_request_parameters email");
}

#[tokio::test]
async fn what_the_script_found_counts_unless_a_list_decides() {
    let trial = Trial::new().await;
    let signed = |control, verdict| {
        let signals = RadarSignals { control: Some(control), verdict, ..Default::default() };
        let signals_id = Some(trial.emulator.fixtures().radar_signals(signals));
        CreateRadarAttempt { signals_id, ..attempt() }
    };
    let strange = || signed(RadarStandaloneResponseControl::UnrecognizedDevice, None);
    assert_eq!(verdict(&trial, strange()).await, "challenge unrecognized_device");
    let block = Some(RadarStandaloneResponseVerdict::Block);
    let bot = signed(RadarStandaloneResponseControl::BotDetection, block);
    assert_eq!(verdict(&trial, bot).await, "block bot_detection");
    let unknown = CreateRadarAttempt { signals_id: Some("signals_x".into()), ..attempt() };
    assert_eq!(verdict(&trial, unknown).await, "allow");
    entry(&trial, "POST", "email/allow", "ada@example.com").await;
    assert_eq!(verdict(&trial, strange()).await, "allow");
}

#[tokio::test]
async fn an_attempt_can_be_reported_as_successful() {
    let trial = Trial::new().await;
    let radar = trial.client().radar();
    let id = radar.create_attempt(attempt()).await.unwrap().attempt_id;
    let success = UpdateRadarAttempt {
        attempt_status: Some(RadarAttemptStatus::Success),
        challenge_status: Some(RadarAttemptStatus::Success),
    };
    radar.update_attempt(&id, success.clone()).await.unwrap();
    let unknown = radar.update_attempt("radar_att_x", success).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let failure = json!({"attempt_status": "failure"});
    let (status, body) = trial.call("PUT", &format!("/radar/attempts/{id}"), failure).await;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("attempt_status")));
}

#[tokio::test]
async fn a_challenged_sign_in_gets_a_code_by_email() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = users.create_user(CreateUser::new("ada@example.com")).await.unwrap();
    let challenge = trial.emulator.fixtures().radar_challenge(&ada.id).unwrap();
    assert_eq!(trial.emulator.fixtures().radar_challenge("user_x"), None);
    assert_eq!(users.get_radar_challenge(&challenge.id).await.unwrap(), challenge);
    assert_eq!(challenge.expires_at.to_string(), "2026-03-01T12:10:00.000Z");
    let email = trial.emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!(
        (email.kind, email.code.as_deref(), &email.object_id),
        (EmailKind::RadarChallenge, Some(challenge.code.expose()), &challenge.id)
    );
    let event = trial.events().await.pop().unwrap();
    assert_eq!(event["event"], "radar.challenge_created");
    let expected = json!({
        "radar_challenge_id": challenge.id,
        "type": "email",
        "user_id": ada.id,
        "email": "ada@example.com",
    });
    assert_eq!(event["data"], expected);
    users.delete_user(&ada.id).await.unwrap();
    let gone = users.get_radar_challenge(&challenge.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn a_challenged_sign_in_gets_a_code_by_text_message() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let ada = users.create_user(CreateUser::new("ada@example.com")).await.unwrap();
    let to = |phone: &str| SendRadarSmsChallenge::new(&ada.id, "pending", phone);
    let sent = users.create_radar_challenge(to("+15005550006")).await.unwrap();
    assert!(sent.verification_id.starts_with("vrf_"));
    assert_eq!(sent.phone_number, "+15005550006");
    let message = trial.emulator.outbox().last_text_to("+15005550006").unwrap();
    assert_eq!(message.object_id, sent.verification_id);
    assert_eq!(message.text, format!("Your verification code is {}.", message.code));
    let refused = users.create_radar_challenge(to("5005550006")).await;
    assert_eq!(refusal(refused), "400 invalid_phone_number");
    let stranger = SendRadarSmsChallenge::new("user_x", "pending", "+15005550006");
    let refused = users.create_radar_challenge(stranger).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
}
