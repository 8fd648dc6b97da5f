//! Access tokens in an `Authorization` header: which are valid, and how to respond to the rest.
//!
//! `cargo run --example access_tokens` needs no account and no network: the embedded emulator signs
//! the tokens, valid and invalid, and publishes the keys.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use serde_json::Value;
use workos::Client;
use workos::helpers::tokens::bearer_token;
use workos::user_management::UpdateJWTTemplate;
use workos_emulator::{Emulator, Fault, NewSignIn, SeedData, TokenFlaw};

const DATA: &str = r#"{
    "users": [{"id": "user_ada", "email": "ada@example.com"},
        {"id": "user_bob", "email": "bob@example.com"}],
    "permissions": [{"slug": "posts:edit", "name": "Edit posts"}],
    "roles": [{"slug": "editor", "name": "Editor", "permissions": ["posts:edit"]}],
    "organizations": [
        {"name": "Acme", "memberships": [{"email": "ada@example.com", "role": "editor"}]}]
}"#;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    let new_client = || {
        Client::builder()
            .client_id(emulator.client_id()) // verifying tokens needs no API key
            .base_url("http://localhost")
            .transport(emulator.transport())
            .build()
    };
    let client = new_client();
    let sign_in = |user_id: &str, flaw| {
        let new = NewSignIn { user_id: user_id.to_owned(), flaw, ..Default::default() };
        emulator.fixtures().sign_in(new).map(|signed_in| signed_in.access_token.into_inner())
    };

    println!("1. Fetch the keys at startup, so that no request has to wait for them");
    let keys = client.jwks().fetch().await?;
    println!("   {} keys from {}", keys.key_ids().count(), client.jwks().url()?);

    println!("\n2. A valid token");
    let good = sign_in("user_ada", None)?;
    show(200, answer(&client, &format!("Bearer {good}")).await)?;

    println!("\n3. Rejected tokens: expired, signed with another key, not signed at all, with the");
    println!("   claims of another token; and a header without a token");
    let (signed, signature) = good.rsplit_once('.').ok_or("not a token")?;
    let (_, claims) = signed.split_once('.').ok_or("not a token")?;
    let other = sign_in("user_bob", None)?;
    let (other, _) = other.rsplit_once('.').ok_or("not a token")?;
    for token in [
        sign_in("user_ada", Some(TokenFlaw::Expired))?,
        sign_in("user_ada", Some(TokenFlaw::UnknownKey))?,
        format!("eyJhbGciOiJub25lIn0.{claims}."), // {"alg":"none"}
        format!("{other}.{signature}"),
    ] {
        show(401, answer(&client, &format!("Bearer {token}")).await)?;
    }
    show(401, answer(&client, "Basic YWRhOmx1Y2U=").await)?;

    println!("\n4. Require an issuer and an audience, and read custom claims");
    let template = r#"{"aud": "SuperApp", "urn:app:company": "{{ organization.name }}"}"#;
    let template = UpdateJWTTemplate::new(template);
    emulator.client().user_management().update_jwt_template(template).await?;
    let verifier = client.token_verifier().issuer(client.base_url()).audience("SuperApp");
    let token = verifier.verify(&sign_in("user_ada", None)?).await?;
    println!("   a JWT template added {}", Value::from(token.other.clone()));
    match verifier.verify(&good).await {
        Ok(_) => return Err("a token without an audience was accepted".into()),
        Err(error) => println!("   the token of step 2: {error}"),
    }

    println!("\n5. Without keys a token cannot be verified: that is a 503, and signs nobody out");
    emulator.faults().add(Fault::status(503));
    show(503, answer(&new_client(), &format!("Bearer {good}")).await)?;
    Ok(())
}

/// What a service does with every request: the status of the response, and the reason.
async fn answer(client: &Client, authorization: &str) -> (u16, String) {
    let Some(token) = bearer_token(authorization) else {
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
