//! Access tokens in an `Authorization` header: which are valid, and how to respond to the rest.
//!
//! `cargo run --example access_tokens` needs no account and no network. Real: every check, and how
//! keys are fetched and cached. Simulated by [`workos`]: the key set. The tokens, valid and
//! invalid, were made beforehand and come from this crate's tests.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use serde_json::{Value, json};
use support::{StandIn, access_token};
use workos::Client;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .client_id("client_example") // verifying tokens needs no API key
        .transport(StandIn::new(workos))
        .build();

    println!("1. Fetch the keys at startup, so that no request has to wait for them");
    let keys = client.jwks().fetch().await?;
    println!("   {} keys from {}", keys.key_ids().count(), client.jwks().url()?);

    println!("\n2. A valid token");
    show(200, answer(&client, &bearer("jwt/good")).await)?;

    println!("\n3. Rejected tokens: expired, signed with another key, not signed at all, with the");
    println!("   claims of another token; and a header without a token");
    for name in
        ["jwt/expired-long-ago", "jwt/wrong-key-same-kid", "jwt/alg-none", "jwt/payload-swapped"]
    {
        show(401, answer(&client, &bearer(name)).await)?;
    }
    show(401, answer(&client, "Basic YWRhOmx1Y2U=").await)?;

    println!("\n4. Require an issuer and an audience, and read custom claims");
    let verifier = client.token_verifier().issuer("https://api.workos.com").audience("SuperApp");
    let token = verifier.verify(&access_token("jwt/custom-claims")).await?;
    println!("   a JWT template added {}", Value::from(token.other.clone()));
    match verifier.verify(&access_token("jwt/good")).await {
        Ok(_) => return Err("a token without an audience was accepted".into()),
        Err(error) => println!("   the token of step 2: {error}"),
    }

    println!("\n5. Without keys a token cannot be verified: that is a 503, and signs nobody out");
    let outage = StandIn::new(|_, _| (503, json!({ "message": "Service Unavailable" })));
    let client = Client::builder().client_id("client_example").transport(outage).build();
    show(503, answer(&client, &bearer("jwt/good")).await)?;
    Ok(())
}

fn bearer(token: &str) -> String {
    format!("Bearer {}", access_token(token))
}

/// What a service does with every request: the status of the response, and the reason.
async fn answer(client: &Client, authorization: &str) -> (u16, String) {
    let Some(token) = authorization.strip_prefix("Bearer ") else {
        return (401, "no bearer token".into());
    };
    match client.verify_access_token(token).await {
        Ok(token) => (200, format!("{} may {}", token.sub, token.permissions.join(", "))),
        Err(error) if error.is_transient() => (503, error.to_string()),
        Err(error) => (401, error.to_string()),
    }
}

/// Fails the example if the outcome is not the one it announces.
fn show(expected: u16, (status, reason): (u16, String)) -> Result<(), String> {
    println!("   {status}: {reason}");
    if status == expected { Ok(()) } else { Err(format!("expected {expected}")) }
}

/// Stands in for WorkOS.
fn workos(request: &str, _: &Value) -> (u16, Value) {
    match request {
        "GET /sso/jwks/client_example" => (200, support::jwks()),
        _ => support::not_played(request),
    }
}
