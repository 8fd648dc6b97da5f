//! Access tokens and their keys: the vectors of other SDKs, and every promise about caching.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Clock, Say, Scripted, answer, base64url, vectors};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use workos::helpers::tokens::{AccessToken, TokenError};
use workos::transport::{BoxFuture, Runtime};
use workos::{Client, Error, Timestamp};
use workos_emulator::{Emulator, NewSignIn, SeedData};

const NOW: i64 = 1_772_366_400;

fn at(transport: &Arc<Scripted>, seconds: i64) -> Client {
    transport.builder().client_id("client_01").runtime(Clock::at(seconds)).build()
}

fn serving(jwks: &Value) -> Arc<Scripted> {
    let jwks = jwks.to_string();
    Scripted::new(move |_, _| answer(200, jwks.clone()))
}

fn jwts() -> Vec<Value> {
    vectors(include_str!("../vectors/jwts.json"))
}

/// Keys and token of a vector.
fn jwt(id: &str) -> (Value, String) {
    let all = jwts();
    let vector = all.iter().find(|vector| vector["id"] == id).unwrap();
    let token = vector["output"]["access_token"].as_str().unwrap().to_owned();
    (vector["inputs"]["jwks"].clone(), token)
}

fn kind(verdict: &Result<Arc<AccessToken>, TokenError>) -> String {
    verdict.as_ref().map_or_else(|error| format!("{error:?}"), |_| "ok".to_owned())
}

#[tokio::test(start_paused = true)]
async fn tokens_get_the_same_verdict_as_in_the_other_sdks() {
    // These are only wrong in that they do not match their cookie.
    let fits_no_cookie =
        ["jwt/sub-other-user", "jwt/impersonated-act-other", "jwt/impersonator-in-cookie-only"];
    for vector in jwts() {
        let (id, expect) = (vector["id"].as_str().unwrap(), &vector["expect"]);
        if id == "jwt/rotation" {
            continue;
        }
        let client =
            at(&serving(&vector["inputs"]["jwks"]), vector["inputs"]["now_s"].as_i64().unwrap());
        let mut verifier = client.token_verifier();
        if let Some(issuer) = vector["inputs"]["issuer"].as_str() {
            verifier = verifier.issuer(issuer);
        }
        let verdict = verifier.verify(vector["output"]["access_token"].as_str().unwrap()).await;
        let good = expect["authenticated"] == true || fits_no_cookie.contains(&id);
        assert_eq!(verdict.is_ok(), good, "{id}: {}", kind(&verdict));
        let expired = matches!(verdict, Err(TokenError::Expired { .. }));
        assert_eq!(expired, expect["reason"] == "session_expired", "{id}: {}", kind(&verdict));
        assert!(!verdict.as_ref().is_err_and(TokenError::is_transient), "{id}");
        if let (Ok(token), Some(claims)) = (verdict, expect["claims"].as_object()) {
            let text = |value: &Option<String>| serde_json::to_value(value).unwrap();
            let list = |value: &Vec<String>| {
                if value.is_empty() { Value::Null } else { value.clone().into() }
            };
            assert_eq!(text(&token.sid), claims["session_id"], "{id}");
            assert_eq!(text(&token.org_id), claims["organization_id"], "{id}");
            assert_eq!(text(&token.role), claims["role"], "{id}");
            assert_eq!(list(&token.roles), claims["roles"], "{id}");
            assert_eq!(list(&token.permissions), claims["permissions"], "{id}");
            assert_eq!(list(&token.entitlements), claims["entitlements"], "{id}");
            assert_eq!(list(&token.feature_flags), claims["feature_flags"], "{id}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_found_at_once() {
    let all = jwts();
    let vector = all.iter().find(|vector| vector["id"] == "jwt/rotation").unwrap();
    let inputs = vector["inputs"].clone();
    let server = Scripted::new(move |_, before| {
        let document = if before == 0 { "jwks_first_fetch" } else { "jwks_later_fetches" };
        answer(200, inputs[document].to_string())
    });
    let client = at(&server, NOW);
    let tokens = vector["output"]["access_tokens_in_order"].as_array().unwrap();
    for (token, fetches) in tokens.iter().zip([1, 2]) {
        client.verify_access_token(token.as_str().unwrap()).await.unwrap();
        assert_eq!(server.count(), fetches);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_of_agents_get_the_same_verdict_as_in_node() {
    for vector in vectors(include_str!("../vectors/agent_tokens.json")) {
        let (id, inputs) = (&vector["id"], &vector["inputs"]);
        let client = serving(&inputs["jwks"])
            .builder()
            .client_id(inputs["client_id"].as_str().unwrap())
            .runtime(Clock::at(NOW))
            .build();
        let mut verifier = client.token_verifier().for_agents();
        if let Some(audience) = inputs["audience"].as_str() {
            verifier = verifier.audience(audience);
        }
        let output = vector["output"].as_object().unwrap();
        let token = output.values().find_map(|v| v.as_str()).or(vector["output"].as_str()).unwrap();
        let verdict = verifier.verify(token).await;
        assert_eq!(verdict.is_ok(), vector["expect"]["valid"] == true, "{id}: {}", kind(&verdict));
        if let Ok(token) = verdict {
            assert_eq!(token.scopes().collect::<Vec<_>>(), ["read", "write"], "{id}");
            assert_eq!(token.actor(), Some("agent_1"), "{id}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_503_is_retried_and_an_outage_is_no_verdict() {
    let (jwks, token) = jwt("jwt/good");
    let server = Scripted::new(move |_, before| match before {
        0 => answer(503, ""),
        _ => answer(200, jwks.to_string()),
    });
    at(&server, NOW).verify_access_token(&token).await.unwrap();
    assert_eq!(server.count(), 2);

    let down = Scripted::new(|_, _| answer(503, ""));
    let error = at(&down, NOW).verify_access_token(&token).await.unwrap_err();
    assert!(matches!(error, TokenError::Keys(_)) && error.is_transient(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_a_fetch_and_a_cancelled_one_affects_no_other() {
    let (jwks, token) = jwt("jwt/good");
    let jwks = jwks.to_string();
    let server = Scripted::new(move |_, _| answer(200, jwks.clone()).later(Duration::from_secs(1)));
    let client = at(&server, NOW);
    let first = tokio::spawn(client.verify_access_token(&token));
    tokio::task::yield_now().await;
    let others: Vec<_> =
        (0..20).map(|_| tokio::spawn(client.verify_access_token(&token))).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.abort();
    for other in others {
        other.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 1);
}

/// No tasks: the waiters have to do the work.
struct Taskless(Arc<Clock>);

impl Runtime for Taskless {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }
}

#[tokio::test(start_paused = true)]
async fn without_tasks_another_waiter_takes_over() {
    let (jwks, token) = jwt("jwt/good");
    let jwks = jwks.to_string();
    let server = Scripted::new(move |_, _| answer(200, jwks.clone()).later(Duration::from_secs(1)));
    let runtime = Taskless(Clock::at(NOW));
    let client = server.builder().client_id("client_01").runtime(Arc::new(runtime)).build();
    let first = tokio::spawn(client.verify_access_token(&token));
    tokio::task::yield_now().await;
    let other = tokio::spawn(client.verify_access_token(&token));
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.abort();
    other.await.unwrap().unwrap();
    assert_eq!(server.count(), 1, "it continues where it was");
}

#[tokio::test(start_paused = true)]
async fn known_keys_stay_in_use_through_an_outage() {
    let (jwks, token) = jwt("jwt/good");
    let server = Scripted::new(move |_, before| match before {
        0 => answer(200, jwks.to_string()),
        _ => answer(404, ""),
    });
    let client = at(&server, NOW);
    client.verify_access_token(&token).await.unwrap();
    tokio::time::advance(Duration::from_secs(599)).await;
    client.verify_access_token(&token).await.unwrap();
    assert_eq!(server.count(), 1);
    tokio::time::advance(Duration::from_secs(3600)).await;
    for _ in 0..5 {
        client.verify_access_token(&token).await.unwrap();
    }
    assert_eq!(server.count(), 2, "one attempt in 30 s");
    tokio::time::advance(Duration::from_secs(31)).await;
    client.verify_access_token(&token).await.unwrap();
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_of_keys_can_be_set() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving(&jwks);
    let clock = Clock::at(NOW);
    let minute = Duration::from_secs(60);
    let builder = server.builder().client_id("client_01").runtime(clock);
    let client = builder.jwks_lifetime(minute).build();
    for fetches in [1, 2, 3] {
        client.verify_access_token(&token).await.unwrap();
        tokio::time::advance(minute - Duration::from_secs(1)).await;
        client.verify_access_token(&token).await.unwrap();
        assert_eq!(server.count(), fetches);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_cost_one_fetch_in_30_s() {
    let (_, good) = jwt("jwt/good");
    let (jwks, unknown) = jwt("jwt/wrong-key-own-kid");
    let server = serving(&jwks);
    let client = at(&server, NOW);
    for _ in 0..50 {
        let error = client.verify_access_token(&unknown).await.unwrap_err();
        assert!(matches!(error, TokenError::UnknownKey), "{error}");
    }
    assert_eq!(server.count(), 1);
    tokio::time::advance(Duration::from_secs(31)).await;
    for _ in 0..50 {
        client.verify_access_token(&unknown).await.unwrap_err();
        client.verify_access_token(&good).await.unwrap();
    }
    assert_eq!(server.count(), 2);
}

/// An unsigned token with the id of a key that does not exist.
fn made_up(kid: usize) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"made-up-{kid}"}}"#);
    format!("{}.{}.c2ln", base64url(&header), base64url(r#"{"sub":"user_1","exp":4102444800}"#))
}

#[tokio::test(start_paused = true)]
async fn made_up_keys_delay_nobody_and_cost_a_bounded_number_of_fetches() {
    let all = jwts();
    let rotation = all.iter().find(|vector| vector["id"] == "jwt/rotation").unwrap();
    let inputs = rotation["inputs"].clone();
    let new_keys = Arc::new(AtomicBool::new(false));
    let published = new_keys.clone();
    let server = Scripted::new(move |_, _| {
        let rotated = published.load(Ordering::Relaxed);
        let document = if rotated { "jwks_later_fetches" } else { "jwks_first_fetch" };
        answer(200, inputs[document].to_string())
    });
    let client = at(&server, NOW);
    let tokens = rotation["output"]["access_tokens_in_order"].as_array().unwrap();
    client.verify_access_token(tokens[0].as_str().unwrap()).await.unwrap();

    let strangers: Vec<_> = (0..600)
        .map(|kid| {
            let client = client.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(100 * kid as u64)).await;
                client.verify_access_token(&made_up(kid)).await.unwrap_err()
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(30)).await;
    new_keys.store(true, Ordering::Relaxed);
    let start = tokio::time::Instant::now();
    client.verify_access_token(tokens[1].as_str().unwrap()).await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
    for stranger in strangers {
        let error = stranger.await.unwrap();
        assert!(matches!(error, TokenError::UnknownKey), "{error}");
    }
    // One every two seconds for a minute, and the first.
    assert!((2..=32).contains(&server.count()), "{} fetches", server.count());
}

#[tokio::test(start_paused = true)]
async fn only_usable_keys_replace_keys() {
    for nonsense in [
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kid":"k","kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}"#,
        r#"{"keys":[{"kid":"key_2fc3712cad7b","kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}]}"#,
        r#"{"keys":null}"#,
        "{}",
        "[]",
        "",
        "<html>",
    ] {
        let (jwks, token) = jwt("jwt/good");
        let server = Scripted::new(move |_, before| match before {
            0 => answer(200, jwks.to_string()),
            _ => answer(200, nonsense),
        });
        let client = at(&server, NOW);
        client.verify_access_token(&token).await.unwrap();
        tokio::time::advance(Duration::from_secs(601)).await;
        for _ in 0..3 {
            client.verify_access_token(&token).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(server.count(), 2, "it counts as a failed fetch: {nonsense}");
        assert_eq!(client.jwks().fetch().await.unwrap().key_ids().count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn with_cached_keys_nobody_waits_for_the_endpoint() {
    let (jwks, token) = jwt("jwt/good");
    let server = Scripted::new(move |_, before| match before {
        0 => answer(200, jwks.to_string()),
        _ => Say::Never,
    });
    let client = at(&server, NOW);
    client.verify_access_token(&token).await.unwrap();
    for hours in 0..23 {
        tokio::time::advance(Duration::from_secs(3600)).await;
        let start = tokio::time::Instant::now();
        client.verify_access_token(&token).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO, "after {hours} h");
    }
    tokio::time::advance(Duration::from_secs(3600)).await;
    let error = client.verify_access_token(&token).await.unwrap_err();
    assert!(error.is_transient(), "after a day the keys are too old: {error}");
}

#[tokio::test(start_paused = true)]
async fn without_tasks_a_fetch_continues_with_the_next_callers() {
    let (jwks, token) = jwt("jwt/good");
    let jwks = jwks.to_string();
    let server = Scripted::new(move |_, before| match before {
        0 => answer(200, jwks.clone()),
        _ => answer(200, jwks.clone()).later(Duration::from_secs(3)),
    });
    let runtime = Arc::new(Taskless(Clock::at(NOW)));
    let client = server.builder().client_id("client_01").runtime(runtime).build();
    client.verify_access_token(&token).await.unwrap();
    for (wait, fetches) in [(600, 2), (2, 2), (1, 2), (599, 2), (1, 3)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let start = tokio::time::Instant::now();
        client.verify_access_token(&token).await.unwrap();
        assert_eq!((start.elapsed(), server.count()), (Duration::ZERO, fetches), "{wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_takes_at_most_ten_seconds() {
    let (_, token) = jwt("jwt/good");
    for say in [|| Say::Never, || answer(503, "")] {
        let server = Scripted::new(move |_, _| say());
        let client = at(&server, NOW);
        let start = tokio::time::Instant::now();
        let error = client.verify_access_token(&token).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        assert!(start.elapsed() <= Duration::from_millis(10_005), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_during_an_outage_is_no_verdict() {
    let (jwks, known) = jwt("jwt/good");
    let server = Scripted::new(move |_, before| match before {
        0 => answer(200, jwks.to_string()),
        _ => answer(503, ""),
    });
    let client = at(&server, NOW);
    client.verify_access_token(&known).await.unwrap();
    for kid in 0..3 {
        let error = client.verify_access_token(&made_up(kid)).await.unwrap_err();
        assert!(matches!(error, TokenError::Keys(_)) && error.is_transient(), "{error}");
    }
    client.verify_access_token(&known).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_kind_is_refused() {
    let (jwks, agents) = jwt("jwt/agent-token");
    let client = at(&serving(&jwks), NOW);
    let error = client.verify_access_token(&agents).await.unwrap_err();
    assert!(matches!(error, TokenError::Subject), "{error}");
}

#[tokio::test(start_paused = true)]
async fn handles_and_clones_share_the_keys_and_clients_do_not() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving(&jwks);
    let client = at(&server, NOW);
    for _ in 0..5 {
        assert_eq!(client.clone().jwks().fetch().await.unwrap().key_ids().count(), 2);
        client.verify_access_token(&token).await.unwrap();
    }
    assert_eq!(server.count(), 1);
    client.jwks().refresh().await.unwrap();
    assert_eq!(server.count(), 2);
    at(&server, NOW).verify_access_token(&token).await.unwrap();
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn clock_skew_is_tolerated() {
    let (jwks, token) = jwt("jwt/nbf-past");
    let server = serving(&jwks);
    let nbf = at(&server, NOW).verify_access_token(&token).await.unwrap().nbf.unwrap().as_secs();
    for (ahead, good) in [(3, true), (10, true), (11, false)] {
        let verdict = at(&server, nbf - ahead).verify_access_token(&token).await;
        assert_eq!(verdict.is_ok(), good, "{ahead}: {}", kind(&verdict));
    }
    let (_, token) = jwt("jwt/expired-1s-ago");
    let verifier = at(&server, NOW).token_verifier();
    let error = verifier.verify(&token).await.unwrap_err();
    assert!(error.expired_claims().unwrap().sid.is_some(), "{error}");
    verifier.leeway(Duration::from_secs(2)).verify(&token).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_claim_is_dropped() {
    #[derive(Deserialize)]
    struct Custom {
        #[serde(rename = "urn:app:tier")]
        tier: Value,
    }
    let (jwks, token) = jwt("jwt/custom-claims");
    let token = at(&serving(&jwks), NOW).verify_access_token(&token).await.unwrap();
    assert_eq!(token.roles, ["admin", "member"]);
    assert_eq!(token.feature_flags, ["beta-ui"]);
    assert_eq!(token.custom::<Custom>().unwrap().tier["n"], 1);
    assert_eq!(token.aud, ["SuperApp"]);
    assert_eq!(token.act, None);
}

#[tokio::test(start_paused = true)]
async fn issuer_and_audience_can_be_required() {
    let (jwks, token) = jwt("jwt/custom-claims");
    let verifier = at(&serving(&jwks), NOW).token_verifier();
    let error = verifier.clone().issuer("https://evil.example").verify(&token).await.unwrap_err();
    assert!(matches!(error, TokenError::Issuer), "{error}");
    let either = verifier.clone().issuer("https://evil.example").issuer("https://api.workos.com");
    either.verify(&token).await.unwrap();
    let error = verifier.clone().audience("Other").verify(&token).await.unwrap_err();
    assert!(matches!(error, TokenError::Audience), "{error}");
    verifier.audience("SuperApp").verify(&token).await.unwrap();
}

/// `{"sub":"user_1","client_id":"client_01","exp":4102444800}`, signed with `CLIENT_KEY`.
const CLIENT_TOKEN: &str = "\
    eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleV8xIn0.eyJzdWIiOiJ1c2VyXzEiLCJjbGllbnRfaWQiOiJjbGllbnRfMDEiLCJ\
    leHAiOjQxMDI0NDQ4MDB9.ffU6WaFnHWUB5pOF9XBraTsZdylMys2AX8sSEf1Gr-M-5y-MvWAAfqgvFvS3cYk_hkU2zYmF5\
    ZpFwQbNaWiC4gr__9pSIPC3Hc437Przz3G11QFyaWiv2K3sfEsztHWj9jMXjiFxb2WyB0fnMW2Vk-AN9R08S2BPitEfkt_t\
    H2WXcgN5FMd3hMGs4Aoy0FFZCy-Empq8PDE5bqkAvV67I7_Iz9kOjHA1ydNiFlydk1daFQ8aRWpI6p2i18GwUgVHDqv1oBx\
    nxAd4bOZ96Zzx9WWGnUcadYcQUEEmAVv6meyx44jrozedE0o6wDyw-jqIGbnWnw9fOkwrDdDPJO5bwA";
const CLIENT_KEY: &str = "\
    s1lxxzck5B1xWJuukxseJy71LrGtqpuie14qD4Blhc1bUfWv2KelAu9weWTo5OpLNUtHT1UaGPxNiWR-6DTsKaDNOCjUVEC\
    Eg6sqZkAUv2efFKXqrLBuSOEmy_IRm6Bg2egFS-d6knFRIA84f5oEPOxkYEk1BarQP6rGwMJbv_-Hd1tTGL6i0vDymCXwBx\
    ayAm6mNnZ6TlQA1CwKqDszey1IApATirS6D1vRrjK3cUoznuECFSt8xY8p0aV2vYWjh97Pr0Mk9aFvXtqqd8fYXdj6yh8b0\
    owWPa6AwmNnZk2Rt71yJk3GIOpthZN1sDm33uiJnuPQXSpw5KZCLs6UmQ";

#[tokio::test(start_paused = true)]
async fn a_token_of_another_client_is_refused() {
    let key = json!({"kty": "RSA", "kid": "key_1", "n": CLIENT_KEY, "e": "AQAB"});
    let client = at(&serving(&json!({"keys": [key]})), NOW);
    let token = client.verify_access_token(CLIENT_TOKEN).await.unwrap();
    assert_eq!(token.client_id.as_deref(), client.client_id());

    let server = serving(&json!({"keys": [key]}));
    let clock = Clock::at(NOW);
    let other = server.builder().client_id("client_02").runtime(clock).build();
    let error = other.verify_access_token(CLIENT_TOKEN).await.unwrap_err();
    assert!(matches!(error, TokenError::Client), "{error}");
    other.token_verifier().client_id_check(false).verify(CLIENT_TOKEN).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_client_id_stays_one_segment_and_is_required() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving(&jwks);
    let client = server.builder().client_id("../../evil?x=").build();
    let url = client.jwks().url().unwrap();
    assert_eq!(url, "https://api.workos.com/sso/jwks/..%2F..%2Fevil%3Fx%3D");
    client.jwks().fetch().await.unwrap();
    assert_eq!(server.requests()[0].url, url);
    assert!(server.requests()[0].headers.get("authorization").is_none());

    let error = server.client().verify_access_token(&token).await.unwrap_err();
    assert!(error.to_string().contains("client_id") && !error.is_transient(), "{error}");
    assert_eq!(server.count(), 1);
}

const DOMAIN: &str = "https://acme.authkit.app";

/// A server with these keys of the client, and these of the AuthKit domain.
fn serving_both(of_client: Value, of_domain: Value) -> Arc<Scripted> {
    Scripted::new(move |request, _| match request.url.as_str() {
        "https://api.workos.com/sso/jwks/client_01" => answer(200, of_client.to_string()),
        "https://acme.authkit.app/oauth2/jwks" => answer(200, of_domain.to_string()),
        other => panic!("{other}"),
    })
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_one_server_never_verify_the_tokens_of_another() {
    let (jwks, token) = jwt("jwt/good");
    let key = |kid: &Value| json!({"kty": "RSA", "kid": kid, "n": CLIENT_KEY, "e": "AQAB"});
    let same_ids: Vec<_> =
        jwks["keys"].as_array().unwrap().iter().map(|own| key(&own["kid"])).collect();
    for (foreign, refusal) in [
        (json!({"keys": [key(&json!("key_1"))]}), "UnknownKey"),
        (json!({"keys": same_ids}), "BadSignature"),
    ] {
        for is_of_client in [true, false] {
            let server = match is_of_client {
                true => serving_both(jwks.clone(), foreign.clone()),
                false => serving_both(foreign.clone(), jwks.clone()),
            };
            let client = at(&server, NOW);
            let of_client = client.token_verifier();
            let of_domain = of_client.clone().authkit_domain(DOMAIN);
            let of_domain = of_domain.issuer("https://api.workos.com");
            let (own, other) =
                if is_of_client { (of_client, of_domain) } else { (of_domain, of_client) };
            for _ in 0..2 {
                own.verify(&token).await.unwrap();
                assert_eq!(kind(&other.verify(&token).await), refusal);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keys_of_an_authkit_domain_are_fetched_once_and_without_the_api_key() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving_both(json!({"keys": []}), jwks);
    let verifier = at(&server, NOW).token_verifier();
    for domain in ["acme.authkit.app", DOMAIN, "https://acme.authkit.app/"] {
        let before = server.count();
        let verifier = verifier.clone().authkit_domain(domain).issuer("https://api.workos.com");
        let url = verifier.jwks().url().unwrap();
        assert_eq!(url, "https://acme.authkit.app/oauth2/jwks");
        assert_eq!(verifier.jwks().fetch().await.unwrap().key_ids().count(), 2);
        let first = verifier.verify(&token).await.unwrap();
        let second = verifier.clone().audience("x").verify(&token).await;
        assert_eq!(kind(&second), "Audience");
        assert!(Arc::ptr_eq(&first, &verifier.verify(&token).await.unwrap()), "from the cache");
        assert_eq!(server.count(), before + 1);
        let request = server.requests().pop().unwrap();
        assert_eq!((request.url, request.headers.get("authorization")), (url, None));
    }
}

#[tokio::test(start_paused = true)]
async fn the_issuer_of_an_authkit_domain_is_the_domain_unless_set_otherwise() {
    let (jwks, _) = jwt("jwt/good");
    let server = serving(&jwks);
    let verifier = at(&server, NOW).token_verifier().authkit_domain("api.workos.com");
    let other = verifier.clone().issuer("https://evil.example");
    for (id, by_default, of_other) in [
        ("jwt/good", "ok", "Issuer"),
        ("jwt/issuer-trailing-slash", "ok", "Issuer"),
        ("jwt/issuer-mismatch", "Issuer", "ok"),
    ] {
        let (_, token) = jwt(id);
        let verdicts = (verifier.verify(&token).await, other.verify(&token).await);
        assert_eq!((kind(&verdicts.0), kind(&verdicts.1)), (by_default.into(), of_other.into()));
    }
    let key = json!({"kty": "RSA", "kid": "key_1", "n": CLIENT_KEY, "e": "AQAB"});
    let verifier = at(&serving(&json!({"keys": [key]})), NOW).token_verifier();
    let verdict = verifier.authkit_domain("api.workos.com").verify(CLIENT_TOKEN).await;
    assert_eq!(kind(&verdict), "Issuer", "it has none");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_authkit_domain_is_named_and_nothing_is_sent() {
    let (_, token) = jwt("jwt/good");
    let server = serving(&json!({}));
    for domain in ["", "a b", "http://acme.authkit.app", "acme.authkit.app?x=1"] {
        let verifier = at(&server, NOW).token_verifier().authkit_domain(domain);
        let error = verifier.verify(&token).await.unwrap_err();
        assert!(error.to_string().contains("authkit_domain: "), "{domain}: {error}");
        assert!(!error.is_transient(), "{domain}");
        let error = verifier.jwks().url().unwrap_err();
        let Error::Builder(message) = error else { panic!("{error}") };
        assert!(message.starts_with("authkit_domain: "), "{domain}: {message}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_authkit_domain_vouches_for_users_machines_and_all_applications() {
    let data = json!({
        "users": [{"id": "user_ada", "email": "ada@example.com"}],
        "organizations": [{"id": "org_acme", "name": "Acme", "memberships": [{"email": "ada@example.com"}]}],
        "connectApplications": [{"name": "Robot", "organization": "org_acme", "client_id": "client_robot",
            "client_secret": "robot-secret", "scopes": ["notes:read"], "audience": "https://notes.example.com"}],
    });
    let data = SeedData::from_value(data).unwrap();
    let emulator = Emulator::builder().without_socket().data(data).start().await.unwrap();
    let client = emulator.client();
    let domain = client.base_url();

    let new = NewSignIn { user_id: "user_ada".into(), ..NewSignIn::default() };
    let user = emulator.fixtures().sign_in(new).unwrap().access_token;
    let machine = client.client_credentials(domain, "client_robot", "robot-secret");
    let machine = &machine.token().await.unwrap().access_token;

    // Another client: both tokens belong to applications that are not its own.
    let other = Client::builder().transport(emulator.transport()).client_id("client_other").build();
    let verifier = other.token_verifier().authkit_domain(domain);
    let claims = verifier.verify(user.expose()).await.unwrap();
    assert_eq!(claims.client_id.as_deref(), Some("client_emulator"));
    let claims = verifier.verify(machine.expose()).await.unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.scope.as_deref()),
        ("client_robot", Some("notes:read"))
    );

    let strict = verifier.clone().client_id_check(true);
    assert_eq!(kind(&strict.verify(user.expose()).await), "Client");
    let own = client.token_verifier().authkit_domain(domain).client_id_check(true);
    assert_eq!(kind(&own.verify(user.expose()).await), "ok", "it compares the client's own ID");
    let notes = verifier.clone().audience("https://notes.example.com");
    assert_eq!(kind(&notes.verify(machine.expose()).await), "ok");
    assert_eq!(kind(&notes.verify(user.expose()).await), "Audience");
    assert_eq!(kind(&verifier.for_users().verify(machine.expose()).await), "Subject");
}

/// Runs a future of a property test.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_token_is_refused(position in 0_usize..900, letter in "[A-Za-z0-9_.-]") {
        let (jwks, token) = jwt("jwt/good");
        let position = position % token.len();
        let mut damaged = token.clone();
        damaged.replace_range(position..=position, &letter);
        let verdict = run(async { at(&serving(&jwks), NOW).verify_access_token(&damaged).await });
        prop_assert_eq!(verdict.is_ok(), damaged == token);
    }

    #[test]
    fn no_response_makes_it_panic(body in "\\PC{0,40}|\\{\"keys\":(null|\\[(1|null|\\{\\}|\\{\"kid\":\"key_2fc3712cad7b\"\\})\\]|\\{\\})\\}") {
        let (_, token) = jwt("jwt/good");
        let verdict = run(async {
            let server = Scripted::new(move |_, _| -> Say { answer(200, body.clone()) });
            at(&server, NOW).verify_access_token(&token).await
        });
        prop_assert!(verdict.is_err());
    }
}
