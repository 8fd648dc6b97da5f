//! Sessions in cookies: `workos::compat::session`.

use std::sync::Arc;

use serde_json::{Value, json};
// edit: `use workos::{…};`, with `helpers::session::{…}` for two of them
use workos::compat::session::{
    SessionData, SessionManager, SessionRefreshOptions, SessionRefreshResult, SessionState,
    authenticate_session, seal, seal_session, seal_session_from_auth_response, unseal,
    unseal_session,
};
use workos::{Client, Error};

use crate::common::{Clock, Say, Scripted, answer, vectors};

/// The password of the cookies in this module.
const PASSWORD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A session that the official crate has sealed.
const COOKIE: &str = "wAR4QhPUo3v2n7hGlDGSyMHGYuRzavYm74i9bHLuyaISPeMBWg6ZSbPDsRI3n2S0kSfpi2QaKlq0x0IxzHwdjzkzwxeOh2XmPW8=";

fn sealed(cookie: &str, password: &str) -> Result<String, Error> {
    let mut data: SessionData = unseal_session(cookie, password)?;
    data.access_token = "at_2".into();
    seal_session(&data, password)
}

fn own_value(password: &str) -> Result<Vec<String>, Error> {
    let sealed: String = seal(&vec!["a".to_string(), "b".to_string()], password)?;
    unseal(&sealed, password)
}

fn after_sign_in(auth: workos::AuthenticateResponse, password: &str) -> Result<String, Error> {
    seal_session_from_auth_response(
        auth.access_token,
        auth.refresh_token,
        Some(auth.user),
        auth.impersonator,
        password,
    )
}

#[test]
fn cookies_of_the_official_crate_are_opened_and_written() {
    let cookie = sealed(COOKIE, PASSWORD).unwrap();
    let again = sealed(&cookie, PASSWORD).unwrap();
    assert!(cookie != again && !again.starts_with("Fe26"));
    assert_eq!(unseal_session(&again, PASSWORD).unwrap(), SessionData::new("at_2", "rt_1"));
    assert_eq!(own_value(PASSWORD).unwrap(), ["a", "b"]);

    assert!(matches!(sealed("junk", PASSWORD), Err(Error::Session(_))));
    assert!(matches!(unseal::<u8>(COOKIE, PASSWORD), Err(Error::Session(_))));
    // A wrong password is a configuration mistake.
    assert!(matches!(sealed(COOKIE, "short"), Err(Error::Builder(_))));
    assert!(matches!(own_value(""), Err(Error::Builder(_))));
}

#[test]
fn the_session_of_a_sign_in_is_sealed() {
    let mut auth = workos::AuthenticateResponse::default();
    (auth.access_token, auth.refresh_token) = ("at_1".into(), "rt_1".into());
    auth.user.id = "user_1".into();
    let cookie = after_sign_in(auth, PASSWORD).unwrap();
    let data = unseal_session(&cookie, PASSWORD).unwrap();
    assert_eq!(data.user.unwrap().id, "user_1");
    assert!(data.access_token == "at_1" && data.refresh_token == "rt_1");
}

/// What a request of the application does with its cookie.
async fn serve(client: &Client, cookie: &str, password: &str) -> Result<String, Error> {
    // edit: `client.session(cookie, password)`
    let session = SessionManager::new(Some(client), cookie, password);
    let state: SessionState = session.authenticate().await;
    if state.authenticated {
        let email = state.user.map(|user| user.email).unwrap_or_default();
        return Ok(format!("{email} {} {} {:?}", state.session_id, state.role, state.permissions));
    }
    if state.needs_refresh {
        let refreshed: SessionRefreshResult = session
            .refresh(SessionRefreshOptions { organization_id: Some("org_2".to_string()) })
            .await?;
        if refreshed.authenticated {
            let session = refreshed.session.as_ref().unwrap();
            assert_eq!(session.refresh_token.expose(), "refresh_2");
            return Ok(format!("Set-Cookie: {}", refreshed.sealed_session));
        }
        return Ok(format!("redirect: {}", refreshed.reason));
    }
    Ok(format!("redirect: {}", state.reason))
}

fn vector(id: &str) -> Value {
    let mut all = vectors(include_str!("../../vectors/jwts.json")).into_iter();
    all.find(|vector| vector["id"] == id).unwrap()
}

/// The cookie of a vector, as the official crate seals it.
fn cookie(vector: &Value) -> String {
    let mut session = vector["inputs"]["cookie"].clone();
    session["access_token"] = vector["output"]["access_token"].clone();
    session["refresh_token"] = "refresh_1".into();
    seal(&session, PASSWORD).unwrap()
}

/// A server with these keys, which responds to a refresh as given.
fn client(jwks: &Value, refresh: fn() -> Say) -> Client {
    let jwks = jwks.to_string();
    let script = Scripted::new(move |request, _| match request.url.contains("/sso/jwks/") {
        true => answer(200, jwks.clone()),
        false => refresh(),
    });
    let now = Clock::at(1_772_366_400);
    script.builder().client_id("client_1").max_retries(0).runtime(now).build()
}

fn new_tokens() -> Say {
    let good = vector("jwt/good");
    let body = json!({
        "user": good["inputs"]["cookie"]["user"],
        "access_token": good["output"]["access_token"], "refresh_token": "refresh_2",
    });
    answer(200, body.to_string())
}

#[tokio::test]
async fn a_request_is_served_and_its_session_is_refreshed() {
    let good = vector("jwt/good");
    let jwks = &good["inputs"]["jwks"];
    let claims = &good["expect"]["claims"];
    let served = serve(&client(jwks, new_tokens), &cookie(&good), PASSWORD).await.unwrap();
    let text = |name: &str| claims[name].as_str().unwrap();
    assert_eq!(
        served,
        format!(
            "zoe@example.com {} {} {}",
            text("session_id"),
            text("role"),
            claims["permissions"].to_string().replace(',', ", ")
        )
    );

    let expired = cookie(&vector("jwt/expired-1s-ago"));
    let served = serve(&client(jwks, new_tokens), &expired, PASSWORD).await.unwrap();
    let new = served.strip_prefix("Set-Cookie: ").unwrap();
    let served = serve(&client(jwks, new_tokens), new, PASSWORD).await.unwrap();
    assert!(served.starts_with("zoe@example.com session_"), "{served}");
}

#[tokio::test]
async fn each_outcome_of_a_refresh_has_its_official_reason() {
    let expired = vector("jwt/expired-1s-ago");
    let jwks = &expired["inputs"]["jwks"];
    let revoked = || answer(400, r#"{"error":"invalid_grant"}"#);
    for (refresh, reason) in [
        (revoked as fn() -> Say, "refresh_token_revoked"),
        (|| answer(503, ""), "refresh_failed"),
        (|| answer(403, r#"{"code":"sso_required"}"#), "refresh_failed"),
    ] {
        let served = serve(&client(jwks, refresh), &cookie(&expired), PASSWORD).await.unwrap();
        assert_eq!(served, format!("redirect: {reason}"));
    }
    let client = client(jwks, new_tokens);
    let without_token = seal_session(&SessionData::new("at_1", ""), PASSWORD).unwrap();
    for (cookie, reason) in [
        ("", "no_session_cookie_provided"),
        ("junk", "invalid_session_cookie"),
        (without_token.as_str(), "no_refresh_token"),
    ] {
        let session = SessionManager::new(Some(&client), cookie, PASSWORD);
        let refreshed = session.refresh(SessionRefreshOptions::default()).await.unwrap();
        assert_eq!((refreshed.authenticated, refreshed.reason.as_str()), (false, reason));
        assert_eq!((refreshed.sealed_session.as_str(), refreshed.session), ("", None));
        let state = session.authenticate().await;
        assert_eq!((state.authenticated, state.needs_refresh), (false, false));
        assert_eq!(state.reason, reason);
    }
}

#[tokio::test]
async fn a_configuration_mistake_ends_no_session() {
    let expired = cookie(&vector("jwt/expired-1s-ago"));
    let online = client(&vector("jwt/good")["inputs"]["jwks"], new_tokens);
    let without_id = Client::builder().transport(Arc::new(super::Canned)).build();
    for (client, password) in
        [(Some(&online), "short"), (Some(&without_id), PASSWORD), (None, PASSWORD)]
    {
        let session = SessionManager::new(client, expired.clone(), password);
        let error = session.refresh(SessionRefreshOptions::default()).await.unwrap_err();
        assert!(matches!(error, Error::Builder(_)), "{error}");
        let state = session.authenticate().await;
        assert!(!state.authenticated && !state.needs_refresh && state.user.is_none());
        let expected = if password == PASSWORD { "keys_unavailable" } else { "configuration" };
        assert_eq!(state.reason, expected);
    }
}

#[tokio::test]
async fn a_state_has_the_claims_of_the_token() {
    for vector in vectors(include_str!("../../vectors/jwts.json")) {
        let (id, expect) = (vector["id"].as_str().unwrap(), &vector["expect"]);
        let Some(authenticated) = expect["authenticated"].as_bool() else { continue };
        // A verifier can require an issuer, which the official crate cannot.
        if id.starts_with("jwt/issuer") || id == "jwt/jwks-empty" {
            continue;
        }
        let client = client(&vector["inputs"]["jwks"], new_tokens);
        let state = authenticate_session(&client, &cookie(&vector), PASSWORD).await;
        assert_eq!(state.authenticated, authenticated, "{id}");
        assert_eq!(state.reason, expect["reason"].as_str().unwrap_or_default(), "{id}");
        assert_eq!(state.needs_refresh, !authenticated, "{id}");
        let claims = &expect["claims"];
        let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        let list = |name: &str| claims[name].as_array().cloned().unwrap_or_default();
        if authenticated {
            assert_eq!(state.session_id, text("session_id"), "{id}");
            assert_eq!(state.organization_id, text("organization_id"), "{id}");
            assert_eq!(state.role, text("role"), "{id}");
            assert_eq!(json!(state.permissions), json!(list("permissions")), "{id}");
            assert_eq!(json!(state.entitlements), json!(list("entitlements")), "{id}");
            assert_eq!(state.impersonator.is_some(), id.contains("impersonated"), "{id}");
        } else if state.reason != "session_expired" {
            assert!(state.session_id.is_empty() && state.user.is_none(), "{id}");
        }
    }
}

#[tokio::test]
async fn a_session_is_ended_at_workos() {
    let good = vector("jwt/good");
    let sid = good["expect"]["claims"]["session_id"].as_str().unwrap();
    let online = client(&good["inputs"]["jwks"], new_tokens);
    for client in [Some(&online), None] {
        let session = SessionManager::new(client, cookie(&good), PASSWORD);
        let url = session.logout_url(Some("https://app.example.com")).await.unwrap();
        assert_eq!(
            url,
            format!(
                "https://api.workos.com/user_management/sessions/logout?session_id={sid}\
                 &return_to=https%3A%2F%2Fapp.example.com"
            )
        );
    }
    let broken = SessionManager::new(Some(&online), "junk", PASSWORD);
    assert!(matches!(broken.logout_url(None).await, Err(Error::Session(_))));
    assert!(!format!("{broken:?}").contains(PASSWORD));
}
