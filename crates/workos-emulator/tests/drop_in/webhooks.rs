//! Webhook endpoints with a given secret, and all events by default.

use serde_json::{Value, json};

use super::{Official, id, list, text};

const ENDPOINTS: &str = "/webhook_endpoints";
const URL: &str = "http://localhost:3000/webhooks";

#[tokio::test]
async fn an_endpoint_needs_no_more_than_its_url() {
    let official = Official::start().await;
    let made = official.create(ENDPOINTS, json!({"url": URL})).await;
    assert_eq!(
        (&made["endpoint_url"], &made["events"], &made["enabled"], &made["description"]),
        (&json!(URL), &json!([]), &json!(true), &Value::Null)
    );
    assert_eq!(text(&made["secret"]).len(), 64);
    official.post(ENDPOINTS, json!({})).await.with(422);
    // Only the answer that makes it has the secret.
    let shown = official.get(&format!("{ENDPOINTS}/{}", id(&made))).await;
    let listed = official.get(ENDPOINTS).await;
    for endpoint in [&shown, &list(&listed)[0]] {
        assert!(text(&endpoint["secret"]).ends_with("****"));
    }
}

#[tokio::test]
async fn an_endpoint_changes_by_put() {
    let official = Official::start().await;
    let new = json!({
        "endpoint_url": URL, "secret": "mine", "description": "Tests", "events": ["user.created"],
    });
    let made = official.create(ENDPOINTS, new).await;
    assert_eq!(
        (&made["secret"], &made["description"], &made["events"]),
        (&json!("mine"), &json!("Tests"), &json!(["user.created"]))
    );
    let path = format!("{ENDPOINTS}/{}", id(&made));
    let changes =
        json!({"enabled": false, "events": ["user.deleted"], "url": "http://localhost/x"});
    let changed = official.call("PUT", &path, changes).await.with(200);
    assert_eq!(
        (&changed["enabled"], &changed["events"], &changed["endpoint_url"]),
        (&json!(false), &json!(["user.deleted"]), &json!("http://localhost/x"))
    );
    // The verb of the API does the same.
    let changes = json!({"status": "enabled", "events": ["user.updated"]});
    official.call("PATCH", &path, changes).await.with(200);
    let shown = official.get(&path).await;
    assert_eq!(
        (&shown["enabled"], &shown["status"], &shown["events"]),
        (&json!(true), &json!("enabled"), &json!(["user.updated"]))
    );
    assert_eq!(official.delete(&path).await, 204);
}

#[tokio::test]
async fn events_have_the_secrets_that_tests_need() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let reset = json!({"email": "ada@test.com"});
    let reset = official.create("/user_management/password_reset", reset).await;
    let told = official.told("password_reset.created").await;
    assert_eq!(told[0]["password_reset_token"], reset["password_reset_token"]);
    let acme = official.organization("Acme").await;
    official.member(&acme, &user_id, "admin").await;
    let told = official.told("organization_membership.created").await;
    assert_eq!(told[0]["role"], json!({"slug": "admin"}));
    assert_eq!((told[0].get("roles"), told[0].get("user")), (None, None));
    // A list without a filter has all events.
    assert!(list(&official.get("/events").await).len() >= 3);
}
