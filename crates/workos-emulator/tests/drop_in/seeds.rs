//! Seed data of the official emulator.

use serde_json::json;

use super::{Official, claims, list, text};

#[tokio::test]
async fn members_have_roles_that_nobody_made() {
    let official = Official::seeded(json!({
        "users": [{"email": "Ada@Test.com", "password": "pw", "email_verified": true}],
        "organizations": [{
            "name": "Acme", "memberships": [{"email": "ada@test.COM", "role": "viewer"}],
        }],
    }))
    .await;
    let members = official.get("/user_management/organization_memberships").await;
    assert_eq!(members["data"][0]["role"], json!({"slug": "viewer"}));
    assert_eq!(members["data"][0]["user"]["email"], "Ada@Test.com");
    let session = official.with_password("ada@test.com").await.with(200);
    assert_eq!(claims(&session["access_token"])["role"], "viewer");
}

#[tokio::test]
async fn directories_are_generic_and_their_users_have_ids() {
    let official = Official::seeded(json!({
        "organizations": [{"name": "Acme"}],
        "directories": [{
            "name": "Acme", "organization": "Acme", "groups": ["Engineering"],
            "users": [{"email": "dev@acme.test", "groups": ["Engineering"]}],
        }],
    }))
    .await;
    let directories = official.get("/directories").await;
    let directory = &directories["data"][0];
    assert_eq!(directory["type"], "generic scim v2.0");
    // By the name of this parameter at the official emulator, too.
    for name in ["directory", "directory_id"] {
        let path = format!("/directory_users?{name}={}", text(&directory["id"]));
        let users = official.get(&path).await;
        assert!(text(&users["data"][0]["idp_id"]).starts_with("idp_"));
        assert_eq!(users["data"][0]["groups"][0]["name"], "Engineering");
    }
}

#[tokio::test]
async fn pipe_connections_belong_to_anybody() {
    let official = Official::seeded(json!({"pipeConnections": [{
        "user_id": "user_elsewhere", "provider": "github", "scopes": ["repo"],
        "status": "disconnected",
    }]}))
    .await;
    let connections = official.get("/pipes/connections?user_id=user_elsewhere").await;
    assert_eq!(list(&connections).len(), 1);
    let path = format!("/pipes/connections/{}/access_token", text(&connections["data"][0]["id"]));
    let refused = official.post(&path, json!({})).await.with(400);
    assert_eq!(refused["error"], "connection_inactive");
}

#[tokio::test]
async fn a_user_with_a_google_account_signs_in_with_it() {
    let official = Official::seeded(json!({"users": [{
        "email": "ada@test.com", "oauth_provider": "GoogleOAuth", "oauth_idp_id": "goog-1",
    }]}))
    .await;
    let users = official.get("/user_management/users").await;
    let path = format!("/user_management/users/{}/identities", text(&users["data"][0]["id"]));
    let identity = json!([{"idp_id": "goog-1", "type": "OAuth", "provider": "GoogleOAuth"}]);
    assert_eq!(official.get(&path).await, identity);
    let code = official.code("").await;
    let session = official.redeem(&code).await.with(200);
    assert_eq!(session["authentication_method"], "GoogleOAuth");
}
