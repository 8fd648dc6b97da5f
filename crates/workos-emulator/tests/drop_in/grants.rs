//! What `POST /user_management/authenticate` takes and refuses.

use serde_json::{Value, json};

use super::{Official, PASSWORD, claims, error, id, oauth_error, text};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[tokio::test]
async fn a_client_need_not_say_who_it_is() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let session = official.with_password("ada@test.com").await.with(200);
    assert_eq!(session["authentication_method"], "Password");
    assert_eq!(
        (&session["organization_id"], &session["sealed_session"]),
        (&Value::Null, &Value::Null)
    );
    let token = claims(&session["access_token"]);
    assert_eq!(
        (&token["client_id"], &token["aud"]),
        (&json!("workos-emulate"), &json!("workos-emulate"))
    );
    let jti = text(&token["jti"]);
    assert!(jti.len() == 26 && jti.chars().all(|char| char.is_ascii_alphanumeric()), "{jti}");
    let path = "/x/authkit/users/authenticate";
    let grant = json!({"grant_type": "password", "email": "ada@test.com", "password": PASSWORD});
    official.open("POST", path, grant).await.with(200);
}

#[tokio::test]
async fn the_client_is_that_of_the_authorization() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let code = official.code("&client_id=client_first").await;
    let grant =
        json!({"grant_type": "authorization_code", "code": code, "client_id": "client_other"});
    let session = official.authenticate(grant).await.with(200);
    // It was AuthKit, which says nothing of how.
    assert_eq!(session.get("authentication_method"), None);
    let grant = json!({
        "grant_type": "refresh_token", "refresh_token": session["refresh_token"],
        "client_id": "client_third",
    });
    let refreshed = official.authenticate(grant).await.with(200);
    for session in [session, refreshed] {
        let token = claims(&session["access_token"]);
        assert_eq!(
            (&token["client_id"], &token["aud"]),
            (&json!("client_first"), &json!("client_first"))
        );
    }
}

#[tokio::test]
async fn wrong_codes_and_tokens_have_oauth_errors() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let session = official.with_password("ada@test.com").await.with(200);
    let refresh =
        |token: &Value| json!({"grant_type": "refresh_token", "refresh_token": token.clone()});
    official.authenticate(refresh(&session["refresh_token"])).await.with(200);
    let invalid = oauth_error("invalid_grant", "Invalid refresh token.");
    for token in [&session["refresh_token"], &json!("bogus")] {
        assert_eq!(official.authenticate(refresh(token)).await.with(400), invalid);
    }
    let code = official.code("").await;
    official.redeem(&code).await.with(200);
    let unused = official.code("").await;
    assert_eq!(official.delete(&format!("/user_management/users/{user_id}")).await, 204);
    for code in [&*code, "bogus", &unused] {
        let message = format!("The code '{code}' has expired or is invalid.");
        let refused = official.redeem(code).await.with(400);
        assert_eq!(refused, oauth_error("invalid_grant", &message));
        let failed = official.told("authentication.oauth_failed").await;
        assert_eq!(failed.last().unwrap()["error"], error("invalid_grant", &message));
    }
}

#[tokio::test]
async fn what_is_missing_is_said_as_oauth_does() {
    let official = Official::start().await;
    let urn = "urn:workos:oauth:grant-type:nonsense";
    for (grant, description) in [
        (json!({"code": "x"}), "grant_type is required.".to_owned()),
        (json!({"grant_type": "authorization_code"}), "code is required.".to_owned()),
        (json!({"grant_type": "refresh_token"}), "refresh_token is required.".to_owned()),
        (
            json!({"grant_type": "password", "email": "a@test.com"}),
            "email and password are required.".to_owned(),
        ),
        (json!({"grant_type": urn}), format!("The grant type is not supported: {urn}")),
    ] {
        let refused = official.authenticate(grant).await.with(400);
        assert_eq!(refused, oauth_error("invalid_request", &description));
    }
    let grant = json!({"grant_type": "password", "email": 7, "password": "x"});
    let refused = official.authenticate(grant).await.with(400);
    assert_eq!(refused, error("invalid_request", "email must be a string"));
}

#[tokio::test]
async fn a_code_with_a_challenge_needs_its_verifier() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let verifier = workos::SecretString::from("v".repeat(50));
    let challenge = workos::helpers::pkce::generate_code_challenge(&verifier);
    let more = format!("&code_challenge={challenge}&code_challenge_method=S256");
    let code = official.code(&more).await;
    let grant = |verifier: Option<&str>| json!({"grant_type": "authorization_code", "code": code, "code_verifier": verifier});
    let mut without = grant(None);
    without.as_object_mut().unwrap().remove("code_verifier");
    let refused = official.authenticate(without).await.with(400);
    assert_eq!(refused, oauth_error("invalid_request", "code_verifier is required."));
    let message = format!("The code '{code}' has expired or is invalid.");
    let refused = official.authenticate(grant(Some("wrong"))).await.with(400);
    assert_eq!(refused, oauth_error("invalid_grant", &message));
    official.authenticate(grant(Some(verifier.expose()))).await.with(200);
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_code_have_plain_errors() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let grant = json!({"grant_type": "password", "email": "ada@test.com", "password": "wrong"});
    let refused = official.authenticate(grant).await.with(400);
    let reason = error("invalid_credentials", "Invalid credentials for 'ada@test.com'.");
    assert_eq!(refused, reason);
    assert_eq!(official.told("authentication.password_failed").await[0]["error"], reason);
    let grant = json!({
        "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
        "email": "ada@test.com", "code": "000000",
    });
    let refused = official.authenticate(grant).await.with(400);
    assert_eq!(refused, error("invalid_one_time_code", "Invalid one-time code"));
}

#[tokio::test]
async fn a_device_is_let_in_at_once() {
    let official = Official::start().await;
    let start =
        || official.open("POST", "/user_management/authorize/device", json!({"client_id": "c"}));
    let grant = |code: &Value| json!({"grant_type": DEVICE, "device_code": code});
    // Nobody is there who could be let in.
    let waiting = start().await.with(200);
    let refused = official.authenticate(grant(&waiting["device_code"])).await.with(400);
    let message = "The authorization request is still pending.";
    assert_eq!(refused, oauth_error("authorization_pending", message));
    let refused = official.authenticate(grant(&json!("nope"))).await.with(400);
    assert_eq!(refused, oauth_error("invalid_grant", "Invalid device code."));

    let user_id = official.user("ada@test.com").await;
    let device = start().await.with(200);
    let uri = "/user_management/authorize/device/verify";
    assert_eq!(device["verification_uri"], format!("http://localhost{uri}"));
    let page = official.open("GET", uri, Value::Null).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Device approved"), "{}", page.text);
    let code = text(&device["device_code"]);
    let fields = [("grant_type", DEVICE), ("device_code", &*code)];
    let session = official.form("/user_management/authenticate", &fields).await.with(200);
    assert_eq!(session["user"]["id"], json!(user_id));

    let device = start().await.with(200);
    official.delete(&format!("/user_management/users/{user_id}")).await;
    let refused = official.authenticate(grant(&device["device_code"])).await.with(400);
    assert_eq!(refused, oauth_error("invalid_grant", "Invalid device code."));
}

#[tokio::test]
async fn the_code_that_verifies_an_address_signs_in() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let path = format!("/user_management/users/{user_id}/email_verification/send");
    // It is sent to verified addresses, too, and shown.
    let sent = official.post(&path, json!({})).await.with(200);
    assert_eq!(official.told("email_verification.created").await[0]["code"], sent["code"]);
    assert_eq!((&sent["object"], sent.get("user")), (&json!("email_verification"), None));
    let grant = json!({
        "grant_type": "urn:workos:oauth:grant-type:email-verification:code",
        "code": sent["code"], "user_id": user_id,
    });
    let session = official.authenticate(grant).await.with(200);
    assert_eq!(id(&session["user"]), user_id);
    assert_eq!(official.told("session.created").await[0]["auth_method"], "unknown");
    let succeeded = official.told("authentication.email_verification_succeeded").await;
    assert_eq!(succeeded[0]["type"], "email_verification");
}

#[tokio::test]
async fn the_caller_is_known_by_its_headers() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "tests/1.0"),
        ("x-forwarded-for", "203.0.113.9"),
    ];
    let grant = json!({"grant_type": "password", "email": "ada@test.com", "password": PASSWORD});
    let path = "/user_management/authenticate";
    official.send("POST", path, &headers, &grant.to_string()).await.with(200);
    let told = official.told("authentication.password_succeeded").await;
    assert_eq!(
        (&told[0]["user_agent"], &told[0]["ip_address"]),
        (&json!("tests/1.0"), &json!("203.0.113.9"))
    );
}
