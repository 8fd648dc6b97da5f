//! Standalone Connect: applications with a login page of their own.

use serde_json::{Value, json};

use super::{Got, Official, claims, id, list, text};

const REDIRECT: &str = "http://localhost:3000/callback?existing=1";

async fn start() -> Official {
    Official::seeded(json!({"connectApplications": [
        {
            "name": "Standalone", "type": "oauth", "client_id": "client_own",
            "client_secret": "secret_own", "login_url": "http://localhost:3000/login?a=b",
            "redirect_uris": [REDIRECT], "scopes": ["profile", "email"],
            "audience": "https://api.example.test",
        },
        {"name": "Other", "type": "oauth", "client_id": "client_other", "client_secret": "other"},
        {
            "name": "Far", "type": "oauth", "client_id": "client_far",
            "login_url": "https://untrusted.example/login",
        },
    ]}))
    .await
}

async fn authorize(official: &Official, changes: &[(&str, &str)]) -> Got {
    let mut fields = vec![
        ("client_id", "client_own"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("state", "s + &"),
    ];
    for (name, value) in changes {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    official.open("GET", &format!("/oauth2/authorize?{query}"), Value::Null).await
}

/// The ID of a sign-in that the application has to complete.
async fn begun(official: &Official) -> String {
    let sent = authorize(official, &[]).await;
    assert_eq!(sent.status, 302, "{}", sent.text);
    assert_eq!(sent.sent("a").as_deref(), Some("b"));
    let id = sent.sent("external_auth_id").unwrap();
    assert!(id.starts_with("ext_auth_"), "{id}");
    id
}

async fn complete(official: &Official, id: &str, user: Value) -> Got {
    let body = json!({"external_auth_id": id, "user": user});
    official.post("/authkit/oauth2/complete", body).await
}

fn ada() -> Value {
    json!({"id": "ada", "email": "ada@test.com"})
}

/// A code, and where the browser went for it.
async fn code(official: &Official) -> (String, String) {
    let id = begun(official).await;
    let answer = complete(official, &id, ada()).await.with(200);
    let uri = text(&answer["redirect_uri"]);
    let path = uri.trim_start_matches("http://localhost").to_owned();
    let sent = official.open("GET", &path, Value::Null).await;
    assert_eq!((sent.status, sent.sent("state").as_deref()), (302, Some("s + &")));
    (sent.sent("code").unwrap(), path)
}

async fn exchange(official: &Official, code: &str, changes: &[(&str, &str)]) -> Got {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", "client_own"),
        ("client_secret", "secret_own"),
        ("redirect_uri", REDIRECT),
        ("code", code),
    ];
    for (name, value) in changes {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    official.form("/oauth2/token", &fields).await
}

#[tokio::test]
async fn who_signed_in_at_the_application_gets_a_token() {
    let official = start().await;
    let (code, path) = code(&official).await;
    let users = official.get("/user_management/users").await;
    let token = exchange(&official, &code, &[]).await.with(200);
    assert_eq!(token["token_type"], "Bearer");
    let claims = claims(&token["access_token"]);
    assert_eq!(
        (&claims["sub"], &claims["aud"], &claims["scope"]),
        (
            &json!(id(&users["data"][0])),
            &json!("https://api.example.test"),
            &json!("profile email")
        )
    );
    // Neither the code nor the way to it works again.
    let again = exchange(&official, &code, &[]).await.with(400);
    assert_eq!(again["error"], "invalid_grant");
    official.open("GET", &path, Value::Null).await.with(404);
    let pending = begun(&official).await;
    for id in [&*pending, "ext_auth_unknown"] {
        let path = format!("/oauth2/authorize/complete?external_auth_id={id}");
        official.open("GET", &path, Value::Null).await.with(404);
    }
}

#[tokio::test]
async fn a_code_is_bound_to_its_application() {
    let official = start().await;
    let (code, _) = code(&official).await;
    for (changes, status, error) in [
        (vec![("client_secret", "wrong")], 401, "invalid_client"),
        (vec![("redirect_uri", "http://localhost:3000/other")], 400, "invalid_grant"),
        (vec![("client_id", "client_other"), ("client_secret", "other")], 400, "invalid_grant"),
        (vec![("code", "")], 400, "invalid_request"),
        (vec![("redirect_uri", "")], 400, "invalid_request"),
    ] {
        let refused = exchange(&official, &code, &changes).await.with(status);
        assert_eq!(refused["error"], error);
    }
    // It starts no session.
    assert_eq!(official.redeem(&code).await.with(400)["error"], "invalid_grant");
    exchange(&official, &code, &[]).await.with(200);
}

#[tokio::test]
async fn an_authorization_that_leads_nowhere_is_refused() {
    let official = start().await;
    for changes in [
        ("client_id", "unknown"),
        ("client_id", "client_other"),
        ("redirect_uri", ""),
        ("redirect_uri", "http://localhost:3000/unregistered"),
        ("response_type", "token"),
    ] {
        authorize(&official, &[changes]).await.with(400);
    }
    let far = [("client_id", "client_far"), ("redirect_uri", "http://localhost/cb")];
    authorize(&official, &far).await.with(400);
}

#[tokio::test]
async fn the_application_says_who_signed_in() {
    let official = start().await;
    let first = begun(&official).await;
    let refused = complete(&official, &first, json!({"id": "ada", "email": " "})).await.with(422);
    assert_eq!(refused["code"], "unprocessable_entity");
    complete(&official, &first, ada()).await.with(200);
    let again = complete(&official, &first, ada()).await.with(400);
    assert_eq!(again["code"], "external_auth_session_already_completed");
    let renamed = json!({"id": "ada", "email": "ada@new.test", "last_name": "Lovelace"});
    complete(&official, &begun(&official).await, renamed).await.with(200);
    let users = official.get("/user_management/users").await;
    assert_eq!(list(&users).len(), 1);
    assert_eq!(
        (&users["data"][0]["email"], &users["data"][0]["last_name"]),
        (&json!("ada@new.test"), &json!("Lovelace"))
    );
    let other = json!({"id": "eve", "email": "eve@test.com"});
    complete(&official, &begun(&official).await, other).await.with(200);
    for user in [
        json!({"id": "mallory", "email": "ADA@new.test"}),
        json!({"id": "ada", "email": "eve@test.com"}),
    ] {
        let refused = complete(&official, &begun(&official).await, user).await.with(400);
        assert_eq!(refused["code"], "email_not_available");
    }
    let unknown = complete(&official, "ext_auth_unknown", ada()).await.with(404);
    assert_eq!(unknown["code"], "not_found");
}
