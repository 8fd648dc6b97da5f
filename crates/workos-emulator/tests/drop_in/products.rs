//! What the products answer otherwise, and in addition.

use serde_json::{Value, json};

use super::{Official, claims, id, list, text};

#[tokio::test]
async fn users_have_weak_passwords_and_addresses_as_they_were_given() {
    let official = Official::start().await;
    let user = json!({"email": "Ada@Test.com", "password": "pw"});
    let user = official.create("/user_management/users", user).await;
    assert_eq!((&user["email"], &user["name"]), (&json!("Ada@Test.com"), &Value::Null));
    let found = official.get("/user_management/users?email=ada%40test.com").await;
    assert_eq!(list(&found).len(), 1);
    let reset = official.post("/user_management/password_reset", json!({"email": 7})).await;
    assert_eq!(reset.with(400)["message"], "email must be a string");
}

#[tokio::test]
async fn applications_are_for_oauth_unless_they_say_otherwise() {
    let official = Official::start().await;
    let path = "/connect/applications";
    let new = json!({"name": "App", "redirect_uris": ["http://localhost/cb"]});
    let application = official.create(path, new).await;
    assert_eq!(application["application_type"], "oauth");
    let secrets = format!("{path}/{}/client_secrets", id(&application));
    let secret = official.create(&secrets, Value::Null).await;
    assert!(text(&secret["value"]).ends_with(&text(&secret["last_four"])));
    for body in [
        json!({"name": "M", "application_type": "m2m"}),
        json!({"name": "M", "application_type": "m2m", "organization_id": "org_none"}),
    ] {
        official.post(path, body).await.with(422);
    }
}

#[tokio::test]
async fn keys_are_valid_by_either_name() {
    let official = Official::start().await;
    let path = "/api_keys/validations";
    let key = official.0.api_key();
    for (body, valid) in [(json!({"key": key}), true), (json!({"key": "other"}), false)] {
        assert_eq!(official.post(path, body).await.with(200)["valid"], valid);
    }
    let answer = official.post(path, json!({"value": key})).await.with(200);
    assert_eq!(answer.get("valid"), None);
}

#[tokio::test]
async fn an_account_connects_at_any_provider() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let path = format!("/user_management/users/{user_id}/connected_accounts/mine");
    official.post(&path, json!({})).await.with(422);
    let account = official.create(&path, json!({"access_token": "x", "scopes": ["repo"]})).await;
    assert_eq!(
        (&account["state"], &account["scopes"], &account["api_key_last_4"]),
        (&json!("connected"), &json!(["repo"]), &Value::Null)
    );
    assert_eq!(official.delete(&path).await, 204);
    official.call("GET", &path, Value::Null).await.with(404);
    let told = official.told("pipes.connected_account.disconnected").await;
    assert_eq!(told[0]["state"], "disconnected");
    let elsewhere = format!("{path}?organization_id=org_none");
    let absent = official.call("GET", &elsewhere, Value::Null).await.with(404);
    assert_eq!(absent["message"], "Organization not found");
}

#[tokio::test]
async fn flags_are_switched_by_post() {
    let official = Official::seeded(json!({
        "users": [{"id": "user_1", "email": "ada@test.com"}],
        "featureFlags": [{"slug": "beta", "enabled": false}],
    }))
    .await;
    for (action, enabled) in [("enable", true), ("disable", false)] {
        let path = format!("/feature-flags/beta/{action}");
        assert_eq!(official.post(&path, json!({})).await.with(200)["enabled"], enabled);
    }
    let path = "/feature-flags/beta/targets/user_1";
    assert!(official.call("PUT", path, json!({})).await.status < 300);
    assert_eq!(official.delete(path).await, 204);
}

#[tokio::test]
async fn groups_take_members_of_their_organization() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    let other = official.organization("Other").await;
    let member = official.member(&acme, &user_id, "member").await;
    let stranger = official.member(&other, &user_id, "member").await;
    let groups = format!("/organizations/{acme}/groups");
    let group = official.create(&groups, json!({"name": "Engineering"})).await;
    let members = format!("{groups}/{}/organization-memberships", id(&group));
    let add = |member: &str| json!({"organization_membership_id": member});
    official.post(&members, add(&stranger)).await.with(422);
    for _ in 0..2 {
        assert!(official.post(&members, add(&member)).await.status < 300);
    }
    let list_of_members = official.get(&members).await;
    assert_eq!(list(&list_of_members).len(), 1);
    assert_eq!(list_of_members["data"][0].get("user"), None);
}

#[tokio::test]
async fn tokens_for_browsers_are_short_lived() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    let body = json!({"organization_id": acme, "user_id": user_id});
    let answer = official.create("/client/token", body).await;
    let token = claims(&answer["token"]);
    let lifetime = token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap();
    assert_eq!((&token["aud"], lifetime), (&json!("client"), 300));
}

#[tokio::test]
async fn origins_and_redirect_uris_are_registered_once() {
    let official = Official::start().await;
    for (path, body, code) in [
        (
            "/user_management/cors_origins",
            json!({"origin": "http://localhost:4000"}),
            "cors_origin_already_exists",
        ),
        (
            "/user_management/redirect_uris",
            json!({"uri": "http://localhost/cb"}),
            "redirect_uri_already_exists",
        ),
    ] {
        official.create(path, body.clone()).await;
        assert_eq!(official.post(path, body).await.with(422)["code"], code);
    }
}

#[tokio::test]
async fn domains_are_pending_unless_they_say_otherwise() {
    let official = Official::start().await;
    let new = json!({"name": "Acme", "domain_data": [{"domain": "acme.test"}]});
    let organization = official.create("/organizations", new).await;
    assert_eq!(organization["domains"][0]["state"], "pending");
}
