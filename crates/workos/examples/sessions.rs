//! A session in a cookie: sealed, checked with every request, refreshed once for concurrent
//! requests, ended.
//!
//! `cargo run --example sessions` needs no account and no network. Real: sealing and opening the
//! cookie, checking access tokens, sharing a refresh, the logout URL. Simulated by [`workos`]: the
//! sign-in, the refresh and the key set, with tokens that were signed beforehand. Time is virtual,
//! so minutes pass at once.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::Value;
use support::StandIn;
use workos::Client;
use workos::helpers::seal::{SealKeys, join_cookie, split_cookie};
use workos::helpers::session::{
    Authentication, Session, SessionRefreshOptions, seal_session_from_auth_response,
};
use workos::user_management::AuthenticateWithCodeParams;

const PASSWORD: &str = "a cookie password of 32 characters";

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .api_key("sk_example")
        .client_id("client_example")
        .transport(StandIn::new(workos))
        .build();
    let keys = SealKeys::new(PASSWORD)?;

    println!("1. Sign in and seal the session into a cookie");
    let code = AuthenticateWithCodeParams::new("the code from the callback");
    let response = client.user_management().authenticate_with_code(code).await?;
    let cookie = seal_session_from_auth_response(response, &keys)?;
    let value = cookie.expose();
    println!("   Set-Cookie: wos-session={value:.24}… ({} bytes)", value.len());

    println!("\n2. Two requests come with the cookie; the key set is fetched once");
    let session = client.session(cookie, &keys);
    show(&session).await?;
    show(&session).await?;

    println!("\n3. Two minutes later the access token has expired, which does not end the session");
    tokio::time::sleep(Duration::from_secs(120)).await;
    let outcome = session.authenticate().await;
    println!("   {:?}: the session is over: {}", outcome.reason(), outcome.session_is_over());
    if !outcome.needs_refresh() {
        return Err("a refresh should help".into());
    }

    println!("\n4. Ten requests refresh it at the same time; WorkOS gets one request");
    let ten = (0..10).map(|_| session.refresh(SessionRefreshOptions::default()));
    let refreshed = try_join_all(ten).await?;
    let cookie = refreshed.into_iter().next().ok_or("nothing was refreshed")?.sealed;
    show(&client.session(cookie.clone(), &keys)).await?;

    println!("\n5. Replace the password: the new one seals, the old one still opens");
    let new_keys = SealKeys::new("another password of 32 characters")?.or(PASSWORD)?;
    let session = client.session(cookie, &new_keys);
    show(&session).await?;
    let cookie = session.refresh(SessionRefreshOptions::default()).await?.sealed;
    let with_old_password = client.session(cookie.clone(), &keys).authenticate().await;
    println!("   the next cookie, opened with the old password: {:?}", with_old_password.reason());

    println!("\n6. Split a cookie that is too large, as if browsers took only 900 bytes");
    let pieces = split_cookie("wos-session", cookie.expose(), 900);
    for (name, piece) in &pieces {
        println!("   {name}: {} bytes", piece.len());
    }
    let find = |name: &str| pieces.iter().find(|piece| piece.0 == name).map(|piece| &piece.1);
    let joined = join_cookie("wos-session", find)?;
    println!("   joined, they are the cookie: {}", joined.as_deref() == Some(cookie.expose()));

    println!("\n7. Sign out: delete the cookie and send the browser to");
    println!("   {}", session.logout_url(Some("https://app.example.com"))?);
    Ok(())
}

/// What a service does with every request.
async fn show(session: &Session) -> Result<(), String> {
    match session.authenticate().await {
        Authentication::Authenticated(session) => {
            let email = session.user.map(|user| user.email).unwrap_or_default();
            let role = session.claims.role.clone().unwrap_or_default();
            println!("   {email} is {role} and may {}", session.claims.permissions.join(", "));
            Ok(())
        }
        other => Err(format!("the session should be valid: {:?}", other.reason())),
    }
}

/// Stands in for WorkOS: the sign-in returns a token valid for a minute, a refresh a longer one.
fn workos(request: &str, body: &Value) -> (u16, Value) {
    match (request, support::text(body, "grant_type")) {
        ("GET /sso/jwks/client_example", _) => (200, support::jwks()),
        ("POST /user_management/authenticate", "authorization_code") => {
            support::session(&support::access_token("jwt/exp-in-1s"), "refresh_1")
        }
        ("POST /user_management/authenticate", "refresh_token") => {
            support::session(&support::access_token("jwt/good"), "refresh_2")
        }
        _ => support::not_played(request),
    }
}
