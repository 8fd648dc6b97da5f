//! Routes that are not part of the API.

use serde_json::{Value, json};

use super::{CALLBACK, Official, id, list};

#[tokio::test]
async fn flat_audit_logs_are_accepted() {
    let official = Official::start().await;
    let action = official.create("/audit_logs/actions/user.login/schemas", json!({})).await;
    assert_eq!(action["name"], "user.login");
    let event = json!({
        "organization_id": "org_1", "action": {"name": "user.login"},
        "actor": {"type": "user", "id": "user_1"},
    });
    let made = official.create("/audit_logs/events", event).await;
    assert_eq!(
        (&made["object"], &made["organization_id"]),
        (&json!("audit_log_event"), &json!("org_1"))
    );
    for body in
        [json!({"action": {"name": "x"}}), json!({"organization_id": "org_1", "action": {}})]
    {
        official.post("/audit_logs/events", body).await.with(422);
    }
    let export = official.create("/audit_logs/exports", json!({"organization_id": "org_1"})).await;
    let shown = official.get(&format!("/audit_logs/exports/{}", id(&export))).await;
    assert_eq!((&shown, &shown["state"]), (&export, &json!("ready")));
    for path in ["audit_log_configuration", "audit_logs_retention"] {
        let path = format!("/organizations/org_1/{path}");
        assert_eq!(official.get(&path).await["retention_days"], 365);
    }
}

#[tokio::test]
async fn a_data_integration_hands_out_tokens() {
    let official = Official::start().await;
    let path = format!("/data-integrations/github/authorize?state=s&redirect_uri={CALLBACK}");
    let sent = official.open("GET", &path, Value::Null).await;
    assert_eq!((sent.status, sent.sent("state").as_deref()), (302, Some("s")));
    let grant = json!({"code": sent.sent("code")});
    let path = "/data-integrations/github/token";
    let token = official.post(path, grant.clone()).await.with(200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("bearer"), &json!(3600)));
    official.post(path, grant).await.with(400);
    official.open("GET", "/data-integrations/github/authorize", Value::Null).await.with(400);
}

#[tokio::test]
async fn pipe_connections_come_and_go() {
    let official = Official::start().await;
    let path = "/pipes/connections";
    let new = json!({"user_id": "user_1", "provider": "github", "scopes": ["repo"]});
    let made = official.create(path, new).await;
    let own = format!("{path}/{}", id(&made));
    let token = official.post(&format!("{own}/access_token"), json!({})).await.with(200);
    assert_eq!(token["scopes"], json!(["repo"]));
    assert_eq!(list(&official.get(&format!("{path}?provider=slack")).await).len(), 0);
    for body in [json!({"provider": "github"}), json!({"user_id": "u", "provider": "other"})] {
        official.post(path, body).await.with(422);
    }
    assert_eq!(official.get(&own).await, made);
    assert_eq!(official.delete(&own).await, 204);
    official.call("GET", &own, Value::Null).await.with(404);
}

#[tokio::test]
async fn links_and_tokens_are_for_anybody() {
    let official = Official::start().await;
    let link = json!({"organization": "org_1", "intent": "sso"});
    let link = official.post("/portal/generate_link", link).await.with(200);
    assert_eq!(link, json!({"link": "http://localhost/portal/sso/org_1"}));
    let token = json!({"organization_id": "org_1", "user_id": "user_1", "scopes": ["a"]});
    let token = official.post("/widgets/token", token).await.with(200);
    assert_eq!(super::claims(&token["token"])["org_id"], "org_1");
    for path in ["/portal/generate_link", "/widgets/token"] {
        official.post(path, json!({})).await.with(422);
    }
}

#[tokio::test]
async fn lists_of_radar_accept_several_entries() {
    let official = Official::start().await;
    assert_eq!(list(&official.get("/radar/attempts").await).len(), 0);
    official.call("GET", "/radar/attempts/radar_att_1", Value::Null).await.with(404);
    let entries = json!({"entries": ["1.2.3.4", "5.6.7.8"]});
    for action in ["add", "remove"] {
        let path = format!("/radar/lists/ip/{action}");
        assert_eq!(official.post(&path, entries.clone()).await.with(200)["success"], true);
    }
    official.post("/radar/lists/ip/other", entries).await.with(400);
}

#[tokio::test]
async fn the_template_of_tokens_takes_claims() {
    let official = Official::start().await;
    let path = "/user_management/jwt_template";
    assert_eq!(official.get(path).await["custom_claims"], json!({}));
    let claims = json!({"custom_claims": {"mail": "{{ user.email }}"}});
    official.call("PUT", path, claims.clone()).await.with(200);
    assert_eq!(official.get(path).await["custom_claims"], claims["custom_claims"]);
    official.user("ada@test.com").await;
    let session = official.with_password("ada@test.com").await.with(200);
    assert_eq!(super::claims(&session["access_token"])["mail"], "ada@test.com");
}

#[tokio::test]
async fn key_sets_have_two_paths_more() {
    let official = Official::start().await;
    let keys = official.open("GET", "/sso/jwks/client_1", Value::Null).await.with(200);
    for path in ["/sso/jwks", "/user_management/sessions/jwks/client_1"] {
        assert_eq!(official.open("GET", path, Value::Null).await.with(200), keys);
    }
}
