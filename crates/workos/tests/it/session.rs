//! Sessions in cookies: refreshed once, never lost to an outage, ended without keys.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Say, Scripted, answer, answer_with, fail, taken_apart, vectors};
use proptest::prelude::*;
use serde_json::{Value, json};
use workos::helpers::seal::{Layout, SealError, SealKeys, seal, unseal};
use workos::helpers::session::{
    RefreshError, RefreshGuard, RefreshLock, RefreshedSession, SHARED_FOR, Session, SessionData,
    SessionRefreshOptions, seal_session, unseal_session,
};
use workos::transport::{BoxFuture, Runtime, TransportError};
use workos::user_management::AuthenticationStep;
use workos::{Client, SecretString, Timestamp};

const PASSWORD: &str = "a password of 32 characters, yes";
/// `{"sid":"session_1","org_id":"org_1","exp":1}`, unsigned.
const TOKEN: &str = "e30.eyJzaWQiOiJzZXNzaW9uXzEiLCJvcmdfaWQiOiJvcmdfMSIsImV4cCI6MX0.x";

fn keys() -> SealKeys {
    SealKeys::new(PASSWORD).unwrap()
}

fn cookie() -> SecretString {
    seal_session(&SessionData::new(TOKEN, "refresh_1"), &keys()).unwrap()
}

fn signed_in() -> Say {
    let user = json!({
        "object": "user", "id": "user_1", "email": "a@example.com", "email_verified": true,
        "first_name": "Ada", "last_name": null, "profile_picture_url": null,
        "external_id": null, "last_sign_in_at": null, "metadata": {"a_key": "b"},
        "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
    });
    let body = json!({
        "user": user, "organization_id": "org_1", "access_token": TOKEN,
        "refresh_token": "refresh_2",
    });
    answer(200, body.to_string())
}

fn client(script: &Arc<Scripted>) -> Client {
    script.builder().client_id("client_1").max_retries(0).build()
}

fn session(script: &Arc<Scripted>) -> Session {
    client(script).session(cookie(), &keys())
}

async fn refresh(session: &Session) -> Result<RefreshedSession, RefreshError> {
    session.refresh(SessionRefreshOptions::default()).await
}

/// All at once, like 100 requests of one page.
async fn refresh_100_times(session: &Session) -> Vec<Result<RefreshedSession, RefreshError>> {
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { refresh(&session).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, field)| !field.is_null() && *field != json!({}) && *field != json!([]))
            .map(|(name, field)| (name, without_nothing(field)))
            .collect(),
        other => other,
    }
}

#[test]
fn sessions_of_every_sdk_are_read_whatever_the_spelling() {
    for vector in vectors(include_str!("../vectors/sealed_sessions.json")) {
        let (id, payload) = (&vector["id"], &vector["expect"]["payload"]);
        let token = ["access_token", "accessToken"].iter().find_map(|name| payload[name].as_str());
        let Some(token) = token else { continue };
        let layout = match vector["format"].as_str().unwrap() {
            "iron-fe26.2" => Layout::Iron,
            "fernet" => Layout::Fernet,
            "aes-gcm" => Layout::AesGcm,
            "ruby-v7" => Layout::RubyV7,
            "ruby-v6" => Layout::RubyV6,
            _ => Layout::Secretbox,
        };
        let password = vector["inputs"]["password"].as_str().unwrap();
        let keys = SealKeys::with_layout(layout, password).or_else(|_| {
            // Go accepts short passwords; here they can only open.
            let strong = SealKeys::with_layout(layout, "a password of 32 characters, new")?;
            strong.or_weak(password)
        });
        let keys = keys.unwrap();
        let now = Timestamp::from_millis(vector["inputs"]["now_ms"].as_i64().unwrap());
        let sealed = vector["output"]["sealed"].as_str().unwrap();
        let data = unseal_session(sealed, &keys, now).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(data.access_token.expose(), token, "{id}");
        assert_eq!(data.user.as_ref().unwrap().email, "zoe@example.com", "{id}");
        assert_eq!(data.impersonator.is_some(), payload.get("impersonator").is_some(), "{id}");

        // Sealed again, it has what that SDK wrote; some omit null or empty fields.
        let again = seal_session(&data, &keys).unwrap();
        let again: Value = unseal(again.expose(), &keys, now).unwrap();
        assert_eq!(without_nothing(again), without_nothing(payload.clone()), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_refreshes_make_one_call() {
    let script = Scripted::new(|_, _| signed_in().later(Duration::from_millis(100)));
    let session = session(&script);
    let results = refresh_100_times(&session).await;
    assert_eq!(script.count(), 1);
    for result in results {
        assert_eq!(result.unwrap().data.refresh_token.expose(), "refresh_2");
    }

    // Requests that arrive a little later, still with the old cookie.
    tokio::time::advance(SHARED_FOR - Duration::from_millis(1)).await;
    refresh(&session).await.unwrap();
    assert_eq!(script.count(), 1);
    tokio::time::advance(Duration::from_millis(1)).await;
    refresh(&session).await.unwrap();
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_outage_signs_nobody_out() {
    let script = Scripted::new(|_, before| match before {
        0 => answer_with(503, &[("retry-after", "7")], "{}").later(Duration::from_millis(100)),
        _ => signed_in(),
    });
    let session = session(&script);
    for result in refresh_100_times(&session).await {
        let error = result.unwrap_err();
        assert!(!error.session_is_over() && error.is_transient(), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
    assert_eq!(script.count(), 1);
    // A failure is not cached.
    refresh(&session).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refresh_outlives_the_request_that_started_it() {
    let script = Scripted::new(|_, _| signed_in().later(Duration::from_secs(1)));
    let session = session(&script);
    let cancelled = tokio::time::timeout(Duration::from_millis(10), refresh(&session)).await;
    assert!(cancelled.is_err());
    refresh(&session).await.unwrap();
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_token_is_another_refresh() {
    let script = Scripted::new(|_, _| signed_in());
    let client = client(&script);
    let other = seal_session(&SessionData::new(TOKEN, "refresh_9"), &keys()).unwrap();
    for sealed in [cookie(), other] {
        refresh(&client.session(sealed, &keys())).await.unwrap();
    }
    let token = |index: usize| -> Value {
        let body = script.requests()[index].body.clone().unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()["refresh_token"].clone()
    };
    assert_eq!((script.count(), token(0), token(1)), (2, "refresh_1".into(), "refresh_9".into()));
}

#[tokio::test(start_paused = true)]
async fn a_revoked_session_is_remembered_as_such() {
    let script = Scripted::new(|_, _| answer(400, r#"{"error":"invalid_grant"}"#));
    let session = session(&script);
    for _ in 0..3 {
        let error = refresh(&session).await.unwrap_err();
        assert!(matches!(error, RefreshError::Revoked(_)) && error.session_is_over(), "{error}");
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_other_than_invalid_grant_does_not_end_the_session() {
    for body in [
        r#"{"error":"invalid_client"}"#,
        r#"{"error":"invalid_request"}"#,
        r#"{"code":"organization_not_found","message":"m"}"#,
        r#"{"message":"invalid_grant"}"#,
        "",
    ] {
        for status in [400, 401, 403, 404, 422] {
            let script = Scripted::new(move |_, _| answer(status, body));
            let error = refresh(&session(&script)).await.unwrap_err();
            assert!(matches!(error, RefreshError::Failed(_)), "{error}");
            assert!(!error.session_is_over(), "{status} {body}: {error}");
        }
    }
}

/// Whatever the response, the outcome says whether the session is over and whether retrying helps,
/// and carries the cause.
#[tokio::test(start_paused = true)]
async fn every_response_has_its_outcome() {
    for vector in vectors(include_str!("../vectors/session_refresh.json")) {
        let (id, expect) = (&vector["id"], &vector["expect"]);
        let response = vector["inputs"]["response"].clone();
        let script = Scripted::new(move |_, _| {
            let Some(status) = response["status"].as_u64() else {
                return fail(TransportError::reset);
            };
            let after = response["headers"]["retry-after"].as_str();
            let headers: Vec<_> = after.map(|after| ("retry-after", after)).into_iter().collect();
            answer_with(u16::try_from(status).unwrap(), &headers, response["body"].to_string())
        });
        let error = refresh(&session(&script)).await.unwrap_err();
        assert_eq!(error.session_is_over(), expect["session_is_over"], "{id}: {error}");
        assert_eq!(error.is_transient(), expect["retryable"], "{id}: {error}");
        assert_eq!(error.is_retryable(), error.is_transient());
        assert!(error.error().is_some(), "{id}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_required_step_can_be_acted_upon() {
    let body = r#"{"error":"sso_required","connection_ids":["conn_1"],"email":"a@example.com"}"#;
    let script = Scripted::new(move |_, _| answer(403, body));
    let error = refresh(&session(&script)).await.unwrap_err();
    let RefreshError::StepRequired { step, .. } = error else { panic!("{error}") };
    let AuthenticationStep::SsoRequired { connection_ids, .. } = *step else { panic!("{step:?}") };
    assert_eq!(connection_ids, ["conn_1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_sends_no_null_and_keeps_the_organization() {
    let script = Scripted::new(|_, _| signed_in());
    let body = |index: usize| -> Value {
        serde_json::from_slice(script.requests()[index].body.as_deref().unwrap()).unwrap()
    };
    refresh(&session(&script)).await.unwrap();
    assert_eq!(body(0)["organization_id"], "org_1");

    let none = seal_session(&SessionData::new("no token", "refresh_1"), &keys()).unwrap();
    refresh(&client(&script).session(none, &keys())).await.unwrap();
    assert!(body(1).get("organization_id").is_none());
    assert_eq!(body(1)["refresh_token"], "refresh_1");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_not_an_invalid_cookie() {
    let script = Scripted::new(|_, _| signed_in());
    let weak = SealKeys::with_layout(Layout::RubyV6, "ü".repeat(16)).unwrap();
    let error = refresh(&client(&script).session(cookie(), &weak)).await.unwrap_err();
    assert!(matches!(error, RefreshError::Configuration(_)), "{error}");
    assert!(!error.session_is_over());
    assert_eq!(script.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_session_is_over_without_a_call() {
    let script = Scripted::new(|_, _| signed_in());
    let without = seal_session(&SessionData::new(TOKEN, ""), &keys()).unwrap();
    for sealed in [SecretString::from(""), "Fe26.2*1*nonsense".into(), without] {
        let error = refresh(&client(&script).session(sealed, &keys())).await.unwrap_err();
        assert!(error.session_is_over(), "{error}");
    }
    assert_eq!(script.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn half_a_surrogate_pair_in_a_token_does_not_hide_its_session() {
    let script = Scripted::new(|_, _| answer(503, ""));
    // `{"name":"\ud83e","sid":"session_1","org_id":"\ud83e"}`, unsigned.
    let token = "e30.eyJuYW1lIjoiXHVkODNlIiwic2lkIjoic2Vzc2lvbl8xIiwib3JnX2lkIjoiXHVkODNlIn0.x";
    let sealed = seal_session(&SessionData::new(token, "refresh_1"), &keys()).unwrap();
    let url = client(&script).session(sealed, &keys()).logout_url(None).unwrap();
    assert!(url.contains("session_id=session_1"), "{url}");
}

#[tokio::test(start_paused = true)]
async fn the_logout_url_needs_no_keys() {
    let script = Scripted::new(|_, _| answer(503, ""));
    for vector in vectors(include_str!("../vectors/cookie_logout.json")) {
        let id = &vector["id"];
        let token = vector["output"]["access_token"].as_str().unwrap();
        let sealed = seal_session(&SessionData::new(token, "refresh_1"), &keys()).unwrap();
        let return_to = vector["inputs"]["return_to"].as_str();
        let url = client(&script).session(sealed, &keys()).logout_url(return_to);
        // Differs from the vector: only somebody with the password can seal a forged token, and
        // checking it would need the keys.
        if vector["expect"]["error"] == true {
            assert!(url.is_ok(), "{id}");
            continue;
        }
        let url = taken_apart(&url.unwrap());
        assert_eq!(url.0, "https://api.workos.com/user_management/sessions/logout", "{id}");
        assert_eq!(json!(url.1), vector["expect"]["query_pairs_sorted"], "{id}");
    }
    assert_eq!(script.count(), 0);
    let broken = client(&script).session("nonsense", &keys()).logout_url(None);
    assert!(broken.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_session_does_not_print_its_secrets() {
    let script = Scripted::new(|_, _| signed_in());
    let session = session(&script);
    let refreshed = refresh(&session).await.unwrap();
    let printed = format!("{session:?} {refreshed:?} {:?}", session.data().unwrap());
    for secret in [TOKEN, "refresh_1", "refresh_2", PASSWORD, refreshed.sealed.expose()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn a_cookie_with_another_value_is_no_session() {
    let sealed = seal(&json!({"accessToken": 7}), &keys()).unwrap();
    let read = unseal_session(sealed.expose(), &keys(), Timestamp::UNIX_EPOCH);
    assert_eq!(read, Err(SealError::Payload));
}

/// Two processes with one Redis.
#[derive(Default)]
struct Redis {
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    kept: Arc<Mutex<HashMap<String, SecretString>>>,
}

impl RefreshLock for Redis {
    fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard> {
        let lock = self.locks.lock().unwrap().entry(key.to_owned()).or_default().clone();
        Box::pin(async move { Box::new(lock.lock_owned().await) as Box<dyn Any + Send> })
    }

    fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>> {
        let kept = self.kept.lock().unwrap().get(key).cloned();
        Box::pin(async move { kept })
    }

    fn remember(&self, key: &str, sealed: SecretString, _: Duration) -> BoxFuture<()> {
        self.kept.lock().unwrap().insert(key.to_owned(), sealed);
        Box::pin(async {})
    }
}

#[tokio::test(start_paused = true)]
async fn processes_can_share_a_refresh() {
    let script = Scripted::new(|_, _| signed_in().later(Duration::from_millis(100)));
    let redis = Arc::new(Redis::default());
    // Two clients share nothing by themselves.
    let one = session(&script).refresh_lock(redis.clone());
    let two = session(&script).refresh_lock(redis);
    let (one, two) = tokio::join!(refresh(&one), refresh(&two));
    assert_eq!(one.unwrap().data, two.unwrap().data);
    assert_eq!(script.count(), 1);
}

/// A clock that stands still.
struct StoppedAt(Timestamp);

impl Runtime for StoppedAt {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn client_at(script: &Arc<Scripted>, seconds: i64) -> Client {
    let clock = StoppedAt(Timestamp::from_millis(seconds * 1000));
    script.builder().client_id("client_1").max_retries(0).runtime(Arc::new(clock)).build()
}

/// A session with the cookie and token of a vector.
fn sealed_session(vector: &Value) -> SecretString {
    let mut data = vector["inputs"]["cookie"].clone();
    data["access_token"] = vector["output"]["access_token"].clone();
    data["refresh_token"] = "refresh_1".into();
    seal(&data, &keys()).unwrap()
}

/// All claims are there, and a missing one is not an empty string.
#[tokio::test(start_paused = true)]
async fn tokens_get_the_verdicts_of_the_vectors() {
    for vector in vectors(include_str!("../vectors/jwts.json")) {
        let (id, expect) = (&vector["id"], &vector["expect"]);
        // Its several tokens are the concern of the key cache.
        if id == "jwt/rotation" {
            continue;
        }
        let jwks = vector["inputs"]["jwks"].to_string();
        let script = Scripted::new(move |_, _| answer(200, jwks.clone()));
        let client = client_at(&script, vector["inputs"]["now_s"].as_i64().unwrap());
        let mut session = client.session(sealed_session(&vector), &keys());
        if let Some(issuer) = vector["inputs"]["issuer"].as_str() {
            session = session.verifier(client.token_verifier().issuer(issuer));
        }
        let outcome = session.authenticate().await;
        assert_eq!(json!(outcome.reason()), expect["reason"], "{id}: {outcome:?}");
        let authenticated = outcome.session();
        // The seal authenticates the cookie, so a refresh repairs a bad access token in it.
        let needs_refresh = expect["needs_refresh"].as_bool().unwrap_or(authenticated.is_none());
        assert_eq!(outcome.needs_refresh(), needs_refresh, "{id}: {outcome:?}");
        assert!(!outcome.session_is_over(), "{id}: {outcome:?}");
        assert_eq!(authenticated.is_some(), expect["authenticated"], "{id}: {outcome:?}");
        if let Some(session) = authenticated {
            let claims = &session.claims;
            let list = |list: &[String]| if list.is_empty() { Value::Null } else { json!(list) };
            let got = json!({
                "session_id": claims.sid, "organization_id": claims.org_id, "role": claims.role,
                "roles": list(&claims.roles), "permissions": list(&claims.permissions),
                "entitlements": list(&claims.entitlements),
                "feature_flags": list(&claims.feature_flags),
            });
            assert_eq!(got, expect["claims"], "{id}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_keys_nobody_is_signed_out() {
    let vector = vectors(include_str!("../vectors/jwts.json")).remove(0);
    let script = Scripted::new(|_, _| answer(503, "{}"));
    let session = client_at(&script, 1_772_366_400).session(sealed_session(&vector), &keys());
    let outcome = session.authenticate().await;
    assert_eq!(outcome.reason(), Some("keys_unavailable"));
    assert!(!outcome.session_is_over() && !outcome.needs_refresh(), "{outcome:?}");
}

/// A cookie with the token of a vector, and with something in it replaced.
fn sealed_with(id: &str, field: &str, value: Value) -> SecretString {
    let all = vectors(include_str!("../vectors/jwts.json"));
    let vector = all.iter().find(|vector| vector["id"] == id).unwrap();
    let mut data = vector["inputs"]["cookie"].clone();
    data["access_token"] = vector["output"]["access_token"].clone();
    data["refresh_token"] = "refresh_1".into();
    data[field] = value;
    seal(&data, &keys()).unwrap()
}

/// The rows of the table in the documentation of `helpers::session` that concern `authenticate`.
#[tokio::test(start_paused = true)]
async fn only_what_a_refresh_cannot_repair_ends_a_session() {
    let jwks =
        vectors(include_str!("../vectors/jwts.json")).remove(0)["inputs"]["jwks"].to_string();
    let script = Scripted::new(move |_, _| answer(200, jwks.clone()));
    let stranger = json!({
        "object": "user", "id": "user_stranger", "email": "x@example.com", "email_verified": true,
        "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
    });
    let impersonator = json!({"email": "x@example.com", "reason": null});
    for (sealed, reason, is_over, needs_refresh) in [
        (sealed_with("jwt/good", "x", Value::Null), None, false, false),
        (SecretString::from(""), Some("no_session_cookie_provided"), true, false),
        ("nonsense".into(), Some("invalid_session_cookie"), true, false),
        (
            sealed_with("jwt/expired-long-ago", "x", Value::Null),
            Some("session_expired"),
            false,
            true,
        ),
        (
            sealed_with("jwt/expired-long-ago", "refresh_token", "".into()),
            Some("no_refresh_token"),
            true,
            false,
        ),
        (
            sealed_with("jwt/wrong-key-own-kid", "refresh_token", "".into()),
            Some("no_refresh_token"),
            true,
            false,
        ),
        // A valid token needs no refresh token.
        (sealed_with("jwt/good", "refresh_token", "".into()), None, false, false),
        (sealed_with("jwt/wrong-key-own-kid", "x", Value::Null), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/nbf-future", "x", Value::Null), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/not-a-token", "x", Value::Null), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/good", "access_token", "".into()), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/good", "user", stranger.clone()), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/expired-long-ago", "user", stranger), Some("invalid_jwt"), false, true),
        (sealed_with("jwt/good", "impersonator", impersonator), Some("invalid_jwt"), false, true),
    ] {
        let client = client_at(&script, 1_772_366_400);
        let outcome = client.session(sealed, &keys()).authenticate().await;
        let got = (outcome.reason(), outcome.session_is_over(), outcome.needs_refresh());
        assert_eq!(got, (reason, is_over, needs_refresh), "{outcome:?}");
        assert_eq!(outcome.session().is_some(), reason.is_none(), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_session_is_not_authenticated() {
    let script = Scripted::new(|_, _| answer(503, ""));
    let weak = SealKeys::with_layout(Layout::RubyV6, "ü".repeat(16)).unwrap();
    for (sealed, keys, reason, over) in [
        (SecretString::from(""), keys(), "no_session_cookie_provided", true),
        ("nonsense".into(), keys(), "invalid_session_cookie", true),
        (cookie(), weak, "configuration", false),
    ] {
        let outcome = client(&script).session(sealed, &keys).authenticate().await;
        assert_eq!((outcome.reason(), outcome.session_is_over()), (Some(reason), over));
    }
    assert_eq!(script.count(), 0);
}

/// The layouts that seal with either spelling.
fn any_keys() -> impl Strategy<Value = SealKeys> {
    let keys = |layout| SealKeys::with_layout(layout, PASSWORD).unwrap();
    prop::sample::select(vec![keys(Layout::Iron), keys(Layout::RubyV7)])
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let names = ["access_token", "refreshToken", "user", "email", "metadata", "impersonator", "id"];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..5)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_session_round_trips(
        keys in any_keys(),
        [access_token, refresh_token, name, value] in prop::array::uniform4("\\PC{0,12}"),
        [organization, user] in prop::array::uniform2(any::<bool>()),
    ) {
        let user = user.then(|| json!({
            "object": "user", "id": "user_1", "email": value, "email_verified": true,
            "first_name": name, "metadata": {name.as_str(): value},
            "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
        }));
        let organization_id = organization.then_some(value);
        let data: SessionData = serde_json::from_value(json!({
            "access_token": access_token, "refresh_token": refresh_token, "user": user,
            "organization_id": organization_id, "authentication_method": "SSO",
        })).unwrap();
        let sealed = seal_session(&data, &keys).unwrap();
        let opened = unseal_session(sealed.expose(), &keys, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(opened, Ok(data));
    }

    #[test]
    fn nothing_behind_a_seal_makes_it_panic(keys in any_keys(), json in any_json()) {
        let sealed = seal(&json, &keys).unwrap();
        let opened = unseal_session(sealed.expose(), &keys, Timestamp::UNIX_EPOCH);
        prop_assert!(matches!(opened, Ok(_) | Err(SealError::Payload)), "{:?}", opened);
        let _ = Client::new("sk_test_1").session(sealed, &keys).logout_url(None);
    }
}
