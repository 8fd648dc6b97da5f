//! Tokens that are signed: the key set, its rotation, flaws, and the claims of sessions.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use workos::Client;
use workos::authorization::SetRolePermissions;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::Authentication;
use workos::helpers::tokens::TokenError;
use workos::user_management::*;
use workos_emulator::{Emulator, NewSignIn, SeedData, TokenFlaw};

use super::{PASSWORD, authorize, claims, value, with_password};
use crate::trial::{NOON, Trial, refusal};

const AUTHORIZE: &str = "redirect_uri=http://localhost:3000/callback&response_type=code";

/// An emulator on the time of the system, by which the SDK verifies tokens, and its first user.
async fn on_time() -> (Emulator, User) {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    let users = emulator.client().user_management();
    let ada = users.create_user(CreateUser::new("ada@example.com")).await.unwrap();
    (emulator, ada)
}

async fn seeded(data: Value) -> Trial {
    let data = SeedData::from_value(data).unwrap();
    Trial::with(Emulator::builder().data(data).freeze(NOON.parse().unwrap())).await
}

async fn key_ids(client: &Client) -> Vec<String> {
    let set = client.user_management().get_jwks("client_emulator").await.unwrap();
    set.keys.into_iter().map(|key| key.kid.unwrap()).collect()
}

/// Whether a client that knows no keys yet accepts a token.
async fn verdict(emulator: &Emulator, token: &str) -> Result<(), TokenError> {
    emulator.client().verify_access_token(token).await.map(drop)
}

#[tokio::test]
async fn the_key_set_has_the_public_key_with_its_certificate() {
    let trial = Trial::new().await;
    let (status, set) = trial.call("GET", "/sso/jwks/client_emulator", Value::Null).await;
    let key = &set["keys"][0];
    let certificate = STANDARD.decode(key["x5c"][0].as_str().unwrap()).unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    assert_eq!(modulus.len(), 256);
    assert!(certificate.windows(modulus.len()).any(|bytes| bytes == modulus));
    let expected = json!({"keys": [{
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "emulator_key_1", "e": "AQAB",
        "n": key["n"], "x5c": [key["x5c"][0]],
        "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)),
    }]});
    assert_eq!((status, &set), (200, &expected));
    assert_eq!(trial.call("GET", "/oauth2/jwks", Value::Null).await, (200, expected));
}

#[tokio::test]
async fn discovery_leads_to_the_keys_of_the_environment_or_of_a_client() {
    let trial = Trial::new().await;
    for (path, jwks_uri) in [
        ("/.well-known/openid-configuration", "http://localhost/oauth2/jwks"),
        ("/.well-known/oauth-authorization-server", "http://localhost/oauth2/jwks"),
        (
            "/user_management/client_01/.well-known/openid-configuration",
            "http://localhost/sso/jwks/client_01",
        ),
    ] {
        let (status, metadata) = trial.call("GET", path, Value::Null).await;
        assert_eq!(
            (status, &metadata["issuer"], &metadata["jwks_uri"]),
            (200, &json!("http://localhost"), &json!(jwks_uri)),
            "{path}"
        );
        let path = jwks_uri.strip_prefix("http://localhost").unwrap();
        let (status, set) = trial.call("GET", path, Value::Null).await;
        assert_eq!((status, &set["keys"][0]["kid"]), (200, &json!("emulator_key_1")));
    }
}

#[tokio::test]
async fn a_rotation_keeps_the_previous_key_and_drops_the_one_before() {
    let (emulator, ada) = on_time().await;
    let client = emulator.client();
    let token = emulator.fixtures().access_token(&ada.id).unwrap();
    assert_eq!(key_ids(&client).await, ["emulator_key_1"]);
    verdict(&emulator, token.expose()).await.unwrap();

    emulator.fixtures().rotate_signing_keys();
    assert_eq!(key_ids(&client).await, ["emulator_key_2", "emulator_key_1"]);
    let newer = emulator.fixtures().access_token(&ada.id).unwrap();
    verdict(&emulator, token.expose()).await.unwrap();
    verdict(&emulator, newer.expose()).await.unwrap();

    emulator.fixtures().rotate_signing_keys();
    assert_eq!(key_ids(&client).await, ["emulator_key_3", "emulator_key_2"]);
    let dropped = verdict(&emulator, token.expose()).await.unwrap_err();
    assert!(matches!(dropped, TokenError::UnknownKey), "{dropped}");
    verdict(&emulator, newer.expose()).await.unwrap();
}

#[tokio::test]
async fn the_sdk_refuses_every_flaw_and_nothing_else() {
    let (emulator, ada) = on_time().await;
    let client = emulator.client();
    // The tokens of sessions have no audience unless a template sets one.
    let template = UpdateJWTTemplate::new(r#"{"aud": "https://api.example.com"}"#);
    client.user_management().update_jwt_template(template).await.unwrap();
    let token = |flaw: Option<TokenFlaw>| {
        let new = NewSignIn { user_id: ada.id.clone(), flaw, ..NewSignIn::default() };
        emulator.fixtures().sign_in(new).unwrap().access_token
    };
    let verifier = || emulator.client().token_verifier().audience("https://api.example.com");
    let claims = verifier().verify(token(None).expose()).await.unwrap();
    assert_eq!(claims.sub, ada.id);

    for (flaw, expected) in [
        (TokenFlaw::Expired, "the access token expired "),
        (TokenFlaw::Audience, "the access token has another audience"),
        (TokenFlaw::NextKey, "the access token is signed with an unknown key"),
        (TokenFlaw::UnknownKey, "the access token is signed with an unknown key"),
    ] {
        let error = verifier().verify(token(Some(flaw)).expose()).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{flaw:?}: {error}");
    }
}

#[tokio::test]
async fn a_token_of_the_next_key_is_valid_once_the_keys_were_rotated() {
    let (emulator, ada) = on_time().await;
    let new = NewSignIn { user_id: ada.id, flaw: Some(TokenFlaw::NextKey), ..NewSignIn::default() };
    let token = emulator.fixtures().sign_in(new).unwrap().access_token;
    let early = verdict(&emulator, token.expose()).await.unwrap_err();
    assert!(matches!(early, TokenError::UnknownKey), "{early}");
    emulator.fixtures().rotate_signing_keys();
    verdict(&emulator, token.expose()).await.unwrap();
}

#[tokio::test]
async fn a_sealed_session_is_what_the_sdk_reads_from_a_cookie() {
    let (emulator, ada) = on_time().await;
    let keys = SealKeys::new("a cookie password of 32 characters").unwrap();
    let sealed = emulator.fixtures().sealed_session(&ada.id, &keys).unwrap();
    let authentication = emulator.client().session(sealed, &keys).authenticate().await;
    let Authentication::Authenticated(session) = authentication else {
        panic!("{authentication:?}")
    };
    assert_eq!(session.claims.sub, ada.id);
    assert_eq!(session.user.map(|user| user.id), Some(ada.id));
}

#[tokio::test]
async fn only_a_user_is_signed_in_and_only_to_an_own_organization() {
    let trial = seeded(json!({
        "users": [{"id": "user_ada", "email": "ada@example.com"}],
        "organizations": [{"id": "org_acme", "name": "Acme"}],
    }))
    .await;
    let refused = |user_id: &str, organization_id: Option<&str>| {
        let (user_id, organization_id) = (user_id.to_owned(), organization_id.map(str::to_owned));
        let new = NewSignIn { user_id, organization_id, flaw: None };
        trial.emulator.fixtures().sign_in(new).unwrap_err().code().to_owned()
    };
    assert_eq!(refused("user_none", None), "entity_not_found");
    assert_eq!(refused("user_ada", Some("org_none")), "organization_not_found");
    assert_eq!(refused("user_ada", Some("org_acme")), "organization_membership_not_found");
}

#[tokio::test]
async fn an_impersonator_is_named_in_the_token_and_is_never_asked_for_codes() {
    let trial = seeded(json!({
        "users": [{
            "id": "user_ada", "email": "ada@example.com", "email_verified": true, "totp": true,
            "impersonator": {"email": "root@corp.test", "reason": "Ticket 7"},
        }],
    }))
    .await;
    let users = trial.client().user_management();
    let back = authorize(&trial, &format!("{AUTHORIZE}&provider=authkit")).await;
    let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
    let first = users.authenticate_with_code(params).await.unwrap();
    let refresh = AuthenticateWithRefreshTokenParams::new(first.refresh_token.clone());
    let second = users.authenticate_with_refresh_token(refresh).await.unwrap();
    let mut root = Impersonator::default();
    root.email = "root@corp.test".into();
    root.reason = Some("Ticket 7".into());
    for signed_in in [&first, &second] {
        assert_eq!(
            (&signed_in.impersonator, &signed_in.authentication_method),
            (&Some(root.clone()), &Some(AuthenticateResponseAuthenticationMethod::Impersonation))
        );
        assert_eq!(claims(&signed_in.access_token)["act"], json!({"sub": "root@corp.test"}));
    }
    let sessions = users.list_sessions("user_ada", Default::default()).await.unwrap().data;
    let of_sessions: Vec<_> = sessions.iter().map(|session| &session.impersonator).collect();
    assert_eq!(of_sessions, [&Some(root)]);
}

#[tokio::test]
async fn a_template_adds_claims_and_replaces_those_that_are_not_reserved() {
    let trial = seeded(json!({
        "users": [{
            "id": "user_ada", "email": "ada@example.com", "email_verified": true,
            "metadata": {"tier": "gold"}, "oauth_provider": "GoogleOAuth", "oauth_idp_id": "g1",
        }],
        "organizations": [{
            "id": "org_acme", "name": "Acme", "metadata": {"plan": "pro"},
            "memberships": [{"email": "ada@example.com", "role": "admin"}],
        }],
        "connectApplications": [
            {"name": "Export", "organization": "Acme", "client_id": "client_export"},
        ],
        "jwtTemplate": {"content": r#"{
            "tier": {{ user.metadata.tier }}, "plan": "plan {{ organization.metadata.plan }}",
            "google": {{ user.identities.GoogleOAuth }}, "none": {{ user.metadata.none }},
            "seats": {{ user.metadata.seats || '1' }}, "aud": ["a", "b"], "role": "owner"
        }"#},
    }))
    .await;
    let token = trial.emulator.fixtures().access_token("user_ada").unwrap();
    let claims_of_user = claims(&token);
    let noon = 1_772_366_400;
    assert_eq!(
        claims_of_user,
        json!({
            "iss": "http://localhost", "sub": "user_ada", "sid": claims_of_user["sid"],
            "client_id": "client_emulator", "auth_time": noon, "iat": noon, "exp": noon + 300,
            "jti": claims_of_user["jti"], "org_id": "org_acme", "roles": ["admin"],
            "permissions": claims_of_user["permissions"],
            "tier": "gold", "plan": "plan pro", "google": "g1", "seats": "1",
            "aud": ["a", "b"], "role": "owner",
        })
    );
    let of_machine = claims(&trial.emulator.fixtures().machine_token("client_export").unwrap());
    assert_eq!((&of_machine["aud"], of_machine.get("seats")), (&json!("client_export"), None));
}

#[tokio::test]
async fn a_token_that_is_too_big_stops_the_sign_in_and_leaves_nothing_behind() {
    let trial = seeded(json!({
        "users": [{
            "id": "user_ada", "email": "ada@example.com", "email_verified": true,
            "password": PASSWORD, "metadata": {"big": "x".repeat(600)},
        }],
    }))
    .await;
    let users = trial.client().user_management();
    let before = trial.event_names().await;
    let claims: Vec<_> =
        (0..6).map(|number| format!(r#""c{number}": {{{{ user.metadata.big }}}}"#)).collect();
    let template = |claims: &[String]| UpdateJWTTemplate::new(format!("{{{}}}", claims.join(", ")));
    users.update_jwt_template(template(&claims)).await.unwrap();
    let back = authorize(&trial, &format!("{AUTHORIZE}&provider=authkit")).await;
    let code = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
    let refused = users.authenticate_with_password(with_password()).await;
    assert_eq!(refusal(refused), "400 token_too_big");
    assert_eq!(refusal(users.authenticate_with_code(code).await), "400 token_too_big");
    assert_eq!(users.list_sessions("user_ada", Default::default()).await.unwrap().data, []);
    assert_eq!(trial.event_names().await, before);

    users.update_jwt_template(template(&claims[..4])).await.unwrap();
    users.authenticate_with_password(with_password()).await.unwrap();
}

#[tokio::test]
async fn a_token_has_the_entitlements_flags_roles_and_permissions_of_now() {
    let trial = seeded(json!({
        "permissions": [
            {"slug": "orders:read", "name": "Read"}, {"slug": "orders:write", "name": "Write"},
        ],
        "roles": [{"slug": "clerk", "name": "Clerk", "permissions": ["orders:read"]}],
        "users": [
            {"id": "user_ada", "email": "ada@example.com"},
            {"id": "user_bob", "email": "bob@example.com"},
        ],
        "organizations": [{
            "id": "org_acme", "name": "Acme", "entitlements": ["audit-logs", "sso"],
            "memberships": [{"email": "ada@example.com", "role": "clerk"}],
        }],
        "featureFlags": [
            {"slug": "for-all", "enabled": true, "default_value": true},
            {"slug": "for-acme", "enabled": true, "targets": ["Acme"]},
            {"slug": "for-bob", "enabled": true, "targets": ["bob@example.com"]},
            {"slug": "off", "enabled": false, "default_value": true},
        ],
    }))
    .await;
    let client = trial.client();
    let shown = |token: &workos::SecretString| {
        let claims = claims(token);
        ["org_id", "role", "roles", "permissions", "entitlements", "feature_flags"]
            .map(|name| claims[name].clone())
    };
    let new = NewSignIn { user_id: "user_ada".into(), ..NewSignIn::default() };
    let of_ada = trial.emulator.fixtures().sign_in(new).unwrap();
    let expected = |permissions: Value| {
        [
            json!("org_acme"),
            json!("clerk"),
            json!(["clerk"]),
            permissions,
            json!(["audit-logs", "sso"]),
            json!(["for-all", "for-acme"]),
        ]
    };
    assert_eq!(shown(&of_ada.access_token), expected(json!(["orders:read"])));
    let of_bob = trial.emulator.fixtures().access_token("user_bob").unwrap();
    let none = Value::Null;
    let flags = json!(["for-all", "for-bob"]);
    assert_eq!(
        shown(&of_bob),
        [none.clone(), none.clone(), none.clone(), none.clone(), none, flags]
    );

    let both = SetRolePermissions::new(["orders:read".to_owned(), "orders:write".to_owned()]);
    client.authorization().set_environment_role_permissions("clerk", both).await.unwrap();
    let refresh = AuthenticateWithRefreshTokenParams::new(of_ada.refresh_token);
    let later = client.user_management().authenticate_with_refresh_token(refresh).await.unwrap();
    assert_eq!(shown(&later.access_token), expected(json!(["orders:read", "orders:write"])));
}

/// A key that is nobody's: the third of the built-in ones, in PEM format.
fn own_key() -> String {
    let der = STANDARD.encode(include_bytes!("../../../src/sign_in/keys/3.der"));
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn a_given_key_and_issuer_are_those_of_tokens_until_the_keys_are_rotated() {
    let builder = Emulator::builder().signing_key(own_key()).unwrap().key_id("own");
    let issuer = "https://api.workos.com";
    let emulator = builder.issuer(issuer).without_socket().start().await.unwrap();
    let client = emulator.client();
    let users = client.user_management();
    let user_id = users.create_user(CreateUser::new("ada@example.com")).await.unwrap().id;
    let sign_in = || {
        let new = NewSignIn { user_id: user_id.clone(), ..NewSignIn::default() };
        emulator.fixtures().sign_in(new).unwrap().access_token
    };
    let header = |token: &str| -> Value {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice(&header).unwrap()
    };

    assert_eq!(key_ids(&client).await, ["own"]);
    let token = sign_in();
    assert_eq!(header(token.expose()), json!({"alg": "RS256", "typ": "JWT", "kid": "own"}));
    assert_eq!(claims(&token)["iss"], issuer);
    verdict(&emulator, token.expose()).await.unwrap();
    emulator.fixtures().with_flaw(&token, TokenFlaw::Audience).unwrap();

    emulator.fixtures().rotate_signing_keys();
    assert_eq!(key_ids(&client).await, ["emulator_key_2", "own"]);
    assert_eq!(header(sign_in().expose())["kid"], "emulator_key_2");
    verdict(&emulator, token.expose()).await.unwrap();
}

#[test]
fn only_private_rsa_keys_sign() {
    let refused = Emulator::builder().signing_key("-----BEGIN PUBLIC KEY-----").unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    let builder = Emulator::builder().signing_key(own_key()).unwrap();
    let shown = format!("{builder:?}");
    assert!(!shown.contains("MII"), "{shown}");
}
