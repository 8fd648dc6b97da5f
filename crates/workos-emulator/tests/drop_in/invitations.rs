//! Invitations, and sign-ins that accept them.

use serde_json::{Value, json};

use super::{Official, claims, error, id, list, text};

const INVITATIONS: &str = "/user_management/invitations";

async fn invite(
    official: &Official,
    email: &str,
    organization_id: Option<&str>,
    role: Value,
) -> Value {
    let body = json!({"email": email, "organization_id": organization_id, "role_slug": role});
    official.create(INVITATIONS, body).await
}

async fn state(official: &Official, invitation: &Value) -> String {
    text(&official.get(&format!("{INVITATIONS}/{}", id(invitation))).await["state"])
}

async fn members(official: &Official, organization_id: &str) -> Vec<Value> {
    let path =
        format!("/user_management/organization_memberships?organization_id={organization_id}");
    list(&official.get(&path).await).clone()
}

#[tokio::test]
async fn an_invitation_needs_no_organization_and_can_be_deleted() {
    let official = Official::start().await;
    let invitation = invite(&official, "Ada@Test.com", Some("org_elsewhere"), Value::Null).await;
    assert_eq!(invitation["email"], "Ada@Test.com");
    let found = official.get(&format!("{INVITATIONS}?email=ada%40test.com")).await;
    assert_eq!(list(&found).len(), 1);
    let path = format!("{INVITATIONS}/{}", id(&invitation));
    let resent = official.post(&format!("{path}/resend"), json!({})).await.with(200);
    assert_ne!(resent["token"], invitation["token"]);
    assert_eq!(official.delete(&path).await, 204);
    assert_eq!(official.call("GET", &path, Value::Null).await.status, 404);
    // Who was invited is no user yet.
    assert_eq!(list(&official.get("/user_management/users").await).len(), 0);
}

#[tokio::test]
async fn an_invitation_settles_the_organization() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    for name in ["One", "Two"] {
        let organization_id = official.organization(name).await;
        official.member(&organization_id, &user_id, "member").await;
    }
    let acme = official.organization("Acme").await;
    let invitation = invite(&official, "ada@test.com", Some(&acme), json!("viewer")).await;
    let token = text(&invitation["token"]);
    let session = official.with_magic_auth("ada@test.com", Some(&token)).await.with(200);
    let claims = claims(&session["access_token"]);
    assert_eq!((&session["organization_id"], &claims["role"]), (&json!(acme), &json!("viewer")));
    assert_eq!(state(&official, &invitation).await, "accepted");
    let again = official.with_magic_auth("ada@test.com", Some(&token)).await.with(400);
    assert_eq!(again["code"], "invitation_invalid");
}

#[tokio::test]
async fn an_invitation_brings_a_member_back() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    let member = official.member(&acme, &user_id, "member").await;
    let path = format!("/user_management/organization_memberships/{member}/deactivate");
    official.call("PUT", &path, Value::Null).await.with(200);
    let invitation = invite(&official, "ada@test.com", Some(&acme), json!("admin")).await;
    let token = text(&invitation["token"]);
    official.with_magic_auth("ada@test.com", Some(&token)).await.with(200);
    let members = members(&official, &acme).await;
    assert_eq!(members.len(), 1);
    assert_eq!(
        (&members[0]["id"], &members[0]["status"], &members[0]["role"]["slug"]),
        (&json!(member), &json!("active"), &json!("admin"))
    );
}

#[tokio::test]
async fn an_invitation_for_somebody_else_is_refused() {
    let official = Official::start().await;
    official.user("eve@test.com").await;
    let acme = official.organization("Acme").await;
    let invitation = invite(&official, "ada@test.com", Some(&acme), Value::Null).await;
    let token = text(&invitation["token"]);
    let refused = official.with_magic_auth("eve@test.com", Some(&token)).await.with(400);
    let message = "The invitation is for another email address.";
    assert_eq!(refused, error("invitation_cannot_be_used_for_email", message));
    assert_eq!(state(&official, &invitation).await, "pending");
    assert_eq!(members(&official, &acme).await, Vec::<Value>::new());
    // The same code works without the invitation.
    let sent =
        official.create("/user_management/magic_auth", json!({"email": "eve@test.com"})).await;
    for (token, status) in [(Some("nope"), 400), (None, 200)] {
        let mut grant = json!({
            "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
            "email": "eve@test.com", "code": sent["code"],
        });
        if let Some(token) = token {
            grant["invitation_token"] = json!(token);
        }
        official.authenticate(grant).await.with(status);
    }
}

#[tokio::test]
async fn an_invitation_waits_for_the_end_of_the_sign_in() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    let invitation = invite(&official, "ada@test.com", Some(&acme), Value::Null).await;
    let factors = format!("/user_management/users/{user_id}/auth_factors");
    official.create(&factors, json!({"type": "totp"})).await;
    let token = text(&invitation["token"]);
    let refused = official.with_magic_auth("ada@test.com", Some(&token)).await.with(403);
    assert_eq!(refused["code"], "mfa_challenge");
    assert_eq!(state(&official, &invitation).await, "pending");
}

#[tokio::test]
async fn an_invitation_without_an_organization_waits_for_the_choice_of_one() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let mut organization_id = String::new();
    for name in ["One", "Two"] {
        organization_id = official.organization(name).await;
        official.member(&organization_id, &user_id, "member").await;
    }
    let invitation = invite(&official, "ada@test.com", None, Value::Null).await;
    let token = text(&invitation["token"]);
    let refused = official.with_magic_auth("ada@test.com", Some(&token)).await.with(403);
    assert_eq!(state(&official, &invitation).await, "pending");
    let grant = json!({
        "grant_type": "urn:workos:oauth:grant-type:organization-selection",
        "pending_authentication_token": refused["pending_authentication_token"],
        "organization_id": organization_id,
    });
    let session = official.authenticate(grant).await.with(200);
    assert_eq!(session["organization_id"], json!(organization_id));
    assert_eq!(state(&official, &invitation).await, "accepted");
}

#[tokio::test]
async fn a_refresh_accepts_no_invitation() {
    let official = Official::start().await;
    official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    let invitation = invite(&official, "ada@test.com", Some(&acme), Value::Null).await;
    let session = official.with_password("ada@test.com").await.with(200);
    let grant = json!({
        "grant_type": "refresh_token", "refresh_token": session["refresh_token"],
        "invitation_token": invitation["token"],
    });
    let refreshed = official.authenticate(grant).await.with(200);
    assert_eq!(refreshed["organization_id"], Value::Null);
    assert_eq!(state(&official, &invitation).await, "pending");
}
