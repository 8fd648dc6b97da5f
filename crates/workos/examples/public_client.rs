//! An application that cannot keep a secret, such as a CLI tool: PKCE instead of an API key.
//!
//! `cargo run --example public_client` needs no account and no network: the embedded emulator is
//! WorkOS, which signs Ada in without asking, and [`browse`] is her browser.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;

use http::{HeaderMap, Method};
use serde_json::{Map, Value};
use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
use workos::helpers::pkce::{
    generate_code_verifier, generate_pkce_pair, state_matches, verifier_cookie_name,
};
use workos::helpers::public_client::PublicClient;
use workos::transport::HttpRequest;
use workos::user_management::AuthenticateWithRefreshTokenParams;
use workos_emulator::{Emulator, SeedData};

const DATA: &str = r#"{"users": [{"email": "ada@example.com", "email_verified": true}]}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    // A public client has no `.api_key(..)`, and reads none from the environment.
    let client = PublicClient::builder("client_example")
        .base_url("http://localhost")
        .transport(emulator.transport())
        .build();

    println!("1. Make a verifier, which stays secret, and its challenge, which is public");
    let pair = generate_pkce_pair()?;
    println!("   verifier:  {:?}", pair.code_verifier);
    println!("   challenge: {} ({})", pair.code_challenge, pair.code_challenge_method);

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
    let (code, returned) = browse(&emulator, &url).await?;
    if !state_matches(&state, &returned) {
        return Err("another browser started this sign-in".into());
    }
    let stolen = AuthKitPkceCodeExchangeParams::new(code.clone(), generate_code_verifier(None)?);
    match client.authkit_code_exchange(stolen).await {
        Ok(_) => return Err("the code worked without the verifier".into()),
        Err(error) => println!("   without the verifier the code is worthless: {error}"),
    }

    println!("\n4. With the verifier the code works");
    let own = AuthKitPkceCodeExchangeParams::new(code, pair.code_verifier);
    let session = client.authkit_code_exchange(own).await?;
    println!("   {} is signed in; WorkOS got {:?}", session.user.email, last_fields(&emulator)?);

    println!("\n5. Refresh the session when the access token has expired");
    let refresh = AuthenticateWithRefreshTokenParams::new(session.refresh_token);
    let session = client.refresh(refresh).await?;
    println!(
        "   {} is still signed in; WorkOS got {:?}",
        session.user.email,
        last_fields(&emulator)?
    );

    println!("\n6. A call that needs an API key fails before anything is sent");
    match client.client().organizations().get_organization("org_1").await {
        Ok(_) => Err("an API key came from somewhere".into()),
        Err(error) => {
            println!("   {error}");
            Ok(())
        }
    }
}

/// What a browser does with the URL: WorkOS sends it back to the application, with a code and the
/// state.
async fn browse(emulator: &Emulator, url: &str) -> Result<(String, String), Box<dyn Error>> {
    let (method, headers, body) = (Method::GET, HeaderMap::new(), None);
    let request = HttpRequest { method, url: url.to_owned(), headers, body };
    let response = emulator.transport().execute(request).await?;
    let callback = response.headers.get("location").ok_or("not sent back")?.to_str()?;
    println!("   GET {callback}");
    let of = |name: &str| callback.split(['?', '&']).find_map(|pair| pair.strip_prefix(name));
    Ok((of("code=").ok_or("no code")?.to_owned(), of("state=").ok_or("no state")?.to_owned()))
}

/// What the last request had in its body. No secret of the application is among it.
fn last_fields(emulator: &Emulator) -> Result<Vec<String>, Box<dyn Error>> {
    let request = emulator.requests().latest().pop().ok_or("nothing was sent")?;
    let body: Map<String, Value> = serde_json::from_slice(&request.body)?;
    Ok(body.keys().cloned().collect())
}
