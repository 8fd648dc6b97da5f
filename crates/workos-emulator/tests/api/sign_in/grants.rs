//! What is exchanged for a session: passwords, codes of redirects, Magic Auth, devices.

use serde_json::{Value, json};
use workos::user_management::*;

use super::{PASSWORD, ada, authorize, challenge, claims, value, with_password};
use crate::trial::{NOON, Trial, refusal};

const REDIRECT: &str = "redirect_uri=http://localhost:3000/callback&response_type=code";

#[tokio::test]
async fn a_password_opens_a_session_whose_token_has_the_documented_claims() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let signed_in = users.authenticate_with_password(with_password()).await.unwrap();
    assert_eq!(signed_in.user.id, ada.id);
    assert_eq!(signed_in.user.last_sign_in_at, Some(NOON.parse().unwrap()));
    assert_eq!(
        signed_in.authentication_method,
        Some(AuthenticateResponseAuthenticationMethod::Password)
    );
    let session = users.list_sessions(&ada.id, Default::default()).await.unwrap().data.remove(0);
    let claims = claims(&signed_in.access_token);
    let jti = claims["jti"].clone();
    let noon = 1_772_366_400;
    assert_eq!(
        claims,
        json!({
            "iss": "http://localhost", "sub": ada.id, "sid": session.id, "jti": jti,
            "client_id": "client_emulator", "auth_time": noon, "iat": noon, "exp": noon + 300,
        })
    );
    assert_eq!(
        trial.event_names().await,
        ["user.created", "authentication.password_succeeded", "session.created"]
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_its_event() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let client = trial.client();
    for (email, password) in [("ada@example.com", "wrong"), ("bob@example.com", PASSWORD)] {
        let params = AuthenticateWithPasswordParams::new(email, password);
        let refused = client.user_management().authenticate_with_password(params).await;
        assert_eq!(refusal(refused), "400 invalid_credentials");
    }
    let failed = "authentication.password_failed";
    assert_eq!(trial.event_names().await, ["user.created", failed, failed]);
}

#[tokio::test]
async fn the_code_of_a_redirect_works_once_and_only_with_its_verifier() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let verifier = "v".repeat(43);
    let query =
        format!("{REDIRECT}&provider=authkit&state=s1&code_challenge={}", challenge(&verifier));
    let back = authorize(&trial, &query).await;
    assert_eq!(value(&back, "state").as_deref(), Some("s1"));
    let code = value(&back, "code").unwrap();
    let with = |verifier: Option<&str>| AuthenticateWithCodeParams {
        code_verifier: verifier.map(Into::into),
        ..AuthenticateWithCodeParams::new(code.as_str())
    };

    for wrong in [None, Some("w".repeat(43))] {
        let refused = users.authenticate_with_code(with(wrong.as_deref())).await;
        assert_eq!(refusal(refused), "400 invalid_grant");
    }
    let signed_in = users.authenticate_with_code(with(Some(&verifier))).await.unwrap();
    assert_eq!(signed_in.user.id, ada.id);

    let again = users.authenticate_with_code(with(Some(&verifier))).await;
    assert_eq!(refusal(again), "400 invalid_grant");
    // A code that is used twice was perhaps stolen.
    let refresh = AuthenticateWithRefreshTokenParams::new(signed_in.refresh_token);
    let ended = users.authenticate_with_refresh_token(refresh).await;
    assert_eq!(refusal(ended), "400 invalid_grant");
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let back = authorize(&trial, &format!("{REDIRECT}&provider=authkit")).await;
    trial.wait(600);
    let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
    let refused = trial.client().user_management().authenticate_with_code(params).await;
    assert_eq!(refusal(refused), "400 invalid_grant");
}

#[tokio::test]
async fn authorize_without_interaction_signs_in_the_hinted_user_or_says_why_not() {
    let trial = Trial::new().await;
    let none = authorize(&trial, &format!("{REDIRECT}&provider=authkit&state=a%26b")).await;
    let pairs = |error: &str, description: &str| {
        let pairs = [("error", error), ("error_description", description), ("state", "a&b")];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    assert_eq!(none, pairs("no_users", "There are no users. Create one first."));
    ada(&trial).await;
    let hint = format!("{REDIRECT}&provider=authkit&state=a%26b&login_hint=bob@example.com");
    let unknown = authorize(&trial, &hint).await;
    assert_eq!(unknown, pairs("user_not_found", "No user has the email 'bob@example.com'."));
    let nothing = authorize(&trial, &format!("{REDIRECT}&state=a%26b")).await;
    let message = "One of provider, connection_id and organization_id is required.";
    assert_eq!(nothing, pairs("invalid_request", message));
    let unknown = format!("{REDIRECT}&provider=Nonsense&state=a%26b");
    let back = authorize(&trial, &unknown).await;
    assert_eq!(value(&back, "error").as_deref(), Some("invalid_request"));
    let nowhere = format!("{REDIRECT}&provider=authkit&organization_id=org_none&state=a%26b");
    let back = authorize(&trial, &nowhere).await;
    assert_eq!(back, pairs("organization_invalid", "No organization 'org_none'."));
}

#[tokio::test]
async fn a_magic_auth_code_verifies_the_address_and_works_once() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let sent = users.create_magic_auth(CreateMagicAuth::new("ada@example.com")).await.unwrap();
    let code = sent.code.unwrap();
    let with = |code: &str| AuthenticateWithMagicAuthParams::new(code, "ada@example.com");
    let wrong = users.authenticate_with_magic_auth(with("000000")).await;
    assert_eq!(refusal(wrong), "400 invalid_one_time_code");
    let signed_in = users.authenticate_with_magic_auth(with(code.expose())).await.unwrap();
    assert!(signed_in.user.email_verified);
    let again = users.authenticate_with_magic_auth(with(code.expose())).await;
    assert_eq!(refusal(again), "400 one_time_code_previously_used");
}

#[tokio::test]
async fn a_magic_auth_code_expires_and_is_not_guessed() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let sent = users.create_magic_auth(CreateMagicAuth::new("ada@example.com")).await.unwrap();
    let code = sent.code.unwrap();
    let with = |code: &str| AuthenticateWithMagicAuthParams::new(code, "ada@example.com");
    trial.wait(600);
    let late = users.authenticate_with_magic_auth(with(code.expose())).await;
    assert_eq!(refusal(late), "400 one_time_code_expired");

    let sent = users.create_magic_auth(CreateMagicAuth::new("ada@example.com")).await.unwrap();
    for _ in 0..5 {
        users.authenticate_with_magic_auth(with("000000")).await.unwrap_err();
    }
    let code = sent.code.unwrap();
    let right = users.authenticate_with_magic_auth(with(code.expose())).await;
    assert_eq!(refusal(right), "400 one_time_code_too_many_attempts");
}

#[tokio::test]
async fn a_device_waits_for_its_user() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let device = users.create_device(CreateDeviceAuthorization::default()).await.unwrap();
    let poll = || AuthenticateWithDeviceCodeParams::new(device.device_code.clone());
    let pending = users.authenticate_with_device_code(poll()).await;
    assert_eq!(refusal(pending), "400 authorization_pending");
    let early = users.authenticate_with_device_code(poll()).await;
    assert_eq!(refusal(early), "400 slow_down");
    trial.wait(10);
    let fixtures = trial.emulator.fixtures();
    fixtures.approve_device(&device.user_code.expose().to_lowercase(), &ada.id).unwrap();
    let signed_in = users.authenticate_with_device_code(poll()).await.unwrap();
    assert_eq!(signed_in.user.id, ada.id);
    let again = users.authenticate_with_device_code(poll()).await;
    assert_eq!(refusal(again), "400 invalid_grant");
}

#[tokio::test]
async fn without_pages_a_device_is_approved_by_opening_its_url() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let bob = users.create_user(CreateUser::new("bob@example.com")).await.unwrap();
    for (hint, id) in [("", &ada.id), ("&login_hint=bob@example.com", &bob.id)] {
        let device = users.create_device(CreateDeviceAuthorization::default()).await.unwrap();
        let url = device.verification_uri_complete.unwrap();
        let target = format!("{}{hint}", url.expose().strip_prefix("http://localhost").unwrap());
        let approved = trial.call("GET", &target, Value::Null).await;
        assert_eq!(approved, (200, json!({"success": true})));
        let poll = AuthenticateWithDeviceCodeParams::new(device.device_code);
        let signed_in = users.authenticate_with_device_code(poll).await.unwrap();
        assert_eq!(&signed_in.user.id, id);
    }
    for (query, expected) in [
        ("", (422, json!("invalid_request_parameters"))),
        ("?user_code=BBBB-BBBB", (400, json!("invalid_user_code"))),
        ("?user_code=BBBB-BBBB&login_hint=eve@x.test", (400, json!("user_not_found"))),
    ] {
        let (status, refused) = trial.call("GET", &format!("/device{query}"), Value::Null).await;
        assert_eq!((status, refused["code"].clone()), expected, "{query}");
    }
}

#[tokio::test]
async fn a_device_can_be_denied_and_its_code_expires() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let device = users.create_device(CreateDeviceAuthorization::default()).await.unwrap();
    trial.emulator.fixtures().deny_device(device.user_code.expose()).unwrap();
    let poll = AuthenticateWithDeviceCodeParams::new(device.device_code);
    let denied = users.authenticate_with_device_code(poll).await;
    assert_eq!(refusal(denied), "400 access_denied");

    let device = users.create_device(CreateDeviceAuthorization::default()).await.unwrap();
    trial.wait(15 * 60);
    let poll = AuthenticateWithDeviceCodeParams::new(device.device_code);
    let late = users.authenticate_with_device_code(poll).await;
    assert_eq!(refusal(late), "400 expired_token");
}

#[tokio::test]
async fn test_addresses_always_get_the_same_code() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    for (email, is_for_tests) in [
        ("ada+workos_test@example.com", true),
        ("ada@example.com", false),
        ("workos_test@example.com", false),
        ("ada+workos_test.other@example.com", false),
    ] {
        let sent = users.create_magic_auth(CreateMagicAuth::new(email)).await.unwrap();
        assert_eq!(sent.code.unwrap().expose() == "424242", is_for_tests, "{email}");
    }
}
