//! Who signs in, and how a sign-in goes on.

use serde_json::{Value, json};

use super::{CALLBACK, Official, claims, error, id, list, text};

const MAGIC_AUTH: &str = "/user_management/magic_auth";

#[tokio::test]
async fn the_hint_says_who_signs_in() {
    let official = Official::start().await;
    official.user("first@test.com").await;
    official.user("second@test.com").await;
    for (more, email) in
        [("", "first@test.com"), ("&login_hint=second@test.com", "second@test.com")]
    {
        let code = official.code(more).await;
        let session = official.redeem(&code).await.with(200);
        assert_eq!(session["user"]["email"], email);
    }
    let sent = official.authorize("&login_hint=ghost@test.com&state=s1").await;
    assert_eq!(sent.status, 302);
    assert_eq!(
        (sent.sent("error").as_deref(), sent.sent("state").as_deref()),
        (Some("user_not_found"), Some("s1"))
    );
}

#[tokio::test]
async fn redirects_stay_on_this_machine() {
    let official = Official::start().await;
    let authorize = |uri: &'static str| {
        let uri: String = form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        let path = format!("/user_management/authorize?redirect_uri={uri}");
        let official = &official;
        async move { official.open("GET", &path, Value::Null).await.with(400) }
    };
    let refused = authorize("https://evil.example.com/cb").await;
    assert_eq!(refused["code"], "invalid_redirect_uri");
    for part in ["must point to localhost", "--redirect-hosts", "allowedRedirectHosts"] {
        assert!(text(&refused["message"]).contains(part), "{refused}");
    }
    for (uri, part) in [
        ("javascript:alert(1)", "scheme javascript is not allowed"),
        ("mailto:ada@test.com", "is not allowed"),
        ("not a uri", "Invalid redirect_uri"),
        ("http://local\thost/", "Invalid redirect_uri"),
    ] {
        let refused = authorize(uri).await;
        assert!(text(&refused["message"]).contains(part), "{refused}");
    }
    let path = "/user_management/authorize?response_type=code";
    let refused = official.open("GET", path, Value::Null).await.with(400);
    assert_eq!(refused, error("invalid_request", "redirect_uri is required"));
}

#[tokio::test]
async fn a_redirect_may_have_spaces() {
    let official = Official::start().await;
    let path = "/user_management/sessions/logout?session_id=session_x&return_to=http%3A%2F%2Flocalhost%2Fa%20b";
    let sent = official.open("GET", path, Value::Null).await;
    assert_eq!((sent.status, sent.header("location")), (302, "http://localhost/a%20b"));
}

#[tokio::test]
async fn magic_auth_makes_the_user_that_is_missing() {
    let official = Official::start().await;
    let first = official.create(MAGIC_AUTH, json!({"email": "  Casing@Test.com "})).await;
    let second = official.create(MAGIC_AUTH, json!({"email": "casing@test.com"})).await;
    assert_eq!(first["user_id"], second["user_id"]);
    let users = official.get("/user_management/users").await;
    assert_eq!(list(&users).len(), 1);
    assert_eq!(
        (&users["data"][0]["email"], &users["data"][0]["email_verified"]),
        (&json!("Casing@Test.com"), &json!(false))
    );
    assert_eq!(official.told("magic_auth.created").await[1]["code"], second["code"]);
    let session = official.with_magic_auth("casing@test.com", None).await.with(200);
    assert_eq!(session["authentication_method"], "MagicAuth");
    official.with_magic_auth("casing@test.com", None).await.with(200);
    assert_eq!(official.told("user.created").await.len(), 1);
    // The address was verified once.
    assert_eq!(official.told("user.updated").await.len(), 1);
}

#[tokio::test]
async fn magic_auth_refuses_what_is_no_address() {
    let official = Official::start().await;
    for (body, message) in [
        (json!({}), "email is required"),
        (json!({"email": null}), "email is required"),
        (json!({"email": 7}), "email must be a string"),
        (json!({"email": "nobody"}), "email must be a valid email address"),
        (json!({"email": " "}), "email must be a valid email address"),
    ] {
        let refused = official.post(MAGIC_AUTH, body).await.with(400);
        assert_eq!(refused, error("invalid_request", message));
    }
    assert_eq!(list(&official.get("/user_management/users").await), &Vec::<Value>::new());
}

#[tokio::test]
async fn the_only_organization_is_that_of_the_session() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let acme = official.organization("Acme").await;
    official.member(&acme, &user_id, "editor").await;
    let session = official.with_password("ada@test.com").await.with(200);
    let token = claims(&session["access_token"]);
    assert_eq!(
        (&session["organization_id"], &token["org_id"], &token["role"], &token["roles"]),
        (&json!(acme), &json!(acme), &json!("editor"), &json!(["editor"]))
    );
    let beta = official.organization("Beta").await;
    official.member(&beta, &user_id, "member").await;
    let refused = official.with_password("ada@test.com").await.with(403);
    assert_eq!(refused["code"], "organization_selection_required");
    assert_eq!(
        refused["organizations"],
        json!([{"id": acme, "name": "Acme"}, {"id": beta, "name": "Beta"}])
    );
    let select = |organization_id: &str| {
        json!({
            "grant_type": "urn:workos:oauth:grant-type:organization-selection",
            "pending_authentication_token": refused["pending_authentication_token"],
            "organization_id": organization_id,
        })
    };
    let other = official.organization("Gamma").await;
    let wrong = official.authenticate(select(&other)).await.with(400);
    assert_eq!(wrong["code"], "organization_membership_not_found");
    let session = official.authenticate(select(&beta)).await.with(200);
    assert_eq!(
        (&session["organization_id"], &session["authentication_method"]),
        (&json!(beta), &json!("Password"))
    );
}

#[tokio::test]
async fn a_second_factor_comes_before_the_event() {
    let official = Official::start().await;
    let user_id = official.user("ada@test.com").await;
    let path = format!("/user_management/users/{user_id}/auth_factors");
    let factor = official.create(&path, json!({"type": "totp"})).await;
    assert!(factor["authentication_challenge"]["expires_at"].is_string());
    let refused = official.with_password("ada@test.com").await.with(403);
    assert_eq!(refused["code"], "mfa_challenge");
    assert_eq!(official.told("authentication.password_succeeded").await, Vec::<Value>::new());
    let factor_id = id(&factor["authentication_factor"]);
    assert_eq!(official.delete(&format!("/user_management/auth_factors/{factor_id}")).await, 204);
    official.with_password("ada@test.com").await.with(200);
    assert_eq!(official.told("authentication.password_succeeded").await.len(), 1);
}

#[tokio::test]
async fn factors_have_defaults_and_errors_of_their_own() {
    let official = Official::start().await;
    let factor = official.create("/auth/factors/enroll", json!({"type": "totp"})).await;
    assert_eq!(factor["totp"]["issuer"], "WorkOS Emulator");
    let path = format!("/user_management/auth_factors/{}/challenges", id(&factor));
    let challenge = official.create(&path, json!({})).await;
    let path = format!("/user_management/auth_challenges/{}/verify", id(&challenge));
    let refused = official.post(&path, json!({"code": "000000"})).await.with(400);
    assert_eq!(refused, error("invalid_one_time_code", "Invalid one-time code"));

    let user_id = official.user("ada@test.com").await;
    let path = format!("/user_management/users/{user_id}/auth_factors");
    for secret in [json!("not base32!"), json!(234_567)] {
        let body = json!({"type": "totp", "totp_secret": secret});
        assert_eq!(official.post(&path, body).await.with(422)["code"], "invalid_totp_secret");
    }
}

#[tokio::test]
async fn a_seeded_impersonator_signs_in_whatever_the_way() {
    let official = Official::seeded(json!({"users": [{
        "email": "ada@test.com", "password": "pw", "email_verified": true,
        "impersonator": {"email": "admin@test.com", "reason": "debugging"},
    }]}))
    .await;
    let code = official.code("").await;
    let by_code = official.redeem(&code).await.with(200);
    let by_password = official.with_password("ada@test.com").await.with(200);
    for session in [by_code, by_password] {
        let impersonator = json!({"email": "admin@test.com", "reason": "debugging"});
        assert_eq!(session["impersonator"], impersonator);
        assert_eq!(claims(&session["access_token"])["act"], json!({"sub": "admin@test.com"}));
    }
}

#[tokio::test]
async fn sso_ends_in_a_profile_or_a_session() {
    let official = Official::start().await;
    let path = format!("/sso/authorize?connection=conn_x&redirect_uri={CALLBACK}");
    let refused = official.open("GET", &path, Value::Null).await.with(404);
    assert_eq!(refused["code"], "connection_not_found");
    let acme = official.organization("Acme").await;
    let connection = official
        .create(
            "/connections",
            json!({"name": "Acme", "organization_id": acme, "connection_type": "GenericSAML"}),
        )
        .await;
    let authorize = || {
        let path = format!(
            "/sso/authorize?connection={}&login_hint=ada@acme.test&redirect_uri={CALLBACK}",
            id(&connection)
        );
        let official = &official;
        async move { official.open("GET", &path, Value::Null).await.sent("code").unwrap() }
    };
    let code = authorize().await;
    let grant = json!({"grant_type": "authorization_code", "code": code});
    let answer = official.open("POST", "/sso/token", grant.clone()).await.with(200);
    assert_eq!(answer["profile"]["email"], "ada@acme.test");
    let refused = official.open("POST", "/sso/token", grant).await.with(400);
    assert_eq!(refused["error"], "invalid_grant");
    assert_eq!(official.told("authentication.sso_failed").await.len(), 1);
    let succeeded = official.told("authentication.sso_succeeded").await;
    assert_eq!(
        (&succeeded[0]["user_id"], &succeeded[0]["sso"]["session_id"]),
        (&Value::Null, &Value::Null)
    );

    // A refused invitation makes no user, and the code still works.
    let acme = acme.as_str();
    let invitation = json!({"email": "eve@acme.test", "organization_id": acme});
    let invitation = official.create("/user_management/invitations", invitation).await;
    let code = authorize().await;
    let grant = json!({
        "grant_type": "authorization_code", "code": code,
        "invitation_token": invitation["token"],
    });
    let refused = official.authenticate(grant).await.with(400);
    assert_eq!(refused["code"], "invitation_cannot_be_used_for_email");
    assert_eq!(list(&official.get("/user_management/users").await).len(), 0);
    let session = official.redeem(&code).await.with(200);
    assert_eq!(session["user"]["email"], "ada@acme.test");
    let succeeded = official.told("authentication.sso_succeeded").await;
    assert_eq!(
        (&succeeded[1]["user_id"], &succeeded[1]["sso"]["session_id"]),
        (&session["user"]["id"], &claims(&session["access_token"])["sid"])
    );
    let logout = json!({"profile_id": answer["profile"]["id"]});
    let logout = official.post("/sso/logout/authorize", logout).await.with(200);
    let url = text(&logout["logout_url"]);
    let path = url.trim_start_matches("http://localhost");
    assert_eq!(official.open("GET", path, Value::Null).await.with(200), json!({"success": true}));
    official.open("GET", "/sso/logout?logout_token=x", Value::Null).await.with(400);
}
