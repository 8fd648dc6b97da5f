//! Signing in with AuthKit: in a browser with PKCE, and on a device without a browser.
//!
//! `cargo run --example authkit` needs no account and no network. Real: the URL, verifier and
//! state, the requests, and how the device polls. Simulated: the browser, in a sentence, and
//! WorkOS, by [`workos`]. Time is virtual, so the device's waits end at once.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::StandIn;
use workos::Client;
use workos::helpers::authkit::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
use workos::helpers::pkce::state_matches;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .api_key("sk_example")
        .client_id("client_example")
        .transport(StandIn::new(workos()))
        .build();
    let authkit = client.authkit();

    println!("1. Send the browser to AuthKit");
    let sign_in = authkit.pkce_authorization_url(AuthKitAuthorizationUrlParams {
        login_hint: Some("ada@example.com".into()),
        ..AuthKitAuthorizationUrlParams::new("https://app.example.com/callback")
    })?;
    println!("   Location: {}", sign_in.url);
    println!("   Keep the state and verifier ({:?}) until the callback", sign_in.code_verifier);

    println!("\n2. The user signs in there, and the browser comes back with a code");
    let (code, state) = ("code_1", sign_in.state.clone());
    println!("   GET /callback?code={code}&state={state}");
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
    let session = authkit.poll_device_code(&device).await?;
    println!("   {} is signed in after {} s", session.user.email, started.elapsed().as_secs());
    Ok(())
}

/// Stands in for WorkOS: the code works once, and the user agrees before the device's third poll.
fn workos() -> impl Fn(&str, &Value) -> (u16, Value) + Send + Sync {
    let (exchanges, polls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let earlier = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::Relaxed);
    let error = |code, text| (400, json!({ "error": code, "error_description": text }));
    move |request, body| match (request, support::text(body, "grant_type")) {
        ("POST /user_management/authorize/device", _) => (
            200,
            json!({
                "device_code": "device_1", "user_code": "BCDF-GHJK", "expires_in": 300,
                "verification_uri": "https://example.authkit.app/device", "interval": 5,
            }),
        ),
        ("POST /user_management/authenticate", "authorization_code") => match earlier(&exchanges) {
            0 => support::session(&support::access_token("jwt/good"), "refresh_1"),
            _ => error("invalid_grant", "The code has been used"),
        },
        ("POST /user_management/authenticate", "urn:ietf:params:oauth:grant-type:device_code") => {
            match earlier(&polls) {
                0 | 1 => error("authorization_pending", "The user has not agreed yet"),
                _ => support::session(&support::access_token("jwt/good"), "refresh_2"),
            }
        }
        _ => support::not_played(request),
    }
}
