//! What signs in keeps signing in after a restart.

use serde_json::{Value, json};
use workos::AuthenticationStep;
use workos::api_keys::CreateOrganizationApiKey;
use workos::multi_factor_auth::EnrollUserAuthenticationFactor;
use workos::user_management::*;
use workos_emulator::{Emulator, NewApplication, SeedData};

use super::{again, check_law, started};
use crate::trial::{NOON, Trial, refusal};

const PASSWORD: &str = "correct horse battery";
const SSHA256_PREFIX: &str = "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==";

async fn sign_in(trial: &Trial, password: &str) -> Result<String, workos::Error> {
    let params = AuthenticateWithPasswordParams::new("ada@example.com", password);
    let client = trial.client();
    client.user_management().authenticate_with_password(params).await.map(|that| that.user.id)
}

async fn ada(trial: &Trial, password: Password) -> User {
    let new = CreateUser {
        email_verified: Some(true),
        password: Some(password),
        ..CreateUser::new("ada@example.com")
    };
    trial.client().user_management().create_user(new).await.unwrap()
}

#[tokio::test]
async fn the_old_password_signs_in_and_no_other_does() {
    let imported = Password::Hashed {
        password_hash: SSHA256_PREFIX.into(),
        password_hash_type: CreateUserPasswordHashType::Ssha256,
        password_salt_position: Some(CreateUserPasswordSaltPosition::Prefix),
    };
    for password in [Password::plaintext(PASSWORD), imported] {
        let trial = Trial::new().await;
        let ada = ada(&trial, password).await;
        let second = again(&trial).await;
        assert_eq!(sign_in(&second, PASSWORD).await.unwrap(), ada.id);
        let wrong = sign_in(&second, "Correct horse battery").await;
        assert_eq!(refusal(wrong), "400 invalid_credentials");
    }
}

#[tokio::test]
async fn no_export_has_a_password_in_clear() {
    let trial = Trial::new().await;
    ada(&trial, Password::plaintext(PASSWORD)).await;
    assert!(!trial.emulator.export().to_json().contains(PASSWORD));
    assert!(!format!("{:?}", trial.emulator.export()).contains("{SSHA256}"));
}

#[tokio::test]
async fn an_authenticator_app_stays_enrolled() {
    let trial = Trial::new().await;
    let ada = ada(&trial, Password::plaintext(PASSWORD)).await;
    let app = EnrollUserAuthenticationFactor::default();
    let mfa = trial.client();
    let app = mfa.multi_factor_auth().create_user_auth_factor(&ada.id, app).await.unwrap();
    let secret = app.authentication_factor.totp.unwrap().secret.unwrap();

    let second = again(&trial).await;
    let refused = sign_in(&second, PASSWORD).await.unwrap_err();
    let Some(AuthenticationStep::MfaChallenge {
        pending_authentication_token: token,
        authentication_challenge_id: challenge,
        ..
    }) = refused.authentication_step()
    else {
        panic!("{refused:?}")
    };
    let code = second.emulator.fixtures().authenticator_code(secret.expose()).unwrap();
    let params = AuthenticateWithTotpParams::new(code, token.clone(), challenge.unwrap());
    let client = second.client();
    let signed_in = client.user_management().authenticate_with_totp(params).await.unwrap();
    assert_eq!(signed_in.user.id, ada.id);
}

#[tokio::test]
async fn api_keys_and_client_secrets_keep_working() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let key = CreateOrganizationApiKey::new("CI");
    let key = trial.client().api_keys().create_organization_api_key(&acme, key).await.unwrap();
    let value = key.value.unwrap();
    let robot = NewApplication {
        name: "Robot".into(),
        is_m2m: true,
        organization_id: Some(acme.clone()),
        client_id: Some("client_robot".into()),
        client_secret: Some("secret_robot".into()),
        ..NewApplication::default()
    };
    trial.emulator.fixtures().application(robot).unwrap();

    let second = again(&trial).await;
    let organizations = second.client().organizations();
    let list = organizations.list_organizations(Default::default()).bearer(value.clone());
    assert_eq!(list.await.unwrap().data[0].id, acme);
    let token = async |secret: &str| {
        let body = json!({"grant_type": "client_credentials", "client_id": "client_robot",
                          "client_secret": secret});
        let (status, answer) = second.call("POST", "/oauth2/token", body).await;
        (status, answer["error"].clone())
    };
    assert_eq!(token("secret_robot").await, (200, Value::Null));
    assert_eq!(token("secret_else").await, (401, json!("invalid_client")));
}

/// Exports and starts again, each time with the key that the first one was started with.
#[tokio::test]
async fn the_keys_that_an_emulator_was_started_with_stay_those() {
    for (keys, first) in [
        (json!({"sk_b": {}, "sk_a": {"environment": "test"}}), "sk_a"),
        (json!([{"value": "sk_b"}, {"value": "sk_a"}]), "sk_b"),
        (json!([{"name": "CI", "organization": "Acme", "value": "sk_ci"}]), "sk_ci"),
    ] {
        let data = json!({"organizations": [{"name": "Acme", "id": "org_acme"}], "apiKeys": keys});
        let trial = started(SeedData::from_value(data).unwrap()).await;
        check_law(&trial).await;
        let key = CreateOrganizationApiKey::new("Later");
        trial.client().api_keys().create_organization_api_key("org_acme", key).await.unwrap();
        let exported = check_law(&trial).await;
        let second = again(&trial).await;
        assert_eq!((trial.emulator.api_key(), second.emulator.api_key()), (first, first));
        let refused = second.client().organizations().list_organizations(Default::default());
        let refused = refused.bearer("sk_test_default").await.unwrap_err();
        assert_eq!(refused.status(), Some(401), "{exported}");
    }
}

#[tokio::test]
async fn an_invitation_can_be_accepted_later() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let invitation = SendInvitation {
        organization_id: Some(acme.clone()),
        ..SendInvitation::new("eve@acme.test")
    };
    let invitation = trial.client().user_management().send_invitation(invitation).await.unwrap();

    let second = again(&trial).await;
    let members = second.members(&acme).await;
    assert_eq!(members, ["pending member eve@acme.test"]);
    let users = second.client();
    let users = users.user_management();
    let token = invitation.token.unwrap();
    let found = users.find_invitation_by_token(token.expose()).await.unwrap();
    assert_eq!((&found.id, found.expires_at), (&invitation.id, invitation.expires_at));
    users.accept_invitation(&invitation.id).await.unwrap();
    assert_eq!(second.members(&acme).await, ["active member eve@acme.test"]);
    assert_eq!(check_law(&second).await["invitations"], Value::Null);
}

/// Also of a time that has not come: the clock of a test may stand earlier than that of the export.
#[tokio::test]
async fn the_first_user_stays_the_first_one() {
    let data = json!({"users": [{"email": "first@acme.test", "id": "user_first"}]});
    let trial = started(SeedData::from_value(data).unwrap()).await;
    trial.wait(1);
    let users = trial.client();
    let users = users.user_management();
    users.create_user(CreateUser::new("second@acme.test")).await.unwrap();
    let data = trial.emulator.export();
    for at in ["2020-01-01T00:00:00.000Z", NOON, "2030-01-01T00:00:00.000Z"] {
        let builder = Emulator::builder().data(data.clone()).freeze(at.parse().unwrap());
        let again = builder.without_socket().start().await.unwrap();
        let users = again.client();
        let users = users.user_management();
        users.create_user(CreateUser::new("third@acme.test")).await.unwrap();
        let list = users.list_users(Default::default()).await.unwrap().data;
        let emails: Vec<_> = list.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(emails, ["third@acme.test", "second@acme.test", "first@acme.test"], "{at}");
    }
}
