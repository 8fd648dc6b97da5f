//! An application that cannot keep a secret, such as a CLI tool: PKCE instead of an API key.
//!
//! `cargo run --example public_client` needs no account and no network. Real: verifier, challenge,
//! URL, cookie name, the requests. Simulated: the browser, in a sentence, and WorkOS, by
//! [`workos`], which checks the verifier against the challenge, as WorkOS does.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use serde_json::{Value, json};
use support::StandIn;
use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
use workos::helpers::pkce::{
    generate_code_challenge, generate_code_verifier, generate_pkce_pair, state_matches,
    verifier_cookie_name,
};
use workos::helpers::public_client::PublicClient;
use workos::user_management::AuthenticateWithRefreshTokenParams;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("1. Make a verifier, which stays secret, and its challenge, which is public");
    let pair = generate_pkce_pair()?;
    println!("   verifier:  {:?}", pair.code_verifier);
    println!("   challenge: {} ({})", pair.code_challenge, pair.code_challenge_method);

    // A public client has no `.api_key(..)`, and reads none from the environment.
    let client = PublicClient::builder("client_example")
        .transport(StandIn::new(workos(pair.code_challenge.clone())))
        .build();

    println!("\n2. Open a browser with the challenge");
    // `client.authkit_authorization_url` does steps 1 and 2 in one call.
    let state = generate_code_verifier(None)?.into_inner(); // a state must be just as hard to guess
    let url = client.client().authkit().authorization_url(AuthKitAuthorizationUrlParams {
        state: Some(state.clone()),
        code_challenge: Some(pair.code_challenge),
        code_challenge_method: Some(pair.code_challenge_method.into()),
        ..AuthKitAuthorizationUrlParams::new("http://localhost:8976/callback")
    })?;
    println!("   {url}");
    println!(
        "   a web application keeps the verifier in the cookie {}",
        verifier_cookie_name(&state)
    );

    println!("\n3. The browser comes back with a code, and somebody else has seen it");
    let returned = state.clone(); // from the query, next to the code
    if !state_matches(&state, &returned) {
        return Err("another browser started this sign-in".into());
    }
    let stolen = AuthKitPkceCodeExchangeParams::new("code_1", generate_code_verifier(None)?);
    match client.authkit_code_exchange(stolen).await {
        Ok(_) => return Err("the code worked without the verifier".into()),
        Err(error) => println!("   without the verifier the code is worthless: {error}"),
    }

    println!("\n4. With the verifier the code works");
    let own = AuthKitPkceCodeExchangeParams::new("code_1", pair.code_verifier);
    let session = client.authkit_code_exchange(own).await?;
    println!("   {} is signed in", session.user.email);

    println!("\n5. Refresh the session when the access token has expired");
    let refresh = AuthenticateWithRefreshTokenParams::new(session.refresh_token);
    let session = client.refresh(refresh).await?;
    println!("   {} is still signed in", session.user.email);

    println!("\n6. A call that needs an API key fails before anything is sent");
    match client.client().organizations().get_organization("org_1").await {
        Ok(_) => Err("an API key came from somewhere".into()),
        Err(error) => {
            println!("   {error}");
            Ok(())
        }
    }
}

/// Stands in for WorkOS: a code works only with the verifier of this challenge.
fn workos(challenge: String) -> impl Fn(&str, &Value) -> (u16, Value) + Send + Sync {
    move |request, body| {
        let fields: Vec<_> = body.as_object().into_iter().flat_map(|body| body.keys()).collect();
        println!("   WorkOS gets {fields:?}");
        match (request, support::text(body, "grant_type")) {
            ("POST /user_management/authenticate", "authorization_code") => {
                let verifier = support::text(body, "code_verifier");
                if generate_code_challenge(verifier) == challenge {
                    support::session(&support::access_token("jwt/exp-in-1s"), "refresh_1")
                } else {
                    let text = "The verifier does not match the challenge";
                    (400, json!({ "error": "invalid_grant", "error_description": text }))
                }
            }
            ("POST /user_management/authenticate", "refresh_token") => {
                support::session(&support::access_token("jwt/good"), "refresh_2")
            }
            _ => support::not_played(request),
        }
    }
}
