//! Verified tokens are cached: what that saves, and everything that it must not change.
//!
//! A cache hit shows as claims at the same address.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Clock, Scripted, answer};
use serde_json::{Value, json};
use workos::Client;
use workos::helpers::tokens::{AccessToken, TokenError};

const NOW: i64 = 1_772_366_400;

/// Keys and token of a vector.
fn jwt(id: &str) -> (Value, String) {
    let file: Value = serde_json::from_str(include_str!("../vectors/jwts.json")).unwrap();
    let vector = file["vectors"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
    let token = vector["output"]["access_token"].as_str().unwrap().to_owned();
    (vector["inputs"]["jwks"].clone(), token)
}

/// A server that publishes these key sets, one after the other, and keeps the last one.
fn serving(sets: impl IntoIterator<Item = Value>) -> Arc<Scripted> {
    let sets: Vec<Value> = sets.into_iter().collect();
    Scripted::new(move |_, before| answer(200, sets[before.min(sets.len() - 1)].to_string()))
}

fn client(server: &Arc<Scripted>, clock: &Arc<Clock>, size: usize) -> Client {
    let builder = server.builder().client_id("client_01").runtime(clock.clone());
    builder.token_cache_size(size).build()
}

async fn verified(client: &Client, token: &str) -> Arc<AccessToken> {
    client.verify_access_token(token).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_read_once_for_all_clones_and_verifiers_of_a_client() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving([jwks]);
    let client = client(&server, &Clock::at(NOW), 10);
    let first = verified(&client, &token).await;
    assert!(Arc::ptr_eq(&first, &verified(&client.clone(), &token).await));
    let verifier = client.token_verifier().issuer("https://api.workos.com");
    assert!(Arc::ptr_eq(&first, &verifier.verify(&token).await.unwrap()));

    let other = server.builder().client_id("client_01").runtime(Clock::at(NOW)).build();
    let theirs = verified(&other, &token).await;
    assert_eq!(first, theirs);
    assert!(!Arc::ptr_eq(&first, &theirs));
    assert!(Arc::ptr_eq(&theirs, &verified(&other, &token).await), "also by default");
}

#[tokio::test(start_paused = true)]
async fn size_0_caches_nothing() {
    let (jwks, token) = jwt("jwt/good");
    let client = client(&serving([jwks]), &Clock::at(NOW), 0);
    let first = verified(&client, &token).await;
    let second = verified(&client, &token).await;
    assert_eq!(first, second);
    assert!(!Arc::ptr_eq(&first, &second));
}

#[tokio::test(start_paused = true)]
async fn the_least_recently_used_token_is_evicted() {
    let (jwks, a) = jwt("jwt/good-no-org");
    let [(_, b), (_, c)] = ["jwt/custom-claims", "jwt/aud-array"].map(jwt);
    let client = client(&serving([jwks]), &Clock::at(NOW), 2);
    let first = [verified(&client, &a).await, verified(&client, &b).await];
    assert!(Arc::ptr_eq(&first[0], &verified(&client, &a).await), "two tokens fit");
    verified(&client, &c).await;
    assert!(Arc::ptr_eq(&first[0], &verified(&client, &a).await));
    assert!(!Arc::ptr_eq(&first[1], &verified(&client, &b).await));
}

#[tokio::test(start_paused = true)]
async fn forgeries_are_refused_and_evict_nothing() {
    let (jwks, good) = jwt("jwt/good");
    let client = client(&serving([jwks]), &Clock::at(NOW), 2);
    let first = verified(&client, &good).await;
    let (signed, signature) = good.rsplit_once('.').unwrap();
    for number in 0..20 {
        let forged = format!("{signed}.{}{number:02}AA", &signature[..signature.len() - 4]);
        let error = client.verify_access_token(&forged).await.unwrap_err();
        assert!(matches!(error, TokenError::BadSignature), "{error}");
    }
    assert!(Arc::ptr_eq(&first, &verified(&client, &good).await));
}

#[tokio::test(start_paused = true)]
async fn each_verifier_has_its_own_verdict() {
    let (jwks, token) = jwt("jwt/custom-claims");
    let client = client(&serving([jwks]), &Clock::at(NOW), 10);
    for _ in 0..2 {
        let verifier = client.token_verifier();
        verifier.verify(&token).await.unwrap();
        let error = verifier.clone().issuer("https://evil.example").verify(&token).await;
        assert!(matches!(error, Err(TokenError::Issuer)), "{error:?}");
        let error = verifier.clone().audience("Other").verify(&token).await;
        assert!(matches!(error, Err(TokenError::Audience)), "{error:?}");
        let error = verifier.for_agents().verify(&token).await;
        assert!(matches!(error, Err(TokenError::Subject)), "{error:?}");
    }
    let (_, agent) = jwt("jwt/agent-token");
    for _ in 0..2 {
        let error = client.verify_access_token(&agent).await;
        assert!(matches!(error, Err(TokenError::Subject)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cached_token_expires_like_any_other() {
    let (jwks, token) = jwt("jwt/good");
    let clock = Clock::at(NOW);
    let client = client(&serving([jwks]), &clock, 10);
    let first = verified(&client, &token).await;
    clock.set(first.exp.as_secs() - 1);
    assert!(Arc::ptr_eq(&first, &verified(&client, &token).await));
    clock.set(first.exp.as_secs());
    for _ in 0..2 {
        let error = client.verify_access_token(&token).await.unwrap_err();
        let claims = error.expired_claims().unwrap();
        assert_eq!(claims, &*first);
        assert!(!std::ptr::eq(claims, &*first), "forgotten");
    }
    let lenient = client.token_verifier().leeway(Duration::from_secs(5));
    lenient.verify(&token).await.unwrap();
    clock.set(first.exp.as_secs() + 5);
    assert!(lenient.verify(&token).await.unwrap_err().expired_claims().is_some());
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_again_after_ten_minutes_and_the_token_stays_cached() {
    let (jwks, token) = jwt("jwt/good");
    let server = serving([jwks]);
    let client = client(&server, &Clock::at(NOW), 10);
    let first = verified(&client, &token).await;
    for fetches in 1..4 {
        assert!(Arc::ptr_eq(&first, &verified(&client, &token).await));
        assert_eq!(server.count(), fetches);
        tokio::time::advance(Duration::from_secs(600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_key_verifies_nothing() {
    let (jwks, token) = jwt("jwt/good");
    let (_, second) = jwt("jwt/good-second-key");
    let server = serving([jwks.clone(), json!({ "keys": [jwks["keys"][1]] })]);
    let client = client(&server, &Clock::at(NOW), 10);
    verified(&client, &token).await;
    let other = verified(&client, &second).await;

    tokio::time::advance(Duration::from_secs(600)).await;
    for _ in 0..2 {
        let error = client.verify_access_token(&token).await.unwrap_err();
        assert!(matches!(error, TokenError::UnknownKey), "{error}");
    }
    assert_eq!(server.count(), 2, "the fetches for it are limited as for any unknown key");
    assert!(Arc::ptr_eq(&other, &verified(&client, &second).await));
}

#[tokio::test(start_paused = true)]
async fn another_key_with_the_same_id_is_a_different_key() {
    let (jwks, token) = jwt("jwt/good");
    let mut swapped = jwks.clone();
    let kids = [0, 1].map(|index| jwks["keys"][index]["kid"].clone());
    swapped["keys"][0]["kid"] = kids[1].clone();
    swapped["keys"][1]["kid"] = kids[0].clone();
    let client = client(&serving([jwks, swapped]), &Clock::at(NOW), 10);
    verified(&client, &token).await;
    client.jwks().refresh().await.unwrap();
    for _ in 0..2 {
        let error = client.verify_access_token(&token).await.unwrap_err();
        assert!(matches!(error, TokenError::BadSignature), "{error}");
    }
}
