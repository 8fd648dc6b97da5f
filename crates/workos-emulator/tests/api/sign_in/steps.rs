//! The steps before a session: verification, second factors, organizations, Radar, addresses.

use workos::multi_factor_auth::EnrollUserAuthenticationFactor;
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::user_management::*;
use workos::{AuthenticationStep, Error, SecretString};

use super::{PASSWORD, ada, with_password};
use crate::trial::{Trial, refusal};

fn step<T: std::fmt::Debug>(result: Result<T, Error>) -> AuthenticationStep {
    result.unwrap_err().authentication_step().unwrap().clone()
}

#[tokio::test]
async fn an_address_is_verified_with_the_code_that_was_sent() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let new = CreateUser {
        password: Some(Password::plaintext(PASSWORD)),
        ..CreateUser::new("ada@example.com")
    };
    users.create_user(new).await.unwrap();
    let AuthenticationStep::EmailVerificationRequired {
        pending_authentication_token: token,
        email,
        email_verification_id: id,
        ..
    } = step(users.authenticate_with_password(with_password()).await)
    else {
        panic!("another step")
    };
    assert_eq!(email.as_deref(), Some("ada@example.com"));
    let code = users.get_email_verification(&id.unwrap()).await.unwrap().code.unwrap();
    let with = |code: &str| AuthenticateWithEmailVerificationParams::new(code, token.clone());
    let wrong = users.authenticate_with_email_verification(with("000000")).await;
    assert_eq!(refusal(wrong), "400 invalid_one_time_code");
    let signed_in = users.authenticate_with_email_verification(with(code.expose())).await.unwrap();
    assert!(signed_in.user.email_verified);
    let again = users.authenticate_with_email_verification(with(code.expose())).await;
    assert_eq!(refusal(again), "400 invalid_pending_authentication_token");
}

#[tokio::test]
async fn a_second_factor_and_the_choice_of_an_organization_follow_each_other() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let enrolled = client
        .multi_factor_auth()
        .create_user_auth_factor(&ada.id, EnrollUserAuthenticationFactor::default())
        .await
        .unwrap();
    let secret = enrolled.authentication_factor.totp.unwrap().secret.unwrap();
    for name in ["Acme", "Beta"] {
        let created = client
            .organizations()
            .create_organization(CreateOrganization::new(name))
            .await
            .unwrap();
        let join = CreateOrganizationMembership::new(&ada.id, created.id);
        client.organization_membership().create_organization_membership(join).await.unwrap();
    }
    let AuthenticationStep::MfaChallenge {
        pending_authentication_token: token,
        authentication_challenge_id: challenge,
        ..
    } = step(users.authenticate_with_password(with_password()).await)
    else {
        panic!("another step")
    };
    let challenge = challenge.unwrap();
    let with = |code: SecretString| {
        AuthenticateWithTotpParams::new(code, token.clone(), challenge.as_str())
    };
    let wrong = users.authenticate_with_totp(with("000000".into())).await;
    assert_eq!(refusal(wrong), "400 invalid_one_time_code");
    let code = trial.emulator.fixtures().authenticator_code(secret.expose()).unwrap().into();
    let AuthenticationStep::OrganizationSelectionRequired {
        pending_authentication_token: token,
        organizations,
        ..
    } = step(users.authenticate_with_totp(with(code)).await)
    else {
        panic!("another step")
    };
    let names: Vec<_> = organizations.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Acme", "Beta"]);
    let choose = |id: &str| AuthenticateWithOrganizationSelectionParams::new(token.clone(), id);
    let nowhere = users.authenticate_with_organization_selection(choose("org_none")).await;
    assert_eq!(refusal(nowhere), "400 organization_not_found");
    let chosen = &organizations[1].id;
    let signed_in = users.authenticate_with_organization_selection(choose(chosen)).await.unwrap();
    assert_eq!(signed_in.organization_id.as_ref(), Some(chosen));
}

#[tokio::test]
async fn radar_asks_for_a_code_by_email_or_by_text_message() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let challenge = trial.emulator.fixtures().radar_challenge(&ada.id).unwrap();
    trial.emulator.fixtures().radar_sms_challenge(&ada.id).unwrap();
    let AuthenticationStep::RadarChallenge {
        pending_authentication_token: token,
        radar_challenge_id: id,
        ..
    } = step(users.authenticate_with_password(with_password()).await)
    else {
        panic!("another step")
    };
    assert_eq!(id.as_ref(), Some(&challenge.id));
    let params =
        AuthenticateWithRadarEmailChallengeParams::new(challenge.code, challenge.id, token);
    users.authenticate_with_radar_email_challenge(params).await.unwrap();

    let AuthenticationStep::RadarSmsSignInChallenge { pending_authentication_token: token, .. } =
        step(users.authenticate_with_password(with_password()).await)
    else {
        panic!("another step")
    };
    let phone = "+15005550006";
    let send = SendRadarSmsChallenge::new(&ada.id, token.clone(), phone);
    let sent = users.create_radar_challenge(send).await.unwrap();
    let code = trial.emulator.outbox().last_text_to(phone).unwrap().code;
    let params = AuthenticateWithRadarSmsChallengeParams {
        verification_id: Some(sent.verification_id),
        phone_number: Some(phone.into()),
        ..AuthenticateWithRadarSmsChallengeParams::new(code, token)
    };
    users.authenticate_with_radar_sms_challenge(params).await.unwrap();
    users.authenticate_with_password(with_password()).await.unwrap();
}

#[tokio::test]
async fn an_address_that_a_provider_does_not_supply_is_asked_for_and_verified() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let code = trial.emulator.fixtures().code_without_email("XOAuth");
    let AuthenticationStep::EmailCompletionRequired { email_completion_token: token, .. } =
        step(users.authenticate_with_code(AuthenticateWithCodeParams::new(code)).await)
    else {
        panic!("another step")
    };
    let params = AuthenticateWithEmailCompletionParams::new(token, "ada@example.com");
    let AuthenticationStep::EmailVerificationRequired {
        pending_authentication_token: token, ..
    } = step(users.authenticate_with_email_completion(params).await)
    else {
        panic!("another step")
    };
    let code = trial.emulator.outbox().last_to("ada@example.com").unwrap().code.unwrap();
    let params = AuthenticateWithEmailVerificationParams::new(code, token);
    let signed_in = users.authenticate_with_email_verification(params).await.unwrap();
    assert_eq!(
        signed_in.authentication_method,
        Some(AuthenticateResponseAuthenticationMethod::XOAuth)
    );
}
