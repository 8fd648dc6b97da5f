//! OpenID Connect Discovery of the clients of AuthKit.

use serde_json::{Value, json};

use super::{Official, claims};

async fn document(official: &Official, client_id: &str, rest: &str) -> super::Got {
    let path = format!("/user_management/{client_id}/.well-known/openid-configuration{rest}");
    official.open("GET", &path, Value::Null).await
}

#[tokio::test]
async fn tokens_are_issued_by_the_client_that_is_discovered() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let code = official.code("&client_id=client_web-app").await;
    let session = official.redeem(&code).await.with(200);
    let issuer = "http://localhost/user_management/client_web-app";
    assert_eq!(claims(&session["access_token"])["iss"], issuer);
    let document = document(&official, "client_web-app", "").await.with(200);
    assert_eq!(
        document,
        json!({
            "issuer": issuer,
            "authorization_endpoint": "http://localhost/user_management/authorize",
            "token_endpoint": "http://localhost/user_management/authenticate",
            "jwks_uri": "http://localhost/sso/jwks/client_web-app",
            "response_types_supported": ["code"],
        })
    );
}

#[tokio::test]
async fn what_is_no_client_is_not_discovered() {
    let official = Official::start().await;
    for (client_id, rest) in [("%3Cscript%3E", ""), ("notaclient", ""), ("client_1", "/")] {
        let refused = document(&official, client_id, rest).await.with(404);
        assert_eq!(refused["code"], "entity_not_found");
    }
}

#[tokio::test]
async fn a_document_is_about_the_host_that_it_was_asked_for() {
    let official = Official::start().await;
    let path = "/user_management/client_1/.well-known/openid-configuration";
    let host = [("host", "host.docker.internal:4100")];
    let document = official.send("GET", path, &host, "").await.with(200);
    let uri = "http://host.docker.internal:4100/sso/jwks/client_1";
    assert_eq!(document["jwks_uri"], uri);
}
