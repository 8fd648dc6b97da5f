//! The login page: an email address, and nothing else.

use serde_json::{Value, json};
use workos_emulator::Emulator;

use super::{CALLBACK, Official, id};

async fn interactive() -> Official {
    Official::built(Emulator::builder().interactive()).await
}

async fn page(official: &Official, more: &str) -> String {
    let page = official.authorize(more).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.header("content-type").starts_with("text/html"));
    page.text
}

#[track_caller]
fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn the_form_has_what_the_application_asked_for() {
    let official = interactive().await;
    let more = "&state=s1&login_hint=user%2Btag@test.com&organization_id=org_1";
    let hidden = format!(r#"name="redirect_uri" value="{CALLBACK}""#);
    has(
        &page(&official, more).await,
        &[
            "<h1>Sign In</h1>",
            r#"action="/user_management/authorize""#,
            &hidden,
            r#"name="state" value="s1""#,
            r#"name="organization_id" value="org_1""#,
            r#"name="email" type="email" value="user+tag@test.com""#,
        ],
    );
    let path = format!("/sso/authorize?connection=conn_x&state=s1&redirect_uri={CALLBACK}");
    let sso = official.open("GET", &path, Value::Null).await;
    assert_eq!(sso.status, 200);
    let parts =
        ["<h1>SSO Login</h1>", r#"action="/sso/authorize""#, r#"name="connection" value="conn_x""#];
    has(&sso.text, &parts);
}

#[tokio::test]
async fn the_form_offers_the_accounts_that_there_are() {
    let official = interactive().await;
    assert!(!page(&official, "").await.contains("<details"));
    official.user("zoe@test.com").await;
    let ada = json!({"email": "ada@test.com", "first_name": "Ada", "last_name": "Lovelace"});
    official.create("/user_management/users", ada).await;
    let page = page(&official, "").await;
    let [ada, zoe] =
        [r#"name="email" value="ada@test.com""#, r#"name="email" value="zoe@test.com""#];
    has(&page, &["<summary>Pick an account (2)</summary>", "Ada Lovelace", ada, zoe]);
    assert!(page.find(ada) < page.find(zoe));
}

#[tokio::test]
async fn the_form_signs_in_and_asks_for_the_organization_of_several() {
    let official = interactive().await;
    let user_id = official.user("ada@test.com").await;
    let post = |more: Vec<(&'static str, String)>| {
        let official = &official;
        async move {
            let mut fields = vec![("redirect_uri", CALLBACK), ("email", "ada@test.com")];
            fields.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
            official.form("/user_management/authorize", &fields).await
        }
    };
    let sent = post(vec![("state", "s1".to_owned())]).await;
    assert_eq!((sent.status, sent.sent("state").as_deref()), (302, Some("s1")));
    official.redeem(&sent.sent("code").unwrap()).await.with(200);

    let acme = official.organization("Acme").await;
    let beta = official.organization("Beta").await;
    let member = official.member(&acme, &user_id, "member").await;
    official.member(&beta, &user_id, "member").await;
    let asked = post(Vec::new()).await;
    assert_eq!(asked.status, 200);
    let button = format!(r#"name="organization_id" value="{acme}""#);
    has(&asked.text, &["Select an organization", "Acme", "Beta", &button]);
    let sent = post(vec![("organization_id", acme.clone())]).await;
    let session = official.redeem(&sent.sent("code").unwrap()).await.with(200);
    assert_eq!(session["organization_id"], json!(acme));
    let other = official.organization("Gamma").await;
    let refused = post(vec![("organization_id", other)]).await.with(400);
    assert_eq!(refused["code"], "invalid_request");

    // Who has left the organization meanwhile is not signed in to another one.
    let sent = post(vec![("organization_id", acme)]).await;
    let path = format!("/user_management/organization_memberships/{member}/deactivate");
    official.call("PUT", &path, Value::Null).await.with(200);
    let refused = official.redeem(&sent.sent("code").unwrap()).await.with(400);
    assert_eq!(refused["error"], "invalid_grant");
}

#[tokio::test]
async fn the_form_of_sso_signs_in_at_a_connection() {
    let official = interactive().await;
    let acme = official.organization("Acme").await;
    let new = json!({"name": "A", "organization_id": acme, "connection_type": "GenericSAML"});
    let connection = id(&official.create("/connections", new).await);
    for (connection, status) in [(&*connection, 302), ("conn_x", 404)] {
        let fields =
            [("redirect_uri", CALLBACK), ("email", "ada@acme.test"), ("connection", connection)];
        assert_eq!(official.form("/sso/authorize", &fields).await.status, status);
    }
    let fields = [("email", "ada@acme.test")];
    official.form("/sso/authorize", &fields).await.with(400);
}

#[tokio::test]
async fn what_cannot_be_answered_is_no_page() {
    let official = interactive().await;
    let path = "/user_management/authorize?redirect_uri=https://evil.test/cb";
    let refused = official.open("GET", path, Value::Null).await.with(400);
    assert_eq!(refused["code"], "invalid_redirect_uri");
}
