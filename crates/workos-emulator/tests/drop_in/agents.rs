//! Agents: their blueprints, tokens and sessions.

use serde_json::{Value, json};

use super::{Official, claims, id, oauth_error, own, part, text, wrong};

/// A blueprint of an organization with a member who may do all that it does.
struct Acme {
    official: Official,
    organization_id: String,
    user_id: String,
    member: String,
    blueprint: String,
}

impl Acme {
    async fn start() -> Self {
        let official = Official::start().await;
        for slug in ["crm:read", "email:send"] {
            let permission = json!({"slug": slug, "name": slug});
            official.create("/authorization/permissions", permission).await;
        }
        let role = json!({"slug": "manager", "name": "Manager"});
        official.create("/authorization/roles", role).await;
        let all = json!({"permissions": ["crm:read", "email:send"]});
        official
            .call("PUT", "/authorization/roles/manager/permissions", all.clone())
            .await
            .with(200);
        let organization_id = official.organization("Acme").await;
        let user_id = official.user("ada@test.com").await;
        let member = official.member(&organization_id, &user_id, "manager").await;
        let blueprint = json!({
            "name": "Agent", "permissions": all["permissions"],
            "session_settings": {"access_token_ttl_seconds": 300, "refresh_token_ttl_seconds": 120},
        });
        let blueprint = id(&official.create("/agents/blueprints", blueprint).await);
        Self { official, organization_id, user_id, member, blueprint }
    }

    async fn mint(&self, body: Value) -> super::Got {
        self.official.post(&format!("/agents/blueprints/{}/tokens", self.blueprint), body).await
    }

    async fn autonomous(&self) -> Value {
        let body = json!({
            "type": "autonomous", "organization_id": self.organization_id, "intent": "Find leads",
        });
        self.mint(body).await.with(200)
    }

    async fn for_user(&self) -> (Value, Value) {
        let session = self.official.with_password("ada@test.com").await.with(200);
        let token = &session["access_token"];
        let body = json!({"type": "user_delegated", "user_access_token": token});
        (self.mint(body).await.with(200), session)
    }

    async fn delegated(&self, token: &Value) -> super::Got {
        self.mint(json!({"type": "agent_delegated", "agent_access_token": token})).await
    }

    async fn status(&self, minted: &Value) -> Value {
        let id = text(&minted["agent_instance_session_id"]);
        self.official.get(&format!("/agents/sessions/{id}")).await["status"].clone()
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_blueprint_is_said() {
    let official = Official::start().await;
    let blueprint = json!({
        "description": "", "permissions": "crm:read",
        "session_settings": {"access_token_ttl_seconds": 3601, "max_age_seconds": 0},
    });
    let refused = official.post("/agents/blueprints", blueprint).await.with(400);
    assert_eq!(refused["code"], "invalid_request");
    let fields = own(&[
        ("name", "invalid"),
        ("description", "invalid"),
        ("permissions", "invalid"),
        ("session_settings.max_age_seconds", "invalid"),
        ("session_settings.access_token_ttl_seconds", "invalid"),
    ]);
    assert_eq!(wrong(&refused), fields);
    let blueprint = json!({"name": "A", "session_settings": {"access_token_ttl_seconds": 60}});
    let made = official.create("/agents/blueprints", blueprint).await;
    let settings = json!({
        "max_age_seconds": 3600, "access_token_ttl_seconds": 60, "refresh_token_ttl_seconds": 3600,
    });
    assert_eq!(made["session_settings"], settings);
}

#[tokio::test]
async fn sdks_get_what_they_need() {
    let official = Official::start().await;
    let blueprint = official.create("/agents/blueprints", json!({"name": "A"})).await;
    assert_eq!(blueprint.get("invocable_as"), None);
    assert_eq!(official.told("agent.blueprint.created").await[0].get("invocable_as"), None);
    let blueprints =
        official.0.client().agents().list_blueprints(Default::default()).await.unwrap();
    assert!(blueprints.data[0].invocable_as.instance_types.is_some());
}

#[tokio::test]
async fn tokens_say_for_whom_an_agent_acts() {
    let acme = Acme::start().await;
    let minted = acme.autonomous().await;
    assert_eq!(minted["expires_in"], 120);
    assert_eq!(part(&minted["access_token"], 0)["typ"], "at+jwt");
    let token = claims(&minted["access_token"]);
    assert_eq!(
        (&token["sub_profile"], &token["intent"], &token["aud"]),
        (&json!("ai_agent"), &json!({"text": "Find leads"}), &json!("workos-emulate"))
    );
    assert_eq!((token.get("act"), token.get("auth_time")), (None, None));
    let (minted, session) = acme.for_user().await;
    let token = claims(&minted["access_token"]);
    assert_eq!(token["act"], json!({"sub": acme.user_id, "sub_profile": "user"}));
    assert_eq!(token["auth_time"], claims(&session["access_token"])["auth_time"]);
    let path = format!("/agents/blueprints/{}/tokens/validate", acme.blueprint);
    let body = json!({"agent_access_token": minted["access_token"]});
    let valid = acme.official.post(&path, body).await.with(200);
    assert_eq!((&valid["valid"], &valid["intent"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_user_who_signs_out_ends_the_sessions_of_agents() {
    let acme = Acme::start().await;
    let (first, session) = acme.for_user().await;
    let second = acme.delegated(&first["access_token"]).await.with(200);
    let session_id = claims(&session["access_token"])["sid"].clone();
    let path = "/user_management/sessions/revoke";
    acme.official.post(path, json!({"session_id": session_id})).await.with(200);
    for minted in [&first, &second] {
        assert_eq!(acme.status(minted).await, "revoked");
    }
    assert_eq!(acme.official.told("agent.instance.session.revoked").await.len(), 2);
    let path = format!("/agents/blueprints/{}/tokens/validate", acme.blueprint);
    let body = json!({"agent_access_token": first["access_token"]});
    assert_eq!(acme.official.post(&path, body).await.with(400)["code"], "session_revoked");
    let refresh = json!({"type": "refresh", "refresh_token": first["refresh_token"]});
    assert_eq!(acme.mint(refresh).await.with(400)["code"], "session_revoked");
}

#[tokio::test]
async fn a_refresh_follows_the_role() {
    let acme = Acme::start().await;
    let (minted, _) = acme.for_user().await;
    assert_eq!(minted["permissions"], json!(["crm:read", "email:send"]));
    let path = format!("/user_management/organization_memberships/{}", acme.member);
    acme.official.call("PUT", &path, json!({"role_slug": "none"})).await.with(200);
    let refresh = json!({"type": "refresh", "refresh_token": minted["refresh_token"]});
    assert_eq!(acme.mint(refresh).await.with(200)["permissions"], json!([]));
}

#[tokio::test]
async fn agents_start_each_other_32_times() {
    let acme = Acme::start().await;
    let mut token = acme.autonomous().await["access_token"].clone();
    for _ in 0..32 {
        token = acme.delegated(&token).await.with(200)["access_token"].clone();
    }
    let refused = acme.delegated(&token).await.with(400);
    assert_eq!(refused["code"], "chain_depth_exceeded");
    // It is no token of a user, and no OAuth error.
    let body = json!({"type": "user_delegated", "user_access_token": token});
    let refused = acme.mint(body).await.with(400);
    assert_eq!(refused["code"], "invalid_user_access_token");
    assert_ne!(refused, oauth_error("invalid_user_access_token", ""));
}
