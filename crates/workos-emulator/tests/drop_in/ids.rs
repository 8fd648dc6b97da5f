//! The prefixes of IDs, and the shape of errors.

use serde_json::{Value, json};

use super::{Official, error, own, text, wrong};

#[tokio::test]
async fn ids_have_the_official_prefixes() {
    let official = Official::start().await;
    let acme = official.organization("Acme").await;
    for (path, body, prefix) in [
        ("/user_management/invitations", json!({"email": "ada@test.com"}), "inv_"),
        ("/connect/applications", json!({"name": "App"}), "connect_app_"),
        ("/user_management/redirect_uris", json!({"uri": "http://localhost/cb"}), "redir_"),
        ("/user_management/cors_origins", json!({"origin": "http://localhost:3000"}), "cors_"),
        (
            "/authorization/resources",
            json!({
                "organization_id": acme, "resource_type_slug": "doc", "external_id": "1",
                "name": "1",
            }),
            "auth_res_",
        ),
    ] {
        let id = text(&official.create(path, body).await["id"]);
        assert!(id.starts_with(prefix), "{id}");
    }
}

#[tokio::test]
async fn errors_have_their_reasons_in_the_message() {
    let official = Official::start().await;
    let refused = official.post("/organizations", json!({"name": 7})).await.with(422);
    assert_eq!(refused["code"], "unprocessable_entity");
    assert_eq!(wrong(&refused), own(&[("name", "invalid")]));
    assert_eq!(refused["message"], "name must be a string.");
    let absent = official.call("GET", "/organizations/org_none", Value::Null).await.with(404);
    let message = "Organization not found";
    assert_eq!(
        (&absent["code"], &absent["message"]),
        (&error("not_found", message)["code"], &json!(message))
    );
}

#[tokio::test]
async fn deletes_have_no_content() {
    let official = Official::start().await;
    let acme = official.organization("Acme").await;
    let user_id = official.user("ada@test.com").await;
    for path in [format!("/user_management/users/{user_id}"), format!("/organizations/{acme}")] {
        let deleted = official.call("DELETE", &path, Value::Null).await;
        assert_eq!((deleted.status, &*deleted.text), (204, ""));
    }
}
