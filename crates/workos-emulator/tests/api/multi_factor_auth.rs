//! Second factors and their challenges.

use serde_json::{Value, json};
use workos::multi_factor_auth::*;
use workos::user_management::CreateUser;
use workos::{SecretString, Timestamp};

use super::trial::{Trial, refusal};

const PHONE: &str = "+15005550006";

async fn ada(trial: &Trial) -> String {
    let ada = CreateUser::new("ada@example.com");
    trial.client().user_management().create_user(ada).await.unwrap().id
}

async fn enroll(trial: &Trial, factor: NewAuthenticationFactor) -> AuthenticationFactor {
    let factor = EnrollAuthenticationFactor::new(factor);
    trial.client().multi_factor_auth().enroll_factor(factor).await.unwrap()
}

async fn challenge(trial: &Trial, factor_id: &str) -> AuthenticationChallenge {
    let mfa = trial.client().multi_factor_auth();
    mfa.challenge_factor(factor_id, ChallengeAuthenticationFactor::default()).await.unwrap()
}

/// Whether the code is correct, or the refusal.
async fn verify(trial: &Trial, challenge_id: &str, code: &str) -> Result<bool, String> {
    let mfa = trial.client().multi_factor_auth();
    match mfa.verify_challenge(challenge_id, VerifyChallenge::new(code)).await {
        Ok(response) => Ok(response.valid),
        refused => Err(refusal(refused)),
    }
}

/// The code that the app shows.
fn shown(trial: &Trial, factor: &AuthenticationFactor) -> String {
    let secret = factor.totp.as_ref().unwrap().secret.as_ref().unwrap();
    trial.emulator.fixtures().authenticator_code(secret.expose()).unwrap()
}

/// A code that is not this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn an_authenticator_app_is_enrolled_with_its_secret_as_text_uri_and_qr_code() {
    let trial = Trial::new().await;
    let app = NewAuthenticationFactor::totp("Foo Corp", "alan.turing@example.com");
    let factor = enroll(&trial, app).await;
    let totp = factor.totp.clone().unwrap();
    let secret = totp.secret.unwrap();
    assert_eq!(secret.expose().len(), 32);
    let uri = format!(
        "otpauth://totp/Foo%20Corp:alan.turing@example.com?secret={}&issuer=Foo%20Corp",
        secret.expose()
    );
    assert_eq!(totp.uri.unwrap().expose(), uri);
    let qr_code = totp.qr_code.unwrap();
    assert!(qr_code.expose().starts_with("data:image/png;base64,iVBORw0KGgo"));

    let mut expected = factor.clone();
    let mut totp = AuthenticationFactorTotp::default();
    (totp.issuer, totp.user) = ("Foo Corp".into(), "alan.turing@example.com".into());
    expected.totp = Some(totp);
    let found = trial.client().multi_factor_auth().get_factor(&factor.id).await.unwrap();
    assert_eq!(found, expected);
    assert_eq!((found.user_id, found.sms), (None, None));
}

#[tokio::test]
async fn the_code_of_an_authenticator_app_works_once() {
    let trial = Trial::new().await;
    let factor = enroll(&trial, NewAuthenticationFactor::totp("Acme", "ada")).await;
    let first = challenge(&trial, &factor.id).await;
    assert_eq!((first.expires_at, &first.code), (None, &None));
    let code = shown(&trial, &factor);
    assert_eq!(verify(&trial, &first.id, &other(&code)).await, Ok(false));
    assert_eq!(verify(&trial, &first.id, &code).await, Ok(true));
    let again = "422 authentication_challenge_previously_verified";
    assert_eq!(verify(&trial, &first.id, &code).await, Err(again.into()));

    let second = challenge(&trial, &factor.id).await;
    assert_eq!(verify(&trial, &second.id, &code).await, Ok(false));
    trial.wait(30);
    assert_eq!(verify(&trial, &second.id, &shown(&trial, &factor)).await, Ok(true));
}

#[tokio::test]
async fn the_clock_of_a_phone_may_be_a_step_early_or_late() {
    let trial = Trial::new().await;
    let factor = enroll(&trial, NewAuthenticationFactor::totp("Acme", "ada")).await;
    let waiting = challenge(&trial, &factor.id).await;
    let late = shown(&trial, &factor);
    trial.wait(60);
    assert_eq!(verify(&trial, &waiting.id, &late).await, Ok(false));
    let late = shown(&trial, &factor);
    trial.wait(30);
    assert_eq!(verify(&trial, &waiting.id, &late).await, Ok(true));

    trial.wait(300);
    let early = shown(&trial, &factor);
    trial
        .emulator
        .clock()
        .freeze(trial.emulator.clock().now() - std::time::Duration::from_secs(30));
    let waiting = challenge(&trial, &factor.id).await;
    assert_eq!(verify(&trial, &waiting.id, &early).await, Ok(true));
}

#[tokio::test]
async fn a_text_message_has_the_code_and_the_text_of_the_application() {
    let trial = Trial::new().await;
    let mfa = trial.client().multi_factor_auth();
    let factor = enroll(&trial, NewAuthenticationFactor::sms(PHONE)).await;
    assert_eq!(mfa.get_factor(&factor.id).await.unwrap(), factor);
    assert_eq!(factor.sms.as_ref().unwrap().phone_number, PHONE);

    let sent = challenge(&trial, &factor.id).await;
    let message = trial.emulator.outbox().last_text_to(PHONE).unwrap();
    assert_eq!(message.text, format!("Your verification code is {}.", message.code));
    assert_eq!((&message.object_id, message.sent_at), (&sent.id, sent.created_at));
    assert_eq!(sent.code, None);
    let until: Timestamp = "2026-03-01T12:10:00Z".parse().unwrap();
    assert_eq!(sent.expires_at, Some(until));
    let code = message.code;
    let wrong = mfa.verify_challenge(&sent.id, VerifyChallenge::new(other(&code))).await.unwrap();
    assert_eq!((wrong.valid, &wrong.challenge), (false, &sent));
    trial.wait(1);
    let right = mfa.verify_challenge(&sent.id, VerifyChallenge::new(code)).await.unwrap();
    let mut verified = sent.clone();
    verified.updated_at = trial.emulator.clock().now();
    assert_eq!((right.valid, right.challenge), (true, verified));

    let template = Some("Acme: {{code}}, only {{code}}".into());
    let custom = ChallengeAuthenticationFactor { sms_template: template };
    mfa.challenge_factor(&factor.id, custom).await.unwrap();
    let message = trial.emulator.outbox().last_text_to(PHONE).unwrap();
    assert_eq!(message.text, format!("Acme: {0}, only {0}", message.code));
    assert_eq!(trial.emulator.outbox().texts().len(), 2);
    assert_eq!(trial.emulator.outbox().all(), []);
    trial.emulator.reset().unwrap();
    assert_eq!(trial.emulator.outbox().texts(), []);
}

#[tokio::test]
async fn an_application_can_deliver_the_code_itself_until_it_expires() {
    let trial = Trial::new().await;
    let factor = enroll(&trial, NewAuthenticationFactor::GenericOtp {}).await;
    assert_eq!((&factor.sms, &factor.totp), (&None, &None));
    let first = challenge(&trial, &factor.id).await;
    let second = challenge(&trial, &factor.id).await;
    let code = |challenge: &AuthenticationChallenge| challenge.code.clone().unwrap().into_inner();
    trial.wait(599);
    assert_eq!(verify(&trial, &first.id, &code(&first)).await, Ok(true));
    trial.wait(1);
    let expired = "422 authentication_challenge_expired";
    assert_eq!(verify(&trial, &second.id, &code(&second)).await, Err(expired.into()));
    assert_eq!(trial.emulator.outbox().texts(), []);
}

#[tokio::test]
async fn too_many_wrong_codes_end_a_challenge_but_not_the_factor() {
    let trial = Trial::new().await;
    let factor = enroll(&trial, NewAuthenticationFactor::totp("Acme", "ada")).await;
    let first = challenge(&trial, &factor.id).await;
    let code = shown(&trial, &factor);
    for _ in 0..5 {
        assert_eq!(verify(&trial, &first.id, &other(&code)).await, Ok(false));
    }
    let ended = Err("400 one_time_code_too_many_attempts".to_owned());
    assert_eq!(verify(&trial, &first.id, &code).await, ended);
    let second = challenge(&trial, &factor.id).await;
    assert_eq!(verify(&trial, &second.id, &code).await, Ok(true));
}

#[tokio::test]
async fn a_user_enrolls_an_app_and_is_challenged_at_once() {
    let trial = Trial::new().await;
    let mfa = trial.client().multi_factor_auth();
    let ada = ada(&trial).await;
    let defaults = EnrollUserAuthenticationFactor::default();
    let enrolled = mfa.create_user_auth_factor(&ada, defaults).await.unwrap();
    let factor = enrolled.authentication_factor;
    let app = factor.totp.as_ref().unwrap();
    assert_eq!((app.issuer.as_str(), app.user.as_str()), ("WorkOS Emulator", "ada@example.com"));
    assert_eq!(factor.user_id.as_ref(), Some(&ada));
    let first = &enrolled.authentication_challenge;
    assert_eq!(verify(&trial, &first.id, &shown(&trial, &factor)).await, Ok(true));

    let known = EnrollUserAuthenticationFactor {
        totp_issuer: Some("Acme".into()),
        totp_user: Some("ada".into()),
        totp_secret: Some("jbsw y3dp ehpk 3pxp".into()),
    };
    let known = mfa.create_user_auth_factor(&ada, known).await.unwrap().authentication_factor;
    let app = known.totp.as_ref().unwrap();
    assert_eq!(app.secret, Some(SecretString::from("JBSWY3DPEHPK3PXP")));
    let uri = "otpauth://totp/Acme:ada?secret=JBSWY3DPEHPK3PXP&issuer=Acme";
    assert_eq!(app.uri, Some(SecretString::from(uri)));

    let phone = EnrollAuthenticationFactor {
        user_id: Some(ada.clone()),
        ..EnrollAuthenticationFactor::new(NewAuthenticationFactor::sms(PHONE))
    };
    let phone = mfa.enroll_factor(phone).await.unwrap();
    enroll(&trial, NewAuthenticationFactor::totp("Acme", "somebody else")).await;
    let list = mfa.list_user_auth_factors(&ada, Default::default()).await.unwrap().data;
    let ids: Vec<_> = list.iter().map(|factor| &factor.id).collect();
    assert_eq!(ids, [&phone.id, &known.id, &factor.id]);
    assert!(list.iter().all(|factor| {
        let secrets =
            |app: &AuthenticationFactorTotp| (app.secret.is_some(), app.qr_code.is_some());
        factor.totp.as_ref().is_none_or(|app| secrets(app) == (false, false))
    }));
    let page =
        ListUserAuthFactorsParams { limit: Some(1), after: Some(phone.id), ..Default::default() };
    let page = mfa.list_user_auth_factors(&ada, page).await.unwrap();
    assert_eq!((page.data[0].id.as_str(), page.data.len()), (known.id.as_str(), 1));
}

#[tokio::test]
async fn factors_and_challenges_go_with_the_user() {
    let trial = Trial::new().await;
    let mfa = trial.client().multi_factor_auth();
    let ada = ada(&trial).await;
    let enroll = || mfa.create_user_auth_factor(&ada, EnrollUserAuthenticationFactor::default());
    let (one, two) = (enroll().await.unwrap(), enroll().await.unwrap());
    mfa.delete_factor(&one.authentication_factor.id).await.unwrap();
    trial.client().user_management().delete_user(&ada).await.unwrap();
    let gone = "404 entity_not_found";
    for enrolled in [one, two] {
        let (factor, challenge) =
            (enrolled.authentication_factor, enrolled.authentication_challenge);
        assert_eq!(refusal(mfa.get_factor(&factor.id).await), gone);
        assert_eq!(refusal(mfa.delete_factor(&factor.id).await), gone);
        assert_eq!(
            refusal(
                mfa.challenge_factor(&factor.id, ChallengeAuthenticationFactor::default()).await
            ),
            gone
        );
        assert_eq!(verify(&trial, &challenge.id, "123456").await, Err(gone.into()));
    }
    assert_eq!(refusal(mfa.list_user_auth_factors(&ada, Default::default()).await), gone);
    assert_eq!(refusal(enroll().await), gone);
}

#[tokio::test]
async fn factors_that_cannot_work_are_refused() {
    let trial = Trial::new().await;
    let mfa = trial.client().multi_factor_auth();
    for (body, expected) in [
        (json!({"type": "sms", "phone_number": "foo"}), json!(["invalid_phone_number", null])),
        (
            json!({"type": "sms", "phone_number": "+05005550006"}),
            json!(["invalid_phone_number", null]),
        ),
        (json!({"type": "sms"}), json!(["invalid_request_parameters", "phone_number"])),
        (
            json!({"type": "totp", "totp_user": " "}),
            json!(["invalid_request_parameters", "totp_issuer", "totp_user"]),
        ),
        (json!({"type": "fax"}), json!(["invalid_request_parameters", "type"])),
        (
            json!({"type": "totp", "totp_issuer": "x".repeat(3000), "totp_user": "ada"}),
            json!(["invalid_request_parameters", "totp_issuer"]),
        ),
    ] {
        let (status, answer) = trial.call("POST", "/auth/factors/enroll", body).await;
        let errors = answer["errors"].as_array().cloned().unwrap_or_else(|| vec![json!({})]);
        let mut found = vec![answer["code"].clone()];
        found.extend(errors.iter().map(|error| error["field"].clone()));
        assert_eq!((status, Value::from(found)), (422, expected));
    }
    let stranger = EnrollAuthenticationFactor {
        user_id: Some("user_x".into()),
        ..EnrollAuthenticationFactor::new(NewAuthenticationFactor::sms(PHONE))
    };
    assert_eq!(refusal(mfa.enroll_factor(stranger).await), "404 entity_not_found");
    let bad = EnrollUserAuthenticationFactor {
        totp_secret: Some("not base 32!".into()),
        ..Default::default()
    };
    let refused = mfa.create_user_auth_factor(&ada(&trial).await, bad).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters totp_secret");
}

#[tokio::test]
async fn an_app_knows_only_secrets_in_base32() {
    let trial = Trial::new().await;
    let code = |secret| trial.emulator.fixtures().authenticator_code(secret);
    assert_eq!(code("1!"), None);
    assert_eq!(code("JBSWY3DPEHPK3PXP").unwrap().len(), 6);
    assert_eq!(code("JBSWY3DPEHPK3PXP"), code("jbsw y3dp ehpk 3pxp"));
}
