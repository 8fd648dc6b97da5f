//! Signing in with AuthKit: in a browser with PKCE, and on a device without a browser.
//!
//! `cargo run --example authkit` needs no account and no network: the embedded emulator is WorkOS,
//! which signs Ada in without asking, and [`browse`] is her browser. Time is virtual, so the
//! device's waits end at once.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;
use std::time::Duration;

use http::{HeaderMap, Method};
use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
use workos::helpers::pkce::state_matches;
use workos::transport::HttpRequest;
use workos_emulator::{Emulator, SeedData};

const DATA: &str = r#"{
    "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true}]
}"#;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    let client = emulator.client();
    let authkit = client.authkit();

    println!("1. Send the browser to AuthKit");
    let sign_in = authkit.pkce_authorization_url(AuthKitAuthorizationUrlParams {
        login_hint: Some("ada@example.com".into()),
        ..AuthKitAuthorizationUrlParams::new("http://localhost:3000/callback")
    })?;
    println!("   Location: {}", sign_in.url);
    println!("   Keep the state and verifier ({:?}) until the callback", sign_in.code_verifier);

    println!("\n2. The user signs in there, and the browser comes back with a code");
    let (code, state) = browse(&emulator, &sign_in.url).await?;
    if !state_matches(&sign_in.state, &state) {
        return Err("another browser started this sign-in".into());
    }

    println!("\n3. Exchange the code and verifier for a session");
    let params = AuthKitPkceCodeExchangeParams::new(code, sign_in.code_verifier);
    let session = authkit.pkce_code_exchange(params.clone()).await?;
    println!(
        "   {} is signed in; the tokens print as {:?}",
        session.user.email, session.access_token
    );

    println!("\n4. A code works once");
    match authkit.pkce_code_exchange(params).await {
        Ok(_) => return Err("the code worked twice".into()),
        Err(error) => println!("   {:?}: {error}", error.code()),
    }

    println!("\n5. On a device without a browser: show a code");
    let device = authkit.start_device_authorization().await?;
    println!("   Open {} and enter {}", device.verification_uri, device.user_code.expose());

    println!("\n6. Poll every {} seconds until the user agrees", device.interval.unwrap_or(5.0));
    let started = tokio::time::Instant::now();
    let agree = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        println!("   Ada agrees after 7 s");
        emulator.fixtures().approve_device(device.user_code.expose(), "user_ada")
    };
    let (session, agreed) = tokio::join!(authkit.poll_device_code(&device), agree);
    agreed?;
    println!("   {} is signed in after {} s", session?.user.email, started.elapsed().as_secs());
    println!("   requests that WorkOS got: {}", emulator.requests().count());
    Ok(())
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
